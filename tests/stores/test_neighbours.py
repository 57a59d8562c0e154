"""
A store among its neighbours: the guard, Flask-SQLAlchemy, Alembic, tables of the user's own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    DateTime,
    Engine,
    MetaData,
    Select,
    String,
    create_engine,
    func,
    select,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from flask_corsguard import (
    CORSGuard,
    CORSMiddleware,
    Decision,
    Policy,
    PolicyError,
    RequestHead,
    cors_decided,
    origin_rejected,
)
from flask_corsguard.stores import CachedOrigins, OriginTables, SQLAlchemyOrigins, origin_tables
from servers.launch import wait_until

from .helpers import FRIEND, STRANGER, Scripted, about, tenant
from .services import unique


def allowed(app: Any, path: str = "/", origin: str = FRIEND, method: str = "GET") -> bool:
    headers = {"Origin": origin}
    if method == "OPTIONS":
        headers["Access-Control-Request-Method"] = "PUT"
    response = app.test_client().open(path, method=method, headers=headers)
    return response.headers.get("Access-Control-Allow-Origin") == origin


def test_a_store_stands_beside_patterns() -> None:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "hello", methods=["GET", "PUT"])
    CORSGuard(app, origins=[Scripted(FRIEND), "https://static.example"], credentials=True)
    for method in ("GET", "OPTIONS"):
        assert allowed(app, method=method)
        assert allowed(app, origin="https://static.example", method=method)
        assert not allowed(app, origin=STRANGER, method=method)


def test_a_store_may_stand_alone() -> None:
    store = Scripted(FRIEND)
    assert Policy(origins=store).origins == (store,)


def test_a_store_is_asked_with_an_origin_that_parsed_and_the_head() -> None:
    seen: list[tuple[str, RequestHead]] = []

    class Store:
        def allows(self, origin: str, head: RequestHead) -> bool:
            seen.append((origin, head))
            return True

    app = Flask(__name__)
    app.add_url_rule("/<tenant>/", "view", lambda tenant: "hello")
    CORSGuard(app, origins=[Store()])
    for origin in ("null", "nonsense", "https://App.example.com"):
        assert not allowed(app, "/apples/", origin)
    assert not seen
    assert allowed(app, "/apples/?a=b")
    ((origin, head),) = seen
    assert (origin, head.view_args, head.query) == (FRIEND, {"tenant": "apples"}, "a=b")


class Remembering(Scripted):
    """A store that knows by heart whatever it is asked, be it true or not."""

    def remembers(self, origin: str) -> bool:
        return True


def guarded(**options: Any) -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "hello")
    app.add_url_rule("/api/<name>", "api", lambda name: name, methods=["GET", "PUT"])
    CORSGuard(app, **options)
    return app


@pytest.mark.parametrize("fast_path", [False, True])
@pytest.mark.parametrize("by_path", [False, True])
def test_what_a_store_remembers_it_is_not_asked_again(by_path: bool, fast_path: bool) -> None:
    store = Remembering(FRIEND)
    ours = Policy(origins=[store], credentials=True)
    rules = {"/api/*": ours, "/": Policy(origins=["https://other.example"])}
    options = {"resources": rules} if by_path else {"origins": [store], "credentials": True}
    app = guarded(fast_path=fast_path, **options)
    assert [allowed(app, "/api/x") for _ in range(5)] == [True] * 5
    assert store.asked == [FRIEND]
    assert allowed(app, "/") is not by_path
    for origin in (STRANGER, "null", "https://app.example.com.evil.example", "x" * 1000):
        assert not allowed(app, "/api/x", origin)
    store.allowed = ()
    # It says so itself; what it says about strangers counts for nothing.
    assert allowed(app, "/api/x")
    assert not allowed(app, "/api/x", STRANGER)


def test_a_store_that_does_not_remember_is_asked_before_the_view() -> None:
    store = Scripted(FRIEND)
    seen: list[list[str]] = []
    app = guarded(origins=[store])
    app.add_url_rule("/view", "v", lambda: seen.append(list(store.asked)) or "hello")
    assert [allowed(app, "/view") for _ in range(3)] == [True] * 3
    assert [len(asked) for asked in seen] == [1, 2, 3]


def test_where_the_server_refuses_the_store_is_asked_every_time() -> None:
    store = Remembering(FRIEND)
    app = guarded(origins=[store], enforce=True)
    assert [allowed(app, "/api/x") for _ in range(3)] == [True] * 3
    store.allowed = ()
    headers = {"Origin": FRIEND}
    assert app.test_client().put("/api/x", headers=headers).status_code == 403


def test_somebody_who_listens_is_told_of_every_decision() -> None:
    store = Remembering(FRIEND)
    app = guarded(origins=[store])
    assert allowed(app)
    heard: list[Decision] = []

    def hear(_: object, *, decision: Decision) -> None:
        heard.append(decision)

    with cors_decided.connected_to(hear, sender=app):
        assert allowed(app)
    assert [decision.origin for decision in heard] == [FRIEND]


def test_who_wants_to_hear_of_something_else_makes_nobody_ask() -> None:
    store = Remembering(FRIEND)
    app, other = guarded(origins=[store]), guarded(origins=[FRIEND])
    heard: list[Decision] = []

    def hear(_: object, *, decision: Decision) -> None:
        heard.append(decision)

    with (
        cors_decided.connected_to(hear, sender=other),
        origin_rejected.connected_to(hear, sender=app),
    ):
        assert [allowed(app) for _ in range(3)] == [True] * 3
        assert store.asked == [FRIEND]
        assert heard == []
        assert not allowed(app, origin=STRANGER)
        assert allowed(other)
    assert [decision.origin for decision in heard] == [STRANGER, FRIEND]


def test_the_middleware_asks_a_store_that_remembers_once() -> None:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "hello")
    store = Remembering(FRIEND)
    app.wsgi_app = CORSMiddleware(app.wsgi_app, origins=[store])  # type: ignore[method-assign]
    assert [allowed(app) for _ in range(3)] == [True] * 3
    assert not allowed(app, origin=STRANGER)
    assert store.asked == [FRIEND, STRANGER]


def test_a_class_in_a_stores_place_is_refused() -> None:
    with pytest.raises(PolicyError, match="CG101"):
        Policy(origins=[Scripted])


def test_a_store_that_is_asynchronous_is_refused() -> None:
    class Store:
        async def allows(self, origin: str, head: RequestHead) -> bool:
            return True

    with pytest.raises(PolicyError, match="CG145"):
        Policy(origins=[Store()])  # type: ignore[list-item]


def test_the_middleware_takes_a_store_too() -> None:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "hello")
    store = CachedOrigins(Scripted(FRIEND))
    app.wsgi_app = CORSMiddleware(app.wsgi_app, origins=[store])  # type: ignore[method-assign]
    assert [allowed(app), allowed(app, origin=STRANGER)] == [True, False]


@pytest.mark.parametrize("mode", ["lookup", "snapshot"])
def test_flask_sqlalchemy_is_enough(tmp_path: Path, mode: Any) -> None:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'app.db'}"
    db = SQLAlchemy()
    origins = SQLAlchemyOrigins(db, scope=tenant, mode=mode, refresh=0.05)
    db.init_app(app)
    app.add_url_rule("/<tenant>/", "view", lambda tenant: "hello", methods=["GET", "PUT"])
    CORSGuard(app, origins=[origins])
    with app.app_context():
        db.create_all()
        origins.add(FRIEND, scope="apples", session=db.session)
        db.session.rollback()
        assert list(origins.list()) == []
        origins.add(FRIEND, scope="apples", session=db.session)
        db.session.commit()
    for method in ("GET", "OPTIONS"):
        wait_until(lambda: allowed(app, "/apples/", method=method), "the row")  # noqa: B023
        assert not allowed(app, "/pears/", method=method)
    origins.close()
    with app.app_context():
        db.engine.dispose()


def test_a_store_outside_of_an_application_says_so() -> None:
    origins = SQLAlchemyOrigins(SQLAlchemy())
    with pytest.raises(RuntimeError, match="application context"):
        list(origins.list())


def test_a_store_belongs_to_one_application(tmp_path: Path) -> None:
    db = SQLAlchemy()
    origins = SQLAlchemyOrigins(db)
    for name in ("one", "other"):
        app = Flask(name)
        app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / name}.db"
        db.init_app(app)
        with app.app_context():
            if name == "one":
                origins.create()
                db.engine.dispose()
            else:
                with pytest.raises(RuntimeError, match="belongs to one application"):
                    origins.allows(FRIEND, about())


def test_alembic_sees_the_tables_and_finds_nothing_to_change(engine: Engine) -> None:
    name = unique("origins")
    metadata = MetaData()
    tables = origin_tables(metadata, name)
    assert origin_tables(metadata, name) == tables
    try:
        with engine.connect() as connection:
            missing = changes(connection, metadata, name)
            assert {item[1].name for item in missing if item[0] == "add_table"} == {
                name,
                f"{name}_versions",
            }
        metadata.create_all(engine)
        with engine.connect() as connection:
            assert changes(connection, metadata, name) == []
    finally:
        metadata.drop_all(engine)


def changes(connection: Any, metadata: MetaData, name: str) -> list[Any]:
    # By name, so that tables of others are not even looked at: they come and go.
    def ours(found: str | None, kind: str, parents: object) -> bool:
        return kind != "table" or str(found).startswith(name)

    context = MigrationContext.configure(connection, opts={"include_name": ours})
    return list(compare_metadata(context, metadata))


class Base(DeclarativeBase):
    pass


class Client(Base):
    """A table as applications have it already."""

    __tablename__ = unique("clients")

    slug: Mapped[str] = mapped_column(String(50), primary_key=True)
    origin: Mapped[str] = mapped_column(String(200))
    until: Mapped[Any] = mapped_column(DateTime(), nullable=True)
    changed: Mapped[int] = mapped_column(default=1)


def clients(scopes: Any, patterns: Any) -> Select[Any]:
    query = select(Client.slug, Client.origin, Client.until)
    if scopes is not None:
        query = query.where(Client.slug.in_(scopes), Client.origin.in_(patterns))
    return query


@pytest.fixture
def own(engine: Engine) -> Any:
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Client(slug="apples", origin="https://*.apples.example"))
        session.add(Client(slug="pears", origin="http://plain.example"))
        session.commit()
    yield engine
    Base.metadata.drop_all(engine)


@pytest.mark.parametrize("mode", ["lookup", "snapshot"])
def test_a_table_of_the_users_own_will_do(own: Engine, mode: Any) -> None:
    version = lambda: select(func.sum(Client.changed))  # noqa: E731
    with SQLAlchemyOrigins(
        own, query=clients, version=version, scope=tenant, mode=mode, refresh=0.05
    ) as store:
        app = "https://app.apples.example"
        assert store.allows(app, about("apples"))
        assert not store.allows(app, about("pears"))
        assert not store.allows(app, about("Apples"))
        # The rules are those of code.
        assert not store.allows("http://plain.example", about("pears"))
        with Session(own) as session:
            client = session.execute(select(Client).filter_by(slug="apples")).scalar_one()
            client.origin, client.changed = FRIEND, 2
            store.changed("apples", session=session)
            session.commit()
        wait_until(lambda: store.allows(FRIEND, about("apples")), "the change")
        assert not store.allows(app, about("apples"))
        for forbidden in (store.list, store.create, lambda: store.add(FRIEND)):
            with pytest.raises(TypeError, match="a table of yours"):
                forbidden()


@pytest.mark.parametrize(
    "query",
    [
        lambda scopes, patterns: select(Client.changed, Client.origin),
        lambda scopes, patterns: select(Client.slug, Client.origin, Client.changed),
        lambda scopes, patterns: select(Client.slug),
        lambda scopes, patterns: 1 / 0,
        lambda scopes, patterns: None,
    ],
)
def test_a_query_that_gives_something_else_allows_nobody(own: Engine, query: Any) -> None:
    app = Flask(__name__)
    app.add_url_rule("/<tenant>/", "view", lambda tenant: "hello")
    CORSGuard(app, origins=[SQLAlchemyOrigins(own, query=query, scope=tenant)])
    assert not allowed(app, "/apples/", "https://app.apples.example")


def test_a_query_that_gives_more_than_it_was_asked_for_allows_no_more(own: Engine) -> None:
    store = SQLAlchemyOrigins(own, query=lambda scopes, patterns: clients(None, None), scope=tenant)
    assert store.allows("https://a.apples.example", about("apples"))
    assert not store.allows("https://a.apples.example", about("pears"))
    assert not store.allows(FRIEND, about("apples"))


@pytest.mark.parametrize(
    ("package", "name", "extra"),
    [
        ("sqlalchemy", "SQLAlchemyOrigins", "sqlalchemy"),
        ("redis", "RedisInvalidation", "redis"),
        ("psycopg", "PostgresInvalidation", "postgres"),
    ],
)
def test_an_extra_that_is_missing_is_named(package: str, name: str, extra: str) -> None:
    program = f"""
import sys
sys.modules[{package!r}] = None
from flask_corsguard.stores import CachedOrigins
from flask_corsguard.errors import MissingExtraError
try:
    from flask_corsguard.stores import {name}
except MissingExtraError as error:
    print(error)
"""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert f"pip install 'flask-corsguard[{extra}]'" in result.stdout


def test_importing_the_stores_loads_no_extra() -> None:
    program = "import sys, flask_corsguard.stores; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"sqlalchemy", "redis", "psycopg"} & set(result.stdout.split())


def test_the_tables_of_two_stores_are_the_same(tmp_path: Path) -> None:
    db = SQLAlchemy()
    one, other = SQLAlchemyOrigins(db), SQLAlchemyOrigins(db)
    assert one.tables == other.tables
    assert isinstance(one.tables, OriginTables)
    assert set(db.metadata.tables) == {"corsguard_origins", "corsguard_origins_versions"}
    engine = create_engine("sqlite://")
    assert SQLAlchemyOrigins(engine).tables.metadata is not db.metadata

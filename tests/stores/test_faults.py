"""
A guard whose store is in trouble: killed, hanging, slow, without its table.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, event

from flask_corsguard import CORSGuard, Decision, Reason, origin_rejected
from flask_corsguard.stores import BreakerState, OriginTables, SQLAlchemyOrigins, origin_tables
from servers.launch import wait_until

from .helpers import FRIEND, STRANGER, Clock, about, in_threads
from .services import MARIADB, POSTGRES, Line, Service, line_to, unique

SERVICES = {"postgresql": POSTGRES, "mariadb": MARIADB}

PATIENCE = 2.0  # seconds; a first connection on a busy machine takes its time


@pytest.fixture(params=sorted(SERVICES))
def service(request: pytest.FixtureRequest) -> Service:
    return SERVICES[str(request.param)]


@pytest.fixture
def line(service: Service) -> Iterator[Line]:
    with line_to(service) as line:
        yield line


@pytest.fixture
def engine(service: Service, line: Line) -> Iterator[Engine]:
    """An engine that reaches its server by a line that can be cut."""
    engine = create_engine(service.where.set(host="127.0.0.1", port=line.port))
    try:
        yield engine
    finally:
        line.release()
        engine.dispose()


@pytest.fixture
def tables(service: Service, line: Line) -> Iterator[OriginTables]:
    tables = origin_tables(name=unique("origins"))
    direct = create_engine(service.where)
    with SQLAlchemyOrigins(direct, table=tables) as store:
        store.create()
        store.add(FRIEND)
    try:
        yield tables
    finally:
        line.release()
        tables.metadata.drop_all(direct)
        direct.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


MakeApp = Callable[..., tuple[Flask, SQLAlchemyOrigins]]


@pytest.fixture
def make_app(engine: Engine, tables: OriginTables, clock: Clock) -> Iterator[MakeApp]:
    stores: list[SQLAlchemyOrigins] = []

    def make(**options: Any) -> tuple[Flask, SQLAlchemyOrigins]:
        settings = {"clock": clock, "jitter": 0, "timeout": PATIENCE, "failures": 2, **options}
        store = SQLAlchemyOrigins(engine, table=tables, **settings)
        stores.append(store)
        app = Flask(__name__)
        app.add_url_rule("/", view_func=lambda: "hello")
        CORSGuard(app, origins=[store, "https://static.example"])
        return app, store

    yield make
    for store in stores:
        store.close()


def is_allowed(app: Flask, origin: str = FRIEND) -> bool:
    """Ask the application, which has to answer whatever happens."""
    response = app.test_client().get("/", headers={"Origin": origin})
    assert (response.status_code, response.text) == (200, "hello")
    assert response.headers["Vary"] == "Origin"
    allowed = response.headers.get("Access-Control-Allow-Origin")
    assert allowed in (None, origin)
    return allowed is not None


def rejections(app: Flask, origin: str) -> list[Decision]:
    """Ask, and give what the signal says."""
    heard: list[Decision] = []

    def listen(sender: object, decision: Decision) -> None:
        heard.append(decision)

    with origin_rejected.connected_to(listen, app):
        assert not is_allowed(app, origin)
    return heard


def test_a_database_that_is_killed_and_comes_back(
    make_app: MakeApp, line: Line, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    app, store = make_app(ttl=60, stale_for=300, retry_after=1)
    assert is_allowed(app)
    assert not is_allowed(app, STRANGER)
    line.cut()
    clock.advance(60)
    for _ in range(20):
        assert is_allowed(app)  # known to be good
        assert is_allowed(app, "https://static.example")
        (decision,) = rejections(app, STRANGER)
        assert decision.reason is Reason.STORE_UNAVAILABLE
    assert store.statistics.breaker is BreakerState.OPEN
    errors = [r for r in caplog.records if r.levelname == "ERROR"]
    assert [r.message for r in errors] == ["CORS request rejected"]
    clock.advance(300)
    assert not is_allowed(app)  # for a bounded time
    line.mend()
    clock.advance(31)
    assert is_allowed(app)
    assert rejections(app, STRANGER)[0].reason is Reason.ORIGIN_NOT_ALLOWED
    assert store.statistics.breaker is BreakerState.CLOSED


def test_a_database_that_hangs_costs_each_request_little(
    make_app: MakeApp, line: Line, clock: Clock
) -> None:
    app, store = make_app(failures=2)
    assert is_allowed(app)
    line.hold()
    clock.advance(60)
    began = time.monotonic()
    for number in range(2):
        assert not is_allowed(app, f"https://a{number}.example")
    waited = time.monotonic() - began
    assert 2 * PATIENCE <= waited < 2 * PATIENCE + 5
    began = time.monotonic()
    for number in range(100):
        assert not is_allowed(app, f"https://b{number}.example")
        assert is_allowed(app)
    # What the requests cost themselves, in a slow moment of a slow machine.
    assert time.monotonic() - began < 5
    assert store.statistics.short_circuited == 200
    line.release()
    clock.advance(5)
    wait_until(lambda: is_allowed(app, FRIEND) and not clock.advance(5), "the database")


def test_a_slow_query_under_fifty_requests_is_one_query(
    make_app: MakeApp, engine: Engine, line: Line
) -> None:
    app, store = make_app(timeout=30)
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        asked.append(statement)

    engine.connect().close()  # a connection is there, so the query itself is what waits
    event.listen(engine, "before_cursor_execute", note)
    line.hold()
    said: list[bool] = []
    threads = in_threads(50, lambda: said.append(is_allowed(app)))
    wait_until(lambda: store.statistics.waits == 49, "the others to wait")
    line.release()
    for thread in threads:
        thread.join(20)
    assert said == [True] * 50
    assert len([s for s in asked if s.startswith("SELECT") and "scope" in s]) == 1


@pytest.mark.parametrize("mode", ["lookup", "snapshot"])
def test_a_table_that_is_dropped_and_made_anew(
    make_app: MakeApp, engine: Engine, tables: OriginTables, clock: Clock, mode: str
) -> None:
    app, store = make_app(mode=mode, refresh=0.05, stale_for=100, ttl=60)
    wait_until(lambda: is_allowed(app), "the table")
    tables.metadata.drop_all(engine)
    failures = store.statistics.failures
    clock.advance(60)
    assert is_allowed(app)
    if mode == "lookup":
        assert rejections(app, STRANGER)[0].reason is Reason.STORE_UNAVAILABLE
    else:
        wait_until(lambda: store.statistics.failures > failures, "the thread to see it")
    clock.advance(101)
    assert rejections(app, FRIEND)[0].reason is Reason.STORE_UNAVAILABLE
    store.create()
    store.add(STRANGER)
    clock.advance(31)
    wait_until(lambda: is_allowed(app, STRANGER), "the new table")
    assert not is_allowed(app)


def test_a_snapshot_outlives_its_database(make_app: MakeApp, line: Line, clock: Clock) -> None:
    app, store = make_app(mode="snapshot", refresh=0.05, stale_for=100)
    wait_until(lambda: is_allowed(app), "the table")
    line.cut()
    wait_until(lambda: store.statistics.failures > 0, "the thread to see it")
    assert is_allowed(app)
    assert not is_allowed(app, STRANGER)
    clock.advance(101)
    assert rejections(app, FRIEND)[0].reason is Reason.STORE_UNAVAILABLE
    line.mend()
    store.invalidate()
    wait_until(lambda: is_allowed(app), "the database")


def test_a_snapshot_of_a_dead_database_makes_nobody_wait_twice(
    make_app: MakeApp, line: Line
) -> None:
    line.hold()
    app, _ = make_app(mode="snapshot")
    began = time.monotonic()
    for _ in range(20):
        assert rejections(app, FRIEND)[0].reason is Reason.STORE_UNAVAILABLE
    assert time.monotonic() - began < PATIENCE + 5
    line.release()
    wait_until(lambda: is_allowed(app), "the first reading")


def test_a_flood_of_random_origins_makes_a_bounded_number_of_queries(
    make_app: MakeApp, clock: Clock
) -> None:
    app, store = make_app(misses_per_second=10, burst=20)
    assert is_allowed(app)
    for number in range(500):
        assert not store_says(store, f"https://a{number}.example")
    assert store.statistics.lookups == 20
    assert is_allowed(app)


def test_a_flood_of_subdomains_makes_one_query(
    make_app: MakeApp, tables: OriginTables, clock: Clock
) -> None:
    """Whoever knows the pattern can invent origins below it without end."""
    app, store = make_app(max_entries=50)
    store.add("https://*.acme.example")
    for number in range(500):
        assert store_says(store, f"https://a{number}.acme.example")
    assert store.statistics.lookups == 1
    assert store.statistics.known_good == 1
    assert is_allowed(app, "https://a1.acme.example")
    store.remove("https://*.acme.example")
    assert not is_allowed(app, "https://a1.acme.example")


def store_says(store: SQLAlchemyOrigins, origin: str) -> bool:
    try:
        return store.allows(origin, about())
    except Exception:  # noqa: BLE001 - whatever it is, it is a rejection
        return False

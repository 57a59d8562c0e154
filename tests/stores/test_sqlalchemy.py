"""
`SQLAlchemyOrigins` on real databases: who is allowed, and how the table is changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, select, text
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from flask_corsguard import PolicyError
from flask_corsguard.stores import OriginRow, OriginTables, SQLAlchemyOrigins
from servers.launch import wait_until

from .conftest import MakeStore
from .helpers import FRIEND, STRANGER, Clock, about, tenant

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["lookup", "snapshot"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(make_store: MakeStore, mode: str) -> SQLAlchemyOrigins:
    return make_store(mode=mode, refresh=0.05)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Collect what a database is asked."""
    said: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def soon(store: SQLAlchemyOrigins, origin: str, *, allowed: bool, scope: str | None = None) -> None:
    """Wait until the store says something; a snapshot takes a moment."""
    head = about(scope)
    wait_until(lambda: store.allows(origin, head) is allowed, f"{origin}: {allowed}", 10)


def test_a_row_allows_and_no_other_origin(store: SQLAlchemyOrigins) -> None:
    store.add(FRIEND)
    soon(store, FRIEND, allowed=True)
    for origin in (STRANGER, "https://app.example.com:8443", "http://app.example.com", "null"):
        assert not store.allows(origin, about())


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("https://*.acme.example", "https://a.b.acme.example", "https://acme.example"),
        ("https://*.acme.example:8443", "https://a.acme.example:8443", "https://a.acme.example"),
        ("http://localhost:*", "http://localhost:3000", "https://localhost:3000"),
        ("https://*.acme.example:*", "https://a.acme.example:81", "https://acme.example:81"),
        ("capacitor://*", "capacitor://localhost", "ionic://localhost"),
    ],
)
def test_patterns_are_those_of_code(
    store: SQLAlchemyOrigins, pattern: str, yes: str, no: str
) -> None:
    store.add(pattern)
    soon(store, yes, allowed=True)
    assert not store.allows(no, about())


def test_every_change_counts_here_at_once(make_store: MakeStore) -> None:
    store = make_store()
    store.add(FRIEND, note="ours")
    assert store.allows(FRIEND, about())
    assert store.disable(FRIEND)
    assert not store.allows(FRIEND, about())
    assert store.enable(FRIEND)
    assert store.allows(FRIEND, about())
    assert store.remove(FRIEND)
    assert not store.allows(FRIEND, about())
    assert [store.remove(FRIEND), store.enable(FRIEND), store.disable(FRIEND)] == [False] * 3


def test_every_change_counts_in_other_processes_snapshots(make_store: MakeStore) -> None:
    here, there = make_store(), make_store(mode="snapshot", refresh=0.05, scope=tenant)
    assert not there.allows(FRIEND, about("a"))
    here.add(FRIEND, scope="a")
    soon(there, FRIEND, allowed=True, scope="a")
    here.disable(FRIEND, scope="a")
    soon(there, FRIEND, allowed=False, scope="a")
    here.enable(FRIEND, scope="a")
    soon(there, FRIEND, allowed=True, scope="a")
    here.remove(FRIEND, scope="a")
    soon(there, FRIEND, allowed=False, scope="a")
    here.import_rows([OriginRow(pattern=FRIEND, scope=s) for s in "abc"])
    soon(there, FRIEND, allowed=True, scope="a")
    soon(there, FRIEND, allowed=True, scope="c")


def test_a_scope_is_compared_as_it_stands(make_store: MakeStore, mode: str) -> None:
    """MariaDB's usual collation takes 'Acme' for 'acme', and any for itself and a space."""
    store = make_store(mode=mode, scope=tenant)
    store.add(FRIEND, scope="acme")
    soon(store, FRIEND, allowed=True, scope="acme")
    for other in ("Acme", "ACME", "acme ", "acmé", "acm", "", "%", "a%", "_cme"):
        assert not store.allows(FRIEND, about(other))


def test_rows_of_different_case_stand_beside_each_other(make_store: MakeStore) -> None:
    store = make_store()
    store.add(FRIEND, scope="acme")
    store.add(FRIEND, scope="ACME")
    assert store.scopes() == ("ACME", "acme")
    store.remove(FRIEND, scope="ACME")
    assert [row.scope for row in store.list()] == ["acme"]


def test_a_scope_function_cannot_reach_the_rows_without_a_scope(make_store: MakeStore) -> None:
    store = make_store(scope=tenant)
    store.add(FRIEND)
    assert not store.allows(FRIEND, about(""))
    assert not store.allows(FRIEND, about("acme"))


def test_shared_rows_count_for_everybody(make_store: MakeStore, mode: str) -> None:
    store = make_store(mode=mode, scope=tenant, shared=True, refresh=0.05)
    store.add(FRIEND)
    store.add(STRANGER, scope="acme")
    soon(store, FRIEND, allowed=True, scope="acme")
    assert store.allows(FRIEND, about("other"))
    assert not store.allows(STRANGER, about("other"))
    store.remove(FRIEND)
    soon(store, FRIEND, allowed=False, scope="acme")


def test_a_row_ends_when_it_says(make_store: MakeStore, mode: str) -> None:
    now, monotonic = [NOW], [1000.0]

    def pass_on(seconds: float) -> None:
        now[0] += timedelta(seconds=seconds)
        monotonic[0] += seconds

    store = make_store(
        mode=mode, now=lambda: now[0], clock=lambda: monotonic[0], ttl=3600, refresh=3600, jitter=0
    )
    store.add(FRIEND, expires=NOW + timedelta(seconds=100))
    soon(store, FRIEND, allowed=True)
    pass_on(99)
    assert store.allows(FRIEND, about())
    assert store.remembers(FRIEND) is True
    # A wall clock that is set back revives nobody.
    now[0] -= timedelta(days=1)
    monotonic[0] += 1
    if mode == "snapshot":
        assert not store.allows(FRIEND, about())
    assert store.remembers(FRIEND) is False
    now[0] = NOW + timedelta(seconds=100)
    assert not store.allows(FRIEND, about())
    assert store.find(FRIEND) is None


def test_a_miss_is_one_query_that_an_index_answers(
    make_store: MakeStore, engine: Engine, tables: OriginTables, database: str
) -> None:
    store = make_store(scope=tenant)
    store.import_rows(OriginRow(pattern=f"https://a{n}.example", scope=f"t{n}") for n in range(500))
    with statements(engine) as said:
        assert store.allows("https://a7.example", about("t7"))
        assert store.allows("https://a7.example", about("t7"))
        assert not store.allows(STRANGER, about("t7"))
        assert not store.allows(STRANGER, about("t7"))
    assert len(said) == 2
    assert all(s.startswith("SELECT") for s in said)
    name = tables.origins.name
    asked = f"SELECT * FROM {name} WHERE scope IN ('t7') AND pattern IN ('https://a7.example')"  # noqa: S608
    with engine.connect() as connection:
        if database == "postgresql":
            connection.execute(text("SET enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if database == "sqlite" else "EXPLAIN"
        plan = str(connection.execute(text(f"{explain} {asked}")).all()).lower()
    assert any(word in plan for word in ("_pkey", "primary", "autoindex"))


def test_what_is_allowed_is_remembered(
    store: SQLAlchemyOrigins, make_store: MakeStore, mode: str, engine: Engine
) -> None:
    store.add(FRIEND)
    if mode == "lookup":  # a snapshot may have been read by now
        assert store.remembers(FRIEND) is False
    soon(store, FRIEND, allowed=True)
    with statements(engine) as said:
        hits = store.statistics.hits
        assert store.remembers(FRIEND) is True
        assert store.statistics.hits == hits + 1
        for text in (STRANGER, "null", "", FRIEND.upper(), "https://*.example.com", "\0"):
            assert store.remembers(text) is False
    assert mode == "snapshot" or not said
    store.disable(FRIEND)
    wait_until(lambda: store.remembers(FRIEND) is False, "forgotten", 10)
    # Whose row it is depends on the request.
    scoped = make_store(mode=mode, refresh=0.05, scope=tenant)
    scoped.add(FRIEND, scope="acme")
    soon(scoped, FRIEND, allowed=True, scope="acme")
    assert scoped.remembers(FRIEND) is False


def test_a_snapshot_that_is_too_old_remembers_nothing(make_store: MakeStore) -> None:
    clock = Clock()
    make_store().add(FRIEND)
    store = make_store(mode="snapshot", refresh=3600, stale_for=60, clock=clock)
    soon(store, FRIEND, allowed=True)
    clock.advance(3660)
    assert store.remembers(FRIEND) is True
    clock.advance(1)
    assert store.remembers(FRIEND) is False


def test_a_snapshot_asks_nothing_for_a_request(make_store: MakeStore, engine: Engine) -> None:
    make_store().add(FRIEND)
    store = make_store(mode="snapshot", refresh=3600)
    assert store.allows(FRIEND, about())
    with statements(engine) as said:
        for number in range(100):
            store.allows(FRIEND, about())
            store.allows(f"https://a{number}.example", about())
    assert not said


def test_what_is_written_twice_is_refused(make_store: MakeStore) -> None:
    store = make_store()
    store.add(FRIEND)
    with pytest.raises(PolicyError, match=r"is in the table already\. .*\[CG151\]"):
        store.add(FRIEND)
    store.add(FRIEND, scope="acme")


def test_a_row_that_became_invalid_matches_nothing_and_is_logged_once(
    make_store: MakeStore,
    engine: Engine,
    tables: OriginTables,
    mode: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = ["https://*.github.io", "http://plain.example", "HTTPS://App.Example.com", "nonsense"]
    with engine.begin() as connection:
        for pattern in rows:
            values = {"scope": "", "pattern": pattern, "enabled": True, "note": "", "created": NOW}
            connection.execute(tables.origins.insert().values(**values))
    store = make_store(mode=mode, refresh=0.02, negative_ttl=0)
    for _ in range(3):
        for origin in ("https://a.github.io", "http://plain.example", FRIEND):
            assert not store.allows(origin, about())
        store.changed()
        store.refresh()
    said = [record for record in caplog.records if "is not valid" in record.message]
    logged = {record.cors_pattern for record in said}  # type: ignore[attr-defined]
    assert {"https://*.github.io", "http://plain.example"} <= logged
    assert len(said) == len(logged)
    found = list(store.problems())
    assert len(found) == 4
    assert found[-1].where.startswith("row '', ")


def test_rows_are_listed_in_order_with_all_they_hold(make_store: MakeStore) -> None:
    store = make_store(now=lambda: NOW)
    end = datetime(2031, 1, 1, tzinfo=UTC)
    store.add("https://b.example", scope="b", note="two", expires=end)
    store.add("https://a.example", scope="b", enabled=False)
    store.add("https://z.example", scope="a")
    assert [(row.scope, row.pattern) for row in store.list()] == [
        ("a", "https://z.example"),
        ("b", "https://a.example"),
        ("b", "https://b.example"),
    ]
    assert list(store.list("b"))[1] == OriginRow(
        pattern="https://b.example", scope="b", note="two", created=NOW, expires=end
    )
    assert list(store.list("B")) == []


def test_find_names_the_pattern_and_asks_the_database(make_store: MakeStore) -> None:
    store = make_store(scope=tenant)
    store.add("https://*.acme.example", scope="acme")
    assert store.find("https://a.acme.example", scope="acme") == "https://*.acme.example"
    assert store.find("https://acme.example", scope="acme") is None
    assert store.find("nonsense", scope="acme") is None


def test_an_import_is_one_transaction(make_store: MakeStore) -> None:
    store, told = make_store(), list[int]()
    store.add("https://a1.example", note="old")
    rows = [OriginRow(pattern=f"https://a{n}.example", note="new") for n in range(2500)]
    result = store.import_rows(iter(rows), progress=told.append)
    assert (result.added, result.updated, result.removed) == (2499, 1, 0)
    assert told == [1000, 2000, 2500]
    assert [row.note for row in store.list()] == ["new"] * 2500
    again = store.import_rows(rows)
    assert (again.added, again.updated) == (0, 2500)


def test_an_import_of_bad_rows_tells_every_one_and_changes_nothing(make_store: MakeStore) -> None:
    store = make_store()
    store.add(FRIEND)
    version = store.statistics.invalidations

    def rows() -> Iterator[OriginRow]:
        for line in range(1, 3001):
            pattern = "example.com" if line % 1000 == 7 else f"https://a{line}.example"
            yield OriginRow(pattern=pattern, place=f"line {line}")
        yield OriginRow(pattern="https://a1.example", place="line 3001")
        yield OriginRow(pattern=FRIEND, scope=" x", place="line 3002")

    with pytest.raises(PolicyError) as caught:
        store.import_rows(rows())
    assert [(p.where, p.code) for p in caught.value.problems] == [
        ("line 7: pattern", "CG104"),
        ("line 1007: pattern", "CG104"),
        ("line 2007: pattern", "CG104"),
        ("line 3001: pattern", "CG151"),
        ("line 3002: scope", "CG150"),
    ]
    assert "stands in line 1, too" in str(caught.value)
    assert [row.pattern for row in store.list()] == [FRIEND]
    assert store.statistics.invalidations == version


def test_an_import_can_replace_the_scopes_that_it_names(make_store: MakeStore) -> None:
    store = make_store()
    for scope in ("a", "b"):
        for name in ("one", "two"):
            store.add(f"https://{name}.example", scope=scope)
    rows = [OriginRow(pattern="https://two.example", scope="a")]
    result = store.import_rows(rows, replace=True)
    assert (result.added, result.updated, result.removed) == (0, 1, 1)
    assert [(row.scope, row.pattern) for row in store.list()] == [
        ("a", "https://two.example"),
        ("b", "https://one.example"),
        ("b", "https://two.example"),
    ]


def test_an_export_can_be_imported(make_store: MakeStore) -> None:
    store = make_store()
    store.add("https://*.acme.example", scope="acme", note="ümlaut", expires=NOW)
    plain = [row.to_dict() for row in store.list()]
    store.remove("https://*.acme.example", scope="acme")
    store.import_rows(OriginRow.from_mapping(values) for values in plain)
    assert [row.to_dict() for row in store.list()] == plain


@pytest.mark.parametrize("kind", ["sessionmaker", "scoped_session"])
def test_a_factory_of_sessions_will_do(make_store: MakeStore, engine: Engine, kind: str) -> None:
    factory = sessionmaker(engine)
    bind = factory if kind == "sessionmaker" else scoped_session(factory)
    store = make_store(bind)
    store.add(FRIEND)
    assert store.allows(FRIEND, about())
    assert [row.pattern for row in store.list()] == [FRIEND]


def test_the_session_of_the_request_is_left_alone(make_store: MakeStore, engine: Engine) -> None:
    """It may hold what is not committed, or be of no use after an error."""
    registry = scoped_session(sessionmaker(engine))
    store = make_store(registry)
    session = registry()
    if engine.dialect.name != "sqlite":  # which would make everybody else wait
        store.add(FRIEND, session=session)
        assert not store.allows(FRIEND, about())
    session.rollback()
    assert not session.in_transaction()
    store.allows(STRANGER, about())
    assert not session.in_transaction()
    registry.remove()


def test_a_change_in_a_session_counts_when_it_is_committed(
    make_store: MakeStore, engine: Engine
) -> None:
    store = make_store()
    store.add(FRIEND)
    assert store.allows(FRIEND, about())
    with Session(engine) as session:
        store.disable(FRIEND, session=session)
        before = store.statistics.invalidations
        assert store.allows(FRIEND, about())
        session.commit()
        assert store.statistics.invalidations == before + 1
        assert not store.allows(FRIEND, about())
        session.commit()
        session.rollback()
        assert store.statistics.invalidations == before + 1


def test_a_transaction_that_is_taken_back_invalidates_nothing(
    make_store: MakeStore, engine: Engine, tables: OriginTables
) -> None:
    store = make_store()
    store.add(FRIEND)
    assert store.allows(FRIEND, about())
    before, version = store.statistics.invalidations, version_of(engine, tables)
    with Session(engine) as session:
        store.remove(FRIEND, session=session)
        session.rollback()
        store.remove(FRIEND, session=session)
        session.close()
        session.execute(select(1))
        session.commit()
    assert store.statistics.invalidations == before
    assert version_of(engine, tables) == version
    assert store.allows(FRIEND, about())


def test_a_savepoint_that_is_released_is_not_announced_yet(
    make_store: MakeStore, engine: Engine
) -> None:
    store = make_store()
    before = store.statistics.invalidations
    with Session(engine) as session:
        with session.begin_nested():
            store.add(FRIEND, session=session)
        assert store.statistics.invalidations == before
        session.rollback()
    assert store.statistics.invalidations == before
    if engine.dialect.name != "sqlite":  # whose driver begins no transaction for a savepoint
        assert list(store.list()) == []
    else:
        store.remove(FRIEND)
        before = store.statistics.invalidations
    with Session(engine) as session:
        with session.begin_nested():
            store.add(FRIEND, session=session)
        session.commit()
    assert store.statistics.invalidations == before + 1


def test_every_change_raises_the_version(
    make_store: MakeStore, engine: Engine, tables: OriginTables
) -> None:
    store = make_store()
    seen = [version_of(engine, tables)]
    for change in (
        lambda: store.add(FRIEND),
        lambda: store.disable(FRIEND),
        lambda: store.enable(FRIEND),
        lambda: store.import_rows([OriginRow(pattern=STRANGER)]),
        lambda: store.remove(FRIEND),
        lambda: store.changed("acme"),
        store.changed,
    ):
        change()
        seen.append(version_of(engine, tables))
    assert seen == sorted(set(seen))


def test_tables_without_their_first_row_are_put_right(
    make_store: MakeStore, engine: Engine, tables: OriginTables
) -> None:
    """A migration makes the tables, and nothing in them."""
    with engine.begin() as connection:
        connection.execute(tables.versions.delete())
    store = make_store()
    store.add(FRIEND)
    assert version_of(engine, tables) > 0
    assert store.allows(FRIEND, about())


def test_a_snapshot_sees_what_was_changed_past_the_store(
    make_store: MakeStore, engine: Engine, tables: OriginTables
) -> None:
    here, there = make_store(), make_store(mode="snapshot", refresh=0.05)
    here.add(FRIEND)
    soon(there, FRIEND, allowed=True)
    with Session(engine) as session:
        session.execute(tables.origins.delete())
        here.changed(session=session)
        session.commit()
    soon(there, FRIEND, allowed=False)


def version_of(engine: Engine, tables: OriginTables) -> int:
    query = select(tables.versions.c.version).where(tables.versions.c.scope == "(all)")
    with engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


@pytest.mark.parametrize("bind", [None, "sqlite://", 7, object()])
def test_what_cannot_be_connected_to_is_refused(bind: Any) -> None:
    with pytest.raises(TypeError, match="give an engine"):
        SQLAlchemyOrigins(bind)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mode": "snap"}, "write 'lookup' or 'snapshot'"),
        ({"refresh": 0}, "refresh: 0"),
        ({"scope": "acme"}, "scope: 'acme' is no function"),
        ({"table": "origins"}, "origin_tables"),
        ({"ttl": -1}, "ttl: -1"),
        ({"invalidation": 7}, "invalidation: 7"),
        ({"mode": "snapshot"}, "belongs to one thread"),
    ],
)
def test_a_wrong_argument_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        SQLAlchemyOrigins(create_engine("sqlite://"), **options)

"""
Changes that are made elsewhere: Redis and PostgreSQL carry the news, and get into trouble.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
import redis
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from flask_corsguard.stores import (
    CachedOrigins,
    Invalidation,
    OriginTables,
    PostgresInvalidation,
    RedisInvalidation,
    SQLAlchemyOrigins,
    origin_tables,
)
from servers.launch import wait_until

from .helpers import FRIEND, Scripted, about, tenant
from .services import POSTGRES, REDIS, Line, line_to, postgres_dsn, redis_url, unique

HEARTBEAT = 0.2

MakeInvalidation = Callable[..., Invalidation]
KINDS = ("redis", "postgresql")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def channel() -> str:
    return unique("channel")


@pytest.fixture
def line(kind: str) -> Iterator[Line]:
    with line_to(REDIS if kind == "redis" else POSTGRES) as line:
        yield line


@pytest.fixture
def make(kind: str, channel: str) -> Iterator[MakeInvalidation]:
    """Make what stands for the workers of a service, each with a connection of its own."""
    before = set(threading.enumerate())
    with ExitStack() as closing:

        def make_one(line: Line | None = None, **options: Any) -> Invalidation:
            port = None if line is None else line.port
            settings = {"channel": channel, "heartbeat": HEARTBEAT, **options}
            invalidation: Invalidation
            if kind == "redis":
                invalidation = RedisInvalidation(redis_url(port), **settings)
            else:
                invalidation = PostgresInvalidation(postgres_dsn(port), **settings)
            closing.callback(invalidation.close)
            return invalidation

        yield make_one
    ours = [t for t in threading.enumerate() if t not in before and "corsguard" in t.name]
    assert not [t for t in ours if t.is_alive()], "a thread was left behind"


@pytest.fixture
def send(kind: str, channel: str) -> Callable[[str | bytes], None]:
    """Send anything at all, as whoever can reach the server might."""

    def send_redis(message: str | bytes) -> None:
        with redis.Redis.from_url(redis_url()) as client:
            client.publish(channel, message)

    def send_postgres(message: str | bytes) -> None:
        with psycopg.connect(postgres_dsn(), autocommit=True) as connection:
            text = message if isinstance(message, str) else message.decode("latin-1")
            connection.execute("SELECT pg_notify(%s, %s)", (channel, text))

    return send_redis if kind == "redis" else send_postgres


def connected(store: Scripted, invalidation: Invalidation, **options: Any) -> CachedOrigins:
    """Make a store that listens, with a yes in its memory."""
    origins = CachedOrigins(store, invalidation=invalidation, ttl=3600, **options)
    origins.allows(FRIEND, about("apples"))
    wait_until(lambda: invalidation.is_connected, "the connection")
    origins.allows(FRIEND, about("apples"))
    return origins


def knows(origins: CachedOrigins, count: int = 1) -> bool:
    return origins.statistics.known_good == count


def test_a_change_reaches_everybody_within_a_second(make: MakeInvalidation) -> None:
    stores = [Scripted(FRIEND) for _ in range(3)]
    workers = [connected(store, make(), scope=tenant) for store in stores]
    for store in stores:
        store.allowed = set()
    began = time.monotonic()
    assert workers[0].changed("apples")
    wait_until(lambda: not any(w.allows(FRIEND, about("apples")) for w in workers), "the news", 5)
    assert time.monotonic() - began < 5
    assert all(worker.statistics.connected for worker in workers)


def test_only_the_scope_that_has_changed_is_forgotten(
    make: MakeInvalidation, send: Callable[[str], None]
) -> None:
    origins = connected(Scripted(FRIEND), make(), scope=tenant)
    origins.allows(FRIEND, about("pears"))
    assert knows(origins, 2)
    send('{"scope": "pears"}')
    wait_until(lambda: knows(origins, 1), "the news")
    send('{"scope": null}')
    wait_until(lambda: knows(origins, 0), "the news")


def test_hostile_messages_are_ignored(
    make: MakeInvalidation, send: Callable[[str | bytes], None], caplog: pytest.LogCaptureFixture
) -> None:
    origins = connected(Scripted(FRIEND), make(), scope=tenant)
    before = origins.statistics.invalidations
    for message in (
        "",
        "apples",
        "null",
        "[]",
        "{}",
        '{"scope": 7}',
        '{"scope": ["apples"]}',
        '{"scope": "apples", "origin": "https://evil.example"}',
        '{"allow": "https://evil.example"}',
        '{"scope": "a\\u0000b"}',
        '{"scope": "\\ud800"}',
        '{"scope": "' + "a" * 129 + '"}',
        '{"scope": "apples"' + " " * 1100 + "}",
        "[" * 1000,
        b"\xff\xfe{",
    ):
        send(message)
    send('{"scope": "no such"}')
    wait_until(lambda: origins.statistics.invalidations == before + 1, "the last of them")
    assert knows(origins)
    assert not [r for r in caplog.records if r.levelname in {"WARNING", "ERROR"}]


def test_a_server_that_is_killed_and_comes_back(
    make: MakeInvalidation, line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    store = Scripted(FRIEND)
    origins = connected(store, make(line))
    line.cut()
    wait_until(lambda: origins.statistics.connected is False, "the loss to be noticed")
    # What was said in the meantime is lost: the memory is good until its end, and no longer than
    # until somebody listens again.
    assert origins.allows(FRIEND, about())
    store.allowed = set()
    line.mend()
    wait_until(lambda: origins.statistics.connected is True, "the connection")
    wait_until(lambda: not origins.allows(FRIEND, about()), "the memory to be dropped")
    assert len([r for r in caplog.records if "not heard of" in r.message]) == 1


def test_a_server_that_hangs_is_noticed(make: MakeInvalidation, line: Line) -> None:
    store = Scripted(FRIEND)
    origins = connected(store, make(line))
    line.hold()
    wait_until(lambda: origins.statistics.connected is False, "the silence to be noticed", 10)
    store.allowed = set()
    line.release()
    wait_until(lambda: not origins.allows(FRIEND, about()), "the memory to be dropped")


def test_a_server_that_is_not_there_breaks_nothing(make: MakeInvalidation, line: Line) -> None:
    line.cut()
    invalidation = make(line)
    origins = CachedOrigins(Scripted(FRIEND), invalidation=invalidation)
    assert origins.allows(FRIEND, about())
    assert origins.changed() is False
    assert origins.allows(FRIEND, about())
    line.mend()
    wait_until(lambda: origins.statistics.connected is True, "the connection")
    assert origins.changed() is True


def test_what_could_not_be_announced_is_announced_later(make: MakeInvalidation, line: Line) -> None:
    there = Scripted(FRIEND)
    here, elsewhere = connected(Scripted(FRIEND), make(line)), connected(there, make())
    line.cut()
    there.allowed = set()
    assert here.changed() is False
    assert elsewhere.allows(FRIEND, about())
    line.mend()
    wait_until(lambda: not elsewhere.allows(FRIEND, about()), "the late news")


def test_a_connection_that_is_quiet_is_kept(make: MakeInvalidation) -> None:
    origins = connected(Scripted(FRIEND), make(heartbeat=0.05))
    before = origins.statistics.invalidations
    deadline = time.monotonic() + 0.5
    wait_until(lambda: time.monotonic() > deadline, "ten heartbeats")
    assert origins.statistics.connected
    assert origins.statistics.invalidations == before


def test_one_invalidation_serves_several_stores(make: MakeInvalidation) -> None:
    invalidation = make()
    one, other = (connected(Scripted(FRIEND), invalidation) for _ in range(2))
    assert one.changed()
    wait_until(lambda: knows(one, 0) and knows(other, 0), "the news")


def test_nothing_is_connected_before_the_first_request(make: MakeInvalidation) -> None:
    before = threading.active_count()
    origins = CachedOrigins(Scripted(FRIEND), invalidation=make())
    assert threading.active_count() == before
    assert origins.statistics.connected is False


def test_after_closing_nothing_listens_and_all_else_works(make: MakeInvalidation) -> None:
    with connected(Scripted(FRIEND), make()) as origins:
        pass
    origins.invalidate()
    assert origins.allows(FRIEND, about())
    assert origins.statistics.connected is False


@pytest.fixture
def direct() -> Iterator[Engine]:
    postgres_dsn()
    engine = create_engine(POSTGRES.where)
    yield engine
    engine.dispose()


@pytest.fixture
def tables(direct: Engine) -> Iterator[OriginTables]:
    tables = origin_tables(name=unique("origins"))
    yield tables
    tables.metadata.drop_all(direct)


@pytest.mark.parametrize("mode", ["lookup", "snapshot"])
def test_workers_with_a_table_hear_of_a_commit_and_of_nothing_else(
    make: MakeInvalidation, direct: Engine, tables: OriginTables, mode: Any
) -> None:
    def worker() -> SQLAlchemyOrigins:
        return SQLAlchemyOrigins(
            direct, table=tables, mode=mode, ttl=3600, refresh=3600, invalidation=make()
        )

    with worker() as here, worker() as there:
        here.create()
        here.add(FRIEND)
        assert here.allows(FRIEND, about())
        assert there.allows(FRIEND, about())
        wait_until(lambda: bool(there.statistics.connected), "the connection")
        wait_until(lambda: bool(here.statistics.connected), "the connection")
        assert there.allows(FRIEND, about())
        before = there.statistics.invalidations
        with Session(direct) as session:
            here.remove(FRIEND, session=session)
            session.rollback()
        with Session(direct) as session:
            here.disable(FRIEND, session=session)
            assert there.statistics.invalidations == before
            session.commit()
        wait_until(lambda: not there.allows(FRIEND, about()), "the news", 10)
        assert there.statistics.invalidations == before + 1


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        (lambda: RedisInvalidation(7), "write 'redis://"),  # type: ignore[arg-type]
        (lambda: RedisInvalidation("127.0.0.1"), "must specify"),
        (lambda: RedisInvalidation("redis://127.0.0.1", channel=""), "channel: ''"),
        (lambda: RedisInvalidation("redis://127.0.0.1", heartbeat=0), "heartbeat: 0"),
        (lambda: PostgresInvalidation(7), "write 'postgresql://"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_argument_is_refused(factory: Callable[[], object], said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        factory()


def test_a_client_of_the_application_will_do(channel: str) -> None:
    with redis.Redis.from_url(redis_url(), socket_timeout=2) as client:
        with connected(Scripted(FRIEND), RedisInvalidation(client, channel=channel)) as origins:
            assert origins.changed()
        assert client.ping()


def test_the_url_of_sqlalchemy_will_do(channel: str) -> None:
    dsn = postgres_dsn().replace("postgresql://", "postgresql+psycopg://")
    with connected(Scripted(FRIEND), PostgresInvalidation(dsn, channel=channel)) as origins:
        assert origins.changed()

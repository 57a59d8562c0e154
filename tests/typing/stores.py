"""
Keep origins in a database, or wherever a callable finds them.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import assert_type

from flask import Flask
from sqlalchemy import Engine, Executable, create_engine, select
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from flask_corsguard import CORSGuard, Problem, RequestHead
from flask_corsguard.stores import (
    BreakerState,
    CachedOrigins,
    ImportResult,
    Invalidation,
    OriginRow,
    OriginStore,
    OriginTables,
    PostgresInvalidation,
    RedisInvalidation,
    SQLAlchemyOrigins,
    StoreStatistics,
    origin_tables,
)

engine: Engine = create_engine("sqlite://")
factory: sessionmaker[Session] = sessionmaker(engine)
tables: OriginTables = origin_tables()


def tenant(head: RequestHead) -> str | None:
    return head.host or None


def listed(origin: str, head: RequestHead) -> bool:
    return origin == head.origin


def rows(scopes: Sequence[str] | None, patterns: Sequence[str] | None) -> Executable:
    return select(tables.origins.c.scope, tables.origins.c.pattern)


news: Invalidation = RedisInvalidation("redis://127.0.0.1:6379/0", channel="shop")
told: Invalidation = PostgresInvalidation("postgresql://127.0.0.1/shop", heartbeat=2)

store = SQLAlchemyOrigins(engine, scope=tenant, ttl=600, timeout=None, invalidation=news)
SQLAlchemyOrigins(factory, mode="snapshot", refresh=0.5, table=tables, shared=True)
SQLAlchemyOrigins(scoped_session(factory), query=rows)
cached = CachedOrigins(listed, scope=tenant, max_entries=100, invalidation=told)
CachedOrigins(cached)
each: list[OriginStore] = [store, cached]
CORSGuard(Flask(__name__), origins=[store, cached, "https://admin.example"], credentials=True)

assert_type(
    store.add("https://a.example", scope="acme", expires=datetime.now(UTC), session=factory()),
    OriginRow,
)
assert_type(store.remove("https://a.example"), bool)
assert_type(store.disable("https://a.example", scope="acme"), bool)
assert_type(store.list("acme"), Iterator[OriginRow])
assert_type(store.find("https://a.example"), str | None)
assert_type(store.check("https://a.example"), tuple[Problem, ...])
assert_type(store.import_rows([OriginRow(pattern="https://a.example")], replace=True), ImportResult)
assert_type(store.changed("acme"), bool)
assert_type(cached.statistics, StoreStatistics)
assert_type(cached.statistics.breaker, BreakerState)
with store, cached:
    assert_type(store.allows("https://a.example", RequestHead(method="GET")), bool)

SQLAlchemyOrigins(engine, mode="memory")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
SQLAlchemyOrigins(engine, lifetime=60)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
SQLAlchemyOrigins(engine, scope="acme")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
CachedOrigins("https://a.example")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
store.add("https://a.example", "acme")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

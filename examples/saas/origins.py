"""
The store of origins, on whatever is there: SQLite and nothing else, or real servers.

How a change reaches the other workers depends on it: by Redis, by PostgreSQL itself, or, on SQLite,
by a look at the version of the table five times a second.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from flask_corsguard import RequestHead
from flask_corsguard.stores import (
    Invalidation,
    OriginRow,
    PostgresInvalidation,
    RedisInvalidation,
    SQLAlchemyOrigins,
)

from .tenants import TENANTS

__all__ = ["create_store", "database_url", "prepare", "tenant_of"]

CHANNEL = "corsguard-saas"
TRIES = 10


def tenant_of(head: RequestHead) -> str:
    """
    Say whose origins count: a preflight carries no cookie, so it has to be in the URL.
    """
    return str(head.view_args["tenant"])


def database_url(folder: Path) -> str:
    """
    Give the URL of the database; by default, a file in a folder.
    """
    return os.environ.get("DATABASE_URL") or f"sqlite:///{folder / 'saas.db'}"


def create_store(database: str, redis: str | None) -> SQLAlchemyOrigins:
    """
    Create the store.

    Args:
        database: Where the rows are.
        redis: What tells the other workers of a change; None: the database does.
    """
    url = make_url(database)
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    news: Invalidation | None = None
    if redis:
        news = RedisInvalidation(redis, channel=CHANNEL)
    elif url.get_backend_name() == "postgresql":
        dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        news = PostgresInvalidation(dsn, channel=CHANNEL.replace("-", "_"))
    if news is None:
        return SQLAlchemyOrigins(engine, scope=tenant_of, mode="snapshot", refresh=0.2)
    return SQLAlchemyOrigins(engine, scope=tenant_of, ttl=600, invalidation=news)


def prepare(store: SQLAlchemyOrigins) -> None:
    """
    Make the tables and the first rows; the other workers may be at it, too.
    """
    rows = [
        OriginRow(pattern=pattern, scope=tenant, note=note)
        for tenant, about in TENANTS.items()
        for pattern, note in about.origins
    ]
    for attempt in range(TRIES):
        try:
            store.create()
            if not store.scopes():
                store.import_rows(rows)
        except SQLAlchemyError:
            if attempt == TRIES - 1:
                raise
            time.sleep(0.1)
        else:
            return

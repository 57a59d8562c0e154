"""
Rows in PostgreSQL: many of them, quickly there, and gone afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from typing import Any

from sqlalchemy import URL, Engine, create_engine, make_url

from flask_corsguard.stores import OriginTables, origin_tables

__all__ = ["PER_TENANT", "connect", "fill", "origin_of", "tables_of", "tenant_of"]

PER_TENANT = 100


def connect() -> Engine:
    """
    Connect to the PostgreSQL of the tests.
    """
    url: URL = make_url(
        os.environ.get("TEST_POSTGRES_URL") or "postgresql://postgres@127.0.0.1:5432/test"
    )
    return create_engine(url.set(drivername="postgresql+psycopg"))


def tenant_of(number: int) -> str:
    """
    Name the tenant of a row.
    """
    return f"t{number // PER_TENANT}"


def origin_of(number: int) -> str:
    """
    Give the origin in a row.
    """
    return f"https://shop-{number}.tenant-{number // PER_TENANT}.example.com"


@contextmanager
def tables_of(engine: Engine) -> Iterator[OriginTables]:
    """
    Make tables that nobody else uses, and drop them in the end.
    """
    tables = origin_tables(name=f"benchmark_stores_{token_hex(4)}")
    tables.metadata.create_all(engine)
    try:
        yield tables
    finally:
        tables.metadata.drop_all(engine)


def fill(engine: Engine, tables: OriginTables, count: int) -> None:
    """
    Copy rows into a table.
    """
    raw = engine.raw_connection()
    try:
        driver: Any = raw.driver_connection
        command = f"COPY {tables.origins.name} (scope, pattern, enabled, note, created) FROM STDIN"
        with driver.cursor() as cursor, cursor.copy(command) as copy:
            for number in range(count):
                copy.write_row((tenant_of(number), origin_of(number), True, "", "2026-01-01"))
        raw.commit()
    finally:
        raw.close()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"ANALYZE {tables.origins.name}")

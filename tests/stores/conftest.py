"""
Databases with tables of their own for each test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url

from flask_corsguard.stores import OriginTables, SQLAlchemyOrigins, origin_tables

from .services import database_url, unique

DATABASES = ("sqlite", "postgresql", "mariadb")

MakeStore = Callable[..., SQLAlchemyOrigins]


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Name one kind of database after the other."""
    return str(request.param)


@pytest.fixture
def url(database: str, tmp_path: Path) -> URL:
    if database == "sqlite":
        return make_url(f"sqlite:///{tmp_path / 'origins.db'}")
    return database_url(database)


@pytest.fixture
def engine(url: URL) -> Iterator[Engine]:
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture
def tables(engine: Engine) -> Iterator[OriginTables]:
    """Name tables that nobody else uses, and drop them in the end."""
    tables = origin_tables(name=unique("origins"))
    try:
        yield tables
    finally:
        tables.metadata.drop_all(engine)


@pytest.fixture
def make_store(engine: Engine, tables: OriginTables) -> Iterator[MakeStore]:
    """Make stores on tables that are there, and close them in the end."""
    with ExitStack() as closing:

        def make(bind: Any = None, **options: Any) -> SQLAlchemyOrigins:
            store = SQLAlchemyOrigins(
                engine if bind is None else bind, **{"table": tables, **options}
            )
            closing.callback(store.close)
            return store

        make().create()
        yield make

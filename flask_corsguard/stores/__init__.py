"""
Allowed origins that live in a database and change while the application runs.

    guard = CORSGuard(app, origins=[SQLAlchemyOrigins(db, scope=tenant_of)])

The names are imported when they are first asked for, so that each optional neighbour is needed only
by what uses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol.patterns import OriginMemory, OriginStore
from .breaker import BreakerState
from .cached import CachedOrigins
from .failures import StoreUnavailableError
from .listening import Invalidation
from .options import Caching
from .rows import OriginRow
from .statistics import StoreStatistics

if TYPE_CHECKING:
    from .postgres_invalidation import PostgresInvalidation
    from .redis_invalidation import RedisInvalidation
    from .sql import OriginTables, origin_tables
    from .sqlalchemy_origins import SQLAlchemyOrigins
    from .writing import ImportResult

__all__ = [
    "BreakerState",
    "CachedOrigins",
    "Caching",
    "ImportResult",
    "Invalidation",
    "OriginMemory",
    "OriginRow",
    "OriginStore",
    "OriginTables",
    "PostgresInvalidation",
    "RedisInvalidation",
    "SQLAlchemyOrigins",
    "StoreStatistics",
    "StoreUnavailableError",
    "origin_tables",
]


def __getattr__(name: str) -> object:
    """
    Import a name that needs an optional neighbour when it is first asked for.

    Raises:
        MissingExtraError: If the neighbour is not installed.
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "PostgresInvalidation":
        from . import postgres_invalidation  # noqa: PLC0415

        return postgres_invalidation.PostgresInvalidation
    if name == "RedisInvalidation":
        from . import redis_invalidation  # noqa: PLC0415

        return redis_invalidation.RedisInvalidation
    if name == "SQLAlchemyOrigins":
        from . import sqlalchemy_origins  # noqa: PLC0415

        return sqlalchemy_origins.SQLAlchemyOrigins
    from . import sql, writing  # noqa: PLC0415

    return writing.ImportResult if name == "ImportResult" else getattr(sql, name)


def __dir__() -> list[str]:
    """
    List the public names, imported or not.
    """
    return sorted({*globals(), *__all__})

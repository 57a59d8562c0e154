"""
What the stores need of SQLAlchemy: tables, and transactions on whatever a user hands over.

Reading never takes the request's session. It would see what that session has not committed and may
take back, it would flush what is not ready, and after an error it answers nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

from ..errors import MissingExtraError
from .forks import after_fork
from .rows import LONGEST_NOTE
from .scoping import MAX_SCOPE

try:
    import sqlalchemy
    from sqlalchemy import (
        BigInteger,
        Boolean,
        Column,
        Connection,
        DateTime,
        Engine,
        Executable,
        Index,
        MetaData,
        String,
        Table,
        event,
    )
    from sqlalchemy.dialects import mysql
    from sqlalchemy.exc import IntegrityError
    from sqlalchemy.orm import Session, SessionTransaction, scoped_session, sessionmaker
except ImportError as _error:
    raise MissingExtraError("SQLAlchemy", "sqlalchemy") from _error

__all__ = [
    "Bind",
    "Connection",
    "Database",
    "Executable",
    "IntegrityError",
    "MetaData",
    "OriginTables",
    "SessionLike",
    "Table",
    "joined",
    "origin_tables",
    "when_committed",
]

SessionLike: TypeAlias = "Session | scoped_session[Session]"
"""A session of the application, in whose transaction something is to happen."""

Bind: TypeAlias = "Engine | sessionmaker[Session] | scoped_session[Session] | Any"
"""An engine, a factory of sessions, or Flask-SQLAlchemy's `db`."""

_LONGEST_PATTERN = 330
_MEMORY = frozenset({None, "", ":memory:"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginTables:
    """
    Hold the tables of a store.

    Attributes:
        metadata: What they belong to; Alembic compares it with the database.
        origins: Scope, pattern, enabled, note, created, expires.
        versions: The number of the last change of each scope, and of all of them.
    """

    metadata: MetaData
    origins: Table
    versions: Table


def origin_tables(
    metadata: MetaData | None = None, name: str = "corsguard_origins"
) -> OriginTables:
    """
    Define the tables of a store, once for each metadata.

    Args:
        metadata: Where they belong: `db.metadata`, `Base.metadata`; None: one of their own.
        name: The name of the first; the other one is called like it, with `_versions` behind.
    """
    whole = MetaData() if metadata is None else metadata
    key = f"{whole.schema}.{name}" if whole.schema else name
    if key in whole.tables:
        versions = whole.tables[f"{key}_versions"]
        return OriginTables(metadata=whole, origins=whole.tables[key], versions=versions)
    origins = Table(
        name,
        whole,
        Column("scope", _exact(MAX_SCOPE), primary_key=True),
        Column("pattern", _exact(_LONGEST_PATTERN), primary_key=True),
        Column("enabled", Boolean(), nullable=False, server_default=sqlalchemy.true()),
        Column("note", String(LONGEST_NOTE), nullable=False, server_default=""),
        Column("created", _UtcTime(), nullable=False),
        Column("expires", _UtcTime(), nullable=True),
    )
    versions = Table(
        f"{name}_versions",
        whole,
        Column("scope", _exact(MAX_SCOPE), primary_key=True),
        Column("version", BigInteger(), nullable=False),
        Index(f"ix_{name}_versions_version", "version"),
    )
    return OriginTables(metadata=whole, origins=origins, versions=versions)


def _exact(length: int) -> String:
    """
    Give a type for text that is compared as it stands; MySQL's usual one ignores the case.
    """
    binary = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return String(length).with_variant(binary, "mysql", "mariadb")


class _UtcTime(sqlalchemy.TypeDecorator[datetime]):
    """
    Keep a time as UTC, in databases that know no time zones, too.
    """

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:
        """
        Write a time without its zone.
        """
        del dialect
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        """
        Read a time, as UTC.
        """
        del dialect
        return value and value.replace(tzinfo=UTC)


class Database:
    """
    Connect to what a user has handed over.
    """

    def __init__(self, bind: Bind) -> None:
        """
        Look at it; nothing is connected.

        Args:
            bind: An engine, a factory of sessions, or Flask-SQLAlchemy's `db`.

        Raises:
            TypeError: If it is none of these.
        """
        self._engine: Engine | None = None
        self._sessions: sessionmaker[Session] | None = None
        self._owner: Any = None
        if isinstance(bind, Engine):
            self._engine = bind
        elif isinstance(bind, sessionmaker):
            self._use(cast("sessionmaker[Session]", bind))
        elif isinstance(bind, scoped_session):
            # The session in its registry belongs to the request; a new one is made instead.
            self._use(cast("sessionmaker[Session]", cast("Any", bind).session_factory))
        elif _is_flask_sqlalchemy(bind):
            self._owner = bind
        else:
            raise TypeError(
                f"{bind!r} is nothing to connect to; give an engine, a sessionmaker, "
                "a scoped_session, or the db of Flask-SQLAlchemy"
            )
        after_fork(self._reset)

    @property
    def metadata(self) -> MetaData | None:
        """
        Give the metadata of Flask-SQLAlchemy, so that migrations see the tables.
        """
        return None if self._owner is None else cast("MetaData", self._owner.metadata)

    @property
    def is_in_memory(self) -> bool:
        """
        Tell whether the database is known to be one of SQLite's in memory.
        """
        engine = self._engine
        if engine is None or engine.dialect.name != "sqlite":
            return False
        return engine.url.database in _MEMORY

    @property
    def is_embedded(self) -> bool:
        """
        Tell whether there is no server that could keep a request waiting.
        """
        return self.engine is not None and self.engine.dialect.name == "sqlite"

    @property
    def engine(self) -> Engine | None:
        """
        Give the engine, as far as it is known; None where each session may have another one.

        Raises:
            RuntimeError: If Flask-SQLAlchemy's `db` is first used outside of an application
                context, or in two applications.
        """
        if self._owner is None:
            return self._engine
        try:
            engine = cast("Engine", self._owner.engine)
        except RuntimeError:
            if self._engine is not None:  # a background thread has no application
                return self._engine
            raise
        if self._engine is not None and engine is not self._engine:
            raise RuntimeError(
                "a store belongs to one application; make it where the application is made"
            )
        self._engine = engine
        return engine

    @contextmanager
    def reading(self, table: Table) -> Generator[Connection]:
        """
        Give a connection that sees what is committed, and gives everything back.

        Args:
            table: What is to be read; a session may have several engines.
        """
        engine = None if self._sessions is not None else self.engine
        if engine is not None:
            with engine.connect() as connection:
                yield connection
            return
        with self._new_session() as session:
            yield session.connection(bind_arguments={"clause": table})

    @contextmanager
    def writing(self, table: Table) -> Generator[Connection]:
        """
        Give a connection in a transaction of its own, which is committed at the end.

        Args:
            table: What is to be written.
        """
        engine = None if self._sessions is not None else self.engine
        if engine is not None:
            with engine.begin() as connection:
                yield connection
            return
        with self._new_session() as session, session.begin():
            yield session.connection(bind_arguments={"clause": table})

    def _use(self, sessions: sessionmaker[Session]) -> None:
        """
        Make sessions where a connection is wanted; what they are bound to is the engine.
        """
        self._sessions = sessions
        bound: object = sessions.kw.get("bind")
        self._engine = bound if isinstance(bound, Engine) else None

    def _new_session(self) -> Session:
        return cast("sessionmaker[Session]", self._sessions)()

    def _reset(self) -> None:
        """
        Leave the parent process its connections: two that write into one socket are heard by none.
        """
        engine = self._engine
        if engine is not None and not self.is_in_memory:
            engine.dispose(close=False)


def _is_flask_sqlalchemy(value: object) -> bool:
    # The class is asked: outside of an application, the object's own attributes raise.
    return all(hasattr(type(value), name) for name in ("engine", "init_app", "metadata"))


def joined(session: SessionLike, table: Table) -> Connection:
    """
    Give the connection of the application's session, in its transaction.

    Args:
        session: The application's.
        table: What is to be written.
    """
    return session.connection(bind_arguments={"clause": table})


def when_committed(
    session: SessionLike, tell: Callable[[str | None], object], scope: str | None
) -> None:
    """
    Tell of a change once it can be seen by others; never, if it is taken back.

    Args:
        session: The application's, in whose transaction the change was made.
        tell: Is told the scope, once for each scope and transaction.
        scope: What has changed; None: perhaps everything.
    """
    real = session() if isinstance(session, scoped_session) else session
    if __name__ not in real.info:
        real.info[__name__] = {}
        event.listen(real, "after_commit", _tell_pending)
        event.listen(real, "after_transaction_end", _drop_pending)
    _pending(real).setdefault(tell, set()).add(scope)


def _pending(session: Session) -> dict[Callable[[str | None], object], set[str | None]]:
    return cast("dict[Callable[[str | None], object], set[str | None]]", session.info[__name__])


def _tell_pending(session: Session) -> None:
    # A savepoint's release is a commit, too, to SQLAlchemy, but nobody else sees it.
    if session.in_nested_transaction():
        return
    for tell, scopes in _pending(session).items():
        for scope in scopes if None not in scopes else (None,):
            tell(scope)


def _drop_pending(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        _pending(session).clear()

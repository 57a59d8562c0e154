"""
Read a table of origins: who allows an origin, what has changed, everything.

The patterns that allow an origin are few and known, so a database is asked with one query that an
index answers, whatever the number of rows. What comes back is compared once more here: collations
take texts for equal that are not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

from .cache import Answer
from .notices import Notices
from .rows import EVERY_SCOPE, WHOLE_TABLE, OriginRow, RowRules
from .sql import Connection, Database, Executable, OriginTables

__all__ = ["Changes", "Entry", "OriginReader", "Query", "VersionQuery"]

Query: TypeAlias = "Callable[[Sequence[str] | None, Sequence[str] | None], Executable]"
"""Selects scope, pattern and, where there is one, the end; None, None: of all rows that count."""

VersionQuery: TypeAlias = "Callable[[], Executable]"
"""Selects one value that is another one after every change."""

_CHUNK = 1000
_MANY_SCOPES = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """
    Hold a row that counts.

    Attributes:
        scope: Whose.
        pattern: What it allows.
        expires: When it ends; None: never.
    """

    scope: str
    pattern: str
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """
    Say what has changed since a version.

    Attributes:
        version: What there is now.
        scopes: Whose rows have changed; None: perhaps all.
    """

    version: object
    scopes: frozenset[str] | None


class OriginReader:
    """
    Ask a database about origins.
    """

    def __init__(
        self,
        database: Database,
        tables: OriginTables,
        rules: RowRules,
        *,
        query: Query | None,
        version: VersionQuery | None,
        now: Callable[[], datetime],
    ) -> None:
        """
        Ask by the ready tables, or by queries of the user's.

        Args:
            database: Where.
            tables: The ready tables; not looked at where there is a query.
            rules: What a row has to keep in order to count.
            query: The user's.
            version: The user's.
            now: Gives the time, in UTC.
        """
        self._database = database
        self._tables = tables
        self._rules = rules
        self._query = query
        self._version = version
        self._now = now
        self._notices = Notices()

    def find(self, scopes: Sequence[str], names: Sequence[str]) -> Answer:
        """
        Tell what allows an origin.

        Args:
            scopes: Whose rows count.
            names: The patterns by which it may be allowed, the most specific first.

        Raises:
            Exception: Whatever the database raises.
        """
        if not names:
            return Answer(None)
        with self._database.reading(self._tables.origins) as connection:
            entries = list(self._entries(connection, scopes, names))
        wanted = {(scope, name) for scope in scopes for name in names}
        found = {e.pattern: e for e in entries if (e.scope, e.pattern) in wanted}
        for name in names:
            entry = found.get(name)
            if entry is not None and self._counts(entry):
                return Answer(name, self.seconds_left(entry))
        return Answer(None)

    def seconds_left(self, entry: Entry) -> float | None:
        """
        Tell for how long a row counts yet; None: without end.
        """
        if entry.expires is None:
            return None
        return max(0.0, (entry.expires - self._now()).total_seconds())

    def everything(self) -> Iterator[Entry]:
        """
        Yield every row that counts, a few at a time.
        """
        with self._database.reading(self._tables.origins) as connection:
            # Where the driver can, the rows stay on the server until they are asked for.
            yield from filter(self._counts, self._entries(connection, None, None))

    def of_scopes(self, scopes: Collection[str]) -> Iterator[Entry]:
        """
        Yield every row of some scopes that counts.
        """
        origins = self._tables.origins.c
        with self._database.reading(self._tables.origins) as connection:
            query = self._all_counting().where(origins.scope.in_(sorted(scopes)))
            rows = connection.execute(query)
            yield from (e for e in map(_entry, rows) if e.scope in scopes and self._counts(e))

    def changes(self, since: object) -> Changes | None:
        """
        Tell what has changed.

        Args:
            since: The version that is known; None: none.

        Returns:
            None if nothing has.
        """
        with self._database.reading(self._tables.versions) as connection:
            if self._query is not None:
                return self._changes_of_others(connection, since)
            return self._changes_of_ours(connection, since)

    def rows(self, scope: str | None) -> Iterator[OriginRow]:
        """
        Yield all rows, also those that do not count; in order.

        Args:
            scope: Whose; None: everybody's.
        """
        origins = self._tables.origins
        query = origins.select().order_by(origins.c.scope, origins.c.pattern)
        if scope is not None:
            query = query.where(origins.c.scope == scope)
        with self._database.reading(origins) as connection:
            streaming = connection.execution_options(yield_per=_CHUNK)
            for row in streaming.execute(query).mappings():
                if scope is None or row["scope"] == scope:
                    yield OriginRow(**row)

    def scopes(self) -> list[str]:
        """
        List the scopes that have rows.
        """
        origins = self._tables.origins
        query = origins.select().with_only_columns(origins.c.scope).distinct()
        with self._database.reading(origins) as connection:
            return sorted(row.scope for row in connection.execute(query))

    def _entries(
        self,
        connection: Connection,
        scopes: Sequence[str] | None,
        names: Sequence[str] | None,
    ) -> Iterator[Entry]:
        if self._query is not None:
            query = self._query(scopes, names)
        else:
            query = self._all_counting()
            if scopes is not None and names is not None:
                origins = self._tables.origins.c
                query = query.where(origins.scope.in_(scopes), origins.pattern.in_(names))
        if names is None:
            connection = connection.execution_options(yield_per=_CHUNK)
        return map(_entry, connection.execute(query))

    def _all_counting(self) -> Any:  # noqa: ANN401 - its parameters differ between versions
        origins = self._tables.origins
        columns = origins.c
        return (
            origins.select()
            .with_only_columns(columns.scope, columns.pattern, columns.expires)
            .where(columns.enabled.is_(True))
            .where(columns.expires.is_(None) | (columns.expires > self._now()))
        )

    def _counts(self, entry: Entry) -> bool:
        """
        Tell whether a row may allow anybody; one that became invalid may not.
        """
        if entry.expires is not None and entry.expires <= self._now():
            return False
        if self._rules.is_sound(entry.pattern):
            return True
        event = "A row of the table of origins is not valid, and allows nobody"
        self._notices.warn_once(event, scope=entry.scope, pattern=entry.pattern)
        return False

    def _changes_of_ours(self, connection: Connection, since: object) -> Changes | None:
        versions = self._tables.versions
        known = since if isinstance(since, int) else -1
        newest = connection.execute(
            versions.select().where(versions.c.scope == EVERY_SCOPE)
        ).one_or_none()
        now = 0 if newest is None else newest.version
        if now == known:
            return None
        # A version that went back is another table: restored, or made anew.
        if known < 0 or now < known:
            return Changes(now, None)
        changed = versions.select().where(versions.c.version > known).limit(_MANY_SCOPES)
        scopes = {row.scope for row in connection.execute(changed)} - {EVERY_SCOPE}
        many = len(scopes) >= _MANY_SCOPES - 1 or WHOLE_TABLE in scopes
        return Changes(now, None if many else frozenset(scopes))

    def _changes_of_others(self, connection: Connection, since: object) -> Changes | None:
        if self._version is None:
            return Changes(None, None)
        version: object = connection.execute(self._version()).scalar()
        return None if since is not None and version == since else Changes(version, None)


def _entry(row: Sequence[object]) -> Entry:
    scope, pattern, *more = cast("Iterable[object]", row)
    if not isinstance(scope, str) or not isinstance(pattern, str):
        raise TypeError(f"the query gave {scope!r}, {pattern!r}; it has to select texts")
    expires = more[0] if more else None
    if expires is None:
        return Entry(scope, pattern)
    if not isinstance(expires, datetime):
        raise TypeError(f"the query gave {expires!r} for the end; it has to select a datetime")
    # A column without a zone is taken as UTC.
    return Entry(scope, pattern, expires if expires.tzinfo else expires.replace(tzinfo=UTC))

"""
Change a table of origins. Every change raises the version in the same transaction.

The row with the version of all scopes is written first by every change, so changes go one after the
other, and whoever has seen a version has seen all that came before it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from itertools import islice

from ..errors import PolicyError, Problem
from ..protocol.codes import make_problem
from .rows import EVERY_SCOPE, WHOLE_TABLE, OriginRow, RowRules, errors_of
from .sql import Connection, IntegrityError, OriginTables

__all__ = ["ImportResult", "OriginWriter"]

_CHUNK = 1000
_SCOPES_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """
    Say what an import has changed.

    Attributes:
        added: How many rows are new.
        updated: How many were there already, and were written anew.
        removed: How many the file lacks.
        scopes: Whose rows were written.
    """

    added: int
    updated: int
    removed: int
    scopes: frozenset[str]


class OriginWriter:
    """
    Write rows, on a connection that is in a transaction.
    """

    def __init__(self, tables: OriginTables, rules: RowRules, now: Callable[[], datetime]) -> None:
        """
        Write into tables.

        Args:
            tables: The tables.
            rules: What a row has to keep.
            now: Gives the time, in UTC.
        """
        self._tables = tables
        self._rules = rules
        self._now = now

    def create(self, connection: Connection) -> None:
        """
        Create what is missing of the tables.
        """
        tables = [self._tables.origins, self._tables.versions]
        self._tables.metadata.create_all(connection, tables=tables, checkfirst=True)
        versions = self._tables.versions
        every = versions.select().where(versions.c.scope == EVERY_SCOPE)
        if connection.execute(every).first() is None:
            connection.execute(versions.insert().values(scope=EVERY_SCOPE, version=self._first))

    def add(self, connection: Connection, row: OriginRow) -> OriginRow:
        """
        Write a new row.

        Returns:
            The row, with the time of its creation.

        Raises:
            PolicyError: If it is not sound, or there already.
        """
        self._rules.refuse(row)
        self._raise_version(connection, [row.scope])
        kept = self._filled(row)
        problem = _double(row, "is in the table already", "Enable or remove it.")
        if self._known(connection, [row]):
            raise PolicyError([problem])
        try:
            with connection.begin_nested():
                connection.execute(self._tables.origins.insert(), [_values(kept)])
        except IntegrityError:  # written since this transaction began to read
            raise PolicyError([problem]) from None
        return kept

    def remove(self, connection: Connection, scope: str, pattern: str) -> bool:
        """
        Take a row out; False if there is none.
        """
        self._raise_version(connection, [scope])
        origins = self._tables.origins
        found = self._known(connection, [OriginRow(scope=scope, pattern=pattern)])
        if found:
            here = (origins.c.scope == scope) & (origins.c.pattern == pattern)
            connection.execute(origins.delete().where(here))
        return bool(found)

    def switch(self, connection: Connection, scope: str, pattern: str, *, enabled: bool) -> bool:
        """
        Let a row count, or not; False if there is none.

        Raises:
            PolicyError: If it is to count and is not sound.
        """
        row = OriginRow(scope=scope, pattern=pattern)
        if enabled:
            self._rules.refuse(row)
        self._raise_version(connection, [scope])
        origins = self._tables.origins
        found = self._known(connection, [row])
        if found:
            here = (origins.c.scope == scope) & (origins.c.pattern == pattern)
            connection.execute(origins.update().where(here).values(enabled=enabled))
        return bool(found)

    def take_in(
        self,
        connection: Connection,
        rows: Iterable[OriginRow],
        *,
        replace: bool,
        progress: Callable[[int], None] | None,
    ) -> ImportResult:
        """
        Write many rows; those that are there are written anew.

        Args:
            connection: In a transaction that is taken back if this raises.
            rows: May be read once; a few at a time are held.
            replace: Whether what is not among them is taken out, in the scopes that they name.
            progress: Is told how many rows were read.

        Raises:
            PolicyError: With every bad row.
        """
        self._raise_version(connection, [])
        batch = _Batch(
            is_fresh=connection.execute(self._tables.origins.select().limit(1)).first() is None
        )
        for chunk in _chunks(rows):
            good = [row for row in chunk if self._accept(batch, row)]
            # After the first bad row nothing will stay: the rest is only looked at.
            if good and not batch.problems:
                self._write(connection, good, batch)
            batch.read += len(chunk)
            if progress is not None:
                progress(batch.read)
        if batch.problems:
            raise PolicyError(batch.problems)
        if replace:
            self._remove_others(connection, batch)
        self._mark(connection, sorted(batch.scopes))
        return batch.result()

    @property
    def _first(self) -> int:
        """
        Give a version that a table of the same name, dropped by now, never had.
        """
        return int(self._now().timestamp() * 1000)

    def _accept(self, batch: _Batch, row: OriginRow) -> bool:
        problems = errors_of(self._rules.check(row))
        key = (row.scope, row.pattern)
        if not problems and key in batch.seen:
            problems = [_double(row, f"stands in {batch.seen[key]}, too", "Remove one of the two.")]
        batch.problems += problems
        if not problems:
            batch.seen[key] = row.place or "another row"
            batch.scopes.add(row.scope)
        return not problems

    def _write(self, connection: Connection, rows: list[OriginRow], batch: _Batch) -> None:
        origins = self._tables.origins
        known = {} if batch.is_fresh else self._known(connection, rows)
        new = [_values(self._filled(row)) for row in rows if (row.scope, row.pattern) not in known]
        old = [row for row in rows if (row.scope, row.pattern) in known]
        # To write a row anew is to take it out and put it in: two statements for a whole chunk.
        for scope, patterns in _by_scope(old).items():
            here = (origins.c.scope == scope) & origins.c.pattern.in_(patterns)
            connection.execute(origins.delete().where(here))
        again = [_values(self._filled(row, known[row.scope, row.pattern])) for row in old]
        connection.execute(origins.insert(), [*new, *again])
        batch.added += len(new)
        batch.updated += len(old)

    def _remove_others(self, connection: Connection, batch: _Batch) -> None:
        origins = self._tables.origins
        for scope in sorted(batch.scopes):
            query = origins.select().where(origins.c.scope == scope)
            there = [row.pattern for row in connection.execute(query)]
            gone = [pattern for pattern in there if (scope, pattern) not in batch.seen]
            for start in range(0, len(gone), _CHUNK):
                part = gone[start : start + _CHUNK]
                here = (origins.c.scope == scope) & origins.c.pattern.in_(part)
                connection.execute(origins.delete().where(here))
            batch.removed += len(gone)

    def _known(
        self, connection: Connection, rows: Collection[OriginRow]
    ) -> dict[tuple[str, str], datetime]:
        """
        Give which of some rows are there, and since when.
        """
        origins = self._tables.origins
        groups = list(_by_scope(rows).items())
        found: dict[tuple[str, str], datetime] = {}
        for start in range(0, len(groups), _SCOPES_AT_ONCE):
            # One IN of all scopes and one of all patterns would be a million pairs to MariaDB.
            here = [
                (origins.c.scope == scope) & origins.c.pattern.in_(patterns)
                for scope, patterns in groups[start : start + _SCOPES_AT_ONCE]
            ]
            for row in connection.execute(
                origins.select().where(reduce(lambda one, other: one | other, here))
            ):
                found[row.scope, row.pattern] = row.created
        wanted = {(row.scope, row.pattern) for row in rows}
        return {key: created for key, created in found.items() if key in wanted}

    def _filled(self, row: OriginRow, created: datetime | None = None) -> OriginRow:
        moment = row.created or created or self._now()
        return OriginRow(
            pattern=row.pattern,
            scope=row.scope,
            enabled=row.enabled,
            note=row.note,
            created=moment,
            expires=row.expires,
        )

    def touch(self, connection: Connection, scope: str | None) -> None:
        """
        Say that a scope has changed; None: perhaps all.
        """
        self._raise_version(connection, [WHOLE_TABLE if scope is None else scope])

    def _raise_version(self, connection: Connection, scopes: Collection[str]) -> None:
        versions = self._tables.versions
        every = versions.c.scope == EVERY_SCOPE
        raised = versions.update().where(every).values(version=versions.c.version + 1)
        if not connection.execute(raised).rowcount:
            # The tables were made by a migration, which leaves them empty.
            try:
                with connection.begin_nested():
                    first = versions.insert().values(scope=EVERY_SCOPE, version=self._first)
                    connection.execute(first)
            except IntegrityError:  # somebody else was quicker
                connection.execute(raised)
        self._mark(connection, scopes)

    def _mark(self, connection: Connection, scopes: Collection[str]) -> None:
        """
        Give scopes the version that all of them have now.
        """
        versions = self._tables.versions
        if not scopes:
            return
        query = versions.select().where(versions.c.scope == EVERY_SCOPE)
        version = connection.execute(query).one().version
        for start in range(0, len(scopes), _CHUNK):
            part = list(scopes)[start : start + _CHUNK]
            connection.execute(versions.delete().where(versions.c.scope.in_(part)))
            new = [{"scope": scope, "version": version} for scope in part]
            connection.execute(versions.insert(), new)


@dataclass(slots=True)
class _Batch:
    """
    Keep the state of an import.
    """

    is_fresh: bool
    seen: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    scopes: set[str] = field(default_factory=set[str])
    problems: list[Problem] = field(default_factory=list[Problem])
    read: int = 0
    added: int = 0
    updated: int = 0
    removed: int = 0

    def result(self) -> ImportResult:
        return ImportResult(
            added=self.added,
            updated=self.updated,
            removed=self.removed,
            scopes=frozenset(self.scopes),
        )


def _chunks(rows: Iterable[OriginRow]) -> Iterator[list[OriginRow]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def _by_scope(rows: Iterable[OriginRow]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(row.scope, []).append(row.pattern)
    return groups


def _values(row: OriginRow) -> dict[str, object]:
    return {
        "scope": row.scope,
        "pattern": row.pattern,
        "enabled": row.enabled,
        "note": row.note,
        "created": row.created,
        "expires": row.expires,
    }


def _double(row: OriginRow, why: str, fix: str) -> Problem:
    where = f"{row.place}: pattern" if row.place else "pattern"
    return make_problem("CG151", where, row.pattern, why, fix)

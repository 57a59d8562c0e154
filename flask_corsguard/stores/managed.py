"""
Manage the rows of a table of origins: what an administrator's page and the commands call.

Every change is a transaction of its own, or a part of the caller's; it is announced when it can be
seen by others, so what is rolled back is announced to nobody.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TypeVar

from ..errors import Problem
from .reading import OriginReader, Query, VersionQuery
from .rows import OriginRow, RowRules, names_of, problems_of
from .scoping import UNSCOPED
from .sql import (
    Bind,
    Connection,
    Database,
    OriginTables,
    SessionLike,
    joined,
    origin_tables,
    when_committed,
)
from .writing import ImportResult, OriginWriter

__all__ = ["ManagedOrigins"]

T = TypeVar("T")


class ManagedOrigins(ABC):
    """
    Hold the rows of a table, to look at and to change.

    Attributes:
        tables: The tables; `tables.metadata` is what Alembic compares.
    """

    def __init__(
        self,
        bind: Bind,
        *,
        table: OriginTables | None,
        query: Query | None,
        version: VersionQuery | None,
        rules: RowRules,
        now: Callable[[], datetime],
    ) -> None:
        """
        Look at what is there; nothing is connected.

        Args:
            bind: What to connect to.
            table: The tables; None: the usual ones.
            query: The user's, who then has a table of another shape.
            version: The user's.
            rules: What a row has to keep.
            now: Gives the time, in UTC.

        Raises:
            TypeError: If a value is of the wrong type.
        """
        if table is not None and not isinstance(table, OriginTables):
            raise TypeError(
                f"table: {table!r} is none of ours; write table=origin_tables(metadata)"
            )
        database = Database(bind)
        self.tables: OriginTables = table or origin_tables(database.metadata)
        self._database = database
        self._rules = rules
        self._reader = OriginReader(
            database, self.tables, rules, query=query, version=version, now=now
        )
        self._writer = OriginWriter(self.tables, rules, now)
        self._is_ours = query is None

    @abstractmethod
    def _announce(self, scope: str | None) -> bool:
        """
        Tell everybody that a scope has changed; None: perhaps all.
        """

    @abstractmethod
    def _scopes_for(self, scope: str) -> tuple[str, ...]:
        """
        Give the scopes whose rows count in a scope.
        """

    def create(self) -> None:
        """
        Create the tables, if they are missing. Where there are migrations, let those do it.
        """
        self._refuse_foreign()
        with self._database.writing(self.tables.origins) as connection:
            self._writer.create(connection)

    def add(
        self,
        pattern: str,
        *,
        scope: str = UNSCOPED,
        note: str = "",
        expires: datetime | None = None,
        enabled: bool = True,
        session: SessionLike | None = None,
    ) -> OriginRow:
        """
        Allow an origin, or a pattern of origins.

        Args:
            pattern: What may be written in `origins`, `*` aside.
            scope: Whose.
            note: For people.
            expires: When it ends, with its time zone; None: never.
            enabled: Whether it counts.
            session: Yours, if this is to be a part of its transaction.

        Raises:
            PolicyError: If the row is not sound, or there already.
        """
        self._refuse_foreign()
        row = OriginRow(pattern=pattern, scope=scope, note=note, expires=expires, enabled=enabled)
        self._rules.refuse(row)
        return self._change(scope, session, lambda c: self._writer.add(c, row))

    def remove(
        self, pattern: str, *, scope: str = UNSCOPED, session: SessionLike | None = None
    ) -> bool:
        """
        Take a row out; False if there is none.
        """
        return self._change(scope, session, lambda c: self._writer.remove(c, scope, pattern))

    def enable(
        self, pattern: str, *, scope: str = UNSCOPED, session: SessionLike | None = None
    ) -> bool:
        """
        Let a row count again; False if there is none.

        Raises:
            PolicyError: If it is not sound.
        """
        return self._switch(scope, pattern, session, enabled=True)

    def disable(
        self, pattern: str, *, scope: str = UNSCOPED, session: SessionLike | None = None
    ) -> bool:
        """
        Let a row count no more, and keep it; False if there is none.
        """
        return self._switch(scope, pattern, session, enabled=False)

    def list(self, scope: str | None = None) -> Iterator[OriginRow]:
        """
        Yield all rows, also those that do not count, in order, a few at a time.

        Args:
            scope: Whose; None: everybody's.
        """
        self._refuse_foreign()
        return self._reader.rows(scope)

    def scopes(self) -> tuple[str, ...]:
        """
        List the scopes that have rows.
        """
        self._refuse_foreign()
        return tuple(self._reader.scopes())

    def import_rows(
        self,
        rows: Iterable[OriginRow],
        *,
        replace: bool = False,
        progress: Callable[[int], None] | None = None,
        session: SessionLike | None = None,
    ) -> ImportResult:
        """
        Write many rows, all or none; those that are there are written anew.

        Args:
            rows: May be read once; with their places, for problems.
            replace: Whether what is not among them is taken out, in the scopes that they name.
            progress: Is told, after every thousand rows, how many were read.
            session: Yours, if this is to be a part of its transaction. Take it back if this raises.

        Raises:
            PolicyError: With every bad row.
        """

        def write(connection: Connection) -> ImportResult:
            return self._writer.take_in(connection, rows, replace=replace, progress=progress)

        return self._change(None, session, write)

    def find(self, origin: str, *, scope: str = UNSCOPED) -> str | None:
        """
        Give the pattern that allows an origin now, straight from the database; None if none does.

        Args:
            origin: A serialized origin.
            scope: Whose rows count; with `shared`, those of the empty scope, too.

        Raises:
            Exception: Whatever the database raises.
        """
        return self._reader.find(self._scopes_for(scope), names_of(origin)).pattern

    def check(self, pattern: str) -> tuple[Problem, ...]:
        """
        Give all that is wrong with a pattern, and what is legal and rarely meant.
        """
        return tuple(self._rules.check_pattern(pattern))

    def problems(self, scope: str | None = None) -> Iterator[Problem]:
        """
        Yield what is wrong with the rows in the table; such rows allow nobody.

        Args:
            scope: Whose; None: everybody's.
        """
        return problems_of(self.list(scope), self._rules)

    def changed(self, scope: str | None = None, *, session: SessionLike | None = None) -> bool:
        """
        Say that the origins of a scope were changed past this object, here and to all workers.

        Args:
            scope: Whose; None: perhaps all.
            session: Yours: then it is said when its transaction is committed, and never if not.
                Without it, call this after the commit.

        Returns:
            Whether the others were told; where not, they learn it when their answers end.
        """
        if self._is_ours:
            if session is not None:
                self._writer.touch(joined(session, self.tables.origins), scope)
            else:
                with self._database.writing(self.tables.origins) as connection:
                    self._writer.touch(connection, scope)
        if session is not None:
            when_committed(session, self._announce, scope)
            return True
        return self._announce(scope)

    def _switch(
        self, scope: str, pattern: str, session: SessionLike | None, *, enabled: bool
    ) -> bool:
        def write(connection: Connection) -> bool:
            return self._writer.switch(connection, scope, pattern, enabled=enabled)

        return self._change(scope, session, write)

    def _change(
        self, scope: str | None, session: SessionLike | None, write: Callable[[Connection], T]
    ) -> T:
        """
        Write, and announce it once it is committed.
        """
        self._refuse_foreign()
        if session is not None:
            result = write(joined(session, self.tables.origins))
            when_committed(session, self._announce, scope)
            return result
        with self._database.writing(self.tables.origins) as connection:
            result = write(connection)
        self._announce(scope)
        return result

    def _refuse_foreign(self) -> None:
        """
        Refuse to touch tables that are not used.

        Raises:
            TypeError: If the rows are in a table of the user's.
        """
        if not self._is_ours:
            raise TypeError(
                "this store reads a table of yours, by query=...; change it yourself, "
                "and call changed(scope, session=...)"
            )

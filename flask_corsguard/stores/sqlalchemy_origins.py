"""
`SQLAlchemyOrigins`: allowed origins in a table, changed while the application runs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, Unpack

from ..protocol.decision import RequestHead
from .cache import Answer, OriginCache
from .listening import Hearing, Invalidation
from .managed import ManagedOrigins
from .options import Caching, CachingOptions
from .reading import Query, VersionQuery
from .rows import RowRules, names_of
from .scoping import UNSCOPED, ScopeFunction, read_scope
from .snapshot import Snapshot
from .sql import Bind, OriginTables

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from .statistics import StoreStatistics

__all__ = ["SQLAlchemyOrigins"]

_TIMEOUT = 2.0


class SQLAlchemyOrigins(ManagedOrigins):
    """
    Allow the origins that stand in a table.

    A row belongs to a scope, a tenant for example; without a scope function, the rows of the empty
    scope count. Answers are remembered as `CachedOrigins` does, or the whole table is kept.
    """

    def __init__(
        self,
        bind: Bind,
        *,
        scope: ScopeFunction | None = None,
        mode: Literal["lookup", "snapshot"] = "lookup",
        table: OriginTables | None = None,
        query: Query | None = None,
        version: VersionQuery | None = None,
        shared: bool = False,
        credentials: bool = True,
        dangerously_allow_insecure_origins: bool = False,
        dangerously_allow_public_suffixes: bool = False,
        invalidation: Invalidation | None = None,
        refresh: float = 1.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        **options: Unpack[CachingOptions],
    ) -> None:
        """
        Begin with an empty memory; nothing is connected before the first request.

        Args:
            bind: An engine, a factory of sessions, or the `db` of Flask-SQLAlchemy.
            scope: Names the scope of a request, out of its URL:
                `lambda head: str(head.view_args["tenant"])`. None or an empty text rejects.
            mode: `lookup`: the table is asked about an origin that is not remembered, with one
                query. `snapshot`: the whole table is in memory, and no request causes a query.
            table: The tables, where `origin_tables` is called elsewhere; by default they belong
                to the metadata of `db`, or to one of their own.
            query: Selects from a table of yours instead: it is given the scopes and the patterns
                that count, or None and None for all, and selects scope, pattern and, where there
                is one, the end.
            version: Beside a query, for snapshots: selects a value that changes with the rows.
                Without it, all rows are read each time.
            shared: Whether the rows of the empty scope count in every other scope, too.
            credentials: Whether a policy that uses the store allows credentials; decides by which
                rules a row is valid.
            dangerously_allow_insecure_origins: As in a policy.
            dangerously_allow_public_suffixes: As in a policy.
            invalidation: Tells all workers what has changed.
            refresh: How many seconds lie between two looks at the version of a snapshot.
            now: Gives the time, in UTC.
            **options: See `Caching`; `timeout` is 2 seconds if it is not given, and does not
                count for SQLite.

        Raises:
            TypeError: If a value is of the wrong type.
            ValueError: If a value is out of its range.
        """
        _check_arguments(scope, mode, refresh)
        rules = RowRules(
            credentials=credentials,
            insecure=dangerously_allow_insecure_origins,
            public_suffixes=dangerously_allow_public_suffixes,
        )
        super().__init__(bind, table=table, query=query, version=version, rules=rules, now=now)
        self._scope, self._shared = scope, shared
        options.setdefault("timeout", _TIMEOUT)
        caching = Caching(**options)
        self._cache = OriginCache(self._ask, names_of, caching, in_place=self._is_embedded)
        self._snapshot: Snapshot | None = None
        if mode == "snapshot":
            if self._database.is_in_memory:
                raise ValueError(
                    "mode: 'snapshot' reads in a thread of its own, and SQLite's database in "
                    "memory belongs to one thread; write mode='lookup', or use a file"
                )
            self._snapshot = Snapshot(self._reader, refresh=refresh, caching=caching)
        self._hearing = Hearing(invalidation, self._forget)

    def allows(self, origin: str, head: RequestHead) -> bool:
        """
        Tell whether an origin is allowed, out of memory if possible.

        Args:
            origin: The text of a parsed origin.
            head: The request.

        Raises:
            Exception: If the store fails, or the scope function; the guard rejects then.
        """
        scope = UNSCOPED if self._scope is None else read_scope(self._scope, head)
        if scope is None:
            return False
        if self._snapshot is None:
            return self._cache.allows(scope, origin, head)
        self._hearing.begin()
        return self._snapshot.allows(self._scopes_for(scope), origin)

    def remembers(self, origin: str) -> bool:
        """
        Tell whether an origin is known to be allowed, whatever the request, without asking.

        Args:
            origin: What may be the text of an origin.
        """
        if self._scope is not None:
            return False
        if self._snapshot is None:
            return self._cache.remembers(UNSCOPED, origin)
        self._hearing.begin()
        return self._snapshot.remembers(UNSCOPED, origin)

    def refresh(self) -> None:
        """
        Read now what has changed, into a snapshot; in `lookup` mode, forget everything.

        Call it before a server forks its workers, and they share the snapshot's memory.

        Raises:
            Exception: Whatever the database raises.
        """
        if self._snapshot is None:
            self._cache.forget(None)
        else:
            self._snapshot.renew()

    def invalidate(self, scope: str | None = None) -> None:
        """
        Forget what is known about a scope in this process; None: about all.
        """
        self._forget(scope)

    @property
    def statistics(self) -> StoreStatistics:
        """
        Give the counters of this process as they are now.
        """
        kept = self._cache if self._snapshot is None else self._snapshot
        return self._hearing.completed(kept.statistics)

    def close(self) -> None:
        """
        Stop the background threads.
        """
        self._hearing.end()
        if self._snapshot is not None:
            self._snapshot.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(self, scope: str, origin: str, head: RequestHead) -> Answer:
        del head
        # Whoever begins to listen drops what was remembered before, so nothing gets lost.
        self._hearing.begin()
        return self._reader.find(self._scopes_for(scope), names_of(origin))

    def _is_embedded(self) -> bool:
        return self._database.is_embedded

    def _announce(self, scope: str | None) -> bool:
        self._forget(scope)
        return self._hearing.tell(scope)

    def _forget(self, scope: str | None) -> None:
        # What everybody shares is remembered under everybody's scope.
        whose = None if self._shared and scope == UNSCOPED else scope
        (self._cache if self._snapshot is None else self._snapshot).forget(whose)

    def _scopes_for(self, scope: str) -> tuple[str, ...]:
        return (scope, UNSCOPED) if self._shared and scope != UNSCOPED else (scope,)


def _check_arguments(scope: object, mode: object, refresh: object) -> None:
    if scope is not None and not callable(scope):
        raise TypeError(f"scope: {scope!r} is no function; write scope=lambda head: ...")
    if mode not in ("lookup", "snapshot"):
        raise ValueError(f"mode: {mode!r} is none; write 'lookup' or 'snapshot'")
    if isinstance(refresh, bool) or not isinstance(refresh, int | float) or not refresh > 0:
        raise ValueError(f"refresh: {refresh!r} is no number of seconds; write one like 1.0")

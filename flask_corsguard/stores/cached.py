"""
`CachedOrigins`: any store, or any callable, with a memory in front of it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Unpack

from ..protocol.decision import RequestHead
from ..protocol.origins import parse_origin
from ..protocol.patterns import OriginCheck, OriginStore
from .cache import Answer, OriginCache, as_check
from .listening import Hearing, Invalidation
from .options import Caching, CachingOptions
from .scoping import UNSCOPED, ScopeFunction, read_scope

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from .statistics import StoreStatistics

__all__ = ["CachedOrigins"]


class CachedOrigins:
    """
    Remember what a store or a callable says about origins.

    An answer is remembered for an origin and a scope, so it may depend on nothing else. Without a
    scope function the store therefore sees a head that holds the origin and nothing of the rest.
    """

    def __init__(
        self,
        store: OriginStore | OriginCheck,
        *,
        scope: ScopeFunction | None = None,
        invalidation: Invalidation | None = None,
        **options: Unpack[CachingOptions],
    ) -> None:
        """
        Begin with an empty memory; nothing is asked before the first request.

        Args:
            store: What is asked where memory does not do; only True allows.
            scope: Names what an answer depends on besides the origin, out of the request's URL:
                `lambda head: str(head.view_args["tenant"])`. None or an empty text rejects.
            invalidation: Tells all workers what has changed.
            **options: See `Caching`.

        Raises:
            TypeError: If a value is of the wrong type.
            ValueError: If a number is out of its range.
        """
        if scope is not None and not callable(scope):
            raise TypeError(f"scope: {scope!r} is no function; write scope=lambda head: ...")
        self._check = as_check(store)
        self._scope = scope
        self._cache = OriginCache(self._ask, _names, Caching(**options))
        self._hearing = Hearing(invalidation, self._cache.forget)

    def allows(self, origin: str, head: RequestHead) -> bool:
        """
        Tell whether an origin is allowed, out of memory if possible.

        Args:
            origin: The text of a parsed origin.
            head: The request.

        Raises:
            Exception: If the store fails, or the scope function; the guard rejects then.
        """
        if self._scope is None:
            return self._cache.allows(UNSCOPED, origin, head)
        scope = read_scope(self._scope, head)
        return scope is not None and self._cache.allows(scope, origin, head)

    def remembers(self, origin: str) -> bool:
        """
        Tell whether an origin is known to be allowed, whatever the request, without asking.

        Args:
            origin: What may be the text of an origin.
        """
        return self._scope is None and self._cache.remembers(UNSCOPED, origin)

    def invalidate(self, scope: str | None = None) -> None:
        """
        Forget what is known about a scope in this process; None: about all.
        """
        self._cache.forget(scope)

    def changed(self, scope: str | None = None) -> bool:
        """
        Say that the origins of a scope have changed, here and to all other workers.

        Call it after the change can be seen by others, that is, after the commit.

        Args:
            scope: Whose; None: perhaps all.

        Returns:
            Whether the others were told; where not, they learn it when their answers end.
        """
        self._cache.forget(scope)
        return self._hearing.tell(scope)

    @property
    def statistics(self) -> StoreStatistics:
        """
        Give the counters of this process as they are now.
        """
        return self._hearing.completed(self._cache.statistics)

    def close(self) -> None:
        """
        Stop listening for changes.
        """
        self._hearing.end()

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
        del scope
        # Whoever begins to listen drops what was remembered before, so nothing gets lost.
        self._hearing.begin()
        about = head if self._scope is not None else RequestHead(method="GET", origin=origin)
        # A mock, a coroutine and a query object are all truthy: only True allows.
        return Answer(origin if self._check(origin, about) is True else None)


def _names(origin: str) -> Collection[str]:
    return () if parse_origin(origin) is None else (origin,)

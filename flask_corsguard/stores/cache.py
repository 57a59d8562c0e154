"""
`OriginCache`: the memory in front of a store.

A library of caches would not do. What makes a cache of permissions safe is how it forgets: a no
never pushes out a yes, a yes outlives the store's failure for a bounded time and a no never becomes
one, what was asked before a change is not remembered after it, and a stranger can neither fill the
memory nor make a question of every request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias

from ..protocol.decision import RequestHead
from ..protocol.patterns import OriginCheck, OriginStore, is_store
from .breaker import Breaker, Limiter, shortened
from .failures import StoreUnavailableError
from .flights import Flights
from .forks import after_fork
from .memory import Key, Memory
from .notices import Notices
from .options import Caching
from .scoping import is_scope
from .statistics import Counts, StoreStatistics

__all__ = ["Answer", "OriginCache", "Source", "as_check"]


@dataclass(frozen=True, slots=True)
class Answer:
    """
    Hold what a store says about an origin.

    Attributes:
        pattern: What allows the origin; None if nothing does.
        seconds: For how long at most; None: no end is known.
    """

    pattern: str | None
    seconds: float | None = None


Source: TypeAlias = Callable[[str, str, RequestHead], Answer]
"""Asks a store: a scope, an origin, the request."""


class OriginCache:
    """
    Remember what a source says; see `Caching` for the rules.
    """

    def __init__(
        self,
        source: Source,
        names: Callable[[str], Collection[str]],
        caching: Caching,
        *,
        in_place: Callable[[], bool] = bool,
    ) -> None:
        """
        Begin with an empty memory.

        Args:
            source: Is asked where memory does not do.
            names: Gives the patterns by which an origin may be allowed.
            caching: The rules.
            in_place: Tells whether the source is quick enough to be asked in the request's thread,
                whatever the rules say about waiting.
        """
        self._in_place = in_place
        self._source = source
        self._names = names
        self._caching = caching
        self._clock = caching.clock
        self._memory = Memory(caching.max_entries)
        self._flights = Flights[Answer](caching.timeout)
        self._breaker = Breaker(
            failures=caching.failures, retry_after=caching.retry_after, clock=caching.clock
        )
        self._limiter = Limiter(
            rate=caching.misses_per_second, burst=caching.burst, clock=caching.clock
        )
        self._notices = Notices(caching.clock)
        self._counts = Counts()
        after_fork(self._reset)

    @property
    def statistics(self) -> StoreStatistics:
        """
        Give the counters as they are now.
        """
        counts, memory = self._counts, self._memory
        return StoreStatistics(
            hits=counts.hits,
            negative_hits=counts.negative_hits,
            misses=counts.misses,
            lookups=counts.lookups,
            waits=counts.waits,
            failures=counts.failures,
            stale=counts.stale,
            limited=counts.limited,
            short_circuited=counts.short_circuited,
            invalidations=counts.invalidations,
            known_good=memory.known_good,
            known_bad=len(memory.no),
            breaker=self._breaker.state,
        )

    def allows(self, scope: str, origin: str, head: RequestHead) -> bool:
        """
        Tell whether an origin is allowed in a scope.

        Raises:
            Exception: If the store fails, and the origin was not known to be good.
        """
        return self.remembers(scope, origin) or self._allows_unseen((scope, origin), head)

    def remembers(self, scope: str, origin: str) -> bool:
        """
        Tell whether an origin is known to be allowed, without asking.

        Args:
            scope: Whose rows count.
            origin: What may be the text of an origin.
        """
        until = self._memory.yes.get((scope, origin))
        if until is None or self._clock() >= until:
            return False
        self._counts.hits += 1
        return True

    def forget(self, scope: str | None) -> None:
        """
        Forget what is known about a scope; None: about all.
        """
        self._counts.invalidations += 1
        self._memory.drop(scope)
        self._flights.forget()

    def _allows_unseen(self, key: Key, head: RequestHead) -> bool:
        now = self._clock()
        until = self._memory.no.get(key)
        if until is not None and now < until:
            self._counts.negative_hits += 1
            return False
        scope, origin = key
        # Nothing else is in any table, and some databases raise when they are asked for it.
        if scope and not is_scope(scope):
            return False
        names = self._names(origin)
        if self._memory.recognize(key, names, now):
            self._counts.hits += 1
            return True
        self._counts.misses += 1
        try:
            return self._find_out(key, names, head).pattern is not None
        except Exception as error:
            # The clock is read again: the store may have taken its time to fail.
            if not self._memory.was_good(scope, names, self._clock()):
                raise
            self._counts.stale += 1
            self._notices.warn("A store fails; origins known to be good are still allowed", error)
            return True

    def _find_out(self, key: Key, names: Collection[str], head: RequestHead) -> Answer:
        flight, mine = self._flights.board(key)
        if not mine:
            self._counts.waits += 1
            return self._flights.wait(flight)
        try:
            self._admit(key[0], names)
            in_place = self._in_place()
        except BaseException as error:
            self._flights.cancel(flight, error)
            raise
        self._counts.lookups += 1
        question = lambda: self._ask(key, names, head)  # noqa: E731 - it has no other name
        return self._flights.ask(flight, question, self._report, in_place=in_place)

    def _admit(self, scope: str, names: Collection[str]) -> None:
        """
        Let a question through, or not.

        Raises:
            StoreUnavailableError: If the store is down, or too many strangers ask.
        """
        if not self._breaker.refuses:
            known = self._memory.was_good(scope, names, self._clock())
            if not known and not self._limiter.take():
                self._counts.limited += 1
                raise StoreUnavailableError(
                    "too many unknown origins ask at once; the store was not asked"
                )
            if self._breaker.admit():
                return
        self._counts.short_circuited += 1
        raise StoreUnavailableError("the store is down; it was not asked")

    def _ask(self, key: Key, names: Collection[str], head: RequestHead) -> Answer:
        """
        Ask the source and remember the answer, from the moment at which it was asked.
        """
        epoch, now = self._memory.epoch, self._clock()
        answer = self._source(key[0], key[1], head)
        caching = self._caching
        if answer.pattern is None:
            until = now + shortened(caching.negative_ttl, caching.jitter)
            self._memory.reject(key, names, until, epoch)
            return answer
        end = float("inf") if answer.seconds is None else now + answer.seconds
        until = min(end, now + shortened(caching.ttl, caching.jitter))
        stale_until = min(end, until + caching.stale_for)
        self._memory.allow(key, answer.pattern, until, stale_until, epoch)
        return answer

    def _report(self, answered: bool | None) -> None:
        if answered:
            self._breaker.succeeded()
            return
        self._counts.failures += 1
        if answered is None:
            self._breaker.undecided()
        else:
            self._breaker.failed()

    def _reset(self) -> None:
        """
        Begin anew in a child process.
        """
        self._memory.reset()
        self._flights.reset()
        self._breaker.reset()
        self._limiter.reset()


def as_check(store: OriginStore | OriginCheck) -> OriginCheck:
    """
    Give what is to be called for a store, or a callable.

    Raises:
        TypeError: If it is neither.
    """
    if is_store(store):
        return store.allows
    if isinstance(store, type) or not callable(store):
        raise TypeError(
            f"{store!r} is neither a store nor a callable; give an object with a method "
            "allows(origin, head), or a function (origin, head) -> bool"
        )
    return store

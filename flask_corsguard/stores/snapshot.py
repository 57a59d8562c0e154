"""
A whole table of origins in memory: no request ever waits for the database.

A background thread of each process looks for a new version all the time, and reads what has changed
since. A snapshot that cannot be renewed is good for a while, and after that it allows nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from .failures import StoreUnavailableError, described
from .options import Caching
from .reading import Entry, OriginReader
from .refreshing import Refresher
from .rows import names_of
from .statistics import Counts, StoreStatistics

__all__ = ["Snapshot"]

_FOREVER = float("inf")

_Patterns: TypeAlias = "frozenset[str] | dict[str, float]"
"""The patterns of a scope; with their ends, where any of them ends."""


@dataclass(slots=True)
class _State:
    """
    Hold what was read; who changes the entry of a scope replaces it as a whole.
    """

    version: object
    scopes: dict[str, _Patterns] = field(default_factory=dict[str, _Patterns])


class Snapshot:
    """
    Keep all rows of a table that count.
    """

    def __init__(
        self,
        reader: OriginReader,
        *,
        refresh: float,
        caching: Caching,
    ) -> None:
        """
        Begin with nothing; the first request makes a thread read it.

        Args:
            reader: Reads the table.
            refresh: How many seconds lie between two looks at the version.
            caching: `stale_for`: for how many seconds it counts without being renewed. `timeout`:
                how many seconds a request waits for the first reading.
        """
        self._reader = reader
        self._longest_age = refresh + caching.stale_for
        self._timeout = caching.timeout
        self._clock = caching.clock
        self._counts = Counts()
        self._state: _State | None = None
        self._renewed_at = caching.clock()
        self._error = "wait a moment"
        self._refresher = Refresher(self._renew, interval=refresh)

    @property
    def statistics(self) -> StoreStatistics:
        """
        Give the counters as they are now.
        """
        counts, state = self._counts, self._state
        return StoreStatistics(
            hits=counts.hits,
            negative_hits=counts.negative_hits,
            lookups=counts.lookups,
            failures=counts.failures,
            stale=counts.stale,
            invalidations=counts.invalidations,
            known_good=0 if state is None else sum(map(len, tuple(state.scopes.values()))),
        )

    def allows(self, scopes: Collection[str], origin: str) -> bool:
        """
        Tell whether an origin is allowed in one of some scopes.

        Args:
            scopes: Whose rows count.
            origin: The text of a parsed origin.

        Raises:
            StoreUnavailableError: If nothing was read yet, or not for too long.
        """
        self._refresher.begin()
        state = self._state or self._first_state()
        age = self._clock() - self._renewed_at
        if age > self._longest_age:
            self._counts.failures += 1
            raise StoreUnavailableError(f"the table was last read {age:.0f} s ago: {self._error}")
        for scope in scopes:
            patterns = state.scopes.get(scope)
            if patterns and self._finds(patterns, origin):
                self._counts.hits += 1
                return True
        self._counts.negative_hits += 1
        return False

    def remembers(self, scope: str, origin: str) -> bool:
        """
        Tell whether an origin stands in a scope as it is; never waits.

        Args:
            scope: Whose rows count.
            origin: What may be the text of an origin.
        """
        self._refresher.begin()
        state = self._state
        if state is None or self._clock() - self._renewed_at > self._longest_age:
            return False
        patterns = state.scopes.get(scope)
        if not patterns or origin not in patterns or not self._lasts(patterns, origin):
            return False
        self._counts.hits += 1
        return True

    def forget(self, scope: str | None) -> None:
        """
        Look for a new version now, as something may have changed.
        """
        del scope
        self._counts.invalidations += 1
        self._refresher.hurry()

    def renew(self) -> None:
        """
        Read what has changed, in this thread.

        Raises:
            Exception: Whatever the database raises.
        """
        self._renew(None)

    def close(self) -> None:
        """
        Stop the thread, for good.
        """
        self._refresher.close()

    def _finds(self, patterns: _Patterns, origin: str) -> bool:
        if origin in patterns and self._lasts(patterns, origin):
            return True
        return any(name in patterns and self._lasts(patterns, name) for name in names_of(origin))

    def _lasts(self, patterns: _Patterns, name: str) -> bool:
        return not isinstance(patterns, dict) or self._clock() < patterns[name]

    def _first_state(self) -> _State:
        self._refresher.wait(self._timeout)
        if self._state is None:
            self._counts.failures += 1
            raise StoreUnavailableError(f"the table was not read yet: {self._error}")
        return self._state

    def _renew(self, token: object) -> None:
        began, state = self._clock(), self._state
        self._counts.lookups += 1
        try:
            renewed = self._renewed(state)
        except Exception as error:
            self._counts.failures += 1
            self._error = described(error)
            raise
        if token is None or self._refresher.is_current(token):
            self._state, self._renewed_at = renewed, began

    def _renewed(self, state: _State | None) -> _State:
        changes = self._reader.changes(None if state is None else state.version)
        if state is not None and changes is None:
            return state
        now = self._clock()
        if state is None or changes is None or changes.scopes is None:
            entries = _by_scope(self._reader.everything())
            read = {scope: self._patterns(found, now) for scope, found in entries.items()}
            return _State(None if changes is None else changes.version, read)
        entries = _by_scope(self._reader.of_scopes(changes.scopes))
        for scope in changes.scopes:
            if scope in entries:
                state.scopes[scope] = self._patterns(entries[scope], now)
            else:
                state.scopes.pop(scope, None)
        return _State(changes.version, state.scopes)

    def _patterns(self, entries: list[Entry], now: float) -> _Patterns:
        # Ends are kept by the clock that never goes back: a wall clock that does revives nobody.
        if all(entry.expires is None for entry in entries):
            return frozenset(entry.pattern for entry in entries)
        left = {entry.pattern: self._reader.seconds_left(entry) for entry in entries}
        return {name: _FOREVER if s is None else now + s for name, s in left.items()}


def _by_scope(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.scope, []).append(entry)
    return groups

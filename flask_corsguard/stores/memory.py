"""
What a cache remembers, in three tables of bounded size.

A flood must not push out what is good. Strangers' origins only ever enter the table of noes. An
origin below `https://*.acme.example` is anybody's invention, so what is kept as known-good is the
*pattern* that allowed it; the origin itself goes into a table of shortcuts, which a flood of
subdomains can fill at no harm: what is missing there is found again by its pattern, without asking.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

__all__ = ["Key", "Memory"]

Key: TypeAlias = tuple[str, str]
"""A scope, and an origin or a pattern."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Good:
    until: float
    stale_until: float


class Memory:
    """
    Remember answers; reading takes no lock.

    Attributes:
        yes: Until when an origin is allowed: shortcuts.
        no: Until when an origin is rejected.
        epoch: Goes up whenever something is dropped; an answer to an older question is void.
    """

    __slots__ = ("_good", "_lock", "_most", "epoch", "no", "yes")

    def __init__(self, most: int) -> None:
        """
        Begin with nothing.

        Args:
            most: How many entries each of the tables may have.
        """
        self._most = most
        self.epoch: int = 0
        self.reset()

    def reset(self) -> None:
        """
        Forget everything, as after a fork.
        """
        self._lock = threading.Lock()
        self.epoch += 1
        self.yes: dict[Key, float] = {}
        self.no: dict[Key, float] = {}
        self._good: dict[Key, _Good] = {}

    @property
    def known_good(self) -> int:
        """
        Count what is known to be good.
        """
        return len(self._good)

    def recognize(self, key: Key, names: Iterable[str], now: float) -> bool:
        """
        Tell whether one of the patterns that allow an origin is known to be good.

        Args:
            key: A scope and the origin.
            names: The patterns that would allow it.
            now: By the clock.
        """
        for name in names:
            good = self._good.get((key[0], name))
            if good is not None and now < good.until:
                with self._lock:
                    _put(self.yes, key, good.until, self._most)
                return True
        return False

    def was_good(self, scope: str, names: Iterable[str], now: float) -> bool:
        """
        Tell whether one of the patterns was good and may still count while the store fails.
        """
        found = (self._good.get((scope, name)) for name in names)
        return any(good is not None and now < good.stale_until for good in found)

    def allow(self, key: Key, name: str, until: float, stale_until: float, epoch: int) -> None:
        """
        Remember a yes.

        Args:
            key: A scope and an origin.
            name: The pattern that allows the origin.
            until: When it ends.
            stale_until: When it ends while the store fails.
            epoch: As it was when the question was asked.
        """
        with self._lock:
            if epoch == self.epoch:
                _put(self._good, (key[0], name), _Good(until, stale_until), self._most)
                _put(self.yes, key, until, self._most)
                self.no.pop(key, None)

    def reject(self, key: Key, names: Iterable[str], until: float, epoch: int) -> None:
        """
        Remember a no, and forget any yes to the same.

        Args:
            key: A scope and an origin.
            names: The patterns that would have allowed it, and do not.
            until: When it ends.
            epoch: As it was when the question was asked.
        """
        with self._lock:
            if epoch == self.epoch:
                _put(self.no, key, until, self._most)
                self.yes.pop(key, None)
                for name in names:
                    self._good.pop((key[0], name), None)

    def drop(self, scope: str | None) -> None:
        """
        Forget what is known about a scope; None: about all.
        """
        with self._lock:
            self.epoch += 1
            for table in (self.yes, self.no, self._good):
                if scope is None:
                    table.clear()
                else:
                    for key in [key for key in table if key[0] == scope]:
                        del table[key]


def _put(table: dict[Key, _T], key: Key, value: _T, most: int) -> None:
    """
    Put an entry at the young end; the oldest make room.
    """
    table.pop(key, None)
    while len(table) >= most:
        del table[next(iter(table))]
    table[key] = value

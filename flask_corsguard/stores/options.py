"""
The options of a cache in front of a store: what each means, and what is no value for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TypedDict

__all__ = ["Caching", "CachingOptions"]


class CachingOptions(TypedDict, total=False):
    """
    The keyword arguments of a cache; `Caching` says what each means.
    """

    ttl: float
    negative_ttl: float
    jitter: float
    max_entries: int
    stale_for: float
    timeout: float | None
    misses_per_second: float
    burst: int
    failures: int
    retry_after: float
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caching:
    """
    Say how answers are remembered, and when a store is not asked.

    Attributes:
        ttl: For how many seconds a yes counts. It is the longest time that a revoked origin stays
            allowed where no invalidation arrives.
        negative_ttl: For how many seconds a no counts.
        jitter: The largest part, 0 to 1, by which either is shortened at random.
        max_entries: How many yeses are kept, and as many noes beside them; the oldest go first.
        stale_for: For how many seconds after its end a yes still counts while the store fails.
        timeout: How many seconds a request waits for an answer. The store is then asked in a
            thread of its own. None: it is asked in the request's thread, as long as it takes.
        misses_per_second: How many questions about origins that are not known to be good a
            process asks the store in the long run; the others are rejected unasked.
        burst: How many of them at once.
        failures: How many in a row make the store count as down.
        retry_after: How many seconds later it is tried again; twice as many each time, up to 30.
        clock: Gives seconds, and never goes back.
    """

    ttl: float = 60.0
    negative_ttl: float = 10.0
    jitter: float = 0.1
    max_entries: int = 10_000
    stale_for: float = 300.0
    timeout: float | None = None
    misses_per_second: float = 100.0
    burst: int = 1000
    failures: int = 3
    retry_after: float = 1.0
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """
        Refuse what is no value.

        Raises:
            TypeError: If a number is not one.
            ValueError: If a number is out of its range.
        """
        for field in fields(self):
            value: object = getattr(self, field.name)
            if field.name != "clock" and not (field.name == "timeout" and value is None):
                _check_number(field.name, value, whole=field.type == "int")
        if self.jitter > 1:
            raise ValueError(f"jitter: {self.jitter!r} is no part of a whole; write 0.1 for 10 %")


_MAY_BE_ZERO = frozenset({"jitter", "stale_for", "negative_ttl", "misses_per_second"})


def _check_number(name: str, value: object, *, whole: bool) -> None:
    kinds = int if whole else int | float
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise TypeError(f"{name}: {value!r} is no {'whole ' if whole else ''}number")
    if value != value or value < 0 or (value == 0 and name not in _MAY_BE_ZERO):  # noqa: PLR0124
        least = "0 or more" if name in _MAY_BE_ZERO else "more than 0"
        raise ValueError(f"{name}: {value!r} is out of range; write {least}")

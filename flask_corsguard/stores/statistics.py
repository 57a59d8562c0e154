"""
Counters of a store: what was asked, what was remembered, what failed.

They are plain numbers of one process, added to without a lock: under threads one may be lost now
and then, which is cheaper than a lock on every request.
"""

from __future__ import annotations

from dataclasses import dataclass

from .breaker import BreakerState

__all__ = ["Counts", "StoreStatistics"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStatistics:
    """
    Hold the counters of a store as they were at one moment, in one process.

    Attributes:
        hits: Requests that were allowed from memory.
        negative_hits: Requests that were rejected from memory.
        misses: Requests for which memory did not do.
        lookups: Questions that the store was asked.
        waits: Requests that waited for the answer to another one's question.
        failures: Questions without an answer.
        stale: Requests that were allowed by an answer past its end, because the store failed.
        limited: Requests that were rejected because too many strangers asked.
        short_circuited: Requests for which the store was not asked because it is down.
        invalidations: How often something was dropped because it may have changed.
        known_good: Answers in memory that allow; in a snapshot, all patterns.
        known_bad: Answers in memory that reject.
        breaker: Whether the store is asked.
        connected: Whether changes made elsewhere are heard of; None where nobody listens.
    """

    hits: int = 0
    negative_hits: int = 0
    misses: int = 0
    lookups: int = 0
    waits: int = 0
    failures: int = 0
    stale: int = 0
    limited: int = 0
    short_circuited: int = 0
    invalidations: int = 0
    known_good: int = 0
    known_bad: int = 0
    breaker: BreakerState = BreakerState.CLOSED
    connected: bool | None = None


@dataclass(slots=True)
class Counts:
    """
    Count what `StoreStatistics` reports.
    """

    hits: int = 0
    negative_hits: int = 0
    misses: int = 0
    lookups: int = 0
    waits: int = 0
    failures: int = 0
    stale: int = 0
    limited: int = 0
    short_circuited: int = 0
    invalidations: int = 0

"""
Turn decisions and stores into what may label a metric: closed sets, whoever sends the requests.

Each new value of a label is a time series that a server keeps for weeks. So nothing that a client
writes becomes one: no origin, no path, no method that it made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Final, NamedTuple, Protocol, cast

from ..protocol.decision import Decision
from ..stores import BreakerState, StoreStatistics

__all__ = [
    "BUCKETS",
    "METHODS",
    "NONE",
    "OTHER",
    "STORE_COUNTERS",
    "CountedStore",
    "Folding",
    "Labels",
    "StoreCounts",
    "check_stores",
]

METHODS: Final = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
)
"""The methods that are told apart; RFC 9110 and RFC 5789."""

NONE: Final = "(none)"
"""Where there is no reason, or no policy."""

OTHER: Final = "(other)"
"""A method that a client made up, or more policies than anybody has."""

STORE_COUNTERS: Final[dict[str, str]] = {
    "hits": "Requests that were allowed from memory.",
    "negative_hits": "Requests that were rejected from memory.",
    "misses": "Requests for which memory did not do.",
    "lookups": "Questions that the store was asked.",
    "waits": "Requests that waited for the answer to another one's question.",
    "failures": "Questions without an answer.",
    "stale": "Requests that were allowed by an answer past its end, because the store failed.",
    "limited": "Requests that were rejected because too many strangers asked.",
    "short_circuited": "Requests for which the store was not asked because it is down.",
    "invalidations": "How often something was dropped because it may have changed.",
}
"""The counters of a store, by the attributes of `StoreStatistics`, and what they count."""

BUCKETS: Final = (
    *(0.000005, 0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005),
    *(0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.5),
)
"""Seconds: a look-up takes microseconds, a store's timeout seconds."""

_MOST_POLICIES = 500


class CountedStore(Protocol):
    """
    Know one's own counters, as the stores of `flask_corsguard.stores` do.
    """

    @property
    def statistics(self) -> StoreStatistics:
        """
        Give the counters of this process as they are now.
        """
        ...


class Labels(NamedTuple):
    """
    Hold what a decision is counted by.

    Attributes:
        kind: `Kind`.
        outcome: `Outcome`.
        reason: `Reason`, or `(none)`.
        policy: The policy's name or place in the configuration, or `(none)`.
        method: A known method, or `(other)`.
    """

    kind: str
    outcome: str
    reason: str
    policy: str
    method: str


class Folding:
    """
    Fold decisions to labels.
    """

    def __init__(self) -> None:
        self._policies: set[str] = set()

    def labels(self, decision: Decision) -> Labels:
        """
        Give what a decision is counted by.

        Args:
            decision: The decision.
        """
        return Labels(
            decision.kind.value,
            decision.outcome.value,
            NONE if decision.reason is None else decision.reason.value,
            self.policy(decision.policy),
            decision.method if decision.method in METHODS else OTHER,
        )

    def policy(self, label: str | None) -> str:
        """
        Give a policy's label.

        They all stand in the configuration; but that may be reloaded any number of times.

        Args:
            label: The policy's name or place, or None.
        """
        if label is None:
            return NONE
        if label not in self._policies:
            if len(self._policies) >= _MOST_POLICIES:
                return OTHER
            self._policies.add(label)
        return label


class StoreCounts:
    """
    Say by how much a store's counters have grown since the last time.
    """

    def __init__(self, store: CountedStore) -> None:
        """
        Begin at zero: what was counted before counts, too.

        Args:
            store: The store.
        """
        self._store = store
        self._last = StoreStatistics()
        self._lock = Lock()

    def growth(self) -> Iterator[tuple[str, int]]:
        """
        Yield the counters that have grown, and by how much.
        """
        with self._lock:
            last, now = self._last, self._store.statistics
            self._last = now
        for name in STORE_COUNTERS:
            before, after = int(getattr(last, name)), int(getattr(now, name))
            # A counter that fell began anew: in a process that was forked, say.
            grown = after - before if after >= before else after
            if grown:
                yield name, grown

    @property
    def is_down(self) -> bool:
        """
        Tell whether the store had failed so often, the last time, that it is not asked.
        """
        return self._last.breaker is not BreakerState.CLOSED


def check_stores(stores: Mapping[str, object] | None) -> dict[str, StoreCounts]:
    """
    Take the stores whose counters are to be published.

    Args:
        stores: A name for each, and the stores.

    Raises:
        TypeError: If one has no statistics.
    """
    found: dict[str, StoreCounts] = {}
    for name, store in (stores or {}).items():
        if not isinstance(getattr(store, "statistics", None), StoreStatistics):
            raise TypeError(
                f"stores[{name!r}]: {store!r} has no statistics; write CachedOrigins(store), "
                "and give that to origins=[...], too"
            )
        found[name] = StoreCounts(cast("CountedStore", store))
    return found

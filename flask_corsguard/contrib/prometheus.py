"""
`CORSMetrics`: what the guard decides, as metrics of Prometheus.

Every label is from a closed set (see `labels`), so the number of time series depends on the
configuration and on nothing that a client sends. Where several processes serve, set
`PROMETHEUS_MULTIPROC_DIR` as prometheus_client says: everything here is an ordinary counter,
histogram or gauge of it, and no collector of its own, which could not see the other processes.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ..errors import MissingExtraError
from ..protocol.decision import Decision, Reason
from ..signals import (
    cors_decided,
    origin_rejected,
    preflight_rejected,
    request_refused,
    trial_differed,
)
from ..trials import TrialChange
from .labels import BUCKETS, STORE_COUNTERS, CountedStore, Folding, Labels, check_stores
from .rejections import RejectedOrigins
from .watching import Guarded, Receivers, silence, watch

try:
    from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
except ImportError as _error:
    raise MissingExtraError("prometheus-client", "prometheus") from _error

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

__all__ = ["CORSMetrics"]

_SECONDS_BETWEEN_LOOKS = 1.0


class CORSMetrics:
    """
    Count what the guards of one or more applications decide.

    Attributes:
        rejections: Which origins are rejected most often, in this process.
    """

    def __init__(
        self,
        app: Guarded | None = None,
        *,
        stores: Mapping[str, CountedStore] | None = None,
        registry: CollectorRegistry = REGISTRY,
        notable: int = 100,
    ) -> None:
        """
        Make the metrics, and watch an application if one is given.

        Args:
            app: The application, or the middleware.
            stores: A name for each store whose counters are published, and the stores.
            registry: Where the metrics are registered.
            notable: The number of rejections at which an origin counts as seen at volume.

        Raises:
            TypeError: If the application sends no signals, or a store has no statistics.
            ValueError: If the registry has these metrics already, or `notable` is below 1.
        """
        self.rejections: RejectedOrigins = RejectedOrigins(notable=notable)
        self._folding = Folding()
        self._stores = check_stores(stores)
        self._looked_at = -_SECONDS_BETWEEN_LOOKS
        self._made: dict[Labels, Counter] = {}
        if self._stores:
            # First, so that it brings the others up to date before they are read.
            registry.register(_Refresh(self))
        self._make(registry)
        self.refresh()
        if app is not None:
            self.watch(app)

    def watch(self, app: Guarded) -> None:
        """
        Count what an application's guard decides from now on.

        From then on, the guard decides about every CORS request in full.

        Args:
            app: The application, or the middleware.

        Raises:
            TypeError: If it sends no signals.
        """
        watch(self, app, self._receivers)

    def close(self) -> None:
        """
        Count nothing any more; the metrics stay as they are.
        """
        silence(self._receivers)

    def refresh(self) -> None:
        """
        Bring the metrics of the stores up to date, as each scrape of this process does.

        Where several processes serve, one is not seen by the scrape of another: each does it for
        itself when it decides, once a second.
        """
        for name, counts in self._stores.items():
            for counter, grown in counts.growth():
                self._store_counters[counter].labels(name).inc(grown)
            self._store_down.labels(name).set(counts.is_down)

    def _make(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "corsguard_requests",
            "CORS requests, by what was decided about them.",
            Labels._fields,
            registry=registry,
        )
        self._refusals = Counter(
            "corsguard_refusals",
            "Requests that the server refused, or would have where it only reports.",
            ("refusal", "policy"),
            registry=registry,
        )
        self._seconds = Histogram(
            "corsguard_decision_seconds",
            "Time it took to decide, look-ups in stores included.",
            ("kind",),
            buckets=BUCKETS,
            registry=registry,
        )
        self._notable = Counter(
            "corsguard_notable_origins",
            "Origins that were rejected so often that somebody should look.",
            registry=registry,
        )
        self._trials = Counter(
            "corsguard_trial_differences",
            "CORS requests about which a trial decided otherwise, by what would change.",
            ("policy", "change"),
            registry=registry,
        )
        self._make_for_stores(registry)

    def _make_for_stores(self, registry: CollectorRegistry) -> None:
        self._store_counters = {
            name: Counter(f"corsguard_store_{name}", meaning, ("store",), registry=registry)
            for name, meaning in STORE_COUNTERS.items()
            if self._stores
        }
        if self._stores:
            self._store_down = Gauge(
                "corsguard_store_down",
                "Whether the store has failed so often that it is not asked at present.",
                ("store",),
                registry=registry,
                # Down is what one of the living processes finds down.
                multiprocess_mode="livemax",
            )
        for counter in self._store_counters.values():
            # A series that begins with its first failure has no increase to alert on.
            for name in self._stores:
                counter.labels(name)

    @property
    def _receivers(self) -> Receivers:
        return {
            cors_decided: self._decided,
            request_refused: self._refused,
            origin_rejected: self._rejected,
            preflight_rejected: self._rejected,
            trial_differed: self._differed,
        }

    def _decided(self, _: object, *, decision: Decision) -> None:
        labels = self._folding.labels(decision)
        counter = self._made.get(labels)
        if counter is None:
            counter = self._made[labels] = self._requests.labels(*labels)
        counter.inc()
        if decision.seconds is not None:
            self._seconds.labels(labels.kind).observe(decision.seconds)
        if self._stores:
            self._look(at_once=decision.reason is Reason.STORE_UNAVAILABLE)

    def _look(self, *, at_once: bool) -> None:
        """
        Look at the stores now and then, and at once when one fails.
        """
        now = time.monotonic()
        if at_once or now - self._looked_at >= _SECONDS_BETWEEN_LOOKS:
            self._looked_at = now
            self.refresh()

    def _refused(self, _: object, *, decision: Decision) -> None:
        policy = self._folding.policy(decision.policy)
        self._refusals.labels(decision.refusal or "refused", policy).inc()

    def _rejected(self, _: object, *, decision: Decision) -> None:
        if self.rejections.record(decision):
            self._notable.inc()

    def _differed(
        self, _: object, *, decision: Decision, trial: Decision, change: TrialChange
    ) -> None:
        del trial
        self._trials.labels(self._folding.policy(decision.policy), change.value).inc()


class _Refresh:
    """
    Bring metrics up to date whenever the registry is read; it has none of its own.
    """

    def __init__(self, metrics: CORSMetrics) -> None:
        # A registry lives as long as its process.
        self._metrics = weakref.ref(metrics)

    def describe(self) -> Iterable[Metric]:
        """
        Give no names, so that making it reads nothing.
        """
        return []

    def collect(self) -> Iterable[Metric]:
        """
        Give nothing.
        """
        metrics = self._metrics()
        if metrics is not None:
            metrics.refresh()
        return []

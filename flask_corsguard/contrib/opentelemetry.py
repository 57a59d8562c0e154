"""
`CORSTelemetry`: what the guard decides, as metrics and span attributes of OpenTelemetry.

Metrics have the labels that Prometheus gets, and for the same reason no other. A span is no time
series, so it may say where a request came from, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, request

from ..errors import MissingExtraError
from ..passage import Passage
from ..protocol.decision import Decision
from ..serving import Serving
from ..signals import (
    cors_decided,
    origin_rejected,
    preflight_rejected,
    request_refused,
    trial_differed,
)
from ..stores import BreakerState
from ..trials import TrialChange
from .labels import BUCKETS, STORE_COUNTERS, CountedStore, Folding, check_stores
from .rejections import RejectedOrigins
from .watching import Guarded, Receivers, silence, watch

try:
    from opentelemetry import metrics, trace
    from opentelemetry.metrics import CallbackOptions, Observation
except ImportError as _error:
    raise MissingExtraError("opentelemetry-api", "opentelemetry") from _error

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter, MeterProvider

__all__ = ["CORSTelemetry"]


class CORSTelemetry:
    """
    Count what the guards of one or more applications decide, and say it on the current span.

    Attributes:
        rejections: Which origins are rejected most often, in this process.
    """

    def __init__(
        self,
        app: Guarded | None = None,
        *,
        stores: Mapping[str, CountedStore] | None = None,
        meter_provider: MeterProvider | None = None,
        notable: int = 100,
    ) -> None:
        """
        Make the instruments, and watch an application if one is given.

        Args:
            app: The application, or the middleware.
            stores: A name for each store whose counters are published, and the stores.
            meter_provider: What the instruments are made by; None: the global one.
            notable: The number of rejections at which an origin counts as seen at volume.

        Raises:
            TypeError: If the application sends no signals, or a store has no statistics.
            ValueError: If `notable` is below 1.
        """
        self.rejections: RejectedOrigins = RejectedOrigins(notable=notable)
        self._folding = Folding()
        check_stores(stores)
        meter = metrics.get_meter("flask_corsguard", meter_provider=meter_provider)
        self._make(meter)
        _observe_stores(meter, dict(stores or {}))
        if app is not None:
            self.watch(app)

    def watch(self, app: Guarded) -> None:
        """
        Count what an application's guard decides from now on; before its first request.

        From then on, the guard decides about every CORS request in full.

        Args:
            app: The application, or the middleware.

        Raises:
            TypeError: If it sends no signals.
        """
        watch(self, app, self._receivers)
        if isinstance(app, Flask):
            app.after_request(_annotate_late)

    def close(self) -> None:
        """
        Count nothing any more.
        """
        silence(self._receivers)

    def _make(self, meter: Meter) -> None:
        self._requests = meter.create_counter(
            "corsguard.requests", "{request}", "CORS requests, by what was decided about them."
        )
        self._refusals = meter.create_counter(
            "corsguard.refusals",
            "{request}",
            "Requests that the server refused, or would have where it only reports.",
        )
        self._seconds = meter.create_histogram(
            "corsguard.decision.duration",
            "s",
            "Time it took to decide, look-ups in stores included.",
            explicit_bucket_boundaries_advisory=BUCKETS,
        )
        self._notable = meter.create_counter(
            "corsguard.notable_origins",
            "{origin}",
            "Origins that were rejected so often that somebody should look.",
        )
        self._trials = meter.create_counter(
            "corsguard.trial.differences",
            "{request}",
            "CORS requests about which a trial decided otherwise, by what would change.",
        )

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
        named = {f"corsguard.{name}": value for name, value in labels._asdict().items()}
        self._requests.add(1, named)
        if decision.seconds is not None:
            self._seconds.record(decision.seconds, {"corsguard.kind": labels.kind})
        _annotate(decision)

    def _refused(self, _: object, *, decision: Decision) -> None:
        policy = self._folding.policy(decision.policy)
        refusal = decision.refusal or "refused"
        self._refusals.add(1, {"corsguard.refusal": refusal, "corsguard.policy": policy})
        _annotate(decision)

    def _rejected(self, _: object, *, decision: Decision) -> None:
        if self.rejections.record(decision):
            self._notable.add(1)

    def _differed(
        self, _: object, *, decision: Decision, trial: Decision, change: TrialChange
    ) -> None:
        policy = self._folding.policy(decision.policy)
        self._trials.add(1, {"corsguard.policy": policy, "corsguard.change": change.value})
        said = {"corsguard.trial.change": change.value}
        if trial.reason is not None:
            said["corsguard.trial.reason"] = trial.reason.value
        trace.get_current_span().set_attributes(said)


def _annotate(decision: Decision) -> None:
    """
    Say on the current span what was decided, if there is one.
    """
    span = trace.get_current_span()
    if span.is_recording():
        span.set_attributes(_attributes(decision))


def _annotate_late(response: Response) -> Response:
    """
    Say it on the span that the instrumentation of Flask begins in a hook, after the decision.
    """
    serving = current_app.extensions.get("corsguard")
    ticket = request.environ.get(serving.key) if isinstance(serving, Serving) else None
    if isinstance(ticket, Passage) and ticket.verdict is not None:
        _annotate(ticket.verdict.decision)
    return response


def _attributes(decision: Decision) -> dict[str, str | float]:
    said: dict[str, str | float | None] = {
        "kind": decision.kind.value,
        "outcome": decision.outcome.value,
        "reason": decision.reason and decision.reason.value,
        "policy": decision.policy,
        "origin": decision.origin,
        "method": decision.method,
        "detail": decision.detail or None,
        "refusal": decision.refusal,
        "seconds": decision.seconds,
    }
    return {f"corsguard.{name}": value for name, value in said.items() if value is not None}


def _observe_stores(meter: Meter, stores: Mapping[str, CountedStore]) -> None:
    """
    Publish the counters that stores keep themselves.
    """
    if not stores:
        return
    for name, meaning in STORE_COUNTERS.items():
        callback = _observer(stores, partial(_count, name))
        meter.create_observable_counter(f"corsguard.store.{name}", [callback], "1", meaning)
    meter.create_observable_gauge(
        "corsguard.store.down",
        [_observer(stores, lambda s: int(s.statistics.breaker is not BreakerState.CLOSED))],
        "1",
        "Whether the store has failed so often that it is not asked at present.",
    )


def _count(name: str, store: CountedStore) -> int:
    return int(getattr(store.statistics, name))


def _observer(
    stores: Mapping[str, CountedStore], read: Callable[[CountedStore], int]
) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(read(store), {"corsguard.store": n}) for n, store in stores.items()]

    return observe

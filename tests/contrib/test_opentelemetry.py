"""
What the guard decides can be counted by OpenTelemetry, and stands on the spans.
"""

from __future__ import annotations

import gc
import logging
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest
from flask import Flask
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from flask_corsguard import CORSGuard, RequestHead
from flask_corsguard.contrib.labels import STORE_COUNTERS
from flask_corsguard.contrib.opentelemetry import CORSTelemetry
from flask_corsguard.stores import CachedOrigins

ALLOWED = "https://app.example.com"
STRANGER = "https://stranger.example"


def make_app(**options: object) -> Flask:
    app = Flask("shop")
    CORSGuard(app, **{"origins": [ALLOWED], "name": "shop", **options})  # type: ignore[arg-type]
    app.add_url_rule("/orders", view_func=lambda: "[]", endpoint="orders", methods=["GET", "PUT"])
    return app


def ask(app: Flask, method: str = "GET", origin: str = STRANGER, announce: str = "") -> None:
    headers = {"Origin": origin}
    if announce:
        headers["Access-Control-Request-Method"] = announce
    app.test_client().open("/orders", method=method, headers=headers)


class Measured:
    """Read what the instruments of one provider have measured."""

    def __init__(self) -> None:
        self._reader = InMemoryMetricReader()
        self.provider = MeterProvider([self._reader], shutdown_on_exit=False)

    def points(self, name: str) -> dict[tuple[object, ...], object]:
        data = self._reader.get_metrics_data()
        scopes = data.resource_metrics[0].scope_metrics if data else []
        return {
            tuple((point.attributes or {}).values()): getattr(point, "value", None)
            or getattr(point, "count", 0)
            for scope in scopes
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        }


@pytest.fixture
def measured() -> Iterator[Measured]:
    found = Measured()
    yield found
    found.provider.shutdown()


def test_requests_are_counted_by_what_was_decided(measured: Measured) -> None:
    app = make_app()
    CORSTelemetry(app, meter_provider=measured.provider)
    ask(app)
    ask(app, origin=ALLOWED)
    ask(app, "OPTIONS", ALLOWED, "MADE-UP")
    assert measured.points("corsguard.requests") == {
        ("actual", "rejected", "origin-not-allowed", "shop", "GET"): 1,
        ("actual", "allowed", "(none)", "shop", "GET"): 1,
        ("preflight", "rejected", "method-not-allowed", "shop", "(other)"): 1,
    }
    assert measured.points("corsguard.decision.duration") == {("actual",): 2, ("preflight",): 1}


def test_refusals_and_origins_at_volume_are_counted(measured: Measured) -> None:
    app = make_app(enforce=True)
    telemetry = CORSTelemetry(app, meter_provider=measured.provider, notable=2)
    for _ in range(3):
        ask(app, "PUT")
    assert measured.points("corsguard.refusals") == {("refused", "shop"): 3}
    assert measured.points("corsguard.notable_origins") == {(): 1}
    assert telemetry.rejections.top(1)[0].count == 3


def test_what_a_trial_would_change_is_counted(measured: Measured) -> None:
    app = make_app(origins=[ALLOWED, STRANGER], trial={"origins": [ALLOWED]})
    CORSTelemetry(app, meter_provider=measured.provider)
    ask(app)
    ask(app, origin=ALLOWED)
    assert measured.points("corsguard.trial.differences") == {("shop", "would-reject"): 1}


def test_stores_are_observed(measured: Measured) -> None:
    def fails(origin: str, head: RequestHead) -> bool:
        raise ConnectionError

    store = CachedOrigins(fails, failures=1, retry_after=3600)
    app = make_app(origins=[store])
    CORSTelemetry(app, meter_provider=measured.provider, stores={"tenants": store})
    assert measured.points("corsguard.store.down") == {("tenants",): 0}
    ask(app)
    ask(app, origin="https://another.example")
    found = {name: measured.points(f"corsguard.store.{name}") for name in STORE_COUNTERS}
    assert found["failures"] == {("tenants",): 1}
    assert found["short_circuited"] == {("tenants",): 1}
    assert all(set(points) == {("tenants",)} for points in found.values())
    assert measured.points("corsguard.store.down") == {("tenants",): 1}


def test_a_store_without_counters_is_an_error(measured: Measured) -> None:
    with pytest.raises(TypeError, match="write CachedOrigins"):
        CORSTelemetry(meter_provider=measured.provider, stores={"tenants": object()})  # type: ignore[dict-item]


def test_it_counts_without_being_held_and_ends_with_its_application(measured: Measured) -> None:
    app = make_app()
    alive = weakref.ref(CORSTelemetry(app, meter_provider=measured.provider))
    gc.collect()
    ask(app)
    assert sum(map(int, map(str, measured.points("corsguard.requests").values()))) == 1
    del app
    gc.collect()
    assert alive() is None


def test_what_is_closed_counts_nothing(measured: Measured) -> None:
    app = make_app()
    CORSTelemetry(app, meter_provider=measured.provider).close()
    ask(app)
    assert measured.points("corsguard.requests") == {}


# Spans


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracers(spans: InMemorySpanExporter) -> Iterator[TracerProvider]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    yield provider
    provider.shutdown()


def test_the_current_span_says_what_was_decided(
    measured: Measured, spans: InMemorySpanExporter, tracers: TracerProvider
) -> None:
    app = make_app()
    CORSTelemetry(app, meter_provider=measured.provider)
    with tracers.get_tracer("tests").start_as_current_span("a server's"):
        ask(app, "OPTIONS", ALLOWED, "DELETE")
    (span,) = spans.get_finished_spans()
    attributes = dict(span.attributes or {})
    assert 0 < attributes.pop("corsguard.seconds") < 1  # type: ignore[operator]
    assert attributes == {
        "corsguard.kind": "preflight",
        "corsguard.outcome": "rejected",
        "corsguard.reason": "method-not-allowed",
        "corsguard.policy": "shop",
        "corsguard.origin": ALLOWED,
        "corsguard.method": "DELETE",
        "corsguard.detail": "DELETE",
    }


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("before", [False, True], ids=["after the guard", "before the guard"])
def test_the_span_of_the_instrumentation_of_flask_says_it(
    fast: bool,
    before: bool,
    measured: Measured,
    spans: InMemorySpanExporter,
    tracers: TracerProvider,
) -> None:
    app = Flask("shop")
    app.add_url_rule("/orders", view_func=lambda: "[]", endpoint="orders", methods=["GET", "PUT"])
    if before:
        FlaskInstrumentor().instrument_app(app, tracer_provider=tracers)
    CORSGuard(app, origins=[ALLOWED], name="shop", fast_path=fast, enforce="report")
    if not before:
        FlaskInstrumentor().instrument_app(app, tracer_provider=tracers)
    CORSTelemetry(app, meter_provider=measured.provider)
    ask(app)
    ask(app, "PUT")
    ask(app, origin=ALLOWED)
    said = [dict(span.attributes or {}) for span in spans.get_finished_spans()]
    assert [s.get("corsguard.origin") for s in said] == [STRANGER, STRANGER, ALLOWED]
    assert [s.get("corsguard.outcome") for s in said] == ["rejected", "rejected", "allowed"]
    assert [s.get("corsguard.refusal") for s in said] == [None, "reported", None]


def test_nothing_is_said_where_nobody_traces(
    measured: Measured, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app()
    CORSTelemetry(app, meter_provider=measured.provider)
    with caplog.at_level(logging.WARNING):
        ask(app)
    assert not caplog.records


def test_without_opentelemetry_the_command_is_named() -> None:
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "try: import flask_corsguard.contrib.opentelemetry\n"
        "except ImportError as error: print(type(error).__name__, error)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.startswith("MissingExtraError")
    assert "pip install 'flask-corsguard[opentelemetry]'" in result.stdout

"""
What the guard decides can be counted, and no client can make up a time series.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Mapping

import pytest
from flask import Flask
from prometheus_client import CollectorRegistry, generate_latest

from flask_corsguard import CORSGuard, CORSMiddleware, RequestHead
from flask_corsguard.contrib.labels import METHODS, STORE_COUNTERS, Folding, Labels
from flask_corsguard.contrib.prometheus import CORSMetrics
from flask_corsguard.errors import MissingExtraError
from flask_corsguard.stores import CachedOrigins, StoreStatistics
from repository import ROOT

ALLOWED = "https://app.example.com"
STRANGER = "https://stranger.example"


def make_app(**options: object) -> Flask:
    app = Flask("shop")
    CORSGuard(app, **{"origins": [ALLOWED], **options})  # type: ignore[arg-type]
    app.add_url_rule("/orders", view_func=lambda: "[]", endpoint="orders", methods=["GET", "PUT"])
    return app


def ask(app: Flask, method: str = "GET", origin: str = STRANGER, announce: str = "") -> int:
    headers = {"Origin": origin}
    if announce:
        headers["Access-Control-Request-Method"] = announce
    return app.test_client().open("/orders", method=method, headers=headers).status_code


def samples(registry: CollectorRegistry, name: str) -> dict[tuple[str, ...], float]:
    """Give the samples of one name, by the values of their labels."""
    return {
        tuple(sample.labels.values()): sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name == name
    }


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def test_requests_are_counted_by_what_was_decided(registry: CollectorRegistry) -> None:
    app = make_app(name="shop")
    CORSMetrics(app, registry=registry)
    ask(app, origin=ALLOWED)
    ask(app, origin=ALLOWED)
    ask(app)
    ask(app, "OPTIONS", ALLOWED, "PUT")
    ask(app, "OPTIONS", ALLOWED, "DELETE")
    assert samples(registry, "corsguard_requests_total") == {
        ("actual", "allowed", "(none)", "shop", "GET"): 2,
        ("actual", "rejected", "origin-not-allowed", "shop", "GET"): 1,
        ("preflight", "allowed", "(none)", "shop", "PUT"): 1,
        ("preflight", "rejected", "method-not-allowed", "shop", "DELETE"): 1,
    }


def test_what_is_no_cors_request_is_not_counted(registry: CollectorRegistry) -> None:
    app = make_app()
    CORSMetrics(app, registry=registry)
    app.test_client().get("/orders")
    assert samples(registry, "corsguard_requests_total") == {}


def test_a_url_without_a_policy_has_none(registry: CollectorRegistry) -> None:
    app = make_app(resources=["/api/*"])
    CORSMetrics(app, registry=registry)
    ask(app)
    assert list(samples(registry, "corsguard_requests_total")) == [
        ("actual", "rejected", "no-policy", "(none)", "GET")
    ]


def test_the_time_is_taken(registry: CollectorRegistry) -> None:
    app = make_app()
    CORSMetrics(app, registry=registry)
    ask(app)
    ask(app, "OPTIONS", ALLOWED, "PUT")
    counts = samples(registry, "corsguard_decision_seconds_count")
    assert counts == {("actual",): 1, ("preflight",): 1}
    assert all(0 < s < 1 for s in samples(registry, "corsguard_decision_seconds_sum").values())


def test_the_time_of_a_slow_store_is_in_it(registry: CollectorRegistry) -> None:
    asked: list[float] = []

    def slow(origin: str, head: RequestHead) -> bool:
        asked.append(sum(range(300_000)))
        return False

    app = make_app(origins=[slow])
    CORSMetrics(app, registry=registry)
    for _ in range(3):
        ask(app)
    assert len(asked) == 3
    # A look-up without a store takes a hundredth of it.
    assert samples(registry, "corsguard_decision_seconds_sum")[("actual",)] > 0.001


def test_refusals_are_counted(registry: CollectorRegistry) -> None:
    metrics = CORSMetrics(registry=registry)
    for enforce in (True, "report"):
        app = make_app(enforce=enforce, name=f"shop-{enforce}".lower())
        metrics.watch(app)
        ask(app, "PUT")
    assert samples(registry, "corsguard_refusals_total") == {
        ("refused", "shop-true"): 1,
        ("reported", "shop-report"): 1,
    }


def test_nothing_that_a_client_sends_makes_a_series(registry: CollectorRegistry) -> None:
    app = make_app()
    CORSMetrics(app, registry=registry, notable=2)
    client = app.test_client()
    ask(app), ask(app, "OPTIONS", STRANGER, "PUT")
    known = {"GET", "PUT", "(other)"}
    for number in range(60):
        origin = f"https://made-up-{number}.example"
        client.get(f"/path-{number}", headers={"Origin": origin, "X-Id": str(number)})
        client.open("/orders", method=f"M{number}", headers={"Origin": origin})
        ask(app, "OPTIONS", origin, f"ANNOUNCED{number}")
        ask(app, "OPTIONS", ALLOWED, f"ANNOUNCED{number}")
    found = samples(registry, "corsguard_requests_total")
    assert {labels[-1] for labels in found} == known
    assert {labels[-2] for labels in found} == {"guard"}
    assert len(found) <= 8
    assert b"made-up" not in generate_latest(registry)
    assert b"ANNOUNCED" not in generate_latest(registry)


def test_methods_are_told_apart_by_case() -> None:
    # `patch` is not PATCH, to browsers: see the Fetch standard, "normalize a method".
    assert "patch" not in METHODS
    assert "PATCH" in METHODS


def test_endless_reloads_make_no_endless_series() -> None:
    folding = Folding()
    found = {folding.policy(f"policy-{number}") for number in range(2000)}
    assert len(found) <= 501
    assert "(other)" in found
    assert folding.policy("policy-0") == "policy-0"


def test_origins_at_volume_are_counted_and_can_be_listed(registry: CollectorRegistry) -> None:
    app = make_app()
    metrics = CORSMetrics(app, registry=registry, notable=3)
    assert samples(registry, "corsguard_notable_origins_total") == {(): 0}
    for _ in range(5):
        ask(app)
    assert samples(registry, "corsguard_notable_origins_total") == {(): 1}
    assert [(row.origin, row.count) for row in metrics.rejections.top()] == [(STRANGER, 5)]


def test_what_a_trial_would_change_is_counted(registry: CollectorRegistry) -> None:
    app = make_app(origins=[ALLOWED, STRANGER], name="shop", trial={"origins": [ALLOWED]})
    CORSMetrics(app, registry=registry)
    ask(app)
    ask(app, "OPTIONS", STRANGER, "PUT")
    ask(app, origin=ALLOWED)
    found = samples(registry, "corsguard_trial_differences_total")
    assert found == {("shop", "would-reject"): 2}


def test_several_applications_are_counted_together(registry: CollectorRegistry) -> None:
    apps = [make_app(name="one"), make_app(name="two")]
    metrics = CORSMetrics(registry=registry)
    for app in apps:
        metrics.watch(app)
        ask(app)
    ask(make_app(name="three"))
    policies = {labels[3] for labels in samples(registry, "corsguard_requests_total")}
    assert policies == {"one", "two"}


def test_the_middleware_is_counted(registry: CollectorRegistry) -> None:
    middleware = CORSMiddleware(lambda environ, start: [], origins=[ALLOWED])
    CORSMetrics(middleware, registry=registry)
    middleware(
        {"REQUEST_METHOD": "GET", "HTTP_ORIGIN": STRANGER, "PATH_INFO": "/"},
        lambda *_: lambda _: None,
    )
    assert sum(samples(registry, "corsguard_requests_total").values()) == 1
    assert samples(registry, "corsguard_decision_seconds_count") == {("actual",): 1}


def test_it_counts_without_being_held_and_ends_with_its_application(
    registry: CollectorRegistry,
) -> None:
    app = make_app()
    store = CachedOrigins(lambda origin, head: False)
    alive = weakref.ref(CORSMetrics(app, registry=registry, stores={"tenants": store}))
    gc.collect()
    ask(app)
    assert sum(samples(registry, "corsguard_requests_total").values()) == 1
    del app
    gc.collect()
    assert alive() is None
    assert sum(samples(registry, "corsguard_requests_total").values()) == 1


def test_what_is_closed_counts_nothing(registry: CollectorRegistry) -> None:
    app = make_app()
    CORSMetrics(app, registry=registry).close()
    ask(app)
    assert samples(registry, "corsguard_requests_total") == {}


# Stores


class Tenants:
    """Be a store that can be broken."""

    def __init__(self) -> None:
        self.broken = False

    def allows(self, origin: str, head: RequestHead) -> bool:
        if self.broken:
            raise ConnectionError
        return origin == ALLOWED


def store_samples(registry: CollectorRegistry) -> Mapping[str, float]:
    found = {name: samples(registry, f"corsguard_store_{name}_total") for name in STORE_COUNTERS}
    return {name: values[("tenants",)] for name, values in found.items() if values[("tenants",)]}


def test_a_store_is_counted(registry: CollectorRegistry) -> None:
    store = CachedOrigins(Tenants(), jitter=0)
    app = make_app(origins=[store])
    CORSMetrics(app, registry=registry, stores={"tenants": store})
    for _ in range(3):
        ask(app, origin=ALLOWED)
    ask(app)
    assert store_samples(registry) == {"hits": 2, "misses": 2, "lookups": 2}
    assert samples(registry, "corsguard_store_down") == {("tenants",): 0}


def test_a_store_that_fails_is_seen_at_once(registry: CollectorRegistry) -> None:
    tenants = Tenants()
    store = CachedOrigins(tenants, failures=2, retry_after=3600)
    app = make_app(origins=[store])
    CORSMetrics(app, registry=registry, stores={"tenants": store})
    ask(app, origin=ALLOWED)
    tenants.broken = True
    for number in range(4):
        ask(app, origin=f"https://{number}.example")
    # One metric alone, as another process would read it: without the refresh of a whole scrape.
    (down,) = registry.restricted_registry(["corsguard_store_down"]).collect()
    assert [sample.value for sample in down.samples] == [1]
    assert registry.get_sample_value("corsguard_store_down", {"store": "tenants"}) == 1
    found = store_samples(registry)
    assert found["failures"] == 2
    assert found["short_circuited"] == 2
    reasons = {labels[2] for labels in samples(registry, "corsguard_requests_total")}
    assert reasons == {"(none)", "store-unavailable"}


def test_the_counters_of_a_store_are_those_that_it_has() -> None:
    numbers = {
        name for name, value in StoreStatistics.__dataclass_fields__.items() if value.type == "int"
    }
    assert set(STORE_COUNTERS) == numbers - {"known_good", "known_bad"}


def test_a_counter_that_began_anew_is_not_counted_backwards(registry: CollectorRegistry) -> None:
    class Forked:
        statistics = StoreStatistics(hits=10)

    metrics = CORSMetrics(registry=registry, stores={"tenants": Forked()})
    Forked.statistics = StoreStatistics(hits=3)
    metrics.refresh()
    assert store_samples(registry) == {"hits": 13}


def test_a_store_without_counters_is_an_error(registry: CollectorRegistry) -> None:
    with pytest.raises(TypeError, match=r"stores\['tenants'\].*write CachedOrigins"):
        CORSMetrics(registry=registry, stores={"tenants": Tenants()})  # type: ignore[dict-item]


def test_without_prometheus_client_the_command_is_named() -> None:
    code = (
        "import sys; sys.modules['prometheus_client'] = None\n"
        "try: import flask_corsguard.contrib.prometheus\n"
        "except ImportError as error: print(type(error).__name__, error)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.startswith(MissingExtraError.__name__)
    assert "pip install 'flask-corsguard[prometheus]'" in result.stdout


def test_every_metric_and_label_is_in_the_reference(registry: CollectorRegistry) -> None:
    store = CachedOrigins(Tenants())
    CORSMetrics(registry=registry, stores={"tenants": store})
    page = (ROOT / "docs" / "reference" / "monitoring.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1] + line.split("|")[3] for line in page.splitlines() if "|" in line}
    for metric in registry.collect():
        name = metric.name + ("_total" if metric.type == "counter" else "")
        short = name.replace("corsguard_store", "...")
        assert any(f"`{name}`" in row or f"`{short}`" in row for row in rows), name
    for label in (*Labels._fields, "refusal", "change", "store"):
        assert f"| `{label}` |" in page
    assert all(f"`{method}`" in page for method in METHODS)

"""
The application that is watched: a guard, origins in a store that can fail, and its metrics.
"""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
    multiprocess,
)

from flask_corsguard import CORSGuard, RequestHead, same_origin
from flask_corsguard.contrib.prometheus import CORSMetrics
from flask_corsguard.stores import CachedOrigins

__all__ = ["app"]

# Stands for a database that is down, for as long as the file is there.
BROKEN = Path(os.environ.get("SHOP_BROKEN", "broken"))


def is_partner(origin: str, head: RequestHead) -> bool:
    """
    Look an origin up in what would be a database.
    """
    del head  # what it says about an origin, it says about all URLs
    if BROKEN.exists():
        raise ConnectionError("the database does not answer")
    return origin.endswith(".partner.example")


app = Flask("shop")
partners = CachedOrigins(is_partner, failures=3, retry_after=1.0)
CORSGuard(
    app,
    allow_headers=["Content-Type"],
    resources={
        "/api/*": {"origins": "https://app.example.com", "name": "shop"},
        "/partners/*": {"origins": [partners], "name": "partners"},
    },
)
metrics = CORSMetrics(app, stores={"partners": partners}, notable=50)


@app.route("/api/orders", methods=["GET", "PUT"])
@app.route("/partners/orders", methods=["GET", "PUT"], endpoint="partners_orders")
def orders() -> list[object]:
    """
    Answer with nothing much.
    """
    return []


@app.get("/metrics")
@same_origin
def scrape() -> Response:
    """
    Give the metrics: of all workers, where there are several.
    """
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

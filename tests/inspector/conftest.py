"""
An application with an inspector, and a client that looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_corsguard import CORSGuard, cross_origin, same_origin
from flask_corsguard.inspector import CORSInspector
from flask_corsguard.inspector.recorder import recorder_of

FRIEND = "https://app.example.com"
STRANGER = "https://evil.example.net"

MakeShop = Callable[..., Flask]
"""Takes the arguments of `CORSInspector`, `debug`, and `before`: what to do before it is there."""


@pytest.fixture
def make_shop() -> Iterator[MakeShop]:
    made: list[Flask] = []

    def make(
        *, debug: bool = True, before: Callable[[Flask], object] | None = None, **options: Any
    ) -> Flask:
        app = Flask("shop", static_folder=None)
        made.append(app)
        app.testing, app.debug = True, debug
        resources = {"/api/*": {"origins": FRIEND, "credentials": True}, "/old/*": {"origins": "*"}}
        guard = CORSGuard(app, allow_headers="Content-Type", resources=resources)
        add_views(app)
        if before is not None:
            before(app)
        CORSInspector(app, guard, **options)
        return app

    yield make
    for app in made:
        recorder_of(app).stop()


@pytest.fixture
def shop(make_shop: MakeShop) -> Flask:
    return make_shop()


@pytest.fixture
def client(shop: Flask) -> FlaskClient:
    return shop.test_client()


def add_views(app: Flask) -> None:
    @app.get("/api/orders")
    def orders() -> list[str]:
        return []

    @app.delete("/api/orders/<int:number>")
    def remove(number: int) -> str:
        raise AssertionError("no view is run")

    @app.get("/prices")
    @cross_origin(origins="*")
    def prices() -> list[str]:
        return []

    @app.get("/admin")
    @same_origin
    def admin() -> str:
        return ""

    @app.get("/health")
    def health() -> str:
        return "fine"


def look(client: FlaskClient, name: str = "state.json", **asked: Any) -> Any:
    response = client.get(f"/corsguard/{name}", query_string=asked)
    assert response.status_code == 200, response.text
    return response.json

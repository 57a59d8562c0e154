"""
Where nobody listens, headers are looked up and no decision is made: the answers are the same.

Each application has a twin to which somebody listens; there, every request is decided.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.views import MethodView

from flask_corsguard import (
    CORSGuard,
    CORSMiddleware,
    Decision,
    RequestHead,
    cors_decided,
    cross_origin,
    same_origin,
)
from flask_corsguard.stores import CachedOrigins

from .helpers import ALLOWED, STRANGER, ask

LIVE = "https://live.example"
SCOPED = "https://scoped.example"


def live() -> CachedOrigins:
    return CachedOrigins(lambda origin, _: origin == LIVE)


def scoped() -> CachedOrigins:
    return CachedOrigins(
        lambda origin, _: origin == SCOPED, scope=lambda head: str(head.view_args["tenant"])
    )


def fails(origin: str, head: RequestHead) -> bool:
    raise RuntimeError("down")


CONFIGURATIONS: dict[str, Callable[[], dict[str, Any]]] = {
    "listed": lambda: {"origins": [ALLOWED], "credentials": True},
    "everybody": lambda: {"origins": "*"},
    "patterns": lambda: {"origins": ["https://*.example"], "expose_headers": ["X-A"]},
    "live": lambda: {"origins": [live(), ALLOWED], "credentials": True},
    "scoped": lambda: {"origins": [scoped()], "allow_headers": "*"},
    "failing": lambda: {"origins": [ALLOWED, fails, live()]},
    "paths": lambda: {
        "resources": {"/item": {"origins": ALLOWED}, "/t/*": {"origins": [live(), scoped()]}}
    },
    "views": lambda: {"origins": [ALLOWED], "policies": {"live": {"origins": [live()]}}},
}


class Handlers(MethodView):
    def get(self) -> str:
        return "got"

    def put(self) -> str:
        return "put"


def application(configuration: str, **options: Any) -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/item", "item", lambda: "item", methods=["GET", "PUT"])
    app.add_url_rule("/split", "one", lambda: "one", methods=["GET"])
    app.add_url_rule("/split", "two", lambda: "two", methods=["DELETE"])
    app.add_url_rule("/t/<tenant>/", "tenant", lambda tenant: tenant)
    app.add_url_rule("/handlers", view_func=Handlers.as_view("handlers"))
    if configuration == "views":
        closed, named = same_origin(lambda: "closed"), cross_origin("live")(lambda: "named")
        app.add_url_rule("/closed", "closed", closed)
        app.add_url_rule("/named", "named", named, methods=["GET", "PUT"])
    CORSGuard(app, **CONFIGURATIONS[configuration](), **options)
    return app


def hear(_: object, *, decision: Decision) -> None:
    """Listen, which is enough."""


METHODS = ("GET", "HEAD", "POST", "PUT", "OPTIONS")
PATHS = ("/item", "/split", "/t/acme", "/t/acme/", "/handlers", "/closed", "/named", "/nowhere")
ORIGINS = (None, ALLOWED, LIVE, SCOPED, STRANGER, "null", "nonsense")
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"Access-Control-Request-Method": "PUT"},
    {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-a"},
    {"Upgrade": "websocket", "Connection": "upgrade"},
    {"Sec-Fetch-Site": "same-origin"},
)


@pytest.mark.parametrize("options", [{}, {"fast_path": True}, {"enforce": True}], ids=str)
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_every_answer_is_the_one_that_is_decided(
    configuration: str, options: dict[str, Any]
) -> None:
    quick, slow = (application(configuration, **options) for _ in range(2))
    with cors_decided.connected_to(hear, sender=slow):
        for method, path, origin, headers in product(METHODS, PATHS, ORIGINS, HEADERS):
            asked = {"origin": origin, "headers": headers}
            told = ask(slow, method, path, **asked)
            assert ask(quick, method, path, **asked) == told, (method, path, asked)
            # Now it is known to stores and memos.
            assert ask(quick, method, path, **asked) == told, (method, path, asked, "again")


@pytest.mark.parametrize("configuration", [name for name in CONFIGURATIONS if name != "views"])
def test_every_answer_of_the_middleware_is_the_one_that_is_decided(configuration: str) -> None:
    inner = Flask("inner")
    inner.add_url_rule("/item", "item", lambda: "item", methods=["GET", "PUT"])
    options = CONFIGURATIONS[configuration]
    quick, slow = (CORSMiddleware(inner, **options()) for _ in range(2))
    with cors_decided.connected_to(hear, sender=slow):
        for method, path, origin, headers in product(METHODS, PATHS, ORIGINS, HEADERS):
            asked = {"origin": origin, "headers": headers}
            told = ask(slow, method, path, **asked)
            for _ in range(2):
                assert ask(quick, method, path, **asked) == told, (method, path, asked)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_405_of_a_websocket_is_decided_like_any_other(
    method: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = application("paths")
    headers = {"Upgrade": "websocket", "Connection": "upgrade"}
    with cors_decided.connected_to(hear, sender=app):
        assert ask(app, method, "/split", origin=ALLOWED, headers=headers).status == 405
    assert not caplog.records


def test_what_a_store_remembers_counts_once() -> None:
    store = live()
    app = Flask("counted")
    app.add_url_rule("/live", "live", lambda: "live")
    CORSGuard(app, resources={"/live": {"origins": [store]}, "/other": {"origins": ALLOWED}})
    ask(app, "GET", "/live", origin=LIVE)
    before = store.statistics.hits
    ask(app, "GET", "/live", origin=LIVE)
    assert store.statistics.hits == before + 1

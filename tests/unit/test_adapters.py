"""
Routers bound to hosts that were seen before: they serve the next request like one of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from typing import Any

import pytest
from flask import Flask, Request
from werkzeug.routing import MapAdapter

from flask_corsguard import CORSGuard
from flask_corsguard.adapters import Adapters
from support.doors import Request as Asked
from support.doors import call, environ_of

APP = "https://app.example"


def preflight(path: str = "/item/1", host: str = "api.example", **more: Any) -> dict[str, Any]:
    headers = {"Host": host, "Origin": APP, "Access-Control-Request-Method": "PUT"}
    asked = environ_of(Asked(method="OPTIONS", path=path, headers=tuple(headers.items())))
    return asked | more


def application(**options: Any) -> Flask:
    app = Flask("adapters", static_folder=None, **options)
    for rule in ("/item/<int:number>", "/folder/<name>/", "/<path:rest>/end"):
        app.add_url_rule(rule, rule, lambda **_: "", methods=["GET", "PUT"])
    return app


def by_host() -> Flask:
    app = Flask("hosts", host_matching=True, static_folder=None)
    app.add_url_rule("/item/<number>", "a", lambda: "", host="api.example", methods=["PUT"])
    app.add_url_rule("/item/<number>", "b", lambda: "", host="b.example:8443", methods=["PATCH"])
    return app


def by_subdomain() -> Flask:
    app = Flask("names", subdomain_matching=True, static_folder=None)
    app.config["SERVER_NAME"] = "example"
    app.add_url_rule("/item/<number>", "a", lambda: "", subdomain="api", methods=["PUT"])
    app.add_url_rule("/item/<number>", "b", lambda: "", subdomain="<name>", methods=["PUT", "GET"])
    return app


def trusting() -> Flask:
    app = application()
    app.config["TRUSTED_HOSTS"] = ["api.example"]
    return app


PATHS = (
    "/item/1",
    "/item/2",
    "/item/x",
    "/folder/a",
    "//item//3",
    "/a/b/end",
    "/",
    "/\xc3\xa4/end",
)
HOSTS = ("api.example", "b.example:8443", "API.example", "other.example", "evil example", "")
MOUNTS: tuple[dict[str, Any], ...] = (
    {},
    {"SCRIPT_NAME": "/v1"},
    {"wsgi.url_scheme": "http"},
    {"HTTP_CONNECTION": "upgrade", "HTTP_UPGRADE": "websocket"},
)


@pytest.mark.parametrize("make", [application, by_host, by_subdomain, trusting])
@pytest.mark.filterwarnings("ignore:Current server name")
def test_who_comes_later_gets_the_same_answer_as_who_comes_first(
    make: Callable[[], Flask],
) -> None:
    served = make()
    CORSGuard(served, origins=APP, fast_path=True)
    for path, host, more in product(PATHS, HOSTS, MOUNTS):
        fresh = make()
        CORSGuard(fresh, origins=APP, fast_path=True)
        assert call(served, preflight(path, host, **more)) == call(
            fresh, preflight(path, host, **more)
        ), (path, host, more)


def bound(app: Flask, **more: Any) -> MapAdapter | None:
    """Bind the router to a request, and give what is known to the next one."""
    adapters, environ = Adapters(app), preflight(**more)
    assert adapters.known(environ) is None
    adapters.bind(app.request_class(environ))
    return adapters.known(preflight("/another", **more))


def test_a_host_that_was_seen_is_known() -> None:
    adapter = bound(application())
    assert adapter is not None
    assert adapter.match("/item/3", "PUT") == ("/item/<int:number>", {"number": 3})


@pytest.mark.parametrize(
    "more",
    [
        {"host": ""},
        {"host": "x" * 2000},
        {"SCRIPT_NAME": "/" + "x" * 2000},
        {"HTTP_UPGRADE": "websocket"},
    ],
)
def test_an_unusual_request_is_not_known(more: dict[str, Any]) -> None:
    assert bound(application(), **more) is None


def test_a_host_that_is_not_trusted_is_not_known() -> None:
    assert bound(trusting()) is not None
    assert bound(trusting(), host="other.example") is None


@pytest.mark.parametrize("more", [{"host": "b.example"}, {"SCRIPT_NAME": "/v1"}])
def test_hosts_and_mounts_are_told_apart(more: dict[str, Any]) -> None:
    app = application()
    adapters = Adapters(app)
    adapters.bind(app.request_class(preflight()))
    assert adapters.known(preflight()) is not None
    assert adapters.known(preflight(**more)) is None
    assert adapters.known(preflight(**{"wsgi.url_scheme": "http"})) is None


def test_hosts_are_few() -> None:
    app = application()
    adapters = Adapters(app)
    hosts = [f"h{number}.example" for number in range(100)]
    for host in hosts:
        adapters.bind(app.request_class(preflight(host=host)))
    known = [adapters.known(preflight(host=host)) is not None for host in hosts]
    assert known == [False] * 68 + [True] * 32


def test_a_host_that_is_bound_anew_pushes_out_no_other() -> None:
    app = application()
    adapters = Adapters(app)
    hosts = [f"h{number}.example" for number in range(32)]
    for host in (*hosts, hosts[-1]):
        adapters.bind(app.request_class(preflight(host=host)))
    assert all(adapters.known(preflight(host=host)) for host in hosts)


def test_nothing_of_the_request_is_kept_but_its_host() -> None:
    adapter = bound(application(), QUERY_STRING="secret=" + "x" * 100_000)
    assert adapter is not None
    assert (adapter.path_info, adapter.query_args) == ("", None)
    app = application()
    own = Adapters(app).bind(app.request_class(preflight("/item/7", QUERY_STRING="a=b")))
    assert own is not None
    assert (own.path_info, own.query_args) == ("/item/7", "a=b")


def test_threads_may_bind_at_once() -> None:
    app = application()
    adapters = Adapters(app)

    def bind(number: int) -> None:
        for turn in range(300):
            adapters.bind(app.request_class(preflight(host=f"h{number}-{turn}.example")))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(bind, range(8)))
    finally:
        sys.setswitchinterval(interval)


def test_a_binding_of_the_users_own_is_asked_every_time() -> None:
    class Own(Flask):
        def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
            return super().create_url_adapter(request)

    changed = application()
    method = changed.create_url_adapter
    changed.create_url_adapter = partial(method)  # type: ignore[method-assign]
    for app in (Own("own"), changed):
        assert Adapters(app).are_flasks is False
        assert bound(app) is None


def test_a_request_of_the_users_own_is_made_every_time() -> None:
    class Shifted(Request):
        def __init__(self, environ: Any, *more: Any, **named: Any) -> None:
            super().__init__(environ, *more, **named)
            self.path = self.path.removeprefix("/v1")

    class Same(Request):
        max_content_length = 1000

    app = application()
    app.request_class = Same
    assert bound(app) is not None
    app.request_class = Shifted
    assert bound(app) is None
    CORSGuard(app, resources={"/item/*": {"origins": APP}}, fast_path=True)
    for number in range(3):
        assert call(app, preflight(f"/v1/item/{number}"))[0] == 204

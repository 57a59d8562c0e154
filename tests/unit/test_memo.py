"""
Remembered preflights: bounded, and by all that routing looks at.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask, Request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import MapAdapter

from flask_corsguard import CORSGuard, cors_decided
from flask_corsguard.memo import Memo, MemoKey, memo_key
from flask_corsguard.routing import Target
from support.doors import Request as Asked
from support.doors import call, environ_of

APP = "https://app.example"


def preflight(path: str = "/item", **headers: str) -> dict[str, Any]:
    asked = {"Host": "api.example", "Origin": APP, "Access-Control-Request-Method": "PUT"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return environ_of(Asked(method="OPTIONS", path=path, headers=tuple({**asked, **named}.items())))


def test_only_what_friends_send_has_a_key() -> None:
    assert memo_key(preflight()) is not None
    assert memo_key(preflight("/" + "x" * 4096)) is None
    assert memo_key(preflight(Host="x" * 4096)) is None
    assert memo_key(preflight(Access_Control_Request_Method="X" * 4096)) is None
    # It may be routed by rules for WebSockets, or by what the server is called.
    assert memo_key(preflight(Upgrade="websocket")) is None
    assert memo_key(preflight(Host="")) is None
    ordinary = preflight()
    del ordinary["HTTP_ACCESS_CONTROL_REQUEST_METHOD"]
    assert memo_key(ordinary) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PATH_INFO", "/other"),
        ("HTTP_HOST", "other.example"),
        ("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "PATCH"),
        ("wsgi.url_scheme", "http"),
    ],
)
def test_everything_that_routing_looks_at_is_part_of_the_key(name: str, value: str) -> None:
    assert memo_key(preflight() | {name: value}) != memo_key(preflight())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_ORIGIN", "https://other.example"),
        ("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "x-a"),
        ("HTTP_SEC_FETCH_SITE", "same-origin"),
        ("QUERY_STRING", "a=b"),
    ],
)
def test_what_routing_does_not_look_at_takes_no_room(name: str, value: str) -> None:
    assert memo_key(preflight() | {name: value}) == memo_key(preflight())


def key_of(number: int) -> MemoKey:
    return str(number), "PUT", "api.example", "https"


def test_the_memo_is_bounded_and_forgets_the_oldest_first() -> None:
    memo: Memo[MemoKey, int] = Memo()
    for number in range(3000):
        memo.put(key_of(number), number)
    assert memo.get(key_of(2999)) == 2999
    assert memo.get(key_of(0)) is None
    assert sum(memo.get(key_of(number)) is not None for number in range(3000)) == 1024


def test_threads_may_fill_the_memo_at_once() -> None:
    memo: Memo[MemoKey, int] = Memo()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: memo.put(key_of(number), number), range(5000)))
    assert sum(memo.get(key_of(number)) is not None for number in range(5000)) <= 1024 + 8


@pytest.mark.parametrize("fast_path", [False, True])
def test_only_allowed_preflights_are_remembered(
    fast_path: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered: list[object] = []

    def put(memo: object, key: object, answer: object) -> None:
        if isinstance(answer, Target):
            remembered.append(key)

    monkeypatch.setattr(Memo, "put", put)
    app = app_with_item()
    CORSGuard(app, origins=APP, fast_path=fast_path)
    call(app, preflight(Origin="https://stranger.example"))
    call(app, preflight(Access_Control_Request_Method="PATCH"))
    call(app, preflight("/nowhere"))
    assert remembered == []
    call(app, preflight())
    assert len(remembered) == 1


@pytest.mark.parametrize("fast_path", [False, True])
def test_what_is_remembered_is_answered_to_strangers_with_a_no(fast_path: bool) -> None:
    app = app_with_item()
    CORSGuard(app, origins=APP, fast_path=fast_path)
    assert call(app, preflight())[0] == 204
    status, headers, _ = call(app, preflight(Origin="https://stranger.example"))
    assert status == 403
    assert "Access-Control-Allow-Origin" not in dict(headers)


def app_with_item() -> Flask:
    app = Flask("memo")
    app.add_url_rule("/item", "item", lambda: "", methods=["GET", "PUT"])
    return app


@pytest.mark.parametrize("fast_path", [False, True])
def test_a_remembered_preflight_is_answered_and_reported_like_the_first(fast_path: bool) -> None:
    app = app_with_item()
    CORSGuard(app, origins=APP, fast_path=fast_path)
    heard: list[object] = []

    def listen(sender: object, decision: object) -> None:
        heard.append((sender, decision))

    with cors_decided.connected_to(listen):
        answers = [call(app, preflight()) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert heard == [heard[0]] * 3


@pytest.mark.parametrize("fast_path", [False, True])
def test_an_application_that_routes_by_something_else_is_not_remembered(fast_path: bool) -> None:
    class Tenants(Flask):
        def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
            adapter = super().create_url_adapter(request)
            if request is not None and adapter is not None and "X-Tenant" in request.headers:
                return self.url_map.bind("api.example", path_info="/nothing")
            return adapter

    app = Tenants("tenants")
    app.add_url_rule("/item", "item", lambda: "", methods=["GET", "PUT"])
    guard = CORSGuard(app, resources={"/item": {"origins": APP}}, fast_path=fast_path)
    assert guard.validate(app) == ()
    assert call(app, preflight())[0] == 204
    assert call(app, preflight())[0] == 204


def test_behind_a_proxy_fix_further_in_hosts_are_told_apart() -> None:
    app = Flask("hosts", host_matching=True, static_folder=None)
    app.add_url_rule("/item", "a", lambda: "", host="a.example", methods=["PUT"])
    app.add_url_rule("/item", "b", lambda: "", host="b.example", methods=["PATCH"])
    app.wsgi_app = ProxyFix(app.wsgi_app, x_host=1)  # type: ignore[method-assign]
    CORSGuard(app, origins=APP)
    for host, method in (("a.example", "PUT"), ("b.example", "PATCH")):
        _, headers, _ = call(app, preflight(X_Forwarded_Host=host))
        listed = dict(headers)["Access-Control-Allow-Methods"]
        assert listed.split(", ")[0] == method

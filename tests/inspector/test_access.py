"""
Who may see the inspector, where it is, and what everybody else gets.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from flask_corsguard import CORSGuard
from flask_corsguard.inspector import CORSInspector
from flask_corsguard.inspector.recorder import recorder_of
from flask_corsguard.inspector.responses import ASSETS
from inspector.conftest import FRIEND, MakeShop
from repository import PACKAGE

JSON = ("state.json", "routes.json", "explain.json?url=/&origin=https://a.example", "sentence.json")
EVERYTHING = ("", *(name for name in ASSETS if name), *JSON, "nothing-there")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def test_in_debug_mode_the_page_is_there(client: FlaskClient) -> None:
    response = client.get("/corsguard/")
    assert response.status_code == 200
    assert response.mimetype == "text/html"
    assert "CORS inspector" in response.text


def test_without_its_last_slash_the_url_leads_to_the_page(client: FlaskClient) -> None:
    response = client.get("/corsguard")
    assert (response.status_code, response.headers["Location"]) == (308, "corsguard/")
    assert client.get("/corsguard", follow_redirects=True).request.path == "/corsguard/"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", EVERYTHING)
def test_without_debug_mode_everything_is_what_an_unknown_url_is(
    make_shop: MakeShop, name: str, method: str
) -> None:
    client = make_shop(debug=False).test_client()
    for url in (f"/corsguard/{name}", "/corsguard"):
        response, unknown = client.open(url, method=method), client.open("/nowhere", method=method)
        assert (response.status_code, response.data) == (404, unknown.data)
        assert set(response.headers.keys()) - {"Vary"} == set(unknown.headers.keys())


@pytest.mark.parametrize(
    ("said", "status"), [(True, 200), (False, 404), (1, 404), ("yes", 404), (None, 404)]
)
@pytest.mark.parametrize("debug", [False, True])
def test_only_true_lets_somebody_see_it(
    make_shop: MakeShop, said: object, status: int, *, debug: bool
) -> None:
    client = make_shop(debug=debug, allow=lambda: said).test_client()
    assert client.get("/corsguard/").status_code == status
    assert client.get("/corsguard/state.json").status_code == status


def test_the_callable_can_look_at_the_request(make_shop: MakeShop) -> None:
    client = make_shop(debug=False, allow=lambda: request.args.get("key") == "s3").test_client()
    assert client.get("/corsguard/?key=s3").status_code == 200
    assert client.get("/corsguard/").status_code == 404


def test_a_callable_that_fails_lets_nobody_see_it_and_is_logged_once(
    make_shop: MakeShop, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_shop(debug=True, allow=lambda: 1 / 0).test_client()
    with caplog.at_level(logging.ERROR, "flask_corsguard"):
        assert [client.get("/corsguard/").status_code for _ in range(3)] == [404] * 3
    assert [r.getMessage() for r in caplog.records] == [
        "What CORSInspector was given as `allow` failed"
    ]


def test_debug_mode_that_is_switched_on_later_counts(make_shop: MakeShop) -> None:
    app = make_shop(debug=False)
    assert recorder_of(app).since is None, "nobody looks, so nothing is to be slowed down"
    app.debug = True
    client = app.test_client()
    client.get("/corsguard/")
    client.get("/api/orders", headers={"Origin": FRIEND})
    assert client.get("/corsguard/state.json").json["totals"]["decided"] == 1


@pytest.mark.parametrize("method", [m for m in METHODS if m not in {"GET", "HEAD"}])
def test_nothing_can_be_written(client: FlaskClient, method: str) -> None:
    for name in EVERYTHING:
        response = client.open(f"/corsguard/{name}", method=method)
        assert response.status_code == 405
        assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "name",
    ["nothing-there", "../extension.py", "extension.py", "index.html", "assets/dom.js", "x/"],
)
def test_nothing_else_is_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/corsguard/{name}").status_code == 404


@pytest.mark.parametrize("name", EVERYTHING[:-1])
def test_every_response_is_closed_in(client: FlaskClient, name: str) -> None:
    response = client.get(f"/corsguard/{name}", headers={"Origin": FRIEND})
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert not re.search("unsafe|nonce|data:|blob:|\\*|http", policy)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert not [name for name, _ in response.headers if name.startswith("Access-Control-")]


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
@pytest.mark.parametrize("name", JSON)
def test_no_other_site_can_have_anything_worked_out(
    client: FlaskClient, name: str, site: str
) -> None:
    headers = {"Sec-Fetch-Site": site}
    assert client.get(f"/corsguard/{name}", headers=headers).status_code == 404
    assert client.get("/corsguard/", headers=headers).status_code == 200, "a link leads here"


def test_a_preflight_for_the_page_is_rejected(client: FlaskClient) -> None:
    asked = {"Origin": FRIEND, "Access-Control-Request-Method": "GET"}
    response = client.options("/corsguard/state.json", headers=asked)
    assert response.status_code == 403
    assert "Access-Control-Allow-Origin" not in response.headers


def test_the_page_and_its_files_name_nothing_outside() -> None:
    folder = PACKAGE / "inspector" / "assets"
    files = {path.name for path in folder.iterdir()}
    assert files == {file for file, _ in ASSETS.values()}
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//|@import|url\(|from \"(?!\./)", text)
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", text)
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\bon\w+=|\bstyle=|javascript:", page)
    named = set(re.findall(r'(?:src|href)="([^"#]+)"', page))
    assert named <= set(ASSETS)


def test_it_can_be_somewhere_else(make_shop: MakeShop) -> None:
    client = make_shop(prefix="/internal/cors/").test_client()
    assert client.get("/internal/cors/").status_code == 200
    assert client.get("/corsguard/").status_code == 404


def test_it_works_below_a_mount_point(shop: Flask) -> None:
    mounted = DispatcherMiddleware(Response("outside"), {"/shop": shop})
    client = Client(mounted)
    response = client.get("/shop/corsguard", follow_redirects=True)
    assert response.status_code == 200
    assert client.get("/shop/corsguard/state.json").status_code == 200


def test_it_works_where_routes_have_hosts(make_shop: MakeShop) -> None:
    app = Flask("hosts", static_folder=None, host_matching=True)
    app.debug = True
    CORSInspector(app, CORSGuard(app, origins=FRIEND))
    try:
        assert app.test_client().get("/corsguard/state.json").status_code == 200
    finally:
        recorder_of(app).stop()


@pytest.mark.parametrize("rule", ["/corsguard", "/corsguard/", "/corsguard/own", "/corsguard/<x>"])
def test_a_route_that_would_be_hidden_is_an_error(make_shop: MakeShop, rule: str) -> None:
    with pytest.raises(RuntimeError, match=r"'/corsguard/' would hide .*prefix="):
        make_shop(before=lambda app: app.add_url_rule(rule, "own", lambda: "own"))


def test_a_route_that_comes_later_is_an_error_at_the_first_request(shop: Flask) -> None:
    shop.add_url_rule("/corsguard/own", "own", lambda: "own")
    with pytest.raises(RuntimeError, match="would hide '/corsguard/own' \\(own\\)"):
        shop.test_client().get("/corsguard/")


@pytest.mark.parametrize("rule", ["/corsguardian", "/cors", "/<path:anything>"])
def test_other_routes_are_none_of_its_business(make_shop: MakeShop, rule: str) -> None:
    app = make_shop(before=lambda app: app.add_url_rule(rule, "own", lambda **_: "own"))
    client = app.test_client()
    assert client.get("/corsguard/").status_code == 200
    assert client.get(rule.replace("<path:anything>", "x")).text == "own"


def test_an_application_without_a_guard_is_an_error() -> None:
    app = Flask("bare")
    with pytest.raises(RuntimeError, match=r"write CORSGuard\(app\) above CORSInspector"):
        CORSInspector(app)
    with pytest.raises(RuntimeError, match=r"write guard\.init_app\(app\) above CORSInspector"):
        CORSInspector(guard=CORSGuard()).init_app(app)


def test_a_second_inspector_is_an_error(shop: Flask) -> None:
    with pytest.raises(RuntimeError, match="has a CORSInspector already"):
        CORSInspector(shop, prefix="/other/")


async def _allow() -> bool:
    return True


class _Allow:
    async def __call__(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"prefix": "corsguard"}, ValueError, "write prefix='/corsguard/'"),
        ({"prefix": "/corsguard"}, ValueError, "between slashes"),
        ({"prefix": "/"}, ValueError, "between slashes"),
        ({"prefix": "//"}, ValueError, "between slashes"),
        ({"prefix": "/../"}, ValueError, "between slashes"),
        ({"prefix": "/<x>/"}, ValueError, "between slashes"),
        ({"prefix": None}, TypeError, "is no text"),
        ({"allow": True}, TypeError, "cannot be called"),
        ({"allow": _allow}, TypeError, "coroutine function"),
        ({"allow": _Allow()}, TypeError, "coroutine function"),
        ({"decisions": 0}, ValueError, "between 1 and 10000"),
        ({"decisions": 10_001}, ValueError, "between 1 and 10000"),
        ({"decisions": "200"}, TypeError, "is no number"),
        ({"decisions": True}, TypeError, "is no number"),
        ({"guard": "https://app.example.com"}, TypeError, r"CORSInspector\(app, guard\)"),
    ],
)
def test_a_wrong_argument_is_an_error(
    options: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        CORSInspector(**options)


def test_something_that_is_no_application_is_an_error() -> None:
    with pytest.raises(TypeError, match="shows Flask applications"):
        CORSInspector().init_app("app")  # type: ignore[arg-type]


def test_toolbars_find_no_page_to_put_something_into(client: FlaskClient) -> None:
    response = client.get("/corsguard/")
    assert not response.is_sequence
    assert response.content_length == len(Path(_page()).read_bytes())


def _page() -> Path:
    return PACKAGE / "inspector" / "assets" / "index.html"

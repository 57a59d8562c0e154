"""
Nginx in front, configured well and less well.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import pytest

from support.doors import Request
from support.expectation import check_expectation

from .agreed import ALLOWED, STRANGER
from .cases import of_kind, send
from .client import Client
from .message import Reply
from .proxy import BODY_LIMIT, Proxy

SHARED = {"Allow-Origin": ALLOWED, "Allow-Credentials": "true"}
ASKING = [("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "x-a")]
WITHOUT_FIX, WITH_FIX = "/api", "/fixed"
KEEPING_THE_HOST = [
    pytest.param("keeps host", WITHOUT_FIX, id="Host"),
    pytest.param("keeps host", WITH_FIX, id="Host, ProxyFix"),
    pytest.param("names port", WITHOUT_FIX, id="Host with port"),
    pytest.param("names port", WITH_FIX, id="Host with port, ProxyFix"),
    pytest.param("forwards host", WITH_FIX, id="X-Forwarded-Host, ProxyFix"),
]
LOSING_THE_HOST = [
    pytest.param("plain", WITHOUT_FIX, id="nothing"),
    pytest.param("plain", WITH_FIX, id="nothing, ProxyFix"),
    pytest.param("forwards host", WITHOUT_FIX, id="X-Forwarded-Host without ProxyFix"),
]
EVERY_WAY = [*KEEPING_THE_HOST, *LOSING_THE_HOST]


def ask(
    proxy: Proxy, way: str, method: str, path: str, *headers: tuple[str, str], body: bytes = b""
) -> Reply:
    """
    Ask for a path of the public host.
    """
    with Client(proxy.ports[way]) as client:
        return client.ask(method, path, headers, body=body, host=public_host(proxy, way))


def public_host(proxy: Proxy, way: str) -> str:
    return f"shop.test:{proxy.ports[way]}"


def from_nginx(reply: Reply) -> bool:
    return b"<center>nginx" in reply.body


@pytest.mark.parametrize("case", of_kind("single"))
def test_every_single_case_is_answered_behind_nginx(proxy: Proxy, case: dict[str, Any]) -> None:
    request = Request.of(case["request"])
    with Client(proxy.ports["keeps host"]) as client:
        answer = send(client, case, request)
    if answer is None:
        assert case["expect"].get("config_may_reject")
        return
    check_expectation(answer, case["expect"], request, "flask")


@pytest.mark.parametrize(("way", "app"), EVERY_WAY)
def test_what_the_application_answers_carries_the_headers(proxy: Proxy, way: str, app: str) -> None:
    for method, path, status in [
        ("GET", "/take", 200),
        ("HEAD", "/take", 200),
        ("PUT", "/take", 200),
        ("GET", "/missing", 404),
        ("DELETE", "/take", 405),
        ("GET", "/boom", 500),
        ("GET", "/slash", 308),
    ]:
        reply = ask(proxy, way, method, app + path, ("Origin", ALLOWED))
        assert (reply.status, reply.cors) == (status, SHARED)
        assert "Origin" in reply.vary


@pytest.mark.parametrize(("way", "app"), EVERY_WAY)
def test_a_stranger_gets_nothing_behind_nginx(proxy: Proxy, way: str, app: str) -> None:
    for method, path, status in [
        ("GET", "/take", 200),
        ("GET", "/missing", 404),
        ("GET", "/boom", 500),
        ("POST", "/take", 403),
    ]:
        reply = ask(proxy, way, method, app + path, ("Origin", STRANGER))
        assert (reply.status, reply.cors) == (status, {})
        assert "Origin" in reply.vary


@pytest.mark.parametrize(("way", "app"), EVERY_WAY)
def test_preflights_are_answered_behind_nginx(proxy: Proxy, way: str, app: str) -> None:
    allowed = ask(proxy, way, "OPTIONS", f"{app}/take", ("Origin", ALLOWED), *ASKING)
    assert allowed.status == 204
    assert allowed.cors == {
        **SHARED,
        "Allow-Headers": "X-A",
        "Allow-Methods": "GET, HEAD, POST, PUT, OPTIONS",
        "Max-Age": "600",
    }
    rejected = ask(proxy, way, "OPTIONS", f"{app}/take", ("Origin", STRANGER), *ASKING)
    assert (rejected.status, rejected.cors, rejected.body) == (403, {}, b"")


@pytest.mark.parametrize(("way", "app"), KEEPING_THE_HOST)
def test_redirects_stay_on_the_public_host(proxy: Proxy, way: str, app: str) -> None:
    reply = ask(proxy, way, "GET", f"{app}/slash", ("Origin", ALLOWED))
    public = f"http://{public_host(proxy, way)}"
    assert urljoin(f"{public}{app}/slash", reply.get("Location")) == f"{public}{app}/slash/"
    assert (reply.status, reply.cors) == (308, SHARED)


# Enforcement where the browser sends no Sec-Fetch-Site: `Origin` is compared with the host


@pytest.mark.parametrize(("way", "app"), KEEPING_THE_HOST)
def test_the_sites_own_page_may_post_where_the_host_is_known(
    proxy: Proxy, way: str, app: str
) -> None:
    own = f"http://{public_host(proxy, way)}"
    assert ask(proxy, way, "POST", f"{app}/take", ("Origin", own)).status == 200


@pytest.mark.parametrize(("way", "app"), LOSING_THE_HOST)
def test_the_sites_own_page_is_refused_where_nginx_hides_the_host(
    proxy: Proxy, way: str, app: str
) -> None:
    """
    It fails closed; what helps is `proxy_set_header Host $http_host`.
    """
    own = ("Origin", f"http://{public_host(proxy, way)}")
    assert ask(proxy, way, "POST", f"{app}/take", own).status == 403
    fresh = ("Sec-Fetch-Site", "same-origin")
    assert ask(proxy, way, "POST", f"{app}/take", own, fresh).status == 200


@pytest.mark.parametrize("app", [WITHOUT_FIX, WITH_FIX])
def test_the_sites_own_page_may_post_where_nginx_ends_tls(proxy: Proxy, app: str) -> None:
    """
    The host arrives with the port that the origin never writes out.
    """
    path = f"{app}/take"
    assert ask(proxy, "ends TLS", "POST", path, ("Origin", "https://shop.test")).status == 200
    assert ask(proxy, "ends TLS", "POST", path, ("Origin", "http://shop.test")).status == 403


@pytest.mark.parametrize(("way", "app"), EVERY_WAY)
def test_a_stranger_is_refused_whatever_host_it_claims(proxy: Proxy, way: str, app: str) -> None:
    """
    Without ProxyFix nobody reads the header; with it, nginx has to set it, as the browser would ask
    for permission first.
    """
    claims = [("X-Forwarded-Host", "evil.example")] if app == WITHOUT_FIX else []
    reply = ask(proxy, way, "POST", f"{app}/take", ("Origin", STRANGER), *claims)
    assert reply.status == 403


# Where nginx answers


def test_a_body_too_long_for_the_application_is_answered_with_headers(proxy: Proxy) -> None:
    body = b"x" * (BODY_LIMIT - 1)
    reply = ask(proxy, "keeps host", "POST", "/api/take", ("Origin", ALLOWED), body=body)
    assert (reply.status, reply.cors) == (413, SHARED)


def test_a_body_too_long_for_nginx_is_answered_by_nginx_without_headers(proxy: Proxy) -> None:
    """
    A page sees a CORS error in place of the 413; `client_max_body_size 0` leaves it to Flask.
    """
    body = b"x" * (BODY_LIMIT + 1)
    reply = ask(proxy, "keeps host", "POST", "/api/take", ("Origin", ALLOWED), body=body)
    assert (reply.status, reply.cors, from_nginx(reply)) == (413, {}, True)


def test_a_path_of_nginx_is_answered_by_nginx_without_headers(proxy: Proxy) -> None:
    reply = ask(proxy, "keeps host", "GET", "/nginx/missing", ("Origin", ALLOWED))
    assert (reply.status, reply.cors, from_nginx(reply)) == (404, {}, True)


def test_an_application_that_is_down_is_answered_for_by_nginx_without_headers(
    proxy: Proxy,
) -> None:
    reply = ask(proxy, "nobody behind", "GET", "/api/take", ("Origin", ALLOWED))
    assert (reply.status, reply.cors, from_nginx(reply)) == (502, {}, True)


def test_a_header_too_long_for_nginx_is_answered_by_nginx_without_headers(proxy: Proxy) -> None:
    origin = ("Origin", ALLOWED + "/" * 9000)
    reply = ask(proxy, "keeps host", "GET", "/api/take", origin)
    assert (reply.status, reply.cors, from_nginx(reply)) == (400, {}, True)


def test_headers_that_nginx_adds_stand_beside_the_guards(proxy: Proxy) -> None:
    """
    No browser accepts two: CORS headers belong into one place.
    """
    reply = ask(proxy, "adds headers", "GET", "/api/take", ("Origin", ALLOWED))
    assert sorted(reply.values("Access-Control-Allow-Origin")) == ["*", ALLOWED]


def test_headers_that_nginx_adds_open_what_the_guard_keeps_closed(proxy: Proxy) -> None:
    reply = ask(proxy, "adds headers", "GET", "/api/take", ("Origin", STRANGER))
    assert reply.values("Access-Control-Allow-Origin") == ["*"]


def test_two_origin_lines_are_not_granted_behind_nginx(proxy: Proxy) -> None:
    for second in (ALLOWED, STRANGER, ""):
        lines = [("Origin", ALLOWED), ("Origin", second)]
        assert ask(proxy, "keeps host", "GET", "/api/take", *lines).cors == {}
        assert ask(proxy, "keeps host", "GET", "/api/take", *reversed(lines)).cors == {}

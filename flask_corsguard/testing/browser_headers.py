"""
The headers that script cannot set: what the browser itself says about a request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .call import Call, Mode, Tainting
from .headers import Headers
from .message import Request
from .urls import is_same_site

__all__ = ["actual_request", "preflight_request", "site_relation"]

_NO_ORIGIN_METHODS = frozenset({"GET", "HEAD"})


def actual_request(call: Call, *, user_agent: str, cookies: str) -> Request:
    """
    Give the request that script asked for, as it is sent.
    """
    lines = [*_general(call, user_agent), *call.headers.without("Accept", "User-Agent").lines]
    if cookies:
        lines.append(("Cookie", cookies))
    if call.body is not None or call.method in {"POST", "PUT"}:
        lines.append(("Content-Length", str(len(call.body or b""))))
    url = call.url.sent
    return Request(method=call.method, url=url, headers=Headers(lines), body=call.body or b"")


def preflight_request(call: Call, *, user_agent: str, origin: str, is_new: bool) -> Request:
    """
    Give the question whether a request may be sent: no cookies, no header of script's.

    See https://fetch.spec.whatwg.org/#cors-preflight-fetch-0, steps 1 to 6.

    Args:
        call: What is asked about.
        user_agent: The value of `User-Agent`.
        origin: The value of `Origin`.
        is_new: Whether `Sec-Fetch-Site` leaves earlier redirects out.
    """
    told = replace(call, urls=call.urls[-1:]) if is_new else call
    lines = [
        ("Accept", "*/*"),
        ("User-Agent", user_agent),
        ("Origin", origin),
        ("Access-Control-Request-Method", call.method),
        *_fetch_metadata(told),
    ]
    if call.unsafe_names:
        lines.append(("Access-Control-Request-Headers", ",".join(call.unsafe_names)))
    return Request(method="OPTIONS", url=call.url.sent, headers=Headers(lines))


def site_relation(call: Call) -> str:
    """
    Give the value of `Sec-Fetch-Site`.

    See https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header.
    """
    if any(not is_same_site(call.origin, url.origin) for url in call.urls):
        return "cross-site"
    same = all(url.origin == call.origin for url in call.urls)
    return "same-origin" if same else "same-site"


def _general(call: Call, user_agent: str) -> Iterator[tuple[str, str]]:
    yield "Accept", call.headers.get("Accept", "*/*")
    yield "User-Agent", call.headers.get("User-Agent", user_agent)
    if origin := _origin(call):
        yield "Origin", origin
    yield from _fetch_metadata(call)


def _origin(call: Call) -> str:
    """
    Give the value of `Origin`; empty for none.

    See https://fetch.spec.whatwg.org/#append-a-request-origin-header, with the default referrer
    policy, `strict-origin-when-cross-origin`.
    """
    if call.tainting is Tainting.CORS:
        return call.sent_origin
    if call.method in _NO_ORIGIN_METHODS:
        return ""
    downgraded = call.origin.startswith("https:") and call.url.scheme == "http"
    return "null" if downgraded and call.mode is not Mode.CORS else call.sent_origin


def _fetch_metadata(call: Call) -> Iterator[tuple[str, str]]:
    # https://w3c.github.io/webappsec-fetch-metadata/#fetch-integration: not over plain http.
    if call.url.is_trustworthy:
        yield "Sec-Fetch-Site", site_relation(call)
        yield "Sec-Fetch-Mode", call.mode.value
        yield "Sec-Fetch-Dest", "empty"

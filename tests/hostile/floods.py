"""
The requests that are meant to cost much, and the friendly ones to hold them against.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response

from flask_corsguard import CORSGuard, CORSMiddleware, Policy, RequestHead
from flask_corsguard.protocol.compiled import CompiledPolicy
from flask_corsguard.protocol.decide import decide
from support.doors import Request, call, environ_of

from .work import Metered

__all__ = ["APP", "DOORS", "FLOODS", "FRIENDS", "MIB", "PLAIN", "POLICY", "Prepare", "trivial"]

Prepare = Callable[[Request], Callable[[], object]]
"""Make a call that sends a request again and again; what it sends is `Metered`."""

APP = "https://app.example"
MIB = 1 << 20
PLAIN: list[bool] = []
"""Holds something while nothing is to be metered, because it is timed."""

POLICY: dict[str, Any] = {
    "origins": [APP, "https://*.partner.example", "http://localhost:*"],
    "credentials": True,
    "methods": "*",
    "allow_headers": "*",
    "enforce": True,
}

_ASKED = ("Access-Control-Request-Method", "PUT")
_NAMES = ("Access-Control-Request-Headers", "authorization,content-type,x-request-id")


def _request(method: str, *headers: tuple[str, str], path: str = "/item") -> Request:
    return Request(method=method, path=path, headers=(("Host", "api.example"), *headers))


FRIENDS = {
    "preflight": _request("OPTIONS", ("Origin", APP), _ASKED, _NAMES),
    "actual": _request("POST", ("Origin", APP), ("Sec-Fetch-Site", "cross-site")),
}


def _preflight(name: str, value: str) -> Request:
    headers = {"Origin": APP, _ASKED[0]: "PUT", _NAMES[0]: "x-a", name: value}
    return Request(method="OPTIONS", path="/item", headers=tuple(headers.items()))


def _actual(name: str, value: str, method: str = "POST") -> Request:
    headers = {"Host": "api.example", "Origin": "https://evil.example", name: value}
    return Request(method=method, path="/item", headers=tuple(headers.items()))


_distinct = ",".join(f"x-{number}" for number in range(MIB // 8))[:MIB]
FLOODS = {
    "request headers: commas": _preflight("Access-Control-Request-Headers", "," * MIB),
    "request headers: distinct": _preflight("Access-Control-Request-Headers", _distinct),
    "request headers: spaces": _preflight("Access-Control-Request-Headers", " " * MIB),
    "request headers: one name": _preflight("Access-Control-Request-Headers", "x" * MIB),
    "request method": _preflight("Access-Control-Request-Method", "M" * MIB),
    "preflight origin": _preflight("Origin", f"https://{'a.' * (MIB // 2)}app.example"),
    "origin: labels": _actual("Origin", f"https://{'a.' * (MIB // 2)}app.example"),
    "origin: one label": _actual("Origin", "https://" + "a" * MIB),
    "origin: no scheme": _actual("Origin", "a" * MIB),
    "origin: slashes": _actual("Origin", "://" * (MIB // 3)),
    "origin: digits": _actual("Origin", "https://app.example:" + "9" * MIB),
    "origin: brackets": _actual("Origin", "https://" + "[" * MIB),
    "host": _actual("Host", "api.example" + "x" * MIB),
    "host and origin": Request(
        method="POST",
        path="/item",
        headers=(("Host", "h" * MIB), ("Origin", "https://" + "h" * MIB)),
    ),
    "sec-fetch-site": _actual("Sec-Fetch-Site", "s" * MIB),
    "upgrade": _actual("Upgrade", "websocke" * (MIB // 8), "GET"),
}
"""One request each. A server has its own limits; the guard does not count on them."""


def trivial(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """
    Answer as cheaply as can be, so that what is seen is the guard.
    """
    del environ
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]


def _decide_door() -> Prepare:
    compiled = CompiledPolicy(Policy(**POLICY), "flood")

    def prepare(request: Request) -> Callable[[], object]:
        head = RequestHead(
            method=request.method,
            path=request.path,
            host=_text(request, "Host") or "",
            origin=_text(request, "Origin"),
            request_method=_text(request, "Access-Control-Request-Method"),
            request_headers=_text(request, "Access-Control-Request-Headers"),
            sec_fetch_site=_text(request, "Sec-Fetch-Site"),
        )
        return lambda: decide(compiled, head, enforce=True)

    return prepare


def _text(request: Request, name: str) -> str | None:
    value = request.get(name)
    return None if value is None else _metered(value)


def _metered(text: str) -> str:
    return text if PLAIN else Metered(text)


def _wsgi_door(app: Any) -> Prepare:
    def prepare(request: Request) -> Callable[[], object]:
        environ = environ_of(request)
        metered = {k: _metered(v) for k, v in environ.items() if k.startswith("HTTP_")}
        return lambda: call(app, {**environ, **metered})

    return prepare


def _flask_app() -> Flask:
    app = Flask("flood")
    CORSGuard(app, **POLICY)
    app.add_url_rule("/item", "item", lambda: Response("ok"), methods=["GET", "POST", "PUT"])
    return app


DOORS: dict[str, Callable[[], Prepare]] = {
    "decide": _decide_door,
    "middleware": lambda: _wsgi_door(CORSMiddleware(trivial, **POLICY)),
    "flask": lambda: _wsgi_door(_flask_app()),
}

"""
No framework: a closure with a dict around a WSGI application of three lines, the limit.

It knows one policy and no routes, so nothing that has to know more can be faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask_corsguard import CORSMiddleware

from ..rows import Built, Row
from ..scenarios import ALLOW_HEADERS, BODY, EXPOSE_HEADERS, MAX_AGE, METHODS, Setup, Shape
from .guard_apps import our_options

__all__ = ["ROWS"]

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Pairs = tuple[tuple[str, str], ...]

_VARY = (("Vary", "Origin"),)
_PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"


def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """
    Answer as little as an application can.
    """
    if environ["REQUEST_METHOD"] == "OPTIONS":
        start_response("204 No Content", [("Allow", ", ".join(METHODS))])
        return ()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))])
    return (BODY,)


def bare(_: Setup) -> Built:
    """
    Build the application alone.
    """
    return Built(app=application)


def limit(setup: Setup) -> Built:
    """
    Build what the others are held against: one look-up, and nothing else.
    """
    table = {origin: _headers(origin) for origin in setup.origins}
    preflights = {origin: _preflight_headers(origin) for origin in setup.origins}

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        origin = environ.get("HTTP_ORIGIN", "")
        if origin and environ["REQUEST_METHOD"] == "OPTIONS":
            start_response("204 No Content", list(preflights.get(origin, _VARY)))
            return ()
        ours = table.get(origin, _VARY)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:  # noqa: ANN401
            headers.extend(ours)
            return start_response(status, headers, exc_info)

        return application(environ, start)

    return Built(app=app)


def middleware(setup: Setup) -> Built:
    """
    Build our middleware around the same application.
    """
    return Built(app=CORSMiddleware(application, methods=list(METHODS), **our_options(setup)))


def _headers(origin: str) -> Pairs:
    return (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Expose-Headers", ", ".join(EXPOSE_HEADERS)),
        *_VARY,
    )


def _preflight_headers(origin: str) -> Pairs:
    return (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", ", ".join(METHODS)),
        ("Access-Control-Allow-Headers", ", ".join(ALLOW_HEADERS)),
        ("Access-Control-Max-Age", str(MAX_AGE)),
        ("Vary", _PREFLIGHT_VARY),
    )


_EXACT = frozenset({Shape.ORIGINS})

ROWS = (
    Row(
        name="raw-bare",
        title="bare WSGI",
        build=bare,
        base="raw-bare",
        bare=True,
        shapes=_EXACT,
    ),
    Row(
        name="middleware-wsgi",
        title="CORSMiddleware around WSGI",
        build=middleware,
        base="raw-bare",
        shapes=_EXACT,
    ),
    Row(
        name="raw",
        title="a closure with a dict (limit)",
        build=limit,
        base="raw-bare",
        shapes=_EXACT,
    ),
)

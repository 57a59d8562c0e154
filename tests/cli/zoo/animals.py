"""
The animals: what real servers get wrong, each in a few lines, and the flaws that each shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, abort, redirect, request
from flask.typing import ResponseReturnValue
from flask_cors import CORS

from flask_corsguard import CORSGuard

__all__ = ["GOOD", "ORIGIN", "ZOO", "Animal", "guarded"]

ORIGIN = "https://app.example.com"
"""The front end that all of them are there for."""

_METHODS = ["GET", "PUT"]

_UNSAID = frozenset({"vary-missing"})
"""Flask-CORS leaves Vary out where it does not allow: to no origin, and to others."""


@dataclass(frozen=True, slots=True)
class Animal:
    """
    Hold a server and its flaws.

    Attributes:
        make: Makes the application.
        flaws: The flaws that a probe has to find; no other.
    """

    make: Callable[[], WSGIApplication]
    flaws: frozenset[str]


def _app() -> Flask:
    app = Flask("zoo")
    app.add_url_rule("/orders", "orders", list, methods=_METHODS)
    return app


def _allow(origin: str | None, *, credentials: bool = True) -> dict[str, str]:
    headers = {"Access-Control-Allow-Origin": origin or "", "Vary": "Origin"}
    if credentials:
        headers["Access-Control-Allow-Credentials"] = "true"
    return {name: value for name, value in headers.items() if value}


def _after(decide: Callable[[str], dict[str, str]]) -> Flask:
    """
    Make an application whose own hook sets the headers, as in many a blog.
    """
    app = _app()

    def add(response: Response) -> Response:
        response.headers.update({"Vary": "Origin"})
        response.headers.update(decide(request.headers.get("Origin", "")))
        return response

    app.after_request(add)
    return app


def open_regex() -> WSGIApplication:
    """
    Flask-CORS with an expression whose end and whose dots are open.
    """
    app = _app()
    CORS(app, origins=[r"https://.*\.?example\.com"], supports_credentials=True)
    return app


def unescaped_dot() -> WSGIApplication:
    """
    Flask-CORS with an expression that ends, and with dots that take every letter.
    """
    app = _app()
    CORS(app, origins=[r"https://app.example.com$"], vary_header=True)
    return app


def any_origin() -> WSGIApplication:
    """
    A hook that sends the origin back, whoever asks.
    """
    return _after(lambda origin: _allow(origin) if origin else {})


def null_listed() -> WSGIApplication:
    """
    Flask-CORS with null on the list, for a page that somebody opened as a file.
    """
    app = _app()
    CORS(app, origins=[ORIGIN, "null"], supports_credentials=True, vary_header=True)
    return app


def starts_with() -> WSGIApplication:
    """
    A hook that looks at the beginning only.
    """
    return _after(lambda origin: _allow(origin) if origin.startswith(ORIGIN) else {})


def any_scheme() -> WSGIApplication:
    """
    A hook that compares hosts.
    """
    return _after(lambda o: _allow(o) if re.fullmatch(r"https?://app\.example\.com", o) else {})


def star_with_credentials() -> WSGIApplication:
    """
    A hook that allows everybody everything.
    """
    return _after(lambda origin: _allow("*"))


def no_vary() -> WSGIApplication:
    """
    A view that is right about the origin, and says nothing to caches.
    """
    app = _app()

    def add(response: Response) -> Response:
        if request.headers.get("Origin") == ORIGIN:
            response.headers["Access-Control-Allow-Origin"] = ORIGIN
            response.headers["Vary"] = "Access-Control-Allow-Origin, Accept"
        return response

    app.after_request(add)
    return app


def login_first() -> WSGIApplication:
    """
    Flask-CORS behind a login check that knows nothing of preflights.
    """
    app = _app()
    CORS(app, origins=[ORIGIN], vary_header=True, always_send=True)

    def check() -> None:
        if request.method == "OPTIONS" and "Authorization" not in request.headers:
            abort(401)

    app.before_request(check)
    return app


def login_page() -> WSGIApplication:
    """
    A login that redirects preflights to its page.
    """
    app = _app()
    CORS(app, origins=[ORIGIN])

    def check() -> ResponseReturnValue | None:
        return redirect("/login?next=/orders") if request.method == "OPTIONS" else None

    app.before_request(check)
    return app


def no_options() -> WSGIApplication:
    """
    A server that answers GET as it should, and knows no OPTIONS.
    """

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        allowed = environ.get("HTTP_ORIGIN") == ORIGIN
        headers = list(_allow(ORIGIN if allowed else None, credentials=False).items())
        if environ["REQUEST_METHOD"] == "OPTIONS":
            start_response("405 Method Not Allowed", [("Content-Length", "0")])
            return []
        status = "200 OK" if environ["PATH_INFO"] == "/orders" else "404 Not Found"
        start_response(status, [*headers, ("Content-Length", "2")])
        return [b"[]"]

    return app


def errors_without() -> WSGIApplication:
    """
    Views that set the headers themselves: an error is no view.
    """
    app = Flask("zoo")

    def orders() -> ResponseReturnValue:
        allowed = request.headers.get("Origin") == ORIGIN
        return Response("[]", headers=_allow(ORIGIN if allowed else None, credentials=False))

    app.add_url_rule("/orders", "orders", orders, methods=[*_METHODS, "OPTIONS"])
    return app


def trailing_slash() -> WSGIApplication:
    """
    A header that was copied from the address bar.
    """
    return _after(lambda origin: _allow(f"{ORIGIN}/", credentials=False))


def written_true() -> WSGIApplication:
    """
    A boolean of Python's in a header.
    """
    said = {"Access-Control-Allow-Credentials": str(True)}
    return _after(lambda o: {**_allow(ORIGIN, credentials=False), **said} if o == ORIGIN else {})


def preflight_only() -> WSGIApplication:
    """
    A gateway answers the preflight, and nobody tells the application.
    """
    app = _app()

    def answer() -> ResponseReturnValue | None:
        if request.method == "OPTIONS" and request.headers.get("Origin") == ORIGIN:
            return Response(status=204, headers=_allow(ORIGIN, credentials=False))
        return None

    app.before_request(answer)
    return app


def actual_only() -> WSGIApplication:
    """
    A hook that forgets what it does not route: Flask answers OPTIONS by itself.
    """

    def decide(origin: str) -> dict[str, str]:
        allowed = origin == ORIGIN and request.method != "OPTIONS"
        return _allow(ORIGIN, credentials=False) if allowed else {}

    return _after(decide)


ZOO = {
    "open regex": Animal(open_regex, frozenset({"prefix-match", "suffix-match", *_UNSAID})),
    "unescaped dot": Animal(unescaped_dot, frozenset({"unescaped-dot", *_UNSAID})),
    "any origin": Animal(any_origin, frozenset({"any-origin", "null-origin"})),
    "null listed": Animal(null_listed, frozenset({"null-origin", *_UNSAID})),
    "starts with": Animal(starts_with, frozenset({"prefix-match"})),
    "any scheme": Animal(any_scheme, frozenset({"plain-http"})),
    "star with credentials": Animal(
        star_with_credentials, frozenset({"wildcard-with-credentials"})
    ),
    "no vary": Animal(no_vary, frozenset({"vary-missing"})),
    "login first": Animal(login_first, frozenset({"preflight-login", *_UNSAID})),
    "login page": Animal(login_page, frozenset({"preflight-redirect", *_UNSAID})),
    "no options": Animal(no_options, frozenset({"preflight-status"})),
    "errors without": Animal(errors_without, frozenset({"error-without-headers"})),
    "trailing slash": Animal(trailing_slash, frozenset({"invalid-allow-origin"})),
    "written true": Animal(written_true, frozenset({"invalid-credentials"})),
    "preflight only": Animal(preflight_only, frozenset({"response-without-headers"})),
    "actual only": Animal(actual_only, frozenset({"preflight-without-headers"})),
}
"""What is broken, and how; nginx has a house of its own: see `nginx`."""


def guarded(**options: object) -> Callable[[], WSGIApplication]:
    """
    Guard the application that all of them are.
    """

    def make() -> WSGIApplication:
        app = _app()
        CORSGuard(app, **options)  # type: ignore[arg-type]
        return app

    return make


GOOD = {
    "listed": guarded(origins=[ORIGIN], credentials=True),
    "pattern": guarded(origins=["https://*.example.com"], credentials=True),
    "everybody": guarded(origins="*"),
    "fast": guarded(origins=[ORIGIN], fast_path=True, enforce=True),
    "nobody": guarded(origins=["https://other.example.org"]),
    "no CORS": _app,
}
"""What is not."""

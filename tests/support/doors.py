"""
The doors into the guard: one request, one answer, whichever way it goes in.

Every case runs through all of them; another adapter is one more entry in `DOORS`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol
from wsgiref.types import WSGIApplication

from flask import Flask

from flask_corsguard import CORSGuard, CORSMiddleware, Policy, RequestHead
from flask_corsguard.protocol.compiled import CompiledPolicy
from flask_corsguard.protocol.decide import decide
from flask_corsguard.wire import dress

from .cases_app import make_app

__all__ = ["DOORS", "Answer", "Request", "call", "environ_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    Hold one request of a case.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, case: dict[str, Any]) -> Request:
        """
        Read a request from a case.
        """
        headers = tuple((name, value) for name, value in case["headers"])
        return cls(method=case["method"], path=case["path"], headers=headers)

    def get(self, name: str) -> str | None:
        """
        Join the field lines of a name as servers do; None if there are none.
        """
        values = [v for n, v in self.headers if n.lower() == name.lower()]
        return ",".join(values) if values else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    Hold what came back.

    `status` is None where the application would have answered and there was none.
    """

    status: int | None
    headers: tuple[tuple[str, str], ...]
    handler_called: bool

    def values(self, name: str) -> list[str]:
        """
        Give the values of all field lines with a name.
        """
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        """
        Join the field lines of a name; None if there are none.
        """
        values = self.values(name)
        return ", ".join(values) if values else None

    def tokens(self, name: str) -> list[str]:
        """
        Give the elements of a list field.
        """
        return [t.strip() for v in self.values(name) for t in v.split(",") if t.strip()]


class Door(Protocol):
    """
    Make a function from requests to answers, for one policy.
    """

    def __call__(self, policy: dict[str, Any] | None) -> Callable[[Request], Answer]:
        """
        Make it.
        """
        ...


def environ_of(request: Request) -> dict[str, Any]:
    """
    Write a WSGI environment by hand, so that nothing on the way tidies the values up.
    """
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": "",
        "SERVER_NAME": "api.example",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, _ in request.headers:
        key = name.upper().replace("-", "_")
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        environ[key] = request.get(name)
    return environ


def call(
    app: WSGIApplication, environ: dict[str, Any]
) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """
    Call a WSGI application and drain the response.
    """
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], object]:
        del exc_info
        started.append((status, headers))
        return lambda _: None

    body: Iterable[bytes] = app(environ, start_response)
    content = b"".join(body)
    getattr(body, "close", lambda: None)()
    status, headers = started[-1]
    return int(status[:3]), tuple(headers), content


def _through(app: Flask, wsgi: WSGIApplication) -> Callable[[Request], Answer]:
    def send(request: Request) -> Answer:
        app.extensions["calls"].clear()
        status, headers, _ = call(wsgi, environ_of(request))
        called = bool(app.extensions["calls"])
        return Answer(status=status, headers=headers, handler_called=called)

    return send


def flask_door(policy: dict[str, Any] | None) -> Callable[[Request], Answer]:
    """
    Go in through the extension's hooks.
    """
    app = make_app()
    options = dict(policy or {})
    twice = options.pop("applied_twice", False)
    CORSGuard(app, **options)
    options.pop("fast_path", None)
    return _through(app, CORSMiddleware(app, **options) if twice else app)


def fast_door(policy: dict[str, Any] | None) -> Callable[[Request], Answer]:
    """
    Go in through the extension's fast path.
    """
    return flask_door({**(policy or {}), "fast_path": True})


def wsgi_door(policy: dict[str, Any] | None) -> Callable[[Request], Answer]:
    """
    Go in through the middleware.
    """
    app = make_app()
    options = dict(policy or {})
    twice = options.pop("applied_twice", False)
    inner = CORSMiddleware(app, **options) if twice else app
    return _through(app, CORSMiddleware(inner, **options))


_APP_HEADERS = {
    "/vary": [("Vary", "Accept-Encoding")],
    "/vary-origin": [("Vary", "origin")],
    "/vary-star": [("Vary", "*")],
    "/own-acao": [("Access-Control-Allow-Origin", "https://other.example")],
    "/own-expose": [("Access-Control-Expose-Headers", "X-Secret")],
    "/opts": [("X-App-Options", "1")],
}


def decide_door(policy: dict[str, Any] | None) -> Callable[[Request], Answer]:
    """
    Ask `decide()` itself, and dress what the application would have said.
    """
    options = dict(policy or {})
    options.pop("applied_twice", None)
    compiled = CompiledPolicy(Policy(**options), "case") if policy is not None else None

    def send(request: Request) -> Answer:
        head = RequestHead(
            method=request.method,
            path=request.path,
            host=request.get("Host") or "",
            origin=request.get("Origin"),
            request_method=request.get("Access-Control-Request-Method"),
            request_headers=request.get("Access-Control-Request-Headers"),
            sec_fetch_site=request.get("Sec-Fetch-Site"),
        )
        enforce = compiled.policy.enforce if compiled and compiled.policy else False
        decision = decide(compiled, head, enforce=enforce)
        own = _APP_HEADERS.get(request.path, []) if decision.status is None else []
        headers, _ = dress(decision, own)
        called = decision.status is None
        return Answer(status=decision.status, headers=tuple(headers), handler_called=called)

    return send


DOORS: dict[str, Door] = {
    "decide": decide_door,
    "fast": fast_door,
    "flask": flask_door,
    "wsgi": wsgi_door,
}

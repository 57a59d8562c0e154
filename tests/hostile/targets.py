"""
What the scanners scan: a good application, and one that makes every mistake there is.

In the bad one each path makes one mistake, as real applications made it. A scanner that finds
nothing wrong there would find nothing wrong anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

from flask import Flask, Response, abort, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import WSGIRequestHandler, make_server

from flask_corsguard import CORSGuard, same_origin

__all__ = ["APP", "BAD", "GOOD", "HOST", "PARTNER", "SITE", "bad_app", "good_app", "serving"]

HOST = "api.example.com"
SITE = f"https://{HOST}"
APP = "https://app.example.com"
PARTNER = "https://*.partner.example"

Allow = Callable[[str], str | None]
"""From the request's origin to the value of Access-Control-Allow-Origin."""


def _if(condition: Callable[[str], object]) -> Allow:
    return lambda origin: origin if condition(origin) else None


def _host(origin: str) -> str:
    return origin.partition("://")[2]


BAD: dict[str, Allow] = {
    "reflect": lambda origin: origin or None,
    "null": _if(lambda origin: origin in {"null", APP}),
    "prefix": _if(lambda origin: origin.startswith((SITE, APP))),
    "suffix": _if(lambda origin: origin.endswith("example.com")),
    "include": _if(lambda origin: _host(origin) and _host(origin) in f"{HOST} app.example.com"),
    "dot": _if(lambda origin: re.fullmatch("https://(api|app).example.com", origin)),
    "parties": _if(lambda origin: origin.endswith("github.io") or origin == APP),
    "special": _if(lambda origin: re.match(r"https://(api|app)\.example\.com(?![a-z.])", origin)),
    "subdomain": _if(lambda origin: re.fullmatch(r"https://([a-z]+\.)*example\.com", origin)),
    "insecure": _if(lambda origin: re.fullmatch(r"https?://(api|app)\.example\.com", origin)),
    "port": _if(lambda origin: re.fullmatch(r"https://app\.example\.com(:\d+)?", origin)),
    "userinfo": _if(lambda origin: origin.rpartition("@")[2].removeprefix("https://") == APP[8:]),
    "dots": _if(lambda origin: origin.rstrip(".") == APP),
    "control": _if(lambda origin: re.sub(r"[^!-~]", "", origin) == APP),
    "case": _if(lambda origin: origin.lower() == APP),
    "path": _if(lambda origin: re.match(f"{APP}([/?#]|$)", origin)),
    "list": _if(lambda origin: APP in re.split(r"[,\s]+", origin)),
    "star": lambda _: "*",
    "twice": _if(lambda origin: origin == APP),
    "split": _if(lambda origin: origin == APP),
    "preflight": _if(lambda origin: origin == APP or request.method == "OPTIONS"),
    "announce": _if(lambda origin: origin == APP),
    "private": _if(lambda origin: origin == APP),
    "vary": _if(lambda origin: origin == APP),
    "errors": _if(lambda origin: origin == APP),
    "cached": _if(lambda origin: origin == APP),
    "forged": _if(lambda origin: origin == APP),
}
"""Path: which origins are let in there. What is not about origins is in `_bad_headers`."""

GOOD = ("exact", "partner", "public", "regex", "asked", "closed", "errors", "moved", "unknown")
"""The paths of the good application."""


def bad_app() -> Flask:
    """
    Make the application that makes every mistake, each on a path of its own.
    """
    app = Flask("bad")

    @app.route("/<name>", methods=["GET", "POST", "PUT", "OPTIONS"])
    def view(name: str) -> ResponseReturnValue:
        if name == "errors":
            # The headers are added to what succeeds, and to nothing else.
            abort(404) if request.headers.get("Origin") != APP else None
        return Response(name)

    app.after_request(_bad_headers)
    return app


def _bad_headers(response: Response) -> Response:
    name, origin = request.path[1:], request.headers.get("Origin", "")
    if name == "forged" and request.headers.get("Sec-Fetch-Site") == "same-origin":
        response.headers["Vary"] = "Origin"
        return response
    allowed = BAD[name](origin) if name in BAD else None
    if name not in {"vary", "star"} and (name != "errors" or allowed):
        response.headers["Vary"] = "Origin"
    if name == "cached" and allowed is None:
        del response.headers["Vary"]
    if allowed is None:
        return response
    lines = {"twice": [allowed, allowed], "split": [f"{allowed}, https://b.example"]}
    for value in lines.get(name, [allowed]):
        response.headers.add("Access-Control-Allow-Origin", value)
    response.headers["Access-Control-Allow-Credentials"] = "true"
    if request.method == "OPTIONS":
        _bad_preflight(name, response)
    return response


def _bad_preflight(name: str, response: Response) -> None:
    response.headers["Access-Control-Allow-Methods"] = "PUT"
    if name == "announce":
        asked = request.headers.get("Access-Control-Request-Headers", "")
        response.headers["Access-Control-Allow-Headers"] = re.sub(r"[\r\n]", "", asked)
    if name == "private":
        response.headers["Access-Control-Allow-Private-Network"] = "true"


def good_app() -> Flask:
    """
    Make the application that is guarded as the manual says.
    """
    app = Flask("good")
    app.add_url_rule("/moved", "moved", lambda: redirect("/exact"), methods=["GET", "PUT"])
    app.add_url_rule("/errors", "errors", lambda: 1 // 0, methods=["GET", "PUT"])
    app.add_url_rule("/closed", "closed", same_origin(lambda: Response("closed")))
    app.add_url_rule("/<name>", "view", _view, methods=["GET", "POST", "PUT"])
    app.logger.disabled = True  # one of its views fails on purpose
    credentials = {"credentials": True, "allow_headers": ["X-Token"], "max_age": 600}
    CORSGuard(
        app,
        origins=APP,
        credentials=True,
        resources={
            "/*": {**credentials, "origins": APP},
            "/partner": {**credentials, "origins": [APP, PARTNER]},
            "/public": {"origins": "*", "credentials": False},
            "/regex": {**credentials, "origins": re.compile(r"https://app\.example\.com")},
            "/asked": {**credentials, "origins": lambda origin, _: origin == APP},
        },
    )
    return app


def _view(name: str) -> Response:
    return Response(name)


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """
        Say nothing.
        """


@contextmanager
def serving(app: Flask) -> Iterator[int]:
    """
    Serve an application on loopback, and give the port.
    """
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

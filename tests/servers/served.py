"""
The WSGI application that every server serves: `servers.served:site`.

Each policy of `protocol.json` has an application of its own, mounted below `/p`. The guard's log
goes to the file that the environment names, with all that was given to the logger, as it is.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_corsguard import CORSGuard, CORSMiddleware, Decision, PolicyError, cors_decided
from support.cases_app import make_app
from support.data import options

from .agreed import CACHED, CALLED, ENFORCED, GUARD_LOG, LISTED, SPELLED_OUT, TOKEN, find_mounts

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["site"]


class Mounts:
    """
    Choose an application by the first or the first two segments of the path.

    Werkzeug's own dispatcher looks for mounts at any depth, which takes seconds on hostile paths.
    """

    def __init__(self, root: WSGIApplication, apps: dict[str, WSGIApplication]) -> None:
        self._root = root
        self._apps = apps

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        segments = path.split("/", 3)
        for mount in ("/".join(segments[:3]), "/".join(segments[:2])):
            if mount in self._apps:
                below = {"SCRIPT_NAME": mount, "PATH_INFO": path.removeprefix(mount)}
                return self._apps[mount]({**environ, **below}, start_response)
        return self._root(environ, start_response)


class TellCalls:
    """
    Tell in the response whether a view of the application of the cases has run.
    """

    def __init__(self, inner: WSGIApplication, calls: list[str]) -> None:
        self._inner = inner
        self._calls = calls

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self._calls.clear()

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[..., object]:
            told = (CALLED, "yes" if self._calls else "no")
            return start_response(status, [*headers, told], *rest)

        return self._inner(environ, start)


def wrap_cases(policy: dict[str, Any]) -> WSGIApplication:
    """
    Put the middleware around the application of the cases.
    """
    app = make_app()
    return TellCalls(CORSMiddleware(app, **policy), app.extensions["calls"])


def guard_cases(policy: dict[str, Any] | None) -> WSGIApplication | None:
    """
    Guard the application of the cases; None where the guard refuses the policy.
    """
    app = make_app()
    app.add_url_rule("/long/<path:rest>/", "long", lambda rest: "long")
    given = options(policy or {})
    twice = given.pop("applied_twice", False)
    try:
        CORSGuard(app, **given)
        outer: WSGIApplication = CORSMiddleware(app, **given) if twice else app
    except PolicyError:
        return None
    return TellCalls(outer, app.extensions["calls"])


def make_api() -> Flask:
    """
    Make the application for what a proxy stands before.
    """
    app = Flask("api")
    app.config["MAX_CONTENT_LENGTH"] = 500
    app.logger.addFilter(lambda record: not _is_expected(record))

    def boom() -> str:
        raise ZeroDivisionError

    def take() -> str:
        return f"{len(request.get_data())} bytes from {request.host}\n"

    app.add_url_rule("/take", view_func=take, methods=["GET", "PUT", "POST"])
    app.add_url_rule("/slash/", "slash", take, methods=["GET"])
    app.add_url_rule("/boom", view_func=boom)
    CORSGuard(app, **ENFORCED)
    return app


def make_fixed_api() -> Flask:
    """
    Make the same, for a proxy that is trusted to say what the client has asked for.
    """
    app = make_api()
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    return app


def make_cached(name: str) -> WSGIApplication:
    """
    Make an application whose answers a shared cache may keep.
    """
    app = Flask(f"cached {name}")
    app.after_request(_let_cache)

    def asker(number: int) -> Response:
        response = Response(f"asked from {request.headers.get('Origin')}\n")
        response.set_etag(name)
        response.make_conditional(request)
        return response

    def varied(number: int) -> Response:
        response = asker(number)
        response.headers.add("Vary", "Accept-Language")
        response.headers.add("Vary", "Accept-Encoding")
        return response

    app.add_url_rule("/page/<int:number>", view_func=asker, methods=["GET", "PUT"])
    app.add_url_rule("/varied/<int:number>", view_func=varied)
    app.add_url_rule("/slash/<int:number>/", "slash", asker)
    if name == "middleware":
        return CORSMiddleware(app, **CACHED[name])
    CORSGuard(app, **CACHED[name])
    return app


def make_careless() -> Flask:
    """
    Make what a shared cache hurts: the origin is repeated, and nothing says that it matters.
    """
    app = Flask("careless")
    app.after_request(_let_cache)

    @app.after_request
    def repeat(response: Response) -> Response:
        if "Origin" in request.headers:
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        return response

    app.add_url_rule("/page/<int:number>", "page", lambda number: "page\n")
    return app


def make_site() -> WSGIApplication:
    """
    Put everything below its path.
    """
    _log_to_file()
    mounts = {path: guard_cases(policy) for path, policy in find_mounts().items()}
    mounts |= {"/listed": guard_cases(LISTED), "/spelled": guard_cases(SPELLED_OUT)}
    mounts |= {"/enforced": guard_cases(ENFORCED)}
    mounts |= {
        "/fast": guard_cases({**LISTED, "fast_path": True}),
        "/fast-enforced": guard_cases({**ENFORCED, "fast_path": True}),
    }
    mounts |= {"/wrapped": wrap_cases(LISTED), "/wrapped-enforced": wrap_cases(ENFORCED)}
    mounts |= {"/api": make_api(), "/fixed": make_fixed_api(), "/careless": make_careless()}
    mounts |= {f"/cached/{name}": make_cached(name) for name in CACHED}
    return Mounts(_make_root(), {path: app for path, app in mounts.items() if app})


def _make_root() -> Flask:
    root = Flask("root")
    root.add_url_rule("/token", "token", lambda: os.environ.get(TOKEN, ""))
    root.add_url_rule("/mark/<name>", "mark", _mark)
    return root


def _mark(name: str) -> str:
    """
    Write a line into the log, after which what came before has been written.
    """
    logging.getLogger("flask_corsguard").info("MARK %s", name)
    return name


def _let_cache(response: Response) -> Response:
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


def _is_expected(record: logging.LogRecord) -> bool:
    """
    Tell the crash of a view that is there to crash from one that nobody has thought of.
    """
    return bool(record.exc_info and record.exc_info[0] is ZeroDivisionError)


class Plainly(logging.Formatter):
    """
    Write down what the guard gives to the logger, and escape nothing: that is the guard's to do.
    """

    def format(self, record: logging.LogRecord) -> str:
        extra = [f"{k}={v}" for k, v in vars(record).items() if k.startswith("cors_")]
        return " ".join([record.levelname, super().format(record), *extra])


def _log_to_file() -> None:
    name = os.environ.get(GUARD_LOG)
    if name is None:
        return
    handler = logging.FileHandler(name, encoding="utf-8", errors="surrogateescape")
    handler.setFormatter(Plainly())
    logger = logging.getLogger("flask_corsguard")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    cors_decided.connect(_log_decision, weak=False)


def _log_decision(sender: object, decision: Decision) -> None:
    """
    Write down what a receiver of the signal is given.
    """
    del sender
    fields = {
        name: getattr(decision, name) for name in ("policy", "method", "path", "origin", "detail")
    }
    extra = {f"cors_{name}": value for name, value in fields.items()}
    logging.getLogger("flask_corsguard").debug("decided", extra=extra)


site = make_site()

"""
The applications: one Flask application, and what stands around it.

What is compared is configured alike, each in the way of its own documentation: ten origins, two
request headers, ten minutes. The right answers stand beside each, known flaws included.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask

from .questions import ALLOWED_HEADERS, LISTED, MAX_AGE, METHODS, PAGE, STRANGER, Answer, Question
from .recipes import add_query, make_engine, wrap

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from flask_corsguard.protocol.patterns import OriginRule

__all__ = [
    "APPLICATION",
    "APPLICATIONS",
    "DATABASE",
    "Application",
    "make_items",
    "missing",
]

APPLICATION = "BENCHMARK_APPLICATION"
"""The environment variable that tells a server which application to serve."""

DATABASE = "BENCHMARK_DATABASE"
"""The environment variable that holds the database's URL."""

# `make bench-servers` installs it there.
_OLDER = Path(__file__).parents[2] / "build" / "peers" / "older-flask-cors"

Answers = Mapping[Question, Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """
    Describe what is measured.

    Attributes:
        title: What the table calls it.
        make: What makes it; the database's URL is its argument.
        answers: What it has to answer.
        needs: What it cannot be made without: `module`, or `module:name`.
        folder: Where its server looks for packages first.
    """

    title: str
    make: Callable[[str], WSGIApplication]
    answers: Answers
    needs: tuple[str, ...] = ()
    folder: Path | None = None


def missing(application: Application) -> tuple[str, ...]:
    """
    Name what is not there of what an application needs.

    Args:
        application: The application.
    """
    gone = [name for name in application.needs if not _is_there(name)]
    folder = application.folder
    return (*gone, *((folder.name,) if folder and not folder.is_dir() else ()))


def make_items() -> Flask:
    """
    Make the application that all others stand around.
    """
    app = Flask("items")

    def show(number: int) -> str:
        return f"item {number}\n"

    app.add_url_rule("/", "home", lambda: "home\n")
    app.add_url_rule("/items", "items", lambda: "items\n", methods=["GET", "POST"])
    app.add_url_rule("/items/<int:number>", "item", show, methods=["GET", "PUT"])
    return app


def _bare(_: str) -> WSGIApplication:
    return make_items()


def _limit(_: str) -> WSGIApplication:
    return wrap(make_items())


def _flask_cors_open(_: str) -> WSGIApplication:
    from flask_cors import CORS

    app = make_items()
    CORS(app)
    return app


def _flask_cors(_: str) -> WSGIApplication:
    from flask_cors import CORS

    app = make_items()
    CORS(
        app,
        origins=list(LISTED),
        methods=list(METHODS),
        allow_headers=list(ALLOWED_HEADERS),
        max_age=MAX_AGE,
    )
    return app


def _guard_open(_: str) -> WSGIApplication:
    return _guarded("*")


def _guard(_: str) -> WSGIApplication:
    return _guarded(list(LISTED))


def _guard_fast(_: str) -> WSGIApplication:
    return _guarded(list(LISTED), fast_path=True)


def _query(database: str) -> WSGIApplication:
    app = make_items()
    add_query(app, database)
    return app


def _live(database: str) -> WSGIApplication:
    from flask_corsguard.stores import SQLAlchemyOrigins

    store = SQLAlchemyOrigins(make_engine(database))
    store.create()
    written = {row.pattern for row in store.list()}
    for origin in LISTED:
        if origin not in written:
            store.add(origin)
    return _guarded([store])


def _guarded(
    origins: OriginRule | Collection[OriginRule], *, fast_path: bool = False
) -> WSGIApplication:
    from flask_corsguard import CORSGuard

    app = make_items()
    CORSGuard(
        app,
        origins=origins,
        allow_headers=list(ALLOWED_HEADERS),
        max_age=MAX_AGE,
        fast_path=fast_path,
    )
    return app


def _is_there(need: str) -> bool:
    module, _, name = need.partition(":")
    try:
        found = import_module(module)
        return not name or hasattr(found, name)
    except ImportError:
        return False


_ORIGIN = frozenset({"origin"})
_ASKED = _ORIGIN | {"access-control-request-method", "access-control-request-headers"}
_MAY = {
    "allow-methods": ", ".join(sorted(method.lower() for method in METHODS)),
    "allow-headers": "authorization, content-type",
    "max-age": str(MAX_AGE),
}
_NOTHING: Answers = {question: Answer(status=200) for question in Question}


def _allowing(origin: str) -> dict[str, str]:
    return {"allow-origin": origin}


_WITH_ORIGINS: Answers = {
    Question.GET: Answer(status=200, cors=_allowing(PAGE), vary=_ORIGIN),
    Question.GET_STRANGER: Answer(status=200, vary=_ORIGIN),
    Question.GET_PLAIN: Answer(status=200, vary=_ORIGIN),
}
_LISTED: Answers = {
    **_WITH_ORIGINS,
    Question.PREFLIGHT: Answer(status=204, cors={**_allowing(PAGE), **_MAY}, vary=_ASKED),
    Question.PREFLIGHT_STRANGER: Answer(status=403, vary=_ASKED),
}
_OPEN: Answers = {
    **{question: Answer(status=200, cors=_allowing("*")) for question in Question},
    **{
        question: Answer(status=204, cors={**_allowing("*"), **_MAY}, vary=_ASKED)
        for question in (Question.PREFLIGHT, Question.PREFLIGHT_STRANGER)
    },
}
_QUERY: Answers = {
    **_WITH_ORIGINS,
    Question.PREFLIGHT: Answer(status=200, cors={**_allowing(PAGE), **_MAY}, vary=_ORIGIN),
    Question.PREFLIGHT_STRANGER: Answer(status=200, vary=_ORIGIN),
}
# It names no `Vary` where it rejects, and a caller without `Origin` is told every origin.
_FLASK_CORS: Answers = {
    Question.GET: Answer(status=200, cors=_allowing(PAGE), vary=_ORIGIN),
    Question.GET_STRANGER: Answer(status=200),
    Question.PREFLIGHT: Answer(status=200, cors={**_allowing(PAGE), **_MAY}, vary=_ORIGIN),
    Question.PREFLIGHT_STRANGER: Answer(status=200),
}
# It repeats the origin, whoever asks, and allows what is asked for.
_OPEN_MAY = {
    "allow-methods": "delete, get, head, options, patch, post, put",
    "allow-headers": "authorization, content-type",
}
_FLASK_CORS_OPEN: Answers = {
    Question.GET: Answer(status=200, cors=_allowing(PAGE), vary=_ORIGIN),
    Question.GET_STRANGER: Answer(status=200, cors=_allowing(STRANGER), vary=_ORIGIN),
    Question.GET_PLAIN: Answer(status=200, cors=_allowing("*")),
    Question.PREFLIGHT: Answer(status=200, cors={**_allowing(PAGE), **_OPEN_MAY}, vary=_ORIGIN),
}

APPLICATIONS: Mapping[str, Application] = {
    "bare": Application(title="bare Flask", make=_bare, answers=_NOTHING),
    "again": Application(title="bare Flask, again (the noise)", make=_bare, answers=_NOTHING),
    "limit": Application(title="a bare WSGI closure (the limit)", make=_limit, answers=_LISTED),
    "flask-cors-open": Application(
        title="Flask-CORS, open",
        make=_flask_cors_open,
        answers=_FLASK_CORS_OPEN,
        needs=("flask_cors",),
    ),
    "open": Application(title="the guard, open", make=_guard_open, answers=_OPEN),
    "flask-cors": Application(
        title="Flask-CORS, 10 origins", make=_flask_cors, answers=_FLASK_CORS, needs=("flask_cors",)
    ),
    # The goals were set against this one, which is slower than those that came after it.
    "flask-cors-older": Application(
        title="Flask-CORS 6.0.2, 10 origins",
        make=_flask_cors,
        answers=_FLASK_CORS,
        needs=("flask_cors",),
        folder=_OLDER,
    ),
    "hooks": Application(title="the guard, 10 origins", make=_guard, answers=_LISTED),
    "fast": Application(title="the fast path, 10 origins", make=_guard_fast, answers=_LISTED),
    "query": Application(
        title="a hook with a query per request",
        make=_query,
        answers=_QUERY,
        needs=("sqlalchemy",),
    ),
    "live": Application(
        title="the guard, live origins, cached",
        make=_live,
        answers=_LISTED,
        needs=("sqlalchemy", "flask_corsguard.stores:SQLAlchemyOrigins"),
    ),
}
"""What is measured, by name."""

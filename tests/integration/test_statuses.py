"""
Whatever an application answers, and however it comes to that answer, the headers are right.

Every case is asked three times: from an allowed origin, from another one, and without any.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any, NoReturn

import pytest
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    after_this_request,
    redirect,
    request,
    send_file,
    stream_with_context,
)
from flask.sessions import SecureCookieSessionInterface
from flask.views import MethodView
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as WSGIResponse

from flask_corsguard import CORSGuard, cross_origin, origin_rejected, same_origin
from flask_corsguard.protocol.compiled import CompiledPolicy
from flask_corsguard.protocol.patterns import OriginIndex

from .helpers import ALLOWED, ANY_OPTIONS, STRANGER, ask, hearing, logged, preflight, run

GUARD = {"origins": [ALLOWED], "credentials": True, "expose_headers": ["X-Total"]}
SHARED = {"Allow-Origin": ALLOWED, "Allow-Credentials": "true", "Expose-Headers": "X-Total"}
PREFLIGHT = {"Allow-Origin": ALLOWED, "Allow-Credentials": "true", "Max-Age": "600"}

EVERY_ORIGIN = pytest.mark.parametrize(
    ("origin", "cors"),
    [(ALLOWED, SHARED), (STRANGER, {}), (None, {})],
    ids=["allowed", "rejected", "none"],
)
BEFORE_AND_AFTER = pytest.mark.parametrize(
    "guard_first", [True, False], ids=["guard-first", "last"]
)


pytestmark = pytest.mark.usefixtures("way")


class DeliberateError(Exception):
    """
    Stand for whatever may go wrong in an application.
    """


def crash(*_: object) -> NoReturn:
    raise DeliberateError


@pytest.fixture
def app() -> Flask:
    """
    Give an application that can answer with every status, without a guard.
    """
    return complete()


def complete() -> Flask:
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 8

    @app.get("/")
    def hello() -> str:
        return "hello"

    @app.get("/empty")
    def empty() -> tuple[str, int]:
        return "", 204

    @app.get("/etag")
    def etag() -> Response:
        response = Response("tagged")
        response.set_etag("v1")
        return response.make_conditional(request)

    @app.get("/redirect/<int:code>")
    def elsewhere(code: int) -> WSGIResponse:
        return redirect("/", code)

    @app.get("/abort/<int:code>")
    def give_up(code: int) -> NoReturn:
        abort(code)

    @app.get("/return/<int:code>")
    def give_back(code: int) -> tuple[str, int]:
        return "given back", code

    @app.post("/upload")
    def upload() -> bytes:
        return request.get_data()

    @app.get("/slash/")
    def slash() -> str:
        return "slash"

    app.add_url_rule("/boom", view_func=crash, endpoint="crash")
    return app


STATUSES = [
    ("GET", "/", 200, {}),
    ("HEAD", "/", 200, {}),
    ("GET", "/empty", 204, {}),
    ("GET", "/etag", 304, {"If-None-Match": '"v1"'}),
    ("GET", "/redirect/301", 301, {}),
    ("GET", "/redirect/302", 302, {}),
    ("GET", "/redirect/307", 307, {}),
    ("GET", "/redirect/308", 308, {}),
    ("GET", "/slash", 308, {}),
    ("GET", "/abort/400", 400, {}),
    ("GET", "/abort/401", 401, {}),
    ("GET", "/abort/404", 404, {}),
    ("GET", "/abort/429", 429, {}),
    ("GET", "/abort/500", 500, {}),
    ("GET", "/return/400", 400, {}),
    ("GET", "/return/401", 401, {}),
    ("GET", "/return/429", 429, {}),
    ("GET", "/return/500", 500, {}),
    ("GET", "/missing", 404, {}),
    ("PUT", "/", 405, {}),
    ("POST", "/upload", 413, {}),
    ("GET", "/boom", 500, {}),
    ("HEAD", "/boom", 500, {}),
]


@EVERY_ORIGIN
@pytest.mark.parametrize("case", STATUSES, ids=[f"{m}-{p}-{s}" for m, p, s, _ in STATUSES])
def test_the_headers_are_the_same_on_every_status(
    app: Flask,
    case: tuple[str, str, int, dict[str, str]],
    origin: str | None,
    cors: dict[str, str],
) -> None:
    method, path, status, headers = case
    CORSGuard(app, **GUARD)
    data = b"far too long" if method == "POST" else None
    answer = ask(app, method, path, origin=origin, headers=headers, data=data)
    assert (answer.status, answer.cors, answer.vary) == (status, cors, {"Origin"})


@pytest.mark.parametrize("origin", [ALLOWED, STRANGER, None])
@pytest.mark.parametrize("path", ["/", "/missing", "/boom", "/slash"])
def test_a_policy_for_everybody_sends_the_star_always_and_adds_no_vary(
    app: Flask, path: str, origin: str | None
) -> None:
    CORSGuard(app, origins="*")
    answer = ask(app, "GET", path, origin=origin)
    assert (answer.cors, answer.vary) == ({"Allow-Origin": "*"}, set())


@pytest.mark.parametrize("origin", [ALLOWED, None])
@pytest.mark.parametrize("path", ["/", "/missing", "/boom", "/slash"])
def test_what_nothing_governs_is_left_alone(app: Flask, path: str, origin: str | None) -> None:
    CORSGuard(app, resources={"/api/*": {"origins": ALLOWED}})
    answer = ask(app, "GET", path, origin=origin)
    assert (answer.cors, answer.vary) == ({}, set())


@pytest.mark.parametrize(
    ("own", "merged"),
    [
        ("Accept-Encoding", {"Accept-Encoding", "Origin"}),
        ("origin", {"origin"}),
        ("Cookie, ORIGIN", {"Cookie", "ORIGIN"}),
        ("*", {"*"}),
    ],
)
def test_the_vary_of_the_application_is_merged_into(app: Flask, own: str, merged: set[str]) -> None:
    CORSGuard(app, **GUARD)
    app.add_url_rule("/vary", view_func=lambda: Response(headers={"Vary": own}), endpoint="vary")
    assert ask(app, "GET", "/vary", origin=ALLOWED).vary == merged


# Hooks that fail, and hooks that answer


def add_before_request(app: Flask, _: Blueprint) -> None:
    app.before_request(crash)


def add_before_request_of_blueprint(_: Flask, blueprint: Blueprint) -> None:
    blueprint.before_request(crash)


def add_before_app_request(_: Flask, blueprint: Blueprint) -> None:
    blueprint.before_app_request(crash)


def add_after_request(app: Flask, _: Blueprint) -> None:
    app.after_request(crash)


def add_after_request_of_blueprint(_: Flask, blueprint: Blueprint) -> None:
    blueprint.after_request(crash)


def add_after_this_request(_: Flask, blueprint: Blueprint) -> None:
    @blueprint.before_request
    def before() -> None:
        after_this_request(crash)


def add_failing_error_handler(app: Flask, blueprint: Blueprint) -> None:
    blueprint.before_request(lambda: abort(404))
    app.register_error_handler(404, crash)


def add_failing_error_handler_of_blueprint(_: Flask, blueprint: Blueprint) -> None:
    blueprint.before_request(lambda: abort(404))
    blueprint.register_error_handler(404, crash)


FAILING = [
    add_before_request,
    add_before_request_of_blueprint,
    add_before_app_request,
    add_after_request,
    add_after_request_of_blueprint,
    add_after_this_request,
    add_failing_error_handler,
    add_failing_error_handler_of_blueprint,
]


def with_blueprint(
    app: Flask, *, add: Callable[[Flask, Blueprint], None], guard_first: bool
) -> None:
    blueprint = Blueprint("shop", __name__, url_prefix="/shop")
    blueprint.add_url_rule("/", view_func=lambda: "shop", endpoint="index")
    if guard_first:
        CORSGuard(app, **GUARD)
    add(app, blueprint)
    app.register_blueprint(blueprint)
    if not guard_first:
        CORSGuard(app, **GUARD)


@EVERY_ORIGIN
@BEFORE_AND_AFTER
@pytest.mark.parametrize("add", FAILING)
def test_a_hook_that_raises_loses_no_header(
    app: Flask,
    add: Callable[[Flask, Blueprint], None],
    guard_first: bool,
    origin: str | None,
    cors: dict[str, str],
) -> None:
    with_blueprint(app, add=add, guard_first=guard_first)
    answer = ask(app, "GET", "/shop/", origin=origin)
    assert (answer.status, answer.cors, answer.vary) == (500, cors, {"Origin"})


def answer_before_request(app: Flask, _: Blueprint) -> None:
    app.before_request(lambda: ("stop", 418))


def answer_before_request_of_blueprint(_: Flask, blueprint: Blueprint) -> None:
    blueprint.before_request(lambda: ("stop", 418))


def answer_after_request(app: Flask, _: Blueprint) -> None:
    app.after_request(lambda _: Response("stop", 418))


def answer_after_request_of_blueprint(_: Flask, blueprint: Blueprint) -> None:
    blueprint.after_request(lambda _: Response("stop", 418))


def answer_after_this_request(_: Flask, blueprint: Blueprint) -> None:
    @blueprint.before_request
    def before() -> None:
        after_this_request(lambda _: Response("stop", 418))


def answer_every_error(app: Flask, blueprint: Blueprint) -> None:
    blueprint.before_request(crash)
    app.register_error_handler(Exception, lambda _: ("stop", 418))


def answer_errors_of_blueprint(_: Flask, blueprint: Blueprint) -> None:
    blueprint.before_request(crash)
    blueprint.register_error_handler(DeliberateError, lambda _: ("stop", 418))


def answer_abort_of_blueprint(_: Flask, blueprint: Blueprint) -> None:
    blueprint.before_request(lambda: abort(404))
    blueprint.register_error_handler(NotFound, lambda _: ("stop", 418))


def abort_with_a_response(_: Flask, blueprint: Blueprint) -> None:
    blueprint.before_request(lambda: abort(Response("stop", 418)))


ANSWERING = [
    answer_before_request,
    answer_before_request_of_blueprint,
    answer_after_request,
    answer_after_request_of_blueprint,
    answer_after_this_request,
    answer_every_error,
    answer_errors_of_blueprint,
    answer_abort_of_blueprint,
    abort_with_a_response,
]


@EVERY_ORIGIN
@BEFORE_AND_AFTER
@pytest.mark.parametrize("add", ANSWERING)
def test_a_hook_that_answers_itself_loses_no_header(
    app: Flask,
    add: Callable[[Flask, Blueprint], None],
    guard_first: bool,
    origin: str | None,
    cors: dict[str, str],
) -> None:
    with_blueprint(app, add=add, guard_first=guard_first)
    answer = ask(app, "GET", "/shop/", origin=origin)
    assert (answer.status, answer.cors, answer.vary) == (418, cors, {"Origin"})


@BEFORE_AND_AFTER
@pytest.mark.parametrize("add", [*FAILING, *ANSWERING])
def test_no_hook_takes_the_headers_from_a_preflight(
    app: Flask, add: Callable[[Flask, Blueprint], None], guard_first: bool
) -> None:
    with_blueprint(app, add=add, guard_first=guard_first)
    answer = preflight(app, "/shop/", "GET")
    assert {k: v for k, v in answer.cors.items() if k != "Allow-Methods"} == PREFLIGHT
    assert answer.methods - {"OPTIONS"} == {"GET", "HEAD"}
    assert answer.vary == ANY_OPTIONS


def test_requests_of_flasks_own_test_client_are_decided_one_by_one(app: Flask) -> None:
    """In a `with` block, the context of the last request is kept."""
    CORSGuard(app, **GUARD)
    with app.test_client() as client:
        answers = [client.get(path, headers={"Origin": ALLOWED}) for path in ("/", "/boom", "/")]
        answers += [client.get("/", headers={"Origin": STRANGER})]
    shared = [answer.headers.get("Access-Control-Allow-Origin") for answer in answers]
    assert shared == [ALLOWED, ALLOWED, ALLOWED, None]


@EVERY_ORIGIN
def test_a_handler_for_every_exception_also_sees_the_404_of_the_router(
    app: Flask, origin: str | None, cors: dict[str, str]
) -> None:
    @app.errorhandler(Exception)
    def handle(error: Exception) -> tuple[str, int]:
        return "handled", error.code or 500 if isinstance(error, HTTPException) else 500

    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", "/missing", origin=origin)
    assert (answer.status, answer.body, answer.cors) == (404, b"handled", cors)


@EVERY_ORIGIN
@pytest.mark.parametrize("blueprint_level", [True, False])
def test_a_url_value_preprocessor_that_aborts_loses_no_header(
    app: Flask, blueprint_level: bool, origin: str | None, cors: dict[str, str]
) -> None:
    def add(app: Flask, blueprint: Blueprint) -> None:
        (blueprint if blueprint_level else app).url_value_preprocessor(lambda *_: abort(404))

    with_blueprint(app, add=add, guard_first=True)
    answer = ask(app, "GET", "/shop/", origin=origin)
    assert (answer.status, answer.cors, answer.vary) == (404, cors, {"Origin"})


def test_a_url_value_preprocessor_that_aborts_is_governed_by_the_view(app: Flask) -> None:
    CORSGuard(app, **GUARD)
    app.url_value_preprocessor(lambda *_: abort(404))
    app.add_url_rule("/own", view_func=same_origin(lambda: "own"), endpoint="own")
    assert ask(app, "GET", "/own", origin=ALLOWED).cors == {}


class FailingSessions(SecureCookieSessionInterface):
    """
    Open no session: the store is down.
    """

    def open_session(self, app: Flask, request: object) -> NoReturn:
        raise DeliberateError


@EVERY_ORIGIN
@pytest.mark.parametrize("path", ["/", "/missing", "/slash"])
def test_a_session_that_cannot_be_opened_loses_no_header(
    app: Flask, path: str, origin: str | None, cors: dict[str, str]
) -> None:
    app.session_interface = FailingSessions()
    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", path, origin=origin)
    assert (answer.status, answer.cors, answer.vary) == (500, cors, {"Origin"})


def test_a_session_that_cannot_be_opened_leaves_the_view_its_policy(app: Flask) -> None:
    """Flask opens the session before it asks the router."""
    app.session_interface = FailingSessions()
    view = cross_origin(origins="https://partner.example")(lambda: "partner")
    app.add_url_rule("/partner", view_func=view, endpoint="partner")
    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", "/partner", origin="https://partner.example")
    assert (answer.status, answer.cors) == (500, {"Allow-Origin": "https://partner.example"})


def test_a_session_that_cannot_be_opened_does_not_open_a_view_for_one_origin(app: Flask) -> None:
    app.session_interface = FailingSessions()
    app.add_url_rule("/own", view_func=same_origin(lambda: "own"), endpoint="own")
    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", "/own", origin=ALLOWED)
    assert (answer.status, answer.cors) == (500, {})


class UnsavedSessions(SecureCookieSessionInterface):
    """
    Save no session: the store is down.
    """

    def save_session(self, app: Flask, session: object, response: object) -> NoReturn:
        raise DeliberateError


@EVERY_ORIGIN
def test_a_session_that_cannot_be_saved_loses_no_header(
    app: Flask, origin: str | None, cors: dict[str, str]
) -> None:
    app.secret_key = "secret"
    app.session_interface = UnsavedSessions()
    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", "/", origin=origin)
    assert (answer.status, answer.cors, answer.vary) == (500, cors, {"Origin"})


# What leaves the application as an exception


@pytest.mark.parametrize("setting", ["TESTING", "DEBUG", "PROPAGATE_EXCEPTIONS"])
def test_a_crash_that_leaves_the_application_is_explained_in_one_line(
    app: Flask, setting: str, caplog: pytest.LogCaptureFixture
) -> None:
    app.config[setting] = True
    CORSGuard(app, **GUARD)
    with pytest.raises(DeliberateError):
        ask(app, "GET", "/boom", origin=ALLOWED)
    (line,) = logged(caplog)
    assert "will report this crash as a CORS error" in line
    assert "traceback" in line


def test_a_teardown_that_raises_is_explained_in_one_line(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    app.teardown_request(crash)
    CORSGuard(app, **GUARD)
    with pytest.raises(DeliberateError):
        ask(app, "GET", "/", origin=ALLOWED)
    assert len(logged(caplog, containing="CORS error")) == 1


@pytest.mark.parametrize(
    ("origin", "headers"),
    [
        (None, {}),
        ("https://api.example", {}),
        ("https://api.example", {"Sec-Fetch-Site": "same-origin"}),
    ],
    ids=["no-origin", "own-host", "same-origin"],
)
def test_a_crash_that_no_browser_reports_as_a_cors_error_is_not_called_one(
    app: Flask, origin: str | None, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    app.testing = True
    CORSGuard(app, **GUARD)
    with pytest.raises(DeliberateError):
        ask(app, "GET", "/boom", origin=origin, headers=headers)
    assert logged(caplog) == []


def test_a_crash_that_the_application_handles_is_not_logged_again(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    CORSGuard(app, **GUARD)
    assert ask(app, "GET", "/boom", origin=ALLOWED).status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert logged(caplog) == []


# How responses are made


@EVERY_ORIGIN
@pytest.mark.parametrize("in_context", [True, False])
def test_a_streamed_response_carries_the_headers(
    app: Flask, in_context: bool, origin: str | None, cors: dict[str, str]
) -> None:
    @app.get("/stream")
    def stream() -> Response:
        def chunks() -> Iterator[str]:
            yield "one "
            yield request.path if in_context else "two"

        return Response(stream_with_context(chunks()) if in_context else chunks())

    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", "/stream", origin=origin)
    assert (answer.body[:4], answer.cors, answer.vary) == (b"one ", cors, {"Origin"})


@EVERY_ORIGIN
@pytest.mark.parametrize(
    ("headers", "status"), [({}, 200), ({"Range": "bytes=0-1"}, 206), ({"Range": "bytes=9-"}, 416)]
)
def test_a_file_that_is_sent_carries_the_headers(
    app: Flask, headers: dict[str, str], status: int, origin: str | None, cors: dict[str, str]
) -> None:
    @app.get("/file")
    def file() -> Response:
        return send_file(io.BytesIO(b"file"), mimetype="text/plain", conditional=True)

    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", "/file", origin=origin, headers=headers)
    assert (answer.status, answer.cors, answer.vary) == (status, cors, {"Origin"})


@EVERY_ORIGIN
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_static_file_carries_the_headers_fresh_or_not_modified(
    tmp_path: Path, method: str, origin: str | None, cors: dict[str, str]
) -> None:
    (tmp_path / "style.css").write_text("body {}", encoding="utf-8")
    app = Flask(__name__, static_folder=tmp_path, static_url_path="/static")
    CORSGuard(app, **GUARD)
    fresh = ask(app, method, "/static/style.css", origin=origin)
    known = {"If-None-Match": fresh.headers["ETag"]}
    again = ask(app, method, "/static/style.css", origin=origin, headers=known)
    assert (fresh.status, fresh.cors, fresh.vary) == (200, cors, {"Origin"})
    assert (again.status, again.cors, again.vary) == (304, cors, {"Origin"})


@EVERY_ORIGIN
@pytest.mark.parametrize(("path", "status"), [("/async", 200), ("/async-boom", 500)])
def test_an_async_view_carries_the_headers(
    app: Flask, path: str, status: int, origin: str | None, cors: dict[str, str]
) -> None:
    @app.get("/async")
    async def view() -> str:
        return "later"

    @app.get("/async-boom")
    async def boom() -> NoReturn:
        raise DeliberateError

    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", path, origin=origin)
    assert (answer.status, answer.cors, answer.vary) == (status, cors, {"Origin"})


def test_a_decorated_async_view_is_governed_by_its_mark(app: Flask) -> None:
    @app.get("/async")
    @cross_origin(origins="https://partner.example")
    async def view() -> str:
        return "later"

    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", "/async", origin="https://partner.example")
    assert (answer.body, answer.cors) == (b"later", {"Allow-Origin": "https://partner.example"})


# Views that are classes, and blueprints in blueprints


@cross_origin(origins="https://class.example")
class Item(MethodView):
    """
    Has a policy of its own, and one handler with another.
    """

    def get(self) -> str:
        return "got"

    @cross_origin(origins="https://handler.example")
    def put(self) -> NoReturn:
        abort(409)

    @same_origin
    def delete(self) -> NoReturn:
        raise DeliberateError


@pytest.mark.parametrize(
    "origin", ["https://class.example", "https://handler.example", ALLOWED, None]
)
@pytest.mark.parametrize(
    ("method", "status", "allowed"),
    [
        ("GET", 200, "https://class.example"),
        ("HEAD", 200, "https://class.example"),
        ("PUT", 409, "https://handler.example"),
    ],
)
def test_a_class_and_its_handlers_have_policies_of_their_own(
    app: Flask, method: str, status: int, allowed: str, origin: str | None
) -> None:
    app.add_url_rule("/item", view_func=Item.as_view("item"))
    CORSGuard(app, **GUARD)
    answer = ask(app, method, "/item", origin=origin)
    cors = {"Allow-Origin": allowed} if origin == allowed else {}
    assert (answer.status, answer.cors, answer.vary) == (status, cors, {"Origin"})


def test_a_same_origin_handler_crashes_without_any_header(app: Flask) -> None:
    app.add_url_rule("/item", view_func=Item.as_view("item"))
    CORSGuard(app, **GUARD)
    answer = ask(app, "DELETE", "/item", origin=ALLOWED)
    assert (answer.status, answer.cors) == (500, {})


@EVERY_ORIGIN
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/outer/inner/", 200),
        ("/outer/inner/404", 404),
        ("/outer/inner/boom", 500),
        ("/outer/", 200),
    ],
)
def test_nested_blueprints_carry_the_headers(
    path: str, status: int, origin: str | None, cors: dict[str, str]
) -> None:
    app = Flask(__name__)
    outer = Blueprint("outer", __name__, url_prefix="/outer")
    inner = Blueprint("inner", __name__, url_prefix="/inner")
    outer.add_url_rule("/", view_func=lambda: "outer", endpoint="index")
    inner.add_url_rule("/", view_func=lambda: "inner", endpoint="index")
    inner.add_url_rule("/404", view_func=lambda: abort(404), endpoint="gone")
    inner.add_url_rule("/boom", view_func=crash, endpoint="boom")
    inner.register_error_handler(404, lambda _: ("inner", 404))
    cross_origin(**GUARD)(outer)
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    CORSGuard(app, origins="https://elsewhere.example")
    answer = ask(app, "GET", path, origin=origin)
    assert (answer.status, answer.cors, answer.vary) == (status, cors, {"Origin"})


# Where an application hangs


@pytest.mark.parametrize("host", ["one.example", "two.example"])
def test_host_matching_tells_two_views_of_one_path_apart(host: str) -> None:
    app = Flask(__name__, host_matching=True, static_folder=None)
    for name in ("one", "two"):
        view = cross_origin(origins=f"https://page.{name}.example")(lambda: "hello")
        app.add_url_rule(
            "/", view_func=view, endpoint=name, host=f"{name}.example", methods=["PUT"]
        )
    CORSGuard(app)
    origin = f"https://page.{host}"
    assert ask(app, "PUT", "/", origin=origin, host=host).cors == {"Allow-Origin": origin}
    assert preflight(app, "/", "PUT", origin=origin, host=host).cors["Allow-Origin"] == origin
    assert preflight(app, "/", "PUT", origin=ALLOWED, host=host).status == HTTPStatus.FORBIDDEN


def test_an_unknown_host_is_governed_by_the_guard() -> None:
    app = Flask(__name__, host_matching=True, static_folder=None)
    app.add_url_rule("/", view_func=lambda: "hello", endpoint="one", host="one.example")
    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", "/", origin=ALLOWED, host="three.example")
    assert (answer.status, answer.cors) == (404, SHARED)


@pytest.mark.parametrize(
    ("host", "allowed"),
    [("site.example", "https://bare.example"), ("api.site.example", "https://sub.example")],
)
def test_subdomain_matching_tells_two_views_of_one_path_apart(host: str, allowed: str) -> None:
    app = Flask(__name__, subdomain_matching=True)
    app.config["SERVER_NAME"] = "site.example"
    bare = cross_origin(origins="https://bare.example")(lambda: "bare")
    sub = cross_origin(origins="https://sub.example")(lambda: "sub")
    app.add_url_rule("/", view_func=bare, endpoint="bare", methods=["PUT"])
    app.add_url_rule("/", view_func=sub, endpoint="sub", methods=["PUT"], subdomain="api")
    CORSGuard(app)
    assert ask(app, "PUT", "/", origin=allowed, host=host).cors == {"Allow-Origin": allowed}
    assert preflight(app, "/", "PUT", origin=allowed, host=host).cors["Allow-Origin"] == allowed
    assert preflight(app, "/", "PUT", origin=ALLOWED, host=host).status == HTTPStatus.FORBIDDEN


@EVERY_ORIGIN
@pytest.mark.parametrize(
    ("path", "status"), [("/strict/", 200), ("/strict", 308), ("/loose", 200), ("/loose/", 200)]
)
def test_strict_slashes_or_not_the_headers_are_there(
    path: str, status: int, origin: str | None, cors: dict[str, str]
) -> None:
    app = Flask(__name__)
    app.add_url_rule("/strict/", view_func=lambda: "strict", endpoint="strict")
    app.add_url_rule("/loose", view_func=lambda: "loose", endpoint="loose", strict_slashes=False)
    CORSGuard(app, resources={"/strict/*": GUARD, "/loose/*": GUARD})
    answer = ask(app, "GET", path, origin=origin)
    assert (answer.status, answer.cors, answer.vary) == (status, cors, {"Origin"})


@EVERY_ORIGIN
@pytest.mark.parametrize(("merge", "status"), [(True, 308), (False, 404)])
def test_slashes_that_the_router_merges_or_not_keep_the_headers(
    merge: bool, status: int, origin: str | None, cors: dict[str, str]
) -> None:
    app = Flask(__name__)
    app.url_map.merge_slashes = merge
    app.add_url_rule("/a/b", view_func=lambda: "ab", endpoint="ab")
    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", "/", origin=origin, environ={"PATH_INFO": "/a//b"})
    assert (answer.status, answer.cors, answer.vary) == (status, cors, {"Origin"})


@pytest.mark.parametrize("methods", [["PUT"], ["GET", "PUT"]])
def test_without_automatic_options_the_preflight_is_answered_all_the_same(
    methods: list[str],
) -> None:
    app = Flask(__name__)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.add_url_rule("/", view_func=lambda: "hello", endpoint="hello", methods=methods)
    CORSGuard(app, **GUARD)
    answer = preflight(app, "/", "PUT")
    listed = {*methods, *(["HEAD"] if "GET" in methods else [])}
    assert answer.status == HTTPStatus.NO_CONTENT
    assert answer.methods == listed
    assert {k: v for k, v in answer.cors.items() if k != "Allow-Methods"} == PREFLIGHT
    assert answer.vary == ANY_OPTIONS


def test_without_automatic_options_the_405_of_an_ordinary_options_is_governed() -> None:
    app = Flask(__name__)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.add_url_rule("/", view_func=lambda: "hello", endpoint="hello")
    CORSGuard(app, **GUARD)
    answer = ask(app, "OPTIONS", "/", origin=ALLOWED)
    assert (answer.status, answer.cors, answer.vary) == (405, SHARED, ANY_OPTIONS)


@EVERY_ORIGIN
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/mounted/api/item", 200),
        ("/mounted/api/missing", 404),
        ("/mounted/api/slash", 308),
        ("/mounted/api", 404),
    ],
)
def test_paths_are_those_below_the_mount(
    path: str, status: int, origin: str | None, cors: dict[str, str]
) -> None:
    app = Flask(__name__)
    app.add_url_rule("/api/item", view_func=lambda: "item", endpoint="item")
    app.add_url_rule("/api/slash/", view_func=lambda: "slash", endpoint="slash")
    CORSGuard(app, resources={"/api/*": GUARD})
    mounted = DispatcherMiddleware(NotFound(), {"/mounted": app})
    answer = ask(mounted, "GET", path, origin=origin)
    assert (answer.status, answer.cors, answer.vary) == (status, cors, {"Origin"})


def test_a_preflight_below_a_mount_is_governed_by_the_view_there() -> None:
    app = Flask(__name__)
    view = cross_origin(**GUARD)(lambda: "item")
    app.add_url_rule("/item/", view_func=view, endpoint="item", methods=["PUT"])
    CORSGuard(app)
    mounted = DispatcherMiddleware(NotFound(), {"/mounted": app})
    for path in ("/mounted/item/", "/mounted/item"):
        answer = preflight(mounted, path, "PUT")
        assert (answer.status, answer.cors["Allow-Origin"]) == (204, ALLOWED)


def assert_the_forwarded_host_is_its_own(app: Flask) -> None:
    forwarded = {"X-Forwarded-Host": "public.example"}
    with hearing(origin_rejected) as heard:
        own = ask(app, "POST", "/", origin="https://public.example", headers=forwarded)
        other = ask(app, "POST", "/", origin="https://api.example", headers=forwarded)
    assert (own.status, own.cors) == (405, {})
    assert (other.status, other.cors) == (403, {})
    assert [decision.origin for _, _, decision in heard] == ["https://api.example"]


def test_behind_a_proxy_the_forwarded_host_is_the_applications_own(app: Flask) -> None:
    CORSGuard(app, **GUARD, enforce=True)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_host=1)
    assert_the_forwarded_host_is_its_own(app)


def test_a_proxy_fix_that_the_guard_is_put_around_works_too(app: Flask) -> None:
    """But for the fast path, which looks at requests before it."""
    app.wsgi_app = ProxyFix(app.wsgi_app, x_host=1)
    CORSGuard(app, **GUARD, enforce=True, fast_path=False)
    assert_the_forwarded_host_is_its_own(app)


def test_a_path_rule_does_not_see_the_prefix_of_a_proxy() -> None:
    app = Flask(__name__)
    app.add_url_rule("/api/slash/", view_func=lambda: "slash", endpoint="slash")
    CORSGuard(app, resources={"/api/*": GUARD})
    app.wsgi_app = ProxyFix(app.wsgi_app, x_prefix=1)
    prefix = {"X-Forwarded-Prefix": "/public"}
    answer = ask(app, "GET", "/api/slash", origin=ALLOWED, headers=prefix)
    assert answer.headers["Location"] == "https://api.example/public/api/slash/"
    assert (answer.status, answer.cors) == (308, SHARED)


@EVERY_ORIGIN
@pytest.mark.parametrize(("host", "status"), [("api.example", 200), ("rebound.example", 400)])
def test_a_host_that_is_not_trusted_gets_its_400_with_headers(
    app: Flask, host: str, status: int, origin: str | None, cors: dict[str, str]
) -> None:
    app.config["TRUSTED_HOSTS"] = ["api.example"]
    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", "/", origin=origin, host=host)
    assert (answer.status, answer.cors, answer.vary) == (status, cors, {"Origin"})


@pytest.mark.parametrize("host", ["api.example", "rebound.example"])
def test_a_preflight_to_a_host_that_is_not_trusted_does_not_raise(app: Flask, host: str) -> None:
    app.config["TRUSTED_HOSTS"] = ["api.example"]
    CORSGuard(app, **GUARD)
    answer = preflight(app, "/", "GET", host=host)
    assert (answer.status, answer.cors["Allow-Origin"]) == (204, ALLOWED)


# What stands between the guard and Flask


class Maintenance:
    """
    Answer every request in the application's place.
    """

    def __init__(self, app: Callable[..., object]) -> None:
        self.app = app

    def __call__(self, environ: object, start_response: Callable[..., object]) -> list[bytes]:
        headers = [("Content-Type", "text/plain"), ("Access-Control-Allow-Origin", "*")]
        start_response("503 Service Unavailable", headers)
        return [b"later"]


@EVERY_ORIGIN
def test_what_a_middleware_inside_answers_carries_the_headers(
    app: Flask, origin: str | None, cors: dict[str, str]
) -> None:
    app.wsgi_app = Maintenance(app.wsgi_app)
    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", "/", origin=origin)
    assert (answer.status, answer.cors, answer.vary) == (503, cors, {"Origin"})


def test_what_a_middleware_inside_answers_survives_a_session_store_that_is_down(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """The guard never raises while serving."""
    app.wsgi_app = Maintenance(app.wsgi_app)
    app.session_interface = FailingSessions()
    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", "/", origin=ALLOWED)
    assert (answer.status, answer.body) == (503, b"later")


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("enforce", [False, True])
def test_what_a_middleware_inside_answers_survives_a_path_that_cannot_be_decoded(
    app: Flask, method: str, enforce: bool
) -> None:
    """Flask would raise; the guard is not to."""
    app.wsgi_app = Maintenance(app.wsgi_app)
    CORSGuard(app, **GUARD, enforce=enforce)
    headers = {"Origin": ALLOWED, "Access-Control-Request-Method": "GET"}
    environ = create_environ("/", "https://api.example", method=method, headers=headers)
    answer = run(app, environ | {"PATH_INFO": "/\u4e2d"})
    assert answer.status in {503, 204}
    assert answer.vary >= {"Origin"}


@pytest.mark.parametrize("hook", ["before_request", "teardown_request", "teardown_appcontext"])
def test_what_a_middleware_inside_answers_runs_no_hook_of_the_application(
    app: Flask, hook: str
) -> None:
    """A teardown that finds nothing to tear down may well raise."""
    app.wsgi_app = Maintenance(app.wsgi_app)
    getattr(app, hook)(crash)
    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", "/", origin=ALLOWED)
    assert (answer.status, answer.cors) == (503, SHARED)


Wrapped = Callable[..., Iterable[bytes]]


def lazily(app: Wrapped) -> Wrapped:
    """
    Run the application when the first chunk is asked for.
    """

    def call(*args: object) -> Iterator[bytes]:
        yield from app(*args)

    return call


def in_a_thread(app: Wrapped) -> Wrapped:
    """
    Run the application in another thread, as one that limits its time does.
    """

    def call(*args: object) -> Iterable[bytes]:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(app, *args).result()

    return call


def on_a_copy(app: Wrapped) -> Wrapped:
    """
    Give the application an environment of its own.
    """
    return lambda environ, start_response: app(dict(environ), start_response)


def after_another(app: Wrapped) -> Wrapped:
    """
    Ask the application something else first, as a check of permissions does.
    """

    def call(environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/empty":
            ask(environ["whole application"], "GET", "/empty")
        return app(environ, start_response)

    return call


INSIDE = pytest.mark.parametrize("inside", [lazily, in_a_thread, on_a_copy, after_another])


@INSIDE
@EVERY_ORIGIN
@pytest.mark.parametrize("case", [("/", 200), ("/missing", 404), ("/boom", 500)])
def test_no_middleware_inside_loses_a_header(
    inside: Callable[[Wrapped], Wrapped],
    case: tuple[str, int],
    origin: str | None,
    cors: dict[str, str],
) -> None:
    path, status = case
    app = complete()
    app.wsgi_app = inside(app.wsgi_app)
    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", path, origin=origin, environ={"whole application": app})
    assert (answer.status, answer.cors, answer.vary) == (status, cors, {"Origin"})


@INSIDE
def test_no_middleware_inside_shows_a_preflight_to_a_login_check(
    inside: Callable[[Wrapped], Wrapped],
) -> None:
    app, seen = complete(), []
    app.wsgi_app = inside(app.wsgi_app)
    app.before_request(lambda: seen.append(request.method))
    CORSGuard(app, **GUARD)
    answer = preflight(app, "/", "GET", environ={"whole application": app})
    assert (answer.status, answer.cors["Allow-Origin"]) == (204, ALLOWED)
    assert "OPTIONS" not in seen


@INSIDE
@pytest.mark.parametrize(("origin", "status"), [(STRANGER, 403), (ALLOWED, 413), (None, 413)])
def test_no_middleware_inside_lets_an_enforced_request_through(
    inside: Callable[[Wrapped], Wrapped], origin: str | None, status: int
) -> None:
    app = complete()
    app.wsgi_app = inside(app.wsgi_app)
    CORSGuard(app, **GUARD, enforce=True)
    whole = {"whole application": app}
    answer = ask(app, "POST", "/upload", origin=origin, data=b"far too long", environ=whole)
    assert answer.status == status


# CORS headers of the application's own


@EVERY_ORIGIN
def test_cors_headers_of_a_view_are_replaced(
    app: Flask, origin: str | None, cors: dict[str, str]
) -> None:
    @app.get("/own")
    def own() -> Response:
        response = Response("own")
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Access-Control-Max-Age"] = "1"
        return response

    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", "/own", origin=origin)
    assert (answer.cors, answer.vary) == (cors, {"Origin"})


def test_replaced_headers_are_warned_of_once_per_endpoint(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Access-Control-Allow-Origin": "*"}
    app.add_url_rule("/one", view_func=lambda: Response(headers=headers), endpoint="one")
    app.add_url_rule("/two", view_func=lambda: Response(headers=headers), endpoint="two")
    CORSGuard(app, **GUARD)
    for path in ("/one", "/two", "/one", "/", "/two"):
        ask(app, "GET", path, origin=ALLOWED)
    assert len(logged(caplog, containing="replaced")) == 2
    endpoints = [getattr(record, "cors_endpoint", "") for record in caplog.records]
    assert [name for name in endpoints if name] == ["one", "two"]


def test_what_a_view_exposes_is_kept_beside_the_policys(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Access-Control-Expose-Headers": "X-Secret, x-total"}
    app.add_url_rule("/own", view_func=lambda: Response(headers=headers), endpoint="own")
    CORSGuard(app, **GUARD)
    answer = ask(app, "GET", "/own", origin=ALLOWED)
    exposed = [name.strip().lower() for name in answer.cors["Expose-Headers"].split(",")]
    assert sorted(exposed) == ["x-secret", "x-total"]
    assert logged(caplog) == []


def test_what_a_view_exposes_is_not_shown_to_a_stranger(app: Flask) -> None:
    headers = {"Access-Control-Expose-Headers": "X-Secret"}
    app.add_url_rule("/own", view_func=lambda: Response(headers=headers), endpoint="own")
    CORSGuard(app, **GUARD)
    assert ask(app, "GET", "/own", origin=STRANGER).cors == {}


def test_cors_headers_of_a_view_that_nothing_governs_are_left_alone(app: Flask) -> None:
    headers = {"Access-Control-Allow-Origin": "https://other.example", "Vary": "Origin"}
    app.add_url_rule("/own", view_func=lambda: Response(headers=headers), endpoint="own")
    CORSGuard(app, resources={"/api/*": GUARD})
    answer = ask(app, "GET", "/own", origin=ALLOWED)
    assert (answer.cors, answer.vary) == ({"Allow-Origin": "https://other.example"}, {"Origin"})


# When the guard itself fails


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """
    Break all that holds an origin against a pattern, and give the options that need it.
    """
    for owner, name in ((CompiledPolicy, "check_text"), (OriginIndex, "permits")):
        monkeypatch.setattr(owner, name, crash)
    return {**GUARD, "origins": [f"{ALLOWED}:*"]}


def test_a_decision_that_fails_gives_no_header_away(app: Flask, broken: dict[str, Any]) -> None:
    """Not even those that the view has set: nobody has judged them."""
    headers = {"Access-Control-Allow-Origin": "*"}
    app.add_url_rule("/own", view_func=lambda: Response("own", headers=headers), endpoint="own")
    CORSGuard(app, **broken)
    answer = ask(app, "GET", "/own", origin=ALLOWED)
    assert (answer.status, answer.body, answer.cors) == (200, b"own", {})


def test_a_decision_that_fails_is_logged_once(
    app: Flask, broken: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    CORSGuard(app, **broken)
    ask(app, "GET", "/", origin=ALLOWED)
    assert len(logged(caplog, logging.ERROR, containing="failed")) == 1


def test_a_decision_that_fails_does_not_let_an_enforced_request_through(
    app: Flask, broken: dict[str, Any]
) -> None:
    ran: list[str] = []
    app.add_url_rule(
        "/pay", view_func=lambda: ran.append("pay") or "", endpoint="pay", methods=["POST"]
    )
    CORSGuard(app, **broken, enforce=True)
    answer = ask(app, "POST", "/pay", origin=STRANGER)
    assert answer.status >= HTTPStatus.BAD_REQUEST
    assert ran == []

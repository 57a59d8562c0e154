"""
`CORSMiddleware` around Django, Falcon, Bottle and bare functions; and around a guarded Flask.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn
from wsgiref.validate import validator

import bottle
import django
import falcon
import pytest
from django.conf import settings as django_settings
from django.core.wsgi import get_wsgi_application
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path as django_path
from flask import Flask, Response
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import create_environ

from flask_corsguard import (
    CORSGuard,
    CORSMiddleware,
    Policy,
    PolicyError,
    cors_decided,
    origin_rejected,
    request_refused,
)

from .helpers import ALLOWED, ANY_OPTIONS, STRANGER, ask, body_of, hearing, logged, preflight, run

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

OPTIONS = {"origins": [ALLOWED], "credentials": True, "expose_headers": ["X-Total"]}
SHARED = {"Allow-Origin": ALLOWED, "Allow-Credentials": "true", "Expose-Headers": "X-Total"}
PREFLIGHT = {
    "Allow-Origin": ALLOWED,
    "Allow-Credentials": "true",
    "Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Max-Age": "600",
}
EVERY_ORIGIN = pytest.mark.parametrize(
    ("origin", "cors"),
    [(ALLOWED, SHARED), (STRANGER, {}), (None, {})],
    ids=["allowed", "rejected", "none"],
)


class DeliberateError(Exception):
    """
    Stand for whatever may go wrong in an application.
    """


def crash(*_: object, **__: object) -> NoReturn:
    raise DeliberateError


# One application, four times: / is 200, /boom 500, /own has CORS headers, /stream is a stream


class Urls:
    """
    Take the place of a module of URLs.
    """

    @staticmethod
    def own(request: HttpRequest) -> HttpResponse:
        headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Max-Age": "1"}
        return HttpResponse("own", headers=headers)

    @staticmethod
    def stream(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(iter([b"one ", b"two"]))

    @staticmethod
    def hidden(request: HttpRequest) -> NoReturn:
        raise Http404

    urlpatterns = (
        django_path("", lambda _: HttpResponse("hello")),
        django_path("boom", crash),
        django_path("own", own),
        django_path("stream", stream),
        django_path("hidden", hidden),
    )


@pytest.fixture(scope="module", autouse=True)
def django_is_set_up() -> None:
    django_settings.configure(
        ROOT_URLCONF=Urls, ALLOWED_HOSTS=["api.example"], SECRET_KEY="secret", LOGGING_CONFIG=None
    )
    django.setup()


def make_django() -> WSGIApplication:
    return get_wsgi_application()


class FalconPages:
    """
    Answer in Falcon's way.
    """

    def on_get(self, asked: falcon.Request, answer: falcon.Response) -> None:
        answer.text = "hello"

    def on_get_boom(self, asked: falcon.Request, answer: falcon.Response) -> NoReturn:
        raise DeliberateError

    def on_get_own(self, asked: falcon.Request, answer: falcon.Response) -> None:
        answer.set_header("Access-Control-Allow-Origin", "*")
        answer.set_header("Access-Control-Max-Age", "1")
        answer.text = "own"

    def on_get_stream(self, asked: falcon.Request, answer: falcon.Response) -> None:
        answer.stream = iter([b"one ", b"two"])


def make_falcon() -> WSGIApplication:
    app, pages = falcon.App(cors_enable=False), FalconPages()
    app.add_route("/", pages)
    for name in ("boom", "own", "stream"):
        app.add_route(f"/{name}", pages, suffix=name)
    return app


def make_bottle() -> WSGIApplication:
    app = bottle.Bottle()
    app.route("/", callback=lambda: "hello")
    app.route("/boom", callback=crash)
    app.route("/stream", callback=lambda: iter([b"one ", b"two"]))

    @app.route("/own")
    def own() -> str:
        bottle.response.headers["Access-Control-Allow-Origin"] = "*"
        bottle.response.headers["Access-Control-Max-Age"] = "1"
        return "own"

    return app


def bare(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """
    Answer in nobody's way but WSGI's.
    """
    headers = [("Content-Type", "text/plain")]
    path = environ["PATH_INFO"]
    if path == "/stream":
        return stream(start_response)
    if path == "/boom":
        try:
            crash()
        except DeliberateError:
            start_response("500 Internal Server Error", headers, sys.exc_info())
            return [b"boom"]
    if path == "/own":
        headers += [("access-control-allow-origin", "*"), ("ACCESS-CONTROL-MAX-AGE", "1")]
    start_response("200 OK" if path in {"/", "/own"} else "404 Not Found", headers)
    return [b"hello"]


def stream(start_response: StartResponse) -> Iterator[bytes]:
    """
    Start the response when the first chunk is asked for.
    """
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"one "
    yield b"two"


def make_bare() -> WSGIApplication:
    return bare


EVERY_APPLICATION = pytest.mark.parametrize(
    "make", [make_django, make_falcon, make_bottle, make_bare]
)


@EVERY_APPLICATION
@EVERY_ORIGIN
@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/missing", 404), ("/boom", 500), ("/stream", 200)]
)
def test_every_answer_of_every_framework_carries_the_headers(
    make: Callable[[], WSGIApplication],
    path: str,
    status: int,
    origin: str | None,
    cors: dict[str, str],
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    environ = create_environ(path, "https://api.example", headers=headers)
    answer = run(CORSMiddleware(make(), **OPTIONS), environ)
    assert (answer.status, answer.cors) == (status, cors)
    assert "Origin" in answer.vary


@EVERY_APPLICATION
def test_a_stream_arrives_whole(make: Callable[[], WSGIApplication]) -> None:
    answer = ask(CORSMiddleware(make(), **OPTIONS), "GET", "/stream", origin=ALLOWED)
    assert answer.body == b"one two"


@EVERY_APPLICATION
@EVERY_ORIGIN
def test_cors_headers_of_the_application_are_replaced(
    make: Callable[[], WSGIApplication], origin: str | None, cors: dict[str, str]
) -> None:
    answer = ask(CORSMiddleware(make(), **OPTIONS), "GET", "/own", origin=origin)
    assert (answer.status, answer.cors) == (200, cors)


@EVERY_APPLICATION
@pytest.mark.parametrize("path", ["/", "/missing", "/boom"])
def test_a_preflight_is_answered_for_every_framework(
    make: Callable[[], WSGIApplication], path: str
) -> None:
    answer = preflight(CORSMiddleware(make(), **OPTIONS), path, "PUT")
    assert (answer.status, answer.cors, answer.vary) == (204, PREFLIGHT, ANY_OPTIONS)
    assert (answer.body, "Content-Type" in answer.headers) == (b"", False)


@EVERY_APPLICATION
def test_a_preflight_of_a_stranger_is_a_403(make: Callable[[], WSGIApplication]) -> None:
    answer = preflight(CORSMiddleware(make(), **OPTIONS), "/", "PUT", origin=STRANGER)
    assert (answer.status, answer.body, answer.cors) == (403, b"", {})
    assert answer.vary == ANY_OPTIONS


@EVERY_APPLICATION
@pytest.mark.parametrize(("origin", "refused"), [(ALLOWED, False), (STRANGER, True), (None, False)])
def test_enforcement_guards_every_framework(
    make: Callable[[], WSGIApplication], origin: str | None, refused: bool
) -> None:
    """Whatever the frameworks say to DELETE, none of them says 403."""
    answer = ask(CORSMiddleware(make(), **OPTIONS, enforce=True), "DELETE", "/", origin=origin)
    assert (answer.status == HTTPStatus.FORBIDDEN) == refused


# A guard and a middleware around the same application


def guarded_and_wrapped(
    inner: dict[str, object], outer: dict[str, object], own: str | None = None
) -> WSGIApplication:
    app = Flask(__name__)
    headers = {} if own is None else {"Access-Control-Allow-Origin": own}
    view = lambda: Response("hello", headers=headers)  # noqa: E731 - one line is what it is
    app.add_url_rule("/", view_func=view, endpoint="hello", methods=["GET", "PUT"])
    CORSGuard(app, **inner)
    app.wsgi_app = CORSMiddleware(app.wsgi_app, **outer)
    return app


@EVERY_ORIGIN
@pytest.mark.parametrize("own", [None, "*", "https://other.example"])
def test_guard_and_middleware_with_one_policy_send_each_header_once(
    own: str | None, origin: str | None, cors: dict[str, str]
) -> None:
    app = guarded_and_wrapped(OPTIONS, OPTIONS, own)
    for path in ("/", "/missing"):
        answer = ask(app, "GET", path, origin=origin)
        assert (answer.cors, answer.vary) == (cors, {"Origin"})
    assert preflight(app, "/", "PUT").cors == PREFLIGHT


INNER, OUTER = "https://inner.example", "https://outer.example"


@pytest.mark.parametrize(
    ("origin", "cors"),
    [(INNER, {}), (OUTER, {"Allow-Origin": OUTER}), (STRANGER, {}), (None, {})],
)
def test_of_guard_and_middleware_the_outer_one_decides(
    origin: str | None, cors: dict[str, str]
) -> None:
    app = guarded_and_wrapped({"origins": [INNER], "credentials": True}, {"origins": [OUTER]})
    answer = ask(app, "GET", "/", origin=origin)
    assert (answer.cors, answer.vary) == (cors, {"Origin"})


@pytest.mark.parametrize("origin", [INNER, STRANGER, None])
def test_where_nothing_governs_further_out_the_inner_one_decides(origin: str | None) -> None:
    outer = {"resources": {"/elsewhere/*": {"origins": OUTER}}}
    app = guarded_and_wrapped({"origins": [INNER]}, outer)
    answer = ask(app, "GET", "/", origin=origin)
    cors = {"Allow-Origin": INNER} if origin == INNER else {}
    assert (answer.cors, answer.vary) == (cors, {"Origin"})
    assert preflight(app, "/", "PUT", origin=INNER).status == HTTPStatus.NO_CONTENT


def test_a_star_further_out_leaves_no_credentials_of_the_inner_one() -> None:
    app = guarded_and_wrapped(OPTIONS, {"origins": "*"})
    answer = ask(app, "GET", "/", origin=ALLOWED)
    assert (answer.cors["Allow-Origin"], "Allow-Credentials" in answer.cors) == ("*", False)


def test_a_middleware_inside_of_a_guard_is_replaced_too() -> None:
    app = Flask(__name__)
    app.wsgi_app = CORSMiddleware(app.wsgi_app, origins=[INNER], credentials=True)
    app.add_url_rule("/", view_func=lambda: "hello", endpoint="hello")
    CORSGuard(app, origins=[OUTER])
    assert ask(app, "GET", "/", origin=OUTER).cors == {"Allow-Origin": OUTER}
    assert ask(app, "GET", "/", origin=INNER).cors == {}


def test_a_preflight_that_a_middleware_inside_answers_carries_the_guards_headers() -> None:
    app = Flask(__name__)
    app.wsgi_app = CORSMiddleware(app.wsgi_app, origins=[OUTER], credentials=True)
    app.add_url_rule("/", view_func=lambda: "hello", endpoint="hello", methods=["PUT"])
    CORSGuard(app, origins=[OUTER])
    answer = preflight(app, "/", "PUT", origin=OUTER)
    assert (answer.status, answer.cors["Allow-Origin"]) == (204, OUTER)
    assert "Allow-Credentials" not in answer.cors


def test_two_middlewares_send_each_header_once() -> None:
    wrapped = CORSMiddleware(CORSMiddleware(bare, **OPTIONS), **OPTIONS)
    assert ask(wrapped, "GET", "/", origin=ALLOWED).cors == SHARED


def test_what_an_inner_layer_exposes_is_kept() -> None:
    inner = CORSMiddleware(bare, origins=[ALLOWED], expose_headers=["X-Inner"])
    outer = CORSMiddleware(inner, origins=[ALLOWED], expose_headers=["X-Outer"])
    exposed = ask(outer, "GET", "/", origin=ALLOWED).cors["Expose-Headers"]
    assert sorted(name.strip() for name in exposed.split(",")) == ["X-Inner", "X-Outer"]


# Where it hangs


def test_below_a_dispatcher_paths_are_those_below_the_mount() -> None:
    wrapped = CORSMiddleware(bare, resources={"/": OPTIONS})
    mounted = DispatcherMiddleware(NotFound(), {"/mounted": wrapped})
    assert ask(mounted, "GET", "/mounted/", origin=ALLOWED).cors == SHARED
    assert ask(mounted, "GET", "/mounted/other", origin=ALLOWED).cors == {}


def test_around_a_dispatcher_paths_are_whole() -> None:
    mounted = DispatcherMiddleware(NotFound(), {"/mounted": bare})
    wrapped = CORSMiddleware(mounted, resources={"/mounted/*": OPTIONS})
    assert ask(wrapped, "GET", "/mounted/", origin=ALLOWED).cors == SHARED
    assert ask(wrapped, "GET", "/", origin=ALLOWED).cors == {}


def test_inside_of_a_proxy_fix_the_forwarded_host_is_its_own() -> None:
    wrapped = ProxyFix(CORSMiddleware(bare, **OPTIONS, enforce=True), x_host=1)
    forwarded = {"X-Forwarded-Host": "public.example"}
    own = ask(wrapped, "POST", "/", origin="https://public.example", headers=forwarded)
    other = ask(wrapped, "POST", "/", origin="https://api.example", headers=forwarded)
    assert (own.status, other.status) == (200, 403)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api", "https://below.example"),
        ("/api/", "https://below.example"),
        ("/api/x/y", "https://below.example"),
        ("/api/one/edit", "https://segment.example"),
        ("/api/fixed/edit", "https://literal.example"),
        ("/API/x", None),
        ("/apix", None),
        ("/feed.xml", "https://regex.example"),
    ],
)
def test_the_most_specific_path_rule_governs(path: str, allowed: str | None) -> None:
    wrapped = CORSMiddleware(
        bare,
        resources={
            re.compile(r"/.*\.xml"): {"origins": "https://regex.example"},
            "/api/*": {"origins": "https://below.example"},
            "/api/*/edit": Policy(origins="https://segment.example"),
            "/api/fixed/edit": "literal",
        },
        policies={"literal": {"origins": "https://literal.example"}},
    )
    origins = [f"https://{n}.example" for n in ("below", "segment", "literal", "regex")]
    sharing = [o for o in origins if ask(wrapped, "GET", path, origin=o).cors]
    assert sharing == ([] if allowed is None else [allowed])


# WSGI, to the letter


def deferred(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"late"


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "HEAD"])
@pytest.mark.parametrize("origin", [ALLOWED, STRANGER, None])
@pytest.mark.parametrize("asks", ["PUT", None])
def test_both_sides_of_the_middleware_keep_to_the_standard(
    method: str, origin: str | None, asks: str | None
) -> None:
    def inside(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [b"hello"]

    wrapped = validator(CORSMiddleware(validator(inside), **OPTIONS, enforce=True))
    environ = create_environ("/", "http://api.example", method=method)
    environ |= {} if origin is None else {"HTTP_ORIGIN": origin}
    environ |= {} if asks is None else {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": asks}
    assert run(wrapped, environ).status in {200, 204, 403}


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("origin", [ALLOWED, STRANGER, None])
def test_a_guarded_flask_keeps_to_the_standard(method: str, origin: str | None) -> None:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "hello", endpoint="hello", methods=["GET", "POST"])
    CORSGuard(app, **OPTIONS, enforce=True)
    headers = {"Access-Control-Request-Method": "POST"} if method == "OPTIONS" else {}
    environ = create_environ("/", "http://api.example", method=method, headers=headers)
    environ |= {} if origin is None else {"HTTP_ORIGIN": origin}
    assert run(validator(app), environ).status in {200, 204, 403}


def test_a_generator_starts_its_response_when_it_is_read() -> None:
    started: list[list[tuple[str, str]]] = []

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> None:
        started.append(headers)

    environ = create_environ("/", headers={"Origin": ALLOWED})
    chunks = CORSMiddleware(deferred, **OPTIONS)(environ, start)
    assert body_of(chunks) == b"late"
    assert ("Access-Control-Allow-Origin", ALLOWED) in started[0]


def test_what_the_application_returns_is_closed() -> None:
    closed: list[bool] = []

    class Chunks:
        def __iter__(self) -> Iterator[bytes]:
            return iter([b"one"])

        def close(self) -> None:
            closed.append(True)

    def inside(environ: WSGIEnvironment, start_response: StartResponse) -> Chunks:
        start_response("200 OK", [])
        return Chunks()

    assert ask(CORSMiddleware(inside, **OPTIONS), "GET", "/").body == b"one"
    assert closed == [True]


def test_the_write_function_of_the_server_is_passed_on() -> None:
    def inside(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"written ")
        return [b"returned"]

    answer = ask(CORSMiddleware(inside, **OPTIONS), "GET", "/", origin=ALLOWED)
    assert (answer.body, answer.cors) == (b"written returned", SHARED)


def guard_around(app: WSGIApplication, **options: object) -> WSGIApplication:
    flask = Flask(__name__)
    flask.wsgi_app = app
    CORSGuard(flask, **options)
    return flask


@pytest.mark.parametrize("wrap", [CORSMiddleware, guard_around])
def test_an_error_replaces_headers_that_were_not_sent_yet(
    wrap: Callable[..., WSGIApplication],
) -> None:
    """PEP 3333: an application may start a second response, if it hands over what went wrong."""
    handed: list[object] = []

    def inside(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [("X-First", "1")])
        try:
            crash()
        except DeliberateError:
            start_response("500 Oops", [("X-Second", "1")], sys.exc_info())
        return [b"oops"]

    def start(status: str, headers: list[tuple[str, str]], error: object = None, /) -> None:
        handed.append((status, dict(headers), error and error[0]))

    environ = create_environ("/", headers={"Origin": ALLOWED})
    body_of(wrap(inside, **OPTIONS)(environ, start))
    (_, _, none), (status, headers, error) = handed
    assert (none, status, error) == (None, "500 Oops", DeliberateError)
    assert (headers["X-Second"], headers["Access-Control-Allow-Origin"]) == ("1", ALLOWED)
    assert "X-First" not in headers


def test_the_list_of_headers_of_the_application_is_not_changed() -> None:
    """It may be a constant."""
    headers = [("Content-Type", "text/plain"), ("Vary", "Cookie")]

    def inside(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", headers)
        return []

    for _ in range(2):
        answer = ask(CORSMiddleware(inside, **OPTIONS), "GET", "/", origin=ALLOWED)
        assert (answer.cors, answer.vary) == (SHARED, {"Cookie", "Origin"})
    assert headers == [("Content-Type", "text/plain"), ("Vary", "Cookie")]


def test_two_lines_of_vary_become_one() -> None:
    def inside(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [("Vary", "Cookie"), ("vary", "Accept, cookie")])
        return []

    answer = ask(CORSMiddleware(inside, **OPTIONS), "GET", "/")
    assert {name.lower() for name in answer.vary} == {"cookie", "accept", "origin"}


def test_an_application_that_raises_raises_through() -> None:
    with pytest.raises(DeliberateError):
        ask(CORSMiddleware(crash, **OPTIONS), "GET", "/", origin=ALLOWED)


# Hostile environments


HOSTILE: list[dict[str, object]] = [
    {},
    {"HTTP_ORIGIN": ALLOWED},
    {"HTTP_ORIGIN": ""},
    {"HTTP_ORIGIN": "null"},
    {"HTTP_ORIGIN": f"{ALLOWED}, {ALLOWED}"},
    {"HTTP_ORIGIN": "https://\r\nX-Injected: 1"},
    {"HTTP_ORIGIN": "https://\x00.example"},
    {"HTTP_ORIGIN": "https://\udcff.example"},
    {"HTTP_ORIGIN": "https://ünïcode.example"},
    {"HTTP_ORIGIN": "https://app.example" + "." * 10**6},
    {"HTTP_ORIGIN": "https://" + "a." * 10**5 + "example"},
    {"HTTP_ORIGIN": ALLOWED, "PATH_INFO": "/\u4e2d\u6587"},
    {"HTTP_ORIGIN": ALLOWED, "PATH_INFO": "/\xff\xfe"},
    {"HTTP_ORIGIN": ALLOWED, "PATH_INFO": "/\ud800"},
    {"HTTP_ORIGIN": ALLOWED, "PATH_INFO": ""},
    {"HTTP_ORIGIN": ALLOWED, "PATH_INFO": "*"},
    {"HTTP_ORIGIN": ALLOWED, "PATH_INFO": "/" * 10**6},
    {"HTTP_ORIGIN": ALLOWED, "PATH_INFO": "/a" * 10**5},
    {"HTTP_ORIGIN": ALLOWED, "HTTP_HOST": "\x00:\x00"},
    {"HTTP_ORIGIN": ALLOWED, "HTTP_HOST": "a" * 10**6},
    {"HTTP_ORIGIN": ALLOWED, "HTTP_SEC_FETCH_SITE": "\xff" * 10**6},
    {"HTTP_ORIGIN": ALLOWED, "HTTP_UPGRADE": "w" * 10**6},
    {"HTTP_ORIGIN": ALLOWED, "REQUEST_METHOD": ""},
    {"HTTP_ORIGIN": ALLOWED, "REQUEST_METHOD": "\r\n"},
    {"HTTP_ORIGIN": ALLOWED, "REQUEST_METHOD": "POST", "HTTP_HOST": ""},
]
ASKED: list[dict[str, object]] = [
    {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": ""},
    {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PUT\r\nX-Injected: 1"},
    {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": "\u4e2d"},
    {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": "P" * 10**6},
    {"HTTP_ACCESS_CONTROL_REQUEST_HEADERS": ""},
    {"HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "," * 10**6},
    {"HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "x-a," * 10**6},
    {"HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "x" * 10**6},
    {"HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "x-a\r\nX-Injected: 1"},
    {"HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "\udcff\u4e2d"},
]
PREFLIGHTS = [
    {
        "REQUEST_METHOD": "OPTIONS",
        "HTTP_ORIGIN": ALLOWED,
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PUT",
        **asked,
    }
    for asked in ASKED
]

POLICIES = {
    "plain": {"origins": [ALLOWED], "enforce": True},
    "patterns": {"origins": ["https://*.example", "https://*.app.example:*", "app://*"]},
    "regex": {"origins": [re.compile(r"https://[a-z]+\.app\.example")]},
    "callable": {"origins": [lambda origin, head: origin == ALLOWED]},
    "spelled-out": {
        "origins": [ALLOWED],
        "credentials": True,
        "methods": "*",
        "allow_headers": "*",
    },
    "everybody": {"origins": "*", "methods": "*", "allow_headers": "*"},
    "paths": {"resources": {"/a/*": {"origins": "*"}, re.compile("/[^/]*"): {"origins": ALLOWED}}},
}


EVERY_ENVIRONMENT = pytest.mark.parametrize(
    "environ", [*HOSTILE, *PREFLIGHTS], ids=range(len(HOSTILE + PREFLIGHTS))
)


def silent(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """
    Look at nothing, so that only the middleware can stumble.
    """
    start_response("200 OK", [])
    return []


@EVERY_ENVIRONMENT
@pytest.mark.parametrize("policy", list(POLICIES))
def test_no_environment_makes_the_middleware_raise(
    environ: dict[str, object], policy: str, caplog: pytest.LogCaptureFixture
) -> None:
    """And nothing that could split a response or fail on its way is echoed."""
    caplog.set_level(logging.DEBUG, "flask_corsguard")
    wrapped = CORSMiddleware(silent, **POLICIES[policy])
    with hearing(cors_decided, origin_rejected, request_refused) as heard:
        answer = run(wrapped, dict(environ))
    assert all(value.isascii() and value.isprintable() for _, value in answer.headers)
    assert all(len(value) < 5000 for _, value in answer.headers)
    said = [v for _, _, d in heard for v in (d.origin or "", d.path, d.method, d.detail)]
    assert all(text.isascii() and text.isprintable() and len(text) < 1500 for text in said)


@EVERY_ENVIRONMENT
def test_no_environment_gives_an_unlisted_origin_anything(environ: dict[str, object]) -> None:
    answer = run(CORSMiddleware(silent, **OPTIONS), dict(environ))
    shared = ALLOWED if environ.get("HTTP_ORIGIN") == ALLOWED else None
    assert answer.cors.get("Allow-Origin") == shared


@pytest.mark.parametrize("environ", [*HOSTILE[1:11], *PREFLIGHTS])
def test_no_header_makes_a_guarded_flask_raise(environ: dict[str, object]) -> None:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "hello", endpoint="hello", methods=["GET", "PUT"])
    app.testing = True
    CORSGuard(app, **OPTIONS)
    answer = ask(app, "GET", "/", environ=environ)
    expected = 200 if environ.get("REQUEST_METHOD", "GET") == "GET" else 204
    assert answer.status == expected


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_port_that_is_a_number_makes_no_guard_raise(method: str, fast: bool) -> None:
    """Some servers give `SERVER_PORT` as one; Werkzeug takes it, and so does Flask."""
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "hello", endpoint="hello", methods=["GET", "POST"])
    app.testing = True
    CORSGuard(app, **OPTIONS, enforce=True, fast_path=fast)
    for wrapped in (app, CORSMiddleware(silent, **OPTIONS, enforce=True)):
        for headers in ({}, {"Access-Control-Request-Method": "GET"}):
            environ = create_environ("/", method=method, headers={"Origin": ALLOWED, **headers})
            answer = run(wrapped, environ | {"SERVER_PORT": 443})
            assert answer.cors["Allow-Origin"] == ALLOWED


# How it is made


@pytest.mark.parametrize("app", [None, "app", 7])
def test_what_is_no_wsgi_application_is_a_type_error(app: object) -> None:
    with pytest.raises(TypeError, match="takes a WSGI application, not"):
        CORSMiddleware(app, origins="*")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"origins": None}, "origins: None"),
        ({"allow_origins": "*"}, "Write 'origins'"),
        ({"orgins": "*"}, "Write 'origins'"),
        ({"dev_origins": "http://localhost:*"}, "dev_origins"),
        ({"enforce_exempt": ["hook"]}, "enforce_exempt"),
        ({"resources": {"/api/*": "partners"}}, "resources['/api/*']: 'partners'"),
        ({"origins": "*", "credentials": True}, "CG130"),
    ],
)
def test_a_bad_option_is_refused_when_the_middleware_is_made(
    options: dict[str, object], message: str
) -> None:
    with pytest.raises(PolicyError, match=re.escape(message)):
        CORSMiddleware(bare, **options)


@pytest.mark.parametrize("options", [{}, {"origins": []}, {"resources": {"/": {"origins": []}}}])
def test_a_middleware_that_allows_nobody_says_so_once_when_it_is_made(
    options: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    wrapped = CORSMiddleware(bare, **options)
    for _ in range(2):
        ask(wrapped, "GET", "/", origin=ALLOWED)
    assert len(logged(caplog)) == 1


def test_a_middleware_that_allows_somebody_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    ask(CORSMiddleware(bare, **OPTIONS), "GET", "/", origin=ALLOWED)
    ask(CORSMiddleware(bare, **OPTIONS), "GET", "/", origin=STRANGER)
    assert logged(caplog) == []

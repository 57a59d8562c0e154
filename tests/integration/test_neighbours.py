"""
Flask-RESTful, flask-smorest and flask-sock: other ways to say what a view is.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from http import HTTPStatus
from typing import NoReturn
from wsgiref.types import StartResponse, WSGIEnvironment

import flask_smorest
import pytest
import simple_websocket
from flask import Flask, Response, abort, request
from flask.views import MethodView
from flask_restful import Api, Resource
from flask_smorest import Blueprint
from flask_sock import Sock
from marshmallow import Schema, fields
from werkzeug.serving import BaseWSGIServer, make_server

from flask_corsguard import CORSGuard, cross_origin, origin_rejected, request_refused, same_origin

from .helpers import ALLOWED, STRANGER, ask, hearing, logged, preflight

PARTNER = "https://partner.example"
SHARED = {"Allow-Origin": ALLOWED, "Allow-Credentials": "true"}
EVERY_ORIGIN = pytest.mark.parametrize(
    ("origin", "cors"),
    [(ALLOWED, SHARED), (STRANGER, {}), (None, {})],
    ids=["allowed", "rejected", "none"],
)


class DeliberateError(Exception):
    """
    Stand for whatever may go wrong in a view.
    """


# Flask-RESTful


class Todo(Resource):
    """
    Answer in as many ways as Flask-RESTful knows.
    """

    def get(self, number: int) -> dict[str, int]:
        return {"number": number}

    def put(self, number: int) -> tuple[dict[str, str], int, dict[str, str]]:
        return {"said": "put"}, 201, {"X-Own": "1"}

    def post(self, number: int) -> NoReturn:
        abort(429)

    def patch(self, number: int) -> NoReturn:
        raise DeliberateError

    @cross_origin(origins=PARTNER)
    def delete(self, number: int) -> tuple[str, int]:
        return "", 204


@cross_origin(origins=PARTNER)
class Shared(Resource):
    """
    Is marked as a class, but for one handler.
    """

    def get(self) -> str:
        return "shared"

    @same_origin
    def put(self) -> str:
        return "own"


class Heir(Shared):
    """
    Inherits the mark.
    """


@cross_origin(origins=PARTNER)
class Alike(Resource):
    """
    Has one policy for everything.
    """

    def get(self) -> str:
        return "alike"


def restful() -> Flask:
    app = Flask(__name__)
    api = Api(app, prefix="/api")
    api.add_resource(Todo, "/todo/<int:number>")
    api.add_resource(Shared, "/shared")
    api.add_resource(Heir, "/heir")
    api.add_resource(Alike, "/alike")
    CORSGuard(app, origins=[ALLOWED], credentials=True)
    return app


@EVERY_ORIGIN
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/todo/1", 200),
        ("HEAD", "/api/todo/1", 200),
        ("PUT", "/api/todo/1", 201),
        ("POST", "/api/todo/1", 429),
        ("PATCH", "/api/todo/1", 500),
        ("GET", "/api/todo/x", 404),
    ],
)
def test_restful_answers_carry_the_headers(
    method: str, path: str, status: int, origin: str | None, cors: dict[str, str]
) -> None:
    answer = ask(restful(), method, path, origin=origin)
    assert (answer.status, answer.cors, answer.vary) == (status, cors, {"Origin"})


@pytest.mark.parametrize(
    ("path", "origin", "cors"),
    [
        ("/api/alike", PARTNER, {"Allow-Origin": PARTNER}),
        ("/api/alike", ALLOWED, {}),
        ("/api/shared", PARTNER, {}),
        ("/api/shared", ALLOWED, SHARED),
    ],
)
def test_a_restful_405_is_governed_by_its_class_if_the_handlers_agree(
    path: str, origin: str, cors: dict[str, str]
) -> None:
    answer = ask(restful(), "DELETE", path, origin=origin)
    assert (answer.status, answer.cors) == (405, cors)


@pytest.mark.parametrize(
    ("method", "path", "origin", "status"),
    [
        ("GET", "/api/todo/1", ALLOWED, 204),
        ("PUT", "/api/todo/1", ALLOWED, 204),
        ("DELETE", "/api/todo/1", PARTNER, 204),
        ("DELETE", "/api/todo/1", ALLOWED, 403),
        ("PUT", "/api/todo/1", PARTNER, 403),
        ("GET", "/api/shared", PARTNER, 204),
        ("GET", "/api/shared", ALLOWED, 403),
        ("PUT", "/api/shared", PARTNER, 403),
        ("GET", "/api/heir", PARTNER, 204),
        ("PUT", "/api/heir", PARTNER, 403),
        ("GET", "/api/missing", ALLOWED, 204),
    ],
)
def test_restful_resources_and_handlers_have_policies_of_their_own(
    method: str, path: str, origin: str, status: int
) -> None:
    answer = preflight(restful(), path, method, origin=origin)
    assert (answer.status, answer.cors.get("Allow-Origin")) == (
        status,
        origin if status == HTTPStatus.NO_CONTENT else None,
    )


def test_a_marked_restful_handler_carries_its_own_headers() -> None:
    app = restful()
    partner = ask(app, "DELETE", "/api/todo/1", origin=PARTNER)
    assert (partner.status, partner.cors) == (204, {"Allow-Origin": PARTNER})
    assert ask(app, "DELETE", "/api/todo/1", origin=ALLOWED).cors == {}
    assert ask(app, "PUT", "/api/shared", origin=PARTNER).cors == {}


def test_no_mark_on_restful_resources_is_taken_for_dropped() -> None:
    app = restful()
    with app.app_context():
        assert app.extensions["corsguard"].make_plan().problems == []


def test_the_decorators_of_a_restful_resource_do_not_hide_its_marks() -> None:
    def plain(function: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            return function(*args, **kwargs)

        return call

    class Decorated(Resource):
        method_decorators = [plain]  # noqa: RUF012 - as the documentation of Flask-RESTful has it

        @cross_origin(origins=PARTNER)
        def get(self) -> str:
            return "decorated"

    app = Flask(__name__)
    Api(app).add_resource(Decorated, "/decorated")
    CORSGuard(app, origins=[ALLOWED])
    answer = ask(app, "GET", "/decorated", origin=PARTNER)
    assert (answer.status, answer.cors) == (200, {"Allow-Origin": PARTNER})


# flask-smorest


class PetSchema(Schema):
    """
    Describe a pet.
    """

    name = fields.String(required=True)


def smorest() -> Flask:
    app = Flask(__name__)
    app.config.update(API_TITLE="Pets", API_VERSION="1", OPENAPI_VERSION="3.0.3")
    pets = Blueprint("pets", __name__, url_prefix="/pets")
    closed = Blueprint("closed", __name__, url_prefix="/closed")
    same_origin(closed)

    @pets.route("/")
    class Pets(MethodView):
        @pets.response(200, PetSchema(many=True))
        def get(self) -> Sequence[dict[str, str]]:
            return [{"name": "Ada"}]

        @pets.arguments(PetSchema)
        @pets.response(201, PetSchema)
        def post(self, pet: dict[str, str]) -> dict[str, str]:
            return pet

        @cross_origin(origins=PARTNER)
        @pets.arguments(PetSchema)
        @pets.response(200, PetSchema)
        def put(self, pet: dict[str, str]) -> dict[str, str]:
            return pet

        @pets.response(204)
        @cross_origin(origins=PARTNER)
        def delete(self) -> None:
            flask_smorest.abort(409, message="still hungry")

    @pets.route("/marked")
    @cross_origin(origins=PARTNER)
    class Marked(MethodView):
        def get(self) -> str:
            return "marked"

    @cross_origin(origins=PARTNER)
    @pets.route("/also-marked")
    class AlsoMarked(MethodView):
        def get(self) -> str:
            return "marked"

    @pets.route("/function")
    @pets.response(200, PetSchema)
    @cross_origin(origins=PARTNER)
    def function() -> dict[str, str]:
        return {"name": "Ada"}

    @closed.route("/")
    def look() -> str:
        return "closed"

    api = flask_smorest.Api(app)
    api.register_blueprint(pets)
    api.register_blueprint(closed)
    CORSGuard(app, origins=[ALLOWED], credentials=True)
    return app


@EVERY_ORIGIN
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/pets/", 200),
        ("HEAD", "/pets/", 200),
        ("GET", "/pets", 308),
        ("POST", "/pets/", 422),
        ("GET", "/pets/missing", 404),
    ],
)
def test_smorest_answers_carry_the_headers(
    method: str, path: str, status: int, origin: str | None, cors: dict[str, str]
) -> None:
    headers = {"Content-Type": "application/json"} if method == "POST" else {}
    data = b"{}" if method == "POST" else None
    answer = ask(smorest(), method, path, origin=origin, headers=headers, data=data)
    assert (answer.status, answer.cors, answer.vary) == (status, cors, {"Origin"})


@pytest.mark.parametrize(
    ("method", "path", "origin", "status"),
    [
        ("GET", "/pets/", ALLOWED, 204),
        ("POST", "/pets/", ALLOWED, 204),
        ("PUT", "/pets/", PARTNER, 204),
        ("PUT", "/pets/", ALLOWED, 403),
        ("DELETE", "/pets/", PARTNER, 204),
        ("DELETE", "/pets/", ALLOWED, 403),
        ("GET", "/pets/marked", PARTNER, 204),
        ("GET", "/pets/marked", ALLOWED, 403),
        ("GET", "/pets/also-marked", PARTNER, 204),
        ("GET", "/pets/function", PARTNER, 204),
        ("GET", "/pets/function", ALLOWED, 403),
        ("GET", "/closed/", ALLOWED, 403),
    ],
)
def test_smorest_classes_handlers_and_blueprints_have_policies_of_their_own(
    method: str, path: str, origin: str, status: int
) -> None:
    answer = preflight(smorest(), path, method, origin=origin)
    assert (answer.status, answer.cors.get("Allow-Origin")) == (
        status,
        origin if status == HTTPStatus.NO_CONTENT else None,
    )


def test_an_error_of_a_marked_smorest_handler_carries_its_own_headers() -> None:
    answer = ask(smorest(), "DELETE", "/pets/", origin=PARTNER)
    assert (answer.status, answer.cors) == (409, {"Allow-Origin": PARTNER})


def test_no_mark_on_smorest_views_is_taken_for_dropped() -> None:
    app = smorest()
    with app.app_context():
        assert app.extensions["corsguard"].make_plan().problems == []


# flask-sock: browsers ask nobody before they open a WebSocket, so the server has to look itself


class Chat:
    """
    Serve a WebSocket that echoes one message, and note who was let in.
    """

    def __init__(self, **options: object) -> None:
        self.entered: list[str | None] = []
        self.app = Flask(__name__)
        self.app.config["SOCK_SERVER_OPTIONS"] = {"thread_class": Joined}
        sock = Sock(self.app)

        @sock.route("/chat")
        def chat(socket: simple_websocket.Server) -> None:
            self.entered.append(request.headers.get("Origin"))
            socket.send(f"echo {socket.receive(timeout=10)}")

        self.app.add_url_rule("/hello", view_func=lambda: "hello", endpoint="hello")
        CORSGuard(self.app, **options)


class Joined(threading.Thread):
    """
    Do not outlive the process, whatever happens to a connection.
    """

    def __init__(self, **options: object) -> None:
        super().__init__(**options, daemon=True)


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], int]]:
    """
    Give a function that serves an application on a loopback port until the test ends.
    """
    running: list[tuple[BaseWSGIServer, threading.Thread]] = []

    def start(app: Flask) -> int:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        return server.server_port

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


class Client(simple_websocket.Client):
    """
    Send the port in `Host` as browsers do, and leave no socket open where the server refuses.
    """

    def handshake(self) -> None:
        self.host = f"{self.host}:{self.port}"
        try:
            super().handshake()
        except simple_websocket.ConnectionError:
            self.sock.close()
            raise


def talk(port: int, headers: dict[str, str]) -> str:
    """
    Open a WebSocket, say hello, and wait until the server hangs up.
    """
    url = f"ws://127.0.0.1:{port}/chat"
    client = Client.connect(url, headers=headers, thread_class=Joined)
    client.send("hello")
    heard = client.receive(timeout=10)
    with pytest.raises(simple_websocket.ConnectionClosed):
        client.receive(timeout=10)
    client.thread.join()
    return heard


def knock(port: int, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
    """
    Ask for a WebSocket and read the answer of a server that does not want one.
    """
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        handshake = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version": "13",
        }
        connection.request("GET", "/chat", headers=handshake | headers)
        response = connection.getresponse()
        response.read()
        return response.status, dict(response.getheaders())


ENFORCED = [
    {"origins": [ALLOWED], "enforce": True},
    {"enforce": True, "resources": {"/hello": {"origins": ALLOWED}}},
]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ALLOWED},
        {"Origin": ALLOWED, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://own.example", "Sec-Fetch-Site": "same-origin"},
        {},
    ],
    ids=["allowed", "allowed-cross-site", "same-origin", "no-browser"],
)
def test_a_websocket_is_opened_for_whom_enforcement_lets_pass(
    serve: Callable[[Flask], int], headers: dict[str, str]
) -> None:
    chat = Chat(origins=[ALLOWED], enforce=True)
    assert talk(serve(chat.app), headers) == "echo hello"
    assert chat.entered == [headers.get("Origin")]


def test_a_websocket_is_opened_for_a_page_of_the_same_host(serve: Callable[[Flask], int]) -> None:
    chat = Chat(origins=[ALLOWED], enforce=True)
    port = serve(chat.app)
    assert talk(port, {"Origin": f"http://127.0.0.1:{port}"}) == "echo hello"


@pytest.mark.parametrize("options", ENFORCED, ids=["governed", "ungoverned"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": STRANGER},
        {"Origin": STRANGER, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:1"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": STRANGER, "Upgrade": "WebSocket"},
    ],
)
def test_a_websocket_is_refused_to_strangers_under_enforcement(
    serve: Callable[[Flask], int], options: dict[str, object], headers: dict[str, str]
) -> None:
    chat = Chat(**options)
    with hearing(request_refused) as heard:
        status, answered = knock(serve(chat.app), headers)
    assert (status, chat.entered) == (403, [])
    assert not [name for name in answered if name.startswith("Access-Control-")]
    assert [(name, sender) for name, sender, _ in heard] == [("request-refused", chat.app)]


def test_a_websocket_client_is_told_403(serve: Callable[[Flask], int]) -> None:
    chat = Chat(origins=[ALLOWED], enforce=True)
    port = serve(chat.app)
    with pytest.raises(simple_websocket.ConnectionError) as error:
        talk(port, {"Origin": STRANGER})
    assert error.value.status_code == HTTPStatus.FORBIDDEN


def test_a_websocket_that_everybody_may_read_is_still_refused_to_strangers(
    serve: Callable[[Flask], int],
) -> None:
    chat = Chat(origins="*", enforce=True)
    status, _ = knock(serve(chat.app), {"Origin": STRANGER})
    assert (status, chat.entered) == (403, [])


def test_without_enforcement_a_websocket_is_open_to_everybody(
    serve: Callable[[Flask], int],
) -> None:
    chat = Chat(origins=[ALLOWED])
    assert talk(serve(chat.app), {"Origin": STRANGER}) == "echo hello"


def test_in_report_mode_a_websocket_is_opened_and_reported(serve: Callable[[Flask], int]) -> None:
    chat = Chat(origins=[ALLOWED], enforce="report")
    with hearing(request_refused) as heard:
        assert talk(serve(chat.app), {"Origin": STRANGER}) == "echo hello"
    assert [decision.refusal for _, _, decision in heard] == ["reported"]


def test_a_mark_on_a_websocket_view_counts(serve: Callable[[Flask], int]) -> None:
    app = Flask(__name__)
    sock = Sock(app)

    @sock.route("/chat")
    @cross_origin(origins=PARTNER, enforce=True)
    def chat(socket: simple_websocket.Server) -> None:
        socket.send(f"echo {socket.receive(timeout=10)}")

    CORSGuard(app, origins=[ALLOWED])
    port = serve(app)
    assert talk(port, {"Origin": PARTNER}) == "echo hello"
    assert knock(port, {"Origin": ALLOWED})[0] == HTTPStatus.FORBIDDEN


def test_a_websocket_that_ends_is_nothing_to_log(
    serve: Callable[[Flask], int], caplog: pytest.LogCaptureFixture
) -> None:
    chat = Chat(origins=[ALLOWED])
    talk(serve(chat.app), {"Origin": ALLOWED})
    assert logged(caplog) == []


def test_a_websocket_that_ends_by_an_exception_is_not_called_a_cors_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Under Gunicorn, flask-sock leaves with StopIteration; and no browser checks CORS here."""

    class Hijacked(Response):
        def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> NoReturn:
            raise StopIteration

    app = Flask(__name__)
    app.add_url_rule("/chat", view_func=Hijacked, endpoint="chat", websocket=True)
    CORSGuard(app, origins=[ALLOWED])
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    with pytest.raises(StopIteration):
        ask(app, "GET", "/chat", origin=ALLOWED, headers=upgrade)
    assert logged(caplog) == []


@pytest.mark.parametrize(("origin", "heard_of"), [(ALLOWED, 0), (STRANGER, 1)])
def test_a_websocket_of_a_stranger_is_reported_once(origin: str, heard_of: int) -> None:
    app = Flask(__name__)
    app.add_url_rule("/chat", view_func=lambda: "chat", endpoint="chat", websocket=True)
    CORSGuard(app, origins=[ALLOWED])
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    with hearing(origin_rejected) as heard:
        ask(app, "GET", "/chat", origin=origin, headers=upgrade)
    assert len(heard) == heard_of

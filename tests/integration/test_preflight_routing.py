"""
A preflight is governed by the view that the announced request would reach.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

import pytest
from flask import Blueprint, Flask, Response, abort, request
from flask.views import MethodView
from werkzeug.routing import BaseConverter

from flask_corsguard import (
    CORSGuard,
    Reason,
    cors_decided,
    cross_origin,
    origin_rejected,
    preflight_rejected,
    same_origin,
)

from .helpers import ALLOWED, ANY_OPTIONS, STRANGER, ask, hearing, preflight

READERS = "https://readers.example"
WRITERS = "https://writers.example"
GUARDS_OWN = "https://guard.example"
DEFAULT_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}


pytestmark = pytest.mark.usefixtures("way")


def say(text: str) -> Callable[..., str]:
    return lambda **_: text


def must_not_run(**_: object) -> str:
    raise AssertionError("a preflight has reached what it is about")


def never() -> Callable[..., str]:
    """
    Give a view of its own, to be marked, that must not run either.
    """
    return lambda **_: must_not_run()


def reader(app: Flask, path: str = "/item") -> None:
    view = cross_origin(origins=READERS)(say("read"))
    app.add_url_rule(path, view_func=view, endpoint="read", methods=["GET"])


def writer(app: Flask, path: str = "/item") -> None:
    view = cross_origin(origins=WRITERS, credentials=True)(say("written"))
    app.add_url_rule(path, view_func=view, endpoint="write", methods=["PUT", "DELETE"])


# Two views on one URL


@pytest.mark.parametrize("order", [(reader, writer), (writer, reader)], ids=["reader", "writer"])
@pytest.mark.parametrize(
    ("method", "origin", "status"),
    [
        ("GET", READERS, 204),
        ("HEAD", READERS, 204),
        ("PUT", WRITERS, 204),
        ("DELETE", WRITERS, 204),
        ("GET", WRITERS, 403),
        ("PUT", READERS, 403),
        ("DELETE", READERS, 403),
        ("PUT", GUARDS_OWN, 403),
    ],
)
def test_two_views_on_one_url_keep_their_policies(
    order: tuple[Callable[[Flask], None], ...], method: str, origin: str, status: int
) -> None:
    app = Flask(__name__)
    for register in order:
        register(app)
    CORSGuard(app, origins=GUARDS_OWN)
    answer = preflight(app, "/item", method, origin=origin)
    assert (answer.status, answer.cors.get("Allow-Origin")) == (
        status,
        origin if status == HTTPStatus.NO_CONTENT else None,
    )
    assert answer.cors.get("Allow-Credentials") == (
        "true" if (status, origin) == (204, WRITERS) else None
    )


def test_the_methods_of_a_view_with_another_policy_are_not_in_the_answer() -> None:
    app = Flask(__name__)
    reader(app)
    writer(app)
    CORSGuard(app, origins=GUARDS_OWN)
    assert "PUT" not in preflight(app, "/item", "GET", origin=READERS).methods
    assert "GET" not in preflight(app, "/item", "PUT", origin=WRITERS).methods


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_views_of_one_url_and_one_policy_make_one_answer(method: str) -> None:
    """All allowed methods are listed, so that the browser's cache covers the next call too."""
    app = Flask(__name__)
    app.add_url_rule("/item", view_func=say("read"), endpoint="read", methods=["GET"])
    app.add_url_rule("/item", view_func=say("put"), endpoint="put", methods=["PUT"])
    app.add_url_rule("/item", view_func=say("rest"), endpoint="rest", methods=["DELETE", "PATCH"])
    CORSGuard(app, origins=ALLOWED)
    assert preflight(app, "/item", method).methods - {"OPTIONS"} == {
        "GET",
        "HEAD",
        "PUT",
        "DELETE",
        "PATCH",
    }


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_views_behind_a_redirect_make_one_answer_too(method: str) -> None:
    app = Flask(__name__)
    app.add_url_rule("/item/", view_func=say("read"), endpoint="read", methods=["GET"])
    app.add_url_rule("/item/", view_func=say("put"), endpoint="put", methods=["PUT"])
    CORSGuard(app, origins=ALLOWED)
    assert preflight(app, "/item", method).methods - {"OPTIONS"} == {"GET", "HEAD", "PUT"}


def test_handlers_of_one_class_keep_their_policies() -> None:
    class Item(MethodView):
        @cross_origin(origins=READERS)
        def get(self) -> str:
            return "read"

        @cross_origin(origins=WRITERS)
        def put(self) -> str:
            return "written"

        @same_origin
        def delete(self) -> str:
            return "deleted"

    app = Flask(__name__)
    app.add_url_rule("/item", view_func=Item.as_view("item"))
    CORSGuard(app, origins=GUARDS_OWN)
    asked = [("GET", READERS), ("PUT", WRITERS), ("GET", WRITERS), ("PUT", READERS)]
    asked += [("DELETE", origin) for origin in (READERS, WRITERS, GUARDS_OWN)]
    statuses = [preflight(app, "/item", method, origin=origin).status for method, origin in asked]
    assert statuses == [204, 204, 403, 403, 403, 403, 403]


def test_what_was_answered_for_one_host_is_no_answer_for_another() -> None:
    app = Flask(__name__, host_matching=True, static_folder=None)
    for name, origin in (("one", ALLOWED), ("two", READERS)):
        view = cross_origin(origins=origin)(say(name))
        app.add_url_rule("/", view_func=view, endpoint=name, host=f"{name}.example")
    CORSGuard(app)
    hosts = ["one.example", "two.example"] * 2
    statuses = [preflight(app, "/", "GET", host=host).status for host in hosts]
    assert statuses == [204, 403, 204, 403]


@pytest.mark.parametrize(
    "asked",
    [
        [{"path": "/item"}, {"path": "/other"}],
        [{"method": "PUT"}, {"method": "DELETE"}],
        [{"origin": ALLOWED}, {"origin": STRANGER}],
        [{"names": "x-a"}, {"names": "x-b"}, {}],
        [{"host": "api.example"}, {"host": "other.example"}],
    ],
)
def test_the_order_of_preflights_makes_no_difference(asked: list[dict[str, str]]) -> None:
    def answers(questions: list[dict[str, str]]) -> list[tuple[object, ...]]:
        app = Flask(__name__)
        app.config["TRUSTED_HOSTS"] = ["api.example"]
        app.add_url_rule("/item", view_func=say("item"), endpoint="item", methods=["PUT"])
        app.add_url_rule("/other", view_func=say("other"), endpoint="other", methods=["DELETE"])
        CORSGuard(app, resources={"/item": {"origins": ALLOWED, "allow_headers": "X-A"}})
        found = []
        for question in questions:
            with hearing(cors_decided) as heard:
                answer = preflight(app, **{"path": "/item", "method": "PUT", **question})
            reasons = [decision.reason for _, _, decision in heard]
            found.append((answer.status, answer.cors, answer.vary, reasons))
        return found

    forth, back = answers(asked), answers(asked[::-1])
    assert forth == back[::-1]
    assert answers(asked + asked) == forth + forth


# Methods


@pytest.mark.parametrize(
    "methods", [["GET"], ["POST"], ["PUT"], ["GET", "PATCH"], ["PROPFIND"], ["GET", "CHICKEN"]]
)
def test_methods_are_derived_from_the_route(methods: list[str]) -> None:
    app = Flask(__name__)
    app.add_url_rule("/item", view_func=say("item"), endpoint="item", methods=methods)
    CORSGuard(app, origins=ALLOWED)
    answer = preflight(app, "/item", methods[-1])
    implied = {"HEAD"} if "GET" in methods else set()
    assert answer.methods - {"OPTIONS"} == {*methods, *implied}


def test_the_whole_answer_to_a_preflight() -> None:
    app = Flask(__name__)
    app.add_url_rule("/item", view_func=must_not_run, endpoint="item", methods=["GET", "PUT"])
    CORSGuard(
        app,
        origins=ALLOWED,
        allow_headers=["Authorization", "X-A"],
        expose_headers=["X-Total"],
        credentials=True,
        max_age=60,
    )
    answer = preflight(app, "/item", "PUT", names="authorization,x-a")
    assert (answer.status, answer.body, answer.vary) == (204, b"", ANY_OPTIONS)
    assert answer.methods - {"OPTIONS"} == {"GET", "HEAD", "PUT"}
    assert {k: v for k, v in answer.cors.items() if k != "Allow-Methods"} == {
        "Allow-Origin": ALLOWED,
        "Allow-Credentials": "true",
        "Allow-Headers": "Authorization, X-A",
        "Max-Age": "60",
    }
    assert "Content-Type" not in answer.headers


def test_a_rejected_preflight_is_a_403_without_cors_headers_and_body() -> None:
    app = Flask(__name__)
    app.add_url_rule("/item", view_func=must_not_run, endpoint="item", methods=["PUT"])
    CORSGuard(app, origins=ALLOWED)
    answer = preflight(app, "/item", "PUT", origin=STRANGER)
    assert (answer.status, answer.cors, answer.vary) == (403, {}, ANY_OPTIONS)
    assert answer.body == b""


def test_in_debug_mode_a_rejected_preflight_names_the_check_and_the_fix() -> None:
    app = Flask(__name__)
    app.debug = True
    app.add_url_rule("/item", view_func=must_not_run, endpoint="item", methods=["PUT"])
    CORSGuard(app, origins=ALLOWED)
    answer = preflight(app, "/item", "PUT", origin=STRANGER)
    assert (answer.status, answer.cors) == (403, {})
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert b"origin-not-allowed" in answer.body
    assert Reason.ORIGIN_NOT_ALLOWED.fix.encode() in answer.body


@pytest.mark.parametrize(
    ("method", "names", "reason"),
    [
        ("DELETE", None, Reason.METHOD_NOT_ALLOWED),
        ("put", None, Reason.METHOD_NOT_ALLOWED),
        ("", None, Reason.METHOD_NOT_ALLOWED),
        ("PUT, GET", None, Reason.METHOD_NOT_ALLOWED),
        ("PUT", "x-b", Reason.HEADER_NOT_ALLOWED),
        ("PUT", "x a", Reason.HEADERS_MALFORMED),
    ],
)
def test_what_is_not_allowed_is_answered_like_what_is_so_that_the_browser_names_it(
    method: str, names: str | None, reason: Reason
) -> None:
    app = Flask(__name__)
    app.add_url_rule("/item", view_func=must_not_run, endpoint="item", methods=["GET", "PUT"])
    CORSGuard(app, origins=ALLOWED, allow_headers=["X-A"])
    fine = preflight(app, "/item", "PUT", names="x-a")
    with hearing(preflight_rejected) as heard:
        answer = preflight(app, "/item", method, names=names)
    assert (answer.status, answer.cors, answer.vary) == (204, fine.cors, ANY_OPTIONS)
    assert [decision.reason for _, _, decision in heard] == [reason]


@pytest.mark.parametrize("path", ["/item", "/missing", "/slash", "/slash/"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "GET"])
def test_written_methods_are_the_answer_whatever_the_route_has(path: str, method: str) -> None:
    app = Flask(__name__)
    app.add_url_rule("/item", view_func=must_not_run, endpoint="item", methods=["GET", "DELETE"])
    app.add_url_rule("/slash/", view_func=must_not_run, endpoint="slash")
    CORSGuard(app, origins=ALLOWED, methods=["PUT", "CHICKEN"])
    assert preflight(app, path, method).cors["Allow-Methods"] == "PUT, CHICKEN"


# URLs that lead to no view


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_unknown_url_has_the_usual_methods(method: str) -> None:
    """The page is to see the 404, not a CORS error."""
    app = Flask(__name__)
    CORSGuard(app, origins=ALLOWED)
    answer = preflight(app, "/missing", method)
    assert (answer.status, answer.methods) == (204, DEFAULT_METHODS)
    assert (ask(app, method, "/missing", origin=ALLOWED).status) == HTTPStatus.NOT_FOUND


def test_an_unknown_url_is_governed_by_its_path_rule() -> None:
    app = Flask(__name__)
    CORSGuard(app, resources={"/api/*": {"origins": ALLOWED}, "/api/in/*": {"origins": READERS}})
    assert preflight(app, "/api/missing").status == HTTPStatus.NO_CONTENT
    assert preflight(app, "/api/in/missing").status == HTTPStatus.FORBIDDEN


def test_an_unknown_url_that_nothing_governs_is_left_to_flask() -> None:
    app = Flask(__name__)
    CORSGuard(app, resources={"/api/*": {"origins": ALLOWED}})
    answer = preflight(app, "/missing")
    assert (answer.status, answer.cors, answer.vary) == (404, {}, set())


def test_a_known_url_that_nothing_governs_is_left_to_flask() -> None:
    app = Flask(__name__)
    app.add_url_rule("/item", view_func=say("item"), endpoint="item", methods=["GET", "PUT"])
    CORSGuard(app, resources={"/api/*": {"origins": ALLOWED}})
    answer = preflight(app, "/item")
    assert (answer.status, answer.cors, answer.vary) == (200, {}, set())
    assert split_allow(answer.headers["Allow"]) == {"GET", "HEAD", "OPTIONS", "PUT"}


def split_allow(value: str) -> set[str]:
    return {name.strip() for name in value.split(",")}


@pytest.mark.parametrize("method", ["PATCH", "CHICKEN"])
def test_a_405_is_governed_by_the_views_if_they_agree(method: str) -> None:
    app = Flask(__name__)
    for name, methods in (("read", ["GET"]), ("write", ["PUT", "DELETE"])):
        view = cross_origin(origins=ALLOWED)(say(name))
        app.add_url_rule("/item", view_func=view, endpoint=name, methods=methods)
    CORSGuard(app, origins=GUARDS_OWN)
    answer = preflight(app, "/item", method)
    assert answer.cors["Allow-Origin"] == ALLOWED
    assert answer.methods - {"OPTIONS"} == {"GET", "HEAD", "PUT", "DELETE"}
    assert ask(app, method, "/item", origin=ALLOWED).cors == {"Allow-Origin": ALLOWED}
    assert ask(app, method, "/item", origin=GUARDS_OWN).cors == {}


@pytest.mark.parametrize(
    ("options", "allowed"),
    [
        ({"origins": GUARDS_OWN}, GUARDS_OWN),
        ({"resources": {"/item": {"origins": ALLOWED}}}, ALLOWED),
        ({"origins": GUARDS_OWN, "resources": {"/item": {"origins": ALLOWED}}}, ALLOWED),
    ],
)
def test_a_405_is_governed_by_path_rule_or_guard_if_the_views_disagree(
    options: dict[str, object], allowed: str
) -> None:
    app = Flask(__name__)
    reader(app)
    writer(app)
    CORSGuard(app, **options)
    for origin in (READERS, WRITERS, allowed):
        cors = {"Allow-Origin": allowed} if origin == allowed else {}
        status = 204 if origin == allowed else 403
        assert ask(app, "PATCH", "/item", origin=origin).cors == cors
        assert preflight(app, "/item", "PATCH", origin=origin).status == status


def test_a_405_of_a_class_is_governed_by_the_class() -> None:
    @cross_origin(origins=ALLOWED)
    class Item(MethodView):
        def get(self) -> str:
            return "read"

    app = Flask(__name__)
    app.add_url_rule("/item", view_func=Item.as_view("item"))
    CORSGuard(app, origins=GUARDS_OWN)
    assert ask(app, "PUT", "/item", origin=ALLOWED).cors == {"Allow-Origin": ALLOWED}
    assert preflight(app, "/item", "PUT").status == HTTPStatus.NO_CONTENT


def test_a_405_of_a_class_whose_handlers_agree_is_governed_by_them() -> None:
    """Flask's automatic OPTIONS is no view; it has no say in this."""

    class Item(MethodView):
        @cross_origin(origins=ALLOWED)
        def get(self) -> str:
            return "read"

        @cross_origin(origins=ALLOWED)
        def put(self) -> str:
            return "written"

    app = Flask(__name__)
    app.add_url_rule("/item", view_func=Item.as_view("item"))
    CORSGuard(app, origins=GUARDS_OWN)
    assert ask(app, "PATCH", "/item", origin=ALLOWED).cors == {"Allow-Origin": ALLOWED}
    assert preflight(app, "/item", "PATCH").status == HTTPStatus.NO_CONTENT


def test_a_405_of_a_class_whose_handlers_are_all_same_origin_is_closed() -> None:
    class Item(MethodView):
        @same_origin
        def get(self) -> str:
            return "read"

    app = Flask(__name__)
    app.add_url_rule("/item", view_func=Item.as_view("item"))
    CORSGuard(app, origins=GUARDS_OWN)
    assert ask(app, "PATCH", "/item", origin=GUARDS_OWN).cors == {}
    assert preflight(app, "/item", "PATCH", origin=GUARDS_OWN).status == HTTPStatus.FORBIDDEN


def test_a_405_below_a_marked_blueprint_is_governed_by_the_blueprint() -> None:
    app = Flask(__name__)
    blueprint = Blueprint("api", __name__, url_prefix="/api")
    blueprint.add_url_rule("/item", view_func=say("item"), endpoint="item")
    cross_origin(origins=ALLOWED)(blueprint)
    app.register_blueprint(blueprint)
    CORSGuard(app, origins=GUARDS_OWN)
    assert ask(app, "PUT", "/api/item", origin=ALLOWED).cors == {"Allow-Origin": ALLOWED}
    assert preflight(app, "/api/item", "PUT").status == HTTPStatus.NO_CONTENT


# Redirects


def redirecting(**options: object) -> Flask:
    app = Flask(__name__)
    for name, path in (("slash", "/slash/"), ("deep", "/sláva ž/x/"), ("ab", "/a/b")):
        view = cross_origin(origins=ALLOWED)(never())
        app.add_url_rule(path, view_func=view, endpoint=name, methods=["GET", "PUT"])
    app.add_url_rule("/old", endpoint="old", redirect_to="/slash/")
    app.add_url_rule("/older", endpoint="older", redirect_to="/old")
    app.add_url_rule("/away", endpoint="away", redirect_to="https://elsewhere.example/slash/")
    app.add_url_rule("/round", endpoint="round", redirect_to="/round")
    page = cross_origin(origins=ALLOWED)(never())
    app.add_url_rule("/page/", view_func=page, endpoint="page", defaults={"n": 1})
    app.add_url_rule("/page/<int:n>", view_func=page, endpoint="page")
    CORSGuard(app, **options)
    return app


REDIRECTED = [
    ("/slash", None),
    ("/slash?a=b", None),
    ("/sl%C3%A1va%20%C5%BE/x", None),
    ("/old", None),
    ("/older", None),
    ("/page/1", None),
    ("/", {"PATH_INFO": "/a//b"}),
]


@pytest.mark.parametrize(("path", "environ"), REDIRECTED)
def test_a_redirect_is_governed_by_its_target(path: str, environ: dict[str, object] | None) -> None:
    app = redirecting(origins=GUARDS_OWN)
    allowed = preflight(app, path, "GET", environ=environ)
    actual = ask(app, "GET", path, origin=ALLOWED, environ=environ)
    assert (allowed.status, allowed.cors["Allow-Origin"]) == (204, ALLOWED)
    assert (actual.status, actual.cors) == (308, {"Allow-Origin": ALLOWED})
    assert preflight(app, path, "GET", origin=GUARDS_OWN, environ=environ).status == 403
    assert ask(app, "GET", path, origin=GUARDS_OWN, environ=environ).cors == {}


@pytest.mark.parametrize("path", ["/away", "/round"])
def test_a_redirect_that_leads_out_or_nowhere_is_governed_by_the_guard(path: str) -> None:
    app = redirecting(origins=GUARDS_OWN)
    assert preflight(app, path, "GET", origin=GUARDS_OWN).status == HTTPStatus.NO_CONTENT
    assert ask(app, "GET", path, origin=GUARDS_OWN).cors == {"Allow-Origin": GUARDS_OWN}


@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_a_preflight_is_answered_before_the_redirect(method: str) -> None:
    answer = preflight(redirecting(), "/slash", method)
    assert (answer.status, answer.cors["Allow-Origin"]) == (204, ALLOWED)
    assert "Location" not in answer.headers


# Parameters of paths


class Word(BaseConverter):
    """
    Take what `int` leaves over.
    """

    regex = "[a-z]+"


class Picky(BaseConverter):
    """
    Fail in a way that the router does not expect.
    """

    def to_python(self, value: str) -> int:
        return int(value)


def parametrised() -> Flask:
    app = Flask(__name__)
    app.url_map.converters["word"] = Word
    rules = [
        ("/user/<int:number>", "https://number.example"),
        ("/user/<word:name>", "https://word.example"),
        ("/user/<path:rest>", "https://path.example"),
        ("/file/<name>.<any(txt, csv):kind>", "https://file.example"),
        ("/uuid/<uuid:key>", "https://uuid.example"),
        ("/float/<float:x>", "https://float.example"),
    ]
    for rule, origin in rules:
        view = cross_origin(origins=origin)(never())
        app.add_url_rule(rule, view_func=view, endpoint=rule.replace(".", ""), methods=["PUT"])
    CORSGuard(app, origins=GUARDS_OWN)
    return app


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("/user/7", "https://number.example"),
        ("/user/ada", "https://word.example"),
        ("/user/Ada", "https://path.example"),
        ("/user/7/pictures/1", "https://path.example"),
        ("/user/a%20b", "https://path.example"),
        ("/file/a.txt", "https://file.example"),
        ("/file/a.doc", GUARDS_OWN),
        ("/uuid/12345678-1234-5678-1234-567812345678", "https://uuid.example"),
        ("/uuid/7", GUARDS_OWN),
        ("/float/1.5", "https://float.example"),
        ("/float/1", GUARDS_OWN),
    ],
)
def test_converters_say_which_view_is_asked_about(path: str, origin: str) -> None:
    answer = preflight(parametrised(), path, "PUT", origin=origin)
    assert (answer.status, answer.cors["Allow-Origin"]) == (204, origin)


def test_a_converter_that_crashes_loses_no_header() -> None:
    app = Flask(__name__)
    app.url_map.converters["picky"] = Picky
    app.add_url_rule("/p/<picky:n>", view_func=say("picky"), endpoint="picky", methods=["PUT"])
    CORSGuard(app, origins=ALLOWED)
    assert ask(app, "PUT", "/p/1", origin=ALLOWED).cors == {"Allow-Origin": ALLOWED}
    crashed = ask(app, "PUT", "/p/x", origin=ALLOWED)
    assert (crashed.status, crashed.cors) == (500, {"Allow-Origin": ALLOWED})


def test_a_preflight_whose_converter_crashes_does_not_make_the_guard_raise() -> None:
    app = Flask(__name__)
    app.url_map.converters["picky"] = Picky
    app.add_url_rule("/p/<picky:n>", view_func=say("picky"), endpoint="picky", methods=["PUT"])
    CORSGuard(app, origins=ALLOWED)
    assert preflight(app, "/p/x", "PUT").status in {204, 403, 500}


# Before everything else


@pytest.mark.parametrize("path", ["/item", "/slash", "/missing", "/gone"])
def test_a_preflight_is_answered_before_login_checks_404s_and_redirects(path: str) -> None:
    app = Flask(__name__)
    app.before_request(must_not_run)
    app.add_url_rule("/item", view_func=must_not_run, endpoint="item", methods=["PUT"])
    app.add_url_rule("/slash/", view_func=must_not_run, endpoint="slash", methods=["PUT"])
    app.add_url_rule("/gone", view_func=must_not_run, endpoint="gone", methods=["GET"])
    CORSGuard(app, origins=ALLOWED)
    app.before_request(must_not_run)
    answer = preflight(app, path, "PUT")
    assert (answer.status, answer.cors["Allow-Origin"]) == (204, ALLOWED)


def test_a_rejected_preflight_is_answered_before_login_checks_too() -> None:
    app = Flask(__name__)
    app.before_request(must_not_run)
    CORSGuard(app, origins=ALLOWED)
    assert preflight(app, "/item", "PUT", origin=STRANGER).status == HTTPStatus.FORBIDDEN


# OPTIONS that is no preflight


def with_own_options() -> tuple[Flask, list[str]]:
    app, asked = Flask(__name__), []

    def view() -> Response | str:
        asked.append(request.method)
        if request.method == "OPTIONS":
            return Response("my options", headers={"X-App-Options": "1"})
        return "item"

    app.add_url_rule("/item", view_func=view, endpoint="item", methods=["GET", "OPTIONS"])
    CORSGuard(app, origins=ALLOWED)
    return app, asked


@pytest.mark.parametrize(
    ("origin", "headers"),
    [
        (ALLOWED, {}),
        (STRANGER, {}),
        (None, {}),
        (None, {"Access-Control-Request-Method": "PUT"}),
        (ALLOWED, {"Access-Control-Request-Headers": "x-a"}),
    ],
)
def test_options_that_is_no_preflight_reaches_the_view(
    origin: str | None, headers: dict[str, str]
) -> None:
    app, asked = with_own_options()
    answer = ask(app, "OPTIONS", "/item", origin=origin, headers=headers)
    cors = {"Allow-Origin": ALLOWED} if origin == ALLOWED else {}
    assert (answer.status, answer.body, asked) == (200, b"my options", ["OPTIONS"])
    assert (answer.cors, answer.vary) == (cors, ANY_OPTIONS)


def test_a_preflight_does_not_reach_a_view_for_options() -> None:
    app, asked = with_own_options()
    answer = preflight(app, "/item", "GET")
    assert (answer.status, answer.body, asked) == (204, b"", [])
    assert "X-App-Options" not in answer.headers
    assert answer.methods == {"GET", "HEAD", "OPTIONS"}


def test_a_preflight_may_announce_options() -> None:
    """What fetch() with the method OPTIONS sends first."""
    app, _ = with_own_options()
    answer = preflight(app, "/item", "OPTIONS")
    assert answer.status == HTTPStatus.NO_CONTENT
    assert "OPTIONS" in answer.methods


def test_flasks_automatic_options_answers_what_is_no_preflight() -> None:
    app = Flask(__name__)
    app.add_url_rule("/item", view_func=must_not_run, endpoint="item", methods=["GET", "PUT"])
    CORSGuard(app, origins=ALLOWED)
    answer = ask(app, "OPTIONS", "/item", origin=ALLOWED)
    assert (answer.status, answer.cors) == (200, {"Allow-Origin": ALLOWED})
    assert split_allow(answer.headers["Allow"]) == {"GET", "HEAD", "OPTIONS", "PUT"}


def test_a_preflight_is_reported_with_what_it_announces() -> None:
    app = Flask(__name__)
    app.add_url_rule("/user/<int:n>", view_func=must_not_run, endpoint="user", methods=["PUT"])
    CORSGuard(app, origins=ALLOWED)
    with hearing(cors_decided, origin_rejected) as heard:
        preflight(app, "/user/7", "PUT", origin=STRANGER)
    decisions = [decision for _, _, decision in heard]
    assert [name for name, _, _ in heard] == ["cors-decided", "origin-rejected"]
    assert {(d.kind.value, d.method, d.path) for d in decisions} == {
        ("preflight", "PUT", "/user/7")
    }


def test_a_callable_sees_the_announced_views_arguments() -> None:
    """A preflight carries no cookie, so a tenant has to be found in the URL."""
    app, seen = Flask(__name__), []

    def is_tenant(origin: str, head: object) -> bool:
        seen.append((origin, dict(head.view_args), head.method, head.request_method))
        return head.view_args.get("tenant") == "blue"

    app.add_url_rule("/<tenant>/item", view_func=say("item"), endpoint="item", methods=["PUT"])
    CORSGuard(app, origins=[is_tenant])
    assert preflight(app, "/blue/item", "PUT").status == HTTPStatus.NO_CONTENT
    assert preflight(app, "/red/item", "PUT").status == HTTPStatus.FORBIDDEN
    assert seen == [(ALLOWED, {"tenant": t}, "OPTIONS", "PUT") for t in ("blue", "red")]


def test_a_preflight_is_answered_where_the_view_would_abort() -> None:
    app = Flask(__name__)
    app.add_url_rule("/item", view_func=lambda: abort(401), endpoint="item", methods=["PUT"])
    CORSGuard(app, origins=ALLOWED)
    assert preflight(app, "/item", "PUT").status == HTTPStatus.NO_CONTENT
    refused = ask(app, "PUT", "/item", origin=ALLOWED)
    assert (refused.status, refused.cors) == (401, {"Allow-Origin": ALLOWED})

"""
Enforcement: the server itself refuses what no browser could stop from running.

One table holds the rule; it goes through the hooks of Flask and through the middleware.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from flask import Blueprint, Flask, abort
from flask.views import MethodView
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf
from werkzeug.test import Client

from flask_corsguard import (
    CORSGuard,
    CORSMiddleware,
    Policy,
    PolicyError,
    cross_origin,
    request_refused,
    same_origin,
)

from .helpers import ALLOWED, ANY_OPTIONS, STRANGER, Answer, ask, hearing, logged, preflight

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

OWN = "https://api.example"
WEBSOCKET = {"Connection": "Upgrade", "Upgrade": "websocket"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    Say what is sent to a URL that allows one origin, and whether it passes.
    """

    passes: bool
    method: str = "POST"
    origin: str | None = None
    site: str | None = None
    host: str = "api.example"
    websocket: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """
        Give what is sent besides the origin.
        """
        site = {} if self.site is None else {"Sec-Fetch-Site": self.site}
        return site | (WEBSOCKET if self.websocket else {})


def safe_methods() -> list[Case]:
    """
    A safe method that is no WebSocket upgrade passes, from whomever.
    """
    return [
        Case(passes=True, method=method, origin=origin, site=site)
        for method in ("GET", "HEAD", "OPTIONS")
        for origin in (STRANGER, "null")
        for site in ("cross-site", None)
    ]


def unsafe_methods() -> list[Case]:
    """
    Everything else is refused to strangers.
    """
    methods = ("POST", "PUT", "PATCH", "DELETE", "CHICKEN")
    return [Case(passes=False, method=method, origin=STRANGER) for method in methods] + [
        Case(passes=True, method=method, origin=ALLOWED) for method in methods
    ]


def sites() -> list[Case]:
    """
    `Sec-Fetch-Site` settles it, unless the origin is allowed.
    """
    cases = [
        Case(passes=True, origin=origin, site=site)
        for site in ("same-origin", "none")
        for origin in (ALLOWED, STRANGER, OWN, "null", None)
    ]
    for site in ("cross-site", "same-site"):
        cases += [Case(passes=False, origin=o, site=site) for o in (STRANGER, OWN, "null", None)]
        cases += [Case(passes=True, origin=ALLOWED, site=site)]
    rubbish = ("", "Same-Origin", "same-origin, none", "rubbish")
    return cases + [Case(passes=False, origin=OWN, site=site) for site in rubbish]


def hosts() -> list[Case]:
    """
    Without `Sec-Fetch-Site`, the origin's host and port are compared with the request's own.
    """
    return [
        Case(passes=True),
        Case(passes=True, origin=OWN),
        Case(passes=True, origin="http://api.example"),
        Case(passes=True, origin="https://api.example:8443", host="api.example:8443"),
        Case(passes=True, origin=OWN, host="api.example:443"),
        Case(passes=True, origin=OWN, host="API.example"),
        Case(passes=False, origin="https://api.example:8443"),
        Case(passes=False, origin=OWN, host="api.example:8443"),
        Case(passes=False, origin="https://api.example.evil.example"),
        Case(passes=False, origin="https://evil-api.example"),
        Case(passes=False, origin="https://example"),
        Case(passes=False, origin="https://API.example"),
        Case(passes=False, origin="https://api.example/"),
        Case(passes=False, origin="api.example"),
        Case(passes=False, origin="//api.example"),
        Case(passes=False, origin="app://api.example"),
        Case(passes=False, origin="null"),
        Case(passes=False, origin=""),
        Case(passes=False, origin=f"{ALLOWED}, {ALLOWED}"),
        Case(passes=False, origin=f"{ALLOWED} {STRANGER}"),
    ]


def websockets() -> list[Case]:
    """
    An upgrade to WebSocket is not safe, although it is a GET.
    """
    return [
        Case(passes=True, method="GET", origin=ALLOWED, websocket=True),
        Case(passes=True, method="GET", origin=OWN, websocket=True),
        Case(passes=True, method="GET", websocket=True),
        Case(passes=True, method="GET", origin=STRANGER, site="same-origin", websocket=True),
        Case(passes=False, method="GET", origin=STRANGER, websocket=True),
        Case(passes=False, method="GET", origin="null", websocket=True),
        Case(passes=False, method="GET", site="cross-site", websocket=True),
    ]


RULE = [*safe_methods(), *unsafe_methods(), *sites(), *hosts(), *websockets()]


def name_of(case: Case) -> str:
    site = "-" if case.site is None else repr(case.site)
    upgrade = "-ws" if case.websocket else ""
    return f"{case.method}{upgrade} {case.origin or '-'} {site} {case.host}"


EVERY_CASE = pytest.mark.parametrize("case", RULE, ids=map(name_of, RULE))

ALL_METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "CHICKEN"]


def send(app: WSGIApplication, case: Case, path: str = "/") -> Answer:
    return ask(app, case.method, path, origin=case.origin, headers=case.headers, host=case.host)


def flask_door(**options: object) -> tuple[WSGIApplication, list[str]]:
    """
    Make a guarded Flask, and a list of what its view has run for.
    """
    app, ran = Flask(__name__), []
    for websocket in (False, True):
        methods = ["GET"] if websocket else ALL_METHODS
        app.add_url_rule(
            "/",
            view_func=lambda: ran.append("ran") or "done",
            endpoint=f"view{websocket}",
            methods=methods,
            websocket=websocket,
        )
    CORSGuard(app, **options)
    return app, ran


def middleware_door(**options: object) -> tuple[WSGIApplication, list[str]]:
    """
    Make a wrapped WSGI application, and a list of what it has run for.
    """
    ran: list[str] = []

    def bare(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        ran.append("ran")
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"done"]

    return CORSMiddleware(bare, **options), ran


EVERY_DOOR = pytest.mark.parametrize("door", [flask_door, middleware_door])
Door = Callable[..., tuple["WSGIApplication", list[str]]]


# The rule


@EVERY_DOOR
@EVERY_CASE
def test_the_rule(door: Door, case: Case) -> None:
    app, ran = door(origins=ALLOWED, enforce=True)
    answer = send(app, case)
    assert (answer.status, ran) == ((200, ["ran"]) if case.passes else (403, []))


@EVERY_DOOR
@EVERY_CASE
def test_the_rule_is_told_by_a_signal(door: Door, case: Case) -> None:
    app, _ = door(origins=ALLOWED, enforce=True)
    with hearing(request_refused) as heard:
        send(app, case)
    assert [decision.refusal for _, _, decision in heard] == ([] if case.passes else ["refused"])


@EVERY_DOOR
@EVERY_CASE
def test_in_report_mode_the_rule_is_told_and_everything_runs(door: Door, case: Case) -> None:
    app, ran = door(origins=ALLOWED, enforce="report")
    with hearing(request_refused) as heard:
        answer = send(app, case)
    assert (answer.status, ran) == (200, ["ran"])
    assert [decision.refusal for _, _, decision in heard] == ([] if case.passes else ["reported"])


@EVERY_DOOR
@EVERY_CASE
def test_without_enforcement_everything_runs_and_nothing_is_told(door: Door, case: Case) -> None:
    app, ran = door(origins=ALLOWED)
    with hearing(request_refused) as heard:
        answer = send(app, case)
    assert (answer.status, ran, heard) == (200, ["ran"], [])


@EVERY_DOOR
@EVERY_CASE
def test_vary_names_what_was_looked_at(door: Door, case: Case) -> None:
    app, _ = door(origins=ALLOWED, enforce=True)
    safe = case.method in {"GET", "HEAD", "OPTIONS"} and not case.websocket
    by_cors = ANY_OPTIONS if case.method == "OPTIONS" else {"Origin"}
    assert send(app, case).vary == (by_cors if safe else {"Origin", "Sec-Fetch-Site"})


@EVERY_DOOR
@pytest.mark.parametrize("origin", [ALLOWED, STRANGER, None])
def test_in_report_mode_the_answer_does_not_depend_on_more(door: Door, origin: str | None) -> None:
    app, _ = door(origins=ALLOWED, enforce="report")
    answer = ask(app, "POST", "/", origin=origin, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.vary == {"Origin"}


@EVERY_DOOR
@EVERY_CASE
def test_enforcement_changes_no_cors_header(door: Door, case: Case) -> None:
    enforced, _ = door(origins=ALLOWED, enforce=True)
    answer = send(enforced, case)
    assert answer.cors == ({"Allow-Origin": ALLOWED} if case.origin == ALLOWED else {})


@EVERY_DOOR
def test_a_preflight_is_no_unsafe_request(door: Door) -> None:
    app, ran = door(origins=ALLOWED, enforce=True)
    with hearing(request_refused) as heard:
        assert preflight(app, "/", "PUT").status == HTTPStatus.NO_CONTENT
        assert preflight(app, "/", "PUT", origin=STRANGER).status == HTTPStatus.FORBIDDEN
    assert (ran, heard) == ([], [])


@EVERY_DOOR
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("site", [None, "cross-site", "same-site"])
def test_whom_only_the_star_allows_is_refused(door: Door, method: str, site: str | None) -> None:
    """Everybody may read what is public; that does not mean that everybody may write."""
    app, ran = door(origins="*", enforce=True)
    case = Case(passes=False, method=method, origin=ALLOWED, site=site)
    assert (send(app, case).status, ran) == (403, [])


@EVERY_DOOR
@pytest.mark.parametrize(
    ("origin", "site"), [(None, None), (OWN, None), (STRANGER, "same-origin"), (None, "none")]
)
def test_under_a_star_what_is_not_cross_origin_passes(
    door: Door, origin: str | None, site: str | None
) -> None:
    app, ran = door(origins="*", enforce=True)
    assert send(app, Case(passes=True, origin=origin, site=site)).status == HTTPStatus.OK
    assert ran == ["ran"]


@EVERY_DOOR
def test_a_refusal_is_a_plain_403(door: Door) -> None:
    app, _ = door(origins=ALLOWED, enforce=True)
    answer = ask(app, "POST", "/", origin=STRANGER)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert b"refused" in answer.body
    assert STRANGER.encode() not in answer.body


def test_in_debug_mode_a_refusal_names_the_check_and_the_fix() -> None:
    app = Flask(__name__)
    app.debug = True
    CORSGuard(app, origins=ALLOWED, enforce=True)
    answer = ask(app, "POST", "/", origin=STRANGER)
    assert answer.status == HTTPStatus.FORBIDDEN
    assert b"origin-not-allowed" in answer.body
    assert b"Add it to origins" in answer.body


# What it covers


def ungoverned(**options: object) -> Flask:
    """
    Make an application of which the guard governs but a part.
    """
    app = Flask(__name__)
    names = ("item", "free", "slash/", "own")
    for name in names:
        view = same_origin(lambda: "" + "own") if name == "own" else lambda: "done"
        app.add_url_rule(f"/{name}", view_func=view, endpoint=name.strip("/"), methods=["POST"])
    app.add_url_rule("/read", view_func=lambda: "read", endpoint="read", methods=["GET"])
    CORSGuard(app, resources={"/item": {"origins": ALLOWED}}, **options)
    return app


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/item", 200),
        ("POST", "/free", 200),
        ("POST", "/own", 200),
        ("POST", "/missing", 404),
        ("POST", "/read", 405),
        ("POST", "/slash", 308),
        ("DELETE", "/static/x.css", 405),
    ],
)
def test_on_the_guard_enforcement_covers_every_url(method: str, path: str, status: int) -> None:
    app = ungoverned(enforce=True)
    assert ask(app, method, path, origin=STRANGER).status == HTTPStatus.FORBIDDEN
    assert ask(app, method, path, origin=OWN).status == status
    assert ask(app, method, path).status == status


@pytest.mark.parametrize("path", ["/free", "/missing", "/own"])
def test_where_nothing_governs_no_other_origin_passes(path: str) -> None:
    assert ask(ungoverned(enforce=True), "POST", path, origin=ALLOWED).status == 403


@pytest.mark.parametrize("path", ["/free", "/missing", "/read"])
def test_vary_names_what_was_looked_at_where_nothing_governs_too(path: str) -> None:
    app = ungoverned(enforce=True)
    for origin in (STRANGER, OWN, None):
        assert ask(app, "POST", path, origin=origin).vary == {"Origin", "Sec-Fetch-Site"}
        assert ask(app, "GET", path, origin=origin).vary == set()


def test_in_the_dict_of_a_rule_enforcement_covers_that_rule_alone() -> None:
    app = Flask(__name__)
    for name in ("strict", "loose"):
        app.add_url_rule(f"/{name}", view_func=lambda: "done", endpoint=name, methods=["POST"])
    strict = {"origins": ALLOWED, "enforce": True}
    CORSGuard(app, resources={"/strict": strict, "/loose": {"origins": ALLOWED}})
    assert ask(app, "POST", "/strict", origin=STRANGER).status == HTTPStatus.FORBIDDEN
    assert ask(app, "POST", "/loose", origin=STRANGER).status == HTTPStatus.OK


def test_on_a_policy_enforcement_covers_the_views_that_it_governs() -> None:
    app = Flask(__name__)
    strict = Policy(origins=ALLOWED, enforce=True)
    view = cross_origin(strict)(lambda: "strict")
    app.add_url_rule("/strict", view_func=view, endpoint="strict", methods=["POST"])
    app.add_url_rule("/loose", view_func=lambda: "loose", endpoint="loose", methods=["POST"])
    CORSGuard(app, origins=ALLOWED)
    assert ask(app, "POST", "/strict", origin=STRANGER).status == HTTPStatus.FORBIDDEN
    assert ask(app, "POST", "/strict", origin=ALLOWED).status == HTTPStatus.OK
    assert ask(app, "POST", "/loose", origin=STRANGER).status == HTTPStatus.OK
    assert ask(app, "POST", "/missing", origin=STRANGER).status == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("enforce", [False, "report"])
def test_no_policy_weakens_what_the_guard_enforces(enforce: object) -> None:
    app = Flask(__name__)
    view = cross_origin(origins=ALLOWED, enforce=enforce)(lambda: "done")
    app.add_url_rule("/", view_func=view, endpoint="view", methods=["POST"])
    CORSGuard(app, enforce=True)
    assert ask(app, "POST", "/", origin=STRANGER).status == HTTPStatus.FORBIDDEN


def test_a_policy_may_enforce_what_the_guard_reports() -> None:
    app = Flask(__name__)
    view = cross_origin(origins=ALLOWED, enforce=True)(lambda: "done")
    app.add_url_rule("/strict", view_func=view, endpoint="strict", methods=["POST"])
    app.add_url_rule("/loose", view_func=lambda: "done", endpoint="loose", methods=["POST"])
    CORSGuard(app, origins=ALLOWED, enforce="report")
    with hearing(request_refused) as heard:
        assert ask(app, "POST", "/strict", origin=STRANGER).status == HTTPStatus.FORBIDDEN
        assert ask(app, "POST", "/loose", origin=STRANGER).status == HTTPStatus.OK
    assert [decision.refusal for _, _, decision in heard] == ["refused", "reported"]


def test_the_handlers_of_a_class_are_enforced_each_by_its_policy() -> None:
    class Item(MethodView):
        @cross_origin(origins=ALLOWED, enforce=True)
        def put(self) -> str:
            return "put"

        def post(self) -> str:
            return "posted"

    app = Flask(__name__)
    app.add_url_rule("/", view_func=Item.as_view("item"))
    CORSGuard(app, origins=ALLOWED)
    assert ask(app, "PUT", "/", origin=STRANGER).status == HTTPStatus.FORBIDDEN
    assert ask(app, "POST", "/", origin=STRANGER).status == HTTPStatus.OK


@pytest.mark.parametrize("add_first", [True, False])
def test_a_refused_request_is_seen_by_no_other_hook(add_first: bool) -> None:
    app, seen = Flask(__name__), []
    blueprint = Blueprint("shop", __name__)
    blueprint.add_url_rule(
        "/", view_func=lambda: seen.append("view"), methods=["POST"], endpoint="v"
    )
    blueprint.before_request(lambda: seen.append("blueprint"))
    if add_first:
        app.before_request(lambda: seen.append("application"))
    CORSGuard(app, origins=ALLOWED, enforce=True)
    if not add_first:
        app.before_request(lambda: seen.append("application"))
    app.register_blueprint(blueprint)
    assert ask(app, "POST", "/", origin=STRANGER).status == HTTPStatus.FORBIDDEN
    assert seen == []


# Exempt endpoints


def with_hooks(**options: object) -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/hook", view_func=lambda: "hook", endpoint="hook", methods=["POST"])
    app.add_url_rule("/hook2", view_func=lambda: "hook", endpoint="hook2", methods=["POST"])
    app.add_url_rule("/slash/", view_func=lambda: "hook", endpoint="slash", methods=["POST"])
    blueprint = Blueprint("pay", __name__, url_prefix="/pay")
    blueprint.add_url_rule("/hook", view_func=lambda: "hook", endpoint="hook", methods=["POST"])
    app.register_blueprint(blueprint)
    CORSGuard(app, origins=ALLOWED, **options)
    return app


@pytest.mark.parametrize(
    ("exempt", "open_paths"),
    [
        (["hook"], {"/hook"}),
        ("hook", {"/hook"}),
        (["pay.hook"], {"/pay/hook"}),
        (["hook", "pay.hook"], {"/hook", "/pay/hook"}),
        ([], set()),
    ],
)
def test_exempt_endpoints_are_matched_exactly(exempt: object, open_paths: set[str]) -> None:
    app = with_hooks(enforce=True, enforce_exempt=exempt)
    paths = {"/hook", "/hook2", "/pay/hook", "/missing"}
    passed = {p for p in paths if ask(app, "POST", p, origin=STRANGER).status != 403}
    assert passed == open_paths


@pytest.mark.parametrize("exempt", ["pay", "pay.", "hoo", "*", "Hook", "/hook"])
def test_an_exempt_endpoint_that_does_not_exist_opens_nothing_and_is_logged_once(
    exempt: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = with_hooks(enforce=True, enforce_exempt=[exempt])
    for path in ("/hook", "/hook2", "/pay/hook", "/hook"):
        assert ask(app, "POST", path, origin=STRANGER).status == HTTPStatus.FORBIDDEN
    (line,) = logged(caplog)
    assert "enforce_exempt" in line
    assert "CG803" in line


def test_an_exempt_endpoint_that_does_not_exist_is_found_by_validate() -> None:
    app = Flask(__name__)
    guard = CORSGuard(app, origins=ALLOWED, enforce=True, enforce_exempt=["hook"])
    with pytest.raises(PolicyError, match="CG803"):
        guard.validate(app)


def test_the_redirect_to_an_exempt_endpoint_is_exempt() -> None:
    app = with_hooks(enforce=True, enforce_exempt=["slash"])
    assert ask(app, "POST", "/slash", origin=STRANGER).status == HTTPStatus.PERMANENT_REDIRECT


def test_an_exempt_endpoint_is_reported_to_nobody_and_looks_at_nothing_more() -> None:
    app = with_hooks(enforce="report", enforce_exempt=["hook"])
    with hearing(request_refused) as heard:
        assert ask(app, "POST", "/hook", origin=STRANGER).vary == {"Origin"}
    assert heard == []


def test_an_exempt_endpoint_is_still_governed() -> None:
    app = with_hooks(enforce=True, enforce_exempt=["hook"])
    assert ask(app, "POST", "/hook", origin=ALLOWED).cors == {"Allow-Origin": ALLOWED}
    assert ask(app, "POST", "/hook", origin=STRANGER).cors == {}


# Beside the tokens of Flask-WTF


class CountingProtect(CSRFProtect):
    """
    Note how often tokens were looked at.
    """

    def __init__(self) -> None:
        self.looked = 0
        super().__init__()

    def protect(self, *, apply_exemptions: bool = False) -> None:
        self.looked += 1
        super().protect(apply_exemptions=apply_exemptions)


@pytest.fixture(params=["guard-first", "last"])
def protected(request: pytest.FixtureRequest) -> tuple[Flask, CountingProtect]:
    """
    Give an application with tokens and enforcement, set up in either order.
    """
    app, protect = Flask(__name__), CountingProtect()
    app.secret_key = "secret"
    guard = CORSGuard(origins=ALLOWED, credentials=True, enforce=True)
    steps = [guard.init_app, protect.init_app]
    for step in steps if request.param == "guard-first" else reversed(steps):
        step(app)
    app.add_url_rule("/token", view_func=generate_csrf, endpoint="token")
    app.add_url_rule("/pay", view_func=lambda: "paid", endpoint="pay", methods=["POST"])

    @app.post("/hook")
    @protect.exempt
    def hook() -> str:
        return "hooked"

    return app, protect


@pytest.mark.parametrize(
    ("origin", "with_token", "status", "looked"),
    [
        (ALLOWED, True, 200, True),
        (ALLOWED, False, 400, True),
        (OWN, True, 200, True),
        (OWN, False, 400, True),
        (None, True, 200, True),
        (None, False, 400, True),
        (STRANGER, True, 403, False),
        (STRANGER, False, 403, False),
    ],
)
def test_a_request_has_to_pass_both_origin_and_token(
    protected: tuple[Flask, CountingProtect],
    origin: str | None,
    with_token: bool,
    status: int,
    looked: bool,
) -> None:
    app, protect = protected
    client = Client(app)
    token = ask(client, "GET", "/token", origin=ALLOWED).body.decode()
    headers = {"Referer": f"{OWN}/", **({"X-CSRFToken": token} if with_token else {})}
    before = protect.looked
    answer = ask(client, "POST", "/pay", origin=origin, headers=headers)
    assert (answer.status, protect.looked > before) == (status, looked)
    shared = {"Allow-Origin": ALLOWED, "Allow-Credentials": "true"}
    assert answer.cors == (shared if origin == ALLOWED else {})


def test_what_is_exempt_from_tokens_is_not_exempt_from_enforcement(
    protected: tuple[Flask, CountingProtect],
) -> None:
    app, _ = protected
    assert ask(app, "POST", "/hook", origin=STRANGER).status == HTTPStatus.FORBIDDEN
    assert ask(app, "POST", "/hook", origin=ALLOWED).status == HTTPStatus.OK


def test_what_is_exempt_from_enforcement_is_not_exempt_from_tokens() -> None:
    app = Flask(__name__)
    app.secret_key = "secret"
    CSRFProtect(app)
    app.add_url_rule("/pay", view_func=lambda: "paid", endpoint="pay", methods=["POST"])
    CORSGuard(app, origins=ALLOWED, enforce=True, enforce_exempt=["pay"])
    assert ask(app, "POST", "/pay", origin=STRANGER).status == HTTPStatus.BAD_REQUEST


# At the edges


def test_a_url_value_preprocessor_comes_after_the_guard() -> None:
    app = Flask(__name__)
    app.url_value_preprocessor(lambda *_: abort(404))
    app.add_url_rule("/", view_func=lambda: "view", endpoint="view", methods=["POST"])
    CORSGuard(app, origins=ALLOWED, enforce=True)
    with hearing(request_refused) as heard:
        answer = ask(app, "POST", "/", origin=STRANGER)
        friend = ask(app, "POST", "/", origin=ALLOWED)
    assert (answer.status, answer.cors, len(heard)) == (403, {}, 1)
    assert friend.status == HTTPStatus.NOT_FOUND


def test_a_malformed_method_is_unsafe() -> None:
    app, ran = middleware_door(origins=ALLOWED, enforce=True)
    answer = ask(app, "GET", "/", origin=STRANGER, environ={"REQUEST_METHOD": "G ET"})
    assert (answer.status, ran) == (403, [])


def test_a_callable_that_fails_does_not_let_a_request_through() -> None:
    def fails(origin: str, head: object) -> bool:
        raise RuntimeError

    app, ran = flask_door(origins=[fails], enforce=True)
    assert (ask(app, "POST", "/", origin=ALLOWED).status, ran) == (403, [])


@pytest.mark.parametrize("answer", [1, "yes", object(), None, [True]])
def test_only_true_lets_a_request_through(answer: object) -> None:
    app, ran = flask_door(origins=[lambda origin, head: answer], enforce=True)
    assert (ask(app, "POST", "/", origin=ALLOWED).status, ran) == (403, [])

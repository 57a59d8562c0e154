"""
The signals tell who was turned away and why, each request once, and can break nothing.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import pytest
from flask import Flask, current_app
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from flask_corsguard import (
    CORSGuard,
    CORSMiddleware,
    Decision,
    Kind,
    Outcome,
    Reason,
    RequestHead,
    cors_decided,
    cross_origin,
    origin_rejected,
    preflight_rejected,
    request_refused,
    same_origin,
)

from .helpers import ALLOWED, STRANGER, ask, hearing, logged, preflight

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

EVERY_SIGNAL = (cors_decided, origin_rejected, preflight_rejected, request_refused)


class DeliberateError(Exception):
    """
    Stand for whatever may go wrong in a receiver.
    """


def bare(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", [])
    return []


def fails(origin: str, head: RequestHead) -> NoReturn:
    raise DeliberateError("no connection\r\nto the store")


@pytest.fixture
def app() -> Flask:
    """
    Give an application in which every reason can be found.
    """
    app = Flask(__name__)
    methods = ["GET", "PUT", "POST"]
    for path, mark in [
        ("/item", lambda view: view),
        ("/own", same_origin),
        ("/failing", cross_origin(origins=[fails])),
        ("/free", lambda view: view),
    ]:
        view = mark(lambda: "hello" + current_app.name[:0])
        app.add_url_rule(path, view_func=view, endpoint=path[1:], methods=methods)
    policy = {"origins": [ALLOWED], "allow_headers": ["X-A"], "name": "shop"}
    CORSGuard(app, resources={"/item": policy, "/missing": policy})
    return app


# Which signal, with what


Ask = Callable[[Flask], object]
REASONS: list[tuple[Reason, str, Kind, Ask]] = [
    (
        Reason.NO_POLICY,
        "origin-rejected",
        Kind.ACTUAL,
        lambda a: ask(a, "GET", "/free", origin=ALLOWED),
    ),
    (Reason.NO_POLICY, "origin-rejected", Kind.PREFLIGHT, lambda a: preflight(a, "/free")),
    (
        Reason.SAME_ORIGIN_ONLY,
        "origin-rejected",
        Kind.ACTUAL,
        lambda a: ask(a, "GET", "/own", origin=ALLOWED),
    ),
    (Reason.SAME_ORIGIN_ONLY, "origin-rejected", Kind.PREFLIGHT, lambda a: preflight(a, "/own")),
    (
        Reason.ORIGIN_MALFORMED,
        "origin-rejected",
        Kind.ACTUAL,
        lambda a: ask(a, "GET", "/item", origin="evil"),
    ),
    (
        Reason.ORIGIN_MALFORMED,
        "origin-rejected",
        Kind.PREFLIGHT,
        lambda a: preflight(a, "/item", origin="evil"),
    ),
    (
        Reason.ORIGIN_OPAQUE,
        "origin-rejected",
        Kind.ACTUAL,
        lambda a: ask(a, "GET", "/item", origin="null"),
    ),
    (
        Reason.ORIGIN_OPAQUE,
        "origin-rejected",
        Kind.PREFLIGHT,
        lambda a: preflight(a, "/item", origin="null"),
    ),
    (
        Reason.ORIGIN_NOT_ALLOWED,
        "origin-rejected",
        Kind.ACTUAL,
        lambda a: ask(a, "GET", "/item", origin=STRANGER),
    ),
    (
        Reason.ORIGIN_NOT_ALLOWED,
        "origin-rejected",
        Kind.PREFLIGHT,
        lambda a: preflight(a, "/item", origin=STRANGER),
    ),
    (
        Reason.ORIGIN_NOT_ALLOWED,
        "origin-rejected",
        Kind.ACTUAL,
        lambda a: ask(a, "GET", "/missing", origin=STRANGER),
    ),
    (
        Reason.STORE_UNAVAILABLE,
        "origin-rejected",
        Kind.ACTUAL,
        lambda a: ask(a, "GET", "/failing", origin=ALLOWED),
    ),
    (
        Reason.STORE_UNAVAILABLE,
        "origin-rejected",
        Kind.PREFLIGHT,
        lambda a: preflight(a, "/failing"),
    ),
    (
        Reason.METHOD_NOT_ALLOWED,
        "preflight-rejected",
        Kind.PREFLIGHT,
        lambda a: preflight(a, "/item", "DELETE"),
    ),
    (
        Reason.HEADER_NOT_ALLOWED,
        "preflight-rejected",
        Kind.PREFLIGHT,
        lambda a: preflight(a, "/item", names="x-b"),
    ),
    (
        Reason.HEADERS_MALFORMED,
        "preflight-rejected",
        Kind.PREFLIGHT,
        lambda a: preflight(a, "/item", names="x b"),
    ),
]


@pytest.mark.parametrize("case", REASONS, ids=[f"{r.value}-{k.value}" for r, _, k, _ in REASONS])
def test_every_rejection_is_told_once_by_its_signal(
    app: Flask, case: tuple[Reason, str, Kind, Ask]
) -> None:
    reason, signal, kind, send = case
    with hearing(*EVERY_SIGNAL) as heard:
        send(app)
    assert [name for name, _, _ in heard] == ["cors-decided", signal]
    (_, _, decision), (_, _, same) = heard
    assert decision is same
    assert (decision.kind, decision.outcome, decision.reason) == (kind, Outcome.REJECTED, reason)


def test_every_reason_can_be_met_in_flask() -> None:
    assert {reason for reason, _, _, _ in REASONS} == set(Reason)


@pytest.mark.parametrize("send", [ask, preflight], ids=["actual", "preflight"])
@pytest.mark.parametrize("path", ["/item", "/missing"])
def test_an_allowed_request_is_told_to_cors_decided_alone(
    app: Flask, send: Callable[..., object], path: str
) -> None:
    with hearing(*EVERY_SIGNAL) as heard:
        send(app, *(["GET"] if send is ask else []), path, origin=ALLOWED)
    ((name, _, decision),) = heard
    assert (name, decision.outcome, decision.reason) == ("cors-decided", Outcome.ALLOWED, None)


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("path", ["/item", "/free", "/own", "/missing"])
def test_a_request_without_an_origin_is_told_to_nobody(app: Flask, method: str, path: str) -> None:
    with hearing(*EVERY_SIGNAL) as heard:
        ask(app, method, path)
    assert heard == []


SAME_ORIGIN: list[tuple[str, dict[str, str]]] = [
    ("https://api.example", {}),
    ("https://api.example", {"Sec-Fetch-Site": "same-origin"}),
    ("https://internal.example", {"Sec-Fetch-Site": "same-origin"}),
    ("null", {"Sec-Fetch-Site": "same-origin"}),
    ("http://api.example", {}),
]


@pytest.mark.parametrize("enforce", [False, True, "report"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/item", "/own", "/free", "/missing", "/boom"])
@pytest.mark.parametrize(("origin", "headers"), SAME_ORIGIN)
def test_a_same_origin_request_is_neither_reported_nor_refused(
    origin: str, headers: dict[str, str], path: str, method: str, enforce: object
) -> None:
    """Browsers send Origin with every POST, to their own origin too."""
    app = Flask(__name__)
    for name, mark in [("item", lambda v: v), ("own", same_origin), ("free", lambda v: v)]:
        view = mark(lambda: "" + "hello")
        app.add_url_rule(f"/{name}", view_func=view, endpoint=name, methods=["GET", "POST"])
    app.add_url_rule("/boom", view_func=lambda: 1 / 0, endpoint="boom", methods=["GET", "POST"])
    CORSGuard(app, resources={"/item": {"origins": ALLOWED}}, enforce=enforce)
    with hearing(*EVERY_SIGNAL) as heard:
        answer = ask(app, method, path, origin=origin, headers=headers)
    assert heard == []
    assert answer.status == {"/missing": 404, "/boom": 500}.get(path, 200)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://api.example:8443", "api.example"),
        ("https://api.example", "api.example:8443"),
        ("http://api.example:443", "api.example"),
        ("https://api.example.evil.example", "api.example"),
        ("https://xapi.example", "api.example"),
        ("app://api.example", "api.example"),
        ("null", "api.example"),
    ],
)
def test_another_port_or_host_is_another_origin(origin: str, host: str) -> None:
    app = Flask(__name__)
    CORSGuard(app, origins=ALLOWED)
    with hearing(origin_rejected) as heard:
        ask(app, "POST", "/", origin=origin, host=host)
    assert len(heard) == 1


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "", "Same-Origin"])
def test_what_the_browser_calls_another_site_is_reported_whatever_the_host(
    app: Flask, site: str
) -> None:
    with hearing(origin_rejected) as heard:
        ask(app, "GET", "/item", origin="https://api.example", headers={"Sec-Fetch-Site": site})
    assert len(heard) == 1


def test_headers_do_not_depend_on_what_the_browser_says_of_the_site(app: Flask) -> None:
    """Or a shared cache could be poisoned by whoever forges that header."""
    answers = [
        ask(app, "GET", "/item", origin=origin, headers=headers)
        for origin in (ALLOWED, STRANGER)
        for headers in ({}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "cross-site"})
    ]
    cors = {"Allow-Origin": ALLOWED}
    assert [answer.cors for answer in answers] == [cors, cors, cors, {}, {}, {}]
    assert [answer.vary for answer in answers] == [{"Origin"}] * 6


# Refusals


@pytest.mark.parametrize(("enforce", "refusal"), [(True, "refused"), ("report", "reported")])
def test_a_refusal_is_told_to_request_refused_too(enforce: object, refusal: str) -> None:
    app = Flask(__name__)
    CORSGuard(app, origins=ALLOWED, enforce=enforce)
    with hearing(*EVERY_SIGNAL) as heard:
        ask(app, "POST", "/", origin=STRANGER)
    assert sorted(name for name, _, _ in heard) == [
        "cors-decided",
        "origin-rejected",
        "request-refused",
    ]
    assert {decision.refusal for _, _, decision in heard} == {refusal}


def test_a_refusal_without_an_origin_is_told_to_request_refused_alone() -> None:
    app = Flask(__name__)
    CORSGuard(app, origins=ALLOWED, enforce=True)
    with hearing(*EVERY_SIGNAL) as heard:
        ask(app, "POST", "/", headers={"Sec-Fetch-Site": "cross-site"})
    ((name, _, decision),) = heard
    assert (name, decision.kind, decision.refusal) == ("request-refused", Kind.NOT_CORS, "refused")


# The sender


def test_the_sender_is_the_real_application(app: Flask) -> None:
    with hearing(*EVERY_SIGNAL) as heard:
        ask(app, "GET", "/item", origin=STRANGER)
    assert [sender is app for _, sender, _ in heard] == [True, True]


def test_of_two_applications_each_is_its_own_sender() -> None:
    guard, apps = CORSGuard(origins=ALLOWED), [Flask("one"), Flask("two")]
    for app in apps:
        guard.init_app(app)
    both = DispatcherMiddleware(apps[0], {"/two": apps[1]})
    with hearing(origin_rejected) as heard:
        ask(both, "GET", "/", origin=STRANGER)
        ask(both, "GET", "/two/", origin=STRANGER)
    assert [sender for _, sender, _ in heard] == apps


def test_a_receiver_for_one_application_hears_nothing_of_another() -> None:
    guard, (one, two) = CORSGuard(origins=ALLOWED), (Flask("one"), Flask("two"))
    heard: list[Decision] = []

    def receive(sender: Flask, *, decision: Decision) -> None:
        heard.append(decision)

    for app in (one, two):
        guard.init_app(app)
    with origin_rejected.connected_to(receive, sender=one):
        ask(two, "GET", "/", origin=STRANGER)
        assert heard == []
        ask(one, "GET", "/", origin=STRANGER)
        assert len(heard) == 1


def test_the_sender_is_the_middleware() -> None:
    wrapped = CORSMiddleware(bare, origins=ALLOWED)
    with hearing(*EVERY_SIGNAL) as heard:
        ask(wrapped, "GET", "/", origin=STRANGER)
    assert [(name, sender) for name, sender, _ in heard] == [
        ("cors-decided", wrapped),
        ("origin-rejected", wrapped),
    ]


# What a decision holds


def takes_its_time(origin: str, head: RequestHead) -> bool:
    time.sleep(0.01)
    return False


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_a_decision_says_how_long_it_took(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {"Access-Control-Request-Method": "PUT"}
    guarded = Flask(__name__)
    guarded.add_url_rule("/", "root", lambda: "", methods=["GET", "PUT"])
    CORSGuard(guarded, origins=takes_its_time)
    for app in (guarded, CORSMiddleware(bare, origins=takes_its_time)):
        with hearing(cors_decided) as heard:
            ask(app, method, "/", origin=STRANGER, headers=headers)
        ((_, _, decision),) = heard
        assert 0.01 <= (decision.seconds or 0) < 1

    def fails_slowly(*_: object, **__: object) -> NoReturn:
        time.sleep(0.01)
        raise DeliberateError

    monkeypatch.setattr("flask_corsguard.deciding.decide", fails_slowly)
    with hearing(cors_decided) as heard:
        ask(guarded, method, "/", origin=STRANGER, headers=headers)
    ((_, _, decision),) = heard
    assert 0.01 <= (decision.seconds or 0) < 1


def test_a_decision_says_what_was_decided(app: Flask) -> None:
    with hearing(preflight_rejected) as heard:
        preflight(app, "/item", "PUT", names="x-a,x-b,x-c")
    ((_, _, decision),) = heard
    assert (decision.kind, decision.outcome) == (Kind.PREFLIGHT, Outcome.REJECTED)
    assert decision.reason is Reason.HEADER_NOT_ALLOWED
    assert (decision.policy, decision.method, decision.path) == ("shop", "PUT", "/item")
    assert (decision.origin, decision.detail) == (ALLOWED, "x-b, x-c")
    assert decision.refusal is None


def test_a_decision_is_frozen(app: Flask) -> None:
    with hearing(cors_decided) as heard:
        ask(app, "GET", "/item", origin=STRANGER)
    with pytest.raises(dataclasses.FrozenInstanceError):
        heard[0][2].outcome = Outcome.ALLOWED


@pytest.mark.parametrize("number", [1, 2])
def test_every_same_origin_view_is_named_as_what_governs_it(number: int) -> None:
    app = Flask(__name__)
    for n in (1, 2):
        view = same_origin(lambda: "" + "own")
        app.add_url_rule(f"/own{n}", view_func=view, endpoint=f"own{n}")
    CORSGuard(app, origins=ALLOWED)
    with hearing(origin_rejected) as heard:
        ask(app, "GET", f"/own{number}", origin=ALLOWED)
    assert heard[0][2].policy == f"view 'own{number}'"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/named", "partners"),
        ("/marked", "view 'marked'"),
        ("/rule", "resources['/rule']"),
        ("/free", None),
    ],
)
def test_a_decision_names_the_policy_or_where_it_was_written(path: str, place: str | None) -> None:
    app = Flask(__name__)
    for name, mark in [
        ("named", cross_origin("partners")),
        ("marked", cross_origin(origins=ALLOWED)),
    ]:
        app.add_url_rule(f"/{name}", view_func=mark(lambda: "" + "hello"), endpoint=name)
    CORSGuard(
        app,
        policies={"partners": {"origins": ALLOWED}},
        resources={"/rule": {"origins": ALLOWED}},
    )
    with hearing(cors_decided) as heard:
        ask(app, "GET", path, origin=ALLOWED)
    assert heard[0][2].policy == place


LONG = "a" * 10_000


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_ORIGIN": f"https://{LONG}"},
        {"HTTP_ORIGIN": "https://\r\nInjected: 1\x1b[31m\u2028\xff"},
        {"HTTP_ORIGIN": STRANGER, "PATH_INFO": f"/{LONG}"},
        {"HTTP_ORIGIN": STRANGER, "PATH_INFO": "/\r\n\x1b[31m\xff"},
        {"HTTP_ORIGIN": STRANGER, "REQUEST_METHOD": LONG},
        {"HTTP_ORIGIN": STRANGER, "REQUEST_METHOD": "G\r\n\xffET"},
        {
            "REQUEST_METHOD": "OPTIONS",
            "HTTP_ORIGIN": ALLOWED,
            "HTTP_ACCESS_CONTROL_REQUEST_METHOD": f"{LONG}\r\n",
        },
        {
            "REQUEST_METHOD": "OPTIONS",
            "HTTP_ORIGIN": ALLOWED,
            "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PUT",
            "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": f"{LONG}\r\n\x1b\xff",
        },
        {
            "REQUEST_METHOD": "OPTIONS",
            "HTTP_ORIGIN": ALLOWED,
            "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PUT",
            "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": ",".join(f"x-{n}" for n in range(100)),
        },
    ],
)
@pytest.mark.parametrize("door", ["guard", "middleware"])
def test_what_a_client_sent_is_cut_and_escaped_in_decision_and_log(
    door: str, environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "flask_corsguard")
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "hello", endpoint="hello", methods=["PUT"])
    wrapped = CORSMiddleware(bare, origins=ALLOWED)
    if door == "guard":
        CORSGuard(app, origins=ALLOWED)
    with hearing(cors_decided) as heard:
        ask(app if door == "guard" else wrapped, "GET", "/", environ=environ)
    decision = heard[0][2]
    texts = [decision.origin or "", decision.path, decision.method, decision.detail]
    (record,) = [r for r in caplog.records if r.name == "flask_corsguard"]
    extra = [str(v) for k, v in vars(record).items() if k.startswith("cors_")]
    for text in [*texts, *extra, record.getMessage()]:
        assert text.isascii()
        assert text.isprintable()
        assert len(text) <= 100 * len("\\x1b")


def test_what_failed_in_a_callable_is_cut_and_escaped_too(app: Flask) -> None:
    with hearing(origin_rejected) as heard:
        ask(app, "GET", "/failing", origin=ALLOWED)
    assert heard[0][2].detail == r"DeliberateError: no connection\r\nto the store"


# The log


@pytest.mark.parametrize(("path", "level"), [("/item", logging.INFO), ("/failing", logging.ERROR)])
def test_a_rejection_is_one_quiet_line_and_a_store_that_fails_is_loud(
    app: Flask, path: str, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "flask_corsguard")
    ask(app, "GET", path, origin=STRANGER)
    (record,) = [r for r in caplog.records if r.name == "flask_corsguard"]
    assert record.levelno == level
    assert vars(record)["cors_origin"] == STRANGER
    assert vars(record)["cors_path"] == path
    assert STRANGER not in record.getMessage()


@pytest.mark.parametrize("path", ["/item", "/own", "/free", "/missing"])
def test_nothing_about_a_request_is_a_warning(
    app: Flask, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    for origin in (ALLOWED, STRANGER, "null", "evil", None):
        ask(app, "GET", path, origin=origin)
        preflight(app, path, "DELETE", origin=origin or ALLOWED, names="x b")
    assert logged(caplog) == []


# Receivers


def test_without_receivers_nothing_is_sent(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for signal in EVERY_SIGNAL:
        monkeypatch.setattr(signal, "receivers", {})
        for name in ("send", "receivers_for"):
            monkeypatch.setattr(signal, name, must_not_be_asked)
    ask(app, "GET", "/item", origin=STRANGER)
    preflight(app, "/item", "DELETE")


def must_not_be_asked(*_: object, **__: object) -> NoReturn:
    raise AssertionError("a signal without receivers was sent")


@pytest.mark.parametrize("door", ["guard", "middleware"])
def test_a_receiver_that_raises_is_logged_and_breaks_nothing(
    door: str, caplog: pytest.LogCaptureFixture
) -> None:
    app, heard = Flask(__name__), []
    app.testing = True
    app.add_url_rule("/", view_func=lambda: "hello", endpoint="hello")
    CORSGuard(app, origins=ALLOWED)
    target = app if door == "guard" else CORSMiddleware(bare, origins=ALLOWED)

    def fail(sender: object, *, decision: Decision) -> NoReturn:
        heard.append("failed")
        raise DeliberateError

    def receive(sender: object, *, decision: Decision) -> None:
        heard.append("received")

    with (
        cors_decided.connected_to(fail),
        cors_decided.connected_to(receive),
        origin_rejected.connected_to(fail),
    ):
        allowed = ask(target, "GET", "/", origin=ALLOWED)
        rejected = ask(target, "GET", "/", origin=STRANGER)
    assert (allowed.status, allowed.cors) == (200, {"Allow-Origin": ALLOWED})
    assert (rejected.status, rejected.cors) == (200, {})
    assert sorted(heard) == ["failed"] * 3 + ["received"] * 2
    assert len(logged(caplog, logging.ERROR)) == 3
    assert all(record.exc_info for record in caplog.records if record.levelno == logging.ERROR)


def test_a_receiver_may_use_the_application(app: Flask) -> None:
    names: list[str] = []

    def receive(sender: Flask, *, decision: Decision) -> None:
        names.append(current_app.name)

    with origin_rejected.connected_to(receive):
        ask(app, "GET", "/item", origin=STRANGER)
    assert names == [app.name]


# Each request once


def after_request_fails(app: Flask) -> None:
    def fail(_: object) -> NoReturn:
        raise DeliberateError

    app.after_request(fail)


def before_request_fails(app: Flask) -> None:
    def fail() -> NoReturn:
        raise DeliberateError

    app.before_request(fail)


def preprocessor_fails(app: Flask) -> None:
    def fail(*_: object) -> NoReturn:
        raise DeliberateError

    app.url_value_preprocessor(fail)


def everything_is_fine(_: Flask) -> None:
    """
    Leave the application as it is.
    """


@pytest.mark.parametrize("path", ["/item", "/missing", "/slash"])
@pytest.mark.parametrize(
    "spoil", [everything_is_fine, after_request_fails, before_request_fails, preprocessor_fails]
)
def test_a_request_is_reported_once_whatever_happens_to_it(
    spoil: Callable[[Flask], None], path: str
) -> None:
    app = Flask(__name__)
    app.add_url_rule("/item", view_func=lambda: "item", endpoint="item")
    app.add_url_rule("/slash/", view_func=lambda: "slash", endpoint="slash")
    spoil(app)
    CORSGuard(app, origins=ALLOWED)
    with hearing(cors_decided, origin_rejected) as heard:
        ask(app, "GET", path, origin=STRANGER)
    assert [name for name, _, _ in heard] == ["cors-decided", "origin-rejected"]


@pytest.mark.parametrize("origin", [ALLOWED, STRANGER])
@pytest.mark.parametrize("fast", [False, True])
def test_the_same_preflight_is_reported_each_time(origin: str, fast: bool) -> None:
    app = Flask(__name__)
    app.add_url_rule("/item", view_func=lambda: "item", endpoint="item", methods=["PUT"])
    CORSGuard(app, origins=ALLOWED, fast_path=fast)
    answers = []
    with hearing(cors_decided) as heard:
        for _ in range(3):
            answers.append(preflight(app, "/item", "PUT", origin=origin))  # noqa: PERF401
    assert len(heard) == 3
    assert len({decision for _, _, decision in heard}) == 1
    assert len({(a.status, *a.cors.items()) for a in answers}) == 1


@pytest.mark.parametrize("order", [1, -1])
def test_a_same_origin_preflight_is_told_from_the_same_one_of_another_site(order: int) -> None:
    app = Flask(__name__)
    app.add_url_rule("/item", view_func=lambda: "item", endpoint="item", methods=["PUT"])
    CORSGuard(app, origins=ALLOWED)
    for site, reported in [("same-origin", 0), ("cross-site", 1)][::order]:
        with hearing(cors_decided) as heard:
            preflight(app, "/item", "PUT", headers={"Sec-Fetch-Site": site})
        assert len(heard) == reported


def test_a_request_inside_of_a_request_is_reported_for_itself() -> None:
    app = Flask(__name__)
    app.add_url_rule("/inner", view_func=lambda: "inner", endpoint="inner")

    @app.get("/outer")
    def outer() -> str:
        return str(ask(app, "GET", "/inner", origin=STRANGER).cors)

    CORSGuard(app, origins=ALLOWED)
    with hearing(cors_decided) as heard:
        answer = ask(app, "GET", "/outer", origin=ALLOWED)
    assert (answer.body, answer.cors) == (b"{}", {"Allow-Origin": ALLOWED})
    assert [decision.path for _, _, decision in heard] == ["/outer", "/inner"]


def test_the_receivers_hear_before_the_view_runs() -> None:
    order: list[str] = []
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: order.append("view") or "", endpoint="view")
    CORSGuard(app, origins=ALLOWED)

    def receive(sender: Flask, *, decision: Decision) -> None:
        order.append("signal")

    with cors_decided.connected_to(receive):
        ask(app, "GET", "/", origin=ALLOWED)
    assert order == ["signal", "view"]

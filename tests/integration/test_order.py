"""
The guard is outermost, whatever the order in which extensions are registered.

No other extension sees a preflight, and whatever another extension refuses carries the headers.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import pytest
from cachelib import FileSystemCache
from flask import Blueprint, Flask, abort, g, request, session
from flask_limiter import Limiter
from flask_login import LoginManager, UserMixin, current_user, login_required
from flask_session import Session
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf
from werkzeug.test import Client

from flask_corsguard import CORSGuard

from .helpers import ALLOWED, ANY_OPTIONS, STRANGER, Answer, ask, preflight

SHARED = {"Allow-Origin": ALLOWED, "Allow-Credentials": "true"}
TOKEN = {"Authorization": "Bearer ada"}

# Flask-Login 0.6.3 computes the expiry of its cookie with a function that Python 3.12 deprecates.
pytestmark = [
    pytest.mark.filterwarnings(r"ignore:datetime\.datetime\.utcnow:DeprecationWarning:flask_login"),
    pytest.mark.usefixtures("way"),
]

BEFORE_AND_AFTER = pytest.mark.parametrize("first", [True, False], ids=["guard-first", "last"])
EVERY_ORIGIN = pytest.mark.parametrize(
    ("origin", "cors"),
    [(ALLOWED, SHARED), (STRANGER, {}), (None, {})],
    ids=["allowed", "rejected", "none"],
)

Register = Callable[[Flask], None]


def guarded(register: Register, *, first: bool, **config: object) -> Flask:
    """
    Make an application with one view, a guard, and something registered before or after it.
    """
    app = Flask(__name__)
    app.secret_key = "secret"
    app.config.update(config)
    guard = CORSGuard(origins=[ALLOWED], credentials=True)
    for step in (guard.init_app, register) if first else (register, guard.init_app):
        step(app)
    app.add_url_rule("/item", view_func=lambda: "item", endpoint="item", methods=["GET", "PUT"])
    app.add_url_rule("/slash/", view_func=lambda: "slash", endpoint="slash", methods=["GET", "PUT"])
    return app


def assert_answered_by_the_guard(answer: Answer) -> None:
    """
    See that it is the guard's answer, and that nobody has left a cookie.

    Flask-Login looks into the session after every request, for which Flask adds `Cookie` to `Vary`.
    """
    assert (answer.status, answer.body) == (204, b"")
    assert answer.vary - {"Cookie"} == ANY_OPTIONS
    assert answer.cors["Allow-Origin"] == ALLOWED
    assert answer.cors["Allow-Credentials"] == "true"
    assert "Set-Cookie" not in answer.headers


# A hand-written login check


class LoginCheck:
    """
    Refuse whoever sends no token, and count who was looked at.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []

    def check(self) -> None:
        self.seen.append(request.method)
        if "Authorization" not in request.headers:
            abort(401)

    def on_application(self, app: Flask) -> None:
        app.before_request(self.check)

    def on_all_by_a_blueprint(self, app: Flask) -> None:
        blueprint = Blueprint("login", __name__)
        blueprint.before_app_request(self.check)
        app.register_blueprint(blueprint)

    def in_front_of_all_hooks(self, app: Flask) -> None:
        app.before_request_funcs.setdefault(None, []).insert(0, self.check)


LOGIN_CHECKS = pytest.mark.parametrize(
    "place", ["on_application", "on_all_by_a_blueprint", "in_front_of_all_hooks"]
)


@LOGIN_CHECKS
@BEFORE_AND_AFTER
@pytest.mark.parametrize("path", ["/item", "/slash", "/missing"])
def test_no_login_check_sees_a_preflight(place: str, first: bool, path: str) -> None:
    check = LoginCheck()
    app = guarded(getattr(check, place), first=first)
    assert_answered_by_the_guard(preflight(app, path, "PUT"))
    assert preflight(app, path, "PUT", origin=STRANGER).status == HTTPStatus.FORBIDDEN
    assert check.seen == []


@LOGIN_CHECKS
@BEFORE_AND_AFTER
@EVERY_ORIGIN
def test_what_a_login_check_refuses_carries_the_headers(
    place: str, first: bool, origin: str | None, cors: dict[str, str]
) -> None:
    check = LoginCheck()
    app = guarded(getattr(check, place), first=first)
    for path in ("/item", "/slash", "/missing"):
        answer = ask(app, "GET", path, origin=origin)
        assert (answer.status, answer.cors, answer.vary) == (401, cors, {"Origin"})
    assert check.seen == ["GET"] * 3


@LOGIN_CHECKS
@BEFORE_AND_AFTER
def test_a_login_check_still_lets_its_friends_in(place: str, first: bool) -> None:
    check = LoginCheck()
    app = guarded(getattr(check, place), first=first)
    answer = ask(app, "PUT", "/item", origin=ALLOWED, headers=TOKEN)
    assert (answer.status, answer.cors) == (200, SHARED)


def test_a_login_check_sees_options_that_is_no_preflight() -> None:
    check = LoginCheck()
    app = guarded(check.on_application, first=True)
    answer = ask(app, "OPTIONS", "/item", origin=ALLOWED)
    assert (answer.status, answer.cors, check.seen) == (401, SHARED, ["OPTIONS"])


def test_the_order_of_all_other_hooks_stays_what_it_was() -> None:
    ran: list[str] = []
    app = Flask(__name__)
    app.before_request(lambda: ran.append("one"))
    app.before_request(lambda: ran.append("two"))
    CORSGuard(app, origins=[ALLOWED])
    app.before_request(lambda: ran.append("three"))
    app.add_url_rule("/", view_func=lambda: "hello", endpoint="hello")
    ask(app, "GET", "/", origin=ALLOWED)
    ask(app, "GET", "/", origin=ALLOWED)
    assert ran == ["one", "two", "three"] * 2


# Flask-Login


class Person(UserMixin):
    """
    Have an identifier, as Flask-Login asks.
    """

    def __init__(self, name: str) -> None:
        self.id = name


class Logins:
    """
    Set Flask-Login up with a check in front of everything, and count who was loaded.
    """

    def __init__(self) -> None:
        self.loaded: list[str] = []

    def load(self, asked: object) -> Person | None:
        self.loaded.append(asked.method)
        return Person("ada") if "Authorization" in asked.headers else None

    def register(self, app: Flask) -> None:
        manager = LoginManager(app)
        manager.request_loader(self.load)

        @app.before_request
        def check() -> object:
            return None if current_user.is_authenticated else manager.unauthorized()


@BEFORE_AND_AFTER
def test_flask_login_loads_nobody_for_a_preflight(first: bool) -> None:
    logins = Logins()
    app = guarded(logins.register, first=first)
    assert_answered_by_the_guard(preflight(app, "/item", "PUT"))
    assert logins.loaded == []


@BEFORE_AND_AFTER
@EVERY_ORIGIN
def test_the_401_of_flask_login_carries_the_headers(
    first: bool, origin: str | None, cors: dict[str, str]
) -> None:
    app = guarded(Logins().register, first=first)
    answer = ask(app, "GET", "/item", origin=origin)
    assert (answer.status, answer.cors) == (401, cors)
    assert "Origin" in answer.vary


@BEFORE_AND_AFTER
@EVERY_ORIGIN
def test_the_redirect_of_flask_login_to_its_login_page_carries_the_headers(
    first: bool, origin: str | None, cors: dict[str, str]
) -> None:
    def register(app: Flask) -> None:
        manager = LoginManager(app)
        manager.login_view = "enter"
        manager.user_loader(Person)
        app.add_url_rule("/enter", view_func=lambda: "enter", endpoint="enter")
        view = login_required(lambda: "secret")
        app.add_url_rule("/secret", view_func=view, endpoint="secret", methods=["PUT"])

    app = guarded(register, first=first)
    answer = ask(app, "PUT", "/secret", origin=origin)
    assert (answer.status, answer.cors) == (302, cors)
    assert {"Cookie", "Origin"} <= answer.vary
    assert_answered_by_the_guard(preflight(app, "/secret", "PUT"))


# Flask-Limiter


def limit(app: Flask) -> None:
    Limiter(
        lambda: "one client",
        app=app,
        application_limits=["3 per day"],
        storage_uri="memory://",
        headers_enabled=True,
    )


@BEFORE_AND_AFTER
def test_preflights_cost_nothing_of_a_rate_limit(first: bool) -> None:
    app = guarded(limit, first=first)
    for _ in range(5):
        assert_answered_by_the_guard(preflight(app, "/item", "PUT"))
        assert preflight(app, "/item", "PUT", origin=STRANGER).status == HTTPStatus.FORBIDDEN
    statuses = [ask(app, "PUT", "/item", origin=ALLOWED).status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert_answered_by_the_guard(preflight(app, "/item", "PUT"))


@BEFORE_AND_AFTER
@EVERY_ORIGIN
def test_a_429_carries_the_headers(first: bool, origin: str | None, cors: dict[str, str]) -> None:
    app = guarded(limit, first=first)
    for _ in range(3):
        ask(app, "GET", "/item")
    answer = ask(app, "GET", "/item", origin=origin)
    assert (answer.status, answer.cors, answer.vary) == (429, cors, {"Origin"})
    assert answer.headers["X-RateLimit-Remaining"] == "0"


# Flask-WTF


class CountingProtect(CSRFProtect):
    """
    Note which requests were looked at.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []
        super().__init__()

    def protect(self, *, apply_exemptions: bool = False) -> None:
        self.seen.append(request.method)
        super().protect(apply_exemptions=apply_exemptions)


@BEFORE_AND_AFTER
def test_csrf_protection_sees_no_preflight(first: bool) -> None:
    protect = CountingProtect()
    app = guarded(protect.init_app, first=first)
    assert_answered_by_the_guard(preflight(app, "/item", "PUT"))
    assert protect.seen == []


@BEFORE_AND_AFTER
@EVERY_ORIGIN
def test_the_400_of_csrf_protection_carries_the_headers(
    first: bool, origin: str | None, cors: dict[str, str]
) -> None:
    protect = CountingProtect()
    app = guarded(protect.init_app, first=first)
    answer = ask(app, "PUT", "/item", origin=origin)
    assert (answer.status, answer.cors, answer.vary) == (400, cors, {"Origin"})
    assert protect.seen == ["PUT"]


@BEFORE_AND_AFTER
def test_a_request_with_a_csrf_token_passes_both(first: bool) -> None:
    app = guarded(CountingProtect().init_app, first=first)
    app.add_url_rule("/token", view_func=generate_csrf, endpoint="token")
    client = Client(app)
    token = ask(client, "GET", "/token", origin=ALLOWED).body.decode()
    headers = {"X-CSRFToken": token, "Referer": "https://api.example/"}
    answer = ask(client, "PUT", "/item", origin=ALLOWED, headers=headers)
    assert (answer.status, answer.cors) == (200, SHARED)


# Flask-Session


def stored_sessions(folder: Path) -> dict[str, object]:
    return {
        "SESSION_TYPE": "cachelib",
        "SESSION_CACHELIB": FileSystemCache(str(folder), threshold=0),
        "SESSION_CLEANUP_N_REQUESTS": None,
    }


def sessions_in(folder: Path) -> int:
    """
    Count what stands there, but for the file in which the cache counts itself.
    """
    cache = FileSystemCache(str(folder), threshold=0)
    return len(list(cache._list_dir()))  # noqa: SLF001 - there is no other way to look


def check_session() -> None:
    session["visits"] = session.get("visits", 0) + 1
    if session["visits"] > 1:
        abort(401)


@BEFORE_AND_AFTER
def test_flask_session_stores_nothing_for_a_preflight(tmp_path: Path, first: bool) -> None:
    def register(app: Flask) -> None:
        Session(app)
        app.before_request(check_session)

    app = guarded(register, first=first, **stored_sessions(tmp_path))
    assert_answered_by_the_guard(preflight(app, "/item", "PUT"))
    assert sessions_in(tmp_path) == 0
    assert ask(app, "PUT", "/item", origin=ALLOWED).status == HTTPStatus.OK
    assert sessions_in(tmp_path) == 1


@BEFORE_AND_AFTER
@EVERY_ORIGIN
def test_what_a_check_of_the_session_refuses_carries_the_headers(
    tmp_path: Path, first: bool, origin: str | None, cors: dict[str, str]
) -> None:
    def register(app: Flask) -> None:
        Session(app)
        app.before_request(check_session)

    client = Client(guarded(register, first=first, **stored_sessions(tmp_path)))
    welcome = ask(client, "PUT", "/item", origin=origin)
    refused = ask(client, "PUT", "/item", origin=origin)
    assert (welcome.status, welcome.cors) == (200, cors)
    assert (refused.status, refused.cors) == (401, cors)
    assert {"Cookie", "Origin"} <= refused.vary


# All of them at once


@BEFORE_AND_AFTER
def test_among_all_of_them_the_guard_is_first(tmp_path: Path, first: bool) -> None:
    check, logins, protect = LoginCheck(), Logins(), CountingProtect()

    def register(app: Flask) -> None:
        Session(app)
        for step in (check.on_application, logins.register, limit, protect.init_app):
            step(app)
        app.before_request(check_session)
        app.before_request(lambda: setattr(g, "touched", True))

    app = guarded(register, first=first, **stored_sessions(tmp_path))
    for _ in range(5):
        assert_answered_by_the_guard(preflight(app, "/item", "PUT"))
    assert (check.seen, logins.loaded, protect.seen, sessions_in(tmp_path)) == ([], [], [], 0)
    answer = ask(app, "GET", "/item", origin=ALLOWED, headers=TOKEN)
    assert (answer.status, answer.cors) == (200, SHARED)
    assert (check.seen, logins.loaded, protect.seen) == (["GET"], ["GET"], ["GET"])

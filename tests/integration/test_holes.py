"""
Holes that somebody found, and that are closed: one test for each way in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from flask import Flask
from werkzeug.local import LocalProxy
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter, ValidationError

from flask_corsguard import CORSGuard, Policy, PolicyError, cross_origin, same_origin
from support.doors import Request, call, environ_of

APP, EVIL = "https://app.example", "https://evil.example"
MODES = pytest.mark.parametrize("fast_path", [False, True])


def ask(app: Any, path: str, origin: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    """
    Send one request; give the status and who is allowed.
    """
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    fields = {"Host": "api.example", "Origin": origin, **named}
    asked = Request(method=method, path=path, headers=tuple(fields.items()))
    status, sent, _ = call(app, environ_of(asked))
    return status, dict(sent).get("Access-Control-Allow-Origin", "")


def preflight(app: Any, path: str, method: str, **headers: str) -> tuple[int, set[str]]:
    """
    Send a preflight from the application's origin; give the status and the methods listed.
    """
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    fields = {"Host": "api.example", "Origin": APP, "Access-Control-Request-Method": method}
    asked = Request(method="OPTIONS", path=path, headers=tuple({**fields, **named}.items()))
    status, sent, _ = call(app, environ_of(asked))
    return status, set(dict(sent).get("Access-Control-Allow-Methods", "").split(", ")) - {""}


@MODES
def test_an_upgrade_header_does_not_poison_what_is_remembered(fast_path: bool) -> None:
    app = Flask("upgrade")
    app.add_url_rule("/admin", "admin", same_origin(lambda: ""), methods=["PUT"])
    CORSGuard(app, origins=APP, fast_path=fast_path)
    assert preflight(app, "/admin", "PUT")[0] == 403
    preflight(app, "/admin", "PUT", Connection="Upgrade", Upgrade="websocket")
    assert preflight(app, "/admin", "PUT")[0] == 403


@MODES
def test_what_a_converter_says_later_counts(fast_path: bool) -> None:
    known: set[str] = set()

    class Known(BaseConverter):
        def to_python(self, value: str) -> str:
            if value not in known:
                raise ValidationError
            return value

    app = Flask("later")
    app.url_map.converters["known"] = Known
    view = same_origin(lambda number: number)
    app.add_url_rule("/doc/<known:number>", "doc", view, methods=["PUT"])
    CORSGuard(app, origins=APP, fast_path=fast_path)
    assert preflight(app, "/doc/7", "PUT")[0] == 204
    known.add("7")
    assert preflight(app, "/doc/7", "PUT")[0] == 403


@pytest.mark.parametrize("rule", [{}, {"allow_headers": ["X-A"]}, {"origins": []}])
def test_a_rule_without_origins_does_not_fall_to_a_wider_one(rule: dict[str, Any]) -> None:
    app = Flask("narrow")
    CORSGuard(app, resources={"/api/*": {"origins": "*"}, "/api/private/*": rule})
    assert ask(app, "/api/x", EVIL)[1] == "*"
    assert ask(app, "/api/private/x", EVIL)[1] == ""


@pytest.mark.parametrize(
    "expression",
    [
        r"https://.*example\.com:8443",
        r"https://.*:8443",
        r"https://.*example\.com:\d+",
        r"http://.*",
        r"http://.*example\.com",
        r"https://myapp-[a-z0-9]+\.vercel\.app",
        r"https://pr-\d+\.netlify\.app",
        r"https://[a-d]+\.com",
        r"https://\d+\.com",
        r"https://[a-z]{3}app\.com",
        r"https://app\.example\.[a-z]{2}",
        r"https://\d+\.\d+\.\d+\.\d+",
        r"https://[0-9a-f:.\[\]]+",
    ],
)
def test_an_expression_that_strangers_can_match_is_refused(expression: str) -> None:
    with pytest.raises(PolicyError, match="CG143"):
        Policy(origins=re.compile(expression))


@pytest.mark.parametrize(
    "expression",
    [
        r"https://(app|www)\.example\.com",
        r"https://.*\.example\.com",
        r"http://localhost(:\d+)?",
        r"https://[a-z]+\.example\.com:8443",
    ],
)
def test_an_expression_that_only_friends_match_is_accepted(expression: str) -> None:
    assert Policy(origins=re.compile(expression)).warnings == ()


@pytest.mark.parametrize(
    "host", ["amazonaws.com", "windows.net", "core.windows.net", "github.dev", "nip.io"]
)
def test_a_wildcard_above_public_suffixes_is_refused(host: str) -> None:
    with pytest.raises(PolicyError, match="CG132"):
        Policy(origins=f"https://*.{host}", credentials=True)


@MODES
def test_rules_that_overlap_list_their_own_methods_only(fast_path: bool) -> None:
    app = Flask("overlap")
    app.add_url_rule("/items/<key>", "generic", lambda key: key, methods=["GET", "DELETE"])
    numeric = same_origin(lambda number: f"{number}")
    app.add_url_rule("/items/<int:number>", "numeric", numeric, methods=["DELETE"])
    CORSGuard(app, origins=APP, fast_path=fast_path)
    status, methods = preflight(app, "/items/5", "GET")
    assert status == 204
    assert "DELETE" not in methods
    assert "DELETE" in preflight(app, "/items/x", "GET")[1]


@MODES
def test_a_path_too_long_for_an_expression_is_closed_and_enforced(fast_path: bool) -> None:
    app = Flask("long")
    app.add_url_rule("/api/<int:number>", "api", lambda number: "ran", methods=["POST"])
    rule = {"origins": [APP], "enforce": True}
    CORSGuard(app, resources={re.compile(r"/api/.*"): rule}, fast_path=fast_path)
    for path in ("/api/5", f"/api/{'0' * 3000}5"):
        assert ask(app, path, EVIL, "POST", Sec_Fetch_Site="cross-site") == (403, "")


def test_a_path_that_a_view_may_resolve_is_closed() -> None:
    app = Flask("dots")
    app.add_url_rule("/static/<path:name>", "file", lambda name: name)
    CORSGuard(app, resources={"/static/*": {"origins": EVIL}, "/static/own/*": {"origins": APP}})
    assert ask(app, "/static/pub/key.json", EVIL)[1] == EVIL
    assert ask(app, "/static/pub/../own/key.json", EVIL)[1] == ""


@MODES
def test_a_mark_that_cannot_be_read_keeps_its_enforcement(fast_path: bool) -> None:
    app = Flask("typo")
    app.add_url_rule("/x", "x", cross_origin("parters")(lambda: "ran"), methods=["POST"])
    CORSGuard(app, policies={"partners": {"origins": APP, "enforce": True}}, fast_path=fast_path)
    assert ask(app, "/x", EVIL, "POST", Sec_Fetch_Site="cross-site")[0] == 403


def test_a_view_that_takes_a_slash_or_not_has_one_policy() -> None:
    app = Flask("slashes")
    app.url_map.strict_slashes = False
    app.add_url_rule("/admin", "admin", lambda: "secret")
    app.add_url_rule("/open/", "open", lambda: "")
    CORSGuard(app, resources={"/*": {"origins": "*"}, "/admin": {"origins": APP}})
    assert ask(app, "/admin", EVIL) == (200, "")
    assert ask(app, "/admin/", EVIL) == (200, "")
    assert ask(app, "/open", EVIL) == (200, "*")


def test_a_layer_that_asks_for_something_else_gets_the_headers_of_that() -> None:
    app = Flask("rewritten")
    app.add_url_rule("/public", "public", cross_origin(origins="*")(lambda: "public"))
    app.add_url_rule("/admin", "admin", same_origin(lambda: "admin"))
    inner = app.wsgi_app

    def rewrite(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        return inner({**environ, "PATH_INFO": "/admin"}, start)

    app.wsgi_app = rewrite
    CORSGuard(app)
    assert ask(app, "/public", EVIL) == (200, "")


def test_rules_from_outside_do_not_open_what_the_code_has_closed() -> None:
    app = Flask("outside")
    app.config["CORSGUARD_RESOURCES"] = '{"/*": {"origins": "*"}}'
    with pytest.raises(PolicyError, match="CG610"):
        CORSGuard(app, origins=[APP])


def test_a_reload_refuses_the_fast_path_around_a_proxy_fix() -> None:
    class Layer:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            result: Iterable[bytes] = self.inner(environ, start)
            return result

    app = Flask("layers")
    app.wsgi_app = Layer(ProxyFix(app.wsgi_app))
    guard = CORSGuard(app, origins=APP)
    with pytest.raises(RuntimeError, match="ProxyFix"):
        guard.reload(app, origins=APP, fast_path=True)
    assert ask(app, "/", APP)[1] == APP


def test_a_view_that_is_a_proxy_for_nothing_closes_itself_alone() -> None:
    def nothing() -> Any:
        raise RuntimeError

    app = Flask("proxy")
    app.add_url_rule("/fine", "fine", lambda: "")
    app.add_url_rule("/proxy", "proxy", methods=["GET"])
    app.view_functions["proxy"] = LocalProxy(nothing)  # type: ignore[assignment]
    CORSGuard(app, origins=APP)
    assert ask(app, "/fine", APP) == (200, APP)


def test_an_exception_that_cannot_say_what_it_is_stays_inside() -> None:
    class SpeechlessError(Exception):
        def __str__(self) -> str:
            raise ValueError

    def broken(origin: str, head: object) -> bool:
        raise SpeechlessError

    app = Flask("speechless")
    CORSGuard(app, origins=broken)
    assert ask(app, "/", APP) == (404, "")


@pytest.mark.parametrize(
    "options",
    [
        {"origins": [APP], "dev_origins": "*"},
        {"origins": [APP], "dev_origins": ["http://dev.lan:3000"], "credentials": True},
    ],
)
def test_development_origins_that_cannot_go_along_are_an_error(options: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match="dev_origins"):
        CORSGuard(Flask("dev"), **options)


def test_a_callable_need_not_be_hashable() -> None:
    class Rules:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self, origin: str, head: object) -> bool:
            return origin == APP

    app = Flask("unhashable")
    CORSGuard(app, origins=[Rules(), "https://other.example"])
    assert ask(app, "/", APP)[1] == APP


def test_rules_do_not_share_the_name_of_the_guard() -> None:
    app = Flask("names")
    guard = CORSGuard(app, name="main", origins=APP, resources={"/a/*": {}, "/b/*": {}})
    assert guard.validate(app) == ()
    settings = app.extensions["corsguard"].make_plan().settings
    assert {policy.label for policy in settings.outer_policies} == {
        "resources['/a/*']",
        "resources['/b/*']",
    }

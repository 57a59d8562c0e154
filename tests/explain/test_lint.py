"""What is legal and rarely meant is found, and what is meant is left alone."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from flask_corsguard import CORSGuard, cross_origin, same_origin
from flask_corsguard.explain import lint

APP = "https://app.example.com"
CREDENTIALED = {"origins": APP, "credentials": True}
CROSS_SITE = {"SESSION_COOKIE_SAMESITE": "None", "SESSION_COOKIE_SECURE": True}


def make(config: dict[str, Any] | None = None) -> Flask:
    app = Flask("shop", static_folder=None)
    app.config.update(config or {})
    app.add_url_rule("/orders", "orders", lambda: "", methods=["GET", "PUT"])
    return app


def found(app: Flask, **options: Any) -> dict[str, str]:
    """Give the place of each code."""
    CORSGuard(app, **options)
    plan = app.extensions["corsguard"].make_plan()
    return {problem.code: problem.where for problem in lint(app, plan)}


def test_a_usual_application_is_fine() -> None:
    assert found(make(), origins=APP) == {}
    assert found(make(), origins="*", methods=["PUT"]) == {}
    assert found(make()) == {}


@pytest.mark.parametrize("age", [None, 0, 5, 59])
def test_a_short_max_age_is_found(age: int | None) -> None:
    assert found(make(), origins=APP, max_age=age) == {"CG901": "max_age"}


@pytest.mark.parametrize("age", [60, 600, 7200])
def test_an_age_of_a_minute_is_long_enough(age: int) -> None:
    assert found(make(), origins=APP, max_age=age) == {}


def test_the_place_of_a_policy_is_named() -> None:
    app = make()
    app.add_url_rule("/a", "a", cross_origin(origins=APP, max_age=1)(lambda: ""))
    assert found(app) == {"CG901": "view 'a'.max_age"}
    rules = {"/orders": {"origins": APP, "max_age": 1}}
    assert found(make(), resources=rules) == {"CG901": "resources['/orders'].max_age"}
    named = {"front": {"origins": APP, "max_age": 1}}
    said = found(make(), policies=named, resources={"/orders": "front"})
    assert said == {"CG901": "policies['front'].max_age"}


def test_credentials_for_all_subdomains_are_found() -> None:
    options = {"origins": [APP, "https://*.example.com"], "credentials": True}
    said = found(make(), **{**options, "origins": ["https://a.test", "https://*.example.com"]})
    assert said == {"CG902": "origins[1]"}
    assert found(make(), origins="https://*.example.com") == {}
    assert found(make(), origins="http://*.localhost", credentials=True) == {}


def test_a_method_that_no_route_has_is_found() -> None:
    assert found(make(), origins=APP, methods=["PUT", "DELETE"]) == {"CG903": "methods[1]"}
    assert found(make(), origins=APP, methods=["GET", "POST", "PUT"]) == {}
    assert found(make(), origins=APP, methods="*") == {}


def test_what_runs_before_the_guard_is_found() -> None:
    class Sessions(SecureCookieSessionInterface):
        pass

    app = make()
    app.session_interface = Sessions()
    assert found(app, origins=APP) == {"CG904": "app.session_interface"}


def test_on_the_fast_path_nothing_runs_before_the_guard() -> None:
    class Sessions(SecureCookieSessionInterface):
        pass

    app = make()
    app.session_interface = Sessions()
    assert found(app, origins=APP, fast_path=True) == {}


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"SECRET_KEY": "x"}, "SESSION_COOKIE_SAMESITE"),
        ({"SECRET_KEY": "x", "SESSION_COOKIE_SAMESITE": "Lax"}, "SESSION_COOKIE_SAMESITE"),
        ({"SECRET_KEY": "x", "SESSION_COOKIE_SAMESITE": "None"}, "SESSION_COOKIE_SECURE"),
        ({"SECRET_KEY": "x", **CROSS_SITE}, None),
        ({}, None),
        ({"SECRET_KEY": "x", "TRUSTED_HOSTS": ["api.example.com"]}, None),
        ({"SECRET_KEY": "x", "TRUSTED_HOSTS": ["api.other.test"]}, "SESSION_COOKIE_SAMESITE"),
        ({"SECRET_KEY": "x", "SERVER_NAME": "api.example.com"}, None),
    ],
)
def test_cookies_that_stay_at_home_are_found(config: dict[str, Any], code: str | None) -> None:
    expected = {} if code is None else {"CG905": f"app.config['{code}']"}
    assert found(make(config), **CREDENTIALED) == expected


def test_cookies_do_not_matter_without_credentials() -> None:
    assert found(make({"SECRET_KEY": "x"}), origins=APP) == {}
    loopback = {"origins": "http://localhost:3000", "credentials": True}
    assert found(make({"SECRET_KEY": "x"}), **loopback) == {}


def test_flask_logins_cookie_is_looked_at_too() -> None:
    from flask_login import LoginManager

    app = make({"SECRET_KEY": "x", **CROSS_SITE})
    LoginManager(app)
    assert found(app, **CREDENTIALED) == {"CG905": "app.config['REMEMBER_COOKIE_SAMESITE']"}


def test_useless_rules_are_found() -> None:
    assert found(make(), resources={"/order": {"origins": APP}}) == {"CG906": "resources['/order']"}
    app = make()
    app.add_url_rule("/a", "a", same_origin(lambda: ""))
    rules = {"/a": {"origins": APP}, "/orders": {"origins": APP}}
    assert found(app, resources=rules) == {"CG907": "resources['/a']"}


def test_another_library_is_found() -> None:
    from flask_cors import CORS
    from flask_cors import cross_origin as theirs

    app = make()
    CORS(app)
    assert list(found(app, origins=APP)) == ["CG908"]
    app = make()
    app.add_url_rule("/theirs", "theirs", theirs()(lambda: ""))
    assert list(found(app, origins=APP)) in ([], ["CG908"])

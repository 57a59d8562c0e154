"""The smallest change is one that helps, and is called wise only if it is."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from flask_corsguard import CORSGuard, cross_origin, same_origin
from flask_corsguard.explain import Asked, Explanation, Wisdom, explain

APP = "https://app.example.com"
STAR = {"origins": "*"}


def explained(asked: dict[str, Any], **options: Any) -> Explanation:
    app = Flask("shop")
    app.add_url_rule("/orders", "orders", lambda: "", methods=["GET", "PUT"])
    app.add_url_rule("/marked", "marked", cross_origin(origins=APP, methods=["PUT"])(lambda: ""))
    app.add_url_rule("/closed", "closed", same_origin(lambda: ""))
    app.add_url_rule("/slash/", "slash", lambda: "", methods=["PUT"])
    CORSGuard(app, **options)
    plan = app.extensions["corsguard"].make_plan()
    return explain(app, plan, Asked(**{"url": "/orders", "origin": APP, **asked}))


@pytest.mark.parametrize(
    ("asked", "options", "place", "write", "wise"),
    [
        ({}, {}, "view 'orders'", f"@cross_origin(origins=['{APP}'])", "if it is yours"),
        (
            {},
            {"origins": "https://b.example"},
            "CORSGuard(...)",
            f"origins=['https://b.example', '{APP}']",
            "if it is yours",
        ),
        (
            {"origin": "http://app.example.com"},
            {"origins": APP},
            "CORSGuard(...)",
            "http://app.example.com",
            "no",
        ),
        (
            {"origin": "https://example.com"},
            {"origins": "https://*.example.com"},
            "CORSGuard(...)",
            "https://example.com",
            "no",
        ),
        (
            {"origin": "http://localhost:3000"},
            {"origins": APP},
            "CORSGuard(...)",
            "dev_origins=['http://localhost:3000']",
            "yes",
        ),
        (
            {"origin": "https://codepen.io"},
            {"origins": APP},
            "CORSGuard(...)",
            "https://codepen.io",
            "no",
        ),
        (
            {"method": "DELETE"},
            {"origins": APP},
            "a route for /orders",
            "methods=[..., 'DELETE']",
            "yes",
        ),
        (
            {"method": "DELETE", "url": "/marked"},
            {},
            "view 'marked'",
            "methods=['PUT', 'DELETE']",
            "yes",
        ),
        (
            {"headers": ("X-Trace",)},
            {"resources": {"/orders": {"origins": APP}}},
            "resources['/orders']",
            "allow_headers=['X-Trace']",
            "yes",
        ),
        (
            {"headers": ("X-HTTP-Method-Override: PUT",)},
            {"origins": APP},
            "CORSGuard(...)",
            "allow_headers=['X-Http-Method-Override']",
            "no",
        ),
        (
            {"credentials": True},
            {"origins": APP},
            "CORSGuard(...)",
            "credentials=True",
            "if it is yours",
        ),
        ({"credentials": True}, STAR, "CORSGuard(...)", "credentials=True", "no"),
        ({"url": "/closed"}, STAR, "view 'closed'", "instead of @same_origin", "no"),
        (
            {},
            {"policies": {"front": {"origins": []}}, "resources": {"/*": "front"}},
            "policies['front']",
            f"origins=['{APP}']",
            "if it is yours",
        ),
    ],
)
def test_the_change_is_named_and_judged(
    asked: dict[str, Any], options: dict[str, Any], place: str, write: str, wise: str
) -> None:
    found = explained(asked, **options)
    assert not found.allowed
    assert found.remedy is not None
    assert found.remedy.helps
    change = found.remedy.changes[-1]
    assert change.place == place
    assert write in change.write
    assert found.remedy.wise == wise
    assert change.because


@pytest.mark.parametrize(
    ("asked", "options", "instead"),
    [
        ({"origin": "null"}, {"origins": APP}, "an origin of its own"),
        ({"method": "patch"}, {"origins": APP, "methods": ["PATCH"]}, "'PATCH'"),
        ({"url": "/slash", "method": "PUT"}, {}, "/slash/"),
    ],
)
def test_where_no_policy_helps_something_else_does(
    asked: dict[str, Any], options: dict[str, Any], instead: str
) -> None:
    found = explained(asked, **options)
    assert found.remedy is not None
    assert not found.remedy.helps
    assert instead in found.remedy.instead


def test_what_the_guard_refuses_is_no_wise_change() -> None:
    found = explained(
        {"origin": "http://b.example", "credentials": True}, origins=APP, credentials=True
    )
    assert found.remedy is not None
    assert not found.remedy.helps
    assert found.remedy.wise is Wisdom.NO
    assert "The guard refuses it" in found.remedy.changes[0].because


def test_several_obstacles_take_several_changes() -> None:
    asked = {
        "origin": "https://b.example",
        "method": "DELETE",
        "headers": ("X-Trace",),
        "credentials": True,
    }
    found = explained(asked, origins=APP)
    assert found.remedy is not None
    assert found.remedy.helps
    said = " ".join(change.write for change in found.remedy.changes)
    assert re.search(r"https://b\.example.*DELETE.*X-Trace.*credentials=True", said)


def test_an_allowed_request_needs_no_change() -> None:
    found = explained({}, origins=APP)
    assert (found.allowed, found.remedy) == (True, None)


def test_a_refused_request_is_not_allowed() -> None:
    found = explained({"method": "PUT"}, origins="*", enforce=True)
    assert found.refused
    assert not found.allowed
    assert found.remedy is not None
    assert f"origins=['{APP}']" in found.remedy.changes[0].write


def test_the_change_that_is_named_really_helps() -> None:
    """The text itself is run, as somebody would paste it."""
    found = explained({"headers": ("X-Trace",), "credentials": True})
    assert found.remedy is not None
    (change,) = found.remedy.changes
    decorator = eval(change.write.removeprefix("@"), {"cross_origin": cross_origin})  # noqa: S307
    app = Flask("shop")
    app.add_url_rule("/orders", "orders", decorator(lambda: ""))
    CORSGuard(app)
    plan = app.extensions["corsguard"].make_plan()
    asked = Asked(url="/orders", origin=APP, headers=("X-Trace",), credentials=True)
    assert explain(app, plan, asked).allowed

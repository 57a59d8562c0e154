"""
Where the texts of the rules settle what a preflight is about, the router is asked only once.

Where they do not, it is asked again: a wrong answer would stay in browsers' caches.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import MapAdapter, Rule

from flask_corsguard import CORSGuard, cross_origin
from flask_corsguard.protocol.resources import ResourceMap

from .helpers import ALLOWED, ask

ANNOUNCED = "Access-Control-Request-Method"


def counted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    match = MapAdapter.match

    def counting(self: MapAdapter, *args: Any, **more: Any) -> Any:
        asked.append("match")
        return match(self, *args, **more)

    monkeypatch.setattr(MapAdapter, "match", counting)
    return asked


def preflight_methods(app: Flask, path: str, method: str) -> set[str]:
    answer = ask(app, "OPTIONS", path, origin=ALLOWED, headers={ANNOUNCED: method})
    assert answer.status == HTTPStatus.NO_CONTENT
    return set(answer.cors["Allow-Methods"].split(", "))


def test_a_preflight_of_a_new_url_asks_the_router_once(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Flask(__name__)
    app.add_url_rule("/items/<int:n>", "get", lambda n: "", methods=["GET"])
    app.add_url_rule("/items/<int:n>", "put", lambda n: "", methods=["PUT"])
    CORSGuard(app, origins=ALLOWED)
    preflight_methods(app, "/items/1", "PUT")
    asked = counted(app, monkeypatch)
    assert preflight_methods(app, "/items/2", "PUT") == {"GET", "HEAD", "PUT", "OPTIONS"}
    assert asked == ["match"]


@pytest.mark.parametrize(
    "more",
    [
        {"defaults": {"x": 1}},
        {"strict_slashes": False},
        {"redirect_to": "/elsewhere"},
        {"alias": True},
    ],
)
def test_rules_with_peculiarities_are_left_to_the_router(
    more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/items/<int:n>", "get", lambda n, x=0: "", methods=["GET"])
    app.add_url_rule("/items/<int:n>", "put", lambda n, x=0: "", methods=["PUT"], **more)
    CORSGuard(app, origins=ALLOWED)
    asked = counted(app, monkeypatch)
    ask(app, "OPTIONS", "/items/2", origin=ALLOWED, headers={ANNOUNCED: "PUT"})
    assert len(asked) > 1


def test_a_url_that_another_rule_may_take_is_left_to_the_router() -> None:
    app = Flask(__name__)
    app.add_url_rule("/items/<int:n>", "item", lambda n: "", methods=["GET", "PUT"])
    view = cross_origin(origins="https://other.example")(lambda: "")
    app.add_url_rule("/items/7", "seven", view, methods=["GET"])
    CORSGuard(app, origins=ALLOWED)
    assert "GET" in preflight_methods(app, "/items/1", "PUT")
    assert "GET" not in preflight_methods(app, "/items/7", "PUT")


def test_a_rule_of_a_class_of_its_own_is_left_to_the_router(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class OwnRule(Rule):
        pass

    class OwnFlask(Flask):
        url_rule_class = OwnRule

    app = OwnFlask(__name__)
    app.add_url_rule("/items/<int:n>", "item", lambda n: "", methods=["GET", "PUT"])
    CORSGuard(app, origins=ALLOWED)
    asked = counted(app, monkeypatch)
    assert "PUT" in preflight_methods(app, "/items/1", "PUT")
    assert len(asked) > 1


def test_path_rules_that_fail_give_no_header_away(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Flask(__name__)
    app.add_url_rule("/items/<int:n>", "item", lambda n: "found")
    CORSGuard(app, resources={"/items/*": {"origins": ALLOWED}})
    assert ask(app, "GET", "/items/1", origin=ALLOWED).cors == {"Allow-Origin": ALLOWED}

    def crash(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ResourceMap, "find", crash)
    answer = ask(app, "GET", "/items/1", origin=ALLOWED)
    assert (answer.status, answer.body, answer.cors) == (200, b"found", {})

"""Every route, what governs it and why; and the rules that are good for nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView
from hypothesis import given
from hypothesis import strategies as st

from flask_corsguard import CORSGuard, cross_origin, same_origin
from flask_corsguard.explain import RouteRow, Survey, survey
from flask_corsguard.explain.paths import meeting_path, read_route
from flask_corsguard.protocol.resources import ResourceMap

APP = "https://app.example.com"


def view() -> str:
    return ""


def surveyed(routes: dict[str, Any], **options: Any) -> Survey:
    app = Flask("shop", static_folder=None)
    for number, (rule, function) in enumerate(routes.items()):
        app.add_url_rule(rule, f"v{number}", function)
    CORSGuard(app, **options)
    return survey(app, app.extensions["corsguard"].make_plan())


def rows(found: Survey) -> dict[str, RouteRow]:
    return {row.rule: row for row in found.routes}


def test_each_level_is_named_and_what_it_goes_before() -> None:
    app = Flask("shop", static_folder=None)
    api = cross_origin(origins=APP)(Blueprint("api", __name__, url_prefix="/api"))
    api.add_url_rule("/a", "a", cross_origin(origins="*", name="open")(lambda: ""))
    api.add_url_rule("/b", "b", view)
    app.register_blueprint(api)
    app.add_url_rule("/c", "c", view)
    app.add_url_rule("/d", "d", view)
    app.add_url_rule("/e", "e", same_origin(lambda: ""))
    CORSGuard(app, resources={"/api/*": {"origins": APP}, "/c": {"origins": APP}})
    found = rows(survey(app, app.extensions["corsguard"].make_plan()))
    said = {rule: (str(row.governing.source), row.governing.place) for rule, row in found.items()}
    assert said == {
        "/api/a": ("view", "view 'api.a'"),
        "/api/b": ("blueprint", "blueprint 'api'"),
        "/c": ("rule", "resources['/c']"),
        "/d": ("none", ""),
        "/e": ("view", "view 'e'"),
    }
    assert found["/api/a"].governing.passed_over == ("blueprint 'api'", "resources['/api/*']")
    assert found["/api/a"].governing.policy == "open"
    assert found["/e"].governing.closed


def test_methods_with_policies_of_their_own_have_rows_of_their_own() -> None:
    class Orders(MethodView):
        def get(self) -> str:
            return ""

        @cross_origin(origins=APP)
        def put(self) -> str:
            return ""

    found = surveyed({"/orders": Orders.as_view("orders")}, origins="*")
    said = {row.methods: str(row.governing.source) for row in found.routes}
    assert said[("PUT",)] == "view"
    assert said[("GET", "HEAD", "OPTIONS")] == "guard"


def test_rules_that_match_nothing_and_rules_that_govern_nothing_are_told_apart() -> None:
    found = surveyed(
        {
            "/api/orders": view,
            "/api/<int:n>": view,
            "/marked": cross_origin(origins=APP)(lambda: ""),
        },
        resources={
            "/api/*": {"origins": APP},
            "/api/orders": {"origins": "*"},
            "/api/*/x": {"origins": APP},
            "/old": {"origins": APP},
            "/marked": {"origins": APP},
            re.compile("/api/.*"): {"origins": APP},
        },
    )
    said = {row.place: row for row in found.rules}
    assert said["resources['/api/*']"].routes == ("/api/<int:n>",)
    assert said["resources['/api/*']"].shadowed == ("/api/orders",)
    assert said["resources['/api/*']"].shadowed_by == ("resources['/api/orders']",)
    assert said["resources['/old']"].matches_nothing
    assert said["resources['/marked']"].governs_nothing
    assert said["resources['/marked']"].shadowed_by == ("view 'v2'",)
    assert said["resources['/api/.*']"].governs_nothing


def test_a_rule_for_some_paths_of_a_route_is_an_exception() -> None:
    found = surveyed(
        {"/users/<name>": view, "/files/<path:name>": view, "/n/<int:n>": view},
        resources={
            "/users/*": {"origins": APP},
            "/users/me": {"origins": "*"},
            "/files/public/*": {"origins": "*"},
            "/n/me": {"origins": "*"},
        },
    )
    assert rows(found)["/users/<name>"].exceptions == ("resources['/users/me']",)
    assert rows(found)["/files/<path:name>"].exceptions == ("resources['/files/public/*']",)
    assert str(rows(found)["/files/<path:name>"].governing.source) == "none"
    assert [row.place for row in found.rules if row.matches_nothing] == ["resources['/n/me']"]


def test_what_nothing_covers_is_listed() -> None:
    found = surveyed({"/a": view, "/b": view}, resources={"/a": {"origins": APP}})
    assert found.uncovered == ("/b",)


def test_what_the_survey_says_of_a_route_is_what_a_request_gets() -> None:
    found = surveyed(
        {"/a": view, "/b/<int:n>": view, "/c": cross_origin(origins=APP)(lambda: ""), "/d": view},
        resources={"/a": {"origins": APP}, "/b/*": {"origins": "https://b.example"}},
    )
    assert [bool(row.governing.policy) for row in found.routes] == [True, True, True, False]
    assert [row.governing.origins for row in found.routes][:3] == [
        (APP,),
        ("https://b.example",),
        (APP,),
    ]


SEGMENTS = st.sampled_from(["a", "b", "<x>", "<int:n>", "<path:p>", "a<x>"])
WANTED = st.sampled_from(["a", "b", "1", "*"])


@given(st.lists(SEGMENTS, min_size=1, max_size=4), st.lists(WANTED, min_size=1, max_size=4))
def test_a_path_in_which_two_meet_is_a_path_of_both(route: list[str], wanted: list[str]) -> None:
    names = iter("stuvw")
    parts = [re.sub(r"(?<=[:<])\w(?=>)", lambda _: next(names), part) for part in route]
    text, pattern = "/" + "/".join(parts), "/" + "/".join(wanted)
    app = Flask("shop", static_folder=None)
    app.add_url_rule(text, "v", view)
    (rule,) = app.url_map.iter_rules()
    path = meeting_path(read_route(app, rule), pattern)
    if path is not None:
        assert ResourceMap({pattern: True}).find(path)
        assert app.url_map.bind("a.example").match(path)


@pytest.mark.parametrize(
    ("rule", "pattern", "meet"),
    [
        ("/a", "/a", True),
        ("/a", "/a/*", True),
        ("/a/", "/a/*", True),
        ("/a", "/b", False),
        ("/<x>", "/a", True),
        ("/<int:x>", "/a", False),
        ("/<int:x>", "/*", True),
        ("/<path:x>", "/a/b/c", True),
        ("/a/<path:x>", "/b/*", False),
        ("/a/b", "/a", False),
        ("/a", "/a/b", False),
        ("/<any(a, b):x>", "/b", True),
        ("/<any(a, b):x>", "/c", False),
        ("/v<int:x>", "/v7", True),
    ],
)
def test_routes_and_patterns_meet_where_they_should(rule: str, pattern: str, meet: bool) -> None:
    app = Flask("shop", static_folder=None)
    app.add_url_rule(rule, "v", view)
    (only,) = app.url_map.iter_rules()
    assert (meeting_path(read_route(app, only), pattern) is not None) is meet


def test_hosts_are_shown() -> None:
    app = Flask("shop", static_folder=None)
    app.url_map.host_matching = True
    app.add_url_rule("/a", "a", view, host="api.example.com")
    CORSGuard(app, origins=APP)
    (row,) = survey(app, app.extensions["corsguard"].make_plan()).routes
    assert row.rule == "api.example.com/a"

"""
How a guard gets its configuration: arguments, `app.config`, the environment, and `reload`.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus

import pytest
from flask import Blueprint, Flask, Response

from flask_corsguard import (
    CORSGuard,
    Policy,
    PolicyError,
    cors_decided,
    cross_origin,
    same_origin,
)

from .helpers import ALLOWED, STRANGER, ask, hearing, logged, preflight

PARTNER = "https://partner.example"
SHARED = {"Allow-Origin": ALLOWED}


def with_view(path: str = "/item") -> Flask:
    app = Flask(__name__)
    app.add_url_rule(path, view_func=lambda: "hello", endpoint="hello", methods=["GET", "PUT"])
    return app


def shares(app: Flask, path: str = "/item", origin: str = ALLOWED) -> bool:
    return bool(ask(app, "GET", path, origin=origin).cors)


def codes(error: pytest.ExceptionInfo[PolicyError]) -> list[str]:
    return [problem.code for problem in error.value.problems]


# Two ways to start


def test_a_guard_is_made_with_its_application() -> None:
    app = with_view()
    CORSGuard(app, origins=ALLOWED)
    assert ask(app, "GET", "/item", origin=ALLOWED).cors == SHARED


def test_a_guard_is_made_first_and_given_its_application_later() -> None:
    app, guard = with_view(), CORSGuard(origins=ALLOWED)
    guard.init_app(app)
    assert ask(app, "GET", "/item", origin=ALLOWED).cors == SHARED


def test_the_state_of_a_guard_stands_in_the_extensions_of_the_application() -> None:
    app = with_view()
    assert "corsguard" not in app.extensions
    CORSGuard(app, origins=ALLOWED)
    assert "corsguard" in app.extensions


def test_one_guard_serves_several_applications_each_by_its_own_configuration() -> None:
    guard, one, two = CORSGuard(credentials=True), with_view(), with_view()
    one.config["CORSGUARD_ORIGINS"] = [ALLOWED]
    two.config["CORSGUARD_ORIGINS"] = [PARTNER]
    guard.init_app(one)
    guard.init_app(two)
    assert (shares(one), shares(two)) == (True, False)
    assert (shares(one, origin=PARTNER), shares(two, origin=PARTNER)) == (False, True)


def test_what_one_application_reloads_the_other_does_not_notice() -> None:
    guard, one, two = CORSGuard(origins=ALLOWED), with_view(), with_view()
    guard.init_app(one)
    guard.init_app(two)
    guard.reload(one, origins=PARTNER)
    assert (shares(one), shares(two)) == (False, True)


@pytest.mark.parametrize("same_guard", [True, False])
def test_to_initialise_an_application_twice_is_an_error_with_the_fix(same_guard: bool) -> None:
    app, guard = with_view(), CORSGuard(origins=ALLOWED)
    guard.init_app(app)
    with pytest.raises(RuntimeError, match=r"has a CORSGuard already; .*guard\.reload\(\)"):
        (guard if same_guard else CORSGuard(origins=PARTNER)).init_app(app)
    assert (shares(app), shares(app, origin=PARTNER)) == (True, False)


@pytest.mark.parametrize("app", ["app", 7, Blueprint("api", __name__), with_view().wsgi_app])
def test_what_is_no_flask_application_is_a_type_error(app: object) -> None:
    with pytest.raises(TypeError, match=r"guards Flask applications, not .*CORSMiddleware"):
        CORSGuard(app, origins=ALLOWED)


def test_a_bad_configuration_leaves_the_application_as_it_was() -> None:
    app = with_view()
    with pytest.raises(PolicyError):
        CORSGuard(app, origins=None)
    CORSGuard(app, origins=ALLOWED)
    assert shares(app)


def test_all_problems_come_at_once_in_the_order_in_which_they_were_written() -> None:
    with pytest.raises(PolicyError) as error:
        CORSGuard(
            with_view(),
            methods=["TRACE"],
            origins=["example.com", None],
            resources={"api/*": {"origins": "*", "credentials": True}},
            max_age=-1,
            enforce_exempt=[7],
            policies={"a b": {}},
        )
    assert codes(error) == [
        "CG202",
        "CG104",
        "CG101",
        "CG701",
        "CG130",
        "CG502",
        "CG803",
        "CG606",
    ]


def test_a_problem_is_said_once_although_rules_inherit_it() -> None:
    with pytest.raises(PolicyError) as error:
        CORSGuard(with_view(), origins=["example.com"], resources=["/api/*", "/feed"])
    assert codes(error) == ["CG104"]


# resources


@pytest.mark.parametrize(
    ("rule", "cors"),
    [
        ({"origins": ALLOWED}, {**SHARED, "Allow-Credentials": "true"}),
        ({"origins": ALLOWED, "credentials": False}, SHARED),
        (Policy(origins=ALLOWED), SHARED),
        ("partners", {**SHARED, "Expose-Headers": "X-Partner"}),
        ({}, {}),
    ],
    ids=["options", "options-override", "policy", "name", "inherited"],
)
def test_a_rule_is_options_a_policy_or_a_name(rule: object, cors: dict[str, str]) -> None:
    """Options inherit the guard's, because they are written inside; a policy stands alone."""
    app = with_view()
    CORSGuard(
        app,
        origins=PARTNER,
        credentials=True,
        policies={"partners": {"origins": ALLOWED, "expose_headers": "X-Partner"}},
        resources={"/item": rule},
    )
    assert ask(app, "GET", "/item", origin=ALLOWED).cors == cors


@pytest.mark.parametrize(
    "resources", [["/api/*"], ("/api/*",), "/api/*", {"/api/*"}, {"/api/*": {}}]
)
def test_for_a_list_of_patterns_the_guards_options_apply(resources: object) -> None:
    app = with_view("/api/item")
    CORSGuard(app, origins=ALLOWED, resources=resources)
    assert shares(app, "/api/item")
    assert shares(app, "/api")
    assert not shares(app, "/other")


@pytest.mark.parametrize("resources", [re.compile(r"/api/\d+"), [re.compile(r"/api/\d+")]])
def test_a_regular_expression_is_matched_in_full(resources: object) -> None:
    app = Flask(__name__)
    CORSGuard(app, origins=ALLOWED, resources=resources)
    paths = ["/api/1", "/api/1/", "/api/1x", "/x/api/1", "/api/"]
    assert [shares(app, path) for path in paths] == [True, False, False, False, False]


def test_regular_expressions_come_after_all_other_patterns_in_written_order() -> None:
    app = Flask(__name__)
    CORSGuard(
        app,
        resources={
            re.compile(r"/a/.*"): {"origins": "https://first.example"},
            re.compile(r"/[ab]/.*"): {"origins": "https://second.example"},
            "/a/x": {"origins": "https://literal.example"},
        },
    )
    asked = {"/a/x": "literal", "/a/y": "first", "/b/y": "second"}
    for path, name in asked.items():
        names = ("first", "second", "literal")
        found = {n for n in names if shares(app, path, f"https://{n}.example")}
        assert found == {name}


RULES = {
    "/": "root",
    "/*": "all",
    "/api/*": "api",
    "/api/v1": "exact",
    "/api/v1/*": "below",
    "/api/*/edit": "segment",
    "/api/v1/edit": "literal",
    "/api/*/edit/*": "below-segment",
    "/straße/*": "unicode",
}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "root"),
        ("/other", "all"),
        ("/API/v2", "all"),
        ("/apis", "all"),
        ("/api", "api"),
        ("/api/", "api"),
        ("/api/v2", "api"),
        ("/api/v2/deep/down", "api"),
        ("/api/v1", "exact"),
        ("/api/v1/", "below"),
        ("/api/v1/x", "below"),
        ("/api/v2/edit", "segment"),
        ("/api/v1/edit", "literal"),
        ("/api/v2/edit/x/y", "below-segment"),
        ("/api/%76%31/edit", "literal"),
        ("/stra%C3%9Fe/1", "unicode"),
        ("/api%2Fv1", "exact"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_the_most_specific_pattern_wins_whatever_the_order(
    path: str, name: str, order: int
) -> None:
    app = Flask(__name__)
    rules = list(RULES.items())[::order]
    CORSGuard(app, resources={p: {"origins": f"https://{n}.example"} for p, n in rules})
    found = {n for n in RULES.values() if shares(app, path, f"https://{n}.example")}
    assert found == {name}


def test_with_resources_the_guards_options_are_only_defaults() -> None:
    app = with_view()
    CORSGuard(app, origins=ALLOWED, resources={"/api/*": {}})
    answer = ask(app, "GET", "/item", origin=ALLOWED)
    assert (answer.cors, answer.vary) == ({}, set())


@pytest.mark.parametrize(
    ("resources", "code"),
    [
        ({"/api/*": "nobody"}, "CG801"),
        ({"/api/*": 7}, "CG705"),
        ({"/api/*": None}, "CG705"),
        ({"/api/*": ["https://app.example"]}, "CG705"),
        ({"/api/*": {"origin": ALLOWED}}, "CG602"),
        ({"/api/*": {"dev_origins": ALLOWED}}, "CG601"),
        ({"api/*": {"origins": ALLOWED}}, "CG701"),
        ({r"/api/.*": {"origins": ALLOWED}}, "CG703"),
        ({"/api*": {"origins": ALLOWED}}, "CG702"),
        ({"/a//b": {"origins": ALLOWED}}, "CG703"),
        ({re.compile(r"(a+)+"): {"origins": ALLOWED}}, "CG706"),
        (["/api/*", "/api/*"], "CG704"),
        (None, "CG605"),
        (7, "CG605"),
        ((path for path in ["/api/*"]), "CG605"),
    ],
)
def test_a_bad_rule_is_refused(resources: object, code: str) -> None:
    with pytest.raises(PolicyError) as error:
        CORSGuard(with_view(), origins=ALLOWED, resources=resources)
    assert code in codes(error)


def test_a_rule_that_inherits_nothing_to_allow_warns_and_allows_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = with_view()
    CORSGuard(app, resources={"/item": {"credentials": True}, "/other": {"origins": ALLOWED}})
    assert not shares(app)
    assert "resources['/item']" in "".join(logged(caplog))


# policies


@pytest.mark.parametrize("policy", [{"origins": ALLOWED}, Policy(origins=ALLOWED)])
def test_a_named_policy_serves_views_blueprints_and_rules(policy: object) -> None:
    app = Flask(__name__)
    view = cross_origin("partners")(lambda: "" + "hello")
    app.add_url_rule("/view", view_func=view, endpoint="view")
    blueprint = cross_origin("partners")(Blueprint("shop", __name__))
    blueprint.add_url_rule("/shop", view_func=lambda: "shop", endpoint="shop")
    app.register_blueprint(blueprint)
    CORSGuard(app, policies={"partners": policy}, resources={"/rule": "partners"})
    assert all(shares(app, path) for path in ("/view", "/shop", "/rule"))
    assert not shares(app, "/other")


def test_a_named_policy_stands_alone() -> None:
    app = with_view()
    CORSGuard(
        app,
        credentials=True,
        policies={"partners": {"origins": ALLOWED}},
        resources={"/item": "partners"},
    )
    assert ask(app, "GET", "/item", origin=ALLOWED).cors == SHARED


@pytest.mark.parametrize(
    ("policies", "code"),
    [
        ({"a b": {"origins": ALLOWED}}, "CG606"),
        ({"": {"origins": ALLOWED}}, "CG606"),
        ({7: {"origins": ALLOWED}}, "CG606"),
        ({"partners": "others"}, "CG705"),
        ({"partners": None}, "CG705"),
        ({"partners": {"origins": "example.com"}}, "CG104"),
        (["partners"], "CG605"),
        (None, "CG605"),
    ],
)
def test_a_bad_named_policy_is_refused(policies: object, code: str) -> None:
    with pytest.raises(PolicyError) as error:
        CORSGuard(with_view(), policies=policies)
    assert code in codes(error)


# app.config


EVERY_OPTION: list[tuple[str, object]] = [
    ("origins", [ALLOWED]),
    ("methods", ["PUT", "PATCH"]),
    ("allow_headers", ["X-A", "X-B"]),
    ("expose_headers", ["X-Total"]),
    ("credentials", True),
    ("max_age", 60),
]


def answers(app: Flask) -> tuple[object, ...]:
    actual, asked = ask(app, "GET", "/item", origin=ALLOWED), preflight(app, "/item", "PUT")
    return actual.cors, actual.vary, asked.cors, asked.vary


def test_the_keys_of_app_config_do_what_the_arguments_do() -> None:
    one, two = with_view(), with_view()
    CORSGuard(one, **dict(EVERY_OPTION))
    for name, value in EVERY_OPTION:
        two.config[f"CORSGUARD_{name.upper()}"] = value
    CORSGuard(two)
    assert answers(one) == answers(two)


@pytest.mark.parametrize("comma", [", ", ",", " , ,"])
def test_a_comma_separated_text_in_app_config_is_a_list(comma: str) -> None:
    one, two = with_view(), with_view()
    CORSGuard(one, **dict(EVERY_OPTION))
    for name, value in EVERY_OPTION:
        text = comma.join(value) if isinstance(value, list) else str(value)
        two.config[f"CORSGUARD_{name.upper()}"] = text
    CORSGuard(two)
    assert answers(one) == answers(two)


def test_a_comma_separated_text_in_code_is_an_error() -> None:
    with pytest.raises(PolicyError):
        CORSGuard(with_view(), origins=f"{ALLOWED},{PARTNER}")


def test_arguments_win_over_app_config() -> None:
    """An environment cannot open what the code has closed."""
    app = with_view()
    app.config.update(CORSGUARD_ORIGINS="*", CORSGUARD_EXPOSE_HEADERS="X-Total")
    CORSGuard(app, origins=ALLOWED)
    assert ask(app, "GET", "/item", origin=STRANGER).cors == {}
    assert ask(app, "GET", "/item", origin=ALLOWED).cors == {**SHARED, "Expose-Headers": "X-Total"}


def test_the_tables_of_app_config_may_refer_to_names() -> None:
    app = with_view()
    app.config["CORSGUARD_POLICIES"] = {"partners": {"origins": f"{ALLOWED},{PARTNER}"}}
    app.config["CORSGUARD_RESOURCES"] = {"/item": "partners"}
    CORSGuard(app)
    assert (shares(app), shares(app, origin=PARTNER)) == (True, True)


def test_a_policy_and_a_regular_expression_may_stand_in_app_config() -> None:
    app = with_view()
    app.config["CORSGUARD_RESOURCES"] = {re.compile(r"/it.*"): Policy(origins=ALLOWED)}
    CORSGuard(app)
    assert shares(app)


def test_a_timedelta_may_stand_in_app_config() -> None:
    app = with_view()
    app.config.update(CORSGUARD_ORIGINS=ALLOWED, CORSGUARD_MAX_AGE=timedelta(minutes=1))
    CORSGuard(app)
    assert preflight(app, "/item", "PUT").cors["Max-Age"] == "60"


@pytest.mark.parametrize(
    ("key", "fix"),
    [
        ("CORSGUARD_ORIGIN", "Write 'CORSGUARD_ORIGINS'."),
        ("CORSGUARD_ORGINS", "Write 'CORSGUARD_ORIGINS'."),
        ("CORSGUARD_ALLOW_ORIGINS", "Write 'CORSGUARD_ORIGINS'."),
        ("CORSGUARD_SUPPORTS_CREDENTIALS", "Write 'CORSGUARD_CREDENTIALS'."),
        ("CORSGUARD_MAXAGE", "Write 'CORSGUARD_MAX_AGE'."),
        ("CORSGUARD_RESOURCE", "Write 'CORSGUARD_RESOURCES'."),
        ("CORSGUARD_DEV_ORIGIN", "Write 'CORSGUARD_DEV_ORIGINS'."),
        ("CORSGUARD_ENFORCE_EXEMPTS", "Write 'CORSGUARD_ENFORCE_EXEMPT'."),
    ],
)
def test_an_unknown_key_is_an_error_with_the_nearest_one(key: str, fix: str) -> None:
    app = with_view()
    app.config[key] = "x"
    with pytest.raises(PolicyError, match=re.escape(f"app.config[{key!r}]")) as error:
        CORSGuard(app, origins=ALLOWED)
    assert fix in str(error.value)


def test_an_unknown_key_that_is_near_to_none_is_an_error_with_the_known_ones() -> None:
    app = with_view()
    app.config["CORSGUARD_XYZZY"] = "x"
    with pytest.raises(PolicyError, match="CORSGUARD_XYZZY") as error:
        CORSGuard(app, origins=ALLOWED)
    assert "credentials" in str(error.value).lower()


@pytest.mark.parametrize(
    ("name", "fix"),
    [("orgins", "Write 'origins'."), ("supports_credentials", "Write 'credentials'.")],
)
def test_an_unknown_argument_is_an_error_with_the_nearest_one(name: str, fix: str) -> None:
    with pytest.raises(PolicyError, match=re.escape(fix)):
        CORSGuard(with_view(), **{name: ALLOWED})


def test_what_is_wrong_with_a_key_is_said_of_the_key() -> None:
    app = with_view()
    app.config["CORSGUARD_ORIGINS"] = "https://app.example, example.com"
    with pytest.raises(PolicyError) as error:
        CORSGuard(app)
    (problem,) = error.value.problems
    assert problem.where == "app.config['CORSGUARD_ORIGINS'][1]"


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("CORS_ORIGINS", "CORSGUARD_ORIGINS"),
        ("CORS_METHODS", "CORSGUARD_METHODS"),
        ("CORS_ALLOW_HEADERS", "CORSGUARD_ALLOW_HEADERS"),
        ("CORS_EXPOSE_HEADERS", "CORSGUARD_EXPOSE_HEADERS"),
        ("CORS_SUPPORTS_CREDENTIALS", "CORSGUARD_CREDENTIALS"),
        ("CORS_MAX_AGE", "CORSGUARD_MAX_AGE"),
        ("CORS_RESOURCES", "CORSGUARD_RESOURCES"),
        ("CORS_ALLOWED_ORIGINS", "CORSGUARD_ORIGINS"),
    ],
)
def test_a_key_of_another_library_is_warned_of_and_not_read(
    key: str, meant: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = with_view()
    app.config[key] = "*"
    CORSGuard(app, origins=ALLOWED)
    (line,) = logged(caplog)
    assert key in line
    assert meant in line
    assert not shares(app, origin=STRANGER)


@pytest.mark.parametrize(
    "key", ["CORSICA", "CORS_X_OF_MY_OWN", "MY_CORSGUARD_ORIGINS", "cors_origins"]
)
def test_keys_of_others_are_left_alone(key: str, caplog: pytest.LogCaptureFixture) -> None:
    app = with_view()
    app.config[key] = "*"
    CORSGuard(app, origins=ALLOWED)
    assert logged(caplog) == []


# The environment


def from_environment(monkeypatch: pytest.MonkeyPatch, values: Mapping[str, str]) -> Flask:
    for name, value in values.items():
        monkeypatch.setenv(f"FLASK_CORSGUARD_{name}", value)
    app = with_view()
    app.config.from_prefixed_env()
    return app


BOTH = [ALLOWED, PARTNER]


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        (f"{ALLOWED},{PARTNER}", BOTH),
        (f" {ALLOWED} , {PARTNER} ,", BOTH),
        (json.dumps(BOTH), BOTH),
        (f" {json.dumps(BOTH)} ", BOTH),
        (json.dumps(ALLOWED), [ALLOWED]),
        (ALLOWED, [ALLOWED]),
        ("https://*.example", BOTH),
        ("*", BOTH),
    ],
)
def test_a_list_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, text: str, allowed: list[str]
) -> None:
    app = from_environment(monkeypatch, {"ORIGINS": text})
    CORSGuard(app)
    assert [origin for origin in BOTH if shares(app, origin=origin)] == allowed


@pytest.mark.parametrize(
    ("text", "on"),
    [
        *[(text, True) for text in ("true", "True", "TRUE", " true ", "1", "yes", "on", '"true"')],
        *[(text, False) for text in ("false", "False", "FALSE", "0", "no", "off", '"false"')],
    ],
)
def test_a_boolean_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, text: str, on: bool
) -> None:
    app = from_environment(monkeypatch, {"CREDENTIALS": text})
    CORSGuard(app, origins=ALLOWED)
    assert ("Allow-Credentials" in ask(app, "GET", "/item", origin=ALLOWED).cors) is on


@pytest.mark.parametrize(
    ("text", "status", "reported"),
    [
        *[(text, 403, 1) for text in ("true", "True", "1", "yes", "on")],
        *[(text, 200, 0) for text in ("false", "False", "0", "no", "off")],
        ("report", 200, 1),
    ],
)
def test_enforcement_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, text: str, status: int, reported: int
) -> None:
    app = from_environment(monkeypatch, {"ENFORCE": text})
    CORSGuard(app, origins=ALLOWED)
    with hearing(cors_decided) as heard:
        assert ask(app, "PUT", "/item", origin=STRANGER).status == status
    assert len([d for _, _, d in heard if d.refusal]) == reported


@pytest.mark.parametrize(
    ("text", "max_age"), [("60", "60"), ("0", "0"), (" 60 ", "60"), ('"60"', "60"), ("null", None)]
)
def test_a_number_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, text: str, max_age: str | None
) -> None:
    app = from_environment(monkeypatch, {"MAX_AGE": text})
    CORSGuard(app, origins=ALLOWED)
    assert preflight(app, "/item", "PUT").cors.get("Max-Age") == max_age


def test_no_methods_in_the_environment_are_those_of_the_route(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = from_environment(monkeypatch, {"METHODS": "null"})
    CORSGuard(app, origins=ALLOWED)
    assert preflight(app, "/item", "PUT").methods - {"OPTIONS"} == {"GET", "HEAD", "PUT"}


def test_tables_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    app = from_environment(
        monkeypatch,
        {
            "POLICIES": json.dumps({"partners": {"origins": f"{PARTNER},{ALLOWED}"}}),
            "RESOURCES": json.dumps(
                {"/item": "partners", "/open": {"origins": [ALLOWED], "credentials": "yes"}}
            ),
        },
    )
    CORSGuard(app)
    assert ask(app, "GET", "/item", origin=ALLOWED).cors == SHARED
    assert ask(app, "GET", "/open", origin=ALLOWED).cors == {**SHARED, "Allow-Credentials": "true"}


def test_nested_tables_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    app = from_environment(
        monkeypatch,
        {"POLICIES__partners__origins": ALLOWED, "POLICIES__partners__credentials": "true"},
    )
    CORSGuard(app, resources={"/item": "partners"})
    assert ask(app, "GET", "/item", origin=ALLOWED).cors == {**SHARED, "Allow-Credentials": "true"}


@pytest.mark.parametrize("text", ["/item,/feed", '["/item", "/feed"]', "/item"])
def test_a_list_of_patterns_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    app = from_environment(monkeypatch, {"RESOURCES": text, "ORIGINS": ALLOWED})
    CORSGuard(app)
    assert (shares(app, "/item"), shares(app, "/other")) == (True, False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CREDENTIALS", "maybe"),
        ("CREDENTIALS", ""),
        ("CREDENTIALS", "2"),
        ("CREDENTIALS", "null"),
        ("CREDENTIALS", "[true]"),
        ("DANGEROUSLY_ALLOW_INSECURE_ORIGINS", "perhaps"),
        ("MAX_AGE", "ten minutes"),
        ("MAX_AGE", "1e3"),
        ("MAX_AGE", "1.5"),
        ("MAX_AGE", "true"),
        ("MAX_AGE", "-1"),
        ("ENFORCE", "maybe"),
        ("ENFORCE", ""),
        ("ENFORCE", "2"),
        ("ENFORCE", "null"),
        ("ORIGINS", "null"),
        ("ORIGINS", "true"),
        ("ORIGINS", "7"),
        ("ORIGINS", "[https://app.example]"),
        ("ORIGINS", f"{ALLOWED} {PARTNER}"),
        ("ORIGINS", f"{ALLOWED};{PARTNER}"),
        ("ORIGINS", f"'{ALLOWED}'"),
        ("ORIGINS", '{"https://app.example": true}'),
        ("ORIGINS", f'["{ALLOWED}", null]'),
        ("ALLOW_HEADERS", "X A"),
        ("METHODS", "GET PUT"),
        ("RESOURCES", "{'/api/*': {}}"),
        ("RESOURCES", "true"),
        ("POLICIES", "partners"),
        ("NAME", "my policy"),
    ],
)
def test_rubbish_in_the_environment_is_an_error_that_names_the_key(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    app = from_environment(monkeypatch, {name: text})
    options = {} if name == "ORIGINS" else {"origins": ALLOWED}
    with pytest.raises(PolicyError, match=f"CORSGUARD_{name}"):
        CORSGuard(app, **options)


def test_an_empty_list_in_the_environment_allows_nobody_and_warns(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = from_environment(monkeypatch, {"ORIGINS": ""})
    CORSGuard(app)
    assert "CG137" in "".join(logged(caplog))
    assert not shares(app)


# dev_origins


LOCAL = "http://localhost:5173"


@pytest.mark.parametrize("debug", [True, False])
def test_development_origins_count_only_while_debug_is_on(debug: bool) -> None:
    app = with_view()
    app.debug = debug
    CORSGuard(app, origins=ALLOWED, dev_origins="http://localhost:*", credentials=True)
    assert (shares(app), shares(app, origin=LOCAL)) == (True, debug)
    assert preflight(app, "/item", "PUT", origin=LOCAL).status == (204 if debug else 403)


@pytest.mark.parametrize("fast_path", [False, True])
@pytest.mark.parametrize("marked", [False, True])
def test_development_origins_come_and_go_with_debug(marked: bool, fast_path: bool) -> None:
    app = with_view()
    if marked:
        app.add_url_rule("/closed", "closed", same_origin(lambda: "closed"))
    CORSGuard(app, origins=ALLOWED, dev_origins=[LOCAL], fast_path=fast_path)
    for app.debug in (False, False, True, True, False, False, True):
        for _ in range(2):
            assert shares(app)
            assert shares(app, origin=LOCAL) is app.debug
            answer = preflight(app, "/item", "PUT", origin=LOCAL)
            assert answer.status == (204 if app.debug else 403)


def test_development_origins_are_added_to_rules_but_not_to_policies() -> None:
    app = Flask(__name__)
    app.debug = True
    CORSGuard(
        app,
        dev_origins=[LOCAL],
        policies={"named": {"origins": ALLOWED}},
        resources={
            "/options": {"origins": ALLOWED},
            "/policy": Policy(origins=ALLOWED),
            "/named": "named",
        },
    )
    paths = ("/options", "/policy", "/named")
    assert [shares(app, path, LOCAL) for path in paths] == [True, False, False]
    assert all(shares(app, path) for path in paths)


def test_development_origins_are_not_added_to_marks() -> None:
    app = Flask(__name__)
    app.debug = True
    view = cross_origin(origins=ALLOWED)(lambda: "" + "hello")
    app.add_url_rule("/item", view_func=view, endpoint="item")
    app.add_url_rule("/own", view_func=same_origin(lambda: "" + "own"), endpoint="own")
    CORSGuard(app, origins=ALLOWED, dev_origins=[LOCAL])
    assert (shares(app, "/item", LOCAL), shares(app, "/own", LOCAL)) == (False, False)


@pytest.mark.parametrize("debug", [True, False])
def test_bad_development_origins_are_refused_debug_or_not(debug: bool) -> None:
    app = with_view()
    app.debug = debug
    with pytest.raises(PolicyError, match=r"dev_origins: 'localhost:3000'"):
        CORSGuard(app, origins=ALLOWED, dev_origins="localhost:3000")


@pytest.mark.parametrize("dev", ["*", "http://dev.example", "null"])
def test_development_origins_are_held_against_credentials_too(dev: str) -> None:
    with pytest.raises(PolicyError, match="dev_origins"):
        CORSGuard(with_view(), origins=ALLOWED, credentials=True, dev_origins=dev)


# reload


ONE = {"origins": [ALLOWED], "credentials": True, "expose_headers": ["X-One"]}
TWO = {"origins": [ALLOWED, PARTNER], "expose_headers": ["X-Two"], "max_age": 5}


def test_a_reloaded_configuration_replaces_the_old_one_as_a_whole() -> None:
    app = with_view()
    guard = CORSGuard(app, **ONE)
    assert ask(app, "GET", "/item", origin=ALLOWED).cors["Expose-Headers"] == "X-One"
    guard.reload(app, **TWO)
    assert ask(app, "GET", "/item", origin=ALLOWED).cors == {**SHARED, "Expose-Headers": "X-Two"}
    assert shares(app, origin=PARTNER)
    assert preflight(app, "/item", "PUT").cors["Max-Age"] == "5"


def test_reload_acts_on_the_current_application() -> None:
    app = with_view()
    guard = CORSGuard(app, **ONE)
    with app.app_context():
        guard.reload(**TWO)
    assert shares(app, origin=PARTNER)


def test_reload_reads_app_config_again() -> None:
    app = with_view()
    guard = CORSGuard(app, **ONE)
    app.config["CORSGUARD_ORIGINS"] = PARTNER
    guard.reload(app)
    assert (shares(app), shares(app, origin=PARTNER)) == (False, True)


def test_reload_without_an_application_says_what_is_missing() -> None:
    with pytest.raises(RuntimeError):
        CORSGuard(**ONE).reload(**TWO)
    with pytest.raises(RuntimeError, match=r"guard\.init_app\(app\)"):
        CORSGuard(**ONE).reload(with_view(), **TWO)


BAD: list[dict[str, object]] = [
    {"origins": None},
    {"origins": "*", "credentials": True},
    {"orgins": PARTNER},
    {"origins": PARTNER, "resources": {"/item": "nobody"}},
    {"origins": PARTNER, "max_age": -1},
    {"origins": PARTNER, "enforce_exempt": ["no-such-endpoint"]},
    {"origins": PARTNER, "policies": {"others": {"origins": PARTNER}}},
]


@pytest.mark.parametrize("bad", BAD, ids=map(str, BAD))
def test_a_bad_configuration_changes_nothing(bad: dict[str, object]) -> None:
    app = with_view()
    view = cross_origin("partners")(lambda: "" + "marked")
    app.add_url_rule("/marked", view_func=view, endpoint="marked")
    guard = CORSGuard(app, **ONE, policies={"partners": {"origins": ALLOWED}})
    before = answers(app)
    with pytest.raises(PolicyError):
        guard.reload(app, **bad)
    assert answers(app) == before
    assert shares(app, "/marked")


def test_a_bad_key_in_app_config_makes_reload_change_nothing() -> None:
    app = with_view()
    guard = CORSGuard(app, **ONE)
    before = answers(app)
    app.config["CORSGUARD_ORGINS"] = "*"
    with pytest.raises(PolicyError):
        guard.reload(app, **TWO)
    assert answers(app) == before


def test_while_configurations_are_swapped_every_response_belongs_to_one_of_them() -> None:
    app = with_view()
    guard = CORSGuard(app, **ONE)
    possible = []
    for options in (ONE, TWO):
        guard.reload(app, **options)
        possible.append((answers(app)[0], answers(app)[2]))
    stop, seen, started = threading.Event(), [], threading.Barrier(9)

    def serve() -> None:
        started.wait()
        while not stop.is_set():
            seen.append((0, ask(app, "GET", "/item", origin=ALLOWED).cors))
            seen.append((1, preflight(app, "/item", "PUT").cors))

    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(serve) for _ in range(8)]
        started.wait()
        try:
            for number in range(60):
                guard.reload(app, **(TWO if number % 2 else ONE))
                with pytest.raises(PolicyError):
                    guard.reload(app, origins=None)
        finally:
            stop.set()
        for thread in running:
            thread.result()
    assert len(seen) > 8
    strays = [cors for kind, cors in seen if cors not in [answer[kind] for answer in possible]]
    assert strays == []


def test_a_request_that_runs_during_a_reload_ends_as_it_began() -> None:
    app = with_view()

    @app.get("/swap")
    def swap() -> Response:
        guard.reload(app, **TWO)
        return Response("swapped")

    guard = CORSGuard(app, **ONE)
    first = ask(app, "GET", "/swap", origin=ALLOWED).cors
    assert first == {**SHARED, "Allow-Credentials": "true", "Expose-Headers": "X-One"}
    assert ask(app, "GET", "/item", origin=ALLOWED).cors == {**SHARED, "Expose-Headers": "X-Two"}


# Nobody


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    "options",
    [{}, {"credentials": True}, {"policies": {"unused": {"origins": ALLOWED}}}],
    ids=["nothing", "no-origins", "unused-policy"],
)
def test_if_nothing_allows_anybody_the_first_request_warns_once(
    options: dict[str, object], debug: bool, caplog: pytest.LogCaptureFixture
) -> None:
    app = with_view()
    app.debug = debug
    CORSGuard(app, **options)
    assert logged(caplog) == []
    for _ in range(3):
        assert ask(app, "GET", "/item", origin=ALLOWED).cors == {}
    (line,) = logged(caplog)
    assert "CG804" in line


@pytest.mark.parametrize("place", ["guard", "rule", "blueprint", "view", "handler-name"])
def test_if_anything_allows_somebody_nobody_is_warned(
    place: str, caplog: pytest.LogCaptureFixture
) -> None:
    app, blueprint = with_view(), Blueprint("api", __name__)
    view = lambda: "" + "hello"  # noqa: E731 - a function of its own, to be marked
    options: dict[str, object] = {}
    if place == "guard":
        options = {"origins": ALLOWED}
    elif place == "rule":
        options = {"resources": {"/api/*": {"origins": ALLOWED}}}
    elif place == "blueprint":
        cross_origin(origins=ALLOWED)(blueprint)
    elif place == "view":
        cross_origin(origins=ALLOWED)(view)
    else:
        cross_origin("partners")(view)
        options = {"policies": {"partners": {"origins": ALLOWED}}}
    blueprint.add_url_rule("/marked", view_func=view, endpoint="marked")
    app.register_blueprint(blueprint)
    CORSGuard(app, **options)
    ask(app, "GET", "/item", origin=ALLOWED)
    assert logged(caplog) == []


def test_many_first_requests_at_once_warn_once(caplog: pytest.LogCaptureFixture) -> None:
    app = with_view()
    CORSGuard(app)
    started = threading.Barrier(8)

    def first() -> None:
        started.wait()
        ask(app, "GET", "/item", origin=ALLOWED)

    with ThreadPoolExecutor(8) as pool:
        for running in [pool.submit(first) for _ in range(8)]:
            running.result()
    assert len(logged(caplog)) == 1


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"origins": []}, "CG137"),
        ({"origins": [ALLOWED, ALLOWED]}, "CG135"),
        ({"origins": ALLOWED, "max_age": 10**6}, "CG503"),
        ({"resources": {"/item": {"origins": [ALLOWED, ALLOWED]}}}, "CG135"),
        ({"origins": ALLOWED, "policies": {"p": {"origins": [ALLOWED, ALLOWED]}}}, "CG135"),
    ],
)
def test_a_warning_is_logged_once_at_start_up(
    options: dict[str, object], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    CORSGuard(with_view(), **options)
    (line,) = logged(caplog)
    assert f"[{code}]" in line


def test_a_sound_configuration_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    app = with_view()
    guard = CORSGuard(app, **ONE)
    for origin in (ALLOWED, STRANGER, None):
        ask(app, "GET", "/item", origin=origin)
    guard.reload(app, **TWO)
    ask(app, "GET", "/item", origin=ALLOWED)
    assert logged(caplog) == []


# The parts together


@pytest.mark.parametrize(
    ("origin", "head_has"),
    [
        ("https://a.tenant.example", True),
        ("https://b.tenant.example", False),
    ],
)
def test_a_callable_decides_while_requests_run(origin: str, head_has: bool) -> None:
    app, asked = with_view(), []

    def decide(text: str, head: object) -> bool:
        asked.append((text, head.path, head.host, head.query))
        return text.startswith("https://a.")

    CORSGuard(app, origins=[decide])
    assert shares(app, "/item?x=1", origin) is head_has
    assert asked == [(origin, "/item", "api.example", "x=1")]


def test_a_callable_is_not_asked_for_what_a_string_allows() -> None:
    app = with_view()

    def decide(text: str, head: object) -> bool:
        raise AssertionError(text)

    CORSGuard(app, origins=[ALLOWED, decide])
    assert shares(app)


@pytest.mark.parametrize("make", [list, tuple, set, frozenset])
def test_any_collection_is_a_list(make: Callable[[list[str]], object]) -> None:
    app = with_view()
    CORSGuard(app, origins=make([ALLOWED, PARTNER]))
    assert (shares(app), shares(app, origin=PARTNER)) == (True, True)


def test_what_was_given_may_be_changed_afterwards_without_effect() -> None:
    app, origins, rules = with_view(), [ALLOWED], {"/item": {"origins": [ALLOWED]}}
    CORSGuard(app, origins=origins, resources=rules)
    origins.append(STRANGER)
    rules["/item"]["origins"].append(STRANGER)
    rules["/*"] = {"origins": [STRANGER]}
    assert ask(app, "GET", "/item", origin=STRANGER).cors == {}
    assert ask(app, "GET", "/item", origin=ALLOWED).status == HTTPStatus.OK
    assert shares(app)

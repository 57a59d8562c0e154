"""
The rules for options: what each refuses, where it says so, and what it reads on with.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from flask_corsguard.errors import Problem
from flask_corsguard.protocol.checker import Checker
from flask_corsguard.protocol.validation import check_enforce, check_name, read_options

Found = tuple[str, str, object]


def read(**written: object) -> tuple[dict[str, Any], list[Problem]]:
    checker = Checker({"origins": "*", **written})
    return read_options(checker), checker.problems


def found(**written: object) -> list[Found]:
    return [(problem.code, problem.where, problem.value) for problem in read(**written)[1]]


# --- switches, names, enforcement ---


@pytest.mark.parametrize("value", [True, False, "report"])
def test_enforce_is_read_as_it_stands(value: object) -> None:
    checker = Checker({})
    assert check_enforce("enforce", value, checker) is value
    assert not checker.problems


def test_an_enforce_that_cannot_be_read_counts_as_on() -> None:
    """What cannot be read is an error; what reads on must not be open."""
    values, (problem,) = read(enforce="yes")
    assert values["enforce"] is True
    assert (problem.code, problem.where, problem.value) == ("CG607", "enforce", "yes")


def test_a_switch_that_cannot_be_read_counts_as_off() -> None:
    for name in (
        "credentials",
        "dangerously_allow_insecure_origins",
        "dangerously_allow_public_suffixes",
    ):
        assert read(**{name: "true"})[0][name] is False
        assert read(**{name: True, "origins": "https://a.example"})[0][name] is True
        assert found(**{name: 1}) == [("CG604", name, 1)]


@pytest.mark.parametrize("name", ["a", "partners", "A-Z_0.9", "x" * 64])
def test_a_name_is_read_as_it_stands(name: str) -> None:
    assert read(name=name) == ({**read()[0], "name": name}, [])


@pytest.mark.parametrize("name", ["", "x" * 65, "a b", "a\n", "a/b", "\u00e9", 7, b"a"])
def test_what_is_no_name_is_refused_and_left_out(name: object) -> None:
    checker = Checker({})
    assert check_name("policies['x']", name, checker) is None
    assert [(p.code, p.where, p.value) for p in checker.problems] == [
        ("CG606", "policies['x']", name)
    ]


def test_options_that_nobody_wrote_have_their_defaults() -> None:
    assert read() == (
        {
            "origins": ("*",),
            "methods": None,
            "allow_headers": (),
            "expose_headers": (),
            "credentials": False,
            "max_age": 600,
            "enforce": False,
            "name": None,
            "dangerously_allow_insecure_origins": False,
            "dangerously_allow_public_suffixes": False,
        },
        [],
    )


def test_an_unknown_option_is_named_and_the_others_are_read() -> None:
    values, (problem,) = read(allow_origin="*", max_age=7)
    assert (problem.code, problem.where, problem.value) == (
        "CG602",
        "allow_origin",
        "allow_origin",
    )
    assert "allow_origin" not in values
    assert values["max_age"] == 7


# --- lists of names ---


@pytest.mark.parametrize(
    ("option", "example"),
    [("methods", "['PUT']"), ("allow_headers", "['X-A']"), ("expose_headers", "['X-A']")],
)
def test_what_is_no_list_is_refused_with_an_example(option: str, example: str) -> None:
    values, (problem,) = read(**{option: 7})
    assert values[option] == ()
    assert (problem.code, problem.where, problem.value) == ("CG605", option, 7)
    assert problem.fix == f"Write a list, like {example}."


@pytest.mark.parametrize("option", ["methods", "allow_headers", "expose_headers"])
def test_what_is_no_text_in_a_list_is_refused_and_the_others_are_read(option: str) -> None:
    values, (problem,) = read(**{option: ["PUT", 7, "DELETE"]})
    assert values[option] == ("PUT", "DELETE")
    assert (problem.code, problem.where, problem.value) == ("CG605", f"{option}[1]", 7)


@pytest.mark.parametrize(
    ("option", "written", "kept", "code"),
    [
        ("methods", ["PUT", "DELETE", "PUT"], ("PUT", "DELETE"), "CG205"),
        ("allow_headers", ["X-A", "X-B", "x-a"], ("X-A", "X-B"), "CG305"),
        ("expose_headers", ["X-A", "X-B", "x-A"], ("X-A", "X-B"), "CG406"),
    ],
)
def test_what_stands_twice_is_read_once(
    option: str, written: list[str], kept: tuple[str, ...], code: str
) -> None:
    values, (problem,) = read(**{option: written})
    assert values[option] == kept
    assert (problem.code, problem.where, problem.value) == (code, option, written[-1])


def test_methods_are_told_apart_by_case_and_headers_are_not() -> None:
    assert "CG205" not in {code for code, *_ in found(methods=["PATCH", "patch"])}
    assert [code for code, *_ in found(allow_headers=["X-A", "X-a", "x-A"])] == ["CG305"] * 2


@pytest.mark.parametrize(
    ("option", "written", "code"),
    [
        ("methods", ["PUT", "*", "DELETE"], "CG203"),
        ("allow_headers", ["X-A", "*", "X-B"], "CG304"),
        ("expose_headers", ["X-A", "*", "X-B"], "CG405"),
    ],
)
def test_a_star_stands_alone(option: str, written: list[str], code: str) -> None:
    assert found(**{option: written}) == [(code, option, written[0])]
    assert found(**{option: "*"}) == []
    assert read(**{option: "*"})[0][option] == ("*",)


def test_authorization_stands_beside_a_star_in_any_case_and_nothing_else_does() -> None:
    for name in ("Authorization", "authorization", "AUTHORIZATION"):
        assert found(allow_headers=["*", name]) == []
        assert read(allow_headers=["*", name])[0]["allow_headers"] == ("*", name)
        assert found(allow_headers=["*", name, "X-A"]) == [("CG304", "allow_headers", "X-A")]
    for option in ("methods", "expose_headers"):
        codes = {code for code, *_ in found(**{option: ["*", "Authorization"]})}
        assert codes & {"CG203", "CG405"}


# --- methods ---


def test_methods_are_those_of_the_route_unless_somebody_says_which() -> None:
    assert read(methods=None) == (read()[0], [])
    assert read(methods=[]) == ({**read()[0], "methods": ()}, [])
    assert read(methods="CHICKEN")[0]["methods"] == ("CHICKEN",)


@pytest.mark.parametrize("method", ["", "GET POST", "GET,POST", "P\u00dcT", "PUT\n"])
def test_a_method_is_a_token(method: str) -> None:
    values, (problem,) = read(methods=["PUT", method])
    assert values["methods"] == ("PUT",)
    assert (problem.code, problem.where, problem.value) == ("CG201", "methods[1]", method)


@pytest.mark.parametrize("method", ["TRACE", "trace", "TRACK", "Connect"])
def test_a_method_that_script_cannot_send_is_refused(method: str) -> None:
    assert found(methods=method) == [("CG202", "methods", method)]
    assert read(methods=method)[0]["methods"] == ()


def test_a_method_that_browsers_write_in_capitals_is_read_so() -> None:
    values, (problem,) = read(methods="put")
    assert values["methods"] == ("PUT",)
    assert (problem.code, problem.where, problem.value) == ("CG204", "methods", "put")
    assert problem.why == "is sent in upper case"
    assert problem.fix == "Write 'PUT'."


def test_a_method_that_browsers_leave_in_lower_case_is_left_so() -> None:
    values, (problem,) = read(methods="patch")
    assert values["methods"] == ("patch",)
    assert problem.code == "CG204"
    assert problem.why == "is sent as it stands, in lower case"
    assert problem.fix == "Write 'PATCH'."


# --- request headers ---


@pytest.mark.parametrize("name", ["", "X A", "X-A,X-B", "X:", "\u00e9", "X-*", "**"])
def test_a_request_header_is_a_token_without_a_star(name: str) -> None:
    assert found(allow_headers=["X-A", name]) == [("CG301", "allow_headers[1]", name)]
    assert read(allow_headers=["X-A", name])[0]["allow_headers"] == ("X-A",)


@pytest.mark.parametrize("name", ["Access-Control-Allow-Origin", "access-control-max-age"])
def test_a_response_header_is_no_request_header(name: str) -> None:
    assert found(allow_headers=name) == [("CG303", "allow_headers", name)]
    assert read(allow_headers=name)[0]["allow_headers"] == ()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Cookie", "can never be set by script"),
        ("SEC-X", "can never be set by script"),
        ("Content_Length", "is taken for content-length by servers"),
        ("proxy_x", "is taken for proxy-x by servers"),
    ],
)
def test_a_header_that_script_cannot_set_is_refused_however_it_is_spelled(
    name: str, why: str
) -> None:
    values, (problem,) = read(allow_headers=name)
    assert values["allow_headers"] == ()
    assert (problem.code, problem.where, problem.value) == ("CG302", "allow_headers", name)
    assert problem.why == why


@pytest.mark.parametrize(
    ("name", "code", "fix"),
    [
        ("X_My_Name", "CG307", "Write 'X-My-Name'."),
        ("X_HTTP-Method", "CG307", "Write 'X-HTTP-Method'."),
        ("X-Http-Method", "CG308", "Remove it; send the real method."),
        ("Authorisation", "CG306", "Write 'Authorization' if meant."),
        ("Contenttype", "CG306", "Write 'Content-Type' if meant."),
        ("X-CSRFTokens", "CG306", "Write 'X-CSRFToken' if meant."),
        ("X-CSRF-Tokens", "CG306", "Write 'X-CSRF-Token' if meant."),
        ("x-request-with", "CG306", "Write 'X-Requested-With' if meant."),
    ],
)
def test_a_request_header_that_is_rarely_meant_is_read_and_warned_of(
    name: str, code: str, fix: str
) -> None:
    values, (problem,) = read(allow_headers=name)
    assert values["allow_headers"] == (name,)
    assert (problem.code, problem.where, problem.value) == (code, "allow_headers", name)
    assert problem.fix == fix


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "content-type",
        "X-CSRFToken",
        "x-csrf-token",
        "X-REQUESTED-WITH",
        "X-Auth",
        "Content-Encoding",
    ],
)
def test_a_usual_request_header_is_read_in_silence(name: str) -> None:
    assert found(allow_headers=name) == []
    assert read(allow_headers=name)[0]["allow_headers"] == (name,)


# --- response headers ---


@pytest.mark.parametrize("name", ["", "X A", "X-A,X-B", "\u00e9", "X-*"])
def test_a_response_header_is_a_token_without_a_star(name: str) -> None:
    assert found(expose_headers=["X-A", name]) == [("CG401", "expose_headers[1]", name)]
    assert read(expose_headers=["X-A", name])[0]["expose_headers"] == ("X-A",)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Set-Cookie", "CG402"),
        ("set-cookie2", "CG402"),
        ("Access-Control-Allow-Origin", "CG403"),
        ("access-control-expose-headers", "CG403"),
    ],
)
def test_a_header_that_script_cannot_read_is_refused(name: str, code: str) -> None:
    assert found(expose_headers=name) == [(code, "expose_headers", name)]
    assert read(expose_headers=name)[0]["expose_headers"] == ()


@pytest.mark.parametrize("name", ["Content-Type", "PRAGMA"])
def test_a_header_that_script_can_read_anyway_is_read_and_warned_of(name: str) -> None:
    assert found(expose_headers=name) == [("CG407", "expose_headers", name)]
    assert read(expose_headers=name)[0]["expose_headers"] == (name,)


def test_a_star_for_response_headers_does_not_work_with_credentials() -> None:
    site = {"origins": "https://a.example", "expose_headers": "*"}
    assert found(**site, credentials=True) == [("CG404", "expose_headers", "*")]
    assert found(**site, credentials=False) == []
    assert found(**site) == []


# --- max_age ---


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (None, None),
        (0, 0),
        (1, 1),
        (86400, 86400),
        (dt.timedelta(), 0),
        (dt.timedelta(minutes=2), 120),
        (dt.timedelta(days=1), 86400),
        (dt.timedelta(seconds=1, milliseconds=999), 1),
    ],
)
def test_max_age_is_whole_seconds(written: object, seconds: int | None) -> None:
    values, problems = read(max_age=written)
    assert values["max_age"] == seconds
    assert type(values["max_age"]) is type(seconds)
    assert problems == []


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("600", "CG501"),
        (1.0, "CG501"),
        (True, "CG501"),
        (False, "CG501"),
        ([600], "CG501"),
        (-1, "CG502"),
        (dt.timedelta(seconds=-1), "CG502"),
    ],
)
def test_what_is_no_max_age_is_refused_as_it_was_written(written: object, code: str) -> None:
    values, (problem,) = read(max_age=written)
    assert values["max_age"] is None
    assert (problem.code, problem.where, problem.value) == (code, "max_age", written)


@pytest.mark.parametrize("written", [86401, dt.timedelta(days=1, seconds=1)])
def test_a_max_age_beyond_what_browsers_keep_is_read_and_warned_of(written: object) -> None:
    values, (problem,) = read(max_age=written)
    assert values["max_age"] == 86401
    assert (problem.code, problem.where, problem.value) == ("CG503", "max_age", written)
    assert "86400" in problem.why

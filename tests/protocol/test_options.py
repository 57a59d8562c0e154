"""
The table of options, and what becomes of names that are not in it.
"""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta
from typing import Any

import pytest

from flask_corsguard import Policy, PolicyError
from flask_corsguard.errors import Problem
from flask_corsguard.protocol.options import (
    POLICY_OPTIONS,
    Option,
    PolicyOptions,
    unknown_option,
)

GUARD = (*POLICY_OPTIONS, "resources", "policies", "fast_path")
"""Names where the options of a guard stand."""

NAMES = {"re": re, "timedelta": timedelta}

EXAMPLES = [
    (name, example, permitted)
    for name, option in POLICY_OPTIONS.items()
    for permitted, examples in ((True, option.permitted), (False, option.prohibited))
    for example in examples
]


def unknown(name: str, known: Any = GUARD) -> Problem:
    return unknown_option(f"app.config[{name!r}]", name, known)


def test_the_table_says_of_every_option_what_holds_when_it_is_not_given() -> None:
    assert {name: (option.default, option.kind) for name, option in POLICY_OPTIONS.items()} == {
        "origins": ((), "list"),
        "methods": (None, "list"),
        "allow_headers": ((), "list"),
        "expose_headers": ((), "list"),
        "credentials": (False, "switch"),
        "max_age": (600, "number"),
        "enforce": (False, "enforce"),
        "name": (None, "name"),
        "dangerously_allow_insecure_origins": (False, "switch"),
        "dangerously_allow_public_suffixes": (False, "switch"),
    }
    assert set(POLICY_OPTIONS) == set(PolicyOptions.__annotations__)
    assert PolicyOptions.__total__ is False


def test_the_table_shows_for_every_option_what_may_be_written_and_what_may_not() -> None:
    assert all(option.permitted and option.prohibited for option in POLICY_OPTIONS.values())
    assert all(option.meaning.endswith(".") for option in POLICY_OPTIONS.values())
    bare = Option(default=1, kind="number", meaning="Nothing.")
    assert (bare.permitted, bare.prohibited) == ((), ())


@pytest.mark.parametrize(("name", "example", "permitted"), EXAMPLES)
def test_an_example_of_the_table_keeps_its_word(name: str, example: str, permitted: bool) -> None:
    value = eval(example, dict(NAMES))  # noqa: S307 - the project's own examples
    written: dict[str, Any] = {"origins": "https://app.example.com", name: value}
    if permitted:
        policy = Policy(**written)
        assert not policy.warnings
    else:
        with pytest.raises(PolicyError) as caught:
            Policy(**written)
        assert {problem.where.partition("[")[0] for problem in caught.value.problems} == {name}


def test_an_option_is_a_value() -> None:
    (option, *_) = POLICY_OPTIONS.values()
    assert not hasattr(option, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        option.kind = "name"  # type: ignore[misc]
    with pytest.raises(TypeError, match="positional"):
        Option((), "list", "Nothing.")  # type: ignore[misc]


ELSEWHERE = {
    "allow_credentials": "credentials",
    "allow_methods": "methods",
    "allow_origin": "origins",
    "allow_origin_regex": "origins",
    "allow_origins": "origins",
    "allowed_headers": "allow_headers",
    "allowed_methods": "methods",
    "allowed_origin_regexes": "origins",
    "allowed_origins": "origins",
    "credential": "credentials",
    "exposed_headers": "expose_headers",
    "header": "allow_headers",
    "headers": "allow_headers",
    "maxage": "max_age",
    "method": "methods",
    "origin": "origins",
    "origin_allow_all": "origins",
    "origin_regex_whitelist": "origins",
    "origin_whitelist": "origins",
    "preflight_max_age": "max_age",
    "resource": "resources",
    "support_credentials": "credentials",
    "supports_credential": "credentials",
    "supports_credentials": "credentials",
    "urls_regex": "resources",
}


@pytest.mark.parametrize(("name", "here"), ELSEWHERE.items())
def test_the_name_of_another_library_leads_to_ours(name: str, here: str) -> None:
    problem = unknown(name)
    assert (problem.code, problem.value) == ("CG602", name)
    assert problem.where == f"app.config[{name!r}]"
    assert problem.fix == f"Write {here!r}."


@pytest.mark.parametrize(
    ("name", "here"),
    [
        ("allowedOrigins", "origins"),
        ("ALLOWED_ORIGINS", "origins"),
        ("CORS_ALLOWED_ORIGINS", "origins"),
        ("cors-allowed-origins", "origins"),
        ("exposedHeaders", "expose_headers"),
        ("MaxAge", "max_age"),
        ("maxAge", "max_age"),
        ("CORS_MAX_AGE", "max_age"),
        ("_credentials_", "credentials"),
        ("CREDENTIALS", "credentials"),
        ("allow-headers", "allow_headers"),
    ],
)
def test_a_name_is_known_in_every_spelling(name: str, here: str) -> None:
    problem = unknown(name)
    assert (problem.code, problem.fix) == ("CG602", f"Write {here!r}.")


@pytest.mark.parametrize("name", ["~origin", "origin~", "origin!", "$vary", "vary\n"])
def test_a_name_with_other_signs_is_another_name(name: str) -> None:
    assert unknown(name).code == "CG601"


@pytest.mark.parametrize(
    "name",
    [
        "allow_private_network",
        "always_send",
        "automatic_options",
        "intercept_exceptions",
        "private_network",
        "reflect",
        "send_wildcard",
        "send_wildcards",
        "vary",
        "vary_header",
        "CORS_ALWAYS_SEND",
        "varyHeader",
    ],
)
def test_an_option_that_is_missing_on_purpose_says_why(name: str) -> None:
    problem = unknown(name)
    assert (problem.code, problem.value, problem.fix) == ("CG603", name, "Remove it.")
    assert problem.why.startswith("is not an option: ")


@pytest.mark.parametrize(
    ("name", "here"),
    [
        ("orgins", "origins"),
        ("methodes", "methods"),
        ("allow_header", "allow_headers"),
        ("fastpath", "fast_path"),
        ("exposeHeader", "expose_headers"),
        ("allowed_orgins", "origins"),
        ("supports_credentails", "credentials"),
    ],
)
def test_a_misspelt_name_leads_to_the_nearest(name: str, here: str) -> None:
    problem = unknown(name)
    assert (problem.code, problem.value) == ("CG601", name)
    assert problem.fix == f"Write {here!r}."


def test_a_name_like_no_other_gets_the_list() -> None:
    problem = unknown("zebra", iter(["b", "a"]))
    assert problem.code == "CG601"
    assert problem.fix == "Write one of: a, b."


def test_only_what_may_stand_there_is_suggested() -> None:
    """The rules of a path have no rules of their own, say."""
    problem = unknown("resource", POLICY_OPTIONS)
    assert problem.code == "CG601"
    assert problem.fix.startswith("Write one of: allow_headers, credentials, ")
    assert "resources" not in problem.fix

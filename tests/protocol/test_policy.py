"""
`Policy`: every problem at once, each with its code, its place and its fix.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import pickle
import re
from typing import Any

import pytest
from flask import Flask

from flask_corsguard import CORSGuard, Policy, PolicyError, Problem, RequestHead
from flask_corsguard.errors import MissingExtraError, Severity
from support.data import load, options

CONFIGS: list[dict[str, Any]] = load("configs")

ARGUED: dict[str, str] = {}
"""Verdicts of `configs.json` that are wrong, and why; five at most."""


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CONFIGS])
def test_every_configuration_gets_its_verdict(
    case: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "flask_corsguard"):
        try:
            CORSGuard(Flask("config"), **options(case["config"]))
        except (PolicyError, TypeError, RuntimeError):
            verdict = "refuse"
        else:
            verdict = "warn" if caplog.records else "ok"
    assert verdict == case["verdict"] or case["id"] in ARGUED


def test_no_more_than_five_verdicts_are_argued_with() -> None:
    assert len(ARGUED) <= 5


def test_a_problem_reads_as_the_design_says() -> None:
    with pytest.raises(PolicyError) as caught:
        CORSGuard(Flask("x"), resources={"/api/*": {"origins": ["https://a.b", "example.com"]}})
    assert str(caught.value) == (
        "resources['/api/*'].origins[1]: 'example.com' is not an origin: it has no scheme. "
        "Write 'https://example.com'. [CG104]"
    )


def test_all_problems_come_at_once_in_the_order_in_which_they_were_written() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(max_age=-1, origins=["null", "https://A.example"], methods=["TRACE"], name="a b")
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["CG502", "CG114", "CG107", "CG202", "CG606"]
    assert [p.where for p in caught.value.problems][1:3] == ["origins[0]", "origins[1]"]


def test_an_error_keeps_its_problems_when_it_is_pickled() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(origins="null")
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert copy.problems == caught.value.problems


def test_a_problem_is_plain_text_for_json() -> None:
    problem = Problem(
        code="CG999",
        severity=Severity.ERROR,
        where="[0]",
        value="\u00e9" * 200,
        why="is odd",
        fix="Write less.",
    )
    plain = problem.to_dict()
    assert plain["severity"] == "error"
    assert len(plain["value"]) == 100
    assert plain["value"].isascii()
    assert problem.inside("origins").where == "origins[0]"
    assert problem.inside("").where == "[0]"


def test_a_missing_extra_names_the_pip_command() -> None:
    error = MissingExtraError("redis", "redis")
    assert str(error) == "redis is not installed; run: pip install 'flask-corsguard[redis]'"
    assert error.name == "redis"


def test_a_policy_is_a_value() -> None:
    one = Policy(origins=["https://a.example"], methods="PUT", max_age=dt.timedelta(minutes=1))
    same = Policy(origins="https://a.example", methods=["PUT"], max_age=60)
    assert one == same
    assert hash(one) == hash(same)
    assert one.methods == ("PUT",)
    assert one.max_age == 60
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.credentials = True  # type: ignore[misc]
    assert not hasattr(one, "__dict__")
    with pytest.raises(TypeError, match="positional"):
        Policy("*")  # type: ignore[misc]


def test_a_policy_shows_and_compares_what_it_says_and_not_what_was_warned_of() -> None:
    warned = Policy(origins="*", max_age=86400, methods=["PUT", "PUT"])
    quiet = Policy(origins="*", max_age=86400, methods=["PUT"])
    assert warned.warnings
    assert not quiet.warnings
    assert warned == quiet
    assert repr(warned) == repr(quiet)
    assert repr(quiet).startswith("Policy(origins=('*',), methods=('PUT',), allow_headers=()")
    assert "warnings" not in repr(quiet)
    assert quiet != Policy(origins="*", max_age=86399, methods=["PUT"])


def test_a_policy_without_origins_is_legal_and_warned_of() -> None:
    assert [(w.code, w.where) for w in Policy().warnings] == [("CG137", "origins")]


def test_a_password_in_an_origin_is_not_repeated() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(origins="https://user:secret@app.example")
    assert "secret" not in str(caught.value)


async def _coroutine(origin: str, head: RequestHead) -> bool:
    del origin, head
    return True


class _AsyncCallable:
    async def __call__(self, origin: str, head: RequestHead) -> bool:
        del origin, head
        return True


TEXTS = [
    ("https://app.example.com/", "CG105", "'https://app.example.com'"),
    ("app.example.com", "CG104", "'https://app.example.com'"),
    ("localhost:3000", "CG104", "'http://localhost:3000'"),
    ("HTTPS://App.Example.Com", "CG107", "'https://app.example.com'"),
    ("https://b\u00fccher.example", "CG111", "'https://xn--bcher-kva.example'"),
    ("https://a\u2028b", "CG111", "'https://app.example.com'"),
    ("https://\u00df\u0338.example", "CG111", "https://"),
    ("https://app.example.com:443", "CG108", "'https://app.example.com'"),
    ("http://[2001:DB8:0:0:0:0:0:1]", "CG107", "'http://[2001:db8::1]'"),
    ("http://[2001:db8:0:0:0:0:0:1]", "CG112", "'http://[2001:db8::1]'"),
    ("http://[::1]:99999", "CG109", "'http://[::1]'"),
    ("http://::1", "CG112", "'http://[::1]:3000'"),
    ("https://*", "CG115", "'*' for everybody"),
    ("https://.*\\.example\\.com", "CG116", "re.compile"),
    ("https://a.b" + "c" * 400, "CG121", "https://"),
    ("undefined", "CG120", "Write an origin"),
    ("{{ origin }}", "CG120", "Write its value"),
    ("javascript://x", "CG117", "of the page"),
    ("blob:https://a.example", "CG117", "of the page"),
    ("file://server", "CG117", "'file://'"),
    ("https://xn--a\u00e9.example", "CG111", "Write"),
    ("capacitor://*.localhost", "CG110", "Write"),
    ("https://a@b@c.example", "CG106", "'https://c.example'"),
    ("https://-a.example", "CG110", "Write"),
    ("https://-a.example:8080", "CG110", "Write"),
    ("://x.example", "CG104", "Write"),
    ("https://app.example.com:80:80", "CG112", "Write"),
]


@pytest.mark.parametrize(("text", "code", "fix"), TEXTS)
def test_a_text_that_is_no_origin_is_diagnosed(text: str, code: str, fix: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(origins=[text])
    (problem,) = caught.value.problems
    assert problem.code == code
    assert fix in problem.fix


OPTIONS = [
    ({"origins": "*", "credentials": True}, "CG130"),
    ({"origins": "http://a.example", "credentials": True}, "CG131"),
    ({"origins": "https://*.github.io", "credentials": True}, "CG132"),
    ({"origins": "https://*.ws-eu.gitpod.io", "credentials": True}, "CG132"),
    ({"origins": re.compile(r"https?://app\.example\.com"), "credentials": True}, "CG131"),
    ({"origins": re.compile(r"https://app.example\.com")}, "CG143"),
    ({"origins": re.compile(r"https://.*")}, "CG143"),
    ({"origins": re.compile(r"https://[a-z]+\.github\.io")}, "CG143"),
    ({"origins": re.compile(r"https://.*example\.com")}, "CG143"),
    ({"origins": re.compile(r"example\.com")}, "CG146"),
    ({"origins": re.compile(r"(a+)+")}, "CG140"),
    ({"origins": re.compile(r"https://(a+)\1\.com")}, "CG142"),
    ({"origins": re.compile(rb"https://a")}, "CG144"),
    ({"origins": _coroutine}, "CG145"),
    ({"origins": _AsyncCallable()}, "CG145"),
    ({"origins": [str]}, "CG101"),
    ({"origins": {"https://a.example": 1}}, "CG605"),
    ({"origins": "https://xn--f.example"}, "CG118"),
    ({"origins": "https://xn--\u0061.example-xn--"}, "CG110"),
    ({"origins": "*", "methods": ["GET POST"]}, "CG201"),
    ({"origins": "*", "allow_headers": [1]}, "CG605"),
    ({"origins": "*", "allow_headers": ["*", "X-A"]}, "CG304"),
    ({"origins": "*", "expose_headers": ["*", "X-A"]}, "CG405"),
    ({"origins": "*", "enforce": "yes"}, "CG607"),
    ({"origins": "*", "name": ""}, "CG606"),
    ({"origins": "*", "name": "x" * 65}, "CG606"),
    ({"origins": "*", "name": "\u00e9"}, "CG606"),
    ({"origins": "*", "name": 1}, "CG606"),
    ({"origins": "*", "max_age": 1.5}, "CG501"),
    ({"origins": "*", "unknown": 1}, "CG601"),
    ({"origins": "*", "allowedHeaders": "X-A"}, "CG602"),
    ({"origins": "*", "CORS_SUPPORTS_CREDENTIALS": True}, "CG602"),
    ({"origins": "*", "resources": {}}, "CG601"),
]


@pytest.mark.parametrize(("written", "code"), OPTIONS)
def test_an_option_that_would_hurt_is_refused(written: dict[str, Any], code: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(**written)
    assert code in {problem.code for problem in caught.value.problems}


WARNED = [
    ({"origins": re.compile(r"https://.*.*\.example\.com")}, "CG141"),
    ({"origins": "chrome-extension://*", "credentials": True}, "CG138"),
    ({"origins": ["https://*.a.example.com", "https://*.example.com"]}, "CG136"),
    ({"origins": ["http://localhost:3000", "http://localhost:*"]}, "CG136"),
    ({"origins": "*", "expose_headers": ["X-A", "x-a"]}, "CG406"),
    ({"origins": "*", "methods": "put"}, "CG204"),
    ({"origins": "*", "max_age": 86401}, "CG503"),
    ({"origins": "*", "allow_headers": "X-HTTP-Method"}, "CG308"),
    ({"origins": "*", "allow_headers": "X-HTTP-Method-Override"}, "CG308"),
    ({"origins": "*", "allow_headers": "X-Method-Override"}, "CG308"),
]


@pytest.mark.parametrize(("written", "code"), WARNED)
def test_what_is_legal_and_rarely_meant_is_warned_of(written: dict[str, Any], code: str) -> None:
    assert [warning.code for warning in Policy(**written).warnings] == [code]


QUIET: list[dict[str, Any]] = [
    {
        "origins": "http://a.example",
        "credentials": True,
        "dangerously_allow_insecure_origins": True,
    },
    {
        "origins": "https://*.github.io",
        "credentials": True,
        "dangerously_allow_public_suffixes": True,
    },
    {"origins": "https://*.github.io"},
    {"origins": "https://*.localhost", "credentials": True},
    {"origins": ["https://*.example.com", "https://*.other.example:8443"], "credentials": True},
    {"origins": "capacitor://*", "credentials": True},
    {"origins": re.compile(r"https?://localhost(:\d+)?"), "credentials": True},
    {"origins": re.compile(r"https://pr-\d+\.preview\.example\.com"), "credentials": True},
    {"origins": re.compile(r"capacitor://(a|b)"), "credentials": True},
    {"origins": lambda origin, head: False, "credentials": True},
    {"origins": "https://xn--ls8h.example"},
    {"origins": "*", "max_age": None, "enforce": "report", "name": "a.b-c_d"},
    {"origins": "*", "name": None},
    {"origins": "*", "name": "2026-partners"},
    {"origins": "*", "name": "Partners"},
    {"origins": "*", "name": "p"},
    {"origins": "*", "name": "p" * 64},
    {"origins": "*", "max_age": 86400},
    {"origins": "*", "allow_headers": ["*", "authorization"]},
    {"origins": "*", "allow_headers": ["X-CSRFToken", "X-CSRF-Token"]},
]


@pytest.mark.parametrize("written", QUIET)
def test_what_is_sound_is_accepted_in_silence(written: dict[str, Any]) -> None:
    assert Policy(**written).warnings == ()


def test_the_place_of_a_problem_is_printable_whatever_a_key_is_made_of() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(**{"origins": "*", "orig\udcf1ns\n": 1})
    assert str(caught.value).isprintable()
    assert caught.value.problems[0].to_dict()["where"] == "orig\\udcf1ns\\n"


PLACES = [
    ({"origins": "null"}, "origins"),
    ({"origins": "*", "methods": "TRACE"}, "methods"),
    ({"origins": "*", "methods": ["GET", "TRACE"]}, "methods[1]"),
    ({"origins": "*", "allow_headers": ["Cookie"]}, "allow_headers[0]"),
    ({"origins": "*", "expose_headers": ["X-A", "Set-Cookie"]}, "expose_headers[1]"),
    ({"origins": "*", "credentials": 1}, "credentials"),
    ({"origins": "*", "max_age": -1}, "max_age"),
    ({"origins": "*", "enforce": None}, "enforce"),
    ({"origins": "*", "name": ""}, "name"),
    (
        {"origins": "*", "dangerously_allow_public_suffixes": 1},
        "dangerously_allow_public_suffixes",
    ),
]


@pytest.mark.parametrize(("written", "place"), PLACES)
def test_a_problem_names_the_place_where_it_stands(written: dict[str, Any], place: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(**written)
    assert [problem.where for problem in caught.value.problems] == [place]

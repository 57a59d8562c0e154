"""
The cases of `protocol.json`, through every door into the guard.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.cases_app import make_app
from support.data import load, options
from support.doors import DOORS, Answer, Request
from support.verdict import shares, visible_headers

from flask_corsguard import CORSGuard, PolicyError

CASES: list[dict[str, Any]] = load("protocol")
OURS = {
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "vary",
}
ONCE = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Max-Age")

DEVIATIONS: dict[str, str] = {}
"""Cases at the level `should` that are answered otherwise, each with its reason; ten at most."""


def of_kind(kind: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in CASES if case["kind"] == kind]


@pytest.fixture(params=sorted(DOORS))
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def open_door(door: str, case: dict[str, Any]) -> Callable[[Request], Answer] | None:
    """
    Make the door for a case's policy; None where refusing the configuration is an answer too.
    """
    policy = options(case["policy"])
    try:
        return DOORS[door](policy)
    except PolicyError:
        if case["expect"].get("config_may_reject"):
            return None
        raise


@pytest.mark.parametrize("case", of_kind("single"))
def test_every_single_case_is_answered_as_the_standard_demands(
    door: str, case: dict[str, Any]
) -> None:
    send = open_door(door, case)
    if send is None:
        return
    request = Request.of(case["request"])
    answer = send(request)
    assert case["id"] not in DEVIATIONS
    check_expectation(answer, case["expect"], request, door)


@pytest.mark.parametrize("case", of_kind("relation"))
def test_answers_that_differ_by_origin_all_vary_on_it(door: str, case: dict[str, Any]) -> None:
    send = open_door(door, case)
    assert send is not None
    answers = [send(Request.of(request)) for request in case["requests"]]
    seen = {tuple(sorted(cors_headers(answer).items())) for answer in answers}
    if len(seen) > 1:
        assert all("origin" in varies_on(answer) for answer in answers)
    each = case["expect"].get("each", [])
    for answer, request, expect in zip(answers, case["requests"], each, strict=False):
        check_expectation(answer, expect, Request.of(request), door)


@pytest.mark.parametrize("case", of_kind("config"))
def test_configurations_that_would_hurt_are_refused(case: dict[str, Any]) -> None:
    config = options(case["policy"])
    with pytest.raises(PolicyError):
        CORSGuard(make_app(), **config)


def test_no_more_than_ten_cases_deviate_and_none_of_them_is_a_must() -> None:
    levels = {case["id"]: case["level"] for case in CASES}
    assert len(DEVIATIONS) <= 10
    assert {levels[name] for name in DEVIATIONS} <= {"should", "may"}


def check_expectation(answer: Answer, expect: dict[str, Any], request: Request, door: str) -> None:
    """
    Hold an answer against what a case expects; `decide()` alone has no application's headers.
    """
    for name, matcher in expect.get("required", {}).items():
        assert matches(answer, name, matcher), (name, matcher, answer)
    for rule in expect.get("forbidden", []):
        assert not is_forbidden(answer, rule), (rule, answer)
    for name in ONCE:
        assert len(answer.values(name)) <= 1, answer
    if answer.status is not None:
        assert status_fits(answer.status, expect.get("status", "any")), answer
    if "handler_called" in expect:
        assert answer.handler_called is expect["handler_called"]
    if "any_of" in expect:
        assert any(passes(answer, one, request, door) for one in expect["any_of"])
    check_browser(answer, expect.get("browser"), request, door)


def passes(answer: Answer, expect: dict[str, Any], request: Request, door: str) -> bool:
    try:
        check_expectation(answer, expect, request, door)
    except AssertionError:
        return False
    return True


def check_browser(
    answer: Answer, browser: dict[str, Any] | None, request: Request, door: str
) -> None:
    if browser is None:
        return
    origin = browser.get("page") or request.get("Origin") or ""
    expected = browser["result"] == "share"
    assert shares(answer, origin, browser) is expected, answer
    credentials = browser.get("credentials") == "include"
    visible = visible_headers(answer, credentials=credentials)
    # `*` stands for the headers there are, and only a real application sends any.
    if door != "decide" or "*" not in answer.tokens("Access-Control-Expose-Headers"):
        assert {n.lower() for n in browser.get("js_sees", [])} <= visible
    assert not {n.lower() for n in browser.get("js_must_not_see", [])} & visible


def matches(answer: Answer, name: str, matcher: object) -> bool:
    value = answer.get(name)
    if not isinstance(matcher, dict):
        return value == matcher
    if "tokens" in matcher:
        wanted = {token.lower() for token in matcher["tokens"]}
        return wanted <= {token.lower() for token in answer.tokens(name)}
    if "any_of" in matcher:
        return value in matcher["any_of"]
    if "present" in matcher:
        return (value is not None) is matcher["present"]
    return value is None or value == matcher["absent_or"]


def is_forbidden(answer: Answer, rule: str) -> bool:
    if " ~ " in rule:
        name, token = rule.split(" ~ ", 1)
        if name == "Access-Control-Allow-Methods":  # methods are case-sensitive
            return token in answer.tokens(name)
        return token.lower() in {t.lower() for t in answer.tokens(name)}
    if ": " in rule:
        name, value = rule.split(": ", 1)
        return value in answer.values(name)
    return bool(answer.values(rule))


def status_fits(status: int, expected: object) -> bool:
    if expected == "ok":
        return 200 <= status < 300
    if expected == "not-redirect":
        return not 300 <= status < 400
    if isinstance(expected, list):
        return status in expected
    return expected in {"any", status}


def cors_headers(answer: Answer) -> dict[str, str]:
    return {n.lower(): v for n, v in answer.headers if n.lower() in OURS - {"vary"}}


def varies_on(answer: Answer) -> set[str]:
    return {token.lower() for token in answer.tokens("Vary")}

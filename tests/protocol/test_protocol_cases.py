"""
The cases of `protocol.json`, through every door into the guard.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flask_corsguard import CORSGuard, PolicyError
from support.cases_app import make_app
from support.data import load, options
from support.doors import DOORS, Answer, Request
from support.expectation import check_expectation, cors_headers, varies_on

CASES: list[dict[str, Any]] = load("protocol")
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

"""
`Checker`: what counts as a list, and what becomes of the problems.
"""

from __future__ import annotations

from types import MappingProxyType

import pytest

from flask_corsguard import PolicyError
from flask_corsguard.errors import Problem, Severity
from flask_corsguard.protocol.checker import Checker

WRONG = ("CG604", "credentials", 1, "is wrong", "Write True.")
ODD = ("CG503", "max_age", 86401, "is long", "Write less.")


def elements(value: object) -> tuple[list[tuple[str, object]], list[Problem]]:
    checker = Checker({})
    return checker.elements("x", value, "['PUT']"), checker.problems


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("", [("x", "")]),
        ("a, b", [("x", "a, b")]),
        ([], []),
        (["a", 7], [("x[0]", "a"), ("x[1]", 7)]),
        (("b", "a"), [("x[0]", "b"), ("x[1]", "a")]),
        (range(2), [("x[0]", 0), ("x[1]", 1)]),
        ({"b": 1, "a": 2}.keys(), [("x[0]", "a"), ("x[1]", "b")]),
        ({"b", "c", "a"}, [("x[0]", "a"), ("x[1]", "b"), ("x[2]", "c")]),
        (frozenset({2, 10, 1}), [("x[0]", 1), ("x[1]", 10), ("x[2]", 2)]),
        ({"a", 1}, [("x[0]", "a"), ("x[1]", 1)]),
    ],
)
def test_a_collection_is_a_list_and_one_text_is_one_value(
    value: object, read: list[tuple[str, object]]
) -> None:
    """Sets have no order of their own, and their elements need not have one, so `repr` gives it."""
    assert elements(value) == (read, [])


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        True,
        object(),
        b"a",
        bytearray(b"a"),
        memoryview(b"a"),
        {"a": 1},
        MappingProxyType({}),
    ],
)
def test_what_is_no_list_is_refused(value: object) -> None:
    read, (problem,) = elements(value)
    assert read == []
    assert (problem.code, problem.where, problem.value) == ("CG605", "x", value)
    assert problem.why == "is not a list"
    assert problem.fix == "Write a list, like ['PUT']."


@pytest.mark.parametrize("value", [iter(["a"]), (c for c in "ab"), map(str, [1])])
def test_what_can_be_read_only_once_is_not_read_at_all(value: object) -> None:
    read, (problem,) = elements(value)
    assert read == []
    assert problem.code == "CG605"
    assert problem.value is value
    assert problem.why == "can be read only once"


def test_only_true_and_false_are_switches() -> None:
    checker = Checker({})
    assert checker.switch("x", True) is True
    assert checker.switch("x", False) is False
    assert checker.problems == []
    for value in (1, 0, "true", None):
        assert checker.switch("x", value) is False
    assert [(p.code, p.where, p.value) for p in checker.problems] == [
        ("CG604", "x", 1),
        ("CG604", "x", 0),
        ("CG604", "x", "true"),
        ("CG604", "x", None),
    ]


def test_credentials_are_asked_for_by_true_alone() -> None:
    assert Checker({"credentials": True}).credentials is True
    for options in ({}, {"credentials": False}, {"credentials": 1}, {"credentials": "true"}):
        assert Checker(options).credentials is False


def test_errors_refuse_a_configuration_and_warnings_do_not() -> None:
    checker = Checker({})
    checker.report(*ODD)
    assert checker.errors == []
    checker.finish()
    checker.report(*WRONG)
    checker.report(*ODD)
    assert [problem.code for problem in checker.problems] == ["CG503", "CG604", "CG503"]
    assert [problem.code for problem in checker.errors] == ["CG604"]
    assert checker.errors[0].severity is Severity.ERROR
    assert [problem.code for problem in checker.warnings] == ["CG503", "CG503"]
    assert isinstance(checker.warnings, tuple)
    with pytest.raises(PolicyError) as caught:
        checker.finish()
    assert caught.value.problems == tuple(checker.errors)


def test_a_problem_says_what_was_reported() -> None:
    checker = Checker({})
    checker.report(*WRONG)
    assert checker.problems == [
        Problem(
            code="CG604",
            severity=Severity.ERROR,
            where="credentials",
            value=1,
            why="is wrong",
            fix="Write True.",
        )
    ]


def test_a_checker_takes_no_attributes() -> None:
    assert not hasattr(Checker({}), "__dict__")

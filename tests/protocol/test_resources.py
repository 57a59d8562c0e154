"""
Path patterns: the most specific wins, whatever the order.
"""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_corsguard.protocol.checker import Checker
from flask_corsguard.protocol.resources import PathPattern, ResourceMap, check_path

RULES = [
    "/",
    "/*",
    "/api",
    "/api/*",
    "/api/*/x",
    "/api/v1/x",
    "/api/v1/*",
    "/a/*/c/*",
    "/caf\u00e9",
]

FOUND = [
    ("/", "/"),
    ("/other", "/*"),
    ("/other/", "/*"),
    ("/api", "/api"),
    ("/api/", "/api/*"),
    ("/apis", "/*"),
    ("/API", "/*"),
    ("/api/v2", "/api/*"),
    ("/api/v2/x", "/api/*/x"),
    ("/api//x", "/api/*"),
    ("/api/v1/x", "/api/v1/x"),
    ("/api/v1/y", "/api/v1/*"),
    ("/api/v1", "/api/v1/*"),
    ("/api/v1/x/y", "/api/v1/*"),
    ("/api/v2/x/y", "/api/*"),
    ("/a/b/c", "/a/*/c/*"),
    ("/a/b/c/d/e", "/a/*/c/*"),
    ("/a/b/d", "/*"),
    ("/caf\u00e9", "/caf\u00e9"),
    ("/*", "/*"),
]


@pytest.mark.parametrize(("path", "pattern"), FOUND)
def test_the_most_specific_pattern_wins_whatever_the_order(path: str, pattern: str) -> None:
    for seed in range(5):
        rules = random.Random(seed).sample(RULES, len(RULES))  # noqa: S311 - an order, no secret
        assert ResourceMap({rule: rule for rule in rules}).find(path) == pattern


def test_without_a_fitting_pattern_nothing_governs() -> None:
    assert ResourceMap({"/api/*": 1}).find("/apis") is None
    assert ResourceMap[int]({}).find("/") is None


def test_regular_expressions_come_last_in_written_order_and_match_in_full() -> None:
    rules: dict[PathPattern, str] = {
        re.compile(r"/v\d+/x"): "first",
        re.compile(r"/v.*"): "second",
        "/v1/*": "path",
    }
    found = ResourceMap(rules)
    assert found.find("/v1/x") == "path"
    assert found.find("/v2/x") == "first"
    assert found.find("/v2/x/y") == "second"
    assert found.find("/w") is None
    assert found.values() == ("first", "second", "path")


def test_a_path_too_long_for_a_regular_expression_is_not_given_to_one() -> None:
    assert ResourceMap({re.compile(r"/.*"): 1}).is_unsure("/" + "x" * 4096)
    assert not ResourceMap({re.compile(r"/.*"): 1}).is_unsure("/" + "x" * 2047)
    assert not ResourceMap({"/*": 1}).is_unsure("/" + "x/" * 100_000)
    assert ResourceMap({"/*": 1}).find("/" + "x/" * 100_000) == 1


@pytest.mark.parametrize("pattern", ["/*/x", "/a/*/x", "/a/b/*/x", "/a/*/c/x", "/a/*/*"])
def test_a_star_between_slashes_is_one_segment_wherever_it_stands(pattern: str) -> None:
    path = pattern.replace("*", "any")
    assert ResourceMap({pattern: 1}).find(path) == 1
    assert ResourceMap({pattern: 1, "/other": 2}).find(path) == 1
    assert ResourceMap({"/other/*": 2, pattern: 1}).find(path) == 1
    assert ResourceMap({pattern: 1}).find(f"/more{path}/x/x") is None


def test_a_map_gives_its_rules_in_written_order() -> None:
    rules: dict[PathPattern, int] = {"/b": 1, re.compile("/c"): 2, "/a/*": 3}
    assert ResourceMap(rules).items() == tuple(rules.items())
    assert ResourceMap(rules).values() == (1, 2, 3)


def test_a_map_without_rules_leads_nowhere_and_is_sure_of_it() -> None:
    nothing: ResourceMap[int] = ResourceMap({})
    assert (nothing.items(), nothing.values()) == ((), ())
    for path in ("/", "/a", "/../a", "/" + "x" * 5000):
        assert nothing.find(path) is None
        assert nothing.is_unsure(path) is False


@pytest.mark.parametrize("path", ["/a/../b", "/..", "/a/.", "/./a"])
def test_rules_are_unsure_of_dot_segments_that_a_view_may_resolve(path: str) -> None:
    assert ResourceMap({"/*": 1}).is_unsure(path)
    assert not ResourceMap[int]({}).is_unsure(path)
    assert not ResourceMap({"/*": 1}).is_unsure("/.well-known/a..b/...")
    for rules in ({"/*": 1}, {re.compile(r"/.*"): 1}, {"/*": 1, re.compile(r"/.*"): 2}):
        assert ResourceMap[int](rules).find(path, 7) == 7
        assert ResourceMap[int](rules).find(path) is None
        assert ResourceMap[int](rules).find("/.well-known/a..b/...", 7) == 1


def test_rules_are_unsure_of_what_is_not_given_to_a_regular_expression() -> None:
    found = ResourceMap({re.compile(r"/.*"): 1, "/short": 2})
    assert found.find("/" + "x" * 4096, 7) == 7
    assert found.find("/x", 7) == 1
    assert found.find("/short", 7) == 2
    assert ResourceMap({"/short": 2}).find("/x", 7) is None


segments = st.sampled_from(["a", "b", "*", "c"])
patterns = st.lists(segments, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))
paths = st.lists(st.sampled_from(["a", "b", "c", "d", "*", ""]), max_size=6).map(
    lambda parts: "/" + "/".join(parts)
)


def rank(pattern: str, path: str) -> tuple[int, ...] | None:
    """
    Tell how specific a match is, segment by segment, by trying; None if there is none.
    """
    wanted, given_ = pattern.split("/")[1:], path.split("/")[1:]
    tail = wanted[-1] == "*"
    wanted = wanted[:-1] if tail else wanted
    if len(given_) < len(wanted) or (not tail and len(given_) != len(wanted)):
        # `/api/*` is `/api` too
        return None
    ranks: list[int] = []
    for want, have in zip(wanted, given_, strict=False):
        fits = bool(have) if want == "*" else want == have
        if not fits:
            return None
        ranks.append(1 if want == "*" else 0)
    return (*ranks, 2) if tail else tuple(ranks)


@given(st.sets(patterns, max_size=8), paths)
def test_the_tree_agrees_with_a_naive_twin(written: set[str], path: str) -> None:
    ranked = [(rank(p, path), p) for p in written]
    matches = sorted((r, p) for r, p in ranked if r is not None)
    expected = matches[0][1] if matches else None
    assert ResourceMap({pattern: pattern for pattern in written}).find(path) == expected


literals = st.lists(st.sampled_from("abc"), max_size=3)
plain = st.builds(
    lambda parts, tail: "/" + "/".join([*parts, tail]), literals, st.sampled_from("a*")
)


@given(st.sets(plain, max_size=8), paths)
def test_the_tree_agrees_with_its_twin_where_no_star_stands_between_slashes(
    written: set[str], path: str
) -> None:
    """There is but one way down then, which is walked in another manner."""
    ranked = [(rank(p, path), p) for p in written]
    matches = sorted((r, p) for r, p in ranked if r is not None)
    expected = matches[0][1] if matches else None
    assert ResourceMap({pattern: pattern for pattern in written}).find(path) == expected
    regex = re.compile(".*")
    assert ResourceMap({**{p: p for p in written}, regex: "any"}).find(path) == (expected or "any")


CHECKED = [
    ("api/*", "CG701", "'/api/*'"),
    ("*", "CG701", "'/*'"),
    (7, "CG701", "'/api/*'"),
    ("/api/.*", "CG703", "'/api/*'"),
    ("/api/<int:id>", "CG703", "'*' for a segment"),
    ("/api$", "CG703", "re.compile"),
    ("/a?b=c", "CG703", "'/api/*'"),
    ("/a\n", "CG703", "'/api/*'"),
    ("//a", "CG703", "'/a'"),
    ("/a///b", "CG703", "'/a/b'"),
    ("/a/./b", "CG703", "asked for"),
    ("/a/../b", "CG703", "asked for"),
    ("/a" * 65, "CG703", "'/api/*'"),
    ("/caf%C3%A9", "CG703", "'/caf\u00e9'"),
    ("/api*", "CG702", "'/api/*'"),
    ("/api/**", "CG702", "'/api/*'"),
    (re.compile(b"/x"), "CG703", "from a str"),
    (re.compile(r"/(a+)+"), "CG706", "'/api/*'"),
]


@pytest.mark.parametrize(("pattern", "code", "fix"), CHECKED)
def test_what_is_no_path_pattern_is_refused_with_a_fix(
    pattern: object, code: str, fix: str
) -> None:
    checker = Checker({})
    assert not check_path("resources[0]", pattern, checker)
    (problem,) = checker.problems
    assert problem.code == code
    assert fix in problem.fix


@pytest.mark.parametrize("pattern", ["/", "/*", "/api/*/x", "/a-b_c.d~e/@me", re.compile("/x")])
def test_a_path_pattern_is_accepted(pattern: PathPattern) -> None:
    checker = Checker({})
    assert check_path("resources[0]", pattern, checker)
    assert checker.problems == []

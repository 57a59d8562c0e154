"""
Rules that cannot meet: what the texts say is held against what the router does.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.routing import BaseConverter, Map, Rule

from flask_corsguard.overlaps import Overlaps, is_static

SEGMENTS = ["a", "b", "7", "<int:n>", "<name>", "x<int:n>", "<path:rest>", "<any(a,b):which>"]
texts = st.lists(st.sampled_from(SEGMENTS), max_size=3).map(lambda parts: "/" + "/".join(parts))
paths = st.lists(st.sampled_from(["a", "b", "7", "x7", "zz"]), max_size=4).map(
    lambda parts: "/" + "/".join(parts)
)


def usable(text: str) -> bool:
    names = re.findall(r"(\w+)>", text)
    return len(set(names)) == len(names)


def reached(text: str, path: str) -> bool:
    adapter = Map([Rule(text, endpoint="one", methods=["GET"])]).bind("api.example")
    return adapter.test(path, "GET")


@given(texts.filter(usable), texts.filter(usable), paths)
def test_rules_that_both_take_a_path_are_not_alone(one: str, other: str, path: str) -> None:
    if one == other or not (reached(one, path) and reached(other, path)):
        return
    rules = [Rule(one, endpoint="one"), Rule(other, endpoint="other")]
    overlaps = Overlaps(Map(rules))
    assert not overlaps.are_alone(rules[:1])
    assert not overlaps.are_alone(rules[1:])


@pytest.mark.parametrize(
    ("one", "other", "alone"),
    [
        ("/items", "/orders", True),
        ("/items", "/items/<int:n>", True),
        ("/items/<int:n>", "/items/<name>", False),
        ("/items/<int:n>", "/items/new", False),
        ("/items/<int:n>", "/orders/<int:n>", True),
        ("/items/<int:n>", "/static/<path:filename>", True),
        ("/items/<int:n>", "/<path:anything>", False),
        ("/items/<int:n>", "/items/<path:anything>", False),
        ("/items", "/items/<path:anything>", False),  # to be on the safe side
        ("/items/<path:a>/edit", "/items/<path:b>/show", False),
        ("/items/<own:x>", "/items/a/b", False),
        ("/items/<own:x>", "/orders", True),
        ("/items/", "/items", False),
    ],
)
def test_texts_tell_which_rules_may_meet(one: str, other: str, alone: bool) -> None:
    class Own(BaseConverter):
        regex = ".+/.+"

    rules = [Rule(one, endpoint="one"), Rule(other, endpoint="other")]
    overlaps = Overlaps(Map(rules, converters={"own": Own}))
    assert overlaps.are_alone(rules[:1]) is alone
    assert overlaps.are_alone(rules[1:]) is alone


def test_rules_with_one_text_are_no_others() -> None:
    rules = [Rule("/item", endpoint=name, methods=[name]) for name in ("GET", "PUT")]
    assert Overlaps(Map(rules)).are_alone(rules)


@pytest.mark.parametrize(
    ("text", "static"), [("/items", True), ("/items/<n>", False), ("/a//b", False), ("/", True)]
)
def test_a_static_rule_is_its_own_path(text: str, static: bool) -> None:
    assert is_static(text) is static

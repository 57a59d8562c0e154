"""
Methods and header names.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_corsguard.protocol.fields import (
    MAX_LIST_BYTES,
    MAX_LIST_EMPTY,
    MAX_LIST_NAMES,
    is_forbidden_method,
    is_forbidden_request_header,
    is_token,
    normalize_method,
    parse_header_names,
    sort_methods,
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("content-type", ("content-type",)),
        ("Content-Type , X-A\t,x-b", ("content-type", "x-a", "x-b")),
        (",x-a,,x-b,", ("x-a", "x-b")),
        ("x-a,X-A", ("x-a",)),
        ("x-a(b)", None),
        ("x-a\r\nset-cookie: a=b", None),
        ("x a", None),
        ("x-\u00e9", None),
        ("\x00", None),
    ],
)
def test_header_lists_are_read_as_proxies_leave_them(
    text: str, names: tuple[str, ...] | None
) -> None:
    assert parse_header_names(text) == names


def test_a_header_list_at_its_bounds_is_read_and_one_beyond_is_not() -> None:
    names = [f"x-{number}" for number in range(MAX_LIST_NAMES)]
    assert parse_header_names(",".join(names)) == tuple(names)
    assert parse_header_names(",".join([*names, "x-more"])) is None
    assert parse_header_names("," * (MAX_LIST_EMPTY - 1)) == ()
    assert parse_header_names("," * MAX_LIST_EMPTY) is None
    assert parse_header_names("x" * MAX_LIST_BYTES) == ("x" * MAX_LIST_BYTES,)
    assert parse_header_names("x" * (MAX_LIST_BYTES + 1)) is None
    assert parse_header_names("," * 1000) is None


@given(st.text(max_size=200))
def test_nothing_makes_the_list_parser_raise_or_give_what_is_no_token(text: str) -> None:
    names = parse_header_names(text)
    assert names is None or all(is_token(name) and name == name.lower() for name in names)


def test_methods_are_normalized_as_fetch_does() -> None:
    assert normalize_method("put") == "PUT"
    assert normalize_method("patch") == "patch"
    assert is_forbidden_method("Trace")
    assert not is_forbidden_method("PATCH")


def test_forbidden_headers_are_known_in_any_case_and_by_prefix() -> None:
    assert is_forbidden_request_header("Cookie")
    assert is_forbidden_request_header("Sec-Anything")
    assert is_forbidden_request_header("proxy-x")
    assert not is_forbidden_request_header("security")


def test_methods_are_listed_in_the_usual_order() -> None:
    methods = frozenset({"QUERY", "PUT", "GET", "CHICKEN", "OPTIONS"})
    assert sort_methods(methods) == ("GET", "PUT", "OPTIONS", "CHICKEN", "QUERY")

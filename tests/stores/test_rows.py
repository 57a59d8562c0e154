"""
What may stand in a row, and how rows are read from files.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import create_engine

from flask_corsguard import Policy, PolicyError
from flask_corsguard.stores import OriginRow, SQLAlchemyOrigins

from .helpers import FRIEND

PATTERNS = [
    "https://app.example.com",
    "https://*.example.com",
    "https://app.example.com:8443",
    "https://*.example.com:*",
    "http://localhost:*",
    "capacitor://localhost",
    "capacitor://*",
    "app.example.com",
    "https://App.example.com",
    "https://app.example.com/",
    "https://app.example.com:443",
    "http://app.example.com",
    "https://*.com",
    "https://*.github.io",
    "null",
    "",
    "https://.*\\.example\\.com",
    "https://a, https://b",
    "ftp://app.example.com",
    "https://xn--0.example.com",
    " https://app.example.com",
    "https://bücher.example",
    "javascript:alert(1)",
    "https://a\x00b.example",
]


def store(**options: Any) -> SQLAlchemyOrigins:
    return SQLAlchemyOrigins(create_engine("sqlite://"), **options)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("credentials", [True, False])
def test_a_row_is_held_against_the_rules_for_code(pattern: str, credentials: bool) -> None:
    try:
        codes = [p.code for p in Policy(origins=[pattern], credentials=credentials).warnings]
    except PolicyError as error:
        codes = [p.code for p in error.problems]
    assert [p.code for p in store(credentials=credentials).check(pattern)] == codes


def test_what_is_dangerous_can_be_allowed_as_in_code() -> None:
    assert store().check("http://app.example.com")
    assert not store(dangerously_allow_insecure_origins=True).check("http://app.example.com")
    assert not store(dangerously_allow_public_suffixes=True).check("https://*.github.io")


def test_everybody_cannot_stand_in_a_table() -> None:
    (problem,) = store(credentials=False).check("*")
    assert problem.code == "CG153"


def test_a_problem_has_place_value_reason_and_fix() -> None:
    with pytest.raises(PolicyError) as caught:
        store().add("app.example.com", scope="apples")
    assert str(caught.value) == (
        "pattern: 'app.example.com' is not an origin: it has no scheme. "
        "Write 'https://app.example.com'. [CG104]"
    )


@pytest.mark.parametrize("scope", [" a", "a ", "a" * 129, "a\n", "(all)", "(whole)", "\ud800"])
def test_a_scope_that_could_not_be_found_again_is_refused(scope: str) -> None:
    with pytest.raises(PolicyError, match="CG150"):
        store().add(FRIEND, scope=scope)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(PolicyError, match="says nothing about its time zone") as caught:
        store().add(FRIEND, expires=datetime(2030, 1, 1))  # noqa: DTZ001
    assert caught.value.problems[0].where == "expires"


def test_a_row_comes_back_from_plain_values() -> None:
    moment = datetime(2030, 1, 1, 12, tzinfo=UTC)
    row = OriginRow(
        pattern=FRIEND, scope="a", enabled=False, note="n", created=moment, expires=moment
    )
    assert OriginRow.from_mapping(row.to_dict()) == row
    assert OriginRow.from_mapping({"pattern": FRIEND}) == OriginRow(pattern=FRIEND)


def test_a_row_is_read_from_the_texts_of_a_csv() -> None:
    texts = {"pattern": FRIEND, "enabled": "NO", "created": "", "expires": "2030-01-01"}
    row = OriginRow.from_mapping(texts, "line 7")
    assert row.enabled is False
    assert row.expires == datetime(2030, 1, 1, tzinfo=UTC)
    assert row.place == "line 7"


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({}, "line 7: pattern"),
        ({"pattern": None}, "line 7: pattern"),
        ({"pattern": ["a"]}, "line 7: pattern"),
        ({"pattern": FRIEND, "enabled": "maybe"}, "line 7: enabled"),
        ({"pattern": FRIEND, "enabled": ["yes"]}, "line 7: enabled"),
        ({"pattern": FRIEND, "expires": "soon"}, "line 7: expires"),
        ({"pattern": FRIEND, "expires": 7}, "line 7: expires"),
        ({"pattern": FRIEND, "scope": 7}, "line 7: scope"),
        ({"pattern": FRIEND, "orgin": "x"}, "line 7: orgin"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(values: dict[str, Any], where: str) -> None:
    with pytest.raises(PolicyError) as caught:
        OriginRow.from_mapping(values, "line 7")
    assert [p.where for p in caught.value.problems] == [where]


def test_a_time_is_kept_whatever_its_zone() -> None:
    east = datetime(2030, 1, 1, 12, tzinfo=timezone(timedelta(hours=3)))
    row = OriginRow(pattern=FRIEND, expires=east)
    assert OriginRow.from_mapping(row.to_dict()).expires == east

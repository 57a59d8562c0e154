"""The README says what is true."""

import re

import pytest
import tables
from fenced import blocks_of

from repository import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_options_is_that_of_the_code() -> None:
    begin, end = tables.README_MARKS
    found = README.partition(begin)[2].partition(end)[0].strip()
    assert found == tables.readme_table().strip(), "run: python docs/_ext/tables.py"


def test_the_example_has_twelve_lines() -> None:
    example = next(block for block in blocks_of(README) if block.language == "python")
    assert len(example.text.splitlines()) == 12


def test_the_number_of_reasons_is_right() -> None:
    numbers = {7: "seven", 8: "eight", 9: "nine", 10: "ten", 11: "eleven", 12: "twelve"}
    assert f"one of {numbers[len(tables.Reason)]} reasons" in README


def test_the_old_options_are_known_to_the_guard() -> None:
    from codes_by_example import provoke

    section = README.partition("## Coming from Flask-CORS")[2].partition("\n## ")[0]
    removed = re.search(r"\| ([^|]*) \| remove them", section)
    assert removed is not None
    for name in re.findall(r"`(\w+)`", removed.group(1)):
        said = provoke(tables.program_for(name, "True"))
        assert [saying.code for saying in said] == ["CG603"], name


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_what_is_linked_exists(link: str) -> None:
    assert (ROOT / link).is_file()

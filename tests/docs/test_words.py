"""The documentation speaks the words of the Fetch standard, and its links lead somewhere."""

import re
from pathlib import Path

import pytest

from repository import ROOT, repository_files

PAGES = [
    path
    for path in repository_files()
    if path.suffix == ".md"
    and (path.parts[0] == "docs" or path.name in {"README.md", "SECURITY.md"})
]
AVOIDED = re.compile(r"\b(?:white-?list\w*|black-?list\w*|simple requests?|ACLs?)\b", re.IGNORECASE)
BLOCKS = re.compile(r"\b(?:guard|server|policy) (?:blocks|blocked)\b", re.IGNORECASE)


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_a_page_uses_the_words_of_the_field(path: Path) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert not AVOIDED.findall(text)
    assert not BLOCKS.findall(text), "only a browser blocks"


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_a_page_has_one_title(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", (ROOT / path).read_text(encoding="utf-8"), flags=re.M | re.S)
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_a_relative_link_leads_to_a_file(path: Path) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert not [link for link in links if not (ROOT / path.parent / link).is_file()]


def test_the_words_are_found() -> None:
    assert AVOIDED.search("a " + "white" + "list of origins")
    assert BLOCKS.search("the guard blocks it")
    assert not AVOIDED.search("a list of origins")

"""
Every promise in SECURITY.md is held by tests, and these tests exist and run.

They are read, not collected: to collect them would start servers and browsers.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from repository import ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
THREATS = (ROOT / "docs" / "explanation" / "threat-model.md").read_text(encoding="utf-8")

TEST = re.compile(r"tests/[\w/]+\.py::\w+")
NOT_RUN = re.compile(r"\b(?:skip|skipif|xfail)\b")


def section(text: str, title: str) -> str:
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def items_of(text: str) -> dict[str, str]:
    """Give the items of a list that begin in bold, by what is bold."""
    parts = re.split(r"^- (?=\*\*)", text, flags=re.MULTILINE)[1:]
    return {re.sub(r"\s+", " ", part.split("**")[1]).rstrip("."): part for part in parts}


PROMISES = items_of(section(TEXT, "What the guard promises"))
NAMED = sorted({name for promise in PROMISES.values() for name in TEST.findall(promise)})


@cache
def functions_of(path: Path) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


@cache
def marks_of(path: Path) -> list[str]:
    """Give what a module says of all its tests."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Assign | ast.Expr)]
    return [text for text in said if text.startswith(("pytestmark", "pytest.skip"))]


def what_is_wrong_with(name: str) -> str | None:
    """Say why a test holds nothing, or give None."""
    file, _, function = name.partition("::")
    path = ROOT / file
    if not path.is_file() or not re.fullmatch(r"test_\w+\.py", path.name):
        return "there is no such file of tests"
    if not function.startswith("test_") or function not in functions_of(path):
        return "there is no such test"
    decorators = [ast.unparse(node) for node in functions_of(path)[function].decorator_list]
    if any(NOT_RUN.search(mark) for mark in [*decorators, *marks_of(path)]):
        return "it is skipped, or expected to fail"
    return None


@pytest.mark.parametrize("promise", PROMISES)
def test_every_promise_names_a_test(promise: str) -> None:
    assert TEST.search(PROMISES[promise])


@pytest.mark.parametrize("name", NAMED)
def test_a_test_that_a_promise_names_exists_and_runs(name: str) -> None:
    assert what_is_wrong_with(name) is None


def test_there_are_promises_and_all_of_them_were_read() -> None:
    text = section(TEXT, "What the guard promises")
    assert len(PROMISES) == len(re.findall(r"^- ", text, re.MULTILINE)) >= 12
    # Whatever stands in the list below a promise is the name of a test.
    assert len(re.findall(r"^  - ", text, re.MULTILINE)) == len(TEST.findall(text))


def test_what_is_not_promised_is_said() -> None:
    limits = " ".join(items_of(section(TEXT, "What it does not promise")))
    for words in ("authentication", "request forgery", "fast_path", "polynomial", "dangerously"):
        assert words in limits


@pytest.mark.parametrize("title", ["Reporting", "Supported versions"])
def test_nobody_has_to_guess(title: str) -> None:
    assert section(TEXT, title).strip()


def test_no_address_is_invented() -> None:
    assert not re.findall(r"[\w.]+@[\w-]+\.\w+|https?://\w", TEXT)


def test_every_threat_has_its_answer() -> None:
    rows = [line for line in THREATS.splitlines() if line.startswith("| **")]
    assert len(rows) >= 30
    assert all(len([cell for cell in row.split(" | ") if cell.strip()]) == 2 for row in rows)


@pytest.mark.parametrize(
    "name",
    [
        "tests/docs/test_nothing.py::test_there_are_promises_and_all_of_them_were_read",
        "tests/docs/test_promises.py::test_of_nobody",
        "tests/docs/test_promises.py::section",
        "tests/docs/conftest.py::runner",
    ],
)
def test_a_name_that_holds_nothing_is_found(name: str) -> None:
    assert what_is_wrong_with(name) is not None


def test_a_test_that_does_not_run_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tests").mkdir()
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    for number, text in enumerate(
        (
            "@pytest.mark.skipif(True, reason='')\ndef test_it(): ...\n",
            "pytestmark = pytest.mark.xfail\ndef test_it(): ...\n",
            "def test_it(): ...\n",
        )
    ):
        (tmp_path / "tests" / f"test_{number}.py").write_text(text, encoding="utf-8")
    found = [what_is_wrong_with(f"tests/test_{number}.py::test_it") for number in range(3)]
    assert [why is None for why in found] == [False, False, True]


def test_a_promise_without_a_test_is_found() -> None:
    items = items_of("- **One.** Held.\n  - `tests/a.py::test_b`\n- **Two.** Said.\n")
    assert [bool(TEST.search(text)) for text in items.values()] == [True, False]

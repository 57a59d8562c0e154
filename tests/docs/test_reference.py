"""The reference is what the code does: every value, pattern, reason and code in it is tried."""

import ast
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tables
from codes_by_example import EXAMPLES, provoke
from flask import Flask
from reasons_by_example import example_of

from flask_corsguard import CORSGuard, Policy, Reason, cors_decided
from flask_corsguard.protocol.codes import CODES
from repository import ROOT

REFERENCE = ROOT / "docs" / "reference"
OPTIONS = tables.all_options()
PERMITTED = [(name, value) for name, option in OPTIONS.items() for value in option.permitted]
PROHIBITED = [(name, value) for name, option in OPTIONS.items() for value in option.prohibited]


def rows_of(page: Path) -> Iterator[list[list[str]]]:
    """Yield the rows of the first table of a page, each cell as the code in it."""
    lines = page.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| ---"))
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            return
        yield [re.findall(r"`([^`]+)`", cell) for cell in line.split(" | ")]


ORIGINS = [
    (written, origin, wanted)
    for (written,), allowed, others in rows_of(REFERENCE / "origins.md")
    for origins, wanted in ((allowed, True), (others, False))
    for origin in origins
]
PATHS = [
    (written, path, wanted)
    for (written,), governed, others in rows_of(REFERENCE / "paths.md")
    for paths, wanted in ((governed, True), (others, False))
    for path in paths
]


@pytest.mark.parametrize(("name", "value"), PERMITTED)
def test_a_permitted_value_is_accepted_in_silence(name: str, value: str) -> None:
    assert provoke(tables.program_for(name, value)) == []


@pytest.mark.parametrize(("name", "value"), PROHIBITED)
def test_a_prohibited_value_is_refused(name: str, value: str) -> None:
    said = provoke(tables.program_for(name, value))
    assert [CODES[saying.code][0].value for saying in said] == ["error"]


@pytest.mark.parametrize("name", [name for name in OPTIONS if not name.startswith("dangerously")])
def test_an_option_has_examples_of_both_kinds(name: str) -> None:
    assert OPTIONS[name].permitted
    assert OPTIONS[name].prohibited


@pytest.mark.parametrize("code", CODES)
def test_the_example_of_a_code_provokes_that_code_alone(code: str) -> None:
    assert [saying.code for saying in provoke(EXAMPLES[code])] == [code]


def test_there_are_no_examples_of_codes_that_are_gone() -> None:
    assert EXAMPLES.keys() == CODES.keys()


def test_every_code_belongs_to_a_group() -> None:
    assert {code[2] for code in CODES} == set(tables.GROUPS)


@pytest.mark.parametrize("reason", Reason)
def test_the_example_of_a_reason_is_rejected_for_it(reason: Reason) -> None:
    example = example_of(reason)
    assert example.reason is reason
    assert len(example.signals) == 1


@pytest.mark.parametrize(("written", "origin", "wanted"), ORIGINS)
def test_an_origin_pattern_allows_what_the_table_says(
    written: str, origin: str, wanted: bool
) -> None:
    rule = eval(written, {"re": re})  # noqa: S307 - a cell of our own table
    app = Flask("shop")
    CORSGuard(app, origins=Policy(origins=rule).origins)
    response = app.test_client().get("/", headers={"Origin": origin})
    assert response.headers.get("Access-Control-Allow-Origin") == (
        (origin if rule != "*" else "*") if wanted else None
    )


@pytest.mark.parametrize(("written", "path", "wanted"), PATHS)
def test_a_path_pattern_governs_what_the_table_says(written: str, path: str, wanted: bool) -> None:
    pattern = eval(written, {"re": re})  # noqa: S307 - a cell of our own table
    app = Flask("shop")
    app.url_map.merge_slashes = False
    CORSGuard(app, resources={pattern: {"origins": "*"}})
    seen: list[str | None] = []
    with cors_decided.connected_to(lambda _, decision: seen.append(decision.policy), app):
        app.test_client().get(path, headers={"Origin": "https://app.example.com"})
    assert [policy is not None for policy in seen] == [wanted]


def test_the_log_has_the_attributes_that_the_table_says(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask("shop")
    with caplog.at_level(logging.INFO, logger="flask_corsguard"):
        CORSGuard(app, origins=[])
        CORSGuard(Flask("other"), origins="https://app.example.com")
        app.test_client().get("/", headers={"Origin": "https://evil.test"})
    found = [
        (record.levelname, {name for name in vars(record) if name.startswith("cors_")})
        for record in caplog.records
    ]
    table = [(cells[0][0], set(cells[2])) for cells in rows_of(REFERENCE / "signals.md")]
    assert table[0] in found
    assert table[1] in found


def test_every_public_name_is_in_the_reference(public_names: set[str]) -> None:
    pages = [REFERENCE / "api.md", REFERENCE / "signals.md"]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert public_names <= set(re.findall(r"flask_corsguard\.(\w+)", text))


@pytest.mark.parametrize(
    "make",
    [tables.readme_table, tables.keys_table, tables.codes_page, tables.reasons_page],
)
def test_what_is_generated_is_the_same_every_time(make: Callable[[], str]) -> None:
    assert make() == make()


@pytest.mark.parametrize("name", ["codes_by_example", "reasons_by_example"])
def test_an_example_is_given_once(name: str) -> None:
    tree = ast.parse((ROOT / "docs" / "_ext" / f"{name}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            keys = [ast.unparse(key) for key in node.keys if key is not None]
            assert len(keys) == len(set(keys))

"""Every example of the README and the documentation does what it says."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from fenced import RUN, SHOWN, Block, Runner, blocks_of, chains_of, commands_of

from repository import ROOT, repository_files

PAGES = [
    path
    for path in repository_files()
    if path.suffix == ".md" and (path.parts[0] == "docs" or len(path.parts) == 1)
]
TEXTS = {path: (ROOT / path).read_text(encoding="utf-8") for path in PAGES}
CHAINS = [
    pytest.param(path, chain, id=f"{path}:{chain[0].line}")
    for path, text in TEXTS.items()
    if path.name not in {"CHANGELOG.md", "CONTRIBUTING.md"}
    for chain in chains_of(text)
]
SHOWN_BLOCKS = [
    pytest.param(block, id=f"{path}:{block.line}")
    for path, text in TEXTS.items()
    for block in blocks_of(text)
    if "browser" in block.marks
]


@pytest.mark.parametrize(("path", "chain"), CHAINS)
def test_the_example_does_what_it_says(path: Path, chain: list[Block], runner: Runner) -> None:
    runner.page = ROOT / path
    for block in chain:
        runner.run(block)
    assert runner.asked is None, "a request without its response"


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_every_block_is_run_or_cannot_be(path: Path) -> None:
    languages = {block.language for block in blocks_of(TEXTS[path])}
    assert languages <= RUN | SHOWN


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_no_example_hides_where_it_is_not_run(path: Path) -> None:
    fences = re.findall(r"^ *```(\w+)", TEXTS[path], re.MULTILINE)
    assert len(fences) == len(blocks_of(TEXTS[path]))


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_a_command_that_is_not_run_exists(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    name = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
    for command in commands_of(TEXTS[path]):
        if command.startswith("make "):
            target = command.split()[1]
            assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), command
        if command.startswith("pip "):
            assert command == f"pip install {name}"


@pytest.mark.parametrize("block", SHOWN_BLOCKS)
def test_what_a_browser_says_is_what_it_says(block: Block) -> None:
    measured = json.loads((ROOT / "tests/data/messages.json").read_text(encoding="utf-8"))
    known = {without_names(row["template"]) for row in measured}
    assert without_names(block.text.strip()) in known


def without_names(message: str) -> str:
    """Replace what differs from request to request, in a message or its template."""
    line = " ".join(message.split())
    line = re.sub(r"<[A-Z]+>|https?://[\w.:/-]*\w", "<NAME>", line)
    return re.sub(r"(?<=Request header field )\S+|(?<=: Method )\S+", "<NAME>", line)


def test_a_wrong_example_fails(runner: Runner) -> None:
    runner.run(Block("python", "answer = 41", 1, ()))
    with pytest.raises(AssertionError, match="Expected"):
        runner.run(Block("pycon", ">>> answer\n42\n", 2, ()))


def test_a_header_more_than_written_fails(runner: Runner) -> None:
    runner.run(Block("python", "from werkzeug.wrappers import Response", 1, ()))
    runner.run(Block("python", "app = Response('', headers={'Vary': 'Origin'})", 2, ()))
    runner.run(Block("http", "GET / HTTP/1.1\n", 3, ()))
    with pytest.raises(AssertionError):
        runner.run(Block("http", "HTTP/1.1 200 OK\n", 4, ()))


def test_a_line_of_the_log_that_is_missing_fails(runner: Runner) -> None:
    runner.run(Block("python", "import flask_corsguard", 1, ()))
    with pytest.raises(AssertionError):
        runner.run(Block("text", "CORS request rejected\n", 2, ("log",)))


def test_a_file_is_run_by_somebody() -> None:
    for path, text in TEXTS.items():
        for chain in chains_of(text):
            for place, block in enumerate(chain):
                later = [other.language for other in chain[place:]]
                assert block.file is None or "console" in later, f"{path}:{block.line}"


def test_a_command_that_prints_something_else_fails(runner: Runner) -> None:
    runner.run(Block("console", "$ echo yes\nyes\n", 1, ()))
    with pytest.raises(AssertionError):
        runner.run(Block("console", "$ echo yes\nno\n", 1, ()))


def test_blocks_share_a_namespace_where_they_say_so() -> None:
    text = "```python\na\n```\n\n<!-- continues -->\n```python\nb\n```\n\n```python\nc\n```\n"
    assert [[b.text for b in chain] for chain in chains_of(text)] == [["a\n", "b\n"], ["c\n"]]

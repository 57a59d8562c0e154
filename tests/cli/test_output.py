"""Tables fit wherever they are shown, and show what is in them, whatever that is."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_corsguard.cli.output import Table, emit
from flask_corsguard.cli.plain import plain_lines, wrapped
from flask_corsguard.cli.progress import progress

from .conftest import environment

TEXT = st.text(max_size=120)


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=4), st.integers(40, 120))
def test_no_line_is_longer_than_the_terminal(rows: list[tuple[str, ...]], width: int) -> None:
    lines = plain_lines(("one", "two", "three"), rows, width)
    assert all(len(line) <= width for line in lines)


@given(TEXT, st.integers(8, 80))
def test_wrapping_loses_nothing_but_spaces(text: str, width: int) -> None:
    lines = wrapped(text, width)
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text.replace("\n", " "))
    assert "".join("".join(lines).split()) == "".join(shown.split())


def test_a_terminal_is_sent_no_command() -> None:
    (line,) = wrapped("\x1b[31mred\x07", 80)
    assert line == "\\x1b[31mred\\x07"


def test_a_long_word_is_cut_behind_a_slash() -> None:
    assert wrapped("/api/orders/<int:number>", 14) == ["/api/orders/", "<int:number>"]


def test_a_cell_of_csv_is_no_formula(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table(title="t", columns=("a", "b"), rows=[("=1+1", "fine, too")])
    emit("csv", [table], None)
    assert capsys.readouterr().out == 'a,b\n\'=1+1,"fine, too"\n'


def test_an_empty_table_says_so_or_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    emit(
        "table", [Table(title="A", columns=("a",), empty="none."), Table(title="B", columns=())], 0
    )
    assert capsys.readouterr().out == "A: none.\n"


def test_progress_elsewhere_than_on_a_terminal_is_a_few_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress("Asking", 10) as advance:
        for _ in range(10):
            advance(1)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[-1] == "Asking: 10 of 10"
    assert len(said.err.splitlines()) <= 4


def run(code: str, **more: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(**more),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


HIDE_RICH = "import sys; sys.modules['rich'] = None; sys.modules['rich.box'] = None\n"
SHOW = (
    "from flask_corsguard.cli.output import Table, emit\n"
    "emit('table', [Table(title='T', columns=('a',), rows=[('[red]x[/red]',)])], None)\n"
)


def test_without_rich_tables_are_plain() -> None:
    assert run(HIDE_RICH + SHOW, FORCE_COLOR="1") == "T\na\n------------\n[red]x[/red]\n"


def test_rich_takes_no_text_for_markup() -> None:
    assert "[red]x[/red]" in run(SHOW, FORCE_COLOR="1")


def test_a_missing_rich_is_named_with_the_command_that_brings_it() -> None:
    code = HIDE_RICH + (
        "from flask_corsguard.errors import MissingExtraError\n"
        "try:\n    import flask_corsguard.cli.pretty\n"
        "except MissingExtraError as error: print(error)\n"
    )
    assert "pip install 'flask-corsguard[cli]'" in run(code)


def test_flask_run_pays_for_no_command() -> None:
    code = (
        "import sys, flask_corsguard.cli\n"
        "print(sorted(m for m in sys.modules if m.startswith('flask_corsguard.')))\n"
    )
    loaded = run(code)
    assert "explain" not in loaded
    assert "testing" not in loaded

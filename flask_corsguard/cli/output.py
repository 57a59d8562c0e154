"""
What a command prints: tables for people, JSON and CSV for programs, all from one description.

A command makes `Table`s and a JSON value of the same things and gives both away; nothing else
prints to standard output.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

import click

from .plain import plain_lines, wrapped
from .suggestions import NearestChoice

__all__ = ["Format", "Table", "echo_json", "emit", "format_option", "note", "say", "width"]

_Command = TypeVar("_Command", bound="Callable[..., object]")

_USUAL_WIDTH = 80
_LEAST_WIDTH = 40


class Format(StrEnum):
    """
    Name how the result is written.
    """

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """
    Hold rows of text.

    Attributes:
        title: Stands above it.
        columns: The heads of the columns.
        rows: One text for each column.
        empty: What to say where there are no rows; None: say nothing.
    """

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]] = field(default_factory=tuple[Sequence[str], ...])
    empty: str | None = None


def format_option(*formats: str) -> Callable[[_Command], _Command]:
    """
    Add `--format`; the command's function gets it as `format_`.

    Args:
        *formats: What can be chosen, the default first; by default, those of `Format`.
    """
    choices = formats or tuple(str(each) for each in Format)
    return click.option(
        "--format",
        "format_",
        type=NearestChoice(choices),
        default=choices[0],
        show_default=True,
        help="How to write the result.",
    )


def emit(format_: str, tables: Iterable[Table], value: object) -> None:
    """
    Write a result to standard output.

    Args:
        format_: A member of `Format`.
        tables: The result for people; the first one is what CSV is made of.
        value: The result as plain values, for JSON.
    """
    shown = list(tables)
    if format_ == Format.JSON:
        echo_json(value)
    elif format_ == Format.CSV:
        click.echo(_csv(shown[0]), nl=False)
    else:
        for number, table in enumerate(shown):
            _show(table, first=number == 0)


def echo_json(value: object) -> None:
    """
    Write plain values as JSON: readable, ASCII only, and a new line at the end.
    """
    click.echo(json.dumps(value, indent=2))


def say(text: str = "", *, indent: int = 0) -> None:
    """
    Write a paragraph for people to standard output, wrapped to the terminal.

    Args:
        text: One paragraph.
        indent: How many spaces stand before each line.
    """
    for line in wrapped(text, max(width() - indent, _LEAST_WIDTH)):
        click.echo(f"{' ' * indent}{line}".rstrip())


def note(text: str) -> None:
    """
    Write to standard error what is not the result.
    """
    click.echo(text, err=True)


def width() -> int:
    """
    Give the width of the terminal; 80 where there is none.
    """
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal():
        return max(int(asked), _LEAST_WIDTH)
    try:
        return max(os.get_terminal_size(sys.stdout.fileno()).columns, _LEAST_WIDTH)
    except (OSError, ValueError):
        return _USUAL_WIDTH


def _show(table: Table, *, first: bool) -> None:
    if not table.rows and table.empty is None:
        return
    if not first:
        click.echo()
    if not table.rows:
        say(f"{table.title}: {table.empty}")
        return
    if _wants_rich() and _show_richly(table):
        return
    click.echo(table.title)
    for line in plain_lines(table.columns, table.rows, width()):
        click.echo(line)


def _wants_rich() -> bool:
    """
    Tell whether somebody looks at a terminal; in files and pipes, plain text is better.
    """
    return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))


def _show_richly(table: Table) -> bool:
    from ..errors import MissingExtraError  # noqa: PLC0415 - only where somebody looks

    try:
        from .pretty import show_table  # noqa: PLC0415 - rich takes a tenth of a second
    except MissingExtraError:
        return False
    show_table(table.title, table.columns, table.rows, width())
    return True


def _csv(table: Table) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_harmless(cell) for cell in row] for row in table.rows)
    return out.getvalue()


def _harmless(cell: str) -> str:
    """
    Keep a spreadsheet from taking a text for a formula.
    """
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t")) else cell

"""
Tables and progress bars on a terminal, by rich.

The one module that imports it. Whatever is shown is shown without it, too: see `plain`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Protocol

from ..errors import MissingExtraError

try:
    from rich import box
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.table import Table
    from rich.text import Text
except ImportError as _error:
    raise MissingExtraError("rich", "cli") from _error

__all__ = ["show_progress", "show_table"]


class Advance(Protocol):
    """
    Note that one more step is done.
    """

    def __call__(self, steps: int = 1) -> None:
        """
        Note it.
        """
        ...


def show_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], width: int
) -> None:
    """
    Write a table to standard output.

    Args:
        title: Stands above it.
        columns: The heads.
        rows: One text for each column; shown as it is, never as markup.
        width: How long a line may be.
    """
    table = Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_styled(cell) for cell in row))
    Console(width=width, highlight=False).print(table)


@contextmanager
def show_progress(what: str, total: int) -> Generator[Advance]:
    """
    Show a bar on standard error while something long is done.

    Args:
        what: Stands before the bar.
        total: How many steps there are.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)

        def advance(steps: int = 1) -> None:
            progress.advance(task, steps)

        yield advance


_STYLES = {
    "allowed": "green",
    "blocked": "red",
    "rejected": "red",
    "error": "bold red",
    "warning": "yellow",
    "none": "dim",
}


def _styled(cell: str) -> Text:
    return Text(cell, style=_STYLES.get(cell, ""))

"""
`flask cors origins import`: many rows in one transaction, all or none.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import click

from ..errors import PolicyError
from .exits import FoundError
from .origins_files import FILE_FORMATS, FileReader, format_of
from .origins_stores import opened, store_option
from .origins_words import counted, scope_option
from .output import say
from .progress import progress
from .suggestions import NearestChoice

if TYPE_CHECKING:
    from ..stores import ImportResult, SQLAlchemyOrigins

__all__ = ["import_"]

_LONG = 2000
"""From how many lines on an import takes long enough for a bar."""


@click.command("import", short_help="Read many origins from a file, all or none.")
@click.argument("file", type=click.File("rb"))
@scope_option("Whose the rows are that do not say so.")
@click.option(
    "--format",
    "format_",
    type=NearestChoice(FILE_FORMATS),
    help="What the file is; by default what its name says, else csv.",
)
@click.option(
    "--replace", is_flag=True, help="Remove what the FILE lacks, in the scopes that it names."
)
@store_option
@click.pass_context
def import_(
    ctx: click.Context,
    *,
    file: IO[bytes],
    scope: str | None,
    format_: str | None,
    replace: bool,
    store_name: str | None,
) -> None:
    """
    Read origins from a FILE, or with - from standard input, in one transaction: all or none.

    CSV in UTF-8 begins with a line that names its columns: pattern, and as wanted scope, enabled,
    note, created, expires. JSON is a list of objects with these names, or of patterns. Rows that
    are in the table are written anew. If a row is bad, nothing is changed, and each bad row is
    named by its line.
    """
    # Standard input need not have a name.
    data, name = file.read(), getattr(file, "name", "<stdin>")
    reader = FileReader(name=name, scope=scope)
    with opened(ctx, store_name) as store:
        result = _take_in(store, reader, data, format_ or format_of(name), replace=replace)
    say(
        f"Imported {counted(reader.count, 'row')}: {result.added} added, "
        f"{result.updated} updated, {result.removed} removed."
    )


def _take_in(
    store: SQLAlchemyOrigins, reader: FileReader, data: bytes, format_: str, *, replace: bool
) -> ImportResult:
    """
    Import what a file holds.

    Raises:
        FoundError: With every bad row.
    """
    with _shown(data.count(b"\n")) as tell:
        try:
            return store.import_rows(reader.rows(data, format_), replace=replace, progress=tell)
        except PolicyError as error:
            problems = reader.completed(error.problems)
    lines = [str(problem) for problem in problems]
    bad = len({problem.where.partition(":")[0] for problem in problems})
    raise FoundError("\n".join([*lines, f"{counted(bad, 'bad row')}. Nothing was imported."]))


@contextmanager
def _shown(lines: int) -> Generator[Callable[[int], None] | None]:
    """
    Show a bar, if there is something to wait for.
    """
    if lines < _LONG:
        yield None
        return
    done = 0
    with progress("Importing", lines) as advance:

        def tell(read: int) -> None:
            nonlocal done
            done, steps = read, read - done
            advance(steps)

        yield tell
        tell(lines)

"""
Look at the origins in a database: list, export, check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

import click

from ..protocol.origins import parse_origin
from ..protocol.patterns import candidates
from .exits import ExitCode
from .origins_files import FILE_FORMATS, format_of, write_rows
from .origins_stores import opened, store_option
from .origins_words import counted, in_scope, scope_option
from .output import Format, Table, emit, format_option, note, say
from .problems import problem_table
from .suggestions import ORIGIN, NearestChoice

if TYPE_CHECKING:
    from ..stores import OriginRow, SQLAlchemyOrigins

__all__ = ["check", "export", "list_"]

_COLUMNS = ("scope", "pattern", "counts", "note", "created", "expires")
_State = Callable[["OriginRow"], str]


@click.command("list", short_help="Show the origins, and whether they count.")
@scope_option("Whose to show; by default, everybody's.")
@format_option()
@store_option
@click.pass_context
def list_(ctx: click.Context, *, scope: str | None, format_: str, store_name: str | None) -> None:
    """
    Show what is in the table, and whether it counts.

    What does not count is disabled, expired, or invalid: not kept by the rules, and so allowing
    nobody; `check` says why.
    """
    with opened(ctx, store_name) as store:
        state = _states(store)
        found = [(row, state(row)) for row in store.list(scope)]
    empty = "there are none." if scope is None else f"there are none{in_scope(scope)}."
    table = Table(
        title="Origins", columns=_COLUMNS, rows=[_cells(*each) for each in found], empty=empty
    )
    emit(format_, [table], [{**row.to_dict(), "counts": counts} for row, counts in found])


@click.command(short_help="Write the origins to a file.")
@scope_option("Whose to write; by default, everybody's.")
@click.option(
    "--format",
    "format_",
    type=NearestChoice(FILE_FORMATS),
    help="What to write; by default what the file's name says, else csv.",
)
@click.option(
    "--output",
    "-o",
    type=click.File("w", encoding="utf-8", lazy=True, atomic=True),
    default="-",
    help="The file; by default, standard output.",
)
@store_option
@click.pass_context
def export(
    ctx: click.Context,
    *,
    scope: str | None,
    format_: str | None,
    output: IO[str],
    store_name: str | None,
) -> None:
    """
    Write all rows to a file that `import` takes, disabled and expired ones included.

    Rows are read and written a few at a time, so a million is no problem.
    """
    with opened(ctx, store_name) as store:
        count = write_rows(output, store.list(scope), format_ or format_of(output.name))
    note(f"Exported {counted(count, 'row')}.")


@click.command("check", short_help="Say what allows an origin, or which rows are invalid.")
@click.argument("origin", type=ORIGIN, required=False)
@scope_option("Whose rows; without an ORIGIN, by default everybody's.")
@format_option()
@store_option
@click.pass_context
def check(
    ctx: click.Context,
    *,
    origin: str | None,
    scope: str | None,
    format_: str,
    store_name: str | None,
) -> None:
    """
    Say which row allows an ORIGIN now, or, without one, which rows are invalid.

    The database is asked, and no memory of a worker's. Rows become invalid when somebody edits the
    table by hand, or when the list of public suffixes grows.
    """
    if origin is None:
        with opened(ctx, store_name) as store:
            problems = list(store.problems(scope))
        table = problem_table("Invalid rows", problems, "there are none.")
        emit(format_, [table], [each.to_dict() for each in problems])
        ctx.exit(ExitCode.FOUND if problems else ExitCode.OK)
    whose = scope or ""
    with opened(ctx, store_name) as store:
        pattern = store.find(origin, scope=whose)
        why = "" if pattern else _why_not(store, origin, whose)
    value = {
        "origin": origin,
        "scope": whose,
        "allowed": bool(pattern),
        "pattern": pattern,
        "why": why,
    }
    if format_ == Format.TABLE:
        says = f"allowed by {pattern!r}" if pattern else f"rejected: {why}"
        say(f"{origin}{in_scope(whose)}: {says}.")
    else:
        row = [str(cell or "") for cell in value.values()]
        emit(format_, [Table(title="", columns=tuple(value), rows=[row])], value)
    ctx.exit(ExitCode.OK if pattern else ExitCode.FOUND)


def _why_not(store: SQLAlchemyOrigins, origin: str, scope: str) -> str:
    """
    Say why no row allows an origin, out of the rows that name it.
    """
    parsed = parse_origin(origin)
    if parsed is None:
        return "it is opaque, and any page can be it"
    names, state = frozenset(candidates(parsed)), _states(store)
    try:
        named = [row for row in store.list() if row.pattern in names]
    except TypeError:  # the rows are in a table of the user's
        return "no row allows it"
    here = [f"{row.pattern!r} is {state(row)}" for row in named if row.scope == scope]
    if here:
        return ", ".join(here)
    others = sorted({row.scope for row in named if state(row) == "yes"})
    if others:
        return f"no row of this scope allows it; it is allowed in {_listed(others)}"
    return "no row allows it"


def _states(store: SQLAlchemyOrigins) -> _State:
    """
    Give a function that says whether a row counts now.
    """
    now = datetime.now(UTC)

    def state(row: OriginRow) -> str:
        if not row.enabled:
            return "disabled"
        if row.expires is not None and row.expires <= now:
            return "expired"
        errors = (problem for problem in store.check(row.pattern) if problem.severity == "error")
        return "yes" if next(errors, None) is None else "invalid"

    return state


def _cells(row: OriginRow, counts: str) -> tuple[str, ...]:
    created, expires = (f"{at:%Y-%m-%d %H:%M}" if at else "" for at in (row.created, row.expires))
    return row.scope, row.pattern, counts, row.note, created, expires


def _listed(scopes: Iterable[str]) -> str:
    first, *rest = scopes
    more = f" and {counted(len(rest), 'more scope')}" if rest else ""
    return f"{first!r}{more}" if first else f"the scope of what has none{more}"

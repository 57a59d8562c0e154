"""
`flask cors origins`: the allowed origins in a database, from the command line.

The commands use the store that the application itself uses: its tables, its rules, and what it
tells the other workers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import click

from ..errors import Severity
from .exits import FoundError
from .nearest import NearestGroup
from .origins_looking import check, export, list_
from .origins_stores import opened, store_option
from .origins_taking import import_
from .origins_words import in_scope, missing_row, scope_option, strange_scope
from .output import note, say

__all__ = ["origins"]

_PATTERN = click.argument("pattern", metavar="PATTERN")


class TimeType(click.ParamType[datetime]):
    """
    Take a day or a time; without an offset it is UTC, as in files.
    """

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """
        Give the time, or fail with an example.
        """
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time. Write 2030-01-31 or 2030-01-31T12:00Z.", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.group(
    "origins", cls=NearestGroup, short_help="Manage the allowed origins that are in a database."
)
def origins() -> None:
    """
    Manage the allowed origins that are in a database.

    The database and its rules are those of the store in the application's policies. What is
    changed here counts in every worker as soon as with a change in the application.
    """


@click.command("init", short_help="Make the tables.")
@store_option
@click.pass_context
def init(ctx: click.Context, *, store_name: str | None) -> None:
    """
    Make the tables of the store, where they are missing.

    Where migrations make the tables, leave it to them.
    """
    with opened(ctx, store_name) as store:
        store.create()
        names = (store.tables.origins.name, store.tables.versions.name)
    say(f"The tables are there: {' and '.join(names)}.")


@click.command("add", short_help="Allow an origin, or a pattern of origins.")
@_PATTERN
@scope_option("Whose it is; by default, that of what has no scope.")
@click.option("--note", "remark", default="", metavar="TEXT", help="A word to those who read it.")
@click.option("--expires", type=TimeType(), metavar="TIME", help="When it ends, like 2030-01-31.")
@click.option("--disabled", is_flag=True, help="Write it down, and let it not count yet.")
@store_option
@click.pass_context
def add(
    ctx: click.Context,
    *,
    pattern: str,
    scope: str | None,
    remark: str,
    expires: datetime | None,
    disabled: bool,
    store_name: str | None,
) -> None:
    """
    Allow an origin, or a pattern of origins like https://*.example.com.

    It is held against the rules for origins in code; what would hurt you does not get in.
    """
    whose = scope or ""
    with opened(ctx, store_name) as store:
        known = store.scopes()
        row = store.add(pattern, scope=whose, note=remark, expires=expires, enabled=not disabled)
        warnings = [p for p in store.check(pattern) if p.severity is Severity.WARNING]
    for problem in warnings:
        note(f"Warning: {problem}")
    if hint := strange_scope(whose, known):
        note(f"Note: {hint}")
    end = f" until {row.expires.isoformat()}" if row.expires else ""
    say(f"{'Added, and disabled' if disabled else 'Allowed'}: {pattern}{in_scope(whose)}{end}.")


def _changing(name: str, short_help: str, help_: str, done: str) -> click.Command:
    """
    Make a command that changes one row by the store's method of the same name.
    """

    @click.command(name, short_help=short_help, help=help_)
    @_PATTERN
    @scope_option("Whose it is; by default, that of what has no scope.")
    @store_option
    @click.pass_context
    def change(
        ctx: click.Context, *, pattern: str, scope: str | None, store_name: str | None
    ) -> None:
        whose = scope or ""
        with opened(ctx, store_name) as store:
            method: Callable[..., bool] = getattr(store, name)
            if not method(pattern, scope=whose):
                raise FoundError(missing_row(store, pattern, whose))
        say(f"{done}: {pattern}{in_scope(whose)}.")

    return change


remove: click.Command = _changing(
    "remove",
    "Take an origin out.",
    "Take an origin or a pattern out of the table. To keep it for later, disable it.",
    "Removed",
)
disable: click.Command = _changing(
    "disable",
    "Let an origin count no more, and keep it.",
    "Let an origin or a pattern count no more, and keep it in the table.",
    "Disabled",
)
enable: click.Command = _changing(
    "enable",
    "Let an origin count again.",
    "Let an origin or a pattern count again. It is held against the rules of today.",
    "Enabled",
)

for _command in (init, add, remove, disable, enable, list_, import_, export, check):
    origins.add_command(_command)

"""
The group of commands: `flask cors`.

Not an `AppGroup`: that one loads the application before a command runs, and these commands are for
the day on which it does not load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .exits import epilog
from .suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CorsGroup", "NearestGroup", "cors"]


class NearestGroup(click.Group):
    """
    Answer a misspelt name with the nearest one.
    """

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """
        Find the command that is named, or say which one was probably meant.

        Raises:
            UsageError: If there is none.
        """
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            names = self.list_commands(ctx)
            ctx.fail(f"No such command {name!r}. {did_you_mean(name, names)}")
        return super().resolve_command(ctx, args)


class CorsGroup(NearestGroup):
    """
    Import the commands when they are asked for.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """
        Name the commands, in the order in which they are of use.
        """
        self._load()
        return list(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """
        Give a command, or None.
        """
        self._load()
        return super().get_command(ctx, cmd_name)

    def _load(self) -> None:
        if not self.commands:
            self.commands = {each.name or "": each for each in _all_commands()}


def _all_commands() -> Sequence[click.Command]:
    from .commands import COMMANDS  # noqa: PLC0415 - `flask run` imports this module, too

    return COMMANDS


cors: click.Group = CorsGroup(
    name="cors",
    help="See what CORS policies govern an application, and why a request is rejected.",
    epilog=epilog(),
    context_settings={"help_option_names": ["-h", "--help"]},
)
"""What `flask.commands` leads to."""

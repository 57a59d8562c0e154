"""
The group of commands: `flask cors`.

Not an `AppGroup`: that one loads the application before a command runs, and these commands are for
the day on which it does not load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .exits import epilog
from .nearest import NearestGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CorsGroup", "cors"]


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
            for each in _all_commands():
                self.add_command(each)


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

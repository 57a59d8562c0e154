"""
A group of commands that knows what was probably meant.
"""

from __future__ import annotations

import click

from .suggestions import did_you_mean

__all__ = ["NearestGroup"]


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

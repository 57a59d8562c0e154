"""
The reference of the commands, made from the commands themselves.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click
from tables import escape, table

from flask_corsguard.cli import cors
from flask_corsguard.cli.exits import ExitCode
from flask_corsguard.cli.probing import Flaw

__all__ = ["commands_page", "exits_table", "flaws_table"]


def commands_page() -> str:
    """
    Describe every command, with its arguments and options.
    """
    return "\n".join(_command(path, command) for path, command in _all(("flask", "cors"), cors))


def exits_table() -> str:
    """
    List the exit codes.
    """
    rows = [(f"`{code.value}`", _prose(code.meaning)) for code in ExitCode]
    return table(("Code", "When"), rows)


def flaws_table() -> str:
    """
    List what a probe looks for.
    """
    rows = [(f"`{flaw.value}`", escape(flaw.meaning), escape(flaw.fix)) for flaw in Flaw]
    return table(("Flaw", "What it means", "What to do"), rows)


def _all(path: tuple[str, ...], command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        if found is not None:
            yield from _all((*path, name), found)


def _command(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    text = _prose(inspect.cleandoc(command.help or ""))
    label = "-".join(path.split()[1:])
    rows = [_row(each, context) for each in command.params]
    return (
        f"({label})=\n## `{path}`\n\n```{{code-block}} text\n{usage}\n```\n\n{text}\n\n"
        f"{table(('Argument', 'Default', 'What it says'), rows)}"
    )


def _row(parameter: click.Parameter, context: click.Context) -> tuple[str, ...]:
    if isinstance(parameter, click.Option):
        names = ", ".join(f"`{name}`" for name in parameter.opts)
        kind = "" if parameter.is_flag else f" {_kind(parameter, context)}"
        return f"{names}{kind}", _default(parameter), _prose(parameter.help or "")
    return f"`{parameter.make_metavar(context)}`".replace("|", r"\|"), "", ""


def _prose(text: str) -> str:
    """
    Write a help text so that the names of options stay what they are.
    """
    return re.sub(r"--[\w-]+", r"`\g<0>`", escape(text))


def _kind(option: click.Option, context: click.Context) -> str:
    if isinstance(option.type, click.Choice):
        return ", ".join(f"`{choice}`" for choice in option.type.choices)
    return f"*{escape(option.make_metavar(context))}*"


def _default(option: click.Option) -> str:
    if option.is_flag or option.multiple or not option.show_default:
        return ""
    return f"`{option.default}`"

"""
`flask cors config`: what counts, and who said so.
"""

from __future__ import annotations

from typing import cast

import click

from ..explain import effective, to_plain
from .application import load_application, needs_guard
from .output import Table, emit, format_option

__all__ = ["config"]


@click.command(short_help="Show the effective configuration and its sources.")
@format_option()
@click.pass_context
def config(ctx: click.Context, *, format_: str) -> None:
    """
    Show every option, its value, and where that comes from.

    Sources: code (an argument of CORSGuard), app.config, environment (a FLASK_CORSGUARD_ variable
    that app.config was filled from), the guard's options (inherited by a rule), default.
    """
    app, serving = needs_guard(load_application(ctx))
    settings = effective(app, serving)
    rows = [
        (each.place, _text(each.value), f"{each.source} {each.key}".rstrip()) for each in settings
    ]
    table = Table(title="Configuration", columns=("option", "value", "source"), rows=rows)
    emit(format_, [table], [to_plain(each) for each in settings])


def _text(value: object) -> str:
    if not isinstance(value, tuple):
        return repr(value)
    return ", ".join(map(str, cast("tuple[object, ...]", value))) or "()"

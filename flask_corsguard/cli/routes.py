"""
`flask cors routes`: what governs every route, and which rules are good for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import click

from ..explain import RouteRow, Survey, survey, to_fields, to_plain
from ..explain.governing import Source
from .application import load_application, needs_guard
from .output import Table, emit, format_option

__all__ = ["routes"]

_COLUMNS = ("route", "methods", "policy", "from", "origins")


@click.command(short_help="Show which policy governs each route.")
@format_option()
@click.pass_context
def routes(ctx: click.Context, *, format_: str) -> None:
    """
    Show every route with the policy that governs it and where that comes from.

    The levels, the most specific first: view, blueprint, rule (of resources), guard. A route from
    none is left alone: pages of other origins cannot read it. Below stand path rules that match no
    route, and those that others go before.
    """
    app, serving = needs_guard(load_application(ctx))
    found = survey(app, serving.make_plan())
    value = {
        "routes": [to_plain(row) for row in found.routes],
        "rules": [
            {
                **to_fields(row),
                "matches_nothing": row.matches_nothing,
                "governs_nothing": row.governs_nothing,
            }
            for row in found.rules
        ],
        "uncovered": list(found.uncovered),
    }
    emit(format_, _tables(found), value)


def _tables(found: Survey) -> Iterable[Table]:
    yield Table(
        title="Routes",
        columns=_COLUMNS,
        rows=[_row(row) for row in found.routes],
        empty="there are none.",
    )
    yield Table(
        title="Routes that nothing covers",
        columns=("route",),
        rows=[(name,) for name in found.uncovered],
    )
    yield Table(
        title="Rules that match no route",
        columns=("rule", "policy"),
        rows=[(row.place, row.policy) for row in found.rules if row.matches_nothing],
    )
    yield Table(
        title="Rules that others go before",
        columns=("rule", "does not govern", "because of"),
        rows=[
            (row.place, ", ".join(row.shadowed), ", ".join(row.shadowed_by))
            for row in found.rules
            if row.shadowed
        ],
    )


def _row(row: RouteRow) -> tuple[str, ...]:
    found = row.governing
    origins = ", ".join(found.origins) or ("same origin only" if found.closed else "nobody")
    policy = found.policy or "-"
    source = str(found.source)
    if found.source is Source.NONE:
        origins = "-"
    if row.exceptions:
        source += f" (some paths: {', '.join(row.exceptions)})"
    if found.credentials:
        origins += " with credentials"
    return row.rule, _methods(row.methods), policy, source, origins


def _methods(methods: tuple[str, ...]) -> str:
    """
    Leave out what Flask adds on its own account.
    """
    usual = {"HEAD"} if "GET" in methods else set[str]()
    shown = [method for method in methods if method not in usual | {"OPTIONS"}]
    return ", ".join(shown or methods)

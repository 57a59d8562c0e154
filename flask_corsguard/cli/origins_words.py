"""
What the commands for origins say alike: whose a row is, and what was probably meant.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from ..stores import SQLAlchemyOrigins

__all__ = ["counted", "in_scope", "missing_row", "scope_option", "strange_scope"]

_Command = TypeVar("_Command", bound="Callable[..., object]")

_COMPARED = 5000
"""How many rows are looked at for a similar one: comparing takes longer than reading."""

_NAMED = 3


def scope_option(help_: str) -> Callable[[_Command], _Command]:
    """
    Add `--scope`; the command's function gets it as `scope`.

    Args:
        help_: What it says.
    """
    return click.option("--scope", metavar="SCOPE", help=help_)


def in_scope(scope: str) -> str:
    """
    Give the words that say whose a row is.
    """
    return f" (scope {scope!r})" if scope else ""


def counted(number: int, what: str) -> str:
    """
    Give a number with its noun.
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}".replace(",", " ")


def missing_row(store: SQLAlchemyOrigins, pattern: str, scope: str) -> str:
    """
    Say that a row is not there, and which one was probably meant.

    Args:
        store: Where it is not.
        pattern: What was looked for.
        scope: Whose.
    """
    text = f"{pattern!r} is not in the table{in_scope(scope)}."
    elsewhere = [row.scope for row in store.list() if row.pattern == pattern]
    if elsewhere:
        return f"{text} It is, with {_scopes(elsewhere)}."
    here = [row.pattern for row in islice(store.list(scope), _COMPARED)]
    near = difflib.get_close_matches(pattern.lower(), here, n=1)
    if near:
        return f"{text} Did you mean {near[0]!r}?"
    return f"{text} `flask cors origins list` shows what is."


def strange_scope(scope: str, known: Collection[str]) -> str | None:
    """
    Say what is odd about the scope of a new row; None if nothing is.

    Args:
        scope: Whose the row is.
        known: The scopes that have rows by now.
    """
    if scope in known or not known:
        return None
    if not scope:
        return "all other rows belong to a scope, and this one to none. Say whose: --scope"
    near = difflib.get_close_matches(scope, known, n=1, cutoff=0.8)
    return f"{scope!r} is a new scope. Did you mean {near[0]!r}?" if near else None


def _scopes(scopes: list[str]) -> str:
    named = [f"--scope {scope!r}" for scope in scopes[:_NAMED]]
    more = len(scopes) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")

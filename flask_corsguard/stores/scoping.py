"""
Scopes: whose set of origins applies, computed from what a preflight has.

A scope comes out of a URL, so a stranger writes it. It is read once, here, and everything that is
not a short printable text ends in a rejection; nothing strange reaches a database or a cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..protocol.decision import RequestHead

__all__ = ["MAX_SCOPE", "UNSCOPED", "ScopeFunction", "is_scope", "read_scope"]

ScopeFunction: TypeAlias = Callable[[RequestHead], str | None]
"""Names the scope of a request; None: no scope, nobody is allowed."""

MAX_SCOPE = 128
"""The longest scope, in characters."""

UNSCOPED = ""
"""The scope of what has none. A scope function cannot name it."""


def read_scope(function: ScopeFunction, head: RequestHead) -> str | None:
    """
    Ask a scope function for the scope of a request.

    Args:
        function: The user's.
        head: The request.

    Returns:
        A text of 1 to `MAX_SCOPE` characters; None where nobody is allowed.

    Raises:
        TypeError: If the function gives neither a text nor None.
        Exception: Whatever it raises.
    """
    scope: object = function(head)
    if isinstance(scope, str):
        return scope if 0 < len(scope) <= MAX_SCOPE else None
    if scope is None:
        return None
    kind = type(scope).__name__
    raise TypeError(f"the scope function returned {scope!r:.60}, a {kind}; return a str or None")


def is_scope(text: str) -> bool:
    """
    Tell whether a text may name a scope: short, printable, no space at its ends.

    Control characters and lone surrogates are what some databases raise at, and trailing spaces
    are what some compare as equal.

    Args:
        text: What a scope function gave, or what somebody wants to write into a table.
    """
    return 0 < len(text) <= MAX_SCOPE and text.isprintable() and text == text.strip()

"""
What each browser prints when it blocks, word for word.

The words are the engines' own, measured: who searches the web for the message of a failed test
finds what others found. A browser's new words are a change to its module here and to
`tests/data/messages.json`, nowhere else.
"""

from __future__ import annotations

from ..engines import Engine
from . import chromium, firefox, safari
from .scene import Scene

__all__ = ["Scene", "console"]

_CONSOLES = {
    Engine.CHROMIUM: chromium.console,
    Engine.FIREFOX: firefox.console,
    Engine.SAFARI: safari.console,
}


def console(engine: Engine, scene: Scene) -> tuple[str, ...]:
    """
    Give the lines that a browser prints to its console, in order; the first says why.

    Empty where it prints nothing.
    """
    return _CONSOLES[engine](scene)

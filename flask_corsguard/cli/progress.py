"""
Progress of something long: a bar on a terminal, now and then a line elsewhere.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

import click

from ..errors import MissingExtraError

__all__ = ["progress"]

_LINES = 4


@contextmanager
def progress(what: str, total: int) -> Generator[Callable[[int], None]]:
    """
    Show on standard error how far something is.

    Args:
        what: What is done, in a few words.
        total: How many steps there are.

    Yields:
        A function to call with the number of steps that have been done since.
    """
    if sys.stderr.isatty():
        try:
            from .pretty import show_progress  # noqa: PLC0415 - only where somebody looks
        except MissingExtraError:
            with click.progressbar(length=total, label=what, file=sys.stderr) as bar:
                yield bar.update
        else:
            with show_progress(what, total) as advance:
                yield advance
        return
    yield _Lines(what, total).advance


class _Lines:
    """
    Write a line at each quarter, for the log of a build.
    """

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._done = 0

    def advance(self, steps: int = 1) -> None:
        before, self._done = self._done, self._done + steps
        quarter = -(-self._total // _LINES)
        if before // quarter != self._done // quarter or self._done == self._total:
            click.echo(f"{self._what}: {self._done} of {self._total}", err=True)

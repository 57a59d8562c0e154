"""
One request after the other, called as a server calls, and looked at.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from werkzeug.test import create_environ

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

__all__ = ["in_turns", "timed"]


def _environments(path: str, origins: Iterable[str], count: int) -> list[WSGIEnvironment]:
    """
    Make what requests are called with; some origins take turns.
    """
    bases = [create_environ(path, headers={"Origin": origin}) for origin in origins]
    return [dict(bases[number % len(bases)]) for number in range(count)]


def _ask(app: WSGIApplication, environ: WSGIEnvironment) -> bool:
    """
    Tell whether an application allows a request's origin.
    """
    said: list[list[tuple[str, str]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], *_: object
    ) -> Callable[..., object]:
        if not status.startswith("200"):
            raise RuntimeError(f"an answer that is none: {status}")
        said.append(headers)
        return said.append

    body = app(environ, start_response)
    for _ in body:
        pass
    close = getattr(body, "close", None)
    if close is not None:
        close()
    return ("Access-Control-Allow-Origin", environ["HTTP_ORIGIN"]) in said[0]


def in_turns(
    cells: Mapping[str, Callable[[int], float]], rounds: int, block: int
) -> dict[str, list[float]]:
    """
    Time cells in rounds in which all take turns, in an order that is shuffled anew.

    Args:
        cells: Each does something so many times, and gives the seconds that it took.
        rounds: How many rounds there are.
        block: How many times.

    Returns:
        For each cell and round, the microseconds of one.
    """
    order: Sequence[str] = list(cells)
    samples: dict[str, list[float]] = {name: [] for name in order}
    shuffled = random.Random(rounds)  # noqa: S311 - an order, not a secret
    for cell in cells.values():
        cell(block)
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for name in shuffled.sample(order, len(order)):
            cells[name](max(2, block // 8))
            gc.collect()
            gc.disable()
            seconds = cells[name](block)
            gc.enable()
            samples[name].append(seconds / block * 1e6)
    gc.unfreeze()
    return samples


def timed(
    app: WSGIApplication, path: str, origins: Sequence[str], *, bare: bool
) -> Callable[[int], float]:
    """
    Give a cell: requests from some origins; all have to be allowed, by a bare application none.
    """

    def run(count: int) -> float:
        prepared = _environments(path, origins, count)
        began = time.perf_counter()
        allowed = [_ask(app, environ) for environ in prepared]
        seconds = time.perf_counter() - began
        if any(one is bare for one in allowed):
            raise RuntimeError("an origin is not judged as it should be")
        return seconds

    return run

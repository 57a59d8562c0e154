"""
Measure in rounds: each application once, then all of them again, every other round backwards.

What drifts, drifts under all of them then. A server is started anew in each round, since how the
memory of one process happens to lie makes a difference of several per cent to everything in it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException

from .apps import APPLICATIONS, missing
from .meter import Take
from .plan import Row, Stand
from .questions import WrongAnswerError, check
from .servers import SERVERS, NotThereError, Running, ServerError, Setting, running, running_nginx

__all__ = ["measure", "rounds"]

_WARM_UP = 200


def rounds(
    stands: Sequence[Stand], number: int, setting: Setting, take: Take
) -> Iterator[tuple[int, Stand]]:
    """
    Measure everything, and tell before each stand how far it is.

    Args:
        stands: What to measure; this is where the measurements are put.
        number: How many rounds.
        setting: What all servers share.
        take: What measures.
    """
    for turn in range(number):
        for stand in reversed(stands) if turn % 2 else stands:
            yield turn, stand
            measure(stand, setting, take)


def measure(stand: Stand, setting: Setting, take: Take) -> None:
    """
    Start a server, ask it, measure each of its rows, ask it again, and stop it.

    Args:
        stand: What to measure; what goes wrong is a problem of its rows.
        setting: What all servers share.
        take: What measures.
    """
    rows = [row for row in stand.rows if row.counts]
    if not rows:
        return
    try:
        with _started(stand, setting) as server:
            _check(stand, server)
            for row in rows:
                _measure(row, server, take)
            _check(stand, server)
    except NotThereError as error:
        for row in rows:
            row.absent = str(error)
    except (ServerError, WrongAnswerError, HTTPException, OSError) as error:
        for row in rows:
            row.problem = str(error) or repr(error)


def _measure(row: Row, server: Running, take: Take) -> None:
    for _ in range(_WARM_UP):
        server.ask(row.load.request)
    try:
        row.samples.append(take(server, row.load))
    except WrongAnswerError as error:
        row.problem = str(error)


@contextmanager
def _started(stand: Stand, setting: Setting) -> Generator[Running]:
    if gone := missing(APPLICATIONS[stand.application]):
        raise NotThereError(", ".join(gone))
    with running(SERVERS[stand.server], stand.application, setting) as server:
        if not stand.behind_nginx:
            yield server
            return
        with running_nginx(server, setting) as front:
            yield front


def _check(stand: Stand, server: Running) -> None:
    check(server.ask, APPLICATIONS[stand.application].answers)

"""
`profile`: where the time of a request goes.
"""

from __future__ import annotations

import cProfile
import io
import pstats
from collections.abc import Iterable, Iterator

from .rows import Row
from .scenarios import Scenario
from .timing import make_cells

__all__ = ["profile"]

_REQUESTS = 2000
_LINES = 25


def profile(rows: Iterable[Row], scenarios: Iterable[Scenario]) -> Iterator[str]:
    """
    Yield the functions that take the most time, for each of the cells.

    The profiler makes calls dearer than the rest, so the shares are rough.
    """
    rows = [row for row in rows if not row.bare]
    for scenario in scenarios:
        for cell in make_cells([scenario], rows).values():
            yield f"{cell.row.title}: {scenario.title}, {_REQUESTS} requests"
            profiler = cProfile.Profile()
            with cell.entered():
                cell.answer(50)
                prepared = cell.prepare(_REQUESTS)
                profiler.runcall(cell.row.driver.run, cell.built.app, prepared)
            said = io.StringIO()
            statistics = pstats.Stats(profiler, stream=said).strip_dirs()
            statistics.sort_stats("tottime").print_stats(_LINES)
            yield said.getvalue().strip()

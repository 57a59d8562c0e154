"""
`Results`: what a run measured, and the JSON of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .instructions import Count
from .quartiles import Ratio, Spread, differences, ratio, spread
from .startup import Startup
from .timing import Cell

__all__ = ["Measured", "Results"]

_DIGITS = 3  # of a microsecond: more would be noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """
    Hold what was measured in one cell.

    Attributes:
        row: The implementation's name.
        scenario: The scenario's name.
        requests: How many requests were timed.
        whole: Microseconds of a whole request.
        over: Microseconds over the bare application, in the same rounds.
        over_rounds: The difference in each round.
    """

    row: str
    scenario: str
    requests: int
    whole: Spread
    over: Spread
    over_rounds: Mapping[int, float] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """
        Give what goes into the JSON: the quartiles, not the samples.
        """
        return {
            "implementation": self.row,
            "scenario": self.scenario,
            "requests": self.requests,
            "whole_us": _rounded(asdict(self.whole)),
            "over_bare_us": _rounded(asdict(self.over)),
        }


class Results:
    """
    Hold the measurements of a run.

    Attributes:
        instructions: What was counted.
        startup: What start-up costs; None if it was not measured.
    """

    def __init__(self) -> None:
        self.instructions: list[Count] = []
        self.startup: Startup | None = None
        self._measured: dict[tuple[str, str], Measured] = {}
        self._bare: dict[tuple[str, str], Measured] = {}

    def add(self, cells: Iterable[Cell]) -> None:
        """
        Take in a group that was timed in one go.
        """
        cells = list(cells)
        bare = {(c.row.name, c.scenario.group): c.microseconds for c in cells if c.row.bare}
        for cell in cells:
            over = differences(cell.microseconds, bare[cell.row.base, cell.scenario.group])
            measured = Measured(
                row=cell.row.name,
                scenario=cell.scenario.name,
                requests=cell.requests,
                whole=spread(list(cell.microseconds.values())),
                over=spread(list(over.values())),
                over_rounds=over,
            )
            self._measured[cell.row.name, cell.scenario.name] = measured
            if cell.row.bare:
                self._bare[cell.row.name, cell.scenario.group] = measured

    def __iter__(self) -> Iterator[Measured]:
        return iter(self._measured.values())

    def get(self, row: str, scenario: str) -> Measured | None:
        """
        Give what was measured; a bare application's is that of its group.
        """
        group = scenario.partition("/")[0]
        return self._measured.get((row, scenario)) or self._bare.get((row, group))

    def overhead_ratio(self, scenario: str, above: str, below: str) -> Ratio | None:
        """
        Compare the overheads of two rows in one scenario.
        """
        a, b = self.get(above, scenario), self.get(below, scenario)
        return ratio(a.over, b.over) if a and b else None

    def whole_ratio(self, above: tuple[str, str], below: tuple[str, str]) -> Ratio | None:
        """
        Compare the whole requests of two cells of one group, each a row and a scenario.
        """
        a, b = self.get(*above), self.get(*below)
        return ratio(a.whole, b.whole) if a and b else None

    def to_dict(self, run: dict[str, Any]) -> dict[str, Any]:
        """
        Give what goes into the JSON.

        Args:
            run: What was run, when, and on what.
        """
        startup = _rounded(asdict(self.startup)) if self.startup else None
        return {
            "run": run,
            "startup": startup,
            "times": [measured.to_dict() for measured in self],
            "instructions": [asdict(count) for count in self.instructions],
        }


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {k: round(v, _DIGITS) if isinstance(v, float) else v for k, v in values.items()}

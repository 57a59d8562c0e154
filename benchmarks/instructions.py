"""
How many instructions a request takes: counted, not timed, by `valgrind --tool=callgrind`.

A count does not depend on what else the machine is doing, and two runs of it agree to a few
instructions. What it does not know is what an instruction costs, so it stands beside the times.

One process under valgrind builds the applications and warms them up. For each cell it is forked
twice: one child answers N requests, the other 2N, and everything but the N requests between them
cancels out. That way the start of Python, fifty times as long as usual, is paid for once.
"""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .scenarios import SCENARIOS
from .timing import Cell, make_cells

__all__ = ["COUNTED", "FEW", "Count", "count", "is_there", "subtract"]

COUNTED = ("no-origin/10", "allowed/10", "rejected/10", "preflight/repeated", "preflight/new-url")

FEW = 20
"""How many requests a child answers; its sibling answers twice as many."""

_WARM_UP = 30
_TIMEOUT = 900  # seconds; a run takes one to two minutes
_OUT = re.compile(r"^(?:summary|totals): (\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """
    Hold the instructions of one request.

    Attributes:
        row: The implementation's name.
        scenario: The scenario's name.
        whole: Those of a whole request.
        over: Those over the bare application of the same framework.
    """

    row: str
    scenario: str
    whole: int
    over: int


def is_there() -> bool:
    """
    Tell whether there is a valgrind.
    """
    return shutil.which("valgrind") is not None


def count(rows: Sequence[str], scenarios: Sequence[str]) -> list[Count]:
    """
    Count the instructions of requests.

    Args:
        rows: The names of implementations; the bare ones that they are compared with among them.
        scenarios: The names of scenarios.

    Raises:
        RuntimeError: If valgrind, or what runs under it, fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *("valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/%p.out"),
            *(sys.executable, "-m", __name__, json.dumps([rows, scenarios])),
        ]
        # Sets and dicts in the same order in every run.
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                timeout=_TIMEOUT,
                env=environment,
            )
        except subprocess.TimeoutExpired as error:
            raise RuntimeError(f"valgrind took more than {_TIMEOUT} seconds") from error
        if done.returncode:
            raise RuntimeError(f"valgrind failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        children = [json.loads(line) for line in done.stdout.splitlines()]
        return subtract(children, Path(folder))


def subtract(children: Iterable[tuple[str, str, str, int, int]], folder: Path) -> list[Count]:
    """
    Take what a child counted for N requests from what its sibling counted for 2N.

    Args:
        children: Of each the row, the scenario, the row it is compared with, the number of
            requests, and the process that wrote the count.
        folder: Where the counts are.

    Raises:
        RuntimeError: If a count is missing.
    """
    totals: dict[tuple[str, str], dict[int, int]] = {}
    bases: dict[tuple[str, str], str] = {}
    for row, scenario, base, requests, pid in children:
        found = _OUT.search((folder / f"{pid}.out").read_text(encoding="utf-8"))
        if found is None:
            raise RuntimeError(f"callgrind wrote no total for {row} in {scenario}")
        totals.setdefault((row, scenario), {})[requests] = int(found.group(1))
        bases[row, scenario] = base
    whole = {key: round((by[2 * FEW] - by[FEW]) / FEW) for key, by in totals.items()}
    return [
        Count(row=row, scenario=scenario, whole=n, over=n - whole[bases[row, scenario], scenario])
        for (row, scenario), n in whole.items()
    ]


def _main(arguments: str) -> None:
    """
    Fork a child for each count, and print which it was.
    """
    from .implementations import ROWS  # noqa: PLC0415 - this module is imported without them, too

    names, scenarios = json.loads(arguments)
    for scenario in scenarios:
        # Each scenario by itself, so that all of them have their bare applications.
        cells = make_cells([SCENARIOS[scenario]], [ROWS[name] for name in names])
        for cell in cells.values():
            with cell.entered():
                _count_one(cell)


def _count_one(cell: Cell) -> None:
    cell.answer(_WARM_UP)
    prepared = cell.prepare(2 * FEW)
    gc.collect()
    for requests in (FEW, 2 * FEW):
        pid = _fork(cell, prepared[:requests])
        line = [cell.row.name, cell.scenario.name, cell.row.base, requests, pid]
        print(json.dumps(line), flush=True)


def _fork(cell: Cell, prepared: Sequence[Any]) -> int:
    """
    Answer prepared requests in a child; what it answers was looked at while it warmed up.
    """
    pid = os.fork()
    if pid == 0:
        gc.disable()
        cell.row.driver.run(cell.built.app, prepared)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if status:
        raise RuntimeError(f"{cell.name}: the child ended with status {status}")
    return pid


if __name__ == "__main__":
    _main(sys.argv[1])

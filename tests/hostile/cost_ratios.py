"""
What hostile requests cost in time, as multiples of a friendly one.

    python tests/hostile/cost_ratios.py

The tests count work; this shows that what they count is what takes the time. Nothing is asserted:
the best of several rounds is as steady as a clock gets on a machine with other things to do.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from timeit import Timer

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from hostile.floods import DOORS, FLOODS, FRIENDS, PLAIN, Prepare  # noqa: E402 - the paths first
from support.doors import Request  # noqa: E402

ROUNDS = 60


def microseconds(prepare: Prepare, request: Request) -> float:
    """
    Time one request, at its best.

    Args:
        prepare: The door.
        request: What is sent, each time in new texts: Python remembers the hashes of old ones.
    """
    PLAIN.append(True)
    try:
        return min(Timer(prepare(_anew(request))).timeit(1) for _ in range(ROUNDS)) * 1e6
    finally:
        PLAIN.pop()


def _anew(request: Request) -> Request:
    headers = tuple((name, f"{value} "[:-1]) for name, value in request.headers)
    return replace(request, headers=headers)


def main() -> None:
    """
    Print a table: a door in each column, a request in each row.
    """
    doors = {name: make() for name, make in DOORS.items()}
    times = {
        name: {d: microseconds(prepare, request) for d, prepare in doors.items()}
        for name, request in {**FRIENDS, **FLOODS}.items()
    }
    friendly = {door: max(times[name][door] for name in FRIENDS) for door in doors}
    print(f"{'':32}" + "".join(f"{door:>24}" for door in doors))  # noqa: T201
    for name, row in times.items():
        cells = (f"{us:12.1f} us {us / friendly[door]:6.1f} x" for door, us in row.items())
        print(f"{name:32}" + " ".join(cells))  # noqa: T201


if __name__ == "__main__":
    main()

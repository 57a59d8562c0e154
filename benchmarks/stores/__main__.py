"""
Run the benchmark of the stores: `python -m benchmarks.stores`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ..machine import describe, pin
from .measures import decisions, flood, misses, snapshot_memory
from .report import GOAL, lines
from .rows import connect, fill, tables_of

__all__ = ["main"]

_FEW = 1000
_RESULTS = Path(__file__).parents[1] / "results" / "stores.json"


def main() -> int:
    """
    Measure all, print it, and write it down; 1 if `--goals` is given and one is missed.
    """
    arguments = _parser().parse_args()
    rows, count = (20_000, 2_000) if arguments.quick else (1_000_000, 20_000)
    floods, rounds = (5_000, 30) if arguments.quick else (100_000, 200)
    found: dict[str, Any] = {"machine": describe("python -m benchmarks.stores"), "rows": rows}
    engine = connect()
    with tables_of(engine) as tables:
        _say(f"Copying {rows} rows into PostgreSQL")
        fill(engine, tables, rows)
        _say("Loading a snapshot")
        found["snapshot"] = snapshot_memory(tables.origins.name, rows)
        _say("Missing")
        found["misses"] = misses(engine, tables, rows=rows, count=count)
        _say("Flooding")
        found["flood"] = flood(engine, tables, count=floods)
        _say("Comparing requests")
        pin()
        with tables_of(engine) as few:
            fill(engine, few, _FEW)
            found["decisions"] = decisions(engine, tables, few, rounds=rounds)
    engine.dispose()
    print("\n".join(lines(found)))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    missed = found["decisions"]["SQLAlchemyOrigins, look-up"]["to_static"] > GOAL
    return int(arguments.goals and (missed or found["flood"]["queries"] > found["flood"]["bound"]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.stores", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fiftieth of the rows, in seconds")
    parser.add_argument("--goals", action="store_true", help="fail if a goal is missed")
    parser.add_argument("--json", type=Path, nargs="?", const=_RESULTS, help="where to write it")
    return parser


def _say(text: str) -> None:
    print(f"{text} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

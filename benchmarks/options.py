"""
The options of the command line, read and made definite.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from .goals import GOAL_ROWS, GOAL_SCENARIOS
from .implementations import ROWS
from .rows import Row
from .scenarios import SCENARIOS, Scenario

__all__ = ["Options", "read_options"]

PARTS = ("times", "instructions", "startup")

_EPILOG = """\
what a row says:
  whole      the median of a whole request
  over bare  the median of the differences to the bare application of the same framework,
             round by round; "bare Flask again" shows how far off that can be
  quartiles  of the same differences
  *          a known fault of the row, told below the tables

examples:
  python -m benchmarks                      everything, in under ten minutes
  python -m benchmarks --quick --goals      what the goals need, in half a minute
  python -m benchmarks --scenario 'preflight/*' --implementation 'guard*' --quick
  python -m benchmarks --profile --scenario patterns/1000 --implementation guard
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """
    Say what is to be done.

    Attributes:
        scenarios: What is asked.
        rows: Who is asked, the bare applications they are compared with among them.
        parts: What is measured.
        rounds: `whole`, `quick`, or `brief`: quick, and of everything.
        counted: Whether the scenarios were named, so that instructions are counted in all of them.
        json: Where the results are written to, too.
        publish: Whether they are kept, and the documentation's tables are made of them.
        instead: What is done instead: `list`, `check`, `profile`, or nothing of these.
    """

    scenarios: tuple[Scenario, ...]
    rows: tuple[Row, ...]
    parts: tuple[str, ...]
    rounds: str
    counted: bool
    json: Path | None
    publish: bool
    instead: str | None


def read_options(arguments: Sequence[str] | None) -> Options:
    """
    Read the command line; what makes no sense ends the program.

    Args:
        arguments: Without the name of the program; None for those of the process.
    """
    parser = _parser()
    found = parser.parse_args(arguments)
    chosen = found.scenario or found.implementation
    if found.publish and (chosen or found.goals or found.quick or found.part):
        parser.error("--publish takes a whole run, with nothing narrowed down")
    usual = [name for name in SCENARIOS if not (found.quick and name.endswith("/100000"))]
    scenarios = _choose(parser, SCENARIOS, found.scenario, GOAL_SCENARIOS if found.goals else usual)
    rows = _choose(parser, ROWS, found.implementation, GOAL_ROWS if found.goals else ROWS)
    quick = "quick" if chosen or found.goals else "brief"
    return Options(
        scenarios=tuple(SCENARIOS[name] for name in scenarios),
        rows=_with_bases(rows),
        parts=tuple(found.part or _usual_parts(found)),
        rounds=quick if found.quick else "whole",
        counted=bool(found.scenario),
        json=found.json,
        publish=found.publish,
        instead=found.instead,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure what cross-origin access costs, in process, all rows in one run.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="fewer rounds, 100 000 only if named: a minute")
    add("--goals", action="store_true", help="only what the goals are about")
    for name in ("scenario", "implementation"):
        said = "only these: a name of --list, or a pattern; as often as you like"
        add(f"--{name}", action="append", metavar="NAME", help=said)
    add("--part", action="append", choices=PARTS, help="only these; as often as you like")
    add("--json", type=Path, metavar="FILE", help="write the results there, too")
    add("--publish", action="store_true", help="keep them, and make the docs' tables of them")
    instead = {
        "list": "say what there is, and measure nothing",
        "check": "ask everything once, and measure nothing",
        "profile": "say where the time goes instead",
    }
    only_one = parser.add_mutually_exclusive_group()
    for name, said in instead.items():
        only_one.add_argument(
            f"--{name}", dest="instead", action="store_const", const=name, help=said
        )
    return parser


def _usual_parts(found: argparse.Namespace) -> Sequence[str]:
    """
    Give the parts of a run that names none: the less is asked for, the fewer.
    """
    if found.quick or found.scenario or found.implementation:
        return ("times",)
    return ("times", "startup") if found.goals else PARTS


def _choose(
    parser: argparse.ArgumentParser,
    known: Mapping[str, Any],
    asked: list[str] | None,
    usual: Iterable[str],
) -> list[str]:
    patterns = asked or list(usual)
    strange = [p for p in asked or () if not any(fnmatchcase(name, p) for name in known)]
    if strange:
        parser.error(f"nothing is called {' or '.join(strange)}; --list says what there is")
    return [name for name in known if any(fnmatchcase(name, pattern) for pattern in patterns)]


def _with_bases(names: Sequence[str]) -> tuple[Row, ...]:
    wanted = {*names, *(ROWS[name].base for name in names)}
    return tuple(row for row in ROWS.values() if row.name in wanted)

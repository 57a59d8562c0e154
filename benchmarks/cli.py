"""
The command line: `python -m benchmarks --help`.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from . import instructions, report, startup
from .answers import WrongAnswerError
from .goals import goals_to_list
from .implementations import ROWS
from .machine import describe, pin
from .options import Options, read_options
from .profiles import profile
from .progress import show
from .publish import publish, to_json
from .results import Results
from .scenarios import GROUPS, SCENARIOS
from .timing import Plan, check, make_cells, time_group

__all__ = ["main"]

_PLANS = {
    "whole": Plan(),
    "quick": Plan(rounds=25, slow=0.6, fewest=3),
    "brief": Plan(rounds=9, slow=0.6, fewest=3),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Do what is asked for; the exit code is 1 if an implementation answers wrongly.

    Args:
        arguments: Those of the command line, without the name of the program.
    """
    options = read_options(arguments)
    said = sys.argv[1:] if arguments is None else arguments
    instead = {"list": _list, "check": _check, "profile": _profile}
    try:
        if options.instead:
            _print(instead[options.instead](options))
        else:
            _write(_measure(options), options, shlex.join(["python", "-m", "benchmarks", *said]))
    except WrongAnswerError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def _print(lines: Iterable[str]) -> None:
    show("")
    for line in lines:
        print(line, flush=True)


def _list(_: Options) -> Iterable[str]:
    for title, known in (("scenarios", SCENARIOS), ("implementations", ROWS)):
        yield f"{title}:"
        yield from (f"  {name:28}{thing.title}" for name, thing in known.items())


def _check(options: Options) -> Iterable[str]:
    answered = 0
    wrong: list[str] = []
    for group in GROUPS:
        cells = make_cells([s for s in options.scenarios if s.group == group], options.rows)
        wrong += check(cells)
        answered += len(cells)
    if wrong:
        raise WrongAnswerError("\n\n".join(wrong))
    yield f"{answered} cells answer as they are said to"
    yield from report.note_lines(options.scenarios, options.rows)


def _profile(options: Options) -> Iterable[str]:
    return profile(options.rows, options.scenarios)


def _measure(options: Options) -> Results:
    results = Results()
    processor = pin()
    print("on any processor" if processor is None else f"on processor {processor}", flush=True)
    if "times" in options.parts:
        _time(results, options)
        _print(["", *report.note_lines(options.scenarios, options.rows)])
    if "instructions" in options.parts:
        _count(results, options)
    if "startup" in options.parts:
        show("start-up")
        results.startup = startup.measure()
        _print(report.startup_lines(results.startup))
    return results


def _time(results: Results, options: Options) -> None:
    plan = _PLANS[options.rounds]
    for group in GROUPS:
        asked = [s for s in options.scenarios if s.group == group]
        show(f"{group}: starting up")
        cells = make_cells(asked, options.rows)
        if wrong := check(cells):
            raise WrongAnswerError("\n\n".join(wrong))
        if cells:
            time_group(cells, plan, lambda n, g=group: show(f"{g}: round {n + 1}/{plan.rounds}"))
            results.add(cells.values())
            _print(report.group_lines(results, asked))


def _count(results: Results, options: Options) -> None:
    if not instructions.is_there():
        _print(["", "there is no valgrind, so no instructions are counted"])
        return
    scenarios = [s.name for s in options.scenarios]
    if not options.counted:
        scenarios = [name for name in scenarios if name in instructions.COUNTED]
    show(f"instructions: {', '.join(scenarios)}")
    try:
        results.instructions = instructions.count([row.name for row in options.rows], scenarios)
    except RuntimeError as error:
        # The times that were measured before are not to be lost for it.
        _print(["", f"no instructions were counted: {error}"])
    _print(report.count_lines(results))


def _write(results: Results, options: Options, command: str) -> None:
    _print(report.goal_lines(results))
    run: dict[str, Any] = describe(command)
    run["titles"] = {row.name: row.title for row in options.rows}
    faults = [
        {"fault": fault, "implementations": titles, "scenarios": names}
        for titles, fault, names in report.notes(options.scenarios, options.rows)
    ]
    found = {**results.to_dict(run), "goals": goals_to_list(results), "faults": faults}
    if options.json:
        options.json.write_text(to_json(found), encoding="utf-8")
    if options.publish:
        _print(f"written: {path}" for path in publish(found))

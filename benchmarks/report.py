"""
The tables of a run, as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .goals import GOALS, NEWEST, Goal
from .implementations import ROWS
from .quartiles import Ratio
from .results import Measured, Results
from .rows import Row
from .scenarios import SCENARIOS, Scenario
from .startup import Startup

__all__ = [
    "count_lines",
    "goal_lines",
    "group_lines",
    "microseconds",
    "note_lines",
    "notes",
    "startup_lines",
]


def group_lines(results: Results, scenarios: Iterable[Scenario]) -> Iterator[str]:
    """
    Yield a table for each scenario: a line for each implementation.
    """
    for scenario in scenarios:
        rows = [m for row in ROWS if (m := results.get(row, scenario.name))]
        yield f"\n{scenario.title}  [{scenario.name}]"
        yield f"{'':34}{'whole':>12}{'over bare':>12}{'quartiles':>22}{'/ Flask-CORS':>14}"
        yield from (_line(results, scenario, measured) for measured in rows)


def _line(results: Results, scenario: Scenario, measured: Measured) -> str:
    row = ROWS[measured.row]
    whole = f"{microseconds(measured.whole.middle):>12}"
    if row.name == row.base:
        return f"{row.title:34}{whole}"
    over = f"{microseconds(measured.over.middle):>12}"
    quartiles = f"{measured.over.low:.2f} .. {measured.over.high:.2f}"
    against = results.overhead_ratio(scenario.name, row.name, NEWEST)
    # Over another framework, a ratio would compare two things at once.
    fits = row.base == ROWS[NEWEST].base and not row.bare
    told = f"{against.value:.3f}" if against and fits else ""
    mark = " *" if row.expects(scenario) else ""
    return f"{row.title + mark:34}{whole}{over}{quartiles:>22}{told:>14}"


def microseconds(value: float) -> str:
    """
    Write a time so that three digits say something.
    """
    if abs(value) >= 1000:  # noqa: PLR2004 - a millisecond
        return f"{value / 1000:.2f} ms"
    return f"{value:.1f} us" if abs(value) >= 10 else f"{value:.2f} us"  # noqa: PLR2004 - digits


def notes(
    scenarios: Iterable[Scenario], rows: Iterable[Row]
) -> Iterator[tuple[list[str], str, list[str]]]:
    """
    Yield what implementations are known to answer wrongly: their titles, the fault, and where.
    """
    scenarios = list(scenarios)
    same: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for row in rows:
        for fault, names in row.declared(scenarios).items():
            same.setdefault((fault, tuple(names)), []).append(row.title)
    yield from ((titles, fault, list(names)) for (fault, names), titles in same.items())


def note_lines(scenarios: Iterable[Scenario], rows: Iterable[Row]) -> Iterator[str]:
    """
    Yield the footnotes of the tables.
    """
    for titles, fault, names in notes(scenarios, rows):
        yield f"* {fault} ({', '.join(names)}): {', '.join(titles)}"


def count_lines(results: Results) -> Iterator[str]:
    """
    Yield the instructions of a request, a line for each implementation.
    """
    for name in dict.fromkeys(count.scenario for count in results.instructions):
        yield f"\n{SCENARIOS[name].title}  [{name}]"
        yield f"{'':34}{'instructions':>14}{'over bare':>12}"
        for count in results.instructions:
            if count.scenario == name:
                yield f"{ROWS[count.row].title:34}{count.whole:14,}{count.over:12,}"


def startup_lines(startup: Startup) -> Iterator[str]:
    """
    Yield what start-up costs.
    """
    yield "\nstart-up with 100 000 origins and 1 000 patterns"
    yield f"  time    {startup.compile_seconds:.2f} s"
    yield (
        f"  memory  {startup.compile_peak_mib:.1f} MiB at most, {startup.compile_kept_mib:.1f} MiB"
        f" kept; the process grew by {startup.compile_rss_mib:.1f} MiB at most"
    )
    yield "import"
    yield f"  flask                      {startup.flask_ms:.1f} ms"
    yield f"  then the guard, {startup.guard_modules} modules  {startup.guard_ms:.1f} ms"


def goal_lines(results: Results) -> Iterator[str]:
    """
    Yield the table of goals: reached, missed, or only told.
    """
    yield f"\n{'goals':52}{'measured':>10}{'+-':>7}{'/ older':>9}{'goal':>7}"
    for goal in GOALS:
        found, older = goal.read(results), goal.older(results)
        if found:
            told = f"{older.value:.3f}" if older else ""
            error = f"{found.error:.3f}" if found.error else ""
            verdict = _verdict(goal, found, older)
            yield f"{goal.title:52}{found.value:10.3f}{error:>7}{told:>9}{verdict}"


def _verdict(goal: Goal, found: Ratio, older: Ratio | None) -> str:
    if goal.bound is None:
        return f"{'-':>7}"
    close = "" if abs(found.value - goal.bound) > 2 * found.error else ", within the noise"
    if found.value <= goal.bound:
        said = "reached"
    elif older and older.value <= goal.bound:
        said = "MISSED (reached against the older one)"
    else:
        said = f"MISSED by {found.value / goal.bound - 1:.0%}"
    return f"{goal.bound:7.2f}  {said}{close if found.error else ''}"

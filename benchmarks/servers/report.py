"""
What came of it: one table, what went wrong, and all numbers in plain values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from .apps import APPLICATIONS
from .goals import GOALS, compare
from .plan import Load, Row, Stand
from .servers import SERVERS

__all__ = ["absences", "problems", "table", "to_dict"]

_APART = 0.2
_TITLE = 36
_WIDTH = 28
_COLUMNS = f"{'req/s':>11} {'x bare':>7} {'us':>8}"


def table(stands: Sequence[Stand]) -> str:
    """
    Write a line for each application and load, and three columns for each server.

    Args:
        stands: What was measured.
    """
    servers = list(dict.fromkeys(stand.server for stand in stands))
    lines = [" " * _TITLE + "".join(f"{SERVERS[name].title:>{_WIDTH}}" for name in servers)]
    for load in Load:
        found = {(s.server, s.title): row for s in stands if (row := s.row(load))}
        if not found:
            continue
        lines += ["", f"{load.value:{_TITLE}}" + _COLUMNS * len(servers)]
        for title in dict.fromkeys(title for _, title in found):
            cells = [_cell(found.get((name, title)), _bare(found, name)) for name in servers]
            lines.append(f"  {title:{_TITLE - 2}}{''.join(cells)}".rstrip())
    return "\n".join(lines)


def problems(stands: Iterable[Stand]) -> list[str]:
    """
    List what was wrong.

    Args:
        stands: What was measured.
    """
    return _told(stands, "problem")


def absences(stands: Iterable[Stand]) -> list[str]:
    """
    List what was not measured, and what it would have taken.

    Args:
        stands: What was measured.
    """
    return _told(stands, "absent")


def to_dict(stands: Sequence[Stand], about: Mapping[str, Any]) -> dict[str, Any]:
    """
    Give everything in plain values.

    Args:
        stands: What was measured.
        about: What there is to know about the machine and the run.
    """
    rows = [_row_to_dict(stand, row) for stand in stands for row in stand.rows]
    goals = [compare(stands, goal).to_dict() for goal in GOALS]
    return {"about": dict(about), "rows": rows, "goals": goals}


def _bare(found: Mapping[tuple[str, str], Row], server: str) -> float | None:
    row = found.get((server, APPLICATIONS["bare"].title))
    return row.rate if row and row.counts else None


def _cell(row: Row | None, bare: float | None) -> str:
    if row is None:
        return " " * _WIDTH
    if not row.counts:
        return f"{'FAILED' if row.problem else 'not there':>{_WIDTH}}"
    against = f"{row.rate / bare:.2f}" if bare else ""
    mark = "*" if _is_unsteady(row) else " "
    return f"{row.rate:10,.0f}{mark} {against:>7} {row.cost * 1e6:8.1f}"


def _is_unsteady(row: Row) -> bool:
    rates = [sample.rate for sample in row.samples]
    apart = max(rates) - min(rates) > _APART * row.rate
    return apart or row.is_disturbed


def _told(stands: Iterable[Stand], name: str) -> list[str]:
    found = [
        f"{SERVERS[stand.server].title}, {stand.title}: {told}"
        for stand in stands
        for row in stand.rows
        if (told := getattr(row, name))
    ]
    return list(dict.fromkeys(found))


def _row_to_dict(stand: Stand, row: Row) -> dict[str, Any]:
    measured = {"rate": row.rate, "cost": row.cost} if row.counts else {}
    return {
        "server": stand.server,
        "application": stand.application,
        "nginx": stand.behind_nginx,
        "title": stand.title,
        "load": row.load.name.lower(),
        "absent": row.absent,
        "problem": row.problem,
        **measured,
        "samples": [asdict(sample) for sample in row.samples],
    }

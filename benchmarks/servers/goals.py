"""
What is to hold, and whether it does: ratios of requests per second, under one server.

A ratio is taken in each round, of what was measured in it, and the median of these is held against
the goal: a minute in which the machine was slow slows both sides. The server's own time gives the
same ratio without the waiting and the client. Where others used the cores, nothing is decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from .apps import APPLICATIONS
from .plan import Load, Row, Stand
from .servers import SERVERS

__all__ = ["GOALS", "Goal", "Result", "compare", "needed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """
    Say what is to hold: the requests per second of one application, against another's.

    Attributes:
        server: The server's name.
        load: What is sent.
        of: The application's name.
        against: The other's.
        least: The least ratio.
    """

    server: str
    load: Load
    of: str
    against: str
    least: float

    def __str__(self) -> str:
        of, against = APPLICATIONS[self.of].title, APPLICATIONS[self.against].title
        return f"{SERVERS[self.server].title}, {self.load}: {of}, against {against}"


GOALS = (
    Goal(server="sync", load=Load.PREFLIGHTS, of="fast", against="flask-cors", least=1.8),
    Goal(server="granian", load=Load.PREFLIGHTS, of="fast", against="flask-cors", least=6),
    *(
        Goal(server=name, load=Load.PREFLIGHTS, of="fast", against="flask-cors-older", least=least)
        for name, least in (("sync", 1.8), ("granian", 6))
    ),
    Goal(server="sync", load=Load.GETS, of="live", against="open", least=0.97),
)
"""The goals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """
    Hold what was measured against a goal.

    Attributes:
        goal: The goal.
        ratios: What each round says; nothing if it could not be measured.
        by_time: What the server's time per request says.
        limit: What a bare closure reaches in place of the application, if that is a limit.
        is_disturbed: Whether others used the cores meanwhile.
    """

    goal: Goal
    ratios: Sequence[float]
    by_time: float | None
    limit: float | None
    is_disturbed: bool = False

    @property
    def is_reached(self) -> bool | None:
        """
        Tell whether the goal is reached; None if nobody knows.
        """
        if self.is_disturbed or not self.ratios:
            return None
        return median(self.ratios) >= self.goal.least

    def __str__(self) -> str:
        verdict = {True: "reached", False: "MISSED", None: "not known"}[self.is_reached]
        verdict = "disturbed" if self.is_disturbed else verdict
        told = [f"{verdict:9}  at least {self.goal.least:<4}  {self.goal}"]
        if self.ratios:
            spread = f"{min(self.ratios):.2f} to {max(self.ratios):.2f}"
            told.append(f"{median(self.ratios):.2f} ({spread})")
        if self.by_time is not None:
            told.append(f"by the server's time {self.by_time:.2f}")
        if self.limit is not None:
            told.append(f"the limit {self.limit:.2f}")
        return "; ".join(told)

    def to_dict(self) -> dict[str, Any]:
        """
        Give it in plain values.
        """
        return {**asdict(self), "is_reached": self.is_reached}


def compare(stands: Iterable[Stand], goal: Goal) -> Result:
    """
    Hold what was measured against a goal.

    Args:
        stands: What was measured.
        goal: The goal.
    """
    found = {
        stand.application: row
        for stand in stands
        if stand.server == goal.server and not stand.behind_nginx and (row := stand.row(goal.load))
    }
    of, against, limit = (_measured(found.get(n)) for n in (goal.of, goal.against, "limit"))
    if of is None or against is None:
        return Result(goal=goal, ratios=(), by_time=None, limit=None)
    # The closure answers preflights alone; a GET goes on to Flask, whatever stands around it.
    is_limit = goal.load is not Load.GETS
    return Result(
        goal=goal,
        ratios=_ratios(of, against),
        by_time=against.cost / of.cost,
        limit=median(_ratios(limit, against)) if limit and is_limit else None,
        is_disturbed=of.is_disturbed or against.is_disturbed,
    )


def needed(stands: Iterable[Stand]) -> list[Stand]:
    """
    Pick what the goals are about, and the limit.

    Args:
        stands: Everything.
    """
    wanted = {
        (goal.server, name, goal.load)
        for goal in GOALS
        for name in (goal.of, goal.against, "limit")
        if (name, goal.load) != ("limit", Load.GETS)
    }
    found: list[Stand] = []
    for stand in (stand for stand in stands if not stand.behind_nginx):
        rows = [r for r in stand.rows if (stand.server, stand.application, r.load) in wanted]
        if rows:
            found.append(Stand(stand.server, stand.application, rows))
    return found


def _measured(row: Row | None) -> Row | None:
    return row if row is not None and row.counts and row.samples else None


def _ratios(of: Row, against: Row) -> tuple[float, ...]:
    pairs = zip(of.samples, against.samples, strict=True)
    return tuple(one.rate / other.rate for one, other in pairs)

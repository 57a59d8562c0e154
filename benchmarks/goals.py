"""
`GOALS`: what the guard is held to, as ratios within one run.

The goals that need real servers are measured by what drives servers, not here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .quartiles import Ratio
from .results import Results

__all__ = ["GOALS", "GOAL_ROWS", "GOAL_SCENARIOS", "Goal", "goals_to_list"]

NEWEST, OLDER = "flask-cors", "older-flask-cors"

GOAL_ROWS = (
    "flask",
    "flask-again",
    "hook",
    *("flask-cors", "flask-cors-view", "older-flask-cors", "older-flask-cors-view"),
    *("guard", "guard-fast", "guard-view"),
)

_BARE = ("flask", "preflight/repeated")
_MODES = {"guard": "hooks", "guard-fast": "fast path"}

Read = Callable[[Results], Ratio | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """
    Hold one bound.

    Attributes:
        title: What is compared with what.
        bound: What is not to be exceeded; None where it is only to be known.
        read: Reads the value from results; None if it was not measured.
        older: The same, against the older Flask-CORS.
    """

    title: str
    bound: float | None
    read: Read
    older: Read = lambda _: None

    def reached(self, results: Results) -> bool | None:
        """
        Tell whether the goal is reached; None if there is no bound, or nothing was measured.
        """
        found = self.read(results)
        return None if found is None or self.bound is None else found.value <= self.bound


def goals_to_list(results: Results) -> list[dict[str, Any]]:
    """
    Give what goes into the JSON: the goals of which something was measured.
    """
    return [
        {
            "goal": goal.title,
            "measured": round(found.value, 4),
            "error": round(found.error, 4),
            "against_older": round(older.value, 4) if (older := goal.older(results)) else None,
            "bound": goal.bound,
            "reached": goal.reached(results),
        }
        for goal in GOALS
        if (found := goal.read(results))
    ]


def _peer(title: str, bound: float | None, scenario: str, row: str, view: str = "") -> Goal:
    """
    Compare an overhead with that of Flask-CORS, the newest and the older one.
    """
    return Goal(
        title=f"{title} / {'its @cross_origin' if view else 'Flask-CORS'}",
        bound=bound,
        read=lambda r: r.overhead_ratio(scenario, row, NEWEST + view),
        older=lambda r: r.overhead_ratio(scenario, row, OLDER + view),
    )


def _whole(
    title: str, bound: float | None, row: str, scenario: str, against: tuple[str, str]
) -> Goal:
    return Goal(title=title, bound=bound, read=lambda r: r.whole_ratio((row, scenario), against))


def _growth() -> list[Goal]:
    bounds = [
        ("allowed", "100000", "100 000 origins", 1.08),
        ("patterns", "1000", "1 000 patterns", 1.10),
        ("paths", "1000", "1 000 path rules", 1.10),
    ]
    return [
        _whole(f"{mode}: request, {title} / 1", bound, row, f"{group}/{size}", (row, f"{group}/1"))
        for group, size, title, bound in bounds
        for row, mode in _MODES.items()
    ]


def _hostile() -> list[Goal]:
    bounds = [("64k", "64 KiB of header names", 1.2), ("bounds", "a list at the bounds", 2.0)]
    friendly = "hostile/friendly"
    return [
        _whole(f"{mode}: {title} / a friendly one", bound, row, f"hostile/{what}", (row, friendly))
        for what, title, bound in bounds
        for row, mode in _MODES.items()
    ]


def _start_up(title: str, bound: float | None, read: Callable[[Any], float]) -> Goal:
    return Goal(
        title=title,
        bound=bound,
        read=lambda r: Ratio(value=read(r.startup)) if r.startup else None,
    )


GOALS: tuple[Goal, ...] = (
    _peer("hooks: allowed GET", 0.13, "allowed/10", "guard"),
    Goal(
        title="hooks: allowed GET / a hook by hand",
        bound=0.7,
        read=lambda r: r.overhead_ratio("allowed/10", "guard", "hook"),
    ),
    _peer("hooks: GET without Origin", 0.10, "no-origin/10", "guard"),
    _whole("hooks: preflight, seen / bare OPTIONS", 0.80, "guard", "preflight/repeated", _BARE),
    _whole("hooks: preflight, new URL / bare OPTIONS", 0.80, "guard", "preflight/new-url", _BARE),
    _peer("fast path: allowed GET", 0.07, "allowed/10", "guard-fast"),
    _peer("fast path: GET without Origin", 0.06, "no-origin/10", "guard-fast"),
    _whole(
        "fast path: preflight, seen / bare OPTIONS", 0.04, "guard-fast", "preflight/repeated", _BARE
    ),
    _whole(
        "fast path: preflight, new URL / bare OPTIONS",
        0.30,
        "guard-fast",
        "preflight/new-url",
        _BARE,
    ),
    *_growth(),
    _peer("hooks: path rules, allowed GET", 0.20, "paths/10", "guard"),
    _peer("fast path: path rules, allowed GET", None, "paths/10", "guard-fast"),
    _peer("decorated view: allowed GET", 0.15, "allowed/10", "guard-view", view="-view"),
    *_hostile(),
    _start_up("seconds to start with 101 000 origins", 1.0, lambda s: s.compile_seconds),
    _start_up("MiB that this takes", 40.0, lambda s: max(s.compile_peak_mib, s.compile_rss_mib)),
    _start_up("import of the guard / import of Flask", None, lambda s: s.guard_ms / s.flask_ms),
)

GOAL_SCENARIOS = (
    "no-origin/10",
    *("allowed/1", "allowed/10", "allowed/100000"),
    *("patterns/1", "patterns/1000"),
    *("paths/1", "paths/10", "paths/1000"),
    *("preflight/repeated", "preflight/new-url"),
    *("hostile/friendly", "hostile/bounds", "hostile/64k"),
)

"""
Problems, as the commands show them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager

from ..errors import PolicyError, Problem
from .exits import FoundError
from .output import Table

__all__ = ["policy_errors", "problem_table"]


def problem_table(title: str, problems: Iterable[Problem], empty: str | None = None) -> Table:
    """
    Make a table of problems.

    Args:
        title: Stands above it.
        problems: In the order in which they were found.
        empty: What to say where there are none.
    """
    rows = [
        (p.code, p.severity.value, shown["where"], f"{p.shown} {shown['why']}. {shown['fix']}")
        for p, shown in ((problem, problem.to_dict()) for problem in problems)
    ]
    return Table(
        title=title, columns=("code", "severity", "where", "what to do"), rows=rows, empty=empty
    )


@contextmanager
def policy_errors() -> Generator[None]:
    """
    End the command with the guard's own words where it refuses something.

    Raises:
        FoundError: With every problem, one on a line.
    """
    try:
        yield
    except PolicyError as error:
        raise FoundError("\n".join(str(p) for p in error.problems)) from error

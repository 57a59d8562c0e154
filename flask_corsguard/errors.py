"""
What can go wrong before the first request: problems in a configuration, and missing extras.

A configuration is judged as a whole: every mistake becomes a `Problem`, and one `PolicyError`
carries them all, so nobody has to fix and restart eleven times.

    Exception
    ├── ValueError
    │   └── PolicyError          a configuration that would not do what it says, or would hurt
    └── ImportError
        └── MissingExtraError    an optional neighbour is not installed
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

__all__ = ["MissingExtraError", "PolicyError", "Problem", "Severity"]

_SHOWN = 100


class Severity(StrEnum):
    """
    How bad a problem is.
    """

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """
    Name one thing that is wrong in a configuration, and what to write instead.

    Attributes:
        code: Stable and unique, like ``CG104``; the reference lists them all.
        severity: An error stops the application from starting; a warning is logged once.
        where: The place, like ``resources['/api/*'].origins[1]``.
        value: What stands there.
        why: The rest of the sentence that begins with the value.
        fix: What to write instead, as a sentence.
    """

    code: str
    severity: Severity
    where: str
    value: object
    why: str
    fix: str

    def __str__(self) -> str:
        return _printable(f"{self.where}: {self.shown} {self.why}. {self.fix} [{self.code}]")

    @property
    def shown(self) -> str:
        """
        Give the value as ASCII text of at most 100 characters.
        """
        text = ascii(self.value)
        return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."

    def inside(self, place: str) -> Problem:
        """
        Give the same problem with its place written from further out.

        Args:
            place: The outer place, like ``resources['/api/*']``.
        """
        joint = "" if self.where.startswith("[") else "."
        return replace(self, where=f"{place}{joint}{self.where}" if place else self.where)

    def to_dict(self) -> dict[str, Any]:
        """
        Give the problem as plain text values, for JSON.
        """
        return {
            "code": self.code,
            "severity": self.severity.value,
            "where": _printable(self.where),
            "value": self.shown,
            "why": _printable(self.why),
            "fix": _printable(self.fix),
        }


def _printable(text: str) -> str:
    """
    Make a text fit for a terminal and a log, whatever the keys are made of that stand in it.
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class PolicyError(ValueError):
    """
    Refuse a configuration, with every problem in it.

    Attributes:
        problems: The errors, in the order in which they were written.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[PolicyError], tuple[tuple[Problem, ...]]]:
        """
        Keep the problems when the error crosses a process boundary.
        """
        return PolicyError, (self.problems,)


class MissingExtraError(ImportError):
    """
    Say which pip command brings an optional neighbour that is not installed.

    Args:
        package: The missing third-party package.
        extra: The extra of flask-corsguard that brings it.
    """

    def __init__(self, package: str, extra: str) -> None:
        self.extra: str = extra
        super().__init__(
            f"{package} is not installed; run: pip install 'flask-corsguard[{extra}]'",
            name=package,
        )

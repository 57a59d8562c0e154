"""
`Row`: one implementation, and what is known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from .answers import Answer, Fault, bare_faults, faults
from .drivers import WSGI, Driver
from .scenarios import Expected, Request, Scenario, Setup, Shape

__all__ = ["Built", "Receiver", "Row"]

_EVERYTHING = frozenset(Shape)


def _nothing() -> None:
    pass


class Receiver:
    """
    Receive a signal, and count how often.
    """

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, _: object, **data: object) -> None:  # noqa: ARG002 - what signals bring
        """
        Be told.
        """
        self.times += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """
    Hold an application that is ready to be called.

    Attributes:
        app: The application.
        enter: Called before a block of requests, untimed: for what is global, settings, say.
        leave: Called after it.
        told: Counts what a receiver of signals was told; None if there is no receiver.
    """

    app: Any
    enter: Callable[[], None] = _nothing
    leave: Callable[[], None] = _nothing
    told: Receiver | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    Hold one implementation.

    Attributes:
        name: How it is asked for.
        title: What it is, for people.
        build: Makes the application for a set-up.
        base: The bare application of the same framework, with which it is compared.
        bare: Whether it knows nothing of CORS.
        shapes: What it can be configured with.
        signals: Whether it has signals that somebody may listen to.
        driver: How it is called.
        known: What it is known to answer wrongly, by scenario; names may be patterns (`hostile/*`).
        note: What else to know.
    """

    name: str
    title: str
    build: Callable[[Setup], Built]
    base: str
    bare: bool = False
    shapes: frozenset[Shape] = _EVERYTHING
    signals: bool = False
    driver: Driver = WSGI
    known: Mapping[str, frozenset[Fault]] = field(default_factory=dict)
    note: str = ""

    def takes(self, scenario: Scenario) -> bool:
        """
        Tell whether it can be configured for a scenario.
        """
        if scenario.group == "signals" and not (self.signals or self.bare):
            return False
        return scenario.setup.shape in self.shapes

    def expects(self, scenario: Scenario) -> frozenset[Fault]:
        """
        Give the faults that are declared for a scenario.
        """
        patterns = (known for known in self.known if fnmatchcase(scenario.name, known))
        return frozenset().union(*(self.known[pattern] for pattern in patterns))

    def declared(self, scenarios: Iterable[Scenario]) -> dict[Fault, list[str]]:
        """
        List the faults that are declared for some of the scenarios, and where, as declared.
        """
        names = [scenario.name for scenario in scenarios if self.takes(scenario)]
        found: dict[Fault, list[str]] = {}
        for pattern, known in self.known.items():
            if any(fnmatchcase(name, pattern) for name in names):
                for fault in sorted(known):
                    found.setdefault(fault, []).append(pattern)
        return found

    def faults(self, answer: Answer, request: Request, expected: Expected) -> frozenset[Fault]:
        """
        List what is wrong with an answer; a bare application may know nothing of CORS.
        """
        if self.bare:
            return bare_faults(answer, expected)
        return faults(answer, request, expected)

"""
Collect problems while options are read.

Every rule reports here and goes on with a harmless value, so one pass finds everything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import cast

from ..errors import PolicyError, Problem, Severity
from .codes import make_problem

__all__ = ["Checker"]


class Checker:
    """
    Hold the options that are being read and what was found wrong with them.

    Attributes:
        options: All options, for rules that look at two of them.
        problems: What was found, in the order in which it was written.
    """

    __slots__ = ("options", "problems")

    def __init__(self, options: Mapping[str, object]) -> None:
        self.options: Mapping[str, object] = options
        self.problems: list[Problem] = []

    @property
    def credentials(self) -> bool:
        """
        Tell whether the policy is to allow credentials.
        """
        return self.options.get("credentials") is True

    @property
    def errors(self) -> list[Problem]:
        """
        Give the problems that forbid to start.
        """
        return [p for p in self.problems if p.severity is Severity.ERROR]

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """
        Give the problems that are worth a line in the log.
        """
        return tuple(p for p in self.problems if p.severity is Severity.WARNING)

    def report(self, code: str, where: str, value: object, why: str, fix: str) -> None:
        """
        Add a problem; the arguments are those of `make_problem`.
        """
        self.problems.append(make_problem(code, where, value, why, fix))

    def finish(self) -> None:
        """
        Refuse the configuration if anything in it is an error.

        Raises:
            PolicyError: With all errors.
        """
        if self.errors:
            raise PolicyError(self.errors)

    def elements(self, where: str, value: object, example: str) -> list[tuple[str, object]]:
        """
        Read a list of values; one string is one value.

        Args:
            where: The place of the list.
            value: What stands there.
            example: What to write, as a Python expression.

        Returns:
            The elements with the place of each.
        """
        written = value
        if isinstance(value, str):
            return [(where, value)]
        # A dict iterates over its keys, bytes over numbers, a generator once: none is a list.
        refused = (bytes, bytearray, memoryview, Mapping, Iterator)
        if not isinstance(value, Collection) or isinstance(value, refused):
            why = "can be read only once" if isinstance(value, Iterator) else "is not a list"
            self.report("CG605", where, written, why, f"Write a list, like {example}.")
            return []
        items = cast("Collection[object]", value)
        ordered = sorted(items, key=repr) if isinstance(items, AbstractSet) else items
        return [(f"{where}[{index}]", item) for index, item in enumerate(ordered)]

    def switch(self, where: str, value: object) -> bool:
        """
        Read True or False; nothing else is either.
        """
        if isinstance(value, bool):
            return value
        self.report("CG604", where, value, "is neither True nor False", "Write True or False.")
        return False

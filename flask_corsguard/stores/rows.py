"""
`OriginRow`: one allowed origin, or pattern of origins, in a table; and what may stand in one.

A row is held against the same rules as an origin in code when it is written, and again when it is
about to allow somebody: tables are edited by hand, and lists of public suffixes grow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

from ..errors import PolicyError, Problem, Severity
from ..protocol.checker import Checker
from ..protocol.codes import make_problem
from ..protocol.origin_rules import check_origins
from ..protocol.origins import parse_origin
from ..protocol.patterns import EVERYBODY, candidates
from .scoping import MAX_SCOPE, UNSCOPED, is_scope

__all__ = [
    "EVERY_SCOPE",
    "LONGEST_NOTE",
    "WHOLE_TABLE",
    "OriginRow",
    "RowRules",
    "errors_of",
    "names_of",
    "problems_of",
]

LONGEST_NOTE = 255
EVERY_SCOPE = "(all)"
"""Stands in the table of versions for all scopes, so no scope may have this name."""

WHOLE_TABLE = "(whole)"
"""Stands there for changes that nobody can name the scope of."""

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginRow:
    """
    Hold one allowed origin.

    Attributes:
        pattern: What may be written in `origins`: an origin, or a pattern with wildcards.
        scope: Whose; empty where there are no scopes.
        enabled: Whether it counts.
        note: For people.
        created: When it was written; None: now.
        expires: When it ends; None: never.
        place: Where it stands, for problems: `line 17`.
    """

    pattern: str
    scope: str = UNSCOPED
    enabled: bool = True
    note: str = ""
    created: datetime | None = None
    expires: datetime | None = None
    place: str = field(default="", compare=False)

    def to_dict(self) -> dict[str, Any]:
        """
        Give the row as plain values, for JSON and CSV; `from_mapping` reads them.
        """
        return {
            "scope": self.scope,
            "pattern": self.pattern,
            "enabled": self.enabled,
            "note": self.note,
            "created": self.created and self.created.isoformat(),
            "expires": self.expires and self.expires.isoformat(),
        }

    @classmethod
    def from_mapping(cls, values: Mapping[str, object], place: str = "") -> OriginRow:
        """
        Read a row from plain values: texts, as in CSV, or what JSON has.

        Args:
            values: By the names of the attributes; `pattern` has to be there.
            place: Where it stands, for problems.

        Raises:
            PolicyError: If a value cannot be read.
        """
        reader = _Reader(place, values)
        row = cls(
            pattern=reader.text("pattern"),
            scope=reader.text("scope"),
            enabled=reader.switch("enabled"),
            note=reader.text("note"),
            created=reader.time("created"),
            expires=reader.time("expires"),
            place=place,
        )
        reader.finish()
        return row


class RowRules:
    """
    Hold rows against the rules for origins.
    """

    __slots__ = ("_options",)

    def __init__(self, *, credentials: bool, insecure: bool, public_suffixes: bool) -> None:
        """
        Say what the policies are that use the table.

        Args:
            credentials: Whether one of them allows credentials.
            insecure: Whether plain http may go with them.
            public_suffixes: Whether wildcards over strangers may.
        """
        self._options: dict[str, object] = {
            "credentials": credentials,
            "dangerously_allow_insecure_origins": insecure,
            "dangerously_allow_public_suffixes": public_suffixes,
        }

    def check(self, row: OriginRow) -> list[Problem]:
        """
        Give all that is wrong with a row, and what is legal and rarely meant.
        """
        problems = self.check_pattern(row.pattern, row.place)
        add = _adder(problems, row.place)
        scope: object = row.scope
        if not isinstance(scope, str) or (scope != UNSCOPED and not is_scope(scope)):
            why = f"is no scope: up to {MAX_SCOPE} printable characters, no space at the ends"
            add("CG150", "scope", scope, why, "Write a short name, like 'acme'.")
        elif scope in {EVERY_SCOPE, WHOLE_TABLE}:
            add("CG150", "scope", scope, "stands for all scopes in the store", "Rename the scope.")
        if len(row.note) > LONGEST_NOTE:
            why = f"is longer than {LONGEST_NOTE} characters"
            add("CG152", "note", row.note, why, "Write less.")
        for name, moment in (("created", row.created), ("expires", row.expires)):
            if moment is not None and moment.tzinfo is None:
                fix = "Write it with its offset, like datetime(2030, 1, 1, tzinfo=UTC)."
                add("CG152", name, moment, "says nothing about its time zone", fix)
        return problems

    def check_pattern(self, pattern: object, place: str = "") -> list[Problem]:
        """
        Give all that is wrong with a pattern.
        """
        problems: list[Problem] = []
        if not isinstance(pattern, str) or pattern == EVERYBODY:
            why = "cannot stand in a table: only origins and patterns with a host can"
            fix = "Write it into origins=[...], or write an origin like 'https://app.example.com'."
            _adder(problems, place)("CG153", "pattern", pattern, why, fix)
            return problems
        checker = Checker(self._options)
        check_origins(_within(place, "pattern"), pattern, checker)
        return checker.problems

    def refuse(self, row: OriginRow) -> None:
        """
        Raise if a row is not sound.

        Raises:
            PolicyError: With all that is wrong.
        """
        errors = errors_of(self.check(row))
        if errors:
            raise PolicyError(errors)

    def is_sound(self, pattern: str) -> bool:
        """
        Tell whether a pattern that an origin was found by may allow it.

        Args:
            pattern: One of `names_of` an origin, so it is well-formed.
        """
        if pattern.startswith("https://") and "*" not in pattern:
            return True
        return not errors_of(self.check_pattern(pattern))


def errors_of(problems: list[Problem]) -> list[Problem]:
    """
    Leave out the warnings.
    """
    return [problem for problem in problems if problem.severity is Severity.ERROR]


def names_of(origin: str) -> tuple[str, ...]:
    """
    Give every pattern by which an origin may be allowed; none if it is no origin.
    """
    parsed = parse_origin(origin)
    return () if parsed is None else tuple(candidates(parsed))


class _Reader:
    """
    Read plain values and collect what cannot be read.
    """

    def __init__(self, place: str, values: Mapping[str, object]) -> None:
        self._values = values
        self._problems: list[Problem] = []
        self._add = _adder(self._problems, place)
        known = {"pattern", "scope", "enabled", "note", "created", "expires"}
        for name in values:
            if name not in known:
                fix = f"Write one of {', '.join(sorted(known))}."
                self._add("CG152", ascii(name)[1:-1], values[name], "is in no known field", fix)

    def text(self, name: str) -> str:
        value = self._values.get(name)
        if isinstance(value, str):
            return value
        if value is not None or name == "pattern":
            self._add("CG152", name, value, "is no text", "Write it as a text.")
        return ""

    def switch(self, name: str) -> bool:
        value = self._values.get(name, True)
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower() if isinstance(value, str | int) else value
        if word is None or word == "" or (isinstance(word, str) and word in _YES):
            return True
        if not (isinstance(word, str) and word in _NO):
            self._add("CG152", name, value, "is neither true nor false", "Write true or false.")
        return False

    def time(self, name: str) -> datetime | None:
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(cast("str", value))
        except (TypeError, ValueError):
            fix = "Write it like 2030-01-31T00:00:00+00:00."
            self._add("CG152", name, value, "is no time", fix)
            return None
        # A date in a file has no zone; it is taken as UTC, like all times in the table.
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)

    def finish(self) -> None:
        if self._problems:
            raise PolicyError(self._problems)


def _adder(problems: list[Problem], place: str) -> Callable[[str, str, object, str, str], None]:
    def add(code: str, name: str, value: object, why: str, fix: str) -> None:
        problems.append(make_problem(code, _within(place, name), value, why, fix))

    return add


def _within(place: str, name: str) -> str:
    return f"{place}: {name}" if place else name


def problems_of(rows: Iterator[OriginRow], rules: RowRules) -> Iterator[Problem]:
    """
    Yield what is wrong with rows.
    """
    for row in rows:
        place = row.place or f"row {row.scope!r}, {row.pattern!r}"
        yield from errors_of(rules.check(replace(row, place=place)))

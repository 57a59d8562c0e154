"""
A header list as the Fetch standard keeps it: lines in order, looked up without regard to case.

Not Werkzeug's `Headers`: that one can be changed, and gives the first of several lines where a
browser compares all of them joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard, cast

__all__ = ["HTTP_WHITESPACE", "Headers", "Lines"]

HTTP_WHITESPACE = " \t\r\n"
"""https://fetch.spec.whatwg.org/#http-whitespace"""

Lines = Mapping[str, str] | Iterable[tuple[str, str]]
"""What header fields may be given as."""


class Headers(Mapping[str, str]):
    """
    Map names, in any case, to their combined values; immutable.

    Iterating gives every name once, in lower case and sorted, as `Headers` in script does.

    Attributes:
        lines: Name and value of each field line, as sent; values without surrounding whitespace
            (https://fetch.spec.whatwg.org/#concept-header-value-normalize).
    """

    __slots__ = ("lines",)

    def __init__(self, lines: Lines = ()) -> None:
        pairs = lines.items() if _is_mapping(lines) else cast("Iterable[tuple[str, str]]", lines)
        self.lines: tuple[tuple[str, str], ...] = tuple(
            (name, value.strip(HTTP_WHITESPACE)) for name, value in pairs
        )

    def __getitem__(self, name: str) -> str:
        values = self.get_all(name)
        if not values:
            raise KeyError(name)
        # https://fetch.spec.whatwg.org/#concept-header-list-get
        return ", ".join(values)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({name.lower() for name, _ in self.lines}))

    def __len__(self) -> int:
        return len({name.lower() for name, _ in self.lines})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        theirs = cast("Mapping[object, object]", other)
        names = {str(name).lower(): value for name, value in theirs.items()}
        return dict(self.items()) == names

    def __hash__(self) -> int:
        return hash(frozenset(self.items()))

    def __repr__(self) -> str:
        return f"Headers({dict(self.items())})"

    def get_all(self, name: str) -> tuple[str, ...]:
        """
        Give the value of each line of a field, in order.
        """
        lower = name.lower()
        return tuple(value for each, value in self.lines if each.lower() == lower)

    def without(self, *names: str) -> Headers:
        """
        Give the list without some fields.
        """
        lower = {name.lower() for name in names}
        return Headers(line for line in self.lines if line[0].lower() not in lower)

    def only(self, names: Iterable[str]) -> Headers:
        """
        Give the lines of some fields.

        Args:
            names: In lower case.
        """
        wanted = frozenset(names)
        return Headers(line for line in self.lines if line[0].lower() in wanted)


def _is_mapping(lines: Lines) -> TypeGuard[Mapping[str, str]]:
    return isinstance(lines, Mapping)

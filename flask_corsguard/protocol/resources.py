"""
Path patterns, and the map from a path to what governs it.

A tree of segments, not a list of regular expressions: the most specific pattern wins by the shape
of the tree, not by the order in which the patterns were written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import unquote

from .checker import Checker
from .patterns import is_regex

__all__ = ["PathPattern", "ResourceMap", "check_path"]

PathPattern: TypeAlias = "str | re.Pattern[str]"
"""A path with wildcards, or a compiled regular expression for the whole path."""

T = TypeVar("T")

_MOST_SEGMENTS = 64
"""No pattern is deeper, and so no walk down the tree is."""

_MAX_REGEX_PATH = 2048
"""No longer path is given to a regular expression; nothing but these can be slow."""


class ResourceMap(Generic[T]):
    """
    Find what governs a path.

    Literal segments win over `*`, `*` over a trailing `/*`, segment by segment from the left;
    regular expressions come after all of them, in written order.
    """

    __slots__ = ("_depth", "_has_stars", "_regexes", "_root", "_rules")

    def __init__(self, rules: Mapping[PathPattern, T]) -> None:
        """
        Build the tree.

        Args:
            rules: Sound patterns and what each leads to.
        """
        self._root: _Node[T] = _Node()
        self._rules = tuple(rules.items())
        self._regexes = [(p, v) for p, v in rules.items() if isinstance(p, re.Pattern)]
        self._depth = 0
        self._has_stars = False
        for pattern, value in rules.items():
            if isinstance(pattern, str):
                segments = pattern.split("/")[1:]
                self._depth = max(self._depth, len(segments))
                self._has_stars |= "*" in segments[:-1]
                self._root.add(segments, value)

    def values(self) -> tuple[T, ...]:
        """
        Give all that paths can lead to.
        """
        return tuple(value for _, value in self._rules)

    def items(self) -> tuple[tuple[PathPattern, T], ...]:
        """
        Give all patterns and what each leads to, in written order.
        """
        return self._rules

    def is_unsure(self, path: str) -> bool:
        """
        Tell whether a view may take a path for another one than the patterns do.

        That is a path with dot segments, which a view may resolve (they come in as `..%2f`), and
        one that is too long to be given to a regular expression.
        """
        if not self._rules:
            return False
        if self._regexes and len(path) > _MAX_REGEX_PATH:
            return True
        return "/." in path and not {".", ".."}.isdisjoint(path.split("/"))

    def find(self, path: str, unsure: T | None = None) -> T | None:
        """
        Find what governs a path, or None.

        Args:
            path: As the router sees it: decoded, beginning with a slash.
            unsure: What to give if `is_unsure` says so.
        """
        if not self._rules:
            return None
        if ("/." in path or self._regexes) and self.is_unsure(path):
            return unsure
        # No pattern looks further than its own depth, so a long path is not cut up to its end.
        segments = path.split("/", self._depth + 1)[1:]
        found = self._root.find(segments) if self._has_stars else self._root.walk(segments)
        if found is not None or not self._regexes:
            return found
        return next((v for regex, v in self._regexes if regex.fullmatch(path)), None)


class _Node(Generic[T]):
    __slots__ = ("any_child", "below", "children", "value")

    def __init__(self) -> None:
        self.children: dict[str, _Node[T]] = {}
        self.any_child: _Node[T] | None = None
        self.value: T | None = None
        self.below: T | None = None

    def add(self, segments: list[str], value: T) -> None:
        node = self
        for segment in segments[:-1]:
            node = node.child(segment)
        if segments[-1] == "*":
            node.below = value
        else:
            node.child(segments[-1]).value = value

    def find(self, segments: list[str]) -> T | None:
        """
        Walk down; each node is visited once at most, whatever the path.
        """
        if not segments:
            return self.below if self.value is None else self.value
        # The `*` of a pattern is one segment, and an empty one is none.
        other = self.any_child if segments[0] else None
        for child in (self.children.get(segments[0]), other):
            found = child.find(segments[1:]) if child else None
            if found is not None:
                return found
        return self.below

    def walk(self, segments: list[str]) -> T | None:
        """
        Do the same where no pattern has a `*` between slashes, so that there is but one way down.
        """
        node, found = self, None
        for segment in segments:
            if node.below is not None:
                found = node.below
            child = node.children.get(segment)
            if child is None:
                return found
            node = child
        last = node.below if node.value is None else node.value
        return found if last is None else last

    def child(self, segment: str) -> _Node[T]:
        if segment != "*":
            return self.children.setdefault(segment, _Node())
        if self.any_child is None:
            self.any_child = _Node()
        return self.any_child


def check_path(where: str, pattern: object, checker: Checker) -> bool:
    """
    Hold a path pattern against the rules.

    Args:
        where: The place.
        pattern: What stands there.
        checker: Where problems go.

    Returns:
        Whether it is sound.
    """
    before = len(checker.problems)
    if is_regex(pattern):
        _check_regex(where, pattern, checker)
    elif not isinstance(pattern, str) or not pattern.startswith("/"):
        why = "is not a path: it does not begin with a slash"
        fix = f"Write '/{pattern}'." if isinstance(pattern, str) else "Write it like '/api/*'."
        checker.report("CG701", where, pattern, why, fix)
    elif re.search(r"\.\*|[\\^$()|+<>{}\[\]?#]|[\x00-\x20\x7f]", pattern):
        why = "holds what is no path; it is not a regular expression, a rule of routes or a query"
        fix = "Write '/api/*' for everything below, '*' for a segment, or re.compile(...)."
        checker.report("CG703", where, pattern, why, fix)
    elif pattern.count("/") > _MOST_SEGMENTS:
        why = f"has more than {_MOST_SEGMENTS} segments"
        checker.report("CG703", where, pattern, why, "Write '/api/*' for everything below.")
    elif not {".", ".."}.isdisjoint(pattern.split("/")):
        why = "holds a dot segment, which browsers resolve before they ask"
        checker.report("CG703", where, pattern, why, "Write the path that is asked for.")
    elif "//" in pattern:
        why = "holds an empty segment"
        checker.report("CG703", where, pattern, why, f"Write {re.sub('//+', '/', pattern)!r}.")
    elif "%" in pattern:
        why = "is percent-encoded; patterns are held against decoded paths"
        checker.report("CG703", where, pattern, why, f"Write {unquote(pattern)!r}.")
    elif any("*" in segment and segment != "*" for segment in pattern.split("/")):
        why = "has a wildcard that is not a whole segment"
        fix = "Write '/api/*' for everything below, '/api/*/x' for exactly one segment."
        checker.report("CG702", where, pattern, why, fix)
    return len(checker.problems) == before


def _check_regex(where: str, pattern: re.Pattern[Any], checker: Checker) -> None:
    from .regexes import Complexity, complexity  # noqa: PLC0415 - most configurations need none

    if isinstance(pattern.pattern, bytes):
        checker.report(
            "CG703", where, pattern.pattern, "is made of bytes", "Compile it from a str."
        )
    elif complexity(pattern) in {Complexity.EXPONENTIAL, Complexity.UNKNOWN}:
        why = "can take exponential time, or its cost cannot be judged"
        checker.report("CG706", where, pattern.pattern, why, "Write a pattern like '/api/*'.")

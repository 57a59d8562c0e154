"""
Could two rules of an application be about the same URL?

A preflight's answer lists the methods of a URL that one policy governs, and a URL's methods may be
spread over many rules. To ask the router about every method of every URL is right and slow; where
the texts of the rules show that they cannot meet, it need not be asked. The router's own data
structures would show more, but they are not public.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from werkzeug.routing import Map, Rule

__all__ = ["Overlaps", "is_static"]

_VARIABLE = re.compile(r"<(?:([A-Za-z_]\w*)(?:\(.*?\))?:)?[A-Za-z_]\w*>")


def is_static(text: str) -> bool:
    """
    Tell whether a rule stands for one path, which is its text.

    Args:
        text: A rule, like `/items/<int:number>`.
    """
    return "<" not in text and "//" not in text


class Overlaps:
    """
    Know which rules of a map may be about the same path.
    """

    def __init__(self, url_map: Map) -> None:
        """
        Take the rules as they are now.

        Args:
            url_map: The map.
        """
        self._converters = url_map.converters
        self._shapes = {rule.rule: self._shape(rule.rule) for rule in url_map.iter_rules()}

    def are_alone(self, rules: Iterable[Rule]) -> bool:
        """
        Tell whether no rule of another text can be about a path of these.

        Args:
            rules: Rules with one text.
        """
        texts = {rule.rule for rule in rules}
        ours = [self._shapes[text] for text in texts]
        others = [shape for text, shape in self._shapes.items() if text not in texts]
        return not any(one.may_meet(other) for one in ours for other in others)

    def _shape(self, text: str) -> _Shape:
        """
        Give what of a rule's paths is known: their segments, and whether that is all of them.
        """
        found = list(_VARIABLE.finditer(text))
        plain = re.sub("//+", "/", _VARIABLE.sub("<", text)).strip("/")
        if plain.count("<") != len(found):
            return _Shape((), is_open=True)
        names = iter(match[1] or "default" for match in found)
        segments: list[str | None] = []
        for segment in plain.split("/"):
            inside = [self._is_inside_segment(next(names)) for _ in range(segment.count("<"))]
            if not all(inside):
                return _Shape(tuple(segments), is_open=True)
            segments.append(None if "<" in segment else segment)
        return _Shape(tuple(segments), is_open=False)

    def _is_inside_segment(self, name: str) -> bool:
        converter = self._converters.get(name)
        return bool(getattr(converter, "part_isolating", False))


@dataclass(frozen=True, slots=True)
class _Shape:
    """
    Say what the paths of a rule look like.

    Attributes:
        segments: The segments; None for one that varies.
        is_open: Whether anything may follow.
    """

    segments: tuple[str | None, ...]
    is_open: bool

    def may_meet(self, other: _Shape) -> bool:
        """
        Tell whether one path may look like both.
        """
        ours, theirs = len(self.segments), len(other.segments)
        if (ours < theirs and not self.is_open) or (theirs < ours and not other.is_open):
            return False
        pairs = zip(self.segments, other.segments, strict=False)
        return all(a is None or b is None or a == b for a, b in pairs)

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
        return not any(_may_meet(one, other) for one in ours for other in others)

    def _shape(self, text: str) -> tuple[str | None, ...] | None:
        """
        Give a rule's segments, None for one that varies; None if a variable may hold slashes.
        """
        names = [found[1] or "default" for found in _VARIABLE.finditer(text)]
        plain = re.sub("//+", "/", _VARIABLE.sub("<", text)).strip("/")
        if plain.count("<") != len(names) or not all(map(self._is_inside_segment, names)):
            return None
        return tuple(None if "<" in segment else segment for segment in plain.split("/"))

    def _is_inside_segment(self, name: str) -> bool:
        converter = self._converters.get(name)
        return bool(getattr(converter, "part_isolating", False))


def _may_meet(one: tuple[str | None, ...] | None, other: tuple[str | None, ...] | None) -> bool:
    if one is None or other is None:
        return True
    if len(one) != len(other):
        return False
    return all(a is None or b is None or a == b for a, b in zip(one, other, strict=True))

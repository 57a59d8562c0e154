"""
Routes and path patterns: do they meet, and where?

A route stands for many paths, and different path rules may govern some of them each. So for every
pattern that a route can meet a path is made up that both match, and the rules are asked about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from flask import Flask
from werkzeug.routing import Map, Rule

from ..protocol.resources import PathPattern, ResourceMap

__all__ = ["Route", "meeting_path", "read_route"]

_VARIABLE = re.compile(r"<(?:([A-Za-z_]\w*)(?:\(.*?\))?:)?[A-Za-z_]\w*>")
_SAMPLES = {
    "int": "1",
    "float": "1.5",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_USUAL = "x"
_CHOICES = re.compile(r"<any\(['\"]?([^,)'\"]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """
    Hold a rule of the router as segments.

    Attributes:
        text: The rule, as written.
        segments: Each a literal, or None with a variable in it.
        samples: For each segment, something that it may hold.
        open_from: The first segment that may hold slashes; None if none may.
        alone: A router with this rule and no other.
    """

    text: str
    segments: tuple[str | None, ...]
    samples: tuple[str, ...]
    open_from: int | None
    alone: Map

    @property
    def sample(self) -> str:
        """
        Give a path of the route.
        """
        return "/" + "/".join(self.samples)

    def has(self, path: str) -> bool:
        """
        Tell whether a path is one of the route, by asking a router that knows nothing else.

        Args:
            path: The path.
        """
        try:
            self.alone.bind("route.example").match(path)
        except Exception:  # noqa: BLE001 - a user's converter may do anything
            return False
        return True


def read_route(app: Flask, rule: Rule) -> Route:
    """
    Take a rule of the router apart.

    Args:
        app: The application, for its converters.
        rule: The rule.
    """
    segments: list[str | None] = []
    samples: list[str] = []
    open_from: int | None = None
    for index, text in enumerate(_split(rule.rule)):
        names = [found[1] or "default" for found in _VARIABLE.finditer(text)]
        kinds = [app.url_map.converters.get(name) for name in names]
        if any(not getattr(kind, "part_isolating", False) for kind in kinds) and open_from is None:
            open_from = index
        segments.append(None if names else text)
        samples.append(_VARIABLE.sub(_sample, text))
    return Route(
        text=rule.rule,
        segments=tuple(segments),
        samples=tuple(samples),
        open_from=open_from,
        alone=Map([Rule(rule.rule, endpoint="it")], converters=app.url_map.converters),
    )


def meeting_path(route: Route, pattern: PathPattern) -> str | None:
    """
    Make up a path that a route and a path pattern both match.

    Args:
        route: The route.
        pattern: A pattern of `resources`.

    Returns:
        The path; None if they never meet, as far as can be told.
    """
    asked = ResourceMap({pattern: True})
    paths = ("/" + "/".join(path) for path in _candidates(route, pattern))
    return next((path for path in paths if asked.find(path) and route.has(path)), None)


def _sample(variable: re.Match[str]) -> str:
    """
    Give something that a variable may hold.
    """
    choice = _CHOICES.search(variable.group())
    return choice[1] if choice else _SAMPLES.get(variable[1] or "default", _USUAL)


def _split(text: str) -> list[str]:
    """
    Cut a rule at its slashes, but for those in the arguments of converters.
    """
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(match.group())
        return f"\1{len(held) - 1}\1"

    plain = _VARIABLE.sub(hold, text).lstrip("/")
    return [re.sub("\1(\\d+)\1", lambda m: held[int(m[1])], part) for part in plain.split("/")]


def _candidates(route: Route, pattern: PathPattern) -> Iterator[list[str]]:
    """
    Yield paths that may be what is looked for; whoever asks tries them.
    """
    if not isinstance(pattern, str):
        yield list(route.samples)
        return
    wanted = pattern.split("/")[1:]
    if wanted[-1] == "*":
        wanted.pop()
    pairs = zip_longest(route.segments, route.samples, wanted[: len(route.segments)])
    met = [_segment(segment, sample, want) for segment, sample, want in pairs]
    if route.open_from is None:
        yield met
        return
    # What may hold slashes takes what is left of the pattern, and at least something.
    head, tail = met[: route.open_from], list(route.samples[route.open_from + 1 :])
    rest = [_USUAL if each == "*" else each for each in wanted[route.open_from :]]
    yield [*head, *rest, *tail]
    yield [*head, *rest[: -len(tail) or None], *tail]
    yield [*head, _USUAL, *tail]


def _segment(segment: str | None, sample: str, want: str | None) -> str:
    if segment is not None or want in {None, "*"}:
        return sample
    return want or sample

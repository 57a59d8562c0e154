"""
Every route, what governs it and where that came from; and the rules that govern nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from flask import Flask
from werkzeug.routing import Rule

from ..marks import Marks
from ..protocol.compiled import CompiledPolicy
from ..protocol.fields import sort_methods
from ..protocol.resources import PathPattern, ResourceMap
from ..routing import Plan
from .governing import Governing, Source, governing, marked_by, shown_pattern
from .paths import Route, meeting_path, read_route

__all__ = ["RouteRow", "RuleRow", "Survey", "survey"]

_ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_Twin: TypeAlias = "ResourceMap[PathPattern]"


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRow:
    """
    Say what governs some methods of a route.

    Attributes:
        rule: The route, with its host or subdomain in front if it has one.
        endpoint: Its endpoint.
        methods: Those of its methods that this is about.
        governing: What governs them.
        allowed_methods: What preflights list; empty where nothing governs.
        exceptions: The places of path rules that govern some of its paths instead.
    """

    rule: str
    endpoint: str
    methods: tuple[str, ...]
    governing: Governing
    allowed_methods: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """
    Say what a path rule is good for.

    Attributes:
        place: Where it stands.
        policy: What it leads to.
        routes: The routes that it governs, some of their paths at least.
        shadowed: The routes that it matches and does not govern.
        shadowed_by: What goes before it there.
    """

    place: str
    policy: str
    routes: tuple[str, ...] = ()
    shadowed: tuple[str, ...] = ()
    shadowed_by: tuple[str, ...] = ()

    @property
    def matches_nothing(self) -> bool:
        """
        Tell whether no route has a path that it is about.
        """
        return not (self.routes or self.shadowed)

    @property
    def governs_nothing(self) -> bool:
        """
        Tell whether something else goes before it everywhere.
        """
        return not self.routes and bool(self.shadowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """
    Hold all routes and all path rules of an application.

    Attributes:
        routes: The routes, in the order in which they were added.
        rules: The path rules, in written order.
    """

    routes: tuple[RouteRow, ...]
    rules: tuple[RuleRow, ...]

    @property
    def uncovered(self) -> tuple[str, ...]:
        """
        Name the routes that nothing governs.
        """
        bare = (row.rule for row in self.routes if row.governing.source is Source.NONE)
        return tuple(dict.fromkeys(bare))


def survey(app: Flask, plan: Plan) -> Survey:
    """
    Look at all routes of an application.

    Args:
        app: The application.
        plan: What governs its routes.
    """
    return _Surveyor(app, plan).survey()


class _Surveyor:
    """
    Go through the routes once, and note on the way which rules are good for what.
    """

    def __init__(self, app: Flask, plan: Plan) -> None:
        self._app = app
        self._plan = plan
        self._marks = Marks(app, plan.settings)
        self._rules = plan.settings.rules.items()
        self._twin: _Twin = ResourceMap({pattern: pattern for pattern, _ in self._rules})
        self._governed: dict[str, list[str]] = {}
        self._shadowed: dict[str, list[str]] = {}
        self._by: dict[str, list[str]] = {}

    def survey(self) -> Survey:
        rules = [rule for rule in self._app.url_map.iter_rules() if not rule.build_only]
        routes = tuple(row for rule in rules for row in self._rows(rule))
        return Survey(routes=routes, rules=tuple(self._rule_rows()))

    def _rows(self, rule: Rule) -> Iterator[RouteRow]:
        """
        Yield a row for each group of methods that one policy governs.
        """
        route, name = read_route(self._app, rule), _name(rule)
        groups: dict[Governing, list[str]] = {}
        policies: dict[Governing, CompiledPolicy | None] = {}
        exceptions: dict[Governing, tuple[str, ...]] = {}
        for method in sort_methods(frozenset(rule.methods or _ALL_METHODS)):
            policy, found, others = self._governing(rule, route, method, name)
            groups.setdefault(found, []).append(method)
            policies[found], exceptions[found] = policy, others
        # OPTIONS is Flask's own: it is governed like the methods beside it, and says nothing new.
        for found, methods in groups.items():
            if methods == ["OPTIONS"] and len(groups) > 1:
                continue
            yield RouteRow(
                rule=name,
                endpoint=rule.endpoint,
                methods=tuple(methods),
                governing=found,
                allowed_methods=_allowed(policies[found], frozenset(methods)),
                exceptions=exceptions[found],
            )

    def _governing(
        self, rule: Rule, route: Route, method: str, name: str
    ) -> tuple[CompiledPolicy | None, Governing, tuple[str, ...]]:
        mark = marked_by(self._app, rule.endpoint, method)
        marked = self._marks.policy(rule.endpoint, method)
        winners = self._note_rules(route, name, mark[1] if mark else "")
        policy = marked or self._plan.settings.governing(route.sample)
        usual = self._twin.find(route.sample)
        found = governing(
            self._app,
            self._plan,
            policy,
            endpoint=rule.endpoint,
            method=method,
            path=route.sample,
        )
        if marked is not None:
            return policy, found, ()
        return policy, found, tuple(shown_pattern(p) for p in winners if p != usual)

    def _note_rules(self, route: Route, name: str, mark: str) -> list[PathPattern]:
        """
        Note which rules govern paths of a route, and which only match some.
        """
        winners: list[PathPattern] = []
        for pattern, _ in self._rules:
            path, place = meeting_path(route, pattern), shown_pattern(pattern)
            if path is None:
                continue
            winner = self._twin.find(path)
            if not mark and winner == pattern:
                winners.append(pattern)
                _add(self._governed, place, name)
            elif mark or winner is not None:
                _add(self._shadowed, place, name)
                _add(self._by, place, mark or shown_pattern(winner or pattern))
        return winners

    def _rule_rows(self) -> Iterator[RuleRow]:
        for pattern, policy in self._rules:
            place = shown_pattern(pattern)
            governed = self._governed.get(place, [])
            yield RuleRow(
                place=place,
                policy=policy.label,
                routes=tuple(governed),
                shadowed=tuple(n for n in self._shadowed.get(place, []) if n not in governed),
                shadowed_by=tuple(self._by.get(place, [])),
            )


def _add(table: dict[str, list[str]], key: str, value: str) -> None:
    values = table.setdefault(key, [])
    if value not in values:
        values.append(value)


def _name(rule: Rule) -> str:
    where = rule.host or rule.subdomain or ""
    return f"{where}{rule.rule}" if where else rule.rule


def _allowed(policy: CompiledPolicy | None, methods: frozenset[str]) -> tuple[str, ...]:
    if policy is None or policy.policy is None:
        return ()
    written = policy.policy.methods
    return sort_methods(methods) if written is None else written

"""
What is legal, and rarely meant, in the application around the guard.

The guard itself looks at what it is given. This looks at the rest when everything is in place:
routes, hooks, cookies. It is slower, so it runs when somebody asks: `flask cors check`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask

from ..errors import Problem
from ..marks import Marks
from ..protocol.codes import make_problem
from ..protocol.patterns import parse_pattern
from ..protocol.policy import Policy
from ..routing import Plan
from .cookies import cookie_problems
from .governing import shown_pattern
from .neighbours import neighbour_problems
from .survey import Survey, survey

__all__ = ["lint", "no_guard"]

_SHORT = 60
"""Seconds: whoever looks at a page for a minute has it asked again."""

_UNSAID = frozenset({"*", "GET", "HEAD", "POST", "OPTIONS"})
"""Methods that nobody has to route for a list of them to make sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """
    Hold a policy and a place where it was written.

    Attributes:
        place: Like ``resources['/api/*']``; empty for the guard's own options.
        policy: The policy.
    """

    place: str
    policy: Policy

    def at(self, option: str) -> str:
        """
        Name the place of one option.
        """
        return f"{self.place}.{option}" if self.place else option


def lint(app: Flask, plan: Plan) -> tuple[Problem, ...]:
    """
    Look for what is legal and rarely meant, besides what the guard itself warns of.

    Args:
        app: The application, with all its views.
        plan: What governs its routes.
    """
    found = survey(app, plan)
    policies = list(written_policies(app, plan))
    return (
        *(problem for each in policies for problem in _about_policy(each)),
        *_unrouted_methods(policies, found),
        *_useless_rules(found),
        *neighbour_problems(app, plan),
        *cookie_problems(app, [each.policy for each in policies]),
    )


def no_guard(app: Flask) -> Problem:
    """
    Say that an application has no guard.

    Args:
        app: The application.
    """
    fix = "Write CORSGuard(app, origins=[...])."
    return make_problem("CG900", "app", app.name, "has no CORSGuard", fix)


def written_policies(app: Flask, plan: Plan) -> Iterator[Written]:
    """
    Yield every policy that governs something, at the first place where it was written.

    Args:
        app: The application.
        plan: What governs its routes.
    """
    settings = plan.settings
    named = {id(policy.policy): name for name, policy in settings.policies.items()}
    seen: set[int] = set()
    for place, policy in _places(app, plan):
        if policy is None or id(policy) in seen:
            continue
        seen.add(id(policy))
        name = named.get(id(policy))
        yield Written(place=f"policies[{name!r}]" if name else place, policy=policy)


def _places(app: Flask, plan: Plan) -> Iterator[tuple[str, Policy | None]]:
    settings = plan.settings
    if settings.default is not None:
        yield "", settings.default.policy
    for pattern, rule in settings.rules.items():
        yield shown_pattern(pattern), rule.policy
    for marked in Marks(app, settings).policies:
        yield marked.label, marked.policy


def _about_policy(written: Written) -> Iterator[Problem]:
    policy, age = written.policy, written.policy.max_age
    if policy.origins and (age is None or age < _SHORT):
        why = "has browsers ask again and again"
        if age is None:
            why = "leaves it to browsers, which keep an answer for 5 seconds"
        yield make_problem("CG901", written.at("max_age"), age, why, "Write 600 or more.")
    if policy.credentials:
        for index, rule in enumerate(policy.origins):
            pattern = parse_pattern(rule) if isinstance(rule, str) else None
            if pattern and pattern.subdomains and not pattern.origin.is_loopback:
                where = written.at(f"origins[{index}]")
                why = "lets every subdomain act as your users, also one that is taken over"
                yield make_problem("CG902", where, rule, why, "List those that are front ends.")


def _unrouted_methods(policies: list[Written], found: Survey) -> Iterator[Problem]:
    """
    Find methods in lists that no governed route has.
    """
    for written in policies:
        if written.policy.methods is None:
            continue
        routed = {
            method
            for row in found.routes
            if _is_governed_by(row.governing.place, row.exceptions, written)
            for method in row.methods
        }
        for index, method in enumerate(written.policy.methods):
            if routed and method not in routed | _UNSAID:
                where = written.at(f"methods[{index}]")
                why = "is a method of no route that the policy governs"
                fix = "Remove it, or leave methods out: they are derived from the routes."
                yield make_problem("CG903", where, method, why, fix)


def _is_governed_by(place: str, exceptions: tuple[str, ...], written: Written) -> bool:
    if written.place.startswith("policies["):
        return True  # it may stand in several places
    return place == (written.place or "CORSGuard(...)") or written.place in exceptions


def _useless_rules(found: Survey) -> Iterator[Problem]:
    for rule in found.rules:
        pattern = rule.place.removeprefix("resources[").removesuffix("]").strip("'\"")
        if rule.matches_nothing:
            fix = "Look for a typing error, or remove it."
            yield make_problem("CG906", rule.place, pattern, "matches no route", fix)
        elif rule.governs_nothing:
            why = f"governs nothing: before it go {', '.join(rule.shadowed_by)}"
            yield make_problem("CG907", rule.place, pattern, why, "Remove it, or those.")

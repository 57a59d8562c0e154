"""
Which policy governs, where it was written, and what it goes before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from flask import Flask

from ..protocol.compiled import CompiledPolicy
from ..protocol.policy import Policy
from ..protocol.resources import PathPattern, ResourceMap
from ..routing import Plan
from ..scopes import mark_of_blueprint, mark_of_view
from ..settings import Settings

__all__ = [
    "Governing",
    "Source",
    "describe_origins",
    "describe_rule",
    "governing",
    "marked_by",
    "shown_pattern",
]

_CLOSED = "closed by an error"
"""What a plan calls the policy of a view whose mark cannot be read."""


class Source(StrEnum):
    """
    Name the level at which a policy was written, the most specific first.
    """

    VIEW = "view"
    BLUEPRINT = "blueprint"
    RULE = "rule"
    GUARD = "guard"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Governing:
    """
    Say what governs a request, and why.

    Attributes:
        source: The level.
        place: Where it was written, like ``resources['/api/*']``; empty if nothing governs.
        policy: What decisions and logs call it; None if nothing governs.
        origins: Its origins, as text.
        credentials: Whether it allows credentials.
        closed: Whether it lets nobody in whatever its origins: `@same_origin`, or an error.
        passed_over: The places of what would have governed instead, the most specific first.
    """

    source: Source
    place: str = ""
    policy: str | None = None
    origins: tuple[str, ...] = ()
    credentials: bool = False
    closed: bool = False
    passed_over: tuple[str, ...] = ()


def governing(
    app: Flask,
    plan: Plan,
    policy: CompiledPolicy | None,
    *,
    endpoint: str | None,
    method: str,
    path: str,
) -> Governing:
    """
    Say where a policy comes from that the plan has found.

    Args:
        app: The application.
        plan: What governs its routes.
        policy: What the plan found.
        endpoint: The endpoint that is asked about; None without one.
        method: The method.
        path: The path, as the router sees it.
    """
    levels = list(_levels(app, plan.settings, endpoint, method, path))
    if policy is None:
        return Governing(source=Source.NONE)
    source, place = levels[0] if levels else (Source.GUARD, policy.label)
    if policy.label == _CLOSED:
        source, place, levels = Source.VIEW, policy.label, [(source, place), *levels]
    elif not endpoint and policy.label.startswith(("view ", "blueprint ")):
        # A URL whose views agree, asked for with a method that none of them has.
        source, place = Source(policy.label.split()[0]), policy.label
    written = policy.policy
    return Governing(
        source=source,
        place=place,
        policy=policy.label,
        origins=describe_origins(written),
        credentials=bool(written and written.credentials),
        closed=written is None,
        passed_over=tuple(place for _, place in levels[1:]),
    )


def marked_by(app: Flask, endpoint: str, method: str) -> tuple[Source, str] | None:
    """
    Tell which mark governs a method of an endpoint: the view's, or that of a blueprint.

    Args:
        app: The application.
        endpoint: The endpoint.
        method: The method.
    """
    return next(_marks(app, endpoint, method), None)


def describe_origins(policy: Policy | None) -> tuple[str, ...]:
    """
    Write the origins of a policy as texts; None is `@same_origin`.
    """
    return tuple(describe_rule(rule) for rule in policy.origins) if policy else ()


def describe_rule(rule: object) -> str:
    """
    Write one element of `origins` as text.
    """
    if isinstance(rule, str):
        return rule
    if isinstance(rule, re.Pattern):
        return f"re.compile({cast('re.Pattern[str]', rule).pattern!r})"
    return f"{getattr(rule, '__qualname__', type(rule).__qualname__)}()"


def shown_pattern(pattern: PathPattern) -> str:
    """
    Write a path pattern as it stands in `resources`.
    """
    shown = pattern if isinstance(pattern, str) else pattern.pattern
    return f"resources[{shown!r}]"


def _levels(
    app: Flask, settings: Settings, endpoint: str | None, method: str, path: str
) -> Iterator[tuple[Source, str]]:
    """
    Yield every level that says something, the most specific first.
    """
    if endpoint is not None:
        yield from _marks(app, endpoint, method)
    if settings.rules.is_unsure(path):
        yield Source.RULE, settings.closed.label
    twin = ResourceMap({pattern: pattern for pattern, _ in settings.rules.items()})
    # A rule that takes a path with and without its last slash is governed as it is written.
    spellings = (path, f"{path}/", path.rstrip("/") or "/")
    found = next((twin.find(each) for each in spellings if twin.find(each) is not None), None)
    if found is not None:
        yield Source.RULE, shown_pattern(found)
    if settings.default is not None:
        yield Source.GUARD, "CORSGuard(...)"


def _marks(app: Flask, endpoint: str, method: str) -> Iterator[tuple[Source, str]]:
    view = app.view_functions.get(endpoint)
    # The router takes a method in any case for the same.
    if view is not None and mark_of_view(view, method.upper()) is not None:
        yield Source.VIEW, f"view {endpoint!r}"
    name = endpoint.rpartition(".")[0]
    while name:
        if mark_of_blueprint(app.blueprints.get(name)) is not None:
            yield Source.BLUEPRINT, f"blueprint {name!r}"
        name = name.rpartition(".")[0]

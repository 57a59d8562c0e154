"""
What a guard takes besides the options of a policy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeAlias

from .protocol.options import Option, PolicyOptions
from .protocol.patterns import OriginRule
from .protocol.policy import Policy
from .protocol.resources import PathPattern

__all__ = ["GUARD_OPTIONS", "NOT_IN_TRIALS", "GuardOptions", "MiddlewareOptions", "TrialOptions"]

PolicyLike: TypeAlias = Policy | PolicyOptions | str
"""A policy, the options of one, or the name of one."""


class MiddlewareOptions(PolicyOptions, total=False):
    """
    The keyword arguments of `CORSMiddleware`.
    """

    resources: Mapping[PathPattern, PolicyLike] | Collection[PathPattern]
    policies: Mapping[str, Policy | PolicyOptions]


class TrialOptions(MiddlewareOptions, total=False):
    """
    The options of a trial.
    """

    dev_origins: OriginRule | Collection[OriginRule]


class GuardOptions(TrialOptions, total=False):
    """
    The keyword arguments of `CORSGuard`.
    """

    enforce_exempt: str | Collection[str]
    fast_path: bool
    trial: TrialOptions


GUARD_OPTIONS: dict[str, Option] = {
    "resources": Option(
        default=None,
        kind="table",
        meaning="Path patterns and what governs each: a Policy, options (which inherit the "
        "guard's) or the name of a policy. A list of patterns: the guard's options go for each.",
        permitted=("{'/api/*': {'origins': '*'}}", "['/api/*', '/feed']"),
        prohibited=("{'/api/.*': {'origins': '*'}}", "{'api/*': {'origins': '*'}}"),
    ),
    "policies": Option(
        default=None,
        kind="table",
        meaning="Named policies, each a Policy or options; they stand alone. Views, blueprints "
        "and resources refer to them by name.",
        permitted=("{'partners': {'origins': 'https://partner.example.com'}}",),
        prohibited=("{'my partners': {'origins': '*'}}",),
    ),
    "dev_origins": Option(
        default=(),
        kind="list",
        meaning="Origins that count only while app.debug is on, added to the guard's own and to "
        "those of its resources' options.",
        permitted=("['http://localhost:*']",),
        prohibited=("'localhost:3000'",),
    ),
    "enforce_exempt": Option(
        default=(),
        kind="list",
        meaning="Endpoints for which enforce does not count, such as webhooks; matched exactly.",
        permitted=("['webhook']",),
        prohibited=("None",),
    ),
    "fast_path": Option(
        default=False,
        kind="switch",
        meaning="Answer preflights around the application, before Flask sets anything up for "
        "them: no session, no hook of another extension. ProxyFix has to be outside.",
        permitted=("True", "False"),
        prohibited=("'true'",),
    ),
    "trial": Option(
        default=None,
        kind="options",
        meaning="Other options, decided beside the real ones, which they inherit. Nothing is "
        "answered by them; where they decide otherwise, a signal, a metric and the log say so.",
        permitted=("{'origins': ['https://app.example.com']}", "{'credentials': False}"),
        prohibited=("True", "{'origins': 'example.com'}", "{'enforce': True}"),
    ),
}
"""What a guard takes besides the options of a policy."""

NOT_IN_TRIALS = ("enforce", "enforce_exempt", "fast_path", "trial")
"""The options that cannot be tried beside others; for the first there is ``enforce="report"``."""

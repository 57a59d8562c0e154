"""
Cross-origin access for Flask and WSGI that is safe by default and explains itself.

The names are imported when they are first asked for, so that `flask_corsguard.protocol` can be
used where there is no Flask.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .errors import PolicyError, Problem
    from .extension import CORSGuard
    from .protocol.decision import Decision, Kind, Outcome, Reason, RequestHead
    from .protocol.policy import Policy
    from .scopes import cross_origin, same_origin
    from .signals import (
        cors_decided,
        origin_rejected,
        preflight_rejected,
        request_refused,
        trial_differed,
    )
    from .wsgi import CORSMiddleware

__all__ = [
    "CORSGuard",
    "CORSMiddleware",
    "Decision",
    "Kind",
    "Outcome",
    "Policy",
    "PolicyError",
    "Problem",
    "Reason",
    "RequestHead",
    "cors_decided",
    "cross_origin",
    "origin_rejected",
    "preflight_rejected",
    "request_refused",
    "same_origin",
    "trial_differed",
]

_MODULES = {
    "CORSGuard": "extension",
    "CORSMiddleware": "wsgi",
    "Decision": "protocol.decision",
    "Kind": "protocol.decision",
    "Outcome": "protocol.decision",
    "Policy": "protocol.policy",
    "PolicyError": "errors",
    "Problem": "errors",
    "Reason": "protocol.decision",
    "RequestHead": "protocol.decision",
    "cors_decided": "signals",
    "cross_origin": "scopes",
    "origin_rejected": "signals",
    "preflight_rejected": "signals",
    "request_refused": "signals",
    "same_origin": "scopes",
    "trial_differed": "signals",
}


def __getattr__(name: str) -> object:
    """
    Import a public name when it is first asked for.
    """
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """
    List the public names, imported or not.
    """
    return sorted({*globals(), *__all__})

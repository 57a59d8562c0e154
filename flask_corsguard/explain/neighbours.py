"""
What else works in the application: what comes before the guard, and other CORS libraries.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from ..errors import Problem
from ..protocol.codes import make_problem
from ..routing import Plan

__all__ = ["neighbour_problems"]

_OTHER_LIBRARIES = ("flask_cors",)
_FIX = "Look whether it minds a request without cookies, or set fast_path=True."


def neighbour_problems(app: Flask, plan: Plan) -> Iterator[Problem]:
    """
    Find what stands in the guard's way.

    Args:
        app: The application.
        plan: What governs its routes.
    """
    if not plan.settings.fast_path:
        yield from _early_layers(app)
    yield from _other_libraries(app)


def _early_layers(app: Flask) -> Iterator[Problem]:
    """
    Find what Flask runs for a preflight before the guard's hook.
    """
    kind = type(app.session_interface)
    if kind is not SecureCookieSessionInterface:
        why = "opens a session for every preflight, before the guard answers it"
        yield make_problem("CG904", "app.session_interface", _name(kind), why, _FIX)


def _other_libraries(app: Flask) -> Iterator[Problem]:
    hooks = [
        *(hook for hooks in app.after_request_funcs.values() for hook in hooks),
        *(hook for hooks in app.before_request_funcs.values() for hook in hooks),
        *app.view_functions.values(),
    ]
    modules = {str(getattr(hook, "__module__", "")).partition(".")[0] for hook in hooks}
    for name in sorted(modules.intersection(_OTHER_LIBRARIES)):
        why = "adds CORS headers, too; the guard replaces them"
        fix = "Remove it, when all of its policies are written for the guard."
        yield make_problem("CG908", "app", name, why, fix)


def _name(value: object) -> str:
    module = getattr(value, "__module__", "")
    return f"{module}.{getattr(value, '__qualname__', type(value).__qualname__)}".lstrip(".")

"""
`@cross_origin` and `@same_origin`: marks on views and blueprints.

A mark is a note on the function, the class or the blueprint, nothing more: no wrapper, no cost, and
it may stand above or below other decorators as long as these keep the function's attributes
(`functools.wraps` does). The guard reads the marks when the routes are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import getattr_static
from typing import TypeVar, Unpack, cast

from flask import Blueprint, Flask

from .hidden import enclosed, unwrapped
from .protocol.options import PolicyOptions
from .protocol.policy import Policy

__all__ = [
    "Mark",
    "cross_origin",
    "hidden_marks",
    "mark_of_blueprint",
    "mark_of_view",
    "same_origin",
]

T = TypeVar("T")

_ATTRIBUTE = "__corsguard__"


@dataclass(frozen=True, slots=True)
class Mark:
    """
    Say what governs the marked thing.

    Attributes:
        policy: A policy, the name of one, or None: no other origin may read.
    """

    policy: Policy | str | None


def cross_origin(
    policy: Policy | str | None = None, /, **options: Unpack[PolicyOptions]
) -> Callable[[T], T]:
    """
    Say which policy governs a view, a `View` class, one of its handlers, or a blueprint.

    What is said on a view goes before its blueprint, and that before path rules and the guard's
    own options; levels replace each other and are never merged.

    Args:
        policy: A policy, or the name of one in the guard's `policies`.
        **options: Those of a policy, `origins` among them; instead of a policy.

    Returns:
        A decorator that marks what it is given and gives it back unchanged.

    Raises:
        PolicyError: With every problem in the options.
        TypeError: If there is neither a policy nor origins, or both.
    """
    usage = "write @cross_origin(origins=[...]) or @cross_origin('a policy name')"
    if isinstance(policy, str) and ("://" in policy or policy in {"*", "null", ""}):
        raise TypeError(f"cross_origin: {policy!r} is no policy; {usage}: origins={[policy]!r}")
    if policy is not None and not isinstance(cast("object", policy), Policy | str):
        raise TypeError(f"cross_origin takes a Policy or a name, not {policy!r}; {usage}")
    if policy is not None and options:
        raise TypeError(f"cross_origin takes a policy or options, not both; {usage}")
    if policy is None and "origins" not in options:
        raise TypeError(f"cross_origin needs origins or a policy; {usage}")
    return _marker(Mark(Policy(**options) if policy is None else policy), "cross_origin")


def same_origin(target: T) -> T:
    """
    Say that no other origin may read a view, a class, a handler or a blueprint.

    Whatever the outer levels allow does not count here.

    Args:
        target: What is marked.

    Returns:
        The same.
    """
    return _marker(Mark(None), "same_origin")(target)


def mark_of_blueprint(blueprint: object) -> Mark | None:
    """
    Read the mark of a blueprint.
    """
    return _read(blueprint)


def mark_of_view(view: Callable[..., object], method: str) -> Mark | None:
    """
    Read the mark that governs a method of a view: its handler's, its own, its class's.

    Args:
        view: The view function.
        method: The request's method.
    """
    for target in (*_handlers(view, method), view):
        for function in unwrapped(target):
            mark = _read(function)
            if mark is not None:
                return mark
    return _read(getattr(view, "view_class", None))


def hidden_marks(view: Callable[..., object], method: str) -> Iterator[object]:
    """
    Yield the marked functions that a view, or its handler for a method, encloses.

    Where one of them is no view itself, a decorator has dropped its mark.

    Args:
        view: A view function on which no mark was found.
        method: The request's method.
    """
    for target in (*_handlers(view, method), view):
        yield from filter(_has_mark, enclosed(target))


def _handlers(view: object, method: str) -> list[object]:
    """
    Give what a class answers a method with, as it stands in the class and as it is called.
    """
    view_class = getattr(view, "view_class", None)
    # Flask answers HEAD with the handler for GET where there is no other.
    names = [method.lower(), *(["get"] if method == "HEAD" else []), "dispatch_request"]
    for name in names:
        if hasattr(view_class, name):
            return [getattr_static(view_class, name), getattr(view_class, name)]
    return []


def _has_mark(function: object) -> bool:
    if _read(function) is not None:
        return True
    view_class = getattr(function, "view_class", None)
    methods = getattr(view_class, "methods", None) or ()
    handlers = [handler for method in methods for handler in _handlers(function, method)]
    return any(_read(target) is not None for target in (view_class, *handlers))


def _marker(mark: Mark, name: str) -> Callable[[T], T]:
    def decorate(target: T) -> T:
        _put(mark, target, name)
        return target

    return decorate


def _put(mark: Mark, target: object, name: str) -> None:
    if isinstance(target, Flask):
        raise TypeError(f"{name} marks views and blueprints; write CORSGuard(app, ...)")
    if type(target) in {staticmethod, classmethod}:
        raise TypeError(f"{name} cannot mark {target!r}; put it below @{type(target).__name__}")
    if not callable(target) and not isinstance(target, Blueprint):
        raise TypeError(f"{name} marks views and blueprints, not {target!r}")
    if _ATTRIBUTE in getattr(target, "__dict__", {}):
        raise RuntimeError(f"{target!r} is marked already; keep one of the two marks")
    try:
        setattr(target, _ATTRIBUTE, mark)
    except AttributeError as error:
        message = f"{name} cannot mark {target!r}; mark a function that calls it"
        raise TypeError(message) from error


def _read(target: object) -> Mark | None:
    try:
        mark = getattr(target, _ATTRIBUTE, None)
    except Exception:  # noqa: BLE001 - a proxy that stands for nothing yet, say
        return None
    return mark if isinstance(mark, Mark) else None

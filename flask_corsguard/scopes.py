"""
`@cross_origin` and `@same_origin`: marks on views and blueprints.

A mark is a note on the function, the class or the blueprint, nothing more: no wrapper, no cost, and
it may stand above or below other decorators as long as these keep the function's attributes
(`functools.wraps` does). The guard reads the marks when the routes are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import FunctionType, MethodType
from typing import TypeVar, Unpack, cast

from flask import Blueprint, Flask

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
_DEEPEST = 16
_MOST_ENCLOSED = 256


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
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        # Flask answers HEAD with the handler for GET where there is no other.
        names = (method.lower(), "get") if method == "HEAD" else (method.lower(),)
        handler = next(filter(None, (getattr(view_class, n, None) for n in names)), None)
        mark = _read(handler) if callable(handler) else None
        if mark is not None:
            return mark
    for function in unwrapped(view):
        mark = _read(function)
        if mark is not None:
            return mark
    return _read(view_class)


def hidden_marks(view: Callable[..., object]) -> Iterator[object]:
    """
    Yield the marked functions that a view function encloses.

    Where one of them is no view itself, a decorator has dropped its mark.

    Args:
        view: A view function on which no mark was found.
    """
    return filter(_has_mark, _enclosed(view))


def unwrapped(view: object) -> Iterator[object]:
    """
    Yield a function and what it wraps, as `functools.wraps` notes it.
    """
    for _ in range(_DEEPEST):
        yield view
        view = getattr(view, "__wrapped__", None)
        if view is None:
            return


def _has_mark(function: object) -> bool:
    if _read(function) is not None:
        return True
    view_class = getattr(function, "view_class", None)
    handlers = getattr(view_class, "methods", None) or ()
    return _read(view_class) is not None or any(
        _read(getattr(view_class, method.lower(), None)) is not None for method in handlers
    )


def _marker(mark: Mark, name: str) -> Callable[[T], T]:
    def decorate(target: T) -> T:
        _put(mark, target, name)
        return target

    return decorate


def _put(mark: Mark, target: object, name: str) -> None:
    if isinstance(target, Flask):
        raise TypeError(f"{name} marks views and blueprints; write CORSGuard(app, ...)")
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
    mark = getattr(target, _ATTRIBUTE, None)
    return mark if isinstance(mark, Mark) else None


def _enclosed(view: object) -> Iterator[object]:
    """
    Yield the functions that a function holds in its closure, or an object in its attributes.
    """
    waiting, seen = [view], {id(view)}
    while waiting and len(seen) < _MOST_ENCLOSED:
        outer = waiting.pop()
        for inner in _held(outer):
            # Proxies and mocks have every attribute, or raise: only plain functions are looked at.
            if id(inner) not in seen and _is_function(inner):
                seen.add(id(inner))
                waiting.append(inner)
                yield inner


def _is_function(value: object) -> bool:
    return isinstance(value, FunctionType | MethodType | partial)


def _held(function: object) -> Iterator[object]:
    yield getattr(function, "func", None)
    yield from getattr(function, "__dict__", {}).values()
    yield getattr(function, "__func__", None)
    for cell in getattr(function, "__closure__", None) or ():
        try:
            yield cell.cell_contents
        except ValueError:  # a variable that is not bound yet
            continue

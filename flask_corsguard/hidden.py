"""
Look for functions that a decorator holds on to without saying so.

A decorator that uses `functools.wraps` keeps the attributes of what it decorates. One that does not
drops the marks, silently. What it returns still has to call the original, so it holds it
somewhere: in its closure, its defaults, its attributes. That is where this looks; it runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from types import CellType, FunctionType, MethodType
from typing import Any, cast

from werkzeug.local import LocalProxy

__all__ = ["enclosed", "unwrapped"]

_DEEPEST = 16
_MOST_LOOKED_AT = 256


def unwrapped(function: object) -> Iterator[object]:
    """
    Yield a function and what it wraps, as `functools.wraps` notes it.

    Args:
        function: A function, or whatever stands in its place.
    """
    for _ in range(_DEEPEST):
        yield function
        try:
            function = getattr(function, "__wrapped__", None)
        except Exception:  # noqa: BLE001 - a proxy that stands for nothing yet, say
            return
        if function is None:
            return


def enclosed(function: object) -> Iterator[object]:
    """
    Yield the functions that a function holds, directly or through other things that it holds.

    Args:
        function: A function, or a callable object.
    """
    waiting, seen = [function], {id(function)}
    while waiting:
        for inner in _held(waiting.pop()):
            if id(inner) in seen or not _may_hold(inner):
                continue
            if len(seen) > _MOST_LOOKED_AT:
                return
            seen.add(id(inner))
            waiting.append(inner)
            if isinstance(inner, FunctionType | MethodType | partial):
                yield inner


def _may_hold(value: object) -> bool:
    """
    Tell whether to look into a value: proxies, classes and plain data are left alone.
    """
    kind = type(value)
    if issubclass(kind, type | LocalProxy):
        return False
    return callable(value) or issubclass(kind, list | tuple | set | frozenset | dict)


def _held(value: object) -> Iterator[object]:
    if isinstance(value, FunctionType):
        yield from _contents(value.__closure__ or ())
        yield from value.__defaults__ or ()
        yield from (value.__kwdefaults__ or {}).values()
        yield from value.__dict__.values()
    elif isinstance(value, MethodType):
        yield value.__func__
        yield from _fields(value.__self__)
    elif isinstance(value, partial):
        call = cast("partial[object]", value)
        yield from (call.func, *call.args, *call.keywords.values())
    elif isinstance(value, dict):
        yield from cast("dict[object, object]", value).values()
    elif isinstance(value, list | tuple | set | frozenset):
        yield from cast("list[object]", value)
    else:
        yield from _fields(value)


def _contents(cells: tuple[CellType, ...]) -> Iterator[object]:
    for cell in cells:
        try:
            yield cell.cell_contents
        except ValueError:  # a variable that is not bound yet
            continue


def _fields(value: object) -> Iterator[object]:
    """
    Yield the attributes of an object, without asking the object.
    """
    names: list[str] = []
    for kind in type(value).__mro__:
        slots: Any = kind.__dict__.get("__slots__", ())
        names += [slots] if isinstance(slots, str) else list(slots)
    for name in names:
        try:
            yield object.__getattribute__(value, name)
        except AttributeError:  # not set, or mangled
            continue
    try:
        yield from cast("dict[str, object]", object.__getattribute__(value, "__dict__")).values()
    except AttributeError:
        return

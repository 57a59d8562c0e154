"""
Functions that decorators hold on to.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from types import CellType, FunctionType
from typing import Any

from flask import request

from flask_corsguard.hidden import enclosed, unwrapped


def target() -> None:
    """
    Be looked for.
    """


class Slots:
    __slots__ = ("_a", "function", "missing")

    def __init__(self, function: Callable[..., object]) -> None:
        self.function = function

    def __call__(self) -> object:
        return self.function()


class OneSlot:
    __slots__ = "function"  # noqa: PLC0205 - one may write it so

    def __init__(self, function: Callable[..., object]) -> None:
        self.function = function

    def run(self) -> object:
        return self.function()


class Attributes:
    def __init__(self, function: Callable[..., object]) -> None:
        self.function = function

    def __call__(self) -> object:
        return self.function()


def closure(function: Callable[..., object]) -> Callable[..., object]:
    return lambda: function()  # noqa: PLW0108 - it is the closure that matters


def keyword(function: Callable[..., object]) -> Callable[..., object]:
    def call(*, run: Callable[..., object] = function) -> object:
        return run()

    return call


def attribute(function: Callable[..., object]) -> Callable[..., object]:
    def call() -> None: ...

    call.inner = {"x": [function]}  # type: ignore[attr-defined]
    return call


def test_a_function_is_found_wherever_a_decorator_keeps_it() -> None:
    holders: list[Any] = [
        closure(target),
        closure(closure(target)),
        lambda run=target: run(),
        keyword(target),
        attribute(target),
        partial(target),
        partial(print, target),
        partial(print, end=target),
        Slots(target),
        OneSlot(target).run,
        Attributes(target),
        closure(Attributes(partial(target))),
    ]
    for holder in holders:
        assert target in list(enclosed(holder)), holder


def test_proxies_classes_and_data_are_left_alone() -> None:
    values = (request, Slots, 7, "text", None)
    assert list(enclosed(lambda: values)) == []


def test_a_variable_that_is_not_bound_yet_holds_nothing() -> None:
    function = FunctionType((lambda: target).__code__, globals())
    empty = FunctionType(closure(target).__code__, globals(), closure=(CellType(),))
    assert list(enclosed(function)) == []
    assert list(enclosed(empty)) == []


def test_a_circle_and_a_crowd_come_to_an_end() -> None:
    circle: list[Any] = []
    circle.append(circle)
    assert list(enclosed(lambda: circle)) == []
    crowd = [lambda n=n: n for n in range(1000)]
    assert len(list(enclosed(lambda: crowd))) < 300


def test_wrapped_functions_are_followed_to_the_first_and_not_for_ever() -> None:
    @wraps(target)
    def wrapper() -> None: ...

    assert list(unwrapped(wrapper)) == [wrapper, target]
    wrapper.__wrapped__ = wrapper  # type: ignore[attr-defined]
    assert len(list(unwrapped(wrapper))) == 16

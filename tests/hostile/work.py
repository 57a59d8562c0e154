"""
Count the work that a request causes, without a clock.

Three things are counted, because each is blind to the others: the instructions of the interpreter,
the characters of the client's text that went through a string method or a regular expression (one
instruction may copy a megabyte), and the memory that was held at the peak.
"""

from __future__ import annotations

import re
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import FrameType
from typing import Any

import pytest

import flask_corsguard.protocol

__all__ = ["Metered", "Work", "measure", "metered_regexes", "opcodes"]

# What looks at the beginning or the end of a text, or knows the answer, is no work.
_FREE = {"startswith", "endswith", "isascii", "maketrans"}
_LINEAR = {name for name in dir(str) if not name.startswith("_")} - _FREE
_LINEAR |= {"__add__", "__contains__", "__format__", "__hash__", "__iter__", "__mod__", "__mul__"}


class Metered(str):  # noqa: PLW1641 - `__hash__` is put in below, like the others
    """
    A text that counts how many of its characters are worked on, and so do its parts.
    """

    __slots__ = ()
    total = 0

    def __getitem__(self, key: Any) -> str:
        part = str.__getitem__(self, key)
        Metered.total += len(part)
        return Metered(part)

    def __eq__(self, other: object) -> bool:
        # Texts of different lengths are not compared.
        if isinstance(other, str) and len(other) == len(self):
            Metered.total += len(self)
        return str.__eq__(self, other)

    def __str__(self) -> str:
        # What is a text already is not copied.
        return self

    def __ne__(self, other: object) -> bool:
        return not self == other


def _wrapped(value: object) -> object:
    if type(value) is str:
        return Metered(value)
    if isinstance(value, tuple | list):
        return type(value)(map(_wrapped, value))
    return value


def _method(name: str) -> Callable[..., object]:
    plain = getattr(str, name)

    def method(self: Metered, *args: object, **options: object) -> object:
        Metered.total += len(self)
        result = plain(self, *args, **options)
        return result if name in {"__hash__", "__format__"} else _wrapped(result)

    return method


for _name in _LINEAR:
    setattr(Metered, _name, _method(_name))


class _Regex:
    """
    A regular expression that counts the characters it is given.
    """

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    def __getattr__(self, name: str) -> object:
        def match(text: str, *args: Any) -> object:
            Metered.total += len(text)
            return getattr(self._pattern, name)(text, *args)

        return match


@contextmanager
def metered_regexes() -> Iterator[None]:
    """
    Count what the regular expressions of the protocol are given, too.
    """
    package = flask_corsguard.protocol
    with pytest.MonkeyPatch.context() as patch:
        for found in iter_modules(package.__path__):
            module = import_module(f"{package.__name__}.{found.name}")
            for name, value in list(vars(module).items()):
                if isinstance(value, re.Pattern):
                    patch.setattr(module, name, _Regex(value))
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """
    Hold what one request costs.
    """

    opcodes: int
    characters: int
    memory: int


def measure(run: Callable[[], object]) -> Work:
    """
    Count the work of a call that has been made before, so that nothing is done for the first time.

    Args:
        run: The call; the text of the client in it is `Metered`.
    """
    run()
    with metered_regexes():
        Metered.total = 0
        run()
        characters = Metered.total
    return Work(opcodes=opcodes(run), characters=characters, memory=_peak(run))


def opcodes(run: Callable[[], object]) -> int:
    """
    Count the instructions of the interpreter that a call takes, those of the meter aside.
    """
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        if frame.f_code.co_filename == __file__:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        if sys.version_info >= (3, 12):
            # The first time, not every instruction is told yet.
            run()
            count = 0
        run()
    finally:
        sys.settrace(before)
    return count


def _peak(run: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        run()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        run()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()

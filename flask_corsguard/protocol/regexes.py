"""
Regular expressions that a user wrote: what they may cost, and what they match.

Both are read off the structure. To run an expression against bad input and look at the clock would
find only the bad input that was thought of, and would hang on it.

The structure comes from the parser inside the standard library, which is private. It is used all
the same: what counts is how *this* interpreter reads the expression (it makes `a|[b-z]` one
character class, for one thing), and a second parser would be the place where the two differ. Its
output goes no further than this module.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from enum import StrEnum
from importlib import import_module
from itertools import chain, islice, zip_longest
from typing import Any, TypeAlias

from .automata import (
    Automaton,
    Builder,
    Part,
    UnjudgedError,
    busiest,
    effort,
    is_exponential,
    is_polynomial,
)
from .origins import MAX_ORIGIN_BYTES, parse_origin

__all__ = ["Complexity", "complexity", "samples"]

# `import re._parser` passes no type checker (typeshed knows only `sre_parse`), and importing
# `sre_parse`, the documented name until Python 3.10, is a DeprecationWarning.
_PARSER: Any = import_module("re._parser")

_UNJUDGED = (
    UnjudgedError,
    RecursionError,
    # The parser repeats what it warned about when the expression was compiled. Where warnings are
    # errors, this must not become one.
    Warning,
)

_SLOW = 100_000
_HOPELESS = 30_000_000
"""Character comparisons for one text: milliseconds, and about a second."""


class Complexity(StrEnum):
    """
    How the time that one match takes grows with the length of the text.
    """

    LINEAR = "linear"
    POLYNOMIAL = "polynomial"
    EXPONENTIAL = "exponential"
    UNKNOWN = "unknown"


def complexity(pattern: re.Pattern[str]) -> Complexity:
    r"""
    Judge what it costs at worst to hold a text in full against a regular expression.

    The verdict may be too bad: lookarounds, atomic groups and possessive repeats get no credit for
    the paths that they cut off, and long repeats count as endless. What is linear or polynomial on
    paper, but takes about a second for a text as short as an origin, is called exponential, as
    `(\w{1,8}){1,8}` is; that is a search, which may overlook something.

    Args:
        pattern: Any expression. It may be meant for paths as well as for origins, so characters
            count that no origin holds.

    Returns:
        The growth. UNKNOWN for an expression that refers back to what it matched, is too large, or
        has a capturing group in a possessive repeat, which not every Python can match.
    """
    try:
        machine, exact = _Reader().read(pattern)
        return _judge(machine) if exact else Complexity.UNKNOWN
    except _UNJUDGED:
        return Complexity.UNKNOWN


def samples(pattern: re.Pattern[str], *, limit: int = 24) -> tuple[str, ...]:
    """
    Give texts that a regular expression matches in full, as different as they come.

    They are put together from the structure, tried only where that is certain to be cheap, and
    hold no characters but those of origins.

    Args:
        pattern: Any expression.
        limit: How many to give at most.

    Returns:
        The texts, those that are origins first. There may be texts and none is found, say behind
        several lookarounds.
    """
    try:
        machine, _ = _Reader().read(pattern)
    except _UNJUDGED:
        return ()
    short = (text for text in _texts(machine) if len(text) <= MAX_ORIGIN_BYTES)
    origins: list[str] = []
    others: list[str] = []
    work = 0
    for text in dict.fromkeys(islice(short, _MAX_TRIES)):
        cost = effort(machine, text, bound=_SLOW)
        work += cost
        if cost < _SLOW and pattern.fullmatch(text):
            (origins if parse_origin(text) else others).append(text)
        if len(origins) == limit or work >= _MAX_WORK:
            break
    return tuple([*origins, *others][:limit])


def _judge(machine: Automaton) -> Complexity:
    work = busiest(machine)
    # Lookarounds are judged on their own, and the worst verdict counts.
    verdicts = {_judge(look) for look in machine.looks}
    if Complexity.EXPONENTIAL in verdicts or work >= _HOPELESS or is_exponential(machine):
        return Complexity.EXPONENTIAL
    if Complexity.POLYNOMIAL in verdicts or work >= _SLOW or is_polynomial(machine):
        return Complexity.POLYNOMIAL
    return Complexity.LINEAR


# --- reading ---

# Copies of a repeat that are written out, and how many states they may make if some are optional.
# Beyond that a repeat counts as endless. As far as the cost is concerned, it might as well be.
_MAX_OPTIONAL = 8
_MAX_REQUIRED = 63
_MAX_SIZE = 64

_BEYOND_ASCII = "\u00e9\u0663\u2003\u20ac"
"""A letter, a digit, a space and a symbol. Each stands for all its kind."""

_ALPHABET = "".join(map(chr, range(128))) + _BEYOND_ASCII
_EVERYTHING = (1 << len(_ALPHABET)) - 1
_CATEGORIES = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}


def _mask(characters: Iterable[str]) -> int:
    return sum(1 << _ALPHABET.index(character) for character in set(characters))


_LOWER = _mask(string.ascii_lowercase)
_UPPER = _mask(string.ascii_uppercase)

_FOLDED = _mask("ikIKsS")
"""The letters whose other case may lie beyond ASCII, like the Kelvin sign."""

# What the parser gives has no public type.
_Parsed: TypeAlias = Any


class _Reader:
    """
    Build the automaton of what the parser gives.
    """

    def __init__(self) -> None:
        self._builder = Builder()
        self._exact = True
        self._loops = 0
        self._groups: dict[int | None, tuple[_Parsed, int]] = {None: ((), 0)}

    def read(self, pattern: re.Pattern[str]) -> tuple[Automaton, bool]:
        """
        Give the automaton, and whether it says all that the expression does.
        """
        # With DEBUG the parser would print.
        flags = pattern.flags & ~re.DEBUG
        part = self._series(_PARSER.parse(pattern.pattern, flags), flags)
        return self._builder.finish(part), self._exact

    def _series(self, parsed: _Parsed, flags: int) -> Part:
        whole = self._builder.nothing
        for kind, argument in parsed:
            whole = self._builder.join(whole, self._part(str(kind), argument, flags))
        return whole

    def _part(self, kind: str, argument: _Parsed, flags: int) -> Part:
        match kind:
            case "BRANCH":
                return self._builder.choose(self._series(option, flags) for option in argument[1])
            case "SUBPATTERN":
                group, added, dropped, body = argument
                self._groups[group] = body, (flags | added) & ~dropped
                return self._series(*self._groups[group])
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                low, high, body = argument
                groups = len(self._groups)
                part = self._repeat(int(low), int(high), body, flags)
                if kind == "POSSESSIVE_REPEAT" and len(self._groups) > groups:
                    # Matching may raise SystemError: https://github.com/python/cpython/issues/101955
                    raise UnjudgedError
                return part
            case "ATOMIC_GROUP":
                return self._series(argument, flags)
            case "ASSERT" | "ASSERT_NOT":
                return self._look(argument[1], flags)
            case "AT":
                return self._builder.nothing
            case "GROUPREF" | "GROUPREF_EXISTS":
                return self._reference(argument, flags)
            case _:
                return self._builder.characters(_class(_items(kind, argument), flags))

    def _repeat(self, low: int, high: int, body: _Parsed, flags: int) -> Part:
        if high - low > _MAX_OPTIONAL or low > _MAX_REQUIRED:
            return self._loop(low, body, flags)
        parts = [self._series(body, flags) for _ in range(high)]
        size = max(parts[-1].last, default=0) - min(parts[0].first, default=0) if parts else 0
        if low < high and size > _MAX_SIZE:
            return self._loop(low, body, flags)
        # One inside the other, a(a(a)?)?, because a?a?a? would find one text in many ways.
        whole = self._builder.nothing
        for copy in range(high, 0, -1):
            whole = self._builder.join(parts[copy - 1], whole)
            if copy > low:
                whole = self._builder.choose((whole, self._builder.nothing))
        return whole

    def _loop(self, low: int, body: _Parsed, flags: int) -> Part:
        self._loops += 1
        whole = self._builder.nothing
        copies = low - 1 if 0 < low <= _MAX_REQUIRED else 0
        for _ in range(copies):
            whole = self._builder.join(whole, self._series(body, flags))
        endless = self._builder.loop(self._series(body, flags), low=low - copies)
        self._loops -= 1
        return self._builder.join(whole, endless)

    def _look(self, body: _Parsed, flags: int) -> Part:
        outer, self._builder = self._builder, Builder(self._builder)
        outer.looks.append(self._builder.finish(self._series(body, flags), in_loop=self._loops > 0))
        self._builder = outer
        return outer.nothing

    def _reference(self, argument: _Parsed, flags: int) -> Part:
        # What the group has matched could be anything that it matches.
        self._exact = False
        if isinstance(argument, int):
            return self._series(*self._groups[argument])
        _, *branches = argument
        return self._builder.choose(self._series(branch or (), flags) for branch in branches)


def _items(kind: str, argument: _Parsed) -> list[tuple[str, _Parsed]]:
    match kind:
        case "ANY":
            return [("ANY", None)]
        case "LITERAL":
            return [("LITERAL", argument)]
        case "NOT_LITERAL":
            return [("NEGATE", None), ("LITERAL", argument)]
        case _:
            # IN, or FAILURE, which stands for `(?!)` and has no items.
            return [(str(item), detail) for item, detail in argument]


def _class(items: list[tuple[str, _Parsed]], flags: int) -> int:
    """
    Give the characters that a class may match.

    Beyond ASCII we know kinds, not characters. So two masks are kept: what the class may match,
    and what it matches for certain. The complement of the second is what its negation may match.
    """
    possible = certain = 0
    for kind, detail in items:
        known, unsure = _item(kind, detail, flags)
        possible |= known | unsure
        certain |= known
    if flags & re.IGNORECASE:
        possible, certain = _fold(possible), _fold(certain)
    return _EVERYTHING & ~certain if ("NEGATE", None) in items else possible


def _item(kind: str, detail: _Parsed, flags: int) -> tuple[int, int]:
    match kind:
        case "LITERAL":
            return _range(detail, detail, flags)
        case "RANGE":
            return _range(detail[0], detail[1], flags)
        case "CATEGORY":
            return _category(str(detail).removeprefix("CATEGORY_"), flags), 0
        case "ANY":
            return _EVERYTHING & ~(0 if flags & re.DOTALL else _mask("\n")), 0
        case _:
            return 0, 0  # NEGATE, which speaks about the others


def _range(low: int, high: int, flags: int) -> tuple[int, int]:
    known = (1 << min(high + 1, 128)) - (1 << min(low, 128))
    unsure = _mask(_BEYOND_ASCII) | (_FOLDED if flags & re.IGNORECASE else 0)
    return known, 0 if high < len(_ALPHABET) - len(_BEYOND_ASCII) else unsure


def _category(name: str, flags: int) -> int:
    regex = re.compile(_CATEGORIES[name.removeprefix("NOT_")], flags & re.ASCII)
    mask = _mask(filter(regex.fullmatch, _ALPHABET))
    return _EVERYTHING & ~mask if name.startswith("NOT_") else mask


def _fold(mask: int) -> int:
    return mask | (mask & _LOWER) >> 32 | (mask & _UPPER) << 32


# --- sampling ---

_MAX_TRIES = 2000
_MAX_WORK = 500_000

_TELLING = "a1z0-."
_ORDINARY = string.ascii_lowercase + string.digits + "_:/[]+" + string.ascii_uppercase

_WORDS = ("https://a", "a.a", "http://a", "1.1.1.1", "https", "http", "[::1]")
"""What a wide class was probably meant to let through, which may be an origin as a whole."""


def _texts(machine: Automaton) -> Iterator[str]:
    """
    Give texts, varied in one place each: other characters, other branches, more or fewer rounds.

    States are numbered as they are written. So the ordinary text, which leaves nothing out and
    repeats nothing, goes from each state to the nearest one.
    """
    spellings = [*map(_representatives, machine.masks[:-1]), [""]]
    heads, tails = _heads(machine, spellings), _tails(machine, spellings)
    states = dict.fromkeys(state for state in heads if state in tails and spellings[state])
    characters = (
        heads[state] + spellings[state][turn] + tails[state]
        for turn in range(len(_TELLING))
        for state in states
        if turn < len(spellings[state])
    )
    skips = (spellings[state][0] + tails[state] for state in states if state in machine.first)
    edges = (
        heads[state] + spellings[state][0] + spellings[other][0] + tails[other]
        for state in states
        for other in machine.follow[state]
        if other in states
    )
    rounds = (
        heads[state] + text + tails[state]
        for state in states
        if state in machine.follow[state]
        for text in ("".join(spellings[state]), *_words(machine.masks[state]))
    )
    # What a lookahead asks for is the best guess at the text that follows it.
    promises = (
        heads[state] + text
        for look in machine.looks
        for text in islice(_texts(look), 1)
        for state in states
    )
    turns = zip_longest(characters, chain(skips, edges), rounds, promises)
    return (text for text in chain.from_iterable(turns) if text is not None)


def _heads(machine: Automaton, spellings: list[list[str]]) -> dict[int, str]:
    heads = dict.fromkeys(sorted(machine.first), "")
    for state, spelling in enumerate(spellings):
        if state in heads and spelling:
            text = heads[state] + spelling[0]
            heads.update((other, text) for other in _later(machine, state))
    return heads


def _tails(machine: Automaton, spellings: list[list[str]]) -> dict[int, str]:
    tails = {len(spellings) - 1: ""}
    for state in reversed(range(len(spellings))):
        open_ends = [
            other for other in _later(machine, state) if other in tails and spellings[other]
        ]
        if open_ends:
            nearest = min(open_ends)
            tails[state] = spellings[nearest][0] + tails[nearest]
    return tails


def _later(machine: Automaton, state: int) -> list[int]:
    return [other for other in machine.follow[state] if other not in machine.again[state]]


def _representatives(mask: int) -> list[str]:
    telling = [character for character in _TELLING if _mask(character) & mask]
    return telling or [character for character in _ORDINARY if _mask(character) & mask][:1]


def _words(mask: int) -> list[str]:
    return [word for word in _WORDS if not _mask(word) & ~mask]

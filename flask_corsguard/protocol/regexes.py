"""
Regular expressions that a user wrote: what they may cost, and what they match.

Both are read off the structure. To run an expression against bad input and look at the clock would
find only the bad input that was thought of, and would hang on the rest.

The structure comes from the parser inside the standard library, which is private. It is used all
the same: what counts is how *this* interpreter reads the expression (it rewrites `a|[b-z]` into one
character class, for one thing), and a second parser would be the place where the two differ. Its
output is turned into our own nodes here, and no other module knows about it.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import chain, cycle, islice, zip_longest
from typing import Any

from .automata import (
    Characters,
    Choice,
    Complexity,
    Look,
    Node,
    Repeat,
    Series,
    TooLargeError,
    ambiguity,
    automaton,
    effort,
)
from .origins import MAX_ORIGIN_BYTES, parse_origin

__all__ = ["Complexity", "complexity", "samples"]

# `import re._parser` passes no type checker (typeshed knows only `sre_parse`), and importing
# `sre_parse`, the documented name until Python 3.10, is a DeprecationWarning.
_PARSER: Any = import_module("re._parser")

_UNJUDGED = (
    TooLargeError,
    RecursionError,
    # The parser repeats what it warned about when the expression was compiled; where warnings are
    # errors, that must not be one at another place.
    Warning,
)

_AFFORDABLE = 20_000
"""Character comparisons for one sample: well below a millisecond."""


def complexity(pattern: re.Pattern[str]) -> Complexity:
    """
    Judge what it costs at worst to hold a text in full against a regular expression.

    Lookarounds, atomic groups and possessive repeats are given no credit for the paths that they
    cut off, and a repeat of more than eight counts as endless: the verdict may be too bad. It is
    too good only for a finite number of paths that is hard to find (see `ambiguity`).

    Args:
        pattern: Any expression. It may be meant for paths as well as for origins, so characters
            count that no origin holds.

    Returns:
        The growth. UNKNOWN for an expression that refers back to what it matched, or is too large.
    """
    try:
        reader = _Reader()
        tree = reader.read(pattern)
        return ambiguity(automaton(tree)) if reader.exact else Complexity.UNKNOWN
    except _UNJUDGED:
        return Complexity.UNKNOWN


def samples(pattern: re.Pattern[str], *, limit: int = 24) -> tuple[str, ...]:
    """
    Give texts that a regular expression matches in full, as different as they come.

    They are put together from the structure, tried only where the try is certain to be cheap, and
    hold no characters but those of origins.

    Args:
        pattern: Any expression.
        limit: How many to give at most.

    Returns:
        The texts, those that are origins first. None may be found even if there are some, say
        behind several lookarounds.
    """
    try:
        tree = _Reader().read(pattern)
        machine = automaton(tree)
        texts = _Sampler().texts(tree)
    except _UNJUDGED:
        return ()
    found = [t for t in texts if effort(machine, t) <= _AFFORDABLE and pattern.fullmatch(t)]
    found.sort(key=lambda text: parse_origin(text) is None)
    return tuple(found[:limit])


# --- reading ---

_BEYOND_ASCII = "\u00e9\u0663\u2003\u20ac"
"""A letter, a digit, a space and a symbol. Each stands for all its kind."""

_ALPHABET = "".join(map(chr, range(128))) + _BEYOND_ASCII
_EVERYTHING = (1 << len(_ALPHABET)) - 1
_ASCII = (1 << 128) - 1
_CATEGORIES = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}
_NOTHING = Series(parts=())


def _mask(characters: Iterable[str]) -> int:
    return sum(1 << _ALPHABET.index(character) for character in set(characters))


_LOWER = _mask(string.ascii_lowercase)
_UPPER = _mask(string.ascii_uppercase)

_UNICODE_FOLDS = _mask("ikIKsS")
"""The letters whose other case may lie beyond ASCII, like the Kelvin sign."""


class _Reader:
    """
    Turn what the parser gives into nodes.

    Attributes:
        exact: Whether the nodes say all that the expression does.
    """

    def __init__(self) -> None:
        self.exact = True
        self._groups: dict[int | None, Node] = {}

    def read(self, pattern: re.Pattern[str]) -> Node:
        # With DEBUG the parser would print.
        flags = pattern.flags & ~re.DEBUG
        return self._series(_PARSER.parse(pattern.pattern, flags), flags)

    def _series(self, parsed: Any, flags: int) -> Node:
        parts = tuple(self._node(str(kind), argument, flags) for kind, argument in parsed)
        return parts[0] if len(parts) == 1 else Series(parts=parts)

    def _node(self, kind: str, argument: Any, flags: int) -> Node:
        match kind:
            case "BRANCH":
                return Choice(options=tuple(self._series(option, flags) for option in argument[1]))
            case "SUBPATTERN":
                group, added, dropped, body = argument
                self._groups[group] = self._series(body, (flags | added) & ~dropped)
                return self._groups[group]
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                low, high, body = argument
                return Repeat(body=self._series(body, flags), low=int(low), high=int(high))
            case "ATOMIC_GROUP":
                return self._series(argument, flags)
            case "ASSERT" | "ASSERT_NOT":
                direction, body = argument
                ahead = kind == "ASSERT" and direction > 0
                return Look(body=self._series(body, flags), ahead=ahead)
            case "AT":
                return _NOTHING
            case "GROUPREF" | "GROUPREF_EXISTS":
                self.exact = False
                return self._reference(argument, flags)
            case _:
                return Characters(mask=_class(_items(kind, argument), flags))

    def _reference(self, argument: Any, flags: int) -> Node:
        """
        Stand in for a reference: what the group matched could be anything that it matches.
        """
        if isinstance(argument, int):
            return self._groups[argument]
        _, *branches = argument
        return Choice(options=tuple(self._series(branch or (), flags) for branch in branches))


def _items(kind: str, argument: Any) -> list[tuple[str, Any]]:
    match kind:
        case "ANY":
            return [("ANY", None)]
        case "LITERAL":
            return [(kind, argument)]
        case "NOT_LITERAL":
            return [("NEGATE", None), ("LITERAL", argument)]
        case _:
            # IN, or FAILURE, which stands for `(?!)` and has no items
            return [(str(item), detail) for item, detail in argument]


def _class(items: list[tuple[str, Any]], flags: int) -> int:
    """
    Give the characters that a class may match.

    Beyond ASCII we know kinds, not characters. So two masks are kept: what the class may match,
    and what it matches for certain; the complement of the one is the other.
    """
    possible = certain = 0
    for kind, detail in items:
        may, must = _item(kind, detail, flags)
        possible |= may
        certain |= must
    if flags & re.IGNORECASE:
        possible, certain = _fold(possible), _fold(certain)
    return _EVERYTHING & ~certain if ("NEGATE", None) in items else possible


def _item(kind: str, detail: Any, flags: int) -> tuple[int, int]:
    match kind:
        case "LITERAL":
            return _range(detail, detail, flags)
        case "RANGE":
            return _range(*detail, flags)
        case "CATEGORY":
            known = _category(str(detail).removeprefix("CATEGORY_"), flags)
        case "ANY":
            known = _EVERYTHING if flags & re.DOTALL else _EVERYTHING & ~_mask("\n")
        case _:
            known = 0  # NEGATE, which speaks about the others
    return known, known


def _range(low: int, high: int, flags: int) -> tuple[int, int]:
    known = (1 << min(high, 127) + 1) - (1 << min(low, 128))
    if high < 128:
        return known, known
    folded = _UNICODE_FOLDS if flags & re.IGNORECASE else 0
    return known | _mask(_BEYOND_ASCII) | folded, known


def _category(name: str, flags: int) -> int:
    regex = re.compile(_CATEGORIES[name.removeprefix("NOT_")], flags & re.ASCII)
    mask = _mask(filter(regex.fullmatch, _ALPHABET))
    return _EVERYTHING & ~mask if name.startswith("NOT_") else mask


def _fold(mask: int) -> int:
    return mask | (mask & _LOWER) >> 32 | (mask & _UPPER) << 32


# --- sampling ---

_TELLING = "a1z0-."
_ORDINARY = string.ascii_lowercase + string.digits + "_:/[]+" + string.ascii_uppercase

_WORDS = ("https://a", "a.a", "http://a", "1.1.1.1", "https", "http", "[::1]")
"""What a wide character class was probably meant to let through, an origin as a whole included."""

_VARIANTS = 48
"""How many texts are kept for any part of an expression."""


class _Sampler:
    """
    Put texts together, from the inside of an expression out.
    """

    def __init__(self) -> None:
        # A group that is referred to is one node in several places.
        self._known: dict[Node, tuple[str, ...]] = {}

    def texts(self, node: Node) -> tuple[str, ...]:
        """
        Give texts for a node, the most ordinary one first.
        """
        if node not in self._known:
            self._known[node] = _pick(self._candidates(node))
        return self._known[node]

    def _candidates(self, node: Node) -> Iterable[str]:
        match node:
            case Characters():
                return _representatives(node.mask)
            case Series():
                return self._series(node.parts)
            case Choice():
                return _interleave(*map(self.texts, node.options))
            case Repeat():
                return self._repeat(node)
            case _:
                return [""]

    def _series(self, parts: tuple[Node, ...]) -> Iterable[str]:
        choices = [self.texts(part) for part in parts]
        if sum(min(map(len, texts), default=MAX_ORIGIN_BYTES + 1) for texts in choices) > MAX_ORIGIN_BYTES:
            return []
        # What a lookahead asks for is the best guess at the text that follows it.
        promised = [
            "".join(texts[0] for texts in choices[:index]) + text
            for index, part in enumerate(parts)
            if isinstance(part, Look) and part.ahead
            for text in self.texts(part.body)
        ]
        return _interleave(_vary(choices), promised)

    def _repeat(self, node: Repeat) -> Iterable[str]:
        texts = self.texts(node.body)
        counts = dict.fromkeys((max(node.low, 1), node.low, node.low + 1, node.low + 2))
        several = [_several(texts, count) for count in counts if count <= node.high]
        return _interleave(*several, _words(node))


def _pick(texts: Iterable[str]) -> tuple[str, ...]:
    picked: dict[str, None] = {}
    for text in texts:
        if len(text) <= MAX_ORIGIN_BYTES:
            picked[text] = None
        if len(picked) == _VARIANTS:
            break
    return tuple(picked)


def _interleave(*sources: Iterable[str]) -> Iterator[str]:
    turns = chain.from_iterable(zip_longest(*sources))
    return (text for text in turns if text is not None)


def _representatives(mask: int) -> list[str]:
    telling = [character for character in _TELLING if _mask(character) & mask]
    return telling or [character for character in _ORDINARY if _mask(character) & mask][:1]


def _vary(choices: list[tuple[str, ...]]) -> Iterator[str]:
    """
    Join the first text of every part; then change one part at a time, and all at once.
    """
    plain = [texts[0] for texts in choices]
    yield "".join(plain)
    for turn in range(1, max(map(len, choices), default=0)):
        for index, texts in enumerate(choices):
            if turn < len(texts):
                yield "".join((*plain[:index], texts[turn], *plain[index + 1 :]))
        yield "".join(texts[turn % len(texts)] for texts in choices)


def _several(texts: tuple[str, ...], count: int) -> list[str]:
    """
    Repeat each text, and mix them.
    """
    if count > MAX_ORIGIN_BYTES:
        return []
    same = [text * count for text in texts]
    turns = range(len(texts) if count > 1 else 0)
    mixed = ["".join(islice(cycle(texts), turn, turn + count)) for turn in turns]
    return list(_interleave(same, mixed)) if count else [""]


def _words(node: Repeat) -> list[str]:
    body = node.body
    mask = body.mask if isinstance(body, Characters) else 0
    fitting = (word for word in _WORDS if node.low <= len(word) <= node.high)
    return [word for word in fitting if not _mask(word) & ~mask]

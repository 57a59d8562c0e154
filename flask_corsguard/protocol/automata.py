"""
How many ways lead through a regular expression: its automaton, and how ambiguous that is.

A backtracking matcher that has to say no has walked every path through the expression that reads
the text. How the number of paths grows with the text is a property of the automaton: Weber and
Seidl, "On the degree of ambiguity of finite automata" (1991), call the two ways in which it grows
without bound EDA (exponentially) and IDA (like a polynomial). Both are questions about loops, so
nothing is matched here, and there is no clock to race.

The automaton is Glushkov's: one state per character of the expression. Its empty paths are gone,
but not forgotten: every edge knows how many of them it stands for. They are all there is of the
ambiguity of `(a+)+`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from itertools import combinations
from operator import or_
from typing import TypeAlias

from .origins import MAX_ORIGIN_BYTES

__all__ = [
    "Automaton",
    "Characters",
    "Choice",
    "Complexity",
    "Look",
    "Node",
    "Repeat",
    "Series",
    "TooLargeError",
    "ambiguity",
    "automaton",
    "effort",
]

_MAX_COPIES = 8
"""A repeat of more than these is taken for one without end."""

_MAX_POSITIONS = 1500
_MAX_STEPS = 200_000
"""Bounds for one analysis. They are counted, not timed, so a verdict is the same everywhere."""

_SLOW = 100_000
_HOPELESS = 30_000_000
"""Characters compared for one origin: milliseconds, and about a second."""

_MANY = 10 * _HOPELESS
"""Where counting ends."""


class Complexity(StrEnum):
    """
    How the time that one match takes grows with the length of the text.
    """

    LINEAR = "linear"
    POLYNOMIAL = "polynomial"
    EXPONENTIAL = "exponential"
    UNKNOWN = "unknown"


class TooLargeError(Exception):
    """
    Say that an expression is too large to be judged.
    """


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Characters:
    """
    Stand for one character out of a set, as a bit mask.
    """

    mask: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """
    Stand for one expression after the other.
    """

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choice:
    """
    Stand for one of several expressions.
    """

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Repeat:
    """
    Stand for one expression several times, both bounds included.
    """

    body: Node
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """
    Stand for a lookaround, which reads nothing.

    Attributes:
        body: What is looked for.
        ahead: Whether it has to follow (and is not behind, or has to be absent).
    """

    body: Node
    ahead: bool


Node: TypeAlias = Characters | Series | Choice | Repeat | Look


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Automaton:
    """
    Hold the states and edges of one expression.

    Attributes:
        masks: What each state reads when it is entered. The last state is the end of the text.
        first: The states a match begins with, and in how many ways each.
        follow: The same after each state.
        looks: The lookarounds in it.
        in_loop: Whether it is a lookaround that a loop passes again and again.
    """

    masks: tuple[int, ...]
    first: Mapping[int, int]
    follow: tuple[Mapping[int, int], ...]
    looks: tuple[Automaton, ...]
    in_loop: bool


def automaton(node: Node) -> Automaton:
    """
    Build the automaton of an expression.

    Args:
        node: The expression.

    Raises:
        TooLargeError: It has too many states or edges.
    """
    return _Builder(_Budget()).automaton(node)


def ambiguity(machine: Automaton) -> Complexity:
    """
    Judge an automaton and the lookarounds in it; the worst one counts.

    What is finite or polynomial on paper may still be out of reach, as `(\\w{1,8}){1,8}` is. So a
    text as long as an origin can be is looked for that keeps the automaton busy. The search is a
    greedy one: what it finds is real, what it does not find may exist.

    Args:
        machine: What `automaton` has built.

    Raises:
        TooLargeError: It has too many loops to be judged.
    """
    verdicts = [_own_ambiguity(machine), *map(ambiguity, machine.looks)]
    worst_first = (Complexity.EXPONENTIAL, Complexity.POLYNOMIAL)
    return next((verdict for verdict in worst_first if verdict in verdicts), Complexity.LINEAR)


def effort(machine: Automaton, text: str) -> int:
    """
    Count the characters that a matcher compares at most before it gives up on a text.

    Args:
        machine: What `automaton` has built.
        text: ASCII.

    Returns:
        The number. Counting ends at 100 thousand.
    """
    return _effort(machine, text, anywhere=False)


def _effort(machine: Automaton, text: str, *, anywhere: bool) -> int:
    entered = dict(machine.first)
    total = sum(entered.values())
    for character in text:
        if total >= _SLOW:
            return _SLOW
        entered = _step(machine, entered, 1 << ord(character))
        if anywhere:
            _add(entered, machine.first)
        total += sum(entered.values())
    return total * (1 + sum(_effort(look, text, anywhere=True) for look in machine.looks))


# --- building ---


@dataclass(slots=True)
class _Budget:
    left: int = _MAX_STEPS

    def spend(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise TooLargeError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """
    Hold how a part of an expression is entered, left and passed by, and in how many ways.
    """

    first: Mapping[int, int]
    last: Mapping[int, int]
    empty: int


_NOTHING = _Part(first={}, last={}, empty=1)


class _Builder:
    """
    Walk an expression from the inside out, adding its states and edges.
    """

    def __init__(self, budget: _Budget, *, in_loop: bool = False) -> None:
        self._budget = budget
        self._in_loop = in_loop
        self._loops = 0
        self._masks: list[int] = []
        self._follow: list[dict[int, int]] = []
        self._looks: list[Automaton] = []

    def automaton(self, node: Node) -> Automaton:
        # The end is a state of its own that reads nothing: arriving there in many ways costs, too.
        whole = self._join(self._part(node), self._characters(0))
        return Automaton(
            masks=tuple(self._masks),
            first=whole.first,
            follow=tuple(self._follow),
            looks=tuple(self._looks),
            in_loop=self._in_loop,
        )

    def _part(self, node: Node) -> _Part:
        self._budget.spend()
        match node:
            case Characters():
                return self._characters(node.mask)
            case Series():
                return self._series(node.parts)
            case Choice():
                return self._choice(node.options)
            case Repeat():
                return self._repeat(node)
            case _:
                return self._look(node)

    def _characters(self, mask: int) -> _Part:
        position = len(self._masks)
        if position == _MAX_POSITIONS:
            raise TooLargeError
        self._masks.append(mask)
        self._follow.append({})
        return _Part(first={position: 1}, last={position: 1}, empty=0)

    def _series(self, parts: tuple[Node, ...]) -> _Part:
        whole = _NOTHING
        for part in parts:
            whole = self._join(whole, self._part(part))
        return whole

    def _choice(self, options: tuple[Node, ...]) -> _Part:
        parts = [self._part(option) for option in options]
        return _Part(
            first=_sum(*((part.first, 1) for part in parts)),
            last=_sum(*((part.last, 1) for part in parts)),
            empty=min(_MANY, sum(part.empty for part in parts)),
        )

    def _repeat(self, node: Repeat) -> _Part:
        if node.high > _MAX_COPIES:
            return self._loop(node)
        # One inside the other, a(a(a)?)?, because a?a?a? would find one text in many ways.
        whole = _NOTHING
        for copy in range(node.high, 0, -1):
            whole = self._join(self._part(node.body), whole)
            if copy > node.low:
                whole = _Part(first=whole.first, last=whole.last, empty=min(_MANY, whole.empty + 1))
        return whole

    def _loop(self, node: Repeat) -> _Part:
        self._loops += 1
        body = self._part(node.body)
        self._loops -= 1
        # A round may read nothing. The matcher notices, but only after it has tried it, and has to
        # go on as long as rounds are missing.
        rounds = min(_MANY, 1 + body.empty * max(1, node.low))
        last = _sum((body.last, rounds))
        self._link(last, body.first)
        empty = 0 if node.low and not body.empty else rounds
        return _Part(first=_sum((body.first, rounds)), last=last, empty=empty)

    def _look(self, node: Look) -> _Part:
        inner = _Builder(self._budget, in_loop=self._in_loop or self._loops > 0)
        self._looks.append(inner.automaton(node.body))
        return _NOTHING

    def _join(self, left: _Part, right: _Part) -> _Part:
        self._link(left.last, right.first)
        return _Part(
            first=_sum((left.first, 1), (right.first, left.empty)),
            last=_sum((right.last, 1), (left.last, right.empty)),
            empty=min(_MANY, left.empty * right.empty),
        )

    def _link(self, lefts: Mapping[int, int], rights: Mapping[int, int]) -> None:
        self._budget.spend(len(lefts) * len(rights))
        for left, ways in lefts.items():
            _add(self._follow[left], rights, ways)


def _add(total: dict[int, int], counts: Mapping[int, int], factor: int = 1) -> None:
    for state, ways in counts.items():
        total[state] = min(_MANY, total.get(state, 0) + ways * factor)


def _sum(*terms: tuple[Mapping[int, int], int]) -> dict[int, int]:
    total: dict[int, int] = {}
    for counts, factor in terms:
        if factor:
            _add(total, counts, factor)
    return total


# --- judging ---


def _own_ambiguity(machine: Automaton) -> Complexity:
    graph = _Graph(machine)
    loops = graph.loops()
    if graph.has_ambiguous(loops):
        return Complexity.EXPONENTIAL
    work = _busiest(machine)
    if work >= _HOPELESS:
        return Complexity.EXPONENTIAL
    if work >= _SLOW or (machine.in_loop and loops) or graph.has_chained(loops):
        return Complexity.POLYNOMIAL
    return Complexity.LINEAR


class _Graph:
    """
    Hold an automaton as bit sets of states, so that many paths are followed in one step.
    """

    def __init__(self, machine: Automaton) -> None:
        self._masks = machine.masks
        self._follow = machine.follow
        readable = sum(1 << state for state, mask in enumerate(machine.masks) if mask)
        self._next = [sum(1 << state for state in row) & readable for row in machine.follow]
        self._by_mask: dict[int, int] = {}
        for state, mask in enumerate(machine.masks):
            self._by_mask[mask] = self._by_mask.get(mask, 0) | 1 << state
        self._shared: dict[int, int] = {}

    def loops(self) -> list[int]:
        """
        Give the strongly connected components with an edge in them, upstream ones first.

        Kosaraju's algorithm: backwards, from the states that a depth-first search left last.
        """
        before = [0] * len(self._next)
        for state, after in enumerate(self._next):
            for target in _bits(after):
                before[target] |= 1 << state
        found: list[int] = []
        unseen = (1 << len(self._next)) - 1
        for state in reversed(self._leaving_order()):
            if unseen >> state & 1:
                component = _flood(state, before, unseen)
                unseen &= ~component
                if component & self._next[state]:
                    found.append(component)
        return found

    def _leaving_order(self) -> list[int]:
        order: list[int] = []
        unseen = (1 << len(self._next)) - 1
        for root in range(len(self._next)):
            stack = [root] if unseen >> root & 1 else []
            unseen &= ~(1 << root)
            while stack:
                fresh = self._next[stack[-1]] & unseen
                if fresh:
                    stack.append(_lowest(fresh))
                    unseen &= ~(1 << stack[-1])
                else:
                    order.append(stack.pop())
        return order

    def has_ambiguous(self, loops: list[int]) -> bool:
        """
        Tell whether one text leads around one loop in two ways (EDA).

        Raises:
            TooLargeError: It takes too long to tell.
        """
        budget = _Budget()
        return any(self._is_doubled(loop) or self._is_parting(loop, budget) for loop in loops)

    def has_chained(self, loops: list[int]) -> bool:
        """
        Tell whether one text leads around a loop, around a later one, and on from one to the other (IDA).

        What takes too long to tell counts as found.
        """
        budget = _Budget()
        try:
            return any(
                self._is_chained(start, end, (upper, lower), budget)
                for upper, lower in combinations(loops, 2)
                for start in _bits(upper)
                for end in _bits(lower)
            )
        except TooLargeError:
            return True

    def _is_doubled(self, loop: int) -> bool:
        return any(
            ways > 1 and loop >> target & 1
            for state in _bits(loop)
            for target, ways in self._follow[state].items()
        )

    def _is_parting(self, loop: int, budget: _Budget) -> bool:
        """
        Send out two walkers from one state, who part and may meet again.

        Where they meet does not matter: from there, both can go home.
        """
        pairs = _Pairs()
        for state in _bits(loop):
            inside = self._next[state] & loop
            budget.spend(inside.bit_count())
            for left in _bits(inside):
                pairs.add(left, inside & self._sharing(self._masks[left]) & ~(1 << left))
        for state, others in pairs:
            inside = self._next[state] & loop
            budget.spend(inside.bit_count())
            after = self._after(others, budget) & loop
            for left in _bits(inside):
                rights = after & self._sharing(self._masks[left])
                if rights >> left & 1:
                    return True
                pairs.add(left, rights)
        return False

    def _is_chained(self, start: int, end: int, loops: tuple[int, int], budget: _Budget) -> bool:
        """
        Send out three walkers: one around each loop, one from the first to the second.
        """
        upper, lower = loops
        home = self._key(start, end)
        trios = _Pairs()
        trios.add(home, 1 << start)
        for key, between in trios:
            first, third = divmod(key, len(self._masks))
            after = self._after(between, budget)
            for left in _bits(self._next[first] & upper):
                shared = self._sharing(self._masks[left])
                for right in _bits(self._next[third] & lower & shared):
                    seconds = after & self._sharing(self._masks[left] & self._masks[right])
                    if self._key(left, right) == home and seconds >> end & 1:
                        return True
                    trios.add(self._key(left, right), seconds)
        return False

    def _key(self, first: int, third: int) -> int:
        return first * len(self._masks) + third

    def _after(self, states: int, budget: _Budget) -> int:
        after = 0
        for state in _bits(states):
            budget.spend()
            after |= self._next[state]
        return after

    def _sharing(self, mask: int) -> int:
        """
        Give the states that read one of some characters.
        """
        if mask not in self._shared:
            states = (states for other, states in self._by_mask.items() if other & mask)
            self._shared[mask] = sum(states)
        return self._shared[mask]


class _Pairs:
    """
    Keep a work list of pairs, all that share their first element taken together.
    """

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}
        self._new: dict[int, int] = {}

    def add(self, first: int, seconds: int) -> None:
        fresh = seconds & ~self._seen.get(first, 0)
        if fresh:
            self._seen[first] = self._seen.get(first, 0) | fresh
            self._new[first] = self._new.get(first, 0) | fresh

    def __iter__(self) -> Iterator[tuple[int, int]]:
        while self._new:
            yield self._new.popitem()


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = _lowest(mask)
        yield lowest
        mask &= ~(1 << lowest)


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def _flood(start: int, edges: list[int], within: int) -> int:
    seen = rest = 1 << start
    while rest:
        state = _lowest(rest)
        fresh = edges[state] & within & ~seen
        seen |= fresh
        rest = rest & ~(1 << state) | fresh
    return seen


# --- the busiest text ---


def _busiest(machine: Automaton) -> int:
    """
    Look for a text of an origin's length that takes many comparisons, and give their number.

    It begins at the start, and again wherever no earlier search has been.
    """
    climber = _Climber(machine)
    most = 0
    with suppress(TooLargeError):
        for state, after in enumerate((machine.first, *machine.follow), start=-1):
            if state not in climber.visited:
                most = max(most, climber.climb(after))
    return most


class _Climber:
    """
    Read, again and again, the character that leaves the most to compare.
    """

    def __init__(self, machine: Automaton) -> None:
        self._machine = machine
        self._alphabet = _alphabet(machine.masks)
        self._fans = [sum(after.values()) for after in machine.follow]
        self._budget = _Budget()
        self.visited: set[int] = set()

    def climb(self, entered: Mapping[int, int]) -> int:
        total = 0
        seen: set[frozenset[tuple[int, int]]] = set()
        for _ in range(MAX_ORIGIN_BYTES):
            total += sum(entered.values())
            here = frozenset(entered.items())
            if here in seen or total >= _HOPELESS:
                break
            seen.add(here)
            entered = self._step(entered)
        return total

    def _step(self, entered: Mapping[int, int]) -> dict[int, int]:
        masks = self._machine.masks
        best, most = 0, 0
        for character in self._alphabet:
            self._budget.spend(len(entered))
            fan = sum(self._fans[s] * ways for s, ways in entered.items() if masks[s] & character)
            if fan > most:
                best, most = character, fan
        self.visited.update(state for state in entered if masks[state] & best)
        after = _step(self._machine, entered, best)
        self._budget.spend(len(after))
        return after


def _alphabet(masks: tuple[int, ...]) -> list[int]:
    """
    Give one character, as a mask, for all that the automaton does not tell apart.
    """
    distinct = dict.fromkeys(masks)
    every = reduce(or_, distinct)
    kinds = {tuple(mask >> c & 1 for mask in distinct): 1 << c for c in _bits(every)}
    return list(kinds.values())


def _step(machine: Automaton, entered: Mapping[int, int], character: int) -> dict[int, int]:
    after: dict[int, int] = {}
    for state, ways in entered.items():
        if machine.masks[state] & character:
            _add(after, machine.follow[state], ways)
    return after

"""
How many ways lead through a regular expression: its automaton, and how ambiguous that is.

A backtracking matcher that has to say no has walked every path through the expression that reads
the text. How their number grows with the text is a property of the automaton. Weber and Seidl, "On
the degree of ambiguity of finite automata" (1991), show the two ways in which it grows without
bound: EDA (exponentially) and IDA (like a polynomial). Both are questions about loops, so nothing
is matched here, and there is no clock to race.

The automaton is Glushkov's: one state per character of the expression. Its empty paths are gone,
but not forgotten: every edge knows how many of them it stands for. They are all there is of the
ambiguity of `(a+)+`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from .origins import MAX_ORIGIN_BYTES

__all__ = [
    "Automaton",
    "Builder",
    "Part",
    "UnjudgedError",
    "busiest",
    "effort",
    "is_exponential",
    "is_polynomial",
]

_MAX_STATES = 1500
_MAX_STEPS = 100_000
"""Bounds for one analysis. They are counted, not timed, so a verdict is the same everywhere."""

_MANY = 1_000_000_000  # where counting ends


class UnjudgedError(Exception):
    """
    Say that an expression is too large to be judged, or not safe to be used.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Automaton:
    """
    Hold the states and edges of one expression.

    Attributes:
        masks: The characters that each state reads, as bits. The last state is the end of the
            text and reads nothing: arriving there in many ways costs, too.
        first: The states that a match begins with, and in how many ways each.
        follow: The same after each state. States are numbered as they are written.
        again: The states that follow only because a loop begins another round.
        looks: The lookarounds in it.
        in_loop: Whether it is a lookaround that a loop passes again and again.
    """

    masks: tuple[int, ...]
    first: Mapping[int, int]
    follow: tuple[Mapping[int, int], ...]
    again: tuple[frozenset[int], ...]
    looks: tuple[Automaton, ...]
    in_loop: bool


class Part(NamedTuple):
    """
    Hold in how many ways a part of an expression is entered, left, and passed without reading.
    """

    first: Mapping[int, int]
    last: Mapping[int, int]
    empty: int


class _Budget:
    def __init__(self) -> None:
        self._left = _MAX_STEPS

    def spend(self, steps: int = 1) -> None:
        self._left -= steps
        if self._left < 0:
            raise UnjudgedError


class Builder:
    """
    Put an automaton together, from the inside of an expression out.

    Every method raises `UnjudgedError` when it gets too large. A lookaround is built by a builder
    of its own, which spends from the budget of the outer one, and is put into `looks` there.
    """

    nothing: Part = Part(first={}, last={}, empty=1)

    def __init__(self, outer: Builder | None = None) -> None:
        self._budget: _Budget = outer._budget if outer else _Budget()  # noqa: SLF001 - one class
        self.looks: list[Automaton] = []
        self._masks: list[int] = []
        self._follow: list[dict[int, int]] = []
        self._again: list[frozenset[int]] = []

    def finish(self, part: Part, *, in_loop: bool = False) -> Automaton:
        """
        Give the automaton for what was built.
        """
        whole = self.join(part, self.characters(0))
        return Automaton(
            masks=tuple(self._masks),
            first=whole.first,
            follow=tuple(self._follow),
            again=tuple(self._again),
            looks=tuple(self.looks),
            in_loop=in_loop,
        )

    def characters(self, mask: int) -> Part:
        """
        Read one character out of a set.
        """
        state = len(self._masks)
        if state == _MAX_STATES:
            raise UnjudgedError
        self._masks.append(mask)
        self._follow.append({})
        self._again.append(frozenset())
        return Part(first={state: 1}, last={state: 1}, empty=0)

    def join(self, left: Part, right: Part) -> Part:
        """
        Read one part after the other.
        """
        self._link(left.last, right.first)
        return Part(
            first=_sum((left.first, 1), (right.first, left.empty)),
            last=_sum((right.last, 1), (left.last, right.empty)),
            empty=min(_MANY, left.empty * right.empty),
        )

    def choose(self, parts: Iterable[Part]) -> Part:
        """
        Read one of several parts.
        """
        options = tuple(parts)
        return Part(
            first=_sum(*((option.first, 1) for option in options)),
            last=_sum(*((option.last, 1) for option in options)),
            empty=min(_MANY, sum(option.empty for option in options)),
        )

    def loop(self, body: Part, *, low: int) -> Part:
        """
        Read a part without end, at least `low` times. More than once is taken for once.
        """
        # A round may read nothing. The matcher notices, but only after it has tried it, and has to
        # go on as long as rounds are missing.
        rounds = min(_MANY, 1 + body.empty * max(1, low))
        last = _sum((body.last, rounds))
        for state in last:
            self._again[state] |= body.first.keys() - self._follow[state].keys()
        self._link(last, body.first)
        empty = 0 if low and not body.empty else rounds
        return Part(first=_sum((body.first, rounds)), last=last, empty=empty)

    def _link(self, lefts: Mapping[int, int], rights: Mapping[int, int]) -> None:
        self._budget.spend(10 + len(lefts) * len(rights))
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


def effort(machine: Automaton, text: str, *, bound: int, anywhere: bool = False) -> int:
    """
    Count the characters that a matcher compares at most before it gives up on an ASCII text.

    Counting may end at the bound. Lookarounds begin anywhere in the text.
    """
    entered = dict(machine.first)
    total = peak = sum(entered.values())
    for character in text:
        if total >= bound:
            break
        entered = _step(machine, entered, 1 << ord(character))
        if anywhere:
            _add(entered, machine.first)
        peak = max(peak, sum(entered.values()))
        total += sum(entered.values())
    return total + peak * sum(effort(x, text, bound=bound, anywhere=True) for x in machine.looks)


def busiest(machine: Automaton) -> int:
    """
    Look for a text as long as an origin that takes many comparisons, and give their number.

    A greedy search, which reads what leaves the most to compare. It begins at the start, and again
    wherever it has not been. What it finds is real; what it does not find may exist.
    """
    climber = _Climber(machine)
    most = 0
    for state, after in enumerate((machine.first, *machine.follow), start=-1):
        if state not in climber.visited:
            most = max(most, climber.climb(after))
    return most


class _Climber:
    def __init__(self, machine: Automaton) -> None:
        self._machine = machine
        self._fans = [sum(after.values()) for after in machine.follow]
        self._steps_left = _MAX_STEPS
        self.visited: set[int] = set()
        # One character stands for all that no state tells apart from it.
        masks = dict.fromkeys(machine.masks)
        used = {character for mask in masks for character in _bits(mask)}
        kinds = {tuple(mask >> char & 1 for mask in masks): 1 << char for char in used}
        self._alphabet = tuple(kinds.values())

    def climb(self, entered: Mapping[int, int]) -> int:
        total = 0
        seen: dict[frozenset[tuple[int, int]], tuple[int, int]] = {}
        for turn in range(MAX_ORIGIN_BYTES):
            total += sum(entered.values())
            here = frozenset(entered.items())
            if here in seen:
                before, then = seen[here]
                return total + (total - then) * (MAX_ORIGIN_BYTES - turn) // (turn - before)
            if total >= _MANY or self._steps_left < 0:
                break
            seen[here] = turn, total
            entered = self._step(entered)
        return total

    def _step(self, entered: Mapping[int, int]) -> dict[int, int]:
        masks, fans = self._machine.masks, self._fans
        scores = {
            character: sum(fans[s] * ways for s, ways in entered.items() if masks[s] & character)
            for character in self._alphabet
        }
        best = max(scores, key=scores.__getitem__, default=0)
        self.visited.update(state for state in entered if masks[state] & best)
        after = _step(self._machine, entered, best)
        self._steps_left -= len(entered) * len(self._alphabet) + len(after)
        return after


def _step(machine: Automaton, entered: Mapping[int, int], character: int) -> dict[int, int]:
    after: dict[int, int] = {}
    for state, ways in entered.items():
        if machine.masks[state] & character:
            _add(after, machine.follow[state], ways)
    return after


def is_exponential(machine: Automaton) -> bool:
    """
    Tell whether one text leads around one loop in two ways (EDA), or raise `UnjudgedError`.
    """
    graph = _Graph(machine)
    doubled = (
        ways > 1 and loop >> target & 1
        for state, loop in graph.loops.items()
        for target, ways in machine.follow[state].items()
    )
    return any(doubled) or any(map(graph.is_parting, set(graph.loops.values())))


def is_polynomial(machine: Automaton) -> bool:
    """
    Tell whether one text leads around a loop, around another, and from one to the other (IDA).

    A lookaround with a loop of its own, inside a loop, comes to the same. What takes too long to
    tell counts as found. What is exponential may go unnoticed here.
    """
    graph = _Graph(machine)
    try:
        return (machine.in_loop and bool(graph.loops)) or any(
            graph.is_chained(start, end)
            for start, loop in graph.loops.items()
            for end in _bits(graph.reach[start] & ~loop)
            if end in graph.loops
        )
    except UnjudgedError:
        return True


class _Graph:
    """
    Hold an automaton as bit sets of states, so that many walkers take a step at once.

    Attributes:
        reach: The states that can be reached from each state.
        loops: The strongly connected component of every state that can come back to itself.
    """

    def __init__(self, machine: Automaton) -> None:
        self._budget = _Budget()
        self._masks = machine.masks
        readable = sum(1 << state for state, mask in enumerate(machine.masks) if mask)
        self._next = [sum(1 << state for state in row) & readable for row in machine.follow]
        self._readers: dict[int, int] = {}
        self.reach = self._closure()
        self.loops: dict[int, int] = {}
        for state, reach in enumerate(self.reach):
            if reach >> state & 1 and state not in self.loops:
                loop = sum(1 << other for other in _bits(reach) if self.reach[other] >> state & 1)
                self.loops.update(dict.fromkeys(_bits(loop), loop))

    def _closure(self) -> list[int]:
        # Edges mostly lead on, so going backwards few rounds are needed.
        reach, before = list(self._next), list[int]()
        while reach != before:
            before = list(reach)
            for state in reversed(range(len(reach))):
                for other in _bits(self._next[state]):
                    reach[state] |= reach[other]
        return reach

    def is_parting(self, loop: int) -> bool:
        """
        Send out two walkers from one state, who part. If they meet again, both can go home.
        """
        seen: dict[int, int] = {}
        new: dict[int, int] = {}
        for state in _bits(loop):
            inside = self._next[state] & loop
            for left in _bits(inside):
                _push(seen, new, left, inside & self._reading(self._masks[left]) & ~(1 << left))
        while new:
            state, others = new.popitem()
            after = self._after(others) & loop
            for left in _bits(self._next[state] & loop):
                self._budget.spend()
                rights = after & self._reading(self._masks[left])
                if rights >> left & 1:
                    return True
                _push(seen, new, left, rights)
        return False

    def is_chained(self, start: int, end: int) -> bool:
        """
        Send out three walkers: one around each loop, one from the first loop to the second.
        """
        size = len(self._masks)
        home = start * size + end
        seen: dict[int, int] = {}
        new = {home: 1 << start}
        while new:
            key, middles = new.popitem()
            after = self._after(middles)
            for left in _bits(self._next[key // size] & self.loops[start]):
                rights = self._next[key % size] & self.loops[end]
                for right in _bits(rights & self._reading(self._masks[left])):
                    self._budget.spend()
                    both = after & self._reading(self._masks[left] & self._masks[right])
                    if left * size + right == home and both >> end & 1:
                        return True
                    _push(seen, new, left * size + right, both)
        return False

    def _after(self, states: int) -> int:
        after = 0
        for state in _bits(states):
            self._budget.spend()
            after |= self._next[state]
        return after

    def _reading(self, mask: int) -> int:
        if mask not in self._readers:
            self._readers[mask] = sum(1 << s for s, m in enumerate(self._masks) if m & mask)
        return self._readers[mask]


def _push(seen: dict[int, int], new: dict[int, int], key: int, states: int) -> None:
    known = seen.get(key, 0)
    if states & ~known:
        seen[key] = known | states
        new[key] = new.get(key, 0) | states & ~known


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1

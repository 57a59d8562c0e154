"""
`time_group`: rounds in which all cells take turns.

A cell is one implementation in one scenario. In each round every cell answers a block of requests,
in an order that is shuffled anew; a block begins with a few that are not timed, because the cell
before has filled the processor's caches with its own. Cells that are so slow that they would take
all the time sit rounds out; they are compared in those in which they took part.

The garbage collector is treated alike for all: what the set-ups left is collected and frozen
before the first round, each block begins after a collection and runs without one.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .answers import WrongAnswerError
from .rows import Built, Row
from .scenarios import Request, Scenario

__all__ = ["Cell", "Plan", "check", "make_cells", "time_group"]

_REMEMBERED = 30
_LARGEST_BLOCK = 150

Cells = dict[tuple[str, str], "Cell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    Say how much is to be timed.

    Attributes:
        rounds: How many rounds there are.
        block: The seconds that a block of requests should take.
        slow: The seconds that a cell may take in all before it sits rounds out.
        fewest: The rounds that every cell takes part in all the same.
    """

    rounds: int = 100
    block: float = 0.003
    slow: float = 3.0
    fewest: int = 9


@dataclass(slots=True, kw_only=True)
class Cell:
    """
    Hold an implementation in a scenario, and what was measured.

    Attributes:
        row: The implementation.
        scenario: The scenario.
        built: The application.
        microseconds: For each round it took part in, the time of one request.
        requests: How many requests were timed.
    """

    row: Row
    scenario: Scenario
    built: Built
    microseconds: dict[int, float] = field(default_factory=dict)
    requests: int = 0
    _next: int = 0
    _block: int = 1
    _every: int = 1
    _right: set[Any] = field(default_factory=set)

    @property
    def name(self) -> str:
        """
        Name the cell in messages.
        """
        return f"{self.row.name} in {self.scenario.name}"

    @contextmanager
    def entered(self) -> Iterator[None]:
        """
        Put in place what is global, for as long as this cell answers.
        """
        self.built.enter()
        try:
            yield
        finally:
            self.built.leave()

    def answer(self, count: int) -> int:
        """
        Answer so many requests, look at every answer, and give the nanoseconds it took.

        Raises:
            WrongAnswerError: If an answer is not what is expected of this row.
        """
        driver = self.row.driver
        requests = self._requests(count)
        prepared = [driver.prepare(request) for request in requests]
        told = self.built.told
        before = told.times if told else 0
        nanoseconds, raw = driver.run(self.built.app, prepared)
        if told and told.times - before != count:
            times = told.times - before
            raise WrongAnswerError(f"{self.name}: {count} requests, {times} signals")
        answers = driver.read(raw)
        if len(answers) != count:
            raise WrongAnswerError(f"{self.name}: {len(answers)} answers to {count} requests")
        for request, answer in zip(requests, answers, strict=True):
            self._check(request, answer)
        return nanoseconds

    def prepare(self, count: int) -> list[Any]:
        """
        Build what so many requests are called with, for somebody else to call.
        """
        return [self.row.driver.prepare(request) for request in self._requests(count)]

    def _requests(self, count: int) -> list[Request]:
        requests = [self.scenario.request(self._next + i) for i in range(count)]
        self._next += count
        return requests

    def _check(self, request: Request, answer: Any) -> None:  # noqa: ANN401 - what a driver reads
        key = (request.origin, answer)
        if key in self._right:
            return
        found = self.row.faults(answer, request, self.scenario.expected)
        declared = self.row.expects(self.scenario)
        if found != declared:
            raise WrongAnswerError(_complain(self.name, found, declared, request, answer))
        # A few only: what is kept is looked through by every collection before a block.
        if len(self._right) < _REMEMBERED:
            self._right.add(key)

    def calibrate(self, plan: Plan) -> None:
        """
        Find how many requests make a block, and in how many rounds to take part.
        """
        with self.entered():
            nanoseconds = float(self.answer(1))
            if nanoseconds < 2e6:  # noqa: PLR2004 - nanoseconds; the first one warms up
                nanoseconds = min(self.answer(5) / 5 for _ in range(4))
        self._block = max(1, min(_LARGEST_BLOCK, round(plan.block * 1e9 / nanoseconds)))
        total = nanoseconds * self._block * plan.rounds / 1e9
        wanted = max(plan.fewest, int(plan.rounds * min(1.0, plan.slow / total)))
        self._every = max(1, plan.rounds // wanted)

    def take_turn(self, number: int) -> None:
        """
        Take part in a round, unless it is one to sit out.
        """
        if number % self._every:
            return
        with self.entered():
            if self._block > 1:
                self.answer(max(2, self._block // 8))
            gc.collect()
            gc.disable()
            try:
                nanoseconds = self.answer(self._block)
            finally:
                gc.enable()
        self.requests += self._block
        self.microseconds[number] = nanoseconds / self._block / 1e3


def make_cells(scenarios: Iterable[Scenario], rows: Iterable[Row]) -> Cells:
    """
    Build the applications of a group.

    Bare ones are built once, for the first scenario, and only where something is compared with
    them.
    """
    cells: Cells = {}
    rows = list(rows)
    for index, scenario in enumerate(scenarios):
        taking = [row for row in rows if row.takes(scenario)]
        compared = {row.base for row in taking if not row.bare}
        for row in taking:
            if not row.bare or (index == 0 and row.base in compared):
                built = row.build(scenario.setup)
                cells[row.name, scenario.name] = Cell(row=row, scenario=scenario, built=built)
    return cells


def check(cells: Cells) -> list[str]:
    """
    Let every cell answer a request; give what is wrong.
    """
    wrong = []
    for cell in cells.values():
        try:
            with cell.entered():
                cell.answer(1)
        except WrongAnswerError as error:
            wrong.append(str(error))
    return wrong


def time_group(cells: Cells, plan: Plan, progress: Callable[[int], None]) -> None:
    """
    Time the cells of a group in rounds.

    Args:
        cells: What takes turns.
        plan: How much is to be timed.
        progress: Told each round's number.

    Raises:
        WrongAnswerError: If an answer is not what is expected of its row.
    """
    for cell in cells.values():
        cell.calibrate(plan)
    gc.collect()
    gc.freeze()
    shuffled = random.Random(plan.rounds)  # noqa: S311 - an order, not a secret
    turns = list(cells.values())
    try:
        for number in range(plan.rounds):
            progress(number)
            shuffled.shuffle(turns)
            for cell in turns:
                cell.take_turn(number)
    finally:
        gc.unfreeze()


def _complain(name: str, found: Any, declared: Any, request: Request, answer: Any) -> str:  # noqa: ANN401
    lines = [f"{name}: a wrong answer"]
    lines += [f"  {fault}" for fault in sorted(found - declared)]
    lines += [f"  declared, but not so: {fault}" for fault in sorted(declared - found)]
    asked = b" ".join((request.method, request.path, request.origin))
    lines += [f"  asked: {asked.decode()}"]
    lines += [f"  {answer.status}", *(f"  {n}: {v[:200]}" for n, v in answer.headers)]
    return "\n".join(lines)

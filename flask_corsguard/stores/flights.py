"""
One question in flight for each key: whoever wants to know the same waits for the same answer.

A question may be asked in a thread of its own, so that a request can stop waiting for it. Nothing
in Python can stop a thread that waits for a dead connection; it is left alone, its key is free
again, and the circuit breaker sees to it that such threads stay few.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Generic, TypeVar

from .failures import StoreUnavailableError, described, is_about_the_question
from .memory import Key

__all__ = ["Flight", "Flights"]

T = TypeVar("T")


class Flight(Generic[T]):
    """
    Carry one question, and its answer to all who wait.
    """

    __slots__ = ("answer", "done", "error", "is_late", "is_settled", "key", "owner")

    def __init__(self, key: Key) -> None:
        """
        Set out.

        Args:
            key: What is asked about.
        """
        # The names are looked up when they are used: gevent may have replaced them by then.
        self.owner: int = threading.get_ident()
        self.done: threading.Event = threading.Event()
        self.key: Key = key
        self.answer: T | None = None
        self.error: BaseException | None = None
        self.is_late: bool = False
        self.is_settled: bool = False

    def result(self) -> T:
        """
        Give the answer to one of those who waited.

        Raises:
            StoreUnavailableError: If there is none. Each gets an exception of its own; a shared
                one would collect everybody's traceback.
        """
        if self.error is not None:
            raise StoreUnavailableError(described(self.error)) from self.error
        if self.answer is None:
            raise StoreUnavailableError("the look-up ended without an answer")
        return self.answer


class Flights(Generic[T]):
    """
    Ask each question once at a time.
    """

    __slots__ = ("_flying", "_lock", "_timeout")

    def __init__(self, timeout: float | None) -> None:
        """
        Begin with none.

        Args:
            timeout: How many seconds anybody waits for an answer; None: the question is asked in
                the caller's thread, and those who want the same wait as long as that takes.
        """
        self._timeout = timeout
        self.reset()

    def reset(self) -> None:
        """
        Forget all that are under way, as after a fork.
        """
        self._lock = threading.Lock()
        self._flying: dict[Key, Flight[T]] = {}

    def forget(self) -> None:
        """
        Let nobody else wait for what is under way: the answers may be outdated.
        """
        with self._lock:
            self._flying.clear()

    def board(self, key: Key) -> tuple[Flight[T], bool]:
        """
        Give what is under way for a key.

        Returns:
            The flight, and whether it is the caller's: then the caller has to `ask` or to `cancel`.
        """
        with self._lock:
            flight = self._flying.get(key)
            if flight is not None:
                return flight, False
            flight = self._flying[key] = Flight(key)
            return flight, True

    def wait(self, flight: Flight[T]) -> T:
        """
        Wait for the answer to somebody else's question.

        Raises:
            StoreUnavailableError: If there is none, or none in time.
        """
        if flight.owner == threading.get_ident():
            raise StoreUnavailableError("the store asks itself; ask it outside of its own look-up")
        if not flight.done.wait(self._timeout):
            raise StoreUnavailableError(self._overdue)
        return flight.result()

    def cancel(self, flight: Flight[T], error: BaseException) -> None:
        """
        Say that a question is not asked at all.
        """
        flight.error = error
        self._settle(flight)
        flight.done.set()

    def ask(
        self,
        flight: Flight[T],
        question: Callable[[], T],
        report: Callable[[bool | None], None],
        *,
        in_place: bool = False,
    ) -> T:
        """
        Ask, and tell everybody who waits.

        Args:
            flight: The caller's.
            question: Asks the store.
            report: Is told once whether there was an answer in time; None: the question was wrong.
            in_place: Whether to ask in the caller's thread all the same.

        Raises:
            Exception: Whatever the question raises.
            StoreUnavailableError: If there is no answer in time.
        """
        if in_place or self._timeout is None:
            self._fly(flight, question, report)
        else:
            self._take_off(flight, question, report)
            if not flight.done.wait(self._timeout) and self._give_up(flight):
                report(False)
                raise StoreUnavailableError(self._overdue)
            flight.done.wait()
        if flight.error is not None:
            raise flight.error
        return flight.result()

    def _take_off(
        self, flight: Flight[T], question: Callable[[], T], report: Callable[[bool | None], None]
    ) -> None:
        thread = threading.Thread(
            # What the application keeps in context variables, its context among them, is there too.
            target=copy_context().run,
            args=(self._fly, flight, question, report),
            name="corsguard-look-up",
            daemon=True,
        )
        try:
            thread.start()
        except RuntimeError as error:  # there are too many already
            report(False)
            self.cancel(flight, error)
            raise

    @property
    def _overdue(self) -> str:
        return f"the store did not answer within {self._timeout} seconds"

    def _fly(
        self, flight: Flight[T], question: Callable[[], T], report: Callable[[bool | None], None]
    ) -> None:
        try:
            flight.answer = question()
        except BaseException as error:  # noqa: BLE001 - who waits is told, and who asked raises it
            flight.error = error
        finally:
            if self._settle(flight):
                report(_outcome(flight.error))
            flight.done.set()

    def _settle(self, flight: Flight[T]) -> bool:
        """
        Take a flight off the board; False if it is late, and nobody waits any more.
        """
        with self._lock:
            flight.is_settled = True
            if self._flying.get(flight.key) is flight:
                del self._flying[flight.key]
            return not flight.is_late

    def _give_up(self, flight: Flight[T]) -> bool:
        """
        Stop waiting; False if the answer has just come.
        """
        with self._lock:
            if flight.is_settled:
                return False
            flight.is_late = True
            if self._flying.get(flight.key) is flight:
                del self._flying[flight.key]
            return True


def _outcome(error: BaseException | None) -> bool | None:
    if error is None:
        return True
    return None if is_about_the_question(error) or not isinstance(error, Exception) else False

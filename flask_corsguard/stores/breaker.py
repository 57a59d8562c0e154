"""
What keeps a store from being asked: a circuit breaker and a limiter.

The breaker makes a dead store cost microseconds instead of a connect timeout for each request. The
limiter bounds what a flood of made-up origins can make of it: each is a question that nobody has
asked before, so no cache can help.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from enum import StrEnum

__all__ = ["Breaker", "BreakerState", "Limiter", "shortened"]

_LONGEST_PAUSE = 30.0


class BreakerState(StrEnum):
    """
    Whether a store is asked.
    """

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """
    Stop asking a store that fails, and try with one question from time to time.

    Attributes:
        state: Closed: all is well. Open: nobody asks. Half-open: one question is on its way.
    """

    __slots__ = (
        "_clock",
        "_failed",
        "_failures",
        "_lock",
        "_pause",
        "_retry_after",
        "_retry_at",
        "state",
    )

    def __init__(self, *, failures: int, retry_after: float, clock: Callable[[], float]) -> None:
        """
        Begin closed.

        Args:
            failures: How many in a row open it.
            retry_after: How many seconds after that one question is let through; twice as many
                after each that fails, up to 30.
            clock: Gives seconds, and never goes back.
        """
        self._failures = failures
        self._retry_after = retry_after
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """
        Forget everything, as after a fork.
        """
        self._lock = threading.Lock()
        self.state: BreakerState = BreakerState.CLOSED
        self._failed = 0
        self._pause = self._retry_after
        self._retry_at = 0.0

    @property
    def refuses(self) -> bool:
        """
        Tell whether `admit` would say no.
        """
        if self.state is BreakerState.CLOSED:
            return False
        return self.state is BreakerState.HALF_OPEN or self._clock() < self._retry_at

    def admit(self) -> bool:
        """
        Tell whether a question may be asked; whoever asks has to report how it ended.
        """
        with self._lock:
            if self.refuses:
                return False
            if self.state is BreakerState.OPEN:
                self.state = BreakerState.HALF_OPEN
            return True

    def succeeded(self) -> None:
        """
        Report an answer.
        """
        if self.state is BreakerState.CLOSED and not self._failed:
            return
        with self._lock:
            self.state = BreakerState.CLOSED
            self._failed = 0
            self._pause = self._retry_after

    def undecided(self) -> None:
        """
        Report that a question was wrong, which says nothing about the store: the next may try.
        """
        with self._lock:
            if self.state is BreakerState.HALF_OPEN:
                self.state = BreakerState.OPEN
                self._retry_at = self._clock()

    def failed(self) -> None:
        """
        Report that there was no answer.
        """
        with self._lock:
            self._failed += 1
            if self.state is BreakerState.HALF_OPEN:
                self._pause = min(self._pause * 2, max(_LONGEST_PAUSE, self._retry_after))
            elif self._failed < self._failures:
                return
            self.state = BreakerState.OPEN
            self._retry_at = self._clock() + shortened(self._pause, 0.2)


class Limiter:
    """
    Let through so many questions a second, and a number of them at once.
    """

    __slots__ = ("_burst", "_clock", "_left", "_lock", "_rate", "_seen")

    def __init__(self, *, rate: float, burst: float, clock: Callable[[], float]) -> None:
        """
        Begin with a full bucket.

        Args:
            rate: Questions a second, in the long run.
            burst: Questions at once.
            clock: Gives seconds, and never goes back.
        """
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """
        Forget everything, as after a fork.
        """
        self._lock = threading.Lock()
        self._left = float(self._burst)
        self._seen = self._clock()

    def take(self) -> bool:
        """
        Tell whether one more question is let through, and count it.
        """
        with self._lock:
            now = self._clock()
            self._left = min(self._burst, self._left + (now - self._seen) * self._rate)
            self._seen = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


def shortened(seconds: float, jitter: float) -> float:
    """
    Take a random part off a time, so that many workers do not do the same at once.

    A time is never made longer: what is promised as a bound stays one.

    Args:
        seconds: The time.
        jitter: The largest part that may be missing, 0 to 1.
    """
    return seconds * (1 - jitter * secrets.randbelow(1024) / 1024)

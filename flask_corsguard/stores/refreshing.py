"""
Do something again and again in a background thread, once in each process.

The thread is started by whoever first needs its work, not when the object is made: no thread
survives the fork by which servers make their workers. One that hangs is left alone and replaced; a
dead connection can hold it for longer than anybody should wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

from .breaker import shortened
from .forks import after_fork
from .notices import Notices

__all__ = ["Refresher"]

_SECONDS_TO_STOP = 10
_LONGEST_PAUSE = 30.0
_PATIENCE = 60.0


class Refresher:
    """
    Run a piece of work at intervals.
    """

    def __init__(
        self, work: Callable[[object], None], *, interval: float, patience: float = _PATIENCE
    ) -> None:
        """
        Begin with nothing running.

        Args:
            work: Is given a token; it has to drop its results if `is_current` denies that.
            interval: How many seconds to wait in between.
            patience: After how many seconds a piece of work counts as hanging.
        """
        self._work = work
        self._interval = interval
        self._patience = patience
        self._notices = Notices()
        self._is_closed = False
        self._thread: threading.Thread | None = None
        self._token: object = None
        self._busy_since: float | None = None
        self._reset()
        after_fork(self._reset)

    def begin(self) -> None:
        """
        See to it that the work is done.
        """
        if self._thread is None:
            with self._lock:
                if self._thread is None and not self._is_closed:
                    self._start()
        elif self._hangs():
            with self._lock:
                if self._hangs() and not self._is_closed:
                    self._notices.warn("Reading the table of origins hangs; it is tried anew")
                    self._start()

    def wait(self, seconds: float | None) -> None:
        """
        Wait until the work was done once, or has failed once.

        Args:
            seconds: The longest time since the beginning; None: without end.
        """
        if not self._is_closed:
            began = self._began_at
            left = None if seconds is None else max(0.0, began + seconds - monotonic())
            self._tried.wait(left)

    def hurry(self) -> None:
        """
        Do the work now, not after the interval.
        """
        self._wake.set()

    def is_current(self, token: object) -> bool:
        """
        Tell whether the results of a piece of work are still wanted.
        """
        return token is self._token

    def close(self) -> None:
        """
        Stop, for good.
        """
        self._is_closed = True
        with self._lock:
            thread = self._thread
            self._wake.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(_SECONDS_TO_STOP)

    def _start(self) -> None:
        self._token = object()
        self._wake = threading.Event()
        self._began_at = monotonic()
        self._busy_since = None
        self._thread = threading.Thread(
            target=self._run, args=(self._token, self._wake), name="corsguard-refresh", daemon=True
        )
        self._thread.start()

    def _hangs(self) -> bool:
        since = self._busy_since
        return since is not None and monotonic() - since > self._patience

    def _run(self, token: object, wake: threading.Event) -> None:
        pause = self._interval
        while not self._is_closed and self.is_current(token):
            # What is asked for from now on is not in what is about to be read.
            wake.clear()
            pause = self._interval if self._try(token) else min(pause * 2, self._longest_pause)
            if self._is_closed:
                return
            wake.wait(shortened(pause, 0.1))

    def _try(self, token: object) -> bool:
        self._busy_since = monotonic()
        try:
            self._work(token)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again
            if self.is_current(token):
                self._notices.warn("The table of origins cannot be read", error)
            return False
        finally:
            if self.is_current(token):
                self._busy_since = None
                self._tried.set()
        return True

    @property
    def _longest_pause(self) -> float:
        return max(_LONGEST_PAUSE, self._interval)

    def _reset(self) -> None:
        """
        Begin anew, in the first place and in a child process.
        """
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._tried = threading.Event()
        self._thread = None
        self._token = object()
        self._began_at = monotonic()
        self._busy_since = None

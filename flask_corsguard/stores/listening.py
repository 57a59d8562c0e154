"""
Hear of changes that other workers make, and tell them of one's own.

A background thread of each process listens. It is started by the first request that the process
serves, not before: a thread does not survive the fork by which servers make their workers. Whatever
may have been said while nobody listened is lost, so the memory is dropped as soon as somebody
listens again; until then the end of each answer bounds the damage.
"""

from __future__ import annotations

import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import cast
from weakref import WeakMethod

from .breaker import shortened
from .forks import after_fork
from .notices import Notices
from .scoping import UNSCOPED, is_scope
from .statistics import StoreStatistics

__all__ = ["Hearing", "Invalidation"]

_LONGEST_MESSAGE = 1024
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0
_SECONDS_TO_STOP = 10

Receiver = Callable[[str | None], None]


class Invalidation(ABC):
    """
    Carry the news that origins have changed between all workers of all hosts.

    A message names a scope and nothing else, so whoever can send one can make workers ask the
    store again, and no more.
    """

    def __init__(self, *, channel: str, heartbeat: float) -> None:
        """
        Begin silently: nothing is connected before the first request, or the first change.

        Args:
            channel: What the messages go by; one for each application.
            heartbeat: How often, in seconds, a connection has to prove that it is alive.

        Raises:
            ValueError: If the channel is empty, or the heartbeat no time.
        """
        if not channel or not channel.isprintable():
            raise ValueError(f"channel: {channel!r} is no name; write one like 'corsguard'")
        if not heartbeat > 0:
            raise ValueError(f"heartbeat: {heartbeat!r} is no time; write seconds, like 5")
        self.channel: str = channel
        self.heartbeat: float = heartbeat
        self._receivers: list[WeakMethod[Receiver]] = []
        self._notices = Notices()
        self._is_closed = False
        self._thread: threading.Thread | None = None
        self._reset()
        after_fork(self._reset)

    @property
    def is_connected(self) -> bool:
        """
        Tell whether this process hears of changes now.
        """
        return self._is_connected

    def attach(self, receiver: Receiver) -> None:
        """
        Tell a store what has changed, from now on.

        Args:
            receiver: A bound method; is given a scope, or None for everything.
        """
        self._receivers.append(WeakMethod(receiver))

    def start(self) -> None:
        """
        Listen in this process, if nobody does yet.
        """
        if self._thread is not None or self._is_closed:
            return
        with self._lock:
            if self._thread is None and not self._is_closed:
                self._stop = threading.Event()
                self._thread = threading.Thread(
                    target=self._run, name=f"corsguard-{self.channel}", daemon=True
                )
                self._thread.start()

    def publish(self, scope: str | None) -> bool:
        """
        Tell all workers that a scope has changed.

        Args:
            scope: Whose origins; None: perhaps all.

        Returns:
            Whether the message went out. Where not, and somebody listens here, it goes out as soon
            as there is a connection again.
        """
        try:
            self._send(_written(scope))
        except Exception as error:  # noqa: BLE001 - the change itself has been made
            with self._lock:
                self._unsent = True
            self._notices.warn("A change of origins could not be announced", error)
            return False
        return True

    def close(self) -> None:
        """
        Stop listening, for good.
        """
        self._is_closed = True
        with self._lock:
            thread, self._thread = self._thread, None
            self._stop.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(_SECONDS_TO_STOP)
        self._release()

    @abstractmethod
    def _listen(self, stop: threading.Event) -> None:
        """
        Listen until told to stop, calling `_connected` and `_heard`.

        Raises:
            Exception: If the connection is lost.
        """

    @abstractmethod
    def _send(self, message: bytes) -> None:
        """
        Send a message to everybody, or raise.
        """

    @abstractmethod
    def _release(self) -> None:
        """
        Give back what is held for sending.
        """

    @abstractmethod
    def _forked(self) -> None:
        """
        Let go of what belongs to the parent process, without closing it there.
        """

    def _connected(self) -> None:
        """
        Note that from now on everything is heard, and forget what may have been missed.
        """
        self._is_connected = True
        self._notices.tell("Changes of origins are heard of")
        self._pass_on(None)
        with self._lock:
            unsent, self._unsent = self._unsent, False
        if unsent:
            self.publish(None)

    def _heard(self, message: object) -> None:
        scope = _read(message)
        if scope is not _NOTHING:
            self._pass_on(cast("str | None", scope))

    def _pass_on(self, scope: str | None) -> None:
        for reference in tuple(self._receivers):
            receiver = reference()
            if receiver is not None:
                receiver(scope)
            else:
                self._receivers.remove(reference)

    def _run(self) -> None:
        stop, pause = self._stop, _FIRST_PAUSE
        while not stop.is_set():
            began = time.monotonic()
            try:
                self._listen(stop)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again
                if not stop.is_set():
                    event = "Changes of origins are not heard of; the connection is tried again"
                    self._notices.warn(event, error)
            finally:
                self._is_connected = False
            # A connection that held for a while was a good one.
            pause = _FIRST_PAUSE if time.monotonic() - began > _LONGEST_PAUSE else pause
            stop.wait(shortened(pause, 0.5))
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _reset(self) -> None:
        """
        Begin anew, in the first place and in a child process.
        """
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = None
        self._is_connected = False
        self._unsent = False
        self._forked()


class Hearing:
    """
    Stand between a store and the invalidation that it may have.
    """

    __slots__ = ("_invalidation", "_receiver")

    def __init__(self, invalidation: Invalidation | None, receiver: Receiver) -> None:
        """
        Listen by an invalidation, if there is one.

        Raises:
            TypeError: If it is none.
        """
        if invalidation is not None and not isinstance(invalidation, Invalidation):
            raise TypeError(
                f"invalidation: {invalidation!r} is none; "
                "write RedisInvalidation(...) or PostgresInvalidation(...)"
            )
        self._invalidation = invalidation
        # Whoever is attached is held weakly.
        self._receiver = receiver
        if invalidation is not None:
            invalidation.attach(receiver)

    def begin(self) -> None:
        """
        Listen, if nobody does yet.
        """
        if self._invalidation is not None:
            self._invalidation.start()

    def tell(self, scope: str | None) -> bool:
        """
        Tell all workers of a change; True if there is nobody else to tell it by.
        """
        return self._invalidation is None or self._invalidation.publish(scope)

    def completed(self, statistics: StoreStatistics) -> StoreStatistics:
        """
        Say in a store's statistics whether changes are heard of.
        """
        if self._invalidation is None:
            return statistics
        return replace(statistics, connected=self._invalidation.is_connected)

    def end(self) -> None:
        """
        Stop listening. Other stores that share the invalidation stop, too.
        """
        if self._invalidation is not None:
            self._invalidation.close()


_NOTHING = object()


def _written(scope: str | None) -> bytes:
    return json.dumps({"scope": scope}).encode()


def _read(message: object) -> object:
    """
    Read a message; what is none is nothing, whoever has sent it.
    """
    if not isinstance(message, bytes | str) or len(message) > _LONGEST_MESSAGE:
        return _NOTHING
    try:
        content: object = json.loads(message)
    except (ValueError, RecursionError):
        return _NOTHING
    if not isinstance(content, dict) or list(cast("dict[object, object]", content)) != ["scope"]:
        return _NOTHING
    scope: object = cast("dict[object, object]", content)["scope"]
    if scope is None or scope == UNSCOPED:
        return scope
    return scope if isinstance(scope, str) and is_scope(scope) else _NOTHING

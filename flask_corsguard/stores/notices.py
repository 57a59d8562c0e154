"""
Log what an operator should know, each thing at most once a minute.

A request that is rejected because a store failed is logged by the guard. What is logged here are
the failures that no request shows: origins that are still allowed from memory, a listener that
lost its connection, a row that means nothing any more.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from ..reporting import logger
from .failures import described

__all__ = ["Notices"]

_SECONDS_OF_SILENCE = 60
_MOST_TEXTS = 100


class Notices:
    """
    Log, but not the same all the time.
    """

    __slots__ = ("_clock", "_said_at")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """
        Begin with nothing said.

        Args:
            clock: Gives seconds, and never goes back.
        """
        self._clock = clock
        self._said_at: dict[str, float] = {}

    def warn(self, event: str, error: BaseException | None = None, **facts: str) -> None:
        """
        Log a warning, if it was not said in the last minute.

        Args:
            event: A fixed text.
            error: What is behind it.
            **facts: What varies; it tells one occurrence from another.
        """
        self._say(logging.WARNING, event, error, facts)

    def warn_once(self, event: str, **facts: str) -> None:
        """
        Log a warning, once for what it is about.
        """
        self._say(logging.WARNING, event, None, facts, silence=float("inf"))

    def tell(self, event: str, **facts: str) -> None:
        """
        Log what is good news, if it was not said in the last minute.
        """
        self._say(logging.INFO, event, None, facts)

    def _say(
        self,
        level: int,
        event: str,
        error: BaseException | None,
        facts: dict[str, str],
        silence: float = _SECONDS_OF_SILENCE,
    ) -> None:
        key = "\n".join((event, *facts.values()))
        now, last = self._clock(), self._said_at.get(key)
        if last is not None and now - last < silence:
            return
        if len(self._said_at) >= _MOST_TEXTS:
            if silence > _SECONDS_OF_SILENCE:
                return  # whoever has so many of them has seen enough to look for the rest
            self._said_at.pop(next(iter(self._said_at)))
        self._said_at[key] = now
        extra = {f"cors_{name}": ascii(text)[1:-1][:200] for name, text in facts.items()}
        if error is not None:
            extra["cors_detail"] = ascii(described(error))[1:-1][:200]
        logger.log(level, event, extra=extra)

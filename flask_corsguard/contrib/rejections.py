"""
`RejectedOrigins`: which origins are turned away most often.

The log has every rejection and the metrics have their number; neither can say *who* at a glance,
and an origin must be no label of a metric, as anyone can make one up. This table can, in bounded
memory. And it says once, aloud, that an origin is turned away in numbers: that is either a front
end of yours that was forgotten, or somebody who tries.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from types import MappingProxyType
from typing import Any

from ..protocol.decision import Decision, Reason
from ..reporting import logger
from ..signals import origin_rejected, preflight_rejected
from .heavy_hitters import HeavyHitters, Hit
from .watching import Guarded, Receivers, silence, watch

__all__ = ["RejectedOrigin", "RejectedOrigins"]

_SECONDS_OF_SILENCE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedOrigin:
    """
    Say how often an origin was rejected, and why.

    Text that came from the client is cut to 100 characters and escaped to ASCII.

    Attributes:
        origin: The origin.
        count: How often it was rejected, at most.
        error: By how much the count may be too high.
        reasons: How often for which reason, since it is in the table.
        policy: What governed the last rejected request.
        method: The last request's method; of a preflight, the announced one.
        path: The last request's path.
        first_seen: When it came into the table, in seconds since the epoch.
        last_seen: When it was last rejected, in seconds since the epoch.
    """

    origin: str
    count: int
    error: int
    reasons: Mapping[Reason, int]
    policy: str | None
    method: str
    path: str
    first_seen: float
    last_seen: float

    @property
    def certain(self) -> int:
        """
        Give how often it was rejected at least.
        """
        return self.count - self.error

    def to_dict(self) -> dict[str, Any]:
        """
        Give it as plain values, for JSON.
        """
        reasons = {reason.value: number for reason, number in self.reasons.items()}
        names = [name for name in self.__slots__ if name != "reasons"]
        return {**{name: getattr(self, name) for name in names}, "reasons": reasons}


@dataclass(slots=True)
class _Note:
    """
    Keep what is known of an origin besides its count.
    """

    last: Decision
    first_seen: float
    last_seen: float
    reasons: Counter[Reason] = field(default_factory=Counter[Reason])


class RejectedOrigins:
    """
    Keep the origins that are rejected most often, in bounded memory, from any thread.

    An origin that makes up more than one in `capacity` of all rejections is always among them.
    """

    def __init__(
        self,
        app: Guarded | None = None,
        *,
        capacity: int = 200,
        notable: int = 100,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """
        Begin with an empty table, and watch an application if one is given.

        Args:
            app: The application, or the middleware.
            capacity: How many origins are kept at most.
            notable: The number of rejections at which an origin is worth a warning in the log.
            clock: Gives the seconds since the epoch.

        Raises:
            TypeError: If the application sends no signals.
            ValueError: If a number is below 1.
        """
        for name, number in {"capacity": capacity, "notable": notable}.items():
            if number < 1:
                raise ValueError(f"{name}: {number!r} is too low; write 1 or more")
        self.notable_seen: int = 0
        self._notable = notable
        self._clock = clock
        self._hits: HeavyHitters[_Note] = HeavyHitters(capacity)
        self._said_at: float | None = None
        self._lock = Lock()
        if app is not None:
            self.watch(app)

    def watch(self, app: Guarded) -> None:
        """
        Count what an application rejects from now on; several are counted together.

        Args:
            app: The application, or the middleware.

        Raises:
            TypeError: If it sends no signals.
        """
        watch(self, app, self._receivers)

    def close(self) -> None:
        """
        Count nothing any more.
        """
        silence(self._receivers)

    @property
    def total(self) -> int:
        """
        Give the number of all rejections.
        """
        return self._hits.total

    @property
    def tracked(self) -> int:
        """
        Give the number of origins in the table.
        """
        return len(self._hits)

    def record(self, decision: Decision) -> bool:
        """
        Count a rejection.

        Args:
            decision: What was decided.

        Returns:
            Whether the origin has just become notable.
        """
        now, origin = self._clock(), decision.origin or ""
        with self._lock:
            known = self._hits.find(origin)
            if known is None:
                hit = self._hits.add(origin, _Note(decision, now, now))
            else:
                hit = self._hits.count(origin)
                hit.note.last, hit.note.last_seen = decision, now
            if decision.reason is not None:
                hit.note.reasons[decision.reason] += 1
            # What is owed to origins that were here before makes nobody notable.
            notable = hit.count - hit.error == self._notable
            said = notable and self._is_due(now)
            self.notable_seen += notable
        if said:
            _log(hit.key, decision, self._notable)
        return notable

    def top(self, number: int = 10) -> tuple[RejectedOrigin, ...]:
        """
        List the origins that were rejected most often, the most rejected first.

        Args:
            number: How many.
        """
        with self._lock:
            return tuple(_shown(hit) for hit in self._hits.top(number))

    def clear(self) -> None:
        """
        Forget everything that was counted.
        """
        with self._lock:
            self._hits.clear()
            self.notable_seen = 0

    @property
    def _receivers(self) -> Receivers:
        return {origin_rejected: self._receive, preflight_rejected: self._receive}

    def _receive(self, _: object, *, decision: Decision) -> None:
        self.record(decision)

    def _is_due(self, now: float) -> bool:
        """
        Tell whether the log may be written to: whoever makes up origins must not fill it.
        """
        last = self._said_at
        if last is not None and 0 <= now - last < _SECONDS_OF_SILENCE:
            return False
        self._said_at = now
        return True


def _shown(hit: Hit[_Note]) -> RejectedOrigin:
    note = hit.note
    return RejectedOrigin(
        origin=hit.key,
        count=hit.count,
        error=hit.error,
        reasons=MappingProxyType(dict(note.reasons)),
        policy=note.last.policy,
        method=note.last.method,
        path=note.last.path,
        first_seen=note.first_seen,
        last_seen=note.last_seen,
    )


def _log(origin: str, decision: Decision, count: int) -> None:
    extra = {
        "cors_origin": origin,
        "cors_reason": decision.reason and decision.reason.value,
        "cors_policy": decision.policy,
        "cors_path": decision.path,
        "cors_count": count,
    }
    logger.warning("A rejected origin is seen at volume", extra=extra)

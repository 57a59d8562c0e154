"""
Remember the last decisions, and what there was in each of the last minutes, in bounded memory.

Everything in here may come from somebody who makes up origins by the million: so the decisions are
a ring, the minutes are a ring, a minute names so many origins and no more, and the table of the
most rejected ones is the bounded one of `contrib.rejections`.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from threading import Lock
from typing import cast

from flask import Flask

from ..contrib.rejections import RejectedOrigin, RejectedOrigins
from ..contrib.watching import Receivers, silence, watch
from ..protocol.decision import Decision, Kind, Outcome
from ..signals import cors_decided, request_refused

__all__ = ["MINUTES", "Entry", "Minute", "Recorder", "Snapshot", "Totals", "recorder_of"]

MINUTES = 60
"""How many minutes are remembered."""

_DECISIONS = 200
_ORIGINS = 12
"""How many origins a minute names; the others are counted together."""

_TABLE = 100
_SECONDS = 60
_NAME = "corsguard_recorder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    Hold a decision, and when it was made.

    Attributes:
        number: Counts up from 1.
        at: When, in seconds since the epoch.
        decision: What was decided.
    """

    number: int
    at: float
    decision: Decision


@dataclass(slots=True, kw_only=True)
class Totals:
    """
    Count decisions.

    Attributes:
        decided: All CORS requests.
        rejected: Those of them that were rejected.
        preflights: Those of them that were preflights.
        refused: Requests that the server has refused, CORS requests or not.
    """

    decided: int = 0
    rejected: int = 0
    preflights: int = 0
    refused: int = 0

    def add(self, decision: Decision) -> None:
        """
        Count a decision.
        """
        self.refused += decision.refusal == "refused"
        if decision.kind is not Kind.NOT_CORS:
            self.decided += 1
            self.rejected += decision.outcome is Outcome.REJECTED
            self.preflights += decision.kind is Kind.PREFLIGHT


@dataclass(slots=True, kw_only=True)
class Minute:
    """
    Hold what was decided within a minute.

    Attributes:
        minute: Which one, in minutes since the epoch.
        totals: How many decisions.
        origins: How often which origin was rejected.
        others: How often one that is not named any more.
    """

    minute: int
    totals: Totals = field(default_factory=Totals)
    origins: Counter[str] = field(default_factory=Counter[str])
    others: int = 0

    def add(self, decision: Decision) -> None:
        """
        Count a decision.
        """
        self.totals.add(decision)
        if decision.kind is Kind.NOT_CORS or decision.outcome is Outcome.ALLOWED:
            return
        origin = decision.origin or ""
        if origin in self.origins or len(self.origins) < _ORIGINS:
            self.origins[origin] += 1
        else:
            self.others += 1

    def copy(self) -> Minute:
        """
        Give the same, to be read while this one goes on counting.
        """
        totals = Totals(**{name: getattr(self.totals, name) for name in Totals.__slots__})
        origins = Counter(self.origins)
        return Minute(minute=self.minute, totals=totals, origins=origins, others=self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """
    Hold what was remembered at one moment.

    Attributes:
        process: Tells the memory of one process from that of another.
        since: Since when decisions are remembered, in seconds since the epoch; None: not yet.
        now: The moment, in seconds since the epoch.
        last: The number of the last decision.
        totals: All decisions.
        minutes: Those of the last hour; minutes without any are left out.
        top: The origins that were rejected most often.
        entries: The last decisions, the oldest first.
    """

    process: str
    since: float | None
    now: float
    last: int
    totals: Totals
    minutes: tuple[Minute, ...]
    top: tuple[RejectedOrigin, ...]
    entries: tuple[Entry, ...]


class Recorder:
    """
    Remember what is decided for one application, from any thread.

    It is not told about anything before `start`: while somebody listens, the guard takes the long
    way, which says why.
    """

    def __init__(
        self, size: int = _DECISIONS, *, ignored: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        """
        Begin without a memory.

        Args:
            size: How many decisions are remembered.
            ignored: What is decided about paths that begin with this is not; empty: about none.
            clock: Gives the seconds since the epoch.
        """
        self.since: float | None = None
        self.ignored: str = ignored
        self._clock = clock
        self._token = secrets.token_hex(4)
        self._entries: deque[Entry] = deque(maxlen=size)
        self._minutes: deque[Minute] = deque(maxlen=MINUTES)
        self._totals = Totals()
        # It is for looking: it leaves the log to the table that somebody has set up for that.
        self._table = RejectedOrigins(capacity=_TABLE, notable=sys.maxsize, clock=clock)
        self._last = 0
        self._lock = Lock()

    def start(self, app: Flask) -> None:
        """
        Listen to an application for as long as it lives.

        Args:
            app: The application.
        """
        with self._lock:
            if self.since is not None:
                return
            self.since = self._clock()
        watch(self, app, self._receivers)

    def stop(self) -> None:
        """
        Listen no more, and keep what there is.
        """
        silence(self._receivers)
        self.since = None

    def resize(self, size: int) -> None:
        """
        Remember another number of decisions.

        Args:
            size: How many.
        """
        with self._lock:
            self._entries = deque(self._entries, maxlen=size)

    def record(self, decision: Decision) -> None:
        """
        Remember a decision.

        Args:
            decision: What was decided.
        """
        if self._is_ignored(decision.path):
            return
        now = self._clock()
        with self._lock:
            self._last += 1
            self._entries.append(Entry(number=self._last, at=now, decision=decision))
            self._totals.add(decision)
            self._minute(int(now // _SECONDS)).add(decision)
        if decision.kind is not Kind.NOT_CORS and decision.outcome is Outcome.REJECTED:
            self._table.record(decision)

    def snapshot(self, after: int = 0, top: int = 10) -> Snapshot:
        """
        Give what is remembered.

        Args:
            after: The number of the last decision that is known already.
            top: How many of the most rejected origins to give.
        """
        now = self._clock()
        first = int(now // _SECONDS) - MINUTES
        with self._lock:
            entries = tuple(entry for entry in self._entries if entry.number > after)
            minutes = tuple(each.copy() for each in self._minutes if each.minute > first)
            totals = _sum([self._totals])
            last = self._last
        return Snapshot(
            # Workers that were forked from one process have one token and several numbers.
            process=f"{self._token}-{os.getpid():x}",
            since=self.since,
            now=now,
            last=last,
            totals=totals,
            minutes=minutes,
            top=self._table.top(top),
            entries=entries,
        )

    def latest(self, number: int) -> tuple[Entry, ...]:
        """
        Give the last decisions, the newest first.

        Args:
            number: How many, at most.
        """
        with self._lock:
            return tuple(islice(reversed(self._entries), number))

    @property
    def _receivers(self) -> Receivers:
        return {cors_decided: self._on_decision, request_refused: self._on_refusal}

    def _on_decision(self, _: object, *, decision: Decision) -> None:
        self.record(decision)

    def _on_refusal(self, _: object, *, decision: Decision) -> None:
        # What is a CORS request comes by the other signal, too.
        if decision.kind is Kind.NOT_CORS:
            self.record(decision)

    def _is_ignored(self, path: str) -> bool:
        ignored = self.ignored
        return bool(ignored) and (path == ignored.rstrip("/") or path.startswith(ignored))

    def _minute(self, minute: int) -> Minute:
        if not self._minutes or self._minutes[-1].minute != minute:
            self._minutes.append(Minute(minute=minute))
        return self._minutes[-1]


def recorder_of(app: Flask) -> Recorder:
    """
    Give the recorder of an application; all who look share it.

    Args:
        app: The application.
    """
    return cast("Recorder", app.extensions.setdefault(_NAME, Recorder()))


def _sum(counted: Iterable[Totals]) -> Totals:
    total = Totals()
    for each in counted:
        for name in Totals.__slots__:
            setattr(total, name, getattr(total, name) + getattr(each, name))
    return total

"""
Take one measurement: what wrk counted, and what it cost the server.

A measurement during which something else used the cores is repeated when they are quiet again,
as long as there is patience left: a benchmark that always runs to its end on a busy machine is
worth more than one that waits for a quiet one for ever.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass

from .machine import Cores, cpu_seconds
from .plan import DISTURBED, Load, Sample
from .servers import Running
from .wrk import send

__all__ = ["Meter", "Take"]

Take = Callable[[Running, Load], Sample]
"""Measure a server."""

_TRIES = 3
_PAUSE = 3.0


@dataclass(slots=True)
class Meter:
    """
    Measure servers.

    Attributes:
        cores: Where the servers run, and where wrk is to.
        seconds: How long a measurement takes.
        patience: How many seconds may still be spent on repeating.
    """

    cores: Cores
    seconds: int
    patience: float

    def __call__(self, server: Running, load: Load) -> Sample:
        """
        Measure; of several attempts the least disturbed one counts.

        Args:
            server: What to measure.
            load: What to send.

        Raises:
            WrongAnswerError: If anything went wrong.
        """
        best = self._take(server, load)
        for _ in range(_TRIES - 1):
            if best.foreign <= DISTURBED or self.patience <= 0:
                break
            started = time.monotonic()
            self.cores.wait_until_quiet(_PAUSE)
            best = min(best, self._take(server, load), key=lambda sample: sample.foreign)
            self.patience -= time.monotonic() - started
        return best

    def _take(self, server: Running, load: Load) -> Sample:
        started, cpu, ours, busy = self._now(server)
        count = send(
            server.port,
            load.request,
            urls=load.urls,
            seconds=self.seconds,
            pin=self.cores.for_client,
        )
        ended, cpu_after, ours_after, busy_after = self._now(server)
        used = cpu_after - cpu
        foreign = busy_after - busy - used - (ours_after - ours)
        return Sample(
            requests=count.requests,
            seconds=count.seconds,
            cpu=used,
            foreign=max(0.0, foreign) / (ended - started),
            p99=count.p99,
        )

    def _now(self, server: Running) -> tuple[float, float, float, float]:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)  # wrk's, once it has ended
        ours = usage.ru_utime + usage.ru_stime + time.process_time()
        return time.monotonic(), cpu_seconds(server.processes), ours, self.cores.busy_seconds()

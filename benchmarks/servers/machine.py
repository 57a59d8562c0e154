"""
What the machine has to say: its cores, and the time that processes have run on them.

Server and client get a core each. On a machine that others use, too, a core's own counters tell
how much of it went to somebody else meanwhile.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Cores", "cpu_seconds", "family", "own_cores"]

_PROC = Path("/proc")
_TICK = os.sysconf("SC_CLK_TCK")
# In /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal, and guests', counted twice.
_BUSY = (0, 1, 2, 5, 6, 7)
_GLANCE = 0.25  # seconds
_QUIET = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cores:
    """
    Say which core the server runs on, and which the client.
    """

    server: int
    client: int

    @property
    def for_server(self) -> tuple[str, ...]:
        """
        Give what goes before the server's command.
        """
        return ("taskset", "--cpu-list", str(self.server))

    @property
    def for_client(self) -> tuple[str, ...]:
        """
        Give what goes before the client's command.
        """
        return ("taskset", "--cpu-list", str(self.client))

    def busy_seconds(self) -> float:
        """
        Tell how long the two have not been idle since the machine started.

        What a hypervisor gave to other machines counts, too.
        """
        names = {f"cpu{self.server}", f"cpu{self.client}"}
        lines = (line.split() for line in _read(_PROC / "stat").splitlines())
        ticks = [int(row[n]) for name, *row in lines if name in names for n in _BUSY]
        return sum(ticks) / _TICK

    def wait_until_quiet(self, seconds: float) -> None:
        """
        Wait until nobody uses the two, or it has taken long enough.

        Args:
            seconds: The longest time to wait.
        """
        ending, before = time.monotonic() + seconds, self.busy_seconds()
        while time.monotonic() < ending:
            time.sleep(_GLANCE)
            now = self.busy_seconds()
            if now - before <= _QUIET * _GLANCE:
                return
            before = now


def own_cores() -> Cores:
    """
    Choose two of the cores that we may use: the last for the server, as the first has most to do.

    Raises:
        SystemExit: If there is only one.
    """
    found = sorted(os.sched_getaffinity(0))
    if len(found) == 1:
        raise SystemExit("Server and client need a core each, and there is only one.")
    return Cores(server=found[-1], client=found[0])


def family(parent: int) -> tuple[int, ...]:
    """
    Give a process and all that it has started.

    Args:
        parent: Its number.
    """
    found = [parent]
    for process in found:
        for told in _PROC.glob(f"{process}/task/*/children"):
            found += [int(child) for child in _read(told).split()]
    return tuple(found)


def cpu_seconds(processes: Iterable[int]) -> float:
    """
    Add up how long processes have run on any core.

    The kernel's scheduler counts nanoseconds for each thread; `stat` counts hundredths of a second.

    Args:
        processes: Their numbers.
    """
    threads = [file for process in processes for file in _PROC.glob(f"{process}/task/*/schedstat")]
    return sum(int((_read(file) or "0").split()[0]) for file in threads) / 1e9


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except OSError:  # it has ended meanwhile
        return ""

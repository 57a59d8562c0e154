"""
What is measured: every row of the table under every server.

The servers under one application are measured together, from one start to one stop.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median

from .apps import APPLICATIONS
from .questions import Question, Request, request_of
from .servers import SERVERS

__all__ = ["DISTURBED", "URLS", "Load", "Row", "Sample", "Stand", "make_stands"]

URLS = 10_000
"""How many URLs are asked for in turn: more than any table of answers holds."""

DISTURBED = 0.1
"""Which part of the two cores may go to others before a measurement counts as disturbed."""


class Load(StrEnum):
    """
    Name what is sent.
    """

    GETS = "GETs"
    PREFLIGHTS = "preflights for one URL"
    MANY = "preflights for 10 000 URLs in turn"

    @property
    def request(self) -> Request:
        """
        Give the request.
        """
        return request_of(Question.GET if self is Load.GETS else Question.PREFLIGHT)

    @property
    def urls(self) -> int:
        """
        Tell how many URLs are asked for.
        """
        return URLS if self is Load.MANY else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """
    Hold one measurement; times in seconds.

    Attributes:
        requests: The answers that wrk counted.
        seconds: How long it counted.
        cpu: How long the server's processes ran.
        foreign: Which part of the two cores, 2 being all of both, went to others.
        p99: What 99 % of the latencies are below.
    """

    requests: int
    seconds: float
    cpu: float
    foreign: float
    p99: float

    @property
    def rate(self) -> float:
        """
        Give the requests per second.
        """
        return self.requests / self.seconds

    @property
    def cost(self) -> float:
        """
        Give the server's time per request.
        """
        return self.cpu / self.requests


@dataclass(slots=True)
class Row:
    """
    Collect the measurements of one application under one load and one server, one a round.

    Attributes:
        load: What is sent.
        samples: What was measured.
        absent: What it would have taken, and is not there.
        problem: What was wrong.
    """

    load: Load
    samples: list[Sample] = field(default_factory=list[Sample])
    absent: str | None = None
    problem: str | None = None

    @property
    def counts(self) -> bool:
        """
        Tell whether it could be measured, and answered right.
        """
        return self.absent is None and self.problem is None

    @property
    def is_disturbed(self) -> bool:
        """
        Tell whether others used the cores in most measurements.
        """
        return median(sample.foreign for sample in self.samples) > DISTURBED

    @property
    def rate(self) -> float:
        """
        Give the median of the requests per second.
        """
        return median(sample.rate for sample in self.samples)

    @property
    def cost(self) -> float:
        """
        Give the median of the server's time per request, in seconds.
        """
        return median(sample.cost for sample in self.samples)


@dataclass(slots=True)
class Stand:
    """
    Put an application on a server.

    Attributes:
        server: The server's name.
        application: The application's name.
        rows: What is measured there.
        behind_nginx: Whether nginx stands in front.
    """

    server: str
    application: str
    rows: list[Row]
    behind_nginx: bool = False

    @property
    def title(self) -> str:
        """
        Give what the table calls it.
        """
        return "nginx in front" if self.behind_nginx else APPLICATIONS[self.application].title

    def row(self, load: Load) -> Row | None:
        """
        Find the row with a load.

        Args:
            load: What is sent.
        """
        return next((row for row in self.rows if row.load is load), None)


_EVERYTHING = tuple(Load)
_ONE_URL = (Load.GETS, Load.PREFLIGHTS)
_LOADS = {
    "bare": _EVERYTHING,
    "again": (Load.GETS,),
    "limit": _EVERYTHING,
    "flask-cors-open": _ONE_URL,
    "open": _ONE_URL,
    "flask-cors": _EVERYTHING,
    "flask-cors-older": _ONE_URL,
    "hooks": _EVERYTHING,
    "fast": _EVERYTHING,
    "query": _ONE_URL,
    "live": _ONE_URL,
}
# Behind threads it is much the same as without: these show by how much.
_WITH_THREADS = ("bare", "limit", "flask-cors", "open", "hooks", "fast", "live")


def make_stands(servers: tuple[str, ...] = tuple(SERVERS)) -> list[Stand]:
    """
    List what is measured, in the order of a round.

    What a goal compares is measured one after the other.

    Args:
        servers: The names of the servers.
    """
    stands = [
        Stand(server, name, [Row(load) for load in loads])
        for server in servers
        for name, loads in _LOADS.items()
        if server != "gthread" or name in _WITH_THREADS
    ]
    if "sync" in servers:
        rows = [Row(Load.PREFLIGHTS), Row(Load.MANY)]
        stands.append(Stand("sync", "fast", rows, behind_nginx=True))
    return stands

"""
The journal: what crossed the wire, and what the guard decided about it.

A `Recorder` stands around the whole API and notes every response as it leaves. The signals say what
was decided; they are sent while the request is being handled, so a receiver can ask Flask which
request that is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Condition
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from werkzeug import Request

from flask_corsguard import Decision, cors_decided, origin_rejected, request_refused

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

_KEY = "demo.exchange"
_SHOWN = ("access-control-", "vary", "location")
_PATIENCE = 15  # seconds


@dataclass(slots=True, kw_only=True)
class Exchange:
    """
    Hold one request, its response, and what was decided in between.

    Attributes:
        case: Which of the page's cases it belongs to, and in which run.
        asked: What a preflight asks for; else empty.
    """

    case: tuple[str, str]
    method: str
    path: str
    origin: str | None
    asked: dict[str, str]
    status: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    decision: Decision | None = None
    refused: bool = False

    def to_dict(self) -> dict[str, Any]:
        """
        Give what the page shows.
        """
        return {
            "method": self.method,
            "path": self.path,
            "origin": self.origin,
            "asked": self.asked,
            "status": self.status,
            "headers": self.headers,
            "decision": self.decision and describe(self.decision),
            "refused": self.refused,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """
    Hold one `origin_rejected` signal.
    """

    number: int
    time: str
    decision: Decision

    def to_dict(self) -> dict[str, Any]:
        """
        Give what the page shows.
        """
        return {"time": self.time, **describe(self.decision)}


class Journal:
    """
    Keep the latest exchanges and rejections, for any number of threads.
    """

    def __init__(self) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=500)
        self._rejections: deque[Rejection] = deque(maxlen=30)
        self._count = 0
        self._changed = Condition()

    def listen(self, app: Flask) -> None:
        """
        Connect to the signals of an application. Receivers are held weakly: keep the journal.
        """
        cors_decided.connect(self._note_decision, sender=app)
        request_refused.connect(self._note_refusal, sender=app)
        origin_rejected.connect(self._note_rejection, sender=app)

    def add(self, exchange: Exchange) -> None:
        """
        Note an exchange.
        """
        with self._changed:
            self._exchanges.append(exchange)

    def of_case(self, case: tuple[str, str]) -> list[Exchange]:
        """
        Give the exchanges of a case, in the order in which they happened.
        """
        with self._changed:
            return [exchange for exchange in self._exchanges if exchange.case == case]

    def follow(self, last_seen: int) -> Iterator[Rejection | None]:
        """
        Yield the rejections after a number, and the coming ones as they come.

        Yields None at the start and whenever nothing happened for a while.
        """
        yield None
        while True:
            fresh = self._wait_for_rejections(last_seen)
            yield from fresh
            if fresh:
                last_seen = fresh[-1].number
            else:
                yield None

    def _wait_for_rejections(self, last_seen: int) -> list[Rejection]:
        with self._changed:
            self._changed.wait_for(lambda: self._count > last_seen, timeout=_PATIENCE)
            return [r for r in self._rejections if r.number > last_seen]

    def _note_decision(self, _sender: Flask, decision: Decision) -> None:
        exchange = request.environ.get(_KEY)
        if exchange is not None:
            exchange.decision = decision

    def _note_refusal(self, _sender: Flask, decision: Decision) -> None:
        exchange = request.environ.get(_KEY)
        if exchange is not None:
            exchange.decision = decision
            exchange.refused = decision.refusal == "refused"

    def _note_rejection(self, _sender: Flask, decision: Decision) -> None:
        time = datetime.now(UTC).isoformat(timespec="seconds")
        with self._changed:
            self._count += 1
            rejection = Rejection(number=self._count, time=time, decision=decision)
            self._rejections.append(rejection)
            self._changed.notify_all()


class Recorder:
    """
    Note the exchanges that belong to a case, from around an application.

    The page says in the query which case it is about: `?run=...&case=...`.
    """

    def __init__(self, application: WSGIApplication, journal: Journal) -> None:
        self._application = application
        self._journal = journal

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """
        Serve a request as the application does, and note it if it belongs to a case.
        """
        asked = Request(environ)
        if "case" not in asked.args:
            return self._application(environ, start_response)
        exchange = environ[_KEY] = begin(asked)

        def start(
            status: str, headers: list[tuple[str, str]], error: ExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            exchange.status = status
            exchange.headers = [h for h in headers if h[0].lower().startswith(_SHOWN)]
            self._journal.add(exchange)
            return start_response(status, headers, error)

        return self._application(environ, start)


def begin(asked: Request) -> Exchange:
    """
    Begin an exchange with what was asked.
    """
    names = ("Access-Control-Request-Method", "Access-Control-Request-Headers")
    return Exchange(
        case=(asked.args.get("run", ""), asked.args["case"]),
        method=asked.method,
        path=asked.path,
        origin=asked.headers.get("Origin"),
        asked={name: asked.headers[name] for name in names if name in asked.headers},
    )


def describe(decision: Decision) -> dict[str, Any]:
    """
    Give a decision as JSON knows it.
    """
    reason = decision.reason
    return {
        "kind": decision.kind,
        "outcome": decision.outcome,
        "reason": reason,
        "why": reason and reason.why,
        "policy": decision.policy,
        "method": decision.method,
        "path": decision.path,
        "origin": decision.origin,
        "detail": decision.detail,
        "explanation": decision.explanation,
        "by_guard": decision.status is not None,
    }

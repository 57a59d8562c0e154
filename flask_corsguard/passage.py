"""
One request on its way through an application, and its response on the way back.

It stands in for the server's `start_response`, so it is there whatever happens in between. And it
travels in the WSGI environment as a ticket: a layer in between may run the application later, in
another thread, or twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .protocol.decision import Headers
from .wire import HeaderList, add_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Flask
    from flask.wrappers import Request

    from .deciding import Decider, Verdict
    from .reporting import Reporter
    from .routing import Plan
    from .wire import ExcInfo

__all__ = ["Dresser", "Passage"]


class Dresser(Protocol):
    """
    Serve an application: what passages and entrances ask of it.

    Attributes:
        app: The application.
        key: Where a request's ticket is in its environment.
        reporter: Tells who listens.
        decider: Decides.
    """

    app: Flask
    key: str
    reporter: Reporter
    decider: Decider

    def enter_slowly(
        self, environ: WSGIEnvironment, start_response: StartResponse, /
    ) -> Iterable[bytes]:
        """
        Run the application, and dress the response as it leaves, whatever the request is.
        """
        ...

    def dress(self, passage: Passage, headers: HeaderList, /) -> HeaderList:
        """
        Put the guard's headers into a response where they were not known before.
        """
        ...

    def dress_quickly(
        self, plan: Plan, environ: WSGIEnvironment, asked: Request, headers: HeaderList, /
    ) -> HeaderList:
        """
        Put the headers of the governing policy into a response, if nobody asks why.
        """
        ...

    def find_asked(self, environ: WSGIEnvironment, /) -> Request:
        """
        Give the request as Flask has routed it, or as the server sent it.
        """
        ...

    def warn(self, endpoint: str | None, /) -> None:
        """
        Say once for each endpoint that CORS headers of its own do not count.
        """
        ...


class Passage:
    """
    Carry what is known of a request to where its response leaves.

    Attributes:
        plan: What governs the routes, from the request's beginning to its end.
        environ: The request's environment, as it came in.
        watched: Whether it has to be decided before the view.
        ours: What to add to the response's headers; None: what `Dresser.dress` says then.
        asked: The request as a hook saw it.
        start: The server's `start_response`.
        verdict: What was decided.
        about: The question to which that is the answer.
    """

    # A plain class: every request makes one, and closures or a dataclass would cost more.
    __slots__ = (
        "_serving",
        "about",
        "asked",
        "environ",
        "ours",
        "plan",
        "start",
        "verdict",
        "watched",
    )

    def __init__(
        self, serving: Dresser, plan: Plan, environ: WSGIEnvironment, start: StartResponse
    ) -> None:
        self._serving = serving
        self.start: StartResponse = start
        self.plan: Plan = plan
        self.environ: WSGIEnvironment = environ
        self.watched: bool = False
        self.ours: Headers | None = None
        self.asked: Request | None = None
        self.verdict: Verdict | None = None
        self.about: object = None

    def __call__(
        self, status: str, headers: HeaderList, exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        """
        Start the response with the guard's headers in it.
        """
        headers = self._dressed(headers)
        if exc_info is None:
            return self.start(status, headers)
        return self.start(status, headers, exc_info)

    def _dressed(self, headers: HeaderList) -> HeaderList:
        if self.ours is None:
            return self._serving.dress(self, headers)
        dressed, replaced = add_headers(headers, self.ours)
        if replaced:
            asked = self.asked or self._serving.find_asked(self.environ)
            self._serving.warn(asked.endpoint)
        return dressed

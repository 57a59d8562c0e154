"""
Send a request to the stand-in as a browser does, and see what comes of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from ..routing import Plan
from ..testing.browser import Browser
from ..testing.engines import Engine
from ..testing.errors import CORSError
from ..testing.message import Exchange
from ..testing.reply import Reply
from .asked import Asked
from .standin import Amendment, Answered, StandIn

__all__ = ["Attempt", "attempt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """
    Hold what one browser did.

    Attributes:
        engine: Which one.
        error: Why it blocks; None if it does not.
        reply: What script gets; None if it blocks.
        exchanges: What went over the wire.
        answered: What the guard decided, one for each exchange.
    """

    engine: Engine
    error: CORSError | None
    reply: Reply | None
    exchanges: tuple[Exchange, ...]
    answered: tuple[Answered, ...]

    @property
    def passes(self) -> bool:
        """
        Tell whether script gets the response, and the server does not refuse the request.
        """
        return self.error is None and not self.refused

    @property
    def refused(self) -> bool:
        """
        Tell whether the server refuses the request.
        """
        return any(each.decision.refusal == "refused" for each in self.answered)


def attempt(
    app: Flask,
    plan: Plan,
    asked: Asked,
    base: str,
    *,
    engine: Engine = Engine.CHROMIUM,
    amendment: Amendment | None = None,
) -> Attempt:
    """
    Let a browser make a request.

    Args:
        app: The application.
        plan: What governs its routes.
        asked: The request.
        base: What a path is relative to.
        engine: Whose limits and words apply.
        amendment: What to suppose about the configuration.

    Raises:
        FetchError: If a browser refuses to make the request.
        ValueError: If the origin is none.
    """
    standin = StandIn(app, plan, amendment)
    page = Browser(standin, origin=asked.origin, base_url=base, engine=str(engine), strict=False)
    error: CORSError | None = None
    reply: Reply | None = None
    try:
        reply = page.fetch(
            asked.url, method=asked.method, headers=asked.header_lines, credentials=asked.mode
        )
    except CORSError as blocked:
        error = blocked
    return Attempt(
        engine=engine,
        error=error,
        reply=reply,
        exchanges=page.exchanges,
        answered=tuple(standin.answered),
    )

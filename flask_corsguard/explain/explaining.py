"""
`explain()`: what happens to a request, why, and what would change it.

It runs no view: see `standin`. What it says the browser does, the test browser has done.
"""

from __future__ import annotations

from flask import Flask

from ..protocol.fields import SAFELISTED_RESPONSE_HEADERS
from ..routing import Plan
from ..testing.cors_check import read_list
from ..testing.engines import Engine
from .asked import Asked, base_url_of
from .attempt import Attempt, attempt
from .changes import find_remedy
from .explanation import BrowserVerdict, Explanation, Message, Step
from .governing import Governing, governing
from .standin import Answered
from .steps import answer_steps, call_steps

__all__ = ["explain"]

_ERRORS = 400
_EXPOSE = "Access-Control-Expose-Headers"

_SENT = frozenset(
    {"origin", "access-control-request-method", "access-control-request-headers", "cookie"}
)


def explain(app: Flask, plan: Plan, asked: Asked, *, base: str | None = None) -> Explanation:
    """
    Explain a request to an application.

    Args:
        app: The application.
        plan: What governs its routes.
        asked: The request.
        base: The URL that a path is relative to; by default, what the configuration says.

    Raises:
        FetchError: If a browser refuses to make such a request.
        ValueError: If the URL or the origin is none.
    """
    base = base or base_url_of(app)
    call = asked.call(base)
    attempts = [attempt(app, plan, asked, base, engine=engine) for engine in Engine]
    first = attempts[0]
    governed = [_governing(app, plan, each) for each in first.answered]
    steps: list[Step] = list(call_steps(call))
    for answered, what in zip(first.answered, governed, strict=True):
        steps += answer_steps(answered, what, call)
    allowed = all(each.passes for each in attempts)
    return Explanation(
        asked=asked,
        url=str(call.url.sent),
        allowed=allowed,
        refused=first.refused,
        steps=(*steps, _last_step(first)),
        messages=_messages(first, governed),
        browsers=tuple(_verdict(each) for each in attempts),
        remedy=None if allowed else find_remedy(app, plan, asked, base),
    )


def _governing(app: Flask, plan: Plan, answered: Answered) -> Governing:
    return governing(
        app,
        plan,
        answered.policy,
        endpoint=answered.endpoint,
        method=answered.method,
        path=answered.path,
    )


def _messages(first: Attempt, governed: list[Governing]) -> tuple[Message, ...]:
    triples = zip(first.exchanges, first.answered, governed, strict=True)
    return tuple(
        Message(
            preflight=exchange.preflight,
            method=exchange.request.method,
            url=str(exchange.request.url),
            sent=exchange.request.headers.only(_SENT).lines,
            status=answered.status,
            headers=answered.headers,
            governing=what,
            reason=answered.decision.reason and str(answered.decision.reason),
        )
        for exchange, answered, what in triples
    )


def _verdict(tried: Attempt) -> BrowserVerdict:
    if tried.error is not None:
        return BrowserVerdict(engine=str(tried.engine), shares=False, sentence=tried.error.sentence)
    listed, invalid = read_list(tried.exchanges[-1].response.headers, _EXPOSE)
    names = () if invalid else tuple(n for n in listed if n not in SAFELISTED_RESPONSE_HEADERS)
    return BrowserVerdict(engine=str(tried.engine), shares=True, readable=names)


def _last_step(first: Attempt) -> Step:
    if first.error is not None:
        return Step(title="Browser", text=f"It blocks: {first.error.sentence}", ok=False)
    if first.refused:
        return Step(title="Browser", text="Script gets the 403 of the refusal.", ok=False)
    status = first.answered[-1].status if first.answered else 0
    text = "Script gets the response."
    if status >= _ERRORS:
        text = f"Script gets the response, which is an error ({status}) all the same."
    return Step(title="Browser", text=text, ok=True)

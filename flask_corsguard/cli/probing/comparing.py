"""
What the deployed server answers, beside what the application at hand would.

Where the two differ, somebody stands between them: a proxy, a cache, another configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask import Flask

from ...explain.standin import StandIn
from ...routing import Plan
from ...testing.message import Response
from ...testing.transport import transport_to
from .questions import Answer

__all__ = ["Difference", "compare"]

_ACTUAL = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials")
_PREFLIGHT = (
    *_ACTUAL,
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Max-Age",
)
_LISTS = frozenset({"Access-Control-Allow-Methods", "Access-Control-Allow-Headers"})
_NOTHING = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """
    Name one thing in which the answers differ.

    Attributes:
        asked: The request.
        what: A header's name, or `status`.
        deployed: What the deployed server says.
        local: What the application at hand would say.
    """

    asked: str
    what: str
    deployed: str
    local: str


def compare(app: Flask, plan: Plan, answers: Iterable[Answer]) -> tuple[Difference, ...]:
    """
    Hold the answers of a server against those of an application.

    Args:
        app: The application; none of its views is run.
        plan: What governs its routes.
        answers: What the server said.
    """
    transport, _ = transport_to(StandIn(app, plan))
    return tuple(
        difference
        for answer in answers
        for difference in _differences(answer, transport.send(answer.question.request))
    )


def _differences(answer: Answer, local: Response) -> Iterator[Difference]:
    deployed, title = answer.response, answer.question.title
    preflight = answer.question.preflight
    if preflight and deployed.status != local.status:
        yield Difference(
            asked=title, what="status", deployed=str(deployed.status), local=str(local.status)
        )
    for name in _PREFLIGHT if preflight else _ACTUAL:
        theirs, ours = _read(deployed, name), _read(local, name)
        if theirs != ours:
            yield Difference(asked=title, what=name, deployed=theirs, local=ours)
    if _varies(deployed) != _varies(local):
        said = deployed.headers.get("Vary", _NOTHING), local.headers.get("Vary", _NOTHING)
        yield Difference(asked=title, what="Vary", deployed=said[0], local=said[1])


def _read(response: Response, name: str) -> str:
    lines = response.headers.get_all(name)
    if name in _LISTS:
        # The order of a list means nothing.
        names = {each.strip() for line in lines for each in line.split(",")}
        return ", ".join(sorted(names)) or _NOTHING
    return " and ".join(lines) or _NOTHING


def _varies(response: Response) -> bool:
    names = {name.strip().lower() for name in response.headers.get("Vary", "").split(",")}
    return bool(names & {"origin", "*"})

"""
`faults`: what is wrong with an answer.

A benchmark that is fast because it answers wrongly measures nothing, so every answer is looked at,
those of the timed requests included. What a peer is known to do differently is declared in its row
and printed below the table; anything else ends the run. So does a declared fault that has gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from .scenarios import BODY, MAX_AGE, Expected, Request

__all__ = ["Answer", "Fault", "WrongAnswerError", "bare_faults", "faults"]

_PREFIX = "access-control-"


class Fault(StrEnum):
    """
    Name what an answer gets wrong, as the notes below the table say it.
    """

    STATUS = "another status"
    BODY = "another body"
    NO_VARY = "no `Vary: Origin`"
    NOT_ALLOWED = "not allowed what should be"
    ALLOWED_TOO_MUCH = "allowed what should not be"
    HEADERS_WITHOUT_ORIGIN = "CORS headers though there is no `Origin`"
    SEVERAL_ORIGINS = "several `Access-Control-Allow-Origin`"
    NO_CREDENTIALS = "no `Access-Control-Allow-Credentials`"
    NOTHING_EXPOSED = "another `Access-Control-Expose-Headers`"
    MAX_AGE = "another `Access-Control-Max-Age`"


class WrongAnswerError(Exception):
    """
    Say that a row answers wrongly, or no longer answers as wrongly as declared.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    Hold what came back.

    Attributes:
        status: The status code.
        headers: Names in lower case, and values.
        body: The whole body.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        """
        Give the values of all field lines with a name in lower case.
        """
        return [value for n, value in self.headers if n == name]

    def tokens(self, name: str) -> set[str]:
        """
        Give the elements of a list field, in lower case.
        """
        elements = ",".join(self.values(name)).split(",")
        return {element.strip().lower() for element in elements} - {""}


def faults(answer: Answer, request: Request, expected: Expected) -> frozenset[Fault]:
    """
    List what is wrong with an answer.

    Args:
        answer: What came back.
        request: What was asked.
        expected: The right answer.
    """
    found = set(_of_any(answer, expected))
    found.update(_LOOKS[expected](answer, request))
    return frozenset(found)


def bare_faults(answer: Answer, expected: Expected) -> frozenset[Fault]:
    """
    List what is wrong with the answer of an application that knows nothing of CORS.
    """
    found = set()
    is_preflight = expected in {Expected.PREFLIGHT_ALLOWED, Expected.PREFLIGHT_REJECTED}
    right = {200, 204, 405} if is_preflight else {200}
    if answer.status not in right:
        found.add(Fault.STATUS)
    if not is_preflight and answer.body != BODY:
        found.add(Fault.BODY)
    if any(name.startswith(_PREFIX) for name, _ in answer.headers):
        found.add(Fault.ALLOWED_TOO_MUCH)
    return frozenset(found)


def _of_any(answer: Answer, expected: Expected) -> Iterator[Fault]:
    right = {
        Expected.PREFLIGHT_ALLOWED: {200, 204},
        Expected.PREFLIGHT_REJECTED: {200, 204, 400, 403},
    }.get(expected)
    if answer.status not in (right or {200}):
        yield Fault.STATUS
    if right is None and answer.body != BODY:
        yield Fault.BODY
    if not answer.tokens("vary") & {"origin", "*"}:
        yield Fault.NO_VARY
    if len(answer.values("access-control-allow-origin")) > 1:
        yield Fault.SEVERAL_ORIGINS


def _of_no_origin(answer: Answer, _: Request) -> Iterator[Fault]:
    if any(name.startswith(_PREFIX) for name, _ in answer.headers):
        yield Fault.HEADERS_WITHOUT_ORIGIN


def _of_rejected(answer: Answer, _: Request) -> Iterator[Fault]:
    if answer.values("access-control-allow-origin"):
        yield Fault.ALLOWED_TOO_MUCH


def _of_allowed(answer: Answer, request: Request) -> Iterator[Fault]:
    yield from _of_shared(answer, request)
    if answer.tokens("access-control-expose-headers") != {"x-total-count"}:
        yield Fault.NOTHING_EXPOSED


def _of_preflight_allowed(answer: Answer, request: Request) -> Iterator[Fault]:
    yield from _of_shared(answer, request)
    if _denied(answer, request):
        yield Fault.NOT_ALLOWED
    if answer.values("access-control-max-age") != [str(MAX_AGE)]:
        yield Fault.MAX_AGE


def _of_preflight_rejected(answer: Answer, request: Request) -> Iterator[Fault]:
    if not _denied(answer, request):
        yield Fault.ALLOWED_TOO_MUCH


def _of_shared(answer: Answer, request: Request) -> Iterator[Fault]:
    if answer.values("access-control-allow-origin") != [request.origin.decode()]:
        yield Fault.NOT_ALLOWED
    if answer.values("access-control-allow-credentials") != ["true"]:
        yield Fault.NO_CREDENTIALS


def _denied(answer: Answer, request: Request) -> bool:
    """
    Tell whether a browser that gets this answer to its preflight sends no request.
    """
    if answer.values("access-control-allow-origin") != [request.origin.decode()]:
        return True
    if not 200 <= answer.status <= 299:  # noqa: PLR2004 - an "ok status"
        return True
    asked_method = dict(request.headers)[b"ACCESS_CONTROL_REQUEST_METHOD"].decode()
    methods = answer.tokens("access-control-allow-methods")
    if asked_method.lower() not in methods and asked_method not in {"GET", "HEAD", "POST"}:
        return True
    asked = {name.strip() for name in request.asked.decode().split(",")} - {""}
    return not asked <= answer.tokens("access-control-allow-headers")


_LOOKS: dict[Expected, Callable[[Answer, Request], Iterable[Fault]]] = {
    Expected.NOT_CORS: _of_no_origin,
    Expected.ALLOWED: _of_allowed,
    Expected.REJECTED: _of_rejected,
    Expected.PREFLIGHT_ALLOWED: _of_preflight_allowed,
    Expected.PREFLIGHT_REJECTED: _of_preflight_rejected,
}

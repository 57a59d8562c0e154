"""
From answers to findings.

Every rule looks at what it knows and takes for granted what the others find: an origin that is
sent back to everybody need not be reported for each of its look-alikes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from ...errors import Severity
from ...protocol.origins import parse_origin
from ...protocol.patterns import EVERYBODY
from ...testing.cors_check import Asked, check_preflight, check_response
from ...testing.message import is_ok, is_redirect
from .flaws import Finding, Flaw
from .questions import Answer, Guise

__all__ = ["OriginVerdict", "judge", "verdicts"]

_ERROR = 400
_LOGIN = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED})
_LOOK_ALIKES = {
    Guise.LONGER: Flaw.PREFIX_MATCH,
    Guise.GLUED: Flaw.SUFFIX_MATCH,
    Guise.DOTLESS: Flaw.UNESCAPED_DOT,
    Guise.PLAIN: Flaw.PLAIN_HTTP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginVerdict:
    """
    Say what pages of an origin can do.

    Attributes:
        origin: The origin.
        allowed: Whether they may read the response, and send what was announced.
        credentials: Whether they may with credentials.
        fault: Why not; empty if they may.
    """

    origin: str
    allowed: bool
    credentials: bool
    fault: str = ""


def judge(answers: Sequence[Answer]) -> tuple[Finding, ...]:
    """
    Find the flaws in answers; each once, where it was seen first.

    Args:
        answers: To the questions about one URL.
    """
    known = _Known(answers)
    found: dict[Flaw, Finding] = {}
    for rule in _RULES:
        for finding in rule(known):
            found.setdefault(finding.flaw, finding)
    return tuple(found[flaw] for flaw in Flaw if flaw in found)


def verdicts(answers: Sequence[Answer]) -> tuple[OriginVerdict, ...]:
    """
    Say what pages of each allowed origin can do.

    Args:
        answers: To the questions about one URL.
    """
    known = _Known(answers)
    return tuple(_verdict(actual, known.preflight_of(actual)) for actual in known.friends)


class _Known:
    """
    Hold the answers, sorted.
    """

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.answers: Sequence[Answer] = answers

    def of(self, guise: Guise, *, preflight: bool = False) -> list[Answer]:
        return [
            answer
            for answer in self.answers
            if answer.question.guise is guise and answer.question.preflight is preflight
        ]

    @property
    def friends(self) -> list[Answer]:
        return self.of(Guise.FRIEND)

    def preflight_of(self, actual: Answer) -> Answer:
        origin = actual.question.origin
        preflights = self.of(Guise.FRIEND, preflight=True)
        return next(each for each in preflights if each.question.origin == origin)

    @property
    def reflects_anybody(self) -> bool:
        strangers = [*self.of(Guise.STRANGER), *self.of(Guise.STRANGER, preflight=True)]
        return any(answer.reflects for answer in strangers)

    @property
    def at_the_url(self) -> list[Answer]:
        """
        Give the answers to plain requests for the URL itself.
        """
        return [
            answer
            for answer in self.answers
            if not answer.question.preflight and answer.question.guise is not Guise.LOST
        ]


def _finding(flaw: Flaw, answer: Answer, seen: str, severity: Severity) -> Finding:
    return Finding(flaw=flaw, severity=severity, asked=answer.question.title, seen=seen)


def _error(flaw: Flaw, answer: Answer, seen: str) -> Finding:
    return _finding(flaw, answer, seen, Severity.ERROR)


def _reflected(flaw: Flaw, answer: Answer) -> Finding:
    """
    Report that a stranger is let in: an error where credentials come along.
    """
    seen = f"Access-Control-Allow-Origin: {', '.join(answer.allowed)}"
    if answer.allows_credentials:
        return _error(flaw, answer, f"{seen}, with credentials")
    return _finding(flaw, answer, seen, Severity.WARNING)


def _strangers(known: _Known) -> Iterator[Finding]:
    for guise, flaw in ((Guise.STRANGER, Flaw.ANY_ORIGIN), (Guise.NULL, Flaw.NULL_ORIGIN)):
        for preflight in (False, True):
            for answer in known.of(guise, preflight=preflight):
                if answer.reflects:
                    yield _reflected(flaw, answer)
    if known.reflects_anybody:
        return
    for guise, flaw in _LOOK_ALIKES.items():
        # What ends as a friend does matches, whatever stands in the place of a dot.
        if guise is Guise.DOTLESS and any(each.reflects for each in known.of(Guise.GLUED)):
            continue
        for answer in known.of(guise):
            if answer.reflects:
                yield _reflected(flaw, answer)


def _values(known: _Known) -> Iterator[Finding]:
    for answer in known.answers:
        allowed, shown = answer.allowed, " and ".join(map(repr, answer.allowed))
        if len(allowed) > 1 or any("," in value for value in allowed):
            yield _error(Flaw.SEVERAL_ALLOW_ORIGIN, answer, shown)
        elif allowed and allowed[0] not in {EVERYBODY, "null"} and not parse_origin(allowed[0]):
            yield _error(Flaw.INVALID_ALLOW_ORIGIN, answer, shown)
        credentials = answer.response.headers.get("Access-Control-Allow-Credentials")
        if EVERYBODY in allowed and credentials == "true":
            yield _error(Flaw.WILDCARD_WITH_CREDENTIALS, answer, "both of them")
        if credentials not in {None, "true"}:
            seen = f"Access-Control-Allow-Credentials: {credentials}"
            yield _finding(Flaw.INVALID_CREDENTIALS, answer, seen, Severity.WARNING)


def _vary(known: _Known) -> Iterator[Finding]:
    """
    See that whatever depends on the origin says so, also to those who are not allowed.
    """
    answers = known.at_the_url
    if len({answer.allowed for answer in answers}) == 1:
        return
    for answer in answers:
        said = answer.response.headers.get("Vary", "")
        names = {name.strip().lower() for name in said.split(",")}
        if not names & {"origin", "*"}:
            yield _error(Flaw.VARY_MISSING, answer, f"Vary: {said}" if said else "no Vary")


def _preflights(known: _Known) -> Iterator[Finding]:
    for actual in known.friends:
        preflight = known.preflight_of(actual)
        response, status = preflight.response, preflight.response.status
        allows = _allows(actual)
        where = response.headers.get("Location", "")
        if is_redirect(status):
            yield _error(Flaw.PREFLIGHT_REDIRECT, preflight, f"{status} to {where or 'nowhere'}")
        elif status in _LOGIN or "WWW-Authenticate" in response.headers:
            yield _error(Flaw.PREFLIGHT_LOGIN, preflight, str(status))
        elif not is_ok(status):
            if allows:
                yield _error(Flaw.PREFLIGHT_STATUS, preflight, str(status))
        elif allows and not _allows(preflight):
            seen = f"{status} without the headers"
            yield _error(Flaw.PREFLIGHT_WITHOUT_HEADERS, preflight, seen)
        elif _allows(preflight) and not allows and actual.response.status < _ERROR:
            seen = f"{actual.response.status} without the headers"
            yield _error(Flaw.RESPONSE_WITHOUT_HEADERS, actual, seen)


def _errors(known: _Known) -> Iterator[Finding]:
    allowed = {answer.question.origin for answer in known.friends if _allows(answer)}
    # Where the URL itself is an error, the page for what is missing says nothing new.
    for answer in [*known.of(Guise.LOST), *known.friends]:
        status = answer.response.status
        lost = answer.question.guise is Guise.LOST and answer.question.origin in allowed
        if status >= _ERROR and not answer.allowed and (lost or _preflight_allows(known, answer)):
            seen = f"{status} without the headers"
            yield _finding(Flaw.ERROR_WITHOUT_HEADERS, answer, seen, Severity.WARNING)


_RULES: tuple[Callable[[_Known], Iterable[Finding]], ...] = (
    _strangers,
    _values,
    _vary,
    _preflights,
    _errors,
)


def _allows(answer: Answer) -> bool:
    """
    Tell whether an answer means to allow the origin, however clumsily.
    """
    return answer.reflects or EVERYBODY in answer.allowed


def _preflight_allows(known: _Known, answer: Answer) -> bool:
    if answer.question.guise is not Guise.FRIEND:
        return False
    return _allows(known.preflight_of(answer))


def _verdict(actual: Answer, preflight: Answer) -> OriginVerdict:
    origin = actual.question.origin
    fault = _fault(actual, preflight, credentials=False)
    return OriginVerdict(
        origin=origin,
        allowed=not fault,
        credentials=not _fault(actual, preflight, credentials=True),
        fault=fault,
    )


def _fault(actual: Answer, preflight: Answer, *, credentials: bool) -> str:
    headers, origin = preflight.question.request.headers, actual.question.origin
    names = headers.get("Access-Control-Request-Headers", "")
    asked = Asked(
        method=headers.get("Access-Control-Request-Method", ""),
        names=tuple(name for name in names.split(",") if name),
        origin=origin,
        credentials=credentials,
        strict=False,
    )
    fault = check_preflight(preflight.response, asked) or check_response(
        actual.response.headers, origin, credentials=credentials
    )
    return str(fault.check) if fault else ""

"""
What the applications are asked before they are measured, and how their answers are compared.

A fast wrong answer is worthless, so every server is asked first: as the page, as a stranger, and
as somebody who is no browser. The whole set of CORS headers is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "ALLOWED_HEADERS",
    "LISTED",
    "MAX_AGE",
    "METHODS",
    "PAGE",
    "STRANGER",
    "Answer",
    "Ask",
    "Question",
    "Request",
    "WrongAnswerError",
    "check",
    "request_of",
]

PAGE = "https://app.example"
STRANGER = "https://stranger.example"
# The page stands in the middle: whoever searches the list finds it half-way.
LISTED = (
    *(f"https://site-{number}.example" for number in range(5)),
    PAGE,
    *(f"https://site-{number}.example" for number in range(5, 9)),
)
METHODS = ("GET", "HEAD", "OPTIONS", "PUT")
ALLOWED_HEADERS = ("Authorization", "Content-Type")
MAX_AGE = 600

_PREFIX = "access-control-"
_LISTS = {f"{_PREFIX}allow-headers", f"{_PREFIX}allow-methods", "allow"}


class Question(StrEnum):
    """
    Name what an application is asked.
    """

    GET = "GET from the page"
    GET_STRANGER = "GET from a stranger"
    GET_PLAIN = "GET without Origin"
    PREFLIGHT = "preflight from the page"
    PREFLIGHT_STRANGER = "preflight from a stranger"


class WrongAnswerError(Exception):
    """
    Say that a server answers something else than what is measured.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    Hold a request.
    """

    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    Hold of a response what CORS is about.

    Attributes:
        status: Its status.
        cors: Its CORS headers, without their prefix and in lower case.
        vary: The names in `Vary`.
    """

    status: int
    cors: Mapping[str, str] = field(default_factory=dict[str, str])
    vary: frozenset[str] = frozenset()

    @classmethod
    def of(cls, status: int, headers: Iterable[tuple[str, str]]) -> Answer:
        """
        Read a response; what is sent twice is written twice.

        Args:
            status: Its status.
            headers: Its header lines.
        """
        cors: dict[str, str] = {}
        vary: list[str] = []
        for name, value in ((name.lower(), value) for name, value in headers):
            if name == "vary":
                vary += [part.strip().lower() for part in value.split(",")]
            if name.startswith(_PREFIX):
                short, shown = name.removeprefix(_PREFIX), _in_order(name, value)
                cors[short] = f"{cors[short]} and {shown}" if short in cors else shown
        return cls(status=status, cors=cors, vary=frozenset(vary))


Ask = Callable[[Request], Answer]
"""Send a request, and give what comes back."""


def request_of(question: Question) -> Request:
    """
    Put a question into a request.

    Args:
        question: What to ask.
    """
    stranger = question in {Question.GET_STRANGER, Question.PREFLIGHT_STRANGER}
    headers = {} if question is Question.GET_PLAIN else {"Origin": STRANGER if stranger else PAGE}
    if question not in {Question.PREFLIGHT, Question.PREFLIGHT_STRANGER}:
        return Request(method="GET", path="/items/1", headers=headers)
    headers["Access-Control-Request-Method"] = "PUT"
    headers["Access-Control-Request-Headers"] = "authorization,content-type"
    return Request(method="OPTIONS", path="/items/1", headers=headers)


def check(ask: Ask, expected: Mapping[Question, Answer]) -> None:
    """
    Ask everything, and compare.

    Args:
        ask: What sends a request.
        expected: The right answers.

    Raises:
        WrongAnswerError: At the first answer that is another one.
    """
    for question, right in expected.items():
        given = ask(request_of(question))
        if given != right:
            raise WrongAnswerError(f"{question}: {_shown(given)} instead of {_shown(right)}")


def _in_order(name: str, value: str) -> str:
    if name not in _LISTS:
        return value
    return ", ".join(sorted(part.strip().lower() for part in value.split(",")))


def _shown(answer: Answer) -> str:
    return f"{answer.status}, CORS headers {dict(answer.cors)}, Vary {sorted(answer.vary)}"

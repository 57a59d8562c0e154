"""
Remember the answers to preflights, by all that they were made from.

A browser asks the same few questions all day long. Only allowed questions are remembered; whoever
forges an allowed origin can still fill the table, so it is bounded, and forgets the oldest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from .protocol.decision import Decision

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

__all__ = ["Memo", "MemoKey", "Verdict", "memo_key"]

MemoKey: TypeAlias = tuple[str, ...]

_MOST_ANSWERS = 1024
_LONGEST_KEY = 2048
_FIELDS = (
    "REQUEST_METHOD",
    "PATH_INFO",
    "HTTP_ORIGIN",
    "HTTP_ACCESS_CONTROL_REQUEST_METHOD",
    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS",
    "HTTP_HOST",
    "HTTP_SEC_FETCH_SITE",
    "HTTP_CONNECTION",
    "HTTP_UPGRADE",
    "SCRIPT_NAME",
    "SERVER_NAME",
    "SERVER_PORT",
    "wsgi.url_scheme",
    "QUERY_STRING",
)
"""What routing and the decision look at. An absent field and an empty one are told apart."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    Hold a decision, and the endpoint of the view that it is about.
    """

    decision: Decision
    endpoint: str | None


def memo_key(environ: WSGIEnvironment) -> MemoKey | None:
    """
    Make the key of a preflight; None for another request, or one longer than what friends send.

    Args:
        environ: The WSGI environment.
    """
    if "HTTP_ACCESS_CONTROL_REQUEST_METHOD" not in environ or "HTTP_ORIGIN" not in environ:
        return None
    get = environ.get
    key = tuple([str(get(name, "\n")) for name in _FIELDS])
    # Lengths are added before anything is hashed: hashing a megabyte is work.
    return key if sum(map(len, key)) <= _LONGEST_KEY else None


class Memo:
    """
    Keep a bounded number of answers, the youngest.
    """

    __slots__ = ("_answers",)

    def __init__(self) -> None:
        self._answers: dict[MemoKey, Verdict] = {}

    def get(self, key: MemoKey) -> Verdict | None:
        """
        Give the answer to a question that was asked before, or None.
        """
        return self._answers.get(key)

    def put(self, key: MemoKey, answer: Verdict) -> None:
        """
        Remember an answer.

        Threads may do so at once: what one forgets twice is forgotten.
        """
        answers = self._answers
        while len(answers) >= _MOST_ANSWERS:
            answers.pop(next(iter(tuple(answers)[:1]), key), None)
        answers[key] = answer

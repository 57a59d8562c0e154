"""
Ask a deployed server as browsers and strangers would, and find what is wrong with its answers.

Only GET and OPTIONS are sent, only to the one host that was given, one after the other; redirects
are looked at and not followed.
"""

from .client import Client, NotHTTPError
from .comparing import Difference, compare
from .flaws import Finding, Flaw
from .judging import OriginVerdict, judge, verdicts
from .questions import Answer, Question, questions_about

__all__ = [
    "Answer",
    "Client",
    "Difference",
    "Finding",
    "Flaw",
    "NotHTTPError",
    "OriginVerdict",
    "Question",
    "compare",
    "judge",
    "questions_about",
    "verdicts",
]

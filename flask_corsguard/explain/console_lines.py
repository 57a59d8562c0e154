"""
`explain_sentence()`: a line of a browser's console, and what to do about it.

What the server has to send follows from the sentence alone. Why it does not follows from the
application, if it is at hand: it is asked the same question.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Flask

from ..protocol.origins import parse_origin
from ..routing import Plan
from ..testing.console import Scene
from ..testing.errors import FetchError
from ..testing.faults import Check, Fault
from ..testing.fixes import fix_for
from ..testing.urls import URL
from .asked import Asked
from .explaining import explain
from .explanation import Explanation
from .meanings import meaning_of
from .sentences import Reading, read_sentence

__all__ = ["SentenceExplanation", "explain_sentence"]

_SOMEWHERE = "https://api.example/"
_SOMEBODY = "https://app.example.com"
_OTHER_FIXES = {
    "local-network": "Serve the page by https; the user has to allow access to the network.",
    "authorization-wildcard": (
        "List Authorization in Access-Control-Allow-Headers beside the '*'. With flask-corsguard: "
        "Policy(..., allow_headers=['*', 'Authorization'])."
    ),
    "unspecified": "Look for the line above this one, and explain that.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceExplanation:
    """
    Explain a sentence from a browser's console.

    Attributes:
        reading: What it says.
        meaning: What that means.
        fix: What the server has to send, whatever server it is.
        asked: The request that the application was asked about; None if there was none.
        explanation: What the application at hand does with that request.
        agrees: Whether the application gives the browser reason for that very sentence; None
            without an application.
    """

    reading: Reading
    meaning: str
    fix: str
    asked: Asked | None = None
    explanation: Explanation | None = None
    agrees: bool | None = None

    @property
    def verdict(self) -> str:
        """
        Say what the application at hand has to do with it.
        """
        if self.explanation is None:
            return ""
        if self.agrees:
            return "The application at hand does just that: the steps say why."
        if self.explanation.allowed:
            return (
                "The application at hand allows this request. So what runs there is configured "
                "otherwise, or something in front of it changes the answer: `flask cors probe` "
                "finds out."
            )
        return "The application at hand rejects this request, too, but for another reason."


def explain_sentence(
    text: str, app: Flask | None = None, plan: Plan | None = None, hint: Asked | None = None
) -> SentenceExplanation | None:
    """
    Explain what a browser has printed.

    Args:
        text: Copied from the console.
        app: The application, if it is at hand.
        plan: What governs its routes.
        hint: What the sentence may leave out: the page's origin, the method and so on.

    Returns:
        The explanation; None if the sentence is none that a browser prints about CORS.
    """
    reading = read_sentence(text)
    if reading is None:
        return None
    told = SentenceExplanation(
        reading=reading, meaning=meaning_of(reading.cause), fix=_fix(reading)
    )
    asked = _request(reading, hint)
    if app is None or plan is None or asked is None:
        return replace(told, asked=asked)
    try:
        explanation = explain(app, plan, asked)
    except (FetchError, ValueError):
        return told
    return replace(told, asked=asked, explanation=explanation, agrees=_agrees(reading, explanation))


def _fix(reading: Reading) -> str:
    other = _OTHER_FIXES.get(reading.cause)
    if other is not None:
        return other
    url = _url(reading.url)
    fault = Fault(
        check=Check(reading.cause),
        value=reading.value or reading.status or "that",
        subject=reading.subject or "that one",
        preflight=bool(reading.preflight),
    )
    origin = reading.origin or _SOMEBODY
    return fix_for(Scene(fault=fault, origin=origin, sent_origin=origin, urls=(url,)))


def _url(text: str) -> URL:
    try:
        return URL.parse(text or _SOMEWHERE)
    except ValueError:
        return URL.parse(_SOMEWHERE)


def _request(reading: Reading, hint: Asked | None) -> Asked | None:
    """
    Make up the request that the sentence is about, as far as it says.
    """
    base = hint or Asked(url="", origin="")
    url, origin = reading.url or base.url, reading.origin or base.origin
    if not url.startswith(("http://", "https://", "/")):
        return None
    if origin != "null" and parse_origin(origin) is None:
        return None
    method, headers = base.method, base.headers
    if reading.cause == Check.METHOD_NOT_ALLOWED and reading.subject:
        method = reading.subject
    elif reading.cause == Check.HEADER_NOT_ALLOWED and reading.subject:
        headers = (*headers, reading.subject)
    elif reading.preflight and base.method == "GET" and not base.headers:
        # Something made the browser ask first; this is what it most often is.
        headers = ("Content-Type: application/json",)
        method = "POST"
    with_them = {Check.ALLOW_CREDENTIALS, Check.ALLOW_ORIGIN_WILDCARD}
    credentials = base.credentials or reading.cause in with_them
    return Asked(url=url, origin=origin, method=method, headers=headers, credentials=credentials)


def _agrees(reading: Reading, explanation: Explanation) -> bool:
    said = next(
        (each.sentence for each in explanation.browsers if each.engine == reading.engine), ""
    )
    again = read_sentence(said) if said else None
    return again is not None and again.cause == reading.cause

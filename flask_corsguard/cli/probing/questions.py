"""
What is asked: a few requests of friends, and those of strangers that look like them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ...protocol.origins import Origin, parse_origin
from ...protocol.public_suffix import site_of
from ...testing.headers import Headers
from ...testing.message import Request, Response
from ...testing.urls import URL

__all__ = ["Answer", "Guise", "Question", "questions_about"]

_STRANGER = "corsguard-probe.example"
"""A name that nobody can have (https://www.rfc-editor.org/rfc/rfc6761#section-6.5)."""

_MISSING = "corsguard-probe-nothing-here"
_USER_AGENT = "flask-corsguard probe"


class Guise(StrEnum):
    """
    Name who asks.
    """

    NOBODY = "nobody"
    FRIEND = "friend"
    LOST = "friend, for what is not there"
    STRANGER = "stranger"
    NULL = "null"
    LONGER = "an allowed origin, and more behind it"
    GLUED = "an allowed origin, and more in front of its name"
    DOTLESS = "an allowed origin, another letter for a dot"
    PLAIN = "an allowed origin, by http"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    Hold one request, and why it is sent.

    Attributes:
        guise: Who asks.
        request: The request.
        origin: The `Origin` that is sent; empty for none.
        friend: The allowed origin that a stranger looks like; empty for none.
        preflight: Whether it is a preflight.
    """

    guise: Guise
    request: Request
    origin: str = ""
    friend: str = ""
    preflight: bool = False

    @property
    def title(self) -> str:
        """
        Describe it in a few words.
        """
        what = f"preflight for {self.request.headers.get('Access-Control-Request-Method')}"
        method = what if self.preflight else self.request.method
        return f"{method} {self.request.url.target} from {self.origin or 'no origin'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    Hold a question, and what the server said.

    Attributes:
        question: The question.
        response: The answer.
    """

    question: Question
    response: Response

    @property
    def allowed(self) -> tuple[str, ...]:
        """
        Give the value of each `Access-Control-Allow-Origin`.
        """
        return self.response.headers.get_all("Access-Control-Allow-Origin")

    @property
    def allows_credentials(self) -> bool:
        """
        Tell whether browsers would take it for allowing credentials.
        """
        return self.response.headers.get("Access-Control-Allow-Credentials") == "true"

    @property
    def reflects(self) -> bool:
        """
        Tell whether it allows the very origin that has asked.
        """
        return self.question.origin in self.allowed


def questions_about(
    url: URL, origins: Sequence[str], method: str, headers: Sequence[str]
) -> tuple[Question, ...]:
    """
    Make up what to ask.

    Args:
        url: What is asked for.
        origins: Origins that the server should allow.
        method: What the preflights announce.
        headers: The header names that they announce.
    """
    asker = _Asker(url, method, headers)
    return tuple(asker.ask(origins))


class _Asker:
    def __init__(self, url: URL, method: str, headers: Sequence[str]) -> None:
        self._url = url
        self._method = method
        self._names = ",".join(sorted(name.lower() for name in headers))

    def ask(self, origins: Sequence[str]) -> Iterator[Question]:
        yield self._get(Guise.NOBODY)
        for origin in origins:
            yield self._get(Guise.FRIEND, origin)
            yield self._preflight(Guise.FRIEND, origin)
            yield self._get(Guise.LOST, origin)
        for guise, origin in ((Guise.STRANGER, f"https://{_STRANGER}"), (Guise.NULL, "null")):
            yield self._get(guise, origin)
            yield self._preflight(guise, origin)
        friends = [parsed for text in origins if (parsed := parse_origin(text)) is not None]
        known = set(origins)
        for friend in friends:
            for guise, origin in _look_alikes(friend):
                if origin not in known:
                    known.add(origin)
                    yield self._get(guise, origin, str(friend))

    def _get(self, guise: Guise, origin: str = "", friend: str = "") -> Question:
        url = _below(self._url) if guise is Guise.LOST else self._url
        lines = [*_lines(origin), ("Accept", "*/*")]
        request = Request(method="GET", url=url, headers=Headers(lines))
        return Question(guise=guise, request=request, origin=origin, friend=friend)

    def _preflight(self, guise: Guise, origin: str) -> Question:
        lines = [*_lines(origin), ("Access-Control-Request-Method", self._method)]
        if self._names:
            lines.append(("Access-Control-Request-Headers", self._names))
        request = Request(method="OPTIONS", url=self._url, headers=Headers(lines))
        return Question(guise=guise, request=request, origin=origin, preflight=True)


def _lines(origin: str) -> list[tuple[str, str]]:
    lines = [("User-Agent", _USER_AGENT)]
    return [*lines, ("Origin", origin)] if origin else lines


def _below(url: URL) -> URL:
    """
    Give a URL below another one that most probably nobody has.
    """
    path = url.target.partition("?")[0].rstrip("/")
    return replace(url, target=f"{path}/{_MISSING}")


def _look_alikes(friend: Origin) -> Iterator[tuple[Guise, str]]:
    """
    Yield origins that a careless comparison takes for a friend's.
    """
    host = friend.host
    if not friend.has_domain:
        return
    yield Guise.LONGER, str(replace(friend, host=f"{host}.{_STRANGER}", port=None))
    # In front of the site, not of the host: what is below one's own site may well be one's own.
    if "." in site_of(host):
        yield Guise.GLUED, str(replace(friend, host=f"corsguard-probe{site_of(host)}"))
    if host.count(".") > 1:
        yield Guise.DOTLESS, str(replace(friend, host=host.replace(".", "x", 1)))
    if friend.scheme == "https" and not friend.is_loopback:
        yield Guise.PLAIN, str(replace(friend, scheme="http"))

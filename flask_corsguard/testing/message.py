"""
What goes over the wire: a request, a response, and the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

from .headers import Headers
from .urls import URL

__all__ = ["Exchange", "Request", "Response", "is_ok", "is_redirect"]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""https://fetch.spec.whatwg.org/#redirect-status"""

_OK = range(200, 300)
_SHOWN_BODY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    Hold a request as the server gets it.

    Attributes:
        method: As sent.
        url: Without fragment and userinfo.
        headers: Those that the browser adds included.
        body: Bytes; empty where there is none.
    """

    method: str
    url: URL
    headers: Headers
    body: bytes = b""

    def __str__(self) -> str:
        return "\n".join(self.describe())

    def describe(self) -> Iterator[str]:
        """
        Give the head as lines that begin with `>`.
        """
        yield f"> {self.method} {self.url}"
        yield from (f"> {name}: {value}" for name, value in self.headers.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """
    Hold a response as the server sent it, before anything is hidden from script.

    Attributes:
        status: The status code.
        headers: All of them.
        body: Bytes, any transfer coding undone.
    """

    status: int
    headers: Headers
    body: bytes = field(default=b"", repr=False)

    def __str__(self) -> str:
        return "\n".join(self.describe())

    def describe(self) -> Iterator[str]:
        """
        Give the head, and the beginning of a text body, as lines that begin with `<`.
        """
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = ""
        yield f"< {self.status} {phrase}".rstrip()
        yield from (f"< {name}: {value}" for name, value in self.headers.lines)
        text = self.body[:_SHOWN_BODY].decode("utf-8", "replace")
        yield from (f"<   {line}" for line in text.splitlines() if text.isprintable() or line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """
    Hold a request and the response to it.

    Attributes:
        request: What the browser sent.
        response: What the server answered.
        preflight: Whether it is a CORS-preflight request, which script did not ask for.
    """

    request: Request
    response: Response
    preflight: bool = False

    def __str__(self) -> str:
        return f"{self.request}\n{self.response}"


def is_ok(status: int) -> bool:
    """
    Tell whether a status is an ok status (https://fetch.spec.whatwg.org/#ok-status).
    """
    return status in _OK


def is_redirect(status: int) -> bool:
    """
    Tell whether a status is a redirect status; 300 and 304 are none.
    """
    return status in _REDIRECTS

"""
What script gets: a response, filtered.

See https://fetch.spec.whatwg.org/#concept-filtered-response.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ..protocol.fields import FORBIDDEN_RESPONSE_HEADERS
from .call import Call, Credentials, Tainting
from .cors_check import exposed_headers
from .headers import Headers
from .message import Exchange, Response, is_ok

__all__ = ["Reply", "ReplyType", "filtered", "opaque_redirect"]


class ReplyType(StrEnum):
    """
    Name how much of a response script may see.
    """

    BASIC = "basic"
    CORS = "cors"
    OPAQUE = "opaque"
    OPAQUE_REDIRECT = "opaqueredirect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """
    Hold what script sees of a response.

    Attributes:
        type: How much that is.
        status: The status code; 0 for an opaque reply.
        url: Where the response came from, after redirects; empty for an opaque reply.
        redirected: Whether there were any.
        headers: Only those that script may see.
        body: Bytes; empty for an opaque reply.
        warnings: What the browser printed although it let the response through.
        exchanges: All messages with all headers, preflights and redirects included, in order.
    """

    type: ReplyType
    status: int = 0
    url: str = ""
    redirected: bool = False
    headers: Headers = field(default_factory=Headers)
    body: bytes = field(default=b"", repr=False)
    warnings: tuple[str, ...] = ()
    exchanges: tuple[Exchange, ...] = field(default=(), repr=False)

    @property
    def ok(self) -> bool:
        """
        Tell whether the status is 200 to 299.
        """
        return is_ok(self.status)

    @property
    def text(self) -> str:
        """
        Decode the body as script does: as UTF-8, whatever the media type says.
        """
        return self.body.decode("utf-8-sig", "replace")

    def json(self) -> Any:  # noqa: ANN401 - JSON is anything
        """
        Decode the body as JSON.

        Raises:
            ValueError: If it is none.
        """
        return json.loads(self.text)

    @property
    def preflights(self) -> tuple[Exchange, ...]:
        """
        Give the preflights that were sent for this reply.
        """
        return tuple(exchange for exchange in self.exchanges if exchange.preflight)


def filtered(
    call: Call, response: Response, exchanges: tuple[Exchange, ...], warnings: tuple[str, ...]
) -> Reply:
    """
    Hide from script what it may not see.
    """
    if call.tainting is Tainting.OPAQUE:
        return Reply(type=ReplyType.OPAQUE, exchanges=exchanges, warnings=warnings)
    return Reply(
        type=ReplyType(call.tainting.value),
        status=response.status,
        url=str(call.url.sent),
        redirected=len(call.urls) > 1,
        headers=_visible(call, response.headers),
        body=response.body,
        warnings=warnings,
        exchanges=exchanges,
    )


def opaque_redirect(call: Call, exchanges: tuple[Exchange, ...]) -> Reply:
    """
    Give what script sees of a redirect that it wanted to follow itself: that there was one.
    """
    return Reply(
        type=ReplyType.OPAQUE_REDIRECT,
        url=str(call.url.sent),
        redirected=len(call.urls) > 1,
        exchanges=exchanges,
    )


def _visible(call: Call, headers: Headers) -> Headers:
    if call.tainting is Tainting.CORS:
        return exposed_headers(headers, credentials=call.credentials is Credentials.INCLUDE)
    return headers.without(*FORBIDDEN_RESPONSE_HEADERS)

"""
A call of `fetch()`: what script asks for, made into a request or refused.

See https://fetch.spec.whatwg.org/#dom-request. What a browser drops in silence is dropped here, and
what makes it throw is a `FetchError`.
"""

from __future__ import annotations

import json as json_codec
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from ..protocol.fields import (
    SAFELISTED_METHODS,
    is_forbidden_method,
    is_forbidden_request_header,
    is_token,
    normalize_method,
)
from .errors import FetchError
from .headers import Headers, Lines
from .safelist import is_no_cors_safelisted, unsafe_names
from .urls import URL

__all__ = ["Call", "Credentials", "Mode", "Redirect", "Tainting", "make_call"]

_OVERRIDES = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})
"""Names that are forbidden for some values (https://fetch.spec.whatwg.org/#forbidden-request-header)."""

_BAD_VALUE = re.compile(r"[\0\r\n]|[^\0-\xff]")
"""https://fetch.spec.whatwg.org/#header-value"""


class Mode(StrEnum):
    """
    Name a request's mode (https://fetch.spec.whatwg.org/#concept-request-mode).
    """

    CORS = "cors"
    NO_CORS = "no-cors"
    SAME_ORIGIN = "same-origin"


class Credentials(StrEnum):
    """
    Name a credentials mode (https://fetch.spec.whatwg.org/#concept-request-credentials-mode).
    """

    OMIT = "omit"
    SAME_ORIGIN = "same-origin"
    INCLUDE = "include"


class Redirect(StrEnum):
    """
    Name a redirect mode (https://fetch.spec.whatwg.org/#concept-request-redirect-mode).
    """

    FOLLOW = "follow"
    ERROR = "error"
    MANUAL = "manual"


class Tainting(StrEnum):
    """
    Name a response tainting (https://fetch.spec.whatwg.org/#concept-request-response-tainting).
    """

    BASIC = "basic"
    CORS = "cors"
    OPAQUE = "opaque"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """
    Hold a request as the Fetch standard has it, before the browser adds its own headers.

    Attributes:
        method: Normalized.
        urls: The one that script asked for, and those it was redirected to.
        headers: Those of script, and the `Content-Type` of the body.
        body: None where there is none, which is not the same as an empty one.
        origin: The page's.
        mode: The mode.
        credentials: The credentials mode.
        redirect: The redirect mode.
        tainting: What the last response may show.
        asked: Whether a preflight was due, before a redirect.
    """

    method: str
    urls: tuple[URL, ...]
    headers: Headers
    body: bytes | None
    origin: str
    mode: Mode
    credentials: Credentials
    redirect: Redirect
    tainting: Tainting = Tainting.BASIC
    asked: bool = False

    @property
    def url(self) -> URL:
        """
        Give the URL to ask now.
        """
        return self.urls[-1]

    @property
    def is_same_origin(self) -> bool:
        """
        Tell whether the URL to ask now is of the page's own origin; an opaque one has none.
        """
        return self.origin != "null" and self.url.origin == self.origin

    @property
    def sent_origin(self) -> str:
        """
        Serialize the origin; `null` once a third origin is in the chain of redirects.

        See https://fetch.spec.whatwg.org/#concept-request-tainted-origin.
        """
        hops = zip(self.urls, self.urls[1:], strict=False)
        tainted = any(a.origin not in {b.origin, self.origin} for a, b in hops)
        return "null" if tainted else self.origin

    @property
    def unsafe_names(self) -> tuple[str, ...]:
        """
        Name the headers that a preflight has to ask for.
        """
        return unsafe_names(self.headers)

    @property
    def needs_preflight(self) -> bool:
        """
        Tell whether another origin is asked for what no form could send.
        """
        return self.method not in SAFELISTED_METHODS or bool(self.unsafe_names)

    @property
    def includes_credentials(self) -> bool:
        """
        Tell whether cookies go along and are taken.

        See https://fetch.spec.whatwg.org/#http-network-or-cache-fetch, step 8.4.
        """
        if self.credentials is Credentials.SAME_ORIGIN:
            return self.tainting is Tainting.BASIC
        return self.credentials is Credentials.INCLUDE


def make_call(
    url: URL,
    *,
    origin: str,
    method: str,
    headers: Lines,
    body: bytes | str | None,
    json: object,
    form: Mapping[str, str] | None,
    mode: str,
    credentials: str,
    redirect: str,
) -> Call:
    """
    Make a call, as the constructor of `Request` does.

    Raises:
        FetchError: If a browser throws.
    """
    if url.userinfo:
        raise FetchError(f"{url} has a user name in it; send it as an Authorization header")
    chosen = _member(Mode, mode)
    content, media_type = _body(body, json, form)
    call = Call(
        method=_method(method, chosen),
        urls=(url,),
        headers=_headers(Headers(headers), media_type, chosen),
        body=content,
        origin=origin,
        mode=chosen,
        credentials=_member(Credentials, credentials),
        redirect=_member(Redirect, redirect),
    )
    if call.body is not None and call.method in {"GET", "HEAD"}:
        raise FetchError(f"a {call.method} request has no body")
    if call.mode is Mode.NO_CORS and call.redirect is not Redirect.FOLLOW:
        raise FetchError("mode 'no-cors' goes with redirect 'follow' only")
    return call


_Choice = TypeVar("_Choice", bound=StrEnum)


def _member(choices: type[_Choice], value: str) -> _Choice:
    try:
        return choices(value)
    except ValueError:
        known = ", ".join(repr(str(each)) for each in choices)
        raise FetchError(f"{value!r} is not one of {known}") from None


def _method(method: str, mode: Mode) -> str:
    if not is_token(method) or is_forbidden_method(method):
        raise FetchError(f"{method!r} HTTP method is unsupported: no script can send it")
    normalized = normalize_method(method)
    if mode is Mode.NO_CORS and normalized not in SAFELISTED_METHODS:
        raise FetchError(
            f"{method!r} is unsupported in mode 'no-cors': only GET, HEAD and POST are"
        )
    return normalized


def _body(
    body: bytes | str | None, json: object, form: Mapping[str, str] | None
) -> tuple[bytes | None, str | None]:
    """
    Give a body's bytes and the media type that goes with them.

    See https://fetch.spec.whatwg.org/#concept-bodyinit-extract.
    """
    if sum(each is not None for each in (body, json, form)) > 1:
        raise FetchError("give one of body, json and form")
    if json is not None:
        return json_codec.dumps(json).encode(), "application/json"
    if form is not None:
        return urlencode(form).encode(), "application/x-www-form-urlencoded;charset=UTF-8"
    if isinstance(body, str):
        return body.encode(), "text/plain;charset=UTF-8"
    return body, None


def _headers(given: Headers, media_type: str | None, mode: Mode) -> Headers:
    """
    Keep what script may set, as `Headers` with the guard of a request does.

    Several values of one name become one, joined, because that is how they are judged and sent.
    """
    names = {name.lower(): name for name, _ in reversed(given.lines)}
    lines = [(names[lower], value) for lower, value in given.items()]
    if media_type is not None and "content-type" not in given:
        lines.append(("Content-Type", media_type))
    return Headers((name, value) for name, value in lines if _may_set(name, value, mode))


def _may_set(name: str, value: str, mode: Mode) -> bool:
    """
    Tell whether a header is kept; the others are dropped in silence.

    See https://fetch.spec.whatwg.org/#concept-headers-validate.
    """
    if not is_token(name):
        raise FetchError(f"{name!r} is not the name of a header")
    if _BAD_VALUE.search(value):
        raise FetchError(f"{value!r} is not the value of a header")
    if is_forbidden_request_header(name) or _overrides_method(name, value):
        return False
    return mode is not Mode.NO_CORS or is_no_cors_safelisted(name, value)


def _overrides_method(name: str, value: str) -> bool:
    if name.lower() not in _OVERRIDES:
        return False
    return any(is_forbidden_method(each.strip(" \t")) for each in value.split(","))

"""
Which request headers need no preflight.

The rules are the Fetch standard's, in its order. Chromium also lets a few client hints (`DPR`,
`Save-Data`, ...) through without asking; the other engines ask, so a `Browser` asks.
"""

from __future__ import annotations

import re

from ..protocol.fields import is_token
from .headers import HTTP_WHITESPACE, Headers

__all__ = ["FORM_TYPES", "is_no_cors_safelisted", "is_safelisted", "unsafe_names"]

FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
"""The media types that a form can send without any script."""

MAX_VALUE = 128
"""Bytes in one value (https://fetch.spec.whatwg.org/#cors-safelisted-request-header)."""

_NO_CORS = frozenset({"accept", "accept-language", "content-language", "content-type"})

# https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte
_UNSAFE = re.compile(r"[\x00-\x08\x0a-\x1f\"():<>?@\[\\\]{}\x7f]")
_LANGUAGE = re.compile(r"[0-9A-Za-z *,\-.;=]*")
_RANGE = re.compile(r"bytes=[0-9]+-[0-9]*")


def is_safelisted(name: str, value: str) -> bool:
    """
    Tell whether a header can go across origins without a preflight.

    See https://fetch.spec.whatwg.org/#cors-safelisted-request-header.

    Args:
        name: In any case.
        value: Its bytes, one to a character.
    """
    if len(value) > MAX_VALUE:
        return False
    match name.lower():
        case "accept":
            return _UNSAFE.search(value) is None
        case "accept-language" | "content-language":
            return _LANGUAGE.fullmatch(value) is not None
        case "content-type":
            return _UNSAFE.search(value) is None and _essence(value) in FORM_TYPES
        case "range":
            return _is_simple_range(value)
        case _:
            return False


def is_no_cors_safelisted(name: str, value: str) -> bool:
    """
    Tell whether a header may be sent in mode `no-cors`.

    See https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header.
    """
    return name.lower() in _NO_CORS and is_safelisted(name, value)


def unsafe_names(headers: Headers) -> tuple[str, ...]:
    """
    Name the headers that a preflight has to ask for.

    See https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names.

    Args:
        headers: Those that script set, without what the browser adds.

    Returns:
        In lower case, sorted by bytes, each once.
    """
    # The values of one name are judged joined, as Chromium does. So the standard's limit for all
    # together, 1024 bytes, is out of reach: five safelisted names of 128 bytes each are 640.
    return tuple(name for name, value in headers.items() if not is_safelisted(name, value))


def _essence(value: str) -> str:
    """
    Give a media type without parameters; empty for what is none.

    See https://mimesniff.spec.whatwg.org/#parsing-a-mime-type.
    """
    kind, slash, rest = value.strip(HTTP_WHITESPACE).partition("/")
    subtype = rest.partition(";")[0].rstrip(HTTP_WHITESPACE)
    valid = slash and is_token(kind) and is_token(subtype)
    return f"{kind}/{subtype}".lower() if valid else ""


def _is_simple_range(value: str) -> bool:
    """
    Tell whether a range is one a media element asks for; `bytes=-500` is none.

    See https://fetch.spec.whatwg.org/#simple-range-header-value.
    """
    if not _RANGE.fullmatch(value):
        return False
    start, _, end = value.partition("=")[2].partition("-")
    return not end or int(start) <= int(end)

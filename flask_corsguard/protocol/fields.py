"""
Methods and header names: what the Fetch standard says of each, and reading lists of them.

The sets are the standard's; the section stands beside each. Lists that a client sends are bounded
before anything is allocated for them, so a hostile list costs no more than a friendly one.
"""

from __future__ import annotations

import re

__all__ = [
    "DEFAULT_METHODS",
    "MAX_LIST_BYTES",
    "MAX_LIST_EMPTY",
    "MAX_LIST_NAMES",
    "SAFELISTED_METHODS",
    "is_forbidden_method",
    "is_forbidden_request_header",
    "is_token",
    "may_be_announced",
    "normalize_method",
    "parse_header_names",
    "sort_methods",
]

DEFAULT_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
"""What `methods=None` means where there is no route to ask."""

SAFELISTED_METHODS = frozenset({"GET", "HEAD", "POST"})
"""https://fetch.spec.whatwg.org/#cors-safelisted-method"""

NORMALIZED_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
"""https://fetch.spec.whatwg.org/#concept-method-normalize"""

FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
"""https://fetch.spec.whatwg.org/#forbidden-method"""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""https://www.rfc-editor.org/rfc/rfc9110#name-safe-methods"""

FORBIDDEN_REQUEST_HEADERS = frozenset(
    {
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    }
)
"""https://fetch.spec.whatwg.org/#forbidden-request-header"""

FORBIDDEN_REQUEST_PREFIXES = ("proxy-", "sec-")

FORBIDDEN_RESPONSE_HEADERS = frozenset({"set-cookie", "set-cookie2"})
"""https://fetch.spec.whatwg.org/#forbidden-response-header-name"""

SAFELISTED_RESPONSE_HEADERS = frozenset(
    {
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
    }
)
"""https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name"""

CORS_RESPONSE_HEADERS = frozenset(
    {
        "access-control-allow-credentials",
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-origin",
        "access-control-expose-headers",
        "access-control-max-age",
    }
)
"""https://fetch.spec.whatwg.org/#http-responses"""

MAX_METHOD_BYTES = 64
MAX_LIST_BYTES = 4096
MAX_LIST_NAMES = 128
MAX_LIST_EMPTY = 16
"""RFC 9110, section 5.6.1.2, asks to accept "a reasonable number of empty list elements"."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OWS = " \t"


def is_token(text: str) -> bool:
    """
    Tell whether a text is a token of RFC 9110, section 5.6.2: what methods and names are made of.
    """
    return _TOKEN.fullmatch(text) is not None


def may_be_announced(method: str) -> bool:
    """
    Tell whether a preflight may announce a method at all.

    It has to be a token that is not forbidden, of at most 64 bytes.
    """
    return len(method) <= MAX_METHOD_BYTES and is_token(method) and not is_forbidden_method(method)


def normalize_method(method: str) -> str:
    """
    Normalize a method as fetch() does; `patch` stays `patch`.

    See https://fetch.spec.whatwg.org/#concept-method-normalize.
    """
    upper = method.upper()
    return upper if upper in NORMALIZED_METHODS else method


def is_forbidden_method(method: str) -> bool:
    """
    Tell whether script can never send a method.

    See https://fetch.spec.whatwg.org/#forbidden-method.
    """
    return method.upper() in FORBIDDEN_METHODS


def is_forbidden_request_header(name: str) -> bool:
    """
    Tell whether script can never set a request header.

    See https://fetch.spec.whatwg.org/#forbidden-request-header.
    """
    lower = name.lower()
    return lower in FORBIDDEN_REQUEST_HEADERS or lower.startswith(FORBIDDEN_REQUEST_PREFIXES)


def sort_methods(methods: frozenset[str]) -> tuple[str, ...]:
    """
    Order methods as people expect to read them: the usual ones first, the rest by alphabet.
    """
    usual = tuple(method for method in (*DEFAULT_METHODS, "OPTIONS") if method in methods)
    return usual + tuple(sorted(methods.difference(usual)))


def parse_header_names(text: str) -> tuple[str, ...] | None:
    """
    Read the value of `Access-Control-Request-Headers`.

    Browsers send the names sorted, in lower case and without spaces; proxies reorder, re-case,
    space and split them, so all of that is accepted (RFC 9110, section 5.6.1).

    Args:
        text: The field's value; several field lines joined by commas.

    Returns:
        The names in lower case, each once, in the order sent; None where one is no token or
        there is more than 4 KiB, 128 names or 16 empty elements.
    """
    if len(text) > MAX_LIST_BYTES or text.count(",") >= MAX_LIST_NAMES + MAX_LIST_EMPTY:
        return None
    elements = [element.strip(_OWS) for element in text.split(",")]
    names = [element.lower() for element in elements if element]
    if len(names) > MAX_LIST_NAMES or len(elements) - len(names) > MAX_LIST_EMPTY:
        return None
    return tuple(dict.fromkeys(names)) if all(map(is_token, names)) else None

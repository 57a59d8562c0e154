"""
The checks on a response: the CORS check, and the lists in the answer to a preflight.

Pure functions from a response to a `Fault` or None. They know no engine: the three agree on every
verdict here, and only word it differently.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..protocol.fields import (
    FORBIDDEN_RESPONSE_HEADERS,
    SAFELISTED_METHODS,
    SAFELISTED_RESPONSE_HEADERS,
    is_token,
)
from .faults import Check, Fault
from .headers import HTTP_WHITESPACE, Headers
from .message import Response, is_ok, is_redirect
from .urls import is_url

__all__ = [
    "Asked",
    "check_preflight",
    "check_response",
    "covers_authorization",
    "exposed_headers",
    "read_list",
]

WILDCARD = "*"

_NON_WILDCARD = frozenset({"authorization"})
"""https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    Hold what a preflight asks for.

    Attributes:
        method: The method of the request to come.
        names: Its CORS-unsafe request-header names: lower case, sorted.
        origin: The serialized origin that is sent; maybe `null`.
        credentials: Whether the credentials mode is `include`.
        strict: Whether `*` leaves `Authorization` out, as the standard has it and no browser yet.
    """

    method: str
    names: tuple[str, ...]
    origin: str
    credentials: bool
    strict: bool = True


def check_response(headers: Headers, origin: str, *, credentials: bool) -> Fault | None:
    """
    Run the CORS check.

    See https://fetch.spec.whatwg.org/#concept-cors-check.

    Args:
        headers: The response's.
        origin: The serialized origin that was sent.
        credentials: Whether the credentials mode is `include`.
    """
    allowed = headers.get("Access-Control-Allow-Origin")
    if allowed is None:
        return Fault(check=Check.ALLOW_ORIGIN_MISSING)
    if allowed == WILDCARD:
        return Fault(check=Check.ALLOW_ORIGIN_WILDCARD, value=allowed) if credentials else None
    if allowed != origin:
        return Fault(check=_what_is_wrong_with(allowed), value=allowed)
    answer = headers.get("Access-Control-Allow-Credentials", "")
    # Case-sensitive: `True` is not true.
    if credentials and answer != "true":
        return Fault(check=Check.ALLOW_CREDENTIALS, value=answer)
    return None


def check_preflight(response: Response, asked: Asked) -> Fault | None:
    """
    Judge the answer to a preflight.

    See https://fetch.spec.whatwg.org/#cors-preflight-fetch-0, steps 7 and following.
    """
    fault = _check_head(response, asked) or _check_lists(response.headers, asked)
    return fault and replace(fault, preflight=True)


def covers_authorization(headers: Headers, names: tuple[str, ...]) -> bool:
    """
    Tell whether only `*` lets `Authorization` pass, which Firefox warns of.

    Args:
        headers: Of the answer to the preflight.
        names: The CORS-unsafe request-header names.
    """
    listed, _ = read_list(headers, "Access-Control-Allow-Headers")
    lower = {name.lower() for name in listed}
    return WILDCARD in lower and bool(_NON_WILDCARD.intersection(names) - lower)


def exposed_headers(headers: Headers, *, credentials: bool) -> Headers:
    """
    Give the headers of a response that script may read.

    See https://fetch.spec.whatwg.org/#concept-filtered-response-cors.

    Args:
        headers: The response's.
        credentials: Whether the credentials mode is `include`: then `*` is a mere name.
    """
    listed, invalid = read_list(headers, "Access-Control-Expose-Headers")
    names = {name.lower() for name in listed} if invalid is None else set[str]()
    shown = set(names | SAFELISTED_RESPONSE_HEADERS)
    if WILDCARD in names and not credentials:
        shown.update(headers)
    return headers.only(shown - FORBIDDEN_RESPONSE_HEADERS)


def read_list(headers: Headers, name: str) -> tuple[tuple[str, ...], str | None]:
    """
    Read a list of tokens; several lines are one list, and empty elements do not count.

    See https://fetch.spec.whatwg.org/#extract-header-list-values.

    Returns:
        The elements, and the first that is no token, which voids the whole list; else None.
    """
    elements = [each.strip(HTTP_WHITESPACE) for each in headers.get(name, "").split(",")]
    tokens = tuple(element for element in elements if element)
    return tokens, next((each for each in tokens if not is_token(each)), None)


def _what_is_wrong_with(allowed: str) -> Check:
    """
    Name the mistake as Chromium does; to the standard they are all one.
    """
    if "," in allowed or " " in allowed:
        return Check.ALLOW_ORIGIN_MULTIPLE
    if allowed == "null" or is_url(allowed):
        return Check.ALLOW_ORIGIN_MISMATCH
    return Check.ALLOW_ORIGIN_INVALID


def _check_head(response: Response, asked: Asked) -> Fault | None:
    # Without a `Location` it is one more status that is not ok.
    if is_redirect(response.status) and "Location" in response.headers:
        return Fault(check=Check.PREFLIGHT_REDIRECT, value=str(response.status))
    fault = check_response(response.headers, asked.origin, credentials=asked.credentials)
    if fault is None and not is_ok(response.status):
        return Fault(check=Check.PREFLIGHT_STATUS, value=str(response.status))
    return fault


def _check_lists(headers: Headers, asked: Asked) -> Fault | None:
    methods, bad_method = read_list(headers, "Access-Control-Allow-Methods")
    names, bad_name = read_list(headers, "Access-Control-Allow-Headers")
    if bad_method is not None:
        return Fault(check=Check.ALLOW_METHODS_INVALID, value=bad_method)
    if bad_name is not None:
        return Fault(check=Check.ALLOW_HEADERS_INVALID, value=bad_name)
    if not _allows_method(methods, asked):
        return Fault(check=Check.METHOD_NOT_ALLOWED, subject=asked.method)
    refused = _first_refused({name.lower() for name in names}, asked)
    return Fault(check=Check.HEADER_NOT_ALLOWED, subject=refused) if refused else None


def _allows_method(methods: tuple[str, ...], asked: Asked) -> bool:
    if asked.method in methods or asked.method in SAFELISTED_METHODS:
        return True
    return WILDCARD in methods and not asked.credentials


def _first_refused(names: set[str], asked: Asked) -> str:
    wildcard = WILDCARD in names and not asked.credentials
    exempt = _NON_WILDCARD if asked.strict else frozenset[str]()
    covered = frozenset(asked.names) - exempt if wildcard else frozenset[str]()
    return next((name for name in asked.names if name not in names | covered), "")

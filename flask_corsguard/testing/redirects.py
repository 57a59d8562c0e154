"""
Where a redirect leads, and what is left of the request on the way.

See https://fetch.spec.whatwg.org/#http-redirect-fetch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .call import Call, Mode, Tainting
from .faults import Check, Fault
from .message import Response, is_redirect
from .urls import URL

__all__ = ["MAX_REDIRECTS", "Hop", "judge_redirect", "next_call"]

MAX_REDIRECTS = 20

_BODY_HEADERS = (
    "Content-Encoding",
    "Content-Language",
    "Content-Location",
    "Content-Type",
)
"""https://fetch.spec.whatwg.org/#request-body-header-name"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """
    Hold where a redirect leads.

    Attributes:
        location: The URL; None where the `Location` is none.
        fault: Why it is not followed; None if it is.
    """

    location: URL | None
    fault: Fault | None = None


def judge_redirect(call: Call, response: Response) -> Hop | None:
    """
    Read the `Location` of a redirect.

    Returns:
        None for what is no redirect, or one without a `Location`: that is an ordinary response.
    """
    if not is_redirect(response.status):
        return None
    value = response.headers.get("Location")
    if value is None:
        return None
    try:
        location = URL.parse(value, call.url.sent)
    except ValueError:
        return Hop(location=None, fault=Fault(check=Check.REDIRECT_LOCATION, value=value))
    check = _what_is_wrong_with(location, call)
    fault = Fault(check=check, value=str(location)) if check else None
    return Hop(location=location, fault=fault)


def next_call(call: Call, response: Response, location: URL) -> Call:
    """
    Give the request that follows a redirect.
    """
    headers, method, body = call.headers, call.method, call.body
    if _becomes_get(method, response.status):
        method, body, headers = "GET", None, headers.without(*_BODY_HEADERS)
    if location.origin != call.url.origin:
        # Step 14: a token must not reach whoever can make the server redirect.
        headers = headers.without("Authorization")
    return replace(call, method=method, body=body, headers=headers, urls=(*call.urls, location))


def _what_is_wrong_with(location: URL, call: Call) -> Check | None:
    if not location.is_http:
        return Check.REDIRECT_SCHEME
    if len(call.urls) > MAX_REDIRECTS:
        return Check.REDIRECT_LIMIT
    foreign = call.tainting is Tainting.CORS or location.origin != call.origin
    if location.userinfo and call.mode is Mode.CORS and foreign:
        return Check.REDIRECT_USERINFO
    return None


def _becomes_get(method: str, status: int) -> bool:
    """
    Tell whether a redirect turns a method into GET (step 12).
    """
    if status == 303:  # noqa: PLR2004 - the number is its own best name
        return method not in {"GET", "HEAD"}
    return status in {301, 302} and method == "POST"

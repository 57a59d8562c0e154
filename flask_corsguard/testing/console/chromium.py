"""
Chromium's words, as version 156 prints them.
"""

from __future__ import annotations

from ..faults import Check
from .scene import Scene

__all__ = ["console"]

_SENTENCES = {
    Check.ALLOW_ORIGIN_MISSING: (
        "No 'Access-Control-Allow-Origin' header is present on the requested resource."
    ),
    Check.ALLOW_ORIGIN_MULTIPLE: (
        "The 'Access-Control-Allow-Origin' header contains multiple values '{value}', but only one "
        "is allowed. Have the server send the header with a valid value."
    ),
    Check.ALLOW_ORIGIN_INVALID: (
        "The 'Access-Control-Allow-Origin' header contains the invalid value '{value}'. "
        "Have the server send the header with a valid value."
    ),
    Check.ALLOW_ORIGIN_MISMATCH: (
        "The 'Access-Control-Allow-Origin' header has a value '{value}' that is not equal to the "
        "supplied origin. Have the server send the header with a valid value."
    ),
    Check.ALLOW_ORIGIN_WILDCARD: (
        "The value of the 'Access-Control-Allow-Origin' header in the response must not be the "
        "wildcard '*' when the request's credentials mode is 'include'."
    ),
    Check.ALLOW_CREDENTIALS: (
        "The value of the 'Access-Control-Allow-Credentials' header in the response is '{value}' "
        "which must be 'true' when the request's credentials mode is 'include'."
    ),
    Check.PREFLIGHT_REDIRECT: "Redirect is not allowed for a preflight request.",
    Check.PREFLIGHT_STATUS: "It does not have HTTP ok status.",
    Check.ALLOW_METHODS_INVALID: (
        "Cannot parse Access-Control-Allow-Methods response header field in preflight response."
    ),
    Check.ALLOW_HEADERS_INVALID: (
        "Cannot parse Access-Control-Allow-Headers response header field in preflight response."
    ),
    Check.METHOD_NOT_ALLOWED: (
        "Method {subject} is not allowed by Access-Control-Allow-Methods in preflight response."
    ),
    Check.HEADER_NOT_ALLOWED: (
        "Request header field {subject} is not allowed by Access-Control-Allow-Headers in "
        "preflight response."
    ),
    Check.REDIRECT_USERINFO: (
        "Redirect location '' contains a username and password, which is disallowed for "
        "cross-origin requests."
    ),
    Check.REDIRECT_SCHEME: (
        "Cross origin requests are only supported for protocol schemes: chrome, "
        "chrome-experimental-site-token-provider, chrome-extension, chrome-untrusted, data, http, "
        "https, isolated-app."
    ),
}

_LISTS = frozenset(
    {
        Check.ALLOW_METHODS_INVALID,
        Check.ALLOW_HEADERS_INVALID,
        Check.METHOD_NOT_ALLOWED,
        Check.HEADER_NOT_ALLOWED,
    }
)
"""What Chromium says of a preflight without saying that it is about the access control check."""

_NET_ERRORS = {
    Check.REDIRECT_LIMIT: "ERR_TOO_MANY_REDIRECTS",
    Check.REDIRECT_LOCATION: "ERR_INVALID_REDIRECT",
    Check.REDIRECT_MODE: "ERR_FAILED",
    Check.RESOURCE_POLICY: "ERR_BLOCKED_BY_RESPONSE.NotSameOrigin",
    Check.SCHEME: "ERR_FAILED",
}
_NOT_LOADED = "Failed to load resource: net::"


def console(scene: Scene) -> tuple[str, ...]:
    """
    Give what Chromium prints: why, and that nothing was loaded.
    """
    check = scene.fault.check
    if check in _NET_ERRORS:
        return (_NOT_LOADED + _NET_ERRORS[check],)
    if check is Check.SAME_ORIGIN_MODE:
        return (_same_origin(scene),)
    if check is Check.REDIRECT_SCHEME and scene.is_unsafe_redirect:
        return (_NOT_LOADED + "ERR_UNSAFE_REDIRECT",)
    return f"{_beginning(scene)}{_reason(scene)}", _NOT_LOADED + "ERR_FAILED"


def _same_origin(scene: Scene) -> str:
    return (
        f'Fetch API cannot load {scene.url}. Request mode is "same-origin" but the URL\'s origin '
        f"is not same as the request origin {scene.origin}."
    )


def _beginning(scene: Scene) -> str:
    target = scene.location if scene.fault.check is Check.REDIRECT_SCHEME else None
    first, last = scene.urls[0], target or scene.urls[-1]
    moved = target is not None or len(scene.urls) > 1
    redirected = f" (redirected from '{first.sent}')" if moved else ""
    return (
        f"Access to fetch at '{last.sent}'{redirected} from origin '{scene.origin}' has been "
        "blocked by CORS policy: "
    )


def _reason(scene: Scene) -> str:
    fault = scene.fault
    subject = fault.subject.lower() if fault.check is Check.HEADER_NOT_ALLOWED else fault.subject
    reason = _SENTENCES[fault.check].format(value=fault.value, subject=subject)
    if not fault.preflight or fault.check in _LISTS:
        return reason
    return f"Response to preflight request doesn't pass access control check: {reason}"

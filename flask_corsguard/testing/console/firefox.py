"""
Firefox's words, as ESR 153 prints them.
"""

from __future__ import annotations

from ..faults import Check
from ..urls import URL
from .scene import Scene

__all__ = ["console", "warn_about_authorization"]

_MISMATCH = "CORS header ‘Access-Control-Allow-Origin’ does not match ‘{value}’"
_REASONS = {
    Check.ALLOW_ORIGIN_MISSING: "CORS header ‘Access-Control-Allow-Origin’ missing",
    Check.ALLOW_ORIGIN_MULTIPLE: _MISMATCH,
    Check.ALLOW_ORIGIN_INVALID: _MISMATCH,
    Check.ALLOW_ORIGIN_MISMATCH: _MISMATCH,
    Check.ALLOW_ORIGIN_WILDCARD: (
        "Credential is not supported if the CORS header ‘Access-Control-Allow-Origin’ is ‘*’"
    ),
    Check.ALLOW_CREDENTIALS: "expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’",
    Check.PREFLIGHT_REDIRECT: "CORS request external redirect not allowed",
    Check.PREFLIGHT_STATUS: "CORS preflight response did not succeed",
    Check.ALLOW_METHODS_INVALID: (
        "invalid token ‘{value}’ in CORS header ‘Access-Control-Allow-Methods’"
    ),
    Check.ALLOW_HEADERS_INVALID: (
        "invalid token ‘{value}’ in CORS header ‘Access-Control-Allow-Headers’"
    ),
    Check.METHOD_NOT_ALLOWED: "Did not find method in CORS header ‘Access-Control-Allow-Methods’",
    Check.HEADER_NOT_ALLOWED: (
        "header ‘{subject}’ is not allowed according to header ‘Access-Control-Allow-Headers’ "
        "from CORS preflight response"
    ),
    Check.REDIRECT_SCHEME: "CORS request not http",
}

_VALUES = frozenset(
    {
        Check.ALLOW_ORIGIN_MULTIPLE,
        Check.ALLOW_ORIGIN_INVALID,
        Check.ALLOW_ORIGIN_MISMATCH,
    }
)
_WITH_STATUS = frozenset({Check.ALLOW_ORIGIN_MISSING, Check.PREFLIGHT_STATUS})
_FAILED = "CORS request did not succeed"
_NO_STATUS = " Status code: (null)."

_SILENT = frozenset({Check.SAME_ORIGIN_MODE, Check.REDIRECT_MODE, Check.RESOURCE_POLICY})
"""What Firefox tells script only."""


def console(scene: Scene) -> tuple[str, ...]:
    """
    Give what Firefox prints: why, and that the request failed where it was not the last one.
    """
    check = scene.fault.check
    if check in _SILENT:
        return ()
    failed = _blocked(scene.url, _FAILED) + _NO_STATUS
    if check not in _REASONS or (check is Check.REDIRECT_SCHEME and scene.is_unsafe_redirect):
        return (failed,)
    lines = [_sentence(scene)]
    if check is Check.PREFLIGHT_REDIRECT:
        reason = _REASONS[Check.PREFLIGHT_STATUS]
        lines.append(f"{_blocked(scene.url, reason)} Status code: {scene.status}.")
    unfinished = scene.fault.preflight or scene.location is not None
    return (*lines, failed) if unfinished else tuple(lines)


def warn_about_authorization(url: URL) -> str:
    """
    Give what Firefox prints where `*` lets `Authorization` pass, which the standard forbids.
    """
    return (
        "Cross-Origin Request Warning: The Same Origin Policy will disallow reading the remote "
        f"resource at {url.sent} soon. (Reason: When the `Access-Control-Allow-Headers` is `*`, "
        "the `Authorization` header is not covered. To include the `Authorization` header, it must "
        "be explicitly listed in CORS header `Access-Control-Allow-Headers`)."
    )


def _sentence(scene: Scene) -> str:
    fault = scene.fault
    reason = _reason(scene).format(value=fault.value, subject=fault.subject.lower())
    status = f" Status code: {scene.status}." if fault.check in _WITH_STATUS else ""
    if fault.check is Check.ALLOW_ORIGIN_WILDCARD:
        return _blocked(f"‘{scene.url}’", reason)
    if fault.check is Check.REDIRECT_SCHEME:
        return _blocked(str(scene.location), reason)
    return _blocked(scene.url, reason) + status


def _reason(scene: Scene) -> str:
    # Firefox counts lines; a list in one line is a value like any other.
    if len(scene.values_of("Access-Control-Allow-Origin")) > 1 and scene.fault.check in _VALUES:
        return "Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed"
    return _REASONS[scene.fault.check]


def _blocked(url: str, reason: str) -> str:
    return (
        "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote "
        f"resource at {url}. (Reason: {reason})."
    )

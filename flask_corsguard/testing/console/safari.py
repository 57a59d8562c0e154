"""
Safari's words, as WebKitGTK 2.50 prints them.
"""

from __future__ import annotations

from ..faults import Check
from ..message import is_ok
from .scene import Scene

__all__ = ["console"]

_MISMATCH = "Origin {origin} is not allowed by Access-Control-Allow-Origin. Status code: {status}"
_PREFLIGHT = "Preflight response is not successful. Status code: {status}"
_SENTENCES = {
    Check.ALLOW_ORIGIN_MISSING: _MISMATCH,
    Check.ALLOW_ORIGIN_MULTIPLE: _MISMATCH,
    Check.ALLOW_ORIGIN_INVALID: _MISMATCH,
    Check.ALLOW_ORIGIN_MISMATCH: _MISMATCH,
    Check.ALLOW_ORIGIN_WILDCARD: (
        "Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true."
    ),
    Check.ALLOW_CREDENTIALS: (
        'Credentials flag is true, but Access-Control-Allow-Credentials is not "true".'
    ),
    Check.PREFLIGHT_REDIRECT: _PREFLIGHT,
    Check.PREFLIGHT_STATUS: _PREFLIGHT,
    Check.ALLOW_METHODS_INVALID: (
        "Header Access-Control-Allow-Methods has an invalid value: {methods}"
    ),
    Check.ALLOW_HEADERS_INVALID: (
        "Header Access-Control-Allow-Headers has an invalid value: {headers}"
    ),
    Check.METHOD_NOT_ALLOWED: "Method {subject} is not allowed by Access-Control-Allow-Methods.",
    Check.HEADER_NOT_ALLOWED: (
        "Request header field {subject} is not allowed by Access-Control-Allow-Headers."
    ),
    Check.REDIRECT_SCHEME: (
        "not allowed to follow a cross-origin CORS redirection with non CORS scheme"
    ),
    Check.REDIRECT_USERINFO: "redirection URL {location} has credentials",
    Check.REDIRECT_LIMIT: "Load cannot follow more than 20 redirections",
}


def console(scene: Scene) -> tuple[str, ...]:
    """
    Give what Safari prints: why, and that the Fetch API cannot load.
    """
    if scene.fault.check is Check.SAME_ORIGIN_MODE:
        return (f"Fetch API cannot load {scene.url}.",)
    last = f"Fetch API cannot load {scene.url} due to access control checks."
    return (_sentence(scene), last) if scene.fault.check in _SENTENCES else (last,)


def _sentence(scene: Scene) -> str:
    fault, location = scene.fault, scene.location
    if fault.check is Check.REDIRECT_SCHEME and location and location.scheme == "ftp":
        return "FTP URLs are disabled"
    sentence = _template(scene).format(
        origin=scene.sent_origin,
        status=scene.status,
        subject=fault.subject,
        methods=", ".join(scene.values_of("Access-Control-Allow-Methods")),
        headers=", ".join(scene.values_of("Access-Control-Allow-Headers")),
        location=location,
    )
    if location is None or fault.check is Check.REDIRECT_LIMIT:
        return sentence
    return (
        f"Cross-origin redirection to {location.sent} denied by Cross-Origin Resource Sharing "
        f"policy: {sentence}"
    )


def _template(scene: Scene) -> str:
    fault = scene.fault
    # Safari looks at the status first, the others at the origin.
    if fault.preflight and not is_ok(scene.status):
        return _PREFLIGHT
    # Safari knows a list by its comma; one with spaces is some other origin.
    if fault.check is Check.ALLOW_ORIGIN_MULTIPLE and "," in fault.value:
        return "Access-Control-Allow-Origin cannot contain more than one origin."
    return _SENTENCES[fault.check]

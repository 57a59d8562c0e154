"""
What each cause means, in words for whoever has only seen the console.
"""

from __future__ import annotations

from ..testing.faults import Check

__all__ = ["meaning_of"]

_MEANINGS = {
    Check.ALLOW_ORIGIN_MISSING: (
        "The response does not say that this page may read it: it has no "
        "Access-Control-Allow-Origin. The server does not allow the origin, or somebody else has "
        "answered in its place: a proxy, a login, an error page."
    ),
    Check.ALLOW_ORIGIN_MULTIPLE: (
        "The response names more than one origin, and exactly one is allowed. Two layers add the "
        "header (the application and a proxy, say), or one writes a list."
    ),
    Check.ALLOW_ORIGIN_INVALID: (
        "The response's Access-Control-Allow-Origin holds something that is no origin."
    ),
    Check.ALLOW_ORIGIN_MISMATCH: (
        "The response allows another origin than the page's. They are compared letter by letter: "
        "scheme, host and port, no slash at the end. A cache may have kept somebody else's answer."
    ),
    Check.ALLOW_ORIGIN_WILDCARD: (
        "The response allows everybody ('*'), but script asked with credentials, and with these "
        "'*' does not count."
    ),
    Check.ALLOW_CREDENTIALS: (
        "Script asked with credentials, and the response does not allow them: it lacks "
        "Access-Control-Allow-Credentials: true."
    ),
    Check.PREFLIGHT_REDIRECT: (
        "The preflight was answered with a redirect, and may not be: to a login page, to https, "
        "or to the URL with a slash at the end."
    ),
    Check.PREFLIGHT_STATUS: (
        "The preflight was not answered with success. Something has answered OPTIONS that does "
        "not know about CORS: a login check, a router, a proxy, or the guard, which answers 403 "
        "to origins that it does not allow."
    ),
    Check.ALLOW_METHODS_INVALID: (
        "The preflight's answer holds something in Access-Control-Allow-Methods that is no method."
    ),
    Check.ALLOW_HEADERS_INVALID: (
        "The preflight's answer holds something in Access-Control-Allow-Headers that is no name."
    ),
    Check.METHOD_NOT_ALLOWED: (
        "The preflight's answer allows the origin, but not the method that script wants to use."
    ),
    Check.HEADER_NOT_ALLOWED: (
        "The preflight's answer allows the origin, but not a header that script wants to set. "
        "Libraries set headers on their own; Content-Type: application/json counts, too."
    ),
    Check.REDIRECT_LOCATION: "The response redirects to what is no URL.",
    Check.REDIRECT_SCHEME: "The response redirects to what is not http or https.",
    Check.REDIRECT_USERINFO: "The response redirects to a URL with a user name in it.",
    Check.REDIRECT_LIMIT: "The response redirects again and again.",
    Check.REDIRECT_MODE: "The response redirects, and script asked for none: redirect: 'error'.",
    Check.SAME_ORIGIN_MODE: (
        "Script itself asked with mode: 'same-origin' for a URL of another origin."
    ),
    Check.SCHEME: "Script asked for a URL that is not http or https.",
    Check.RESOURCE_POLICY: (
        "Script asked with mode: 'no-cors', and the response's Cross-Origin-Resource-Policy "
        "keeps it from other origins."
    ),
}
_OTHERS = {
    "local-network": (
        "Not CORS, but local network access: a page of the public network asked for something on "
        "this machine or in this network, and the browser wants the user's permission for that, "
        "and a page served by https."
    ),
    "authorization-wildcard": (
        "A warning: Access-Control-Allow-Headers: * does not cover Authorization in the standard. "
        "It passes today, and has to be listed by name."
    ),
    "unspecified": (
        "Something was blocked or failed; this line does not say why. Another line of the "
        "console, above it, does. If there is none, the connection itself failed: no server, "
        "a certificate that is not trusted, http on a page of https."
    ),
}


def meaning_of(cause: str) -> str:
    """
    Say what a cause means.

    Args:
        cause: Of a `Reading`.
    """
    return _OTHERS.get(cause) or _MEANINGS[Check(cause)]

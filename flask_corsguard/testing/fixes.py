"""
What the server has to do so that a browser does not block.

The header is named first, for any server; then the option of `flask_corsguard.Policy`.
"""

from __future__ import annotations

from collections.abc import Callable

from .console import Scene
from .faults import Check

__all__ = ["fix_for"]


def fix_for(scene: Scene) -> str:
    """
    Give the fix for a fault, as sentences.
    """
    return _FIXES[scene.fault.check](scene)


def _where(scene: Scene) -> str:
    if scene.fault.preflight:
        return f"the answer to OPTIONS {scene.url}"
    method = scene.exchange.request.method if scene.exchange else "GET"
    return f"the answer to {method} {scene.url}"


def _origin(scene: Scene) -> str:
    if scene.sent_origin == "null" != scene.origin:
        return (
            f"The redirect to another origin made the browser send `Origin: null`, which no "
            f"policy should allow. Let {scene.urls[0].sent} answer itself, or have the page ask "
            f"for {scene.url} directly."
        )
    return (
        f"Send `Access-Control-Allow-Origin: {scene.sent_origin}` exactly once, in "
        f"{_where(scene)}. With flask-corsguard: Policy(origins=[{scene.sent_origin!r}])."
    )


def _single(scene: Scene) -> str:
    return (
        f"Send one `Access-Control-Allow-Origin` with one value in {_where(scene)}: somebody else "
        f"(a view, a proxy, a second CORS library) sets it, too, or puts a list into it. "
        f"{_origin(scene)}"
    )


def _wildcard(scene: Scene) -> str:
    return (
        f"Send `Access-Control-Allow-Origin: {scene.sent_origin}` and "
        f"`Access-Control-Allow-Credentials: true` in {_where(scene)}, or ask without "
        f"credentials. With flask-corsguard: "
        f"Policy(origins=[{scene.sent_origin!r}], credentials=True)."
    )


def _credentials(scene: Scene) -> str:
    return (
        f"Send `Access-Control-Allow-Credentials: true`, in lower case, in {_where(scene)}, or "
        "ask without credentials. With flask-corsguard: Policy(..., credentials=True)."
    )


def _no_redirect(scene: Scene) -> str:
    return (
        f"Answer OPTIONS {scene.url} with 204 instead of a redirect, or ask for the URL that it "
        "redirects to: a missing trailing slash or http for https is the usual reason. "
        "flask-corsguard answers preflights itself."
    )


def _ok(scene: Scene) -> str:
    return (
        f"Answer OPTIONS {scene.url} with a 2xx status instead of {scene.fault.value}, before any "
        "login check: a preflight carries neither cookies nor a token. flask-corsguard answers "
        "preflights before all other hooks."
    )


def _tokens(scene: Scene) -> str:
    option = "methods" if scene.fault.check is Check.ALLOW_METHODS_INVALID else "allow_headers"
    name = "Methods" if option == "methods" else "Headers"
    return (
        f"Separate the names in `Access-Control-Allow-{name}` by commas, in {_where(scene)}; "
        f"{scene.fault.value!r} is no name, and one such voids the list. With flask-corsguard: "
        f"Policy(..., {option}=[...])."
    )


def _method(scene: Scene) -> str:
    method = scene.fault.subject
    upper = "" if method == method.upper() else f" Methods are case-sensitive: {method.upper()!r}?"
    return (
        f"Send `Access-Control-Allow-Methods: {method}` in {_where(scene)}; `*` does not count "
        f"with credentials.{upper} With flask-corsguard: a view that has the method, or "
        f"Policy(..., methods=[{method!r}])."
    )


def _header(scene: Scene) -> str:
    name = scene.fault.subject
    star = (
        " `*` does not cover Authorization in the standard; browsers still let it pass."
        if name.lower() == "authorization"
        else " `*` does not count with credentials."
    )
    return (
        f"Send `Access-Control-Allow-Headers: {name}` in {_where(scene)}.{star} "
        f"With flask-corsguard: Policy(..., allow_headers=[{name!r}])."
    )


def _redirect(scene: Scene) -> str:
    return (
        f"Redirect {scene.url} to an http(s) URL without user name and password, not to "
        f"{scene.fault.value!r}."
    )


def _loop(scene: Scene) -> str:
    return f"End the chain of redirects: after 20 of them {scene.url} still redirects."


def _redirect_mode(scene: Scene) -> str:
    return f"Ask with redirect='follow', or let {scene.urls[0].sent} answer itself."


def _same_origin_mode(scene: Scene) -> str:
    return f"Ask with mode='cors': {scene.url} is not of the page's own origin."


def _scheme(scene: Scene) -> str:
    return f"Ask for an http(s) URL, not {scene.url}."


def _resource_policy(scene: Scene) -> str:
    return (
        f"Send `Cross-Origin-Resource-Policy: cross-origin` in {_where(scene)}, or ask with "
        "mode='cors'."
    )


_FIXES: dict[Check, Callable[[Scene], str]] = {
    Check.ALLOW_ORIGIN_MISSING: _origin,
    Check.ALLOW_ORIGIN_MULTIPLE: _single,
    Check.ALLOW_ORIGIN_INVALID: _origin,
    Check.ALLOW_ORIGIN_MISMATCH: _origin,
    Check.ALLOW_ORIGIN_WILDCARD: _wildcard,
    Check.ALLOW_CREDENTIALS: _credentials,
    Check.PREFLIGHT_REDIRECT: _no_redirect,
    Check.PREFLIGHT_STATUS: _ok,
    Check.ALLOW_METHODS_INVALID: _tokens,
    Check.ALLOW_HEADERS_INVALID: _tokens,
    Check.METHOD_NOT_ALLOWED: _method,
    Check.HEADER_NOT_ALLOWED: _header,
    Check.REDIRECT_LOCATION: _redirect,
    Check.REDIRECT_SCHEME: _redirect,
    Check.REDIRECT_USERINFO: _redirect,
    Check.REDIRECT_LIMIT: _loop,
    Check.REDIRECT_MODE: _redirect_mode,
    Check.SAME_ORIGIN_MODE: _same_origin_mode,
    Check.SCHEME: _scheme,
    Check.RESOURCE_POLICY: _resource_policy,
}

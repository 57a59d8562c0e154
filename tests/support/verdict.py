"""
What a browser does with an answer: the least that the cases need of the Fetch standard.
"""

from __future__ import annotations

from typing import Any

from .doors import Answer

__all__ = ["shares", "visible_headers"]

_SAFELISTED = {"GET", "HEAD", "POST"}


def shares(answer: Answer, origin: str, browser: dict[str, Any]) -> bool:
    """
    Tell whether a browser shares an answer, or goes on after a preflight.

    See https://fetch.spec.whatwg.org/#cors-check and #cors-preflight-fetch.
    """
    credentials = browser.get("credentials") == "include"
    allowed = answer.values("Access-Control-Allow-Origin")
    if len(allowed) != 1 or allowed[0] not in ({origin} if credentials else {origin, "*"}):
        return False
    if credentials and answer.values("Access-Control-Allow-Credentials") != ["true"]:
        return False
    if "method" not in browser:
        return True
    if answer.status is None or not 200 <= answer.status < 300:
        return False
    return _method_passes(answer, browser, credentials) and _headers_pass(
        answer, browser, credentials
    )


def visible_headers(answer: Answer, *, credentials: bool) -> set[str]:
    """
    Give the lower-case names that an answer exposes, `*` meaning all.
    """
    tokens = {t.lower() for t in answer.tokens("Access-Control-Expose-Headers")}
    if "*" in tokens and not credentials:
        return {n.lower() for n, _ in answer.headers} - {"set-cookie"}
    return tokens | {"content-type", "content-length", "cache-control", "expires"}


def _method_passes(answer: Answer, browser: dict[str, Any], credentials: bool) -> bool:
    tokens = answer.tokens("Access-Control-Allow-Methods")
    star = "*" in tokens and not credentials
    return browser["method"] in _SAFELISTED or browser["method"] in tokens or star


def _headers_pass(answer: Answer, browser: dict[str, Any], credentials: bool) -> bool:
    tokens = {t.lower() for t in answer.tokens("Access-Control-Allow-Headers")}
    star = "*" in tokens and not credentials
    wanted = {name.lower() for name in browser.get("unsafe_headers", [])}
    missing = {n for n in wanted if n not in tokens and not (star and n != "authorization")}
    return not missing

"""
Hold an answer against what a case of `protocol.json` expects.
"""

from __future__ import annotations

from typing import Any

from .doors import Answer, Request
from .verdict import shares, visible_headers

__all__ = ["check_expectation", "cors_headers", "varies_on"]

OURS = {
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "vary",
}
ONCE = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Max-Age")


def check_expectation(answer: Answer, expect: dict[str, Any], request: Request, door: str) -> None:
    """
    Hold an answer against what a case expects; `decide()` alone has no application's headers.
    """
    for name, matcher in expect.get("required", {}).items():
        assert matches(answer, name, matcher), (name, matcher, answer)
    for rule in expect.get("forbidden", []):
        assert not is_forbidden(answer, rule), (rule, answer)
    for name in ONCE:
        assert len(answer.values(name)) <= 1, answer
    if answer.status is not None:
        assert status_fits(answer.status, expect.get("status", "any")), answer
    if "handler_called" in expect:
        assert answer.handler_called is expect["handler_called"]
    if "any_of" in expect:
        assert any(passes(answer, one, request, door) for one in expect["any_of"])
    check_browser(answer, expect.get("browser"), request, door)


def passes(answer: Answer, expect: dict[str, Any], request: Request, door: str) -> bool:
    try:
        check_expectation(answer, expect, request, door)
    except AssertionError:
        return False
    return True


def check_browser(
    answer: Answer, browser: dict[str, Any] | None, request: Request, door: str
) -> None:
    if browser is None:
        return
    origin = browser.get("page") or request.get("Origin") or ""
    expected = browser["result"] == "share"
    assert shares(answer, origin, browser) is expected, answer
    credentials = browser.get("credentials") == "include"
    visible = visible_headers(answer, credentials=credentials)
    # `*` stands for the headers there are, and only a real application sends any.
    if door != "decide" or "*" not in answer.tokens("Access-Control-Expose-Headers"):
        assert {n.lower() for n in browser.get("js_sees", [])} <= visible
    assert not {n.lower() for n in browser.get("js_must_not_see", [])} & visible


def matches(answer: Answer, name: str, matcher: object) -> bool:
    value = answer.get(name)
    if not isinstance(matcher, dict):
        return value == matcher
    if "tokens" in matcher:
        wanted = {token.lower() for token in matcher["tokens"]}
        return wanted <= {token.lower() for token in answer.tokens(name)}
    if "any_of" in matcher:
        return value in matcher["any_of"]
    if "present" in matcher:
        return (value is not None) is matcher["present"]
    return value is None or value == matcher["absent_or"]


def is_forbidden(answer: Answer, rule: str) -> bool:
    if " ~ " in rule:
        name, token = rule.split(" ~ ", 1)
        if name == "Access-Control-Allow-Methods":  # methods are case-sensitive
            return token in answer.tokens(name)
        return token.lower() in {t.lower() for t in answer.tokens(name)}
    if ": " in rule:
        name, value = rule.split(": ", 1)
        return value in answer.values(name)
    return bool(answer.values(rule))


def status_fits(status: int, expected: object) -> bool:
    if expected == "ok":
        return 200 <= status < 300
    if expected == "not-redirect":
        return not 300 <= status < 400
    if isinstance(expected, list):
        return status in expected
    return expected in {"any", status}


def cors_headers(answer: Answer) -> dict[str, str]:
    return {n.lower(): v for n, v in answer.headers if n.lower() in OURS - {"vary"}}


def varies_on(answer: Answer) -> set[str]:
    return {token.lower() for token in answer.tokens("Vary")}

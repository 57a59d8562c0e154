"""
Cookies that a credentialed policy waits for in vain.

A policy may allow credentials, and still no cookie comes: without `SameSite=None; Secure` browsers
keep it to pages of the server's own site.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from flask import Flask

from ..errors import Problem
from ..protocol.codes import make_problem
from ..protocol.patterns import parse_pattern
from ..protocol.policy import Policy
from ..testing.browser import DEFAULT_BASE_URL
from ..testing.urls import is_same_site
from .asked import base_url_of

__all__ = ["cookie_problems"]


@dataclass(frozen=True, slots=True)
class _Cookie:
    """
    Know a cookie by the keys of its settings.
    """

    prefix: str
    what: str


_SESSION = _Cookie("SESSION_COOKIE", "the session")
_REMEMBER = _Cookie("REMEMBER_COOKIE", "Flask-Login's reminder")


def cookie_problems(app: Flask, policies: Iterable[Policy]) -> Iterator[Problem]:
    """
    Find cookies that do not come along from pages of other sites that may send them.

    Args:
        app: The application.
        policies: Those that govern something.
    """
    waiting = [policy for policy in policies if policy.credentials and policy.origins]
    if not any(_is_elsewhere(app, policy) for policy in waiting):
        return
    if app.secret_key:
        yield from _check(app, _SESSION)
    if hasattr(app, "login_manager"):
        yield from _check(app, _REMEMBER)


def _check(app: Flask, cookie: _Cookie) -> Iterator[Problem]:
    config = cast("dict[str, object]", app.config)
    site, secure = f"{cookie.prefix}_SAMESITE", f"{cookie.prefix}_SECURE"
    if str(config.get(site)).lower() == "none" and config.get(site) is not None:
        if not config.get(secure):
            why = f"has browsers drop the cookie of {cookie.what}: SameSite=None takes Secure"
            where = f"app.config[{secure!r}]"
            yield make_problem("CG905", where, config.get(secure), why, "Write True.")
        return
    why = f"keeps the cookie of {cookie.what} to pages of the server's own site"
    fix = (
        f"Write {site}='None' and {secure}=True; or, where pages and server are of one site, say "
        "so: TRUSTED_HOSTS=['api.example.com']."
    )
    yield make_problem("CG905", f"app.config[{site!r}]", config.get(site), why, fix)


def _is_elsewhere(app: Flask, policy: Policy) -> bool:
    """
    Tell whether a policy allows pages of other sites, or may.
    """
    base = base_url_of(app)
    known = base != DEFAULT_BASE_URL
    for rule in policy.origins:
        pattern = parse_pattern(rule) if isinstance(rule, str) else None
        if pattern is None:
            return True
        if pattern.origin.is_loopback:
            continue
        if not known or not is_same_site(base, str(pattern.origin)):
            return True
    return False

"""
The flaws that a server can have: a closed set, each with what it means and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ...errors import Severity

__all__ = ["Finding", "Flaw"]


class Flaw(StrEnum):
    """
    Name a flaw.

    Attributes:
        meaning: What it means, as a sentence.
        fix: What to do, as a sentence.
    """

    ANY_ORIGIN = "any-origin"
    NULL_ORIGIN = "null-origin"
    PREFIX_MATCH = "prefix-match"
    SUFFIX_MATCH = "suffix-match"
    UNESCAPED_DOT = "unescaped-dot"
    PLAIN_HTTP = "plain-http"
    WILDCARD_WITH_CREDENTIALS = "wildcard-with-credentials"
    VARY_MISSING = "vary-missing"
    SEVERAL_ALLOW_ORIGIN = "several-allow-origin"
    INVALID_ALLOW_ORIGIN = "invalid-allow-origin"
    INVALID_CREDENTIALS = "invalid-credentials"
    PREFLIGHT_REDIRECT = "preflight-redirect"
    PREFLIGHT_LOGIN = "preflight-login"
    PREFLIGHT_STATUS = "preflight-status"
    PREFLIGHT_WITHOUT_HEADERS = "preflight-without-headers"
    RESPONSE_WITHOUT_HEADERS = "response-without-headers"
    ERROR_WITHOUT_HEADERS = "error-without-headers"

    @property
    def meaning(self) -> str:
        """
        Say what it means.
        """
        return _TEXTS[self][0]

    @property
    def fix(self) -> str:
        """
        Say what to do.
        """
        return _TEXTS[self][1]


_LIST = "Compare whole origins: list them, one by one."

_TEXTS = {
    Flaw.ANY_ORIGIN: ("Whoever asks is allowed: the Origin is sent back.", _LIST),
    Flaw.NULL_ORIGIN: (
        "'null' is allowed, and every page can be that: a sandboxed frame will do.",
        "Take it off the list.",
    ),
    Flaw.PREFIX_MATCH: (
        "Only the beginning of the origin is compared: strangers append a domain of theirs.",
        _LIST,
    ),
    Flaw.SUFFIX_MATCH: (
        "Only the end of the origin is compared: strangers register a name that ends so.",
        _LIST,
    ),
    Flaw.UNESCAPED_DOT: (
        "A dot of a regular expression takes any letter: strangers register that name.",
        "Escape it, or list the origins.",
    ),
    Flaw.PLAIN_HTTP: (
        "The origin is allowed by http, too: whoever sits on the network can be that.",
        "Take it off the list, and match the scheme.",
    ),
    Flaw.WILDCARD_WITH_CREDENTIALS: (
        "'*' is sent with Access-Control-Allow-Credentials: browsers refuse the two together.",
        "List the origins, or drop the credentials.",
    ),
    Flaw.VARY_MISSING: (
        "The answer depends on the origin and does not say so: a cache gives it to others.",
        "Send Vary: Origin with every answer, whoever asks.",
    ),
    Flaw.SEVERAL_ALLOW_ORIGIN: (
        "There is more than one Access-Control-Allow-Origin: browsers take none of them.",
        "Let one layer set it, the application or the proxy, and the other leave it alone.",
    ),
    Flaw.INVALID_ALLOW_ORIGIN: (
        "Access-Control-Allow-Origin holds what no browser sends as an origin.",
        "Write the origin as browsers do: lower case, no path, no slash at the end.",
    ),
    Flaw.INVALID_CREDENTIALS: (
        "Access-Control-Allow-Credentials is not 'true': browsers take anything else for no.",
        "Write 'true' in lower case, or leave the header out.",
    ),
    Flaw.PREFLIGHT_REDIRECT: (
        "The preflight is redirected, and browsers do not follow.",
        "Answer OPTIONS where it is asked, before anything redirects.",
    ),
    Flaw.PREFLIGHT_LOGIN: (
        "The preflight needs a login, and it never has one.",
        "Answer preflights before the login is checked.",
    ),
    Flaw.PREFLIGHT_STATUS: (
        "The preflight is not answered with success, and the request itself would be.",
        "Answer OPTIONS with 204.",
    ),
    Flaw.PREFLIGHT_WITHOUT_HEADERS: (
        "The preflight's answer does not allow what the request's answer allows.",
        "Have one layer answer both.",
    ),
    Flaw.RESPONSE_WITHOUT_HEADERS: (
        "The preflight's answer allows what the request's answer then does not.",
        "Have one layer answer both.",
    ),
    Flaw.ERROR_WITHOUT_HEADERS: (
        "An error page lacks the headers: script sees a CORS error instead of the status.",
        "Send the headers with errors, too; with nginx, add_header ... always.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    Say where a flaw was seen.

    Attributes:
        flaw: Which one.
        severity: How bad it is here.
        asked: The request that has shown it.
        seen: What the server said.
    """

    flaw: Flaw
    severity: Severity
    asked: str
    seen: str

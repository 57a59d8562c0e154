"""
The options of a policy: their names, what each means, and what other libraries call them.

One table, from which the checks of names, the configuration keys and the reference are made.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict

from ..errors import Problem
from .codes import make_problem
from .decision import Enforce
from .patterns import OriginRule

__all__ = ["POLICY_OPTIONS", "Option", "PolicyOptions", "unknown_option"]


class PolicyOptions(TypedDict, total=False):
    """
    The keyword arguments of a policy; `POLICY_OPTIONS` says what each means.
    """

    origins: OriginRule | Collection[OriginRule]
    methods: str | Collection[str] | None
    allow_headers: str | Collection[str]
    expose_headers: str | Collection[str]
    credentials: bool
    max_age: int | timedelta | None
    enforce: Enforce
    name: str | None
    dangerously_allow_insecure_origins: bool
    dangerously_allow_public_suffixes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """
    Describe one option.

    Attributes:
        default: What holds when it is not given.
        kind: How a value from the environment is read: list, switch, number, name, enforce, table,
            options.
        meaning: For the reference, one or two sentences.
        permitted: Examples of what may be written, as Python expressions.
        prohibited: Examples of what may not, as Python expressions.
    """

    default: object
    kind: str
    meaning: str
    permitted: tuple[str, ...] = ()
    prohibited: tuple[str, ...] = ()


POLICY_OPTIONS: dict[str, Option] = {
    "origins": Option(
        default=(),
        kind="list",
        meaning="Who may read the responses: origins, patterns, compiled regular expressions, "
        "callables, or '*' for everybody.",
        permitted=(
            "'https://app.example.com'",
            "['https://*.example.com', 'http://localhost:*']",
            "'capacitor://localhost'",
            "'*'",
        ),
        prohibited=("None", "'null'", "'example.com'", "'https://app.example.com/'", "'https://*'"),
    ),
    "methods": Option(
        default=None,
        kind="list",
        meaning="The methods that may be announced. None: exactly the methods the route has. "
        "'*': every method. GET, HEAD and POST need not be said.",
        permitted=("None", "['PUT', 'DELETE']", "'*'"),
        prohibited=("['*', 'PUT']", "['TRACE']", "['PUT ']"),
    ),
    "allow_headers": Option(
        default=(),
        kind="list",
        meaning="The request headers that script may set. '*': any, but Authorization has to be "
        "named beside it.",
        permitted=("['Authorization', 'Content-Type']", "'*'", "['*', 'Authorization']"),
        prohibited=("['Cookie']", "['X Foo']", "'Content-Type, X-Foo'"),
    ),
    "expose_headers": Option(
        default=(),
        kind="list",
        meaning="The response headers that script may read, besides the safelisted ones.",
        permitted=("['X-Total-Count']", "'*'"),
        prohibited=("['Set-Cookie']", "['Access-Control-Max-Age']"),
    ),
    "credentials": Option(
        default=False,
        kind="switch",
        meaning="Whether cookies, client certificates and HTTP authentication may come along.",
        permitted=("True", "False"),
        prohibited=("'true'", "1", "None"),
    ),
    "max_age": Option(
        default=600,
        kind="number",
        meaning="How many seconds a browser may remember a preflight's answer (or a timedelta). "
        "0: not at all. None: say nothing, and browsers take 5. Chromium keeps at most 7200, "
        "Firefox 86400, WebKit 600.",
        permitted=("600", "0", "None", "timedelta(hours=1)"),
        prohibited=("-1", "'600'", "1.5", "True"),
    ),
    "enforce": Option(
        default=False,
        kind="enforce",
        meaning="Whether the server refuses disallowed cross-origin requests with 403 before the "
        "view runs. 'report': signal what would have been refused.",
        permitted=("True", "False", "'report'"),
        prohibited=("'true'", "'yes'", "None"),
    ),
    "name": Option(
        default=None,
        kind="name",
        meaning="What decisions and logs call the policy.",
        permitted=("'partners'", "None"),
        prohibited=("''", "'my policy'"),
    ),
    "dangerously_allow_insecure_origins": Option(
        default=False,
        kind="switch",
        meaning="Accept plain http with credentials: anyone on the network can be that origin.",
        permitted=("True", "False"),
        prohibited=("'true'",),
    ),
    "dangerously_allow_public_suffixes": Option(
        default=False,
        kind="switch",
        meaning="Accept wildcards below names where strangers can register, with credentials.",
        permitted=("True", "False"),
        prohibited=("'true'",),
    ),
}

_FOREIGN = {
    "allow_credentials": "credentials",
    "allow_methods": "methods",
    "allow_origin": "origins",
    "allow_origin_regex": "origins",
    "allow_origins": "origins",
    "allowed_headers": "allow_headers",
    "allowed_methods": "methods",
    "allowed_origin_regexes": "origins",
    "allowed_origins": "origins",
    "credential": "credentials",
    "exposed_headers": "expose_headers",
    "header": "allow_headers",
    "headers": "allow_headers",
    "maxage": "max_age",
    "method": "methods",
    "origin": "origins",
    "origin_allow_all": "origins",
    "origin_regex_whitelist": "origins",
    "origin_whitelist": "origins",
    "preflight_max_age": "max_age",
    "resource": "resources",
    "support_credentials": "credentials",
    "supports_credential": "credentials",
    "supports_credentials": "credentials",
    "urls_regex": "resources",
}

_REMOVED = {
    "allow_private_network": "private network access is not granted by this extension",
    "always_send": "the header is sent where it belongs, always",
    "automatic_options": "preflights are always answered by the guard",
    "intercept_exceptions": "errors always carry the headers",
    "private_network": "private network access is not granted by this extension",
    "reflect": "an origin that nobody listed is never reflected; write origins='*' for public data",
    "send_wildcard": "'*' is sent if, and only if, origins='*'",
    "send_wildcards": "'*' is sent if, and only if, origins='*'",
    "vary": "Vary is sent wherever the answer depends on the origin",
    "vary_header": "Vary is sent wherever the answer depends on the origin",
}


def unknown_option(where: str, name: str, known: Iterable[str]) -> Problem:
    """
    Say what is wrong with a name that is no option, and which one was probably meant.

    Args:
        where: The place, ending in the name.
        name: The unknown name.
        known: The names that may stand there.
    """
    plain = _snake(name)
    names = tuple(known)
    if plain in _REMOVED:
        return make_problem(
            "CG603", where, name, f"is not an option: {_REMOVED[plain]}", "Remove it."
        )
    meant = _FOREIGN.get(plain, plain)
    if meant in names:
        return make_problem("CG602", where, name, "has another name here", f"Write {meant!r}.")
    near = difflib.get_close_matches(plain, (*names, *_FOREIGN), n=1, cutoff=0.7)
    guess = _FOREIGN.get(near[0], near[0]) if near else None
    fix = f"Write {guess!r}." if guess in names else f"Write one of: {', '.join(sorted(names))}."
    return make_problem("CG601", where, name, "is not an option", fix)


def _snake(name: str) -> str:
    """
    Bring `allowedHeaders`, `CORS_ALLOW_HEADERS` and `allow-headers` to one spelling.
    """
    text = name.replace("-", "_")
    if not text.isupper():
        text = "".join(f"_{c}" if c.isupper() else c for c in text)
    return text.lower().strip("_").removeprefix("cors_")

"""
The rules a policy is held against, option by option.

`read_options` runs over the options in the order in which they were written, so that the problems
come out in that order too.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from datetime import timedelta

from . import fields
from .checker import Checker
from .decision import Enforce
from .fields import is_token
from .options import POLICY_OPTIONS, unknown_option
from .origin_rules import check_origins

__all__ = ["check_enforce", "check_name", "read_options"]

_LONGEST_MAX_AGE = 86400
"""Firefox's cap; Chromium's is 7200, WebKit's 600 (each measured)."""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_MISSPELT = ("Authorization", "Content-Type", "X-CSRFToken", "X-CSRF-Token", "X-Requested-With")
_OVERRIDES = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})


def read_options(checker: Checker) -> dict[str, object]:
    """
    Read the options of a policy and fill in the defaults.

    Args:
        checker: Holds the options, and takes the problems.

    Returns:
        A value for every option of `POLICY_OPTIONS`.
    """
    values = {name: option.default for name, option in POLICY_OPTIONS.items()}
    for name, value in checker.options.items():
        if name in _READERS:
            values[name] = _READERS[name](name, value, checker)
        else:
            checker.problems.append(unknown_option(name, name, POLICY_OPTIONS))
    if "origins" not in checker.options:
        values["origins"] = check_origins("origins", (), checker)
    return values


def check_enforce(where: str, value: object, checker: Checker) -> Enforce:
    """
    Read `enforce`.
    """
    if isinstance(value, bool):
        return value
    if value == "report":
        return "report"
    why = "is neither True, False nor 'report'"
    checker.report("CG607", where, value, why, "Write True, or 'report' to try it first.")
    return True


def check_name(where: str, value: object, checker: Checker) -> str | None:
    """
    Read the name of a policy.
    """
    if value is None:
        return None
    if isinstance(value, str) and _NAME.fullmatch(value):
        return value
    why = "is not a name: letters, digits, dots, hyphens and underscores, 64 at most"
    checker.report("CG606", where, value, why, "Write a name like 'partners'.")
    return None


def _names(
    where: str, value: object, checker: Checker, check: Callable[[str, str, Checker], str | None]
) -> tuple[str, ...]:
    """
    Read a list of tokens, each by the given check.
    """
    kept: list[str] = []
    for place, entry in checker.elements(
        where, value, "['PUT']" if where == "methods" else "['X-A']"
    ):
        if isinstance(entry, str):
            name = check(place, entry, checker)
            kept += [name] if name is not None else []
        else:
            checker.report("CG605", place, entry, "is not a string", "Write it as a string.")
    return tuple(kept)


def _without_doubles(
    where: str, names: tuple[str, ...], code: str, checker: Checker, key: Callable[[str], str]
) -> tuple[str, ...]:
    seen: dict[str, str] = {}
    for name in names:
        if key(name) in seen:
            checker.report(code, where, name, "is listed twice", "Remove one of the two.")
        seen.setdefault(key(name), name)
    return tuple(seen.values())


def _check_star(
    where: str, names: Iterable[str], code: str, checker: Checker, beside: str = ""
) -> None:
    others = [name for name in names if name not in {"*", beside}]
    if others and "*" in names:
        why = "stands beside '*', which covers it"
        checker.report(code, where, others[0], why, "Write '*' alone, or the names alone.")


def _check_methods(where: str, value: object, checker: Checker) -> tuple[str, ...] | None:
    if value is None:
        return None
    methods = _names(where, value, checker, _check_method)
    _check_star(where, methods, "CG203", checker)
    return _without_doubles(where, methods, "CG205", checker, str)


def _check_method(place: str, method: str, checker: Checker) -> str | None:
    if not is_token(method):
        fix = "Write one method, like 'PUT'; several go into a list."
        checker.report("CG201", place, method, "is not a method: it is no token", fix)
        return None
    if fields.is_forbidden_method(method):
        why = "can never be sent by script"
        checker.report("CG202", place, method, why, "Remove it.")
        return None
    if method != method.upper():
        normal = fields.normalize_method(method)
        why = "is sent in upper case" if normal != method else "is sent as it stands, in lower case"
        checker.report("CG204", place, method, why, f"Write {method.upper()!r}.")
        return normal
    return method


def _check_allow_headers(where: str, value: object, checker: Checker) -> tuple[str, ...]:
    names = _names(where, value, checker, _check_request_header)
    plain = tuple("Authorization" if n.lower() == "authorization" else n for n in names)
    _check_star(where, plain, "CG304", checker, beside="Authorization")
    return _without_doubles(where, names, "CG305", checker, str.lower)


def _check_request_header(place: str, name: str, checker: Checker) -> str | None:
    if name == "*":
        return name
    lower, dashed = name.lower(), name.lower().replace("_", "-")
    if not is_token(name) or "*" in name:
        fix = "Write one header name, like 'Content-Type'; several go into a list."
        checker.report("CG301", place, name, "is not a header name", fix)
        return None
    if lower in fields.CORS_RESPONSE_HEADERS:
        why = "is a response header; script has no reason to send it"
        checker.report("CG303", place, name, why, "Remove it; the guard sends it where it belongs.")
        return None
    if fields.is_forbidden_request_header(dashed):
        why = (
            "can never be set by script" if lower == dashed else f"is taken for {dashed} by servers"
        )
        checker.report("CG302", place, name, why, "Remove it; it works without being allowed.")
        return None
    _warn_of_header(place, name, checker)
    return name


def _warn_of_header(place: str, name: str, checker: Checker) -> None:
    lower = name.lower()
    near = difflib.get_close_matches(lower, [n.lower() for n in _MISSPELT], n=1, cutoff=0.86)
    if "_" in name:
        why = "holds an underscore; some servers take it for the same name with a hyphen"
        checker.report("CG307", place, name, why, f"Write {name.replace('_', '-')!r}.")
    elif lower in _OVERRIDES:
        why = "lets script turn a POST into any method, past the list of methods"
        checker.report("CG308", place, name, why, "Remove it; send the real method.")
    elif near and near[0] != lower:
        meant = next(n for n in _MISSPELT if n.lower() == near[0])
        checker.report("CG306", place, name, f"is close to {meant}", f"Write {meant!r} if meant.")


def _check_expose_headers(where: str, value: object, checker: Checker) -> tuple[str, ...]:
    names = _names(where, value, checker, _check_response_header)
    _check_star(where, names, "CG405", checker)
    return _without_doubles(where, names, "CG406", checker, str.lower)


def _check_response_header(place: str, name: str, checker: Checker) -> str | None:
    lower = name.lower()
    if name == "*":
        if checker.credentials:
            why = "is read as a header called '*' when credentials are sent along"
            checker.report("CG404", place, name, why, "List the headers.")
        return name
    if not is_token(name) or "*" in name:
        fix = "Write one header name, like 'X-Total-Count'; several go into a list."
        checker.report("CG401", place, name, "is not a header name", fix)
        return None
    if lower in fields.FORBIDDEN_RESPONSE_HEADERS:
        checker.report("CG402", place, name, "is never shown to script", "Remove it.")
        return None
    if lower in fields.CORS_RESPONSE_HEADERS:
        why = "is for the browser, not for script"
        checker.report("CG403", place, name, why, "Remove it.")
        return None
    if lower in fields.SAFELISTED_RESPONSE_HEADERS:
        checker.report("CG407", place, name, "is shown to script anyway", "Remove it.")
    return name


def _check_max_age(where: str, value: object, checker: Checker) -> int | None:
    if value is None:
        return None
    seconds = int(value.total_seconds()) if isinstance(value, timedelta) else value
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        fix = "Write whole seconds, a timedelta, or None to say nothing."
        checker.report("CG501", where, value, "is no number of whole seconds", fix)
        return None
    if seconds < 0:
        fix = "Write 0 if browsers are not to remember preflights."
        checker.report("CG502", where, value, "is negative", fix)
        return None
    if seconds > _LONGEST_MAX_AGE:
        why = f"is longer than any browser remembers: {_LONGEST_MAX_AGE} seconds at most"
        checker.report("CG503", where, value, why, "Write 7200 (Chromium's limit) or less.")
    return seconds


def _check_switch(where: str, value: object, checker: Checker) -> bool:
    return checker.switch(where, value)


_READERS: dict[str, Callable[[str, object, Checker], object]] = {
    "origins": check_origins,
    "methods": _check_methods,
    "allow_headers": _check_allow_headers,
    "expose_headers": _check_expose_headers,
    "credentials": _check_switch,
    "max_age": _check_max_age,
    "enforce": check_enforce,
    "name": check_name,
    "dangerously_allow_insecure_origins": _check_switch,
    "dangerously_allow_public_suffixes": _check_switch,
}

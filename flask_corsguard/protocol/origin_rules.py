"""
The rules that `origins` is held against.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from typing import Any, cast

from .checker import Checker
from .diagnosis import diagnose, misspelt_label
from .origins import DEFAULT_PORTS, Origin, parse_origin
from .patterns import (
    EVERYBODY,
    OriginCheck,
    OriginIndex,
    OriginPattern,
    OriginRule,
    OriginStore,
    is_regex,
    is_store,
    parse_pattern,
)
from .public_suffix import anyone_may_register_below, is_sandbox, site_of

__all__ = ["check_origins"]

_EXTENSIONS = frozenset({"chrome-extension", "moz-extension", "safari-web-extension"})
_ANYBODY = ("evil.test", "203.0.113.7", "[2001:db8::7]")
_PATTERN_FIX = "Write patterns like 'https://*.example.com' instead; they need no care."


def check_origins(where: str, value: object, checker: Checker) -> tuple[OriginRule, ...]:
    """
    Read the rules for origins.

    Args:
        where: The place of the option.
        value: What stands there.
        checker: Where problems go.

    Returns:
        The rules that are sound, each once.
    """
    # One regular expression, store or callable is one value, as one string is.
    single = is_regex(value) or is_store(value) or callable(value)
    example = "['https://app.example.com']"
    entries = [(where, value)] if single else checker.elements(where, value, example)
    if not entries and not checker.errors:
        why = "allows nobody: no page of another origin can read anything"
        checker.report("CG137", where, value, why, "Write the origins, or remove the policy.")
    wildcards = OriginIndex(e for _, e in entries if isinstance(e, str) and "*" in e)
    rules: dict[object, OriginRule] = {}
    for place, entry in entries:
        if entry == EVERYBODY and len(entries) > 1:
            why = "stands among other origins, which it makes useless"
            checker.report("CG119", place, entry, why, "Write '*' alone, or leave it out.")
        rule = _check_one(place, entry, wildcards, checker)
        if rule is None:
            continue
        # A store or a callable need not be hashable.
        key = rule if isinstance(rule, str | re.Pattern) else id(rule)
        if key in rules:
            checker.report("CG135", place, entry, "is listed twice", "Remove one of the two.")
        rules[key] = rule
    return tuple(rules.values())


def _check_one(
    place: str, entry: object, wildcards: OriginIndex, checker: Checker
) -> OriginRule | None:
    if isinstance(entry, str):
        return _check_text(place, entry, wildcards, checker)
    if is_regex(entry):
        return _check_regex(place, entry, checker)
    if is_store(entry):
        return _check_store(place, entry, checker)
    if callable(entry) and not isinstance(entry, type):
        return _check_callable(place, cast("OriginCheck", entry), checker)
    why = "is neither a string, a compiled regular expression, a callable nor a store"
    checker.report("CG101", place, entry, why, "Write an origin like 'https://app.example.com'.")
    return None


def _check_text(place: str, text: str, wildcards: OriginIndex, checker: Checker) -> str | None:
    if text == EVERYBODY:
        if checker.credentials:
            why = "would hand every user's data to every site, if browsers let it"
            fix = "List the origins, or drop credentials."
            checker.report("CG130", place, text, why, fix)
        return text
    pattern = parse_pattern(text)
    if pattern is None:
        finding = diagnose(text)
        shown = re.sub(r"//[^/]*@", "//***@", text)
        checker.report(finding.code, place, shown, finding.why, finding.fix)
        return None
    label = misspelt_label(pattern.origin.host)
    if label is not None:
        why = f"holds {label!r}, which begins like punycode and is none"
        checker.report(
            "CG118", place, text, why, "Write the host as the browser's address bar does."
        )
    _check_pattern(place, pattern, checker)
    if wildcards.has_patterns:
        _check_coverage(place, pattern, wildcards, checker)
    return text


def _check_pattern(place: str, pattern: OriginPattern, checker: Checker) -> None:
    origin, text = pattern.origin, pattern.text
    if origin.host.endswith(".") and origin.has_domain:
        why = "ends in a dot, which makes it another origin than the one without"
        checker.report("CG134", place, text, why, "Remove the dot, unless pages are served there.")
    if not checker.credentials:
        return
    if origin.scheme == "http" and not origin.is_loopback:
        _report_insecure(place, text, "lets whoever sits on the network be that origin", checker)
    if pattern.subdomains and not origin.is_loopback:
        _check_suffix(place, pattern, checker)
    if is_sandbox(origin.host) and origin.has_domain:
        why = "runs anyone's script, with your users' credentials"
        checker.report("CG133", place, text, why, "Allow it without credentials, or not at all.")
    if pattern.any_host and origin.scheme in _EXTENSIONS:
        why = "lets every extension act with your users' credentials"
        checker.report("CG138", place, text, why, "Write the identifiers of your own extensions.")


def _report_insecure(place: str, value: object, why: str, checker: Checker) -> None:
    if checker.options.get("dangerously_allow_insecure_origins") is True:
        return
    fix = "Write https, or set dangerously_allow_insecure_origins=True if you must."
    checker.report("CG131", place, value, why, fix)


def _check_suffix(place: str, pattern: OriginPattern, checker: Checker) -> None:
    if checker.options.get("dangerously_allow_public_suffixes") is True:
        return
    host = pattern.origin.host
    if anyone_may_register_below(host):
        why = f"covers names that anyone can register below {host!r}"
        fix = "Write your own names, or set dangerously_allow_public_suffixes=True if you must."
        checker.report("CG132", place, pattern.text, why, fix)


def _check_store(place: str, store: OriginStore, checker: Checker) -> OriginStore | None:
    if _check_callable(f"{place}.allows", store.allows, checker) is None:
        return None
    return store


def _check_callable(place: str, check: OriginCheck, checker: Checker) -> OriginCheck | None:
    called = getattr(check, "__call__", None)  # noqa: B004 - what would run, not whether it can
    if inspect.iscoroutinefunction(check) or inspect.iscoroutinefunction(called):
        why = "is a coroutine function; what it returns is never True"
        checker.report("CG145", place, check, why, "Write a plain function (origin, head) -> bool.")
        return None
    return check


def _check_regex(place: str, pattern: re.Pattern[Any], checker: Checker) -> re.Pattern[str] | None:
    text = pattern.pattern
    if not isinstance(text, str):
        checker.report("CG144", place, text, "is made of bytes", "Compile it from a str.")
        return None
    from . import regexes  # noqa: PLC0415 - most configurations need none

    verdict = regexes.complexity(pattern)
    if verdict is regexes.Complexity.EXPONENTIAL:
        why = "can take exponential time: a repeat inside a repeat matches one text in many ways"
        checker.report("CG140", place, text, why, _PATTERN_FIX)
        return None
    if verdict is regexes.Complexity.UNKNOWN:
        why = "is too large, or refers back to what it matched, so its cost cannot be judged"
        checker.report("CG142", place, text, why, _PATTERN_FIX)
        return None
    if verdict is regexes.Complexity.POLYNOMIAL:
        why = "has repeats that can share one text in many ways, which costs time on long origins"
        checker.report("CG141", place, text, why, _PATTERN_FIX)
    _try_hostile_variants(place, pattern, checker)
    return pattern


def _try_hostile_variants(place: str, regex: re.Pattern[str], checker: Checker) -> None:
    """
    Try a regular expression against strangers that look like what it allows.
    """
    from . import regexes  # noqa: PLC0415 - see above

    friends = [origin for origin in map(parse_origin, regexes.samples(regex)) if origin is not None]
    if not friends and regex.fullmatch("https://evil.test") is None:
        why = "matches no origin that a browser would send"
        checker.report("CG146", place, regex.pattern, why, "Match the whole origin, with scheme.")
        return
    sites = {site_of(friend.host) for friend in friends if friend.has_domain}
    for impostor in _strangers(friends):
        parsed = parse_origin(impostor)
        foreign = parsed is not None and site_of(parsed.host) not in sites
        if foreign and regex.fullmatch(impostor):
            why = f"also matches {impostor!r}, which anyone may own"
            checker.report("CG143", place, regex.pattern, why, f"Escape its dots. {_PATTERN_FIX}")
            return
    plain = next((f for f in friends if f.scheme == "http" and not f.is_loopback), None)
    if plain is not None and checker.credentials:
        _report_insecure(place, regex.pattern, f"matches '{plain}', which is plain http", checker)


def _strangers(friends: list[Origin]) -> list[str]:
    """
    Give origins of strangers that look like friends: their hosts altered, scheme and port kept.
    """
    web = [friend for friend in friends if friend.scheme in DEFAULT_PORTS]
    doors = {Origin("https", ""), *(replace(friend, host="") for friend in web)}
    altered = {host for friend in friends for host in _impostors(friend.host)}
    hosts = sorted({*_ANYBODY, *altered}, key=lambda host: (len(host), host))
    return [str(replace(door, host=host)) for host in hosts for door in sorted(doors, key=str)]


def _impostors(host: str) -> list[str]:
    """
    Give hosts that a careless expression takes for a given one.
    """
    dots = [i for i, character in enumerate(host) if character == "."]
    glued = [f"{host[:i]}x{host[i + 1 :]}" for i in dots]
    labels = host.split(".")
    swapped = [".".join((*labels[:i], "evil", *labels[i + 1 :])) for i in range(len(labels))]
    start = len(host) - len(site_of(host))
    renamed = [f"{host[:i]}{c}{host[i + 1 :]}" for i in range(start, len(host)) for c in "bq7"]
    around = [f"{host}.evil.test", f"evil{host}", f"evil-{host}", f"{host}evil"]
    return [*around, *glued, *swapped, *renamed]


def _check_coverage(
    place: str, pattern: OriginPattern, wildcards: OriginIndex, checker: Checker
) -> None:
    if pattern.any_host or pattern.any_port:
        return
    probe: Origin | None = pattern.origin
    if pattern.subdomains:
        probe = parse_origin(str(pattern.origin).replace("://", "://x."))
    if probe is not None and wildcards.covers(probe, besides=pattern.text):
        why = "is covered by a wildcard that stands beside it"
        checker.report("CG136", place, pattern.text, why, "Remove one of the two.")

"""
What browsers print when they block, read backwards: from the sentence to the cause.

The words stand in one place, `testing.console`, which writes them. Here every sentence is written
once about made-up things, and where these turn up there is a gap to be filled: so a sentence that
can be written can be read, and new words of a browser are a change in that one place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import product

from ..testing.console import Scene, console
from ..testing.engines import Engine
from ..testing.faults import Check, Fault
from ..testing.headers import Headers
from ..testing.message import Exchange, Request, Response
from ..testing.urls import URL

__all__ = ["Reading", "read_sentence"]

_FIRST = "https://first.gap/a"
_LAST = "https://last.gap/b"
_NEXT = "https://next.gap/c"
_PAGE = "https://page.gap"
_VALUE, _SUBJECT, _METHODS, _HEADERS = "VALUEGAP", "Subjectgap", "METHODSGAP", "HEADERSGAP"
_GOOD, _BAD = 299, 499
_LINK = r"[^\s'’\"]+?"

# A made-up thing as it stands in a sentence, and what may stand there in its place.
_GAPS = (
    (rf"{_NEXT}", "location", r"\S+"),
    (rf"{_FIRST}", "first", _LINK),
    (rf"{_LAST}", "url", _LINK),
    (_PAGE, "origin", _LINK),
    (_VALUE, "value", ".*?"),
    (_SUBJECT, "subject", r"[^\s’']+?"),
    (_SUBJECT.lower(), "subject", r"[^\s’']+?"),
    (_METHODS, "value", ".+"),
    (_HEADERS, "value", ".+"),
    (str(_GOOD), "status", r"[\d\w%\\$<>]+"),
    (str(_BAD), "status", r"[\d\w%\\$<>]+"),
)
_WORDS = (
    # `fetch()` is not the only one who asks.
    ("Access to fetch at", r"Access to (?P<initiator>[\w ]+?) at"),
    ("Fetch API cannot load", r"(?P<initiator>Fetch API|XMLHttpRequest|EventSource) cannot load"),
    (" Have the server send the header with a valid value.", "(?: Have the server send .*)?"),
    ("(null)", r"\(?[\w%$]+\)?"),
    ("‘", "[‘']"),
    ("’", "[’']"),
)
_REDIRECTED = re.compile(r"^(Cross\\-origin\\ redirection.*?policy:\\ )")
"""What Safari says before the rest where a redirect is at fault."""

_GENERAL = 4
"""A sentence that so many causes share says nothing about the cause."""

_OTHERS = (
    (
        Engine.CHROMIUM,
        "local-network",
        (
            rf"Access to (?P<initiator>[\w ]+?) at '(?P<url>{_LINK})' from origin "
            rf"'(?P<origin>{_LINK})' has been blocked by CORS policy: .*address space.*"
        ),
    ),
    (
        Engine.FIREFOX,
        "authorization-wildcard",
        (
            rf"Cross-Origin Request Warning: .* remote resource at (?P<url>{_LINK}) soon\. "
            ".*Authorization.*"
        ),
    ),
    (
        Engine.SAFARI,
        "unspecified",
        rf"Cannot load (?P<initiator>\w+) (?P<url>{_LINK}) due to access control checks\.?",
    ),
    (
        Engine.SAFARI,
        "unspecified",
        r"Cross-origin (?P<initiator>\w+) load denied by Cross-Origin Resource Sharing policy\.?",
    ),
)
"""Sentences about what is no `fetch()`, or no CORS; nobody writes them here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """
    Say what a browser's sentence says.

    Attributes:
        engine: Whose sentence it is.
        cause: A `Check`, or what else it is about; `unspecified` for a sentence that only says
            that something was blocked.
        checks: All checks of which it may speak.
        preflight: Whether it is about the answer to a preflight; None if it does not say.
        origin: The page's origin; empty where it does not say.
        url: The URL; empty where it does not say.
        first_url: What script asked for, where `url` is where a redirect has led.
        value: What the server sent that was wrong.
        subject: The method or header that was not allowed.
        status: The status, as digits; empty where it does not say.
        sentence: The sentence.
    """

    engine: Engine
    cause: str
    checks: tuple[Check, ...] = ()
    preflight: bool | None = None
    origin: str = ""
    url: str = ""
    first_url: str = ""
    value: str = ""
    subject: str = ""
    status: str = ""
    sentence: str = ""

    @property
    def is_specific(self) -> bool:
        """
        Tell whether it says why.
        """
        return self.cause != "unspecified"


@dataclass(frozen=True, slots=True)
class _Pattern:
    engine: Engine
    regex: re.Pattern[str]
    checks: tuple[Check, ...]
    preflight: bool | None
    cause: str


def read_sentence(text: str) -> Reading | None:
    """
    Read what somebody has copied from a browser's console.

    Args:
        text: One sentence or several, with whatever stands around them.

    Returns:
        The reading of the one that says most, with what the others add; None if none is known.
    """
    lines = [" ".join(line.split()) for line in text.splitlines()]
    whole = " ".join(text.split())
    found = [each for line in dict.fromkeys([*lines, whole]) for each in _readings(line)]
    if not found:
        return None
    best = max(found, key=_telling)
    for other in found:
        if other.engine is best.engine:
            best = replace(best, **{n: getattr(best, n) or getattr(other, n) for n in _ADDED})
    return best


_ADDED = ("origin", "url", "first_url", "status")


def _telling(reading: Reading) -> tuple[bool, int, int]:
    return reading.is_specific, -len(reading.checks), len(reading.sentence)


def _readings(line: str) -> Iterator[Reading]:
    for pattern in _patterns():
        match = pattern.regex.search(line)
        if match is not None:
            said = {name: value or "" for name, value in match.groupdict().items()}
            said.pop("initiator", None)
            first, location = said.pop("first", ""), said.pop("location", "")
            cause = pattern.cause
            if Check.PREFLIGHT_STATUS in pattern.checks and not _is_moved(said.get("status", "3")):
                cause = str(Check.PREFLIGHT_STATUS)
            said |= {"first_url": first, "url": said.get("url") or first or location}
            yield Reading(
                engine=pattern.engine,
                cause=cause,
                checks=pattern.checks,
                preflight=pattern.preflight,
                sentence=match.group(),
                **said,
            )


def _is_moved(status: str) -> bool:
    return status.startswith("3")


@cache
def _patterns() -> tuple[_Pattern, ...]:
    """
    Turn every sentence that can be written into a pattern.
    """
    causes: dict[tuple[Engine, str], list[tuple[Check, bool]]] = {}
    for engine, scene in product(Engine, _scenes()):
        for line in console(engine, scene):
            said = causes.setdefault((engine, _regex(line)), [])
            said.append((scene.fault.check, scene.fault.preflight))
    patterns = [_pattern(engine, regex, said) for (engine, regex), said in causes.items()]
    others = [_Pattern(e, re.compile(text), (), None, cause) for e, cause, text in _OTHERS]
    return (*patterns, *others)


def _pattern(engine: Engine, regex: str, said: list[tuple[Check, bool]]) -> _Pattern:
    checks = tuple(dict.fromkeys(check for check, _ in said))
    where = {preflight for _, preflight in said}
    cause = "unspecified" if len(checks) > _GENERAL else str(checks[0])
    preflight = where.pop() if len(where) == 1 else None
    return _Pattern(engine, re.compile(regex), checks, preflight, cause)


def _scenes() -> Iterator[Scene]:
    """
    Make up everything that can go wrong, in every way that changes the words.
    """
    first, last, onward = URL.parse(_FIRST), URL.parse(_LAST), URL.parse(_NEXT)
    ways = product(Check, (False, True), (_GOOD, _BAD), ((last,), (first, last)))
    for check, preflight, status, urls in ways:
        # The other checks are about answers that are fine but for their headers.
        if status == _BAD and check not in {Check.PREFLIGHT_STATUS, Check.PREFLIGHT_REDIRECT}:
            continue
        for location, twice, value in product((None, onward), (False, True), ("", ",")):
            yield Scene(
                fault=Fault(
                    check=check, value=_VALUE + value, subject=_SUBJECT, preflight=preflight
                ),
                origin=_PAGE,
                sent_origin=_PAGE,
                urls=urls,
                exchange=_exchange(last, status, twice=twice),
                location=location,
            )
    for target in ("ftp://a/", "data:,"):
        yield Scene(
            fault=Fault(check=Check.REDIRECT_SCHEME),
            origin=_PAGE,
            sent_origin=_PAGE,
            urls=(last,),
            location=URL.parse(target),
        )


def _exchange(url: URL, status: int, *, twice: bool) -> Exchange:
    lines = [
        ("Access-Control-Allow-Methods", _METHODS),
        ("Access-Control-Allow-Headers", _HEADERS),
        *[("Access-Control-Allow-Origin", _PAGE)] * (2 if twice else 1),
    ]
    request = Request(method="GET", url=url, headers=Headers())
    return Exchange(request=request, response=Response(status=status, headers=Headers(lines)))


def _regex(line: str) -> str:
    """
    Turn a sentence about made-up things into a pattern.
    """
    plain = line.replace(f"{_VALUE},", _VALUE)
    text = re.escape(plain)
    for word, pattern in _WORDS:
        text = text.replace(re.escape(word), pattern, 1 if "initiator" in pattern else -1)
    seen: set[str] = set()
    for gap, name, pattern in _GAPS:
        for form in (re.escape(gap), re.escape(gap).replace(r"\/", "/")):
            while form in text:
                group = f"(?:{pattern})" if name in seen else f"(?P<{name}>{pattern})"
                seen.add(name)
                text = text.replace(form, group, 1)
    text = _REDIRECTED.sub(lambda match: f"(?:{match[1]})?", text)
    # A full stop may stand in a URL, too.
    return f"{text}(?![\\w/])" if text.endswith(r"\.") else text

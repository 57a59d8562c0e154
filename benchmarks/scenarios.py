"""
`SCENARIOS`: what is asked of whom, as data.

A scenario is a set-up (what the application is configured with) and a stream of requests. The
requests of a stream differ as those of a server do: other origins of the list, other numbers in
the URL. Where a scenario repeats itself, its name says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["GROUPS", "SCENARIOS", "Expected", "Request", "Scenario", "Setup", "Shape"]

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
ALLOW_HEADERS = ("Authorization", "Content-Type", "X-Request-Id")
EXPOSE_HEADERS = ("X-Total-Count",)
MAX_AGE = 600
BODY = b"an item\n"
FRIENDLY = b"authorization,content-type"

_GOLDEN = 0.6180339887498949

# What Chromium sends beside what a scenario is about.
_USUAL = (
    (b"HOST", b"api.example.com"),
    (b"CONNECTION", b"keep-alive"),
    (b"USER_AGENT", b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0"),
    (b"ACCEPT", b"*/*"),
    (b"ACCEPT_ENCODING", b"gzip, deflate, br, zstd"),
    (b"ACCEPT_LANGUAGE", b"en-GB,en;q=0.9"),
    (b"REFERER", b"https://app.example.com/"),
    (b"SEC_FETCH_DEST", b"empty"),
    (b"SEC_FETCH_MODE", b"cors"),
    (b"SEC_FETCH_SITE", b"cross-site"),
)


class Shape(StrEnum):
    """
    Name what a set-up has many of.
    """

    ORIGINS = "origins"
    PATTERNS = "patterns"
    PATHS = "paths"


class Expected(StrEnum):
    """
    Name what the right answer to a request is.
    """

    NOT_CORS = "not CORS"
    ALLOWED = "allowed"
    REJECTED = "rejected"
    PREFLIGHT_ALLOWED = "preflight allowed"
    PREFLIGHT_REJECTED = "preflight rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """
    Say what an application is configured with.

    Attributes:
        shape: What there are many of.
        size: How many of them.
        listened: Whether somebody listens to the guard's signals.
    """

    shape: Shape = Shape.ORIGINS
    size: int = 10
    listened: bool = False

    @property
    def origins(self) -> list[str]:
        """
        List the exact origins; every path rule allows the same ten.
        """
        return [origin(i) for i in range(self.size if self.shape is Shape.ORIGINS else 10)]

    @property
    def suffixes(self) -> list[str]:
        """
        List the names below which every name is allowed.
        """
        return [suffix(i) for i in range(self.size)]

    @property
    def areas(self) -> list[str]:
        """
        List the paths that have rules of their own.
        """
        return [area(i) for i in range(self.size)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    Hold a request as it comes from a socket: bytes.

    Attributes:
        method: The method.
        path: The path.
        headers: Names in the spelling of CGI (`USER_AGENT`), and values.
        origin: The `Origin` among the headers, empty if there is none.
        asked: The `Access-Control-Request-Headers` among them.
    """

    method: bytes
    path: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    origin: bytes = b""
    asked: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """
    Hold one column of the results.

    Attributes:
        name: How it is asked for: `group/what`.
        title: What it is, for people.
        make: Gives the request with a number; equal numbers give equal requests.
        expected: The right answer.
        setup: The configuration.
    """

    name: str
    title: str
    make: Callable[[Setup, int], Request]
    expected: Expected
    setup: Setup = field(default_factory=Setup)

    @property
    def group(self) -> str:
        """
        Give the group: all scenarios of one are timed in the same rounds.
        """
        return self.name.partition("/")[0]

    def request(self, number: int) -> Request:
        """
        Give the request with a number.
        """
        return self.make(self.setup, number)


def origin(number: int) -> str:
    """
    Give the allowed origin with a number.
    """
    return f"https://tenant-{number:06}.example.com"


def suffix(number: int) -> str:
    """
    Give the name with a number below which every name is allowed.
    """
    return f"tenant-{number:06}.example.com"


def area(number: int) -> str:
    """
    Give the path with a number that has a rule of its own.
    """
    return f"/api/area-{number:06}"


def _pick(size: int, number: int) -> int:
    # Evenly over the list, near its middle on the average however few are picked.
    return int(((number + 0.5) * _GOLDEN + 0.5) % 1.0 * size)


def _request(
    method: bytes, path: str, *more: tuple[bytes, bytes], origin: str = "", asked: bytes = b""
) -> Request:
    headers = [*_USUAL, *more]
    if origin:
        headers.insert(6, (b"ORIGIN", origin.encode()))
    if asked:
        headers.append((b"ACCESS_CONTROL_REQUEST_HEADERS", asked))
    return Request(
        method=method,
        path=path.encode(),
        headers=tuple(headers),
        origin=origin.encode(),
        asked=asked,
    )


def _item(number: int) -> str:
    return f"/api/items/{number}"


def _plain(_: Setup, number: int) -> Request:
    return _request(b"GET", _item(number))


def _allowed(setup: Setup, number: int) -> Request:
    return _request(b"GET", _item(number), origin=origin(_pick(setup.size, number)))


def _rejected(_: Setup, number: int) -> Request:
    return _request(b"GET", _item(number), origin=f"https://stranger-{number:06}.example.org")


def _below(setup: Setup, number: int) -> Request:
    below = suffix(_pick(setup.size, number))
    return _request(b"GET", _item(number), origin=f"https://app.{below}")


def _below_none(_: Setup, number: int) -> Request:
    return _request(b"GET", _item(number), origin=f"https://app.stranger-{number:06}.example.org")


def _in_area(setup: Setup, number: int) -> Request:
    path = f"{area(_pick(setup.size, number))}/items/{number}"
    return _request(b"GET", path, origin=origin(number % 10))


def _preflight(
    *,
    method: bytes = b"PUT",
    asked: bytes = FRIENDLY,
    stranger: bool = False,
    repeated: bool = False,
) -> Callable[[Setup, int], Request]:
    def make(setup: Setup, number: int) -> Request:
        named = origin(_pick(setup.size, number))
        who = f"https://stranger-{number:06}.example.org" if stranger else named
        more = (b"ACCESS_CONTROL_REQUEST_METHOD", method)
        path = _item(7 if repeated else number)
        return _request(b"OPTIONS", path, more, origin=who, asked=asked)

    return make


def _names(length: int) -> bytes:
    # As many short names as fit: the most expensive list of its length.
    return b",".join(f"x-{i:04x}".encode() for i in range(length))[:length].rstrip(b",")


def _names_at_the_bounds() -> bytes:
    """
    Make the longest list that a guard reads to its end: 4 KiB, 128 names, 16 empty elements.
    """
    empty = b"," * 16
    room = 4096 - len(empty) - 127
    names = [f"x-{i:03}-".encode() + b"a" * (room // 128 - 6) for i in range(128)]
    return b",".join(sorted(names)) + empty


def _grow(
    group: str, what: str, shape: Shape, make: Callable[[Setup, int], Request], expected: Expected
) -> list[Scenario]:
    sizes = {Shape.ORIGINS: (1, 10, 1000, 100_000), Shape.PATTERNS: (1, 100, 1000)}
    return [
        Scenario(
            name=f"{group}/{size}",
            title=f"{what}, {_count(size, shape)}",
            make=make,
            expected=expected,
            setup=Setup(shape=shape, size=size),
        )
        for size in sizes.get(shape, (1, 10, 100, 1000))
    ]


def _count(size: int, shape: Shape) -> str:
    words = {Shape.ORIGINS: "origin", Shape.PATTERNS: "pattern", Shape.PATHS: "path rule"}
    return f"{size:,} {words[shape]}{'' if size == 1 else 's'}".replace(",", " ")


def _preflights() -> list[Scenario]:
    rejected, allowed = Expected.PREFLIGHT_REJECTED, Expected.PREFLIGHT_ALLOWED
    asked = {
        "repeated": ("of a URL seen before", _preflight(repeated=True), allowed),
        "new-url": ("of a URL never seen before", _preflight(), allowed),
        "stranger": ("rejected by origin", _preflight(stranger=True), rejected),
        "method": ("rejected by method", _preflight(method=b"PATCH"), rejected),
        "header": ("rejected by header", _preflight(asked=b"x-unlisted"), rejected),
    }
    return [
        Scenario(name=f"preflight/{name}", title=f"preflight, {title}", make=make, expected=right)
        for name, (title, make, right) in asked.items()
    ]


def _hostile() -> list[Scenario]:
    rejected = Expected.PREFLIGHT_REJECTED
    asked = {
        "friendly": ("two names", FRIENDLY, Expected.PREFLIGHT_ALLOWED),
        "bounds": ("4 KiB, 128 names, 16 empty", _names_at_the_bounds(), rejected),
        "8k": ("8 KiB of names", _names(8 * 1024), rejected),
        "64k": ("64 KiB of names", _names(64 * 1024), rejected),
    }
    return [
        Scenario(
            name=f"hostile/{name}",
            title=f"preflight of a new URL, asking for {title}",
            make=_preflight(asked=names),
            expected=right,
        )
        for name, (title, names, right) in asked.items()
    ]


def _signals() -> list[Scenario]:
    streams = {"allowed": (_allowed, Expected.ALLOWED), "rejected": (_rejected, Expected.REJECTED)}
    return [
        Scenario(
            name=f"signals/{name}-{'receiver' if listened else 'nobody'}",
            title=f"{name}, {'a receiver connected' if listened else 'no receiver'}",
            make=make,
            expected=right,
            setup=Setup(listened=listened),
        )
        for name, (make, right) in streams.items()
        for listened in (False, True)
    ]


SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in [
        Scenario(name="no-origin/10", title="no Origin", make=_plain, expected=Expected.NOT_CORS),
        *_grow("allowed", "allowed", Shape.ORIGINS, _allowed, Expected.ALLOWED),
        *_grow("rejected", "rejected", Shape.ORIGINS, _rejected, Expected.REJECTED),
        *_grow("patterns", "allowed", Shape.PATTERNS, _below, Expected.ALLOWED),
        *_grow("no-pattern", "rejected", Shape.PATTERNS, _below_none, Expected.REJECTED),
        *_grow("paths", "allowed", Shape.PATHS, _in_area, Expected.ALLOWED),
        *_preflights(),
        *_hostile(),
        *_signals(),
    ]
}

GROUPS: tuple[str, ...] = tuple(dict.fromkeys(s.group for s in SCENARIOS.values()))

"""
Header lines as long and as many as servers take, and longer and more.
"""

from __future__ import annotations

import pytest

from .agreed import ALLOWED, STRANGER
from .hostile import ask_raw, check_logs, granted, write
from .launch import Server
from .message import Reply

ORIGIN = b"Origin: " + ALLOWED.encode()
EVIL = b"Origin: " + STRANGER.encode()
ASKING = b"Access-Control-Request-Method: PUT"
SIZES = [7 << 10, 8 << 10, 64 << 10]
"""What all servers but uWSGI take, what gunicorn no longer takes, what few take; in bytes."""

MOST_ECHOED = 4 << 10
"""The longest list of names that is looked at, in bytes."""

USUAL = 1 << 10
"""More than the headers of any answer take, in bytes."""


def header_bytes(reply: Reply) -> int:
    return sum(len(name) + len(value) for name, value in reply.headers)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "value",
    [
        b"https://%b.example",
        b"https://app.example%b",
        b"%bhttps://app.example",
        b"https://app.example:%b",
    ],
)
def test_an_endless_origin_is_not_granted(server: Server, size: int, value: bytes) -> None:
    for filling in (b"a", b" a", b",", b"0", b"\xff"):
        line = b"Origin: " + value % (filling * (size // len(filling)))
        assert granted(ask_raw(server, write(line))) == []
    check_logs(server)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("target", [b"/listed/item", b"/spelled/item"])
def test_endless_requested_headers_are_not_echoed(server: Server, size: int, target: bytes) -> None:
    for filling in (b"x-a,", b",", b"a", b"\xff"):
        names = b"Access-Control-Request-Headers: " + filling * (size // len(filling))
        for reply in ask_raw(
            server, write(ORIGIN, ASKING, names, method=b"OPTIONS", target=target)
        ):
            assert header_bytes(reply) < USUAL
    check_logs(server)


@pytest.mark.parametrize("size", SIZES)
def test_an_endless_requested_method_is_not_echoed(server: Server, size: int) -> None:
    line = b"Access-Control-Request-Method: " + b"A" * size
    data = write(ORIGIN, line, method=b"OPTIONS", target=b"/spelled/item")
    for reply in ask_raw(server, data):
        assert header_bytes(reply) < USUAL
    check_logs(server)


@pytest.mark.parametrize("size", SIZES)
def test_an_endless_path_grants_a_stranger_nothing(server: Server, size: int) -> None:
    for filling in (b"a", b"/", b"/a", b"%00", b"../"):
        target = b"/listed/" + filling * (size // len(filling))
        assert granted(ask_raw(server, write(EVIL, target=target))) == []
    check_logs(server)


@pytest.mark.parametrize("count", [90, 200, 2000])
def test_very_many_header_lines_grant_a_stranger_nothing(server: Server, count: int) -> None:
    lines = [b"X-%d: a" % number for number in range(count)]
    for data in (write(*lines, EVIL), write(EVIL, *lines), write(*[EVIL] * count)):
        assert granted(ask_raw(server, data)) == []
    check_logs(server)


@pytest.mark.parametrize("size", SIZES)
def test_an_endless_header_of_another_name_grants_a_stranger_nothing(
    server: Server, size: int
) -> None:
    for name in (b"X-Long", b"Cookie", b"Sec-Fetch-Site", b"Upgrade", b"Referer"):
        long = name + b": " + b"a" * size
        assert granted(ask_raw(server, write(EVIL, long))) == []
        assert granted(ask_raw(server, write(long, EVIL))) == []
    check_logs(server)


def test_requested_headers_split_over_many_lines_are_bounded(server: Server) -> None:
    lines = [b"Access-Control-Request-Headers: x-%d" % number for number in range(80)]
    for repeated in (1, 2):
        data = write(ORIGIN, ASKING, *lines * repeated, method=b"OPTIONS", target=b"/spelled/item")
        for reply in ask_raw(server, data):
            assert header_bytes(reply) < USUAL + MOST_ECHOED
    check_logs(server)

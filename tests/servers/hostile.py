"""
What hostile requests are made of, and what must hold whatever a server makes of them.

A server may refuse such a request, hang up, or hand it to the application; servers differ, and
some repair what they get. What must hold is about the answer and the logs, not about the server.
"""

from __future__ import annotations

import re

from .client import exchange
from .launch import Server
from .message import Reply, read_replies

__all__ = [
    "BYTES",
    "CANARY",
    "INJECTED",
    "LINE_ENDS",
    "SPACES",
    "ask_raw",
    "check_logs",
    "granted",
    "listed",
    "write",
]

CANARY = b"canary"
INJECTED = b"X-Injected: canary"

LINE_ENDS = (b"\r", b"\n", b"\r\n")
"""What servers take for the end of a header line, the first two against the standard."""

SPACES = (b"\t", b"\x0b", b"\x0c")
"""What servers trim at the ends of a value, the last two against the standard."""

BYTES = (
    *LINE_ENDS,
    *SPACES,
    b"\0",
    b"\x08",
    b"\x1b",
    b"\x1c",
    b"\x7f",
    b"\x80",
    b"\x85",  # a line end to str.splitlines
    b"\xa0",  # a space to str.strip
    b"\xff",
    "ä".encode(),
    "\u2028".encode(),
)
"""Nothing of this is in what a browser sends."""

_PRINTABLE = re.compile(rb"(DEBUG|INFO|WARNING|ERROR) [\x20-\x7e]*")
_LONGEST_LINE = 1000
_CANARY_CUT = re.compile(rb"canary[\x00-\x1f\x7f]+canary")


def write(
    *lines: bytes,
    method: bytes = b"GET",
    target: bytes = b"/listed/item",
    host: bytes = b"api.example",
) -> bytes:
    """
    Write a request, byte by byte, after which the server hangs up.
    """
    first = method + b" " + target + b" HTTP/1.1"
    return b"\r\n".join([first, b"Host: " + host, *lines, b"Connection: close", b"", b""])


def ask_raw(server: Server, data: bytes) -> list[Reply]:
    """
    Send bytes, and look at what comes back: no crash, nothing injected.
    """
    replies = read_replies(exchange(server.port, data))
    shown = f"{server.name} answers {replies} to {data[:200]!r}"
    # What stands behind an early end of the headers is no request to any server.
    assert all(reply.status == 400 for reply in replies[1:]), shown
    for reply in replies:
        assert reply.status < 500, shown
        assert not reply.values("X-Injected"), shown
        assert not reply.values("Set-Cookie"), shown
        assert len(reply.cors) <= 6, shown
        if reply.values("X-Handler-Called") and not reply.cors:
            assert "Origin" in reply.vary, shown
    return replies


def granted(replies: list[Reply]) -> list[str]:
    """
    Give the origins that may read.
    """
    return [origin for reply in replies for origin in reply.values("Access-Control-Allow-Origin")]


def listed(replies: list[Reply], name: str) -> set[str]:
    """
    Give the elements of a list field, in all answers.
    """
    values = [value for reply in replies for value in reply.values(name)]
    return {element.strip() for value in values for element in value.split(",")}


def check_logs(server: Server) -> list[bytes]:
    """
    See that nothing raised, and that no client wrote into a log what it liked.

    Returns:
        What the guard has logged since the last time.
    """
    lines = server.logged()
    for line in lines:
        assert _PRINTABLE.fullmatch(line), line
        assert len(line) <= _LONGEST_LINE, line
    output = server.log.read_bytes()
    assert b"Traceback" not in output
    assert not _CANARY_CUT.search(output)
    return lines

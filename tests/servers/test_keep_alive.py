"""
Many requests over one connection: each gets its own answer, and each answer ends where it says.

A preflight is answered and a request is refused without anybody reading its body. What stays on the
connection must never be taken for the next request.
"""

from __future__ import annotations

import pytest

from .agreed import ALLOWED, OTHER, STRANGER
from .client import Client, Connection
from .launch import Server
from .message import HeaderLines, Reply, request_bytes

ASKING = (("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "x-a"))
FRESH = ("If-None-Match", '"v1"')
SHARED = {"Allow-Origin": ALLOWED, "Allow-Credentials": "true"}
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
DOORS = {
    "extension": ("/listed", "/enforced", f"{METHODS}, OPTIONS, CHICKEN, QUERY"),
    "fast path": ("/fast", "/fast-enforced", f"{METHODS}, OPTIONS, CHICKEN, QUERY"),
    "middleware": ("/wrapped", "/wrapped-enforced", METHODS),
}
"""Where each stands, and the methods that it knows of."""

Ask = tuple[str, str, HeaderLines, bytes]
Expected = tuple[int, dict[str, str], bytes]


def mixed(door: str) -> list[tuple[Ask, Expected]]:
    """
    Give requests of all kinds, and the answers.
    """
    listed, enforced, methods = DOORS[door]
    answered = {**SHARED, "Allow-Headers": "X-A", "Allow-Methods": methods, "Max-Age": "600"}
    item, etag = f"{listed}/item", f"{listed}/etag"
    good, bad = ("Origin", ALLOWED), ("Origin", STRANGER)
    refused = b"Cross-origin request refused.\n"
    return [
        (("GET", item, (), b""), (200, {}, b"body")),
        (("GET", item, [good], b""), (200, SHARED, b"body")),
        (("OPTIONS", item, [good, *ASKING], b""), (204, answered, b"")),
        (("HEAD", item, [good], b""), (200, SHARED, b"")),
        (("GET", item, [bad], b""), (200, {}, b"body")),
        (("OPTIONS", item, [bad, *ASKING], b""), (403, {}, b"")),
        (("GET", etag, [good, FRESH], b""), (304, SHARED, b"")),
        (("GET", etag, [bad, FRESH], b""), (304, {}, b"")),
        (("PUT", item, [good], b"sent"), (200, SHARED, b"body")),
        (("OPTIONS", item, [good, *ASKING], b"sent"), (204, answered, b"")),
        (("HEAD", item, (), b""), (200, {}, b"")),
        (("POST", f"{enforced}/item", [bad], b"sent"), (403, {}, refused)),
        (("GET", f"{enforced}/item", [good], b""), (200, SHARED, b"body")),
    ]


SMUGGLED = request_bytes("GET", "/listed/status/410", [("Origin", ALLOWED)])
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)


def seen(reply: Reply) -> Expected:
    return reply.status, reply.cors, reply.body


@pytest.mark.parametrize("door", DOORS)
def test_answers_over_one_connection_do_not_mix(server: Server, door: str) -> None:
    closed = 0
    with Client(server.port) as client:
        for (method, path, headers, body), expected in mixed(door) * 3:
            reply = client.ask(method, path, headers, body=body)
            assert seen(reply) == expected, (method, path, headers)
            assert "Origin" in reply.vary
            if server.kind.keeps_alive and reply.closes:
                assert reply.status in server.kind.hangs_up_after
                closed += 1
        if server.kind.keeps_alive:
            assert client.connections <= 1 + closed


@pytest.mark.parametrize("door", DOORS)
def test_requests_sent_at_once_are_answered_in_order(server: Server, door: str) -> None:
    asked = [(ask, expected) for ask, expected in mixed(door) if not ask[3]]
    if server.kind.keeps_alive:
        asked = [pair for pair in asked * 3 if pair[1][0] not in server.kind.hangs_up_after]
    with Connection(server.port) as connection:
        connection.send(b"".join(request_bytes(m, p, h) for (m, p, h, _), _ in asked))
        for (method, path, _, _), expected in asked if server.kind.keeps_alive else asked[:1]:
            reply = connection.read(method)
            assert reply is not None, (method, path)
            assert seen(reply) == expected


@pytest.mark.parametrize("coding", ["length", "chunked"])
@pytest.mark.parametrize("kind", ["preflight", "rejected preflight", "refused"])
@pytest.mark.parametrize("door", DOORS)
def test_a_body_that_nobody_reads_is_not_the_next_request(
    server: Server, door: str, kind: str, coding: str
) -> None:
    """
    Cheroot takes the length of a chunk for a malformed request, says so, and hangs up.
    """
    listed, enforced, _ = DOORS[door]
    origin = ("Origin", ALLOWED if kind == "preflight" else STRANGER)
    chunked = [("Transfer-Encoding", "chunked")] if coding == "chunked" else []
    body = CHUNKED if coding == "chunked" else SMUGGLED
    if kind == "refused":
        data = request_bytes("POST", f"{enforced}/item", [origin, *chunked], body=body)
    else:
        headers = [origin, *ASKING, *chunked]
        data = request_bytes("OPTIONS", f"{listed}/item", headers, body=body)
    with Connection(server.port) as connection:
        connection.send(data)
        first = connection.read()
        assert first is not None
        assert first.status == (204 if kind == "preflight" else 403)
        if first.closes:
            return
        connection.send(request_bytes("GET", f"{listed}/item", [("Origin", OTHER)]))
        second = connection.read()
    if second is not None and second.status != 400:
        assert second.cors.get("Allow-Origin") == OTHER

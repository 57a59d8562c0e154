"""
Bytes that no browser sends, where the guard looks: nothing is granted, echoed, raised, logged raw.
"""

from __future__ import annotations

import pytest

from .agreed import ALLOWED, STRANGER
from .hostile import (
    BYTES,
    CANARY,
    INJECTED,
    LINE_ENDS,
    SPACES,
    ask_raw,
    check_logs,
    granted,
    listed,
    write,
)
from .launch import Server

GOOD = ALLOWED.encode()
ORIGIN = b"Origin: " + GOOD
EVIL = b"Origin: " + STRANGER.encode()
ASKING = b"Access-Control-Request-Method: PUT"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CHICKEN", "QUERY"}

DOORS = ["/listed/item", "/fast/item", "/wrapped/item"]
"""The extension, its fast path, and the middleware."""

INSIDE = {
    "scheme": b"ht%btps://app.example",
    "host": b"https://app%b.example",
    "two canaries": b"https://canary%bcanary",
    "another host in front": b"https://evil.example%b.app.example",
}
AROUND = {
    "behind": b"https://app.example%b",
    "in front": b"%bhttps://app.example",
    "before a header": b"https://app.example%b" + INJECTED,
    "before a suffix": b"https://app.example%b.evil.example",
    "before another origin": b"https://app.example%bhttps://evil.example",
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("place", INSIDE)
def test_an_origin_with_a_raw_byte_inside_is_not_granted(
    server: Server, place: str, door: str
) -> None:
    for byte in BYTES:
        replies = ask_raw(server, write(b"Origin: " + INSIDE[place] % byte, target=door.encode()))
        assert granted(replies) == [], byte
    check_logs(server)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("place", AROUND)
def test_an_origin_with_a_raw_byte_beside_it_is_not_granted(
    server: Server, place: str, door: str
) -> None:
    """
    A server that takes the byte for the end of the line, or trims it, has seen a good origin.
    """
    for byte in BYTES:
        replies = ask_raw(server, write(b"Origin: " + AROUND[place] % byte, target=door.encode()))
        assert set(granted(replies)) <= {ALLOWED}, byte
        if byte not in LINE_ENDS + SPACES:
            assert granted(replies) == [], byte
    check_logs(server)


@pytest.mark.parametrize("order", ["good first", "good last", "twice good", "one empty"])
def test_two_origin_lines_are_not_granted(server: Server, order: str) -> None:
    """
    Cheroot hides all but the last one from the application, so there is a single good one to see.
    """
    lines = {
        "good first": (ORIGIN, EVIL),
        "good last": (EVIL, ORIGIN),
        "twice good": (ORIGIN, ORIGIN),
        "one empty": (b"Origin:", ORIGIN),
    }[order]
    seen = granted(ask_raw(server, write(*lines)))
    assert seen == [] or (server.name == "cheroot" and lines[-1] == ORIGIN and seen == [ALLOWED])
    check_logs(server)


def test_many_origin_lines_are_not_granted(server: Server) -> None:
    assert granted(ask_raw(server, write(*[ORIGIN] * 50, EVIL))) == []
    check_logs(server)


@pytest.mark.parametrize("blank", [b" ", b"\t", b" \t "])
def test_a_folded_origin_is_granted_only_where_the_server_has_unfolded_it(
    server: Server, blank: bytes
) -> None:
    """
    RFC 9112, section 5.2: refuse it, or replace the fold with spaces.
    """
    for value in (b"https://app\r\n%b.example", b"https://app.example\r\n%b.evil.example"):
        assert granted(ask_raw(server, write(b"Origin: " + value % blank))) == []
    for value in (b"\r\n%bhttps://app.example", b"https://app.example\r\n%b"):
        assert set(granted(ask_raw(server, write(b"Origin:" + value % blank)))) <= {ALLOWED}
    check_logs(server)


@pytest.mark.parametrize(
    "line",
    [b"Ori_gin: %b", b"HTTP_ORIGIN: %b", b"X-Origin: %b", b"Origin\0: %b", b"\0Origin: %b"],
)
def test_what_is_not_quite_the_origin_header_does_not_count(server: Server, line: bytes) -> None:
    assert granted(ask_raw(server, write(line % GOOD))) == []
    check_logs(server)


@pytest.mark.parametrize("target", [b"/listed/item", b"/spelled/item", b"/fast/item"])
def test_nothing_raw_is_echoed_from_the_requested_headers(server: Server, target: bytes) -> None:
    """
    Two policies list the names, one spells out those that were asked for.
    """
    for byte in BYTES:
        for value in (b"x-a%bx-b", b"x-a%b" + INJECTED, b"canary%bcanary"):
            names = b"Access-Control-Request-Headers: " + value % byte
            data = write(ORIGIN, ASKING, names, method=b"OPTIONS", target=target)
            echoed = listed(ask_raw(server, data), "Access-Control-Allow-Headers")
            assert {name.lower() for name in echoed} <= {"x-a", "x-b", "canary"}, byte
    check_logs(server)


@pytest.mark.parametrize("target", [b"/listed/item", b"/spelled/item", b"/fast/item"])
def test_nothing_raw_is_echoed_from_the_requested_method(server: Server, target: bytes) -> None:
    for byte in BYTES:
        for value in (b"P%bT", b"PUT%b" + INJECTED, b"canary%bcanary"):
            asking = b"Access-Control-Request-Method: " + value % byte
            data = write(ORIGIN, asking, method=b"OPTIONS", target=target)
            echoed = listed(ask_raw(server, data), "Access-Control-Allow-Methods")
            assert echoed <= METHODS | {"P", "canary"}, byte
    check_logs(server)


@pytest.mark.parametrize("place", ["target", "method", "query", "host"])
def test_raw_bytes_elsewhere_grant_a_stranger_nothing(server: Server, place: str) -> None:
    for byte in BYTES:
        odd = CANARY + byte + CANARY
        data = {
            "target": write(EVIL, target=b"/listed/" + odd),
            "method": write(EVIL, method=odd),
            "query": write(EVIL, target=b"/listed/item?a=" + odd),
            "host": write(EVIL, host=odd),
        }[place]
        assert granted(ask_raw(server, data)) == [], byte
    check_logs(server)


@pytest.mark.parametrize("mount", [b"/listed", b"/fast", b"/wrapped"])
def test_encoded_bytes_in_the_path_reach_the_guard_and_are_logged_escaped(
    server: Server, mount: bytes
) -> None:
    for byte in BYTES:
        encoded = b"".join(b"%%%02x" % number for number in byte)
        replies = ask_raw(server, write(EVIL, target=mount + b"/canary" + encoded + b"canary"))
        assert [reply.status for reply in replies] == [404], byte
        assert granted(replies) == []
    rejected = [line for line in check_logs(server) if b"INFO CORS request rejected" in line]
    assert sum(b"cors_path=/canary" in line for line in rejected) == len(BYTES)


@pytest.mark.parametrize("mount", [b"/listed", b"/fast"])
def test_encoded_bytes_in_the_path_do_not_get_out_of_a_redirect(
    server: Server, mount: bytes
) -> None:
    for byte in BYTES:
        encoded = b"".join(b"%%%02x" % number for number in byte)
        for tail in (b"canary", b"X-Injected:%20canary", b"X-Injected:canary"):
            replies = ask_raw(server, write(ORIGIN, target=mount + b"/long/a" + encoded + tail))
            assert granted(replies) == [ALLOWED], byte
            location = replies[0].get("Location") or ""
            assert location.isascii()
            assert location.isprintable()
    check_logs(server)

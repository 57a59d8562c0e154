"""
Serialized origins: one spelling each, and nothing else.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_corsguard.protocol.origins import MAX_ORIGIN_BYTES, Origin, parse_origin, serialize_ipv6
from support.data import load
from support.doors import DOORS, Request

ORIGINS: dict[str, Any] = load("origins")

GOOD = [
    ("https://app.example.com", Origin("https", "app.example.com")),
    ("http://localhost:3000", Origin("http", "localhost", 3000)),
    ("https://example.com:80", Origin("https", "example.com", 80)),
    ("http://example.com:65535", Origin("http", "example.com", 65535)),
    ("https://example.com.", Origin("https", "example.com.")),
    ("https://my_app.example.com", Origin("https", "my_app.example.com")),
    ("https://1a.example", Origin("https", "1a.example")),
    ("http://192.168.0.10", Origin("http", "192.168.0.10")),
    ("http://[::1]:8080", Origin("http", "[::1]", 8080)),
    ("http://[2001:db8::1]", Origin("http", "[2001:db8::1]")),
    ("http://[::ffff:7f00:1]", Origin("http", "[::ffff:7f00:1]")),
    ("http://[1:0:2:3:4:5:6:7]", Origin("http", "[1:0:2:3:4:5:6:7]")),
    ("capacitor://localhost", Origin("capacitor", "localhost")),
    ("app://", Origin("app", "")),
    ("app://.", Origin("app", ".")),
    ("app://bundle:8080", Origin("app", "bundle", 8080)),
    ("file://", Origin("file", "")),
    ("safari-web-extension://0C2B4F3A-1F0E", Origin("safari-web-extension", "0C2B4F3A-1F0E")),
]

BAD = [
    "",
    "null",
    "https:",
    "https://",
    "://example.com",
    "https//example.com",
    "1https://example.com",
    "HTTPS://example.com",
    "https://Example.com",
    "https://example.com:443",
    "http://example.com:80",
    "https://example.com:",
    "https://example.com:0",
    "https://example.com:0443",
    "https://example.com:65536",
    "https://example.com:99999",
    "https://example.com:123456",
    "https://example..com",
    "https://.example.com",
    "https://-a.example.com",
    "https://a-.example.com",
    "https://example.com..",
    "https://a@example.com",
    "https://example.com/",
    "https://1.2.3",
    "https://1.2.3.4.",
    "https://01.2.3.4",
    "https://256.1.1.1",
    "https://example.0x7f",
    "https://[::1",
    "https://[::1]x",
    "https://[::1]x:80",
    "https://[::ffff:127.0.0.1]",
    "https://[0:0:0:0:0:0:0:1]",
    "https://[::1%eth0]",
    "https://[FE80::1]",
    "https://[v1.x]",
    "app://:80",
    "app://a/b",
    "file:///",
    "file://localhost",
    "javascript://x",
    "wss://example.com",
    "about:blank",
    "data://x",
]


@pytest.mark.parametrize(("text", "origin"), GOOD)
def test_an_origin_as_browsers_write_it_parses_and_prints_the_same(
    text: str, origin: Origin
) -> None:
    assert parse_origin(text) == origin
    assert str(origin) == text


@pytest.mark.parametrize("text", BAD)
def test_what_no_browser_writes_does_not_parse(text: str) -> None:
    assert parse_origin(text) is None


@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in ORIGINS["origins"]])
@pytest.mark.parametrize("door", sorted(DOORS))
def test_hostile_and_good_origins_come_out_as_listed(door: str, case: dict[str, Any]) -> None:
    send = SENDERS[door]
    headers = (("Host", "api.test"), ("Origin", case["origin"]))
    answer = send(Request(method="GET", path="/item", headers=headers))
    allowed = answer.values("Access-Control-Allow-Origin")
    assert allowed == ([case["origin"]] if case["expect"] == "accept" else [])
    assert "Origin" in answer.tokens("Vary")


SENDERS = {name: make(ORIGINS["policy"]) for name, make in DOORS.items()}


@given(st.text(max_size=400))
def test_nothing_makes_the_parser_raise(text: str) -> None:
    origin = parse_origin(text)
    assert origin is None or str(origin) == text


@given(st.from_regex(r"[a-z]{1,9}://[a-zA-Z0-9.:_\[\]-]{0,30}", fullmatch=True))
def test_whatever_parses_is_its_own_canonical_form(text: str) -> None:
    origin = parse_origin(text)
    assert origin is None or str(origin) == text


def test_the_longest_origin_parses_and_one_more_byte_does_not() -> None:
    host = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
    longest = f"{'s' * 64}://{host}:65535"
    assert len(longest) == MAX_ORIGIN_BYTES
    assert parse_origin(longest) is not None
    assert parse_origin(f"s{longest}") is None


@pytest.mark.parametrize(
    ("text", "loopback"),
    [
        ("http://localhost:3000", True),
        ("http://app.localhost", True),
        ("http://127.0.0.1", True),
        ("http://127.9.9.9", True),
        ("http://[::1]", True),
        ("http://localhost.evil.test", False),
        ("http://127.evil.test", False),
        ("http://10.0.0.1", False),
        ("https://evil-localhost", False),
    ],
)
def test_loopback_is_what_only_this_machine_can_be(text: str, loopback: bool) -> None:
    origin = parse_origin(text)
    assert origin is not None
    assert origin.is_loopback is loopback


def test_ipv6_addresses_are_written_as_urls_do() -> None:
    assert serialize_ipv6("0:0:0:0:0:0:0:1") == "[::1]"
    assert serialize_ipv6("::ffff:127.0.0.1") == "[::ffff:7f00:1]"
    assert serialize_ipv6("fe80::1%lo") is None
    assert serialize_ipv6("localhost") is None

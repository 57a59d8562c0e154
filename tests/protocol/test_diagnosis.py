"""
What is wrong with a text that should be an origin: the first rule that fits, and what to write.
"""

from __future__ import annotations

import dataclasses

import pytest

from flask_corsguard.protocol.diagnosis import Finding, diagnose, misspelt_label
from flask_corsguard.protocol.origins import MAX_ORIGIN_BYTES
from flask_corsguard.protocol.patterns import parse_pattern

ANY = "Write an origin like 'https://app.example.com'."
ADDRESS = "Write an address in full, like 'http://127.0.0.1:3000' or 'http://[::1]:3000'."
EACH = "Write the addresses."
EMPTY = "Write an origin, or remove the element."
FILE = "Write 'file://' (some web views send it); elsewhere file pages are 'null'."
HOSTS = "Write '*' for everybody, or the hosts."
LIST = "Write the list itself."
NULL = "Serve the page from an origin of its own; '*' is for public data."
PAGE = "Write the origin of the page, like 'https://app.example.com'."
REGEX = "Write a pattern like 'https://*.example.com', several origins, or re.compile(...)."
TEXT = "Write an origin."
VALUE = "Write its value."
WILD = "Write 'https://*.example.com', or the origins one by one."

DIAGNOSED = [
    ("", "CG102", EMPTY),
    (" \t\n", "CG102", EMPTY),
    ("none", "CG120", TEXT),
    ("None", "CG120", TEXT),
    ("undefined", "CG120", TEXT),
    ("true", "CG120", TEXT),
    ("FALSE", "CG120", TEXT),
    ("nil", "CG120", TEXT),
    ("${ORIGIN}", "CG120", VALUE),
    ("https://$(host)", "CG120", VALUE),
    ("{{ origin }}", "CG120", VALUE),
    ("$ORIGIN", "CG120", VALUE),
    ("%(origin)s", "CG120", VALUE),
    ("['https://a.example']", "CG120", LIST),
    (' ["https://a.example"]\n', "CG120", LIST),
    ("('https://a.example',)", "CG120", LIST),
    ("{'https://a.example'}", "CG120", LIST),
    ("[\n'https://a.example']\n", "CG120", LIST),
    ("nil2", "CG104", "Write 'https://nil2'."),
    ("[a]", "CG104", ANY),
    ("[a-f:]", "CG104", ANY),
    ("*.example.com", "CG104", "Write 'https://*.example.com'."),
    ("*/", "CG104", ANY),
    ("*.example.com:8080", "CG104", "Write 'https://*.example.com:8080'."),
    ("a.example", "CG104", "Write 'https://a.example'."),
    ("localhost", "CG104", "Write 'http://localhost'."),
    ("localhost:3000", "CG104", "Write 'http://localhost:3000'."),
    ("127.0.0.1", "CG104", "Write 'http://127.0.0.1'."),
    ("127.0.0.1:5000", "CG104", "Write 'http://127.0.0.1:5000'."),
    ("[::1]:5000", "CG104", "Write 'http://[::1]:5000'."),
    ("//a.example", "CG104", "Write 'https://a.example'."),
    ("//localhost:8080", "CG104", "Write 'http://localhost:8080'."),
    ("http:a.example", "CG104", ANY),
    ("https:/a.example", "CG104", ANY),
    ("://a.example", "CG104", ANY),
    ("1.2.3.4", "CG104", "Write 'https://1.2.3.4'."),
    ("a.example:443", "CG104", "Write 'https://a.example'."),
    ("a.example:8443", "CG104", "Write 'https://a.example:8443'."),
    ("a.example:http", "CG104", ANY),
    ("LOCALHOST:3000", "CG104", "Write 'http://localhost:3000'."),
    ("file:x", "CG104", ANY),
    ("file:", "CG104", ANY),
    ("https://a$b", "CG116", REGEX),
    ("^https://a.example", "CG116", REGEX),
    ("https://a.example$", "CG116", REGEX),
    ("https://a\\.example", "CG116", REGEX),
    ("https://(a|b).example", "CG116", REGEX),
    ("https://.*.example", "CG116", REGEX),
    (".*", "CG116", REGEX),
    ("https?://a.example", "CG116", REGEX),
    ("https://[a-z]+.example", "CG116", REGEX),
    ("https://a{2}.example", "CG116", REGEX),
    ("https://a+.example", "CG116", REGEX),
    ("https://a/.*", "CG116", REGEX),
    ("https://[xyz].example", "CG116", REGEX),
    ("a?b", "CG116", REGEX),
    ("*://u@a.example", "CG106", ANY),
    ("*://a.example/x", "CG105", ANY),
    ("*://[::1]", "CG115", "Write 'https://[::1]'."),
    ("http://[::*]", "CG115", WILD),
    ("http://[1:0::]:*", "CG112", "Write 'http://[1::]:*'."),
    ("$", "CG116", REGEX),
    ("$-host", "CG116", REGEX),
    ("['a]", "CG120", LIST),
    ("[a']", "CG120", LIST),
    ("https://a|b.example", "CG116", REGEX),
    ("https://(a.example", "CG116", REGEX),
    ("https://a).example", "CG116", REGEX),
    ("https://{a.example", "CG116", REGEX),
    ("https://a}.example", "CG116", REGEX),
    ("?://a.example", "CG116", REGEX),
    (".*.example.com", "CG116", REGEX),
    ("https://[*]", "CG116", REGEX),
    ("http://[zz]", "CG116", REGEX),
    ("http://[]", "CG116", REGEX),
    ("a $ORIGIN", "CG103", ANY),
    ("x['a']", "CG103", ANY),
    ("['a']x", "CG103", ANY),
    ("https://a.example, b.example", "CG103", ANY),
    (" https://a.example", "CG103", "Write 'https://a.example'."),
    ("https://a.example ", "CG103", "Write 'https://a.example'."),
    ("'https://a.example'", "CG103", "Write 'https://a.example'."),
    ('"https://a.example"', "CG103", "Write 'https://a.example'."),
    ("\u201chttps://a.example\u201d", "CG103", "Write 'https://a.example'."),
    ("\ufeffhttps://a.example", "CG103", "Write 'https://a.example'."),
    ("https://a.example\x00", "CG103", ANY),
    ("https://a.example\x7f", "CG103", ANY),
    ("https://a.example\xa0", "CG103", "Write 'https://a.example'."),
    ("`https://a.example`", "CG103", ANY),
    ("\u2018https://a.example\u2019", "CG103", ANY),
    ("https://a.ex ample", "CG103", ANY),
    ("' A.example '", "CG103", ANY),
    (" \ufeff'https://a.example'", "CG103", ANY),
    (
        "https://a.example, https://b.example",
        "CG113",
        "Write a list: ['https://a.example', 'https://b.example'].",
    ),
    (
        "https://a.example https://b.example",
        "CG113",
        "Write a list: ['https://a.example', 'https://b.example'].",
    ),
    (
        "https://a.example;https://b.example|https://c.example",
        "CG113",
        "Write a list: ['https://a.example', 'https://b.example', 'https://c.example'].",
    ),
    (
        ",https://a.example,https://b.example,",
        "CG113",
        "Write a list: ['https://a.example', 'https://b.example'].",
    ),
    (
        "https://a.example|https://b.example",
        "CG113",
        "Write a list: ['https://a.example', 'https://b.example'].",
    ),
    ("https://a.example,", "CG110", ANY),
    ("capacitor://*.localhost", "CG110", ANY),
    ("https://*.", "CG110", ANY),
    ("http://-a.0xg", "CG110", ANY),
    ("http://-a.1b", "CG110", ANY),
    ("http://-a.b1", "CG110", ANY),
    ("https://-a.example:8443", "CG110", ANY),
    ("https://a_.example-", "CG110", ANY),
    ("https://", "CG110", ANY),
    ("https://.a.example", "CG110", "Write 'https://a.example'."),
    ("https://..a.example:8443", "CG110", "Write 'https://a.example:8443'."),
    ("https://a..example", "CG110", ANY),
    ("https://-a.example", "CG110", ANY),
    ("https://.", "CG110", ANY),
    ("app://a:b:c", "CG112", ADDRESS),
    ("https://xn--", "CG110", ANY),
    ("https://x%41.example", "CG110", ANY),
    ("https://a.example~", "CG110", ANY),
    ("~https://a.example", "CG110", ANY),
    ("https://-a.example:*", "CG110", ANY),
    ("https://~a.example", "CG110", ANY),
    ("https://a,b.example", "CG110", ANY),
    ("https://a.example,b", "CG110", ANY),
    ("https://a.example,*", "CG115", WILD),
    ("https://a.*", "CG115", WILD),
    ("*://a.example", "CG115", "Write 'https://a.example'."),
    ("*://*", "CG115", HOSTS),
    ("https://*", "CG115", HOSTS),
    ("http://*:8080", "CG115", HOSTS),
    ("https://*.1.2.3.4", "CG115", EACH),
    ("https://*.*.example", "CG115", WILD),
    ("https://a.*.example", "CG115", WILD),
    ("https://a*.example", "CG115", WILD),
    ("https://*a.example", "CG115", WILD),
    ("app://a*", "CG115", WILD),
    ("https://b\xfccher.example", "CG111", "Write 'https://xn--bcher-kva.example'."),
    ("https://B\xdcCHER.example", "CG111", "Write 'https://xn--bcher-kva.example'."),
    ("b\xfccher.example:8443", "CG111", "Write 'https://xn--bcher-kva.example:8443'."),
    ("https://\xe9.\xe9..example", "CG111", ANY),
    ("https://\xe9_.example", "CG111", ANY),
    ("http://\xe9:80", "CG111", "Write 'http://xn--9ca'."),
    ("https://\uff41pp.example", "CG111", "Write 'https://app.example'."),
    ("null", "CG114", NULL),
    ("NULL", "CG114", NULL),
    ("Null", "CG114", NULL),
    ("https://[A-F].example", "CG107", ANY),
    ("https://A.example", "CG107", "Write 'https://a.example'."),
    ("HTTPS://a.example", "CG107", "Write 'https://a.example'."),
    ("HTTPS://a.example:443", "CG107", "Write 'https://a.example'."),
    ("https://A.example:8443", "CG107", "Write 'https://a.example:8443'."),
    ("Capacitor://localhost", "CG107", "Write 'capacitor://localhost'."),
    ("https://*.A.example", "CG107", "Write 'https://*.a.example'."),
    ("https://a.exampl?e", "CG105", "Write 'https://a.exampl'."),
    ("https://a.example/?q", "CG105", "Write 'https://a.example'."),
    ("https://a.example/*", "CG105", "Write 'https://a.example'."),
    ("https://*.example/x", "CG105", "Write 'https://*.example'."),
    ("https://a.example/@x", "CG105", "Write 'https://a.example'."),
    ("https://a.example?x@y", "CG105", "Write 'https://a.example'."),
    ("https://a.example/x?y#z@w", "CG105", "Write 'https://a.example'."),
    ("https://a.example/", "CG105", "Write 'https://a.example'."),
    ("https://a.example/x", "CG105", "Write 'https://a.example'."),
    ("https://a.example?x", "CG105", "Write 'https://a.example'."),
    ("https://a.example#x", "CG105", "Write 'https://a.example'."),
    ("https://a.example#u@x", "CG105", "Write 'https://a.example'."),
    ("https://a.example:8443/x", "CG105", "Write 'https://a.example:8443'."),
    ("https://a.example:443/", "CG105", "Write 'https://a.example'."),
    ("http://[::1]/", "CG105", "Write 'http://[::1]'."),
    ("https://a.example/a/b?c", "CG105", "Write 'https://a.example'."),
    ("https:///x", "CG105", ANY),
    ("https://*@a.example", "CG106", "Write 'https://a.example'."),
    ("https://u@a.example", "CG106", "Write 'https://a.example'."),
    ("https://u:p@a.example:8443", "CG106", "Write 'https://a.example:8443'."),
    ("https://u:p@a.example/x", "CG106", "Write 'https://a.example'."),
    ("https://u@v@a.example", "CG106", "Write 'https://a.example'."),
    ("https://u:p@a.example/@b", "CG106", "Write 'https://a.example'."),
    ("https://a.example:*:*", "CG112", ADDRESS),
    ("http://[::1", "CG112", "Write 'http://[::1]'."),
    ("http://[::1]]", "CG112", ANY),
    ("http://[1:0:0:0:0:0:0:1]", "CG112", "Write 'http://[1::1]'."),
    ("http://[::1]x", "CG112", ANY),
    ("http://[0:0::1]:8080", "CG112", "Write 'http://[::1]:8080'."),
    ("http://1.2.3", "CG112", ADDRESS),
    ("http://1.2.3.4.5", "CG112", ADDRESS),
    ("http://01.2.3.4", "CG112", ADDRESS),
    ("http://1.2.3.256", "CG112", ADDRESS),
    ("http://a.0x1f", "CG112", ADDRESS),
    ("http://a.0x", "CG112", ADDRESS),
    ("http://a.1", "CG112", ADDRESS),
    ("http://2001:db8::1", "CG112", ADDRESS),
    ("http://a:b:c", "CG112", ADDRESS),
    ("http://a.example:80:80", "CG112", ADDRESS),
    ("data:text/html,x", "CG117", PAGE),
    ("javascript:alert", "CG117", PAGE),
    ("about:blank", "CG117", PAGE),
    ("JavaScript://x", "CG117", PAGE),
    ("blob:https://a.example", "CG117", PAGE),
    ("BLOB://x", "CG117", PAGE),
    ("ws://a.example", "CG117", PAGE),
    ("WSS://a.example", "CG117", PAGE),
    ("ftp://a.example", "CG117", PAGE),
    ("file:///etc", "CG117", FILE),
    ("file://x", "CG117", FILE),
    ("FILE://x", "CG117", FILE),
    ("http://[::1]:0", "CG109", "Write 'http://[::1]', or that with a port."),
    ("http://1.2.3.4:0", "CG109", "Write 'http://1.2.3.4', or that with a port."),
    ("https://a.example:", "CG109", "Write 'https://a.example', or that with a port."),
    ("https://a.example:0", "CG109", "Write 'https://a.example', or that with a port."),
    ("https://a.example:00443", "CG109", "Write 'https://a.example', or that with a port."),
    ("https://a.example:99999", "CG109", "Write 'https://a.example', or that with a port."),
    ("https://a.example:x", "CG109", "Write 'https://a.example', or that with a port."),
    ("app://x:y", "CG109", "Write 'app://x', or that with a port."),
    ("https://a.example:443", "CG108", "Write 'https://a.example'."),
    ("http://a.example:80", "CG108", "Write 'http://a.example'."),
    ("https://*.a.example:443", "CG108", "Write 'https://*.a.example'."),
    ("http://[::1]:80", "CG108", "Write 'http://[::1]'."),
]


@pytest.mark.parametrize(("text", "code", "fix"), DIAGNOSED)
def test_a_text_that_is_no_origin_gets_the_code_and_the_fix(text: str, code: str, fix: str) -> None:
    assert parse_pattern(text) is None
    finding = diagnose(text)
    assert (finding.code, finding.fix) == (code, fix)
    assert finding.why


@pytest.mark.parametrize(
    "fix", sorted({fix for _, _, fix in DIAGNOSED if fix.startswith("Write 'http")})
)
def test_what_is_suggested_is_an_origin(fix: str) -> None:
    assert parse_pattern(fix.split("'")[1])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("https://*", "stands for every host"),
        ("*://*", "stands for every host"),
        ("*://a.example", "lets every scheme in"),
        ("https://*.1.2.3.4", "puts a wildcard in front of an address"),
        ("https://a*.example", "has a wildcard that is not a whole label in front"),
        ("none", "is a value turned into text, not an origin"),
        ("$HOST", "is a placeholder that nobody filled in"),
        ("['https://a.example']", "is a list turned into text"),
        ("Blob:https://a.example", "begins with 'blob:', which never stands in an Origin header"),
        ("file:///x", "names a file; file pages have no origin of their own"),
    ],
)
def test_one_code_may_have_several_reasons(text: str, why: str) -> None:
    assert diagnose(text).why == why


def test_a_text_at_the_longest_length_is_looked_at_and_a_longer_one_is_not() -> None:
    text = "https://-" + "a" * (MAX_ORIGIN_BYTES - len("https://-"))
    assert diagnose(text).code == "CG110"
    assert diagnose(f"{text}a").code == "CG121"


def test_a_text_that_is_right_is_not_suggested_to_itself() -> None:
    assert diagnose("https://a.example").fix == ANY


def test_a_finding_is_a_value() -> None:
    finding = diagnose("")
    assert finding == Finding("CG102", "is empty", EMPTY)
    assert not hasattr(finding, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        finding.code = "CG103"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("host", "label"),
    [
        ("x.example", None),
        ("xn--bcher-kva.example", None),
        ("a.xn--ls8h", None),
        ("a.xn--bcher-kva.xn--zz-", "xn--zz-"),
        ("a.xn--x.example", "xn--x"),
        # Nothing is encoded, or nothing but ASCII.
        ("xn--", "xn--"),
        ("xn--abc-", "xn--abc-"),
        # What decodes, but would be encoded otherwise.
        ("xn--bcher-kvA", "xn--bcher-kvA"),
        ("xn--99999999", "xn--99999999"),
        ("xn--\u00e9", "xn--\u00e9"),
        ("axn--x", None),
    ],
)
def test_a_label_that_no_browser_would_have_made_is_found(host: str, label: str | None) -> None:
    assert misspelt_label(host) == label

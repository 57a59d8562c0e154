"""
What is wrong with a text that should be an origin, and what to write instead.

`parse_pattern` says no; this says why. The rules run in order and the first that fits is the
answer, so each may take for granted what the ones before it have excluded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .origins import (
    DEFAULT_PORTS,
    MAX_ORIGIN_BYTES,
    NOT_ORIGINS,
    is_ipv4,
    parse_port,
    serialize_ipv6,
)
from .patterns import parse_pattern

__all__ = ["Finding", "diagnose", "misspelt_label"]


@dataclass(frozen=True, slots=True)
class Finding:
    """
    Give the code, the reason and the fix for one text.
    """

    code: str
    why: str
    fix: str


class _Parts(NamedTuple):
    """
    A text taken apart without forgiving anything, and without judging it.
    """

    text: str
    scheme: str
    host: str
    port: str | None

    @classmethod
    def of(cls, text: str) -> _Parts:
        scheme, _, rest = text.partition("://")
        authority = re.split(r"[/?#]", rest)[0].rpartition("@")[2]
        match = re.fullmatch(r"(\[[^\]]*\]?|[^:]*)(?::(.*))?", authority, re.DOTALL)
        host, port = match.groups() if match else (authority, None)
        return cls(text, scheme, host, port)


_Rule = Callable[[_Parts], "Finding | None"]


def diagnose(text: str) -> Finding:
    """
    Say what is wrong with a text that is no origin pattern.

    Args:
        text: What `parse_pattern` refused.
    """
    parts = _Parts.of(text)
    for rule in _RULES:
        finding = rule(parts)
        if finding is not None:
            return finding
    return Finding("CG110", "is not an origin: its host is no host name", _write(text))


def misspelt_label(host: str) -> str | None:
    """
    Find a label that begins with `xn--` but that no browser would have made.
    """
    for label in host.split(".") if "xn--" in host else ():
        if label.startswith("xn--") and not _is_punycode(label):
            return label
    return None


def _is_punycode(label: str) -> bool:
    try:
        name = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return False
    return not name.isascii() and name.encode("punycode").decode("ascii") == label[4:]


def _write(text: str) -> str:
    """
    Suggest the text with everything repaired that can be repaired without guessing.
    """
    better = text.strip().strip("'\"\u201c\u201d").strip("\ufeff").lower()
    if "://" not in better:
        bare = better.removeprefix("//")
        scheme = "http" if bare.startswith(("localhost", "127.", "[::1]")) else "https"
        better = f"{scheme}://{bare}"
    parts = _Parts.of(better)
    host = _ascii_host(parts.host)
    keep = parts.port is not None and parts.port != str(DEFAULT_PORTS.get(parts.scheme, ""))
    better = f"{parts.scheme}://{host}:{parts.port}" if keep else f"{parts.scheme}://{host}"
    if parse_pattern(better) and better != text:
        return f"Write {better!r}."
    return "Write an origin like 'https://app.example.com'."


def _ascii_host(host: str) -> str:
    if host.startswith("["):
        return serialize_ipv6(host[1:].removesuffix("]")) or host
    if host.isascii():
        return host.lstrip(".")
    import idna  # noqa: PLC0415 - only wanted where a host is not ASCII

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return host


def _empty(parts: _Parts) -> Finding | None:
    if parts.text.strip():
        return None
    return Finding("CG102", "is empty", "Write an origin, or remove the element.")


def _too_long(parts: _Parts) -> Finding | None:
    if len(parts.text) <= MAX_ORIGIN_BYTES:
        return None
    why = f"is longer than {MAX_ORIGIN_BYTES} characters, and so than any origin"
    return Finding("CG121", why, "Write an origin like 'https://app.example.com'.")


def _placeholder(parts: _Parts) -> Finding | None:
    text = parts.text
    if text.lower() in {"none", "undefined", "true", "false", "nil"}:
        return Finding("CG120", "is a value turned into text, not an origin", "Write an origin.")
    if re.search(r"\$\{|\$\(|\{\{|^\$\w|%\(", text):
        return Finding("CG120", "is a placeholder that nobody filled in", "Write its value.")
    if re.fullmatch(r"\s*[\[({].*['\"].*[\])}]\s*", text, re.DOTALL):
        return Finding("CG120", "is a list turned into text", "Write the list itself.")
    return None


def _several(parts: _Parts) -> Finding | None:
    pieces = [piece for piece in re.split(r"[,;|\s]", parts.text) if piece]
    if not pieces[1:] or not all("://" in piece for piece in pieces):
        return None
    return Finding("CG113", "holds several origins in one string", f"Write a list: {pieces!r}.")


def _odd_characters(parts: _Parts) -> Finding | None:
    if not re.search(r"[\x00-\x20\x7f\"'`\u201c\u201d\u2018\u2019\ufeff\xa0]", parts.text):
        return None
    why = "holds spaces, quotes or control characters, which no origin does"
    return Finding("CG103", why, _write(parts.text))


def _not_ascii(parts: _Parts) -> Finding | None:
    if parts.text.isascii():
        return None
    return Finding(
        "CG111", "is not ASCII; browsers send such hosts as punycode", _write(parts.text)
    )


def _null(parts: _Parts) -> Finding | None:
    if parts.text.lower() != "null":
        return None
    why = "is what every sandboxed frame sends, and so any page can be it"
    return Finding(
        "CG114", why, "Serve the page from an origin of its own; '*' is for public data."
    )


def _regular_expression(parts: _Parts) -> Finding | None:
    text = parts.text
    strange = re.search(r"[\^$\\|(){}+]|(?:^|/)\.\*|^[^/]*\?|\[[^0-9a-f:]", text, re.IGNORECASE)
    if not strange:
        return None
    fix = "Write a pattern like 'https://*.example.com', several origins, or re.compile(...)."
    return Finding("CG116", "looks like a regular expression in a plain string", fix)


def _wildcard(parts: _Parts) -> Finding | None:
    rest = parts.text.partition("://")[2]
    if "@" in rest or "/" in rest:
        return None
    if parts.host == "*" and parts.scheme in {"*", *DEFAULT_PORTS}:
        return Finding("CG115", "stands for every host", "Write '*' for everybody, or the hosts.")
    if parts.scheme == "*":
        return Finding("CG115", "lets every scheme in", f"Write 'https://{rest}'.")
    if parts.host.startswith("*.") and is_ipv4(parts.host[2:]):
        return Finding("CG115", "puts a wildcard in front of an address", "Write the addresses.")
    plain = parts.host.removeprefix("*.")
    if "*" in plain:
        why = "has a wildcard that is not a whole label in front"
        return Finding("CG115", why, "Write 'https://*.example.com', or the origins one by one.")
    return None


def _no_scheme(parts: _Parts) -> Finding | None:
    scheme = parts.text.partition(":")[0].lower()
    if scheme in NOT_ORIGINS:
        return _never_sent(_Parts(parts.text, scheme, "", None))
    if "://" in parts.text and parts.scheme:
        return None
    return Finding("CG104", "is not an origin: it has no scheme", _write(parts.text))


def _never_sent(parts: _Parts) -> Finding | None:
    scheme = parts.scheme.lower()
    if scheme == "file":
        fix = "Write 'file://' (some web views send it); elsewhere file pages are 'null'."
        return Finding("CG117", "names a file; file pages have no origin of their own", fix)
    if scheme not in NOT_ORIGINS:
        return None
    why = f"begins with '{scheme}:', which never stands in an Origin header"
    return Finding("CG117", why, "Write the origin of the page, like 'https://app.example.com'.")


def _userinfo(parts: _Parts) -> Finding | None:
    if "@" not in re.split(r"[/?#]", parts.text.partition("://")[2])[0]:
        return None
    return Finding(
        "CG106", "holds a user name or password, which no origin does", _write(parts.text)
    )


def _path(parts: _Parts) -> Finding | None:
    if not re.search(r"[/?#]", parts.text.partition("://")[2]):
        return None
    why = "has something behind the host; an origin has no path, not even a slash"
    return Finding("CG105", why, _write(parts.text))


def _upper_case(parts: _Parts) -> Finding | None:
    if parts.text == parts.text.lower():
        return None
    return Finding("CG107", "is not in lower case, as browsers send it", _write(parts.text))


def _address(parts: _Parts) -> Finding | None:
    host, last = parts.host, parts.host.rpartition(".")[2]
    why = "is not an address as browsers write it"
    if host.startswith("["):
        inside = host[1:].removesuffix("]")
        wrong = serialize_ipv6(inside) != host
        return Finding("CG112", why, _write(parts.text)) if wrong else None
    numeric = re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last) is not None and not is_ipv4(host)
    # More than one colon behind the scheme: an IPv6 address without its brackets.
    if not numeric and ":" not in (parts.port or ""):
        return None
    fix = "Write an address in full, like 'http://127.0.0.1:3000' or 'http://[::1]:3000'."
    return Finding("CG112", why, fix)


def _port(parts: _Parts) -> Finding | None:
    if parts.port is None or parts.port == "*":
        return None
    port = parse_port(parts.port)
    if port is None:
        why = "has a port that is none: 1 to 65535, without leading zeros"
        bare = f"{parts.scheme}://{parts.host}"
        return Finding("CG109", why, f"Write {bare!r}, or that with a port.")
    if port == DEFAULT_PORTS.get(parts.scheme):
        why = "writes out the default port, which browsers leave out"
        return Finding("CG108", why, _write(parts.text))
    return None


_RULES: tuple[_Rule, ...] = (
    _empty,
    _too_long,
    _placeholder,
    _several,
    _odd_characters,
    _not_ascii,
    _null,
    _regular_expression,
    _wildcard,
    _no_scheme,
    _never_sent,
    _userinfo,
    _path,
    _upper_case,
    _address,
    _port,
)

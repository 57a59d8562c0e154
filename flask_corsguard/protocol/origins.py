"""
Serialized origins: parse what a browser may send, refuse everything else.

`urllib.parse` is of no use here: it forgives. It accepts userinfo, paths, upper case, odd ports
and control characters, and every one of those has let a stranger in somewhere. A serialized
origin (HTML standard, section "Origin") has exactly one spelling, so whatever parses here *is* its
own canonical form and may be compared as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address

__all__ = ["DEFAULT_PORTS", "MAX_ORIGIN_BYTES", "NOT_ORIGINS", "Origin", "parse_origin"]

MAX_ORIGIN_BYTES = 64 + len("://") + 253 + len(":65535")
"""The longest `Origin` that is looked at: a scheme of 64, a host of 253, a port."""

DEFAULT_PORTS = {"http": 80, "https": 443}
"""Schemes with a host in DNS, and the port that their origins never write out."""

NOT_ORIGINS = frozenset(
    {
        "about",
        "blob",
        "data",
        "filesystem",
        "ftp",
        "javascript",
        "mailto",
        "view-source",
        "ws",
        "wss",
    }
)
"""Schemes whose documents have an opaque origin, or that have no documents."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,63}")
_DOMAIN = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")
_OPAQUE_HOST = re.compile(r"[A-Za-z0-9._-]*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_DOTTED = re.compile(r"[0-9.]{7,15}")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_MAX_HOST = 253
_MAX_PORT = 65535


@dataclass(frozen=True, slots=True)
class Origin:
    """
    A tuple origin: scheme, host, port.

    Attributes:
        scheme: In lower case.
        host: As serialized: lower-case ASCII for http(s), IPv6 in brackets, maybe empty elsewhere.
        port: None where it is the scheme's default or the scheme has none.
    """

    scheme: str
    host: str
    port: int | None = None

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    @property
    def has_domain(self) -> bool:
        """
        Tell whether the host is a name with labels, not an address and not opaque.
        """
        return self.scheme in DEFAULT_PORTS and not is_ip_address(self.host)

    @property
    def is_loopback(self) -> bool:
        """
        Tell whether only this machine can be meant.

        See https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy, steps 4 and 5.
        """
        host = self.host
        if host == "localhost" or host.endswith(".localhost") or host == "[::1]":
            return True
        return is_ipv4(host) and host.startswith("127.")


def parse_origin(text: str) -> Origin | None:
    """
    Parse a serialized origin.

    Args:
        text: The value of an `Origin` header, or what stands in a configuration.

    Returns:
        The origin, or None for everything that no browser serializes. `null` is None too.
    """
    if len(text) > MAX_ORIGIN_BYTES:
        return None
    scheme, separator, rest = text.partition("://")
    if not separator or not _SCHEME.fullmatch(scheme) or scheme in NOT_ORIGINS:
        return None
    host, colon, digits = _split_port(rest)
    port = parse_port(digits) if colon else None
    if colon and port is None:
        return None
    if scheme in DEFAULT_PORTS:
        valid = port != DEFAULT_PORTS[scheme] and is_host(host)
    elif scheme == "file":
        valid = not rest
    else:
        valid = bool(_OPAQUE_HOST.fullmatch(host)) and bool(host or not colon)
    return Origin(scheme, host, port) if valid else None


def parse_port(digits: str) -> int | None:
    """
    Read a port as URLs serialize it: no leading zero, 1 to 65535; else None.
    """
    if not _PORT.fullmatch(digits):
        return None
    port = int(digits)
    return port if port <= _MAX_PORT else None


def is_host(host: str) -> bool:
    """
    Tell whether a host stands as the URL standard's host serializer writes it.

    See https://url.spec.whatwg.org/#host-serializing. Narrower than the standard: of the code
    points that a domain may hold, only letters, digits, hyphen and underscore are taken.
    """
    if host.startswith("["):
        return is_ipv6(host)
    if len(host) > _MAX_HOST or not _DOMAIN.fullmatch(host):
        return False
    # https://url.spec.whatwg.org/#ends-in-a-number-checker
    last = host.removesuffix(".").rpartition(".")[2]
    return is_ipv4(host) if _NUMBER.fullmatch(last) else True


def is_ip_address(host: str) -> bool:
    """
    Tell whether a host, as serialized, is an address.
    """
    return host.startswith("[") or is_ipv4(host)


def is_ipv4(host: str) -> bool:
    """
    Tell whether a host is four decimal numbers without leading zeros.
    """
    if not _DOTTED.fullmatch(host):  # which most hosts are not, and an exception costs
        return False
    try:
        return str(IPv4Address(host)) == host
    except AddressValueError:
        return False


def is_ipv6(host: str) -> bool:
    """
    Tell whether a host is a bracketed address as the URL standard compresses it.
    """
    return host == serialize_ipv6(host[1:-1]) if host.endswith("]") else False


def serialize_ipv6(text: str) -> str | None:
    """
    Write an IPv6 address as URLs do, in brackets, or give None if it is not one.

    See https://url.spec.whatwg.org/#concept-ipv6-serializer.
    """
    try:
        address = IPv6Address(text)
    except AddressValueError:
        return None
    if address.scope_id is not None:
        return None
    mapped = address.ipv4_mapped
    if mapped is None:
        return f"[{address.compressed}]"
    # Python 3.13 began to write these with dots; the URL standard never does.
    high, low = divmod(int(mapped), 1 << 16)
    return f"[::ffff:{high:x}:{low:x}]"


def _split_port(rest: str) -> tuple[str, str, str]:
    if not rest.startswith("["):
        return rest.partition(":")
    inside, bracket, tail = rest.partition("]")
    before, colon, digits = tail.partition(":")
    return inside + bracket + before, colon, digits

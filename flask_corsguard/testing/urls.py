"""
URLs, as far as fetching needs them: resolve, compare origins, compare sites.

`urllib.parse` does the resolving; what it forgives (backslashes, spaces, capitals in the host) is
put into the URL standard's form here, because an origin compared in another spelling is another
origin.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import quote, urljoin, urlsplit

from ..protocol.origins import DEFAULT_PORTS, parse_origin
from ..protocol.public_suffix import site_of

__all__ = ["URL", "is_same_site", "is_url"]

_AUTHORITY = re.compile(r"(?:[^@]*@)?(\[[0-9A-Fa-f:.]+\]|[^\s:<>^|\[\]%@]+)(?::([0-9]{0,5}))?")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
_SLASHES = re.compile(r"^((?:[A-Za-z]+:)?)/{2,}")
_SPECIAL = frozenset({"ftp", "http", "https", "ws", "wss"})
_KEPT = "!$&'()*+,-./:;=?@_~%[]|^`{}"
_MAX_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class URL:
    """
    Hold an absolute URL in parts.

    Attributes:
        scheme: In lower case.
        host: As serialized; empty for schemes without one.
        port: None for the scheme's default.
        target: Path and query of an http(s) URL, percent-encoded; the rest of any other.
        fragment: Without the `#`; empty where there is none.
        userinfo: `user:password`; empty where there is none.
    """

    scheme: str
    host: str
    port: int | None
    target: str
    fragment: str = ""
    userinfo: str = ""

    def __str__(self) -> str:
        userinfo = f"{self.userinfo}@" if self.userinfo else ""
        fragment = f"#{self.fragment}" if self.fragment else ""
        return f"{self.scheme}:{self._slashes}{userinfo}{self.authority}{self.target}{fragment}"

    @property
    def _slashes(self) -> str:
        return "//" if self.host else ""

    @property
    def authority(self) -> str:
        """
        Give host and port as the `Host` header has them.
        """
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """
        Give the serialized origin; `null` for a scheme whose URLs have an opaque one.

        See https://url.spec.whatwg.org/#concept-url-origin.
        """
        return f"{self.scheme}://{self.authority}" if self.is_http else "null"

    @property
    def is_http(self) -> bool:
        """
        Tell whether the scheme is an HTTP(S) scheme.
        """
        return self.scheme in DEFAULT_PORTS

    @property
    def is_trustworthy(self) -> bool:
        """
        Tell whether nobody on the way can read along: https, or this very machine.

        See https://w3c.github.io/webappsec-secure-contexts/#potentially-trustworthy-url.
        """
        origin = parse_origin(self.origin)
        return self.scheme == "https" or (origin is not None and origin.is_loopback)

    @property
    def sent(self) -> URL:
        """
        Give the URL as requests and sentences show it: no fragment, no userinfo.
        """
        return replace(self, fragment="", userinfo="")

    @classmethod
    def parse(cls, text: str, base: URL | None = None) -> URL:
        """
        Resolve a URL as script or a `Location` header writes it.

        Args:
            text: Absolute, or relative to the base.
            base: What a relative URL is relative to.

        Raises:
            ValueError: If the text is no URL.
        """
        cleaned = text.strip(" \t\r\n\f").translate({9: None, 10: None, 13: None})
        match = _SCHEME.fullmatch(cleaned)
        if match and match[1].lower() not in _SPECIAL:
            # No base, no authority to look at: fetch() cannot get these anyway.
            rest, _, fragment = match[2].partition("#")
            return cls(scheme=match[1].lower(), host="", port=None, target=rest, fragment=fragment)
        head, mark, tail = cleaned.partition("?")
        forward = head.replace("\\", "/") + mark + tail
        # https://url.spec.whatwg.org/#special-authority-ignore-slashes-state
        absolute = _SLASHES.sub(r"\1//", forward)
        if absolute.endswith("//"):
            raise ValueError(f"{text!r} has no host")
        return cls._split(urljoin(str(base), absolute) if base else absolute)

    @classmethod
    def _split(cls, absolute: str) -> URL:
        parts = urlsplit(absolute)
        if not parts.hostname:
            raise ValueError(f"{absolute!r} is not an absolute URL")
        userinfo = parts.netloc.rpartition("@")[0].strip(":")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else _ascii(parts.hostname)
        path = quote(parts.path or "/", safe=_KEPT)
        query = f"?{quote(parts.query, safe=_KEPT)}" if parts.query else ""
        return cls(
            scheme=parts.scheme,
            host=host,
            port=None if parts.port == DEFAULT_PORTS.get(parts.scheme) else parts.port,
            target=path + query,
            fragment=parts.fragment,
            userinfo=userinfo,
        )


def is_same_site(one: str, other: str) -> bool:
    """
    Tell whether two serialized origins are schemefully same site.

    See https://html.spec.whatwg.org/#same-site.
    """
    first, second = parse_origin(one), parse_origin(other)
    if first is None or second is None or first.scheme != second.scheme:
        return False
    if first.host == second.host:
        return True
    return first.has_domain and second.has_domain and site_of(first.host) == site_of(second.host)


def is_url(text: str) -> bool:
    """
    Tell whether a text is a valid absolute URL to Chromium, whatever it says as an origin.

    This chooses between two of Chromium's sentences, nothing else.
    """
    match = _SCHEME.fullmatch(text)
    if match is None:
        return False
    if match[1].lower() not in _SPECIAL:
        return True
    authority = re.split(r"[/\\?#]", match[2].lstrip("/\\"), maxsplit=1)[0]
    found = _AUTHORITY.fullmatch(authority)
    return found is not None and int(found[2] or 0) <= _MAX_PORT


def _ascii(host: str) -> str:
    return host.lower() if host.isascii() else host.encode("idna").decode("ascii")

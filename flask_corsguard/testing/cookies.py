"""
A browser's cookie jar: who set what, and which request it goes with.

Not `http.cookiejar`: it knows no `SameSite`, which decides whether a credentialed cross-origin
request carries anything at all, and it blocks nothing that a browser blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime

from ..protocol.public_suffix import anyone_may_register_below
from .urls import URL, is_same_site

__all__ = ["Cookie", "CookieJar"]

_LIFETIME = 400 * 24 * 3600
"""Seconds: the longest that a cookie lives (RFC 6265bis, section 5.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """
    Hold a cookie as the jar has it.

    Attributes:
        name: As sent by the server.
        value: Likewise.
        domain: The host that set it, or the `Domain` it asked for; without a leading dot.
        host_only: Whether subdomains do not get it.
        path: The prefix of the paths that get it.
        secure: Whether only trustworthy URLs get it.
        http_only: Whether script cannot read it.
        same_site: `strict`, `lax` or `none`; empty where the server does not say.
        expires: On the jar's clock; None for a session cookie.
    """

    name: str
    value: str
    domain: str
    host_only: bool = True
    path: str = "/"
    secure: bool = False
    http_only: bool = False
    same_site: str = ""
    expires: float | None = None

    def goes_to(self, url: URL) -> bool:
        """
        Tell whether a URL is one that the cookie was set for, whoever asks.
        """
        if self.secure and not url.is_trustworthy:
            return False
        below = not self.host_only and url.host.endswith(f".{self.domain}")
        return (url.host == self.domain or below) and _path_matches(url.target, self.path)


class CookieJar:
    """
    Keep cookies by name, domain and path.

    Iterating gives the `Cookie` objects.

    Args:
        clock: Seconds since the epoch; what `Expires` is compared with.
        lax_by_default: Whether a cookie that does not say is not sent across sites.
    """

    __slots__ = ("_clock", "_cookies", "_far")

    def __init__(self, clock: Callable[[], float], *, lax_by_default: bool) -> None:
        self._clock = clock
        self._far = {"none"} if lax_by_default else {"none", ""}
        self._cookies: dict[tuple[str, str, str], Cookie] = {}

    def __iter__(self) -> Iterator[Cookie]:
        now = self._clock()
        live = [c for c in self._cookies.values() if c.expires is None or c.expires > now]
        return iter(live)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, name: object) -> bool:
        return any(cookie.name == name for cookie in self)

    def __getitem__(self, name: str) -> str:
        """
        Give the value of the first cookie of a name.
        """
        for cookie in self:
            if cookie.name == name:
                return cookie.value
        raise KeyError(name)

    def __repr__(self) -> str:
        return f"CookieJar({list(self)})"

    def clear(self) -> None:
        """
        Drop all cookies.
        """
        self._cookies.clear()

    def set(self, url: str, line: str) -> None:
        """
        Put a cookie into the jar, as if the user had visited its site before.

        Args:
            url: A URL of the site.
            line: What the site's `Set-Cookie` says, like `sid=1; SameSite=None; Secure`.

        Raises:
            ValueError: If a browser would not take the cookie.
        """
        parsed = URL.parse(url)
        if not self.store(parsed, line, parsed.origin):
            raise ValueError(f"no browser takes the cookie {line!r} from {url}")

    def store(self, url: URL, line: str, site: str) -> bool:
        """
        Take a `Set-Cookie`, or do not.

        Args:
            url: Of the response.
            line: The header's value.
            site: The serialized origin of the page.

        Returns:
            Whether the jar took it.
        """
        cookie = self._parse(url, line)
        if cookie is None or not self._may_set(cookie, url, site):
            return False
        self._cookies[cookie.name, cookie.domain, cookie.path] = cookie
        return True

    def header_for(self, url: URL, site: str) -> str:
        """
        Give the value of `Cookie` for a subresource request; empty for none.

        Args:
            url: Of the request.
            site: The serialized origin of the page. Its cross-site requests carry only cookies
                that say `SameSite=None`.
        """
        near = is_same_site(site, url.origin)
        cookies = [c for c in self if c.goes_to(url) and (near or c.same_site in self._far)]
        # RFC 6265, section 5.4: the longer path comes first.
        ordered = sorted(cookies, key=lambda cookie: -len(cookie.path))
        return "; ".join(f"{cookie.name}={cookie.value}".removeprefix("=") for cookie in ordered)

    def _may_set(self, cookie: Cookie, url: URL, site: str) -> bool:
        """
        Tell whether a response may leave a cookie behind.
        """
        if not _may_name(cookie, url.host) or not _keeps_prefix(cookie):
            return False
        if cookie.secure and not url.is_trustworthy:
            return False
        # RFC 6265bis, section 5.7, steps 19 and 20.
        if cookie.same_site == "none":
            return cookie.secure
        return cookie.same_site in self._far or is_same_site(site, url.origin)

    def _parse(self, url: URL, line: str) -> Cookie | None:
        """
        Read a `Set-Cookie` (RFC 6265bis, section 5.6).
        """
        pair, *rest = line.split(";")
        name, equals, value = pair.partition("=")
        name, value = (name.strip(), value.strip()) if equals else ("", name.strip())
        if not name and not value:
            return None
        attributes = dict(_attribute(each) for each in rest)
        cookie = Cookie(
            name=name,
            value=value,
            domain=url.host,
            path=_path_of(attributes.get("path", ""), url),
            secure="secure" in attributes,
            http_only="httponly" in attributes,
            same_site=_same_site(attributes.get("samesite", "")),
            expires=self._expiry(attributes),
        )
        domain = attributes.get("domain", "").lower().removeprefix(".")
        return replace(cookie, domain=domain, host_only=False) if domain else cookie

    def _expiry(self, attributes: dict[str, str]) -> float | None:
        now = self._clock()
        age = attributes.get("max-age", "")
        if age.removeprefix("-").isdecimal():
            return now + min(int(age[:20]), _LIFETIME)
        try:
            when = parsedate_to_datetime(attributes.get("expires", ""))
        except ValueError:
            return None
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        return min(aware.timestamp(), now + _LIFETIME)


def _attribute(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip()


def _same_site(text: str) -> str:
    return text.lower() if text.lower() in {"strict", "lax", "none"} else ""


def _path_of(path: str, url: URL) -> str:
    """
    Give the path of a cookie; that of the URL's directory where it names none.
    """
    if path.startswith("/"):
        return path
    directory = url.target.partition("?")[0].rpartition("/")[0]
    return directory or "/"


def _path_matches(target: str, path: str) -> bool:
    requested = target.partition("?")[0]
    return requested == path or requested.startswith(path.removesuffix("/") + "/")


def _may_name(cookie: Cookie, host: str) -> bool:
    """
    Tell whether a host may set a cookie for a domain: itself, or one above that has an owner.
    """
    if cookie.domain == host:
        return True
    return host.endswith(f".{cookie.domain}") and not anyone_may_register_below(cookie.domain)


def _keeps_prefix(cookie: Cookie) -> bool:
    """
    Tell whether a cookie is what its name says (RFC 6265bis, section 4.1.3).
    """
    if cookie.name.lower().startswith("__host-"):
        return cookie.secure and cookie.host_only and cookie.path == "/"
    return cookie.secure or not cookie.name.lower().startswith("__secure-")

"""
What is remembered of the answers to preflights.

An entry is one method or one header name with its own expiry, as in the standard. Chromium and
Safari keep one whole answer per URL instead: a new one replaces all of the old, and a request that
it does not cover throws it away. Where else the engines differ is in `engines`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..protocol.fields import SAFELISTED_METHODS
from .cors_check import WILDCARD, Asked, read_list
from .engines import CacheTraits
from .headers import Headers

__all__ = ["CacheEntry", "PreflightCache"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry:
    """
    Remember that one method or one header is allowed.

    See https://fetch.spec.whatwg.org/#concept-cache.

    Attributes:
        origin: The serialized origin of the requests; the page's partition goes with it.
        url: Of the requests.
        credentials: Whether the preflight was for the credentials mode `include`.
        method: The method or `*`; None in an entry for a header.
        header: The name in lower case or `*`; None in an entry for a method.
        expires: When the entry is no longer used, on the browser's clock.
    """

    origin: str
    url: str
    credentials: bool
    method: str | None = None
    header: str | None = None
    expires: float


class PreflightCache:
    """
    Keep the answers to preflights for as long as an engine does.

    Args:
        traits: The engine's limits.
        clock: Seconds that only grow.
    """

    __slots__ = ("_clock", "_entries", "_traits")

    def __init__(self, traits: CacheTraits, clock: Callable[[], float]) -> None:
        self._traits = traits
        self._clock = clock
        self._entries: list[CacheEntry] = []

    @property
    def entries(self) -> tuple[CacheEntry, ...]:
        """
        Give what is remembered and has not expired.
        """
        now = self._clock()
        self._entries = [entry for entry in self._entries if entry.expires > now]
        return tuple(self._entries)

    def covers(self, url: str, asked: Asked) -> bool:
        """
        Tell whether a request needs no preflight any more.

        See https://fetch.spec.whatwg.org/#http-fetch, step 4.3.1.
        """
        matching = [entry for entry in self.entries if self._matches(entry, url, asked)]
        methods = {entry.method for entry in matching}
        headers = {entry.header for entry in matching}
        covered = asked.method in SAFELISTED_METHODS or not methods.isdisjoint(
            {asked.method, WILDCARD}
        )
        covered &= all(_covers_header(headers, name, asked) for name in asked.names)
        if not covered and self._traits.one_answer:
            self.forget(url, asked.origin)
        return covered

    def remember(self, url: str, asked: Asked, headers: Headers) -> None:
        """
        Keep an answer for as long as it says, and the engine agrees to.

        See https://fetch.spec.whatwg.org/#cors-preflight-fetch-0, steps 7.9 and following.
        """
        if self._traits.one_answer:
            self.forget(url, asked.origin)
        lifetime = self._traits.read_max_age(headers.get("Access-Control-Max-Age"))
        if lifetime <= 0:
            return
        base = CacheEntry(
            origin=asked.origin,
            url=url,
            credentials=asked.credentials,
            expires=self._clock() + lifetime,
        )
        self._add(base, headers)

    def forget(self, url: str, origin: str) -> None:
        """
        Drop what is known about a URL (https://fetch.spec.whatwg.org/#concept-cache-clear).
        """
        self._entries = [e for e in self._entries if (e.url, e.origin) != (url, origin)]

    def clear(self) -> None:
        """
        Drop everything.
        """
        self._entries.clear()

    def fail(self, url: str, origin: str) -> None:
        """
        Take note that a preflight or the response after it was blocked.

        See https://fetch.spec.whatwg.org/#main-fetch, step 12, "Clear cache entries".
        """
        if self._traits.forgets_failures:
            self.forget(url, origin)

    def _matches(self, entry: CacheEntry, url: str, asked: Asked) -> bool:
        """
        Tell whether an entry is about such requests at all.

        See https://fetch.spec.whatwg.org/#concept-cache-match.
        """
        if (entry.url, entry.origin) != (url, asked.origin):
            return False
        if WILDCARD in (entry.method, entry.header):
            # With credentials, and to Firefox at all times, it is a name that matches nothing.
            credentials = entry.credentials or asked.credentials
            return self._traits.knows_wildcard and not credentials
        if self._traits.splits_credentials:
            return entry.credentials == asked.credentials
        return entry.credentials or not asked.credentials

    def _add(self, base: CacheEntry, headers: Headers) -> None:
        methods, _ = read_list(headers, "Access-Control-Allow-Methods")
        names, _ = read_list(headers, "Access-Control-Allow-Headers")
        for method in dict.fromkeys(methods):
            self._replace(replace(base, method=method))
        for name in dict.fromkeys(name.lower() for name in names):
            self._replace(replace(base, header=name))

    def _replace(self, new: CacheEntry) -> None:
        """
        Let a new entry take the place of the old one, whose expiry it renews.
        """
        self._entries = [entry for entry in self._entries if _key(entry) != _key(new)]
        self._entries.append(new)


def _key(entry: CacheEntry) -> tuple[str, str, bool, str | None, str | None]:
    return entry.origin, entry.url, entry.credentials, entry.method, entry.header


def _covers_header(headers: set[str | None], name: str, asked: Asked) -> bool:
    wildcard = WILDCARD in headers and not (asked.strict and name == "authorization")
    return wildcard or name in headers

"""
The browsers' engines, and in what they differ beyond their words.

The Fetch standard leaves the limits of the preflight cache to the browser, and the engines take
liberties with the rest of it. Everything else but a few headers of preflights is one procedure for
all. Measured in Chromium 156 and Firefox ESR 153; the tests compare.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["DEFAULT_MAX_AGE", "CacheTraits", "Engine", "Traits", "traits_of"]

DEFAULT_MAX_AGE = 5
"""Seconds, where the server says nothing (https://fetch.spec.whatwg.org/#cors-preflight-fetch-0)."""

_DIGITS = re.compile(r"[0-9]+")
_INTEGER = re.compile(r"[+-]?[0-9]+")


class Engine(StrEnum):
    """
    Name whose sentences and limits a `Browser` has.
    """

    CHROMIUM = "chromium"
    FIREFOX = "firefox"
    SAFARI = "safari"


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheTraits:
    """
    Hold how an engine remembers the answers to preflights.

    Attributes:
        max_age: The longest that one is kept, in seconds.
        garbage_max_age: What an age that is no number counts as, in seconds.
        negative_max_age: What a negative age counts as, in seconds.
        one_answer: Whether a new answer for a URL replaces all that was known about it.
        knows_wildcard: Whether a remembered `*` still means everything.
        splits_credentials: Whether answers to preflights with credentials are of no use without.
        forgets_failures: Whether a blocked response makes it ask again, as the standard has it.
    """

    max_age: int
    garbage_max_age: int
    negative_max_age: int
    one_answer: bool
    knows_wildcard: bool
    splits_credentials: bool
    forgets_failures: bool

    def read_max_age(self, value: str | None) -> int:
        """
        Read `Access-Control-Max-Age`.

        Args:
            value: The combined value; None where the header is absent.

        Returns:
            Seconds, capped; 0 for an answer that is not kept.
        """
        if value is None:
            return DEFAULT_MAX_AGE
        if _DIGITS.fullmatch(value):
            # A number with hundreds of digits is as long as the cap, not an exception.
            return min(int(value[:20]), self.max_age)
        if _INTEGER.fullmatch(value):
            return self.negative_max_age
        return self.garbage_max_age


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """
    Hold what sets an engine apart.

    Attributes:
        cache: How it remembers the answers to preflights.
        preflight_is_new: Whether `Sec-Fetch-Site` of a preflight leaves out the redirects before
            it, which the standard takes in.
        preflight_keeps_origin: Whether a preflight has the page's `Origin` where the request to
            come has `null`, which in the standard both have.
        keeps_asking: Whether a request that began with a preflight has one at each redirect, even
            if it has become one that needs none.
        lax_by_default: Whether a cookie without `SameSite` stays at home.
        refusal: What the promise is rejected with.
    """

    cache: CacheTraits
    preflight_is_new: bool
    preflight_keeps_origin: bool
    keeps_asking: bool
    lax_by_default: bool
    refusal: str


_TRAITS = {
    Engine.CHROMIUM: Traits(
        cache=CacheTraits(
            max_age=7200,
            garbage_max_age=DEFAULT_MAX_AGE,
            negative_max_age=0,
            one_answer=True,
            knows_wildcard=True,
            splits_credentials=False,
            forgets_failures=False,
        ),
        preflight_is_new=True,
        preflight_keeps_origin=False,
        keeps_asking=False,
        lax_by_default=True,
        refusal="TypeError: Failed to fetch",
    ),
    Engine.FIREFOX: Traits(
        cache=CacheTraits(
            max_age=86400,
            garbage_max_age=0,
            negative_max_age=0,
            one_answer=False,
            knows_wildcard=False,
            splits_credentials=True,
            forgets_failures=True,
        ),
        preflight_is_new=True,
        preflight_keeps_origin=True,
        keeps_asking=True,
        lax_by_default=False,
        refusal="TypeError: NetworkError when attempting to fetch resource.",
    ),
    # Not compared with the real one but for its words and the age of its cache.
    Engine.SAFARI: Traits(
        cache=CacheTraits(
            max_age=600,
            garbage_max_age=DEFAULT_MAX_AGE,
            negative_max_age=DEFAULT_MAX_AGE,
            one_answer=True,
            knows_wildcard=True,
            splits_credentials=False,
            forgets_failures=True,
        ),
        preflight_is_new=False,
        preflight_keeps_origin=False,
        keeps_asking=False,
        # Its tracking prevention, which no `Browser` has, keeps all of them at home.
        lax_by_default=True,
        refusal="TypeError: Load failed",
    ),
}


def traits_of(engine: Engine) -> Traits:
    """
    Give what sets an engine apart.
    """
    return _TRAITS[engine]

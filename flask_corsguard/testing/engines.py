"""
The browsers' engines, and in what they differ beyond their words.

The Fetch standard leaves the limits of the preflight cache to the browser, and the engines read an
unusable `Access-Control-Max-Age` each in its own way. Everything else is one procedure for all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["DEFAULT_MAX_AGE", "Engine", "Traits", "traits_of"]

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
class Traits:
    """
    Hold what sets an engine apart.

    Attributes:
        max_age: The longest that an answer to a preflight is kept, in seconds.
        garbage_max_age: What a value that is no number of seconds counts as, in seconds.
        negative_max_age: What a negative number counts as, in seconds.
        one_answer: Whether a new answer for a URL replaces all that was known about it.
        keeps_case: Whether sentences name a header as script wrote it.
        refusal: What the promise is rejected with.
    """

    max_age: int
    garbage_max_age: int
    negative_max_age: int
    one_answer: bool
    keeps_case: bool
    refusal: str

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


_TRAITS = {
    Engine.CHROMIUM: Traits(
        max_age=7200,
        garbage_max_age=DEFAULT_MAX_AGE,
        negative_max_age=0,
        one_answer=True,
        keeps_case=False,
        refusal="TypeError: Failed to fetch",
    ),
    Engine.FIREFOX: Traits(
        max_age=86400,
        garbage_max_age=0,
        negative_max_age=0,
        one_answer=False,
        keeps_case=False,
        refusal="TypeError: NetworkError when attempting to fetch resource.",
    ),
    Engine.SAFARI: Traits(
        max_age=600,
        garbage_max_age=DEFAULT_MAX_AGE,
        negative_max_age=DEFAULT_MAX_AGE,
        one_answer=True,
        keeps_case=True,
        refusal="TypeError: Load failed",
    ),
}


def traits_of(engine: Engine) -> Traits:
    """
    Give what sets an engine apart.
    """
    return _TRAITS[engine]

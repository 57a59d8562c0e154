"""
Medians and quartiles, and the differences and ratios of rows that took part in the same rounds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

__all__ = ["Ratio", "Spread", "differences", "ratio", "spread"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """
    Hold the quartiles of some samples.

    Attributes:
        low: A quarter of the samples are below.
        middle: Half of them are.
        high: Three quarters are.
        samples: How many there are.
    """

    low: float
    middle: float
    high: float
    samples: int

    @property
    def error(self) -> float:
        """
        Give the standard error of the middle, estimated from the quartiles as for a bell curve.
        """
        return 1.2533 * (self.high - self.low) / 1.349 / math.sqrt(self.samples)


def spread(samples: Sequence[float]) -> Spread:
    """
    Give the quartiles of samples, of which there has to be at least one.
    """
    if not samples:
        raise ValueError("there are no quartiles of nothing")
    pair = samples if len(samples) > 1 else [*samples, *samples]
    low, middle, high = quantiles(pair, n=4, method="inclusive")
    return Spread(low=low, middle=middle, high=high, samples=len(samples))


def differences(row: Mapping[int, float], base: Mapping[int, float]) -> dict[int, float]:
    """
    Give the differences of two rows, round by round, where both took part.
    """
    return {number: value - base[number] for number, value in row.items() if number in base}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """
    Hold the ratio of two medians.

    Attributes:
        value: The ratio.
        error: Its standard error, of the rounds of this run; another run may find another mood.
    """

    value: float
    error: float = 0.0


def ratio(above: Spread, below: Spread) -> Ratio | None:
    """
    Give the ratio of two medians; None where there is nothing to compare with.
    """
    if below.middle <= 0:
        return None
    value = above.middle / below.middle
    error = math.hypot(above.error, value * below.error) / below.middle
    return Ratio(value=value, error=error)

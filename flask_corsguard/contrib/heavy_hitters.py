"""
Count the most frequent of any number of keys in a bounded table.

It is the Space-Saving algorithm (Metwally, Agrawal and El Abbadi, 2005): where the table is full, a
new key takes the place of the rarest one, and its count. A dict of all keys would be exact, and
whoever sends the requests could make it as large as he likes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["HeavyHitters", "Hit"]

T = TypeVar("T")


@dataclass(slots=True)
class Hit(Generic[T]):
    """
    Hold what is known of one key.

    Attributes:
        key: The key.
        note: What the table's owner keeps beside it.
        count: How often it was seen, at most.
        error: How much of that may be due to keys that were here before.
    """

    key: str
    note: T
    count: int
    error: int


class HeavyHitters(Generic[T]):
    """
    Keep the keys that are seen most often; each step takes the same time, however full it is.

    A key that makes up more than one in `capacity` of what was counted is always in the table. It
    is not thread-safe.
    """

    def __init__(self, capacity: int) -> None:
        """
        Begin with an empty table.

        Args:
            capacity: How many keys are kept at most.
        """
        self._capacity = capacity
        self._hits: dict[str, Hit[T]] = {}
        # The keys by their counts; as these grow by one, the lowest is never looked for.
        self._by_count: dict[int, dict[str, None]] = {}
        self._lowest = 0
        self.total: int = 0

    def __len__(self) -> int:
        return len(self._hits)

    def find(self, key: str) -> Hit[T] | None:
        """
        Find what is known of a key; None if it is not in the table.
        """
        return self._hits.get(key)

    def count(self, key: str) -> Hit[T]:
        """
        Count a key that is in the table.

        Raises:
            KeyError: If it is not.
        """
        hit = self._hits[key]
        self.total += 1
        self._leave(hit)
        hit.count += 1
        self._join(hit)
        if self._lowest not in self._by_count:
            self._lowest += 1
        return hit

    def add(self, key: str, note: T) -> Hit[T]:
        """
        Count a key that is not in the table, in the place of the rarest one if there is no other.

        Args:
            key: The key.
            note: What to keep beside it.
        """
        self.total += 1
        error = 0
        if len(self._hits) >= self._capacity:
            error = self._lowest
            rarest = next(iter(self._by_count[error]))
            self._leave(self._hits.pop(rarest))
        hit = self._hits[key] = Hit(key, note, error + 1, error)
        self._join(hit)
        if error not in self._by_count:
            self._lowest = error + 1
        return hit

    def top(self, number: int) -> list[Hit[T]]:
        """
        List the most frequent keys, the most frequent first.

        Args:
            number: How many.
        """
        found: list[Hit[T]] = []
        for count in sorted(self._by_count, reverse=True):
            if len(found) >= number:
                break
            found += [self._hits[key] for key in self._by_count[count]]
        return found[: max(number, 0)]

    def clear(self) -> None:
        """
        Forget everything.
        """
        self._hits.clear()
        self._by_count.clear()
        self._lowest = self.total = 0

    def _leave(self, hit: Hit[T]) -> None:
        peers = self._by_count[hit.count]
        del peers[hit.key]
        if not peers:
            del self._by_count[hit.count]

    def _join(self, hit: Hit[T]) -> None:
        self._by_count.setdefault(hit.count, {})[hit.key] = None

"""
The table of the most frequent keys is bounded, and holds what it promises.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_corsguard.contrib.heavy_hitters import HeavyHitters

KEYS = st.lists(st.sampled_from("abcdefghij"), max_size=200)


def counted(keys: list[str], capacity: int) -> HeavyHitters[None]:
    table = HeavyHitters[None](capacity)
    for key in keys:
        if table.find(key) is None:
            table.add(key, None)
        else:
            table.count(key)
    return table


@given(keys=KEYS, capacity=st.integers(1, 12))
def test_counts_are_off_by_no_more_than_their_error(keys: list[str], capacity: int) -> None:
    exact, table = Counter(keys), counted(keys, capacity)
    for hit in table.top(capacity):
        assert hit.count - hit.error <= exact[hit.key] <= hit.count
        assert hit.error <= len(keys) // capacity


@given(keys=KEYS, capacity=st.integers(1, 12))
def test_what_is_frequent_is_in_the_table(keys: list[str], capacity: int) -> None:
    table = counted(keys, capacity)
    frequent = {key for key, number in Counter(keys).items() if number > len(keys) / capacity}
    assert frequent <= {hit.key for hit in table.top(capacity)}


@given(keys=KEYS, capacity=st.integers(1, 12))
def test_the_table_is_bounded_and_loses_no_count(keys: list[str], capacity: int) -> None:
    table = counted(keys, capacity)
    assert len(table) == min(capacity, len(set(keys)))
    assert table.total == len(keys)
    assert sum(hit.count for hit in table.top(capacity)) == len(keys)


@given(keys=KEYS)
def test_with_room_for_all_it_is_exact(keys: list[str]) -> None:
    found = {hit.key: hit.count for hit in counted(keys, 10).top(10)}
    assert found == Counter(keys)


@given(keys=KEYS, number=st.integers(-1, 12))
def test_the_most_frequent_come_first(keys: list[str], number: int) -> None:
    top = counted(keys, 5).top(number)
    assert len(top) <= max(number, 0)
    assert [hit.count for hit in top] == sorted((hit.count for hit in top), reverse=True)
    everything = counted(keys, 5).top(5)
    assert [hit.key for hit in top] == [hit.key for hit in everything[: max(number, 0)]]


def test_it_begins_anew_when_it_is_cleared() -> None:
    table = counted(["a", "a", "b"], 2)
    table.clear()
    table.add("c", None)
    assert [(hit.key, hit.count) for hit in table.top(5)] == [("c", 1)]
    assert table.total == 1


def test_a_key_that_is_not_there_cannot_be_counted() -> None:
    with pytest.raises(KeyError):
        HeavyHitters[None](1).count("a")

"""
The automaton of an expression, put together by hand, and what is counted in it.
"""

from __future__ import annotations

import pytest

from flask_corsguard.protocol.automata import (
    Automaton,
    Builder,
    Part,
    UnjudgedError,
    busiest,
    effort,
    is_exponential,
    is_polynomial,
)
from flask_corsguard.protocol.origins import MAX_ORIGIN_BYTES

A, B, C = (1 << ord(character) for character in "abc")


def loop(*masks: int, low: int = 1) -> Automaton:
    """
    Build the automaton of `(ab)+`, or that of another word.
    """
    builder = Builder()
    word = builder.nothing
    for mask in masks:
        word = builder.join(word, builder.characters(mask))
    return builder.finish(builder.loop(word, low=low))


def star(builder: Builder, mask: int) -> Part:
    return builder.loop(builder.characters(mask), low=0)


def test_a_character_is_a_state_and_the_end_is_the_last() -> None:
    builder = Builder()
    assert builder.characters(A) == Part(first={0: 1}, last={0: 1}, empty=0)
    second = builder.characters(B)
    assert second == Part(first={1: 1}, last={1: 1}, empty=0)
    machine = builder.finish(builder.join(Part({0: 1}, {0: 1}, 0), second))
    assert machine == Automaton(
        masks=(A, B, 0),
        first={0: 1},
        follow=({1: 1}, {2: 1}, {}),
        again=(frozenset(), frozenset(), frozenset()),
        looks=(),
        in_loop=False,
    )


def test_what_may_be_left_out_is_entered_and_left_past() -> None:
    builder = Builder()
    maybe = builder.choose([builder.characters(A), builder.nothing])
    assert maybe == Part(first={0: 1}, last={0: 1}, empty=1)
    then = builder.join(maybe, builder.characters(B))
    assert then == Part(first={0: 1, 1: 1}, last={1: 1}, empty=0)
    back = builder.join(then, builder.choose([builder.characters(A), builder.nothing]))
    assert back == Part(first={0: 1, 1: 1}, last={1: 1, 2: 1}, empty=0)


def test_the_ways_of_several_parts_add_up_and_those_in_a_row_multiply() -> None:
    builder = Builder()
    two = builder.choose([builder.nothing, builder.nothing])
    assert two == Part(first={}, last={}, empty=2)
    assert builder.join(two, two).empty == 4
    assert builder.join(two, builder.characters(A)) == Part(first={0: 2}, last={0: 1}, empty=0)
    assert builder.join(builder.characters(A), two) == Part(first={1: 1}, last={1: 2}, empty=0)
    many = two
    for _ in range(6):
        many = builder.join(many, many)
    assert many.empty == 1_000_000_000
    assert builder.choose([many, many]).empty == 1_000_000_000


def test_a_loop_leads_back_to_its_beginning_and_remembers_that_it_does() -> None:
    machine = loop(A, B)
    assert machine.first == {0: 1}
    assert machine.follow == ({1: 1}, {0: 1, 2: 1}, {})
    assert machine.again == (frozenset(), frozenset({0}), frozenset())


def test_a_loop_may_be_passed_if_it_need_not_run_or_may_read_nothing() -> None:
    builder = Builder()
    assert star(builder, A) == Part(first={0: 1}, last={0: 1}, empty=1)
    assert builder.loop(builder.characters(A), low=1).empty == 0
    maybe = builder.choose([builder.characters(A), builder.nothing])
    assert builder.loop(maybe, low=0) == Part(first={2: 2}, last={2: 2}, empty=2)
    maybe = builder.choose([builder.characters(A), builder.nothing])
    assert builder.loop(maybe, low=3) == Part(first={3: 4}, last={3: 4}, empty=4)


def test_what_leads_on_anyway_is_no_other_round() -> None:
    builder = Builder()
    inner = builder.loop(builder.characters(A), low=1)
    machine = builder.finish(builder.loop(inner, low=1))
    assert machine.follow[0] == {0: 2, 1: 1}
    assert machine.again[0] == {0}
    builder = Builder()
    pair = builder.join(star(builder, A), star(builder, B))
    machine = builder.finish(builder.loop(pair, low=1))
    assert machine.again[:2] == (frozenset({0}), frozenset({0, 1}))


def test_a_lookaround_is_an_automaton_of_its_own() -> None:
    builder = Builder()
    inner = Builder(builder)
    look = inner.finish(inner.characters(A), in_loop=True)
    builder.looks.append(look)
    machine = builder.finish(builder.characters(B))
    assert (machine.looks, machine.in_loop, look.in_loop) == ((look,), False, True)


def test_a_part_that_is_too_large_is_not_judged() -> None:
    builder = Builder()
    for _ in range(1500):
        builder.characters(A)
    with pytest.raises(UnjudgedError):
        builder.characters(A)
    builder = Builder()
    wide = builder.choose(builder.characters(A) for _ in range(320))
    with pytest.raises(UnjudgedError):
        builder.join(wide, wide)


@pytest.mark.parametrize(
    ("text", "compared"), [("", 1), ("a", 3), ("aa", 5), ("aab", 5), ("b", 1), ("ba", 1)]
)
def test_effort_counts_what_is_compared_until_nothing_fits(text: str, compared: int) -> None:
    assert effort(loop(A), text, bound=1000) == compared


def test_a_lookaround_begins_anywhere_and_again_at_every_turn() -> None:
    assert [effort(loop(A), "a" * n, bound=1000, anywhere=True) for n in (0, 1, 2)] == [1, 4, 9]
    look, builder = loop(A), Builder()
    builder.looks.append(look)
    machine = builder.finish(builder.loop(builder.characters(A), low=1))
    # It compares 9 itself, and is entered by 2 ways at most.
    assert effort(machine, "aa", bound=1000) == 5 + 2 * 9


def test_counting_ends_at_the_bound() -> None:
    assert effort(loop(A), "a" * 1000, bound=50) in range(50, 53)
    assert effort(loop(A), "a", bound=1) == 1
    assert effort(loop(A), "aa", bound=3) == 3


def test_a_long_text_takes_a_simple_loop_no_more_than_twice_its_length() -> None:
    assert busiest(loop(A)) == 1 + 2 * MAX_ORIGIN_BYTES
    # Three in a round of two characters; of the last round, half is cut off.
    assert busiest(loop(A, B)) == 3 * MAX_ORIGIN_BYTES // 2


def test_a_loop_is_exponential_if_one_text_leads_around_it_in_two_ways() -> None:
    for machine in (loop(A), loop(A, B), loop(A, A)):
        assert is_exponential(machine) is False
        assert is_polynomial(machine) is False
    builder = Builder()
    twice = builder.choose([builder.characters(A), builder.characters(A | B)])
    assert is_exponential(builder.finish(builder.loop(twice, low=1))) is True
    builder = Builder()
    nested = builder.loop(builder.loop(builder.characters(A), low=1), low=1)
    assert is_exponential(builder.finish(nested)) is True


def test_two_loops_in_a_row_are_polynomial_if_they_share_a_text() -> None:
    for second, shared in ((A, True), (A | B, True), (B, False)):
        builder = Builder()
        machine = builder.finish(builder.join(star(builder, A), star(builder, second)))
        assert is_exponential(machine) is False
        assert is_polynomial(machine) is shared


def word(builder: Builder, *masks: int) -> Part:
    whole = builder.nothing
    for mask in masks:
        whole = builder.join(whole, builder.characters(mask))
    return whole


def test_two_ways_out_of_a_loop_are_not_two_ways_around_it() -> None:
    builder = Builder()
    out = builder.choose([builder.nothing, builder.nothing])
    part = builder.join(builder.join(star(builder, A), out), builder.characters(B))
    machine = builder.finish(part)
    assert machine.follow[0] == {0: 1, 1: 2}
    assert is_exponential(machine) is False


@pytest.mark.parametrize(
    ("first", "between", "second", "shared"),
    [
        ((A, B), (), (A, B), True),
        ((A, B), (), (B, A), False),
        ((A, B), (B,), (A, B), False),
        ((A, B), (A,), (B, A), True),
        ((A, B), (), (A, A, B), False),
        ((A, A, B), (), (A, B), False),
        ((A, A), (), (A, A, A), True),
        ((A | B,), (B | C,), (A | C,), False),
        ((A | B,), (A | C,), (A | C,), True),
    ],
)
def test_two_loops_share_a_text_that_leads_from_one_to_the_other_as_well(
    first: tuple[int, ...], between: tuple[int, ...], second: tuple[int, ...], shared: bool
) -> None:
    builder = Builder()
    one = builder.loop(word(builder, *first), low=0)
    middle = word(builder, *between)
    two = builder.loop(word(builder, *second), low=0)
    machine = builder.finish(builder.join(builder.join(one, middle), two))
    assert is_polynomial(machine) is shared


def test_a_lookaround_with_a_loop_is_polynomial_inside_a_loop_alone() -> None:
    for in_loop in (False, True):
        builder = Builder()
        machine = builder.finish(star(builder, A), in_loop=in_loop)
        assert is_polynomial(machine) is in_loop
    builder = Builder()
    assert is_polynomial(builder.finish(builder.characters(A), in_loop=True)) is False

"""
`CachedOrigins`: what is remembered, for how long, and what happens when the store fails.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from flask_corsguard import RequestHead
from flask_corsguard.stores import (
    BreakerState,
    CachedOrigins,
    OriginStore,
    StoreUnavailableError,
)
from servers.launch import wait_until

from .helpers import FRIEND, STRANGER, Clock, Scripted, about, in_threads, tenant


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> Scripted:
    return Scripted(FRIEND)


def cached(store: Any, clock: Clock, **options: Any) -> CachedOrigins:
    return CachedOrigins(store, **{"jitter": 0, "clock": clock, **options})


def answers(origins: OriginStore, count: int, origin: str = FRIEND) -> list[bool | str]:
    """Ask several times, and give the answers, or the names of the errors."""
    said: list[bool | str] = []
    for _ in range(count):
        try:
            said.append(origins.allows(origin, about()))
        except Exception as error:  # noqa: BLE001 - its name is looked at
            said.append(type(error).__name__)
    return said


def test_a_yes_is_asked_for_once_until_its_time_is_over(store: Scripted, clock: Clock) -> None:
    origins = cached(store, clock, ttl=60)
    assert answers(origins, 3) == [True] * 3
    clock.advance(59)
    assert answers(origins, 1) == [True]
    assert len(store.asked) == 1
    clock.advance(1)
    assert answers(origins, 1) == [True]
    assert len(store.asked) == 2


def test_a_no_has_a_time_of_its_own(store: Scripted, clock: Clock) -> None:
    origins = cached(store, clock, ttl=60, negative_ttl=5)
    assert answers(origins, 3, STRANGER) == [False] * 3
    assert len(store.asked) == 1
    store.allowed = {STRANGER}
    clock.advance(5)
    assert answers(origins, 1, STRANGER) == [True]


def test_a_revoked_origin_is_rejected_when_its_time_is_over(store: Scripted, clock: Clock) -> None:
    origins = cached(store, clock, ttl=60)
    assert answers(origins, 1) == [True]
    store.allowed = set()
    clock.advance(60)
    assert answers(origins, 2) == [False, False]


def test_a_yes_is_remembered_until_its_time_is_over(store: Scripted, clock: Clock) -> None:
    origins = cached(store, clock, ttl=60)
    assert origins.remembers(FRIEND) is False
    assert answers(origins, 1) + answers(origins, 1, STRANGER) == [True, False]
    assert origins.remembers(FRIEND) is True
    assert origins.remembers(STRANGER) is False
    assert origins.statistics.hits == 1
    clock.advance(59.9)
    assert origins.remembers(FRIEND) is True
    clock.advance(0.1)
    assert origins.remembers(FRIEND) is False
    assert answers(origins, 1) == [True]
    origins.invalidate()
    assert origins.remembers(FRIEND) is False
    assert store.asked == [FRIEND, STRANGER, FRIEND]


def test_what_depends_on_a_scope_is_not_remembered_for_all(store: Scripted, clock: Clock) -> None:
    origins = cached(store, clock, scope=tenant)
    assert origins.allows(FRIEND, about("acme"))
    assert origins.remembers(FRIEND) is False


def test_jitter_only_shortens(store: Scripted) -> None:
    times: set[float] = set()
    for _ in range(20):
        clock = Clock()
        origins = cached(store, clock, ttl=60, jitter=0.5)
        answers(origins, 1)
        asked = len(store.asked)
        while len(store.asked) == asked:
            clock.advance(1)
            answers(origins, 1)
        times.add(clock.now - 1000)
    assert max(times) <= 60
    assert min(times) > 30
    assert len(times) > 5


def test_only_true_allows(clock: Clock) -> None:
    for nearly in (1, "yes", object(), RequestHead):
        assert not cached(lambda *_, said=nearly: said, clock).allows(FRIEND, about())


def test_a_callable_is_as_good_as_a_store(clock: Clock) -> None:
    assert answers(cached(lambda origin, head: origin == FRIEND, clock), 2) == [True, True]


@pytest.mark.parametrize("wrong", [None, "https://app.example.com", 7, Scripted])
def test_what_is_neither_a_store_nor_a_callable_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="neither a store nor a callable"):
        CachedOrigins(wrong)


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ({"ttl": 0}, ValueError, "ttl: 0 is out of range; write more than 0"),
        ({"ttl": "60"}, TypeError, "ttl: '60' is no number"),
        ({"ttl": True}, TypeError, "ttl: True is no number"),
        ({"ttl": float("nan")}, ValueError, "ttl: nan is out of range"),
        ({"jitter": 10}, ValueError, "write 0.1 for 10 %"),
        ({"max_entries": 1.5}, TypeError, "max_entries: 1.5 is no whole number"),
        ({"scope": "tenant"}, TypeError, "scope: 'tenant' is no function"),
        ({"invalidation": "redis://"}, TypeError, "write RedisInvalidation"),
        ({"tll": 5}, TypeError, "tll"),
    ],
)
def test_a_wrong_option_is_refused(
    options: dict[str, Any], kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said):
        CachedOrigins(Scripted(), **options)


def test_a_flood_of_strangers_fills_no_memory_and_pushes_out_nobody(
    store: Scripted, clock: Clock
) -> None:
    origins = cached(store, clock, max_entries=100, burst=10**6)
    assert answers(origins, 1) == [True]
    for number in range(5000):
        origins.allows(f"https://a{number}.evil.example", about())
    assert origins.statistics.known_bad == 100
    asked = len(store.asked)
    assert answers(origins, 1) == [True]
    assert len(store.asked) == asked


def test_the_yeses_are_bounded_too(clock: Clock) -> None:
    origins = cached(lambda origin, head: True, clock, max_entries=100, burst=10**6)
    for number in range(1000):
        assert origins.allows(f"https://a{number}.example", about())
    assert origins.statistics.known_good == 100


def test_a_flood_is_asked_about_at_a_bounded_rate(store: Scripted, clock: Clock) -> None:
    origins = cached(store, clock, misses_per_second=10, burst=20, ttl=5, negative_ttl=1)
    assert answers(origins, 1) == [True]

    def flood() -> None:
        for number in range(500):
            answers(origins, 1, f"https://a{number}.evil.example")

    flood()
    assert len(store.asked) == 20
    clock.advance(6)
    flood()
    assert len(store.asked) == 40
    assert origins.statistics.limited > 900
    # Who is known to be good is asked about all the same.
    assert answers(origins, 1) == [True]
    assert store.asked[-1] == FRIEND


def test_a_limited_question_is_a_failure_and_not_remembered(store: Scripted, clock: Clock) -> None:
    origins = cached(store, clock, misses_per_second=1, burst=1)
    assert answers(origins, 1, STRANGER) == [False]
    assert answers(origins, 2) == ["StoreUnavailableError"] * 2
    clock.advance(1)
    assert answers(origins, 1) == [True]


def test_fifty_requests_at_once_are_one_question(clock: Clock) -> None:
    gate, asked = threading.Event(), []

    def slow(origin: str, head: RequestHead) -> bool:
        asked.append(origin)
        return gate.wait(30)

    origins = cached(slow, clock)
    said: list[bool] = []
    threads = in_threads(50, lambda: said.append(origins.allows(FRIEND, about())))
    wait_until(lambda: origins.statistics.waits == 49, "the others to wait")
    gate.set()
    for thread in threads:
        thread.join(10)
    assert said == [True] * 50
    assert asked == [FRIEND]


def test_who_waits_is_told_of_the_failure(clock: Clock) -> None:
    gate = threading.Event()

    def broken(origin: str, head: RequestHead) -> bool:
        gate.wait(30)
        raise OSError("no route")

    origins = cached(broken, clock)
    said: list[bool | str] = []
    threads = in_threads(5, lambda: said.extend(answers(origins, 1)))
    wait_until(lambda: origins.statistics.waits == 4, "the others to wait")
    gate.set()
    for thread in threads:
        thread.join(10)
    assert sorted(map(str, said)) == ["OSError", *["StoreUnavailableError"] * 4]
    assert origins.statistics.failures == 1


def test_a_store_that_asks_itself_does_not_wait_for_itself(clock: Clock) -> None:
    origins: CachedOrigins

    def recursive(origin: str, head: RequestHead) -> bool:
        return origins.allows(origin, head)

    origins = cached(recursive, clock)
    with pytest.raises(StoreUnavailableError, match="asks itself"):
        origins.allows(FRIEND, about())


def test_known_good_origins_outlive_the_store_for_a_bounded_time(
    store: Scripted, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    origins = cached(store, clock, ttl=60, stale_for=300)
    assert answers(origins, 1) == [True]
    store.error = OSError("the database is away")
    clock.advance(60)
    assert answers(origins, 10) == [True] * 10
    assert answers(origins, 1, STRANGER) == ["StoreUnavailableError"]
    clock.advance(299)
    assert answers(origins, 1) == [True]
    clock.advance(1)
    assert answers(origins, 1) == ["StoreUnavailableError"]
    assert origins.statistics.stale == 11
    said = [r.message for r in caplog.records if "still allowed" in r.message]
    assert len(said) == 2  # once a minute, and there are six of them


def test_what_was_rejected_never_becomes_a_yes(store: Scripted, clock: Clock) -> None:
    origins = cached(store, clock, ttl=60, negative_ttl=1, stale_for=10**6)
    assert answers(origins, 1) == [True]
    store.allowed = set()
    clock.advance(60)
    assert answers(origins, 1) == [False]
    store.error = OSError()
    clock.advance(60)
    assert answers(origins, 1) == ["OSError"]


def test_a_dead_store_is_asked_three_times_and_then_left_alone(
    store: Scripted, clock: Clock
) -> None:
    origins = cached(store, clock, failures=3, retry_after=1)
    store.error = OSError()
    assert answers(origins, 10) == ["OSError"] * 3 + ["StoreUnavailableError"] * 7
    assert origins.statistics.breaker is BreakerState.OPEN
    assert origins.statistics.short_circuited == 7


def test_one_question_is_let_through_from_time_to_time(store: Scripted, clock: Clock) -> None:
    origins = cached(store, clock, failures=1, retry_after=1)
    store.error = OSError()
    answers(origins, 1)
    pauses: list[float] = []
    for _ in range(8):
        asked, began = len(store.asked), clock.now
        while len(store.asked) == asked:
            clock.advance(0.1)
            answers(origins, 5)
        assert len(store.asked) == asked + 1
        pauses.append(clock.now - began)
    # A little is taken off each at random: 1, 2, 4, ... 30 seconds.
    assert all(
        0.75 * wanted <= pause <= wanted + 0.2
        for pause, wanted in zip(pauses, [1, 2, 4, 8, 16, 30, 30, 30], strict=True)
    )
    store.error = None
    clock.advance(31)
    assert answers(origins, 1) == [True]
    assert origins.statistics.breaker is BreakerState.CLOSED


def test_while_one_question_tries_the_others_are_turned_away(clock: Clock) -> None:
    gate, broken = threading.Event(), True

    def asked(origin: str, head: RequestHead) -> bool:
        if broken:
            raise OSError
        return gate.wait(30)

    origins = cached(asked, clock, failures=1)
    answers(origins, 1)
    broken = False
    clock.advance(2)
    probe = in_threads(1, lambda: answers(origins, 1))[0]
    wait_until(lambda: origins.statistics.breaker is BreakerState.HALF_OPEN, "the probe")
    assert answers(origins, 3, STRANGER) == ["StoreUnavailableError"] * 3
    gate.set()
    probe.join(10)
    assert origins.statistics.breaker is BreakerState.CLOSED


@pytest.mark.parametrize("error", [KeyError("tenant"), TypeError(), ValueError(), LookupError()])
def test_a_question_that_is_wrong_does_not_close_the_store_to_others(
    store: Scripted, clock: Clock, error: Exception
) -> None:
    origins = cached(store, clock, failures=1)
    store.error = error
    assert answers(origins, 5, STRANGER) == [type(error).__name__] * 5
    store.error = None
    assert answers(origins, 1) == [True]


def test_wrong_questions_do_not_keep_the_store_closed(store: Scripted, clock: Clock) -> None:
    origins = cached(store, clock, failures=1)
    store.error = OSError()
    answers(origins, 1)
    clock.advance(1)
    store.error = KeyError()
    answers(origins, 3)
    store.error = None
    assert answers(origins, 1) == [True]
    assert origins.statistics.breaker is BreakerState.CLOSED


def test_no_request_waits_longer_than_the_timeout(clock: Clock) -> None:
    gate = threading.Event()
    origins = cached(lambda *_: gate.wait(30), clock, timeout=0.05, failures=2)
    try:
        for _ in range(2):
            with pytest.raises(StoreUnavailableError, match=r"did not answer within 0\.05 seconds"):
                origins.allows(FRIEND, about())
        with pytest.raises(StoreUnavailableError, match="is down"):
            origins.allows(FRIEND, about())
    finally:
        gate.set()
    assert origins.statistics.failures == 2
    # What comes late is an answer all the same, for whoever asks next.
    wait_until(lambda: answers(origins, 1) == [True], "the late answer")


def test_where_no_thread_can_be_started_nobody_waits(
    store: Scripted, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    origins = cached(store, clock, timeout=30)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert answers(origins, 2) == ["RuntimeError"] * 2
    assert origins.statistics.failures == 2
    assert answers(origins, 1) == [True]


def test_an_answer_in_time_comes_from_another_thread(clock: Clock) -> None:
    threads: list[str] = []

    def asked(origin: str, head: RequestHead) -> bool:
        threads.append(threading.current_thread().name)
        return True

    assert answers(cached(asked, clock, timeout=30), 1) == [True]
    assert threads == ["corsguard-look-up"]


def test_an_invalidation_drops_a_scope_and_no_other(store: Scripted, clock: Clock) -> None:
    origins = cached(store, clock, scope=tenant)
    for name in ("apples", "pears"):
        assert origins.allows(FRIEND, about(name))
    store.allowed = set()
    origins.invalidate("apples")
    assert not origins.allows(FRIEND, about("apples"))
    assert origins.allows(FRIEND, about("pears"))
    origins.changed()
    assert not origins.allows(FRIEND, about("pears"))


def test_an_answer_from_before_a_change_is_not_remembered_after_it(clock: Clock) -> None:
    gates, said = [threading.Event(), threading.Event()], [True, False]
    asked: list[str] = []

    def ask(origin: str, head: RequestHead) -> bool:
        number = len(asked)
        asked.append(origin)
        gates[number].wait(30)
        return said[number]

    origins = cached(ask, clock)
    first = in_threads(1, lambda: origins.allows(FRIEND, about()))[0]
    wait_until(lambda: len(asked) == 1, "the first question")
    origins.invalidate()
    # Nobody who comes after the change waits for the answer from before it.
    second = in_threads(1, lambda: origins.allows(FRIEND, about()))[0]
    wait_until(lambda: len(asked) == 2, "the second question")
    for gate, thread in ((gates[1], second), (gates[0], first)):
        gate.set()
        thread.join(10)
    assert origins.allows(FRIEND, about()) is False
    assert len(asked) == 2


def test_what_was_dropped_is_not_served_when_the_store_fails(store: Scripted, clock: Clock) -> None:
    origins = cached(store, clock)
    assert answers(origins, 1) == [True]
    origins.invalidate()
    store.error = OSError()
    assert answers(origins, 1) == ["OSError"]


def test_without_a_scope_the_store_cannot_look_at_the_request(clock: Clock) -> None:
    """What it said to one tenant would be remembered for all."""
    seen: list[RequestHead] = []

    def asked(origin: str, head: RequestHead) -> bool:
        seen.append(head)
        return head.view_args["tenant"] == "apples"

    origins = cached(asked, clock)
    with pytest.raises(KeyError):
        origins.allows(FRIEND, about("apples", path="/apples", host="apples.example"))
    assert seen == [RequestHead(method="GET", origin=FRIEND)]


def test_with_a_scope_each_has_its_own_answers(clock: Clock) -> None:
    origins = cached(lambda origin, head: head.view_args["tenant"] == "apples", clock, scope=tenant)
    for _ in range(2):
        assert origins.allows(FRIEND, about("apples"))
        assert not origins.allows(FRIEND, about("pears"))
    assert origins.statistics.lookups == 2


@pytest.mark.parametrize("scope", [None, "", "a" * 129, "a\x00b", "a\nb", "\ud800", " a", "a "])
def test_what_is_no_scope_is_rejected_unasked(store: Scripted, clock: Clock, scope: Any) -> None:
    origins = cached(store, clock, scope=lambda head: scope)
    assert answers(origins, 2) == [False, False]
    assert not store.asked


@pytest.mark.parametrize("scope", [7, True, b"apples", ["apples"], object()])
def test_a_scope_that_is_no_text_is_an_error(store: Scripted, clock: Clock, scope: Any) -> None:
    origins = cached(store, clock, scope=lambda head: scope)
    with pytest.raises(TypeError, match="return a str or None"):
        origins.allows(FRIEND, about())
    assert not store.asked


def test_a_scope_function_that_raises_opens_no_breaker(store: Scripted, clock: Clock) -> None:
    origins = cached(store, clock, scope=tenant, failures=1)
    assert answers(origins, 5) == ["KeyError"] * 5
    assert origins.allows(FRIEND, about("apples"))


def test_a_scope_that_strangers_choose_fills_no_memory(store: Scripted, clock: Clock) -> None:
    origins = cached(store, clock, scope=lambda h: h.host, max_entries=50, burst=10**6)
    store.allowed = ()
    for number in range(1000):
        assert not origins.allows(FRIEND, about(host=f"h{number}.example"))
    assert origins.statistics.known_bad == 50


@pytest.mark.parametrize("origin", ["", "null", "*", "https://", "a" * 10**6, "https://A.example"])
def test_what_is_no_origin_is_rejected(clock: Clock, origin: str) -> None:
    assert not cached(lambda origin, head: origin == FRIEND, clock).allows(origin, about())


def test_a_clock_that_jumps_ahead_makes_the_store_be_asked(store: Scripted, clock: Clock) -> None:
    origins = cached(store, clock)
    answers(origins, 1)
    clock.advance(10**9)
    assert answers(origins, 1) == [True]
    assert len(store.asked) == 2


def test_statistics_are_a_frozen_copy(store: Scripted, clock: Clock) -> None:
    origins = cached(store, clock)
    answers(origins, 2)
    before = origins.statistics
    answers(origins, 1)
    answers(origins, 2, STRANGER)
    assert (before.hits, before.misses, before.lookups, before.known_good) == (1, 1, 1, 1)
    after = origins.statistics
    assert (after.hits, after.negative_hits, after.known_bad) == (2, 1, 1)
    assert after.connected is None
    with pytest.raises(AttributeError):
        after.hits = 0  # type: ignore[misc]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="NOT TESTED: this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_child_process_begins_anew(store: Scripted, clock: Clock) -> None:
    """No thread but the one that forks is there, so whoever waited for another would wait on."""
    gate, began, parent = threading.Event(), threading.Event(), os.getpid()

    def asked(origin: str, head: RequestHead) -> bool:
        began.set()
        return os.getpid() != parent or gate.wait(30)

    origins = cached(asked, clock, timeout=20)
    flight = in_threads(1, lambda: origins.allows(FRIEND, about()))[0]
    began.wait(10)
    assert in_child(lambda: origins.allows(FRIEND, about()) and origins.statistics.waits == 0)
    gate.set()
    flight.join(10)


def in_child(check: Callable[[], bool]) -> bool:
    """Run a check in a forked process."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if check() else 1
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

"""
Background threads: one in each process, replaced when it hangs, gone when it is closed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from flask_corsguard.stores.refreshing import Refresher
from servers.launch import wait_until

from .test_cached import in_child


class Work:
    """Work that a test can hold up or make fail."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.error: Exception | None = None
        self.tokens: list[object] = []

    def __call__(self, token: object) -> None:
        self.tokens.append(token)
        self.goes_on.wait(30)
        if self.error is not None:
            raise self.error


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    yield work
    work.goes_on.set()


def test_work_that_hangs_is_begun_anew_and_its_results_are_not_wanted(
    work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    refresher = Refresher(work, interval=3600, patience=0.05)
    work.goes_on.clear()

    def begun_twice() -> bool:
        refresher.begin()
        return len(work.tokens) == 2

    wait_until(begun_twice, "the second thread")
    assert [refresher.is_current(token) for token in work.tokens] == [False, True]
    assert [record.message for record in caplog.records] == [
        "Reading the table of origins hangs; it is tried anew"
    ]
    work.goes_on.set()
    refresher.close()


def test_work_that_fails_is_tried_again_and_nobody_waits_for_it(work: Work) -> None:
    work.error = OSError()
    refresher = Refresher(work, interval=0.01)
    refresher.begin()
    refresher.wait(30)
    wait_until(lambda: len(work.tokens) > 3, "more tries")
    refresher.close()


def test_whoever_is_in_a_hurry_does_not_wait_for_the_interval(work: Work) -> None:
    refresher = Refresher(work, interval=3600)
    for _ in range(5):
        refresher.begin()
    refresher.wait(30)
    assert len(work.tokens) == 1
    refresher.hurry()
    wait_until(lambda: len(work.tokens) == 2, "the hurry")
    refresher.close()
    refresher.begin()
    assert len(work.tokens) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="NOT TESTED: this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_child_process_has_a_thread_of_its_own(work: Work) -> None:
    refresher = Refresher(work, interval=3600)
    refresher.begin()
    refresher.wait(30)

    def works_in_child() -> bool:
        refresher.begin()
        refresher.wait(30)
        return len(work.tokens) == 2

    assert in_child(works_in_child)
    refresher.close()

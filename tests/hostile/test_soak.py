"""
The soak test, at a size that fits into a test run.
"""

from __future__ import annotations

from .soak import soak


def test_memory_is_flat_and_nothing_is_warned_of_however_long_it_runs() -> None:
    report = soak(20_000)
    assert report.logged == ()
    # The memo of preflights may still be filling up; it holds a thousand answers, some 2 MB.
    assert report.end <= report.tenth + 4096
    # Views, redirects, preflights, refusals, unknown URLs and methods: all were among them.
    assert {200, 204, 302, 308, 403, 404, 405} <= set(report.statuses)
    assert 500 not in report.statuses

"""
With `CI` set, a test that did not run has failed.

A service or a browser that is not there is a loud skip on a contributor's machine. Where the
result decides something, a skip (and an expected failure, which proves as little) is a failure.
Pytest's own `--strict` options know nothing of the kind.
"""

import os
from collections.abc import Generator

import pytest

VARIABLE = "CI"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the report of a skipped test into that of a failed one."""
    report = yield
    fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Do the same for a module that skips itself as it is imported."""
    report = yield
    fail_if_skipped(report)
    return report


def fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Change `report` in place if it says skipped (or expected to fail) and `CI` is set."""
    if not os.environ.get(VARIABLE) or report.outcome != "skipped":
        return
    expected = getattr(report, "wasxfail", None)
    if expected is None:
        said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    else:
        said = f"expected to fail: {expected or 'no reason given'}"
        del report.wasxfail
    report.outcome = "failed"
    report.longrepr = f"{VARIABLE} is set, so nothing may be skipped. {said}"

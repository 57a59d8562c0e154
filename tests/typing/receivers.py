"""
Receive signals, and read decisions.
"""

from typing import Literal, assert_type

from blinker import NamedSignal
from flask import Flask

from flask_corsguard import (
    Decision,
    Kind,
    Outcome,
    Reason,
    cors_decided,
    origin_rejected,
    preflight_rejected,
    request_refused,
    trial_differed,
)

assert_type(origin_rejected, NamedSignal)
assert_type(preflight_rejected, NamedSignal)
assert_type(request_refused, NamedSignal)
assert_type(cors_decided, NamedSignal)
assert_type(trial_differed, NamedSignal)


@origin_rejected.connect
def count(sender: Flask, *, decision: Decision) -> None:
    assert_type(decision.kind, Kind)
    assert_type(decision.outcome, Outcome)
    assert_type(decision.reason, Reason | None)
    assert_type(decision.origin, str | None)
    assert_type(decision.policy, str | None)
    assert_type(decision.status, int | None)
    assert_type(decision.headers, tuple[tuple[str, str], ...])
    assert_type(decision.vary, tuple[str, ...])
    assert_type(decision.refusal, Literal["refused", "reported"] | None)
    assert_type(decision.explanation, str)
    assert_type(decision.seconds, float | None)
    decision.status = 200  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def advise(reason: Reason) -> str:
    assert_type(reason.why, str)
    assert_type(str(reason), str)
    return reason.fix

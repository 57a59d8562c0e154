"""
What a trial would change, if it were not one.

Two decisions about one request are compared by what they mean to a browser, not field by field:
another name for the policy changes nothing.
"""

from __future__ import annotations

from enum import StrEnum

from .protocol.decision import Decision, Kind, Outcome

__all__ = ["TrialChange", "change_between"]


class TrialChange(StrEnum):
    """
    What would change for a request. The set is closed: it is fit for a metric's label.
    """

    WOULD_REFUSE = "would-refuse"
    WOULD_REJECT = "would-reject"
    WOULD_ALLOW = "would-allow"
    OTHER_HEADERS = "other-headers"


def change_between(decision: Decision, trial: Decision) -> TrialChange | None:
    """
    Say what would change for a request; None if nothing would.

    Args:
        decision: What was decided.
        trial: What the trial decided about the same request.
    """
    if trial.refusal == "refused" != decision.refusal:
        return TrialChange.WOULD_REFUSE
    # A browser shows a page what its own origin answers, whatever the headers say.
    if decision.kind is Kind.NOT_CORS:
        return None
    if decision.outcome is not trial.outcome:
        stricter = trial.outcome is Outcome.REJECTED
        return TrialChange.WOULD_REJECT if stricter else TrialChange.WOULD_ALLOW
    return None if decision.headers == trial.headers else TrialChange.OTHER_HEADERS

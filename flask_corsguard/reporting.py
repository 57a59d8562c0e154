"""
Tell the signals and the log what was decided.

Nothing here may break a response: a receiver that raises is logged. Nothing here is loud: a
request that is turned away is an ordinary event, and whoever can send one could fill the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from time import monotonic, perf_counter

from blinker import Signal

from .errors import Problem
from .protocol.decision import Decision, Kind, Outcome, Reason
from .signals import (
    cors_decided,
    origin_rejected,
    preflight_rejected,
    request_refused,
    trial_differed,
)
from .trials import TrialChange

__all__ = ["Reporter", "logger", "report_warnings", "stopwatch"]

logger: logging.Logger = logging.getLogger("flask_corsguard")

_SECONDS_OF_SILENCE = 60
_DECIDED = (cors_decided, origin_rejected, preflight_rejected)
_BY_PREFLIGHT = frozenset(
    {Reason.METHOD_NOT_ALLOWED, Reason.HEADER_NOT_ALLOWED, Reason.HEADERS_MALFORMED}
)


def report_warnings(problems: Iterable[Problem]) -> None:
    """
    Log what is legal and rarely meant, once, at start-up.
    """
    for problem in problems:
        extra = {f"cors_{key}": value for key, value in problem.to_dict().items()}
        logger.warning("%s", problem, extra=extra)


def stopwatch() -> Callable[[], float]:
    """
    Give what tells the seconds since now.
    """
    began = perf_counter()
    return lambda: perf_counter() - began


class Reporter:
    """
    Report what is decided for one application or middleware.
    """

    def __init__(self, sender: object) -> None:
        """
        Report in the name of a sender.

        Args:
            sender: The application, or the middleware.
        """
        self._sender = sender
        self._said_at: dict[str, float] = {}

    @property
    def has_audience(self) -> bool:
        """
        Tell whether anybody wants to be told about decisions.
        """
        # This is asked of every request: what is usual takes no call.
        listened = cors_decided.receivers or origin_rejected.receivers
        if (listened or preflight_rejected.receivers) and any(map(self._tells, _DECIDED)):
            return True
        return logger.isEnabledFor(logging.INFO)

    @property
    def tells_all(self) -> bool:
        """
        Tell whether anybody wants to be told about what is allowed, too.
        """
        return self._tells(cors_decided)

    def overhear(self, *, everything: bool) -> None:
        """
        Be an audience oneself, so that every CORS request is decided in full; or do not any more.

        Args:
            everything: Whether to.
        """
        if everything:
            cors_decided.connect(self._overheard, sender=self._sender)
        else:
            cors_decided.disconnect(self._overheard)

    def report(self, decision: Decision) -> None:
        """
        Send the signals that a decision calls for, and log a rejection.

        Args:
            decision: What was decided.
        """
        if decision.refusal is not None:
            self._send(request_refused, decision)
        if decision.kind is Kind.NOT_CORS:
            return
        self._send(cors_decided, decision)
        if decision.outcome is Outcome.REJECTED:
            by_preflight = decision.reason in _BY_PREFLIGHT
            self._send(preflight_rejected if by_preflight else origin_rejected, decision)
            self._log(decision)

    def failed(self, error: Exception) -> None:
        """
        Log that deciding itself has failed, with the traceback, once a minute.

        Args:
            error: Why.
        """
        if self._is_due("a decision"):
            logger.error("A CORS decision failed; the request is rejected", exc_info=error)

    def report_trial(self, decision: Decision, trial: Decision, change: TrialChange) -> None:
        """
        Say that a trial decided otherwise: once a minute aloud for each policy and change.

        Args:
            decision: What was decided.
            trial: What the trial decided.
            change: What would change.
        """
        self._send(trial_differed, decision, trial=trial, change=change)
        due = self._is_due(f"trial {decision.policy} {change}")
        level = logging.WARNING if due else logging.INFO
        if logger.isEnabledFor(level):
            more = {"cors_policy": decision.policy, "cors_trial_policy": trial.policy}
            more["cors_change"] = change.value
            logger.log(level, "A trial decided otherwise", extra={**_extra(trial), **more})

    def failed_trial(self, error: Exception) -> None:
        """
        Log that a trial has failed, with the traceback, once a minute.

        Args:
            error: Why.
        """
        if self._is_due("a trial"):
            logger.error("A trial of a CORS policy failed; nothing depends on it", exc_info=error)

    def _overheard(self, _: object, *, decision: Decision) -> None:
        del decision

    def _tells(self, signal: Signal) -> bool:
        # Who listens to another application does not slow down this one.
        return bool(signal.receivers) and signal.has_receivers_for(self._sender)

    def _send(self, signal: Signal, decision: Decision, **more: object) -> None:
        # A signal without receivers costs nothing: blinker is not even asked who listens.
        if not signal.receivers or signal.is_muted:
            return
        for receiver in signal.receivers_for(self._sender):
            try:
                receiver(self._sender, decision=decision, **more)
            except Exception:
                logger.exception("A receiver of a CORS signal failed")

    def _log(self, decision: Decision) -> None:
        level = logging.ERROR if self._is_news(decision) else logging.INFO
        if not logger.isEnabledFor(level):
            return
        logger.log(level, "CORS request rejected", extra=_extra(decision))

    def _is_news(self, decision: Decision) -> bool:
        """
        Tell whether a failure is to be seen: once a minute for each policy.
        """
        failed = decision.reason is Reason.STORE_UNAVAILABLE
        return failed and self._is_due(f"policy {decision.policy}")

    def _is_due(self, what: str) -> bool:
        now, last = monotonic(), self._said_at.get(what)
        if last is not None and now - last < _SECONDS_OF_SILENCE:
            return False
        self._said_at[what] = now
        return True


def _extra(decision: Decision) -> dict[str, str | None]:
    """
    Give the attributes of a record about a decision.
    """
    return {
        "cors_kind": decision.kind.value,
        "cors_reason": decision.reason and decision.reason.value,
        "cors_policy": decision.policy,
        "cors_origin": decision.origin,
        "cors_method": decision.method,
        "cors_path": decision.path,
        "cors_detail": decision.detail,
    }

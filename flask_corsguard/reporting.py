"""
Tell the signals and the log what was decided.

Nothing here may break a response: a receiver that raises is logged. Nothing here is loud: a
request that is turned away is an ordinary event, and whoever can send one could fill the log.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from time import monotonic

from blinker import Signal

from .errors import Problem
from .protocol.decision import Decision, Kind, Outcome, Reason
from .signals import cors_decided, origin_rejected, preflight_rejected, request_refused

__all__ = ["Reporter", "logger", "report_warnings"]

logger: logging.Logger = logging.getLogger("flask_corsguard")

_SECONDS_OF_SILENCE = 60
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
        return (
            bool(cors_decided.receivers)
            or bool(origin_rejected.receivers)
            or bool(preflight_rejected.receivers)
            or logger.isEnabledFor(logging.INFO)
        )

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

    def _send(self, signal: Signal, decision: Decision) -> None:
        # A signal without receivers costs nothing: blinker is not even asked who listens.
        if not signal.receivers or signal.is_muted:
            return
        for receiver in signal.receivers_for(self._sender):
            try:
                receiver(self._sender, decision=decision)
            except Exception:
                logger.exception("A receiver of a CORS signal failed")

    def _log(self, decision: Decision) -> None:
        level = logging.ERROR if self._is_news(decision) else logging.INFO
        if not logger.isEnabledFor(level):
            return
        extra = {
            "cors_kind": decision.kind.value,
            "cors_reason": decision.reason and decision.reason.value,
            "cors_policy": decision.policy,
            "cors_origin": decision.origin,
            "cors_method": decision.method,
            "cors_path": decision.path,
            "cors_detail": decision.detail,
        }
        logger.log(level, "CORS request rejected", extra=extra)

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

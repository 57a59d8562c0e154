"""
Tell the signals and the log what was decided.

Nothing here may break a response: a receiver that raises is logged. Nothing here is loud: a
request that is turned away is an ordinary event, and whoever can send one could fill the log.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from blinker import Signal

from .errors import Problem
from .protocol.decision import Decision, Kind, Outcome, Reason
from .signals import cors_decided, origin_rejected, preflight_rejected, request_refused

__all__ = ["logger", "report_decision", "report_warnings"]

logger = logging.getLogger("flask_corsguard")

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


def report_decision(sender: object, decision: Decision) -> None:
    """
    Send the signals that a decision calls for.

    Args:
        sender: The application, or the middleware.
        decision: What was decided.
    """
    if decision.refusal is not None:
        _send(request_refused, sender, decision)
    if decision.kind is Kind.NOT_CORS:
        return
    _send(cors_decided, sender, decision)
    if decision.outcome is Outcome.REJECTED:
        by_preflight = decision.reason in _BY_PREFLIGHT
        _send(preflight_rejected if by_preflight else origin_rejected, sender, decision)
        _log(decision)


def _send(signal: Signal, sender: object, decision: Decision) -> None:
    # A signal without receivers costs nothing: blinker is not even asked who listens.
    if not signal.receivers:
        return
    for receiver in signal.receivers_for(sender):
        try:
            receiver(sender, decision=decision)
        except Exception:
            logger.exception("A receiver of a CORS signal failed", extra={"cors_signal": signal.name})


def _log(decision: Decision) -> None:
    level = logging.ERROR if decision.reason is Reason.STORE_UNAVAILABLE else logging.INFO
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

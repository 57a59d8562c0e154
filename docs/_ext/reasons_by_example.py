"""
One application and one preflight for every reason: what has to be asked for to be told it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import flask
from codes_by_example import listening

import flask_corsguard
from flask_corsguard import Decision, Reason

__all__ = ["ReasonExample", "example_of"]

_FRIEND = "https://app.example.com"
_SIGNALS = ("origin_rejected", "preflight_rejected")

_OURS = "CORSGuard(app, origins='https://app.example.com')\n"
_SAME_ORIGIN = """\
same_origin(orders)
CORSGuard(app, origins='https://app.example.com')
"""
_BROKEN = """\
def partners(origin, head):
    raise TimeoutError('the database of partners does not answer')

CORSGuard(app, origins=partners)
"""

_EXAMPLES: dict[Reason, tuple[str, dict[str, str]]] = {
    Reason.NO_POLICY: ("CORSGuard(app, resources={'/api/*': {'origins': '*'}})\n", {}),
    Reason.SAME_ORIGIN_ONLY: (_SAME_ORIGIN, {}),
    Reason.ORIGIN_MALFORMED: (_OURS, {"Origin": f"{_FRIEND}, {_FRIEND}"}),
    Reason.ORIGIN_OPAQUE: (_OURS, {"Origin": "null"}),
    Reason.ORIGIN_NOT_ALLOWED: (_OURS, {"Origin": "https://app.example.com.evil.test"}),
    Reason.METHOD_NOT_ALLOWED: (_OURS, {"Access-Control-Request-Method": "DELETE"}),
    Reason.HEADER_NOT_ALLOWED: (_OURS, {"Access-Control-Request-Headers": "authorization"}),
    Reason.HEADERS_MALFORMED: (_OURS, {"Access-Control-Request-Headers": "x token"}),
    Reason.STORE_UNAVAILABLE: (_BROKEN, {}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonExample:
    """
    Hold what the guard did with a preflight that it rejects for one reason.

    Attributes:
        reason: Why it rejected the request.
        signals: The names of the signals that it sent, `cors_decided` aside.
        status: The status of the answer.
        explanation: What it says in debug mode.
    """

    reason: Reason | None
    signals: tuple[str, ...]
    status: int
    explanation: str


def example_of(reason: Reason) -> ReasonExample:
    """
    Provoke a rejection.

    Args:
        reason: Why the request is to be rejected.
    """
    program, headers = _EXAMPLES[reason]
    app = _application(program)
    sent: list[tuple[str, Decision]] = []
    with ExitStack() as stack:
        stack.enter_context(listening())
        for name in _SIGNALS:
            signal = getattr(flask_corsguard, name)
            stack.enter_context(signal.connected_to(_listener(name, sent), app))
        asked = {"Origin": _FRIEND, "Access-Control-Request-Method": "PUT", **headers}
        response = app.test_client().options("/orders", headers=asked)
    decision = sent[0][1]
    return ReasonExample(
        reason=decision.reason,
        signals=tuple(name for name, _ in sent),
        status=response.status_code,
        explanation=decision.explanation,
    )


def _application(program: str) -> flask.Flask:
    app = flask.Flask("shop")

    @app.put("/orders")
    def orders() -> str:
        return ""

    public = {name: getattr(flask_corsguard, name) for name in flask_corsguard.__all__}
    exec(program, {**public, "app": app, "orders": orders})  # noqa: S102 - the examples above
    return app


def _listener(name: str, sent: list[tuple[str, Decision]]) -> Callable[..., None]:
    def listen(_sender: object, decision: Decision) -> None:
        sent.append((name, decision))

    return listen

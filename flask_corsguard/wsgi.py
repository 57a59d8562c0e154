"""
`CORSMiddleware`: the guard around any WSGI application.

It knows paths, not routes: `methods=None` means the usual methods, and rules are path rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Unpack

from .protocol.codes import make_problem
from .protocol.decide import decide, stronger
from .protocol.options import POLICY_OPTIONS
from .reporting import Reporter, report_warnings
from .settings import MiddlewareOptions, read_settings
from .wire import HeaderList, dress, dressing, read_head, read_path, refusal_body

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from .protocol.decision import Decision

__all__ = ["CORSMiddleware", "answer"]

_KNOWN = (*POLICY_OPTIONS, "resources", "policies")


class CORSMiddleware:
    """
    Decide for every request to a WSGI application what the browser may do with the response.

    Args:
        app: Any WSGI application.
        **options: Those of a policy, and `resources` and `policies` as `CORSGuard` takes them.

    Raises:
        PolicyError: With every problem in the options.
    """

    def __init__(self, app: WSGIApplication, **options: Unpack[MiddlewareOptions]) -> None:
        if not callable(app):
            raise TypeError(f"CORSMiddleware takes a WSGI application, not {app!r}")
        self.app = app
        self._settings = read_settings(options, _KNOWN).finish()
        self._reporter = Reporter(self)
        report_warnings(self._settings.warnings)
        if not self._settings.allows_somebody and not self._settings.warnings:
            why, fix = "allows nobody", "Write origins=[...]."
            report_warnings([make_problem("CG804", "CORSMiddleware", options, why, fix)])

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """
        Answer the preflight, refuse what is to be refused, or add the headers.
        """
        path = read_path(environ)
        policy = self._settings.governing(path)
        enforce = stronger(self._settings.enforce, policy)
        decision = decide(policy, read_head(environ, path), enforce=enforce)
        self._reporter.report(decision)
        if decision.status is not None:
            return answer(decision, start_response)
        return self.app(environ, dressing(start_response, lambda h: dress(decision, h)[0]))


def answer(decision: Decision, start_response: StartResponse) -> Iterable[bytes]:
    """
    Answer a request in the application's place.
    """
    status = HTTPStatus(decision.status or HTTPStatus.FORBIDDEN)
    body = refusal_body(decision, debug=False)
    headers: HeaderList = []
    if status is not HTTPStatus.NO_CONTENT:
        headers += [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
        ]
    start_response(f"{status.value} {status.phrase}", dress(decision, headers)[0])
    return [body] if body else []

"""
`CORSMiddleware`: the guard around any WSGI application.

It knows paths, not routes: `methods=None` means the usual methods, and rules are path rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Unpack

from .protocol.codes import make_problem
from .protocol.decide import decide, stronger
from .protocol.options import POLICY_OPTIONS
from .reporting import Reporter, report_warnings, stopwatch
from .settings import MiddlewareOptions, read_settings
from .wire import (
    BARE_RESPONSES,
    UNTOUCHED,
    HeaderList,
    add_headers,
    answer,
    dress,
    dressing,
    read_head,
    read_path,
)

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from .protocol.compiled import CompiledPolicy
    from .protocol.decision import Enforce, Headers

__all__ = ["CORSMiddleware"]

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
        somebody = any(p.everybody or p.vary for p in self._settings.outer_policies)
        if not somebody and not self._settings.warnings:
            why, fix = "allows nobody", "Write origins=[...]."
            report_warnings([make_problem("CG804", "CORSMiddleware", options, why, fix)])

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """
        Answer the preflight, refuse what is to be refused, or add the headers.
        """
        path = read_path(environ)
        policy = self._settings.governing(path)
        enforce = stronger(self._settings.enforce, policy)
        ours = self._quick_headers(environ, policy, enforce)
        if ours is not None:
            return self._serve_quickly(environ, start_response, ours)
        quick = self._answer_quickly(environ, policy)
        if quick is not None:
            start_response(*quick)
            return []
        timer = stopwatch() if self._reporter.has_audience else None
        decision = decide(policy, read_head(environ, path), enforce=enforce, timer=timer)
        self._reporter.report(decision)
        if decision.status is not None:
            return answer(decision, start_response)
        return self.app(environ, dressing(start_response, lambda h: dress(decision, h)[0]))

    def _quick_headers(
        self, environ: WSGIEnvironment, policy: CompiledPolicy | None, enforce: Enforce
    ) -> Headers | None:
        """
        Give the headers of a response; None if a decision comes before the application is asked.
        """
        if enforce or environ.get("REQUEST_METHOD") == "OPTIONS":
            return None
        origin: str | None = environ.get("HTTP_ORIGIN")
        if origin is not None and self._reporter.has_audience:
            return None
        return UNTOUCHED if policy is None else policy.quick_headers(origin)

    def _answer_quickly(
        self, environ: WSGIEnvironment, policy: CompiledPolicy | None
    ) -> tuple[str, HeaderList] | None:
        """
        Give the answer to a preflight where nobody asks why; None where it takes a decision.
        """
        origin: str | None = environ.get("HTTP_ORIGIN")
        method: str | None = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD")
        if environ.get("REQUEST_METHOD") != "OPTIONS" or origin is None or method is None:
            return None
        if policy is None or not policy.is_static:
            return None
        if self._reporter.has_audience or "HTTP_UPGRADE" in environ:
            return None
        if not policy.permits(origin):
            line, headers = BARE_RESPONSES[403]
            return line, [*headers, *policy.refused]
        line, headers = BARE_RESPONSES[204]
        names = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        return line, [*headers, *policy.preflight_headers(origin, method, names, None)]

    def _serve_quickly(
        self, environ: WSGIEnvironment, start_response: StartResponse, ours: Headers
    ) -> Iterable[bytes]:
        if ours is UNTOUCHED:
            return self.app(environ, start_response)
        return self.app(environ, dressing(start_response, lambda h: add_headers(h, ours)[0]))

"""
Decide about a request to a Flask application: remember, route, decide, report.

The pure procedure is `protocol.decide`; this brings it what Flask knows. Where nobody asks why,
the headers alone are looked up instead: they are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flask import Flask

from .memo import MemoKey, memo_key
from .protocol.compiled import CompiledPolicy
from .protocol.decide import decide, fail_closed, stronger
from .protocol.decision import Decision, Enforce, Headers, Reason
from .protocol.fields import may_be_announced
from .reporting import Reporter, stopwatch
from .trials import change_between
from .wire import UNTOUCHED, read_head, read_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIEnvironment

    from flask.wrappers import Request

    from .routing import Plan, Target
    from .settings import Settings

__all__ = ["Decider", "Verdict"]

_ORIGIN = "HTTP_ORIGIN"
_ANNOUNCED = "HTTP_ACCESS_CONTROL_REQUEST_METHOD"


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    Hold a decision, and the endpoint of the view that it is about.
    """

    decision: Decision
    endpoint: str | None


class Decider:
    """
    Decide, whatever happens: what fails here fails closed.

    Attributes:
        reporter: Tells who listens.
    """

    def __init__(self, app: Flask, reporter: Reporter) -> None:
        """
        Decide about one application's requests, and report it.

        Args:
            app: The application.
            reporter: Tells who listens.
        """
        self.reporter: Reporter = reporter
        self._app = app
        self._tried: tuple[Plan, Plan] | None = None

    def quick_preflight(
        self, plan: Plan, environ: WSGIEnvironment, asked: Request | None = None
    ) -> tuple[int, Headers] | None:
        """
        Give the answer to a preflight where nobody asks why.

        Args:
            plan: What governs the routes.
            environ: The request's environment, as routing sees it.
            asked: The request, if it is there already.

        Returns:
            The status and the headers; None where it takes a decision.
        """
        origin, method = environ.get(_ORIGIN), environ.get(_ANNOUNCED)
        if environ.get("REQUEST_METHOD") != "OPTIONS" or origin is None or method is None:
            return None
        if self.reporter.has_audience:
            return None
        try:
            key = memo_key(environ)
            target = plan.memo.get(key)
            if target is None:
                # An upgrade has to be weighed.
                if "HTTP_UPGRADE" in environ:
                    return None
                target = self._route(plan, environ, asked, key)
            policy = target.policy
            if policy is None or not (policy.is_static or (asked and not self._app.debug)):
                return None
            if self._allows(policy, target, environ, asked):
                names = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
                return 204, policy.preflight_headers(origin, method, names, target.route_methods)
        except Exception:  # noqa: BLE001 - nothing raises while serving: decide() says how it fails
            return None
        # A developer is told why.
        return None if self._app.debug else (403, policy.refused)

    def quick_headers(self, plan: Plan, environ: WSGIEnvironment, asked: Request) -> Headers | None:
        """
        Give the headers of what is no preflight where nobody asks why.

        Args:
            plan: What governs the routes.
            environ: The request's environment.
            asked: The request.

        Returns:
            The headers, or `UNTOUCHED`; None where it takes a decision.
        """
        method, origin = environ.get("REQUEST_METHOD"), environ.get(_ORIGIN)
        passes = method in ("GET", "HEAD") or not (plan.enforces or method == "OPTIONS")
        # An upgrade has to be weighed.
        if not passes or self.reporter.has_audience or "HTTP_UPGRADE" in environ:
            return None
        try:
            policy = plan.governing(asked)
            if policy is None:
                return UNTOUCHED
            if policy.is_static or origin is None:
                return policy.quick_headers(origin)
            target = plan.actual(asked, asked.path)
            allowed = self._allows(policy, target, environ, asked)
            return policy.shared_with(origin) if allowed else policy.unasked
        except Exception:  # noqa: BLE001 - nothing raises while serving: decide() says how it fails
            return None

    def decide(self, plan: Plan, asked: Request, *, late: bool = False) -> Verdict:
        """
        Give the verdict on a request, and report it.

        Args:
            plan: What governs the routes.
            asked: The request.
            late: Whether something else has answered already: then only the headers are decided.
        """
        timer = stopwatch() if self.reporter.has_audience else None
        try:
            verdict = self._decide(plan, asked, timer)
        except Exception as error:  # noqa: BLE001 - nothing raises while serving
            self.reporter.failed(error)
            head = read_head(asked.environ, asked.path)
            closed = fail_closed(head, enforce=plan.enforces)
            verdict = Verdict(replace(closed, seconds=timer and timer()), None)
        if plan.settings.trial is not None:
            self._try(plan, plan.settings.trial, asked, verdict.decision)
        if late:
            verdict = Verdict(replace(verdict.decision, refusal=None, status=None), None)
        self.reporter.report(verdict.decision)
        return verdict

    def as_sent(self, environ: WSGIEnvironment) -> Request:
        """
        Give the request as the server sent it, its path repaired where Werkzeug would raise.

        Args:
            environ: The request's environment.
        """
        try:
            return self._app.request_class(environ)
        except UnicodeError:
            path = str(environ.get("PATH_INFO", "")).encode("latin-1", "replace").decode("latin-1")
            return self._app.request_class({**environ, "PATH_INFO": path})

    def _allows(
        self,
        policy: CompiledPolicy,
        target: Target,
        environ: WSGIEnvironment,
        asked: Request | None,
    ) -> bool:
        """
        Tell whether a policy allows a request's origin, now; somebody is told of a failure.
        """
        if asked is None or policy.is_static:
            return policy.permits(environ[_ORIGIN])
        head = read_head(environ, asked.path, target.route_methods, target.view_args)
        checked = policy.check_origin(head)
        if checked[0] is Reason.STORE_UNAVAILABLE:
            self.reporter.report(decide(policy, head, checked=checked))
        return checked[0] is None

    def _decide(
        self, plan: Plan, asked: Request, timer: Callable[[], float] | None = None
    ) -> Verdict:
        environ, path = asked.environ, asked.path
        announces = environ.get("REQUEST_METHOD") == "OPTIONS" and _ANNOUNCED in environ
        if announces and _ORIGIN in environ:
            target = self._announced(plan, environ, asked)
        else:
            target = plan.actual(asked, path)
        head = read_head(environ, path, target.route_methods, target.view_args)
        decision = decide(target.policy, head, enforce=_enforce(plan, target), timer=timer)
        return Verdict(decision, target.endpoint)

    def _try(self, plan: Plan, settings: Settings, asked: Request, decision: Decision) -> None:
        """
        Decide by a trial, too, and say if it decides otherwise; that is all that comes of it.
        """
        try:
            tried = self._tried
            if tried is None or tried[0] is not plan:
                # A plan of its own: marks on views count in both.
                tried = self._tried = plan, type(plan)(self._app, settings)
            trial = self._decide(tried[1], asked).decision
            change = change_between(decision, trial)
            if change is not None:
                self.reporter.report_trial(decision, trial, change)
        except Exception as error:  # noqa: BLE001 - nothing depends on it
            self.reporter.failed_trial(error)

    def _announced(self, plan: Plan, environ: WSGIEnvironment, asked: Request) -> Target:
        """
        Find what a preflight is about; what is asked every day is remembered.
        """
        key = memo_key(environ)
        return plan.memo.get(key) or self._route(plan, environ, asked, key)

    def _route(
        self, plan: Plan, environ: WSGIEnvironment, asked: Request | None, key: MemoKey | None
    ) -> Target:
        method = environ[_ANNOUNCED]
        # What nobody can announce is no method of any route: the router need not read it.
        method = method if may_be_announced(method) else "-"
        adapter = plan.adapters.known(environ) if asked is None else None
        if adapter is not None:
            path = read_path(environ)
            target = plan.announced_by(adapter, path, method)
        else:
            asked = asked or self.as_sent(environ)
            path = asked.path
            target = plan.announced(asked, path, method)
        may_remember = key is not None and plan.may_remember
        if may_remember and _is_lasting(target, path) and _is_allowed(target, environ):
            plan.memo.put(key, target)
        return target


def _is_lasting(target: Target, path: str) -> bool:
    """
    Tell whether the answer is the same the next time.

    What no route answers, one may answer later; a redirect may lead somewhere else.
    """
    policy = target.policy
    lasts = target.endpoint is not None and target.path == path
    return lasts and policy is not None and policy.is_static


def _is_allowed(target: Target, environ: WSGIEnvironment) -> bool:
    policy = target.policy
    if policy is None or not policy.permits(environ[_ORIGIN]):
        return False
    return policy.allows_method(environ[_ANNOUNCED], target.route_methods)


def _enforce(plan: Plan, target: Target) -> Enforce:
    """
    Take the stronger of what the guard and the governing policy say.
    """
    settings = plan.settings
    exempt = target.endpoint in settings.enforce_exempt
    return False if exempt else stronger(settings.enforce, target.policy)

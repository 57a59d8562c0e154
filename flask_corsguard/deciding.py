"""
Decide about a request to a Flask application: remember, route, decide, report.

The pure procedure is `protocol.decide`; this brings it what Flask knows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .memo import Verdict, memo_key
from .protocol.decide import decide, fail_closed, stronger
from .protocol.decision import Enforce
from .protocol.fields import may_be_announced
from .reporting import Reporter
from .wire import read_head

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from flask.wrappers import Request

    from .routing import Plan, Target

__all__ = ["Decider"]


class Decider:
    """
    Decide, whatever happens: what fails here fails closed.

    Attributes:
        reporter: Tells who listens.
    """

    def __init__(self, reporter: Reporter) -> None:
        """
        Decide, and report it.

        Args:
            reporter: Tells who listens.
        """
        self.reporter: Reporter = reporter

    def recall(self, plan: Plan, environ: WSGIEnvironment) -> Verdict | None:
        """
        Give the verdict on a preflight that was allowed before, and report it.

        Args:
            plan: What governs the routes.
            environ: The request's environment, as routing sees it.
        """
        key = memo_key(environ) if plan.may_remember else None
        verdict = plan.memo.get(key) if key else None
        if verdict is not None:
            self.reporter.report(verdict.decision)
        return verdict

    def decide(self, plan: Plan, asked: Request, *, late: bool = False) -> Verdict:
        """
        Give the verdict on a request, and report it.

        Args:
            plan: What governs the routes.
            asked: The request.
            late: Whether something else has answered already: then only the headers are decided.
        """
        try:
            verdict = self._decide(plan, asked)
        except Exception as error:  # noqa: BLE001 - nothing raises while serving
            self.reporter.failed(error)
            head = read_head(asked.environ, asked.path)
            verdict = Verdict(fail_closed(head, enforce=plan.enforces), None)
        if late:
            verdict = Verdict(replace(verdict.decision, refusal=None, status=None), None)
        self.reporter.report(verdict.decision)
        return verdict

    def _decide(self, plan: Plan, asked: Request) -> Verdict:
        path = asked.path
        head = read_head(asked.environ, path)
        if head.is_preflight:
            # What nobody can announce is no method of any route: the router need not read it.
            method = head.request_method or ""
            target = plan.announced(asked, path, method if may_be_announced(method) else "-")
        else:
            target = plan.actual(asked, path)
        about = replace(head, route_methods=target.route_methods, view_args=target.view_args)
        decision = decide(target.policy, about, enforce=_enforce(plan, target))
        verdict = Verdict(decision, target.endpoint)
        # What no route answers, one may answer later.
        lasting = target.endpoint is not None and target.policy and target.policy.is_static
        if lasting and decision.is_granted_preflight:
            key = memo_key(asked.environ) if plan.may_remember else None
            if key is not None:
                plan.memo.put(key, verdict)
        return verdict


def _enforce(plan: Plan, target: Target) -> Enforce:
    """
    Take the stronger of what the guard and the governing policy say.
    """
    settings = plan.settings
    exempt = target.endpoint in settings.enforce_exempt
    return False if exempt else stronger(settings.enforce, target.policy)

"""
What happens to one request in a Flask application.

Deciding and answering happen before the view, in a hook; dressing the response happens where it
leaves the application. A request that never reached the hook is decided there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from .errors import Severity
from .hooks import keep_first
from .protocol.codes import make_problem
from .protocol.decide import decide, stronger
from .protocol.decision import Decision, Enforce, Kind
from .reporting import Reporter, logger, report_warnings
from .routing import Plan, Target
from .settings import Settings
from .wire import HeaderList, dress, dressing, read_head, refusal_body

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask.wrappers import Request

__all__ = ["Configuration", "Serving"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """
    Hold one complete state of a guard's settings; `reload` swaps it as a whole.

    Attributes:
        usual: What counts.
        debug: What counts while `app.debug` is on: `dev_origins` too.
    """

    usual: Settings
    debug: Settings


@dataclass(slots=True)
class _Ticket:
    """
    Carry what was decided about a request from the hook to where the response leaves.
    """

    decision: Decision | None = None
    endpoint: str | None = None


class Serving:
    """
    Serve one application's requests.

    Attributes:
        app: The application.
    """

    def __init__(self, app: Flask, configuration: Configuration) -> None:
        """
        Start with a configuration; the routes are looked at when the first request comes.

        Args:
            app: The application.
            configuration: Sound settings.
        """
        self.app = app
        self._configuration = configuration
        self._plans: dict[bool, Plan] = {}
        self._lock = Lock()
        self._warned: set[str | None] = set()
        self._reporter = Reporter(app)
        self._ticket_key = f"flask_corsguard.ticket.{id(self)}"
        # Bound once: the list of hooks is searched by identity.
        self.hook = self._before_request

    def swap(self, configuration: Configuration) -> None:
        """
        Serve by another configuration from the next request on.

        Args:
            configuration: Sound settings.
        """
        with self._lock:
            self._configuration, self._plans = configuration, {}

    def plan(self) -> Plan:
        """
        Give what governs the routes, by the configuration that counts now.
        """
        debug = bool(self.app.debug)
        plan = self._plans.get(debug)
        if plan is None:
            with self._lock:
                plan = self._plans.get(debug) or self._first_plan()
                self._plans[debug] = plan
        return plan

    def make_plan(self, configuration: Configuration | None = None) -> Plan:
        """
        Look at the routes as they are now.

        Args:
            configuration: What to look at them with; None: what counts now.
        """
        configuration = configuration or self._configuration
        settings = configuration.debug if self.app.debug else configuration.usual
        return Plan(self.app, settings)

    def around(
        self, inner: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """
        Run the application, and dress the response as it leaves.
        """
        keep_first(self.app, self.hook)
        ticket = environ[self._ticket_key] = _Ticket()

        def change(headers: HeaderList) -> HeaderList:
            return self._dress(ticket, environ, headers)

        try:
            return inner(environ, dressing(start_response, change))
        except Exception:
            self._log_crash(ticket, environ)
            raise

    def _first_plan(self) -> Plan:
        plan = self.make_plan()
        for problem in plan.problems:
            if problem.severity is Severity.ERROR:
                logger.error("%s", problem)
        report_warnings(p for p in plan.problems if p.severity is Severity.WARNING)
        if not plan.allows_somebody:
            why, fix = "has no policy anywhere that allows anybody", "Write origins=[...]."
            report_warnings([make_problem("CG804", "CORSGuard", self.app.name, why, fix)])
        return plan

    def _before_request(self) -> Response | None:
        """
        Decide, and answer in the view's place where that is for the guard to do.
        """
        ticket = request.environ.get(self._ticket_key) or _Ticket()
        decision = self._decide(request, ticket)
        if decision is None or decision.status is None:
            return None
        response = Response(refusal_body(decision, debug=self.app.debug), decision.status)
        if decision.status == 204:  # noqa: PLR2004 - nothing to have a type (RFC 9110, 8.3)
            del response.headers["Content-Type"]
        else:
            response.content_type = "text/plain; charset=utf-8"
        return response

    def _decide(self, asked: Request, ticket: _Ticket) -> Decision | None:
        """
        Decide once about a request; whatever fails here fails closed.
        """
        if ticket.decision is None:
            try:
                ticket.decision = self._decide_now(asked, ticket)
            except Exception:  # noqa: BLE001 - nothing raises while serving
                logger.exception("A CORS decision failed; the request gets no CORS headers")
                return None
            self._reporter.report(ticket.decision)
        return ticket.decision

    def _decide_now(self, asked: Request, ticket: _Ticket) -> Decision:
        plan, path = self.plan(), asked.path
        head = read_head(asked.environ, path)
        if head.is_preflight:
            target = plan.announced(asked, path, head.request_method or "")
        else:
            target = plan.actual(asked, path)
        ticket.endpoint = target.endpoint
        about = replace(head, route_methods=target.route_methods, view_args=target.view_args)
        return decide(target.policy, about, enforce=self._enforce(plan.settings, target))

    def _enforce(self, settings: Settings, target: Target) -> Enforce:
        """
        Take the stronger of what the guard and the governing policy say.
        """
        if target.endpoint in settings.enforce_exempt:
            return False
        return stronger(settings.enforce, target.policy)

    def _dress(self, ticket: _Ticket, environ: WSGIEnvironment, headers: HeaderList) -> HeaderList:
        decision = ticket.decision or self._decide_late(ticket, environ)
        if decision is None:
            return headers
        dressed, replaced = dress(decision, headers)
        if replaced and ticket.endpoint not in self._warned:
            self._warned.add(ticket.endpoint)
            extra = {"cors_endpoint": ticket.endpoint}
            logger.warning("CORS headers of the application were replaced", extra=extra)
        return dressed

    def _decide_late(self, ticket: _Ticket, environ: WSGIEnvironment) -> Decision | None:
        """
        Decide about a request that something answered before the hook could run.
        """
        return self._decide(self.app.request_class(environ), ticket)

    def _log_crash(self, ticket: _Ticket, environ: WSGIEnvironment) -> None:
        decision = ticket.decision
        if "HTTP_ORIGIN" in environ and (decision is None or decision.kind is not Kind.NOT_CORS):
            logger.error(
                "The browser will report this crash as a CORS error; "
                "the traceback that follows is the cause"
            )

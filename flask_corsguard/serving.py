"""
What happens to one request in a Flask application.

Most requests need next to nothing: the policy is looked up as the response leaves, and its headers
are put beside the others. What is to be answered or refused, and what somebody wants to be told
about, is *watched*: it is decided before the view, by a hook (or, with `fast_path`, around the
application), and the decision travels to where the response leaves on a ticket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, cast

from flask import Flask, Response, has_request_context, request

from .deciding import Decider
from .errors import Severity
from .hooks import BeforeRequest, has_inner_proxy_fix, keep_first
from .memo import Verdict
from .reporting import Reporter, logger, report_warnings
from .routing import Plan
from .settings import Settings
from .wire import HeaderList, answer, dress, dressing, put_headers, read_head, refusal_body

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask.wrappers import Request

    from .protocol.decision import Decision

__all__ = ["Configuration", "Serving"]

_ASKED = (
    "REQUEST_METHOD",
    "PATH_INFO",
    "SCRIPT_NAME",
    "HTTP_HOST",
    "HTTP_ORIGIN",
    "HTTP_SEC_FETCH_SITE",
    "wsgi.url_scheme",
)

# The proxy's documented way to what it stands for; every touch of the proxy itself costs.
_current_request: Callable[[], Request] = object.__getattribute__(request, "_get_current_object")


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
class _State:
    """
    Keep what was worked out for one configuration; it is dropped as a whole.
    """

    configuration: Configuration
    plans: dict[bool, Plan] = field(default_factory=dict[bool, Plan])


@dataclass(slots=True)
class _Ticket:
    """
    Carry what was decided about a request from the hook to where the response leaves.

    It travels in the WSGI environment: a layer in between may run the application later, in
    another thread, or twice. `watched` is False where nothing has to be decided before the view.
    """

    plan: Plan
    watched: bool
    verdict: Verdict | None = None
    about: object = None
    asked: Request | None = None


class Serving:
    """
    Serve one application's requests.

    Attributes:
        app: The application.
        proxy_fix_inside: Whether `ProxyFix` was there before the guard.
    """

    def __init__(self, app: Flask, configuration: Configuration) -> None:
        """
        Start with a configuration; the routes are looked at when the first request comes.

        Args:
            app: The application.
            configuration: Sound settings.
        """
        self.app: Flask = app
        self._state = _State(configuration)
        self._lock = Lock()
        self._warned: set[str | None] = set()
        self.proxy_fix_inside: bool = has_inner_proxy_fix(app)
        self._reporter = Reporter(app)
        self._decider = Decider(self._reporter)
        self._key = f"flask_corsguard.ticket.{id(self)}"
        # Bound once: the list of hooks is searched by identity.
        self.hook: BeforeRequest = self._before_request

    def swap(self, configuration: Configuration) -> None:
        """
        Serve by another configuration from the next request on.

        Args:
            configuration: Sound settings.
        """
        self._state = _State(configuration)

    def make_plan(self, configuration: Configuration | None = None) -> Plan:
        """
        Look at the routes as they are now.

        Args:
            configuration: What to look at them with; None: what counts now.
        """
        counts = configuration or self._state.configuration
        return Plan(self.app, counts.debug if self.app.debug else counts.usual)

    def around(
        self, inner: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """
        Run the application, and dress the response as it leaves.
        """
        plan = self._plan(self._state)
        watched = self._is_watched(plan, environ)
        ticket = environ[self._key] = _Ticket(plan, watched)
        if watched:
            if plan.settings.fast_path and self._decide_early(ticket, environ):
                decision = cast("Verdict", ticket.verdict).decision
                return answer(decision, start_response, debug=self.app.debug)
            keep_first(self.app, self.hook)

        def change(headers: HeaderList) -> HeaderList:
            if watched:
                return self._dress(ticket, environ, headers)
            return self._dress_quickly(ticket, environ, headers)

        try:
            return inner(environ, dressing(start_response, change))
        except Exception:
            self._log_crash(environ)
            raise

    def _plan(self, state: _State) -> Plan:
        """
        Give what governs the routes, by what counts now.
        """
        counts = state.configuration
        debug = counts.debug is not counts.usual and bool(self.app.debug)
        plan = state.plans.get(debug)
        if plan is None or not plan.is_current:
            with self._lock:
                plan = state.plans.get(debug)
                if plan is None or not plan.is_current:
                    plan = state.plans[debug] = self._first_plan(counts, debug=debug)
        return plan

    def _first_plan(self, configuration: Configuration, *, debug: bool) -> Plan:
        plan = Plan(self.app, configuration.debug if debug else configuration.usual)
        # Those of the settings were told when these were read.
        for problem in plan.all_problems[len(plan.settings.problems) :]:
            if problem.severity is Severity.ERROR:
                logger.error("%s", problem)
            else:
                report_warnings([problem])
        return plan

    def _is_watched(self, plan: Plan, environ: WSGIEnvironment) -> bool:
        """
        Tell whether a request is to be decided before the view.
        """
        # Where anything is enforced, everything is looked at: a middleware further in may turn a
        # safe method into another one.
        if plan.enforces or environ.get("REQUEST_METHOD") == "OPTIONS":
            return True
        return "HTTP_ORIGIN" in environ and (plan.has_callables or self._reporter.has_audience)

    def _decide_early(self, ticket: _Ticket, environ: WSGIEnvironment) -> bool:
        """
        Decide around the application, if that can end there and takes no callable.

        Returns:
            Whether it ends there.
        """
        plan, preflight = ticket.plan, "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        if plan.has_callables or not (preflight or plan.enforces):
            return False
        known = self._decider.recall(plan, environ) if preflight else None
        verdict = known or self._decider.decide(plan, self._as_sent(environ))
        ticket.verdict, ticket.about = verdict, _about(environ)
        return verdict.decision.status is not None

    def _before_request(self) -> Response | None:
        """
        Decide, and answer in the view's place where that is for the guard to do.
        """
        asked = _current_request()
        environ = asked.environ
        ticket = environ.get(self._key)
        if ticket is None:  # nothing is around: a context made by hand, or another environment
            plan = self._plan(self._state)
            ticket = _Ticket(plan, self._is_watched(plan, environ))
        ticket.asked = asked
        if not ticket.watched:
            return None
        # What was decided early counts if it is still the same question.
        if ticket.verdict is None or ticket.about != _about(environ):
            known = self._decider.recall(ticket.plan, environ)
            ticket.verdict = known or self._decider.decide(ticket.plan, asked)
            ticket.about = _about(environ)
        return self._response(ticket.verdict.decision)

    def _response(self, decision: Decision) -> Response | None:
        if decision.status is None:
            return None
        response = Response(refusal_body(decision, debug=self.app.debug), decision.status)
        if decision.status == HTTPStatus.NO_CONTENT:
            del response.headers["Content-Type"]
        else:
            response.content_type = "text/plain; charset=utf-8"
        return response

    def _dress(self, ticket: _Ticket, environ: WSGIEnvironment, headers: HeaderList) -> HeaderList:
        """
        Put the headers of a decision into a response; decide now if nobody could before.
        """
        verdict = ticket.verdict
        if verdict is None:
            verdict = self._decider.decide(ticket.plan, self._asked(environ), late=True)
        dressed, replaced = dress(verdict.decision, headers)
        if replaced:
            self._warn(verdict.endpoint)
        return dressed

    def _dress_quickly(
        self, ticket: _Ticket, environ: WSGIEnvironment, headers: HeaderList
    ) -> HeaderList:
        """
        Put the headers of the governing policy into a response; nobody asks why.
        """
        plan = ticket.plan
        try:
            # What the hook saw counts: a layer in between may have asked for something else.
            asked = None if plan.is_uniform else ticket.asked or self._asked(environ)
            policy = plan.only if asked is None else plan.governing(asked)
            if policy is None:
                return headers
            ours = policy.quick_headers(environ.get("HTTP_ORIGIN"))
            dressed, replaced = put_headers(headers, ours, policy.vary)
        except Exception as error:  # noqa: BLE001 - nothing raises while serving
            self._reporter.failed(error)
            return put_headers(headers, (), ("Origin",))[0]
        if replaced:
            self._warn(self._asked(environ).endpoint)
        return dressed

    def _asked(self, environ: WSGIEnvironment) -> Request:
        """
        Give the request as Flask has routed it, or as the server sent it.
        """
        if has_request_context():
            current = _current_request()
            if current.environ is environ:
                return current
        return self._as_sent(environ)

    def _as_sent(self, environ: WSGIEnvironment) -> Request:
        """
        Give the request as the server sent it, its path repaired where Werkzeug would raise.
        """
        try:
            return self.app.request_class(environ)
        except UnicodeError:
            path = str(environ.get("PATH_INFO", "")).encode("latin-1", "replace").decode("latin-1")
            return self.app.request_class({**environ, "PATH_INFO": path})

    def _warn(self, endpoint: str | None) -> None:
        """
        Say once for each endpoint that CORS headers of its own do not count.
        """
        if endpoint not in self._warned:
            self._warned.add(endpoint)
            extra = {"cors_endpoint": endpoint}
            logger.warning("CORS headers of the application were replaced", extra=extra)

    def _log_crash(self, environ: WSGIEnvironment) -> None:
        """
        Say what a browser will make of an exception that leaves the application.
        """
        head = read_head(environ, "/")
        if head.origin is not None and not head.is_same_origin and not head.websocket:
            logger.error(
                "The browser will report this crash as a CORS error; "
                "the traceback that follows is the cause"
            )


def _about(environ: WSGIEnvironment) -> object:
    """
    Give what tells one question to the application from another one on the same environment.
    """
    return tuple([environ.get(name) for name in _ASKED])

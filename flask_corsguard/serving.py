"""
What happens to one request in a Flask application.

Most requests need next to nothing: the policy is looked up as the response leaves, and its headers
are put beside the others. What is to be answered or refused, and what somebody wants to be told
about, is *watched*: it is decided before the view, by a hook (or, with `fast_path`, around the
application), and the decision travels to where the response leaves on a ticket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, NoReturn, cast

from flask import Flask, Response, has_request_context, request

from .deciding import Decider, Verdict
from .entrance import PASSED, make_entrance, while_debug
from .errors import Severity
from .hooks import go_first, has_inner_proxy_fix, surround
from .passage import Passage
from .protocol.decision import Decision
from .reporting import Reporter, logger, report_warnings
from .routing import Plan
from .settings import Settings
from .wire import BARE_RESPONSES, HeaderList, add_headers, answer, dress, read_head, refusal_body

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask.wrappers import Request

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
        options: What they were read from.
        written: Which of the options stand in the code; the others stand in `app.config`.
    """

    usual: Settings
    debug: Settings
    options: Mapping[str, object] = field(default_factory=dict[str, object])
    written: frozenset[str] = frozenset()


@dataclass(slots=True)
class _State:
    """
    Keep what was worked out for one configuration; it is dropped as a whole.

    Attributes:
        configuration: The configuration.
        enter: What the server is to call.
        plans: What governs the routes, without and with `app.debug`.
    """

    configuration: Configuration
    enter: WSGIApplication
    plans: dict[bool, Plan] = field(default_factory=dict[bool, Plan])


class Serving:
    """
    Serve one application's requests.

    Attributes:
        app: The application.
        key: Where a request's ticket is in its environment.
        reporter: Tells who listens.
        decider: Decides.
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
        self.key: str = f"flask_corsguard.ticket.{id(self)}"
        self.reporter: Reporter = Reporter(app)
        self.proxy_fix_inside: bool = has_inner_proxy_fix(app)
        self._state = _State(configuration, self.enter_slowly)
        self._lock = Lock()
        self._warned: set[str | None] = set()
        self.decider: Decider = Decider(app, self.reporter)
        self._is_hooked = False
        self.reporter.overhear(everything=configuration.usual.trial is not None)

        def wsgi_app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            try:
                return self._state.enter(environ, start_response)
            except Exception:
                self._log_crash(environ)
                raise

        self._inner = surround(app, wsgi_app)
        if not configuration.usual.fast_path:
            self._go_first()

    @property
    def configuration(self) -> Configuration:
        """
        Give what counts now.
        """
        return self._state.configuration

    def swap(self, configuration: Configuration) -> None:
        """
        Serve by another configuration from the next request on.

        Args:
            configuration: Sound settings.
        """
        self.reporter.overhear(everything=configuration.usual.trial is not None)
        self._state = _State(configuration, self.enter_slowly)

    def make_plan(self, configuration: Configuration | None = None) -> Plan:
        """
        Look at the routes as they are now.

        Args:
            configuration: What to look at them with; None: what counts now.
        """
        counts = configuration or self._state.configuration
        return Plan(self.app, counts.debug if self.app.debug else counts.usual)

    def enter_slowly(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """
        Run the application, and dress the response as it leaves, whatever the request is.
        """
        plan = self._plan(self._state)
        passage = environ[self.key] = Passage(self, plan, environ, start_response)
        if self._is_watched(plan, environ):
            answered = self._watch(passage)
            if answered is not None:
                return answered
        return self._inner(environ, passage)

    def dress(self, passage: Passage, headers: HeaderList) -> HeaderList:
        """
        Put the guard's headers into a response where they were not known before.

        Args:
            passage: The request that it answers.
            headers: The response's headers; left as they are.
        """
        plan, environ = passage.plan, passage.environ
        asked = passage.asked or self.find_asked(environ)
        if not passage.watched:
            return self.dress_quickly(plan, environ, asked, headers)
        if passage.verdict is None:
            passage.verdict = self.decider.decide(plan, asked, late=True)
        return self._put(passage.verdict, headers)

    def dress_quickly(
        self, plan: Plan, environ: WSGIEnvironment, asked: Request, headers: HeaderList
    ) -> HeaderList:
        """
        Put the headers of the governing policy into a response, if nobody asks why.

        Args:
            plan: What governs the routes.
            environ: The request's environment, as it came in.
            asked: The request, as it was routed.
            headers: The response's headers; left as they are.
        """
        ours = self.decider.quick_headers(plan, environ, asked)
        if ours is None:
            return self._put(self.decider.decide(plan, asked, late=True), headers)
        dressed, replaced = add_headers(headers, ours)
        if replaced:
            self.warn(asked.endpoint)
        return dressed

    def find_asked(self, environ: WSGIEnvironment) -> Request:
        """
        Give the request as Flask has routed it, or as the server sent it.

        Args:
            environ: Its environment, as it came in.
        """
        ticket = environ.get(self.key)
        if has_request_context():
            current = _current_request()
            if current.environ is environ or current.environ.get(self.key) is ticket:
                return current
        return self.decider.as_sent(environ)

    def warn(self, endpoint: str | None) -> None:
        """
        Say once for each endpoint that CORS headers of its own do not count.

        Args:
            endpoint: The endpoint of a view whose response had some.
        """
        if endpoint not in self._warned:
            self._warned.add(endpoint)
            extra = {"cors_endpoint": endpoint}
            logger.warning("CORS headers of the application were replaced", extra=extra)

    def _go_first(self) -> None:
        """
        See that the hook is there before a request goes on that needs it.
        """
        if self._is_hooked:
            return
        with self._lock:
            if not self._is_hooked:
                go_first(self.app, self._before_request)
                self._is_hooked = True

    def _put(self, verdict: Verdict, headers: HeaderList) -> HeaderList:
        dressed, replaced = dress(verdict.decision, headers)
        if replaced:
            self.warn(verdict.endpoint)
        return dressed

    def _plan(self, state: _State) -> Plan:
        """
        Give what governs the routes, by what counts now.
        """
        counts = state.configuration
        differs = counts.debug is not counts.usual
        debug = differs and bool(self.app.debug)
        plan = state.plans.get(debug)
        if plan is None or not plan.is_current:
            with self._lock:
                plan = state.plans.get(debug)
                if plan is None or not plan.is_current:
                    plan = state.plans[debug] = self._first_plan(counts, debug=debug)
                    enter = make_entrance(self, plan, self._inner)
                    state.enter = while_debug(self, debug, enter) if differs else enter
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
        return "HTTP_ORIGIN" in environ and (plan.has_callables or self.reporter.has_audience)

    def _watch(self, passage: Passage) -> Iterable[bytes] | None:
        """
        Decide around the application if that can end there, else see that the hook does.
        """
        passage.watched = True
        plan = passage.plan
        if not plan.settings.fast_path:
            self._go_first()
            return None
        answered = None if plan.has_callables else self._answer_early(passage)
        if answered is None and (plan.enforces or plan.has_callables or self.reporter.has_audience):
            self._go_first()
        return answered

    def _answer_early(self, passage: Passage) -> Iterable[bytes] | None:
        """
        Answer before Flask is asked, where that takes no callable.
        """
        plan, environ = passage.plan, passage.environ
        quick = self.decider.quick_preflight(plan, environ)
        if quick is not None:
            line, headers = BARE_RESPONSES[quick[0]]
            passage.start(line, [*headers, *quick[1]])
            return []
        announces = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        if not (announces and environ.get("REQUEST_METHOD") == "OPTIONS") and not plan.enforces:
            return None
        passage.verdict = self.decider.decide(plan, self.decider.as_sent(environ))
        passage.about = _about(environ)
        decision = passage.verdict.decision
        if decision.status is None:
            return None
        return answer(decision, passage.start, debug=self.app.debug)

    def _before_request(self) -> Response | None:
        """
        Decide, and answer in the view's place where that is for the guard to do.
        """
        asked = _current_request()
        ticket = asked.environ.get(self.key)
        if ticket is PASSED:
            return None
        if isinstance(ticket, list):
            cast("list[Request]", ticket).append(asked)
            return None
        passage = ticket or self._made_by_hand(asked.environ)
        passage.asked = asked
        return self._decide(passage, asked) if passage.watched else None

    def _made_by_hand(self, environ: WSGIEnvironment) -> Passage:
        """
        Begin a passage where nothing is around: a context made by hand, or another environment.
        """
        plan = self._plan(self._state)
        passage = Passage(self, plan, environ, _start_nothing)
        passage.watched = self._is_watched(plan, environ)
        return passage

    def _decide(self, passage: Passage, asked: Request) -> Response | None:
        plan, environ = passage.plan, asked.environ
        # What was decided early counts if it is still the same question.
        if passage.verdict is None or passage.about != _about(environ):
            if "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
                quick = self.decider.quick_preflight(plan, environ, asked)
                if quick is not None:
                    status, passage.ours = quick
                    return _bare_response(status)
            passage.ours = self.decider.quick_headers(plan, environ, asked)
            if passage.ours is not None:
                return None
            passage.verdict = self.decider.decide(plan, asked)
            passage.about = _about(environ)
        return self._response(passage.verdict.decision)

    def _response(self, decision: Decision) -> Response | None:
        if decision.status is None:
            return None
        response = _bare_response(decision.status)
        response.data = refusal_body(decision, debug=self.app.debug)
        return response

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


def _bare_response(status: int) -> Response:
    """
    Make a response without a body; the guard's headers come when it leaves.
    """
    line, headers = BARE_RESPONSES[status]
    response = Response(status=line)
    del response.headers["Content-Type"]
    response.headers.extend(headers)
    return response


def _start_nothing(*_: object) -> NoReturn:
    raise RuntimeError("there is no server to start a response for")


def _about(environ: WSGIEnvironment) -> object:
    """
    Give what tells one question to the application from another one on the same environment.
    """
    return tuple([environ.get(name) for name in _ASKED])

"""
An application that answers in the guard's way and runs no view.

To explain `DELETE /orders/1` must not delete an order. So the request goes to a stand-in: the real
router, the real plan, the real `decide()`; where the view would answer, there is an empty 200.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from ..protocol.compiled import CompiledPolicy
from ..protocol.decide import decide, stronger
from ..protocol.decision import Decision, Headers, RequestHead
from ..protocol.fields import may_be_announced
from ..protocol.policy import Policy
from ..testing.message import is_redirect
from ..wire import dress, read_head

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask.wrappers import Request

    from ..routing import Plan, Target

__all__ = ["Amendment", "Answered", "Routed", "StandIn"]

_SERVER_ERROR = 500
_LONGEST = 200
"""Characters of a path that are worth comparing with routes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """
    Say where the router leads a request.

    Attributes:
        status: What the application answers but for its view: 200, or the router's own answer.
        endpoint: The endpoint; None if it leads to no view.
        location: Where it redirects to; empty if it does not.
        methods: The methods that the URL has, where it lacks the one that is asked for.
        near: The route that was probably meant, where none was found; else empty.
    """

    status: int
    endpoint: str | None = None
    location: str = ""
    methods: tuple[str, ...] = ()
    near: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """
    Hold a request, what governs it, and what it gets.

    Attributes:
        head: What the decision looks at.
        routed: Where the router leads it; for a preflight, the request that it announces.
        policy: What governs it; None if nothing does.
        endpoint: The endpoint of the view that is asked about.
        path: Its path, behind redirects of the application.
        decision: What is decided.
        status: The status of the answer, as far as no view decides about it.
        headers: The guard's headers in it: CORS response headers and `Vary`.
    """

    head: RequestHead
    routed: Routed
    policy: CompiledPolicy | None
    endpoint: str | None
    path: str
    decision: Decision
    status: int
    headers: Headers

    @property
    def method(self) -> str:
        """
        Give the method that is asked about: of a preflight, the announced one.
        """
        head = self.head
        return (head.request_method or "") if head.is_preflight else head.method

    @property
    def written(self) -> Policy | None:
        """
        Give the governing policy as it was written; None for `@same_origin`, and for none.
        """
        return self.policy.policy if self.policy else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """
    Suppose that something were configured otherwise.

    Attributes:
        policy: Would govern every URL, instead of what does; None: nothing is supposed.
        methods: Methods that every route would have besides its own.
    """

    policy: CompiledPolicy | None = None
    methods: frozenset[str] = field(default_factory=frozenset[str])


class StandIn:
    """
    Answer as the guarded application does, but for its views.

    Attributes:
        answered: All requests so far, in order.
    """

    def __init__(self, app: Flask, plan: Plan, amendment: Amendment | None = None) -> None:
        """
        Stand in for an application.

        Args:
            app: The application.
            plan: What governs its routes.
            amendment: What to suppose.
        """
        self.answered: list[Answered] = []
        self._app = app
        self._plan = plan
        self._amendment = amendment or Amendment()
        self._mount = str(cast("object", app.config["APPLICATION_ROOT"]) or "/").rstrip("/")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """
        Answer a request, and note it.
        """
        answered = self.answer(environ)
        self.answered.append(answered)
        status = HTTPStatus(answered.status)
        headers = list(answered.headers)
        if answered.routed.location and is_redirect(status):
            headers.append(("Location", answered.routed.location))
        start_response(f"{status.value} {status.phrase}", headers)
        return []

    def answer(self, environ: WSGIEnvironment) -> Answered:
        """
        Give the answer to a request.

        Args:
            environ: Its WSGI environment.
        """
        asked = self._request(self._mounted(environ))
        head = read_head(asked.environ, asked.path)
        announced = (head.request_method or "") if head.is_preflight else None
        target = self._target(asked, announced)
        policy = self._amendment.policy or target.policy
        methods = target.route_methods
        if methods is not None:
            methods |= self._amendment.methods
        about = replace(head, route_methods=methods, view_args=target.view_args)
        exempt = target.endpoint in self._plan.settings.enforce_exempt
        enforce = False if exempt else stronger(self._plan.settings.enforce, policy)
        decision = decide(policy, about, enforce=enforce)
        routed = self._routed(asked, asked.method)
        about_routed = routed if announced is None else self._routed(asked, announced)
        return Answered(
            head=about,
            routed=replace(about_routed, location=routed.location),
            policy=policy,
            endpoint=target.endpoint,
            path=target.path if target.endpoint else head.path,
            decision=decision,
            status=decision.status or routed.status,
            headers=tuple(dress(decision, [])[0]),
        )

    def _target(self, asked: Request, announced: str | None) -> Target:
        if announced is None:
            return self._plan.actual(asked, asked.path)
        # What nobody can announce is no method of any route: the router need not read it.
        method = announced if may_be_announced(announced) else "-"
        return self._plan.announced(asked, asked.path, method)

    def _mounted(self, environ: WSGIEnvironment) -> WSGIEnvironment:
        """
        Take the mount point off the path, as the server in front does.
        """
        path, mount = str(environ.get("PATH_INFO", "")), self._mount
        if not mount or environ.get("SCRIPT_NAME") or not f"{path}/".startswith(f"{mount}/"):
            return environ
        return {**environ, "SCRIPT_NAME": mount, "PATH_INFO": path.removeprefix(mount) or "/"}

    def _request(self, environ: WSGIEnvironment) -> Request:
        try:
            return self._app.request_class(environ)
        except UnicodeError:  # a path that is no UTF-8
            path = str(environ.get("PATH_INFO", "")).encode("latin-1", "replace").decode("latin-1")
            return self._app.request_class({**environ, "PATH_INFO": path})

    def _routed(self, asked: Request, method: str) -> Routed:
        try:
            adapter = self._app.create_url_adapter(asked)
            if adapter is None:
                return Routed(status=int(HTTPStatus.NOT_FOUND))
            rule, _ = adapter.match(asked.path, method, return_rule=True)
        except RequestRedirect as moved:
            return Routed(status=moved.code or _SERVER_ERROR, location=moved.new_url)
        except MethodNotAllowed as error:
            methods = tuple(sorted(error.valid_methods or ()))
            return Routed(status=int(HTTPStatus.METHOD_NOT_ALLOWED), methods=methods)
        except NotFound:
            return Routed(status=int(HTTPStatus.NOT_FOUND), near=self._near(asked.path))
        except HTTPException as error:
            return Routed(status=error.code or _SERVER_ERROR)
        except Exception:  # noqa: BLE001 - a user's converter
            return Routed(status=_SERVER_ERROR)
        return Routed(status=int(HTTPStatus.OK), endpoint=rule.endpoint)

    def _near(self, path: str) -> str:
        rules = [rule.rule for rule in self._app.url_map.iter_rules()]
        return next(iter(get_close_matches(path[:_LONGEST], rules, n=1, cutoff=0.75)), "")

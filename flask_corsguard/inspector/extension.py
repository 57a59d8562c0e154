"""
`CORSInspector`: where the page is, and who may see it.

One view for everything below the prefix, whatever the method: so whoever may not look gets the
application's own 404 and nothing else, neither a redirect to a slash nor a 405.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, cast

from flask import Flask, Response, abort, request

from ..extension import CORSGuard
from ..reporting import logger
from ..scopes import same_origin
from ..serving import Serving
from .answers import (
    Asking,
    BadQuestionError,
    explanation_value,
    routes_value,
    sentence_value,
    state_value,
)
from .recorder import Recorder, recorder_of
from .responses import ASSETS, asset_response, json_response, redirect_response

if TYPE_CHECKING:
    from ..routing import Plan

__all__ = ["CORSInspector"]

_NAME = "corsguard_inspector"
_PREFIX = re.compile(r"/(?:[A-Za-z0-9_~][A-Za-z0-9._~-]*/)+")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_OWN_SITE = (None, "same-origin", "none")
_MOST_DECISIONS = 10_000

Allow = Callable[[], object]


class CORSInspector:
    """
    Show on a page what the guard of an application decides, and why.

    In debug mode, everybody who reaches the application may see it; otherwise nobody, unless
    `allow` says so. It only ever reads. A guard that is watched tells the reasons, which takes it
    longer: in debug mode and with `allow` it is watched from the beginning, otherwise not at all.
    """

    def __init__(
        self,
        app: Flask | None = None,
        guard: CORSGuard | None = None,
        *,
        prefix: str = "/corsguard/",
        allow: Allow | None = None,
        decisions: int = 200,
    ) -> None:
        """
        Take the options, and put the page into an application if one is given.

        Args:
            app: The application, guarded already; without it, call `init_app` later.
            guard: Its guard.
            prefix: Where the page is: a path between slashes.
            allow: Called within each request for the page; only True lets it see the page. It
                replaces the default, which is to let it see the page in debug mode.
            decisions: How many decisions are remembered.

        Raises:
            RuntimeError: If the application has no guard, has an inspector, or has a route there.
            TypeError: If an argument is of the wrong kind.
            ValueError: If the prefix is no path between slashes, or the number is out of range.
        """
        self._guard = _check_guard(guard)
        self._prefix = _check_prefix(prefix)
        self._allow = _check_allow(allow)
        self._decisions = _check_decisions(decisions)
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask, guard: CORSGuard | None = None) -> None:
        """
        Put the page into an application.

        Args:
            app: The application, guarded already.
            guard: Its guard.

        Raises:
            RuntimeError: If the application has no guard, has an inspector, or has a route there.
            TypeError: If it is no Flask application, or the guard is none.
        """
        _check_app(app, _check_guard(guard) or self._guard)
        _check_routes(app, self._prefix)
        recorder = recorder_of(app)
        recorder.ignored = self._prefix
        recorder.resize(self._decisions)
        inspected = _Inspected(app, recorder, self._prefix, self._allow)
        app.extensions[_NAME] = inspected
        if self._allow is not None or app.debug:
            recorder.start(app)
        _add_routes(app, self._prefix, inspected)


class _Inspected:
    """
    Answer for the inspector of one application.
    """

    def __init__(self, app: Flask, recorder: Recorder, prefix: str, allow: Allow | None) -> None:
        self._app = app
        self._recorder = recorder
        self._prefix = prefix
        self._allow = allow
        self._is_checked = False
        self._has_failed = False

    def answer(self, name: str) -> Response:
        """
        Answer a request for anything below the prefix.

        Args:
            name: What follows the prefix.
        """
        if not self._is_checked:
            # Routes that were added after the inspector: there is no other moment for them.
            _check_routes(self._app, self._prefix)
            self._is_checked = True
        if not self._is_allowed():
            abort(HTTPStatus.NOT_FOUND)
        # If debug mode was switched on later, this is when the inspector hears of it.
        self._recorder.start(self._app)
        if request.method not in {"GET", "HEAD"}:
            said = {"error": "Nothing is written here."}
            refused = json_response(said, HTTPStatus.METHOD_NOT_ALLOWED)
            refused.headers["Allow"] = "GET, HEAD"
            return refused
        if request.path == self._prefix.rstrip("/"):
            return redirect_response(f"{request.path.rpartition('/')[2]}/")
        if name in ASSETS:
            return asset_response(name)
        if request.headers.get("Sec-Fetch-Site") not in _OWN_SITE:
            abort(HTTPStatus.NOT_FOUND)
        return self._data(name)

    def _is_allowed(self) -> bool:
        """
        Tell whether the current request may see the page; what fails fails closed.
        """
        if self._allow is None:
            return self._app.debug is True
        try:
            return self._allow() is True
        except Exception:  # noqa: BLE001 - a user's code
            if not self._has_failed:
                self._has_failed = True
                logger.exception("What CORSInspector was given as `allow` failed")
            return False

    def _data(self, name: str) -> Response:
        answers: dict[str, Callable[[Asking], object]] = {
            "explain.json": self._explanation,
            "routes.json": lambda _: routes_value(self._app, self._plan(), hidden=_NAME),
            "sentence.json": lambda asking: sentence_value(self._app, self._plan(), asking),
            "state.json": lambda asking: state_value(self._recorder, asking),
        }
        if name not in answers:
            abort(HTTPStatus.NOT_FOUND)
        try:
            return json_response(answers[name](request.args))
        except BadQuestionError as error:
            return json_response({"error": str(error)}, HTTPStatus.BAD_REQUEST)

    def _explanation(self, asking: Asking) -> object:
        return explanation_value(self._app, self._plan(), asking, request.url_root)

    def _plan(self) -> Plan:
        return cast("Serving", self._app.extensions["corsguard"]).make_plan()


def _add_routes(app: Flask, prefix: str, inspected: _Inspected) -> None:
    @same_origin
    def inspector(name: str = "", **_: object) -> Response:
        return inspected.answer(name)

    # Where routes have hosts, one without a host answers to none.
    host = "<corsguard_host>" if app.url_map.host_matching else None
    for rule in (prefix.rstrip("/"), prefix, f"{prefix}<path:name>"):
        app.add_url_rule(rule, _NAME, inspector, methods=_METHODS, host=host, strict_slashes=True)


def _check_app(app: Flask, guard: CORSGuard | None) -> None:
    if not isinstance(cast("object", app), Flask):
        raise TypeError(f"CORSInspector shows Flask applications, not {app!r}")
    if not isinstance(app.extensions.get("corsguard"), Serving):
        name = "CORSGuard" if guard is None else "guard.init_app"
        raise RuntimeError(f"{app!r} has no CORSGuard yet; write {name}(app) above CORSInspector")
    if _NAME in app.extensions:
        raise RuntimeError(f"{app!r} has a CORSInspector already; give all options to one")


def _check_routes(app: Flask, prefix: str) -> None:
    """
    See that no other route is where the inspector is.
    """
    for rule in app.url_map.iter_rules():
        if rule.endpoint != _NAME and f"{rule.rule}/".startswith(prefix):
            raise RuntimeError(
                f"CORSInspector: {prefix!r} would hide {rule.rule!r} ({rule.endpoint}); "
                "write CORSInspector(app, guard, prefix='/some-other-path/')"
            )


def _check_guard(guard: CORSGuard | None) -> CORSGuard | None:
    if guard is not None and not isinstance(cast("object", guard), CORSGuard):
        raise TypeError(
            f"CORSInspector takes the application's guard, not {guard!r}; "
            "write CORSInspector(app, guard)"
        )
    return guard


def _check_prefix(prefix: str) -> str:
    if not isinstance(cast("object", prefix), str):
        raise TypeError(f"prefix: {prefix!r} is no text; write prefix='/corsguard/'")
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(
            f"prefix: {prefix!r} is no path of letters, digits, '.', '_', '~' and '-' between "
            "slashes; write prefix='/corsguard/'"
        )
    return prefix


def _check_allow(allow: Allow | None) -> Allow | None:
    if allow is None:
        return None
    if not callable(cast("object", allow)):
        raise TypeError(
            f"allow: {allow!r} cannot be called; write allow=lambda: current_user.is_admin"
        )
    if iscoroutinefunction(allow) or iscoroutinefunction(getattr(allow, "__call__", None)):  # noqa: B004
        raise TypeError(f"allow: {allow!r} is a coroutine function; write a plain function")
    return allow


def _check_decisions(decisions: int) -> int:
    if not isinstance(cast("object", decisions), int) or isinstance(decisions, bool):
        raise TypeError(f"decisions: {decisions!r} is no number; write decisions=200")
    if not 1 <= decisions <= _MOST_DECISIONS:
        raise ValueError(
            f"decisions: {decisions!r} is not between 1 and {_MOST_DECISIONS}; write decisions=200"
        )
    return decisions

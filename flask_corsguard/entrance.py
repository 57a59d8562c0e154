"""
The quick way into an application: what most requests take, made for one plan ahead of time.

Where nobody asks why, a request needs a look-up or two. A closure that has all of it at hand is the
cheapest thing that Python can call; methods and objects of one request would cost as much again.
Whatever is not usual is left to `enter_slowly`, which says the same at more length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .protocol.compiled import ALLOW_ORIGIN
from .protocol.origins import MAX_ORIGIN_BYTES
from .routing import UNSURE
from .signals import cors_decided
from .wire import BARE_RESPONSES, UNTOUCHED, HeaderList, add_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask.wrappers import Request

    from .passage import Dresser
    from .protocol.compiled import CompiledPolicy
    from .protocol.decision import Headers
    from .reporting import Reporter
    from .routing import Plan
    from .wire import ExcInfo

    Ticket = list[Request]

__all__ = ["PASSED", "make_entrance", "while_debug"]

PASSED: Final = object()
"""The ticket of a request about which nothing is left to be decided."""


def make_entrance(serving: Dresser, plan: Plan, inner: WSGIApplication) -> WSGIApplication:
    """
    Make the quick way into an application.

    Args:
        serving: What serves the application.
        plan: What governs its routes.
        inner: The application itself.

    Returns:
        What the server is to call, until something else counts.
    """
    if plan.enforces:
        # Everything is looked at: a middleware further in may turn a safe method into another one.
        return serving.enter_slowly
    early = plan.settings.fast_path and not plan.has_callables
    special = _preflight_entrance(serving, plan) if early else serving.enter_slowly
    if plan.only is not None and plan.is_uniform:
        return _uniform_entrance(serving, plan, plan.only, inner, special)
    return _routed_entrance(serving, plan, inner, special)


def while_debug(serving: Dresser, debug: bool, enter: WSGIApplication) -> WSGIApplication:
    """
    Make a way in that counts as long as `app.debug` is what it was.

    Args:
        serving: What serves the application.
        debug: What it was.
        enter: The way in that was made then.
    """
    app, slowly = serving.app, serving.enter_slowly

    def enter_if(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if bool(app.debug) is debug:
            return enter(environ, start_response)
        return slowly(environ, start_response)

    return enter_if


def _preflight_entrance(serving: Dresser, plan: Plan) -> WSGIApplication:
    """
    Make the way for preflights that are answered before the application is asked.
    """
    slowly, look_up = serving.enter_slowly, serving.decider.quick_preflight
    views, seen = plan.views, plan.views_seen

    def enter(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        quick = look_up(plan, environ) if len(views) == seen else None
        if quick is None:
            return slowly(environ, start_response)
        status, ours = quick
        line, headers = BARE_RESPONSES[status]
        start_response(line, [*headers, *ours])
        return []

    return enter


def _uniform_entrance(
    serving: Dresser,
    plan: Plan,
    policy: CompiledPolicy,
    inner: WSGIApplication,
    special: WSGIApplication,
) -> WSGIApplication:
    """
    Make the way for an application where one policy governs every URL.
    """
    key, slowly = serving.key, serving.enter_slowly
    views, seen = plan.views, plan.views_seen
    unasked, listed, shared = policy.unasked, policy.listed, policy.shared
    choose = _chooser(policy, serving.reporter)

    def enter(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("REQUEST_METHOD") == "OPTIONS" or len(views) != seen:
            return special(environ, start_response)
        origin: str | None = environ.get("HTTP_ORIGIN")
        if origin is None:
            ours: Headers | None = unasked
        # The length is looked at first: hashing a megabyte is work.
        elif len(origin) <= MAX_ORIGIN_BYTES and origin in listed and not cors_decided.receivers:
            ours = ((ALLOW_ORIGIN, origin), *shared)
        else:
            ours = choose(origin)
        if ours is None:
            return slowly(environ, start_response)

        def start(
            status: str, headers: HeaderList, exc_info: ExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            headers, replaced = add_headers(headers, ours)
            if replaced:
                serving.warn(serving.find_asked(environ).endpoint)
            if exc_info is None:
                return start_response(status, headers)
            return start_response(status, headers, exc_info)

        environ[key] = PASSED
        return inner(environ, start)

    return enter


def _routed_entrance(
    serving: Dresser, plan: Plan, inner: WSGIApplication, special: WSGIApplication
) -> WSGIApplication:
    """
    Make the way for an application where the policy depends on the URL.
    """
    key, slowly = serving.key, serving.enter_slowly
    views, seen = plan.views, plan.views_seen
    reporter, look_up, live = serving.reporter, _router(plan), tuple(plan.live)

    def enter(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("REQUEST_METHOD") == "OPTIONS" or len(views) != seen:
            return special(environ, start_response)
        origin: str | None = environ.get("HTTP_ORIGIN")
        # Where a callable has to be asked, it is before the view.
        if origin is not None and (reporter.has_audience or (live and not _knows(live, origin))):
            return slowly(environ, start_response)
        # The hook puts the request in: a layer in between may have asked for something else.
        ticket: Ticket = []

        def start(
            status: str, headers: HeaderList, exc_info: ExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            asked = ticket[-1] if ticket else environ.get("werkzeug.request")
            ours = look_up(asked, origin)
            if ours is None:
                request = ticket[-1] if ticket else serving.find_asked(environ)
                headers = serving.dress_quickly(plan, environ, request, headers)
            else:
                headers, replaced = add_headers(headers, ours)
                if replaced:
                    serving.warn(getattr(asked, "endpoint", None))
            if exc_info is None:
                return start_response(status, headers)
            return start_response(status, headers, exc_info)

        environ[key] = ticket
        return inner(environ, start)

    return enter


def _chooser(policy: CompiledPolicy, reporter: Reporter) -> Callable[[str], Headers | None]:
    """
    Make what gives the headers for an origin that is not listed; None where it takes a decision.
    """

    def choose(origin: str) -> Headers | None:
        if reporter.tells_all:
            return None
        try:
            ours = policy.quick_headers(origin)
            # Nobody but these wants to be told of what is allowed.
            if ours is policy.unasked and not policy.everybody and reporter.has_audience:
                return None
            return ours
        except Exception:  # noqa: BLE001 - nothing raises while serving; the slow way says what it was
            return None

    return choose


def _knows(live: tuple[CompiledPolicy, ...], origin: str) -> bool:
    """
    Tell whether no callable has to be asked about an origin, whatever the request is about.
    """
    return all(policy.quick_headers(origin) is not None for policy in live)


def _router(plan: Plan) -> Callable[[Any, str | None], Headers | None]:
    """
    Make what gives the headers for a request that has been routed; None where it was not.
    """
    certain, url_map = plan.certain, plan.url_map

    def look_up(asked: Any, origin: str | None) -> Headers | None:  # noqa: ANN401 - see below
        # Whatever a layer in between has left in the environment is asked for its rule.
        rule = getattr(asked, "url_rule", None)
        policy = certain.get(id(rule), UNSURE)
        try:
            if policy is UNSURE:
                if rule is None or rule.map is not url_map:
                    return None
                policy = plan.governing_by(rule, asked)
            if policy is None:
                return UNTOUCHED
            # What `quick_headers` does first, without the call.
            if origin and len(origin) <= MAX_ORIGIN_BYTES and origin in policy.listed:
                return ((ALLOW_ORIGIN, origin), *policy.shared)
            # Who comes here with an origin is known to what would have to be asked.
            if origin is None or policy.is_static:
                return policy.quick_headers(origin)
            return policy.shared_with(origin)
        except Exception:  # noqa: BLE001 - nothing raises while serving; the slow way says what it was
            return None

    return look_up

"""
Where the guard stands in a Flask application: the one place that touches lists of hooks.

The hook before requests is kept in front of all others, however late they were registered, so no
login check sees a preflight. The headers are added where the response leaves the application,
around `start_response`, rather than in `after_request`: there no hook that raises, no error handler
that fails and no hook that returns a new response can lose them. It is cheaper, too: a hook reads
proxies and changes header objects, this puts two tuples into a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

from flask import Flask
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["BeforeRequest", "has_inner_proxy_fix", "keep_first", "surround"]

_MOST_LAYERS = 64

BeforeRequest = Callable[[], "ResponseReturnValue | None"]
Around = Callable[["WSGIApplication", "WSGIEnvironment", "StartResponse"], Iterable[bytes]]


def keep_first(app: Flask, hook: BeforeRequest) -> None:
    """
    See that a hook runs before all other `before_request` hooks of the application.

    Args:
        app: The application.
        hook: The guard's hook.
    """
    hooks = app.before_request_funcs.get(None, [])
    if not hooks or hooks[0] is not hook:
        # A new list: another thread may be running through the old one, and must not skip a check.
        others = [other for other in hooks if other is not hook]
        app.before_request_funcs[None] = [hook, *others]


def has_inner_proxy_fix(app: Flask) -> bool:
    """
    Tell whether `app.wsgi_app` is wrapped in `ProxyFix`, directly or further in.

    Args:
        app: The application, before the guard surrounds it.
    """
    waiting, seen = [cast("object", app.wsgi_app)], 0
    while waiting and seen < _MOST_LAYERS:
        layer, seen = waiting.pop(), seen + 1
        if isinstance(layer, ProxyFix):
            return True
        if not isinstance(layer, Flask):
            waiting += [
                inner for inner in getattr(layer, "__dict__", {}).values() if callable(inner)
            ]
    return False


def surround(app: Flask, around: Around) -> None:
    """
    Put a function around the application, outside of what surrounds it already.

    Args:
        app: The application.
        around: Is called with the inner application, and as a WSGI application is.
    """
    inner: WSGIApplication = app.wsgi_app

    def wsgi_app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return around(inner, environ, start_response)

    app.wsgi_app = wsgi_app  # type: ignore[method-assign]

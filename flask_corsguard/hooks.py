"""
Where the guard stands in a Flask application: the one place that puts something into it.

The hook before requests stands around `preprocess_request`, which runs all hooks, rather than in
the list of `before_request`: no hook of another extension can get in front of it, however late or
cleverly it is registered, so no login check sees a preflight. It costs less there, too.

The headers are added where the response leaves the application, around `start_response`, rather
than in `after_request`: there no hook that raises, no error handler that fails and no hook that
returns a new response can lose them. It is cheaper, too: a hook reads proxies and changes header
objects, this puts two tuples into a list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from flask import Flask
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

__all__ = ["BeforeRequest", "go_first", "has_inner_proxy_fix", "surround"]

_MOST_LAYERS = 64

BeforeRequest = Callable[[], "ResponseReturnValue | None"]


def go_first(app: Flask, hook: BeforeRequest) -> None:
    """
    See that a hook runs before everything else that Flask calls before a view.

    Args:
        app: The application.
        hook: The guard's hook; its answer, if there is one, is the view's.
    """
    inner: Callable[..., ResponseReturnValue | None] = app.preprocess_request

    # Flask may come to pass it something: whatever it is, it is passed on.
    def preprocess_request(*given: object) -> ResponseReturnValue | None:
        answer = hook()
        return inner(*given) if answer is None else answer

    app.preprocess_request = preprocess_request  # type: ignore[method-assign]


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


def surround(app: Flask, enter: WSGIApplication) -> WSGIApplication:
    """
    Put a WSGI application around a Flask application, outside of what surrounds it already.

    Args:
        app: The Flask application.
        enter: What the server is to call instead.

    Returns:
        What it has called until now.
    """
    inner: WSGIApplication = app.wsgi_app
    app.wsgi_app = cast("Any", enter)  # type: ignore[method-assign]
    return inner

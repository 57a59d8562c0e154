"""
Flask as it comes, and with what people write by hand.
"""

from __future__ import annotations

from flask import Response, request

from ..rows import Built, Row
from ..scenarios import ALLOW_HEADERS, EXPOSE_HEADERS, MAX_AGE, METHODS, Setup, Shape
from .flask_base import make_app

__all__ = ["ROWS"]


def bare(_: Setup) -> Built:
    """
    Build Flask as it comes.
    """
    return Built(app=make_app())


def by_hand(setup: Setup) -> Built:
    """
    Build what people write by hand, done well: a set, and all headers in one hook.
    """
    app = make_app()
    below = tuple(f".{s}" for s in setup.suffixes) if setup.shape is Shape.PATTERNS else ()
    origins = frozenset() if below else frozenset(setup.origins)
    rules = [(f"{area}/", origins) for area in setup.areas] if setup.shape is Shape.PATHS else []
    methods, names = ", ".join(METHODS), ", ".join(ALLOW_HEADERS)
    exposed = ", ".join(EXPOSE_HEADERS)

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        allowed = origins
        if rules:
            path = request.path
            allowed = next((found for start, found in rules if path.startswith(start)), frozenset())
        if origin and (origin in allowed or (below and origin.endswith(below))):
            headers = response.headers
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Allow-Credentials"] = "true"
            if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
                headers["Access-Control-Allow-Methods"] = methods
                headers["Access-Control-Allow-Headers"] = names
                headers["Access-Control-Max-Age"] = str(MAX_AGE)
            else:
                headers["Access-Control-Expose-Headers"] = exposed
        return response

    return Built(app=app)


ROWS = (
    Row(name="flask", title="bare Flask", build=bare, base="flask", bare=True),
    Row(name="flask-again", title="bare Flask again (A/A)", build=bare, base="flask", bare=True),
    Row(name="hook", title="a hook by hand", build=by_hand, base="flask"),
)

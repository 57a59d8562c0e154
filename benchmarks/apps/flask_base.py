"""
The Flask application that all rows with Flask share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response

from ..scenarios import BODY, METHODS

__all__ = ["View", "make_app"]

View = Callable[..., Response]


def item(**_: Any) -> Response:  # noqa: ANN401 - whatever the route has
    """
    Answer as little as a view can.
    """
    return Response(BODY, mimetype="text/plain")


def _one_more_item() -> View:
    """
    Give a function of its own to each application: a decorator may leave notes on it.
    """

    def one(**_: Any) -> Response:  # noqa: ANN401 - whatever the route has
        return Response(BODY, mimetype="text/plain")

    return one


def make_app(mark: Callable[[View], View] = lambda view: view) -> Flask:
    """
    Make an application with the two routes that are asked for, and thirty beside them.

    Args:
        mark: Decorates the view that is asked for.
    """
    app = Flask("benchmarked")
    for i in range(15):
        app.add_url_rule(f"/api/things-{i}", f"things-{i}", item)
        app.add_url_rule(f"/api/things-{i}/<int:n>", f"thing-{i}", item)
    view = mark(_one_more_item())
    methods = [method for method in METHODS if method != "HEAD"]
    app.add_url_rule("/api/items/<int:n>", "item", view, methods=methods)
    app.add_url_rule("/api/<area>/items/<int:n>", "area", view, methods=methods)
    return app

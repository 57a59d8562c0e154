"""
The two front ends: the page, and a stranger that no policy lists.

Both are plain static sites. The stranger serves nothing but a frame that asks on the page's behalf,
from an origin of its own.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from flask import Flask, Response, render_template

from api import create_api


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """
    Hold the three origins of the demo.
    """

    page: str
    api: str
    stranger: str


def create_page(origins: Origins) -> Flask:
    """
    Create the page, which asks the API and shows what came of it.
    """
    app = Flask(__name__)

    @app.get("/")
    def show_page() -> str:
        code = inspect.getsource(create_api)
        return render_template("page.html", origins=origins, code=code)

    protect(app, connect=origins.api, frames=origins.stranger, framed_by="'none'")
    return app


def create_stranger(origins: Origins) -> Flask:
    """
    Create the stranger, which asks the API from within a frame of the page.
    """
    app = Flask(__name__)

    @app.get("/")
    def show_probe() -> str:
        return render_template("probe.html", origins=origins)

    protect(app, connect=origins.api, frames="'none'", framed_by=origins.page)
    return app


def protect(app: Flask, *, connect: str, frames: str, framed_by: str) -> None:
    """
    Let the pages of a site do what they need, and nothing else.
    """
    policy = "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            f"connect-src {connect}",
            f"frame-src {frames}",
            f"frame-ancestors {framed_by}",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        ]
    )

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

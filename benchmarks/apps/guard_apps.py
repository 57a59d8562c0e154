"""
The guard: hooks, the fast path, a marked view, and the middleware around Flask.

What is measured is the public interface, written as the documentation writes it.
"""

from __future__ import annotations

from typing import Any

from flask_corsguard import CORSGuard, CORSMiddleware, cors_decided, cross_origin

from ..rows import Built, Receiver, Row
from ..scenarios import ALLOW_HEADERS, EXPOSE_HEADERS, MAX_AGE, METHODS, Setup, Shape
from .flask_base import make_app

__all__ = ["ROWS", "our_options"]


def our_options(setup: Setup) -> dict[str, Any]:
    """
    Write a set-up in the words of the guard.
    """
    options: dict[str, Any] = {
        "origins": [f"https://*.{s}" for s in setup.suffixes]
        if setup.shape is Shape.PATTERNS
        else setup.origins,
        "allow_headers": list(ALLOW_HEADERS),
        "expose_headers": list(EXPOSE_HEADERS),
        "credentials": True,
        "max_age": MAX_AGE,
    }
    if setup.shape is Shape.PATHS:
        origins = options.pop("origins")
        options["resources"] = {f"{area}/*": {"origins": origins} for area in setup.areas}
    return options


def hooks(setup: Setup) -> Built:
    """
    Build the guard as it is usually written.
    """
    app = make_app()
    CORSGuard(app, **our_options(setup))
    return _listened(app, setup)


def fast_path(setup: Setup) -> Built:
    """
    Build the guard around `app.wsgi_app`.
    """
    app = make_app()
    CORSGuard(app, fast_path=True, **our_options(setup))
    return _listened(app, setup)


def marked_view(setup: Setup) -> Built:
    """
    Build a guard that allows nobody, and a view that is marked.
    """
    app = make_app(cross_origin(**our_options(setup)))
    CORSGuard(app)
    return _listened(app, setup)


def middleware(setup: Setup) -> Built:
    """
    Build `CORSMiddleware` around Flask.
    """
    app = CORSMiddleware(make_app().wsgi_app, **our_options(setup), methods=list(METHODS))
    return _listened(app, setup)


def _listened(app: Any, setup: Setup) -> Built:  # noqa: ANN401 - an application or a middleware
    if not setup.listened:
        return Built(app=app)
    receiver = Receiver()
    return Built(
        app=app,
        # Connected for its own requests alone: elsewhere in the process nobody listens.
        enter=lambda: _connect(receiver, app),
        leave=lambda: cors_decided.disconnect(receiver),
        told=receiver,
    )


def _connect(receiver: Receiver, app: Any) -> None:  # noqa: ANN401 - as above
    cors_decided.connect(receiver, sender=app)


ROWS = (
    Row(name="guard", title="guard, hooks", build=hooks, base="flask", signals=True),
    Row(name="guard-fast", title="guard, fast path", build=fast_path, base="flask", signals=True),
    Row(
        name="guard-view",
        title="guard, @cross_origin",
        build=marked_view,
        base="flask",
        shapes=frozenset({Shape.ORIGINS, Shape.PATTERNS}),
        signals=True,
    ),
    Row(
        name="middleware",
        title="CORSMiddleware around Flask",
        build=middleware,
        base="flask",
        signals=True,
    ),
)

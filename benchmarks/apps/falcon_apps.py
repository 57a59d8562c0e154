"""
Falcon, bare and with its own middleware.
"""

from __future__ import annotations

from falcon import App, CORSMiddleware, Request, Response

from ..answers import Fault
from ..rows import Built, Row
from ..scenarios import BODY, EXPOSE_HEADERS, Setup, Shape

__all__ = ["ROWS"]


class Item:
    """
    Answer as little as a resource can.
    """

    def on_get(self, _: Request, response: Response, n: int) -> None:  # noqa: ARG002 - the route has it
        """
        Answer.
        """
        response.content_type = "text/plain"
        response.data = BODY

    on_put = on_post = on_delete = on_get


def _app(*middleware: object) -> App:
    app = App(middleware=list(middleware))
    for start in ("items", *(f"things-{i}" for i in range(15))):
        app.add_route(f"/api/{start}/{{n:int}}", Item())
    return app


def bare(_: Setup) -> Built:
    """
    Build Falcon as it comes.
    """
    return Built(app=_app())


def with_middleware(setup: Setup) -> Built:
    """
    Build Falcon with its `CORSMiddleware`.
    """
    return Built(
        app=_app(
            CORSMiddleware(
                allow_origins=setup.origins, expose_headers=EXPOSE_HEADERS, allow_credentials="*"
            )
        )
    )


_EXACT = frozenset({Shape.ORIGINS})
_PREFLIGHTS = ("preflight/repeated", "preflight/new-url", "hostile/friendly")
# It echoes the names that it is asked for.
_TOO_MUCH = ("preflight/header", "hostile/bounds", "hostile/8k", "hostile/64k")

ROWS = (
    Row(
        name="falcon-bare",
        title="bare Falcon",
        build=bare,
        base="falcon-bare",
        bare=True,
        shapes=_EXACT,
    ),
    Row(
        name="falcon",
        title="Falcon's CORSMiddleware",
        build=with_middleware,
        base="falcon-bare",
        shapes=_EXACT,
        known={
            "*": frozenset({Fault.NO_VARY}),
            **dict.fromkeys(_PREFLIGHTS, frozenset({Fault.MAX_AGE})),
            **dict.fromkeys(_TOO_MUCH, frozenset({Fault.ALLOWED_TOO_MUCH})),
        },
    ),
)

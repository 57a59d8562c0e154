"""
Starlette, bare and with its own middleware, driven without an event loop.
"""

from __future__ import annotations

import re

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ..drivers import ASGI
from ..rows import Built, Row
from ..scenarios import ALLOW_HEADERS, BODY, EXPOSE_HEADERS, MAX_AGE, METHODS, Setup, Shape

__all__ = ["ROWS"]


async def item(_: Request) -> Response:
    """
    Answer as little as an endpoint can.
    """
    return PlainTextResponse(BODY)


def _app(*middleware: Middleware) -> Starlette:
    others = [Route(f"/api/things-{i}", item) for i in range(15)]
    others += [Route(f"/api/things-{i}/{{n:int}}", item) for i in range(15)]
    routes = [Route("/api/items/{n:int}", item, methods=METHODS)]
    return Starlette(routes=[*routes, *others], middleware=middleware)


def bare(_: Setup) -> Built:
    """
    Build Starlette as it comes.
    """
    return Built(app=_app())


def with_middleware(setup: Setup) -> Built:
    """
    Build Starlette with its `CORSMiddleware`.
    """
    pattern = "|".join(re.escape(suffix) for suffix in setup.suffixes)
    origins = (
        {"allow_origin_regex": rf"https://.+\.(?:{pattern})"}
        if setup.shape is Shape.PATTERNS
        else {"allow_origins": setup.origins}
    )
    return Built(
        app=_app(
            Middleware(
                CORSMiddleware,
                **origins,
                allow_methods=METHODS,
                allow_headers=ALLOW_HEADERS,
                expose_headers=EXPOSE_HEADERS,
                allow_credentials=True,
                max_age=MAX_AGE,
            )
        )
    )


ROWS = (
    Row(
        name="starlette-bare",
        title="bare Starlette",
        build=bare,
        base="starlette-bare",
        bare=True,
        shapes=frozenset({Shape.ORIGINS, Shape.PATTERNS}),
        driver=ASGI,
    ),
    Row(
        name="starlette",
        title="Starlette's CORSMiddleware",
        build=with_middleware,
        base="starlette-bare",
        shapes=frozenset({Shape.ORIGINS, Shape.PATTERNS}),
        driver=ASGI,
    ),
)

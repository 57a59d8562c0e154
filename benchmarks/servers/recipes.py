"""
What people write by hand: a WSGI closure with a dict, and a hook that asks the database.

The closure is the limit: nothing written in Python does less. It matches no route and knows no
policy but its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from .questions import ALLOWED_HEADERS, LISTED, MAX_AGE, METHODS

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from _typeshed import OptExcInfo
    from flask import Flask, Response
    from sqlalchemy import Engine

__all__ = ["add_query", "make_engine", "wrap"]

_TABLE = "benchmark_origins"
_ORIGIN = "Access-Control-Allow-Origin"
_MAY = {
    "Access-Control-Allow-Methods": ", ".join(METHODS),
    "Access-Control-Allow-Headers": ", ".join(ALLOWED_HEADERS),
    "Access-Control-Max-Age": str(MAX_AGE),
}
_ASKED = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"


def wrap(inner: WSGIApplication) -> WSGIApplication:
    """
    Answer preflights, and add the headers to everything else.

    Args:
        inner: The application.
    """
    vary = ("Vary", "Origin")
    granted = {origin: [(_ORIGIN, origin), vary] for origin in LISTED}
    may = [*_MAY.items(), ("Vary", _ASKED), ("Content-Length", "0")]
    preflights = {origin: [(_ORIGIN, origin), *may] for origin in LISTED}
    rejected = [("Vary", _ASKED), ("Content-Length", "0")]

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        origin = environ.get("HTTP_ORIGIN", "")
        if (
            "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
            and environ["REQUEST_METHOD"] == "OPTIONS"
        ):
            known = preflights.get(origin)
            if known is None:
                start_response("403 FORBIDDEN", [*rejected])
            else:
                start_response("204 NO CONTENT", [*known])
            return ()
        more = granted.get(origin, [vary])

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None
        ) -> Callable[[bytes], object]:
            return start_response(status, headers + more, exc_info)

        return inner(environ, start)

    return application


def make_engine(database: str) -> Engine:
    """
    Make what connects to the database.

    Args:
        database: Its URL.
    """
    from sqlalchemy import create_engine

    return create_engine(database)


def add_query(app: Flask, database: str) -> None:
    """
    Ask the database about the origin of each request, as the page's answer leaves.

    Args:
        app: The application.
        database: The database's URL.
    """
    from flask import request
    from sqlalchemy import Column, MetaData, String, Table, insert, select

    engine = make_engine(database)
    table = Table(_TABLE, MetaData(), Column("origin", String(400), primary_key=True))
    table.metadata.create_all(engine)
    with engine.begin() as connection:
        written = set(connection.scalars(select(table.c.origin)))
        if new := [{"origin": origin} for origin in LISTED if origin not in written]:
            connection.execute(insert(table), new)

    def allow(response: Response) -> Response:
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin is None:
            return response
        with engine.connect() as connection:
            found = connection.scalar(select(table.c.origin).where(table.c.origin == origin))
        if found is not None:
            response.headers[_ORIGIN] = found
            if request.method == "OPTIONS":
                response.headers.update(_MAY)
        return response

    app.after_request(allow)

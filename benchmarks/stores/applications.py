"""
The applications that are compared: the same route, and another way to know the origins.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, request
from sqlalchemy import Engine, text

from flask_corsguard import CORSGuard, RequestHead
from flask_corsguard.stores import OriginStore, OriginTables

__all__ = ["PATH", "bare", "guarded", "recipe", "scope_of"]

PATH = "/t1/orders"


def scope_of(head: RequestHead) -> str:
    """
    Name the tenant, as an application would.
    """
    return str(head.view_args["tenant"])


def bare() -> Flask:
    """
    Make an application that knows nothing of CORS.
    """
    app = Flask("bare", static_folder=None)

    @app.get("/<tenant>/orders")
    def orders(tenant: str) -> dict[str, str]:
        return {"tenant": tenant}

    del orders
    return app


def guarded(*origins: str | OriginStore | Callable[[str, RequestHead], bool]) -> Flask:
    """
    Make an application with a guard.
    """
    app = bare()
    CORSGuard(app, origins=list(origins), credentials=True)
    return app


def recipe(engine: Engine, tables: OriginTables) -> Flask:
    """
    Make what blog posts recommend: one query for each request, after the view.
    """
    app = bare()
    query = text(f"SELECT 1 FROM {tables.origins.name} WHERE scope = :s AND pattern = :o")  # noqa: S608

    @app.after_request
    def add_headers(response: Response) -> Response:
        origin = request.headers.get("Origin")
        values = {"s": (request.view_args or {}).get("tenant"), "o": origin}
        with engine.connect() as connection:
            known = origin and connection.execute(query, values).first()
        if origin and known:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Credentials"] = "true"
        response.vary.add("Origin")
        return response

    return app

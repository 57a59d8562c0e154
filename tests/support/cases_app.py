"""
The application that the cases of `protocol.json` talk about.
"""

from __future__ import annotations

from flask import Flask, Response, abort, redirect, request
from flask.typing import ResponseReturnValue

__all__ = ["make_app"]

_ITEM_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "CHICKEN", "QUERY"]


def make_app() -> Flask:
    """
    Make the application without any guard; views count their calls in ``app.extensions["calls"]``.
    """
    app = Flask("cases")
    app.extensions["calls"] = []
    app.before_request(_login_check)
    _add_plain_routes(app)
    _add_header_routes(app)
    return app


def _login_check() -> None:
    if request.path == "/private" and "Authorization" not in request.headers:
        abort(401)


def _reply(**headers: str) -> Response:
    response = Response("body", headers={"X-Total": "42", "X-Secret": "s"})
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


def _add_plain_routes(app: Flask) -> None:
    def seen(response: ResponseReturnValue) -> ResponseReturnValue:
        app.extensions["calls"].append(request.path)
        return response

    def boom() -> ResponseReturnValue:
        raise ZeroDivisionError

    def status(code: int) -> ResponseReturnValue:
        if 300 <= code < 400:
            return seen(redirect("/item", code))
        return seen((_reply(), code))

    rule = app.add_url_rule
    rule("/item", "item", lambda: seen(_reply()), methods=_ITEM_METHODS)
    rule("/plain", "plain", lambda: seen(_reply()), methods=["GET", "PUT"])
    rule("/getonly", "getonly", lambda: seen(_reply()), methods=["GET"])
    rule("/private", "private", lambda: seen(_reply()), methods=["GET", "PUT"])
    rule("/slash/", "slash", lambda: seen(_reply()), methods=["GET", "PUT"])
    rule("/opts", "opts", lambda: seen(_reply(X_App_Options="1")), methods=["GET", "OPTIONS"])
    rule("/status/<int:code>", "status", status)
    rule("/boom", "boom", boom)


def _add_header_routes(app: Flask) -> None:
    def etag() -> ResponseReturnValue:
        response = _reply()
        response.set_etag("v1")
        return response.make_conditional(request)

    def cookie() -> ResponseReturnValue:
        response = _reply()
        response.set_cookie("sid", "1")
        return response

    rule = app.add_url_rule
    rule("/vary", "vary", lambda: _reply(Vary="Accept-Encoding"))
    rule("/vary-origin", "vary_origin", lambda: _reply(Vary="origin"))
    rule("/vary-star", "vary_star", lambda: _reply(Vary="*"))
    other = {"Access_Control_Allow_Origin": "https://other.example"}
    rule("/own-acao", "own_acao", lambda: _reply(**other))
    expose = {"Access_Control_Expose_Headers": "X-Secret"}
    rule("/own-expose", "own_expose", lambda: _reply(**expose))
    rule("/etag", "etag", etag)
    rule("/cookie", "cookie", cookie, methods=["GET", "PUT"])

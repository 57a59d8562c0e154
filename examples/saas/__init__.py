"""
A service with two tenants, each of which says itself which front ends may use its API.

The API is guarded by one policy; whose origins count, the URL says. All that is about CORS is in
`create_app` and in `origins.py`.
"""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from flask_corsguard import CORSGuard

from .admin import create_admin
from .origins import create_store, database_url, prepare
from .security import protect, read_secret
from .tenants import TENANTS

__all__ = ["create_app"]

HERE = Path(__file__).resolve().parent


def create_app() -> Flask:
    """
    Create the service. `DATABASE_URL`, `REDIS_URL` and `SECRET_KEY` are read if they are there.
    """
    app = Flask(__name__, instance_path=str(HERE / "instance"))
    folder = Path(app.instance_path)
    folder.mkdir(exist_ok=True)
    app.config.update(
        SECRET_KEY=os.environ.get("SECRET_KEY") or read_secret(folder / "secret.txt"),
        SESSION_COOKIE_NAME="orchard",
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=64 * 1024,
    )
    store = create_store(database_url(folder), os.environ.get("REDIS_URL"))
    prepare(store)

    CORSGuard(
        app,
        credentials=True,
        resources={"/api/*": {"origins": [store], "name": "tenants"}},
        enforce=True,  # on every URL: no other site's page can send the forms of the admin pages
    )

    @app.get("/api/<tenant>/orders")
    def orders(tenant: str) -> ResponseReturnValue:
        if tenant not in TENANTS:
            return jsonify(error="Not Found"), 404
        return jsonify(tenant=tenant, orders=TENANTS[tenant].orders, worker=os.getpid())

    app.register_blueprint(create_admin(store))
    protect(app)
    return app

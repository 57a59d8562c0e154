"""
An application with a store, for servers with many workers; the tests say by the environment which.
"""

from __future__ import annotations

import os
import threading

from flask import Flask
from sqlalchemy import create_engine

from flask_corsguard import CORSGuard, RequestHead
from flask_corsguard.stores import (
    Invalidation,
    PostgresInvalidation,
    RedisInvalidation,
    SQLAlchemyOrigins,
    origin_tables,
)

__all__ = ["app"]


def make_invalidation(url: str, channel: str) -> Invalidation | None:
    if url.startswith("redis"):
        return RedisInvalidation(url, channel=channel, heartbeat=1)
    return PostgresInvalidation(url, channel=channel, heartbeat=1) if url else None


store = SQLAlchemyOrigins(
    create_engine(os.environ["STORE_DATABASE"]),
    table=origin_tables(name=os.environ["STORE_TABLE"]),
    invalidation=make_invalidation(os.environ["STORE_NEWS"], os.environ["STORE_TABLE"]),
    mode="snapshot" if os.environ["STORE_MODE"] == "snapshot" else "lookup",
    ttl=3600,
    refresh=0.2,
)
if os.environ.get("STORE_TOUCH"):
    # What should not be done before a fork, and is: the pool holds a connection, and threads run.
    store.allows("https://app.example.com", RequestHead(method="GET"))

app = Flask(__name__)
CORSGuard(app, origins=[store])


@app.get("/")
def hello() -> str:
    # Long enough for the other workers to be asked, too.
    threading.Event().wait(0.02)
    return f"{os.getpid()} {store.statistics.connected}"

"""
Load a snapshot in a process of its own: seconds, bytes by which it grows, microseconds a decision.
"""

from __future__ import annotations

import gc
import resource
import sys
import time
from pathlib import Path

from flask_corsguard import RequestHead
from flask_corsguard.stores import SQLAlchemyOrigins, origin_tables

from .applications import scope_of
from .rows import connect, origin_of

__all__: list[str] = []

_ASKED = 20_000


def main(table: str) -> None:
    """
    Measure.
    """
    engine = connect()
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")  # what the driver needs is no part of a snapshot
    store = SQLAlchemyOrigins(
        engine, table=origin_tables(name=table), scope=scope_of, mode="snapshot", refresh=3600
    )
    gc.collect()
    before, began = _resident(), time.perf_counter()
    store.refresh()
    seconds = time.perf_counter() - began
    gc.collect()
    grown = _resident() - before
    head = RequestHead(method="GET", view_args={"tenant": "t1"})
    began = time.perf_counter()
    if not all(store.allows(origin_of(100 + n % 100), head) for n in range(_ASKED)):
        raise RuntimeError("a listed origin is not allowed")
    microseconds = (time.perf_counter() - began) / _ASKED * 1e6
    store.close()
    print(seconds, grown, microseconds)


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    main(sys.argv[1])

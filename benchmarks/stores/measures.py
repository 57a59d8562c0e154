"""
What is measured, each in a function that gives plain values.
"""

from __future__ import annotations

import itertools
import secrets
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from statistics import quantiles
from typing import Any

from sqlalchemy import Engine, event

from flask_corsguard import RequestHead
from flask_corsguard.stores import CachedOrigins, OriginTables, SQLAlchemyOrigins

from ..quartiles import Spread, spread
from .applications import PATH, bare, guarded, recipe, scope_of
from .requests import in_turns, timed
from .rows import origin_of, tenant_of

__all__ = ["decisions", "flood", "misses", "snapshot_memory"]

_LISTED = 10
_FRIEND = RequestHead(method="GET", view_args={"tenant": "t1"})


def decisions(
    engine: Engine, tables: OriginTables, few: OriginTables, *, rounds: int
) -> dict[str, Any]:
    """
    Time whole requests from known origins, against a list in the code and a query for each.

    The snapshot is of a table with few rows; those of a large one are measured apart.
    """
    listed = [origin_of(100 + number) for number in range(_LISTED)]
    known = frozenset(listed)
    lookup = SQLAlchemyOrigins(engine, table=tables, scope=scope_of, ttl=3600, timeout=2.0)
    snapshot = SQLAlchemyOrigins(engine, table=few, scope=scope_of, mode="snapshot", refresh=3600)
    snapshot.refresh()
    cached = CachedOrigins(lambda origin, _: origin in known, scope=scope_of, ttl=3600)
    apps = {
        "bare": bare(),
        "static list": guarded(*listed),
        "callable": guarded(lambda origin, _: origin in known),
        "SQLAlchemyOrigins, look-up": guarded(lookup),
        "SQLAlchemyOrigins, snapshot": guarded(snapshot),
        "CachedOrigins": guarded(cached),
        "recipe": recipe(engine, tables),
    }
    cells = {
        name: timed(app.wsgi_app, PATH, listed, bare=name == "bare") for name, app in apps.items()
    }
    samples = in_turns(cells, rounds, block=20)
    lookup.close()
    snapshot.close()
    return {name: _against(samples, name) for name in samples}


def _against(samples: dict[str, list[float]], name: str) -> dict[str, Any]:
    mine, plain, static = samples[name], samples["bare"], samples["static list"]
    over = spread([one - other for one, other in zip(mine, plain, strict=True)])
    return {
        "whole_us": _rounded(spread(mine)),
        "over_bare_us": _rounded(over),
        "to_static": round(spread([a / b for a, b in zip(mine, static, strict=True)]).middle, 3),
    }


def misses(engine: Engine, tables: OriginTables, *, rows: int, count: int) -> dict[str, Any]:
    """
    Time look-ups that have to ask the database, of origins that are there and that are not.
    """
    found: dict[str, Any] = {}
    for name, timeout in (("in a thread, timeout 2 s", 2.0), ("in the request's thread", None)):
        store = SQLAlchemyOrigins(
            engine,
            table=tables,
            scope=scope_of,
            timeout=timeout,
            misses_per_second=1e9,
            burst=1_000_000_000,
        )
        step = max(1, rows // count)
        there = [(tenant_of(n), origin_of(n)) for n in range(0, step * count, step)]
        absent = [(tenant, origin.replace("shop", "none")) for tenant, origin in there]
        found[name] = {
            "there": _percentiles(_ask_each(store, there, expected=True)),
            "absent": _percentiles(_ask_each(store, absent, expected=False)),
        }
        store.close()
    return found


def _ask_each(
    store: SQLAlchemyOrigins, pairs: Iterable[tuple[str, str]], *, expected: bool
) -> list[float]:
    taken = []
    for tenant, origin in pairs:
        head = RequestHead(method="GET", view_args={"tenant": tenant})
        began = time.perf_counter()
        allowed = store.allows(origin, head)
        taken.append((time.perf_counter() - began) * 1e6)
        if allowed is not expected:
            raise RuntimeError(f"{origin} of {tenant}: {allowed}")
    return taken


def _percentiles(microseconds: list[float]) -> dict[str, float]:
    cuts = quantiles(microseconds, n=1000)
    return {
        "count": len(microseconds),
        "p50_us": round(cuts[499], 1),
        "p99_us": round(cuts[989], 1),
        "p999_us": round(cuts[998], 1),
    }


def flood(engine: Engine, tables: OriginTables, *, count: int) -> dict[str, Any]:
    """
    Let strangers ask with random origins, and look at what reaches the database.
    """
    store = SQLAlchemyOrigins(engine, table=tables, scope=scope_of, ttl=3600)
    good = [origin_of(100 + number) for number in range(_LISTED)]
    if not all(store.allows(origin, _FRIEND) for origin in good):
        raise RuntimeError("a listed origin is not allowed")
    limited = 0
    with counted(engine) as queries:
        began = time.perf_counter()
        for number in range(count):
            limited += not _is_asked(store, f"https://{secrets.token_hex(8)}.example")
            if number % 1000 == 0 and not store.allows(good[number // 1000 % _LISTED], _FRIEND):
                raise RuntimeError("the flood has pushed a good origin out")
        seconds = time.perf_counter() - began
    statistics = store.statistics
    store.close()
    return {
        "origins": count,
        "seconds": round(seconds, 2),
        "origins_per_second": round(count / seconds),
        "queries": queries[0],
        "queries_per_second": round(queries[0] / seconds, 1),
        "bound": round(1000 + 100 * seconds),
        "rejected_unasked": limited,
        "known_good": statistics.known_good,
        "known_bad": statistics.known_bad,
    }


def _is_asked(store: SQLAlchemyOrigins, origin: str) -> bool:
    """
    Ask about a stranger; False if the store does not want to know.
    """
    try:
        if store.allows(origin, _FRIEND):
            raise RuntimeError(f"{origin} is allowed")
    except Exception as error:
        if type(error).__name__ != "StoreUnavailableError":
            raise
        return False
    return True


@contextmanager
def counted(engine: Engine) -> Iterator[list[int]]:
    """
    Count the statements that an engine executes.
    """
    count, numbers = [0], itertools.count(1)

    def note(*_: object) -> None:
        count[0] = next(numbers)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield count
    finally:
        event.remove(engine, "before_cursor_execute", note)


def snapshot_memory(table: str, rows: int) -> dict[str, Any]:
    """
    Load all rows in a process of its own, and look at how much it grows.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.stores.snapshot", table],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, grown, microseconds = map(float, done.stdout.split())
    return {
        "rows": rows,
        "seconds_to_load": round(seconds, 1),
        "grown_mib": round(grown / 2**20, 1),
        "bytes_per_origin": round(grown / rows),
        "decision_us": round(microseconds, 2),
    }


def _rounded(found: Spread) -> dict[str, Any]:
    return {name: round(value, 3) for name, value in asdict(found).items()}

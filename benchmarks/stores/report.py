"""
The results as tables for people.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["GOAL", "lines"]

GOAL = 1.3
"""How many times as long as with a static list a request may take."""


def lines(found: dict[str, Any]) -> Iterator[str]:
    """
    Yield what is printed.
    """
    yield "A request from an allowed origin, in process        whole    over bare    to static"
    for name, cell in found["decisions"].items():
        whole, over = cell["whole_us"]["middle"], cell["over_bare_us"]["middle"]
        yield f"  {name:<46}{whole:8.1f} µs{over:8.1f} µs{cell['to_static']:10.2f}"
    reached = found["decisions"]["SQLAlchemyOrigins, look-up"]["to_static"]
    yield f"  goal: {GOAL} times a static list; reached: {reached:.2f}"
    yield ""
    yield f"A miss among {found['rows']} rows in PostgreSQL"
    for name, kinds in found["misses"].items():
        for kind, cell in kinds.items():
            marks = ((mark, cell[f"{mark}_us"] / 1000) for mark in ("p50", "p99", "p999"))
            yield f"  {f'{kind}, {name}':<42}" + ", ".join(f"{m} {ms:.2f} ms" for m, ms in marks)
    snapshot = found["snapshot"]
    yield ""
    yield (
        f"A snapshot of them: {snapshot['grown_mib']} MiB, {snapshot['bytes_per_origin']} bytes an "
        f"origin, {snapshot['seconds_to_load']} s to load, {snapshot['decision_us']} µs a decision"
    )
    flood = found["flood"]
    yield ""
    yield (
        f"A flood of {flood['origins']} random origins, {flood['origins_per_second']} a second: "
        f"{flood['queries']} queries (at most {flood['bound']}), by the recipe one for each; "
        f"{flood['known_good']} good ones are still known"
    )

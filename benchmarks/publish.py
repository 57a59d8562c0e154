"""
`publish`: keep the results, and make the tables and the chart of the documentation from them.

What the documentation shows is made from the JSON alone, so that a test can make it again and see
that the two belong together.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .chart import DARK, LIGHT, chart
from .tables import tables

__all__ = ["RESULTS", "made_from", "publish", "to_json"]

_ROOT = Path(__file__).resolve().parents[1]

RESULTS = _ROOT / "benchmarks" / "results" / "in-process.json"


def made_from(found: dict[str, Any]) -> dict[Path, str]:
    """
    Make the files of the documentation.

    Args:
        found: The results, as they stand in the JSON.
    """
    docs = _ROOT / "docs"
    return {
        docs / "explanation" / "speed-tables.txt": tables(found),
        docs / "_static" / "speed-light.svg": chart(found, LIGHT),
        docs / "_static" / "speed-dark.svg": chart(found, DARK),
    }


def to_json(found: dict[str, Any]) -> str:
    """
    Write results with a line for each measurement, so that two runs can be compared.
    """
    parts = (f"{json.dumps(name)}: {_spread_out(value)}" for name, value in found.items())
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _spread_out(value: Any) -> str:  # noqa: ANN401 - whatever JSON takes
    if not isinstance(value, list):
        return json.dumps(value, indent=1)
    return "[\n" + ",\n".join(json.dumps(item) for item in value) + "\n]"


def publish(found: dict[str, Any]) -> list[str]:
    """
    Write the JSON and what is made from it; give the paths.
    """
    files = {RESULTS: to_json(found), **made_from(found)}
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [str(path.relative_to(_ROOT)) for path in files]

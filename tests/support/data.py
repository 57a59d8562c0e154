"""
Read the data files, and turn what JSON cannot say into Python.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

__all__ = ["load", "options"]

_DATA = Path(__file__).parent.parent / "data"


def load(name: str) -> Any:
    """
    Read one data file.
    """
    return json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8"))


def options(value: Any) -> Any:
    """
    Make keyword arguments of a case's policy or configuration.
    """
    if isinstance(value, list):
        return [options(element) for element in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"regex"}:
        return re.compile(value["regex"])
    if set(value) == {"timedelta_seconds"}:
        return dt.timedelta(seconds=value["timedelta_seconds"])
    if set(value) == {"__py__"}:
        names = {"re": re, "datetime": dt}
        return eval(value["__py__"], names)  # noqa: S307 - the project's own test data
    return {key: options(element) for key, element in value.items()}

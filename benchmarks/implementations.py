"""
`ROWS`: all implementations, in the order of the table.
"""

from __future__ import annotations

from .apps import (
    django_apps,
    falcon_apps,
    flask_apps,
    flask_cors_apps,
    guard_apps,
    raw_apps,
    starlette_apps,
)
from .rows import Row

__all__ = ["ROWS"]

_MODULES = (
    flask_apps,
    flask_cors_apps,
    guard_apps,
    starlette_apps,
    django_apps,
    falcon_apps,
    raw_apps,
)

ROWS: dict[str, Row] = {row.name: row for module in _MODULES for row in module.ROWS}

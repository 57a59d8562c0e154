"""
All commands, in the order in which the help lists them.
"""

from __future__ import annotations

import click

from .check import check
from .config import config
from .explain import explain
from .origins import origins
from .probe import probe
from .routes import routes

__all__ = ["COMMANDS"]

COMMANDS: tuple[click.Command, ...] = (routes, explain, check, probe, config, origins)
"""What `flask cors` can do."""

"""
What the servers import: `benchmarks.servers.served:application`.
"""

from __future__ import annotations

import os

from .apps import APPLICATION, APPLICATIONS, DATABASE

__all__ = ["application"]

application = APPLICATIONS[os.environ[APPLICATION]].make(os.environ[DATABASE])

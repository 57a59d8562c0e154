"""
What the served application and the tests agree on: names, policies, and where each stands.
"""

from __future__ import annotations

import json
from typing import Any

from support.data import load

__all__ = [
    "ALLOWED",
    "CACHED",
    "CALLED",
    "ENFORCED",
    "GUARD_LOG",
    "LISTED",
    "OTHER",
    "SPELLED_OUT",
    "STRANGER",
    "TOKEN",
    "find_mounts",
]

ALLOWED = "https://app.example"
OTHER = "https://admin.example:8443"
STRANGER = "https://evil.example"

GUARD_LOG = "SERVED_GUARD_LOG"
"""The environment variable with the name of the file that the guard's log goes to."""

TOKEN = "SERVED_TOKEN"
"""The environment variable with what `/token` answers, so that nobody talks to another server."""

CALLED = "X-Handler-Called"
"""The response header that tells whether a view has run."""

LISTED: dict[str, Any] = {
    "origins": [ALLOWED, OTHER],
    "allow_headers": ["X-A"],
    "credentials": True,
    "max_age": 600,
}
SPELLED_OUT: dict[str, Any] = {**LISTED, "methods": "*", "allow_headers": "*"}
ENFORCED: dict[str, Any] = {**LISTED, "enforce": True}
CACHED: dict[str, dict[str, Any]] = {
    "listed": LISTED,
    "pattern": {**LISTED, "origins": ["https://*.app.example"]},
    "everybody": {"origins": "*"},
    "fast": {**LISTED, "fast_path": True},
    "middleware": LISTED,
}


def find_mounts() -> dict[str, dict[str, Any] | None]:
    """
    Give every policy of the cases the path below which its application stands.
    """
    policies = {json.dumps(c["policy"], sort_keys=True): c["policy"] for c in load("protocol")}
    return {f"/p/{number}": policy for number, policy in enumerate(policies.values())}

"""
The alert rules, as they are and in a hurry.
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["RULES", "hurried", "names_of"]

RULES = (Path(__file__).parent / "rules.yml").read_text(encoding="utf-8")

_DURATION = re.compile(r"(?<=[\[ ])(\d+)([mh])\b")


def hurried(rules: str) -> str:
    """
    Let a minute last a second.

    Args:
        rules: The text of a file of rules.
    """
    return _DURATION.sub(lambda m: f"{int(m[1]) * (60 if m[2] == 'h' else 1)}s", rules)


def names_of(rules: str) -> set[str]:
    """
    Give the names of the alerts.

    Args:
        rules: The text of a file of rules.
    """
    return set(re.findall(r"- alert: (\w+)", rules))

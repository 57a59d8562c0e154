"""
The machine: one processor for all rows, and what to say of it beside the numbers.
"""

from __future__ import annotations

import os
import platform
import subprocess
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

__all__ = ["describe", "pin"]

_PACKAGES = (
    "flask-corsguard",
    "Flask",
    "Werkzeug",
    "flask-cors",
    "starlette",
    "Django",
    "django-cors-headers",
    "falcon",
)
_ROOT = Path(__file__).resolve().parents[1]


def pin() -> int | None:
    """
    Stay on one processor, the one with the least to do; None where that cannot be asked for.
    """
    if not hasattr(os, "sched_setaffinity"):
        return None
    idlest = _idlest(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {idlest})
    return idlest


def _idlest(processors: set[int]) -> int:
    before = _idle()
    time.sleep(0.3)
    after = _idle()
    return max(processors, key=lambda cpu: (after.get(cpu, 0) - before.get(cpu, 0), cpu))


def _idle() -> dict[int, int]:
    """
    Read how long each processor has been idle, in ticks.
    """
    try:
        lines = Path("/proc/stat").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    fields = [line.split() for line in lines if line.startswith("cpu") and line[3].isdigit()]
    return {int(name[3:]): int(idle) for name, _, _, _, idle, *_ in fields}


def describe(command: str) -> dict[str, Any]:
    """
    Say what was run, when, and on what; nothing that names the machine itself.

    Args:
        command: How the run was started.
    """
    return {
        "command": command,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": _commit(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "processors": os.cpu_count(),
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown"


def _commit() -> str | None:
    """
    Name the commit, with a plus sign if the package differs from it.
    """
    head = _git("rev-parse", "--short", "HEAD")
    if head is None:
        return None
    return f"{head}+" if _git("status", "--porcelain", "--", "flask_corsguard") else head


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(_ROOT), *arguments],  # noqa: S607 - wherever it is
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()

"""
What happens before the first request: the time and memory of start-up, and the cost of the import.

Each measurement runs in a process of its own, because a second start-up in one process finds
memory and imports that the first one left.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median

__all__ = ["Startup", "child", "measure"]

ORIGINS = 100_000
PATTERNS = 1_000

_TIMES = 7
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Startup:
    """
    Hold what start-up costs.

    Attributes:
        compile_seconds: From 100 000 origins and 1 000 patterns to a guard that has answered.
        compile_peak_mib: The most memory that Python had allocated for it at one time.
        compile_kept_mib: What it kept.
        compile_rss_mib: By how much the process grew at most.
        flask_ms: What `import flask` takes.
        guard_ms: What importing the guard takes after that.
        guard_modules: How many modules that adds.
    """

    compile_seconds: float
    compile_peak_mib: float
    compile_kept_mib: float
    compile_rss_mib: float
    flask_ms: float
    guard_ms: float
    guard_modules: int


def measure() -> Startup:
    """
    Measure start-up: several processes for what takes time, one for what takes memory.
    """
    compiled = [child("compile") for _ in range(_TIMES)]
    imported = [child("import") for _ in range(_TIMES)]
    memory = child("memory")
    return Startup(
        compile_seconds=median(c["seconds"] for c in compiled),
        compile_peak_mib=memory["peak_mib"],
        compile_kept_mib=memory["kept_mib"],
        compile_rss_mib=median(c["rss_mib"] for c in compiled),
        flask_ms=median(i["flask_ms"] for i in imported),
        guard_ms=median(i["guard_ms"] for i in imported),
        guard_modules=int(imported[0]["modules"]),
    )


def child(what: str) -> dict[str, float]:
    """
    Measure one thing in a process of its own: `compile`, `memory` or `import`.
    """
    # The same guard as here, be it installed or the one of this tree.
    package = find_spec("flask_corsguard")
    if package is None or package.origin is None:
        raise RuntimeError("there is no flask_corsguard to measure")
    guard, here = (Path(file).resolve().parents[1] for file in (package.origin, __file__))
    # What is installed is found anyway, and site-packages may not stand before the stdlib.
    first = [] if guard.name == "site-packages" else [str(guard)]
    code = (
        f"import runpy, sys; sys.path[:0] = {first!r}; sys.path.append({str(here)!r}); "
        f"sys.argv[1:] = [{what!r}]; runpy.run_module('benchmarks.startup', run_name='__main__')"
    )
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise RuntimeError(f"measuring {what} failed:\n{done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _imports() -> dict[str, float]:
    started = time.process_time()
    import flask  # noqa: F401, PLC0415 - this is what is measured

    between, before = time.process_time(), set(sys.modules)
    from flask_corsguard import CORSGuard, cross_origin  # noqa: F401, PLC0415 - the same

    ended = time.process_time()
    return {
        "flask_ms": (between - started) * 1e3,
        "guard_ms": (ended - between) * 1e3,
        "modules": len(set(sys.modules) - before),
    }


def _start_up() -> Callable[[], None]:
    """
    Prepare a start-up: what it needs but does not cost is there already.
    """
    from flask import Flask  # noqa: PLC0415 - not before an import is measured

    from flask_corsguard import CORSGuard  # noqa: PLC0415 - the same

    origins = [f"https://tenant-{i:06}.example.com" for i in range(ORIGINS)]
    origins += [f"https://*.tenant-{i:06}.example.com" for i in range(PATTERNS)]
    app = Flask("started")
    app.add_url_rule("/", "index", lambda: "")
    client = app.test_client()
    headers = {"Origin": origins[ORIGINS // 2]}

    def start() -> None:
        CORSGuard(app, origins=origins, credentials=True)
        answer = client.get("/", headers=headers)
        if answer.headers.get("Access-Control-Allow-Origin") != headers["Origin"]:
            raise RuntimeError(f"a wrong answer: {answer.headers}")

    gc.collect()
    return start


def _compile() -> dict[str, float]:
    start = _start_up()
    before = _resident("VmRSS")
    began = time.process_time()
    start()
    seconds = time.process_time() - began
    return {"seconds": seconds, "rss_mib": (_resident("VmHWM") - before) / 1024}


def _memory() -> dict[str, float]:
    start = _start_up()
    tracemalloc.start()
    start()
    gc.collect()
    kept, peak = tracemalloc.get_traced_memory()
    return {"kept_mib": kept / _MIB, "peak_mib": peak / _MIB}


def _resident(name: str) -> float:
    """
    Read how much memory the process has (`VmRSS`), or had at most (`VmHWM`), in KiB.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0.0)


if __name__ == "__main__":
    print(json.dumps({"compile": _compile, "memory": _memory, "import": _imports}[sys.argv[1]]()))

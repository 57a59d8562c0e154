"""
What start-up takes: memory and modules. Seconds are measured by the benchmark, not asserted here.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import flask_corsguard
from benchmarks.startup import ORIGINS, PATTERNS, child

PACKAGE = Path(flask_corsguard.__file__ or "").parents[1]

SMALL_GUARD = """
import sys
from flask import Flask
before = set(sys.modules)
from flask_corsguard import CORSGuard, CORSMiddleware, Policy, cross_origin
app = Flask("small")
app.add_url_rule("/", "index", cross_origin(origins="https://b.example")(lambda: ""))
CORSGuard(app, origins=["https://a.example", "http://localhost:*"], allow_headers="X-Id")
app.test_client().get("/", headers={"Origin": "https://b.example"})
print(*sorted(set(sys.modules) - before))
"""


def modules_of(code: str) -> set[str]:
    first = [] if PACKAGE.name == "site-packages" else [str(PACKAGE)]
    start = f"import sys; sys.path[:0] = {first!r}\n"
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", start + code],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_many_origins_compile_into_little_memory() -> None:
    assert (ORIGINS, PATTERNS) == (100_000, 1_000)
    found = child("memory")
    assert found["peak_mib"] < 40
    assert found["kept_mib"] <= found["peak_mib"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="read from /proc")
def test_the_process_does_not_grow_by_more_than_that() -> None:
    assert 0 < child("compile")["rss_mib"] < 60


def test_a_small_guard_loads_nothing_of_third_parties() -> None:
    loaded = {name.partition(".")[0] for name in modules_of(SMALL_GUARD)}
    flask_brings = {"werkzeug", "flask", "jinja2", "click", "blinker", "itsdangerous", "markupsafe"}
    others = loaded - set(sys.stdlib_module_names) - {"flask_corsguard"}
    assert others <= flask_brings


def test_a_small_guard_loads_only_what_serves_requests() -> None:
    loaded = {name for name in modules_of(SMALL_GUARD) if name.startswith("flask_corsguard.")}
    parts = {name.split(".")[1] for name in loaded}
    assert "serving" in parts
    assert not parts & {"cli", "contrib", "explain", "export", "inspector", "stores", "testing"}


def test_an_import_is_measured() -> None:
    found = child("import")
    assert found["flask_ms"] > 0
    assert found["guard_ms"] > 0
    assert found["modules"] >= 10

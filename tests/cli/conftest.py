"""
Run the commands as users do, and servers for them to ask.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import WSGIApplication

import pytest

import flask_corsguard

APPS = Path(__file__).parent / "apps"


@dataclass(frozen=True, slots=True)
class Result:
    """
    Hold how a command ended.
    """

    code: int
    out: str
    err: str


@pytest.fixture
def run_cors() -> Callable[..., Result]:
    """
    Run `flask --app APP cors ...` in a process of its own, where the applications are.
    """

    def run(*arguments: str, app: str | None = "shop", stdin: str = "", **more: str) -> Result:
        chosen = [] if app is None else ["--app", app]
        done = subprocess.run(
            [sys.executable, "-m", "flask", *chosen, "cors", *arguments],
            cwd=APPS,
            env=environment(**more),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return run


def environment(**more: str) -> dict[str, str]:
    """
    Give a command the package that is tested, and a terminal of 80 columns without colours.
    """
    found = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1", **more}
    package = Path(flask_corsguard.__file__ or "").parents[1]
    if package.name != "site-packages":
        before = os.environ.get("PYTHONPATH")
        found["PYTHONPATH"] = os.pathsep.join(filter(None, [str(package), before]))
    return found


class _Quiet(WSGIRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def serving(app: WSGIApplication) -> Iterator[str]:
    """
    Serve an application on a free port of this machine, and give its URL.
    """
    server: WSGIServer = make_server("127.0.0.1", 0, app, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()

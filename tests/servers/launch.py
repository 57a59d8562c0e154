"""
Start servers, know when they are ready, read what they wrote, and stop them.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from threading import Event

import pytest

from .agreed import GUARD_LOG, TOKEN
from .client import Client

__all__ = [
    "SERVERS",
    "TRIES",
    "Kind",
    "Server",
    "Started",
    "answers",
    "find_program",
    "free_port",
    "start",
    "start_server",
    "wait_until",
]

TESTS = Path(__file__).parent.parent
SITE = "servers.served:site"
_WERKZEUG = """
import sys
from servers.served import site
from werkzeug.serving import run_simple
run_simple("127.0.0.1", int(sys.argv[1]), site, threaded=True)
"""
_PATIENCE = 30
TRIES = 3
"""How often to try: somebody else may have taken the port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """
    Know how to start one kind of server.

    Attributes:
        package: What has to be importable.
        install: What to tell pip where it is not.
        command: The arguments of Python; `{address}` and `{port}` are filled in.
        keeps_alive: Whether a second request may follow over the same connection.
        hangs_up_after: The statuses after which none may all the same.
    """

    package: str
    install: str
    command: Sequence[str]
    keeps_alive: bool = True
    hangs_up_after: frozenset[int] = frozenset()


def _gunicorn(worker: str, *more: str) -> Sequence[str]:
    quiet = ("--no-control-socket", "--log-level=warning")
    return ("-m", "gunicorn", *quiet, "--worker-class", worker, *more, "--bind", "{address}", SITE)


SERVERS = {
    "werkzeug": Kind(
        package="werkzeug",
        install="Werkzeug",
        command=("-c", _WERKZEUG, "{port}"),
        keeps_alive=False,
    ),
    "gunicorn-sync": Kind(
        package="gunicorn", install="gunicorn", command=_gunicorn("sync"), keeps_alive=False
    ),
    "gunicorn-gthread": Kind(
        package="gunicorn", install="gunicorn", command=_gunicorn("gthread", "--threads=4")
    ),
    "gunicorn-gevent": Kind(
        package="gevent", install="gunicorn gevent", command=_gunicorn("gevent")
    ),
    "waitress": Kind(
        package="waitress",
        install="waitress",
        command=("-m", "waitress", "--listen={address}", "--threads=8", SITE),
        hangs_up_after=frozenset({204, 304}),  # whatever has no Content-Length
    ),
    "uwsgi": Kind(
        package="pyuwsgi",
        install="pyuwsgi",
        command=(
            "-c",
            "import sys, pyuwsgi; pyuwsgi.run(sys.argv[1:])",
            "--http-socket={address}",
            "--module=" + SITE,
            "--die-on-term",
            "--need-app",
            "--disable-logging",
        ),
        keeps_alive=False,
    ),
    "cheroot": Kind(
        package="cheroot",
        install="cheroot",
        command=("-m", "cheroot", "--bind={address}", SITE),
    ),
}
"""The servers, by name."""


@dataclass(slots=True)
class Started:
    """
    Hold a process that serves.

    Attributes:
        process: The process.
        log: The file that its output goes to.
    """

    process: subprocess.Popen[bytes]
    log: Path

    def output(self) -> str:
        """
        Give all that it has said.
        """
        return self.log.read_bytes().decode("utf-8", "backslashreplace")

    def stop(self) -> None:
        """
        Ask it to stop, and its whole group if it does not.
        """
        self.process.terminate()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=5)


@dataclass(slots=True)
class Server(Started):
    """
    Hold a server of the site.

    Attributes:
        name: Its name in `SERVERS`.
        port: The port of this machine that it serves on.
        guard_log: The file with all that the guard has logged.
    """

    name: str
    port: int
    guard_log: Path
    _read: int = field(default=0)

    @property
    def kind(self) -> Kind:
        """
        Tell what it is.
        """
        return SERVERS[self.name]

    def logged(self) -> list[bytes]:
        """
        Give the lines that the guard has logged since the last call.
        """
        mark = secrets.token_hex(8)
        with Client(self.port) as client:
            client.ask("GET", f"/mark/{mark}")
        wait_until(lambda: mark.encode() in self._unread(), "the log to be written")
        new = self._unread()
        self._read += len(new)
        return [line for line in new.removesuffix(b"\n").split(b"\n") if b"MARK " not in line]

    def _unread(self) -> bytes:
        with self.guard_log.open("rb") as file:
            file.seek(self._read)
            return file.read()


def wait_until(condition: Callable[[], bool], what: str, seconds: float = _PATIENCE) -> None:
    """
    Look again and again until something holds.

    Raises:
        TimeoutError: If it does not hold in time.
    """
    deadline, pause = time.monotonic() + seconds, Event()
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} seconds for {what}")
        pause.wait(0.02)


def free_port() -> int:
    """
    Give a port that nobody listens on. Somebody may before we do: whoever asks has to try again.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Started:
    """
    Start a process in a group and a folder of its own.

    Args:
        command: The program and its arguments.
        log: The file that its output goes to, in the folder.
        environment: What it needs besides our own.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=log.parent,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return Started(process, log)


def start_server(name: str, folder: Path) -> Server:
    """
    Start a server of the site, and wait until it answers.

    Args:
        name: Its name in `SERVERS`.
        folder: An empty one, for its logs.
    """
    kind = SERVERS[name]
    if find_spec(kind.package) is None:
        pytest.skip(f"NOT TESTED on {name}: pip install {kind.install}")
    path = os.pathsep.join(filter(None, (str(TESTS), os.environ.get("PYTHONPATH"))))
    guard_log = folder / "guard.log"
    for _ in range(TRIES):
        port, token = free_port(), secrets.token_hex(8)
        filled = [part.format(address=f"127.0.0.1:{port}", port=port) for part in kind.command]
        started = start(
            [sys.executable, *filled],
            folder / "output.log",
            {"PYTHONPATH": path, GUARD_LOG: str(guard_log), TOKEN: token},
        )
        if answers(started, partial(_says, port, token)):
            return Server(started.process, started.log, name, port, guard_log)
    raise RuntimeError(f"{name} does not start:\n{(folder / 'output.log').read_text()}")


def answers(started: Started, ready: Callable[[], bool]) -> bool:
    """
    Wait until a process answers; False if it has ended instead. It is stopped if it does neither.
    """

    def ended() -> bool:
        return started.process.poll() is not None

    try:
        wait_until(lambda: ended() or ready(), "a server to answer")
    except TimeoutError as error:
        started.stop()
        error.add_note(started.output())
        raise
    return not ended()


def find_program(name: str, install: str) -> str:
    """
    Find a program, also where only the administrator's path leads to.
    """
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin"])
    found = shutil.which(name, path=path)
    if found is None:
        pytest.skip(f"NOT TESTED behind {name}: {install}")
    return found


def _says(port: int, token: str) -> bool:
    try:
        with Client(port) as client:
            return bool(client.ask("GET", "/token").body == token.encode())
    except OSError:
        return False

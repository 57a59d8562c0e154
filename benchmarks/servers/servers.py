"""
The servers, each with one worker process: how they are started, known to be ready, and stopped.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from pathlib import Path
from threading import Event

from .apps import APPLICATION, APPLICATIONS, DATABASE
from .machine import family
from .questions import ALLOWED_HEADERS, LISTED, MAX_AGE, METHODS, Answer, Request

__all__ = [
    "SERVERS",
    "NotThereError",
    "Running",
    "Server",
    "ServerError",
    "Setting",
    "running",
    "running_nginx",
]

_ROOT = Path(__file__).parents[2]
_SITE = "benchmarks.servers.served:application"
_PATIENCE = 20


class ServerError(Exception):
    """
    Say that a server does not start.
    """


class NotThereError(Exception):
    """
    Say what is not installed.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """
    Know how to start one kind of server.

    Attributes:
        title: What the table calls it.
        package: What has to be importable.
        command: The arguments of Python; `{port}` is filled in.
    """

    title: str
    package: str
    command: Sequence[str]


def _gunicorn(worker: str, *more: str) -> Sequence[str]:
    quiet = ("--no-control-socket", "--log-level=warning")
    kind = (f"--worker-class={worker}", "--workers=1", *more)
    return ("-m", "gunicorn", *quiet, *kind, "--bind=127.0.0.1:{port}", _SITE)


SERVERS: Mapping[str, Server] = {
    "sync": Server(title="gunicorn sync", package="gunicorn", command=_gunicorn("sync")),
    "gthread": Server(
        title="gunicorn gthread", package="gunicorn", command=_gunicorn("gthread", "--threads=4")
    ),
    "granian": Server(
        title="granian",
        package="granian",
        command=(
            *("-m", "granian", "--interface=wsgi", "--workers=1", "--blocking-threads=1"),
            *("--http=1", "--no-ws", "--log-level=warning", "--port={port}", _SITE),
        ),
    ),
}
"""The servers, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """
    Hold what all servers of a run share.

    Attributes:
        folder: Where they write.
        database: The database's URL.
        package: The folder with the `flask_corsguard` to serve.
        pin: What goes before a command to have it run on a core of its own.
    """

    folder: Path
    database: str
    package: Path
    pin: Sequence[str] = ()


@dataclass(slots=True)
class Running:
    """
    Hold a server that runs.

    Attributes:
        port: The port of this machine that it serves on.
        processes: Its processes, and those of what stands behind it.
    """

    port: int
    processes: tuple[int, ...]

    def ask(self, request: Request) -> Answer:
        """
        Send a request over a new connection.

        Args:
            request: What to send.
        """
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            connection.request(request.method, request.path, headers=dict(request.headers))
            response = connection.getresponse()
            response.read()
            return Answer.of(response.status, response.getheaders())
        finally:
            connection.close()


@contextmanager
def running(server: Server, application: str, setting: Setting) -> Generator[Running]:
    """
    Run a server until the block ends.

    Args:
        server: Which kind.
        application: The application's name.
        setting: What all servers share.

    Raises:
        NotThereError: If it is not installed.
        ServerError: If it does not start.
    """
    if find_spec(server.package) is None:
        raise NotThereError(f"pip install {server.package}")
    port = _free_port()
    first = APPLICATIONS[application].folder
    path = os.pathsep.join(str(folder) for folder in (first, setting.package, _ROOT) if folder)
    environment = {
        **os.environ,
        "PYTHONPATH": path,
        APPLICATION: application,
        DATABASE: setting.database,
    }
    arguments = [part.format(port=port) for part in server.command]
    with _process([sys.executable, *arguments], port, setting, environment) as found:
        yield found


@contextmanager
def running_nginx(behind: Running, setting: Setting) -> Generator[Running]:
    """
    Run nginx in front of a server, and have it answer the preflights.

    Args:
        behind: The server.
        setting: What all servers share.

    Raises:
        NotThereError: If nginx is not installed.
        ServerError: If it does not start.
    """
    everywhere = os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin"))
    program = shutil.which("nginx", path=everywhere)
    if program is None:
        raise NotThereError("apt-get install nginx")
    port = _free_port()
    file = setting.folder / "nginx.conf"
    file.write_text(_nginx_conf(port, behind.port, setting.folder), encoding="utf-8")
    command = [program, "-e", "stderr", "-p", str(setting.folder), "-c", str(file)]
    with _process(command, port, setting, os.environ) as found:
        yield Running(port, found.processes + behind.processes)


def _nginx_conf(port: int, upstream: int, folder: Path) -> str:
    text = Path(__file__).with_name("nginx.conf").read_text(encoding="utf-8")
    filled = {
        # As root, the worker would be somebody else, whom the folder does not let in.
        "USER": "user root;" if os.geteuid() == 0 else "",
        "FOLDER": str(folder),
        "PORT": str(port),
        "UPSTREAM": str(upstream),
        "ORIGINS": "\n".join(f'        "{origin}" $http_origin;' for origin in LISTED),
        "METHODS": ", ".join(METHODS),
        "HEADERS": ", ".join(ALLOWED_HEADERS),
        "MAX_AGE": str(MAX_AGE),
    }
    for name, value in filled.items():
        text = text.replace(f"@{name}@", value)
    return text


@contextmanager
def _process(
    command: Sequence[str], port: int, setting: Setting, environment: Mapping[str, str]
) -> Generator[Running]:
    log = setting.folder / f"{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*setting.pin, *command],
            cwd=setting.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait(process, port, log)
        yield Running(port, family(process.pid))
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline, pause = time.monotonic() + _PATIENCE, Event()
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(encoding="utf-8", errors="replace").strip()
            raise ServerError(f"it does not start: {' / '.join(said.splitlines()[-3:])}")
        pause.wait(0.02)


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500  # noqa: PLR2004 - nginx is there first
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=5)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

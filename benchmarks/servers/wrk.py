"""
Have wrk send requests, and read what it found.

It is not left to wrk's own words: a script of ours writes the numbers, as JSON. Whatever went
wrong fails the measurement, since a refused connection or an error page is faster than an answer.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .questions import Request, WrongAnswerError

__all__ = ["CONNECTIONS", "Count", "command", "read_count", "send"]

CONNECTIONS = 8
"""How many connections wrk keeps busy, from one thread."""

_SCRIPT = Path(__file__).with_name("requests.lua")
_PATIENCE = 30
_ERRORS = {
    "connect": "connections refused",
    "read": "answers not read",
    "write": "requests not written",
    "timeout": "timeouts",
    "status": "answers with an error status",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """
    Hold what wrk counted.

    Attributes:
        requests: The answers.
        seconds: How long it took.
        median: The median latency in seconds.
        p99: What 99 % of the latencies are below, in seconds.
    """

    requests: int
    seconds: float
    median: float
    p99: float


def send(port: int, request: Request, *, urls: int, seconds: int, pin: Sequence[str] = ()) -> Count:
    """
    Send as many requests as the server takes.

    Args:
        port: The port of this machine.
        request: What to send; with several URLs, its path is not looked at.
        urls: How many URLs to ask for in turn.
        seconds: For how long; wrk knows whole ones only.
        pin: What goes before the command to have it run on a core of its own.

    Raises:
        WrongAnswerError: If anything went wrong.
    """
    said = subprocess.run(
        [*pin, *command(port, request, urls=urls, seconds=seconds)],
        capture_output=True,
        text=True,
        timeout=seconds + _PATIENCE,
        check=False,
    )
    if said.returncode:
        raise WrongAnswerError(f"wrk: {(said.stderr or said.stdout).strip()}")
    return read_count(said.stdout)


def command(port: int, request: Request, *, urls: int, seconds: int) -> list[str]:
    """
    Write the command.

    Args:
        port: The port of this machine.
        request: What to send.
        urls: How many URLs to ask for in turn.
        seconds: For how long.
    """
    options = {"threads": 1, "connections": CONNECTIONS, "duration": f"{seconds}s"}
    written = [f"--{name}={value}" for name, value in options.items()]
    headers = [f"{name}={value}" for name, value in request.headers.items()]
    target = f"http://127.0.0.1:{port}"
    return [
        "wrk",
        *written,
        f"--script={_SCRIPT}",
        target,
        "--",
        request.method,
        str(urls),
        *headers,
    ]


def read_count(said: str) -> Count:
    """
    Read what the script wrote below wrk's own words.

    Args:
        said: All that wrk has written.

    Raises:
        WrongAnswerError: If there were errors, or no answers at all.
    """
    told = _find(said)
    wrong = [f"{told[name]} {what}" for name, what in _ERRORS.items() if told[name]]
    if wrong or not told["requests"]:
        raise WrongAnswerError(f"wrk: {', '.join(wrong) or 'no answers'}")
    return Count(
        requests=told["requests"],
        seconds=told["microseconds"] / 1e6,
        median=told["median"] / 1e6,
        p99=told["p99"] / 1e6,
    )


def _find(said: str) -> Mapping[str, Any]:
    for line in reversed(said.splitlines()):
        if line.startswith("{"):
            found: Mapping[str, Any] = json.loads(line)
            return found
    raise WrongAnswerError(f"wrk has counted nothing: {said.strip()[-200:]!r}")

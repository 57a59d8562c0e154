"""
Start what is watched and what watches: gunicorn with the shop, and Prometheus.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from urllib.request import urlopen

from rules import RULES, hurried

__all__ = ["Prometheus", "Shop", "start_prometheus", "start_shop"]

HERE = Path(__file__).resolve().parent
HOST = "127.0.0.1"
_PATIENCE = 15
_SETTINGS = """
global: {{ scrape_interval: {interval}, evaluation_interval: {interval} }}
rule_files: [rules.yml]
scrape_configs:
  - job_name: shop
    static_configs: [{{ targets: ["{host}:{port}"] }}]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """
    Know the running shop.

    Attributes:
        port: Where it serves.
        broken: The file that stands for its database being down.
    """

    port: int
    broken: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """
    Ask the running Prometheus.

    Attributes:
        port: Where it serves.
    """

    port: int

    def firing(self) -> dict[str, str]:
        """
        Give the alerts that fire, and what they say.
        """
        with urlopen(f"http://{HOST}:{self.port}/api/v1/alerts", timeout=5) as response:
            alerts = json.load(response)["data"]["alerts"]
        return {
            alert["labels"]["alertname"]: alert["annotations"]["summary"]
            for alert in alerts
            if alert["state"] == "firing"
        }


@contextmanager
def start_shop(folder: Path) -> Iterator[Shop]:
    """
    Serve the shop by gunicorn's workers until the block ends.
    """
    shared, broken = folder / "metrics", folder / "broken"
    shared.mkdir()
    listening = socket.create_server((HOST, 0))
    number = listening.fileno()
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(shared), "SHOP_BROKEN": str(broken)}
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--no-control-socket", f"--bind=fd://{number}"],
        cwd=HERE,
        env={**os.environ, **environment},
        pass_fds=[number],
    )
    port = listening.getsockname()[1]
    with ended(process):
        wait_until(f"http://{HOST}:{port}/metrics", process)
        yield Shop(port=port, broken=broken)
    listening.close()


@contextmanager
def start_prometheus(folder: Path, target: int, *, hurry: bool) -> Iterator[Prometheus]:
    """
    Watch the shop by a Prometheus until the block ends.
    """
    program = shutil.which("prometheus")
    if program is None:
        sys.exit("There is no program `prometheus` here; on Debian: apt-get install prometheus")
    port = free_port()
    settings = _SETTINGS.format(host=HOST, port=target, interval="250ms" if hurry else "15s")
    (folder / "prometheus.yml").write_text(settings, encoding="utf-8")
    (folder / "rules.yml").write_text(hurried(RULES) if hurry else RULES, encoding="utf-8")
    process = subprocess.Popen(
        [
            program,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'series'}",
            f"--web.listen-address={HOST}:{port}",
            "--log.level=error",
        ]
    )
    with ended(process):
        wait_until(f"http://{HOST}:{port}/-/ready", process)
        yield Prometheus(port=port)


def free_port() -> int:
    """
    Give a port that nobody listens on.
    """
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """
    See that a process ends with the block.
    """
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(url: str, process: subprocess.Popen[bytes]) -> None:
    """
    Wait until a URL is answered.
    """
    deadline, pause = time.monotonic() + _PATIENCE, Event()
    while not answers(lambda: urlopen(url, timeout=5).close()):  # noqa: S310 - ours
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"{process.args!r} does not answer")
        pause.wait(0.05)


def answers(ask: Callable[[], None]) -> bool:
    """
    Tell whether a question is answered.
    """
    try:
        ask()
    except OSError:
        return False
    return True

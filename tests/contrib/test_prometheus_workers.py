"""
Many workers: a scrape of one of them finds what all of them have counted.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

import flask_corsguard
from repository import ROOT
from servers.client import Client
from servers.launch import TRIES, Started, answers, free_port, start, wait_until

EXAMPLE = ROOT / "examples" / "monitoring"
REQUESTS = "corsguard_requests_total"
PARTNER = "https://{}.partner.example"


@dataclass(slots=True)
class Shop:
    """Hold the example's application, served by gunicorn with two workers."""

    server: Started
    port: int
    broken: Path

    def ask(self, path: str, origin: str) -> None:
        with Client(self.port) as client:
            client.ask("GET", path, [("Origin", origin)])

    def metrics(self) -> dict[str, float]:
        with Client(self.port) as client:
            text = client.ask("GET", "/metrics").body.decode()
        lines = re.findall(r"^(corsguard_\S+(?:\{.*\})?) (\S+)$", text, re.MULTILINE)
        return {name: float(value) for name, value in lines}

    def total(self, name: str, **labels: str) -> float:
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(
            value
            for sample, value in self.metrics().items()
            if sample.partition("{")[0] == name and all(part in sample for part in wanted)
        )

    def workers(self) -> set[int]:
        if not Path("/proc/self").exists():
            pytest.skip("NOT TESTED here: who the workers are is read off Linux's /proc")
        children = f"/proc/{self.server.process.pid}/task/{self.server.process.pid}/children"
        return {int(number) for number in Path(children).read_text(encoding="ascii").split()}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shared = tmp_path / "metrics"
    shared.mkdir()
    broken = tmp_path / "broken"
    package = Path(flask_corsguard.__file__ or "").parents[1]
    found = (str(EXAMPLE), str(package), os.environ.get("PYTHONPATH", ""))
    environment = {
        "PROMETHEUS_MULTIPROC_DIR": str(shared),
        "PYTHONPATH": os.pathsep.join(filter(None, found)),
        "SHOP_BROKEN": str(broken),
    }
    settings = ("-m", "gunicorn", "--no-control-socket", f"--config={EXAMPLE}/gunicorn.conf.py")
    for _ in range(TRIES):
        port = free_port()
        command = [sys.executable, *settings, f"--bind=127.0.0.1:{port}"]
        server = start(command, tmp_path / "output.log", environment)
        if answers(server, partial(serves, port)):
            break
    else:
        pytest.fail((tmp_path / "output.log").read_text(encoding="utf-8"))
    yield Shop(server, port, broken)
    server.stop()


def serves(port: int) -> bool:
    try:
        with Client(port) as client:
            return bool(client.ask("GET", "/metrics").status == 200)
    except OSError:
        return False


def test_a_scrape_finds_what_all_workers_have_counted(shop: Shop) -> None:
    for _ in range(60):
        shop.ask("/api/orders", "https://app.example.com")
        shop.ask("/api/orders", "https://stranger.example")
    assert shop.total(REQUESTS, outcome="allowed", policy="shop") == 60
    assert shop.total(REQUESTS, outcome="rejected", reason="origin-not-allowed") == 60
    assert shop.total("corsguard_decision_seconds_count", kind="actual") == 120


def test_what_a_worker_has_counted_stays_when_it_ends(shop: Shop) -> None:
    for _ in range(20):
        shop.ask("/api/orders", "https://app.example.com")
    before = shop.workers()
    for worker in before:
        os.kill(worker, signal.SIGTERM)
    wait_until(lambda: len(shop.workers() - before) == len(before), "new workers")
    wait_until(partial(serves, shop.port), "them to serve")
    shop.ask("/api/orders", "https://app.example.com")
    assert shop.total(REQUESTS, outcome="allowed") == 21


def test_a_store_is_down_if_one_worker_finds_it_down(shop: Shop) -> None:
    asked = iter(range(10_000))
    shop.broken.touch()
    # One worker is asked nothing, so it knows of nothing.
    stopped = min(shop.workers())
    os.kill(stopped, signal.SIGSTOP)

    def is_down() -> bool:
        shop.ask("/partners/orders", PARTNER.format(next(asked)))
        return shop.total("corsguard_store_down", store="partners") == 1

    try:
        wait_until(is_down, "the store to be down")
    finally:
        os.kill(stopped, signal.SIGCONT)
    assert shop.total("corsguard_store_failures_total", store="partners") >= 3
    assert shop.total(REQUESTS, reason="store-unavailable") == next(asked)

    shop.broken.unlink()

    def is_up() -> bool:
        shop.ask("/partners/orders", PARTNER.format(next(asked)))
        return shop.total("corsguard_store_down", store="partners") == 0

    wait_until(is_up, "the store to be up again")

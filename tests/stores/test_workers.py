"""
Many workers: a revocation reaches the last of them, however they were started.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from flask_corsguard.stores import (
    OriginTables,
    PostgresInvalidation,
    RedisInvalidation,
    SQLAlchemyOrigins,
    origin_tables,
)
from servers.client import Client
from servers.launch import TESTS, TRIES, Started, answers, free_port, start, wait_until

from .helpers import FRIEND, about, in_threads
from .services import POSTGRES, postgres_dsn, redis_url, unique

WORKERS = 4
AT_MOST = 10  # seconds; it takes a few milliseconds, on a machine with nothing else to do


@dataclass(slots=True)
class Service:
    """Hold a server with many workers, and the store of whoever changes things."""

    server: Started
    port: int
    store: SQLAlchemyOrigins

    def ask(self) -> dict[int, tuple[bool, str]]:
        """Ask all workers at once; give what each says: whether it allows, whether it listens."""
        said: dict[int, tuple[bool, str]] = {}

        def ask_one() -> None:
            try:
                with Client(self.port) as client:
                    response = client.ask("GET", "/", [("Origin", FRIEND)])
            except (OSError, AssertionError):  # while the workers are replaced, some hang up
                return
            pid, connected = response.body.decode().split()
            names = {name.lower() for name, _ in response.headers}
            said[int(pid)] = ("access-control-allow-origin" in names, connected)

        for thread in in_threads(2 * WORKERS, ask_one):
            thread.join(30)
        return said

    def wait_for(self, allowed: bool, connected: str, workers: set[int] | None = None) -> set[int]:
        """Wait until all workers say the same; give their numbers."""
        seen: set[int] = set()

        def all_agree() -> bool:
            said = self.ask()
            if any(answer != (allowed, connected) for answer in said.values()):
                seen.clear()
            seen.update(said)
            return len(seen) == WORKERS if workers is None else seen == workers

        wait_until(all_agree, f"all workers to say {allowed}, {connected}")
        return seen

    def revoke(self, connected: str) -> float:
        """Take the origin out; give how long it takes the last worker to know."""
        workers = self.wait_for(True, connected)
        assert self.store.disable(FRIEND)
        began, left = time.monotonic(), set(workers)
        while left:
            left -= {pid for pid, (allowed, _) in self.ask().items() if not allowed}
            assert time.monotonic() - began < AT_MOST
        seconds = time.monotonic() - began
        self.store.enable(FRIEND)
        return seconds


@pytest.fixture
def database(
    tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[Engine, OriginTables]]:
    if request.param == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path / 'origins.db'}")
    else:
        postgres_dsn()
        engine = create_engine(POSTGRES.where)
    tables = origin_tables(name=unique("origins"))
    yield engine, tables
    tables.metadata.drop_all(engine)
    engine.dispose()


@pytest.fixture
def service(
    database: tuple[Engine, OriginTables], request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Service]:
    news, mode, arguments = request.param
    engine, tables = database
    url = {"redis": redis_url, "postgresql": postgres_dsn, "": str}[news]()
    channel = tables.origins.name
    invalidation: Any = None
    if news:
        kind = RedisInvalidation if news == "redis" else PostgresInvalidation
        invalidation = kind(url, channel=channel)
    environment = {
        "STORE_DATABASE": engine.url.render_as_string(hide_password=False),
        "STORE_TABLE": channel,
        "STORE_NEWS": url,
        "STORE_MODE": mode,
        "STORE_TOUCH": "1" if "--preload" in arguments else "",
        "PYTHONPATH": os.pathsep.join(filter(None, (str(TESTS), os.environ.get("PYTHONPATH")))),
    }
    with SQLAlchemyOrigins(engine, table=tables, invalidation=invalidation) as store:
        store.create()
        store.add(FRIEND)
        server, port = serve(tmp_path, environment, arguments)
        try:
            yield Service(server, port, store)
        finally:
            # To end in peace would take each worker a second, and is not what this is about.
            os.killpg(server.process.pid, signal.SIGKILL)
            server.process.wait(10)
            assert "Traceback" not in server.output(), server.output()


def serve(folder: Path, environment: dict[str, str], arguments: list[str]) -> tuple[Started, int]:
    for _ in range(TRIES):
        port = free_port()
        command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--log-level=warning"]
        command += [f"--workers={WORKERS}", f"--bind=127.0.0.1:{port}", *arguments]
        server = start([*command, "stores.served:app"], folder / "output.log", environment)
        if answers(server, lambda: listens(port)):  # noqa: B023 - it is asked at once
            return server, port
    raise RuntimeError((folder / "output.log").read_text())


def listens(port: int) -> bool:
    try:
        with Client(port) as client:
            return bool(client.ask("GET", "/").body)
    except OSError:
        return False


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "service",
    [
        ("redis", "lookup", ["--preload"]),
        ("redis", "lookup", ["--worker-class=gevent"]),
        ("redis", "lookup", ["--worker-class=gevent", "--preload"]),
        ("postgresql", "lookup", ["--worker-class=gthread", "--threads=2"]),
        ("postgresql", "lookup", ["--worker-class=gevent"]),
        ("postgresql", "snapshot", ["--preload"]),
    ],
    ids=lambda value: "-".join((*value[:2], *value[2])).replace("--", ""),
    indirect=True,
)
def test_a_revocation_reaches_the_last_of_four_workers(
    service: Service, record_property: Any
) -> None:
    seconds = service.revoke("True")
    record_property("seconds_until_the_last_worker_rejects", round(seconds, 3))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "service", [("", "snapshot", ["--preload"])], ids=["snapshot"], indirect=True
)
def test_with_nothing_but_sqlite_a_revocation_takes_one_look_at_the_version(
    service: Service, record_property: Any
) -> None:
    record_property("seconds_until_the_last_worker_rejects", round(service.revoke("None"), 3))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("service", [("redis", "lookup", [])], ids=["redis"], indirect=True)
def test_after_a_reload_the_new_workers_listen_as_the_old_ones_did(service: Service) -> None:
    assert service.revoke("True") < AT_MOST
    old = service.wait_for(True, "True")
    service.server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: not old & set(service.ask()), "the old workers to end")
    assert service.revoke("True") < AT_MOST


GREENLETS = """
from gevent import monkey
monkey.patch_all()
import gevent, time
from flask_corsguard import RequestHead
from flask_corsguard.stores import CachedOrigins

asked = []

def slow(origin, head):
    asked.append(origin)
    time.sleep(0.2)
    return True

for timeout in (None, 5):
    asked.clear()
    origins = CachedOrigins(slow, timeout=timeout)
    jobs = [gevent.spawn(origins.allows, "https://a.example", RequestHead(method="GET"))
            for _ in range(50)]
    gevent.joinall(jobs, raise_error=True)
    print(len(asked), all(job.value for job in jobs), origins.statistics.waits)
"""


def test_fifty_greenlets_at_once_are_one_question() -> None:
    result = subprocess.run(
        [sys.executable, "-c", GREENLETS], capture_output=True, text=True, check=False, timeout=60
    )
    assert result.stdout.split("\n")[:2] == ["1 True 49"] * 2, result.stderr


def test_threads_end_when_the_store_is_closed(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'origins.db'}")
    before = threading.active_count()
    with SQLAlchemyOrigins(engine, mode="snapshot", refresh=3600) as store:
        store.create()
        assert not store.allows(FRIEND, about())
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
    engine.dispose()

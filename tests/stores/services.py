"""
The real servers that the stores are tested against, and a line to them that can be cut.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from secrets import token_hex

import pytest
from sqlalchemy import URL, create_engine, make_url

__all__ = ["Line", "Service", "database_url", "line_to", "postgres_dsn", "redis_url", "unique"]


@dataclass(frozen=True, slots=True)
class Service:
    """
    Know where a server is.
    """

    name: str
    variable: str
    url: str
    driver: str

    @property
    def where(self) -> URL:
        url = make_url(os.environ.get(self.variable) or self.url)
        return url.set(drivername=self.driver)


POSTGRES = Service(
    "PostgreSQL",
    "TEST_POSTGRES_URL",
    "postgresql://postgres@127.0.0.1:5432/test",
    "postgresql+psycopg",
)
MARIADB = Service(
    "MariaDB", "TEST_MARIADB_URL", "mysql://root@127.0.0.1:3306/test", "mysql+pymysql"
)
REDIS = Service("Redis", "TEST_REDIS_URL", "redis://127.0.0.1:6379/0", "redis")
_PORTS = {POSTGRES.name: 5432, MARIADB.name: 3306, REDIS.name: 6379}


def unique(prefix: str = "corsguard") -> str:
    """Make a name that no other test uses, on servers that several may share."""
    return f"{prefix}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{token_hex(4)}"


def database_url(name: str) -> URL:
    """Give the URL of a database server that answers; skip loudly if it does not."""
    service = {"postgresql": POSTGRES, "mariadb": MARIADB}[name]
    need(service)
    return service.where


def postgres_dsn(port: int | None = None) -> str:
    need(POSTGRES)
    url = POSTGRES.where.set(drivername="postgresql")
    return (url if port is None else url.set(host="127.0.0.1", port=port)).render_as_string(
        hide_password=False
    )


def redis_url(port: int | None = None) -> str:
    need(REDIS)
    url = REDIS.where
    return (url if port is None else url.set(host="127.0.0.1", port=port)).render_as_string(
        hide_password=False
    )


def need(service: Service) -> None:
    """Skip loudly where a server is not there; with `CI` set, that is a failure."""
    url = service.where
    try:
        address = (url.host or "127.0.0.1", url.port or _PORTS[service.name])
        socket.create_connection(address, timeout=2).close()
    except OSError as error:
        pytest.skip(f"NOT TESTED on {service.name}: {error}; start it, or set {service.variable}")


class Line:
    """
    Pass bytes on to a server, until the line is cut, or held.

    Cutting is what a server that dies looks like; holding, one that hangs.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._flows = threading.Event()
        self._flows.set()
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]

    def cut(self) -> None:
        """Hang up on everybody, and take no more calls."""
        # A thread that waits in accept keeps the port; only a shutdown wakes it.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            ends, self._ends = self._ends, set()
        for end in ends:
            self._hang_up(end)

    def mend(self) -> None:
        """Take calls again."""
        self._listener = self._listen(self.port)

    def hold(self) -> None:
        """Pass nothing on; what is sent meanwhile arrives later."""
        self._flows.clear()

    def release(self) -> None:
        self._flows.set()

    def close(self) -> None:
        self.release()
        self.cut()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                self._connect(near)

    def _connect(self, near: socket.socket) -> None:
        far = socket.create_connection(self._target)
        with self._lock:
            self._ends |= {near, far}
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._flows.wait()
                target.sendall(data)
        for end in (source, target):
            self._hang_up(end)

    def _hang_up(self, end: socket.socket) -> None:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._ends.discard(end)
        end.close()


@contextmanager
def line_to(service: Service) -> Iterator[Line]:
    need(service)
    url = service.where
    line = Line(url.host or "127.0.0.1", url.port or _PORTS[service.name])
    try:
        yield line
    finally:
        line.close()


def forget_tables(url: URL, *names: str) -> None:
    """Drop tables that a test may have left."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for name in names:
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
    engine.dispose()

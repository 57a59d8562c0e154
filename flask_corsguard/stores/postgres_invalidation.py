"""
`PostgresInvalidation`: changes are announced by PostgreSQL's LISTEN and NOTIFY.

It needs a connection of its own, directly to the server: one that a pooler in transaction mode
lends out is not the same connection a moment later. The engine of the application is of no use for
it, because whoever listens holds a connection for ever.
"""

from __future__ import annotations

import os
import selectors
import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import TypeAlias

from ..errors import MissingExtraError
from .listening import Invalidation

try:
    import psycopg
    from psycopg import sql
except ImportError as _error:
    raise MissingExtraError("psycopg", "postgres") from _error

__all__ = ["PostgresInvalidation"]

_GLANCE = 0.25
"""How long, in seconds, it may take until a request to stop is seen."""

_Connection: TypeAlias = "psycopg.Connection[tuple[object, ...]]"


class PostgresInvalidation(Invalidation):
    """
    Announce changes of origins by PostgreSQL.
    """

    def __init__(self, dsn: str, *, channel: str = "corsguard", heartbeat: float = 5.0) -> None:
        """
        Begin silently: nothing is connected before the first request, or the first change.

        Args:
            dsn: Where the server is: `postgresql://...` as in SQLAlchemy, or `host=... dbname=...`.
            channel: What the messages go by; one for each application.
            heartbeat: How often, in seconds, the connection has to prove that it is alive, and how
                long it may take to.

        Raises:
            TypeError: If the DSN is no text.
            ValueError: If a value is out of range.
        """
        if not isinstance(dsn, str):
            raise TypeError(f"{dsn!r} is no DSN; write 'postgresql://user@host:5432/database'")
        # SQLAlchemy names the driver in the scheme.
        scheme, separator, rest = dsn.partition("://")
        self._dsn = f"{scheme.partition('+')[0]}{separator}{rest}"
        super().__init__(channel=channel, heartbeat=heartbeat)

    def _listen(self, stop: threading.Event) -> None:
        with self._connection() as connection, selectors.DefaultSelector() as selector:
            line = connection.pgconn
            # Nothing here waits in the driver: it would hold up all of gevent's world if that was
            # set up after it, and a dead server would hold it for ever.
            selector.register(line.socket, selectors.EVENT_READ)
            line.send_query(sql.SQL("LISTEN {}").format(self._name).as_bytes(connection))
            heard = asked = time.monotonic()
            while not stop.is_set():
                ready = selector.select(min(_GLANCE, self.heartbeat))
                now = time.monotonic()
                if ready:
                    heard = now
                    self._take(line)
                if now - heard > 2 * self.heartbeat:
                    raise TimeoutError(f"PostgreSQL said nothing for {2 * self.heartbeat} seconds")
                if self._is_connected and heard >= asked and now - asked >= self.heartbeat:
                    asked = now
                    line.send_query(b"SELECT 1")

    def _take(self, line: psycopg.pq.abc.PGconn) -> None:
        line.consume_input()
        while not line.is_busy() and (result := line.get_result()):
            if result.status == psycopg.pq.ExecStatus.FATAL_ERROR:
                raise psycopg.OperationalError(result.error_message.decode("utf-8", "replace"))
            if not self._is_connected:
                self._connected()
        while message := line.notifies():
            self._heard(message.extra)

    def _send(self, message: bytes) -> None:
        with self._connection() as connection:
            arguments = (self.channel, message.decode())
            with _watched(connection, self.heartbeat):
                connection.execute("SELECT pg_notify(%s, %s)", arguments)

    def _release(self) -> None:
        """
        Do nothing: a connection for sending lives no longer than the message.
        """

    def _forked(self) -> None:
        """
        Do nothing: the driver closes a connection only in the process that made it.
        """

    @property
    def _name(self) -> sql.Identifier:
        return sql.Identifier(self.channel)

    @contextmanager
    def _connection(self) -> Generator[_Connection]:
        patience = max(2, round(self.heartbeat))
        connection = psycopg.connect(
            self._dsn, autocommit=True, connect_timeout=patience, application_name="corsguard"
        )
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def _watched(connection: _Connection, seconds: float) -> Generator[None]:
    """
    Cut a connection that does not answer in time: the driver itself would wait for ever.
    """

    def cut() -> None:
        # Where the answer came at the last moment, the connection may be gone already.
        with (
            suppress(psycopg.Error, OSError),
            socket.socket(fileno=os.dup(connection.fileno())) as line,
        ):
            line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()

"""
Talk to a server over sockets: one connection, as few as it allows, or one for a few raw bytes.
"""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Self

from .message import HeaderLines, Reply, read_reply, request_bytes

__all__ = ["Client", "Connection", "exchange"]

_PATIENCE = 10


class Connection:
    """
    Talk to a server over one connection.
    """

    def __init__(self, port: int) -> None:
        """
        Connect to a port of this machine.

        Args:
            port: The server's.
        """
        self._socket = socket.create_connection(("127.0.0.1", port), _PATIENCE)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """
        Close the connection.
        """
        self._file.close()
        self._socket.close()

    def send(self, data: bytes) -> None:
        """
        Send bytes; a server that has heard enough may have hung up.
        """
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return

    def read(self, method: str = "GET") -> Reply | None:
        """
        Read one response; None if the server has hung up.
        """
        try:
            return read_reply(self._file, method)
        except ConnectionResetError:
            return None

    def read_all(self) -> bytes:
        """
        Read until the server hangs up.
        """
        data = b""
        try:
            while new := self._socket.recv(1 << 16):
                data += new
        except ConnectionResetError:
            pass
        return data


class Client:
    """
    Talk to a server over as few connections as it allows.

    Attributes:
        connections: How many it took.
    """

    def __init__(self, port: int) -> None:
        """
        Connect when there is something to ask.

        Args:
            port: The server's.
        """
        self.connections = 0
        self._port = port
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._hang_up()

    def ask(
        self,
        method: str,
        path: str,
        headers: HeaderLines = (),
        *,
        body: bytes = b"",
        host: str = "api.example",
    ) -> Reply:
        """
        Send a request, over a new connection if the server has closed the last one.
        """
        data = request_bytes(method, path, headers, body=body, host=host)
        # Some servers hang up without saying so; the same request over a new connection tells.
        reply = self._ask_again(method, data) or self._ask_anew(method, data)
        if reply.closes:
            self._hang_up()
        return reply

    def _ask_again(self, method: str, data: bytes) -> Reply | None:
        if self._connection is None:
            return None
        self._connection.send(data)
        return self._connection.read(method)

    def _ask_anew(self, method: str, data: bytes) -> Reply:
        self._hang_up()
        self._connection = Connection(self._port)
        self.connections += 1
        self._connection.send(data)
        reply = self._connection.read(method)
        assert reply is not None, f"no answer to {data[:100]!r}"
        return reply

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def exchange(port: int, data: bytes) -> bytes:
    """
    Send bytes over a new connection, and give all that comes back before the server hangs up.
    """
    with Connection(port) as connection:
        connection.send(data)
        return connection.read_all()

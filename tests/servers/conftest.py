"""
Servers for the tests, each started when it is first asked for, and once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .launch import SERVERS, Server, start_server
from .proxy import Proxy, start_proxy


class Servers:
    """
    Start servers, and keep them until the end.
    """

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self._started: dict[str, Server] = {}

    def get(self, name: str) -> Server:
        """
        Give a server that runs.
        """
        if name not in self._started:
            self._started[name] = start_server(name, self._factory.mktemp(name))
        return self._started[name]

    def stop(self) -> None:
        """
        Stop them all, and see that nothing has raised in the meantime.
        """
        for server in self._started.values():
            server.process.terminate()
        for server in self._started.values():
            server.stop()
        for server in self._started.values():
            assert "Traceback" not in server.output()
            assert b"ERROR" not in server.guard_log.read_bytes()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    servers = Servers(tmp_path_factory)
    try:
        yield servers
    finally:
        servers.stop()


@pytest.fixture(params=sorted(SERVERS))
def server(request: pytest.FixtureRequest, servers: Servers) -> Server:
    """
    Give one server after the other; `servers` keeps them, as random order would restart them.
    """
    return servers.get(str(request.param))


@pytest.fixture(scope="session")
def proxy(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """
    Give nginx in front of one of them.
    """
    proxy = start_proxy(servers.get("gunicorn-gthread").port, tmp_path_factory.mktemp("nginx"))
    try:
        yield proxy
    finally:
        proxy.stop()
    assert "[crit]" not in proxy.output()

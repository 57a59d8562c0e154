"""
How requests reach a server: a WSGI application called in this process, or a socket.

Nothing is sent anywhere but to what the user named. A redirect to another host than those is a
`ConnectionError`, not a request to a stranger in the middle of a test run.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPSConnection
from io import BytesIO
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeGuard
from urllib.parse import unquote_to_bytes

from werkzeug.test import run_wsgi_app

from .headers import Headers
from .message import Request, Response
from .urls import URL

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

    OneServer: TypeAlias = WSGIApplication | str
    Server: TypeAlias = OneServer | Mapping[str, OneServer]
    """A WSGI application, a URL, or either of them by origin."""

__all__ = ["Transport", "transport_to"]

_TIMEOUT = 30.0
"""Seconds that a server over a socket may take."""


class Transport(Protocol):
    """
    Take a request to its server.
    """

    def send(self, request: Request) -> Response:
        """
        Give the server's response.

        Raises:
            OSError: If no server can be reached.
        """
        ...


class WSGITransport:
    """
    Call a WSGI application, whatever host it is asked for.

    What the application raises goes through to the test.
    """

    __slots__ = ("_app",)

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def send(self, request: Request) -> Response:
        """
        Call the application and read its whole answer.
        """
        body, status, headers = run_wsgi_app(self._app, _environ(request), buffered=True)
        content = b"".join(body) if request.method != "HEAD" else b""
        code = int(status.partition(" ")[0])
        return Response(status=code, headers=Headers(headers.to_wsgi_list()), body=content)


class SocketTransport:
    """
    Speak HTTP/1.1 with one server, one connection for each request.
    """

    __slots__ = ("_origin",)

    def __init__(self, origin: str) -> None:
        self._origin = origin

    def send(self, request: Request) -> Response:
        """
        Send the request as it is: no header more, none changed.
        """
        url = request.url
        if url.origin != self._origin:
            raise _nobody(url)
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        connection = kind(url.host.strip("[]"), url.port, timeout=_TIMEOUT)
        try:
            return _converse(connection, request)
        finally:
            connection.close()


class Switchboard:
    """
    Choose the server by the origin of the URL.
    """

    __slots__ = ("_servers",)

    def __init__(self, servers: Mapping[str, Transport]) -> None:
        self._servers = dict(servers)

    def send(self, request: Request) -> Response:
        """
        Send the request to the server of its origin.
        """
        server = self._servers.get(request.url.origin)
        if server is None:
            raise _nobody(request.url)
        return server.send(request)


def transport_to(server: Server) -> tuple[Transport, URL | None]:
    """
    Make the transport to what a user named as the server.

    Returns:
        The transport, and the URL that relative ones are resolved against, if there is one.

    Raises:
        TypeError: If that is no server.
        ValueError: If that is a URL, and not an http(s) one.
    """
    if isinstance(server, str):
        url = URL.parse(server)
        if not url.is_http:
            raise ValueError(f"{server!r} is not an http(s) URL")
        return SocketTransport(url.origin), url
    if _is_mapping(server):
        return _switchboard(server)
    if not callable(server):
        raise TypeError(f"{server!r} is no server: give a WSGI application, a URL, or a mapping")
    return WSGITransport(server), None


def _is_mapping(server: object) -> TypeGuard[Mapping[str, OneServer]]:
    return isinstance(server, Mapping)


def _switchboard(servers: Mapping[str, OneServer]) -> tuple[Transport, URL]:
    if not servers:
        raise ValueError("an empty mapping serves nobody")
    urls = [URL.parse(origin) for origin in servers]
    transports = [transport_to(each)[0] for each in servers.values()]
    origins = [url.origin for url in urls]
    return Switchboard(dict(zip(origins, transports, strict=True))), urls[0]


def _environ(request: Request) -> WSGIEnvironment:
    """
    Make the environ of a request (PEP 3333).
    """
    url = request.url
    path, _, query = url.target.partition("?")
    port = url.port or (443 if url.scheme == "https" else 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": url.host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": url.authority,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    return environ | _variables(request.headers)


def _variables(headers: Headers) -> dict[str, str]:
    names = {name: name.upper().replace("-", "_") for name in headers}
    return {
        upper if upper in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{upper}": headers[name]
        for name, upper in names.items()
    }


def _converse(connection: HTTPConnection, request: Request) -> Response:
    url = request.url
    connection.putrequest(request.method, url.target, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", url.authority)
    for name, value in request.headers.lines:
        connection.putheader(name, value.encode("latin-1"))
    connection.putheader("Connection", "close")
    connection.endheaders(request.body or None)
    answer = connection.getresponse()
    return Response(status=answer.status, headers=Headers(answer.getheaders()), body=answer.read())


def _nobody(url: URL) -> ConnectionError:
    return ConnectionError(
        f"nothing serves {url.origin}; give Browser a mapping: "
        f"{{{url.origin!r}: an application or a URL, ...}}"
    )

"""
The drivers: how an application of each interface is called, as a server calls it.

All texts of a request are built anew from bytes, as a server builds them: a text that was hashed
before would flatter every look-up. Building them is not timed. Nor is reading the answers: the
timed loop keeps what came back, and it is looked at afterwards.

The clock is the one of the thread, which stands still while something else has the processor:
nothing here waits for anything, so on an idle machine it is the same as the one on the wall.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Sequence
from time import thread_time_ns
from typing import Any, Protocol

from .answers import Answer
from .scenarios import Request

__all__ = ["ASGI", "WSGI", "Driver"]


class Driver(Protocol):
    """
    Build what an application is called with, call it, and read what came back.
    """

    def prepare(self, request: Request) -> Any:  # noqa: ANN401 - each interface has its own
        """
        Build what an application is called with, all texts anew.
        """

    def run(self, app: Any, prepared: Sequence[Any]) -> tuple[int, Any]:  # noqa: ANN401 - as above
        """
        Call an application once for each request; give the nanoseconds and what came back.
        """

    def read(self, raw: Any) -> list[Answer]:  # noqa: ANN401 - as above
        """
        Read what came back, in the order of the requests.
        """


class _WSGI:
    def prepare(self, request: Request) -> dict[str, Any]:
        environ: dict[str, Any] = {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            "REQUEST_METHOD": request.method.decode("latin-1"),
            "SCRIPT_NAME": "",
            "PATH_INFO": request.path.decode("latin-1"),
            "QUERY_STRING": "",
            "RAW_URI": request.path.decode("latin-1"),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": b"192.0.2.7".decode("latin-1"),
            "REMOTE_PORT": b"50000".decode("latin-1"),
        }
        for name, value in request.headers:
            environ["HTTP_" + name.decode("latin-1")] = value.decode("latin-1")
        return environ

    def run(self, app: Any, prepared: Sequence[Any]) -> tuple[int, Any]:  # noqa: ANN401
        heads: list[tuple[str, list[tuple[str, str]]]] = []
        bodies: list[bytes] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:  # noqa: ANN401
            heads.append((status, headers))
            return bodies.append

        started = thread_time_ns()
        for environ in prepared:
            chunks: Iterable[bytes] = app(environ, start_response)
            bodies.append(b"".join(chunks))
            if hasattr(chunks, "close"):
                chunks.close()
        return thread_time_ns() - started, (heads, bodies)

    def read(self, raw: Any) -> list[Answer]:  # noqa: ANN401
        heads, bodies = raw
        return [
            Answer(
                status=int(status[:3]),
                headers=tuple((name.lower(), value) for name, value in headers),
                body=body,
            )
            for (status, headers), body in zip(heads, bodies, strict=True)
        ]


class _ASGI:
    """
    Drive coroutines by hand: what never waits needs no event loop.
    """

    def prepare(self, request: Request) -> dict[str, Any]:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": request.method.decode("latin-1"),
            "scheme": "http",
            "path": request.path.decode("latin-1"),
            "raw_path": bytes(memoryview(request.path)),
            "query_string": b"",
            "root_path": "",
            "headers": [
                (bytes(name.lower().replace(b"_", b"-")), bytes(memoryview(value)))
                for name, value in request.headers
            ],
            "client": ("192.0.2.7", 50000),
            "server": ("127.0.0.1", 8000),
            "state": {},
        }

    def run(self, app: Any, prepared: Sequence[Any]) -> tuple[int, Any]:  # noqa: ANN401
        messages: list[dict[str, Any]] = []
        body = {"type": "http.request", "body": b"", "more_body": False}

        async def receive() -> dict[str, Any]:
            return body

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        started = thread_time_ns()
        for scope in prepared:
            try:
                app(scope, receive, send).send(None)
            except StopIteration:
                continue
            raise RuntimeError("the application waits for something; this driver has no event loop")
        return thread_time_ns() - started, messages

    def read(self, raw: Any) -> list[Answer]:  # noqa: ANN401
        answers: list[Answer] = []
        head: dict[str, Any] = {}
        body = b""
        for message in raw:
            if message["type"] == "http.response.start":
                head, body = message, b""
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    answers.append(_asgi_answer(head, body))
        return answers


def _asgi_answer(head: dict[str, Any], body: bytes) -> Answer:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in head["headers"]]
    return Answer(
        status=head["status"],
        headers=tuple((name.lower(), value) for name, value in headers),
        body=body,
    )


WSGI: Driver = _WSGI()
ASGI: Driver = _ASGI()

App = Callable[..., Any]

"""
What these tests share: ask an application over WSGI, and read the answer whole.

The CORS headers of an answer are compared as one dict, so one that is missing fails a test, and so
does one too many. Headers that stand twice fail in `ask`, whatever the test is about.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers
from werkzeug.test import Client

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    import pytest
    from blinker import Signal

    from flask_corsguard import Decision

ALLOWED = "https://app.example"
STRANGER = "https://evil.example"

ANY_OPTIONS = {"Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"}
"""What every answer to OPTIONS on a governed URL varies on."""

_PREFIX = "Access-Control-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    Hold a response.

    Attributes:
        status: The number.
        cors: The CORS headers, without `Access-Control-` in front.
        vary: The names in `Vary`.
        headers: All headers.
        body: All of it.
    """

    status: int
    cors: dict[str, str]
    vary: set[str]
    headers: Headers
    body: bytes

    @property
    def methods(self) -> set[str]:
        """
        Give the names in `Access-Control-Allow-Methods`.
        """
        return split(self.cors.get("Allow-Methods", ""))


def split(value: str) -> set[str]:
    """
    Read a comma-separated list.
    """
    return {name.strip() for name in value.split(",") if name.strip()}


def ask(
    app: WSGIApplication | Client,
    method: str = "GET",
    path: str = "/",
    *,
    origin: str | None = None,
    host: str = "api.example",
    scheme: str = "https",
    headers: Mapping[str, str] | None = None,
    data: bytes | Mapping[str, str] | None = None,
    environ: Mapping[str, object] | None = None,
) -> Answer:
    """
    Send a request, and read the response to its end.
    """
    client = app if isinstance(app, Client) else Client(app)
    sent = dict(headers or {}) | ({} if origin is None else {"Origin": origin})
    response = client.open(
        path,
        method=method,
        base_url=f"{scheme}://{host}/",
        headers=sent,
        data=data,
        # A server has one name, whatever host is asked for.
        environ_overrides={"SERVER_NAME": "server", **(environ or {})},
    )
    body = response.get_data()
    response.close()
    return read(response.status_code, response.headers, body)


def run(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """
    Call an application as a server does, with any environment.
    """
    started: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], None]:
        started.append((status, headers))
        return written.append

    body = body_of(app(environ, start))
    status, headers = started[-1]
    return read(int(status.split()[0]), Headers(headers), b"".join(written) + body)


def read(status: int, headers: Headers, body: bytes) -> Answer:
    """
    Read a response, and see that no header of ours stands twice.
    """
    cors = [
        (k.title().removeprefix(_PREFIX), v) for k, v in headers if k.title().startswith(_PREFIX)
    ]
    lines = headers.getlist("Vary")
    vary = [name.strip() for line in lines for name in line.split(",")]
    assert len(cors) == len(dict(cors)), f"twice: {cors}"
    assert len(lines) <= 1, f"two lines of Vary: {lines}"
    assert len(vary) == len({name.lower() for name in vary}), f"twice in Vary: {vary}"
    return Answer(status=status, cors=dict(cors), vary=set(vary), headers=headers, body=body)


def preflight(
    app: WSGIApplication | Client,
    path: str = "/",
    method: str = "PUT",
    *,
    origin: str = ALLOWED,
    names: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Answer:
    """
    Ask, as a browser does, whether a request may be sent.
    """
    sent = {"Access-Control-Request-Method": method, **(headers or {})}
    if names is not None:
        sent["Access-Control-Request-Headers"] = names
    return ask(app, "OPTIONS", path, origin=origin, headers=sent, **more)


@contextmanager
def hearing(*signals: Signal) -> Iterator[list[tuple[str, object, Decision]]]:
    """
    Collect what signals send: the signal's name, the sender and the decision.
    """
    heard: list[tuple[str, object, Decision]] = []

    def listen(name: str) -> Callable[..., None]:
        def receive(sender: object, *, decision: Decision) -> None:
            heard.append((name, sender, decision))

        return receive

    receivers = [(signal, listen(getattr(signal, "name", ""))) for signal in signals]
    for signal, receiver in receivers:
        signal.connect(receiver, weak=False)
    try:
        yield heard
    finally:
        for signal, receiver in receivers:
            signal.disconnect(receiver)


def logged(
    caplog: pytest.LogCaptureFixture, level: int = logging.WARNING, *, containing: str = ""
) -> list[str]:
    """
    Give the messages of the guard's logger, from a level on.
    """
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "flask_corsguard"
        and record.levelno >= level
        and containing in record.getMessage()
    ]


def body_of(chunks: Iterable[bytes]) -> bytes:
    """
    Read what a WSGI application returned, and close it.
    """
    try:
        return b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()

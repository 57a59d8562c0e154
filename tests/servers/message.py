"""
HTTP/1.1 messages: write a request as it is told to, read a response strictly.

No library of HTTP clients would send a NUL in a header, and all of them forgive in an answer what
the tests want to see: a line that ends wrongly, a body that a 204 must not have.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["HeaderLines", "MalformedError", "Reply", "read_replies", "read_reply", "request_bytes"]

HeaderLines = Iterable[tuple[str, str]]

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_STATUS = re.compile(rb"(HTTP/1\.[01]) ([1-5][0-9]{2}) ?([\t\x20-\x7e\x80-\xff]*)\r\n")
_LONGEST_LINE = 1 << 20
_CORS = "access-control-"
_WITH_BODY = {"POST", "PUT", "PATCH", "DELETE"}


class MalformedError(Exception):
    """
    What came back is no HTTP/1.1 response.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """
    Hold a response.

    Attributes:
        status: The number.
        headers: The header lines in the order in which they came.
        body: All of it.
        closes: Whether the server says that it closes the connection after it.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    closes: bool

    def values(self, name: str) -> list[str]:
        """
        Give the values of all header lines with a name.
        """
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        """
        Give the value of the only header line with a name; None if there is none.
        """
        values = self.values(name)
        assert len(values) <= 1, f"{name} stands {len(values)} times: {values}"
        return values[0] if values else None

    @property
    def cors(self) -> dict[str, str]:
        """
        Give the CORS headers, without `Access-Control-` in front; none may stand twice.
        """
        names = {n.lower() for n, _ in self.headers if n.lower().startswith(_CORS)}
        return {name.title()[len(_CORS) :]: self.get(name) or "" for name in names}

    @property
    def vary(self) -> set[str]:
        """
        Give the names in `Vary`.
        """
        return {n.strip() for v in self.values("Vary") for n in v.split(",") if n.strip()}


def request_bytes(
    method: str,
    path: str,
    headers: HeaderLines = (),
    *,
    body: bytes = b"",
    host: str = "api.example",
) -> bytes:
    """
    Write a request; each character of the values is sent as one byte.
    """
    lines = list(headers)
    names = {name.lower() for name, _ in lines}
    if "host" not in names:
        lines.insert(0, ("Host", host))
    if (body or method in _WITH_BODY) and not names & {"content-length", "transfer-encoding"}:
        lines.append(("Content-Length", str(len(body))))
    head = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in lines), "", ""]
    return "\r\n".join(head).encode("latin-1") + body


def read_replies(data: bytes) -> list[Reply]:
    """
    Read all responses in what a server sent before it hung up.

    To what it cannot take for HTTP/1 a server may answer as HTTP/0.9 did, with a body and nothing
    else: that is no response with headers.
    """
    if not data.startswith(b"HTTP/"):
        return []
    file, replies = io.BytesIO(data), []
    while (reply := read_reply(file, "GET")) is not None:
        replies.append(reply)
    return replies


def read_reply(file: BinaryIO, method: str) -> Reply | None:
    """
    Read one whole response, and not a byte more.

    Args:
        file: What the server sends.
        method: That of the request, which decides about the body.

    Returns:
        The response; None at the end.

    Raises:
        MalformedError: If it is not one.
    """
    first = file.readline(_LONGEST_LINE)
    if not first:
        return None
    match = _STATUS.fullmatch(first)
    if match is None:
        raise MalformedError(f"not a status line: {first!r}")
    status, headers = int(match[2]), tuple(_read_headers(file))
    if 100 <= status < 200:
        return read_reply(file, method)
    connection = _joined(headers, "connection")
    old = match[1] == b"HTTP/1.0" and "keep-alive" not in connection
    body, at_end = _read_body(file, method, status, headers)
    closes = "close" in connection or old or at_end
    return Reply(status=status, headers=headers, body=body, closes=closes)


def _read_headers(file: BinaryIO) -> Iterator[tuple[str, str]]:
    while (line := file.readline(_LONGEST_LINE)) != b"\r\n":
        name, colon, value = line.removesuffix(b"\r\n").partition(b":")
        value = value.strip(b" \t")
        whole = line.endswith(b"\r\n") and colon
        if not whole or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise MalformedError(f"not a header line: {line!r}")
        yield name.decode("latin-1"), value.decode("latin-1")


def _read_body(
    file: BinaryIO, method: str, status: int, headers: tuple[tuple[str, str], ...]
) -> tuple[bytes, bool]:
    """
    Read the body, and tell whether only the end of the connection ends it.

    See https://www.rfc-editor.org/rfc/rfc9112#name-message-body-length.
    """
    lengths = [v for n, v in headers if n.lower() == "content-length"]
    coding = _joined(headers, "transfer-encoding")
    if method == "HEAD" or status in {204, 304}:
        if status == 204 and (coding or lengths):
            raise MalformedError(f"a 204 with {lengths} {coding}")
        return b"", False
    if len(set(lengths)) > 1 or (lengths and coding):
        raise MalformedError(f"which length? {lengths} {coding}")
    if coding:
        return b"".join(_read_chunks(file)), False
    if not lengths:
        return file.read(), True
    return _read_exactly(file, int(lengths[0])), False


def _read_exactly(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) != length:
        raise MalformedError(f"{len(data)} bytes of {length}")
    return data


def _read_chunks(file: BinaryIO) -> Iterator[bytes]:
    while size := int(file.readline(_LONGEST_LINE).partition(b";")[0], 16):
        yield _read_exactly(file, size)
        if file.readline(_LONGEST_LINE) != b"\r\n":
            raise MalformedError("a chunk that does not end")
    if file.readline(_LONGEST_LINE) != b"\r\n":
        raise MalformedError("chunks that do not end")


def _joined(headers: tuple[tuple[str, str], ...], name: str) -> str:
    return ",".join(v.lower() for n, v in headers if n.lower() == name)

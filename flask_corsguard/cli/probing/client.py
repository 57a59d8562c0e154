"""
A client that is bounded in everything: one host, no redirects, little of each body, not too fast.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection

from ...testing.headers import Headers
from ...testing.message import Request, Response
from ...testing.urls import URL

__all__ = ["Client", "NotHTTPError"]

_MOST_BODY = 2048
"""Bytes that are read of a body; what is looked at are headers."""


class NotHTTPError(OSError):
    """
    Say that whoever answers does not speak HTTP.
    """


class Client:
    """
    Ask one server.

    Attributes:
        asked: How many requests were sent.
    """

    def __init__(
        self,
        url: URL,
        *,
        timeout: float,
        pause: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """
        Ask the server of a URL, and nobody else.

        Args:
            url: The URL.
            timeout: Seconds that one step of an exchange may take.
            pause: Seconds between requests.
            sleep: Waits for so many seconds.
        """
        self.asked: int = 0
        self._url = url
        self._timeout = timeout
        self._pause = pause
        self._sleep = sleep

    def send(self, request: Request) -> Response:
        """
        Send a request, and give the answer; of its body, the beginning.

        Args:
            request: The request; its URL has the origin of the given one.

        Raises:
            OSError: If nobody answers, or nobody who speaks HTTP.
            ValueError: If the request is for another server.
        """
        if request.url.origin != self._url.origin:
            raise ValueError(f"{request.url} is not of {self._url.origin}")
        if self.asked:
            self._sleep(self._pause)
        self.asked += 1
        try:
            return self._exchange(request)
        except HTTPException as error:
            raise NotHTTPError(f"{type(error).__name__}: {error}".rstrip(": ")) from error

    def _exchange(self, request: Request) -> Response:
        url = request.url
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        connection = kind(url.host.strip("[]"), url.port, timeout=self._timeout)
        try:
            connection.putrequest(
                request.method, url.target, skip_host=True, skip_accept_encoding=True
            )
            connection.putheader("Host", url.authority)
            for name, value in request.headers.lines:
                connection.putheader(name, value)
            connection.putheader("Connection", "close")
            connection.endheaders()
            answer = connection.getresponse()
            body = answer.read(_MOST_BODY)
            return Response(status=answer.status, headers=Headers(answer.getheaders()), body=body)
        finally:
            connection.close()

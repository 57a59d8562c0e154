"""
Send requests as browsers would: first as they should be, then as they should not.
"""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException
from itertools import count
from threading import Event, Thread
from types import TracebackType
from typing import Self

__all__ = ["Traffic"]

FRIEND = "https://app.example.com"
FORGOTTEN = "https://new-app.example.com"
PAUSE = 0.1  # seconds between two rounds


class Traffic:
    """
    Send a few requests ten times a second until the block ends.

    Attributes:
        goes_wrong: Whether they are as they should not be.
    """

    def __init__(self, port: int) -> None:
        """
        Know where to send them.

        Args:
            port: The shop's.
        """
        self.goes_wrong = False
        self._connection = HTTPConnection("127.0.0.1", port, timeout=5)
        self._ended = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        for number in count():
            if self._ended.wait(PAUSE):
                return
            if self.goes_wrong:
                self._send_wrong(number)
            elif number % 10 == 0:
                self._preflight("/api/orders", FRIEND)
            else:
                self._ask("GET", "/api/orders", {"Origin": FRIEND})
                self._ask("GET", "/partners/orders", {"Origin": "https://a.partner.example"})

    def _send_wrong(self, number: int) -> None:
        # A front end that nobody listed, and browsers that may remember nothing.
        for _ in range(2):
            self._ask("GET", "/api/orders", {"Origin": FORGOTTEN})
            self._preflight("/api/orders", FRIEND)
            self._preflight("/api/orders", FRIEND)
        # Partners that were not asked about before: while the store is down, nobody can say.
        self._ask("GET", "/partners/orders", {"Origin": f"https://p{number}.partner.example"})

    def _preflight(self, path: str, origin: str) -> None:
        asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
        self._ask("OPTIONS", path, asked)

    def _ask(self, method: str, path: str, headers: dict[str, str]) -> None:
        try:
            self._connection.request(method, path, headers=headers)
            self._connection.getresponse().read()
        except (OSError, HTTPException):  # a worker that hangs up; the next request connects again
            self._connection.close()

"""
What the tests of the stores have in common.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any

from flask_corsguard import RequestHead

__all__ = ["FRIEND", "STRANGER", "Clock", "Scripted", "about", "in_threads", "tenant"]

FRIEND = "https://app.example.com"
STRANGER = "https://evil.example"


class Clock:
    """
    Give the seconds that a test says.
    """

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class Scripted:
    """
    A store that says what a test says, and counts how often it is asked.
    """

    def __init__(self, *allowed: str) -> None:
        self.allowed: Collection[str] = set(allowed)
        self.error: BaseException | None = None
        self.asked: list[str] = []

    def allows(self, origin: str, head: RequestHead) -> bool:
        self.asked.append(origin)
        if self.error is not None:
            raise self.error
        return origin in self.allowed


def about(tenant: str | None = None, **values: Any) -> RequestHead:
    """Make the head of a request, of a tenant or of nobody."""
    arguments: Mapping[str, object] = {} if tenant is None else {"tenant": tenant}
    return RequestHead(method="GET", view_args=arguments, **values)


def tenant(head: RequestHead) -> str:
    """Name the scope, as an application would."""
    return str(head.view_args["tenant"])


def in_threads(count: int, work: Callable[[], object]) -> list[threading.Thread]:
    """Start threads that do the same."""
    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads

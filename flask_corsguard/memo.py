"""
Remember what preflights are about, by all that routing looks at.

A browser asks the same few questions all day long, and to ask the router is most of what an answer
costs. Only allowed questions are remembered; whoever forges an allowed origin can still fill the
table, so it is bounded, and forgets the oldest first.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

__all__ = ["Memo", "MemoKey", "memo_key"]

K = TypeVar("K")
T = TypeVar("T")
MemoKey: TypeAlias = tuple[str, str, str, str]

_MOST_ANSWERS = 1024
_LONGEST_KEY = 2048


def memo_key(environ: WSGIEnvironment) -> MemoKey | None:
    """
    Make the key of a preflight; None for what is not to be remembered.

    The origin and the names of headers are not part of it: a route does not depend on them. A
    request without `Host` is routed by what the server says, one with `Upgrade` by other rules, and
    one longer than what friends send is not worth its place.

    Args:
        environ: The WSGI environment of a preflight.
    """
    get = environ.get
    host, path = get("HTTP_HOST"), get("PATH_INFO")
    method, scheme = get("HTTP_ACCESS_CONTROL_REQUEST_METHOD"), get("wsgi.url_scheme")
    if not (host and path and method and scheme) or "HTTP_UPGRADE" in environ:
        return None
    # Lengths are added before anything is hashed: hashing a megabyte is work.
    if len(path) + len(method) + len(host) > _LONGEST_KEY:
        return None
    return path, method, host, scheme


class Memo(OrderedDict[K, T]):
    """
    Keep a bounded number of answers, the youngest; `get` gives one, or None.
    """

    def __init__(self, most: int = _MOST_ANSWERS) -> None:
        """
        Begin without any.

        Args:
            most: How many to keep.
        """
        super().__init__()
        self._most = most

    def put(self, key: K, answer: T) -> None:
        """
        Remember an answer.

        Threads may do so at once: what one forgets twice is forgotten.

        Args:
            key: The question.
            answer: The answer.
        """
        self[key] = answer
        while len(self) > self._most:
            with suppress(KeyError):
                self.popitem(last=False)

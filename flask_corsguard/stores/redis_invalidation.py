"""
`RedisInvalidation`: changes are announced by Redis' publish and subscribe.

The client's own way to survive a lost connection would not do: it subscribes again and says
nothing, and what was announced in between is lost. So the end of a connection is an error here, and
each confirmation of a subscription drops the memory.
"""

from __future__ import annotations

import threading
import time
from typing import Any, cast

from ..errors import MissingExtraError
from .listening import Invalidation

try:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry
except ImportError as _error:
    raise MissingExtraError("redis", "redis") from _error

__all__ = ["RedisInvalidation"]

_GLANCE = 0.25
"""How long, in seconds, it may take until a request to stop is seen."""

_PATIENCE = 2.0


class RedisInvalidation(Invalidation):
    """
    Announce changes of origins by Redis.
    """

    def __init__(
        self, server: str | redis.Redis, *, channel: str = "corsguard", heartbeat: float = 5.0
    ) -> None:
        """
        Begin silently: nothing is connected before the first request, or the first change.

        Args:
            server: The URL, like `redis://127.0.0.1:6379/0`, or a client. Of a client's settings,
                those of its connections count; give it a `socket_timeout`.
            channel: What the messages go by; one for each application.
            heartbeat: How often, in seconds, the connection has to prove that it is alive. One
                that does not is given up after twice that time.

        Raises:
            TypeError: If the server is neither.
            ValueError: If the URL is none, or another value is out of range.
        """
        if isinstance(server, str):
            self._client = cast("Any", redis.Redis).from_url(
                server,
                socket_timeout=_PATIENCE,
                socket_connect_timeout=_PATIENCE,
                retry=Retry(NoBackoff(), 0),
            )
        elif isinstance(cast("object", server), redis.Redis):
            self._client = server
        else:
            raise TypeError(f"{server!r} is no server; write 'redis://host:6379/0', or a Redis()")
        self._is_ours = isinstance(server, str)
        super().__init__(channel=channel, heartbeat=heartbeat)

    def _listen(self, stop: threading.Event) -> None:
        listener = cast("Any", self._client).pubsub()
        try:
            listener.subscribe(self.channel)
            heard = asked = time.monotonic()
            while not stop.is_set():
                message = listener.get_message(timeout=min(_GLANCE, self.heartbeat))
                now = time.monotonic()
                if message is not None:
                    heard = now
                    self._take(message)
                if now - heard > 2 * self.heartbeat:
                    raise TimeoutError(f"Redis said nothing for {2 * self.heartbeat} seconds")
                if now - asked >= self.heartbeat:
                    asked = now
                    listener.ping()
        finally:
            listener.close()

    def _take(self, message: dict[str, object]) -> None:
        if message["type"] == "subscribe":
            self._connected()
        elif message["type"] == "message":
            self._heard(message["data"])

    def _send(self, message: bytes) -> None:
        cast("Any", self._client).publish(self.channel, message)

    def _release(self) -> None:
        if self._is_ours:
            self._client.close()

    def _forked(self) -> None:
        """
        Do nothing: the client's pool of connections knows to which process it belongs.
        """

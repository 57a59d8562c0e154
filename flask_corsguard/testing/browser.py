"""
`Browser`: a page in a browser, without a browser.

Test clients and `curl` show what a server sends and never what a page gets. A `Browser` is the
other half of the protocol: it asks before it sends, hides what script may not see, and blocks, in
the words that users will find in their consoles.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from copy import copy
from typing import TYPE_CHECKING

from ..protocol.origins import parse_origin
from .call import make_call
from .cookies import CookieJar
from .engines import Engine, traits_of
from .errors import FetchError
from .flight import Flight, Ground
from .headers import Lines
from .message import Exchange
from .preflight_cache import CacheEntry, PreflightCache
from .reply import Reply
from .transport import transport_to
from .urls import URL

if TYPE_CHECKING:
    from .transport import Server

__all__ = ["DEFAULT_BASE_URL", "Browser"]

DEFAULT_BASE_URL = "https://api.example"
"""Where a WSGI application lives, unless the test says otherwise."""


class Browser:
    """
    Show a page whose script calls `fetch()`.

    Args:
        server: What is asked: a WSGI application, which plays every host; a URL, and no other
            host is ever connected to; or a mapping from origins to either.
        origin: The page's serialized origin, or `null` for a page that has none.
        base_url: What relative URLs are resolved against; by default `https://api.example` for an
            application, else the (first) URL given.
        engine: Whose limits and words apply: `chromium`, `firefox` or `safari`.
        strict: Whether the standard is followed where all engines are laxer: that
            `Access-Control-Allow-Headers: *` does not cover `Authorization`.
        clock: Seconds that only grow: what the preflight cache measures its time with.
        wall_clock: Seconds since the epoch: what cookies expire by.

    Raises:
        ValueError: If the origin is none that a browser serializes, or a URL is none.
        TypeError: If the server is none.
    """

    __slots__ = ("_base", "_ground", "_origin")

    def __init__(
        self,
        server: Server,
        *,
        origin: str,
        base_url: str | None = None,
        engine: str = Engine.CHROMIUM,
        strict: bool = True,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        transport, given = transport_to(server)
        self._origin = _checked(origin)
        self._base = URL.parse(base_url) if base_url else given or URL.parse(DEFAULT_BASE_URL)
        chosen = Engine(engine)
        self._ground = Ground(
            engine=chosen,
            strict=strict,
            transport=transport,
            cache=PreflightCache(traits_of(chosen).cache, clock),
            cookies=CookieJar(wall_clock, lax_by_default=traits_of(chosen).lax_by_default),
        )

    def __repr__(self) -> str:
        return f"<Browser {self._ground.engine} at {self._origin}, asking {self._base}>"

    @property
    def origin(self) -> str:
        """
        Give the page's origin.
        """
        return self._origin

    @property
    def engine(self) -> Engine:
        """
        Give whose limits and words apply.
        """
        return self._ground.engine

    @property
    def cookies(self) -> CookieJar:
        """
        Give the jar, which all pages of this browser share.
        """
        return self._ground.cookies

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """
        Give all messages so far, in order.
        """
        return tuple(self._ground.log)

    @property
    def preflights(self) -> tuple[Exchange, ...]:
        """
        Give all preflights so far, in order.
        """
        return tuple(exchange for exchange in self._ground.log if exchange.preflight)

    @property
    def preflight_cache(self) -> tuple[CacheEntry, ...]:
        """
        Give what is remembered of the answers to preflights.
        """
        return self._ground.cache.entries

    def clear_preflight_cache(self) -> None:
        """
        Forget all answers to preflights, as closing the browser does.
        """
        self._ground.cache.clear()

    def at(self, origin: str) -> Browser:
        """
        Open a page of another origin in the same browser.

        It shares the cookie jar: what another site's page can do with this user's session is what
        CORS and `SameSite` are about.

        Args:
            origin: The other page's.
        """
        page = copy(self)
        page._origin = _checked(origin)  # noqa: SLF001 - a copy of this very object
        return page

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Lines = (),
        body: bytes | str | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        mode: str = "cors",
        credentials: str = "same-origin",
        redirect: str = "follow",
    ) -> Reply:
        """
        Call `fetch()`.

        Args:
            url: Absolute, or relative to the server (not to the page).
            method: Normalized as browsers do: `put` is PUT, `patch` stays as it is.
            headers: What a browser forbids is dropped in silence.
            body: Bytes, or text, which is sent as `text/plain;charset=UTF-8`.
            json: Sent as `application/json`, instead of a body.
            form: Sent as `application/x-www-form-urlencoded`, instead of a body.
            mode: `cors`, `no-cors` or `same-origin`.
            credentials: `omit`, `same-origin` or `include`.
            redirect: `follow`, `error` or `manual`.

        Returns:
            What script gets to see.

        Raises:
            CORSError: If the browser blocks.
            FetchError: If the call is one that a browser refuses to make.
            ConnectionError: If the URL is of a host that nothing was given for.
        """
        call = make_call(
            self._resolve(url),
            origin=self._origin,
            method=method,
            headers=headers,
            body=body,
            json=json,
            form=form,
            mode=mode,
            credentials=credentials,
            redirect=redirect,
        )
        return Flight(self._ground, call).land()

    def _resolve(self, url: str) -> URL:
        try:
            return URL.parse(url, self._base)
        except ValueError as error:
            raise FetchError(f"{url!r} is not a URL: {error}") from None


def _checked(origin: str) -> str:
    if origin != "null" and parse_origin(origin) is None:
        raise ValueError(
            f"{origin!r} is not an origin as a browser serializes it; write it like "
            "'https://app.example.com': lower case, no path, no trailing slash, no default port"
        )
    return origin

"""
What somebody wants to have explained: a call of `fetch()`, described.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask

from ..protocol.origins import parse_origin
from ..testing.browser import DEFAULT_BASE_URL
from ..testing.call import Call, Credentials, Mode, Redirect, make_call
from ..testing.urls import URL

__all__ = ["Asked", "base_url_of"]

_USUAL_VALUES = {
    "content-type": "application/json",
    "accept": "application/json",
    "authorization": "Bearer x",
    "range": "bytes=0-",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    Describe a request that a page makes.

    Attributes:
        url: Absolute, or a path of the application.
        origin: The page's serialized origin, or `null`.
        method: As script writes it.
        headers: What script sets: `Name: value`, or a name alone.
        credentials: Whether script asks for credentials to be included.
    """

    url: str
    origin: str
    method: str = "GET"
    headers: tuple[str, ...] = ()
    credentials: bool = False

    @property
    def header_lines(self) -> tuple[tuple[str, str], ...]:
        """
        Give the headers as names and values; a usual value where none was written.
        """
        return tuple(_line(text) for text in self.headers)

    @property
    def mode(self) -> str:
        """
        Give the credentials mode.
        """
        return str(Credentials.INCLUDE if self.credentials else Credentials.SAME_ORIGIN)

    def call(self, base: str) -> Call:
        """
        Make the request that the browser would make of it.

        Args:
            base: The URL that a path is relative to.

        Raises:
            FetchError: If a browser refuses to make it.
            ValueError: If the URL is none.
        """
        return make_call(
            URL.parse(self.url, URL.parse(base)),
            origin=self.origin,
            method=self.method,
            headers=self.header_lines,
            body=None,
            json=None,
            form=None,
            mode=str(Mode.CORS),
            credentials=self.mode,
            redirect=str(Redirect.FOLLOW),
        )


def base_url_of(app: Flask | None) -> str:
    """
    Give the URL of an application, as far as its configuration says where it is served.

    Args:
        app: The application; None where there is none.
    """
    if app is None:
        return DEFAULT_BASE_URL
    config = cast("dict[str, object]", app.config)
    trusted = cast("list[object]", config.get("TRUSTED_HOSTS") or [None])
    host = config.get("SERVER_NAME") or trusted[0]
    if not host:
        return DEFAULT_BASE_URL
    name = str(host).lstrip(".")
    origin = parse_origin(f"http://{name}")
    # Flask's own default for the scheme is http, and whoever is asked from elsewhere has https.
    return f"http://{name}" if origin is not None and origin.is_loopback else f"https://{name}"


def _line(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    usual = _USUAL_VALUES.get(name.strip().lower(), "x")
    return name.strip(), value.strip() if colon else usual

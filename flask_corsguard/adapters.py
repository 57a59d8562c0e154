"""
Bind the router to requests, which costs as much as to match a path; remember it for a few hosts.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote, urlsplit

from flask import Flask
from flask.wrappers import Request
from werkzeug.exceptions import HTTPException

from .memo import Memo

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from werkzeug.routing import MapAdapter

__all__ = ["Adapters", "path_in_application"]

_Key: TypeAlias = tuple[str, str, str]

_MOST_ADAPTERS = 32
_LONGEST_KEY = 1024


class Adapters:
    """
    Give the router as it is bound to a request's host.

    Attributes:
        are_flasks: Whether Flask's own method binds it, which looks at host and scheme.
    """

    def __init__(self, app: Flask) -> None:
        """
        Begin without any.

        Args:
            app: The application.
        """
        self._app = app
        # An instance may have a method of its own, too.
        method = getattr(app.create_url_adapter, "__func__", None)
        self.are_flasks: bool = method is Flask.create_url_adapter
        self._are_plain = self.are_flasks and app.request_class.__init__ is Request.__init__
        self._known: Memo[_Key, MapAdapter] = Memo(_MOST_ADAPTERS)

    def bind(self, request: Request) -> MapAdapter | None:
        """
        Bind the router to a request.

        Args:
            request: The request.

        Returns:
            The adapter; None if Flask takes no requests for the host.
        """
        try:
            adapter = self._app.create_url_adapter(request)
        except HTTPException:  # an untrusted host
            return None
        key = self._key(request.environ)
        if adapter is not None and key is not None:
            kept = copy(adapter)
            # A stranger's, of any length.
            kept.path_info, kept.query_args = "", None
            # Whoever sends many hosts only makes others be bound anew.
            self._known.put(key, kept)
        return adapter

    def known(self, environ: WSGIEnvironment) -> MapAdapter | None:
        """
        Give an adapter that serves a request as well as one of its own, if there is one.

        It has no path and no query of its own.

        Args:
            environ: The request's environment, as routing sees it.
        """
        key = self._key(environ)
        return None if key is None else self._known.get(key)

    def _key(self, environ: WSGIEnvironment) -> _Key | None:
        if not self._are_plain or "HTTP_UPGRADE" in environ:
            return None
        host, scheme = environ.get("HTTP_HOST"), environ.get("wsgi.url_scheme")
        mount = environ.get("SCRIPT_NAME", "")
        # Lengths are added before anything is hashed.
        if not (host and scheme) or len(host) + len(mount) > _LONGEST_KEY:
            return None
        return host, scheme, mount


def path_in_application(adapter: MapAdapter, url: str) -> str | None:
    """
    Give the path of a redirect's target if it stays in this application.

    Args:
        adapter: What redirects.
        url: Where to.
    """
    target, mount = urlsplit(url), adapter.script_name.rstrip("/")
    path = unquote(target.path)
    if target.netloc != adapter.get_host(None) or not path.startswith(f"{mount}/"):
        return None
    return path.removeprefix(mount)

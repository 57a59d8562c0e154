"""
A browser for tests: the browser's half of the CORS protocol.

    page = Browser(app, origin="https://app.example.com")
    reply = page.fetch("/orders", method="PUT", json={}, credentials="include")
    assert reply.headers == {"content-type": "application/json"}  # what script may see

    with pytest.raises(CORSError, match="is not allowed by Access-Control-Allow-Methods"):
        page.fetch("/orders", method="DELETE")

It works against any WSGI application, with this package's guard or without, and against a URL. It
uses nothing of the guard's decision procedure: it is a second opinion.
"""

from .browser import Browser
from .call import Credentials, Mode, Redirect
from .cookies import Cookie, CookieJar
from .engines import Engine
from .errors import CORSError, FetchError
from .faults import Check
from .headers import Headers
from .message import Exchange, Request, Response
from .preflight_cache import CacheEntry
from .reply import Reply, ReplyType

__all__ = [
    "Browser",
    "CORSError",
    "CacheEntry",
    "Check",
    "Cookie",
    "CookieJar",
    "Credentials",
    "Engine",
    "Exchange",
    "FetchError",
    "Headers",
    "Mode",
    "Redirect",
    "Reply",
    "ReplyType",
    "Request",
    "Response",
]

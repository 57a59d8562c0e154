"""
Responses that nothing can be slipped into: files of the package, and JSON.

No template is filled in. What the page shows, its script reads as JSON and puts into text nodes; so
there is no place where text of strangers could become markup, and the policy of the page forbids
what would run if there were.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from flask import Response

__all__ = ["ASSETS", "asset_response", "json_response", "redirect_response"]

ASSETS = MappingProxyType(
    {
        "": ("index.html", "text/html; charset=utf-8"),
        "icon.svg": ("icon.svg", "image/svg+xml"),
        "inspector.css": ("inspector.css", "text/css; charset=utf-8"),
        **{
            name: (name, "text/javascript; charset=utf-8")
            for name in (
                "answer.js",
                "ask.js",
                "chart.js",
                "dom.js",
                "inspector.js",
                "live.js",
                "routes.js",
                "state.js",
            )
        },
    }
)
"""What there is, by the name in the URL: the file, and its type. Nothing else is ever read."""

_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)
_HEADERS = MappingProxyType(
    {
        "Cache-Control": "no-store",
        "Content-Security-Policy": _POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex",
    }
)
# For a reader that takes JSON for HTML after all.
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def asset_response(name: str) -> Response:
    """
    Give a file of the page.

    Args:
        name: One of `ASSETS`.
    """
    file, kind = ASSETS[name]
    return _response(_read(file), kind)


def json_response(value: object, status: int = 200) -> Response:
    """
    Give a value as JSON.

    Args:
        value: What JSON can hold.
        status: The status.
    """
    # Not by `app.json`: an application may have its own, and this one has to escape.
    text = json.dumps(value, ensure_ascii=True).translate(_ESCAPES)
    return _response(text.encode("ascii"), "application/json", status)


def redirect_response(location: str) -> Response:
    """
    Lead on to another URL.

    Args:
        location: Relative, so that it does not matter where the application is mounted.
    """
    response = _response(b"", "text/plain; charset=utf-8", 308)
    response.headers["Location"] = location
    return response


def _response(data: bytes, kind: str, status: int = 200) -> Response:
    # An iterator: debug toolbars and the like put script into whole pages only.
    response = Response(iter([data]), status=status, content_type=kind)
    response.headers.update(_HEADERS)
    response.content_length = len(data)
    return response


@cache
def _read(file: str) -> bytes:
    return files(__package__ or "").joinpath("assets", file).read_bytes()

"""
What the pages need besides the guard: a secret, a token in each form, and strict headers.
"""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from flask import Flask, Response, abort, request, session

__all__ = ["check_token", "form_token", "protect", "read_secret"]

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
    ]
)


def read_secret(path: Path) -> str:
    """
    Give the key that cookies are signed with, the same to all workers.

    It is written beside its place and then put there, so nobody reads half of it.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex())
        with suppress(FileExistsError):  # another worker was quicker
            os.link(draft, path)
        draft.unlink()
    return path.read_text()


def form_token() -> str:
    """
    Give the token that every form of this visitor carries.
    """
    if "token" not in session:
        session["token"] = secrets.token_urlsafe()
    return str(session["token"])


def check_token() -> None:
    """
    Refuse a form without the visitor's token.

    The guard has refused those of other sites; this is for browsers that do not say who asks.
    """
    if request.method == "POST" and not hmac.compare_digest(
        request.form.get("token", "").encode(), str(session.get("token") or " ").encode()
    ):
        abort(400, "This form is too old. Load the page again.")


def protect(app: Flask) -> None:
    """
    Let the pages do what they need, and nothing else.
    """

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response

"""An application with everything that a check warns of."""

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from flask_corsguard import CORSGuard


class Sessions(SecureCookieSessionInterface):
    """In place of one that asks a database."""


app = Flask("careless", static_folder=None)
app.secret_key = "not a secret"
app.session_interface = Sessions()


@app.get("/api/orders")
def orders() -> list[str]:
    return []


CORSGuard(
    app,
    credentials=True,
    max_age=5,
    methods=["PATCH"],
    resources={
        "/api/*": {"origins": "https://*.example.com"},
        "/nothing/*": {"origins": "https://app.example.com", "max_age": 600, "methods": None},
    },
)

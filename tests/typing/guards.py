"""
Guard applications, Flask's and others.
"""

from collections.abc import Iterable
from typing import assert_type
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from flask_corsguard import CORSGuard, CORSMiddleware, Policy

app = Flask(__name__)
policy = Policy(origins="https://app.example.com")

guard = CORSGuard(
    app,
    origins=["https://app.example.com"],
    resources={"/api/*": policy, "/open/*": {"origins": "*"}, "/partners/*": "partners"},
    policies={"partners": {"origins": "https://partner.example.com", "max_age": 60}},
    dev_origins=["http://localhost:*"],
    enforce=True,
    enforce_exempt=["webhook"],
)
assert_type(guard, CORSGuard)

later = CORSGuard(origins="*")
later.init_app(app)

CORSGuard(app, resources=["/api/*"], origins="*")
CORSGuard(app, allow_origins="*")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
CORSGuard("app")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def hello(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode()]


wrapped: WSGIApplication = CORSMiddleware(hello, origins="*")
app.wsgi_app = CORSMiddleware(app.wsgi_app, resources={"/feed": {"origins": "*"}})  # type: ignore[method-assign]

CORSMiddleware(hello, dev_origins="http://localhost:*")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
CORSMiddleware(origins="*")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

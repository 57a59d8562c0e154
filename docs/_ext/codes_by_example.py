"""
One configuration for every error code: what to write to see it.

The reference runs these while it is built and prints what the guard says, so the messages on the
page are the messages.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import flask

import flask_corsguard
from flask_corsguard.errors import PolicyError
from flask_corsguard.explain import lint, no_guard
from flask_corsguard.reporting import report_warnings

__all__ = ["EXAMPLES", "ORIGIN", "Listener", "Saying", "listening", "provoke"]

_ORIGINS = {
    "CG101": "[b'https://app.example.com']",
    "CG102": "['https://app.example.com', '']",
    "CG103": "'https://app.example.com '",
    "CG104": "'app.example.com'",
    "CG105": "'https://app.example.com/'",
    "CG106": "'https://user:password@app.example.com'",
    "CG107": "'https://App.example.com'",
    "CG108": "'https://app.example.com:443'",
    "CG109": "'http://localhost:70000'",
    "CG110": "'https://app..example.com'",
    "CG111": "'https://bücher.example'",
    "CG112": "'http://127.1:3000'",
    "CG113": "'https://app.example.com, https://www.example.com'",
    "CG114": "'null'",
    "CG115": "'https://app-*.example.com'",
    "CG116": "r'https://.*\\.example\\.com'",
    "CG117": "'file:///home/index.html'",
    "CG118": "'https://xn--0.example.com'",
    "CG119": "['https://app.example.com', '*']",
    "CG120": "'https://${APP_HOST}'",
    "CG121": "'https://' + 'a' * 400 + '.example.com'",
    "CG130": "'*', credentials=True",
    "CG131": "'http://app.example.com', credentials=True",
    "CG132": "'https://*.github.io', credentials=True",
    "CG133": "'https://codepen.io', credentials=True",
    "CG134": "'https://app.example.com.'",
    "CG135": "['https://app.example.com', 'https://app.example.com']",
    "CG136": "['https://*.example.com', 'https://app.example.com']",
    "CG137": "[]",
    "CG138": "'chrome-extension://*', credentials=True",
    "CG140": "re.compile(r'https://([a-z]+)+\\.example\\.com')",
    "CG141": "re.compile(r'https://[a-z]*[a-z]*\\.example\\.com')",
    "CG142": "re.compile(r'https://([a-z]+)\\.\\1\\.com')",
    "CG143": "re.compile(r'https://app.example.com')",
    "CG144": "re.compile(rb'https://app\\.example\\.com')",
    "CG146": "re.compile(r'app\\.example\\.com')",
}

_OPTIONS = {
    "CG201": "methods=['PUT, DELETE']",
    "CG202": "methods=['TRACE']",
    "CG203": "methods=['*', 'PUT']",
    "CG204": "methods=['patch']",
    "CG205": "methods=['PUT', 'PUT']",
    "CG301": "allow_headers='Content-Type, X-Token'",
    "CG302": "allow_headers=['Cookie']",
    "CG303": "allow_headers=['Access-Control-Allow-Origin']",
    "CG304": "allow_headers=['*', 'X-Token']",
    "CG305": "allow_headers=['X-Token', 'x-token']",
    "CG306": "allow_headers=['Authorisation']",
    "CG307": "allow_headers=['X_Token']",
    "CG308": "allow_headers=['X-HTTP-Method-Override']",
    "CG401": "expose_headers=['X Total']",
    "CG402": "expose_headers=['Set-Cookie']",
    "CG403": "expose_headers=['Access-Control-Max-Age']",
    "CG404": "expose_headers='*', credentials=True",
    "CG405": "expose_headers=['*', 'X-Total']",
    "CG406": "expose_headers=['X-Total', 'x-total']",
    "CG407": "expose_headers=['Content-Type']",
    "CG501": "max_age='600'",
    "CG502": "max_age=-1",
    "CG503": "max_age=31536000",
    "CG601": "orgins=['https://app.example.com']",
    "CG602": "supports_credentials=True",
    "CG603": "send_wildcard=True",
    "CG604": "credentials='true'",
    "CG605": "allow_headers={'X-Token': True}",
    "CG606": "name='my policy'",
    "CG607": "enforce='yes'",
    "CG701": "resources=['api/*']",
    "CG702": "resources=['/api*']",
    "CG703": "resources=['/api/.*']",
    "CG704": "resources=['/api/*', '/api/*']",
    "CG705": "resources={'/api/*': ['https://app.example.com']}",
    "CG706": "resources=[re.compile(r'/api/(\\w+)+/items')]",
}

_SCRIPTS = {
    "CG145": """\
async def ours(origin, head):
    return origin.endswith('.example.com')

CORSGuard(app, origins=ours)
""",
    "CG150": """\
from flask_corsguard.stores import SQLAlchemyOrigins
from sqlalchemy import create_engine

store = SQLAlchemyOrigins(create_engine('sqlite://'))
store.add('https://app.example.com', scope=' acme')
""",
    "CG151": """\
from flask_corsguard.stores import OriginRow, SQLAlchemyOrigins
from sqlalchemy import create_engine

engine = create_engine('sqlite://')
store = SQLAlchemyOrigins(engine)
store.create()
try:
    store.import_rows([OriginRow(pattern='https://app.example.com')] * 2)
finally:
    engine.dispose()
""",
    "CG152": """\
from flask_corsguard.stores import OriginRow

OriginRow.from_mapping({'pattern': 'https://app.example.com', 'expires': 'soon'}, 'line 2')
""",
    "CG153": """\
from flask_corsguard.stores import SQLAlchemyOrigins
from sqlalchemy import create_engine

SQLAlchemyOrigins(create_engine('sqlite://')).add('*')
""",
    "CG608": """\
app.config['CORSGUARD_CREDENTIALS'] = 'maybe'
CORSGuard(app, origins='https://app.example.com')
""",
    "CG609": """\
app.config['CORS_ORIGINS'] = 'https://app.example.com'
CORSGuard(app, origins='https://app.example.com')
""",
    "CG610": """\
app.config['CORSGUARD_RESOURCES'] = '{"/api/*": {"origins": "*"}}'
CORSGuard(app, origins='https://app.example.com')
""",
    "CG801": """\
CORSGuard(
    app,
    policies={'partners': {'origins': 'https://partner.example.com'}},
    resources={'/api/*': 'partner'},
)
""",
    "CG802": """\
def logged(view):
    def wrapper():  # without @functools.wraps(view)
        return view()
    return wrapper

@app.get('/orders')
@logged
@cross_origin(origins='https://app.example.com')
def orders():
    return []

guard = CORSGuard(app)
guard.validate(app)
""",
    "CG803": """\
guard = CORSGuard(app, origins='https://app.example.com', enforce_exempt=['webhooks'])
guard.validate(app)
""",
    "CG804": """\
CORSGuard(app)
app.test_client().get('/')  # the first request
""",
    "CG900": """\
check(app)  # what `flask cors check` does
""",
    "CG901": """\
CORSGuard(app, origins='https://app.example.com', max_age=5)
check(app)
""",
    "CG902": """\
app.secret_key = 'a secret'
app.config |= {'SESSION_COOKIE_SAMESITE': 'None', 'SESSION_COOKIE_SECURE': True}
CORSGuard(app, origins='https://*.example.com', credentials=True)
check(app)
""",
    "CG903": """\
CORSGuard(app, origins='https://app.example.com', methods=['DELETE'])
check(app)  # its routes have GET and POST
""",
    "CG904": """\
from flask.sessions import SecureCookieSessionInterface

class Sessions(SecureCookieSessionInterface):
    pass  # for one that asks a database

app.session_interface = Sessions()
CORSGuard(app, origins='https://app.example.com')
check(app)
""",
    "CG905": """\
app.secret_key = 'a secret'
CORSGuard(app, origins='https://app.example.com', credentials=True)
check(app)
""",
    "CG906": """\
CORSGuard(app, resources={'/webhooks/*': {'origins': 'https://app.example.com'}})
check(app)
""",
    "CG907": """\
@app.get('/orders')
@same_origin
def orders():
    return []

CORSGuard(app, resources={'/orders': {'origins': 'https://app.example.com'}})
check(app)
""",
    "CG908": """\
from flask_cors import CORS

CORS(app)
CORSGuard(app, origins='https://app.example.com')
check(app)
""",
}

ORIGIN = "https://app.example.com"

EXAMPLES: dict[str, str] = {
    **{code: f"CORSGuard(app, origins={text})\n" for code, text in _ORIGINS.items()},
    **{code: f"CORSGuard(app, origins={ORIGIN!r}, {text})\n" for code, text in _OPTIONS.items()},
    **_SCRIPTS,
}
"""Code: a program that provokes it, given `app` and the public names."""


@dataclass(frozen=True, slots=True)
class Saying:
    """
    Hold what the guard said about a configuration.

    Attributes:
        code: The code of the problem.
        text: The whole message.
    """

    code: str
    text: str


class Listener(logging.Handler):
    """
    Keep the problems that are logged.

    Attributes:
        sayings: The problems.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sayings: list[Saying] = []

    def emit(self, record: logging.LogRecord) -> None:
        """
        Note a problem that was logged.
        """
        code = re.search(r"\[(CG\d+)\]$", record.getMessage())
        if code is not None:
            self.sayings.append(Saying(code.group(1), record.getMessage()))


def provoke(program: str) -> list[Saying]:
    """
    Run a program and give what the guard says, raised or logged.

    Args:
        program: Python, with the public names, `app`, `check`, `re` and `timedelta` at hand.
    """
    public = {name: getattr(flask_corsguard, name) for name in flask_corsguard.__all__}
    app = flask.Flask("shop")
    app.add_url_rule("/webhook", "webhook", lambda: "", methods=["POST"])
    names = {**public, "app": app, "check": _check, "re": re, "timedelta": timedelta}
    with listening() as listener:
        try:
            exec(program, names)  # noqa: S102 - the examples of this page
        except PolicyError as error:
            return [*listener.sayings, *(Saying(p.code, str(p)) for p in error.problems)]
    return listener.sayings


def _check(app: flask.Flask) -> None:
    """
    Say what `flask cors check` finds besides what the guard says itself.
    """
    serving = app.extensions.get("corsguard")
    report_warnings([no_guard(app)] if serving is None else lint(app, serving.make_plan()))


@contextmanager
def listening() -> Iterator[Listener]:
    """
    Hear what the guard logs, in everybody's place.
    """
    logger, listener = logging.getLogger("flask_corsguard"), Listener()
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(listener)
    try:
        yield listener
    finally:
        logger.removeHandler(listener)
        logger.propagate = propagate

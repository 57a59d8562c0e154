"""
What may never happen, whatever comes in: the oracles of the fuzzer.

Each takes bytes, makes an input of them, and raises where an invariant does not hold. They know
nothing of the fuzzer: `fuzz/run.py` drives them with coverage in hand, and `test_corpus.py` replays
what that has found.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable
from typing import Any

from flask import Flask, Response

from flask_corsguard import CORSGuard, CORSMiddleware, Decision, Policy, PolicyError, RequestHead
from flask_corsguard.config import read_app_config
from flask_corsguard.errors import Severity
from flask_corsguard.protocol.checker import Checker
from flask_corsguard.protocol.compiled import CompiledPolicy
from flask_corsguard.protocol.decide import decide
from flask_corsguard.protocol.decision import Enforce
from flask_corsguard.protocol.fields import (
    MAX_LIST_BYTES,
    MAX_LIST_NAMES,
    is_token,
    parse_header_names,
)
from flask_corsguard.protocol.origins import MAX_ORIGIN_BYTES, parse_origin
from flask_corsguard.protocol.patterns import OriginIndex, candidates, parse_pattern
from flask_corsguard.protocol.resources import ResourceMap, check_path
from support.doors import call

__all__ = ["ORACLES", "Oracle"]

Oracle = Callable[[bytes], None]

SEPARATOR = b"\xff"
"""Between the fields of one input; it stands in no UTF-8."""

APP = "https://app.example"
WEB = re.compile(
    r"https?://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:]+\])(?::[1-9][0-9]{0,4})?"
)
OTHER = re.compile(r"[a-z][a-z0-9+.-]*://[A-Za-z0-9._-]*(?::[1-9][0-9]{0,4})?")


def fuzz_origin(data: bytes) -> None:
    """
    What parses as an origin prints as it was, and is made of what origins are made of.
    """
    text = _text(data)
    origin = parse_origin(text)
    if origin is None:
        return
    assert str(origin) == text
    assert len(text) <= MAX_ORIGIN_BYTES
    assert (WEB if origin.scheme in {"http", "https"} else OTHER).fullmatch(text), text
    assert origin.port is None or 0 < origin.port <= 65535
    assert parse_pattern(text) is not None
    assert OriginIndex([text]).lists(text)


def fuzz_pattern(data: bytes) -> None:
    """
    The index gives the answer that holding an origin against each pattern by hand gives.
    """
    *written, asked = map(_text, data.split(SEPARATOR)[:9])
    patterns = [text for text in written if parse_pattern(text) is not None]
    origin = parse_origin(asked)
    if origin is None:
        return
    expected = any(_naive(pattern, asked) for pattern in patterns)
    assert OriginIndex(patterns).allows(origin) is expected, (patterns, asked)
    assert (not patterns or set(patterns).isdisjoint(candidates(origin))) is not expected


def fuzz_header_names(data: bytes) -> None:
    """
    A list of names is tokens in lower case, each once, or it is none.
    """
    text = _text(data)
    names = parse_header_names(text)
    if names is None:
        return
    assert len(text) <= MAX_LIST_BYTES
    assert len(names) <= MAX_LIST_NAMES
    assert len(set(names)) == len(names)
    assert all(is_token(name) and name == name.lower() and name.isascii() for name in names)
    assert set(names) <= {part.strip(" \t").lower() for part in text.split(",")}
    assert parse_header_names(", ".join(names)) == names or len(", ".join(names)) > MAX_LIST_BYTES


def fuzz_path(data: bytes) -> None:
    """
    A tree of sound path patterns finds the same pattern in whatever order they were written.
    """
    *written, path = map(_text, data.split(SEPARATOR)[:9])
    checker = Checker({})
    sound = [text for text in dict.fromkeys(written) if check_path("x", text, checker)]
    assert len(sound) == len(dict.fromkeys(written)) or checker.problems
    found = ResourceMap({text: text for text in sound}).find(f"/{path}")
    assert found is None or found in sound
    assert ResourceMap({text: text for text in reversed(sound)}).find(f"/{path}") == found
    assert found is None or _covers(found, f"/{path}"), (found, path)


def fuzz_config(data: bytes) -> None:
    """
    Whatever stands in `app.config` is read or refused; nothing raises but `PolicyError`.
    """
    fields = [_text(part) for part in data.split(SEPARATOR)[:8]]
    config = {f"CORSGUARD_{key}": value for key, value in zip(KEYS, fields, strict=False)}
    if len(fields) == len(KEYS):
        config[fields[-1]] = fields[0]
    found = read_app_config(config, written={})
    assert all(problem.severity in Severity for problem in found.problems)
    app = Flask("fuzz")
    app.config.update(config)
    try:
        CORSGuard(app)
    except PolicyError as error:
        check_refusal(error)


def fuzz_decide(data: bytes) -> None:
    """
    No request breaks the invariants of `decide()`, and answers that differ vary.
    """
    head, number, other = _head(data)
    policy, enforce = POLICIES[number % len(POLICIES)], ENFORCE[number // 16 % len(ENFORCE)]
    decision = decide(policy, head, enforce=enforce)
    check_decision(decision, head)
    fields = {name: getattr(head, name) for name in RequestHead.__slots__}
    for stranger in (None, APP, "https://evil.example", other):
        second = decide(policy, RequestHead(**{**fields, "origin": stranger}), enforce=enforce)
        if (decision.headers, decision.status) != (second.headers, second.status):
            assert "Origin" in decision.vary, (head, stranger)
            assert "Origin" in second.vary, (head, stranger)
    second = decide(policy, RequestHead(**{**fields, "sec_fetch_site": other}), enforce=enforce)
    if decision.refusal is None and second.refusal is None:
        assert (decision.headers, decision.status) == (second.headers, second.status)


def fuzz_doors(data: bytes) -> None:
    """
    No request gets an answer out of Flask or the middleware that breaks the invariants.
    """
    environ = _environ(data)
    LOUD.clear()
    for name, door in DOORS.items():
        status, headers, _ = call(door, dict(environ))
        check_headers(headers, environ.get("HTTP_ORIGIN"))
        told = {v.lower() for k, line in headers if k == "Vary" for v in line.split(", ")}
        assert "origin" in told or name == "star", (name, status, headers)
    assert not LOUD, LOUD


def check_refusal(error: PolicyError) -> None:
    """
    A refused configuration says what is wrong, in text that every terminal takes.
    """
    assert error.problems
    assert str(error).encode("utf-8")


def check_decision(decision: Decision, head: RequestHead) -> None:
    """
    Hold a decision against the invariants.
    """
    check_headers(decision.headers, head.origin)
    allowed = dict(decision.headers).get("Access-Control-Allow-Origin")
    assert allowed in {None, "*"} or "Origin" in decision.vary
    assert allowed is not None or decision.headers == ()
    assert (decision.reason is None) or decision.outcome.value == "rejected"
    for text in (decision.method, decision.path, decision.origin or "", decision.detail):
        assert text.isascii(), text
        assert text.isprintable(), text
        assert len(text) <= 100 * len("\\U0010ffff")
    assert decision.explanation.isascii()


def check_headers(headers: tuple[tuple[str, str], ...], origin: str | None) -> None:
    """
    Hold response headers against the invariants.
    """
    ours = [(k, v) for k, v in headers if k.lower().startswith("access-control-") or k == "Vary"]
    names = [name.lower() for name, _ in ours]
    assert len(names) == len(set(names)), ours
    for name, value in ours:
        assert value.isascii(), name
        assert value.isprintable(), name
        assert len(value) <= 3 * MAX_LIST_BYTES
    said = dict(ours)
    allowed = said.get("Access-Control-Allow-Origin")
    assert allowed in {None, "*", origin}
    assert allowed in {None, "*"} or str(parse_origin(allowed or "")) == origin
    assert allowed != "*" or "Access-Control-Allow-Credentials" not in said


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _naive(pattern: str, origin: str) -> bool:
    """
    Turn a pattern into a regular expression, character by character.
    """
    text = re.escape(pattern)
    if not pattern.startswith(("http://", "https://")):
        text = re.sub(r"://\\\*$", "://.*", text)
    labels = r"://([a-z0-9_-]+\.)+"
    text = text.replace(r"://\*\.", labels).replace(r":\*", "(:[0-9]+)?")
    return re.fullmatch(text, origin) is not None


def _covers(pattern: str, path: str) -> bool:
    wanted, given = pattern.split("/")[1:], path.split("/")[1:]
    tail = wanted[-1] == "*"
    wanted = wanted[:-1] if tail else wanted
    if len(given) < len(wanted) or (not tail and len(given) != len(wanted)):
        return False
    return all(w == g or (w == "*" and g != "") for w, g in zip(wanted, given, strict=False))


KEYS = ("ORIGINS", "METHODS", "ALLOW_HEADERS", "CREDENTIALS", "MAX_AGE", "RESOURCES", "ENFORCE", "")
ENFORCE: tuple[Enforce, ...] = (False, True, "report")


def _compiled(**options: Any) -> CompiledPolicy:
    return CompiledPolicy(Policy(**{"origins": [APP], **options}), "fuzz")


POLICIES = [
    None,
    CompiledPolicy(None, "same-origin"),
    _compiled(),
    _compiled(origins="*", methods="*", allow_headers="*", expose_headers="*"),
    _compiled(origins=["https://*.app.example", APP], credentials=True, methods="*"),
    _compiled(allow_headers="*", credentials=True, origins=[APP, "capacitor://*"]),
    _compiled(origins=[re.compile(r"https://(a|b)\.app\.example")], credentials=True),
    _compiled(origins=[lambda *_: True], methods=["PUT"], allow_headers=["X-A", "X-B"]),
    _compiled(origins=[lambda *_: None, "http://localhost:*"]),
    _compiled(origins=[lambda *_: 1 / 0]),
    _compiled(origins=[APP, "https://*.app.example:*"], max_age=None, expose_headers=["X-T"]),
]


def _head(data: bytes) -> tuple[RequestHead, int, str]:
    """
    Cut an input into the fields of a request; a field that begins with a dash is not sent.
    """
    fields = [part.decode("latin-1") for part in data.split(SEPARATOR)[:9]]
    fields += [""] * (9 - len(fields))
    number, method, origin, asked, names, site, host, path, other = fields
    sent: dict[str, str | None] = {
        "origin": origin,
        "request_method": asked,
        "request_headers": names,
        "sec_fetch_site": site,
    }
    sent = {k: None if v is not None and v.startswith("-") else v for k, v in sent.items()}
    head = RequestHead(
        method="OPTIONS" if method == "" else method,
        host=host,
        path=f"/{path}",
        websocket=other == "websocket",
        **sent,  # type: ignore[arg-type]
    )
    return head, sum(map(ord, number)), other


def _environ(data: bytes) -> dict[str, Any]:
    head, _, other = _head(data)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": head.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": head.path,
        "QUERY_STRING": "",
        "SERVER_NAME": "api.example",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": head.host,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "HTTP_ORIGIN": head.origin,
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD": head.request_method,
        "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": head.request_headers,
        "HTTP_SEC_FETCH_SITE": head.sec_fetch_site,
        "HTTP_UPGRADE": other,
    }
    return {key: value for key, value in environ.items() if value is not None}


def _echo(text: str) -> Response:
    return Response(text)


def _make_flask(**options: Any) -> Flask:
    app = Flask("fuzz")
    CORSGuard(app, **options)
    methods = ["GET", "PUT"]
    app.add_url_rule("/item", "item", lambda: Response("item"), methods=methods)
    app.add_url_rule("/slash/", "slash", lambda: Response("slash"), methods=methods)
    app.add_url_rule("/number/<int:n>", "number", lambda n: Response(str(n)), methods=methods)
    app.add_url_rule("/any/<path:text>", "any", _echo, methods=["GET", "POST"])
    app.add_url_rule("/boom", "boom", lambda: 1 // 0)
    return app


class _Loud(logging.Handler):
    """
    Collect what is logged at WARNING or above: whoever can send a request could fill the log.
    """

    def emit(self, record: logging.LogRecord) -> None:
        LOUD.append(record.getMessage())


LOUD: list[str] = []
_guarded: dict[str, Any] = {
    "origins": [APP, "https://*.app.example"],
    "credentials": True,
    "allow_headers": "*",
}
DOORS: dict[str, Any] = {
    "flask": _make_flask(**_guarded),
    "fast": _make_flask(**_guarded, enforce=True, fast_path=True),
    "wsgi": CORSMiddleware(_make_flask(origins=["https://other.example"]), **_guarded),
}
logging.getLogger("flask_corsguard").addHandler(_Loud(logging.WARNING))
for _app in (DOORS["flask"], DOORS["fast"], DOORS["wsgi"].app):
    _app.logger.disabled = True  # its own views raise on purpose

ORACLES: dict[str, Oracle] = {
    "origin": fuzz_origin,
    "pattern": fuzz_pattern,
    "header_names": fuzz_header_names,
    "path": fuzz_path,
    "config": fuzz_config,
    "decide": fuzz_decide,
    "doors": fuzz_doors,
}

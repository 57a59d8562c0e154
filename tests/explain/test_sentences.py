"""Every sentence that browsers print about CORS is understood, in every engine."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from flask_corsguard import CORSGuard
from flask_corsguard.explain import Asked, explain, explain_sentence, read_sentence
from flask_corsguard.explain.meanings import meaning_of
from flask_corsguard.testing import Browser, Check, CORSError, Engine
from support.data import load

ROWS: list[dict[str, Any]] = load("messages")
ENGINES = {"chromium": "chromium", "firefox": "firefox", "webkit": "safari"}
APP = "https://app.example.com"

# What each kind of case in messages.json is about. A sentence of an engine may stand for several.
CAUSES = {
    r"(pre-)?acao-missing|nothing|pre-nothing|pre-nocors": {Check.ALLOW_ORIGIN_MISSING},
    r"(pre-)?acao-(mismatch|null|trailing-slash|uppercase|default-port)": {
        Check.ALLOW_ORIGIN_MISMATCH
    },
    r"(pre-)?acao-(empty|bare-host|true)": {Check.ALLOW_ORIGIN_INVALID},
    r"(pre-)?acao-(multiple|list-space|twice|list)": {Check.ALLOW_ORIGIN_MULTIPLE},
    r"pre-status-\d+": {Check.PREFLIGHT_STATUS, Check.PREFLIGHT_REDIRECT},
    r"pre-method-missing": {Check.METHOD_NOT_ALLOWED},
    r"pre-header-missing": {Check.HEADER_NOT_ALLOWED},
}


def label(row: dict[str, Any]) -> str:
    return f"{row['engine']}: {row['message'][:60]}"


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_every_sentence_is_understood(row: dict[str, Any]) -> None:
    reading = read_sentence(row["message"])
    assert reading is not None
    assert reading.engine == ENGINES[row["engine"]]
    assert meaning_of(reading.cause)
    told = explain_sentence(row["message"])
    assert told is not None
    assert told.fix


@pytest.mark.parametrize("row", [r for r in ROWS if "page_origin" in r], ids=label)
def test_the_origin_and_the_url_are_found_where_they_are_named(row: dict[str, Any]) -> None:
    reading = read_sentence(row["message"])
    assert reading is not None
    if "from origin '<ORIGIN>'" in row["template"] or row["template"].startswith("Origin <ORIGIN>"):
        assert reading.origin == row["page_origin"]
    if "<URL>" in row["template"] or "<URL2>" in row["template"]:
        assert re.fullmatch(r"(?:https?|ftp)://[\w.:-]+/[\w./-]*", reading.url)
        assert reading.url in row["message"]


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_a_sentence_says_its_cause(row: dict[str, Any]) -> None:
    reading = read_sentence(row["message"])
    assert reading is not None
    wanted = {
        check
        for pattern, checks in CAUSES.items()
        if re.fullmatch(pattern, row["case"])
        for check in checks
    }
    if wanted and reading.is_specific:
        assert wanted & set(reading.checks)


def say(engine: Engine, **case: Any) -> tuple[Check, str]:
    """Have a browser block, and give the cause and all that it prints."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        asked = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        status, headers = case["preflight"] if asked else case.get("actual", (200, []))
        start_response(f"{status} Answer", headers)
        return []

    page = Browser(app, origin=APP, engine=str(engine))
    with pytest.raises(CORSError) as caught:
        page.fetch("/orders", **case.get("call", {}))
    return caught.value.check, "\n".join(caught.value.console)


ALLOW = ("Access-Control-Allow-Origin", APP)
BLOCKED: dict[str, dict[str, Any]] = {
    "no header": {"actual": (200, [])},
    "another origin": {"actual": (200, [("Access-Control-Allow-Origin", "https://b.example")])},
    "two": {"actual": (200, [ALLOW, ALLOW])},
    "star": {
        "actual": (200, [("Access-Control-Allow-Origin", "*")]),
        "call": {"credentials": "include"},
    },
    "no credentials": {"actual": (200, [ALLOW]), "call": {"credentials": "include"}},
    "method": {"preflight": (204, [ALLOW]), "call": {"method": "PUT"}},
    "header": {"preflight": (204, [ALLOW]), "call": {"headers": {"X-Trace": "1"}}},
    "status": {"preflight": (401, [ALLOW]), "call": {"method": "PUT"}},
    "redirect": {
        "preflight": (302, [ALLOW, ("Location", "/login")]),
        "call": {"method": "PUT"},
    },
    "token": {
        "preflight": (204, [ALLOW, ("Access-Control-Allow-Methods", "P U T")]),
        "call": {"method": "PUT"},
    },
}


@pytest.mark.parametrize("engine", Engine)
@pytest.mark.parametrize("name", BLOCKED)
def test_what_the_test_browser_says_is_understood(engine: Engine, name: str) -> None:
    check, lines = say(engine, **BLOCKED[name])
    reading = read_sentence(lines)
    assert reading is not None
    assert check in reading.checks
    assert reading.url == "https://api.example/orders"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("app.js:12 ", ""),
        ("[Error] ", " (orders, line 0)"),
        ("", " [Learn More]"),
        ('"', '"'),
        ("\n\n   ", "\n\napp.js:14 GET https://api.example/orders net::ERR_FAILED 200 (OK)"),
    ],
)
def test_what_stands_around_a_sentence_does_not_matter(before: str, after: str) -> None:
    for engine in Engine:
        check, lines = say(engine, **BLOCKED["no header"])
        reading = read_sentence(f"{before}{lines.splitlines()[0]}{after}")
        assert reading is not None
        assert check in reading.checks


def test_a_sentence_that_was_wrapped_is_understood() -> None:
    _, lines = say(Engine.CHROMIUM, **BLOCKED["method"])
    reading = read_sentence(lines.splitlines()[0].replace(" ", "\n", 9))
    assert reading is not None
    assert (reading.cause, reading.subject) == ("method-not-allowed", "PUT")


def test_straight_quotes_are_as_good_as_firefoxs() -> None:
    _, lines = say(Engine.FIREFOX, **BLOCKED["header"])
    reading = read_sentence(lines.replace("‘", "'").replace("’", "'"))
    assert reading is not None
    assert reading.subject == "x-trace"


@pytest.mark.parametrize("text", ["", "TypeError: Failed to fetch", "404 Not Found", "x" * 5000])
def test_what_is_no_such_sentence_is_not_understood(text: str) -> None:
    assert read_sentence(text) is None


def shop(**options: Any) -> tuple[Flask, Any]:
    app = Flask("shop")
    app.add_url_rule("/orders", "orders", lambda: "", methods=["GET", "PUT"])
    CORSGuard(app, **options)
    return app, app.extensions["corsguard"].make_plan()


@pytest.mark.parametrize("engine", Engine)
@pytest.mark.parametrize(
    ("call", "options"),
    [
        ({}, {"origins": "https://other.example"}),
        ({"method": "DELETE"}, {"origins": APP}),
        ({"headers": ("X-Trace",)}, {"origins": APP}),
        ({"credentials": True}, {"origins": APP}),
        ({"credentials": True}, {"origins": "*"}),
    ],
)
def test_the_application_says_why_it_happened(
    engine: Engine, call: dict[str, Any], options: dict[str, Any]
) -> None:
    app, plan = shop(**options)
    asked = Asked(url="https://api.example/orders", origin=APP, **call)
    first = explain(app, plan, asked)
    sentence = next(each.sentence for each in first.browsers if each.engine == engine)
    hint = Asked(url=asked.url, origin=APP, method=asked.method)
    told = explain_sentence(sentence, app, plan, hint)
    assert told is not None
    assert told.agrees is True
    assert told.explanation is not None
    assert told.explanation.remedy == first.remedy


def test_an_application_that_allows_it_is_not_what_runs_there() -> None:
    app, plan = shop(origins=APP)
    _, lines = say(Engine.CHROMIUM, **BLOCKED["no header"])
    told = explain_sentence(lines, app, plan)
    assert told is not None
    assert told.agrees is False
    assert "probe" in told.verdict


@pytest.mark.parametrize(
    ("status", "cause"), [("401", "preflight-status"), ("301", "preflight-redirect")]
)
def test_safaris_one_sentence_for_two_causes_is_told_apart_by_its_status(
    status: str, cause: str
) -> None:
    reading = read_sentence(f"Preflight response is not successful. Status code: {status}")
    assert reading is not None
    assert (reading.cause, reading.status) == (cause, status)

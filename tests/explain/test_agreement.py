"""
What is explained is what is done: every case of `protocol.json`, explained and really asked.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from flask_corsguard import CORSGuard, PolicyError
from flask_corsguard.explain import Asked, explain
from flask_corsguard.explain.standin import StandIn
from flask_corsguard.serving import Serving
from flask_corsguard.testing import Browser, CORSError
from support.cases_app import make_app
from support.data import load, options
from support.doors import Request, call, environ_of

CASES: list[dict[str, Any]] = load("protocol")
SINGLE = [case for case in CASES if case["kind"] in {"single", "relation"}]
REQUESTS = [
    pytest.param(case, request, id=f"{case['id']}-{number}")
    for case in SINGLE
    for number, request in enumerate(case.get("requests") or [case["request"]])
]
OURS = (
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "vary",
)
OF_VIEWS = {
    # What the view itself adds beside the guard's answer, and a decision cannot know.
    "/own-expose": {"access-control-expose-headers"},
    "/vary": {"vary"},
    "/vary-star": {"vary"},
    "/own-acao": {"access-control-allow-origin"},
}


def guarded(case: dict[str, Any], **more: Any) -> tuple[Flask, Serving]:
    app = make_app()
    given = options(case["policy"] or {})
    given.pop("applied_twice", None)
    try:
        CORSGuard(app, **{**given, **more})
    except PolicyError:
        if case["expect"].get("config_may_reject"):
            CORSGuard(app)
        else:
            raise
    return app, app.extensions["corsguard"]


def ours(headers: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in headers:
        if name.lower() in OURS:
            found.setdefault(name.lower(), []).append(value)
    return found


@pytest.mark.parametrize(("case", "asked"), REQUESTS)
def test_the_explained_answer_is_the_real_one(case: dict[str, Any], asked: dict[str, Any]) -> None:
    app, serving = guarded(case)
    request = Request.of(asked)
    status, real, _ = call(app, environ_of(request))
    answered = StandIn(app, serving.make_plan()).answer(environ_of(request))
    explained, seen = ours(answered.headers), ours(real)
    path = request.path.partition("?")[0]
    governed = answered.policy is not None
    skipped = OF_VIEWS.get(path, set()) if governed else set(OURS)
    if path == "/vary-origin":
        seen["vary"] = [value.title() for value in seen["vary"]]
    without = {name: values for name, values in explained.items() if name not in skipped}
    assert without == {name: values for name, values in seen.items() if name not in skipped}
    if answered.decision.status is not None or answered.routed.endpoint is None:
        assert answered.status == status


STATUS = re.compile(r"Status code: \d+")
FETCHES = [
    pytest.param(case, id=case["id"])
    for case in CASES
    if case["kind"] == "single" and case["expect"].get("browser")
]


def fetch_of(case: dict[str, Any]) -> Asked | None:
    """Make the call of `fetch()` that leads to the request of a case, if one does."""
    request, browser = Request.of(case["request"]), case["expect"]["browser"]
    preflight = request.method == "OPTIONS" and "method" in browser
    method = browser["method"] if preflight else request.method
    names = (request.get("Access-Control-Request-Headers") or "") if preflight else ""
    if method in {"CONNECT", "TRACE", "TRACK"} or not method.isalpha():
        return None
    headers = [name.strip() for name in names.split(",") if name.strip()]
    if any(not name.replace("-", "").isalnum() for name in headers):
        return None
    return Asked(
        url=f"https://api.example{request.path}",
        origin=browser.get("page") or request.get("Origin") or "",
        method=method,
        headers=tuple(f"{name}: x" for name in headers),
        credentials=browser.get("credentials") == "include",
    )


@pytest.mark.parametrize("case", FETCHES)
@pytest.mark.parametrize("engine", ["chromium", "firefox", "safari"])
def test_the_explained_verdict_is_that_of_a_browser_that_really_asks(
    case: dict[str, Any], engine: str
) -> None:
    app, serving = guarded(case)
    hooks = app.before_request_funcs[None]
    # The cases' own login check is no part of CORS.
    app.before_request_funcs[None] = [h for h in hooks if h.__name__ != "_login_check"]
    asked = fetch_of(case)
    if asked is None:
        return
    try:
        page = Browser(app, origin=asked.origin, engine=engine, strict=False)
    except ValueError:
        return  # an origin that no page can have
    explained = explain(app, serving.make_plan(), asked)
    verdict = next(each for each in explained.browsers if each.engine == engine)
    shares, sentence = really(page, asked)
    assert verdict.shares is shares
    # What status a view answers with is not known until it runs.
    assert STATUS.sub("", verdict.sentence) == STATUS.sub("", sentence)


def really(page: Browser, asked: Asked) -> tuple[bool, str]:
    try:
        page.fetch(
            asked.url, method=asked.method, headers=asked.header_lines, credentials=asked.mode
        )
    except CORSError as error:
        return False, error.sentence
    return True, ""


def test_most_cases_are_calls_of_fetch() -> None:
    calls = [case for param in FETCHES for case in param.values if fetch_of(case)]
    assert len(calls) > 80


def test_no_view_and_no_hook_runs() -> None:
    app, ran = Flask("shop"), list[str]()
    app.before_request(lambda: ran.append("hook"))
    app.add_url_rule("/order", "order", lambda: ran.append("view") or "", methods=["DELETE", "GET"])
    CORSGuard(app, origins=["https://app.example.com"])
    plan = app.extensions["corsguard"].make_plan()
    for method in ("GET", "DELETE"):
        asked = Asked(url="/order", origin="https://app.example.com", method=method)
        assert explain(app, plan, asked).allowed
    assert ran == []


def test_a_misspelt_path_is_answered_with_the_nearest_route() -> None:
    app = make_app()
    CORSGuard(app, origins="*")
    asked = Asked(url="/itme", origin="https://app.example.com")
    steps = explain(app, app.extensions["corsguard"].make_plan(), asked).steps
    (route,) = [step.text for step in steps if step.title == "Route"]
    assert route.endswith("answers 404. Did you mean /item?")

"""
The package itself: its names come when they are asked for.
"""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import flask_corsguard
from flask_corsguard import CORSGuard, Decision, cors_decided


def test_the_public_names_are_listed_and_an_unknown_one_is_an_error() -> None:
    assert set(flask_corsguard.__all__) <= set(dir(flask_corsguard))
    with pytest.raises(AttributeError, match="no attribute 'CORS'"):
        _ = flask_corsguard.CORS  # type: ignore[attr-defined]


def test_a_proxy_fix_inside_of_the_fast_path_is_refused_with_the_fix() -> None:
    app = Flask("inside")
    app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match=r"ProxyFix\(app.wsgi_app\) after CORSGuard"):
        CORSGuard(app, origins="*", fast_path=True)
    CORSGuard(app, origins="*")


def test_muted_signals_are_not_sent() -> None:
    app = Flask("muted")
    CORSGuard(app, origins="https://a.example")
    heard: list[Decision] = []

    def listen(sender: object, decision: Decision) -> None:
        del sender
        heard.append(decision)

    with cors_decided.connected_to(listen):
        with cors_decided.muted():
            app.test_client().get("/", headers={"Origin": "https://a.example"})
        app.test_client().get("/", headers={"Origin": "https://a.example"})
    assert len(heard) == 1


def test_a_store_that_fails_is_loud_once_a_minute_and_policy(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter([0.0, 1.0, 61.0])
    monkeypatch.setattr("flask_corsguard.reporting.monotonic", lambda: next(seconds))

    def broken(origin: str, head: object) -> bool:
        raise ConnectionError

    app = Flask("broken")
    CORSGuard(app, origins=broken)
    caplog.set_level(logging.ERROR, "flask_corsguard")
    for _ in range(3):
        app.test_client().get("/", headers={"Origin": "https://a.example"})
    assert [record.message for record in caplog.records] == ["CORS request rejected"] * 2


def test_a_hook_answers_in_a_context_made_by_hand_too() -> None:
    app = Flask("by hand")
    CORSGuard(app, origins="https://a.example")
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    with app.test_request_context("/", method="OPTIONS", headers=asked):
        response = app.preprocess_request()
    assert response is not None
    assert response.status_code == 204  # type: ignore[union-attr]
    with app.test_request_context("/"):
        assert app.preprocess_request() is None

"""
The panel in the real Flask-DebugToolbar.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_debugtoolbar import DebugToolbarExtension

from flask_corsguard import CORSGuard
from flask_corsguard.errors import MissingExtraError
from flask_corsguard.inspector import CORSInspector
from flask_corsguard.inspector.recorder import recorder_of
from inspector.conftest import FRIEND, STRANGER

PANEL = "flask_corsguard.contrib.debug_toolbar.CORSPanel"


@pytest.fixture
def app() -> Iterator[Flask]:
    app = Flask("pages", static_folder=None)
    app.debug = True
    app.config.update(SECRET_KEY="s", DEBUG_TB_PANELS=[PANEL])
    DebugToolbarExtension(app)
    app.add_url_rule("/", "page", lambda: "<html><body>Hello.</body></html>")
    yield app
    recorder_of(app).stop()


def test_the_panel_shows_the_last_decisions(app: Flask) -> None:
    CORSGuard(app, origins=FRIEND, name="front-end")
    client = app.test_client()
    assert "No decisions yet." in client.get("/").text
    client.get("/", headers={"Origin": FRIEND})
    client.options("/", headers={"Origin": STRANGER, "Access-Control-Request-Method": "PUT"})
    page = client.get("/").text
    assert "Hello." in page
    assert "1 of 2 rejected" in page
    assert page.index(STRANGER) < page.index(FRIEND)
    assert "<strong>origin-not-allowed</strong>" in page
    assert "PUT (preflight)" in page
    assert "front-end" in page


def test_markup_in_the_panel_is_escaped(app: Flask) -> None:
    CORSGuard(app, origins=FRIEND)
    client = app.test_client()
    markup = "<img src=x onerror=alert(1)>"
    client.get(f"/{markup}", headers={"Origin": f"https://{markup}"})
    page = client.get("/").text
    assert markup not in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") == 2


def test_the_panel_and_the_inspector_remember_together(app: Flask) -> None:
    CORSInspector(app, CORSGuard(app, origins=FRIEND))
    client = app.test_client()
    client.get("/", headers={"Origin": STRANGER})
    assert client.get("/corsguard/state.json").json["totals"]["rejected"] == 1
    assert "1 of 1 rejected" in client.get("/").text


def test_the_toolbar_leaves_the_inspectors_page_alone(app: Flask) -> None:
    CORSInspector(app, CORSGuard(app, origins=FRIEND))
    assert "flDebug" not in app.test_client().get("/corsguard/").text


def test_without_the_toolbar_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    name = PANEL.rpartition(".")[0]
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "flask_debugtoolbar.panels", None)
    with pytest.raises(MissingExtraError, match=r"flask-corsguard\[debugtoolbar\]"):
        importlib.import_module(name)

"""
What the page can ask, and that the answers are those of `flask_corsguard.explain`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_corsguard.explain import Asked, explain, explain_sentence, to_plain
from flask_corsguard.inspector.recorder import recorder_of
from inspector.conftest import FRIEND, STRANGER, look

SENTENCES = {
    "chromium": (
        f"Access to fetch at 'http://localhost/api/orders' from origin '{STRANGER}' has been "
        "blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the "
        "requested resource."
    ),
    "firefox": (
        "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote "
        "resource at http://localhost/api/orders. (Reason: CORS header "
        "‘Access-Control-Allow-Origin’ missing). Status code: 200."
    ),
    "safari": f"Origin {STRANGER} is not allowed by Access-Control-Allow-Origin. Status code: 200",
}


def plan_of(app: Flask) -> Any:
    return app.extensions["corsguard"].make_plan()


def test_a_request_is_explained_as_explain_does(shop: Flask, client: FlaskClient) -> None:
    asked = {"url": "/api/orders/7", "origin": STRANGER, "method": "DELETE", "credentials": "1"}
    headers = ["Content-Type: application/json", "X-Trace"]
    found = look(client, "explain.json", **asked, header=headers)
    wise = found.pop("wise")
    question = Asked(
        url="/api/orders/7",
        origin=STRANGER,
        method="DELETE",
        headers=tuple(headers),
        credentials=True,
    )
    expected = explain(shop, plan_of(shop), question, base="http://localhost/")
    assert found == to_plain(expected)
    assert not found["allowed"]
    assert expected.remedy is not None
    assert wise == expected.remedy.wise.value


def test_no_view_is_run_and_nothing_is_counted(shop: Flask, client: FlaskClient) -> None:
    found = look(client, "explain.json", url="/api/orders/7", origin=FRIEND, method="DELETE")
    assert found["allowed"]
    assert recorder_of(shop).snapshot().last == 0


def test_a_path_is_relative_to_where_the_page_is(client: FlaskClient) -> None:
    asked = {"url": "/prices", "origin": STRANGER}
    response = client.get(
        "/corsguard/explain.json", query_string=asked, base_url="https://shop.example:8443"
    )
    assert response.json is not None
    assert response.json["url"] == "https://shop.example:8443/prices"


@pytest.mark.parametrize("engine", SENTENCES)
def test_a_line_of_the_console_is_explained_as_explain_does(
    shop: Flask, client: FlaskClient, engine: str
) -> None:
    found = look(client, "sentence.json", text=SENTENCES[engine], origin=STRANGER)
    expected = explain_sentence(
        SENTENCES[engine], shop, plan_of(shop), Asked(url="", origin=STRANGER)
    )
    assert expected is not None
    assert found.pop("verdict") == expected.verdict
    found.pop("wise")
    assert found == to_plain(expected)
    assert found["reading"]["engine"] == engine


@pytest.mark.parametrize(
    ("name", "asked", "said"),
    [
        ("explain.json", {}, "It takes a URL"),
        ("explain.json", {"url": "/", "origin": " "}, "the origin of the page"),
        ("explain.json", {"url": "/", "origin": "example.com"}, "example.com"),
        ("explain.json", {"url": "/", "origin": FRIEND, "method": "TRACE"}, "TRACE"),
        ("explain.json", {"url": "/" + "x" * 1000, "origin": FRIEND}, "url is longer than 1000"),
        ("explain.json", {"url": "/", "origin": "x" * 327}, "origin is longer than 326"),
        ("explain.json", {"url": "/", "origin": FRIEND, "method": "x" * 65}, "longer than 64"),
        ("explain.json", {"url": "/", "origin": FRIEND, "header": "x" * 201}, "longer than 200"),
        ("explain.json", {"url": "/", "origin": FRIEND, "header": ["a"] * 11}, "10 headers at"),
        ("sentence.json", {}, "no line that Chromium, Firefox or Safari print"),
        ("sentence.json", {"text": "Something went wrong."}, "no line that Chromium"),
        ("sentence.json", {"text": "x" * 1501}, "text is longer than 1500"),
        ("state.json", {"after": "x" * 1001}, "after is longer than 1000"),
    ],
)
def test_a_question_without_an_answer_is_told_why(
    client: FlaskClient, name: str, asked: dict[str, Any], said: str
) -> None:
    response = client.get(f"/corsguard/{name}", query_string=asked)
    assert response.status_code == 400
    assert said in json.loads(response.text)["error"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "asked",
    [
        {"url": "http://[", "origin": FRIEND},
        {"url": "/\x00%ff%", "origin": FRIEND},
        {"url": "//", "origin": FRIEND},
        {"url": "/", "origin": "null"},
        {"url": "/", "origin": FRIEND, "method": "\x00"},
        {"url": "/", "origin": FRIEND, "header": "a\r\nb: c"},
        {"url": "/\N{SNOWMAN}", "origin": "https://\N{SNOWMAN}.example"},
        {"url": "http://user:pw@localhost:99999/", "origin": FRIEND},
        {"url": "/\ud800", "origin": FRIEND},
    ],
)
def test_no_question_is_an_internal_error(client: FlaskClient, asked: dict[str, str]) -> None:
    pairs = {key: value.encode("utf-8", "surrogatepass") for key, value in asked.items()}
    response = client.get("/corsguard/explain.json", query_string=pairs)
    assert response.status_code in {200, 400}


def test_the_routes_and_what_governs_them(client: FlaskClient) -> None:
    found = look(client, "routes.json")
    rows = {row["rule"]: row for row in found["routes"]}
    sources = {rule: row["governing"]["source"] for rule, row in rows.items()}
    assert sources == {
        "/api/orders": "rule",
        "/api/orders/<int:number>": "rule",
        "/prices": "view",
        "/admin": "view",
        "/health": "none",
    }
    assert rows["/api/orders"]["governing"]["origins"] == [FRIEND]
    assert rows["/admin"]["governing"]["closed"]
    assert found["uncovered"] == ["/health"]
    idle = {row["place"]: row["nothing"] for row in found["rules"]}
    assert idle == {"resources['/api/*']": False, "resources['/old/*']": True}

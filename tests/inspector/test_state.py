"""
What the inspector remembers, how much of it, and that strangers' text is text.
"""

from __future__ import annotations

import gc
import json
import weakref
from itertools import count
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_corsguard import CORSGuard, Decision, Kind, Outcome, Reason, cors_decided
from flask_corsguard.inspector import CORSInspector
from flask_corsguard.inspector.recorder import MINUTES, Recorder, recorder_of
from inspector.conftest import FRIEND, STRANGER, MakeShop, look

MARKUP = "<img src=x onerror=alert(1)>\"'&</script><script>alert(2)</script>"
PREFLIGHT = {"Origin": FRIEND, "Access-Control-Request-Method": "DELETE"}


def ask(client: FlaskClient, origin: str = STRANGER, path: str = "/api/orders") -> None:
    client.get(path, headers={"Origin": origin})


def decision(**changes: Any) -> Decision:
    usual: dict[str, Any] = {
        "kind": Kind.ACTUAL,
        "outcome": Outcome.REJECTED,
        "reason": Reason.ORIGIN_NOT_ALLOWED,
        "policy": "p",
        "method": "GET",
        "path": "/",
        "origin": STRANGER,
    }
    return Decision(**{**usual, **changes})


def test_a_decision_is_there_with_its_reason(client: FlaskClient) -> None:
    ask(client)
    (found,) = look(client)["decisions"]
    at, explanation = found.pop("at"), found.pop("explanation")
    assert found == {
        "number": 1,
        "kind": "actual",
        "outcome": "rejected",
        "reason": "origin-not-allowed",
        "policy": "resources['/api/*']",
        "method": "GET",
        "path": "/api/orders",
        "origin": STRANGER,
        "detail": "",
        "refusal": None,
    }
    assert isinstance(at, float)
    assert explanation.startswith(f"CORS: GET /api/orders from {STRANGER}: rejected.")


def test_only_what_is_new_is_given_again(client: FlaskClient) -> None:
    ask(client)
    first = look(client)
    ask(client, FRIEND)
    known = f"{first['process']}.{first['last']}"
    second = look(client, after=f"0badcafe-1.77,{known}")
    assert [each["number"] for each in second["decisions"]] == [2]
    assert look(client, after=f"{first['process']}.2")["decisions"] == []
    assert len(look(client, after="0badcafe-1.77")["decisions"]) == 2


@pytest.mark.parametrize("after", ["x", "1", "-.-", "a-b.", "'\"<>", "a-1.99999999999999999999"])
def test_what_is_known_may_be_nonsense(client: FlaskClient, after: str) -> None:
    ask(client)
    assert len(look(client, after=after)["decisions"]) == 1


def test_the_totals_count_kinds_and_outcomes(client: FlaskClient) -> None:
    ask(client)
    ask(client, FRIEND)
    client.options("/api/orders/1", headers=PREFLIGHT)
    client.get("/health")
    found = look(client)
    assert found["totals"] == {"decided": 3, "rejected": 1, "preflights": 1, "refused": 0}
    (minute,) = found["minutes"][-1:]
    assert minute["origins"] == {STRANGER: 1}


def test_a_refused_request_is_counted_once() -> None:
    app = Flask("strict", static_folder=None)
    app.debug = True
    CORSInspector(app, CORSGuard(app, origins=FRIEND, enforce=True))
    client = app.test_client()
    try:
        client.post("/", headers={"Origin": STRANGER})
        client.post("/", headers={"Sec-Fetch-Site": "cross-site"})
        found = look(client)
    finally:
        recorder_of(app).stop()
    assert found["totals"] == {"decided": 1, "rejected": 1, "preflights": 0, "refused": 2}
    assert [each["refusal"] for each in found["decisions"]] == ["refused", "refused"]
    assert [each["kind"] for each in found["decisions"]] == ["actual", "not-cors"]


def test_the_inspector_does_not_count_itself(client: FlaskClient) -> None:
    for path in ("/corsguard", "/corsguard/", "/corsguard/state.json", "/corsguard/nowhere"):
        ask(client, path=path)
        client.options(path, headers=PREFLIGHT)
    assert look(client)["totals"]["decided"] == 0
    ask(client, path="/corsguardian")
    assert look(client)["totals"]["decided"] == 1


def test_markup_stays_text(client: FlaskClient) -> None:
    client.get("/api/" + MARKUP.replace("?", ""), headers={"Origin": f"https://{MARKUP}"})
    response = client.get("/corsguard/state.json")
    assert response.mimetype == "application/json"
    assert not {"<", ">", "&"} & set(response.text)
    (found,) = response.json["decisions"]  # type: ignore[index]
    assert "<img src=x onerror=alert(1)>" in found["path"]
    assert "<img src=x onerror=alert(1)>" in found["origin"]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("explain.json", {"url": f"/{MARKUP}", "origin": FRIEND}),
        ("explain.json", {"url": "/", "origin": MARKUP}),
        ("explain.json", {"url": "/", "origin": FRIEND, "method": MARKUP}),
        ("explain.json", {"url": "/", "origin": FRIEND, "header": MARKUP}),
        ("sentence.json", {"text": MARKUP}),
        (
            "sentence.json",
            {
                "text": f"Access to fetch at 'https://a.example/{MARKUP.replace(' ', '')}' from "
                f"origin '{FRIEND}' has been blocked by CORS policy: No "
                "'Access-Control-Allow-Origin' header is present on the requested resource."
            },
        ),
    ],
)
def test_markup_in_a_question_stays_text(
    client: FlaskClient, name: str, asked: dict[str, str]
) -> None:
    response = client.get(f"/corsguard/{name}", query_string=asked)
    assert response.status_code in {200, 400}
    assert response.mimetype == "application/json"
    assert not {"<", ">", "&"} & set(response.text)


def test_the_memory_is_bounded() -> None:
    clock = count(0, 7)
    recorder = Recorder(50, clock=lambda: float(next(clock)))
    for number in range(3000):
        origin = f"https://{number}.example"
        recorder.record(decision(origin=origin, path=f"/{number}"))
    found = recorder.snapshot(top=1000)
    assert found.last == 3000
    assert [entry.number for entry in found.entries] == list(range(2951, 3001))
    assert len(found.minutes) <= MINUTES
    assert all(len(minute.origins) <= 12 for minute in found.minutes)
    assert len(found.top) <= 100


def test_the_inspector_says_how_many_decisions_are_remembered(make_shop: MakeShop) -> None:
    client = make_shop(decisions=3).test_client()
    for _ in range(5):
        ask(client)
    assert [each["number"] for each in look(client)["decisions"]] == [3, 4, 5]


def test_an_origin_that_a_minute_does_not_name_is_counted_all_the_same() -> None:
    recorder = Recorder(clock=lambda: 30.0)
    for number in range(20):
        recorder.record(decision(origin=f"https://{number}.example"))
    (minute,) = recorder.snapshot().minutes
    assert minute.totals.rejected == 20
    assert len(minute.origins) == sum(minute.origins.values()) == 12
    assert minute.others == 8


def test_what_is_older_than_an_hour_is_left_out() -> None:
    now = [0.0]
    recorder = Recorder(clock=lambda: now[0])
    recorder.record(decision())
    now[0] = 59 * 60.0
    assert len(recorder.snapshot().minutes) == 1
    now[0] = 60 * 60.0
    assert recorder.snapshot().minutes == ()
    assert recorder.snapshot().totals.decided == 1


def test_a_clock_that_is_put_back_hurts_nobody() -> None:
    now = [7200.0]
    recorder = Recorder(clock=lambda: now[0])
    for seconds in (7200.0, 60.0, 7260.0, 0.0):
        now[0] = seconds
        recorder.record(decision())
    assert recorder.snapshot().totals.decided == 4


def test_many_threads_lose_nothing() -> None:
    recorder = Recorder(10)
    threads = [
        Thread(target=lambda: [recorder.record(decision()) for _ in range(500)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = recorder.snapshot()
    assert found.last == found.totals.rejected == found.top[0].count == 2000


def test_a_snapshot_is_of_its_moment() -> None:
    recorder = Recorder(clock=lambda: 0.0)
    recorder.record(decision())
    found = recorder.snapshot()
    recorder.record(decision())
    assert found.totals.decided == found.minutes[0].totals.decided == 1
    assert found.minutes[0].origins == {STRANGER: 1}


def test_an_application_that_is_gone_is_forgotten() -> None:
    app = Flask("short-lived", static_folder=None)
    app.debug = True
    CORSInspector(app, CORSGuard(app, origins=FRIEND))
    before, gone = len(cors_decided.receivers), weakref.ref(app)
    del app
    gc.collect()
    assert gone() is None
    assert len(cors_decided.receivers) < before


def test_nothing_is_watched_where_nobody_may_look(make_shop: MakeShop) -> None:
    app = make_shop(debug=False)
    client = app.test_client()
    ask(client)
    client.get("/corsguard/")
    assert recorder_of(app).since is None
    assert not list(cors_decided.receivers_for(app))


def test_everything_that_is_given_is_plain_json(client: FlaskClient) -> None:
    ask(client)
    ask(client, "null")
    found = look(client)
    assert json.loads(json.dumps(found)) == found
    assert {each["origin"]: each["count"] for each in found["top"]} == {STRANGER: 1, "null": 1}
    assert found["since"] <= found["now"]

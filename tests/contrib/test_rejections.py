"""
Who is turned away most often can be seen, in bounded memory, and nobody can fill the log.
"""

from __future__ import annotations

import gc
import json
import logging
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, current_app

from flask_corsguard import CORSGuard, CORSMiddleware, Reason, cors_decided, origin_rejected
from flask_corsguard.contrib.rejections import RejectedOrigins

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

ALLOWED = "https://app.example.com"
STRANGER = "https://stranger.example"


def make_app() -> Flask:
    app = Flask("shop")
    CORSGuard(app, origins=[ALLOWED])
    app.add_url_rule("/orders", view_func=lambda: "[]", endpoint="orders", methods=["GET", "PUT"])
    return app


def get(app: Flask, origin: str = STRANGER, **headers: str) -> None:
    app.test_client().get("/orders", headers={"Origin": origin, **headers})


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_rejected_origin_is_counted_with_why() -> None:
    app, clock = make_app(), Clock()
    table = RejectedOrigins(app, clock=clock)
    get(app)
    clock.now += 5
    get(app)
    (row,) = table.top()
    assert (row.origin, row.count, row.error, row.certain) == (STRANGER, 2, 0, 2)
    assert row.reasons == {Reason.ORIGIN_NOT_ALLOWED: 2}
    assert (row.policy, row.method, row.path) == ("guard", "GET", "/orders")
    assert (row.first_seen, row.last_seen) == (1000.0, 1005.0)
    assert (table.total, table.tracked) == (2, 1)


def test_a_rejected_preflight_of_an_allowed_origin_is_counted() -> None:
    app = make_app()
    table = RejectedOrigins(app)
    asks = {"Origin": ALLOWED, "Access-Control-Request-Method": "DELETE"}
    app.test_client().options("/orders", headers=asks)
    (row,) = table.top()
    assert (row.origin, dict(row.reasons)) == (ALLOWED, {Reason.METHOD_NOT_ALLOWED: 1})


def test_what_is_allowed_is_not_counted() -> None:
    app = make_app()
    table = RejectedOrigins(app)
    get(app, ALLOWED)
    get(app, STRANGER, **{"Sec-Fetch-Site": "same-origin"})
    assert table.top() == ()
    assert table.total == 0


def test_a_row_can_be_written_as_json() -> None:
    app = make_app()
    table = RejectedOrigins(app, clock=Clock())
    get(app)
    row = json.loads(json.dumps(table.top()[0].to_dict()))
    assert row["origin"] == STRANGER
    assert row["reasons"] == {"origin-not-allowed": 1}
    assert row["first_seen"] == 1000.0


def test_made_up_origins_neither_fill_the_table_nor_push_out_the_frequent_one() -> None:
    app = make_app()
    table = RejectedOrigins(app, capacity=10)
    for number in range(100):
        get(app, f"https://made-up-{number}.example")
        get(app)
    assert table.tracked == 10
    assert table.total == 200
    assert table.top(1)[0].origin == STRANGER
    assert table.top(1)[0].certain <= 100 <= table.top(1)[0].count


def test_hostile_text_is_kept_short_and_escaped() -> None:
    app = make_app()
    table = RejectedOrigins(app)
    get(app, "https://\xff<script>" + "x" * 1000)
    (row,) = table.top()
    assert row.origin.isascii()
    assert len(row.origin) < 120


def test_an_origin_at_volume_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    app = make_app()
    table = RejectedOrigins(app, notable=3)
    with caplog.at_level(logging.WARNING, "flask_corsguard"):
        for _ in range(7):
            get(app)
    (record,) = caplog.records
    seen: Any = record
    assert record.getMessage() == "A rejected origin is seen at volume"
    assert (seen.cors_origin, seen.cors_count) == (STRANGER, 3)
    assert (seen.cors_reason, seen.cors_policy) == ("origin-not-allowed", "guard")
    assert table.notable_seen == 1


def test_nobody_fills_the_log(caplog: pytest.LogCaptureFixture) -> None:
    app, clock = make_app(), Clock()
    table = RejectedOrigins(app, notable=1, clock=clock)
    with caplog.at_level(logging.WARNING, "flask_corsguard"):
        for number in range(50):
            get(app, f"https://made-up-{number}.example")
        assert len(caplog.records) == 1
        clock.now += 61
        get(app, "https://late.example")
    assert [getattr(r, "cors_origin", "") for r in caplog.records][1:] == ["https://late.example"]
    assert table.notable_seen == 51


def test_a_new_origin_is_not_notable_for_the_place_that_it_took() -> None:
    app = make_app()
    table = RejectedOrigins(app, capacity=1, notable=5)
    for number in range(20):
        get(app, f"https://made-up-{number}.example")
    assert table.top()[0].count == 20
    assert table.top()[0].certain == 1
    assert table.notable_seen == 0


def test_it_begins_anew_when_it_is_cleared() -> None:
    app = make_app()
    table = RejectedOrigins(app, notable=1)
    get(app)
    table.clear()
    assert (table.total, table.tracked, table.notable_seen, table.top()) == (0, 0, 0, ())


def test_every_thread_is_counted() -> None:
    app = make_app()
    table = RejectedOrigins(app, capacity=5)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: get(app, f"https://made-up-{n % 9}.example"), range(400)))
    finally:
        sys.setswitchinterval(interval)
    assert table.total == 400
    assert sum(row.count for row in table.top(5)) == 400


def test_the_middleware_can_be_watched() -> None:
    def bare(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [])
        return []

    middleware = CORSMiddleware(bare, origins=[ALLOWED])
    table = RejectedOrigins(middleware)
    middleware(
        {"REQUEST_METHOD": "GET", "HTTP_ORIGIN": STRANGER, "PATH_INFO": "/"},
        lambda *_: lambda _: None,
    )
    assert table.total == 1


def test_applications_are_told_apart() -> None:
    watched, other = make_app(), make_app()
    table = RejectedOrigins(watched)
    get(other)
    assert table.total == 0
    table.watch(other)
    get(other)
    get(watched)
    assert table.total == 2


def test_it_lives_as_long_as_its_application_and_no_longer() -> None:
    app = make_app()
    alive = weakref.ref(RejectedOrigins(app))
    gc.collect()
    get(app)
    table = alive()
    assert table is not None
    assert table.total == 1
    del app, table
    gc.collect()
    assert alive() is None


def test_what_is_closed_counts_nothing() -> None:
    app = make_app()
    table = RejectedOrigins(app)
    table.close()
    get(app)
    assert table.total == 0


def test_allowed_requests_stay_quick() -> None:
    app = make_app()
    RejectedOrigins(app)
    assert list(origin_rejected.receivers_for(app))
    assert not list(cors_decided.receivers_for(app))


@pytest.mark.parametrize("options", [{"capacity": 0}, {"notable": 0}])
def test_a_number_that_makes_no_sense_is_an_error(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="write 1 or more"):
        RejectedOrigins(**options)


def test_what_sends_no_signals_is_an_error() -> None:
    app = make_app()
    with pytest.raises(TypeError, match="give the Flask application, or the CORSMiddleware"):
        RejectedOrigins(CORSGuard())  # type: ignore[arg-type]
    with app.app_context(), pytest.raises(TypeError, match="give the application itself"):
        RejectedOrigins(current_app)

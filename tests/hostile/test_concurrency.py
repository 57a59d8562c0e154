"""
`guard.reload()` in a loop while eight threads serve: each answer belongs to one configuration.

The configurations differ in every header. A mixture of two would be an answer that none of them
gives, so the answers of each are taken beforehand, one configuration at a time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, Event
from typing import Any

import pytest
from flask import Flask, Response

from flask_corsguard import CORSGuard, PolicyError, serving
from support.doors import Request, call, environ_of

THREADS = 8
RELOADS = 150
MOST_RELOADS = 20_000
"""How often it is tried until every configuration has been seen to serve; mostly 150 do."""
BOTH = "https://both.example"

Answer = tuple[int, tuple[tuple[str, str], ...], bytes]


def configuration(name: str, **more: Any) -> dict[str, Any]:
    options: dict[str, Any] = {
        "origins": [BOTH, f"https://{name}.example"],
        "expose_headers": [f"X-{name}", "X-Common"],
        "allow_headers": [f"X-Allow-{name}"],
        "methods": ["PUT", name.upper()],
        "max_age": 100 + ord(name[0]),
        "name": name,
        **more,
    }
    inner = {"origins": [BOTH], "expose_headers": [f"X-Inner-{name}"], "max_age": ord(name[0])}
    return {**options, "resources": {"/*": options, "/inner/*": inner}}


GOOD = [
    configuration("a", credentials=True),
    configuration("b"),
    configuration("c", credentials=True, enforce=True),
    {"origins": "*", "name": "d"},
]
BAD = [
    configuration("a", max_age=-1),
    {"origins": ["https://evil.example", "null"], "expose_headers": ["X-Bad"]},
    {"origins": "*", "credentials": True},
    {"origins": [BOTH], "resources": {"/item": {"origins": "example.com"}}},
]


def request(method: str, path: str, *headers: tuple[str, str]) -> Request:
    return Request(method=method, path=path, headers=(("Host", "api.example"), *headers))


def requests() -> Iterator[Request]:
    asked = ("Access-Control-Request-Method", "PUT")
    named = ("Access-Control-Request-Headers", "x-allow-a")
    for path in ("/item", "/inner/x", "/none"):
        for name in ("both", "a", "b", "evil"):
            origin = ("Origin", f"https://{name}.example")
            yield request("GET", path, origin)
            yield request("PUT", path, origin)
            yield request("OPTIONS", path, origin, asked)
            yield request("OPTIONS", path, origin, asked, named)
        yield request("GET", path)


REQUESTS = tuple(requests())


def make_app(*, fast_path: bool) -> tuple[Flask, CORSGuard]:
    app = Flask("concurrent")
    guard = CORSGuard(app, **GOOD[0], fast_path=fast_path)
    for path in ("/item", "/inner/<name>"):
        view = lambda **_: Response("ok", headers={"X-Common": "1"})  # noqa: E731 - one line
        app.add_url_rule(path, path, view, methods=["GET", "PUT"])
    return app, guard


def answers(app: Flask) -> list[Answer]:
    return [call(app, environ_of(asked)) for asked in REQUESTS]


@pytest.fixture(autouse=True)
def frequent_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.fixture(params=[False, True], ids=["hooks", "fast path"])
def fast_path(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_every_answer_belongs_wholly_to_one_configuration(fast_path: bool) -> None:
    app, guard = make_app(fast_path=fast_path)
    whole: list[list[Answer]] = []
    for options in GOOD:
        guard.reload(app, **options, fast_path=fast_path)
        whole.append(answers(app))
    assert len({str(one) for one in whole}) == len(GOOD)
    stop, start = Event(), Barrier(THREADS + 1)
    seen: set[int] = set()

    def serve() -> list[tuple[Request, Answer]]:
        mixed: list[tuple[Request, Answer]] = []
        start.wait()
        while not stop.is_set():
            for number, asked in enumerate(REQUESTS):
                answer = call(app, environ_of(asked))
                fitting = [k for k, given in enumerate(whole) if given[number] == answer]
                if not fitting:
                    mixed.append((asked, answer))
                elif len(fitting) == 1:
                    seen.add(fitting[0])
        return mixed

    with ThreadPoolExecutor(THREADS) as pool:
        served = [pool.submit(serve) for _ in range(THREADS)]
        start.wait()
        try:
            for number in range(MOST_RELOADS):
                if number >= RELOADS and len(seen) == len(GOOD):
                    break
                guard.reload(app, **GOOD[number % len(GOOD)], fast_path=fast_path)
                with suppress(PolicyError):
                    guard.reload(app, **BAD[number % len(BAD)], fast_path=fast_path)
        finally:
            stop.set()
        mixed = [found for future in served for found in future.result()]
    assert not mixed[:3]
    assert seen == set(range(len(GOOD))), "each configuration has served"


@pytest.mark.parametrize("bad", range(len(BAD)))
def test_a_bad_configuration_changes_nothing(bad: int, fast_path: bool) -> None:
    app, guard = make_app(fast_path=fast_path)
    before = answers(app)
    with pytest.raises(PolicyError):
        guard.reload(app, **BAD[bad], fast_path=fast_path)
    assert answers(app) == before


def test_a_request_that_is_under_way_ends_by_the_configuration_it_began_with() -> None:
    app, guard = make_app(fast_path=False)
    asked = request("GET", "/slow", ("Origin", BOTH))
    app.add_url_rule("/slow", "slow", lambda: Response("slow"))
    expected = call(app, environ_of(asked))

    def reload_and_answer() -> Response:
        guard.reload(**GOOD[1])
        return Response("slow")

    app.view_functions["slow"] = reload_and_answer
    assert call(app, environ_of(asked)) == expected
    assert call(app, environ_of(asked)) != expected


def test_no_request_gets_past_the_hook_while_it_is_put_in_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The fast path asks for the hook with the first request that needs it."""
    ran: list[str] = []
    app = Flask(__name__)
    app.add_url_rule("/pay", "pay", lambda: ran.append("pay") or "", methods=["POST"])
    CORSGuard(app, origins=[lambda origin, head: False], enforce=True, fast_path=True)
    together, put = Barrier(8), serving.go_first

    def slowly(*args: Any) -> None:
        # Whoever comes second comes while this is under way.
        Event().wait(0.05)
        put(*args)

    monkeypatch.setattr(serving, "go_first", slowly)

    def send(_: int) -> int:
        together.wait(10)
        headers = {"Origin": "https://evil.example"}
        return app.test_client().post("/pay", headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(8))) == {403}
    assert ran == []

"""A probe finds every flaw of every animal in the zoo, and none in a healthy one."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flask_corsguard.cli.probing import (
    Answer,
    Client,
    Finding,
    Flaw,
    NotHTTPError,
    judge,
    questions_about,
    verdicts,
)
from flask_corsguard.testing.headers import Headers
from flask_corsguard.testing.message import Request
from flask_corsguard.testing.urls import URL

from .conftest import Result, serving
from .zoo.animals import GOOD, ORIGIN, ZOO, guarded
from .zoo.nginx import HOUSES, start_nginx

MOST_REQUESTS = 16


def ask(url: str, *origins: str) -> list[Answer]:
    target = URL.parse(url)
    client = Client(target, timeout=10, pause=0)
    questions = questions_about(target, origins or (ORIGIN,), "GET", [])
    return [Answer(question=q, response=client.send(q.request)) for q in questions]


def flaws_of(findings: tuple[Finding, ...]) -> set[str]:
    return {str(finding.flaw) for finding in findings}


@pytest.mark.parametrize("name", ZOO)
def test_every_flaw_is_found_and_no_other(name: str) -> None:
    with serving(ZOO[name].make()) as url:
        assert flaws_of(judge(ask(f"{url}/orders"))) == ZOO[name].flaws


@pytest.mark.parametrize("name", GOOD)
def test_nothing_is_found_in_a_good_server(name: str) -> None:
    with serving(GOOD[name]()) as url:
        assert judge(ask(f"{url}/orders")) == ()


def test_the_zoo_shows_every_flaw() -> None:
    shown = {flaw for animal in ZOO.values() for flaw in animal.flaws}
    shown |= {flaw for _, flaws in HOUSES.values() for flaw in flaws}
    assert shown == {str(flaw) for flaw in Flaw}
    assert len(ZOO) >= 10


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("nginx")
    with (
        serving(guarded(origins=[ORIGIN], credentials=True)()) as url,
        start_nginx(url, folder) as houses,
    ):
        yield houses


@pytest.mark.parametrize("house", HOUSES)
def test_what_nginx_adds_or_loses_is_found(house: str, nginx: dict[str, str]) -> None:
    _, flaws = HOUSES[house]
    assert flaws_of(judge(ask(f"{nginx[house]}/orders"))) == flaws


def test_what_pages_can_do_is_said() -> None:
    with serving(GOOD["listed"]()) as url:
        allowed, blocked = verdicts(ask(f"{url}/orders", ORIGIN, "https://other.example.org"))
    assert (allowed.allowed, allowed.credentials, allowed.fault) == (True, True, "")
    assert (blocked.allowed, blocked.credentials) == (False, False)
    assert blocked.fault == "allow-origin-missing"


def test_few_requests_are_sent_and_none_that_changes_anything() -> None:
    questions = questions_about(URL.parse("https://api.example/x"), [ORIGIN], "PUT", ["X-A"])
    assert len(questions) <= MOST_REQUESTS
    assert {question.request.method for question in questions} == {"GET", "OPTIONS"}
    assert {question.request.url.origin for question in questions} == {"https://api.example"}


def test_strangers_look_like_friends() -> None:
    questions = questions_about(URL.parse("https://api.example/x"), [ORIGIN], "GET", [])
    strangers = [q.origin for q in questions if q.guise in {"stranger", "null"} or q.friend]
    assert "https://app.example.com.corsguard-probe.example" in strangers
    assert "https://corsguard-probeexample.com" in strangers
    assert "https://appxexample.com" in strangers
    assert "http://app.example.com" in strangers
    assert ORIGIN not in strangers


def test_the_client_asks_nobody_else() -> None:
    client = Client(URL.parse("http://127.0.0.1:1/"), timeout=1, pause=0)
    elsewhere = Request(method="GET", url=URL.parse("http://127.0.0.2/"), headers=Headers())
    with pytest.raises(ValueError, match="is not of"):
        client.send(elsewhere)
    assert client.asked == 0


def test_the_client_waits_between_requests() -> None:
    waited: list[float] = []
    with serving(GOOD["listed"]()) as url:
        client = Client(URL.parse(url), timeout=10, pause=0.5, sleep=waited.append)
        request = Request(method="GET", url=URL.parse(f"{url}/orders"), headers=Headers())
        for _ in range(3):
            client.send(request)
    assert waited == [0.5, 0.5]


def test_the_client_reads_little_and_follows_nothing() -> None:
    def endless(environ: object, start_response: Callable[..., object]) -> Iterator[bytes]:
        start_response("302 Found", [("Location", "/again"), ("Content-Length", "1000000000")])
        while True:
            yield b"x" * 65536

    with serving(endless) as url:
        client = Client(URL.parse(url), timeout=10, pause=0)
        answer = client.send(Request(method="GET", url=URL.parse(url), headers=Headers()))
    assert (answer.status, len(answer.body), client.asked) == (302, 2048, 1)


def test_who_does_not_speak_http_is_unreachable() -> None:
    import socket
    import threading

    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        url = URL.parse(f"http://127.0.0.1:{server.getsockname()[1]}/")
        with pytest.raises(NotHTTPError):
            Client(url, timeout=10, pause=0).send(Request(method="GET", url=url, headers=Headers()))
        thread.join()


def test_the_command_tells_flaws_and_the_difference_to_the_application(
    run_cors: Callable[..., Result],
) -> None:
    with serving(ZOO["null listed"].make()) as url:
        done = run_cors("probe", f"{url}/orders", "--origin", ORIGIN, "--pause", "0")
    assert done.code == 1
    assert "null-origin" in done.out
    assert "Otherwise than the application at hand" in done.out
    assert "Asking: " in done.err
    assert max(map(len, done.out.splitlines())) <= 80


def test_the_command_finds_nothing_where_nothing_is(run_cors: Callable[..., Result]) -> None:
    with serving(GOOD["listed"]()) as url:
        done = run_cors(
            "probe", f"{url}/orders", "--origin", ORIGIN, "--pause", "0", "--format", "json"
        )
    value = json.loads(done.out)
    assert (done.code, value["findings"]) == (0, [])
    assert value["origins"][0]["allowed"] is True
    assert value["requests"] <= MOST_REQUESTS


def test_the_command_works_without_an_application(run_cors: Callable[..., Result]) -> None:
    with serving(GOOD["listed"]()) as url:
        done = run_cors("probe", f"{url}/orders", "--origin", ORIGIN, "--pause", "0", app="down")
    assert done.code == 0
    assert "there is no database" in done.err


def test_the_command_says_that_nobody_answers(run_cors: Callable[..., Result]) -> None:
    done = run_cors("probe", "http://127.0.0.1:1/", "--origin", ORIGIN, "--pause", "0")
    assert done.code == 4
    assert "GET http://127.0.0.1:1/: " in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["api.example.com", "--origin", ORIGIN], "Write 'https://api.example.com'."),
        (["ftp://a/", "--origin", ORIGIN], "is not a plain http(s) URL"),
        (["https://a/", "--origin", "example.com"], "Write 'https://example.com'."),
        (["https://a/"], "--origin"),
    ],
)
def test_bad_arguments_are_answered_with_good_ones(
    run_cors: Callable[..., Result], arguments: list[str], said: str
) -> None:
    done = run_cors("probe", *arguments)
    assert done.code == 2
    assert said in done.err


def test_the_same_application_makes_no_difference(
    run_cors: Callable[..., Result], shop_url: str
) -> None:
    arguments = ("--origin", ORIGIN, "--pause", "0", "--format", "json")
    for path in ("/api/orders", "/feed", "/health", "/secret/", "/nothing", "/api/orders/1"):
        done = run_cors("probe", f"{shop_url}{path}", *arguments)
        assert json.loads(done.out)["differences"] == [], path


@pytest.fixture(scope="module")
def shop_url() -> Iterator[str]:
    import importlib.util

    spec = importlib.util.spec_from_file_location(
        "zoo_shop", Path(__file__).parent / "apps/shop.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with serving(module.app) as url:
        yield url

"""What is timed is what was asked for: every row in the same rounds, every answer looked at."""

import gc
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from benchmarks.answers import Fault, WrongAnswerError
from benchmarks.apps.raw_apps import application, limit
from benchmarks.drivers import ASGI, WSGI
from benchmarks.implementations import ROWS
from benchmarks.rows import Built, Receiver, Row
from benchmarks.scenarios import SCENARIOS
from benchmarks.timing import Plan, check, make_cells, time_group

PLAN = Plan(rounds=6, block=0.0005, slow=0.5, fewest=2)
ALLOWED = SCENARIOS["allowed/10"]
RIGHT = limit(ALLOWED.setup).app

Add = Callable[..., Row]


def timed(*rows: Row) -> dict[str, Any]:
    cells = make_cells([ALLOWED], [ROWS["raw-bare"], *rows])
    time_group(cells, PLAN, lambda _: None)
    return {name: cell for (name, _), cell in cells.items()}


def forgetful(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
        return start_response(status, [pair for pair in headers if pair[0] != "Vary"])

    return RIGHT(environ, start)


def test_a_right_row_takes_part_in_every_round(row: Add) -> None:
    cells = timed(row(RIGHT))
    assert set(cells["tested"].microseconds) == set(range(PLAN.rounds))
    assert set(cells["raw-bare"].microseconds) == set(range(PLAN.rounds))
    assert all(time > 0 for time in cells["tested"].microseconds.values())
    assert cells["tested"].requests >= PLAN.rounds


def test_a_wrong_answer_is_found_before_anything_is_timed(row: Add) -> None:
    (wrong,) = check(make_cells([ALLOWED], [ROWS["raw-bare"], row(forgetful)]))
    assert "tested in allowed/10: a wrong answer" in wrong
    assert Fault.NO_VARY in wrong


def test_a_wrong_answer_among_those_that_are_timed_ends_the_run(row: Add) -> None:
    numbers = count()

    def later(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        app = RIGHT if next(numbers) < 400 else forgetful
        return app(environ, start_response)

    with pytest.raises(WrongAnswerError, match="no `Vary: Origin`"):
        timed(row(later))


def test_a_declared_fault_is_put_up_with(row: Add) -> None:
    timed(row(forgetful, known={"allowed/*": frozenset({Fault.NO_VARY})}))


def test_a_declared_fault_that_has_gone_is_found_out(row: Add) -> None:
    tested = row(RIGHT, known={"allowed/*": frozenset({Fault.NO_VARY})})
    with pytest.raises(WrongAnswerError, match="declared, but not so"):
        timed(tested)


def test_a_row_that_does_not_answer_is_found_out(row: Add) -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        timed(row(lambda environ, start_response: ()))


def test_a_signal_that_is_not_sent_is_found_out(row: Add) -> None:
    tested = replace(row(RIGHT), build=lambda _: Built(app=RIGHT, told=Receiver()))
    with pytest.raises(WrongAnswerError, match="1 requests, 0 signals"):
        timed(tested)


def test_a_slow_row_sits_rounds_out(row: Add) -> None:
    def slow(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        sum(range(4_000_000))
        return RIGHT(environ, start_response)

    cells = make_cells([ALLOWED], [ROWS["raw-bare"], row(slow)])
    # Far between the two, however busy the machine is.
    time_group(cells, Plan(rounds=6, block=0.0005, slow=0.05, fewest=2), lambda _: None)
    slow_one, bare = cells["tested", ALLOWED.name], cells["raw-bare", ALLOWED.name]
    assert set(slow_one.microseconds) == {0, 3}
    assert set(bare.microseconds) == set(range(6))


def test_the_garbage_collector_is_left_as_it_was(row: Add) -> None:
    timed(row(RIGHT))
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_a_bare_application_is_built_once_for_a_group_and_only_if_it_is_needed() -> None:
    scenarios = [SCENARIOS["allowed/1"], SCENARIOS["allowed/10"]]
    cells = make_cells(scenarios, [ROWS["raw-bare"], ROWS["raw"], ROWS["falcon-bare"]])
    assert list(cells) == [("raw-bare", "allowed/1"), ("raw", "allowed/1"), ("raw", "allowed/10")]


@pytest.mark.parametrize("name", ["allowed/10", "preflight/repeated"])
def test_the_texts_of_a_request_are_built_anew_each_time(name: str) -> None:
    request = SCENARIOS[name].request(3)
    first, second = WSGI.prepare(request), WSGI.prepare(request)
    assert first.keys() == second.keys()
    for key in ("PATH_INFO", "HTTP_ORIGIN", "HTTP_USER_AGENT", "REQUEST_METHOD"):
        assert first[key] == second[key]
        assert first[key] is not second[key]
    keys = [next(k for k in environ if k == "HTTP_ORIGIN") for environ in (first, second)]
    assert keys[0] is not keys[1]
    one, other = (dict(ASGI.prepare(request)["headers"])[b"origin"] for _ in range(2))
    assert one == other
    assert one is not other


def test_a_number_gives_the_same_request_and_another_number_another_one() -> None:
    scenario = SCENARIOS["rejected/1000"]
    assert scenario.request(5) == scenario.request(5)
    assert scenario.request(5).origin != scenario.request(6).origin
    assert scenario.request(5).path != scenario.request(6).path


@pytest.mark.parametrize("size", [1, 10, 1000, 100_000])
def test_the_origins_that_are_asked_about_are_spread_over_the_list(size: int) -> None:
    scenario = SCENARIOS[f"allowed/{size}"]
    asked = {scenario.request(number).origin for number in range(200)}
    assert len(asked) >= min(size, 200) * 0.9
    places = [int(origin.split(b"-")[1][:6]) for origin in asked]
    assert abs(sum(places) / len(places) - (size - 1) / 2) <= size * 0.05


def test_a_seen_url_is_seen_and_a_new_one_is_new() -> None:
    seen, new = SCENARIOS["preflight/repeated"], SCENARIOS["preflight/new-url"]
    assert len({seen.request(number).path for number in range(50)}) == 1
    assert len({new.request(number).path for number in range(50)}) == 50


def test_the_hostile_lists_are_as_long_as_they_say() -> None:
    lengths = {
        name: len(SCENARIOS[f"hostile/{name}"].request(0).asked) for name in ("bounds", "8k", "64k")
    }
    assert lengths["bounds"] <= 4096
    assert 8192 - 8 <= lengths["8k"] <= 8192
    assert 65_536 - 8 <= lengths["64k"] <= 65_536
    names = SCENARIOS["hostile/bounds"].request(0).asked.split(b",")
    assert len([name for name in names if name]) == 128
    assert len([name for name in names if not name]) == 16


def test_what_is_called_bare_is_what_the_others_are_compared_with() -> None:
    assert all(ROWS[row.base].bare for row in ROWS.values())
    assert application is ROWS["raw-bare"].build(ALLOWED.setup).app

"""
The benchmark through real servers: that it measures right answers only, and adds up right.

What drives the measurement, wrk, is not needed here; neither is granian.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from werkzeug.test import Client

import flask_corsguard
from repository import ROOT
from support.databases import closing_databases

FOLDER = ROOT / "benchmarks" / "servers"
# Under a name of its own: the repository's root stays off sys.path.
NAME = "benchmarks_through_servers"


def load(name: str, file: Path) -> ModuleType:
    folders = [str(file.parent)] if file.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=folders)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


load(NAME, FOLDER / "__init__.py")
apps, goals, machine, measuring, meter, plan, questions, report, servers, wrk = (
    importlib.import_module(f"{NAME}.{name}")
    for name in (
        *("apps", "goals", "machine", "measure", "meter", "plan"),
        *("questions", "report", "servers", "wrk"),
    )
)
Question, Load, Row, Stand = questions.Question, plan.Load, plan.Row, plan.Stand

TOLD = {
    "requests": 7400,
    "microseconds": 1_000_100,
    "connect": 0,
    "read": 0,
    "write": 0,
    "timeout": 0,
    "status": 0,
    "median": 1030,
    "p99": 3810,
}
SAID = """\
Running 1s test @ http://127.0.0.1:8000
  1 threads and 8 connections
  7400 requests in 1.00s, 1.35MB read
Requests/sec:   7399.26
Transfer/sec:      1.35MB
"""


def said(**changes: int) -> str:
    return f"{SAID}\n{json.dumps({**TOLD, **changes})}\n"


def sample(requests: int = 1000, *, cpu: float = 0.5, foreign: float = 0.0) -> Any:
    return plan.Sample(requests=requests, seconds=1.0, cpu=cpu, foreign=foreign, p99=0.001)


def stand(application: str, *rates: int, server: str = "sync", load: Any = None) -> Any:
    """Make what was measured already."""
    row = Row(load or Load.PREFLIGHTS, [sample(rate) for rate in rates])
    return Stand(server, application, [row])


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    with closing_databases():
        yield f"sqlite:///{tmp_path}/origins.db"


@pytest.fixture
def setting(tmp_path: Path, database: str) -> Any:
    """Serve the package that is tested, tree or wheel."""
    package = Path(flask_corsguard.__file__ or "").parent
    shutil.copytree(package, tmp_path / "served" / package.name)
    return servers.Setting(folder=tmp_path, database=database, package=tmp_path / "served")


def asking(application: Any) -> Callable[[Any], Any]:
    client = Client(application)

    def ask(request: Any) -> Any:
        response = client.open(request.path, method=request.method, headers=dict(request.headers))
        return questions.Answer.of(response.status_code, response.headers.items())

    return ask


# --- the answers ---


@pytest.mark.parametrize(
    "name", sorted(name for name, each in apps.APPLICATIONS.items() if each.folder is None)
)
def test_an_application_answers_right(name: str, database: str) -> None:
    application = apps.APPLICATIONS[name]
    if gone := apps.missing(application):
        pytest.skip(f"NOT TESTED: {', '.join(gone)} is not there")
    questions.check(asking(application.make(database)), application.answers)


@pytest.mark.parametrize(
    ("made", "expected", "message"),
    [
        ("bare", "limit", "GET from the page: 200, CORS headers {}"),
        ("open", "hooks", "'allow-origin': '\\*'"),
        ("query", "fast", "preflight from the page: 200"),
    ],
)
def test_a_wrong_answer_fails(made: str, expected: str, message: str, database: str) -> None:
    ask = asking(apps.APPLICATIONS[made].make(database))
    with pytest.raises(questions.WrongAnswerError, match=message):
        questions.check(ask, apps.APPLICATIONS[expected].answers)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([("Vary", "Origin")], id="none"),
        pytest.param([("Access-Control-Allow-Origin", "https://app.example")], id="no Vary"),
        pytest.param(
            [
                ("Access-Control-Allow-Origin", "https://app.example"),
                ("Access-Control-Allow-Origin", "https://app.example"),
                ("Vary", "Origin"),
            ],
            id="two",
        ),
        pytest.param(
            [
                ("Access-Control-Allow-Origin", "https://app.example"),
                ("Access-Control-Max-Age", "600"),
                ("Vary", "Origin"),
            ],
            id="one more",
        ),
    ],
)
def test_headers_are_compared_as_a_whole(headers: list[tuple[str, str]]) -> None:
    expected = {Question.GET: apps.APPLICATIONS["limit"].answers[Question.GET]}
    with pytest.raises(questions.WrongAnswerError):
        questions.check(lambda _: questions.Answer.of(200, headers), expected)


def test_lists_are_compared_in_any_order_and_case() -> None:
    one, other = (
        questions.Answer.of(
            204, [("access-control-allow-headers", value), ("Vary", "Origin"), ("vary", "Accept")]
        )
        for value in ("Authorization, Content-Type", "content-type,authorization")
    )
    assert one == other
    assert one.vary == {"origin", "accept"}


# --- what wrk says ---


def test_what_wrk_counted_is_read() -> None:
    count = wrk.read_count(said())
    assert (count.requests, count.seconds) == (7400, 1.0001)
    assert (count.median, count.p99) == (0.00103, 0.00381)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("connect", "3 connections refused"),
        ("read", "3 answers not read"),
        ("write", "3 requests not written"),
        ("timeout", "3 timeouts"),
        ("status", "3 answers with an error status"),
    ],
)
def test_whatever_wrk_could_not_do_fails(name: str, message: str) -> None:
    with pytest.raises(questions.WrongAnswerError, match=message):
        wrk.read_count(said(**{name: 3}))


@pytest.mark.parametrize(
    ("text", "message"), [(said(requests=0), "no answers"), (SAID, "has counted nothing")]
)
def test_a_silent_wrk_fails(text: str, message: str) -> None:
    with pytest.raises(questions.WrongAnswerError, match=message):
        wrk.read_count(text)


def test_the_script_tells_what_is_read() -> None:
    script = (FOLDER / "requests.lua").read_text(encoding="utf-8")
    assert all(f'"{name}": %d' in script for name in TOLD)


def test_wrk_is_told_what_to_send() -> None:
    command = wrk.command(8000, Load.MANY.request, urls=Load.MANY.urls, seconds=2)
    target = command.index("http://127.0.0.1:8000")
    assert "--duration=2s" in command[:target]
    assert command[target + 1 :] == [
        *("--", "OPTIONS", "10000", "Origin=https://app.example"),
        "Access-Control-Request-Method=PUT",
        "Access-Control-Request-Headers=authorization,content-type",
    ]


# --- through a real server ---


def test_a_server_is_asked_measured_and_stopped(setting: Any) -> None:
    seen: list[Any] = []

    def take(server: Any, load: Any) -> Any:
        seen.append((load, machine.cpu_seconds(server.processes) > 0, len(server.processes)))
        return sample()

    measured = Stand("gthread", "hooks", [Row(Load.GETS), Row(Load.MANY)])
    measuring.measure(measured, setting, take)
    assert report.problems([measured]) == []
    assert [len(row.samples) for row in measured.rows] == [1, 1]
    assert seen == [(Load.GETS, True, 2), (Load.MANY, True, 2)]


def test_a_server_that_answers_wrong_is_not_measured(
    setting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = apps.APPLICATIONS["limit"].answers
    wrong = replace(apps.APPLICATIONS["bare"], answers=limit)
    monkeypatch.setitem(apps.APPLICATIONS, "bare", wrong)
    measured = Stand("sync", "bare", [Row(Load.GETS), Row(Load.PREFLIGHTS)])
    measuring.measure(measured, setting, lambda *_: pytest.fail("measured"))
    (problem,) = report.problems([measured])
    assert "GET from the page: 200, CORS headers {}, Vary [] instead of" in problem


def test_a_server_that_does_not_start_is_a_problem(
    setting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(apps.APPLICATIONS, "nobody", apps.APPLICATIONS["bare"])
    measured = stand("nobody")
    measuring.measure(measured, setting, lambda *_: pytest.fail("measured"))
    assert "it does not start" in measured.rows[0].problem


def test_an_application_finds_its_own_packages_first(
    setting: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "older"
    older = replace(apps.APPLICATIONS["flask-cors"], folder=folder)
    assert apps.missing(older) == ("older",)
    folder.mkdir()
    (folder / "flask_cors.py").write_text("def CORS(app, **options): pass", encoding="utf-8")
    monkeypatch.setitem(apps.APPLICATIONS, "flask-cors", older)
    assert apps.missing(older) == ()
    with servers.running(servers.SERVERS["sync"], "flask-cors", setting) as server:
        assert server.ask(questions.request_of(Question.GET)) == questions.Answer(status=200)


def test_nginx_answers_preflights_as_the_guard_does(setting: Any) -> None:
    measured = Stand("gthread", "fast", [Row(Load.PREFLIGHTS)], behind_nginx=True)
    measuring.measure(measured, setting, lambda *_: sample())
    if measured.rows[0].absent:
        pytest.skip(f"NOT TESTED behind nginx: {measured.rows[0].absent}")
    assert report.problems([measured]) == []


def test_nginx_leaves_everything_but_preflights_to_the_application(setting: Any) -> None:
    with servers.running(servers.SERVERS["gthread"], "bare", setting) as behind:
        try:
            with servers.running_nginx(behind, setting) as server:
                for method, headers in [
                    ("GET", {"Origin": questions.PAGE, "Access-Control-Request-Method": "PUT"}),
                    ("OPTIONS", {"Origin": questions.PAGE}),
                    ("OPTIONS", {"Access-Control-Request-Method": "PUT"}),
                ]:
                    request = questions.Request(method=method, path="/items/1", headers=headers)
                    assert server.ask(request) == questions.Answer(status=200)
        except servers.NotThereError as error:
            pytest.skip(f"NOT TESTED behind nginx: {error}")


# --- what stands in for one ---


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have every server start and answer right; list the applications in their order."""
    started: list[str] = []

    @contextmanager
    def running(server: Any, application: str, _: Any) -> Any:
        started.append(application)
        yield SimpleNamespace(ask=lambda _: None)

    monkeypatch.setattr(measuring, "running", running)
    monkeypatch.setattr(measuring, "check", lambda *_: None)
    return started


def test_every_other_round_runs_backwards(pretended: list[str]) -> None:
    stands = [Stand("sync", name, [Row(Load.GETS)]) for name in ("bare", "hooks", "fast")]
    turns = [turn for turn, _ in measuring.rounds(stands, 3, None, lambda *_: sample())]
    assert turns == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert pretended == [
        *("bare", "hooks", "fast"),
        *("fast", "hooks", "bare"),
        "bare",
        "hooks",
        "fast",
    ]
    assert all(len(row.samples) == 3 for stand in stands for row in stand.rows)


def test_what_fails_in_one_row_fails_no_other(pretended: list[str]) -> None:
    def take(_: Any, load: Any) -> Any:
        if load is Load.PREFLIGHTS:
            return wrk.read_count(said(status=1))
        return sample()

    measured = Stand("sync", "bare", [Row(Load.GETS), Row(Load.PREFLIGHTS)])
    for _ in measuring.rounds([measured], 2, None, take):
        pass
    good, bad = measured.rows
    assert (good.counts, len(good.samples)) == (True, 2)
    assert (bad.counts, bad.problem) == (False, "wrk: 1 answers with an error status")
    assert "FAILED" in report.table([measured])


def test_what_is_not_installed_is_told_and_nothing_fails(
    pretended: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    needy = replace(apps.APPLICATIONS["bare"], needs=("json:loads", "json:nothing", "no.such"))
    monkeypatch.setitem(apps.APPLICATIONS, "bare", needy)
    measured = Stand("sync", "bare", [Row(Load.GETS)])
    measuring.measure(measured, None, lambda *_: sample())
    assert pretended == []
    assert report.problems([measured]) == []
    assert report.absences([measured]) == ["gunicorn sync, bare Flask: json:nothing, no.such"]
    assert "not there" in report.table([measured])


def test_a_server_that_is_not_installed_is_not_there(setting: Any) -> None:
    server = servers.Server(title="none", package="no_such_server", command=())
    with pytest.raises(servers.NotThereError, match="pip install no_such_server"):
        servers.running(server, "bare", setting).__enter__()


# --- repeating ---


@pytest.fixture
def disturbances(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Measure no server; what is left of the list is what was not asked for."""
    left: list[float] = []
    monkeypatch.setattr(meter.Meter, "_take", lambda *_: sample(foreign=left.pop(0)), raising=True)
    monkeypatch.setattr(machine.Cores, "wait_until_quiet", lambda *_: None)
    return left


@pytest.mark.parametrize(
    ("come", "patience", "counts", "remaining"),
    [
        ([0.0, 0.0], 60, 0.0, 1),
        ([0.9, 0.0, 0.0], 60, 0.0, 1),
        ([0.9, 0.3, 0.5, 0.0], 60, 0.3, 1),
        ([0.9, 0.0], 0, 0.9, 1),
    ],
)
def test_a_disturbed_measurement_is_repeated_while_there_is_patience(
    disturbances: list[float], come: list[float], patience: float, counts: float, remaining: int
) -> None:
    disturbances += come
    take = meter.Meter(machine.Cores(server=1, client=0), 1, patience)
    assert take(None, Load.GETS).foreign == counts
    assert len(disturbances) == remaining


def test_the_machine_counts_the_time_of_processes_and_cores() -> None:
    if not Path("/proc/self/schedstat").exists():
        pytest.skip("NOT TESTED: it takes Linux")
    (core, *_) = sorted(os.sched_getaffinity(0))
    own = os.getpid()
    assert own in machine.family(own)
    before, deadline = machine.cpu_seconds([own]), time.monotonic() + 10
    while machine.cpu_seconds([own]) == before:  # a thread's time is written down at each tick
        assert time.monotonic() < deadline
    assert before > 0
    assert machine.Cores(server=core, client=core).busy_seconds() > 0


# --- what comes of it ---


def test_the_table_has_a_line_for_each_row_and_columns_for_each_server() -> None:
    stands = [
        stand("bare", 4000, 4400, 4200),
        stand("fast", 8400, 8300, 8500),
        stand("bare", 9000, server="granian"),
    ]
    lines = {line[:36].strip(): line[36:].split() for line in report.table(stands).splitlines()}
    assert lines["preflights for one URL"] == ["req/s", "x", "bare", "us"] * 2
    assert lines["bare Flask"] == ["4,200", "1.00", "119.0", "9,000", "1.00", "55.6"]
    assert lines["the fast path, 10 origins"] == ["8,400", "2.00", "59.5"]


def test_the_table_marks_what_is_unsteady_or_disturbed() -> None:
    steady, unsteady, disturbed = (
        stand("bare", 1000, 1050, 1100),
        stand("hooks", 1000, 1050, 1300),
        stand("fast", 1000),
    )
    disturbed.rows[0].samples = [sample(1000, foreign=0.2)]
    table = report.table([steady, unsteady, disturbed])
    marked = [line[:36].strip() for line in table.splitlines() if "*" in line]
    assert marked == ["the guard, 10 origins", "the fast path, 10 origins"]


def goal(least: float) -> Any:
    return goals.Goal(
        server="sync", load=Load.PREFLIGHTS, of="fast", against="flask-cors", least=least
    )


@pytest.mark.parametrize(
    ("least", "reached", "word"), [(2.0, True, "reached"), (2.01, False, "MISSED")]
)
def test_a_goal_is_held_against_the_median_of_the_rounds_ratios(
    least: float, reached: bool, word: str
) -> None:
    measured = [
        stand("flask-cors", 1000, 2000, 1000),
        stand("fast", 2000, 4000, 1500),
        stand("limit", 2200, 4400, 2200),
        stand("fast", 9000, 9000, 9000, server="granian"),
        Stand("sync", "fast", [Row(Load.PREFLIGHTS, [sample(9000)])], behind_nginx=True),
    ]
    found = goals.compare(measured, goal(least))
    assert (found.ratios, found.limit, found.is_reached) == ((2.0, 2.0, 1.5), 2.2, reached)
    assert str(found).startswith(f"{word:9}  at least {least}")
    assert "2.00 (1.50 to 2.00)" in str(found)


def test_a_goal_is_not_known_where_one_side_is_missing() -> None:
    failed = stand("fast", 2000)
    failed.rows[0].problem = "wrong"
    for measured in ([], [stand("flask-cors", 1000)], [stand("flask-cors", 1000), failed]):
        found = goals.compare(measured, goal(1.0))
        assert found.is_reached is None
        assert str(found).startswith("not known")


def test_a_goal_is_not_known_where_others_used_the_cores() -> None:
    measured = [stand("flask-cors", 1000), stand("fast", 2000)]
    assert goals.compare(measured, goal(1.0)).is_reached
    measured[0].rows[0].samples = [sample(1000, foreign=0.5)]
    found = goals.compare(measured, goal(1.0))
    assert (found.is_reached, found.ratios) == (None, (2.0,))
    assert str(found).startswith("disturbed")


def test_the_goals_are_measured_with_little_else() -> None:
    stands = goals.needed(plan.make_stands())
    for each in goals.GOALS:
        names = [s.application for s in stands if s.server == each.server and s.row(each.load)]
        assert {each.of, each.against} <= set(names)
    assert sum(len(each.rows) for each in stands) == 10


def test_the_numbers_are_written_as_json() -> None:
    measured = [stand("bare", 1000), stand("fast", 2000)]
    measured[1].rows[0].problem = "wrong"
    told = json.loads(json.dumps(report.to_dict(measured, {"date": "today"})))
    assert told["about"] == {"date": "today"}
    good, bad = told["rows"]
    assert (good["application"], good["load"], good["rate"]) == ("bare", "preflights", 1000)
    assert (bad["problem"], "rate" in bad) == ("wrong", False)
    assert [each["is_reached"] for each in told["goals"]] == [None] * len(goals.GOALS)


# --- Locust ---


class Wanted(SimpleNamespace):
    """A response as Locust's client gives it: whoever asked says whether it is right."""

    def success(self) -> None:
        self.verdicts.append(None)

    def failure(self, what: str) -> None:
        self.verdicts.append(what)


@pytest.fixture
def visitors(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load the locustfile with as much of Locust as it takes; the thing itself is not needed."""

    def task(what: Any) -> Any:
        if callable(what):
            what.is_task = True
            return what
        return task

    parser = SimpleNamespace(add_listener=lambda function: function)
    locust = SimpleNamespace(
        HttpUser=object,
        between=lambda *_: None,
        events=SimpleNamespace(init_command_line_parser=parser),
        task=task,
    )
    monkeypatch.setitem(sys.modules, "locust", locust)
    return load("locustfile_of_the_tests", ROOT / "benchmarks" / "locustfile.py")


def visit(locustfile: ModuleType, *, page: str) -> list[str | None]:
    """Have each visitor do everything once, and list the verdicts."""
    api = load("api_of_the_demo", ROOT / "examples" / "demo" / "api.py")
    client, verdicts = api.create_api("https://page.example").test_client(), []

    def request(method: str, path: str, *, name: str, catch_response: bool, **sent: Any) -> Any:
        response = client.open(path, method=method, **sent)
        answer = Wanted(
            status_code=response.status_code, headers=response.headers, verdicts=verdicts
        )
        found: AbstractContextManager[Wanted] = nullcontext(answer)
        return found

    for kind in (locustfile.Page, locustfile.Stranger, locustfile.Program):
        visitor = kind()
        visitor.client = SimpleNamespace(request=request)
        visitor.environment = SimpleNamespace(parsed_options=SimpleNamespace(page=page))
        for name in dir(kind):
            if getattr(getattr(kind, name), "is_task", False):
                getattr(visitor, name)()
    return verdicts


def test_what_the_locustfile_expects_is_what_the_demo_answers(visitors: ModuleType) -> None:
    assert visit(visitors, page="https://page.example") == [None] * 9


def test_the_locustfile_notices_wrong_answers(visitors: ModuleType) -> None:
    verdicts = visit(visitors, page="https://wrong.example")
    assert "status 403, not 204" in verdicts
    assert "Access-Control-Allow-Origin: None, not https://wrong.example" in verdicts

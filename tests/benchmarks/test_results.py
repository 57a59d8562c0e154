"""What is reported is what was measured, and a goal that is missed says so."""

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks import cli, instructions
from benchmarks.chart import DARK, LIGHT, Palette, chart
from benchmarks.goals import GOALS, goals_to_list
from benchmarks.publish import RESULTS, made_from
from benchmarks.quartiles import Ratio, differences, ratio, spread
from benchmarks.report import goal_lines, group_lines
from benchmarks.results import Results
from benchmarks.rows import Built, Row
from benchmarks.scenarios import SCENARIOS
from benchmarks.tables import Reader
from benchmarks.timing import Cell

Add = Callable[..., Row]
SMALL = ["--quick", "--scenario", "allowed/10", "--implementation", "raw"]


@pytest.fixture(autouse=True)
def roaming(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the process of the tests on all processors."""
    monkeypatch.setattr(cli, "pin", lambda: None)


def test_quartiles_are_those_of_the_samples() -> None:
    found = spread([5.0, 1.0, 2.0, 4.0, 3.0])
    assert (found.low, found.middle, found.high, found.samples) == (2.0, 3.0, 4.0, 5)
    alone = spread([7.0])
    assert (alone.low, alone.middle, alone.high, alone.samples) == (7.0, 7.0, 7.0, 1)
    with pytest.raises(ValueError, match="nothing"):
        spread([])


def test_differences_are_taken_round_by_round_where_both_took_part() -> None:
    assert differences({0: 5.0, 3: 9.0}, {0: 1.0, 1: 2.0, 3: 4.0}) == {0: 4.0, 3: 5.0}


def test_a_ratio_says_how_sure_it_is() -> None:
    found = ratio(spread([1.0, 1.0, 1.0]), spread([3.0, 4.0, 5.0]))
    assert found is not None
    assert found.value == 0.25
    # A quarter of the divisor's standard error, over the divisor.
    assert found.error == pytest.approx(0.25 * 1.2533 * 1.0 / 1.349 / 3**0.5 / 4)


def test_the_error_shrinks_with_the_rounds() -> None:
    few, many = spread([1.0, 2.0, 3.0] * 3), spread([1.0, 2.0, 3.0] * 300)
    assert many.error == pytest.approx(few.error / 10)


def test_there_is_no_ratio_to_nothing() -> None:
    assert ratio(spread([1.0]), spread([0.0])) is None
    assert ratio(spread([1.0]), spread([-0.1])) is None


def results_of(times: dict[tuple[str, str], list[float]]) -> Results:
    """Make results of given microseconds, by implementation and scenario."""
    results = Results()
    groups: dict[str, list[Cell]] = {}
    for (row, scenario), rounds in times.items():
        made = Row(
            name=row, title=row, build=lambda _: Built(app=None), base="flask", bare=row == "flask"
        )
        cell = Cell(row=made, scenario=SCENARIOS[scenario], built=Built(app=None), requests=9)
        cell.microseconds = dict(enumerate(rounds))
        groups.setdefault(scenario.partition("/")[0], []).append(cell)
    for cells in groups.values():
        results.add(cells)
    return results


def test_an_overhead_is_the_median_of_differences_not_the_difference_of_medians() -> None:
    results = results_of(
        {("flask", "allowed/1"): [10.0, 20.0, 40.0], ("guard", "allowed/10"): [11.0, 29.0, 42.0]}
    )
    measured = results.get("guard", "allowed/10")
    assert measured is not None
    assert measured.over.middle == 2.0
    assert measured.whole.middle == 29.0


def test_the_bare_application_of_a_group_counts_for_all_of_it() -> None:
    results = results_of(
        {
            ("flask", "allowed/1"): [10.0],
            ("guard", "allowed/10"): [12.0],
            ("hook", "allowed/10"): [14.0],
        }
    )
    bare = results.get("flask", "allowed/10")
    assert bare is not None
    assert bare.whole.middle == 10.0
    assert results.overhead_ratio("allowed/10", "guard", "hook") == Ratio(value=0.5)
    assert results.get("flask", "rejected/10") is None


def test_a_table_has_a_line_for_each_row_and_a_ratio_where_it_says_something() -> None:
    results = results_of(
        {
            ("flask", "no-origin/10"): [10.0],
            ("flask-cors", "no-origin/10"): [20.0],
            ("guard", "no-origin/10"): [11.0],
            ("raw", "no-origin/10"): [10.5],
        }
    )
    lines = list(group_lines(results, [SCENARIOS["no-origin/10"]]))
    bare, theirs, ours, raw = lines[2:]
    assert bare.split()[-2:] == ["10.0", "us"]
    assert re.search(r"\* .* 10\.0 us .* 1\.000$", theirs)
    assert re.search(r"guard, hooks .* 11\.0 us .* 1\.00 us .* 0\.100$", ours)
    assert raw.endswith("0.50 .. 0.50" + " " * 14)


@pytest.mark.parametrize(
    ("guard", "reached", "said"), [(11.0, True, "reached"), (15.0, False, "MISSED by")]
)
def test_a_goal_is_reached_or_missed(guard: float, reached: bool, said: str) -> None:
    results = results_of(
        {
            ("flask", "no-origin/10"): [10.0],
            ("guard", "no-origin/10"): [guard],
            ("flask-cors", "no-origin/10"): [20.0],
        }
    )
    (goal,) = goals_to_list(results)
    assert goal["goal"] == "hooks: GET without Origin / Flask-CORS"
    assert goal["measured"] == (guard - 10) / 10
    assert goal["reached"] is reached
    assert said in "\n".join(goal_lines(results))


def test_what_was_not_measured_is_no_goal() -> None:
    assert goals_to_list(Results()) == []
    assert len({goal.title for goal in GOALS}) == len(GOALS)


def test_a_run_writes_what_it_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "found.json"
    assert cli.main([*SMALL, "--json", str(file)]) == 0
    found = json.loads(file.read_text(encoding="utf-8"))
    assert {time["implementation"] for time in found["times"]} == {"raw-bare", "raw"}
    for time in found["times"]:
        assert time["scenario"] == "allowed/10"
        assert time["whole_us"]["low"] <= time["whole_us"]["middle"] <= time["whole_us"]["high"]
        assert time["whole_us"]["samples"] == 25
    run = found["run"]
    assert run["command"] == f"python -m benchmarks {' '.join(SMALL)} --json {file}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", run["date"])
    assert "Flask" in run["packages"]
    assert "allowed, 10 origins  [allowed/10]" in capsys.readouterr().out


def test_a_run_with_a_wrong_answer_fails_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: Add
) -> None:
    def wrong(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [])
        return (b"an item\n",)

    row(wrong)
    file = tmp_path / "found.json"
    asked = ["--quick", "--scenario", "allowed/10", "--implementation", "tested"]
    assert cli.main([*asked, "--json", str(file)]) == 1
    assert "tested in allowed/10: a wrong answer" in capsys.readouterr().err
    assert not file.exists()
    assert cli.main([*asked, "--check"]) == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--scenario", "alowed/*"], "nothing is called alowed/*"),
        (["--implementation", "nginx"], "nothing is called nginx"),
        (["--publish", "--quick"], "takes a whole run"),
        (["--list", "--check"], "not allowed with"),
    ],
)
def test_what_makes_no_sense_is_refused(
    asked: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main(asked)
    assert said in capsys.readouterr().err


def test_everything_that_can_be_asked_for_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--list"]) == 0
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in SCENARIOS)
    assert "guard-fast" in said


def test_a_profile_says_where_the_time_goes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*SMALL, "--profile"]) == 0
    assert "raw_apps.py" in capsys.readouterr().out


def test_instructions_are_those_of_the_requests_between_two_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = instructions.FEW
    totals = {11: 1_000_000, 12: 1_000_000 + few * 300, 13: 2_000_000, 14: 2_000_000 + few * 420}
    for pid, total in totals.items():
        (tmp_path / f"{pid}.out").write_text(f"events: Ir\nsummary: {total}\n", encoding="utf-8")
    children = [
        ("raw-bare", "allowed/10", "raw-bare", few, 11),
        ("raw-bare", "allowed/10", "raw-bare", 2 * few, 12),
        ("raw", "allowed/10", "raw-bare", few, 13),
        ("raw", "allowed/10", "raw-bare", 2 * few, 14),
    ]
    bare, ours = instructions.subtract(children, tmp_path)
    assert (bare.whole, bare.over) == (300, 0)
    assert (ours.whole, ours.over) == (420, 120)


def test_without_valgrind_no_instructions_are_counted_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(instructions, "is_there", lambda: False)
    assert cli.main([*SMALL, "--part", "instructions"]) == 0
    assert "there is no valgrind" in capsys.readouterr().out


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    """Give the results that the documentation shows."""
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def test_the_documentation_shows_the_results_that_are_kept(kept: dict[str, Any]) -> None:
    for path, text in made_from(kept).items():
        assert path.read_text(encoding="utf-8") == text, f"{path}: python -m benchmarks --publish"


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_chart_is_well_formed_and_says_what_it_shows(
    kept: dict[str, Any], palette: Palette
) -> None:
    tree = ElementTree.fromstring(chart(kept, palette))  # noqa: S314 - our own
    texts = [element.text or "" for element in tree.iter() if element.tag.endswith("text")]
    reader = Reader(kept)
    assert reader.title("guard-fast") in texts
    assert reader.title("flask-cors") in texts
    width = float(tree.attrib["viewBox"].split()[2])
    xs = [float(e.attrib["cx"]) for e in tree.iter() if e.tag.endswith("circle")]
    assert xs
    assert all(0 <= x <= width for x in xs)


def test_the_results_that_are_kept_are_of_a_whole_run(kept: dict[str, Any]) -> None:
    assert kept["run"]["command"] == "python -m benchmarks --publish"
    assert kept["startup"]
    assert kept["instructions"]
    assert {time["scenario"] for time in kept["times"]} == set(SCENARIOS)
    assert {goal["goal"] for goal in kept["goals"]} == {goal.title for goal in GOALS}

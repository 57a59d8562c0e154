"""What `check` writes for services is what these read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from flask_corsguard.protocol.codes import CODES

from .conftest import APPS, Result

Run = Callable[..., Result]


def log_of(run_cors: Run, app: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(run_cors("check", "--format", "sarif", app=app).out)
    return value


@pytest.mark.parametrize("app", ["shop", "careless", "refused", "bare", "down"])
def test_the_log_has_the_shape_that_the_standard_demands(run_cors: Run, app: str) -> None:
    """Section numbers are those of SARIF 2.1.0."""
    log = log_of(run_cors, app)
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"  # 3.13.2
    (run,) = log["runs"]
    assert set(run) <= {"tool", "invocations", "columnKind", "results"}
    driver = run["tool"]["driver"]
    assert driver["name"] == "flask-corsguard"  # 3.19.8
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(set(ids)) == len(ids)  # 3.19.23
    for rule in driver["rules"]:
        assert set(rule) == {"id", "shortDescription", "defaultConfiguration"}
        assert rule["shortDescription"]["text"] == CODES[rule["id"]][1]
    (invocation,) = run["invocations"]
    assert isinstance(invocation["executionSuccessful"], bool)  # 3.20.14
    for result in run["results"]:
        check_result(result, ids)


def check_result(result: dict[str, Any], ids: list[str]) -> None:
    assert set(result) == {"ruleId", "ruleIndex", "level", "message", "locations"}
    assert ids[result["ruleIndex"]] == result["ruleId"]  # 3.27.6
    assert result["level"] in {"none", "note", "warning", "error"}  # 3.27.10
    assert result["message"]["text"]
    (location,) = result["locations"]
    (logical,) = location["logicalLocations"]
    assert set(logical) == {"fullyQualifiedName", "kind"}
    if physical := location.get("physicalLocation"):
        assert not physical["artifactLocation"]["uri"].startswith(("/", "file:"))
        assert physical["region"]["startLine"] >= 1  # 3.30.5


def test_a_problem_is_where_its_application_is(run_cors: Run) -> None:
    (run,) = log_of(run_cors, "careless")["runs"]
    places = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in run["results"]
    }
    assert places == {"careless.py"}


def test_an_application_that_does_not_load_is_no_success(run_cors: Run) -> None:
    (run,) = log_of(run_cors, "down")["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (note,) = invocation["toolExecutionNotifications"]
    assert "there is no database" in note["message"]["text"]
    assert run["results"] == []


def test_github_gets_a_command_for_each_problem(run_cors: Run) -> None:
    done = run_cors("check", "--format", "github", app="careless")
    lines = done.out.splitlines()
    assert len(lines) >= 6
    shape = re.compile(r"::(?:error|warning) file=careless\.py,line=\d+,title=CG\d{3}::\S.*")
    assert all(shape.fullmatch(line) for line in lines)


def test_github_gets_the_failure_to_load(run_cors: Run) -> None:
    done = run_cors("check", "--format", "github", app="refused")
    first, *others = done.out.splitlines()
    assert first.startswith("::error title=The application does not load::")
    assert [re.findall(r"CG\d+", line)[0] for line in others] == ["CG104", "CG105", "CG601"]
    assert done.code == 1


def test_what_a_workflow_would_take_for_a_command_is_escaped() -> None:
    from flask_corsguard.cli.annotations import github_lines
    from flask_corsguard.cli.locations import Locations
    from flask_corsguard.protocol.codes import make_problem

    problem = make_problem("CG104", "a,b", "x\n::error::y%", "is bad", "Write z.")
    (line,) = github_lines([problem], Locations(None), None)
    assert "\n" not in line
    assert line.startswith("::error title=CG104::a,b: ")
    assert "y%25" in line


def test_the_line_of_a_view_is_found() -> None:
    import importlib.util

    from flask_corsguard.cli.locations import Locations
    from flask_corsguard.protocol.codes import make_problem

    spec = importlib.util.spec_from_file_location("located_shop", APPS / "shop.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    problem = make_problem("CG901", "view 'api.change_order'.max_age", 5, "is short", "Write 600.")
    place = Locations(module.app).find(problem)
    assert place is not None
    lines = (APPS / "shop.py").read_text(encoding="utf-8").splitlines()
    assert place.file.endswith("apps/shop.py")
    assert "change_order" in "".join(lines[place.line - 1 : place.line + 2])

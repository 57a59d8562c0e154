"""
The alert rules and the dashboard ask for what there is, and an alert fires when it should.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

import flask_corsguard
from flask_corsguard.contrib.prometheus import CORSMetrics
from flask_corsguard.stores import CachedOrigins
from repository import ROOT

EXAMPLE = ROOT / "examples" / "monitoring"
RULES = (EXAMPLE / "rules.yml").read_text(encoding="utf-8")
DASHBOARD: dict[str, Any] = json.loads((EXAMPLE / "dashboard.json").read_text(encoding="utf-8"))
ALERTS = re.findall(r"- alert: (\w+)", RULES)
EXPRESSIONS = {
    f"{panel['title']}, {target['refId']}": target["expr"]
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
}
METRIC = re.compile(r"\bcorsguard_\w+")
AT_MOST = 40  # seconds; it takes half of that on a machine with nothing else to do


@pytest.fixture(scope="session")
def promtool() -> str:
    return find("promtool")


def find(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"NOT TESTED with {program}: on Debian, apt-get install prometheus")
    return found


def run(*command: str, cwd: Path = EXAMPLE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


@pytest.fixture(scope="session")
def published() -> set[str]:
    """Give the names of all series that there can be."""
    registry = CollectorRegistry()
    store = CachedOrigins(lambda origin, head: False)
    CORSMetrics(registry=registry, stores={"partners": store})
    kinds = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    return {m.name + suffix for m in registry.collect() for suffix in kinds[m.type]}


def test_the_rules_are_sound(promtool: str) -> None:
    result = run(promtool, "check", "rules", "rules.yml")
    assert result.returncode == 0, result.stdout
    assert f"{len(ALERTS)} rules found" in result.stdout


def test_the_rules_do_what_their_tests_say(promtool: str) -> None:
    result = run(promtool, "test", "rules", "rules.test.yml")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("> 5 * (", "> 500 * ("),
        ("> 5 * (", "> 0 * ("),
        ('{outcome="rejected"}', ""),
        ("[15m])) > 0", "[15m])) > 1"),
        ("> 0.4", "> 0.6"),
        ("> 0.4", "> 0.05"),
        ("[10m])) > 1\n", "[10m])) > 0\n"),
        ("corsguard_store_down) == 1", "corsguard_store_down) == 0"),
        ('{reason="store-unavailable"}', ""),
    ],
)
def test_a_broken_rule_is_found(promtool: str, before: str, after: str, tmp_path: Path) -> None:
    assert before in RULES
    (tmp_path / "rules.yml").write_text(RULES.replace(before, after), encoding="utf-8")
    shutil.copy(EXAMPLE / "rules.test.yml", tmp_path)
    assert run(promtool, "test", "rules", "rules.test.yml", cwd=tmp_path).returncode != 0


@pytest.mark.parametrize("name", ALERTS)
def test_every_rule_has_tests_that_it_fires_and_that_it_does_not(name: str) -> None:
    tests = (EXAMPLE / "rules.test.yml").read_text(encoding="utf-8")
    assert re.search(rf"alertname: {name}\n +exp_alerts:\n +- exp_labels", tests)
    assert re.search(rf"alertname: {name}, exp_alerts: \[\]", tests)


def test_the_rules_ask_for_what_there_is(published: set[str]) -> None:
    asked = set(METRIC.findall("\n".join(re.findall(r"expr:.*?(?=\n +\w+:)", RULES, re.DOTALL))))
    assert asked
    assert asked <= published


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_the_dashboard_asks_for_what_there_is(name: str, published: set[str]) -> None:
    asked = set(METRIC.findall(EXPRESSIONS[name]))
    assert asked
    assert asked <= published


def test_the_dashboard_asks_what_prometheus_understands(promtool: str, tmp_path: Path) -> None:
    filled = [
        expression.replace("$__rate_interval", "5m").replace("$job", ".*").replace("$policy", ".*")
        for expression in EXPRESSIONS.values()
    ]
    assert not [expression for expression in filled if "$" in expression]
    rules = [{"record": f"panel:{n}", "expr": expression} for n, expression in enumerate(filled)]
    path = tmp_path / "panels.json"
    path.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    result = run(promtool, "check", "rules", "--lint=none", str(path))
    assert result.returncode == 0, result.stdout


def test_the_dashboard_is_of_panels_that_grafana_still_draws() -> None:
    panels = DASHBOARD["panels"]
    assert {panel["type"] for panel in panels} == {"timeseries"}
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["description"] for panel in panels)
    assert {panel["datasource"]["uid"] for panel in panels} == {"${datasource}"}


def test_no_panels_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for cells in map(cells_of, DASHBOARD["panels"]):
        assert not taken & cells
        assert max(x for x, _ in cells) < 24
        taken |= cells


def cells_of(panel: dict[str, Any]) -> set[tuple[int, int]]:
    place = panel["gridPos"]
    columns = range(place["x"], place["x"] + place["w"])
    return {(x, y) for x in columns for y in range(place["y"], place["y"] + place["h"])}


def test_a_real_prometheus_fires_the_alerts_when_things_go_wrong_and_not_before() -> None:
    """One test, as each would start servers of its own."""
    find("prometheus")
    package = str(Path(flask_corsguard.__file__ or "").parents[1])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH", ""))))
    result = subprocess.run(
        [sys.executable, str(EXAMPLE), "--hurry", f"--seconds={AT_MOST}"],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=AT_MOST + 30,
    )
    said = result.stdout
    before, _, after = said.partition("From now on, much goes wrong.")
    fired = re.findall(r"^ +[\d.]+ s  (\w+): ", after, re.MULTILINE)
    assert sorted(fired) == sorted(ALERTS), said
    assert "Cors" not in before, said
    assert result.returncode == 0, said

"""Every command, as somebody types it: with an application, and with one that does not load."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import APPS, Result, environment

Run = Callable[..., Result]
APP = "https://app.example.com"
COMMANDS = ("routes", "explain", "check", "probe", "config")
SENTENCE = (
    "Access to fetch at 'https://api.example.com/api/orders/1' from origin "
    "'https://www.example.org' has been blocked by CORS policy: Response to preflight request "
    "doesn't pass access control check: No 'Access-Control-Allow-Origin' header is present on the "
    "requested resource."
)


def fits(text: str) -> bool:
    return all(len(line) <= 80 for line in text.splitlines())


def test_the_group_lists_its_commands_and_exit_codes(run_cors: Run) -> None:
    done = run_cors("--help")
    assert done.code == 0
    positions = [done.out.index(f"\n  {name} ") for name in COMMANDS]
    assert positions == sorted(positions)
    assert "Exit codes:" in done.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_page_without_an_application(run_cors: Run, command: str) -> None:
    done = run_cors(command, "--help", app="down")
    assert done.code == 0
    assert "--format" in done.out
    assert fits(done.out)


# --- routes -----------------------------------------------------------------------------------


def test_routes_shows_every_route_with_its_policy_and_its_source(run_cors: Run) -> None:
    done = run_cors("routes")
    assert (done.code, done.err) == (0, "the shop is open\n")
    assert fits(done.out)
    flat = " ".join(run_cors("routes", COLUMNS="200").out.split())
    for words in (
        "/api/orders GET resources['/api/*'] rule https://*.example.com",
        "/api/orders/<int:number> PUT orders view https://app.example.com",
        "/health GET - none -",
        "/admin/ GET blueprint 'admin' blueprint https://admin.example.com with credentials",
        "/secret/ GET view 'secret' view same origin only",
        "Routes that nothing covers",
        "Rules that match no route",
        "resources['/old/*']",
        "Rules that others go before",
    ):
        assert words in flat, words


def test_routes_as_json_says_the_same(run_cors: Run) -> None:
    value = json.loads(run_cors("routes", "--format", "json").out)
    routes = {row["rule"]: row for row in value["routes"]}
    assert routes["/api/orders"]["governing"]["source"] == "rule"
    assert routes["/api/orders/<int:number>"]["governing"]["policy"] == "orders"
    assert routes["/admin/"]["governing"]["place"] == "blueprint 'admin'"
    assert routes["/health"]["governing"]["source"] == "none"
    assert value["uncovered"] == ["/static/<path:filename>", "/health"]
    rules = {row["place"]: row for row in value["rules"]}
    assert rules["resources['/old/*']"]["matches_nothing"] is True
    assert rules["resources['/secret/']"]["governs_nothing"] is True


def test_routes_as_csv_can_be_read(run_cors: Run) -> None:
    done = run_cors("routes", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert {row["route"] for row in rows} >= {"/api/orders", "/feed", "/health"}
    assert set(rows[0]) == {"route", "methods", "policy", "from", "origins"}


# --- explain a request ------------------------------------------------------------------------


def test_an_allowed_request_is_explained(run_cors: Run) -> None:
    done = run_cors("explain", "/api/orders", "--origin", APP)
    assert done.code == 0
    assert done.out.startswith(f"GET https://api.example.com/api/orders from {APP}, without")
    assert f"< Access-Control-Allow-Origin: {APP}\n< Vary: Origin\n" in done.out
    for engine in ("chromium", "firefox", "safari"):
        assert re.search(rf"^{engine} +allowed", done.out, re.MULTILINE)


def test_a_blocked_request_is_explained_with_its_remedy(run_cors: Run) -> None:
    done = run_cors(
        "explain",
        "https://api.example.com/api/orders/1",
        "--origin",
        APP,
        "--method",
        "PUT",
        "--header",
        "Authorization",
        "--credentials",
    )
    assert done.code == 1
    flat = " ".join(done.out.split())
    for words in (
        "The browser asks first, because PUT is not GET, HEAD or POST",
        "view 'api.change_order' governs it, called 'orders'",
        "Passed over: resources['/api/*'].",
        "> Access-Control-Request-Headers: authorization",
        "The smallest change that would allow it:",
        "allow_headers=['X-Request-Id', 'Authorization']",
        "credentials=True",
        "Wise? If it is yours.",
    ):
        assert words in flat, words


def test_an_explanation_is_a_tree_in_json(run_cors: Run) -> None:
    done = run_cors("explain", "/feed", "--origin", "null", "--credentials", "--format", "json")
    value = json.loads(done.out)
    assert (done.code, value["allowed"], value["wise"]) == (1, False, "no")
    assert [each["engine"] for each in value["browsers"]] == ["chromium", "firefox", "safari"]
    assert value["messages"][0]["headers"] == [["Access-Control-Allow-Origin", "*"]]
    assert {"title", "text", "ok"} == set(value["steps"][0])


# --- explain a sentence -----------------------------------------------------------------------


def test_a_sentence_is_explained_with_the_application_at_hand(run_cors: Run) -> None:
    done = run_cors("explain", SENTENCE)
    assert done.code == 0
    flat = " ".join(done.out.split())
    for words in (
        "browser chromium",
        "cause allow-origin-missing",
        "page https://www.example.org",
        "URL https://api.example.com/api/orders/1",
        "Meaning: The response does not say that this page may read it",
        "Remedy: Send `Access-Control-Allow-Origin: https://www.example.org`",
        "The application at hand does just that",
        "The smallest change that would allow it:",
    ):
        assert words in flat, words


@pytest.mark.parametrize("app", ["down", "refused", "bare", "missing", None])
def test_a_sentence_is_explained_without_an_application(run_cors: Run, app: str | None) -> None:
    done = run_cors("explain", SENTENCE, app=app)
    assert done.code == 0
    assert "Meaning:" in done.out
    assert "Remedy:" in done.out
    assert "Traceback" not in done.err


def test_a_sentence_comes_from_standard_input_too(run_cors: Run) -> None:
    done = run_cors("explain", "-", "--format", "json", app="down", stdin=SENTENCE + "\n")
    value = json.loads(done.out)
    assert value["reading"]["origin"] == "https://www.example.org"
    assert value["application_error"] == "RuntimeError: there is no database"


def test_what_is_neither_is_answered_with_what_to_do(run_cors: Run) -> None:
    done = run_cors("explain", "TypeError: Failed to fetch")
    assert done.code == 2
    assert "Copy the whole line from the console" in done.err


# --- check ------------------------------------------------------------------------------------


def test_check_lists_what_is_wrong_and_what_to_do(run_cors: Run) -> None:
    done = run_cors("check")
    assert done.code == 0
    assert fits(done.out)
    assert re.findall(r"^(CG\d+)  warning", done.out, re.MULTILINE) == ["CG906", "CG907"]
    assert done.out.endswith("0 errors, 2 warnings.\n")


def test_a_warning_fails_a_strict_check(run_cors: Run) -> None:
    assert run_cors("check", "--strict").code == 1


def test_check_finds_everything_in_a_careless_application(run_cors: Run) -> None:
    value = json.loads(run_cors("check", "--format", "json", app="careless").out)
    codes = {problem["code"] for problem in value["problems"]}
    assert codes == {"CG901", "CG902", "CG903", "CG904", "CG905", "CG906"}
    assert (value["errors"], value["warnings"]) == (0, len(value["problems"]))


def test_check_reports_what_the_guard_refuses(run_cors: Run) -> None:
    done = run_cors("check", app="refused")
    assert done.code == 1
    assert re.findall(r"^(CG\d+)  error", done.out, re.MULTILINE) == ["CG104", "CG105", "CG601"]
    assert "Write 'https://example.com'." in " ".join(done.out.split())
    assert "Traceback" not in done.err


def test_check_says_why_an_application_does_not_load(run_cors: Run) -> None:
    done = run_cors("check", app="down")
    assert done.code == 3
    assert "RuntimeError: there is no database" in done.err
    assert "down.py:3" in done.err


def test_check_says_that_there_is_no_guard(run_cors: Run) -> None:
    done = run_cors("check", app="bare")
    assert done.code == 1
    assert "CG900" in done.out


# --- config -----------------------------------------------------------------------------------


def test_config_shows_every_value_and_its_source(run_cors: Run) -> None:
    done = run_cors("config")
    assert done.code == 0
    assert fits(done.out)
    flat = " ".join(done.out.split())
    assert "max_age 300 code" in flat
    assert "resources['/api/*'].max_age 300 the guard's options" in flat
    assert "credentials False default" in flat


def test_config_as_json_keeps_the_values(run_cors: Run) -> None:
    value = json.loads(run_cors("config", "--format", "json").out)
    found = {row["place"]: row for row in value}
    assert found["max_age"] == {"place": "max_age", "value": 300, "source": "code", "key": ""}
    assert found["resources['/feed'].origins"]["value"] == ["*"]


# --- all of them ------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["routes"], ["config"], ["explain", "/", "--origin", APP]])
@pytest.mark.parametrize(
    ("app", "said"),
    [
        ("down", "RuntimeError: there is no database"),
        ("refused", "[CG104]"),
        ("bare", "has no CORSGuard; write CORSGuard(app, origins=[...])."),
        ("missing", "missing"),
    ],
)
def test_what_needs_an_application_says_why_there_is_none(
    run_cors: Run, command: list[str], app: str, said: str
) -> None:
    done = run_cors(*command, app=app)
    assert (done.code, done.out) == (3, "")
    assert said in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rotes"], "Did you mean 'routes'?"),
        (["check", "--strickt"], "--strict"),
        (["check", "--format", "sarv"], "Did you mean 'sarif'?"),
        (["routes", "--format", "jsn"], "Did you mean 'json'?"),
        (["explain", "/x", "--origin", "app.example.com"], "Write 'https://app.example.com'."),
        (["explain", "/x", "--origin", "https://App.example.com/"], "https://app.example.com"),
        (["explain", "/x", "--origin", APP, "--method", "TRACE"], "no method that script can send"),
        (["explain", "/x"], "--origin https://app.example.com"),
        (["explain", "/x", "--origin", APP, "--header", "X Y: 1"], "is not the name of a header"),
    ],
)
def test_bad_arguments_are_answered_with_the_nearest_good_ones(
    run_cors: Run, arguments: list[str], said: str
) -> None:
    done = run_cors(*arguments)
    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize(
    "command", [["routes"], ["check"], ["config"], ["explain", "/feed", "--origin", APP]]
)
def test_without_a_terminal_there_is_no_colour(run_cors: Run, command: list[str]) -> None:
    assert "\x1b" not in run_cors(*command, NO_COLOR="").out


def test_rich_tables_fit_and_have_no_colour_where_none_is_wanted(run_cors: Run) -> None:
    plain = run_cors("routes", FORCE_COLOR="1")
    assert plain.code == 0
    assert "\x1b[3" not in plain.out
    assert "─" in plain.out
    assert fits(re.sub(r"\x1b\[[\d;]*m", "", plain.out))
    coloured = run_cors("routes", FORCE_COLOR="1", NO_COLOR="", TERM="xterm-256color")
    assert "\x1b[" in coloured.out


def test_a_narrow_terminal_is_respected(run_cors: Run) -> None:
    done = run_cors("routes", COLUMNS="60")
    assert all(len(line) <= 60 for line in done.out.splitlines())


def test_the_shell_can_complete() -> None:
    words = {"_FLASK_COMPLETE": "bash_complete", "COMP_WORDS": "flask cors ", "COMP_CWORD": "2"}
    flask = Path(sys.executable).with_name("flask")
    done = subprocess.run(
        [flask], cwd=APPS, env=environment(**words), capture_output=True, text=True, check=False
    )
    assert {f"plain,{name}" for name in COMMANDS} <= set(done.stdout.split())

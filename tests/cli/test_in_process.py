"""
A command says the same in a process of its own and in one where the application is already.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import FlaskGroup

from .conftest import APPS, Result

Run = Callable[..., Result]

SENTENCE = (
    "Access to fetch at 'https://api.example.com/orders' from origin 'https://evil.example' has "
    "been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the "
    "requested resource."
)
ORDERS = "https://api.example.com/api/orders"
STRANGER = ("--origin", "https://evil.example")
COMMANDS = [
    ("routes",),
    ("routes", "--format", "csv"),
    ("routes", "--format", "json"),
    ("config",),
    ("config", "--format", "json"),
    ("check",),
    ("check", "--strict"),
    ("check", "--format", "json"),
    ("check", "--format", "sarif"),
    ("check", "--format", "github"),
    ("explain", ORDERS, *STRANGER),
    ("explain", ORDERS, "--origin", "https://app.example.com", "--method", "PUT"),
    ("explain", ORDERS, *STRANGER, "--header", "X-Odd", "--credentials", "--method", "DELETE"),
    ("explain", ORDERS, *STRANGER, "--format", "json"),
    ("explain", SENTENCE),
    ("explain", SENTENCE, "--format", "json"),
    ("explain", "nothing that a browser says"),
    ("explain", ORDERS),
    ("check", "--formt", "json"),
    ("probe", "http://127.0.0.1:9/", *STRANGER),
    ("probe", "not a URL", *STRANGER),
]


def application(name: str) -> Flask:
    spec = importlib.util.spec_from_file_location(name, APPS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    app = module.app
    assert isinstance(app, Flask)
    return app


@pytest.fixture
def run_here(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    for name, value in {"COLUMNS": "80", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "false")
    monkeypatch.chdir(APPS)

    def run(*arguments: str, app: str) -> Result:
        flask = FlaskGroup(name="flask", create_app=lambda: application(app), load_dotenv=False)
        done = CliRunner().invoke(flask, ["cors", *arguments], prog_name="flask")
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return Result(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.mark.parametrize("app", ["shop", "careless"])
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_command_says_the_same_in_any_process(
    run_cors: Run, run_here: Run, arguments: tuple[str, ...], app: str
) -> None:
    here, there = run_here(*arguments, app=app), run_cors(*arguments, app=app)
    assert here.code == there.code
    if {"sarif", "github"}.intersection(arguments):
        # Where the application is written is known from `--app` only.
        codes = re.compile(r"CG\d+")
        assert codes.findall(here.out) == codes.findall(there.out)
        return
    assert here.out.split() == there.out.split()
    if "json" in arguments and here.code != 2:
        assert json.loads(here.out) == json.loads(there.out)

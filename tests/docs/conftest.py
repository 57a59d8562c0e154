"""What the tests of the documentation share."""

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from blinker import ANY

import flask_corsguard
from flask_corsguard import (
    cors_decided,
    origin_rejected,
    preflight_rejected,
    request_refused,
    trial_differed,
)
from repository import ROOT
from support.databases import closing_databases

# The examples and tables that the reference is made of, and the runner of fenced blocks.
sys.path += [str(ROOT / "docs" / "_ext"), str(Path(__file__).parent)]

from fenced import Log, Runner


@pytest.fixture(scope="session")
def public_names() -> set[str]:
    return set(flask_corsguard.__all__)


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Give commands what the tests have: the programs, and the package, tree or installed wheel."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    found = {**os.environ, "COLUMNS": "80", "PATH": path}
    package = Path(flask_corsguard.__file__ or "").parents[1]
    # What is installed is found anyway, and site-packages may not stand before the stdlib.
    return found if package.name == "site-packages" else {**found, "PYTHONPATH": str(package)}


@pytest.fixture
def runner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> Iterator[Runner]:
    """Run blocks in a module of their own; what they do to the process is undone."""
    module = ModuleType("shop")
    module.__file__ = str(tmp_path / "shop.py")
    monkeypatch.setitem(sys.modules, "shop", module)
    monkeypatch.chdir(tmp_path)
    logger, log = logging.getLogger("flask_corsguard"), Log()
    level, handlers = logger.level, list(logger.handlers)
    logger.addHandler(log)
    with closing_databases():
        yield Runner(ROOT, tmp_path, module, environment, log)
    module.__dict__.clear()
    for signal in (
        cors_decided,
        origin_rejected,
        preflight_rejected,
        request_refused,
        trial_differed,
    ):
        for receiver in list(signal.receivers_for(ANY)):
            signal.disconnect(receiver)
    logger.setLevel(level)
    logger.handlers[:] = handlers

"""
The type checkers agree: with the package, with what its types promise, with how it is used.

`tests/typing/` is read by the checkers and never run.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import flask_corsguard
from repository import ROOT

STRICT_MYPY = ["mypy", "--strict", "--no-error-summary"]
PYRIGHT = ["pyright"]
NAME = "flask_corsguard"


def check(command: Sequence[str], *, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    # Pyright asks the first `python` on the PATH where packages are.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return subprocess.run(
        [sys.executable, "-P", "-m", *command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_mypy_finds_nothing() -> None:
    result = check(STRICT_MYPY)
    assert result.returncode == 0, result.stdout + result.stderr


def test_pyright_finds_nothing() -> None:
    result = check(PYRIGHT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_public_type_is_known_to_those_who_import_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [*PYRIGHT, "--outputjson", "--verifytypes", NAME, "--ignoreexternal"]
    # From a folder that holds nothing, so that it is the imported package that is looked at.
    monkeypatch.setenv("PYTHONPATH", str(Path(str(flask_corsguard.__file__)).parents[1]))
    result = check(command, folder=tmp_path)
    report = json.loads(result.stdout)["typeCompleteness"]
    incomplete = [
        f"{symbol['name']}: {note['message']}"
        for symbol in report["symbols"]
        if symbol["isExported"] and not symbol["isTypeKnown"]
        for note in symbol["diagnostics"] or [{"message": "the type is not known"}]
    ]
    assert not incomplete, "\n".join(incomplete)
    assert result.returncode == 0, result.stdout
    assert report["completenessScore"] == 1


@pytest.mark.parametrize("checker", [STRICT_MYPY, PYRIGHT], ids=lambda command: command[0])
def test_the_checkers_can_fail(checker: Sequence[str], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("number: int = 'text'\n")
    result = check([*checker, str(wrong)], folder=tmp_path)
    assert result.returncode == 1
    assert "wrong.py" in result.stdout

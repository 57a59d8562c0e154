import os
import subprocess
import sys
from pathlib import Path

import pytest

SKIPPING = """
import pytest

def test_that_runs():
    pass

def test_that_skips():
    pytest.skip("no browser here")

@pytest.mark.skip(reason="not today")
def test_that_is_marked():
    pass

@pytest.mark.xfail(reason="known to be broken")
def test_that_is_expected_to_fail():
    assert False
"""
SKIPPED_MODULE = """
import pytest

pytest.importorskip("there_is_no_such_module")
"""


def run_pytest(folder: Path, *arguments: str, ci: str | None) -> subprocess.CompletedProcess[str]:
    ours = ("CI", "COV", "PYTEST")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    environment["PYTHONPATH"] = str(Path(__file__).parent)
    if ci is not None:
        environment["CI"] = ci
    command = [sys.executable, "-m", "pytest", "-p", "no_skips", "-p", "no:randomly", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("workers", ["0", "1"])
def test_skips_are_failures_in_ci(tmp_path: Path, workers: str) -> None:
    (tmp_path / "test_some.py").write_text(SKIPPING)
    result = run_pytest(tmp_path, "-n", workers, ci="true")
    assert result.returncode == 1
    assert "2 failed, 1 passed, 1 error" in result.stdout
    assert "nothing may be skipped. Skipped: no browser here" in result.stdout
    assert "nothing may be skipped. expected to fail: known to be broken" in result.stdout


def test_a_module_that_skips_itself_is_an_error_in_ci(tmp_path: Path) -> None:
    (tmp_path / "test_none.py").write_text(SKIPPED_MODULE)
    result = run_pytest(tmp_path, ci="true")
    assert result.returncode == 2
    assert "there_is_no_such_module" in result.stdout


@pytest.mark.parametrize("ci", [None, ""])
def test_elsewhere_skips_are_skips(tmp_path: Path, ci: str | None) -> None:
    (tmp_path / "test_some.py").write_text(SKIPPING)
    (tmp_path / "test_none.py").write_text(SKIPPED_MODULE)
    result = run_pytest(tmp_path, ci=ci)
    assert result.returncode == 0
    assert "1 passed, 3 skipped, 1 xfailed" in result.stdout

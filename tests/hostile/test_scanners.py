"""
Scanners find nothing in a guarded application, and everything in a bad one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from .scanner import CHECKS, Site
from .targets import APP, BAD, GOOD, HOST, SITE, bad_app, good_app, serving

RUNNER = Path(__file__).with_name("corscanner.py")

FOUND_BY_CORSCANNER = {
    "reflect": "reflect_origin",
    "prefix": "prefix_match",
    "suffix": "suffix_match",
    "null": "trust_null",
    "include": "include_match",
    "dot": "not_escape_dot",
    "parties": "custom_third_parties",
    "special": "special_characters_bypass",
    "subdomain": "trust_any_subdomain",
    "insecure": "https_trust_http",
}
"""Path of the bad application: the check that finds its flaw. This is all that CORScanner has."""

FOUND_BY_OURS = {
    "reflect": "kin",
    "null": "kin",
    "prefix": "kin",
    "suffix": "kin",
    "dot": "kin",
    "subdomain": "kin",
    "insecure": "kin",
    "preflight": "kin",
    "star": "kin",
    "port": "ports",
    "userinfo": "userinfo",
    "dots": "dots",
    "control": "control",
    "special": "control",
    "case": "cases",
    "path": "paths",
    "list": "lists",
    "twice": "answers",
    "split": "answers",
    "private": "answers",
    "announce": "injection",
    "vary": "vary",
    "errors": "vary",
    "cached": "cache",
    "forged": "cache",
}


@pytest.fixture(scope="module")
def bad() -> Iterator[int]:
    with serving(bad_app()) as port:
        yield port


@pytest.fixture(scope="module")
def good() -> Iterator[int]:
    with serving(good_app()) as port:
        yield port


def site(port: int, path: str) -> Site:
    return Site(port=port, host=HOST, path=f"/{path}", friend=APP)


def run_corscanner(port: int, paths: list[str], folder: Path) -> dict[str, str]:
    """
    Scan paths, and give the name of what was found for each; the exit code says nothing.
    """
    if find_spec("CORScanner") is None:
        pytest.skip("the scanner is not installed: pip install cors")
    urls, report = folder / "urls.txt", folder / "report.json"
    urls.write_text("\n".join(f"{SITE}/{path}" for path in paths))
    options = ["-i", str(urls), "-o", str(report), "-t", "4", "-v"]
    command = [sys.executable, str(RUNNER), str(port), HOST, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    # Every path has been looked at to the end, or to its first finding.
    assert done.stdout.count("Start checking reflect_origin") == len(paths), done.stdout
    assert "not on this machine" not in done.stdout + done.stderr
    found = json.loads(report.read_text())
    assert all(finding["credentials"] == "true" for finding in found)
    return {finding["url"].removeprefix(f"{SITE}/"): finding["type"] for finding in found}


def test_corscanner_finds_every_flaw_that_it_knows_in_the_bad_application(
    bad: int, tmp_path: Path
) -> None:
    assert run_corscanner(bad, list(FOUND_BY_CORSCANNER), tmp_path) == FOUND_BY_CORSCANNER


def test_corscanner_finds_nothing_in_the_good_application(good: int, tmp_path: Path) -> None:
    assert run_corscanner(good, list(GOOD), tmp_path) == {}


@pytest.mark.parametrize("path", sorted(FOUND_BY_OURS))
def test_our_checks_find_the_flaw_in_the_bad_application(bad: int, path: str) -> None:
    assert list(CHECKS[FOUND_BY_OURS[path]](site(bad, path)))


def test_every_flaw_of_the_bad_application_is_found_by_someone() -> None:
    assert set(BAD) == set(FOUND_BY_OURS) | set(FOUND_BY_CORSCANNER)
    assert set(CHECKS) - {"two lines"} == set(FOUND_BY_OURS.values())


@pytest.mark.parametrize("path", GOOD)
@pytest.mark.parametrize("check", sorted(CHECKS))
def test_our_checks_find_nothing_in_the_good_application(good: int, check: str, path: str) -> None:
    assert list(CHECKS[check](site(good, path))) == []


def test_the_friend_is_let_in_so_there_is_something_to_find(good: int) -> None:
    for path in set(GOOD) - {"closed"}:
        reply = site(good, path).ask(("Origin", APP))
        assert reply.get("Access-Control-Allow-Origin") == ("*" if path == "public" else APP), path
        assert site(good, path).preflight(APP).status == 204

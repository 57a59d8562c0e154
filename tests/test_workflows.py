"""
The workflows do what a release is promised to be, with no more rights than that takes.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from repository import ROOT

FOLDER = ROOT / ".github" / "workflows"
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yml"))}
# `on` is a boolean to YAML 1.1, and no test looks at it.
WORKFLOWS: dict[str, dict[str, Any]] = {name: yaml.safe_load(t) for name, t in TEXTS.items()}
JOBS = {f"{w}:{j}": job for w, flow in WORKFLOWS.items() for j, job in flow["jobs"].items()}
RELEASE: dict[str, dict[str, Any]] = WORKFLOWS["release"]["jobs"]

PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
FROM_OUTSIDE = re.compile(
    r"\$\{\{\s*(?:github\.(?:head_ref|ref_name|event\.(?!repository))|inputs\.|secrets\.)"
)


def used(text: str) -> list[str]:
    return re.findall(r"uses: (.+)", text)


def runs(job: dict[str, Any]) -> Iterator[str]:
    return (step["run"] for step in job["steps"] if "run" in step)


def actions(job: dict[str, Any]) -> list[str]:
    return [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]


def needed(jobs: dict[str, dict[str, Any]], name: str) -> set[str]:
    needs = jobs[name].get("needs", [])
    return {needs} if isinstance(needs, str) else set(needs)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_action_is_pinned_to_a_commit(name: str) -> None:
    assert used(TEXTS[name])
    assert not [action for action in used(TEXTS[name]) if not PINNED.fullmatch(action)]


def test_an_action_has_one_version_everywhere() -> None:
    versions: dict[str, set[str]] = {}
    for text in TEXTS.values():
        for action in used(text):
            versions.setdefault(action.partition("@")[0], set()).add(action)
    assert {len(found) for found in versions.values()} == {1}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_nothing_is_granted_to_a_workflow_as_a_whole(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}


@pytest.mark.parametrize("name", set(JOBS) - {"release:publish"})
def test_a_job_may_read_the_repository_and_nothing_more(name: str) -> None:
    assert JOBS[name]["permissions"] == {"contents": "read"}


def test_only_the_job_that_publishes_may_ask_for_an_identity() -> None:
    asking = {name for name, job in JOBS.items() if "id-token" in job["permissions"]}
    assert asking == {"release:publish"}
    assert RELEASE["publish"]["environment"] == "release"
    assert RELEASE["publish"]["permissions"] == {"id-token": "write", "attestations": "write"}


def test_what_is_published_is_what_was_built_and_tested() -> None:
    assert needed(RELEASE, "test") == {"build"}
    assert needed(RELEASE, "publish") == {"build", "test"}
    built = [name for name, job in RELEASE.items() if any("-m build" in run for run in runs(job))]
    kept = [name for name, job in RELEASE.items() if "actions/upload-artifact" in actions(job)]
    assert built == kept == ["build"]
    # Nothing of the repository and no command runs where the identity is.
    assert list(runs(RELEASE["publish"])) == []
    assert actions(RELEASE["publish"]) == [
        "actions/download-artifact",
        "actions/attest-build-provenance",
        "pypa/gh-action-pypi-publish",
    ]


def test_the_tests_of_a_release_see_what_was_built() -> None:
    (step,) = [step for step in RELEASE["test"]["steps"] if "pytest" in step.get("run", "")]
    assert step["env"]["DIST_UNDER_TEST"].endswith("/dist")


@pytest.mark.parametrize("name", JOBS)
def test_a_checkout_leaves_no_credentials_behind(name: str) -> None:
    for step in JOBS[name]["steps"]:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_text_from_outside_becomes_a_command(name: str) -> None:
    assert not FROM_OUTSIDE.findall(TEXTS[name])
    assert "pull_request_target" not in TEXTS[name]


def test_ci_runs_on_every_supported_python() -> None:
    classifiers = re.findall(
        r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    )
    for job in (WORKFLOWS["ci"]["jobs"]["test"], RELEASE["test"]):
        assert job["strategy"]["matrix"]["python"] == classifiers
    for job in WORKFLOWS["ci"]["jobs"].values():
        assert list(runs(job))[-1] == ".ci/run"


def test_what_is_not_pinned_is_found() -> None:
    assert not PINNED.fullmatch("actions/checkout@v7")
    assert not PINNED.fullmatch("actions/checkout@" + "0" * 40)
    assert FROM_OUTSIDE.search("echo ${{ github.event.pull_request.title }}")
    assert FROM_OUTSIDE.search("${{ secrets.TOKEN }}")

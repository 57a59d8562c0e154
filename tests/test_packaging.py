"""
What is installed is what was meant to be.

`make test` builds the wheel and the sdist, installs the wheel and names their folder in
`DIST_UNDER_TEST`. Without that variable they are built here, and what is imported is the tree.
"""

import configparser
import email
import email.message
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import parse_sdist_filename, parse_wheel_filename
from readme_renderer import markdown

import flask_corsguard
from repository import PACKAGE, ROOT, repository_files

VARIABLE = "DIST_UNDER_TEST"
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT: dict[str, Any] = PYPROJECT["project"]
ABOUT_THE_SDIST = PurePosixPath("PKG-INFO")

# Options of flake8, and where ruff has the same ones. Where both files could state a fact,
# pyproject.toml does.
COUNTERPARTS = {
    "max-line-length": "line-length",
    "max-doc-length": "lint.pycodestyle.max-doc-length",
    "max-complexity": "lint.mccabe.max-complexity",
    "select": "lint.select",
    "extend-select": "lint.select",
    "ignore": "lint.ignore",
    "per-file-ignores": "lint.per-file-ignores",
    "exclude": "exclude",
    "extend-exclude": "extend-exclude",
    "docstring-convention": "lint.pydocstyle.convention",
    "inline-quotes": "lint.flake8-quotes.inline-quotes",
}


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that holds the wheel and the sdist."""
    if folder := os.environ.get(VARIABLE):
        return Path(folder)
    built = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(built), str(ROOT)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return built


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    (path,) = dist.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def in_wheel(wheel: Path) -> dict[PurePosixPath, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {PurePosixPath(name): archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="session")
def sdist(dist: Path) -> Path:
    (path,) = dist.glob("*.tar.gz")
    return path


@pytest.fixture(scope="session")
def in_sdist(sdist: Path) -> set[PurePosixPath]:
    with tarfile.open(sdist) as archive:
        names = [PurePosixPath(member.name) for member in archive if member.isfile()]
    return {PurePosixPath(*name.parts[1:]) for name in names}


@pytest.fixture(scope="session")
def metadata(in_wheel: dict[PurePosixPath, bytes]) -> email.message.Message:
    (text,) = (data for path, data in in_wheel.items() if path.name == "METADATA")
    return email.message_from_bytes(text)


def of_package(paths: set[PurePosixPath]) -> set[PurePosixPath]:
    return {path for path in paths if path.parts[0] == PACKAGE.name}


def test_what_is_tested_is_the_installed_wheel(in_wheel: dict[PurePosixPath, bytes]) -> None:
    if VARIABLE not in os.environ:
        pytest.skip(f"{VARIABLE} is not set: the tree is tested, not the wheel. Run `make test`.")
    site_packages = Path(sysconfig.get_path("purelib"))
    assert flask_corsguard.__file__ is not None
    assert Path(flask_corsguard.__file__).is_relative_to(site_packages)
    assert str(ROOT) not in sys.path
    installed = {path: (site_packages / path).read_bytes() for path in of_package(set(in_wheel))}
    assert installed == {path: data for path, data in in_wheel.items() if path in installed}


def test_the_wheel_holds_the_package_and_nothing_else(
    in_wheel: dict[PurePosixPath, bytes],
) -> None:
    expected = of_package({PurePosixPath(path) for path in repository_files()})
    assert of_package(set(in_wheel)) == expected
    others = {path.parts[0] for path in in_wheel} - {PACKAGE.name}
    assert others == {f"flask_corsguard-{PROJECT['version']}.dist-info"}


def test_the_wheel_says_that_it_is_typed(in_wheel: dict[PurePosixPath, bytes]) -> None:
    assert PurePosixPath(PACKAGE.name, "py.typed") in in_wheel


def test_the_wheel_holds_no_tests(in_wheel: dict[PurePosixPath, bytes]) -> None:
    assert not [path for path in in_wheel if "tests" in path.parts or path.stem == "conftest"]


def test_the_wheel_is_for_every_platform(wheel: Path) -> None:
    name, version, _, tags = parse_wheel_filename(wheel.name)
    assert (name, str(version)) == (PROJECT["name"], PROJECT["version"])
    assert {str(tag) for tag in tags} == {"py3-none-any"}


def test_the_sdist_holds_the_whole_repository(in_sdist: set[PurePosixPath]) -> None:
    expected = {PurePosixPath(path) for path in repository_files()}
    assert in_sdist | {ABOUT_THE_SDIST} == expected | {ABOUT_THE_SDIST}


@pytest.mark.parametrize(
    "name",
    [
        ".ci/run",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "Makefile",
        "README.md",
        "docs/conf.py",
        "examples/demo/__main__.py",
        "setup.cfg",
        "tests/test_packaging.py",
        "tools/coverage_gate.py",
    ],
)
def test_the_sdist_holds_what_it_takes_to_test_it(in_sdist: set[PurePosixPath], name: str) -> None:
    assert PurePosixPath(name) in in_sdist


def test_the_sdist_is_named_after_the_version(sdist: Path) -> None:
    name, version = parse_sdist_filename(sdist.name)
    assert (name, str(version)) == (PROJECT["name"], PROJECT["version"])


def test_metadata_says_what_the_project_is(metadata: email.message.Message) -> None:
    assert metadata["Name"] == "flask-corsguard"
    assert metadata["Version"] == PROJECT["version"]
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata["Summary"]


def test_metadata_names_the_supported_pythons(metadata: email.message.Message) -> None:
    prefix = "Programming Language :: Python :: 3."
    pythons = [line for line in metadata.get_all("Classifier", []) if line.startswith(prefix)]
    assert pythons == [f"{prefix}{minor}" for minor in (11, 12, 13, 14)]


def test_dependencies_have_lower_bounds_only(metadata: email.message.Message) -> None:
    requirements = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    assert requirements
    operators = {bound.operator for wanted in requirements for bound in wanted.specifier}
    assert operators == {">="}
    assert all(wanted.specifier for wanted in requirements)


def test_the_core_needs_flask_and_little_else(metadata: email.message.Message) -> None:
    requirements = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    needed = {wanted.name.lower() for wanted in requirements if not wanted.marker}
    assert needed == {"blinker", "flask", "idna", "publicsuffixlist", "werkzeug"}


def test_the_version_is_written_once() -> None:
    version = re.compile(rf"(?<![\d.]){re.escape(PROJECT['version'])}(?![\d.])")
    programs = [path for path in repository_files() if path.suffix in {".py", ".cfg", ".toml"}]
    written = [
        str(path) for path in programs if version.search((ROOT / path).read_text(encoding="utf-8"))
    ]
    assert written == ["pyproject.toml"]


def test_the_readme_can_be_shown_by_an_index(metadata: email.message.Message) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert metadata.get_payload() == readme
    html = markdown.render(readme)
    assert html is not None
    assert "<h1" in html


def test_setup_cfg_speaks_of_flake8_alone() -> None:
    assert read_setup_cfg().sections() == ["flake8"]


def test_setup_cfg_repeats_nothing_of_pyproject() -> None:
    assert not repeated(dict(read_setup_cfg()["flake8"]), PYPROJECT["tool"]["ruff"])


def test_a_fact_in_both_files_is_found() -> None:
    ruff = {"line-length": 100, "lint": {"ignore": ["E203", "D105"], "select": ["E"]}}
    assert repeated({"max-line-length": "88"}, ruff) == {"max-line-length"}
    assert repeated({"max_line_length": "88"}, ruff) == {"max-line-length"}
    assert repeated({"ignore": "W503"}, ruff) == {"ignore"}
    assert repeated({"extend-ignore": "E203, W503"}, ruff) == {"E203"}
    assert not repeated({"extend-ignore": "W503", "exclude": "build"}, ruff)


def test_ci_runs_what_a_contributor_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text(encoding="utf-8")
    assert text.startswith("#!/usr/bin/env bash\n")
    assert text.splitlines()[-1] == "make test"


def read_setup_cfg() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read_string((ROOT / "setup.cfg").read_text(encoding="utf-8"))
    return parser


def repeated(flake8: dict[str, str], ruff: dict[str, Any]) -> set[str]:
    """Return the options and ignored rules of flake8's section that ruff's tables state, too."""
    options = {name.replace("_", "-"): value for name, value in flake8.items()}
    both = {name for name in options if name in COUNTERPARTS and says(ruff, COUNTERPARTS[name])}
    ignored = set(re.split(r"[\s,]+", options.get("extend-ignore", "")))
    return both | (ignored & set(ruff["lint"]["ignore"]))


def says(table: dict[str, Any], key: str) -> bool:
    head, _, tail = key.partition(".")
    if head not in table:
        return False
    return says(table[head], tail) if tail else True

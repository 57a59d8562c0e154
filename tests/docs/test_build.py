"""The documentation is built without a warning, and holds what it has to hold."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from sphinx.util.inventory import InventoryFile

from flask_corsguard import Reason
from flask_corsguard.protocol.codes import CODES
from flask_corsguard.protocol.options import POLICY_OPTIONS
from flask_corsguard.settings import GUARD_OPTIONS
from repository import ROOT


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "sphinx", "-W", "-n", "--keep-going", "--quiet"]
    command += ["-d", str(folder / "doctrees"), str(ROOT / "docs"), str(folder / "html")]
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    return folder / "html"


# One test: to build takes seconds, and every process that runs tests would build for itself.
def test_the_documentation_is_built_and_complete(html: Path, public_names: set[str]) -> None:
    errors = anchors(html / "reference" / "errors.html")
    assert {code.lower() for code in CODES} <= errors
    options = anchors(html / "reference" / "options.html")
    assert {
        f"option-{name}".replace("_", "-") for name in POLICY_OPTIONS | GUARD_OPTIONS
    } <= options
    reasons = anchors(html / "reference" / "reasons.html")
    assert {f"reason-{reason.value}" for reason in Reason} <= reasons
    inventory = InventoryFile.loads((html / "objects.inv").read_bytes(), uri="")
    documented = {
        name for kind, names in inventory.data.items() if kind[:3] == "py:" for name in names
    }
    assert {f"flask_corsguard.{name}" for name in public_names} <= documented
    assert not leaked(html)


def anchors(page: Path) -> set[str]:
    return set(re.findall(r'\bid="([^"]+)"', page.read_text(encoding="utf-8")))


def leaked(html: Path) -> list[str]:
    """Find Markdown that was shown instead of read."""
    pages = [path for path in html.rglob("*.html") if "_static" not in path.parts]
    marks = re.compile(r"\{(?:ref|corsguard|eval-rst|py:\w+)\}|^```", re.MULTILINE)
    return [str(path) for path in pages if marks.search(path.read_text(encoding="utf-8"))]

"""What the repository consists of, for the tests that read it. It may be a clone or an sdist."""

import ast
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "flask_corsguard"
MADE_BY_TOOLS = {"_build", "_generated", "build", "dist", "htmlcov"}


def repository_files() -> list[Path]:
    """List the files that a commit would hold, relative to the root."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        found = [Path(name) for name in listed.stdout.split("\0") if name]
        return sorted(path for path in set(found) if (ROOT / path).is_file())
    return sorted(path.relative_to(ROOT) for path in walk(ROOT))


def walk(folder: Path) -> Iterator[Path]:
    """Yield the files below `folder`, but for those that tools make."""
    for path in folder.iterdir():
        if path.is_file() and path.suffix != ".pyc" and path.name != ".coverage":
            yield path
        elif path.is_dir() and not made_by_tools(path):
            yield from walk(path)


def made_by_tools(folder: Path) -> bool:
    name = folder.name
    return (
        name in MADE_BY_TOOLS
        or name.startswith("__")
        or (name[0] == "." and name not in {".ci", ".github"})
    )


def read_text(path: Path) -> str | None:
    """Return the text of a file that `repository_files` named, or None if it holds no text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))

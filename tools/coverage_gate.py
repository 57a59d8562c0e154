"""
Hold the coverage that the last test run wrote against what each part of the package owes.

The protocol is pure and owes every line and every branch; the rest owes 95 % of both together.
Coverage's own `fail_under` is one number for everything, so it cannot say that. Nothing is printed
when all is well, so that the summary of the tests stays the last line.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from coverage import Coverage
from coverage.exceptions import CoverageException

PACKAGE = PurePosixPath("flask_corsguard")
PROTOCOL = PACKAGE / "protocol"
FLOOR_OF_REST = 95.0  # per cent
MAX_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """
    What coverage knows of one file, lines and branches counted together.
    """

    path: PurePosixPath
    covered: int
    total: int
    missing: str


def main() -> int:
    """
    Print what falls short, if anything does, and return the exit code.
    """
    try:
        failures = list(shortfalls(measured_files()))
    except CoverageException as error:
        failures = [str(error)]
    for failure in failures:
        print(f"coverage: {failure}", file=sys.stderr)
    return 1 if failures else 0


def measured_files() -> list[Measured]:
    """
    Read the data file of the last run.

    Raises:
        CoverageException: if there is no data or it cannot be read.
    """
    coverage = Coverage()
    coverage.load()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        coverage.json_report(outfile=str(report))
        files = json.loads(report.read_text(encoding="utf-8"))["files"]
    return [
        Measured(
            path=PurePosixPath(name.replace("\\", "/")),
            covered=file["summary"]["covered_lines"] + file["summary"]["covered_branches"],
            total=file["summary"]["num_statements"] + file["summary"]["num_branches"],
            missing=describe_missing(file["missing_lines"], file["missing_branches"]),
        )
        for name, file in files.items()
    ]


def describe_missing(lines: list[int], branches: list[tuple[int, int]]) -> str:
    """
    Write down lines as numbers and branches as arrows; a negative end is a way out.
    """
    arrows = [f"{start}->{end if end > 0 else 'exit'}" for start, end in branches]
    places = [*map(str, lines), *arrows]
    more = len(places) - MAX_SHOWN
    return ", ".join(places[:MAX_SHOWN]) + (f" and {more} more" if more > 0 else "")


def shortfalls(files: list[Measured]) -> Iterator[str]:
    """
    Yield a sentence for each part that owes more than it has.
    """
    protocol = [file for file in files if file.path.is_relative_to(PROTOCOL)]
    rest = [file for file in files if file not in protocol and file.path.is_relative_to(PACKAGE)]
    if not protocol or not rest:
        yield f"nothing was measured in {PACKAGE if not rest else PROTOCOL}"
        return
    for file in protocol:
        if file.covered < file.total:
            yield f"{file.path} owes every line and branch and lacks {file.missing}"
    covered, total = sum(file.covered for file in rest), sum(file.total for file in rest)
    if covered * 100 < total * FLOOR_OF_REST:
        yield (
            f"outside {PROTOCOL}, {100 * covered / total:.1f} % of lines and branches are covered, "
            f"{FLOOR_OF_REST:.0f} % are owed"
        )


if __name__ == "__main__":
    sys.exit(main())

"""
Measure through real servers: `python -m benchmarks.servers`, from the root of the repository.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .goals import GOALS, compare, needed
from .machine import Cores, own_cores
from .measure import rounds
from .meter import Meter
from .plan import Stand, make_stands
from .report import absences, problems, table, to_dict
from .servers import SERVERS, Setting
from .wrk import CONNECTIONS

PACKAGE = Path(__file__).parents[2] / "flask_corsguard"
VERSIONS = ("Flask", "Flask-Cors", "gunicorn", "granian", "SQLAlchemy")
NOTES = f"""\
req/s: medians of the rounds; * where they lie far apart, or others used a tenth of a core or more.
x bare: against bare Flask. us: the processor's time that the server took for a request, in
microseconds. One worker process on one core; wrk, with {CONNECTIONS} connections, on another.
gunicorn's sync worker takes a new connection for each request. "Open" means every origin."""


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Measure, print, and give the exit code: 1 if anything was answered wrong.
    """
    options = parse_arguments(arguments)
    for program in ("wrk", "taskset"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is not installed; on Debian: apt-get install wrk util-linux")
    cores, stands = own_cores(), make_stands(tuple(options.servers))
    stands = needed(stands) if options.goals else stands
    about = describe(options, cores)
    print("\n".join(f"{name}: {value}" for name, value in about.items()), end="\n\n")
    started = time.monotonic()
    run(stands, options, cores)
    about["took"] = f"{time.monotonic() - started:.0f} s"
    print_report(stands)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(to_dict(stands, about), indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")
    return int(bool(problems(stands)))


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """
    Read the command line.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.servers", description="Measure through real servers."
    )
    parser.add_argument("--quick", action="store_true", help="one round: a look, not a measurement")
    parser.add_argument("--goals", action="store_true", help="only what the goals are about")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="default: %(default)s")
    parser.add_argument("--seconds", type=int, default=1, metavar="N", help="per measurement")
    parser.add_argument(
        "--patience",
        type=int,
        default=120,
        metavar="SECONDS",
        help="how long to repeat what was disturbed by others, in all; default: %(default)s",
    )
    parser.add_argument(
        "--servers", nargs="+", choices=list(SERVERS), default=list(SERVERS), help="default: all"
    )
    parser.add_argument(
        "--database",
        metavar="URL",
        help="where the rows with a database keep their origins: SQLAlchemy's URL of a database of "
        "this machine, which gets tables of ours; default: a SQLite file, the fastest there is",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.patience = 1, 0
    return options


def describe(options: argparse.Namespace, cores: Cores) -> dict[str, Any]:
    """
    Say what is measured, where, and with what.
    """
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "versions": ", ".join(f"{name} {_version(name)}" for name in VERSIONS),
        "programs": ", ".join((_first_line("wrk", "--version"), _first_line("nginx", "-v"))),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "cores": f"server on {cores.server}, wrk on {cores.client}",
        "load": f"{os.getloadavg()[0]:.2f} at the start (others' work disturbs)",
        "rounds": f"{options.rounds} of {options.seconds} s",
        "database": (options.database or "sqlite").partition(":")[0],
    }


def run(stands: Sequence[Stand], options: argparse.Namespace, cores: Cores) -> None:
    """
    Measure everything, and say how far it is.

    The package is copied first: whoever edits it meanwhile changes nothing.
    """
    with TemporaryDirectory(prefix="bench-servers-") as name:
        folder = Path(name)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=ignored)
        setting = Setting(
            folder=folder,
            database=options.database or f"sqlite:///{folder}/origins.db",
            package=folder,
            pin=cores.for_server,
        )
        meter = Meter(cores, options.seconds, options.patience)
        for turn, stand in rounds(stands, options.rounds, setting, meter):
            progress(f"round {turn + 1}: {SERVERS[stand.server].title}, {stand.title}")
        progress("")


def progress(text: str) -> None:
    """
    Say how far it is, to whoever looks on.
    """
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def print_report(stands: Sequence[Stand]) -> None:
    """
    Print the table, what it means, what went wrong, and the goals.
    """
    print(table(stands), NOTES, sep="\n\n", end="\n\n")
    for title, found in (("Not there", absences(stands)), ("FAILED", problems(stands))):
        for told in found:
            print(f"{title}: {told}")
    print("\nGoals, by the medians of the rounds' own ratios (least to greatest):")
    print("\n".join(str(compare(stands, goal)) for goal in GOALS))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not there"


def _first_line(program: str, option: str) -> str:
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
    found = shutil.which(program, path=path)
    if found is None:
        return f"no {program}"
    said = subprocess.run([found, option], capture_output=True, text=True, check=False)
    return (said.stdout + said.stderr).splitlines()[0].partition(" [")[0]


if __name__ == "__main__":
    sys.exit(main())

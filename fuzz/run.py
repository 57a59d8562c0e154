"""
Fuzz the parsers and the decision, guided by coverage.

    python fuzz/run.py                        every target, 60 seconds each
    python fuzz/run.py --seconds 600 decide   one of them, for longer
    python fuzz/run.py --minimize             and keep of what was found only what reaches further

What is found is kept in a folder of its own (`fuzz/found/TARGET`); `fuzz/corpus/TARGET` holds the
inputs that the tests replay. The oracles are those of `tests/hostile/oracles.py`.

The fuzzer works below a process that looks after its time: one process, one target.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import FrameType

HERE = Path(__file__).resolve().parent
TARGETS = ("origin", "pattern", "header_names", "path", "config", "decide", "doors")
LONGEST = {"doors": 8192, "config": 2048, "decide": 2048}
GRACE = 60
PACKAGE = "flask_corsguard/"

Oracle = Callable[[bytes], None]
Arc = tuple[str, int, int]

CHILD, REDUCE = "--child", "--reduce"


def main() -> int:
    """
    Run the targets one after the other; the exit code is 1 if any of them found something.
    """
    if sys.argv[1:2] == [CHILD]:
        _fuzz(sys.argv[2], sys.argv[3:])
        return 0
    if sys.argv[1:2] == [REDUCE]:
        _reduce(sys.argv[2])
        return 0
    options = _parse()
    return max([_run(name, options.seconds, options.minimize) for name in options.targets])


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Coverage-guided fuzzing.")
    parser.add_argument("targets", nargs="*", help=f"any of: {', '.join(TARGETS)}")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--minimize", action="store_true", help="rewrite the corpus, smaller")
    options = parser.parse_args()
    options.targets = options.targets or list(TARGETS)
    unknown = [name for name in options.targets if name not in TARGETS]
    if unknown:
        parser.error(f"no such target: {' '.join(unknown)}")
    return options


def _run(name: str, seconds: int, minimize: bool) -> int:
    corpus, found = HERE / "corpus" / name, HERE / "found" / name
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    limits = [f"-max_len={LONGEST.get(name, 512)}", f"-artifact_prefix={found.parent}/{name}-"]
    said = _child(name, [*limits, f"-max_total_time={seconds}", str(found), str(corpus)], seconds)
    counted = re.search(r"stat::number_of_executed_units: (\d+)", said.stdout)
    covered = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", said.stdout)
    runs = counted.group(1) if counted else "?"
    edges, features, kept = covered[-1] if covered else ("?", "?", "?")
    print(f"{name}: {runs} runs, {edges} edges, {features} features, {kept} inputs kept")  # noqa: T201 - whoever runs it reads it
    if said.returncode:
        sys.stderr.write(said.stdout[-4000:])
        return 1
    if minimize:
        subprocess.run([sys.executable, __file__, REDUCE, name], check=True)  # noqa: S603
    return 0


def _child(name: str, arguments: list[str], seconds: int) -> subprocess.CompletedProcess[str]:
    own = [sys.executable, __file__, CHILD, name]
    return subprocess.run(  # noqa: S603 - this very file
        [*own, "-print_final_stats=1", "-timeout=25", "-rss_limit_mb=4096", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=seconds + 10 * GRACE,
        check=False,
    )


def _fuzz(name: str, arguments: list[str]) -> None:
    import atheris  # noqa: PLC0415 - only the child needs it

    with atheris.instrument_imports(include=["flask_corsguard"]):
        oracle = _oracle(name)
    atheris.Setup([sys.argv[0], *arguments], oracle)
    atheris.Fuzz()


def _oracle(name: str) -> Oracle:
    sys.path[:0] = [str(HERE.parent), str(HERE.parent / "tests")]
    from hostile.oracles import ORACLES  # noqa: PLC0415 - the paths come first

    return ORACLES[name]


def _reduce(name: str) -> None:
    """
    Keep of all inputs the smallest ones that together reach what all of them reach.
    """
    oracle, reached = _oracle(name), set[Arc]()
    corpus, found = HERE / "corpus" / name, HERE / "found" / name
    inputs = {path.read_bytes() for folder in (corpus, found) for path in folder.glob("*")}
    for path in corpus.glob("*"):
        path.unlink()
    for data in sorted(inputs, key=lambda data: (len(data), data)):
        arcs = _arcs(oracle, data)
        if not arcs <= reached:
            reached |= arcs
            (corpus / sha256(data).hexdigest()[:12]).write_bytes(data)


def _arcs(oracle: Oracle, data: bytes) -> set[Arc]:
    """
    Give the steps from line to line that an input takes in the package.
    """
    arcs: set[Arc] = set()
    last: dict[FrameType, int] = {}

    def trace(frame: FrameType, *_: object) -> object:
        if PACKAGE not in frame.f_code.co_filename:
            return None
        arcs.add((frame.f_code.co_filename, last.get(frame, 0), frame.f_lineno))
        last[frame] = frame.f_lineno
        return trace

    sys.settrace(trace)
    try:
        oracle(data)
    finally:
        sys.settrace(None)
    return arcs


if __name__ == "__main__":
    sys.exit(main())

"""
Mutation testing: break the protocol in one place, and see whether a test goes red.

Cosmic Ray makes most of the mutants (its command line would need a database, a configuration file
and one process start for each). It knows nothing of `in`, of regular expressions and of what stands
in a set, which is most of what this package is made of, so those are made here.

A mutant that no test kills is either a missing test or equivalent: it does the same, at least as
far as anybody can tell. Those are listed in `mutants_equivalent.toml`, each with its reason.

    python tools/mutants.py                   all modules of the protocol
    python tools/mutants.py origins fields    these
    python tools/mutants.py --quick origins   with no tests but those that know the module
    python tools/mutants.py --list origins    say what would be tried
"""

from __future__ import annotations

import argparse
import ast
import difflib
import gc
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path
from queue import SimpleQueue

from mutants_made import made

ROOT = Path(__file__).resolve().parent.parent
PROTOCOL = Path("flask_corsguard/protocol")
EQUIVALENT = Path(__file__).with_name("mutants_equivalent.toml")
MODULES = sorted(path.stem for path in (ROOT / PROTOCOL).glob("[!_]*.py"))
REGULAR = ("regexes", "automata", "origin_rules")
SECONDS_FOR_ONE = 600
SECONDS_FOR_ONE_TEST = 20  # some mutants never come to an end
# The tests that know a module, those first that find the most in the least time.
KNOWN_BY = {
    "automata": ["test_automata", "test_regexes", "test_mutants"],
    "checker": ["test_checker", "test_policy"],
    "codes": ["test_codes", "test_policy"],
    "diagnosis": ["test_diagnosis", "test_policy"],
    "options": ["test_options", "test_policy"],
    "origin_rules": ["test_origin_rules", "test_policy"],
    "origins": ["test_mutants", "test_diagnosis", "test_origins"],
    "patterns": ["test_patterns", "test_mutants", "test_decide", "test_origin_rules"],
    "policy": ["test_policy", "test_mutants"],
    "public_suffix": ["test_public_suffix", "test_policy"],
    "regexes": ["test_regexes", "test_origin_rules"],
    "validation": ["test_validation", "test_policy"],
}
PRELOADED = ["__main__", "flask", "hypothesis", "pytest", "publicsuffixlist", "idna", "http.server"]
OUTPUT = "output.txt"
RED = 7  # no code that Python or pytest ends with
QUIET = ("no:randomly", "no:xdist", "no:cov")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """
    Hold one change to one module.

    Attributes:
        module: The name of the module.
        before: The changed lines as they are, stripped.
        after: The same lines as they become.
        line: The number of the first of them.
        source: The whole module, changed.
    """

    module: str
    before: str
    after: str
    line: int
    source: str

    def __str__(self) -> str:
        return f"{self.module}.py:{self.line}\n    - {self.before}\n    + {self.after}"


def main() -> int:
    """
    Run what was asked for; the exit code is 1 if anything survives that is not listed.
    """
    options = _parse()
    mutants = [mutant for name in options.modules for mutant in mutants_of(name)]
    if options.list:
        print(*mutants, f"{len(mutants)} mutants", sep="\n")
        return 0
    known = _equivalent()
    tried = [mutant for mutant in mutants if _key(mutant) not in known]
    survivors = []
    for survivor in filter(None, hunt(tried, jobs=options.jobs, quick=options.quick)):
        survivors.append(survivor)
        print(f"\n{survivor}", flush=True)
    for name in options.modules:
        print(_count(name, mutants, tried, survivors))
    print(_count("", mutants, tried, survivors))
    return 1 if survivors else 0


def _count(name: str, *groups: Sequence[Mutant]) -> str:
    made, tried, alive = (sum(m.module == name or not name for m in group) for group in groups)
    killed, same = tried - alive, made - tried
    return f"{name or 'all':15}{killed:5} killed {same:3} equivalent {alive:3} surviving"


def mutants_of(name: str) -> list[Mutant]:
    """
    Make all mutants of a module, but for those that change nothing when it runs.
    """
    source = (ROOT / PROTOCOL / f"{name}.py").read_text(encoding="utf-8")
    meaning = _meaning(source)
    mutants: dict[str, Mutant] = {}
    for changed in made(source):
        if _meaning(changed) not in {meaning, None} and changed not in mutants:
            mutants[changed] = _describe(name, source, changed)
    return sorted(mutants.values(), key=lambda mutant: mutant.line)


def hunt(mutants: list[Mutant], *, jobs: int, quick: bool) -> Iterator[Mutant | None]:
    """
    Run the tests against each mutant, and yield it if it survives, else None.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(jobs):
            copies.put(_copy(Path(folder) / str(number)))
        for module in dict.fromkeys(mutant.module for mutant in mutants):
            if _try(context, copies, _unchanged(module), quick) is None:
                said = (Path(folder) / "0" / OUTPUT).read_text(encoding="utf-8")
                raise RuntimeError(f"the tests fail without a mutant, too:\n{said[-2000:]}")
        started = time.monotonic()
        runs = [pool.submit(_try, context, copies, mutant, quick) for mutant in mutants]
        try:
            for number, run in enumerate(runs, start=1):
                yield run.result()
                done = f"\r{number}/{len(mutants)} in {time.monotonic() - started:.0f} s "
                print(done, end="", file=sys.stderr, flush=True)
        finally:
            pool.shutdown(cancel_futures=True)
    print(file=sys.stderr)


def _unchanged(module: str) -> Mutant:
    source = (ROOT / PROTOCOL / f"{module}.py").read_text(encoding="utf-8")
    return Mutant(module=module, before="", after="", line=0, source=source)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Mutation testing of the protocol.")
    parser.add_argument("modules", nargs="*", help="names of modules in protocol/")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--quick", action="store_true", help="run the tests that know a module")
    parser.add_argument("--list", action="store_true", help="only say what would be tried")
    options = parser.parse_args()
    options.modules = options.modules or MODULES
    return options


def _key(mutant: Mutant) -> tuple[str, str, str]:
    return mutant.module, mutant.before, mutant.after


def _equivalent() -> set[tuple[str, str, str]]:
    listed = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["mutant"]
    return {(m["module"], m["before"], m["after"]) for m in listed}


def _meaning(source: str) -> str | None:
    """
    Write down what runs: nothing that is there for type checkers alone. None if it is no Python.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            if ast.unparse(node.annotation) == "TypeAlias":
                node.value = None
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"cast", "TypeVar"}:
            node.args[0] = ast.Constant(None)
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            node.test = ast.Constant(None)
    return ast.dump(tree)


def _describe(name: str, source: str, changed: str) -> Mutant:
    old, new = source.splitlines(), changed.splitlines()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    edits = [edit for edit in matcher.get_opcodes() if edit[0] != "equal"]
    first, last = edits[0][1], edits[-1][2]
    # A line that stands there twice is told apart by the one above it.
    same = [line for line in old if line.strip() == old[first].strip()]
    above = [old[first - 1].strip()] if len(same) > 1 else []
    before = "\n".join([*above, *(line.strip() for line in old[first:last])])
    after = "\n".join([*above, *(line.strip() for line in new[edits[0][3] : edits[-1][4]])])
    return Mutant(module=name, before=before, after=after, line=first + 1, source=changed)


def _copy(target: Path) -> Path:
    """
    Copy the repository, so that nobody who works in it meets a mutant.
    """
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    wanted = ("flask_corsguard", "tests", "pyproject.toml", "setup.cfg", "fuzz")
    for name in filter(None, listed.stdout.split("\0")):
        if name.startswith(wanted) and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)
    return target


def _try(
    context: ForkServerContext, copies: SimpleQueue[Path], mutant: Mutant, quick: bool
) -> Mutant | None:
    copy = copies.get()
    path = copy / PROTOCOL / f"{mutant.module}.py"
    original = path.read_text(encoding="utf-8")
    path.write_text(mutant.source, encoding="utf-8")
    process = context.Process(target=run_tests, args=(copy, mutant.module, quick))
    try:
        process.start()
        process.join(SECONDS_FOR_ONE)
        if process.exitcode is None:
            process.kill()
            process.join()
        if process.exitcode == 1:
            raise RuntimeError("the tests could not be run")
        return mutant if process.exitcode == 0 else None
    finally:
        path.write_text(original, encoding="utf-8")
        copies.put(copy)


def run_tests(copy: Path, module: str, quick: bool) -> None:
    """
    Run the tests of a copy in this process, those that know the module first.
    """
    os.chdir(copy)
    # What was there before the mutant is no garbage; looking for some in it takes longest of all.
    gc.freeze()
    said = os.open(OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.dont_write_bytecode = True
    sys.path[:] = [str(copy), *(entry for entry in sys.path if Path(entry) != ROOT)]
    import pytest  # noqa: PLC0415 - loaded already where the process comes from

    plugins = [word for name in QUIET for word in ("-p", name)]
    options = ["-x", "-q", "--assert=plain", "--hypothesis-profile=ci", *plugins]
    options.append(f"--timeout={SECONDS_FOR_ONE_TEST}")
    turns = _turns(copy, module, quick)
    failed = any(pytest.main([*options, *map(str, files)]) for files in turns)
    sys.exit(RED if failed else 0)


def _turns(copy: Path, module: str, quick: bool) -> Iterator[list[Path]]:
    """
    Give the tests in turns, the quick ones first: most mutants do not live to see the others.
    """
    tests = {path.stem: path for path in (copy / "tests" / "protocol").glob("test_*.py")}
    tests["test_mutants"] = copy / "tests" / "hostile" / "test_mutants.py"
    if module not in REGULAR:
        del tests["test_regexes"]
    for name in KNOWN_BY.get(module, [f"test_{module}", "test_mutants", "test_decide"]):
        if name in tests:
            yield [tests.pop(name)]
    if not quick:
        yield sorted(tests.values())


if __name__ == "__main__":
    sys.exit(main())

"""
Imports point one way only.

The table below is the architecture. A module that is not in it fails, so that somebody decides
where it belongs. Imports inside functions and for type checkers count like all others: they are
dependencies, too.
"""

import ast
import importlib.util
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from repository import PACKAGE, ROOT, parse

NAME = "flask_corsguard"

# Lowest first. A module may import those of lower layers and its neighbours in its own.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors"}),
    frozenset({"protocol"}),
    frozenset(
        {
            "adapters",
            "config",
            "deciding",
            "guard_options",
            "hidden",
            "marks",
            "memo",
            "overlaps",
            "reporting",
            "routing",
            "scopes",
            "settings",
            "signals",
            "testing",
            "trials",
            "wire",
        }
    ),
    frozenset({"entrance", "extension", "hooks", "passage", "serving", "wsgi"}),
    frozenset({"explain"}),
    frozenset({"cli", "contrib", "export", "inspector", "stores"}),
)
PUBLIC = {
    "CORSGuard",
    "CORSMiddleware",
    "Decision",
    "Kind",
    "Outcome",
    "Policy",
    "PolicyError",
    "Problem",
    "Reason",
    "RequestHead",
    "cors_decided",
    "cross_origin",
    "origin_rejected",
    "preflight_rejected",
    "request_refused",
    "same_origin",
    "trial_differed",
}

# The package's own namespace gives out what is below it and is imported by nobody inside.
NAMESPACE = ""

# What the protocol may use of the standard library. Nothing here reads a clock or a file, opens a
# connection, or logs.
PURE = {
    "__future__",
    "collections",
    "collections.abc",
    "contextlib",
    "copy",
    "dataclasses",
    "datetime",
    "difflib",
    "enum",
    "functools",
    "http",
    "importlib",
    "importlib.resources",  # the Public Suffix List, from its package, when first asked for
    "inspect",
    "ipaddress",
    "itertools",
    "operator",
    "re",
    "re._parser",
    "string",
    "types",
    "typing",
    "urllib.parse",
}
IMPURE_BUILTINS = {"breakpoint", "eval", "exec", "input", "open", "print"}

# Stands for the name of a module that is only known when the code runs.
COMPUTED = "?"
# Only type checkers have `_typeshed`.
AT_HOME = {NAME, COMPUTED, "_typeshed", *sys.stdlib_module_names}

# Third-party packages that any module outside the protocol may use.
CORE = {"blinker", "click", "flask", "werkzeug"}
# What is imported by another name than it is installed by.
DISTRIBUTIONS = {
    "flask_debugtoolbar": "flask-debugtoolbar",
    "opentelemetry": "opentelemetry-api",
    "prometheus_client": "prometheus-client",
}
# What nobody has to declare: Flask brings click, and who loads a plugin for pytest has pytest.
BROUGHT = {"click", "pytest"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import: who does it, in which line, from which module, and the name (or module) in it."""

    importer: str
    line: int
    module: str
    name: str | None = None

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.importer or NAME}:{self.line} imports {self.module}.{self.name or ''}"


def module_name(path: Path) -> str:
    """Return the dotted name below the package: `protocol.origins`, and `protocol` for its init."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}

PROTOCOL = LAYERS[0] | LAYERS[1]
CORE_MODULES = [name for name in SOURCES if name.partition(".")[0] in PROTOCOL]


def imports_of(tree: ast.Module, importer: str, *, is_package: bool) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(importer=importer, line=node.lineno, module=alias.name)
        elif isinstance(node, ast.ImportFrom):
            module = absolute(node, importer, is_package=is_package)
            for alias in node.names:
                yield Import(importer=importer, line=node.lineno, module=module, name=alias.name)
        elif isinstance(node, ast.Call) and is_importing(node.func):
            literal = node.args and isinstance(node.args[0], ast.Constant)
            module = str(ast.literal_eval(node.args[0])) if literal else COMPUTED
            yield Import(importer=importer, line=node.lineno, module=module)


def is_importing(function: ast.expr) -> bool:
    return ast.unparse(function).rpartition(".")[2] in {"import_module", "__import__"}


def absolute(node: ast.ImportFrom, importer: str, *, is_package: bool) -> str:
    """Resolve the dots of a relative import as the interpreter does."""
    if not node.level:
        return node.module or ""
    here = [NAME, *importer.split(".")] if importer else [NAME]
    base = here[: len(here) - node.level + (1 if is_package else 0)]
    return ".".join([*base, *([node.module] if node.module else [])])


def all_imports() -> list[Import]:
    return [
        found
        for name, path in SOURCES.items()
        for found in imports_of(parse(path), name, is_package=path.name == "__init__.py")
    ]


IMPORTS = all_imports()
OWN = [found for found in IMPORTS if found.package == NAME]
FOREIGN = [found for found in IMPORTS if found.package not in AT_HOME]


def target(found: Import, modules: set[str]) -> str:
    """Return the module that an import reaches: the one that is named, or the one it is in."""
    inside = found.module.removeprefix(NAME).removeprefix(".")
    named = f"{inside}.{found.name}".removeprefix(".")
    return named if named in modules else inside


def layer(module: str) -> int:
    """Return the height of a module, or raise `LookupError` if the table lacks it."""
    top = module.partition(".")[0]
    if top == NAMESPACE:
        return len(LAYERS)
    for height, names in enumerate(LAYERS):
        if top in names:
            return height
    raise LookupError(module)


def points_upwards(found: Import, modules: set[str]) -> bool:
    reached = target(found, modules)
    if reached == NAMESPACE:
        return True
    return layer(reached) > layer(found.importer)


def cycle(edges: dict[str, set[str]]) -> list[str]:
    """Return modules that import each other in a circle, or nothing."""
    remaining = dict(edges)
    while leaves := [name for name, to in remaining.items() if not to & remaining.keys()]:
        for name in leaves:
            del remaining[name]
    return sorted(remaining)


def run(code: str) -> list[str]:
    """Run code in a fresh interpreter, on the package that these tests themselves would import."""
    spec = importlib.util.find_spec(NAME)
    assert spec is not None
    assert spec.origin is not None
    environment = {**os.environ, "PYTHONPATH": str(Path(spec.origin).parents[1])}
    command = [sys.executable, "-P", "-W", "error", "-c", code]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


def loaded_by(statement: str) -> set[str]:
    return set(
        run(f"import sys\n{statement}\nprint(*{{m.partition('.')[0] for m in sys.modules}})")
    )


@pytest.mark.parametrize("module", sorted(SOURCES))
def test_every_module_has_its_place_in_the_table(module: str) -> None:
    assert any(module.partition(".")[0] in names for names in (*LAYERS, {NAMESPACE}))


def test_imports_point_downwards() -> None:
    assert not [str(found) for found in OWN if points_upwards(found, set(SOURCES))]


def test_only_the_namespace_imports_by_computed_names() -> None:
    assert {found.importer for found in IMPORTS if found.module == COMPUTED} <= {NAMESPACE}


def test_no_modules_import_each_other_in_a_circle() -> None:
    edges = {name: set[str]() for name in SOURCES}
    for found in OWN:
        edges[found.importer].add(target(found, set(SOURCES)))
    assert not cycle(edges)


def test_the_protocol_uses_nothing_impure() -> None:
    used = [found for found in IMPORTS if found.importer in CORE_MODULES and found.package != NAME]
    allowed = PURE | {"idna", "publicsuffixlist"}
    assert not [str(found) for found in used if found.module not in allowed]
    assert {found.name for found in used if found.module == "datetime"} <= {"timedelta"}


@pytest.mark.parametrize("module", CORE_MODULES)
def test_the_protocol_calls_nothing_impure(module: str) -> None:
    names = {node.id for node in ast.walk(parse(SOURCES[module])) if isinstance(node, ast.Name)}
    assert not names & IMPURE_BUILTINS


def test_other_third_parties_are_imported_in_one_module_only() -> None:
    importers: dict[str, set[str]] = {}
    for found in FOREIGN:
        importers.setdefault(found.package, set()).add(found.importer)
    assert not {name: by for name, by in importers.items() if name not in CORE and len(by) > 1}


def test_what_is_imported_is_a_declared_dependency() -> None:
    declared = {line.partition(">=")[0].lower() for line in PROJECT["dependencies"]}
    optional = PROJECT.get("optional-dependencies", {}).values()
    declared |= {line.partition(">=")[0].lower() for lines in optional for line in lines}
    used = {DISTRIBUTIONS.get(found.package, found.package) for found in FOREIGN}
    assert used - BROUGHT <= declared


@pytest.mark.parametrize("module", CORE_MODULES)
def test_the_protocol_can_be_used_without_flask(module: str) -> None:
    assert not loaded_by(f"import {NAME}.{module}") & CORE


def test_the_middleware_can_be_used_without_flask() -> None:
    assert not loaded_by(f"from {NAME} import CORSMiddleware") & {"flask", "werkzeug"}


def test_importing_the_package_loads_neither_suffixes_nor_idna() -> None:
    assert not loaded_by(f"import {NAME}") & {"idna", "publicsuffixlist"}


def test_importing_every_public_name_loads_neither_suffixes_nor_idna() -> None:
    assert not loaded_by(f"from {NAME} import *") & {"idna", "publicsuffixlist"}


def test_every_public_name_is_there_and_listed() -> None:
    listed = run(f"import {NAME} as m\nprint(*dir(m))")
    given = run(f"import {NAME} as m\nfor n in m.__all__: getattr(m, n)\nprint(*m.__all__)")
    assert set(given) >= PUBLIC
    assert set(listed) >= set(given)


@pytest.mark.parametrize(
    ("source", "importer", "reached", "upwards"),
    [
        ("from ..errors import Problem", "protocol.policy", "errors", False),
        ("from .policy import Policy", "protocol.decide", "protocol.policy", False),
        ("from . import policy", "protocol", "protocol.policy", False),
        ("from . import Policy", "protocol.decide", "protocol", False),
        ("from ..extension import CORSGuard", "protocol.decide", "extension", True),
        ("from .extension import CORSGuard", "wsgi", "extension", False),
        ("from .wsgi import CORSMiddleware", "scopes", "wsgi", True),
        ("import flask_corsguard.extension", "config", "extension", True),
        ("from flask_corsguard import Policy", "extension", "", True),
        ("if TYPE_CHECKING:\n    from .wsgi import x", "scopes", "wsgi", True),
        ("def f():\n    from .wsgi import x", "scopes", "wsgi", True),
        ("import_module('flask_corsguard.wsgi')", "scopes", "wsgi", True),
        ("from .wsgi import CORSMiddleware", "", "wsgi", False),
    ],
)
def test_the_direction_is_read_off_the_source(
    source: str, importer: str, reached: str, upwards: bool
) -> None:
    modules = {"", "errors", "protocol", "protocol.policy", "extension", "wsgi", "config"}
    is_package = importer in {"", "protocol"}
    tree = ast.parse(source)
    (found,) = imports_of(tree, importer, is_package=is_package)
    assert target(found, modules) == reached
    assert points_upwards(found, modules) is upwards


def test_a_circle_is_found() -> None:
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["a", "b", "c"]
    assert not cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()})


def test_an_unknown_module_has_no_place() -> None:
    with pytest.raises(LookupError):
        layer("helpers")

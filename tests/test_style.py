"""
The part of the house style that can be measured, and no linter measures.

Sizes, docstrings, and words that a repository for everybody does not hold.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from repository import PACKAGE, ROOT, parse, read_text, repository_files

MAX_MODULE = 400  # lines
MAX_FUNCTION = 45  # lines, without the docstring

# A letter in brackets keeps these patterns from finding themselves.
UNFINISHED = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X])\b")
MACHINE_PATH = re.compile(r"(?<![\w.*/<>{}$-])/(?:work|root|home/\w+|Users/\w+)/")
REGISTRIES = re.compile(
    r"(?:pyp[i]|pythonhoste[d]|npmj[s]|yarnpk[g]|deb\.debia[n]|conda-forg[e])\.(?:org|com)"
)

PROGRAM = [
    ROOT / path for path in repository_files() if path.parts[0] in {"flask_corsguard", "tools"}
]
MODULES = [path for path in PROGRAM if path.suffix == ".py"]
TEXTS = repository_files()


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_absolute() else str(path)


Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = Function | ast.ClassDef


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def docstring_node(node: ast.Module | Documented) -> ast.Expr | None:
    first = node.body[0] if node.body else None
    return first if ast.get_docstring(node) is not None and isinstance(first, ast.Expr) else None


def lines_of(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def size(function: Function) -> int:
    docstring = docstring_node(function)
    return lines_of(function) - (lines_of(docstring) if docstring else 0)


def public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Documented]]:
    """Yield what is public in a module or class, and what is public in that."""
    for node in body:
        if isinstance(node, Documented) and not node.name.startswith("_") and not is_overload(node):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{prefix}{node.name}.")


def is_overload(node: Documented) -> bool:
    names = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return bool(names & {"overload", "override", "setter"})


def swallows_everything(handler: ast.ExceptHandler) -> bool:
    broad = handler.type is None or ast.unparse(handler.type) in {"Exception", "BaseException"}
    return broad and all(
        isinstance(node, ast.Pass)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in handler.body
    )


def test_there_is_something_to_look_at() -> None:
    assert PACKAGE / "errors.py" in MODULES
    assert Path("pyproject.toml") in TEXTS


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_module_is_about_one_thing(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_MODULE


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_function_does_one_thing(path: Path) -> None:
    too_long = [f"{f.name}: {size(f)}" for f in functions(parse(path)) if size(f) > MAX_FUNCTION]
    assert not too_long


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_what_is_public_says_what_it_is(path: Path) -> None:
    tree = parse(path)
    silent = [name for name, node in public(tree.body) if not ast.get_docstring(node)]
    assert not silent
    assert ast.get_docstring(tree), "the module itself"


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_the_quotes_of_a_docstring_stand_on_their_own_lines(path: Path) -> None:
    tree = parse(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    strings = [
        docstring_node(node) for node in ast.walk(tree) if isinstance(node, Documented | ast.Module)
    ]
    crammed = [
        string.lineno for string in strings if string and lines[string.lineno - 1].strip(' r"')
    ]
    assert not crammed


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_no_handler_swallows_everything(path: Path) -> None:
    handlers = [node for node in ast.walk(parse(path)) if isinstance(node, ast.ExceptHandler)]
    assert not [handler.lineno for handler in handlers if swallows_everything(handler)]


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a note that something is unfinished", UNFINISHED),
        ("a path of somebody's machine", MACHINE_PATH),
        ("the host of a package registry", REGISTRIES),
    ],
    ids=["unfinished", "machine", "registry"],
)
def test_no_text_holds(what: str, pattern: re.Pattern[str]) -> None:
    found = [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}"
        for path in TEXTS
        if (text := read_text(path)) is not None
        for match in pattern.finditer(text)
    ]
    assert not found, f"{what}: {found}"


@pytest.mark.parametrize(
    ("pattern", "forbidden", "fine"),
    [
        (UNFINISHED, "# TO" + "DO: later", "mastodont"),
        (MACHINE_PATH, "see /wo" + "rk/notes", "https://example.com/work/notes"),
        (MACHINE_PATH, "'/ro" + "ot/.cache'", "/api/root/"),
        (REGISTRIES, "https://py" + "pi.org/x", "the package index"),
    ],
)
def test_the_patterns_find_what_they_are_for(
    pattern: re.Pattern[str], forbidden: str, fine: str
) -> None:
    assert pattern.search(forbidden)
    assert not pattern.search(fine)


def test_the_checks_can_fail() -> None:
    tree = ast.parse(
        "class Silent:\n"
        "    def also(self):\n"
        "        try:\n"
        "            ...\n"
        "        except Exception:\n"
        "            pass\n"
        "    def _private(self):\n"
        "        '''Words\n"
        "        and words.'''\n"
        "        return 1\n"
    )
    assert [name for name, _ in public(tree.body)] == ["Silent", "Silent.also"]
    assert [size(function) for function in functions(tree)] == [5, 2]
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    assert swallows_everything(handlers[0])

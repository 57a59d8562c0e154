"""
The mutants of a module: Cosmic Ray's, and those that it does not know how to make.
"""

from __future__ import annotations

import ast
import codecs
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import count
from typing import Any

__all__ = ["made"]

# Neither has types, and where the tool is not installed they are not there at all.
_MUTATING: Any = import_module("cosmic_ray.mutating")
_PLUGINS: Any = import_module("cosmic_ray.plugins")

# One replacement for each binary operator, and those comparisons that are off by one or turned
# around: a test that tells these apart tells the others apart, too.
_KEPT = re.compile(
    r"core/(?:"
    r"ReplaceBinaryOperator_(?:Add_Sub|Sub_Add|Mul_Add|FloorDiv_Mul|Mod_Mul|RShift_LShift"
    r"|LShift_RShift|BitOr_BitAnd|BitAnd_BitOr|BitXor_BitAnd)"
    r"|ReplaceComparisonOperator_(?:Eq_NotEq|NotEq_Eq|Lt_LtE|Lt_GtE|LtE_Lt|LtE_Gt|Gt_GtE|Gt_LtE"
    r"|GtE_Gt|GtE_Lt|Is_IsNot|IsNot_Is)"
    r"|ReplaceUnaryOperator_(?:USub_UAdd|Delete_Not|Delete_Invert)"
    r"|AddNot|Replace(?:True|False|And|Or|Break|Continue)With\w+"
    r"|ExceptionReplacer|NumberReplacer|RemoveDecorator|ZeroIterationForLoop)"
)

# A regular expression is cut into what can be changed: a bounded repeat, a class, a group that
# looks around, an alternative, any other character.
_PIECES = re.compile(r"\{\d+,\d*\}|\[(?:\\.|[^\]])+\]|\(\?<?[!=](?:\\.|[^()])*\)|\\.|.", re.DOTALL)
_MEMBERS = re.compile(r"\\.|.-[^\]]|.", re.DOTALL)


def made(source: str) -> Iterator[str]:
    """
    Yield the sources of all mutants, some of them twice and some that are no Python.

    Args:
        source: What stands in the module.
    """
    for name in sorted(_PLUGINS.operator_names()):
        if _KEPT.fullmatch(name):
            operator = _PLUGINS.get_operator(name)()
            for occurrence in count():
                changed = _MUTATING.mutate_code(source, operator, occurrence)
                if changed is None:
                    break
                yield changed
    yield from _made_here(source)


def _made_here(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    docstrings = {id(text) for text in _statements(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.expr | ast.stmt) and id(node) not in docstrings:
            begin = starts[node.lineno - 1] + node.col_offset
            end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
            for text in _instead(node):
                raw = source.encode()
                yield (raw[:begin] + text.encode() + raw[end:]).decode()


def _statements(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield node.value
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            yield from ast.walk(node.value)  # type: ignore[misc]
        elif isinstance(node, ast.JoinedStr):
            yield from node.values  # their places are those of the whole


def _instead(node: ast.expr | ast.stmt) -> Iterable[str]:
    match node:
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[right]):
            turned = ast.NotIn() if isinstance(op, ast.In) else ast.In()
            yield ast.unparse(ast.Compare(left=left, ops=[turned], comparators=[right]))
        case ast.IfExp(body=body, orelse=other):
            yield f"({ast.unparse(body)})"
            yield f"({ast.unparse(other)})"
        case ast.Constant(value=str(text)) if text and " " not in text.strip() and not _named(text):
            # Sentences are for people, and tests that repeat them word for word help nobody.
            yield repr(f"{text}~")
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) not in {"None", "()"}:
            yield "return None"
        case ast.Call():
            yield from _calls(node)


def _named(text: str) -> bool:
    """
    Tell whether a text names an encoding, which Python finds behind any sign that is added.
    """
    try:
        return codecs.lookup(text) is not None
    except LookupError:
        return False


def _calls(call: ast.Call) -> Iterable[str]:
    written = ", ".join(map(ast.unparse, call.args))
    match call.func, call.args:
        case ast.Attribute(value=ast.Name(id="re")), [ast.Constant(value=str(text)), *others]:
            for changed in _regexes(text):
                arguments = [ast.Constant(changed), *others]
                yield ast.unparse(ast.Call(call.func, arguments, call.keywords))
        case ast.Attribute(value=value, attr="lower"), []:
            yield ast.unparse(value)
        case ast.Name(id="any" | "all" as name), _:
            yield f"{'all' if name == 'any' else 'any'}({written})"
    match call.func:
        case ast.Attribute(value=value, attr="fullmatch"):
            yield f"{ast.unparse(value)}.match({written})"
            yield f"{ast.unparse(value)}.search({written})"


def _regexes(text: str) -> Iterator[str]:
    pieces = _PIECES.findall(text)
    for index, piece in enumerate(pieces):
        before, after = "".join(pieces[:index]), "".join(pieces[index + 1 :])
        for changed in _pieces(piece):
            try:
                re.compile(before + changed + after)
            except re.error:
                continue
            yield before + changed + after


def _pieces(piece: str) -> Iterator[str]:
    if bounds := re.fullmatch(r"\{(\d+),(\d+)\}", piece):
        low, high = map(int, bounds.groups())
        yield from (f"{{{low},{high + 1}}}", f"{{{low},{high - 1}}}", f"{{{low + 1},{high}}}")
    elif piece.startswith("["):
        members = _MEMBERS.findall(piece[1:-1])
        for index in range(len(members)):
            yield f"[{''.join(members[:index] + members[index + 1 :])}]"
    elif piece.startswith("(?"):
        yield ""
    elif piece in {"*", "+", "?"}:
        yield from (other for other in ("*", "+", "") if other != piece)
    elif piece.startswith("\\"):
        yield from ("", ".")

"""
The catalogue of problems: every code is used, documented and unique.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from flask_corsguard.errors import Problem, Severity
from flask_corsguard.protocol.codes import CODES, make_problem

SPEC = find_spec("flask_corsguard")
assert SPEC is not None
assert SPEC.origin is not None
PACKAGE = Path(SPEC.origin).parent


def test_every_code_in_the_source_stands_in_the_catalogue_and_the_other_way_round() -> None:
    used: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if path.name != "codes.py":
            used |= set(re.findall(r"\bCG\d{3}\b", path.read_text(encoding="utf-8")))
    # The docstring of `Problem` shows one of them.
    assert used == set(CODES)


def test_what_a_code_says_is_a_sentence_and_said_once() -> None:
    said = [text for _, text in CODES.values()]
    assert len(said) == len(set(said))
    assert all(text.endswith(".") for text in said)


def test_these_are_only_warned_of_and_everything_else_is_an_error() -> None:
    warned = {code for code, (severity, _) in CODES.items() if severity is Severity.WARNING}
    assert {code for code in warned if code < "CG900"} == {
        *("CG133", "CG134", "CG135", "CG136", "CG137", "CG138", "CG141"),
        *("CG204", "CG205", "CG305", "CG306", "CG307", "CG308", "CG406", "CG407", "CG503"),
        *("CG609", "CG804"),
    }
    rest = {severity for code, (severity, _) in CODES.items() if code not in warned}
    assert rest == {Severity.ERROR}


def test_a_problem_has_the_severity_of_its_code() -> None:
    for code, (severity, _) in CODES.items():
        problem = make_problem(code, "x", 7, "is odd", "Write 8.")
        assert problem == Problem(
            code=code, severity=severity, where="x", value=7, why="is odd", fix="Write 8."
        )

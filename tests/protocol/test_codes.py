"""
The catalogue of problems: every code is used, documented and unique.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from flask_corsguard.protocol.codes import CODES

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

"""
What the fuzzer has found worth keeping, through the same oracles, without the fuzzer.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from .oracles import ORACLES

CORPUS = Path(__file__).resolve().parents[2] / "fuzz" / "corpus"
INPUTS = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


@pytest.mark.parametrize("target", sorted(ORACLES))
def test_the_corpus_of_every_target_passes_its_oracle(target: str) -> None:
    inputs = [path for path in INPUTS if path.parent.name == target]
    assert inputs, "there is a corpus for each target"
    for path in inputs:
        try:
            ORACLES[target](path.read_bytes())
        except Exception as error:
            error.add_note(f"the input is fuzz/corpus/{target}/{path.name}")
            raise


FAILED_ONCE = [
    # A path and an option that are no UTF-8, as the environment may hold them: the error that
    # names them could not be printed.
    ("config", b"*\xffGET\xff\xefyes\xffx\xff{\xffma\xe7be"),
    ("config", b'*\xffPUT\xff*\xfftrue\xff600\xff{"/*": {"orig\xf1ns": "*"}}\xffreport'),
]


@pytest.mark.parametrize(("target", "data"), FAILED_ONCE, ids=range(len(FAILED_ONCE)))
def test_what_failed_once_passes_now(target: str, data: bytes) -> None:
    ORACLES[target](data)


def test_the_corpus_is_small_and_holds_nothing_else() -> None:
    assert {path.parent.name for path in INPUTS} == set(ORACLES)
    assert sum(path.stat().st_size for path in INPUTS) < 64 * 1024

"""What the tests of the benchmarks share."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from repository import ROOT

# Last of all: the package that is tested is the installed one, not the one of this tree.
sys.path.append(str(ROOT))

from benchmarks.implementations import ROWS
from benchmarks.rows import Built, Row

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@pytest.fixture
def row(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Row]:
    """Add a row of a given WSGI application to the table of implementations."""

    def add(app: App, **more: Any) -> Row:
        added = Row(
            name="tested",
            title="what is tested",
            build=lambda _: Built(app=app),
            base="raw-bare",
            **more,
        )
        monkeypatch.setitem(ROWS, added.name, added)
        return added

    return add

"""What the tests of the benchmarks share."""

import importlib.util
import sys
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from repository import ROOT

# By its place: the package that is tested is the installed one, so the root stays off sys.path.
FOLDER = ROOT / "benchmarks"
SPEC = importlib.util.spec_from_file_location(
    "benchmarks", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
)
assert SPEC is not None
assert SPEC.loader is not None
sys.modules["benchmarks"] = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sys.modules["benchmarks"])

from benchmarks.implementations import ROWS  # noqa: E402 - found by its place, above
from benchmarks.rows import Built, Row  # noqa: E402

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

"""
`tables`: the results as Markdown, for the documentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .implementations import ROWS
from .scenarios import SCENARIOS

__all__ = ["Reader", "tables"]

_FLASK = (
    "hook",
    *("older-flask-cors", "flask-cors", "older-flask-cors-view", "flask-cors-view"),
    *("guard", "guard-fast", "guard-view", "middleware"),
)
_OTHERS = ("starlette", "django", "falcon", "middleware-wsgi", "raw")
_NARROW = "\N{NARROW NO-BREAK SPACE}"


class Reader:
    """
    Look things up in the JSON of a run.

    Args:
        found: The JSON.
    """

    def __init__(self, found: dict[str, Any]) -> None:
        self.found = found
        self._times = {(t["implementation"], t["scenario"]): t for t in found["times"]}
        self._bare = {
            (row, name.partition("/")[0]): time
            for (row, name), time in self._times.items()
            if row in ROWS and ROWS[row].bare
        }

    def title(self, row: str) -> str:
        """
        Give the title of a row; that of a peer names the version that was measured.
        """
        titles: dict[str, str] = self.found["run"]["titles"]
        return titles.get(row, row)

    def cell(self, row: str) -> str:
        """
        Give the title of a row for the cell of a table.
        """
        return _plain(self.title(row))

    def over(self, row: str, scenario: str) -> float | None:
        """
        Give the median of the differences to the bare application, in microseconds.
        """
        time = self._times.get((row, scenario))
        return time and time["over_bare_us"]["middle"]

    def whole(self, row: str, scenario: str) -> float | None:
        """
        Give the median of a whole request, in microseconds; a bare application's is its group's.
        """
        group = scenario.partition("/")[0]
        time = self._times.get((row, scenario)) or self._bare.get((row, group))
        return time and time["whole_us"]["middle"]


def tables(found: dict[str, Any]) -> str:
    """
    Write all tables of the page.
    """
    reader = Reader(found)
    parts = [_run(found), _overheads(reader), _wholes(reader), _goals(found)]
    parts += [_instructions(reader), _start_up(found), _faults(found)]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _run(found: dict[str, Any]) -> Iterator[str]:
    run = found["run"]
    packages = ", ".join(f"{name} {version}" for name, version in run["packages"].items())
    yield f"`{run['command']}` on {run['date']}: {run['python']}, {run['system']},"
    yield f"{run['processor']}; {packages}."


def _overheads(reader: Reader) -> Iterator[str]:
    yield "### Over the bare application"
    yield ""
    yield "Medians of the differences to the bare application of the same framework. A bare Flask"
    yield f"answers a `GET` in {_time(reader.whole('flask', 'allowed/1'))}; a second copy of it,"
    yield f"the control, differs by {_time(reader.over('flask-again', 'allowed/1'))}."
    columns = {
        "no `Origin`": "no-origin/10",
        "1 origin": "allowed/1",
        "10": "allowed/10",
        "1 000": "allowed/1000",
        "100 000": "allowed/100000",
        "rejected, 100 000": "rejected/100000",
    }
    yield from _table(reader, "allowed `GET`", columns, (*_FLASK, *_OTHERS), reader.over)
    columns = {
        "1 pattern": "patterns/1",
        "100": "patterns/100",
        "1 000": "patterns/1000",
        "1 path rule": "paths/1",
        "10 ": "paths/10",
        "100 ": "paths/100",
        "1 000 ": "paths/1000",
    }
    rows = (*_FLASK, "starlette", "django")
    yield from _table(reader, "allowed `GET`", columns, rows, reader.over)
    columns = {SCENARIOS[n].title: n for n in SCENARIOS if n.startswith("signals/")}
    ours = ("guard", "guard-fast", "guard-view", "middleware")
    yield from _table(reader, "10 origins", columns, ours, reader.over)


def _wholes(reader: Reader) -> Iterator[str]:
    yield "### Preflights"
    yield ""
    yield "Whole requests: who answers a preflight early spends less than the bare application."
    columns = {
        "seen URL": "preflight/repeated",
        "new URL": "preflight/new-url",
        "by origin": "preflight/stranger",
        "by method": "preflight/method",
        "by header": "preflight/header",
    }
    rows = [*("flask", *_FLASK), *("starlette-bare", "starlette"), *("django-bare", "django")]
    rows += ["falcon-bare", "falcon", "raw-bare", "middleware-wsgi", "raw"]
    yield from _table(reader, "allowed; rejected", columns, rows, reader.whole)
    columns = {
        "two names": "hostile/friendly",
        "at the bounds": "hostile/bounds",
        "8 KiB": "hostile/8k",
        "64 KiB": "hostile/64k",
    }
    yield from _table(reader, "asking for", columns, rows, reader.whole)


def _table(
    reader: Reader,
    corner: str,
    columns: dict[str, str],
    rows: Iterable[str],
    read: Any,  # noqa: ANN401
) -> Iterator[str]:
    yield ""
    yield f"| {corner} | " + " | ".join(columns) + " |"
    yield "|---" + "|--:" * len(columns) + "|"
    for row in rows:
        values = [read(row, scenario) for scenario in columns.values()]
        if any(value is not None for value in values):
            yield f"| {reader.cell(row)} | " + " | ".join(map(_time, values)) + " |"


def _time(microseconds: float | None) -> str:
    if microseconds is None:
        return "-"
    if abs(microseconds) >= 1000:  # noqa: PLR2004 - a millisecond
        digits = 0 if abs(microseconds) >= 10_000 else 1  # noqa: PLR2004 - ten of them
        return f"{microseconds / 1000:.{digits}f}{_NARROW}ms"
    return f"{microseconds:.{1 if abs(microseconds) >= 1 else 2}f}{_NARROW}µs"


def _goals(found: dict[str, Any]) -> Iterator[str]:
    yield "### Goals"
    yield ""
    yield "| | measured | against the older Flask-CORS | goal | |"
    yield "|---|--:|--:|--:|---|"
    said = {True: "reached", False: "**missed**", None: ""}
    for goal in found["goals"]:
        error = f" ± {goal['error']:.3f}" if goal["error"] else ""
        older = "" if goal["against_older"] is None else f"{goal['against_older']:.3f}"
        bound = "" if goal["bound"] is None else f"{goal['bound']:.2f}"
        yield (
            f"| {goal['goal']} | {goal['measured']:.3f}{error} | {older} | {bound} |"
            f" {said[goal['reached']]} |"
        )


def _instructions(reader: Reader) -> Iterator[str]:
    yield "### Instructions"
    yield ""
    counts = {(c["row"], c["scenario"]): c for c in reader.found["instructions"]}
    if not counts:
        yield "Not counted in this run."
        return
    yield "Thousands of them over the bare application of the same framework, counted by callgrind."
    columns = {SCENARIOS[s].title: s for s in dict.fromkeys(s for _, s in counts)}

    def read(row: str, scenario: str) -> str | None:
        count = counts.get((row, scenario))
        return count and f"{count['over'] / 1000:.1f}"

    yield ""
    yield "| | " + " | ".join(columns) + " |"
    yield "|---" + "|--:" * len(columns) + "|"
    for row in ("flask-again", *_FLASK, *_OTHERS):
        values = [read(row, scenario) or "-" for scenario in columns.values()]
        yield f"| {reader.cell(row)} | " + " | ".join(values) + " |"


def _start_up(found: dict[str, Any]) -> Iterator[str]:
    yield "### Start-up"
    yield ""
    startup = found["startup"]
    yield "100 000 exact origins and 1 000 patterns are checked and compiled in"
    yield f"{startup['compile_seconds']:.2f} seconds. Python allocates"
    yield f"{startup['compile_peak_mib']:.1f} MiB for it at most, of which"
    yield f"{startup['compile_kept_mib']:.1f} MiB stay; the process grows by"
    yield f"{startup['compile_rss_mib']:.1f} MiB."
    yield f"`import flask` takes {startup['flask_ms']:.0f} ms,"
    yield f"the guard after it {startup['guard_ms']:.0f} ms ({startup['guard_modules']} modules)."


def _faults(found: dict[str, Any]) -> Iterator[str]:
    yield "### Who answers otherwise"
    yield ""
    yield "Every answer is looked at. These faults are known, and make a row faster or slower than"
    yield "it would be without them:"
    yield ""
    for fault in found["faults"]:
        where = ", ".join(f"`{name}`" for name in fault["scenarios"])
        who = ", ".join(_plain(title) for title in fault["implementations"])
        yield f"- {fault['fault']} ({where}): {who}."


def _plain(title: str) -> str:
    return title.replace("@cross_origin", "`@cross_origin`")

"""
Files of origins: CSV for spreadsheets, JSON for programs, each row with its line.

A file is read row by row with our own counting of lines, and not by `csv.DictReader` on a text
file: that one shifts values into the wrong columns, and where the encoding is wrong it names a byte
instead of a line.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, cast

from ..errors import PolicyError, Problem
from ..protocol.codes import make_problem
from .exits import FoundError
from .suggestions import did_you_mean

if TYPE_CHECKING:
    from ..stores import OriginRow

__all__ = ["COLUMNS", "FILE_FORMATS", "FileReader", "format_of", "write_rows"]

COLUMNS = ("scope", "pattern", "enabled", "note", "created", "expires")
"""The columns of a file, in the order in which they are written."""

FILE_FORMATS = ("csv", "json")

_DELIMITERS = (",", ";", "\t")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NOT_UTF8 = "is not UTF-8. Save the file as 'CSV UTF-8'."
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

Placed = tuple[int, dict[str, object]]
"""A row's first line, and its values by column."""


def format_of(name: str) -> str:
    """
    Tell a file's format by its name; CSV if that says nothing.
    """
    return "json" if PurePath(name).suffix.lower() == ".json" else "csv"


@dataclass(slots=True)
class FileReader:
    """
    Read rows out of a file, and keep what cannot be read beside those that can.

    A row that cannot be read is handed on as one that no store takes, so an import finds it in its
    order among the others, and cannot leave it out.

    Attributes:
        name: What the file is called.
        scope: Whose the rows are that do not say so; None: nobody's.
        unreadable: Why rows could not be read, by their places.
        count: How many rows were found.
    """

    name: str
    scope: str | None = None
    unreadable: dict[str, tuple[Problem, ...]] = field(
        default_factory=dict[str, tuple[Problem, ...]]
    )
    count: int = 0

    def rows(self, data: bytes, format_: str) -> Iterator[OriginRow]:
        """
        Yield the rows.

        Args:
            data: The whole file.
            format_: One of `FILE_FORMATS`.

        Raises:
            FoundError: If it is no such file.
        """
        from ..stores import OriginRow  # noqa: PLC0415 - whoever asks has a store

        if not data.strip():
            raise self._broken(None, "is empty. Begin it with a line that names the columns.")
        for line, values in (self._from_json if format_ == "json" else self._from_csv)(data):
            self.count += 1
            place = f"line {line}"
            try:
                yield self._row(OriginRow.from_mapping, values, place)
            except PolicyError as error:
                self.unreadable[place] = error.problems
                yield OriginRow(pattern="", place=place)
        if not self.count:
            raise self._broken(None, "has no rows.")

    def completed(self, problems: Iterable[Problem]) -> list[Problem]:
        """
        Put what could not be read in the place of what a store said about it.

        Args:
            problems: What the store said, in the order of the file.
        """
        said: dict[str, list[Problem]] = {}
        for problem in problems:
            said.setdefault(problem.where.partition(":")[0], []).append(problem)
        return [each for place, found in said.items() for each in self.unreadable.get(place, found)]

    def _row(
        self,
        read: Callable[[dict[str, object], str], OriginRow],
        values: dict[str, object],
        place: str,
    ) -> OriginRow:
        extra = values.pop("", None)
        if extra is not None:
            why = "has more values than the file has columns"
            fix = "Put a value with a comma in it into quotes."
            raise PolicyError([make_problem("CG152", f"{place}: row", extra, why, fix)])
        row = read(values, place)
        if self.scope is None or row.scope == self.scope:
            return row
        if row.scope:
            why = f"is another scope than --scope {self.scope!r}"
            fix = "Leave one of the two out."
            raise PolicyError([make_problem("CG150", f"{place}: scope", row.scope, why, fix)])
        return replace(row, scope=self.scope)

    def _from_csv(self, data: bytes) -> Iterator[Placed]:
        lines = self._decoded(data)
        first = next(lines)
        delimiter = max(_DELIMITERS, key=first.count)
        columns = self._columns(next(csv.reader([first], delimiter=delimiter), list[str]()))
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            line = reader.line_num + 2
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                why = f"cannot be read as CSV: {error}. Look at its quotes and line ends."
                raise self._broken(line, why) from error
            if any(cells):
                yield line, _named(columns, cells)

    def _decoded(self, data: bytes) -> Iterator[str]:
        if data.startswith(_WIDE):
            raise self._broken(None, f"is UTF-16; it {_NOT_UTF8}")
        text = data.removeprefix(codecs.BOM_UTF8)
        for number, line in enumerate(io.BytesIO(text), 1):
            try:
                yield line.decode()
            except UnicodeDecodeError as error:
                raise self._broken(number, _NOT_UTF8) from error

    def _columns(self, head: Sequence[str]) -> list[str]:
        columns = [cell.strip().lower() for cell in head]
        if "pattern" in columns:
            for index, column in enumerate(columns):
                if column not in COLUMNS:
                    why = f"{column!r} is no column. {did_you_mean(column, COLUMNS)}"
                    raise self._broken(1, why)
                if column in columns[:index]:
                    raise self._broken(1, f"the column {column!r} stands there twice.")
            return columns
        if any("://" in cell for cell in columns):
            raise self._broken(1, "there is no header. Begin with one, like 'scope,pattern,note'.")
        for column in columns:
            if difflib.get_close_matches(column, ["pattern"]):
                raise self._broken(1, f"{column!r} is no column. Did you mean 'pattern'?")
        raise self._broken(1, f"no column is called 'pattern'; known are {', '.join(COLUMNS)}.")

    def _from_json(self, data: bytes) -> Iterator[Placed]:
        """
        Read a list item by item: `json.load` forgets where each stood.
        """
        text = "".join(self._decoded(data))
        decoder, line, counted = json.JSONDecoder(), 1, 0
        index, ends = _after(text, 0), ("[", "]")
        if text[index : index + 1] != ends[0]:
            raise self._broken(
                1, 'is no list. Write it as [{"scope": "acme", "pattern": "https://..."}].'
            )
        index = _after(text, index + 1)
        while text[index : index + 1] != ends[1]:
            line, counted = line + text.count("\n", counted, index), index
            try:
                item, index = decoder.raw_decode(text, index)
            except json.JSONDecodeError as error:
                raise self._broken(error.lineno, f"is no JSON: {error.msg}.") from error
            yield line, _as_mapping(item)
            index = _after(text, index)
            if text[index : index + 1] == ",":
                index = _after(text, index + 1)
            elif text[index : index + 1] != ends[1]:
                raise self._broken(text.count("\n", 0, index) + 1, "is no JSON: the list goes on.")

    def _broken(self, line: int | None, why: str) -> FoundError:
        place = self.name if line is None else f"{self.name}, line {line}"
        return FoundError(f"{place}: {why} Nothing was imported.")


def write_rows(out: IO[str], rows: Iterable[OriginRow], format_: str) -> int:
    """
    Write rows so that they can be read again, one after the other.

    Args:
        out: Where to.
        rows: The rows; one is held at a time.
        format_: One of `FILE_FORMATS`.

    Returns:
        How many there were.
    """
    return (_write_json if format_ == "json" else _write_csv)(out, rows)


def _write_csv(out: IO[str], rows: Iterable[OriginRow]) -> int:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - it is what is returned
        values = row.to_dict()
        writer.writerow([_cell(values[column]) for column in COLUMNS])
    return count


def _write_json(out: IO[str], rows: Iterable[OriginRow]) -> int:
    count = 0
    for count, row in enumerate(rows, 1):
        out.write(f"{',' if count > 1 else '['}\n  {json.dumps(row.to_dict())}")
    out.write("\n]\n" if count else "[]\n")
    return count


def _cell(value: object) -> str:
    """
    Write a value so that a spreadsheet takes it for no formula; `_named` takes the quote away.
    """
    text = {None: "", True: "true", False: "false"}.get(cast("bool | None", value), str(value))
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def _named(columns: list[str], cells: list[str]) -> dict[str, object]:
    """
    Give cells the names of their columns; those that have none are under the empty name.
    """
    plain = [
        cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell
        for cell in cells
    ]
    values: dict[str, object] = dict(zip(columns, plain, strict=False))
    if any(plain[len(columns) :]):
        values[""] = plain[len(columns)]
    return values


def _as_mapping(item: object) -> dict[str, object]:
    """
    Take a text for a pattern; what is neither is none.
    """
    if isinstance(item, dict):
        return {name or " ": value for name, value in cast("dict[str, object]", item).items()}
    return {"pattern": item}


def _after(text: str, index: int) -> int:
    """
    Skip white space.
    """
    while text[index : index + 1] in {" ", "\t", "\r", "\n"}:
        index += 1
    return index

"""
Tables of plain text that fit: where a row is too wide, its widest columns are wrapped.

Not `rich`: it is optional, and a log of a build wants neither boxes nor colours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["plain_lines", "wrapped"]

_GAP = "  "
_NARROWEST = 8
_BREAKS = re.compile(r"(?<=[/.,\[:_&?])(?!/)|(?=<)")
"""Where a word may be cut."""


def plain_lines(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """
    Lay a table out.

    Args:
        columns: The heads.
        rows: One text for each column.
        width: How long a line may be.

    Returns:
        The lines: heads, a rule, rows.
    """
    table = [[_clean(cell) for cell in row] for row in [columns, *rows]]
    widths = _fit([max(len(row[i]) for row in table) for i in range(len(columns))], width)
    head, *body = [_row(row, widths) for row in table]
    rule = _GAP.join("-" * each for each in widths)
    return [*head, rule, *(line for lines in body for line in lines)]


def wrapped(text: str, width: int) -> list[str]:
    """
    Wrap a paragraph; a word that is too long is cut, behind a slash or the like if it has any.

    Args:
        text: One paragraph.
        width: How long a line may be.
    """
    lines: list[str] = []
    for word in _clean(text).split():
        for number, piece in enumerate(_pieces(word, width)):
            glue = "" if number else " "
            if lines and len(lines[-1]) + len(glue) + len(piece) <= width:
                lines[-1] += glue + piece
            else:
                lines.append(piece)
    return lines or [""]


def _pieces(word: str, width: int) -> list[str]:
    """
    Cut a word that does not fit into pieces that do.
    """
    if len(word) <= width:
        return [word]
    parts = [part for part in _BREAKS.split(word) if part]
    return [part[i : i + width] for part in parts for i in range(0, len(part), width)]


def _clean(text: str) -> str:
    """
    Show what is not printable as an escape: a terminal obeys some of it.
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text.replace("\n", " "))


def _fit(wanted: list[int], width: int) -> list[int]:
    """
    Take from the widest column until the row fits.
    """
    widths, room = list(wanted), width - len(_GAP) * (len(wanted) - 1)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _row(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    parts = [wrapped(cell, size) for cell, size in zip(cells, widths, strict=True)]
    height = max(len(part) for part in parts)
    filled = [part + [""] * (height - len(part)) for part in parts]
    lines = zip(*filled, strict=True)
    return [
        _GAP.join(cell.ljust(size) for cell, size in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]

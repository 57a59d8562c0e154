"""
`chart`: the results as a picture, once for light pages and once for dark ones.

Written as SVG by hand: two panels of dots and bars need no library, and text stays text.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from .tables import Reader

__all__ = ["DARK", "LIGHT", "Palette", "chart"]

WIDTH = 760
_LEFT = 236
_RIGHT = 40
_LINE = 27
_SIZES = {"allowed/10": "10", "allowed/1000": "1 000", "allowed/100000": "100 000"}
_FIRST, _LAST = 0.1, 1e6  # microseconds, the ends of the first axis
_TICKS = {
    0.1: "0.1 µs",
    1: "1 µs",
    10: "10 µs",
    100: "100 µs",
    1e3: "1 ms",
    1e4: "10 ms",
    1e5: "0.1 s",
    1e6: "1 s",
}
_FIRST_TITLE = "GET from an allowed origin: time over the bare application"
_SECOND_TITLE = "Preflight: the whole request, 10 origins"
_ABOUT = 'role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif"'

_GETS = (
    *("django", "flask-cors-view", "older-flask-cors", "flask-cors", "starlette"),
    *("falcon", "hook", "guard-view", "guard", "guard-fast", "raw"),
)
_PREFLIGHTS = (
    ("flask-cors", "preflight/new-url", ""),
    ("hook", "preflight/new-url", ""),
    ("flask", "preflight/new-url", " (no CORS)"),
    ("guard", "preflight/new-url", ", a new URL"),
    ("guard", "preflight/repeated", ", a seen URL"),
    ("guard-fast", "preflight/new-url", ", a new URL"),
    ("guard-fast", "preflight/repeated", ", a seen URL"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """
    Hold the colours of a chart; the page shows through behind it.

    Attributes:
        text: For titles and names.
        faint: For what is beside the point: axes, numbers.
        grid: For lines.
        ours: For our rows, by the number of origins: few, more, many.
        theirs: For the others.
    """

    text: str
    faint: str
    grid: str
    ours: tuple[str, str, str]
    theirs: tuple[str, str, str]


LIGHT = Palette(
    text="#1f2328",
    faint="#57606a",
    grid="#d8dee4",
    ours=("#8ec2ff", "#2f81e0", "#0a3a78"),
    theirs=("#c6ccd3", "#8a939d", "#3d444d"),
)
DARK = Palette(
    text="#e6edf3",
    faint="#9da7b3",
    grid="#30363d",
    ours=("#1f5aa8", "#4a9bff", "#b6dcff"),
    theirs=("#4d5560", "#8b949e", "#d0d7de"),
)


def chart(found: dict[str, Any], palette: Palette) -> str:
    """
    Draw the chart.

    Args:
        found: The results, as they stand in the JSON.
        palette: The colours.
    """
    reader = Reader(found)
    top = list(_gets(reader, palette))
    second = 92 + _LINE * len(top) + 44
    bottom = list(_preflights(reader, palette, second + 32))
    height = second + 32 + _LINE * len(bottom) + 14
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {_ABOUT}>',
        '<title id="title">What cross-origin access costs</title>',
        f'<desc id="desc">{escape(_description(reader))}</desc>',
        _text(0, 18, _FIRST_TITLE, palette.text, size=15),
        *_legend(palette),
        *_axis(palette, len(top)),
        *top,
        _text(0, second, _SECOND_TITLE, palette.text, size=15),
        *bottom,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _description(reader: Reader) -> str:
    said = [
        f"{reader.title(row)}: {few:.1f} µs over the bare application with 10 origins, "
        f"{many:.1f} µs with 100 000."
        for row in ("flask-cors", "guard", "guard-fast")
        if (few := reader.over(row, "allowed/10")) is not None
        and (many := reader.over(row, "allowed/100000")) is not None
    ]
    return " ".join(said)


def _text(
    x: float, y: float, text: str, colour: str, *, size: int = 13, anchor: str = "start"
) -> str:
    weight = ' font-weight="600"' if size > 13 else ""  # noqa: PLR2004 - a title
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}" '
        f'text-anchor="{anchor}"{weight}>{escape(text)}</text>'
    )


def _legend(palette: Palette) -> Iterator[str]:
    x = 0.0
    for i, size in enumerate(_SIZES.values()):
        yield _dot(x + 6, 38, palette.ours[i])
        yield _dot(x + 20, 38, palette.theirs[i])
        label = f"{size} origins"
        yield _text(x + 31, 42.5, label, palette.faint)
        x += 47 + 7.2 * len(label)
    yield _text(WIDTH - _RIGHT, 42.5, "logarithmic", palette.faint, size=12, anchor="end")


def _x(microseconds: float) -> float:
    span = math.log10(_LAST / _FIRST)
    share = math.log10(max(microseconds, _FIRST) / _FIRST) / span
    return _LEFT + share * (WIDTH - _LEFT - _RIGHT)


def _axis(palette: Palette, rows: int) -> Iterator[str]:
    end = 92 + _LINE * rows - 12
    for value, label in _TICKS.items():
        x = _x(value)
        yield (
            f'<line x1="{x:.1f}" y1="70" x2="{x:.1f}" y2="{end}" stroke="{palette.grid}"'
            f' stroke-width="1"/>'
        )
        yield _text(x, 64, label, palette.faint, size=12, anchor="middle")


def _gets(reader: Reader, palette: Palette) -> Iterator[str]:
    y = 90.0
    for row in _GETS:
        values = [reader.over(row, scenario) for scenario in _SIZES]
        if None in values:
            continue
        is_ours = row.startswith("guard")
        colours = palette.ours if is_ours else palette.theirs
        xs = [_x(value) for value in values if value is not None]
        dots = "".join(_dot(x, y, colour) for x, colour in zip(xs, colours, strict=True))
        label = _text(
            _LEFT - 14,
            y + 4.5,
            reader.title(row),
            palette.text if is_ours else palette.faint,
            anchor="end",
        )
        yield (
            f'{label}<line x1="{min(xs):.1f}" y1="{y}" x2="{max(xs):.1f}" y2="{y}"'
            f' stroke="{colours[1]}" stroke-width="2"/>{dots}'
        )
        y += _LINE


def _dot(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y}" r="5.5" fill="{colour}"/>'


def _preflights(reader: Reader, palette: Palette, y: float) -> Iterator[str]:
    found = [
        (reader.title(row) + more, value, row.startswith("guard"))
        for row, scenario, more in _PREFLIGHTS
        if (value := reader.whole(row, scenario)) is not None
    ]
    widest = max((value for _, value, _ in found), default=1.0)
    room = WIDTH - _LEFT - _RIGHT - 50
    for title, value, is_ours in found:
        colour = (palette.ours if is_ours else palette.theirs)[1]
        width = value / widest * room
        label = _text(
            _LEFT - 14, y + 4.5, title, palette.text if is_ours else palette.faint, anchor="end"
        )
        number = _text(_LEFT + width + 8, y + 4.5, f"{value:.1f} µs", palette.text)
        yield (
            f'{label}<rect x="{_LEFT}" y="{y - 8}" width="{width:.1f}" height="16" rx="2"'
            f' fill="{colour}"/>{number}'
        )
        y += _LINE

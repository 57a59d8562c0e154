"""
Where a problem is in the source: the file and the line of the view, else the application's module.
"""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from ..errors import Problem
from ..hidden import unwrapped

__all__ = ["Location", "Locations"]

_VIEW = re.compile(r"view '([^']+)'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """
    Name a place in a file.

    Attributes:
        file: Relative to the working directory where it is below that, with forward slashes.
        line: The line, from 1.
    """

    file: str
    line: int = 1


class Locations:
    """
    Find the places of problems.
    """

    def __init__(self, app: Flask | None) -> None:
        """
        Look in one application.

        Args:
            app: The application; None if it does not load.
        """
        self._app = app

    def find(self, problem: Problem) -> Location | None:
        """
        Find where a problem is.

        Args:
            problem: What was found.

        Returns:
            The place; None where nothing is known.
        """
        if self._app is None:
            return None
        match = _VIEW.match(problem.where)
        view = self._app.view_functions.get(match[1]) if match else None
        return (_of_function(view) if view is not None else None) or self._of_module()

    def _of_module(self) -> Location | None:
        name = self._app.import_name if self._app else ""
        file = getattr(sys.modules.get(name), "__file__", None)
        return Location(file=_relative(file)) if file else None


def _of_function(view: object) -> Location | None:
    function = list(unwrapped(getattr(view, "view_class", view)))[-1]
    try:
        file = inspect.getsourcefile(function)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        _, line = inspect.getsourcelines(function)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    except (OSError, TypeError):
        return None
    return Location(file=_relative(file), line=max(line, 1)) if file else None


def _relative(file: str) -> str:
    path = Path(file).resolve()
    try:
        return path.relative_to(Path.cwd().resolve()).as_posix()
    except ValueError:
        return path.as_posix()

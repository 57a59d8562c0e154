"""
Problems as commands of GitHub's workflows: each becomes a note at its line of a pull request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..errors import Problem
from .application import LoadFailure
from .locations import Locations

__all__ = ["github_lines"]


def github_lines(
    problems: Iterable[Problem], locations: Locations, failure: LoadFailure | None
) -> Iterator[str]:
    """
    Yield a workflow command for each problem.

    Args:
        problems: What was found.
        locations: Where it is in the source.
        failure: Why the application does not load; None if it does.
    """
    if failure is not None:
        title = _property("The application does not load")
        yield f"::error title={title}::{_data(failure.reason)}"
    for problem in problems:
        place = locations.find(problem)
        where = f"file={_property(place.file)},line={place.line}," if place else ""
        text = problem.to_dict()
        said = f"{text['where']}: {text['value']} {text['why']}. {text['fix']}"
        yield f"::{problem.severity.value} {where}title={_property(problem.code)}::{_data(said)}"


def _data(text: str) -> str:
    """
    Escape a message, as the runner's toolkit does.
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

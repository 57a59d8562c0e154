"""
Problems as SARIF 2.1.0, which code scanning services read.

See https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from ..errors import Problem, Severity
from ..protocol.codes import CODES
from .application import LoadFailure
from .locations import Locations

__all__ = ["sarif_log"]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_NAME = "flask-corsguard"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning"}


def sarif_log(
    problems: Iterable[Problem], locations: Locations, failure: LoadFailure | None
) -> dict[str, object]:
    """
    Make a log of one run.

    Args:
        problems: What was found.
        locations: Where it is in the source.
        failure: Why the application does not load; None if it does.

    Returns:
        Plain values, for JSON.
    """
    found = list(problems)
    codes = sorted({problem.code for problem in found})
    invocation: dict[str, object] = {"executionSuccessful": failure is None}
    if failure is not None:
        text = "\n".join([failure.reason, *failure.trace])
        note = {"level": "error", "message": {"text": text}}
        invocation["toolExecutionNotifications"] = [note]
    run = {
        "tool": {"driver": _driver(codes)},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, codes, locations) for problem in found],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _driver(codes: list[str]) -> dict[str, object]:
    driver: dict[str, object] = {"name": _NAME, "rules": [_rule(code) for code in codes]}
    try:
        driver["version"] = version(_NAME)
    except PackageNotFoundError:  # a copy of the source that was not installed
        return driver
    return driver


def _rule(code: str) -> dict[str, object]:
    severity, meaning = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": meaning},
        "defaultConfiguration": {"level": _LEVELS[severity]},
    }


def _result(problem: Problem, codes: list[str], locations: Locations) -> dict[str, object]:
    text = problem.to_dict()
    place = locations.find(problem)
    location: dict[str, object] = {
        "logicalLocations": [{"fullyQualifiedName": text["where"], "kind": "member"}]
    }
    if place is not None:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": place.file},
            "region": {"startLine": place.line},
        }
    return {
        "ruleId": problem.code,
        "ruleIndex": codes.index(problem.code),
        "level": _LEVELS[problem.severity],
        "message": {"text": f"{text['where']}: {text['value']} {text['why']}. {text['fix']}"},
        "locations": [location],
    }

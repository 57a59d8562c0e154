"""
`flask cors check`: lint the configuration and the routes, for people and for CI.
"""

from __future__ import annotations

from dataclasses import dataclass

import click

from ..errors import Problem, Severity
from ..explain import lint, no_guard
from .annotations import github_lines
from .application import Loaded, LoadFailure, load_application
from .exits import ExitCode
from .locations import Locations
from .output import Format, echo_json, emit, format_option, note, say
from .problems import problem_table
from .sarif import sarif_log

__all__ = ["check"]

_FORMATS = ("table", "json", "csv", "sarif", "github")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """
    Hold what a check has found.

    Attributes:
        problems: Errors and warnings.
        failure: Why the application does not load; None if it does.
        locations: Where problems are in the source.
    """

    problems: tuple[Problem, ...]
    failure: LoadFailure | None
    locations: Locations

    @property
    def errors(self) -> int:
        """
        Count the errors.
        """
        return sum(each.severity is Severity.ERROR for each in self.problems)

    @property
    def warnings(self) -> int:
        """
        Count the warnings.
        """
        return len(self.problems) - self.errors

    def code(self, *, strict: bool) -> ExitCode:
        """
        Give the exit code.

        Args:
            strict: Whether a warning is enough.
        """
        if self.failure is not None and not self.problems:
            return ExitCode.NO_APPLICATION
        return ExitCode.FOUND if self.errors or (strict and self.problems) else ExitCode.OK


@click.command(short_help="Lint the configuration and the routes.")
@click.option("--strict", is_flag=True, help="Let a warning fail, too.")
@format_option(*_FORMATS)
@click.pass_context
def check(ctx: click.Context, strict: bool, format_: str) -> None:
    """
    Look for errors and for what is legal and rarely meant.

    What the guard refuses or warns of; a short max_age; credentials for every subdomain; methods
    that no route has; hooks that run before the guard; cookies that stay at home; rules that match
    nothing; another CORS library. Each finding has a code that the documentation explains.
    """
    found = _look(load_application(ctx))
    if format_ == "sarif":
        echo_json(sarif_log(found.problems, found.locations, found.failure))
    elif format_ == "github":
        for line in github_lines(found.problems, found.locations, found.failure):
            click.echo(line)
    else:
        _show(found, format_)
    ctx.exit(found.code(strict=strict))


def _look(loaded: Loaded) -> Checked:
    if loaded.failure is not None:
        return Checked(
            problems=loaded.failure.problems, failure=loaded.failure, locations=Locations(None)
        )
    app, serving = loaded.app, loaded.serving
    locations = Locations(app)
    if app is None or serving is None:
        missing = (no_guard(app),) if app is not None else ()
        return Checked(problems=missing, failure=None, locations=locations)
    plan = serving.make_plan()
    problems = tuple(dict.fromkeys((*plan.all_problems, *lint(app, plan))))
    return Checked(problems=problems, failure=None, locations=locations)


def _show(found: Checked, format_: str) -> None:
    value = {
        "errors": found.errors,
        "warnings": found.warnings,
        "problems": [each.to_dict() for each in found.problems],
        "application_error": found.failure and found.failure.reason,
    }
    if found.failure is not None and format_ == Format.TABLE:
        for line in found.failure.lines() if not found.problems else found.failure.lines()[:1]:
            note(line)
    table = problem_table("Problems", found.problems)
    emit(format_, [table], value)
    if format_ == Format.TABLE and found.failure is None:
        say(_summary(found))


def _summary(found: Checked) -> str:
    if not found.problems:
        return "No problems."
    errors = f"{found.errors} error{'' if found.errors == 1 else 's'}"
    return f"{errors}, {found.warnings} warning{'' if found.warnings == 1 else 's'}."

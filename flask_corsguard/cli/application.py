"""
The application that the commands are about, if it loads.

An application that does not load is what brings many people here, so a failure is a value: each
command says it, and goes on as far as it can.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass

import click
import flask.cli
from flask import Flask
from flask.cli import NoAppException, ScriptInfo

from ..errors import PolicyError, Problem
from ..serving import Serving
from .exits import NoApplicationError

__all__ = ["LoadFailure", "Loaded", "load_application", "needs_guard"]

_FRAMES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFailure:
    """
    Say why an application does not load.

    Attributes:
        reason: One line.
        problems: What the guard refused, where that is the reason.
        trace: The last lines of the traceback; empty where it says nothing more.
    """

    reason: str
    problems: tuple[Problem, ...] = ()
    trace: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """
        Give the failure as lines for a terminal.
        """
        lines = [f"The application does not load: {self.reason}"]
        lines += [f"  {problem}" for problem in self.problems]
        return lines + [f"  {line}" for line in self.trace]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """
    Hold the application, or why there is none.

    Attributes:
        app: The application; None if it does not load.
        serving: What its guard knows; None without one.
        failure: Why it does not load; None if it does.
    """

    app: Flask | None = None
    serving: Serving | None = None
    failure: LoadFailure | None = None


def load_application(ctx: click.Context) -> Loaded:
    """
    Load the application that `--app` names, whatever happens on the way.

    What it prints while it is imported goes to standard error: standard output is the command's.

    Args:
        ctx: The command's context.
    """
    info = ctx.ensure_object(ScriptInfo)
    try:
        with redirect_stdout(sys.stderr), _quiet():
            app = info.load_app()
    except PolicyError as error:
        return Loaded(failure=LoadFailure(reason=_counted(error), problems=error.problems))
    except NoAppException as error:
        head, *rest = error.format_message().strip().splitlines()
        return Loaded(failure=LoadFailure(reason=head, trace=tuple(rest[-_FRAMES * 2 :])))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it may do anything
        return Loaded(failure=_described(error))
    serving = app.extensions.get("corsguard")
    return Loaded(app=app, serving=serving if isinstance(serving, Serving) else None)


def needs_guard(loaded: Loaded) -> tuple[Flask, Serving]:
    """
    Give the application and its guard, for a command that can do nothing without them.

    Raises:
        NoApplicationError: If there is none.
    """
    if loaded.failure is not None:
        raise NoApplicationError("\n".join(loaded.failure.lines()))
    if loaded.app is None or loaded.serving is None:
        raise NoApplicationError(
            "The application has no CORSGuard; write CORSGuard(app, origins=[...])."
        )
    return loaded.app, loaded.serving


@contextmanager
def _quiet() -> Generator[None]:
    """
    Keep the guard's warnings from the terminal of whoever has configured no logging.

    The commands that are about them show them.
    """
    logger, handler = logging.getLogger("flask_corsguard"), logging.NullHandler()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _counted(error: PolicyError) -> str:
    number = len(error.problems)
    return f"the guard refuses its configuration ({number} error{'s' if number > 1 else ''})."


def _described(error: BaseException) -> LoadFailure:
    frames = [each for each in traceback.extract_tb(error.__traceback__) if _is_theirs(each)]
    trace = [line for frame in frames[-_FRAMES:] for line in _frame(frame)]
    return LoadFailure(reason=f"{type(error).__name__}: {error}", trace=tuple(trace))


def _is_theirs(frame: traceback.FrameSummary) -> bool:
    """
    Tell whether a frame is of the application: how Flask came to import it is of no interest.
    """
    return frame.filename not in {__file__, flask.cli.__file__} and "<frozen" not in frame.filename


def _frame(frame: traceback.FrameSummary) -> list[str]:
    line = [f"    {frame.line}"] if frame.line else []
    return [f"{frame.filename}:{frame.lineno}, in {frame.name}", *line]

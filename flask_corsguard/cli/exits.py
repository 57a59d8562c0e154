"""
The exit codes: one closed set for all commands, so that a script can tell "no" from "broken".
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

import click

__all__ = ["ExitCode", "FoundError", "NoApplicationError", "UnreachableError", "epilog"]


class ExitCode(IntEnum):
    """
    Say how a command ended.

    Attributes:
        meaning: When that is, as a sentence.
    """

    OK = 0
    FOUND = 1
    USAGE = 2
    NO_APPLICATION = 3
    UNREACHABLE = 4

    @property
    def meaning(self) -> str:
        """
        Say when a command ends so.
        """
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: "Nothing is wrong.",
    ExitCode.FOUND: "Something is: an error, a blocked request, a flaw, with --strict a warning.",
    ExitCode.USAGE: "The command line is wrong.",
    ExitCode.NO_APPLICATION: "The application does not load, or has no CORSGuard, or no store.",
    ExitCode.UNREACHABLE: "A server or a database cannot be reached.",
}


def epilog() -> str:
    """
    Describe all exit codes, for a help page.
    """
    lines = [f"{code.value}  {code.meaning}" for code in ExitCode]
    return "\n".join(["\b", "Exit codes:", *lines])


class FoundError(click.ClickException):
    """
    End a command with a message: something is wrong.
    """

    exit_code: ClassVar[int] = int(ExitCode.FOUND)


class NoApplicationError(click.ClickException):
    """
    End a command with a message: without an application, or its guard, there is nothing to do.
    """

    exit_code: ClassVar[int] = int(ExitCode.NO_APPLICATION)


class UnreachableError(click.ClickException):
    """
    End a command with a message: nobody answers.
    """

    exit_code: ClassVar[int] = int(ExitCode.UNREACHABLE)

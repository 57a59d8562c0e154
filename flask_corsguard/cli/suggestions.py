"""
Bad arguments, answered with the nearest good one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

import click

from ..protocol.diagnosis import diagnose
from ..protocol.fields import is_forbidden_method, is_token
from ..protocol.origins import parse_origin

__all__ = ["METHOD", "ORIGIN", "NearestChoice", "did_you_mean"]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """
    Name the nearest known word, or all of them where none is near.

    Args:
        word: What was written.
        known: What could have been.
    """
    names = sorted(known)
    near = difflib.get_close_matches(word.lower(), names, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Write one of: {', '.join(names)}."


class NearestChoice(click.Choice[str]):
    """
    Take one of several words.
    """

    def __init__(self, choices: Sequence[str]) -> None:
        super().__init__(choices, case_sensitive=True)

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """
        Give the word, or fail with the nearest one.
        """
        if value not in self.choices:
            known = tuple(str(choice) for choice in self.choices)
            self.fail(
                f"{value!r} is not one of them. {did_you_mean(str(value), known)}", param, ctx
            )
        return str(value)


class OriginType(click.ParamType[str]):
    """
    Take a serialized origin, or `null`.
    """

    name = "origin"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """
        Give the origin, or fail with what to write instead.
        """
        text = str(value)
        if text != "null" and parse_origin(text) is None:
            finding = diagnose(text)
            self.fail(f"{text!r} {finding.why}. {finding.fix}", param, ctx)
        return text


class MethodType(click.ParamType[str]):
    """
    Take a method that script can send.
    """

    name = "method"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """
        Give the method, or fail.
        """
        text = str(value)
        if not is_token(text) or is_forbidden_method(text):
            self.fail(f"{text!r} is no method that script can send.", param, ctx)
        return text


ORIGIN: OriginType = OriginType()
"""The type of `--origin`."""

METHOD: MethodType = MethodType()
"""The type of `--method`."""

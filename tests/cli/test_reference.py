"""The reference names every command, option, exit code and flaw."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import click
import pytest

from flask_corsguard.cli import cors
from flask_corsguard.cli.exits import ExitCode
from flask_corsguard.cli.probing import Flaw
from repository import ROOT


@pytest.fixture
def reference(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_ext"))
    import commands_reference

    return commands_reference


def leaves(command: click.Command) -> Iterator[click.Command]:
    if not isinstance(command, click.Group):
        yield command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from leaves(found)


def test_every_command_and_option_is_in_the_reference(reference: ModuleType) -> None:
    page = reference.commands_page()
    for command in leaves(cors):
        assert f"{command.name}`\n" in page
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert all(f"`{name}`" in page for name in parameter.opts)


def test_every_option_has_a_help_text_that_is_a_sentence() -> None:
    for command in leaves(cors):
        assert command.help
        assert (command.short_help or "").endswith(".")
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert (parameter.help or "").endswith("."), parameter.name


def test_every_exit_code_and_flaw_is_in_the_reference(reference: ModuleType) -> None:
    assert all(f"`{code.value}`" in reference.exits_table() for code in ExitCode)
    assert all(f"`{flaw}`" in reference.flaws_table() for flaw in Flaw)


def test_what_is_generated_is_the_same_every_time(reference: ModuleType) -> None:
    assert reference.commands_page() == reference.commands_page()

"""
Explanations as text: steps, headers, verdicts, and what to change.
"""

from __future__ import annotations

import click

from ..explain import Change, Explanation, Message, Remedy, SentenceExplanation
from .output import Table, emit, say

__all__ = ["show_explanation", "show_sentence"]

_MARKS = {True: "ok", False: "NO", None: ".."}


def show_explanation(found: Explanation) -> None:
    """
    Write an explanation of a request to standard output.

    Args:
        found: The explanation.
    """
    asked = found.asked
    verdict = "allowed" if found.allowed else "refused" if found.refused else "blocked"
    what = "with" if asked.credentials else "without"
    say(f"{asked.method} {found.url} from {asked.origin}, {what} credentials: {verdict}.")
    click.echo()
    rows = [(_MARKS[step.ok], step.title, step.text) for step in found.steps]
    emit("table", [Table(title="Step by step", columns=("", "step", "finding"), rows=rows)], None)
    for message in found.messages:
        _show_message(message)
    click.echo()
    rows = [
        (each.engine, "allowed" if each.shares else "blocked", each.sentence or "-")
        for each in found.browsers
    ]
    emit("table", [Table(title="Browsers", columns=("browser", "does", "says"), rows=rows)], None)
    if found.remedy is not None:
        _show_remedy(found.remedy)


def show_sentence(found: SentenceExplanation) -> None:
    """
    Write an explanation of a sentence to standard output.

    Args:
        found: The explanation.
    """
    reading = found.reading
    rows = [
        ("browser", str(reading.engine)),
        ("cause", reading.cause),
        ("page", reading.origin or "it does not say"),
        ("URL", reading.url or "it does not say"),
        ("asked for", reading.subject),
        ("server sent", reading.value),
        ("status", reading.status),
    ]
    table = Table(title="The sentence", columns=("what", "it says"), rows=[r for r in rows if r[1]])
    emit("table", [table], None)
    click.echo()
    say(f"Meaning: {found.meaning}")
    click.echo()
    say(f"Remedy: {found.fix}")
    if found.explanation is not None and found.asked is not None:
        click.echo()
        say(found.verdict)
        click.echo()
        show_explanation(found.explanation)


def _show_message(message: Message) -> None:
    click.echo()
    click.echo(f"> {message.method} {message.url}")
    for name, value in message.sent:
        click.echo(f"> {name}: {value}")
    click.echo(f"< {message.status}")
    for name, value in message.headers:
        click.echo(f"< {name}: {value}")


def _show_remedy(remedy: Remedy) -> None:
    click.echo()
    if remedy.changes:
        click.echo("The smallest change that would allow it:" if remedy.helps else "Tried:")
    for change in remedy.changes:
        _show_change(change)
    if remedy.instead:
        say(f"Instead: {remedy.instead}")
    elif not remedy.helps:
        say("No change of a policy allows it.")


def _show_change(change: Change) -> None:
    say(f"{change.place}: {change.write}", indent=2)
    say(f"Wise? {str(change.wise).capitalize()}. {change.because}", indent=4)

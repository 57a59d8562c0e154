"""
`flask cors explain`: why a request is allowed or not, or what a browser's sentence means.
"""

from __future__ import annotations

import re
import sys

import click
from flask import Flask

from ..explain import Asked, Explanation, SentenceExplanation, explain_sentence, to_fields
from ..explain import explain as explain_request
from ..routing import Plan
from ..testing.errors import FetchError
from .application import Loaded, load_application, needs_guard
from .exits import ExitCode
from .explain_text import show_explanation, show_sentence
from .output import Format, echo_json, format_option, note
from .suggestions import METHOD, ORIGIN

__all__ = ["explain"]

_FORMATS = (str(Format.TABLE), str(Format.JSON))
_IS_URL = re.compile(r"(?:https?://|/)\S*")


@click.command(short_help="Explain a request, or a sentence from the browser's console.")
@click.argument("what", metavar="URL|SENTENCE", nargs=-1, required=True)
@click.option("--origin", type=ORIGIN, help="The page's origin, like https://app.example.com.")
@click.option(
    "--method", type=METHOD, default="GET", show_default=True, help="What script asks with."
)
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="NAME[: VALUE]",
    help="A header that script sets; may be given again.",
)
@click.option("--credentials", is_flag=True, help="Script asks with credentials: 'include'.")
@format_option(*_FORMATS)
@click.pass_context
def explain(
    ctx: click.Context,
    *,
    what: tuple[str, ...],
    origin: str | None,
    method: str,
    headers: tuple[str, ...],
    credentials: bool,
    format_: str,
) -> None:
    """
    Explain a request of a page, or a sentence from the browser's console.

    With a URL (or a path of the application) and --origin: what the browser sends, what governs
    it, each check, the exact headers, what the browser does with them, and if it blocks, the
    smallest change that would allow it and whether that is wise. No view is run.

    With a sentence in quotes (`-`: from standard input): what it means, what the server has to
    send, and with the application at hand why it does not.
    """
    text = " ".join(what)
    if text == "-":
        text = sys.stdin.read()
    asked = Asked(
        url=text, origin=origin or "", method=method, headers=headers, credentials=credentials
    )
    if not _IS_URL.fullmatch(text.strip()):
        _explain_sentence(ctx, text, asked, format_)
    elif origin is None:
        ctx.fail("Say which page asks: --origin https://app.example.com")
    else:
        _explain_request(ctx, asked, format_)


def _explain_request(ctx: click.Context, asked: Asked, format_: str) -> None:
    app, serving = needs_guard(load_application(ctx))
    try:
        found = explain_request(app, serving.make_plan(), asked)
    except (FetchError, ValueError) as error:
        ctx.fail(str(error))
    if format_ == Format.JSON:
        echo_json(_request_value(found))
    else:
        show_explanation(found)
    ctx.exit(ExitCode.OK if found.allowed else ExitCode.FOUND)


def _request_value(found: Explanation) -> object:
    return {**to_fields(found), "wise": found.remedy and str(found.remedy.wise)}


def _explain_sentence(ctx: click.Context, text: str, hint: Asked, format_: str) -> None:
    """
    Explain a sentence, without an application if there is none.
    """
    loaded = load_application(ctx)
    app, plan = _at_hand(loaded)
    hint = Asked(
        url="",
        origin=hint.origin,
        method=hint.method,
        headers=hint.headers,
        credentials=hint.credentials,
    )
    found = explain_sentence(text, app, plan, hint)
    if found is None:
        raise _not_understood(text)
    if format_ == Format.JSON:
        echo_json(_sentence_value(found, loaded))
        return
    show_sentence(found)
    if loaded.failure is not None:
        note("\nWithout the application there is no more to say.")
        for line in loaded.failure.lines():
            note(line)


def _at_hand(loaded: Loaded) -> tuple[Flask | None, Plan | None]:
    if loaded.app is None or loaded.serving is None:
        return None, None
    return loaded.app, loaded.serving.make_plan()


def _sentence_value(found: SentenceExplanation, loaded: Loaded) -> object:
    reason = loaded.failure.reason if loaded.failure else None
    return {**to_fields(found), "verdict": found.verdict, "application_error": reason}


def _not_understood(text: str) -> click.ClickException:
    shown = " ".join(text.split())
    return click.BadParameter(
        f"{shown[:60]!r} is neither a URL nor a sentence that Chromium, Firefox or Safari print "
        "about CORS. Copy the whole line from the console, in quotes; a URL begins with https:// "
        "or with a slash."
    )

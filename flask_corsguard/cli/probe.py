"""
`flask cors probe`: ask a deployed server what it really does.
"""

from __future__ import annotations

from dataclasses import dataclass

import click

from ..errors import Severity
from ..explain import to_plain
from ..testing.message import Response
from ..testing.urls import URL
from .application import Loaded, load_application
from .exits import ExitCode, UnreachableError
from .output import Format, Table, emit, format_option, note, say
from .probing import (
    Answer,
    Client,
    Difference,
    Finding,
    OriginVerdict,
    Question,
    compare,
    judge,
    questions_about,
    verdicts,
)
from .progress import progress
from .suggestions import METHOD, ORIGIN

__all__ = ["probe"]

_MOST_ORIGINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """
    Hold what a probe has found.

    Attributes:
        url: What was asked for.
        requests: How many requests were sent.
        origins: What pages of each origin can do.
        findings: The flaws.
        differences: Where the application at hand would answer otherwise; None without one.
        application_error: Why there is none.
    """

    url: str
    requests: int
    origins: tuple[OriginVerdict, ...]
    findings: tuple[Finding, ...]
    differences: tuple[Difference, ...] | None
    application_error: str | None


class URLType(click.ParamType[URL]):
    """
    Take an absolute http(s) URL.
    """

    name = "URL"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> URL:
        """
        Give the URL, or fail with what to write instead.
        """
        if isinstance(value, URL):
            return value
        text = str(value)
        if "://" not in text:
            self.fail(f"{text!r} has no scheme. Write 'https://{text.lstrip('/')}'.", param, ctx)
        try:
            url = URL.parse(text)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not url.is_http or url.userinfo:
            self.fail(f"{text!r} is not a plain http(s) URL.", param, ctx)
        return url.sent


@click.command(short_help="Ask a deployed server, as browsers and strangers would.")
@click.argument("url", type=URLType(), metavar="URL")
@click.option(
    "--origin",
    "origins",
    type=ORIGIN,
    multiple=True,
    required=True,
    help="An origin that the server should allow; may be given again.",
)
@click.option(
    "--method", type=METHOD, default="GET", show_default=True, help="What preflights announce."
)
@click.option(
    "--header", "headers", multiple=True, metavar="NAME", help="A header that they announce."
)
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 60),
    default=10.0,
    metavar="SECONDS",
    show_default=True,
    help="Seconds to wait for an answer.",
)
@click.option(
    "--pause",
    type=click.FloatRange(0, 10),
    default=0.1,
    metavar="SECONDS",
    show_default=True,
    help="Seconds between requests.",
)
@format_option()
@click.pass_context
def probe(
    ctx: click.Context,
    *,
    url: URL,
    origins: tuple[str, ...],
    method: str,
    headers: tuple[str, ...],
    timeout: float,
    pause: float,
    format_: str,
) -> None:
    """
    Ask a server that is deployed what pages and strangers can do, and find its flaws.

    Only GET and OPTIONS are sent, some dozen of them, one after the other, to the host of the URL
    and nobody else; redirects are not followed. Probe servers that are yours.

    With the application at hand, it says where the server answers otherwise: that is a proxy, a
    cache, or another configuration.
    """
    wanted = tuple(dict.fromkeys(origins))
    if len(wanted) > _MOST_ORIGINS:
        ctx.fail(f"At most {_MOST_ORIGINS} origins at once.")
    client = Client(url, timeout=timeout, pause=pause)
    answers = _ask(client, questions_about(url, wanted, method, headers))
    loaded = load_application(ctx)
    found = Probed(
        url=str(url),
        requests=client.asked,
        origins=verdicts(answers),
        findings=judge(answers),
        differences=_compare(loaded, answers),
        application_error=_why_not(loaded),
    )
    emit(format_, _tables(found), to_plain(found))
    if format_ == Format.TABLE:
        _summarize(found)
    ctx.exit(ExitCode.FOUND if found.findings else ExitCode.OK)


def _ask(client: Client, questions: tuple[Question, ...]) -> tuple[Answer, ...]:
    answers: list[Answer] = []
    with progress("Asking", len(questions)) as advance:
        for question in questions:
            answers.append(Answer(question=question, response=_send(client, question)))
            advance(1)
    return tuple(answers)


def _send(client: Client, question: Question) -> Response:
    try:
        return client.send(question.request)
    except OSError as error:
        url, why = question.request.url, str(error) or type(error).__name__
        raise UnreachableError(f"{question.request.method} {url}: {why}") from error


def _compare(loaded: Loaded, answers: tuple[Answer, ...]) -> tuple[Difference, ...] | None:
    if loaded.app is None or loaded.serving is None:
        return None
    return compare(loaded.app, loaded.serving.make_plan(), answers)


def _why_not(loaded: Loaded) -> str | None:
    if loaded.failure is not None:
        return loaded.failure.reason
    return None if loaded.serving is not None else "The application has no CORSGuard."


def _tables(found: Probed) -> list[Table]:
    flaws = Table(
        title="Flaws",
        columns=("flaw", "severity", "asked", "seen", "what to do"),
        rows=[
            (str(f.flaw), str(f.severity), f.asked, f.seen, f"{f.flaw.meaning} {f.flaw.fix}")
            for f in found.findings
        ],
        empty="none found.",
    )
    origins = Table(
        title="Origins",
        columns=("origin", "pages", "with credentials", "because of"),
        rows=[
            (v.origin, _can(v.allowed), _can(v.credentials), v.fault or "-") for v in found.origins
        ],
    )
    differences = Table(
        title="Otherwise than the application at hand",
        columns=("asked", "what", "deployed", "at hand"),
        rows=[(d.asked, d.what, d.deployed, d.local) for d in found.differences or ()],
    )
    return [flaws, origins, differences]


def _can(allowed: bool) -> str:
    return "allowed" if allowed else "blocked"


def _summarize(found: Probed) -> None:
    errors = sum(each.severity is Severity.ERROR for each in found.findings)
    click.echo()
    flaws = f"{len(found.findings)} flaw{'' if len(found.findings) == 1 else 's'}"
    say(f"{found.requests} requests, {flaws}, errors: {errors}.")
    if found.differences:
        say(
            "The application at hand would answer otherwise: look at what stands in front of it, "
            "or at the configuration that is deployed."
        )
    elif found.differences is not None:
        say("The application at hand would answer the same.")
    elif found.application_error:
        note(f"Not compared with an application: {found.application_error}")

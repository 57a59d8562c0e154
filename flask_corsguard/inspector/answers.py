"""
What the page asks for, as plain values: the state, the routes, an explanation.

What comes in is bounded in length before anything looks at it. What goes out holds text of
strangers as it is, and it is the page that must not take it for markup: see `responses`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from flask import Flask
from werkzeug.datastructures import MultiDict

from ..explain import Asked, explain, explain_sentence, survey, to_fields, to_plain
from ..testing.errors import FetchError

if TYPE_CHECKING:
    from ..routing import Plan
    from .recorder import Entry, Minute, Recorder

__all__ = ["BadQuestionError", "explanation_value", "routes_value", "sentence_value", "state_value"]

LONGEST: Mapping[str, int] = {
    "url": 1000,
    "origin": 326,
    "method": 64,
    "header": 200,
    "text": 1500,
    "after": 1000,
}
"""Characters of what may be asked; with them, a request line stays below what servers read."""

_HEADERS = 10
_KNOWN = re.compile(r"([0-9a-f]+-[0-9a-f]+)\.([0-9]{1,15})")
_NO_LINE = (
    "That is no line that Chromium, Firefox or Safari print about CORS. "
    "Copy the whole line from the console."
)

Asking = MultiDict[str, str]


class BadQuestionError(ValueError):
    """
    Say why a question has no answer.
    """


def state_value(recorder: Recorder, asking: Asking) -> dict[str, object]:
    """
    Give the latest decisions and what was counted.

    Args:
        recorder: Remembers them.
        asking: `after` names what the page knows already, of each process that has answered it.
    """
    known = dict(_KNOWN.findall(_text(asking, "after")))
    process = recorder.snapshot(after=0, top=0).process
    found = recorder.snapshot(after=int(known.get(process, 0)))
    return {
        "process": found.process,
        "since": found.since,
        "now": found.now,
        "last": found.last,
        "totals": _fields(found.totals),
        "minutes": [_minute_value(each) for each in found.minutes],
        "top": [each.to_dict() for each in found.top],
        "decisions": [entry_value(each) for each in found.entries],
    }


def entry_value(entry: Entry) -> dict[str, object]:
    """
    Give a remembered decision.

    Args:
        entry: The decision, and when it was made.
    """
    decision = entry.decision
    return {
        "number": entry.number,
        "at": entry.at,
        "kind": decision.kind.value,
        "outcome": decision.outcome.value,
        "reason": decision.reason and decision.reason.value,
        "policy": decision.policy,
        "method": decision.method,
        "path": decision.path,
        "origin": decision.origin,
        "detail": decision.detail,
        "refusal": decision.refusal,
        "explanation": decision.explanation,
    }


def routes_value(app: Flask, plan: Plan, *, hidden: str) -> dict[str, object]:
    """
    Give all routes and what governs them, and the path rules.

    Args:
        app: The application.
        plan: What governs its routes.
        hidden: The endpoint that is left out: the inspector's own.
    """
    found = survey(app, plan)
    routes = tuple(row for row in found.routes if row.endpoint != hidden)
    shown = replace(found, routes=routes)
    rules = [
        {**to_fields(row), "nothing": row.matches_nothing, "in_vain": row.governs_nothing}
        for row in shown.rules
    ]
    return {"routes": to_plain(shown.routes), "rules": rules, "uncovered": list(shown.uncovered)}


def explanation_value(app: Flask, plan: Plan, asking: Asking, base: str) -> dict[str, object]:
    """
    Give the explanation of a request that a page would make; no view is run.

    Args:
        app: The application.
        plan: What governs its routes.
        asking: `url`, `origin`, `method`, `header` (several), `credentials`.
        base: The URL that a path is relative to.

    Raises:
        BadQuestionError: If no browser makes such a request.
    """
    try:
        found = explain(app, plan, _asked(asking), base=base)
    except (FetchError, ValueError) as error:
        raise BadQuestionError(str(error)) from error
    return {**to_fields(found), "wise": found.remedy and found.remedy.wise.value}


def sentence_value(app: Flask, plan: Plan, asking: Asking) -> dict[str, object]:
    """
    Give the explanation of a line of a browser's console.

    Args:
        app: The application.
        plan: What governs its routes.
        asking: `text`, and `origin` for what the line may leave out.

    Raises:
        BadQuestionError: If no browser prints such a line.
    """
    hint = Asked(url="", origin=_text(asking, "origin").strip())
    found = explain_sentence(_text(asking, "text"), app, plan, hint)
    if found is None:
        raise BadQuestionError(_NO_LINE)
    wise = found.explanation and found.explanation.remedy and found.explanation.remedy.wise.value
    return {**to_fields(found), "verdict": found.verdict, "wise": wise}


def _asked(asking: Asking) -> Asked:
    headers = tuple(_bounded("header", text) for text in asking.getlist("header") if text.strip())
    if len(headers) > _HEADERS:
        raise BadQuestionError(f"Ask about {_HEADERS} headers at most.")
    url, origin = _text(asking, "url").strip(), _text(asking, "origin").strip()
    if not url or not origin:
        raise BadQuestionError("It takes a URL, and the origin of the page that asks.")
    return Asked(
        url=url,
        origin=origin,
        method=_text(asking, "method").strip() or "GET",
        headers=headers,
        credentials=bool(asking.get("credentials")),
    )


def _text(asking: Asking, name: str) -> str:
    return _bounded(name, asking.get(name, ""))


def _bounded(name: str, text: str) -> str:
    if len(text) > LONGEST[name]:
        raise BadQuestionError(f"That {name} is longer than {LONGEST[name]} characters.")
    return text


def _minute_value(minute: Minute) -> dict[str, object]:
    counts = _fields(minute.totals)
    return {
        "minute": minute.minute,
        **counts,
        "origins": dict(minute.origins),
        "others": minute.others,
    }


def _fields(value: object) -> dict[str, object]:
    return cast("dict[str, object]", to_plain(value))

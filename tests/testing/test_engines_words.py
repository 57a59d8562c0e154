"""What the browsers printed, the `Browser` says, word for word."""

import re
from collections import defaultdict
from typing import Any

import pytest

from flask_corsguard.testing import Browser, CORSError, Reply

from .replay import Pairs, by_path, load

ENGINES = {"chromium": "chromium", "firefox": "firefox", "webkit": "safari"}

# Every row of messages.json is replayed but for these.
OUT_OF_SCOPE = {
    "xhr": "XMLHttpRequest: Chromium ends its sentences differently there",
    "script-use-credentials": "an element loads, not fetch()",
    "img-crossorigin": "an element loads, not fetch()",
    "stylesheet-crossorigin": "an element loads, not fetch()",
    "video-crossorigin": "an element loads, not fetch()",
    "eventsource": "EventSource loads, not fetch()",
    "font": "CSS loads, not fetch()",
}
LOCAL_NETWORK_ACCESS = "lna"  # a permission of the user, not CORS; the rows have no exchange

ROWS = load("messages.json")
CATALOGUE = [row for row in ROWS if row["evidence"].startswith("catalog")]
MEASURED = [row for row in ROWS if row.get("api") == "fetch" and row["case"] != "lna"]


def grouped() -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Give the rows that belong together: one fetch in one engine printed them all."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in MEASURED:
        groups[row["engine"], row["case"]].append(row)
    return groups


GROUPS = grouped()


def answer(said: dict[str, Any], status: int, path: str) -> tuple[int, Pairs]:
    lines = [(name, value.replace("$SELF", path)) for name, value in said.get("h", ())]
    return said.get("s", status), lines


def replay(row: dict[str, Any]) -> Reply:
    path = f"/{row['case']}"
    allowed = [("Access-Control-Allow-Origin", row["page_origin"])]
    answers = {path: answer(row["actual_response"], 200, path), "/ok": (200, allowed)}
    asked = row.get("preflight_response")
    app = by_path(answers, preflight=None if asked is None else answer(asked, 204, path))
    page = Browser(
        app,
        origin=row["page_origin"],
        base_url="https://fault.example",
        engine=ENGINES[row["engine"]],
        strict=False,
    )
    return page.fetch(path, **row["request"])


def error_of(row: dict[str, Any]) -> CORSError:
    with pytest.raises(CORSError) as caught:
        replay(row)
    return caught.value


def test_every_row_is_replayed_or_out_of_scope_for_a_reason() -> None:
    left = [r for r in ROWS if r not in CATALOGUE and r not in MEASURED]
    assert {row["api"] for row in left if row["case"] != LOCAL_NETWORK_ACCESS} == set(OUT_OF_SCOPE)
    assert len(CATALOGUE) + len(MEASURED) + len(left) == len(ROWS) == 421
    assert (len(MEASURED), len(CATALOGUE), len(left)) == (334, 21, 66)


@pytest.mark.parametrize(
    "rows",
    [rows for rows in GROUPS.values() if rows[0]["outcome"] == "rejected"],
    ids=lambda rows: f"{rows[0]['engine']}: {rows[0]['cause']}",
)
def test_what_a_browser_prints_is_said(rows: list[dict[str, Any]]) -> None:
    """All lines, in order; Firefox and Safari print up to three."""
    error = error_of(rows[0])
    assert list(error.console) == [row["message"] for row in rows]
    assert error.refusal == rows[0]["js_error"]
    assert str(error).startswith(rows[0]["message"])


def test_what_firefox_only_warns_of_is_a_warning() -> None:
    (row,) = GROUPS["firefox", "pre-header-star-authorization"]
    reply = replay(row)
    assert f"resolved {reply.status}" == row["outcome"]
    assert reply.warnings == (row["message"],)


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: f"{row['engine']}: {row['cause']}")
def test_what_a_catalogue_holds_is_said_for_some_cause(row: dict[str, Any]) -> None:
    pattern = re.sub(r"%\\?\d\\?\$S|<[A-Z]+>", "(.+)", re.escape(row["template"]))
    same_engine = [rows[0] for rows in GROUPS.values() if rows[0]["engine"] == row["engine"]]
    said = [line for each in same_engine for line in said_about(each)]
    assert any(re.search(pattern, line) for line in said)


def said_about(row: dict[str, Any]) -> tuple[str, ...]:
    if row["outcome"] != "rejected":
        return replay(row).warnings
    return error_of(row).console


def test_what_firefox_does_not_print_is_told_as_script_sees_it() -> None:
    page = Browser(by_path({}), origin="https://app.example", engine="firefox")
    with pytest.raises(CORSError, match=r"^TypeError: NetworkError when attempting") as caught:
        page.fetch("/", mode="same-origin")
    assert caught.value.console == ()

"""What three real engines did with a response, the `Browser` does, too."""

from typing import Any

import pytest

from flask_corsguard.testing import Browser, CORSError, Engine

from .replay import answering, load

CASES = load("browser.json")


def lines(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer["headers"]]


def page_of(case: dict[str, Any], engine: Engine) -> Browser:
    answer, preflight = case["response"], case.get("preflight_response")
    app = answering(
        answer["status"],
        lines(answer),
        (preflight["status"], lines(preflight)) if preflight else None,
    )
    return Browser(app, origin=dict(case["request"]["headers"])["Origin"], engine=engine)


def options_of(case: dict[str, Any]) -> dict[str, Any]:
    request = case["request"]
    return {
        "method": request["method"],
        "headers": [line for line in request["headers"] if line[0] != "Origin"],
        "credentials": case["expect"]["browser"]["credentials"],
    }


def of(result: str) -> list[Any]:
    return [
        pytest.param(case, id=f"{case['id']}: {case['title']}")
        for case in CASES
        if case["expect"]["browser"]["result"] == result
    ]


def test_there_are_cases_of_both_kinds() -> None:
    assert len(of("share")) > 20
    assert len(of("block")) > 20
    assert len(of("share")) + len(of("block")) == len(CASES)


@pytest.mark.parametrize("engine", Engine)
@pytest.mark.parametrize("case", of("share"))
def test_what_engines_share_is_shared(case: dict[str, Any], engine: Engine) -> None:
    expected = case["expect"]["browser"]
    reply = page_of(case, engine).fetch(case["request"]["path"], **options_of(case))
    assert reply.type == "cors"
    assert reply.status == case["response"]["status"]
    assert set(expected.get("js_sees", ())) <= set(reply.headers)
    assert not set(expected.get("js_must_not_see", ())) & set(reply.headers)
    asked = [e.request.headers.get("Access-Control-Request-Headers") for e in reply.preflights]
    unsafe = ",".join(expected.get("unsafe_headers", ())) or None
    assert asked == ([unsafe] if "preflight_response" in case else [])


@pytest.mark.parametrize("engine", Engine)
@pytest.mark.parametrize("case", of("block"))
def test_what_engines_block_is_blocked(case: dict[str, Any], engine: Engine) -> None:
    page = page_of(case, engine)
    with pytest.raises(CORSError) as caught:
        page.fetch(case["request"]["path"], **options_of(case))
    assert caught.value.fix
    assert len(page.exchanges) == 1, "either the preflight failed, or there was none"

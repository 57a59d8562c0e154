"""
The demo in Chromium: a real browser and the guard have to agree, and the page has to say so.
"""

import re
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from e2e.demo_page import DemoPage, Row, read_row, read_slot
from e2e.running import Demo, running_chromium, running_demo

BLOCKED = ("Blocked", "TypeError: Failed to fetch", "Rejected")
SHOWN = {
    "simple": Row("Allowed", "200 OK", "Allowed"),
    "preflight": Row("Allowed", "200 OK", "Allowed"),
    "cookie": Row("Allowed", "200 OK", "Allowed"),
    "exposed": Row("Allowed", "200 OK", "Allowed"),
    "missing": Row("Allowed", "404 Not Found", "Allowed"),
    "crash": Row("Allowed", "500 Internal Server Error", "Allowed"),
    "redirect": Row("Allowed", "200 OK, redirected", "Allowed"),
    "login": Row("Allowed", "200 OK", "Allowed"),
    "anonymous": Row("Allowed", "401 Unauthorized", "Allowed"),
    "blueprint": Row("Allowed", "200 OK", "Allowed"),
    "header": Row(*BLOCKED, "header-not-allowed"),
    "method": Row(*BLOCKED, "method-not-allowed"),
    "same-origin": Row(*BLOCKED, "same-origin-only"),
    "public": Row("Allowed", "200 OK", "Allowed"),
    "stranger": Row(*BLOCKED, "origin-not-allowed"),
    "stranger-preflight": Row(*BLOCKED, "origin-not-allowed"),
    "enforce": Row(*BLOCKED, "origin-not-allowed"),
    "opaque": Row(*BLOCKED, "origin-opaque"),
}
AGREED = "11 of 18 requests allowed, 7 blocked. Browser and guard agree on every one."


def test_each_row_shows_what_the_browser_did_and_what_the_guard_decided(page: DemoPage) -> None:
    assert page.rows() == SHOWN


def test_browser_and_guard_agree_on_every_request(page: DemoPage) -> None:
    assert page.summary == AGREED
    assert len(page.find_all("[data-agree='true']")) == len(SHOWN)
    assert not page.alarms()


@pytest.mark.parametrize(
    ("case", "seen"),
    [
        ("simple", '["Water the plants","Answer Ada","Buy bread"]'),
        ("cookie", r'{"you_are":"visitor-........"}'),
        ("exposed", "X-Total-Count: 3\nX-Internal: not readable"),
        ("crash", '{"error":"Internal Server Error"}'),
        ("stranger", "Script reads nothing, not even the status."),
    ],
)
def test_script_reads_what_the_policy_lets_it_read(page: DemoPage, case: str, seen: str) -> None:
    shown = read_slot(page.row(case), "seen")
    assert re.fullmatch(re.escape(seen).replace(r"\.", "."), shown)


@pytest.mark.parametrize(
    ("case", "why", "policy"),
    [
        ("simple", "Without a preflight.", "front-end"),
        ("login", "The guard answered a preflight, the application the rest.", "front-end"),
        ("blueprint", "The guard answered a preflight, the application the rest.", "reports"),
        ("public", "Without a preflight.", "view 'views.show_status'"),
        ("header", r"not allow a header that was announced (x-trace). So", "front-end"),
        ("stranger", "does not list this origin. The browser keeps the answer", "front-end"),
        ("enforce", "does not list this origin. Refused with 403, before", "front-end"),
    ],
)
def test_the_guard_says_why(page: DemoPage, case: str, why: str, policy: str) -> None:
    assert why in read_slot(page.row(case), "why")
    assert read_slot(page.row(case), "policy") == f"Policy: {policy}"


def test_the_details_show_what_crossed_the_wire(page: DemoPage, demo: Demo) -> None:
    row = page.row("preflight")
    row.find_element(By.CSS_SELECTOR, "button").send_keys(Keys.ENTER)
    preflight, put = row.find_elements(By.CSS_SELECTOR, ".exchanges > li")
    assert "OPTIONS /notes/1\n204 NO CONTENT\nPreflight, answered by the guard" in preflight.text
    assert "Access-Control-Request-Method: PUT" in preflight.text
    assert "Access-Control-Allow-Headers: Authorization, Content-Type" in preflight.text
    assert "PUT /notes/1\n200 OK\nRequest, answered by the application." in put.text
    assert f"Access-Control-Allow-Origin: {demo.origins[0]}" in put.text
    assert f"CORS: PUT /notes/1 from {demo.origins[0]}: allowed." in put.text


def test_the_live_list_shows_the_rejected_origins(page: DemoPage, demo: Demo) -> None:
    front_end, _, stranger = demo.origins
    page.wait_until_live(
        "null GET /notes origin-opaque",
        f"{stranger} POST /notes origin-not-allowed",
        f"{stranger} PUT (preflight) /notes/1 origin-not-allowed",
        f"{stranger} GET /notes origin-not-allowed",
        f"{front_end} GET /admin same-origin-only",
    )


def test_the_live_list_lives(page: DemoPage, demo: Demo) -> None:
    page.send_own("A stranger", "GET", "/account")
    page.wait_until_live(f"{demo.origins[2]} GET /account origin-not-allowed")


def test_all_requests_can_be_sent_again(page: DemoPage) -> None:
    visitor = read_slot(page.row("cookie"), "seen")
    page.run_again()
    assert read_slot(page.row("cookie"), "seen") != visitor
    assert page.rows() == SHOWN
    assert page.summary == AGREED


def test_what_was_refused_has_changed_nothing(page: DemoPage) -> None:
    row = page.send_own("This page", "GET", "/notes")
    assert "Gotcha" not in read_slot(row, "seen")


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (("This page", "DELETE", "/notes"), Row(*BLOCKED, "method-not-allowed")),
        (
            ("This page", "GET", "/reports/weekly", "X-Trace: 1"),
            Row("Allowed", "200 OK", "Allowed"),
        ),
        (("A stranger", "HEAD", "/status"), Row("Allowed", "200 OK", "Allowed")),
        (("A sandboxed frame", "PATCH", "/notes"), Row(*BLOCKED, "origin-opaque")),
    ],
)
def test_a_request_of_ones_own_is_shown_like_the_others(
    page: DemoPage, asked: tuple[str, ...], shown: Row
) -> None:
    assert read_row(page.send_own(*asked)) == shown
    assert not page.alarms()


def test_a_request_that_cannot_be_sent_is_no_disagreement(page: DemoPage) -> None:
    row = page.send_own("This page", "GET", "/notes", "X-Trace: \N{SNOWMAN}")
    assert read_slot(row, "why") == "Nothing of this reached the API."
    assert not page.alarms()


def test_markup_in_a_request_is_shown_as_text(page: DemoPage, demo: Demo) -> None:
    markup = "/<img src=x onerror=document.title='oops'>"
    row = page.send_own("A stranger", "GET", markup)
    assert read_slot(row, "path") == markup
    page.wait_until_live(f"{demo.origins[2]} GET {markup} origin-not-allowed")
    assert not page.find_all("main img")
    assert page.browser.title.startswith("flask-corsguard")


def test_the_console_holds_nothing_but_what_was_asked_for(page: DemoPage, demo: Demo) -> None:
    api = re.escape(demo.origins[1])
    expected = re.compile(
        rf"{api}/\S+ - Failed to load resource: .*"
        rf"|\S+ - Access to fetch at '{api}/.* has been blocked by CORS policy: .*"
    )
    said = page.read_console()
    assert len(said) >= len([row for row in SHOWN.values() if row.browser == "Blocked"])
    assert not [line for line in said if not expected.match(line)]


def test_nothing_jumps_while_the_requests_run(page: DemoPage) -> None:
    assert page.layout_shift() < 0.05


@pytest.mark.parametrize("width", [320, 390, 768])
def test_nothing_is_wider_than_a_small_window(page: DemoPage, width: int) -> None:
    page.set_width(width)
    for button in page.find_all("[data-slot='toggle']"):
        button.click()
    page.send_own("A stranger", "GET", "/" + 60 * "long")
    assert page.overflow() == 0


def test_a_browser_that_does_not_enforce_cors_is_flagged(demo: Demo, tmp_path: Path) -> None:
    with running_chromium(tmp_path, "--disable-web-security") as browser:
        page = DemoPage(browser, demo.origins[0])
        assert page.alarms() == len(SHOWN) * ["The browser and the guard disagree."]
        assert page.summary.endswith("Browser and guard disagree on 18.")


def test_an_api_that_is_gone_is_no_disagreement(browser: Chrome) -> None:
    with running_demo("--port", "0") as demo:
        page = DemoPage(browser, demo.origins[0])
    page.run_again()
    assert page.summary.endswith("18 did not reach the API: is the demo still running?")
    assert not page.alarms()

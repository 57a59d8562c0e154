"""
The inspector in Chromium: what it shows, and that it can be used on a phone and with a keyboard.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.keys import Keys

from e2e.inspector_page import FRIEND, STRANGER, InspectorPage, Served, serving_shop
from flask_corsguard.explain import Asked, explain

MARKUP = "<img src=x onerror=document.title='pwned'>"
SENTENCES = {
    "Chromium": (
        f"Access to fetch at 'http://localhost/api/orders' from origin '{STRANGER}' has been "
        "blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the "
        "requested resource."
    ),
    "Firefox": (
        "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote "
        "resource at http://localhost/api/orders. (Reason: CORS header "
        "‘Access-Control-Allow-Origin’ missing). Status code: 200."
    ),
    "Safari": f"Origin {STRANGER} is not allowed by Access-Control-Allow-Origin. Status code: 200",
}


@pytest.fixture
def shop() -> Iterator[Served]:
    with serving_shop() as shop:
        yield shop


@pytest.fixture
def page(browser: Chrome, shop: Served) -> Iterator[InspectorPage]:
    page = InspectorPage(browser, shop.url)
    yield page
    problems = [line for line in page.console() if "favicon" not in line]
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    # The browser says there whatever the Content-Security-Policy has kept from happening.
    assert not [line for line in problems if "400 (BAD REQUEST)" not in line]


def test_a_decision_appears_as_it_happens(page: InspectorPage, shop: Served) -> None:
    assert "No decisions yet." in page.text("#feed")
    shop.ask(STRANGER)
    page.wait_until(lambda: len(page.live()) == 1)
    shop.announce(FRIEND, "PATCH")
    page.wait_until(lambda: len(page.live()) == 2)
    assert page.live() == [
        f"rejected | PATCH preflight /api/orders | {FRIEND} | method-not-allowed",
        f"rejected | GET /api/orders | {STRANGER} | origin-not-allowed",
    ]
    page.find("#decisions summary").click()
    assert "The policy does not allow the method" in page.text("#decisions pre")


def test_the_numbers_follow(page: InspectorPage, shop: Served) -> None:
    shop.ask(STRANGER)
    shop.ask(FRIEND)
    shop.ask(FRIEND)
    shop.announce(FRIEND, "GET")
    page.wait_until(lambda: page.text("#decided") == "4")
    shown = [page.text(f"#{name}") for name in ("allowed", "rejected", "preflights")]
    assert shown == ["3", "1", "25 %"]


def test_the_chart_is_drawn(page: InspectorPage, shop: Served) -> None:
    for origin in (STRANGER, STRANGER, "null"):
        shop.ask(origin)
    page.wait_until(lambda: len(page.find_all("#chart rect")) == 2)
    bars = {each.get_attribute("data-series"): each.rect for each in page.find_all("#chart rect")}
    assert bars["0"]["height"] > 1.5 * bars["1"]["height"] > 0
    label = page.find("#chart svg").get_attribute("aria-label")
    assert label == f"3 rejected requests within the last hour. Most of them from {STRANGER}."
    assert page.text("#legend").split() == [STRANGER, "null"]
    page.find("#chart-details summary").click()
    assert f"{STRANGER}: 2, null: 1" in page.text("#chart-rows")
    assert STRANGER in page.text("#top")


def test_the_form_answers_as_explain_does(page: InspectorPage, shop: Served) -> None:
    said = page.try_request("/api/orders/7", STRANGER, "PUT", "Content-Type: application/json")
    asked = Asked(
        url="/api/orders/7",
        origin=STRANGER,
        method="PUT",
        headers=("Content-Type: application/json",),
    )
    plan = shop.app.extensions["corsguard"].make_plan()
    found = explain(shop.app, plan, asked, base=shop.url.replace("corsguard/", ""))
    assert said.startswith("Blocked")
    for step in found.steps:
        assert step.text in said
    assert found.remedy is not None
    for change in found.remedy.changes:
        assert change.write in said
    for verdict in found.browsers:
        assert verdict.sentence in said
    assert "Allowed" in page.try_request("/api/orders", FRIEND)
    assert "PURGE" not in page.text("#decisions"), "to ask is not to be decided about"


def test_a_question_without_an_answer_is_told_why(page: InspectorPage) -> None:
    assert "'example.com' is" in page.try_request("/", "example.com")
    assert "no line that Chromium" in page.read_line("It does not work.")


@pytest.mark.parametrize("engine", SENTENCES)
def test_a_line_of_the_console_is_understood(page: InspectorPage, engine: str) -> None:
    said = page.read_line(SENTENCES[engine], origin=STRANGER)
    assert engine in said
    assert "allow-origin-missing" in said
    assert "What it means" in said
    assert "What the server has to send" in said


def test_a_decision_can_be_explained_from_the_list(page: InspectorPage, shop: Served) -> None:
    shop.ask(STRANGER)
    page.wait_until(lambda: len(page.live()) == 1)
    page.find("#decisions button").click()
    assert f"GET http://localhost:{shop.url.split(':')[2][:-11]}/api/orders" in page.answer("try")
    assert page.find("#try-form [name=origin]").get_attribute("value") == STRANGER


def test_the_routes_and_their_policies_are_there(page: InspectorPage) -> None:
    rows = {row.text.split()[0]: row.text for row in page.find_all("#route-rows tr")}
    assert set(rows) == {"/api/orders", "/api/orders/<int:number>", "/prices", "/admin", "/health"}
    assert "resources['/api/*']" in rows["/api/orders"]
    assert FRIEND in rows["/api/orders"]
    assert "this origin only" in rows["/admin"]
    assert "no route at all" in page.text("#rule-rows")
    page.find("#find").send_keys("prices")
    assert [row.text.split()[0] for row in page.find_all("#route-rows tr:not([hidden])")] == [
        "/prices"
    ]


def test_the_list_can_be_paused_and_thinned_out(page: InspectorPage, shop: Served) -> None:
    page.find("#pause").click()
    shop.ask(FRIEND)
    shop.ask(STRANGER)
    page.wait_until(lambda: page.text("#pause") == "Go on (2)")
    assert page.live() == []
    page.find("#pause").click()
    assert len(page.live()) == 2
    page.find("#only-rejected").click()
    shown = [each for each in page.find_all("#decisions li") if each.is_displayed()]
    assert [each.get_attribute("data-outcome") for each in shown] == ["rejected"]


def test_markup_of_strangers_stays_text(page: InspectorPage, shop: Served) -> None:
    shop.ask(f"https://{MARKUP}", path=f"/api/{MARKUP}")
    page.wait_until(lambda: len(page.live()) == 1)
    assert MARKUP in page.text("#decisions")
    assert MARKUP in page.text("#top")
    assert MARKUP in page.text("#legend")
    assert MARKUP in page.try_request(f"/api/orders?{MARKUP}".replace(" ", "+"), FRIEND).replace(
        "+", " "
    ).replace("%3C", "<").replace("%3E", ">").replace("%27", "'")
    page.read_line(f"{SENTENCES['Chromium']} {MARKUP}")
    assert page.browser.title == "CORS inspector"
    assert [img.get_attribute("src") for img in page.find_all("img")] == [f"{shop.url}icon.svg"]


def test_everything_can_be_done_with_a_keyboard(page: InspectorPage, shop: Served) -> None:
    shop.ask(STRANGER)
    page.wait_until(lambda: len(page.live()) == 1)
    page.browser.execute_script("document.activeElement.blur()")
    skip = page.press(Keys.TAB)
    assert skip.text == "Skip to the content"
    assert skip.rect["x"] >= 0
    assert page.press(Keys.ENTER).get_attribute("id") == "main"
    seen = page.tab_to("#pause")
    page.press(Keys.ENTER)
    assert page.find("#pause").get_attribute("aria-pressed") == "true"
    seen += page.tab_to("#decisions summary")
    page.press(Keys.ENTER)
    assert page.find("#decisions pre").is_displayed()
    seen += page.tab_to("#try-form [name=origin]")
    page.press(STRANGER, Keys.ENTER)
    assert "Blocked" in page.answer("try")
    assert page.browser.switch_to.active_element == page.find("#try-answer")
    seen += page.tab_to("#console-form [name=text]")
    page.press(SENTENCES["Chromium"])
    seen += page.tab_to("#console-form button")
    page.press(Keys.SPACE)
    assert "What it means" in page.answer("console")
    seen += page.tab_to("#find")
    assert all(seen), "the focus can be seen on every stop"


def test_a_screen_reader_finds_its_way(page: InspectorPage, shop: Served) -> None:
    shop.ask(STRANGER)
    page.wait_until(lambda: len(page.live()) == 1)
    feed = page.find("#feed")
    page.wait_until(lambda: feed.get_attribute("aria-live") == "polite")
    assert feed.aria_role == "log"
    assert all(table.find_elements("tag name", "caption") for table in page.find_all("table"))
    fields = page.find_all("input, textarea, button")
    assert not [each.get_attribute("outerHTML") for each in fields if not each.accessible_name]
    levels = [int(each.tag_name[1]) for each in page.find_all("h1, h2, h3")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_nothing_is_wider_than_the_window(page: InspectorPage, shop: Served, width: int) -> None:
    page.emulate(width)
    shop.ask(f"https://{'very-long-name-' * 5}.example", path=f"/api/{'x' * 90}")
    shop.announce(FRIEND, "PUT", path="/api/orders/7")
    page.wait_until(lambda: len(page.live()) == 2)
    page.try_request("/api/orders/7", STRANGER, "PUT", "X-Trace: 1")
    page.read_line(SENTENCES["Chromium"])
    page.wait_until(lambda: page.find("#chart svg").rect["width"] <= width)
    assert page.overflow() <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_by_day_and_by_night(page: InspectorPage, shop: Served, scheme: str) -> None:
    page.emulate(scheme=scheme)
    shop.ask(STRANGER)
    shop.ask(FRIEND)
    page.wait_until(lambda: len(page.live()) == 2)
    page.try_request("/api/orders/7", STRANGER, "PUT", "Content-Type: application/json")
    page.read_line(SENTENCES["Chromium"])
    background = page.find("body").value_of_css_property("background-color")
    assert (background == "rgba(18, 22, 27, 1)") is (scheme == "dark")
    contrasts = page.contrasts()
    assert len(contrasts) > 50
    assert not {text: ratio for text, ratio in contrasts.items() if ratio < 4.5}


def test_a_server_that_is_gone_is_said_so(browser: Chrome) -> None:
    with serving_shop() as shop:
        page = InspectorPage(browser, shop.url)
        assert page.text("#line") == "live"
    page.wait_until(lambda: page.text("#line").startswith("no answer"))
    browser.get("about:blank")
    page.console()


def test_the_memories_of_several_processes_are_added_up(page: InspectorPage) -> None:
    script = """
        const done = arguments[arguments.length - 1];
        const answer = (process, last, rejected, origins) => ({
            process, last, since: 60 + last, now: 600, decisions: [],
            totals: { decided: 10, rejected, preflights: 1, refused: 0 },
            minutes: [{ minute: 9, rejected, origins, others: 0 }],
            top: Object.entries(origins).map(([origin, count]) => (
                { origin, count, error: 0, last_seen: last, reasons: { [process]: count } })),
        });
        import("./state.js").then(({ State }) => {
            const state = new State();
            const isNew = [
                answer("a-1", 1, 2, { "https://x.example": 2 }),
                answer("a-2", 5, 4, { "https://x.example": 1, "https://y.example": 3 }),
                answer("a-1", 3, 6, { "https://x.example": 6 }),
            ].map((each) => state.take(each));
            const { rejected, origins } = state.minutes.get(9);
            const top = state.top.map(({ origin, count, reasons }) => [origin, count, reasons]);
            done([isNew, state.after, state.totals, rejected, [...origins], top, state.since]);
        }, (error) => done(String(error)));
    """
    assert page.browser.execute_async_script(script) == [
        [True, True, False],
        "a-2.5,a-1.3",
        {"decided": 20, "rejected": 10, "preflights": 2, "refused": 0},
        10,
        [["https://x.example", 7], ["https://y.example", 3]],
        [["https://x.example", 7, {"a-1": 6, "a-2": 1}], ["https://y.example", 3, {"a-2": 3}]],
        63,
    ]

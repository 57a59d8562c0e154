"""
The demo's page, as the tests see it: what it shows, and what can be done on it.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from selenium.common import TimeoutException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

PATIENCE = 30  # seconds
POLL = 0.05  # seconds

LIVE = """
    const slots = ["origin", "method", "path", "reason"];
    const text = (entry, slot) => entry.querySelector(`[data-slot=${slot}]`).innerText;
    const entries = [...document.querySelectorAll("#rejections li")];
    return entries.map((entry) => slots.map((slot) => text(entry, slot)).join(" "));
"""
OVERFLOW = """
    const boxes = [...document.querySelectorAll("html, .case, .panel, .exchanges > li")];
    return Math.max(...boxes.map((box) => box.scrollWidth - box.clientWidth));
"""
SHIFTS = """
    const done = arguments[0];
    // That entries move down as new ones come is what a live list is about.
    const element = ({ node }) => node instanceof Element ? node : node?.parentElement;
    const expected = (source) => !element(source) || element(source).closest(".feed");
    const jumps = (list) => list.getEntries().filter((shift) => !shift.sources.every(expected));
    const sum = (list) => jumps(list).reduce((total, shift) => total + shift.value, 0);
    const observer = new PerformanceObserver((list) => done(sum(list)));
    observer.observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(0), 1000);  // an observer of nothing is never called
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What a row shows of the browser's verdict and the guard's."""

    browser: str
    status: str
    guard: str
    reason: str = ""


class DemoPage:
    """Open the page, and wait until all of its requests are done."""

    def __init__(self, browser: Chrome, url: str) -> None:
        self.browser = browser
        self.read_console()  # what an earlier page left there
        browser.get(url)
        self.wait_until_done()

    def wait_until(self, is_so: Callable[[], object]) -> None:
        WebDriverWait(self.browser, PATIENCE, POLL).until(lambda _: is_so())

    def wait_until_live(self, *newest: str) -> None:
        with suppress(TimeoutException):
            self.wait_until(lambda: self.live()[: len(newest)] == [*newest])
        assert self.live()[: len(newest)] == [*newest]

    def wait_until_done(self) -> None:
        self.wait_until(lambda: self.find("body").get_attribute("data-state") == "done")

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    @property
    def summary(self) -> str:
        return self.find("#summary").text

    def rows(self) -> dict[str, Row]:
        found = self.find_all("#cases .case")
        return {case.get_attribute("data-case") or "": read_row(case) for case in found}

    def row(self, case: str) -> WebElement:
        return self.find(f"[data-case='{case}']")

    def alarms(self) -> list[str]:
        return [alarm.text for alarm in self.find_all(".alarm") if alarm.text]

    def live(self) -> list[str]:
        """The live list, the latest entry first, without the time."""
        return list(self.browser.execute_script(LIVE))  # in one go, as entries come and go

    def run_again(self) -> None:
        self.find("#again").click()
        self.wait_until_done()

    def send_own(self, who: str, method: str, path: str, header: str = "") -> WebElement:
        """Fill in the form, send it, and give the new row."""
        before = len(self.find_all("#yours .case"))
        Select(self.find("[name='from']")).select_by_visible_text(who)
        Select(self.find("[name='method']")).select_by_visible_text(method)
        for name, value in (("path", path), ("header", header)):
            field = self.find(f"[name='{name}']")
            field.clear()
            field.send_keys(value)
        self.find("#try button").click()
        self.wait_until(lambda: len(self.find_all("#yours [data-state='done']")) == before + 1)
        return self.find("#yours .case")

    def set_width(self, width: int) -> None:
        metrics = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def overflow(self) -> int:
        """How many pixels the content is wider than the window, or than the box that cuts it."""
        return int(self.browser.execute_script(OVERFLOW))

    def layout_shift(self) -> float:
        """How much has jumped since the page was opened: https://web.dev/articles/cls"""
        return float(self.browser.execute_async_script(SHIFTS))

    def read_console(self) -> list[str]:
        """What the console has received since the last time."""
        return [entry["message"] for entry in self.browser.get_log("browser")]


def read_row(case: WebElement) -> Row:
    return Row(*(read_slot(case, slot) for slot in ("browser", "status", "guard", "reason")))


def read_slot(element: WebElement, slot: str) -> str:
    return element.find_element(By.CSS_SELECTOR, f"[data-slot='{slot}']").text

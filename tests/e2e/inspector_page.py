"""
The inspector's page, as the tests see it, and the application that it looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any

from flask import Flask
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from werkzeug.serving import make_server

from e2e.demo_page import PATIENCE, POLL
from flask_corsguard import CORSGuard, cross_origin, same_origin
from flask_corsguard.inspector import CORSInspector
from flask_corsguard.inspector.recorder import recorder_of

FRIEND = "https://app.example.com"
STRANGER = "https://evil.example.net"

OVERFLOW = """
    const boxes = [...document.querySelectorAll("html, body, .card, .tiles > div, .feed, li, pre")];
    return Math.max(...boxes.map((box) => box.scrollWidth - box.clientWidth));
"""
FOCUSED = "return document.activeElement"
RING = """
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
"""


@dataclass(frozen=True, slots=True)
class Served:
    """An application that a thread serves."""

    app: Flask
    url: str

    def ask(self, origin: str, path: str = "/api/orders", method: str = "GET") -> None:
        """Send it a request from somewhere else."""
        self.app.test_client().open(path, method=method, headers={"Origin": origin})

    def announce(self, origin: str, method: str, path: str = "/api/orders") -> None:
        """Send it a preflight."""
        asked = {"Origin": origin, "Access-Control-Request-Method": method}
        self.app.test_client().options(path, headers=asked)


@contextmanager
def serving_shop() -> Iterator[Served]:
    app = create_shop()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Served(app=app, url=f"http://localhost:{server.server_port}/corsguard/")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        recorder_of(app).stop()


def create_shop() -> Flask:
    app = Flask("shop", static_folder=None)
    app.debug = True
    resources: dict[str, Any] = {
        "/api/*": {"origins": FRIEND, "credentials": True},
        "/old/*": {"origins": "https://legacy.example.com"},
    }
    guard = CORSGuard(app, allow_headers=["Authorization", "Content-Type"], resources=resources)
    app.add_url_rule("/api/orders", "orders", lambda: "[]")
    app.add_url_rule("/api/orders/<int:number>", "change", lambda **_: "", methods=["PUT"])
    app.add_url_rule("/prices", "prices", cross_origin(origins="*")(lambda: "[]"))
    app.add_url_rule("/admin", "admin", same_origin(lambda: ""))
    app.add_url_rule("/health", "health", lambda: "fine")
    CORSInspector(app, guard)
    return app


class InspectorPage:
    """Open the page, and wait until it shows the state."""

    def __init__(self, browser: Chrome, url: str) -> None:
        self.browser = browser
        browser.get("about:blank")
        self.console()  # what an earlier page left there
        self.emulate()
        browser.get(url)
        self.wait_until(lambda: self.find("body").get_attribute("data-state") == "ready")

    def wait_until(self, is_so: Callable[[], object]) -> None:
        WebDriverWait(self.browser, PATIENCE, POLL).until(lambda _: is_so())

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return self.find(selector).text

    def live(self) -> list[str]:
        """The live list, the newest first: verdict, request, origin, reason or policy."""
        script = """return [...document.querySelectorAll("#decisions li")].map((each) =>
            [...each.querySelectorAll(":scope > span")].map((e) => e.innerText).join(" | "));"""
        return list(self.browser.execute_script(script))

    def console(self) -> list[str]:
        return [entry["message"] for entry in self.browser.get_log("browser")]

    def press(self, *keys: str) -> WebElement:
        """Press keys wherever the focus is, and give the element that has it afterwards."""
        for key in keys:
            self.browser.switch_to.active_element.send_keys(key)
        return self.browser.switch_to.active_element

    def tab_to(self, selector: str) -> list[bool]:
        """Go to an element by the tabulator; give whether the focus was seen on each stop."""
        seen: list[bool] = []
        wanted = self.find(selector)
        for _ in range(200):
            found = self.press(Keys.TAB)
            seen.append(bool(self.browser.execute_script(RING)))
            if found == wanted:
                return seen
        raise AssertionError(f"the tabulator does not lead to {selector}")

    def try_request(self, url: str, origin: str, method: str = "GET", headers: str = "") -> str:
        values = {"url": url, "origin": origin, "method": method, "headers": headers}
        for name, value in values.items():
            field = self.find(f"#try-form [name={name}]")
            field.clear()
            field.send_keys(value)
        self.find("#try-form button").click()
        return self.answer("try")

    def read_line(self, text: str, origin: str = "") -> str:
        for name, value in {"text": text, "origin": origin}.items():
            field = self.find(f"#console-form [name={name}]")
            field.clear()
            field.send_keys(value)
        self.find("#console-form button").click()
        return self.answer("console")

    def answer(self, name: str) -> str:
        box = f"#{name}-answer"
        self.wait_until(
            lambda: self.find(box).get_attribute("aria-busy") is None and self.text(box)
        )
        return self.text(box)

    def emulate(self, width: int = 1280, scheme: str = "light") -> None:
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        # A page that is still scrolling is hard to click on.
        wanted = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": value} for name, value in wanted.items()]
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def overflow(self) -> int:
        """How many pixels something is wider than what it stands in."""
        return int(self.browser.execute_script(OVERFLOW))

    def contrasts(self) -> dict[str, float]:
        """The contrast of each text to what is behind it, by the text."""
        return dict(self.browser.execute_script(CONTRASTS))


CONTRASTS = """
    const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => {
        const linear = [r, g, b].map((each) => each / 255)
            .map((each) => (each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const behind = (element) => {
        for (let each = element; each; each = each.parentElement) {
            const colour = parse(getComputedStyle(each).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const found = [];
    for (const each of document.querySelectorAll("body *")) {
        const own = [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!own || each.closest("svg, script, .hidden, .skip, :disabled, option")) continue;
        if (each.checkVisibility() === false) continue;
        const [a, b] = [parse(getComputedStyle(each).color), behind(each)].map(luminance);
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        found.push([each.textContent.trim().slice(0, 60), contrast]);
    }
    return found;
"""

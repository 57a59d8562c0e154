"""
The example of a service with tenants, in Chromium: on SQLite and on real servers, with one process
and behind four workers.

A page of another origin asks the API while its tenant allows that origin, switches it off and on,
and removes it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_hex
from threading import Thread

import pytest
from selenium.common import TimeoutException, WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from sqlalchemy import create_engine

import flask_corsguard
from repository import ROOT
from servers.client import Client
from servers.launch import TRIES, Started, answers, free_port, start
from stores.services import database_url, redis_url

EXAMPLES = ROOT / "examples"
PATIENCE = 30  # seconds
WORKERS = 4
GUNICORN = (
    *("-m", "gunicorn", "--chdir", str(EXAMPLES), "--workers", str(WORKERS)),
    *("--no-control-socket", "--bind", "127.0.0.1:{port}", "saas:create_app()"),
)
COMMANDS = {
    "gunicorn": GUNICORN,
    "real servers": GUNICORN,
    "python": (str(EXAMPLES / "saas"), "--port", "{port}"),
    "flask": ("-m", "flask", "--app", str(EXAMPLES / "saas"), "run", "--port", "{port}"),
}
ASK = """
    const [url, done] = arguments;
    fetch(url, { credentials: "include" })
      .then((response) => response.json())
      .then((said) => done(said.tenant), (error) => done(String(error)));
"""
BLOCKED = "TypeError: Failed to fetch"
OVERFLOW = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Pages(BaseHTTPRequestHandler):
    """A front end: one empty page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Shop</title><link rel=icon href=data:,>")

    def log_message(self, *_: object) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Site:
    """The service in Chromium, and a front end of nobody yet."""

    browser: Chrome
    port: int
    shop: str

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        return [each.text for each in self.browser.find_elements(By.CSS_SELECTOR, selector)]

    def press(self, selector: str) -> None:
        """Press a button that leads to a page, and wait for that page."""
        button = self.find(selector)
        button.click()
        self.wait_until(lambda: _is_gone(button))

    def wait_until(self, is_so: object) -> None:
        WebDriverWait(self.browser, PATIENCE, 0.05).until(lambda _: is_so())  # type: ignore[operator]

    def sign_in(self, tenant: str) -> None:
        self.browser.get(self.url)
        self.press(f"button[value={tenant}]")

    def add(self, pattern: str) -> None:
        field = self.find("#pattern")
        field.clear()
        field.send_keys(pattern)
        self.press("#add button")

    def change(self, pattern: str, change: str) -> None:
        row = self.browser.find_element(By.XPATH, f"//li[.//code[text()='{pattern}']]")
        button = row.find_element(By.CSS_SELECTOR, f"button[value={change}]")
        button.click()
        self.wait_until(lambda: _is_gone(button))

    def ask_from_shop(self, tenant: str) -> str:
        """Ask the API from a page of the shop, in a window of its own."""
        here = self.browser.current_window_handle
        self.browser.switch_to.new_window("tab")
        try:
            self.browser.get(self.shop)
            url = f"{self.url}/api/{tenant}/orders"
            return str(self.browser.execute_async_script(ASK, url))
        finally:
            self.browser.close()
            self.browser.switch_to.window(here)

    def wait_for_shop(self, tenant: str, said: str) -> None:
        """Ask until all workers should have heard, and then some times more."""
        self.wait_until(lambda: self.ask_from_shop(tenant) == said)
        assert {self.ask_from_shop(tenant) for _ in range(WORKERS)} == {said}

    def wait_for_workers(self, verdict: str) -> None:
        with suppress(TimeoutException):
            self.wait_until(lambda: self.find("#verdict").text == verdict)
        assert self.find("#verdict").text == verdict


def _is_gone(element: WebElement) -> bool:
    try:
        element.is_enabled()
    except WebDriverException:
        return True
    return False


@pytest.fixture(scope="module", params=list(COMMANDS))
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """Serve it in each of the ways that its README names."""
    name, folder = str(request.param), tmp_path_factory.mktemp("saas")
    with databases(name, folder) as more:
        started, port = start_saas(COMMANDS[name], folder, more)
        try:
            yield port
        finally:
            started.stop()


@contextmanager
def databases(name: str, folder: Path) -> Iterator[dict[str, str]]:
    """Say where the rows are; on a server that others use, in a schema of its own."""
    if name != "real servers":
        yield {"DATABASE_URL": f"sqlite:///{folder / 'saas.db'}", "REDIS_URL": ""}
        return
    url, schema = database_url("postgresql"), f"saas_{token_hex(4)}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    own = url.set(drivername="postgresql", query={"options": f"-csearch_path={schema}"})
    try:
        yield {
            "DATABASE_URL": own.render_as_string(hide_password=False),
            "REDIS_URL": redis_url(),
        }
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
        engine.dispose()


def start_saas(command: tuple[str, ...], folder: Path, more: dict[str, str]) -> tuple[Started, int]:
    package = str(Path(flask_corsguard.__file__).parents[1])
    before = [os.environ["PYTHONPATH"]] if "PYTHONPATH" in os.environ else []
    if "site-packages" not in package:
        before.insert(0, package)
    more |= {"SECRET_KEY": token_hex(), "PYTHONPATH": os.pathsep.join(before)}
    for _ in range(TRIES):
        port = free_port()
        filled = [part.format(port=port) for part in command]
        started = start([sys.executable, *filled], folder / "output.log", more)
        if answers(started, lambda port=port: status(port, "GET", "/") == 200):  # type: ignore[misc]
            return started, port
    raise RuntimeError((folder / "output.log").read_text())


def status(port: int, method: str, path: str, *headers: tuple[str, str]) -> int:
    """Ask as no browser would; 0 if nobody answers."""
    try:
        with Client(port) as client:
            return client.ask(method, path, list(headers)).status
    except OSError:
        return 0


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def site(browser: Chrome, server: int, shop: str) -> Iterator[Site]:
    browser.get_log("browser")
    yield Site(browser, server, shop)
    browser.delete_all_cookies()
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_change_counts_at_once_in_every_worker(site: Site) -> None:
    site.sign_in("pears")
    assert site.ask_from_shop("pears") == BLOCKED
    site.add(site.shop)
    assert site.texts("[role=status] p") == [f"{site.shop} may use your API now."]
    site.wait_for_shop("pears", "pears")
    for change, said in (("disable", BLOCKED), ("enable", "pears"), ("remove", BLOCKED)):
        site.change(site.shop, change)
        site.wait_for_shop("pears", said)
    assert site.texts(".rows code") == ["https://*.pears.example"]


@pytest.mark.parametrize("server", ["python"], indirect=True)
def test_a_mistake_is_explained_and_mended_with_one_press(site: Site) -> None:
    site.sign_in("apples")
    site.add("pickers.apples.example/")
    (said,) = site.texts("[role=alert] p")
    assert said.startswith("pickers.apples.example/ is not an origin: it has no scheme.")
    assert said.endswith("Write 'https://pickers.apples.example'. CG104")
    assert site.find("#pattern").get_attribute("value") == "pickers.apples.example/"
    assert site.browser.switch_to.active_element == site.find("#pattern")
    site.press("[role=alert] button")
    assert "https://pickers.apples.example" in site.texts(".rows code")
    site.change("https://pickers.apples.example", "remove")


@pytest.mark.parametrize("server", ["python"], indirect=True)
def test_what_would_hurt_the_tenant_does_not_get_in(site: Site) -> None:
    site.sign_in("apples")
    for pattern, code in (("https://*.com", "CG132"), ("http://a.example", "CG131")):
        site.add(pattern)
        assert code in site.texts("[role=alert] p")[0]
    assert "<script>" not in site.browser.page_source
    site.add("<script>alert(1)</script>")
    assert "<script>alert(1)</script>" in site.texts("[role=alert] p")[0]
    assert len(site.texts(".rows code")) == 2


@pytest.mark.parametrize("server", ["python"], indirect=True)
def test_the_keyboard_is_enough(site: Site) -> None:
    site.sign_in("apples")
    field = site.find("#pattern")
    field.send_keys("nonsense", Keys.ENTER)
    site.wait_until(lambda: _is_gone(field))
    field = site.browser.switch_to.active_element
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("https://keys.apples.example", Keys.TAB, "by keyboard", Keys.TAB, Keys.SPACE)
    site.wait_until(lambda: _is_gone(field))
    assert "https://keys.apples.example" in site.texts(".rows code")
    site.change("https://keys.apples.example", "remove")


@pytest.mark.parametrize("server", ["gunicorn", "real servers"], indirect=True)
def test_the_page_shows_what_every_worker_says(site: Site) -> None:
    site.sign_in("apples")
    site.wait_for_workers(f"All {WORKERS} workers allow it.")
    site.change("http://localhost:*", "disable")
    site.wait_for_workers(f"All {WORKERS} workers reject it.")
    assert len(set(site.texts("#answers li"))) == WORKERS
    site.change("http://localhost:*", "enable")


@pytest.mark.parametrize("server", ["gunicorn"], indirect=True)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits_and_its_console_is_clean(site: Site, width: int, scheme: str) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    site.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    feature = {"name": "prefers-color-scheme", "value": scheme}
    site.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    try:
        site.sign_in("pears")
        assert site.browser.execute_script(OVERFLOW) == 0
        paper = site.find("body").value_of_css_property("background-color")
        assert ("246" in paper) is (scheme == "light")
        assert site.browser.get_log("browser") == []
        site.add("https://*.pear" + "s" * 60)
        assert site.browser.execute_script(OVERFLOW) == 0
    finally:
        site.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.parametrize("server", ["python"], indirect=True)
def test_pages_of_other_sites_can_send_no_form(server: int) -> None:
    form = ("Content-Type", "application/x-www-form-urlencoded")
    foreign = ("Origin", "https://evil.example")
    assert status(server, "POST", "/sign-in", form, foreign) == 403
    assert status(server, "POST", "/sign-in", form, ("Sec-Fetch-Site", "cross-site")) == 403
    assert status(server, "POST", "/sign-in", form) == 400  # no browser, and no token


@pytest.mark.parametrize("server", ["python"], indirect=True)
def test_a_tenant_sees_no_other(site: Site) -> None:
    assert status(site.port, "GET", "/tenants/pears/origins") == 403
    site.sign_in("apples")
    site.browser.get(f"{site.url}/tenants/pears/origins")
    assert "These are the origins of somebody else." in site.find("body").text


@pytest.mark.parametrize("server", ["python"], indirect=True)
def test_the_pages_have_a_strict_content_security_policy(server: int) -> None:
    with Client(server) as client:
        headers = dict(client.ask("GET", "/", []).headers)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy

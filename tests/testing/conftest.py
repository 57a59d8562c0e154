"""Real browsers for the tests that compare with them, and the server that they all talk to."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from .differential import World
from .firefox import Firefox, started
from .scenarios import scenarios
from .scripted import Script, serving

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find(*names: str) -> list[str]:
    """Find programs; with CI set, the absence of one is a failure (`no_skips` sees to it)."""
    found = [path for name in names if (path := shutil.which(name))]
    if len(found) < len(names):
        pytest.skip(f"NOT COMPARED with a real browser: no {' and '.join(names)} on the PATH")
    return found


@pytest.fixture
def profile() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def chromium(profile: Path) -> Iterator[Chrome]:
    binary, driver = find("chromium", "chromedriver")
    options = ChromeOptions()
    options.binary_location = binary
    for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    # Debian's build blocks third-party cookies; Chromium's own default does not.
    options.add_experimental_option("prefs", {"profile.cookie_controls_mode": 0})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = Chrome(options=options, service=Service(driver))
    try:
        yield browser
    finally:
        browser.quit()


@pytest.fixture
def firefox(profile: Path) -> Iterator[Firefox]:
    with started(*find("firefox-esr"), profile) as browser:
        yield browser


@pytest.fixture
def world() -> Iterator[World]:
    script = Script()
    with serving(script) as first, serving(script) as second:
        names = {
            "page": f"http://localhost:{first}",
            "api": f"http://127.0.0.1:{first}",
            "near": f"http://localhost:{second}",
            "api_userinfo": f"http://user:pass@127.0.0.1:{first}",
        }
        world = World(script=script, scenarios=scenarios(), names=names)
        world.prepare()
        yield world

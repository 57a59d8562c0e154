"""
What the end-to-end tests run: the demo, as a command, and Chromium.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from repository import ROOT

DEMO = ROOT / "examples" / "demo"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--lang=en-US",
    "--window-size=1280,900",
)
MISSING = (
    "Chromium and its driver are not here; on Debian: apt-get install chromium chromium-driver"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    process: subprocess.Popen[str]
    said: str

    @property
    def origins(self) -> list[str]:
        """The page, the API and the stranger."""
        return re.findall(r"http://localhost:\d+", self.said)


@contextmanager
def running_demo(*arguments: str) -> Iterator[Demo]:
    """Run the demo until the block ends; by then it has said where it is."""
    command = demo_command("--no-browser", *arguments)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield Demo(process=process, said=read_announcement(process))
        finally:
            process.kill()


def demo_command(*arguments: str) -> list[str]:
    return [sys.executable, str(DEMO), *arguments]


def read_announcement(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            return said
    pytest.fail(f"The demo did not start: {said}")


@contextmanager
def running_chromium(profile: Path, *flags: str) -> Iterator[Chrome]:
    """Run Chromium until the block ends. Where it is not installed, the test is skipped."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip(MISSING)  # with CI set, a failure: see the plugin `no_skips`
    options = ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={profile}", *flags):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = Chrome(options=options, service=Service(driver))
    try:
        yield browser
    finally:
        browser.quit()

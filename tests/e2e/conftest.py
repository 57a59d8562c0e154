from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from e2e.demo_page import DemoPage
from e2e.running import Demo, running_chromium, running_demo


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    with running_demo("--port", "0") as demo:
        yield demo


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with running_chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def page(browser: Chrome, demo: Demo) -> Iterator[DemoPage]:
    yield DemoPage(browser, demo.origins[0])
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

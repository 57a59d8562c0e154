"""
The fixture `browser`, for pytest.

    def test_the_app_may_read_orders(browser, app):
        page = browser(app, origin="https://app.example.com")
        assert page.fetch("/orders").ok
"""

from __future__ import annotations

import pytest

from .browser import Browser

__all__ = ["browser"]


@pytest.fixture
def browser() -> type[Browser]:
    """
    Give `Browser`: each call makes a new one, with an empty jar and an empty preflight cache.
    """
    return Browser

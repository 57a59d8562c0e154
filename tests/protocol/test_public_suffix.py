"""
Names below which strangers live.
"""

from __future__ import annotations

import pytest

from flask_corsguard.protocol.public_suffix import anyone_may_register_below, is_sandbox, site_of


@pytest.mark.parametrize("host", ["com", "co.uk", "github.io", "github.io.", "glitch.me", "corp"])
def test_strangers_may_register_below_suffixes_and_rented_hosts(host: str) -> None:
    assert anyone_may_register_below(host)


@pytest.mark.parametrize("host", ["example.com", "a.github.io", "a.example.co.uk", "x.glitch.me"])
def test_nobody_else_registers_below_ones_own_name(host: str) -> None:
    assert not anyone_may_register_below(host)


def test_a_site_is_the_registrable_domain() -> None:
    assert site_of("a.b.example.co.uk") == "example.co.uk"
    assert site_of("a.github.io") == "a.github.io"
    assert site_of("localhost") == "localhost"
    assert site_of("a.example.com.") == "example.com"


def test_sandboxes_are_known() -> None:
    assert is_sandbox("jsbin.com")
    assert is_sandbox("codepen.io.")
    assert not is_sandbox("example.com")

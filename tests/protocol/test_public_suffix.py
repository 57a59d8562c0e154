"""
Names below which strangers live.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flask_corsguard.protocol import public_suffix
from flask_corsguard.protocol.public_suffix import anyone_may_register_below, is_sandbox, site_of

RENTED = [
    "app.github.dev",
    "bubbleapps.io",
    "codesandbox.io",
    "devtunnels.ms",
    "gitpod.io",
    "glitch.me",
    "googleusercontent.com",
    "lhr.life",
    "loca.lt",
    "my.salesforce.com",
    "ngrok.io",
    "nip.io",
    "pagekite.me",
    "pinggy.link",
    "replit.dev",
    "serveo.net",
    "sslip.io",
    "stackblitz.io",
    "tumblr.com",
    "webcontainer.io",
    "zendesk.com",
]

SANDBOXES = [
    "cdpn.io",
    "codepen.io",
    "codesandbox.io",
    "fiddle.jshell.net",
    "jsbin.com",
    "jsfiddle.net",
    "output.jsbin.com",
    "playcode.io",
    "plnkr.co",
    "repl.it",
    "replit.com",
    "run.plnkr.co",
    "s.codepen.io",
    "stackblitz.com",
]

OWN_LIST = """//a.example.words in a comment are no rule, and every kind of rule stands here once
com
uk
co.uk
*.ck
!www.ck

a.deep.suffix.com
!known.parks.com trailing words are no part of a rule
""".splitlines()


def forget(*names: str) -> None:
    for name in names:
        getattr(public_suffix, name).cache_clear()


@pytest.fixture
def own_list(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """
    Put a short list in the place of the packaged one.
    """
    monkeypatch.setattr(public_suffix, "_lines", lambda: tuple(OWN_LIST))
    forget("_suffixes", "_suffixes_above")
    yield
    forget("_suffixes", "_suffixes_above")


@pytest.mark.parametrize("host", ["com", "co.uk", "github.io", "github.io.", "glitch.me", "corp"])
def test_strangers_may_register_below_suffixes_and_rented_hosts(host: str) -> None:
    assert anyone_may_register_below(host) is True


@pytest.mark.parametrize("host", ["example.com", "a.github.io", "a.example.co.uk", "x.glitch.me"])
def test_nobody_else_registers_below_ones_own_name(host: str) -> None:
    assert anyone_may_register_below(host) is False


@pytest.mark.parametrize("host", RENTED)
@pytest.mark.usefixtures("own_list")
def test_a_rented_host_is_known_without_the_list(host: str) -> None:
    """The list has some of them by now; the one that is installed may be older."""
    assert anyone_may_register_below(host)
    assert anyone_may_register_below(f"{host}.")
    assert not anyone_may_register_below(f"mine.{host}") or host == "gitpod.io"


@pytest.mark.usefixtures("own_list")
def test_gitpod_rents_out_names_below_its_regions_too() -> None:
    assert anyone_may_register_below("ws-eu.gitpod.io")
    assert not anyone_may_register_below("mine.ws-eu.gitpod.io")
    assert not anyone_may_register_below("ws-eu.gitpod.io.example.com")


@pytest.mark.parametrize(
    ("host", "strangers"),
    [
        ("com", True),
        ("example.com", False),
        ("uk", True),
        ("co.uk", True),
        ("example.uk", False),
        ("unheard-of", True),
        ("example.unheard-of", False),
        # A wildcard: what is one label below is a suffix, but for the exception.
        ("ck", True),
        ("any.ck", True),
        ("www.ck", False),
        ("a.any.ck", False),
        # Above a suffix: below it there are strangers, too.
        ("a.deep.suffix.com", True),
        ("deep.suffix.com", True),
        ("suffix.com", True),
        ("x.suffix.com", False),
        ("mine.a.deep.suffix.com", False),
        ("parks.com", True),
        ("known.parks.com", False),
        # Above a rented host.
        ("salesforce.com", True),
        ("github.dev", True),
        ("trailing", True),
    ],
)
@pytest.mark.usefixtures("own_list")
def test_strangers_live_below_suffixes_and_whatever_is_above_one(
    host: str, strangers: bool
) -> None:
    assert anyone_may_register_below(host) is strangers


@pytest.mark.usefixtures("own_list")
def test_what_a_comment_of_the_list_mentions_is_no_rule() -> None:
    assert not anyone_may_register_below("example.words")


def test_a_site_is_the_registrable_domain() -> None:
    assert site_of("a.b.example.co.uk") == "example.co.uk"
    assert site_of("a.github.io") == "a.github.io"
    assert site_of("github.io") == "github.io"
    assert site_of("localhost") == "localhost"
    assert site_of("a.example.com.") == "example.com"
    assert site_of("co.uk.") == "co.uk"


@pytest.mark.parametrize("host", SANDBOXES)
def test_a_sandbox_is_known_with_and_without_a_dot(host: str) -> None:
    assert is_sandbox(host) is True
    assert is_sandbox(f"{host}.") is True
    assert is_sandbox(f"x.{host}") is (f"x.{host}" in SANDBOXES)


def test_what_is_no_sandbox_is_none() -> None:
    assert is_sandbox("example.com") is False
    assert is_sandbox("") is False


def test_the_list_is_read_once_however_often_it_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    taken: list[str] = []
    files, lines = public_suffix.files, getattr(public_suffix, "_lines")  # noqa: B009 - private

    def reading(package: str) -> object:
        read.append(package)
        return files(package)

    def taking() -> tuple[str, ...]:
        taken.append("")
        return tuple(lines())

    monkeypatch.setattr(public_suffix, "files", reading)
    monkeypatch.setattr(public_suffix, "_lines", taking)
    forget("_suffixes", "_suffixes_above")
    lines.cache_clear()
    for _ in range(3):
        assert anyone_may_register_below("github.io")
        assert site_of("a.github.io") == "a.github.io"
        assert len(lines()) > 10_000
    assert read == ["publicsuffixlist"]
    assert len(taken) == 2

"""
A shared cache in front: nginx, which keeps one answer for each value of what `Vary` names.

The answers may be kept for a minute, by anybody. Each asker must get what the application would
have said to that asker; an application that repeats `Origin` and sends no `Vary` shows what happens
otherwise, and that these tests would see it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier

import pytest

from .agreed import ALLOWED, CACHED, OTHER, STRANGER
from .client import Client
from .message import Reply
from .proxy import CACHE_STATUS, Proxy

REQUESTS = 4000
PAGES = 4
BELOW = "https://shop.app.example"
ORIGINS = [
    None,
    None,
    ALLOWED,
    ALLOWED,
    OTHER,
    OTHER,
    STRANGER,
    STRANGER,
    BELOW,
    BELOW,
    "https://evil.app.example.evil.example",
    "https://APP.example",
    "https://app.example/",
    "https://app.example,",
    ",https://app.example",
    "https://app.example, https://evil.example",
    "null",
]
FIRST = [ALLOWED, OTHER, STRANGER, None, "null", "", f"{ALLOWED},", f",{ALLOWED}", f"{ALLOWED} ,"]
LISTED = {ALLOWED, OTHER}
ASKING = ("Access-Control-Request-Method", "PUT")


@dataclass(frozen=True, slots=True)
class Ask:
    """
    Hold one request to the cache.
    """

    app: str
    path: str
    method: str
    origin: str | None
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def headers(self) -> list[tuple[str, str]]:
        """
        Give the headers to send.
        """
        origin = [] if self.origin is None else [("Origin", self.origin)]
        return [*origin, *self.extra]

    @property
    def is_preflight(self) -> bool:
        """
        Tell whether it is one.
        """
        return self.method == "OPTIONS" and self.origin is not None


@dataclass(slots=True)
class Tally:
    """
    Count what came back.
    """

    wrong: list[tuple[Ask, Reply]] = field(default_factory=list)
    cache: Counter[str | None] = field(default_factory=Counter)
    cached_as: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)

    def add(self, ask: Ask, reply: Reply) -> None:
        """
        Hold an answer against what this asker has to get.
        """
        status = reply.get(CACHE_STATUS)
        self.cache[status] += 1
        self.cached_as[status, reply.cors.get("Allow-Origin")] += 1
        if reply.cors.get("Allow-Origin") != grant(ask) or not is_for(ask, reply):
            self.wrong.append((ask, reply))


def grant(ask: Ask) -> str | None:
    """
    Say what `Access-Control-Allow-Origin` this asker has to get.
    """
    if ask.app == "everybody":
        return "*"
    allowed = {BELOW} if ask.app == "pattern" else LISTED
    return ask.origin if ask.origin in allowed else None


def is_for(ask: Ask, reply: Reply) -> bool:
    """
    Tell whether a body that names its asker names this one, where that makes a difference.
    """
    if ask.app == "everybody" or not reply.body.startswith(b"asked from"):
        return True
    # To nginx, an empty header is none.
    names = {str(ask.origin)} if ask.origin else {"", "None"}
    return reply.body in {f"asked from {name}\n".encode() for name in names}


def random_ask(dice: random.Random) -> Ask:
    """
    Make one of many different requests for few URLs.
    """
    app, origin = dice.choice(sorted(CACHED)), dice.choice(ORIGINS)
    kind = dice.choice(["page", "varied", "slash", "missing"])
    path = f"/{kind}/{dice.randrange(PAGES)}"
    match dice.randrange(10):
        case 0:
            return Ask(app, path, "HEAD", origin)
        case 1:
            return Ask(app, path, "OPTIONS", origin, (ASKING,))
        case 2:
            return Ask(app, path, "GET", origin, (("Sec-Fetch-Site", "same-origin"),))
        case 3:
            return Ask(app, path, "GET", origin, (("If-None-Match", f'"{app}"'),))
        case _:
            return Ask(app, path, "GET", origin)


def ask_all(port: int, asks: Iterable[Ask], mount: str = "/cached/{app}") -> Tally:
    """
    Send requests one after the other.
    """
    tally = Tally()
    with Client(port) as client:
        for ask in asks:
            url = mount.format(app=ask.app) + ask.path
            tally.add(ask, client.ask(ask.method, url, ask.headers))
    return tally


def test_no_answer_reaches_the_wrong_asker(proxy: Proxy) -> None:
    dice = random.Random(20)  # noqa: S311 - the same requests each time
    asks = [random_ask(dice) for _ in range(REQUESTS)]
    tally = ask_all(proxy.ports["caches"], asks)
    assert tally.wrong == []
    assert tally.cache["HIT"] > REQUESTS / 2
    for origin in (ALLOWED, OTHER, BELOW, "*", None):
        assert tally.cached_as["HIT", origin] > 20, origin


def test_preflights_are_not_cached(proxy: Proxy) -> None:
    asks = [
        Ask(app, "/page/0", "OPTIONS", origin, (ASKING,))
        for app in sorted(CACHED)
        for origin in (ALLOWED, STRANGER, OTHER, ALLOWED)
    ]
    tally = ask_all(proxy.ports["caches"], asks)
    assert tally.wrong == []
    assert set(tally.cache) == {None}


@pytest.mark.parametrize("first", FIRST)
def test_whoever_asks_first_decides_for_nobody_else(proxy: Proxy, first: str | None) -> None:
    number = 100 + FIRST.index(first)
    for app in sorted(CACHED):
        later = [ALLOWED, STRANGER, None, OTHER, BELOW]
        asks = [Ask(app, f"/page/{number}", "GET", origin) for origin in (first, *later, *later)]
        assert [ask.origin for ask, _ in ask_all(proxy.ports["caches"], asks).wrong] == []


def test_askers_at_the_same_time_get_their_own_answers(proxy: Proxy) -> None:
    """
    With `proxy_cache_lock`, those who wait for the first answer are offered it.
    """
    askers = [ALLOWED, OTHER, STRANGER, None] * 2
    start = Barrier(len(askers))

    def run(origin: str | None) -> Tally:
        asks = [Ask("listed", f"/page/{number}", "GET", origin) for number in range(200, 240)]
        start.wait(10)
        return ask_all(proxy.ports["caches"], asks)

    with ThreadPoolExecutor(len(askers)) as pool:
        tallies = list(pool.map(run, askers))
    assert [wrong for tally in tallies for wrong in tally.wrong] == []
    assert sum(tally.cache["HIT"] for tally in tallies) > 0


def test_an_application_without_vary_is_poisoned(proxy: Proxy) -> None:
    """
    The positive control: the same cache, the same askers, the same look at the answers.
    """
    dice = random.Random(20)  # noqa: S311 - the same requests each time
    asks = [
        Ask("careless", f"/page/{dice.randrange(PAGES)}", "GET", dice.choice([ALLOWED, OTHER]))
        for _ in range(100)
    ]
    tally = ask_all(proxy.ports["caches"], asks, mount="/careless")
    assert len(tally.wrong) > 20

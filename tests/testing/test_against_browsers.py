"""The same conversations, held by real browsers and by the `Browser`, with one server on loopback.

They agree on the verdict, on what script sees, on every request that reaches the server (preflights
above all), and on what Chromium prints.
"""

import re

from selenium.webdriver import Chrome

from .differential import Heard, World, disagreements, in_a_browser, in_ours
from .firefox import Firefox
from .scenarios import scenarios
from .scripted import Answer

# Several values of one header: Chromium judges them joined, the standard each and then their sum,
# Firefox each and no sum. The `Browser` goes with Chromium, whose preflight is the safe guess.
REPEATED = {"header-2-times-64", "header-2-times-100", "header-9-times-128"}


def check_that_it_was_worth_it(heard: Heard) -> None:
    """Were all blocked, or nobody asked first, agreeing would be no feat."""
    results = [result for each in heard.results.values() for result in each]
    blocked = [result for result in results if "blocked" in result]
    assert len(results) / 4 < len(blocked) < len(results) * 3 / 4
    requests = [request for each in heard.requests.values() for request in each]
    assert sum(request["method"] == "OPTIONS" for request in requests) > 100


def test_there_is_enough_to_compare() -> None:
    names = [scenario.name for scenario in scenarios()]
    assert len(names) == len(set(names)) >= 400


def test_every_run_compares_the_same() -> None:
    assert scenarios() == scenarios()


def test_chromium_agrees(world: World, chromium: Chrome) -> None:
    chromium.get(world.names["page"] + "/")
    chromium.set_script_timeout(120)
    asynchronous = "const [argument, done] = arguments; (async () => {%s})().then(done);"
    theirs = in_a_browser(
        world, lambda script, text: chromium.execute_async_script(asynchronous % script, text)
    )
    ours = in_ours(world, "chromium")
    check_that_it_was_worth_it(theirs)
    assert disagreements(theirs.results, ours.results) == {}
    assert disagreements(theirs.requests, ours.requests) == {}
    # "<source> - <text>", or "<source> <line>:<column> <text>" with quotes escaped.
    log = [entry["message"].replace("\\", "") for entry in chromium.get_log("browser")]
    printed = {re.sub(r"^\S+ (?:-|[0-9:]+) ", "", line) for line in log}
    assert len(set(ours.printed)) > 100
    assert set(ours.printed) <= printed


def test_firefox_agrees(world: World, firefox: Firefox) -> None:
    firefox.get(world.names["page"] + "/")
    warm_up(world, firefox)
    theirs = in_a_browser(world, firefox.run)
    ours = in_ours(world, "firefox")
    check_that_it_was_worth_it(theirs)
    assert disagreements(theirs.results, ours.results).keys() == REPEATED
    assert disagreements(theirs.requests, ours.requests).keys() == {f"/{name}" for name in REPEATED}


def warm_up(world: World, firefox: Firefox) -> None:
    """Ask until Firefox remembers a preflight, which it does not in its first moments."""
    allowed = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Methods", "PUT"))
    for number in range(1000):
        path = f"/warm-up-{number}"
        world.script.answers[path] = {"*": Answer(status=204, headers=allowed, body=b"")}
        twice = "for (const _ of 'ab') await fetch(argument, {method: 'PUT'}); return '';"
        firefox.run(twice, world.names["api"] + path)
        if len(world.script.seen[path]) == len(("preflight", "first", "second")):
            return
    raise AssertionError("Firefox never remembered a preflight")

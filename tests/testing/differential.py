"""Hold the same conversations in a real browser and in the `Browser`, and note what came of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask_corsguard.testing import Browser, CORSError, FetchError

from .scenarios import Scenario, Step
from .scripted import Answer, Script, Seen

# The body of an async function of `argument`, a text; it gives a text.
RUN = """
const plans = JSON.parse(argument);
const blocked = error => ({blocked: String(error)});
const seen = async reply => ({
    type: reply.type, status: reply.status, url: reply.url, redirected: reply.redirected,
    headers: Object.fromEntries(reply.headers), text: await reply.text(),
});
const run = async steps => {
    const results = [];
    for (const [url, init] of steps) results.push(await fetch(url, init).then(seen).catch(blocked));
    return results;
};
const results = {};
const waiting = Object.entries(plans);
const work = async () => {
    for (let next; (next = waiting.shift());) results[next[0]] = await run(next[1]);
};
await Promise.all(Array.from({length: 4}, work));
return JSON.stringify(results);
"""

# What a request is compared by, and every header that a script of ours may set.
COMPARED = {
    "accept",
    "accept-language",
    "access-control-request-headers",
    "access-control-request-method",
    "authorization",
    "content-language",
    "content-length",
    "content-type",
    "cookie",
    "dnt",
    "if-none-match",
    "origin",
    "range",
    "sec-custom",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "x-a",
    "x-b",
    "x-c",
    "x-custom",
    "x-http-method-override",
}


Result = dict[str, Any]
Request = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of all scenarios in one browser."""

    results: dict[str, list[Result]]
    requests: dict[str, list[Request]]
    printed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The server's addresses, and what it is told and asked."""

    script: Script
    scenarios: list[Scenario]
    names: dict[str, str]

    def prepare(self) -> None:
        blank = Answer(headers=(("Content-Type", "text/html"),), body=b"<!doctype html>")
        self.script.answers["/"] = {"*": blank}
        for scenario in self.scenarios:
            for path, answers in scenario.answers.items():
                filled = {method: self.answer(answer) for method, answer in answers.items()}
                self.script.answers[path] = filled

    def answer(self, answer: Answer) -> Answer:
        lines = tuple((name, self.fill(value)) for name, value in answer.headers)
        return replace(answer, headers=(*lines, ("Cache-Control", "no-store")))

    def fill(self, text: str) -> str:
        for name, value in self.names.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def url(self, step: Step) -> str:
        return self.fill(step.base) + step.path

    def drain(self) -> dict[str, list[Request]]:
        paths = [path for scenario in self.scenarios for path in scenario.answers]
        heard = {path: [comparable(r) for r in self.script.seen[path]] for path in paths}
        self.script.seen.clear()
        return heard


def comparable(request: Seen) -> Request:
    kept = {name: value for name, value in request.headers.items() if name in COMPARED}
    if kept.get("accept-language", "").startswith("en-US"):
        del kept["accept-language"]
    about = {"method": request.method, "host": request.host, "body": request.body.decode()}
    return about | kept


def in_a_browser(world: World, run: Callable[[str, str], str]) -> Heard:
    """Hold all conversations; `run` takes a script and its argument to a page, and gives a text."""
    world.drain()
    plans = {
        scenario.name: [[world.url(step), step.init] for step in scenario.steps]
        for scenario in world.scenarios
    }
    results = json.loads(run(RUN, json.dumps(plans)))
    told = {name: [normal(result) for result in each] for name, each in results.items()}
    return Heard(results=told, requests=world.drain())


def in_ours(world: World, engine: str) -> Heard:
    world.drain()
    printed: list[str] = []
    results = {each.name: hold(world, each, engine, printed) for each in world.scenarios}
    return Heard(results=results, requests=world.drain(), printed=tuple(printed))


def hold(world: World, scenario: Scenario, engine: str, printed: list[str]) -> list[Result]:
    hosts = [world.names[name] for name in ("page", "api", "near")]
    page = Browser({host: host for host in hosts}, origin=hosts[0], engine=engine, strict=False)
    return [call(page, world.url(step), step.init, printed) for step in scenario.steps]


def call(page: Browser, url: str, init: dict[str, Any], printed: list[str]) -> Result:
    try:
        reply = page.fetch(url, **init)
    except CORSError as error:
        printed.append(error.sentence)
        return {"blocked": error.refusal}
    except FetchError:
        return {"blocked": "refused"}
    return {
        "type": reply.type.value,
        "status": reply.status,
        "url": reply.url,
        "redirected": reply.redirected,
        "headers": dict(reply.headers),
        "text": reply.text,
    }


def normal(result: Result) -> Result:
    """Leave the wording of what fetch() throws before it sends anything to the browsers."""
    thrown = str(result.get("blocked", ""))
    return {"blocked": "refused"} if thrown.startswith(THROWN) else result


THROWN = ("TypeError: Failed to execute", "TypeError: Window.fetch")


def disagreements(theirs: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """Give what differs, by name, so that a failed test shows that and nothing else."""
    names = theirs.keys() | ours.keys()
    return {
        name: {"theirs": theirs.get(name), "ours": ours.get(name)}
        for name in sorted(names)
        if theirs.get(name) != ours.get(name)
    }

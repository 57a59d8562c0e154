"""
Cost under attack is flat: a hostile request costs a small multiple of a friendly one.

Work is counted, not timed, so that a verdict is the same on every machine. `cost_ratios.py` shows
the ratios in time.
"""

from __future__ import annotations

import gc
import resource
import sys
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from flask_corsguard import CORSGuard, CORSMiddleware, Policy, RequestHead
from flask_corsguard.protocol.checker import Checker
from flask_corsguard.protocol.compiled import CompiledPolicy
from flask_corsguard.protocol.decide import decide
from flask_corsguard.protocol.patterns import OriginIndex
from flask_corsguard.protocol.resources import ResourceMap, check_path
from support.doors import Request, call, environ_of

from .floods import APP, DOORS, FLOODS, FRIENDS, MIB, POLICY, Prepare, trivial
from .work import Metered, Work, measure, opcodes

HOST = ("Host", "api.example")
ASKED = ("Access-Control-Request-Method", "PUT")

MOST = 3
"""How many times the instructions of a friendly request a hostile one may take."""

MOST_TEXT = 8192
"""How many characters may be looked at besides: twice what a list of names may be long."""

KEPT = 48 * 1024
"""
Bytes that may be held after some 1500 requests: 32 for each, which is less than any object.

What measures the coverage of this very run keeps some, too.
"""

READ_BY_FLASK = {("flask", "host"), ("flask", "host and origin")}
"""What Flask itself reads from end to end, whoever guards it."""


@pytest.fixture(scope="module", params=sorted(DOORS))
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def prepare(door: str) -> Prepare:
    return DOORS[door]()


@pytest.fixture(scope="module")
def friendly(prepare: Prepare) -> Work:
    works = [measure(prepare(friend)) for friend in FRIENDS.values()]
    return max(works, key=lambda work: work.opcodes)


@pytest.mark.parametrize("flood", sorted(FLOODS))
def test_a_hostile_request_costs_a_small_multiple_of_a_friendly_one(
    prepare: Prepare, door: str, friendly: Work, flood: str
) -> None:
    work = measure(prepare(FLOODS[flood]))
    assert work.opcodes <= MOST * friendly.opcodes
    if (door, flood) not in READ_BY_FLASK:
        assert work.characters <= friendly.characters + MOST_TEXT
        assert work.memory <= friendly.memory + 8 * MOST_TEXT


def test_the_meter_sees_what_is_read_and_the_counter_what_is_run() -> None:
    text = Metered("x" * 1000)
    head, _, tail = text.partition("://")
    for run in (
        text.lower,
        lambda: text in {"a", "b"},
        lambda: head.split(","),
        lambda: text[:1000],
        lambda: f"{text}",
        lambda: text == "y" * 1000,
    ):
        Metered.total = 0
        run()
        assert Metered.total >= 1000
    Metered.total = 0
    assert text != "y"
    assert tail == ""
    assert Metered.total == 0
    assert opcodes(lambda: sum(n for n in range(1000))) > 10 * opcodes(lambda: sum(range(1000)))


# --- many origins, known and unknown ---


def stranger(number: int) -> str:
    return f"https://{number:x}.evil.example"


def ask(policy: CompiledPolicy, origin: str, method: str = "POST") -> object:
    return decide(policy, RequestHead(method=method, origin=origin, host="api.example"))


def test_the_ten_thousandth_origin_costs_what_the_first_does(prepare: Prepare) -> None:
    def reject(number: int) -> Callable[[], object]:
        origin = ("Origin", stranger(number))
        return prepare(Request(method="POST", path="/item", headers=(HOST, origin)))

    reject(0x10000)()
    first = opcodes(reject(0x10001))
    for number in range(10_000):
        reject(0x20000 + number)()
    assert opcodes(reject(0x10002)) <= 1.1 * first


def test_as_many_allowed_origins_cost_what_one_does() -> None:
    prepare = DOORS["flask"]()

    def preflight(number: int) -> Callable[[], object]:
        origin = ("Origin", f"https://{number:05x}.partner.example")
        return prepare(Request(method="OPTIONS", path="/item", headers=(HOST, origin, ASKED)))

    preflight(0)()
    first = opcodes(preflight(1))
    for number in range(10_000):
        preflight(number)()
    assert opcodes(preflight(20_000)) <= 1.1 * first


@pytest.fixture(scope="module")
def hundred_thousand() -> CompiledPolicy:
    origins = [f"https://{number}.shop.example" for number in range(60_000)]
    origins += [f"https://*.{number}.tenant.example" for number in range(39_998)]
    return CompiledPolicy(Policy(origins=[*origins, APP, "http://localhost:*"]), "many")


def test_a_hundred_thousand_configured_origins_cost_what_a_few_do(
    hundred_thousand: CompiledPolicy,
) -> None:
    few = ["https://1.shop.example", "https://*.7.tenant.example", APP, "http://localhost:*"]
    small = CompiledPolicy(Policy(origins=few), "few")
    for origin in (APP, "https://x.7.tenant.example", "http://localhost:8080", stranger(1), "null"):
        work = [
            measure(lambda p=p, o=origin: ask(p, Metered(o))) for p in (small, hundred_thousand)
        ]
        assert work[1].opcodes <= 1.2 * work[0].opcodes, origin
        assert work[1].characters <= 1.2 * work[0].characters, origin


def test_the_time_to_start_grows_with_the_number_of_origins_and_no_faster() -> None:
    def start(number: int) -> int:
        origins = [f"https://*.{n}.tenant.example" for n in range(number)]
        return opcodes(lambda: CompiledPolicy(Policy(origins=origins), "many"))

    start(10)
    assert start(800) <= 2.2 * start(400)


def test_the_depth_of_an_origin_is_bounded_whatever_is_configured() -> None:
    index = OriginIndex(["https://*." + "a." * depth + "example" for depth in range(100)])
    policy = CompiledPolicy(Policy(origins=["https://*.example"]), "x")
    deepest = "https://" + "a." * 120 + "nowhere"
    once = opcodes(lambda: ask(policy, "https://a.nowhere"))
    assert opcodes(lambda: ask(policy, deepest)) <= MOST * once
    assert index


# --- paths ---


def paths_found(rules: list[str], path: str) -> int:
    found = ResourceMap({rule: rule for rule in rules})
    found.find(path)
    return opcodes(lambda: found.find(path))


HOSTILE_PATHS = {
    "long": "/" + "x" * MIB,
    "many segments": "/a" * 100_000,
    "many empty segments": "/" * 100_000,
    "all below": "/api" + "/a" * 100_000,
    "stars": "/*" * 100_000,
}


@pytest.mark.parametrize("name", sorted(HOSTILE_PATHS))
def test_a_hostile_path_is_looked_at_no_deeper_than_the_patterns(name: str) -> None:
    rules = ["/*", "/api/*", "/api/*/x/*/y", "/api/v1/x/v2/z", "/*/a/*/a/*"]
    most = max(paths_found(rules, path) for path in ("/api/v1/x/v2/y", "/a/a/a/a/a/a"))
    assert paths_found(rules, HOSTILE_PATHS[name]) <= MOST * most


def test_patterns_of_many_stars_do_not_multiply() -> None:
    def rules(depth: int) -> list[str]:
        every = [["a", "*"][number % 2] for number in range(depth)]
        turned = [["*", "a"][number % 2] for number in range(depth)]
        short = ["/" + "/".join(every[:n]) + "/x" for n in range(1, depth)]
        return [*short, *("/" + "/".join(turned[:n]) + "/y" for n in range(1, depth))]

    work = {depth: paths_found(rules(depth), "/a" * depth + "/z") for depth in (20, 40)}
    assert work[40] <= 3 * work[20]


def test_a_tree_of_two_ways_at_each_step_is_walked_once() -> None:
    rules = [""]
    for _ in range(10):
        rules = [f"{rule}/{segment}" for rule in rules for segment in ("a", "*")]
    # 1024 patterns: each node of the tree is visited once at most, and there are 2047.
    assert paths_found(rules, "/a" * 10 + "/x") <= 2047 * 60


def test_a_deep_pattern_is_found_or_refused_and_nothing_overflows() -> None:
    deep = "/a" * 5000
    if check_path("resources", deep, Checker({})):
        found = ResourceMap({deep: 1, "/a/*": 2})
        assert found.find(deep) == 1
        assert found.find(deep + "/b") == 2
        assert found.find(deep[:-1] + "b") == 2


def test_a_long_path_through_the_middleware_is_read_a_few_times_and_no_more() -> None:
    rules = {"/api/*": {"origins": APP}, "/*/x": {"origins": "https://x.example"}}
    app = CORSMiddleware(trivial, resources=rules)

    def work(path: str) -> Work:
        environ = environ_of(Request(method="GET", path="/", headers=(("Origin", APP),)))
        return measure(lambda: call(app, {**environ, "PATH_INFO": Metered(path)}))

    friendly = work("/api/v1/x")
    for path in HOSTILE_PATHS.values():
        hostile = work(path)
        assert hostile.opcodes <= MOST * friendly.opcodes
        assert hostile.characters <= friendly.characters + 3 * len(path)


# --- memory ---


def kept_by(run: Callable[[int], object], times: int) -> int:
    """
    Tell how many bytes are held after many calls that were not held after a few.
    """
    for number in range(1000):
        run(number)
    tracemalloc.start()
    try:
        run(1)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for number in range(times):
            run(10_000 + number)
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def rejections() -> Iterator[tuple[str, Callable[[int], object]]]:
    compiled = CompiledPolicy(Policy(**POLICY), "memory")
    yield "decide", lambda number: ask(compiled, stranger(number))
    for name in ("middleware", "flask"):
        prepare = DOORS[name]()

        def reject(number: int, prepare: Prepare = prepare) -> object:
            origin = ("Origin", stranger(number))
            return prepare(Request(method="GET", path="/item", headers=(HOST, origin)))()

        def preflight(number: int, prepare: Prepare = prepare) -> object:
            asked = (ASKED[0], f"M{number}")
            headers = (HOST, ("Origin", stranger(number)), asked)
            return prepare(Request(method="OPTIONS", path=f"/{number}", headers=headers))()

        yield name, reject
        yield f"{name}, preflights", preflight


@pytest.mark.parametrize("run", [pytest.param(run, id=name) for name, run in rejections()])
def test_memory_does_not_grow_with_rejected_origins(run: Callable[[int], object]) -> None:
    assert kept_by(run, 1500) < KEPT


def test_methods_that_nobody_listed_are_not_remembered() -> None:
    """
    A rule without methods takes any, so whoever can send a request could fill a table of them.
    """
    from flask import Flask, Response
    from werkzeug.routing import Rule

    app = Flask("any-method")
    CORSGuard(app, resources={"/any": {"origins": APP}})
    app.url_map.add(Rule("/any", endpoint="any"))
    app.view_functions["any"] = lambda: Response("ok")

    def run(number: int) -> object:
        headers = (("Host", "api.example"), ("Origin", APP))
        return call(app, environ_of(Request(method=f"M{number}", path="/any", headers=headers)))

    assert kept_by(run, 1500) < KEPT


def test_a_million_rejected_origins_leave_nothing_behind() -> None:
    """
    By the way that most requests take; the tests above go by the others, in smaller numbers.
    """
    policy = CompiledPolicy(Policy(**POLICY), "memory")
    for number in range(10_000):
        policy.quick_headers(stranger(number))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(1_000_000):
        policy.quick_headers(stranger(number))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * (1 if sys.platform == "darwin" else 1024) < 4 * MIB

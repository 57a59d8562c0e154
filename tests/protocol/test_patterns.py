"""
Origin patterns, and the index held against a naive twin.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_corsguard import RequestHead
from flask_corsguard.protocol.origins import MAX_ORIGIN_BYTES, Origin, parse_origin
from flask_corsguard.protocol.patterns import OriginIndex, candidates, is_store, parse_pattern

HEAD = RequestHead(method="GET")

TABLE = [
    ("https://app.example.com", "https://app.example.com", "https://www.app.example.com"),
    ("https://*.example.com", "https://a.b.example.com", "https://example.com"),
    ("https://*.example.com", "https://a.example.com", "https://a.example.com:8443"),
    ("https://*.example.com", "https://a.example.com", "http://a.example.com"),
    ("https://*.example.com", "https://a.example.com", "https://evilexample.com"),
    ("https://*.example.com:8443", "https://a.example.com:8443", "https://a.example.com"),
    ("https://*.example.com:*", "https://a.example.com", "https://example.com:1"),
    ("https://*.example.com:*", "https://a.example.com:1", "http://a.example.com:1"),
    ("http://localhost:*", "http://localhost", "https://localhost"),
    ("http://localhost:*", "http://localhost:3000", "http://localhost.evil.test:3000"),
    ("http://[::1]:*", "http://[::1]:3000", "http://[::2]:3000"),
    ("capacitor://localhost", "capacitor://localhost", "capacitor://localhost:1"),
    ("capacitor://*", "capacitor://anything", "ionic://anything"),
    ("capacitor://*", "capacitor://", "https://capacitor"),
    ("app://", "app://", "app://x"),
    ("file://", "file://", "app://"),
]

NO_PATTERNS = [
    "",
    "*",
    "null",
    "example.com",
    "https://*",
    "http://*",
    "https://*:*",
    "https://*example.com",
    "https://app.*",
    "https://a.*.example.com",
    "https://*.*.example.com",
    "https://*.1.2.3.4",
    "https://*.[::1]",
    "https://*.",
    "*://example.com",
    "https://example.com:8*",
    "https://example.com:80:*",
    "https://example.com/*",
    "capacitor://*.localhost",
    "app://:*",
    "file://*",
    "wss://*",
]


@pytest.mark.parametrize(("pattern", "allowed", "rejected"), TABLE)
def test_a_pattern_allows_what_it_says_and_nothing_beside_it(
    pattern: str, allowed: str, rejected: str
) -> None:
    index = OriginIndex([pattern])
    assert index.allows(parsed(allowed))
    assert not index.allows(parsed(rejected))


@pytest.mark.parametrize("text", NO_PATTERNS)
def test_what_is_no_pattern_is_refused(text: str) -> None:
    assert parse_pattern(text) is None


def parsed(text: str) -> Origin:
    origin = parse_origin(text)
    assert origin is not None, text
    return origin


labels = st.sampled_from(["a", "b", "ab", "app", "example", "com", "a-b"])
hosts = st.lists(labels, min_size=1, max_size=4).map(".".join)
schemes = st.sampled_from(["https", "http", "capacitor"])
ports = st.sampled_from(["", ":8080", ":3000"])
origins = st.builds(lambda s, h, p: f"{s}://{h}{p}", schemes, hosts, ports)
web_patterns = st.builds(
    lambda scheme, star, host, port: f"{scheme}://{star}{host}{port}",
    st.sampled_from(["https", "http"]),
    st.sampled_from(["", "*."]),
    hosts,
    st.sampled_from(["", ":8080", ":*"]),
)
other_patterns = st.sampled_from(["capacitor://*", "capacitor://app", "capacitor://a:*"])
patterns = st.lists(web_patterns | other_patterns, max_size=12)


def naive(pattern: str, origin: str) -> bool:
    """
    Turn a pattern into a regular expression, character by character.
    """
    text = re.escape(pattern)
    if not pattern.startswith("http"):
        text = re.sub(r"://\\\*$", r"://.*", text)
    text = text.replace(r"://\*\.", r"://([a-z0-9-]+\.)+").replace(r":\*", r"(:[0-9]+)?")
    return re.fullmatch(text, origin) is not None


@given(patterns, origins)
def test_the_index_agrees_with_a_naive_twin(written: list[str], origin: str) -> None:
    expected = any(naive(pattern, origin) for pattern in written)
    assert OriginIndex(written).allows(parsed(origin)) is expected


@given(patterns, st.lists(labels, min_size=1, max_size=3), st.sampled_from(["", ":8080"]))
def test_the_index_agrees_where_origins_lie_below_its_own_patterns(
    written: list[str], prefix: list[str], port: str
) -> None:
    for pattern in written:
        host = pattern.removesuffix(":*").removesuffix(":8080").replace("*.", "")
        if not host.startswith("http"):
            continue
        origin = host.replace("://", f"://{'.'.join(prefix)}.", 1) + port
        expected = any(naive(other, origin) for other in written)
        assert OriginIndex(written).allows(parsed(origin)) is expected


@given(web_patterns | other_patterns, origins)
def test_the_candidates_of_an_origin_are_the_patterns_that_allow_it(
    pattern: str, origin: str
) -> None:
    assert (pattern in set(candidates(parsed(origin)))) is naive(pattern, origin)


def test_a_regular_expression_has_to_match_the_whole_origin() -> None:
    index = OriginIndex([re.compile(r"https://app\.example\.com")])
    assert index.allows(parsed("https://app.example.com"))
    assert not index.allows(parsed("https://app.example.com.evil.test"))


def test_a_callable_is_asked_with_origin_and_head_and_only_true_allows() -> None:
    asked: list[tuple[str, RequestHead]] = []

    def truthy(origin: str, head: RequestHead) -> bool:
        asked.append((origin, head))
        return "yes"  # type: ignore[return-value]

    assert not OriginIndex([truthy]).asks("https://a.example", HEAD)
    assert asked == [("https://a.example", HEAD)]
    equal = OriginIndex([lambda origin, _: origin == "https://a.example"])
    assert equal.asks("https://a.example", HEAD)
    assert not equal.allows(parsed("https://a.example"))


def test_rules_may_come_from_an_iterator() -> None:
    index = OriginIndex(iter(["https://a.example", "https://*.b.example"]))
    assert index.allows(parsed("https://x.b.example"))


def test_an_index_without_rules_is_empty_and_one_with_callables_is_not_static() -> None:
    assert not OriginIndex([])
    assert OriginIndex(["https://a.example"]).is_static
    assert OriginIndex([re.compile("https://a")]).is_static
    assert not OriginIndex([lambda *_: False]).is_static


def test_a_text_longer_than_any_origin_is_not_looked_up() -> None:
    index = OriginIndex(["https://a.example"])
    assert index.lists("https://a.example")
    assert not index.lists("https://a.example" * 100)


class Store:
    def __init__(self, answer: object = True) -> None:
        self.answer: Any = answer

    def allows(self, origin: str, head: RequestHead) -> bool:
        assert head is HEAD
        return self.answer


def test_a_store_is_an_object_whose_class_has_a_method_allows() -> None:
    class Nothing:
        allows = None

    impostor = Nothing()
    vars(impostor)["allows"] = Store().allows
    assert is_store(Store()) is True
    for value in (Store, Store().allows, Nothing(), impostor, "allows", None, lambda *_: True):
        assert is_store(value) is False


def test_a_store_is_asked_with_origin_and_head_and_only_true_allows() -> None:
    index = OriginIndex([Store()])
    assert index
    assert index.is_static is False
    assert index.asks("https://a.example", HEAD) is True
    assert index.permits("https://a.example") is False
    for answer in (False, None, 1, "yes"):
        assert OriginIndex([Store(answer)]).asks("https://a.example", HEAD) is False


@pytest.mark.parametrize(
    ("rules", "permitted", "not_permitted"),
    [
        (["https://a.example"], "https://a.example", "https://b.example"),
        (["https://*.example"], "https://a.example", "https://example"),
        ([re.compile(r"https://a\.example")], "https://a.example", "https://a.example:1"),
        (["https://x.test", "https://*.example"], "https://a.example", "https://a.test"),
    ],
)
def test_what_an_index_permits_is_what_its_rules_allow(
    rules: list[Any], permitted: str, not_permitted: str
) -> None:
    index = OriginIndex([*rules, lambda *_: True])
    assert index.permits(permitted) is True
    for text in (not_permitted, "", "null", permitted.upper(), f"{permitted}/", "x" * 5000):
        assert index.permits(text) is False


def test_an_index_knows_whether_any_of_its_rules_has_a_wildcard() -> None:
    for rule in ("https://*.example", "http://localhost:*", "app://*"):
        assert OriginIndex(["https://a.example", rule]).has_patterns is True
    for others in ([], ["https://a.example"], [re.compile(".*")], [lambda *_: True]):
        assert OriginIndex(others).has_patterns is False


class Memory(Store):
    """A store that remembers what a test says, be it sensible or not."""

    def __init__(self, answer: object = True, *, known: object = True) -> None:
        super().__init__(answer)
        self.known: Any = known
        self.looked_up: list[str] = []

    def remembers(self, origin: str) -> bool:
        self.looked_up.append(origin)
        if isinstance(self.known, Exception):
            raise self.known
        return self.known


def test_a_memory_is_believed_about_what_the_store_has_allowed_once() -> None:
    memory = Memory()
    index = OriginIndex([memory])
    for text in ("https://a.example", "null", "", "x" * 1_000_000):
        assert index.remembers(text) is False
    assert memory.looked_up == []
    assert index.asks("https://a.example", HEAD)
    assert index.was_allowed("https://a.example")
    assert index.remembers("https://a.example") is True
    assert index.remembers("https://b.example") is False
    assert memory.looked_up == ["https://a.example"]


@pytest.mark.parametrize("known", [False, None, 1, "yes", RuntimeError("down")])
def test_only_true_is_remembered_and_nothing_raises(known: object) -> None:
    index = OriginIndex([Memory(known=known)])
    assert index.asks("https://a.example", HEAD)
    assert index.remembers("https://a.example") is False


@pytest.mark.parametrize(
    "first", [Store(False), lambda *_: False, Memory(False, known=False)], ids=["store", "f", "no"]
)
def test_what_is_asked_before_a_memory_may_fail_and_is_asked(first: Any) -> None:
    index = OriginIndex([first, Memory()])
    assert index.asks("https://a.example", HEAD)
    assert index.remembers("https://a.example") is False
    behind = OriginIndex(["https://x.example", Memory(), first])
    assert behind.asks("https://a.example", HEAD)
    assert behind.remembers("https://a.example") is True


class Stricter(Memory):
    def allows(self, origin: str, head: RequestHead) -> bool:
        return head.path != "/admin" and super().allows(origin, head)


class Again(Stricter):
    def remembers(self, origin: str) -> bool:
        return super().remembers(origin)


class Same(Memory):
    """A store of the same kind."""


def test_a_memory_speaks_for_no_allows_but_its_own() -> None:
    changed = Memory()
    changed.allows = Store().allows  # type: ignore[method-assign]
    nothing, nonsense = Memory(), Memory()
    nothing.remembers = None  # type: ignore[assignment, method-assign]
    nonsense.remembers = True  # type: ignore[assignment, method-assign]
    for memory in (Stricter(), changed, nothing, nonsense):
        index = OriginIndex([memory])
        assert index.asks("https://a.example", HEAD)
        assert index.remembers("https://a.example") is False
    for memory in (Again(), Same()):
        index = OriginIndex([memory])
        assert index.asks("https://a.example", HEAD)
        assert index.remembers("https://a.example") is True


def test_a_function_with_attributes_is_no_memory() -> None:
    def check(origin: str, head: RequestHead) -> bool:
        return True

    vars(check)["remembers"] = lambda _: True
    index = OriginIndex([check])
    assert index.asks("https://a.example", HEAD)
    assert index.remembers("https://a.example") is False


def test_what_was_rejected_was_not_allowed() -> None:
    index = OriginIndex([Memory(False)])
    assert not index.asks("https://a.example", HEAD)
    assert index.was_allowed("https://a.example") is False
    assert index.remembers("https://a.example") is False


def test_a_store_without_a_memory_remembers_nothing() -> None:
    index = OriginIndex([Store(), lambda *_: True])
    assert index.asks("https://a.example", HEAD)
    assert index.remembers("https://a.example") is False


def test_what_was_allowed_is_bounded() -> None:
    index = OriginIndex([lambda *_: True])
    for number in range(4097):
        assert index.asks(f"https://a{number}.example", HEAD)
        if number == 4095:
            assert all(index.was_allowed(f"https://a{n}.example") for n in range(4096))
    known = [index.was_allowed(f"https://a{number}.example") for number in range(4097)]
    assert known == [False] * 4096 + [True]


@pytest.mark.parametrize(("length", "known"), [(MAX_ORIGIN_BYTES, True), (None, False)])
def test_what_is_longer_than_any_origin_was_not_allowed(length: int | None, known: bool) -> None:
    index = OriginIndex([lambda *_: True])
    text = "a" * (length or MAX_ORIGIN_BYTES + 1)
    assert index.asks(text, HEAD)
    assert index.was_allowed(text) is known

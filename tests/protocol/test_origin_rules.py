"""
The rules for origins: what is refused or warned of, where, and what is read all the same.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from flask_corsguard import RequestHead
from flask_corsguard.errors import Problem
from flask_corsguard.protocol.checker import Checker
from flask_corsguard.protocol.origin_rules import check_origins

Found = tuple[str, str, object]

APP = "https://app.example.com"
REGEX = re.compile(r"https://app\.example\.com")


def read(value: object, **options: object) -> tuple[tuple[Any, ...], list[Problem]]:
    checker = Checker(options)
    return check_origins("origins", value, checker), checker.problems


def found(value: object, **options: object) -> list[Found]:
    return [(p.code, p.where, p.value) for p in read(value, **options)[1]]


def codes(value: object, **options: object) -> list[str]:
    return [code for code, *_ in found(value, **options)]


def with_credentials(value: object, **options: object) -> list[Found]:
    return found(value, credentials=True, **options)


def allow(origin: str, head: RequestHead) -> bool:
    del origin, head
    return True


class Unhashable:
    __hash__ = None  # type: ignore[assignment]

    def __call__(self, origin: str, head: RequestHead) -> bool:
        return allow(origin, head)


async def allow_later(origin: str, head: RequestHead) -> bool:
    return allow(origin, head)


# --- the list ---


@pytest.mark.parametrize("rule", [APP, "*", REGEX, allow, Unhashable()])
def test_one_rule_is_a_list_of_one(rule: object) -> None:
    assert read(rule) == ((rule,), [])
    assert read([rule]) == ((rule,), [])


def test_the_place_of_a_rule_in_a_list_has_a_number() -> None:
    bad = re.compile("(a+)+")
    assert found(bad) == [("CG140", "origins", bad.pattern)]
    assert found([APP, bad]) == [("CG140", "origins[1]", bad.pattern)]
    assert found(allow_later) == [("CG145", "origins", allow_later)]
    assert found((APP, allow_later)) == [("CG145", "origins[1]", allow_later)]


@pytest.mark.parametrize("nobody", [[], (), frozenset[str]()])
def test_an_empty_list_allows_nobody_and_is_warned_of(nobody: object) -> None:
    assert read(nobody)[0] == ()
    assert found(nobody) == [("CG137", "origins", nobody)]


def test_a_list_that_cannot_be_read_is_not_called_empty() -> None:
    assert codes(None) == ["CG605"]
    assert read(None)[1][0].fix == "Write a list, like ['https://app.example.com']."


@pytest.mark.parametrize("rule", [7, None, b"https://a.example", str, Unhashable, [APP]])
def test_what_is_no_rule_is_refused_and_the_others_are_read(rule: object) -> None:
    rules, (problem,) = read([rule, APP])
    assert rules == (APP,)
    assert (problem.code, problem.where, problem.value) == ("CG101", "origins[0]", rule)


def test_rules_are_read_in_the_order_in_which_they_were_written() -> None:
    written = [REGEX, "https://b.example", allow, "https://a.example"]
    assert read(written) == (tuple(written), [])


def test_everybody_stands_alone() -> None:
    rules, problems = read([APP, "*"])
    assert rules == (APP, "*")
    assert [(p.code, p.where, p.value) for p in problems] == [("CG119", "origins[1]", "*")]
    assert codes(["*"]) == []


@pytest.mark.parametrize("rule", [APP, REGEX, allow, Unhashable()])
def test_a_rule_that_stands_twice_is_read_once(rule: object) -> None:
    other = "https://other.example"
    rules, (problem,) = read([rule, other, rule])
    assert rules == (rule, other)
    assert (problem.code, problem.where, problem.value) == ("CG135", "origins[2]", rule)
    assert codes([rule, other]) == []


def test_two_callables_are_two_rules_however_alike_they_are() -> None:
    assert codes([Unhashable(), Unhashable(), lambda *_: True, lambda *_: True]) == []


# --- texts ---


def test_everybody_and_credentials_exclude_each_other() -> None:
    assert read("*", credentials=True)[0] == ("*",)
    assert with_credentials("*") == [("CG130", "origins", "*")]
    assert with_credentials([APP, "*"])[1:] == [("CG130", "origins[1]", "*")]
    for credentials in (False, 1, None):
        assert found("*", credentials=credentials) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:secret@app.example", "https://***@app.example"),
        ("https://user:se@cret@app.example/@x", "https://***@app.example/@x"),
        ("https://@app.example", "https://***@app.example"),
        ("https://app.example/", "https://app.example/"),
        ("https://app.example/a@b", "https://app.example/a@b"),
    ],
)
def test_a_text_that_is_no_origin_is_shown_without_its_password(text: str, shown: str) -> None:
    rules, (problem,) = read([APP, text])
    assert rules == (APP,)
    assert (problem.where, problem.value) == ("origins[1]", shown)
    assert (problem.code, problem.fix) in {
        ("CG106", "Write 'https://app.example'."),
        ("CG105", "Write 'https://app.example'."),
    }


def test_a_label_that_is_no_punycode_is_named() -> None:
    rules, (problem,) = read("https://a.xn--x.example")
    assert rules == ("https://a.xn--x.example",)
    assert (problem.code, problem.where) == ("CG118", "origins")
    assert problem.value == "https://a.xn--x.example"
    assert "'xn--x'" in problem.why


@pytest.mark.parametrize(
    "text", ["https://a.example.", "https://*.a.example.", "http://localhost."]
)
def test_a_dot_at_the_end_makes_another_origin_and_is_warned_of(text: str) -> None:
    assert read(text)[0] == (text,)
    assert found(text) == [("CG134", "origins", text)]


@pytest.mark.parametrize("text", ["app://a.", "app://."])
def test_a_dot_at_the_end_of_an_opaque_host_means_nothing(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    ["http://a.example", "http://*.a.example", "http://10.0.0.1:8080", "http://a.localhost.x"],
)
def test_plain_http_does_not_go_with_credentials_unless_somebody_insists(text: str) -> None:
    insist = "dangerously_allow_insecure_origins"
    assert with_credentials(text) == [("CG131", "origins", text)]
    assert with_credentials(text, **{insist: True}) == []
    assert with_credentials(text, **{insist: "true"}) == [("CG131", "origins", text)]
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        *("http://localhost:3000", "http://*.localhost", "http://127.0.0.1", "http://[::1]:8080"),
        *("https://a.example", "app://a.example"),
    ],
)
def test_what_no_network_can_change_goes_with_credentials(text: str) -> None:
    assert with_credentials(text) == []


@pytest.mark.parametrize(
    "text", ["https://*.github.io", "https://*.com", "https://*.glitch.me:8443"]
)
def test_wildcards_over_strangers_do_not_go_with_credentials_unless_somebody_insists(
    text: str,
) -> None:
    insist = "dangerously_allow_public_suffixes"
    assert with_credentials(text) == [("CG132", "origins", text)]
    assert with_credentials(text, **{insist: True}) == []
    assert with_credentials(text, **{insist: 1}) == [("CG132", "origins", text)]
    assert found(text) == []


def test_the_host_below_which_strangers_live_is_named() -> None:
    (problem,) = read("https://*.github.io:8443", credentials=True)[1]
    assert "'github.io'" in problem.why
    assert with_credentials("https://github.io") == []
    assert with_credentials("https://*.a.github.io") == []


@pytest.mark.parametrize(
    "text", ["https://jsbin.com", "https://*.jsbin.com", "https://jsbin.com:8443"]
)
def test_a_sandbox_does_not_go_with_credentials(text: str) -> None:
    assert read(text, credentials=True)[0] == (text,)
    assert with_credentials(text) == [("CG133", "origins", text)]
    assert found(text) == []
    assert with_credentials("app://jsbin.com") == []


@pytest.mark.parametrize("scheme", ["chrome-extension", "moz-extension", "safari-web-extension"])
def test_all_extensions_of_a_browser_do_not_go_with_credentials(scheme: str) -> None:
    assert with_credentials(f"{scheme}://*") == [("CG138", "origins", f"{scheme}://*")]
    assert with_credentials(f"{scheme}://abc") == []
    assert found(f"{scheme}://*") == []
    assert with_credentials("capacitor://*") == []


# --- callables ---


def test_a_callable_that_answers_later_never_says_true() -> None:
    class Later:
        async def __call__(self, origin: str, head: RequestHead) -> bool:
            return allow(origin, head)

    for check in (allow_later, Later()):
        rules, (problem,) = read([APP, check])
        assert rules == (APP,)
        assert (problem.code, problem.where) == ("CG145", "origins[1]")
        assert problem.value is check


# --- stores ---


class Store:
    def allows(self, origin: str, head: RequestHead) -> bool:
        return allow(origin, head)


class LaterStore:
    async def allows(self, origin: str, head: RequestHead) -> bool:
        return allow(origin, head)


def test_a_store_is_a_rule() -> None:
    store = Store()
    assert read(store) == ((store,), [])
    assert read([APP, store, Store()])[1] == []
    rules, (problem,) = read([store, APP, store])
    assert rules == (store, APP)
    assert (problem.code, problem.where) == ("CG135", "origins[2]")
    assert codes([Store]) == ["CG101"]


def test_a_store_that_answers_later_never_says_true() -> None:
    store = LaterStore()
    rules, (problem,) = read([APP, store])
    assert rules == (APP,)
    assert (problem.code, problem.where) == ("CG145", "origins[1].allows")
    assert problem.value == store.allows


# --- regular expressions ---


@pytest.mark.parametrize(
    ("text", "code", "kept"),
    [
        (rb"https://app\.example\.com", "CG144", False),
        (r"(a+)+", "CG140", False),
        (r"https://(a+)\1\.com", "CG142", False),
        (r"https://.*.*\.example\.com", "CG141", True),
        (r"app\.example\.com", "CG146", True),
        (r"https:/", "CG146", True),
        (r"evil\.test", "CG146", True),
        (r"https://app.example\.com", "CG143", True),
    ],
)
def test_a_regular_expression_is_judged(text: str | bytes, code: str, kept: bool) -> None:
    regex = re.compile(text)
    rules, problems = read([APP, regex])
    assert rules == ((APP, regex) if kept else (APP,))
    assert [(p.code, p.where, p.value) for p in problems] == [(code, "origins[1]", text)]


IMPOSTORS = [
    # Dots that are not escaped.
    (r"https://app.example\.com", "https://app7example.com"),
    (r"https://app\.example.com", "https://app.example7com"),
    (r"https://app[.x]example\.com", "https://appxexample.com"),
    # Open at one end.
    (r"https://app\.example\.com.*", "https://app.example.com7"),
    (r"https://app\.example\.com[a-z]*", "https://app.example.comb"),
    (r"https://.*example\.com", "https://7example.com"),
    (r"https://[a-z.]*example\.com", "https://bexample.com"),
    (r"https://.*-example\.com", "https://7-example.com"),
    # A label that anyone may have.
    (r"https://app\.[a-z]+\.com", "https://app.b.com"),
    (r"https://app\.(?!.{0,3}[bq7])[a-z]{4}\.com", "https://app.evil.com"),
    (r"https://app\.example\.[a-z]+", "https://app.example.b"),
    (r"https://[^.]+\.com", "https://7.com"),
    (r"https://[a-z]+\.co\.uk", "https://b.co.uk"),
    # A character that anyone may have.
    (r"https://x\.[a-p]xample\.com", "https://x.bxample.com"),
    (r"https://x\.[d-r]xample\.com", "https://x.qxample.com"),
    (r"https://x\.exampl\d\.com", "https://x.exampl7.com"),
    (r"https://x\.example\.c[a-z]", "https://x.example.cb"),
    # Everything.
    (r"https://.*", "https://b"),
    (r".*", "http://b"),
    (r"http://.*:8443", "http://b:8443"),
    (r"(?=h)(?=.*t)(?=.*e)https://[a-z.]+", "https://be"),
    (r"(?=.*\.t)(?=.*v)(?=.*il)https://[a-z.]+", "https://evil.test"),
    (r"app://x|(?=.*\.t)(?=.*v)(?=.*il)https://[a-z.]+", "https://evil.test"),
    # A stranger that looks like nobody.
    (r"https://(?!.*[bq7])evil\.[e-t]{4}", "https://evil.test"),
    (r"https://a\.example\.com|https://(?!0|1)\d{3}\.0\.113\.\d", "https://203.0.113.7"),
    (r"https://a\.example\.com|https://\[[0-9a-f:]+\]", "https://[2001:db8::7]"),
]


@pytest.mark.parametrize(("text", "impostor"), IMPOSTORS)
def test_a_regular_expression_that_lets_strangers_in_is_shown_one(text: str, impostor: str) -> None:
    regex = re.compile(text)
    assert regex.fullmatch(impostor)
    rules, (problem,) = read(regex)
    assert rules == (regex,)
    assert (problem.code, problem.where, problem.value) == ("CG143", "origins", text)
    assert problem.why == f"also matches {impostor!r}, which anyone may own"


@pytest.mark.parametrize(
    "text",
    [
        r"https://app\.example\.com",
        r"https://[a-z]+\.example\.com",
        r"https://.+\.example\.com",
        r"https://.+\.example\.co\.uk",
        r"https://(www\.)?example\.com(:\d+)?",
        r"https://a\.example\.(com|org)",
        r"https://app\.example\.com|https://other\.test:8443",
        r"http://localhost(:\d+)?",
        r"capacitor://.*",
        r"(https://)?app\.example\.com",
        r"https://192\.168\.0\.10",
        r"http://\[::1\](:\d+)?",
    ],
)
def test_a_regular_expression_that_lets_nobody_else_in_is_read_in_silence(text: str) -> None:
    regex = re.compile(text)
    assert read(regex, credentials=True) == ((regex,), [])


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"https?://app\.example\.com", "http://app.example.com"),
        (r"http://(localhost|app\.example\.com)", "http://app.example.com"),
        (r"http://10\.0\.0\.1:8080", "http://10.0.0.1:8080"),
    ],
)
def test_a_regular_expression_that_lets_plain_http_in_names_an_origin(
    text: str, plain: str
) -> None:
    regex = re.compile(text)
    (problem,) = read(regex, credentials=True)[1]
    assert (problem.code, problem.where, problem.value) == ("CG131", "origins", text)
    assert problem.why == f"matches '{plain}', which is plain http"
    assert found(regex) == []
    assert with_credentials(regex, dangerously_allow_insecure_origins=True) == []


# --- what covers what ---


@pytest.mark.parametrize(
    ("written", "places"),
    [
        (["https://*.a.example.com", "https://*.example.com"], ["origins[0]"]),
        (["https://*.example.com", "https://a.example.com"], ["origins[1]"]),
        (["https://a.b.example.com", "https://*.example.com"], ["origins[0]"]),
        (["http://localhost:3000", "http://localhost:*"], ["origins[0]"]),
        (["http://localhost", "http://localhost:*"], ["origins[0]"]),
        (["https://*.example.com:8443", "https://*.example.com:*"], ["origins[0]"]),
        (["app://x", "app://*", "app://y"], ["origins[0]", "origins[2]"]),
        (["https://example.com", "https://*.example.com"], []),
        (["https://a.example.com:*", "https://*.example.com"], []),
        (["https://a.example.com:8443", "https://*.example.com"], []),
        (["http://a.example.com", "https://*.example.com"], []),
        (["https://*.example.com", "https://*.other.example"], []),
        (["https://*.example.com", re.compile(r"https://[a-z]+\.example\.com")], []),
        (["https://*.example.com", allow], []),
        (["https://example.com", re.compile(r"https://(www\.)?example\.com")], []),
    ],
)
def test_what_a_wildcard_beside_it_covers_is_warned_of(
    written: list[object], places: list[str]
) -> None:
    rules, problems = read(written)
    assert rules == tuple(written)
    assert [(p.code, p.where) for p in problems] == [("CG136", place) for place in places]
    assert [p.value for p in problems] == [
        rule for i, rule in enumerate(written) if f"origins[{i}]" in places
    ]

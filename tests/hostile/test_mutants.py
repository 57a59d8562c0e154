"""
What no other test would notice: each test here kills a mutant of `make mutants`.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from flask_corsguard import Decision, Kind, Outcome, Policy, Reason, RequestHead
from flask_corsguard.errors import Problem
from flask_corsguard.protocol import fields, origins, resources
from flask_corsguard.protocol.automata import Automaton
from flask_corsguard.protocol.checker import Checker
from flask_corsguard.protocol.compiled import CompiledPolicy, PreflightAnswer
from flask_corsguard.protocol.decide import decide, fail_closed
from flask_corsguard.protocol.decision import printable
from flask_corsguard.protocol.options import Option
from flask_corsguard.protocol.origins import Origin, parse_origin
from flask_corsguard.protocol.patterns import (
    OriginIndex,
    OriginPattern,
    candidates,
    parse_pattern,
)
from flask_corsguard.protocol.resources import ResourceMap, check_path

APP = "https://app.example"


def compiled(**options: Any) -> CompiledPolicy:
    return CompiledPolicy(Policy(**{"origins": [APP], **options}), "test")


# --- bounds, from both sides ---


def test_the_longest_origin_is_made_of_the_longest_parts() -> None:
    assert origins.MAX_ORIGIN_BYTES == 326


@pytest.mark.parametrize(
    ("text", "parses"),
    [
        ("s://x", True),
        (f"{'s' * 64}://x", True),
        (f"{'s' * 65}://x", False),
        (f"https://{'a' * 63}.example", True),
        (f"https://{'a' * 64}.example", False),
        (f"https://x.{'a' * 63}", True),
        (f"https://x.{'a' * 64}", False),
        (f"https://{'.'.join(['a' * 63] * 3)}.{'b' * 61}", True),
        (f"https://{'.'.join(['a' * 63] * 3)}.{'b' * 62}", False),
        ("https://x.example:1", True),
        ("https://x.example:65535", True),
        ("https://x.example:65536", False),
        ("http://x.example:443", True),
        ("https://x.example:10000", True),
        ("https://x.example:100000", False),
    ],
)
def test_an_origin_at_a_bound_parses_and_one_beyond_does_not(text: str, parses: bool) -> None:
    assert (parse_origin(text) is not None) is parses


@pytest.mark.parametrize("host", ["-a.b", "a-.b", "x.-a.b", "x.a-.b", "x.b-", "x.-b", "x-", "-x"])
def test_no_label_begins_or_ends_with_a_hyphen(host: str) -> None:
    assert parse_origin(f"https://{host}") is None
    assert origins.is_host(host) is False


def test_an_origin_is_a_value_and_takes_no_attributes() -> None:
    origin = parse_origin(APP)
    assert origin is not None
    assert not hasattr(origin, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        origin.host = "evil.example"  # type: ignore[misc]


@pytest.mark.parametrize("scheme", sorted(origins.NOT_ORIGINS))
def test_a_scheme_without_origins_never_parses(scheme: str) -> None:
    assert parse_origin(f"{scheme}://x") is None


def test_the_schemes_without_origins_are_these() -> None:
    listed = "about blob data filesystem ftp javascript mailto view-source ws wss"
    assert set(listed.split()) == origins.NOT_ORIGINS


@pytest.mark.parametrize("character", "abcxyz0123456789-_")
def test_every_character_of_a_host_may_stand_in_one(character: str) -> None:
    for label in (f"a{character}a", character.replace("-", "a")):
        assert parse_origin(f"https://{label}.example") is not None
        assert parse_origin(f"https://x.{label}.example") is not None


@pytest.mark.parametrize("character", "abcxyzABCXYZ0123456789._-")
def test_every_character_of_an_opaque_host_may_stand_in_one(character: str) -> None:
    assert parse_origin(f"app://{character}") is not None


@pytest.mark.parametrize("character", "az09+.-")
def test_every_character_of_a_scheme_may_stand_in_one(character: str) -> None:
    assert parse_origin(f"a{character}://x") is not None


@pytest.mark.parametrize("text", ["9a://x", "+a://x", "-a://x", ".a://x", "A://x", "aA://x"])
def test_a_scheme_begins_with_a_letter_in_lower_case(text: str) -> None:
    assert parse_origin(text) is None


@pytest.mark.parametrize(
    "host", ["x.0x", "x.0xf", "x.0x0", "x.09", "x.9", "0", "0x", "9.", "1.2.3.0x4"]
)
def test_a_host_that_ends_in_a_number_is_an_address_or_nothing(host: str) -> None:
    assert parse_origin(f"https://{host}") is None


@pytest.mark.parametrize("host", ["x.0xg", "x.00x", "x.x0", "0x.example", "9.example", "x.1x"])
def test_a_host_that_only_looks_like_a_number_is_a_name(host: str) -> None:
    assert parse_origin(f"https://{host}") is not None


@pytest.mark.parametrize("host", ["1.2.3.4", "127.0.0.1", "255.255.255.255", "100.100.100.1"])
def test_the_shortest_address_is_one_and_the_longest_too(host: str) -> None:
    assert origins.is_ipv4(host) is True
    assert str(parse_origin(f"http://{host}")) == f"http://{host}"
    for no_address in (f"{host}.", f"0{host}", f"{host}.1", f"{host}x", f"999{host}", f".{host}"):
        assert origins.is_ipv4(no_address) is False


# --- names and lists ---


def test_the_lists_of_the_standard_are_whole() -> None:
    forbidden = """accept-charset accept-encoding access-control-request-headers
        access-control-request-method connection content-length cookie cookie2 date dnt expect host
        keep-alive origin referer set-cookie te trailer transfer-encoding upgrade via"""
    assert set(forbidden.split()) == fields.FORBIDDEN_REQUEST_HEADERS
    assert fields.FORBIDDEN_REQUEST_PREFIXES == ("proxy-", "sec-")
    assert {"CONNECT", "TRACE", "TRACK"} == fields.FORBIDDEN_METHODS
    assert {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"} == fields.NORMALIZED_METHODS
    assert {"GET", "HEAD", "OPTIONS", "TRACE"} == fields.SAFE_METHODS
    assert {"GET", "HEAD", "POST"} == fields.SAFELISTED_METHODS
    assert fields.DEFAULT_METHODS == ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    assert {"set-cookie", "set-cookie2"} == fields.FORBIDDEN_RESPONSE_HEADERS
    shown = (
        "cache-control content-language content-length content-type expires last-modified pragma"
    )
    assert set(shown.split()) == fields.SAFELISTED_RESPONSE_HEADERS
    ours = "credentials headers methods origin"
    allow = {f"access-control-allow-{name}" for name in ours.split()}
    others = {"access-control-expose-headers", "access-control-max-age"}
    assert allow | others == fields.CORS_RESPONSE_HEADERS


@pytest.mark.parametrize("code", range(128))
def test_a_token_is_made_of_the_characters_of_the_standard(code: int) -> None:
    allowed = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert fields.is_token(chr(code)) is (chr(code) in allowed)


def test_an_empty_text_is_no_token() -> None:
    assert not fields.is_token("")
    assert not fields.may_be_announced("")


def test_nothing_but_spaces_and_tabs_is_cut_off_a_name() -> None:
    assert fields.parse_header_names(" \t~x~ ,\t!y!") == ("~x~", "!y!")
    assert fields.parse_header_names("x-a,\vx-b") is None


def test_the_bounds_of_lists_are_those_that_are_written_down() -> None:
    bounds = (fields.MAX_LIST_BYTES, fields.MAX_LIST_NAMES, fields.MAX_LIST_EMPTY)
    assert bounds == (4096, 128, 16)
    names = [f"x-{number}" for number in range(128)]
    assert fields.parse_header_names(",".join([*names, *[""] * 15])) == tuple(names)
    assert fields.parse_header_names(",".join([*names, *[""] * 17])) is None
    assert fields.parse_header_names("x-a" + "," * 16) == ("x-a",)
    assert fields.parse_header_names("x-a" + "," * 17) is None


# --- what a decision says ---


def test_text_of_a_client_is_cut_at_a_hundred_characters() -> None:
    assert printable("x" * 100) == "x" * 100
    assert printable("x" * 101) == "x" * 97 + "..."


def test_every_reason_says_why_and_what_to_do() -> None:
    for reason in Reason:
        assert re.fullmatch(r"[A-Z].*[^~]\.", reason.why), reason
        assert re.fullmatch(r"[A-Z].*[^~]\.", reason.fix), reason
    assert [str(reason) for reason in Reason] == [
        "no-policy",
        "same-origin-only",
        "origin-malformed",
        "origin-opaque",
        "origin-not-allowed",
        "method-not-allowed",
        "header-not-allowed",
        "headers-malformed",
        "store-unavailable",
    ]


def test_kinds_and_outcomes_go_by_names_that_metrics_may_use() -> None:
    assert [str(kind) for kind in Kind] == ["not-cors", "actual", "preflight"]
    assert [str(outcome) for outcome in Outcome] == ["allowed", "rejected"]
    assert Reason.NO_POLICY.why == "No policy governs this URL."
    assert Reason.NO_POLICY.fix.startswith("Give its view @cross_origin")


def test_an_explanation_says_everything_in_its_order() -> None:
    asked = {"method": "OPTIONS", "path": "/x", "origin": APP, "request_method": "PUT"}
    rejected = decide(compiled(name="open"), RequestHead(**asked, request_headers="x-b, x-a"))
    assert rejected.explanation == (
        f"CORS: PUT /x from {APP}: rejected.\n"
        "Policy: open.\n"
        f"Check: header-not-allowed (x-b, x-a). {Reason.HEADER_NOT_ALLOWED.why}\n"
        f"Fix: {Reason.HEADER_NOT_ALLOWED.fix}\n"
    )
    post = RequestHead(method="POST", origin="https://evil.example")
    refused = decide(compiled(), post, enforce=True).explanation.splitlines()
    assert refused[:2] == ["CORS: POST / from https://evil.example: refused.", "Policy: test."]
    assert refused[2] == f"Check: origin-not-allowed. {Reason.ORIGIN_NOT_ALLOWED.why}"
    assert refused[4].startswith("Enforcement: refused on the server. ")
    reported = decide(compiled(), post, enforce="report").explanation.splitlines()
    assert reported[0].endswith(": rejected.")
    assert reported[4].startswith("Enforcement: reported on the server. ")


def test_a_granted_preflight_is_a_yes_of_the_guard_itself() -> None:
    asked = {"method": "OPTIONS", "request_method": "PUT"}
    policy = compiled(methods=["PUT"])
    assert decide(policy, RequestHead(**asked, origin=APP)).is_granted_preflight is True
    for head in (
        RequestHead(**asked, origin="https://evil.example"),
        RequestHead(**{**asked, "request_method": "BREW"}, origin=APP),
        RequestHead(method="GET", origin=APP),
        RequestHead(method="GET"),
    ):
        assert decide(policy, head).is_granted_preflight is False


def test_an_origin_is_held_against_the_host_up_to_the_longest_there_is() -> None:
    host = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
    for padding, same in ((0, True), (origins.MAX_ORIGIN_BYTES, False)):
        long = host + "x" * padding
        head = RequestHead(method="POST", host=long, origin=f"https://{long}")
        assert head.origin_is_host is same
    exact = "h" * (origins.MAX_ORIGIN_BYTES - len("https://"))
    assert RequestHead(method="GET", host=exact, origin=f"https://{exact}").origin_is_host is True
    for origin in (None, "", "null", "app.example", "https://", "capacitor://app.example"):
        assert RequestHead(method="GET", host="app.example", origin=origin).origin_is_host is False
    assert RequestHead(method="GET", host="", origin="https://").origin_is_host is False


def test_a_failing_callable_is_named_in_the_detail() -> None:
    def broken(origin: str, head: RequestHead) -> bool:
        raise LookupError("no such table")

    decision = decide(compiled(origins=[broken]), RequestHead(method="GET", origin=APP))
    assert decision.detail == "LookupError: no such table"


def test_a_failure_that_cannot_even_be_described_is_named_all_the_same() -> None:
    class UnspeakableError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def broken(origin: str, head: RequestHead) -> bool:
        raise UnspeakableError

    decision = decide(compiled(origins=[broken]), RequestHead(method="GET", origin=APP))
    assert decision.reason is Reason.STORE_UNAVAILABLE
    assert decision.detail == "UnspeakableError"


def test_what_was_announced_is_the_detail_of_its_rejection() -> None:
    head = RequestHead(method="OPTIONS", origin=APP, request_method="BREW")
    assert decide(compiled(methods=["PUT"]), head).detail == "BREW"
    head = RequestHead(method="OPTIONS", origin=APP, request_method="PUT", request_headers="x a")
    assert decide(compiled(), head).detail == "x a"


def test_how_long_it_took_is_no_part_of_a_decision() -> None:
    decision = decide(compiled(), RequestHead(method="GET", origin=APP))
    assert decision.seconds is None
    assert dataclasses.replace(decision, seconds=1.5) == decision


def test_nothing_is_refused_unless_somebody_said_so() -> None:
    decision = decide(compiled(), RequestHead(method="POST", origin="https://evil.example"))
    assert (decision.refusal, decision.status) == (None, None)


def test_a_decision_names_the_method_that_was_asked_about_and_the_kind() -> None:
    asked = {"origin": APP, "request_method": "PUT"}
    preflight = decide(compiled(), RequestHead(method="OPTIONS", **asked))
    assert (preflight.method, preflight.kind) == ("PUT", Kind.PREFLIGHT)
    odd = decide(compiled(), RequestHead(method="GET", **asked))
    assert (odd.method, odd.kind) == ("GET", Kind.ACTUAL)
    assert decide(compiled(), RequestHead(method="GET")).kind is Kind.NOT_CORS


def test_what_a_page_sends_to_its_own_origin_needs_no_explanation() -> None:
    head = RequestHead(
        method="OPTIONS", origin=APP, request_method="BREW", sec_fetch_site="same-origin"
    )
    decision = decide(compiled(), head)
    assert (decision.reason, decision.detail) == (None, "")
    assert (decision.kind, decision.outcome) == (Kind.NOT_CORS, Outcome.ALLOWED)


@pytest.mark.parametrize(
    ("method", "enforce", "status", "refusal"),
    [
        ("GET", False, None, None),
        ("GET", True, None, None),
        ("POST", False, None, None),
        ("POST", True, 403, "refused"),
        ("OPTIONS", False, 403, None),
        ("OPTIONS", True, 403, None),
    ],
)
def test_where_deciding_fails_it_fails_closed(
    method: str, enforce: bool, status: int | None, refusal: str | None
) -> None:
    head = RequestHead(method=method, path="/x", origin=APP, request_method="PUT")
    preflight = method == "OPTIONS"
    announced = ("Access-Control-Request-Method", "Access-Control-Request-Headers")
    assert fail_closed(head, enforce=enforce) == Decision(
        kind=Kind.PREFLIGHT if preflight else Kind.ACTUAL,
        outcome=Outcome.REJECTED,
        reason=Reason.STORE_UNAVAILABLE,
        policy="closed by an error",
        method=method,
        path="/x",
        origin=APP,
        vary=("Origin", *announced) if preflight else ("Origin", "Sec-Fetch-Site"),
        status=status,
        refusal=refusal,
    )
    assert fail_closed(RequestHead(method=method), enforce=enforce).origin is None


def test_a_head_without_anything_is_a_request_for_the_root() -> None:
    head = RequestHead(method="GET")
    assert (head.path, head.host, head.query) == ("/", "", "")
    assert (head.origin, head.request_method, head.request_headers) == (None, None, None)
    assert (head.sec_fetch_site, head.route_methods, dict(head.view_args)) == (None, None, {})
    assert head.websocket is False


# --- values ---


@pytest.mark.parametrize(
    "kind",
    [Automaton, Decision, Option, Origin, OriginPattern, Policy, PreflightAnswer, RequestHead],
)
def test_a_value_is_immutable_and_takes_no_attributes(kind: type[Any]) -> None:
    assert kind.__dataclass_params__.frozen
    assert "__slots__" in vars(kind)
    assert all(field.kw_only for field in dataclasses.fields(kind)) is (kind is not Origin)


# --- compiled policies ---


def test_a_callable_that_says_true_allows_and_nothing_else_does() -> None:
    for answer, allowed in ((True, True), (False, False), (None, False), (1, False)):
        policy = compiled(origins=["https://x.example", lambda *_, a=answer: a])
        decision = decide(policy, RequestHead(method="GET", origin=APP))
        assert (decision.outcome is Outcome.ALLOWED) is allowed
        assert decision.headers == ((("Access-Control-Allow-Origin", APP),) if allowed else ())


def test_a_bare_policy_sends_the_origin_and_nothing_more() -> None:
    head = RequestHead(method="GET", origin=APP)
    assert decide(compiled(), head).headers == (("Access-Control-Allow-Origin", APP),)
    everybody = decide(compiled(origins="*"), RequestHead(method="GET"))
    assert everybody.headers == (("Access-Control-Allow-Origin", "*"),)


def test_a_policy_without_a_name_goes_by_the_place_where_it_stands() -> None:
    named, nameless = compiled(name="partners"), compiled()
    assert (named.label, nameless.label) == ("partners", "test")
    assert named.labelled("view 'x'") is named
    assert nameless.labelled("test") is nameless
    other = nameless.labelled("view 'x'")
    assert (other.label, nameless.label) == ("view 'x'", "test")
    assert other.policy is nameless.policy
    closed = CompiledPolicy(None, "view 'a'")
    assert closed.labelled("view 'a'") is closed
    assert closed.labelled("view 'b'").label == "view 'b'"


def test_a_method_is_allowed_or_it_is_not() -> None:
    policy = compiled(methods=["PUT"])
    assert policy.allows_method("PUT", None) is True
    assert policy.allows_method("POST", None) is True
    for method in ("DELETE", "put", "a b", "", "TRACE"):
        assert policy.allows_method(method, frozenset({"DELETE"})) is False


def test_a_closed_policy_enforces_nothing_and_allows_nothing() -> None:
    closed = CompiledPolicy(None, "view 'x'")
    assert closed.enforce is False
    assert closed.is_static
    assert closed.vary == ()
    assert closed.check_text(APP) is Reason.SAME_ORIGIN_ONLY
    head = RequestHead(method="OPTIONS", origin=APP, request_method="GET", request_headers="x-a")
    assert closed.check_preflight(head) == (Reason.HEADER_NOT_ALLOWED, "x-a")


def test_the_origins_that_are_listed_are_those_without_a_wildcard() -> None:
    assert compiled(origins=["https://*.x.example", APP]).listed == {APP}
    assert compiled(origins="*").listed == set()
    assert CompiledPolicy(None, "test").listed == set()


@pytest.mark.parametrize("origins", [[APP], ["https://*.example"], [re.compile(re.escape(APP))]])
def test_the_quick_headers_are_sent_to_whom_any_rule_allows_and_to_nobody_else(
    origins: list[Any],
) -> None:
    policy = compiled(origins=origins, expose_headers=["X-A"])
    exposed, vary = ("Access-Control-Expose-Headers", "X-A"), ("Vary", "Origin")
    assert policy.quick_headers(APP) == (("Access-Control-Allow-Origin", APP), exposed, vary)
    for stranger in (None, "null", "https://evil.test", f"{APP}x" * 100):
        assert policy.quick_headers(stranger) == (vary,)


def test_what_everybody_gets_names_nobody() -> None:
    everybody = compiled(origins="*")
    assert everybody.shared_with(APP) == everybody.unasked == everybody.quick_headers(APP)
    assert compiled().shared_with(APP) == (
        ("Access-Control-Allow-Origin", APP),
        ("Vary", "Origin"),
    )


# --- patterns ---


def test_a_pattern_knows_what_it_stands_for() -> None:
    for text, said in {
        "https://a.example": (False, False, False),
        "https://*.a.example": (True, False, False),
        "https://a.example:*": (False, True, False),
        "https://*.a.example:*": (True, True, False),
        "capacitor://*": (False, False, True),
    }.items():
        pattern = parse_pattern(text)
        assert pattern is not None
        assert (pattern.subdomains, pattern.any_port, pattern.any_host) == said
        assert pattern.text == text
        assert pattern.is_exact is (not any(said))


def test_the_candidates_of_an_origin_come_in_order_and_are_all_there() -> None:
    origin = parse_origin("https://a.b.example:8443")
    assert origin is not None
    exact = ["https://a.b.example:8443", "https://a.b.example:*"]
    below = ["https://*.b.example:8443", "https://*.b.example:*"]
    highest = ["https://*.example:8443", "https://*.example:*"]
    assert list(candidates(origin)) == [*exact, *below, *highest]
    assert list(candidates(origin, [1])) == [*exact, *highest]
    assert list(candidates(origin, [3, 2])) == [*exact, *below]
    assert list(candidates(origin, [])) == exact


def test_the_longest_origin_there_is_is_found_by_its_text() -> None:
    host = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
    longest = f"{'s' * 64}://{host}:65535"
    assert len(longest) == origins.MAX_ORIGIN_BYTES
    assert OriginIndex([longest]).lists(longest)
    for rule in (longest, re.compile(".*")):
        assert OriginIndex([rule]).permits(longest)
        assert not OriginIndex([rule]).permits(f"s{longest}")


def test_one_callable_among_several_is_enough() -> None:
    head = RequestHead(method="GET", origin=APP)
    yes, no = (lambda *_: True), (lambda *_: False)
    for rules in ([yes, no], [no, yes], [yes]):
        assert OriginIndex(rules).asks(APP, head)
    assert not OriginIndex([no, no]).asks(APP, head)
    assert not OriginIndex([]).asks(APP, head)


def test_an_index_with_one_kind_of_rules_is_not_empty() -> None:
    for rule in (APP, "https://*.app.example", re.compile(APP), lambda *_: False):
        assert OriginIndex([rule])


# --- paths ---


@pytest.mark.parametrize("character", "\\^$()|+<>{}[]?#\x00\x01\x1f \x7f")
def test_every_character_that_no_path_pattern_holds_is_refused(character: str) -> None:
    checker = Checker({})
    assert not check_path("x", f"/a{character}b", checker)
    assert [problem.code for problem in checker.problems] == ["CG703"]


@pytest.mark.parametrize("character", "!\"%&',-./0:;=@A_`a~\x80\xe9".replace("%", ""))
def test_every_other_character_may_stand_in_one(character: str) -> None:
    assert check_path("x", f"/a{character}b", Checker({}))


def test_the_problems_of_a_path_say_where_and_what() -> None:
    for pattern in ("a", "/a$", "//a", "/%41", "/a*", 7, re.compile(b"/"), re.compile("(a+)+")):
        checker = Checker({})
        check_path("resources[3]", pattern, checker)
        (problem,) = checker.problems
        assert isinstance(problem, Problem)
        assert problem.where == "resources[3]"
        shown = pattern.pattern if isinstance(pattern, re.Pattern) else pattern
        assert problem.value == shown


def test_a_pattern_has_a_bounded_number_of_segments() -> None:
    for number, codes in ((64, []), (65, ["CG703"])):
        checker = Checker({})
        assert check_path("x", "/a" * number, checker) is not bool(codes)
        assert [problem.code for problem in checker.problems] == codes


def test_a_regular_expression_gets_paths_up_to_a_bound() -> None:
    bound = 2048
    found = ResourceMap({re.compile("/x*"): 1})
    assert found.find("/" + "x" * (bound - 1)) == 1
    assert not found.is_unsure("/" + "x" * (bound - 1))
    assert found.is_unsure("/" + "x" * bound)
    assert resources.ResourceMap({"/a/*": 1, re.compile("/b.*"): 2}).values() == (1, 2)

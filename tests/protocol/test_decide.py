"""
`decide()`: the answers, and the invariants that no request breaks.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_corsguard import Decision, Kind, Outcome, Policy, Reason, RequestHead
from flask_corsguard.protocol.compiled import CompiledPolicy
from flask_corsguard.protocol.decide import decide, fail_closed, stronger
from flask_corsguard.protocol.decision import Enforce, printable
from flask_corsguard.protocol.origins import parse_origin

APP = "https://app.example"


def compiled(**options: Any) -> CompiledPolicy:
    return CompiledPolicy(Policy(**{"origins": [APP], **options}), "test")


def ask(policy: CompiledPolicy | None, *, enforce: Enforce = False, **head: Any) -> Decision:
    return decide(policy, RequestHead(**{"method": "GET", **head}), enforce=enforce)


def preflight(policy: CompiledPolicy | None, method: str = "PUT", **head: Any) -> Decision:
    asked = {"method": "OPTIONS", "origin": APP, "request_method": method}
    return ask(policy, **{**asked, **head})


def header(decision: Decision, name: str) -> str | None:
    return dict(decision.headers).get(f"Access-Control-{name}")


REASONS = [
    (Reason.NO_POLICY, ask(None, origin=APP)),
    (Reason.SAME_ORIGIN_ONLY, ask(CompiledPolicy(None, "x"), origin=APP)),
    (Reason.ORIGIN_MALFORMED, ask(compiled(), origin=f"{APP}/")),
    (Reason.ORIGIN_MALFORMED, ask(compiled(), origin="")),
    (Reason.ORIGIN_OPAQUE, ask(compiled(), origin="null")),
    (Reason.ORIGIN_NOT_ALLOWED, ask(compiled(), origin="https://evil.example")),
    (Reason.METHOD_NOT_ALLOWED, preflight(compiled(methods=["PATCH"]), "PUT")),
    (Reason.METHOD_NOT_ALLOWED, preflight(compiled(methods="*"), "TRACE")),
    (Reason.METHOD_NOT_ALLOWED, preflight(compiled(methods="*"), "P T")),
    (Reason.HEADER_NOT_ALLOWED, preflight(compiled(), request_headers="x-a")),
    (
        Reason.HEADER_NOT_ALLOWED,
        preflight(compiled(origins="*", allow_headers="*"), request_headers="authorization"),
    ),
    (Reason.HEADERS_MALFORMED, preflight(compiled(), request_headers="x a")),
    (Reason.STORE_UNAVAILABLE, ask(compiled(origins=lambda *_: 1 / 0), origin=APP)),
]


@pytest.mark.parametrize(("reason", "decision"), REASONS)
def test_every_reason_is_given_where_it_belongs(reason: Reason, decision: Decision) -> None:
    assert decision.reason is reason
    assert decision.outcome is Outcome.REJECTED
    assert reason.why in decision.explanation
    assert reason.fix in decision.explanation


def test_the_reasons_are_all_covered() -> None:
    assert {reason for reason, _ in REASONS} == set(Reason)


def test_an_allowed_request_gets_origin_credentials_and_exposed_headers() -> None:
    decision = ask(compiled(credentials=True, expose_headers=["X-A", "X-B"]), origin=APP)
    assert decision.headers == (
        ("Access-Control-Allow-Origin", APP),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Expose-Headers", "X-A, X-B"),
    )
    assert decision.vary == ("Origin",)
    assert (decision.kind, decision.outcome) == (Kind.ACTUAL, Outcome.ALLOWED)
    assert decision.status is None


def test_a_preflight_answer_lists_all_methods_and_headers() -> None:
    policy = compiled(credentials=True, allow_headers=["X-A", "Authorization"], max_age=0)
    decision = preflight(policy, route_methods=frozenset({"GET", "PUT", "OPTIONS"}))
    assert decision.headers == (
        ("Access-Control-Allow-Origin", APP),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "GET, PUT, OPTIONS"),
        ("Access-Control-Allow-Headers", "X-A, Authorization"),
        ("Access-Control-Max-Age", "0"),
    )
    assert decision.vary == (
        "Origin",
        "Access-Control-Request-Method",
        "Access-Control-Request-Headers",
    )
    assert (decision.status, decision.method) == (204, "PUT")


def test_a_preflight_rejected_by_method_or_header_gets_the_answer_of_an_allowed_one() -> None:
    policy = compiled(methods=["PUT"], allow_headers=["X-A"])
    allowed = preflight(policy, "PUT")
    for rejected in (preflight(policy, "DELETE"), preflight(policy, request_headers="x-b")):
        assert rejected.outcome is Outcome.REJECTED
        assert (rejected.status, rejected.headers) == (allowed.status, allowed.headers)


def test_a_preflight_rejected_by_origin_is_403_without_any_cors_header() -> None:
    decision = preflight(compiled(), origin="https://evil.example")
    assert (decision.status, decision.headers) == (403, ())


def test_a_star_is_sent_always_and_does_not_vary() -> None:
    policy = compiled(origins="*")
    for origin in (None, APP, "null", "not an origin"):
        decision = ask(policy, origin=origin)
        assert header(decision, "Allow-Origin") == "*"
        assert decision.vary == ()


def test_a_star_of_methods_and_headers_is_spelled_out_with_credentials() -> None:
    policy = compiled(methods="*", allow_headers="*", credentials=True)
    decision = preflight(policy, "CHICKEN", request_headers="X-B, x-a")
    assert header(decision, "Allow-Methods") == "GET, HEAD, POST, PUT, PATCH, DELETE, CHICKEN"
    assert header(decision, "Allow-Headers") == "x-b, x-a"
    hostile = preflight(policy, "TRACE", request_headers="x\r\ny")
    assert header(hostile, "Allow-Methods") == "GET, HEAD, POST, PUT, PATCH, DELETE"
    assert header(hostile, "Allow-Headers") is None
    assert header(preflight(policy, "PUT"), "Allow-Headers") is None


def test_a_star_without_credentials_is_a_star_and_authorization_stands_beside_it() -> None:
    policy = compiled(origins="*", methods="*", allow_headers=["*", "Authorization"])
    decision = preflight(policy, "CHICKEN", request_headers="authorization, x-a")
    assert decision.outcome is Outcome.ALLOWED
    assert header(decision, "Allow-Methods") == "*"
    assert header(decision, "Allow-Headers") == "*, Authorization"


def test_nobody_listed_means_nothing_sent_and_nothing_varies() -> None:
    decision = ask(CompiledPolicy(Policy(origins=[]), "x"), origin=APP)
    assert (decision.headers, decision.vary) == ((), ())


def test_max_age_none_says_nothing() -> None:
    assert header(preflight(compiled(max_age=None)), "Max-Age") is None


def test_same_origin_only_answers_a_preflight_with_403_and_lists_no_methods() -> None:
    policy = CompiledPolicy(None, "view 'x'")
    assert preflight(policy).status == 403
    assert policy.answer(None).headers == ()
    assert policy.spelled_out("", "") == ()


def test_an_options_request_that_announces_nothing_is_ordinary() -> None:
    decision = ask(compiled(), method="OPTIONS", origin=APP)
    assert (decision.kind, decision.status) == (Kind.ACTUAL, None)
    assert len(decision.vary) == 3


SAME_ORIGIN = [
    ({"sec_fetch_site": "same-origin", "host": "x"}, True),
    ({"sec_fetch_site": "cross-site", "host": "app.example"}, False),
    ({"host": "app.example"}, True),
    ({"host": "App.Example:443"}, True),
    ({"host": "app.example:8443"}, False),
    ({"host": ""}, False),
    ({"host": "app.example", "origin": "http://app.example"}, True),
    ({"host": "app.example:80", "origin": "https://app.example"}, False),
    ({"host": "app.example", "origin": "app.example"}, False),
    ({"host": "app", "origin": "capacitor://app"}, False),
    ({"host": "", "origin": "https://"}, False),
]


@pytest.mark.parametrize(("head", "same"), SAME_ORIGIN)
def test_a_request_to_its_own_origin_is_no_cors_request(head: dict[str, Any], same: bool) -> None:
    policy = compiled(origins="https://other.example")
    decision = ask(policy, **{"method": "POST", "origin": APP, **head})
    assert (decision.kind is Kind.NOT_CORS) is same
    assert (decision.outcome is Outcome.ALLOWED) is same
    assert decision.headers == ()


def test_headers_depend_on_the_origin_alone_whatever_sec_fetch_site_claims() -> None:
    for site in (None, "same-origin", "none", "cross-site", "nonsense"):
        decision = ask(compiled(), origin=APP, sec_fetch_site=site)
        assert header(decision, "Allow-Origin") == APP


def test_a_text_from_the_client_is_cut_and_escaped() -> None:
    decision = ask(compiled(), origin="<b>\u00e9\x1b" + "x" * 500, path="/\n" + "y" * 500)
    for text in (decision.origin, decision.path):
        assert text is not None
        assert text.isascii()
        assert text.isprintable()
        assert len(text) < 120
    assert printable("a'b") == "a'b"


def test_a_policy_with_a_callable_is_not_static() -> None:
    assert compiled().is_static
    assert not compiled(origins=[lambda *_: True]).is_static


def test_the_stronger_enforcement_counts() -> None:
    strict, trial = compiled(enforce=True), compiled(enforce="report")
    assert stronger(False, None) is False
    assert stronger(False, compiled()) is False
    assert stronger("report", compiled()) == "report"
    assert stronger(False, trial) == "report"
    assert stronger("report", strict) is True
    assert stronger(True, trial) is True


REFUSALS = [
    ({"method": "GET", "sec_fetch_site": "cross-site"}, None),
    ({"method": "GET", "sec_fetch_site": "cross-site", "websocket": True}, "refused"),
    ({"sec_fetch_site": "same-origin", "origin": "https://evil.example"}, None),
    ({"sec_fetch_site": "none"}, None),
    ({"origin": APP, "sec_fetch_site": "cross-site"}, None),
    ({"origin": "https://evil.example", "sec_fetch_site": "cross-site"}, "refused"),
    ({"origin": "https://evil.example", "sec_fetch_site": "same-site"}, "refused"),
    ({"sec_fetch_site": "cross-site"}, "refused"),
    ({"sec_fetch_site": "nonsense"}, "refused"),
    ({}, None),
    ({"origin": "https://api.example", "host": "api.example"}, None),
    ({"origin": "https://evil.example", "host": "api.example"}, "refused"),
    ({"origin": "null"}, "refused"),
]


@pytest.mark.parametrize(("head", "refusal"), REFUSALS)
def test_the_server_refuses_what_the_rule_says(head: dict[str, Any], refusal: str | None) -> None:
    decision = ask(compiled(), enforce=True, **{"method": "POST", **head})
    assert decision.refusal == refusal
    assert decision.status == (403 if refusal else None)
    reported = ask(compiled(), enforce="report", **{"method": "POST", **head})
    assert reported.refusal == (refusal and "reported")
    assert reported.status is None


def test_a_refusal_names_what_was_looked_at_and_a_safe_request_does_not_vary_on_it() -> None:
    assert ask(None, enforce=True, method="POST").vary == ("Origin", "Sec-Fetch-Site")
    assert ask(compiled(), enforce=True).vary == ("Origin",)
    assert "refused" in ask(None, enforce=True, method="POST", origin="null").explanation


def test_an_origin_allowed_by_a_star_alone_is_refused() -> None:
    decision = ask(compiled(origins="*"), enforce=True, method="POST", origin=APP)
    assert decision.refusal == "refused"


def test_an_explanation_names_the_policy_and_the_lack_of_an_origin() -> None:
    text = ask(compiled(name="partners")).explanation
    assert "no origin: allowed" in text
    assert "Policy: partners." in text


origins = st.sampled_from(
    [None, APP, "null", "", "https://evil.example", "https://x.app.example", "*", f"{APP}\r\nx: y"]
) | st.text(max_size=80)
texts = st.none() | st.sampled_from(["PUT", "x-a", "X-A, x-b", ",,", "\r\n", "*"]) | st.text()
heads = st.builds(
    RequestHead,
    method=st.sampled_from(["GET", "POST", "OPTIONS", "PUT", "", "\x00"]),
    path=st.text(max_size=20),
    host=st.sampled_from(["", "app.example", "api.example:443"]) | st.text(max_size=20),
    origin=origins,
    request_method=texts,
    request_headers=texts,
    sec_fetch_site=st.none() | st.sampled_from(["same-origin", "none", "cross-site", "x"]),
    websocket=st.booleans(),
    route_methods=st.none() | st.frozensets(st.sampled_from(["GET", "PUT", "QUERY"])),
)
POLICIES = [
    None,
    CompiledPolicy(None, "same-origin"),
    compiled(),
    compiled(origins="*", methods="*", allow_headers="*", expose_headers="*"),
    compiled(origins=["https://*.app.example", APP], credentials=True, methods="*"),
    compiled(allow_headers="*", credentials=True),
    compiled(origins=[re.compile(r"https://(a|b)\.app\.example")], credentials=True),
    compiled(origins=[lambda *_: True]),
    compiled(origins=[lambda *_: None]),
    compiled(origins=[lambda *_: 1 / 0]),
]


@given(st.sampled_from(POLICIES), heads, st.sampled_from([False, True, "report"]))
def test_no_request_breaks_the_invariants(
    policy: CompiledPolicy | None, head: RequestHead, enforce: Enforce
) -> None:
    decision = decide(policy, head, enforce=enforce)
    names = [name for name, _ in decision.headers]
    assert len(names) == len(set(names))
    for name, value in decision.headers:
        assert value.isascii(), name
        assert value.isprintable(), name
    allowed = header(decision, "Allow-Origin")
    assert allowed in {None, "*", head.origin}
    if allowed not in {None, "*"}:
        assert str(parse_origin(allowed or "")) == head.origin
        assert "Origin" in decision.vary
    if allowed == "*":
        assert header(decision, "Allow-Credentials") is None
    if allowed is None:
        assert decision.headers == ()
    assert (decision.reason is None) is (decision.outcome is Outcome.ALLOWED)


@given(st.sampled_from(POLICIES), heads, origins)
def test_answers_that_differ_by_origin_vary_on_it(
    policy: CompiledPolicy | None, head: RequestHead, other: str | None
) -> None:
    fields = {name: getattr(head, name) for name in RequestHead.__slots__}
    one, two = decide(policy, head), decide(policy, RequestHead(**{**fields, "origin": other}))
    if (one.headers, one.status) != (two.headers, two.status):
        assert "Origin" in one.vary
        assert "Origin" in two.vary


def test_a_method_longer_than_any_is_neither_allowed_nor_repeated() -> None:
    for policy in (compiled(methods="*"), compiled(methods="*", credentials=True)):
        decision = preflight(policy, "M" * 65)
        assert decision.reason is Reason.METHOD_NOT_ALLOWED
        assert "MM" not in (header(decision, "Allow-Methods") or "")
        assert preflight(policy, "M" * 64).outcome is Outcome.ALLOWED


@given(st.sampled_from([p for p in POLICIES if p is not None and p.is_static]), origins)
def test_the_quick_headers_are_those_of_the_decision(
    policy: CompiledPolicy, origin: str | None
) -> None:
    decision = decide(policy, RequestHead(method="GET", origin=origin))
    vary = ("Vary", ", ".join(decision.vary))
    assert policy.quick_headers(origin) == (*decision.headers, *([vary] if decision.vary else []))


def test_the_time_is_told_if_somebody_wants_to_know() -> None:
    head = RequestHead(method="GET", origin=APP)
    assert decide(compiled(), head).seconds is None
    assert decide(compiled(), head, timer=lambda: 0.25).seconds == 0.25


class Memory:
    """A store that allows one origin, and remembers it when a test says so."""

    def __init__(self) -> None:
        self.knows = False

    def allows(self, origin: str, head: RequestHead) -> bool:
        return origin == APP

    def remembers(self, origin: str) -> bool:
        return self.knows


def test_there_are_no_quick_headers_where_a_store_has_to_be_asked() -> None:
    store, listed, stranger = Memory(), "https://listed.example", "https://evil.example"
    policy = compiled(origins=[store, listed])
    assert policy.quick_headers(None) == (("Vary", "Origin"),)
    assert policy.quick_headers(listed) == policy.shared_with(listed)
    for asks in (False, True):
        if asks:
            assert ask(policy, origin=APP).outcome is Outcome.ALLOWED
            assert ask(policy, origin=stranger).outcome is Outcome.REJECTED
        for store.knows in (False, True):
            quick = policy.shared_with(APP) if asks and store.knows else None
            assert policy.quick_headers(APP) == quick
            assert policy.quick_headers(stranger) is None


@given(
    st.sampled_from([p for p in POLICIES if p is not None and p.is_static]),
    origins.filter(lambda origin: origin is not None),
    st.sampled_from(["GET", "PUT", "patch", "QUERY", "TRACE", "a b", ""]),
    st.sampled_from(["", "x-a", "X-A, content-type", "x-a,,", "bad name", "authorization"]),
    st.sampled_from([None, frozenset({"GET", "PUT"})]),
)
def test_the_quick_answer_to_a_preflight_is_that_of_the_decision(
    policy: CompiledPolicy,
    origin: str,
    method: str,
    names: str,
    route_methods: frozenset[str] | None,
) -> None:
    head = RequestHead(
        method="OPTIONS",
        origin=origin,
        request_method=method,
        request_headers=names,
        route_methods=route_methods,
    )
    decision = decide(policy, head)
    allowed = policy.permits(origin)
    assert allowed == (decision.status == 204)
    answer = policy.preflight_headers(origin, method, names, route_methods)
    assert (answer if allowed else policy.refused) == (
        *decision.headers,
        ("Vary", ", ".join(decision.vary)),
    )


def test_a_decision_that_fails_is_a_rejection_and_a_refusal_where_anything_is_enforced() -> None:
    request = RequestHead(method="POST", origin=APP)
    closed = fail_closed(request, enforce=False)
    assert (closed.reason, closed.headers, closed.status) == (Reason.STORE_UNAVAILABLE, (), None)
    refused = fail_closed(request, enforce=True)
    assert (refused.refusal, refused.status) == ("refused", 403)
    asked = RequestHead(method="OPTIONS", origin=APP, request_method="PUT")
    assert fail_closed(asked, enforce=True).status == 403
    assert len(fail_closed(asked, enforce=True).vary) == 3
    assert fail_closed(RequestHead(method="GET"), enforce=True).origin is None

"""
The way of a request, told step by step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus

from ..protocol.compiled import CompiledPolicy
from ..protocol.decision import Reason
from ..protocol.fields import SAFELISTED_METHODS
from ..protocol.origins import parse_origin
from ..protocol.patterns import EVERYBODY, candidates
from ..testing.call import Call
from ..testing.message import is_redirect
from .explanation import Step
from .governing import Governing, Source, describe_rule
from .standin import Answered

__all__ = ["answer_steps", "call_steps"]

_BY_PREFLIGHT = frozenset(
    {Reason.METHOD_NOT_ALLOWED, Reason.HEADER_NOT_ALLOWED, Reason.HEADERS_MALFORMED}
)
_WHY = {
    Source.VIEW: "its own mark goes before blueprints, path rules and the guard's options",
    Source.BLUEPRINT: "the blueprint's mark goes before path rules and the guard's options",
    Source.RULE: "a path rule goes before the guard's options, and the most specific one wins",
    Source.GUARD: "no view, blueprint or path rule says anything else",
}


def call_steps(call: Call) -> Iterator[Step]:
    """
    Tell what a browser makes of a call before it sends anything.

    Args:
        call: The request that script asks for.
    """
    page, url = call.origin, call.url.origin
    if call.is_same_origin:
        text = f"The page and the URL are both of {page}: that is no CORS request."
        yield Step(title="Origins", text=text, ok=True)
        return
    yield Step(title="Origins", text=f"The page is of {page}, the URL of {url}: a CORS request.")
    yield Step(title="Preflight", text=_why_preflight(call))


def answer_steps(answered: Answered, governing: Governing, call: Call) -> Iterator[Step]:
    """
    Tell how the guard comes to one answer.

    Args:
        answered: The request and its answer.
        governing: What governs it.
        call: What script asked for.
    """
    what = "Preflight" if answered.head.is_preflight else "Request"
    yield Step(title="Route", text=f"{what}: {_route(answered)}")
    yield Step(title="Policy", text=_policy(answered, governing), ok=_is_governed(answered))
    if answered.policy is not None and answered.head.origin is not None:
        yield from _checks(answered, answered.policy, call)
    yield from _enforcement(answered)
    yield Step(title="Answer", text=_answer(answered))


def _why_preflight(call: Call) -> str:
    reasons: list[str] = []
    if call.method not in SAFELISTED_METHODS:
        reasons.append(f"{call.method} is not GET, HEAD or POST")
    if call.unsafe_names:
        names = ", ".join(call.unsafe_names)
        reasons.append(f"no form could send the header{'s'[: len(call.unsafe_names) - 1]} {names}")
    if not reasons:
        return (
            f"None: a form could send this {call.method}, too, so the browser sends it at once. "
            "The server's answer decides what script may read, not whether the view runs."
        )
    return f"The browser asks first, because {' and '.join(reasons)}."


def _route(answered: Answered) -> str:
    routed, method, path = answered.routed, answered.method, answered.head.path
    if routed.endpoint is not None:
        return f"{method} {path} leads to the endpoint {routed.endpoint!r}."
    if routed.methods:
        methods = ", ".join(routed.methods)
        return f"{path} has no {method}, only {methods}: the application answers 405."
    if is_redirect(routed.status):
        return f"{method} {path} is redirected ({routed.status}) to {routed.location}."
    near = f" Did you mean {routed.near}?" if routed.near else ""
    return f"{method} {path} leads nowhere: the application answers {routed.status}.{near}"


def _is_governed(answered: Answered) -> bool | None:
    return None if answered.head.origin is None else answered.policy is not None


def _policy(answered: Answered, governing: Governing) -> str:
    if governing.source is Source.NONE:
        return "Nothing governs this URL: no view, blueprint, path rule or guard says a word."
    why = _WHY[governing.source]
    over = f" Passed over: {', '.join(governing.passed_over)}." if governing.passed_over else ""
    named = f", called {governing.policy!r}" if governing.policy != governing.place else ""
    text = f"{governing.place} governs it{named}: {why}.{over}"
    if answered.head.is_preflight:
        text += f" A preflight is governed by what the {answered.method} to come is governed by."
    return text


def _checks(answered: Answered, policy: CompiledPolicy, call: Call) -> Iterator[Step]:
    head, reason = answered.head, answered.decision.reason
    origin = head.origin or ""
    raw, detail = policy.check_origin(head)
    if head.is_same_origin and raw is not None:
        text = f"{origin} is the server's own origin: not reported, not refused, no header."
        yield Step(title="Origin", text=text)
        return
    if raw is not None:
        yield Step(title="Origin", text=f"{origin}: {raw.why} {detail}".strip(), ok=False)
        return
    yield Step(title="Origin", text=f"{origin} is allowed by {_matching(policy, head)}.", ok=True)
    if head.is_preflight:
        yield from _preflight_checks(answered, reason)
    if call.credentials == "include":
        yield _credentials(policy)


def _matching(policy: CompiledPolicy, head: object) -> str:
    """
    Name the rule that allows an origin.
    """
    text = getattr(head, "origin", None) or ""
    parsed = parse_origin(text)
    spellings = set(candidates(parsed)) if parsed else set[str]()
    rules = policy.policy.origins if policy.policy else ()
    for rule in rules:
        if rule == EVERYBODY or (isinstance(rule, str) and rule in spellings):
            return repr(rule)
        if isinstance(rule, re.Pattern) and rule.fullmatch(text):
            return describe_rule(rule)
    asked = [describe_rule(rule) for rule in rules if not isinstance(rule, str | re.Pattern)]
    return " or ".join(asked) or "the policy"


def _preflight_checks(answered: Answered, reason: Reason | None) -> Iterator[Step]:
    method, names = answered.method, answered.head.request_headers
    detail = answered.decision.detail
    if reason is Reason.METHOD_NOT_ALLOWED:
        upper = " Methods are case-sensitive." if method != method.upper() else ""
        yield Step(title="Method", text=f"{method}: {reason.why}{upper}", ok=False)
        return
    yield Step(title="Method", text=f"{method} is allowed.", ok=True)
    if reason is not None and reason in _BY_PREFLIGHT:
        yield Step(title="Headers", text=f"{detail}: {reason.why}", ok=False)
    elif names:
        yield Step(title="Headers", text=f"{names}: all are allowed.", ok=True)


def _credentials(policy: CompiledPolicy) -> Step:
    if policy.policy is not None and policy.policy.credentials:
        return Step(title="Credentials", text="The policy allows credentials.", ok=True)
    text = "Script asks with credentials, and the policy does not allow them."
    return Step(title="Credentials", text=text, ok=False)


def _enforcement(answered: Answered) -> Iterator[Step]:
    refusal = answered.decision.refusal
    if refusal is not None:
        what = "refuses it with 403" if refusal == "refused" else "would refuse it (report only)"
        text = f"The server {what}: it may change something and comes from no listed origin."
        yield Step(title="Enforcement", text=text, ok=refusal != "refused")


def _answer(answered: Answered) -> str:
    ours = answered.decision.status is not None
    who = "The guard answers" if ours else "The application answers"
    status = str(answered.status)
    if not ours and answered.head.is_preflight:
        status = f"{status} by itself"
    elif not ours and answered.routed.endpoint is not None and answered.status == HTTPStatus.OK:
        status = "what its view says"
    headers = "; ".join(f"{name}: {value}" for name, value in answered.headers)
    return f"{who} {status}, with {headers or 'no CORS header'}."

"""
`decide()`: the one procedure that says what a request gets.

Pure: a compiled policy and a request head in, a `Decision` out; no framework, no clock, no log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from .compiled import OPTIONS_VARY, CompiledPolicy
from .decision import Decision, Enforce, Headers, Kind, Outcome, Reason, RequestHead, printable

__all__ = ["decide", "fail_closed", "stronger"]

_ENFORCE_VARY = ("Origin", "Sec-Fetch-Site")
_ORIGIN_REASONS = frozenset(
    set(Reason) - {Reason.METHOD_NOT_ALLOWED, Reason.HEADER_NOT_ALLOWED, Reason.HEADERS_MALFORMED}
)


def decide(
    policy: CompiledPolicy | None,
    head: RequestHead,
    *,
    enforce: Enforce = False,
    checked: tuple[Reason | None, str] | None = None,
    timer: Callable[[], float] | None = None,
) -> Decision:
    """
    Decide about one request.

    Args:
        policy: What governs the URL that is asked about; None if nothing does.
        head: The request.
        enforce: Whether disallowed requests are refused on the server (design: enforcement).
        checked: What `check_origin` of the policy has said, if it was asked already.
        timer: Gives the seconds that it has taken, if somebody wants to know.

    Returns:
        What to send, and why. See https://fetch.spec.whatwg.org/#http-cors-protocol.
    """
    reason, detail = checked or _check(policy, head)
    refusal = _refusal(policy, head, reason, enforce)
    preflight = head.is_preflight
    status = (403 if reason in _ORIGIN_REASONS else 204) if preflight and policy else None
    same_origin = head.is_same_origin
    return Decision(
        kind=_kind(head, same_origin=same_origin),
        # What a browser sends to its own origin is no CORS request, whatever it says.
        outcome=Outcome.ALLOWED if reason is None or same_origin else Outcome.REJECTED,
        reason=None if same_origin else reason,
        policy=policy.label if policy else None,
        method=printable((head.request_method or "") if preflight else head.method),
        path=printable(head.path),
        origin=None if head.origin is None else printable(head.origin),
        detail="" if same_origin else printable(detail),
        headers=_headers(policy, head, reason) if policy else (),
        vary=_vary(policy, head, enforce),
        status=403 if refusal == "refused" else status,
        refusal=refusal,
        seconds=timer() if timer else None,
    )


def fail_closed(head: RequestHead, *, enforce: bool) -> Decision:
    """
    Decide about a request where deciding itself has failed.

    Args:
        head: The request.
        enforce: Whether anything is enforced anywhere: then it is here.
    """
    refused = enforce and not head.is_safe
    return Decision(
        kind=_kind(head, same_origin=False),
        outcome=Outcome.REJECTED,
        reason=Reason.STORE_UNAVAILABLE,
        policy="closed by an error",
        method=printable(head.method),
        path=printable(head.path),
        origin=None if head.origin is None else printable(head.origin),
        vary=OPTIONS_VARY if head.method == "OPTIONS" else _ENFORCE_VARY,
        status=403 if refused or head.is_preflight else None,
        refusal="refused" if refused else None,
    )


def stronger(enforce: Enforce, policy: CompiledPolicy | None) -> Enforce:
    """
    Take the stronger of what a guard and the governing policy say about enforcement.

    Args:
        enforce: What the guard says.
        policy: What governs the URL.
    """
    said = {enforce, policy.enforce if policy else False}
    if True in said:
        return True
    return "report" if "report" in said else False


def _check(policy: CompiledPolicy | None, head: RequestHead) -> tuple[Reason | None, str]:
    """
    Run the checks in the order in which a browser does.
    """
    if head.origin is None:
        return None, ""
    if policy is None:
        return Reason.NO_POLICY, ""
    reason, detail = policy.check_origin(head)
    if reason is None and head.is_preflight:
        return policy.check_preflight(head)
    return reason, detail


def _kind(head: RequestHead, *, same_origin: bool) -> Kind:
    if head.origin is None or same_origin:
        return Kind.NOT_CORS
    return Kind.PREFLIGHT if head.is_preflight else Kind.ACTUAL


def _headers(policy: CompiledPolicy, head: RequestHead, reason: Reason | None) -> Headers:
    """
    Choose the CORS response headers: by `Origin` alone, whatever other headers claim.

    A preflight that is rejected by method or header gets the same answer as one that passes: it
    does not list what was asked for, so the browser itself names what is missing.
    """
    if head.origin is None or reason in _ORIGIN_REASONS:
        return policy.denied
    granted = policy.granted(head.origin)
    if not head.is_preflight:
        return granted
    spelled_out = policy.spelled_out(head.request_method or "", head.request_headers or "")
    return granted[:1] + policy.answer(head.route_methods).headers + spelled_out


def _vary(policy: CompiledPolicy | None, head: RequestHead, enforce: Enforce) -> tuple[str, ...]:
    if policy is not None and head.method == "OPTIONS":
        return OPTIONS_VARY
    if enforce is True and not head.is_safe:
        return _ENFORCE_VARY
    return policy.vary if policy is not None else ()


def _refusal(
    policy: CompiledPolicy | None, head: RequestHead, reason: Reason | None, enforce: Enforce
) -> Literal["refused", "reported"] | None:
    """
    Tell whether the server itself refuses a request; the order of the steps is the rule.
    """
    # A tuple is compared, a set would hash: a client's text of a megabyte is not to be read.
    if enforce is False or head.is_safe or head.sec_fetch_site in ("same-origin", "none"):
        return None
    if policy is not None and not policy.everybody and head.origin is not None and reason is None:
        return None
    if head.sec_fetch_site is None and (head.origin is None or head.origin_is_host):
        return None
    return "reported" if enforce == "report" else "refused"

"""
The smallest change that would allow a request, tried out before it is recommended.

One obstacle is removed after the other, each on paper: the policy that governs is made again with
one option changed, by the guard's own rules, so what these refuse is never recommended.
"""

from __future__ import annotations

from typing import TypeAlias, cast

from flask import Flask

from ..errors import PolicyError
from ..protocol.compiled import CompiledPolicy
from ..protocol.decision import Reason
from ..protocol.fields import DEFAULT_METHODS, sort_methods
from ..protocol.patterns import EVERYBODY
from ..protocol.policy import Policy
from ..routing import Plan
from ..testing.errors import CORSError
from ..testing.faults import Check
from .asked import Asked
from .attempt import Attempt, attempt
from .explanation import Change, Remedy, Wisdom
from .governing import Source, describe_rule, governing
from .standin import Amendment, Answered
from .wisdom import Judgement, about_credentials, about_headers, about_method, about_origin

__all__ = ["find_remedy", "options_of"]

_MOST_CHANGES = 5
_OPTIONS = (
    "origins",
    "methods",
    "allow_headers",
    "expose_headers",
    "credentials",
    "max_age",
    "enforce",
    "name",
    "dangerously_allow_insecure_origins",
    "dangerously_allow_public_suffixes",
)
_ABOUT_ORIGIN = frozenset({Reason.ORIGIN_NOT_ALLOWED, Reason.SAME_ORIGIN_ONLY, Reason.NO_POLICY})
_Proposed: TypeAlias = "tuple[Change, Amendment | None] | str"
"""A change and what it amounts to, None if the guard refuses it; or what to do instead."""

_INSTEAD = {
    Reason.ORIGIN_OPAQUE: "Serve the page from an origin of its own: 'null' can be anybody.",
    Reason.ORIGIN_MALFORMED: "Find out what changes the Origin header on its way.",
    Reason.HEADERS_MALFORMED: "Have the client ask for fewer headers.",
    Reason.STORE_UNAVAILABLE: "Bring back what decides about origins; its error is in the log.",
}


def options_of(policy: Policy) -> dict[str, object]:
    """
    Give a policy's options, as they could be written again.

    Args:
        policy: The policy.
    """
    return {name: getattr(policy, name) for name in _OPTIONS}


def find_remedy(app: Flask, plan: Plan, asked: Asked, base: str) -> Remedy:
    """
    Find what would let a request pass.

    Args:
        app: The application.
        plan: What governs its routes.
        asked: A request that does not pass.
        base: What a path is relative to.
    """
    changes: list[Change] = []
    amendment = Amendment()
    for _ in range(_MOST_CHANGES):
        tried = attempt(app, plan, asked, base, amendment=amendment)
        if tried.passes:
            return Remedy(changes=tuple(changes), helps=True)
        proposal = _Proposal(app, plan, asked, tried).make()
        if isinstance(proposal, str):
            return Remedy(changes=tuple(changes), instead=proposal)
        change, more = proposal
        changes.append(change)
        if more is None:
            return Remedy(changes=tuple(changes))
        amendment = _both(amendment, more)
    return Remedy(changes=tuple(changes))


def _both(one: Amendment, more: Amendment) -> Amendment:
    return Amendment(policy=more.policy or one.policy, methods=one.methods | more.methods)


class _Proposal:
    """
    Propose how to remove the obstacle that one attempt has met.
    """

    def __init__(self, app: Flask, plan: Plan, asked: Asked, tried: Attempt) -> None:
        self._app = app
        self._plan = plan
        self._asked = asked
        self._error = tried.error
        # A browser stops at the obstacle, so the last answer is the one at fault.
        self._last = tried.answered[-1] if tried.answered else None

    def make(self) -> _Proposed:
        """
        Give a change and what it amounts to, or what to do where no change of a policy helps.
        """
        last, error = self._last, self._error
        if last is None:
            return error.fix if error else "Ask for an http(s) URL."
        reason = last.decision.reason
        if error is not None and error.check is Check.PREFLIGHT_REDIRECT:
            return f"Ask for {last.routed.location} directly: a preflight may not be redirected."
        if reason is not None and reason in _INSTEAD:
            return _INSTEAD[reason]
        if reason in _ABOUT_ORIGIN or (error is None and last.policy is not None):
            return self._allow_origin(last)
        if reason is Reason.METHOD_NOT_ALLOWED:
            return self._allow_method(last)
        if reason is Reason.HEADER_NOT_ALLOWED:
            return self._allow_headers(last)
        return self._by_check(last, error)

    def _by_check(self, last: Answered, error: CORSError | None) -> _Proposed:
        """
        Look at what the browser objects to where the guard has nothing against it.
        """
        if error is None:
            return "Nothing has to change."
        if error.check is Check.ALLOW_CREDENTIALS:
            return self._change(last, about_credentials(last.policy), credentials=True)
        if error.check is Check.ALLOW_ORIGIN_WILDCARD:
            judged = about_credentials(last.policy)
            return self._change(last, judged, origins=[self._asked.origin], credentials=True)
        return error.fix

    def _allow_origin(self, last: Answered) -> _Proposed:
        origin, policy = last.head.origin or "", last.written
        if last.decision.reason is Reason.NO_POLICY or last.policy is None:
            return self._new_policy(last, origin)
        if policy is None:
            return self._reopen(last, origin)
        judged = about_origin(origin, policy)
        if policy.origins == (EVERYBODY,):  # enforced, and `*` is nobody in particular
            return self._change(last, judged, origins=[origin])
        return self._change(last, judged, origins=[*policy.origins, origin])

    def _new_policy(self, last: Answered, origin: str) -> _Proposed:
        options: dict[str, object] = {"origins": [origin]}
        names = self._asked.call(f"https://{last.head.host or 'api.example'}").unsafe_names
        if names:
            options["allow_headers"] = list(names)
        if self._asked.credentials:
            options["credentials"] = True
        place, pattern = "CORSGuard(...)", last.head.path
        write = f"resources={{{pattern!r}: {_written(options, as_dict=True)}}}"
        if last.endpoint is not None:
            place = f"view {last.endpoint!r}"
            write = f"@cross_origin({_written(options)})"
        return self._finish(place, write, about_origin(origin, None), options)

    def _reopen(self, last: Answered, origin: str) -> _Proposed:
        options: dict[str, object] = {"origins": [origin]}
        if self._asked.credentials:
            options["credentials"] = True
        judged = Judgement(
            wise=Wisdom.NO,
            because="Somebody has closed it on purpose; ask why before you open it.",
        )
        label = last.policy.label if last.policy else ""
        write = f"@cross_origin({_written(options)}) instead of @same_origin"
        return self._finish(label, write, judged, options)

    def _allow_method(self, last: Answered) -> _Proposed:
        method, policy = last.method, last.written
        judged = about_method(method, policy)
        if method != method.upper() and method.upper() in _known_methods(last, policy):
            return f"Write method: {method.upper()!r} in script: methods are case-sensitive."
        if policy is None:
            return "Remove @same_origin."
        if policy.methods is not None:
            return self._change(last, judged, methods=[*policy.methods, method])
        if last.head.route_methods is None:
            return self._change(last, judged, methods=[*_known_methods(last, policy), method])
        place = f"the route of {last.endpoint!r}" if last.endpoint else f"a route for {last.path}"
        change = Change(
            place=place,
            write=f"methods=[..., {method!r}]",
            wise=judged.wise,
            because=judged.because,
        )
        return change, Amendment(methods=frozenset({method}))

    def _allow_headers(self, last: Answered) -> _Proposed:
        policy = last.written
        if policy is None:
            return "Remove @same_origin."
        names = [_titled(name) for name in last.decision.detail.split(", ")]
        return self._change(
            last, about_headers(names), allow_headers=[*policy.allow_headers, *names]
        )

    def _change(self, last: Answered, judged: Judgement, **options: object) -> _Proposed:
        """
        Change options of the policy that governs.
        """
        policy = last.written
        if policy is None:
            return "Remove @same_origin."
        if judged.instead:
            change = Change(
                place="CORSGuard(...)",
                write=judged.instead,
                wise=judged.wise,
                because=judged.because,
            )
            return change, self._amendment(replace_options(policy, **options))
        return self._finish(
            self._place(last), _written(options), judged, {**options_of(policy), **options}
        )

    def _finish(
        self, place: str, write: str, judged: Judgement, options: dict[str, object]
    ) -> _Proposed:
        """
        Hold the changed policy against the guard's rules.
        """
        try:
            policy = Policy(**options)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        except PolicyError as error:
            said = " ".join(f"{p.shown} {p.why}. {p.fix}" for p in error.problems)
            because = f"The guard refuses it: {said}"
            return Change(place=place, write=write, wise=Wisdom.NO, because=because), None
        change = Change(place=place, write=write, wise=judged.wise, because=judged.because)
        return change, self._amendment(policy)

    def _amendment(self, policy: Policy | None) -> Amendment | None:
        return Amendment(policy=CompiledPolicy(policy, "amended")) if policy else None

    def _place(self, last: Answered) -> str:
        found = governing(
            self._app,
            self._plan,
            last.policy,
            endpoint=last.endpoint,
            method=last.method,
            path=last.path,
        )
        if last.policy is not None and found.source in {Source.VIEW, Source.BLUEPRINT, Source.RULE}:
            named = last.policy.label
            if named in self._plan.settings.policies:
                return f"policies[{named!r}]"
        return found.place


def replace_options(policy: Policy, **options: object) -> Policy | None:
    """
    Make a policy again with some options changed; None if the guard refuses it.
    """
    try:
        return Policy(**{**options_of(policy), **options})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    except PolicyError:
        return None


def _known_methods(last: Answered, policy: Policy | None) -> tuple[str, ...]:
    """
    Name the methods that pass already.
    """
    if policy is not None and policy.methods is not None:
        return policy.methods
    return tuple(sort_methods(last.head.route_methods or frozenset(DEFAULT_METHODS)))


def _written(options: dict[str, object], *, as_dict: bool = False) -> str:
    """
    Write options as Python.
    """
    if as_dict:
        pairs = ", ".join(f"{name!r}: {_value(value)}" for name, value in options.items())
        return f"{{{pairs}}}"
    return ", ".join(f"{name}={_value(value)}" for name, value in options.items())


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_element(each) for each in cast('list[object]', value))}]"
    return repr(value)


def _element(value: object) -> str:
    return repr(value) if isinstance(value, str) else describe_rule(value)


def _titled(name: str) -> str:
    """
    Write a header's name as people do.
    """
    return "-".join(part.capitalize() for part in name.split("-"))

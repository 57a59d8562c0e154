"""
`CompiledPolicy`: the answers to every request that a policy can govern, computed ahead of time.
"""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from dataclasses import dataclass

from .decision import Enforce, Headers, Reason, RequestHead
from .fields import (
    DEFAULT_METHODS,
    SAFELISTED_METHODS,
    may_be_announced,
    parse_header_names,
    sort_methods,
)
from .origins import MAX_ORIGIN_BYTES, parse_origin
from .patterns import EVERYBODY, OriginIndex
from .policy import Policy

__all__ = ["ALLOW_ORIGIN", "OPTIONS_VARY", "CompiledPolicy", "PreflightAnswer"]

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
_ALLOW_METHODS = "Access-Control-Allow-Methods"
_ALLOW_HEADERS = "Access-Control-Allow-Headers"
_EVERYBODY = (ALLOW_ORIGIN, EVERYBODY)
_DEFAULT_METHODS = frozenset(DEFAULT_METHODS)

OPTIONS_VARY = ("Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers")
"""What every answer to `OPTIONS` on a governed URL varies on."""

_OPTIONS_VARY_FIELD = ("Vary", ", ".join(OPTIONS_VARY))


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightAnswer:
    """
    Hold what a preflight to routes with one set of methods is answered.

    Attributes:
        methods: What may be announced besides the safelisted methods; holds `*` for all.
        headers: The constant part of the answer, without the origin.
        tail: The same, with `Vary`.
    """

    methods: frozenset[str]
    headers: Headers
    tail: Headers


class CompiledPolicy:
    """
    Answer for a policy by look-ups.

    Attributes:
        policy: What was asked for; None for `@same_origin`.
        label: The policy's name, or the place where it was written.
        everybody: Whether it answers `*`, to whomever.
        vary: The names for `Vary`; empty where the answer does not depend on the origin.
        is_static: Whether it depends on nothing but the request's headers, now and later.
        enforce: Whether disallowed requests are refused on the server.
        listed: The origins that are allowed as they stand; empty where everybody is.
        shared: What every allowed origin gets, besides itself, with `Vary`.
        denied: The CORS response headers where there is no origin, or none that is allowed.
        refused: The same to a preflight, with `Vary`.
        unasked: The same to every other request, with `Vary`.
    """

    __slots__ = (
        "_answers",
        "_common",
        "_index",
        "_names",
        "_spells_out",
        "denied",
        "enforce",
        "everybody",
        "is_static",
        "label",
        "listed",
        "policy",
        "refused",
        "shared",
        "unasked",
        "vary",
    )

    def __init__(self, policy: Policy | None, label: str, *, enforce: Enforce = False) -> None:
        """
        Compute the answers.

        Args:
            policy: A sound policy, or None for `@same_origin`.
            label: What to call it where it has no name.
            enforce: What counts where there is no policy to say.
        """
        self.policy: Policy | None = policy
        self.label: str = (policy and policy.name) or label
        origins = policy.origins if policy else ()
        self.everybody: bool = EVERYBODY in origins
        self._index = OriginIndex(rule for rule in origins if rule != EVERYBODY)
        self.listed: frozenset[str] = frozenset() if self.everybody else self._index.exact
        self.vary: tuple[str, ...] = ("Origin",) if self._index else ()
        self.is_static: bool = self._index.is_static
        self.enforce: Enforce = policy.enforce if policy else enforce
        self._common = _common_headers(policy) + _expose_headers(policy) if policy else ()
        self.denied: Headers = (_EVERYBODY, *self._common) if self.everybody else ()
        vary: Headers = (("Vary", "Origin"),) if self.vary else ()
        self.unasked: Headers = (*self.denied, *vary)
        self.refused: Headers = (*self.denied, _OPTIONS_VARY_FIELD)
        self.shared: Headers = (*self._common, *vary)
        names = policy.allow_headers if policy else ()
        self._names = frozenset(name.lower() for name in names)
        stars = policy is not None and "*" in {*(policy.methods or ()), *policy.allow_headers}
        self._spells_out = policy is not None and policy.credentials and stars
        self._answers: dict[frozenset[str] | None, PreflightAnswer] = {}

    def labelled(self, label: str) -> CompiledPolicy:
        """
        Give the same policy for another place where it was written.

        Args:
            label: The place; it counts where the policy has no name.
        """
        if label == self.label or (self.policy is not None and self.policy.name):
            return self
        other = copy(self)
        other.label = label
        return other

    def check_text(self, text: str) -> Reason | None:
        """
        Tell why an origin is rejected by all rules but the callables, or that it is not.

        Args:
            text: The value of an `Origin` header.
        """
        if self.everybody or self._index.lists(text):
            return None
        if self.policy is None:
            return Reason.SAME_ORIGIN_ONLY
        if text == "null":
            return Reason.ORIGIN_OPAQUE
        origin = parse_origin(text)
        if origin is None:
            return Reason.ORIGIN_MALFORMED
        return None if self._index.allows(origin) else Reason.ORIGIN_NOT_ALLOWED

    def check_origin(self, head: RequestHead) -> tuple[Reason | None, str]:
        """
        Tell why the origin of a request is rejected, or that it is not.

        Args:
            head: A request with an origin.

        Returns:
            A reason and a detail for people; None if the origin is allowed. A callable that
            raises is `STORE_UNAVAILABLE`, never an exception.
        """
        text = head.origin or ""
        if not self._index.was_allowed(text):
            reason = self.check_text(text)
            if reason is not Reason.ORIGIN_NOT_ALLOWED or self.is_static:
                return reason, ""
        try:
            return (None if self._index.asks(text, head) else Reason.ORIGIN_NOT_ALLOWED), ""
        except Exception as error:  # noqa: BLE001 - a user's code; a failure is a rejection
            return Reason.STORE_UNAVAILABLE, _described(error)

    def granted(self, origin: str) -> Headers:
        """
        Give the CORS response headers for an allowed origin; not those of a preflight.

        Args:
            origin: An origin that has passed `check_origin`.
        """
        return self.denied if self.everybody else ((ALLOW_ORIGIN, origin), *self._common)

    def permits(self, origin: str) -> bool:
        """
        Tell whether all rules but the callables allow an origin; `check_text` says why not.

        Args:
            origin: The value of an `Origin` header.
        """
        return self.everybody or self._index.permits(origin)

    def quick_headers(self, origin: str | None) -> Headers | None:
        """
        Give the response headers to what is no preflight, `Vary` among them.

        It is what `decide()` says, without saying why.

        Args:
            origin: The value of an `Origin` header, or None.

        Returns:
            The headers; None where a callable has to be asked.
        """
        if origin is None or self.everybody:
            return self.unasked
        # The length is looked at first: hashing a megabyte is work.
        if len(origin) <= MAX_ORIGIN_BYTES and origin in self.listed:
            return ((ALLOW_ORIGIN, origin), *self.shared)
        if self._index.permits(origin):
            return self.shared_with(origin)
        if self.is_static:
            return self.unasked
        return self.shared_with(origin) if self._index.remembers(origin) else None

    def shared_with(self, origin: str) -> Headers:
        """
        Give the response headers for an allowed origin to what is no preflight, with `Vary`.

        Args:
            origin: An origin that is allowed.
        """
        return self.unasked if self.everybody else ((ALLOW_ORIGIN, origin), *self.shared)

    def preflight_headers(
        self, origin: str, method: str, names: str, route_methods: frozenset[str] | None
    ) -> Headers:
        """
        Give the response headers to a preflight from an allowed origin, `Vary` among them.

        Whether a method or a header is allowed makes no difference to the answer: it lists what
        is, and the browser draws its conclusions.

        Args:
            origin: The value of its `Origin` header.
            method: What `Access-Control-Request-Method` says.
            names: What `Access-Control-Request-Headers` says.
            route_methods: The methods of the route that is asked about; None without a route.
        """
        allowed = _EVERYBODY if self.everybody else (ALLOW_ORIGIN, origin)
        answer = self.answer(route_methods)
        if not self._spells_out:
            return (allowed, *answer.tail)
        return (allowed, *answer.headers, *self.spelled_out(method, names), _OPTIONS_VARY_FIELD)

    def check_preflight(self, head: RequestHead) -> tuple[Reason | None, str]:
        """
        Tell why what a preflight announces is rejected, or that it is not.

        See https://fetch.spec.whatwg.org/#cors-preflight-fetch, steps 7.6 to 7.8.
        """
        method = head.request_method or ""
        if not self.allows_method(method, head.route_methods):
            return Reason.METHOD_NOT_ALLOWED, method
        names = parse_header_names(head.request_headers or "")
        if names is None:
            return Reason.HEADERS_MALFORMED, head.request_headers or ""
        unknown = [name for name in names if not self._allows_header(name)]
        return (Reason.HEADER_NOT_ALLOWED, ", ".join(unknown)) if unknown else (None, "")

    def answer(self, route_methods: frozenset[str] | None) -> PreflightAnswer:
        """
        Give the constant answer to preflights about routes with the given methods.

        Routes are few, so the answers are kept.
        """
        answer = self._answers.get(route_methods)
        if answer is None:
            answer = self._answers[route_methods] = self._make_answer(route_methods)
        return answer

    def allows_method(self, method: str, route_methods: frozenset[str] | None) -> bool:
        """
        Tell whether a method may be announced.

        Args:
            method: What `Access-Control-Request-Method` says.
            route_methods: The methods of the route that is asked about; None without a route.
        """
        answer = self.answer(route_methods)
        if not may_be_announced(method):
            return False
        return method in SAFELISTED_METHODS or method in answer.methods or "*" in answer.methods

    def spelled_out(self, method: str, names: str) -> Headers:
        """
        Spell out what `*` stands for, as browsers demand when credentials are sent along.

        Only tokens of a bounded list are repeated, so a client can inject nothing.

        Args:
            method: What `Access-Control-Request-Method` says.
            names: What `Access-Control-Request-Headers` says.
        """
        policy = self.policy
        if policy is None or not self._spells_out:
            return ()
        headers: Headers = ()
        if policy.methods is not None and "*" in policy.methods:
            extra = {method} if may_be_announced(method) else set[str]()
            headers += ((_ALLOW_METHODS, ", ".join(sort_methods(_DEFAULT_METHODS | extra))),)
        if "*" in policy.allow_headers:
            listed = parse_header_names(names)
            headers += ((_ALLOW_HEADERS, ", ".join(listed)),) if listed else ()
        return headers

    def _make_answer(self, route_methods: frozenset[str] | None) -> PreflightAnswer:
        policy = self.policy
        if policy is None:
            return PreflightAnswer(methods=frozenset(), headers=(), tail=(_OPTIONS_VARY_FIELD,))
        if policy.methods is None:
            methods = _DEFAULT_METHODS if route_methods is None else route_methods
            listed = sort_methods(methods)
        else:
            methods, listed = frozenset(policy.methods), policy.methods
        headers = _common_headers(policy)
        headers += _list_header(_ALLOW_METHODS, listed, policy)
        headers += _list_header(_ALLOW_HEADERS, policy.allow_headers, policy)
        if policy.max_age is not None:
            headers += (("Access-Control-Max-Age", str(policy.max_age)),)
        tail = (*headers, _OPTIONS_VARY_FIELD)
        return PreflightAnswer(methods=methods, headers=headers, tail=tail)

    def _allows_header(self, name: str) -> bool:
        if name in self._names:
            return True
        if "*" not in self._names or self.policy is None:
            return False
        # https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
        return self.policy.credentials or name != "authorization"


def _described(error: Exception) -> str:
    """
    Name an exception; one that cannot even say what it is must not get out.
    """
    name = type(error).__name__
    try:
        return f"{name}: {error}"
    except Exception:  # noqa: BLE001 - a user's code again
        return name


def _common_headers(policy: Policy) -> Headers:
    return (("Access-Control-Allow-Credentials", "true"),) if policy.credentials else ()


def _expose_headers(policy: Policy) -> Headers:
    names = ", ".join(policy.expose_headers)
    return (("Access-Control-Expose-Headers", names),) if names else ()


def _list_header(field: str, names: Collection[str], policy: Policy) -> Headers:
    """
    Write a list; a `*` that has to be spelled out is left to the request.
    """
    if not names or ("*" in names and policy.credentials):
        return ()
    return ((field, ", ".join(names)),)

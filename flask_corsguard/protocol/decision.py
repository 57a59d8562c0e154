"""
What goes into a decision and what comes out: `RequestHead` in, `Decision` out.

Both are plain values. Every door into the guard (Flask, WSGI, the command line, the tests) fills
the one and carries out the other, so what is explained is what is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from types import MappingProxyType
from typing import Literal, TypeAlias

from .fields import MAX_METHOD_BYTES, SAFE_METHODS
from .origins import DEFAULT_PORTS, MAX_ORIGIN_BYTES

__all__ = [
    "Decision",
    "Enforce",
    "Headers",
    "Kind",
    "Outcome",
    "Reason",
    "RequestHead",
    "printable",
]

Headers: TypeAlias = "tuple[tuple[str, str], ...]"
"""Header fields, in the order in which they are sent."""

Enforce: TypeAlias = Literal[False, True, "report"]
"""Whether disallowed requests are refused on the server too, or just reported."""

_SHOWN = 100


class Kind(StrEnum):
    """
    What a request is to the CORS protocol.

    See https://fetch.spec.whatwg.org/#http-requests.
    """

    NOT_CORS = "not-cors"
    ACTUAL = "actual"
    PREFLIGHT = "preflight"


class Outcome(StrEnum):
    """
    Whether the browser may share the response with the page.
    """

    ALLOWED = "allowed"
    REJECTED = "rejected"


class Reason(StrEnum):
    """
    Why a request was rejected. The set is closed: it is fit for a metric's label.

    Attributes:
        why: What was found, as a sentence.
        fix: What to change if the request should pass, as a sentence.
    """

    NO_POLICY = "no-policy"
    SAME_ORIGIN_ONLY = "same-origin-only"
    ORIGIN_MALFORMED = "origin-malformed"
    ORIGIN_OPAQUE = "origin-opaque"
    ORIGIN_NOT_ALLOWED = "origin-not-allowed"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    HEADER_NOT_ALLOWED = "header-not-allowed"
    HEADERS_MALFORMED = "headers-malformed"
    STORE_UNAVAILABLE = "store-unavailable"

    @property
    def why(self) -> str:
        """
        Say what was found.
        """
        return _REASONS[self][0]

    @property
    def fix(self) -> str:
        """
        Say what to change if the request should pass.
        """
        return _REASONS[self][1]


_REFUSAL = (
    "The request may change something and comes from no origin that is listed.\n"
    "Fix: Add the origin to origins=[...], or the endpoint to enforce_exempt=[...]."
)

_REASONS = {
    Reason.NO_POLICY: (
        "No policy governs this URL.",
        "Give its view @cross_origin(origins=[...]), or cover its path in resources={...}.",
    ),
    Reason.SAME_ORIGIN_ONLY: (
        "This URL is marked @same_origin: no other origin may read it.",
        "Remove @same_origin from the view or blueprint if other origins should.",
    ),
    Reason.ORIGIN_MALFORMED: (
        "The Origin header is nothing that a browser sends.",
        "Look for a proxy or a client that changes or repeats the header.",
    ),
    Reason.ORIGIN_OPAQUE: (
        "The origin is opaque ('null'): a sandboxed frame, a file, a data: URL or a redirect.",
        "Serve the page from an origin of its own; 'null' is never allowed, as any page can be it.",
    ),
    Reason.ORIGIN_NOT_ALLOWED: (
        "The policy does not list this origin.",
        "Add it to origins=[...] if this front end is yours.",
    ),
    Reason.METHOD_NOT_ALLOWED: (
        "The policy does not allow the method that was announced.",
        "Add it to methods=[...], or to the route where methods are derived from it.",
    ),
    Reason.HEADER_NOT_ALLOWED: (
        "The policy does not allow a header that was announced.",
        "Add it to allow_headers=[...].",
    ),
    Reason.HEADERS_MALFORMED: (
        "Access-Control-Request-Headers is not a list of at most 128 names in 4 KiB.",
        "Look for a client that sends something else, or far too much.",
    ),
    Reason.STORE_UNAVAILABLE: (
        "What decides about origins at request time failed.",
        "Look for its error in the log; until it answers, every origin it decides is rejected.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHead:
    """
    Hold what a decision looks at.

    Attributes:
        method: As sent.
        path: Decoded, relative to where the application is mounted.
        host: The request's own host, with its port if one was sent.
        query: The raw query string.
        origin: `Origin`, or None if there is none.
        request_method: `Access-Control-Request-Method`, or None.
        request_headers: `Access-Control-Request-Headers`, field lines joined by commas, or None.
        sec_fetch_site: `Sec-Fetch-Site`, or None.
        websocket: Whether the request asks for an upgrade to WebSocket.
        route_methods: The methods of the route that is asked about; None if there is no route.
        view_args: The route's view arguments.
    """

    method: str
    path: str = "/"
    host: str = ""
    query: str = ""
    origin: str | None = None
    request_method: str | None = None
    request_headers: str | None = None
    sec_fetch_site: str | None = None
    websocket: bool = False
    route_methods: frozenset[str] | None = None
    view_args: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_preflight(self) -> bool:
        """
        Tell whether it is a CORS-preflight request.

        See https://fetch.spec.whatwg.org/#cors-preflight-request. Browsers send
        `Access-Control-Request-Headers` only where there is something to ask for.
        """
        return (
            self.method == "OPTIONS" and self.origin is not None and self.request_method is not None
        )

    @property
    def is_safe(self) -> bool:
        """
        Tell whether the request changes nothing; to open a WebSocket counts as a change.
        """
        # Lengths are looked at first: to look a text up in a set is to read it whole.
        known = len(self.method) <= MAX_METHOD_BYTES and self.method in SAFE_METHODS
        return known and not self.websocket

    @property
    def is_same_origin(self) -> bool:
        """
        Tell whether the page and the URL have one origin, as far as a server can know.

        `Sec-Fetch-Site` settles it; script cannot forge it. Without it, host and port are compared.
        """
        if self.sec_fetch_site is not None:
            return self.sec_fetch_site == "same-origin"
        return self.origin_is_host

    @property
    def origin_is_host(self) -> bool:
        """
        Tell whether `Origin` names the request's own host and port.

        The scheme is not compared: a proxy that ends TLS hides it.
        """
        if self.origin is None or max(len(self.origin), len(self.host)) > MAX_ORIGIN_BYTES:
            return False
        scheme, separator, host = self.origin.partition("://")
        port = DEFAULT_PORTS.get(scheme)
        if not separator or not host or port is None:
            return False
        return host == self.host.lower().removesuffix(f":{port}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """
    Say what was decided about a request, why, and what to send.

    Text that came from the client is cut to 100 characters and escaped to ASCII.

    Attributes:
        kind: What the request is to the CORS protocol.
        outcome: Whether the browser may share the response.
        reason: Why not; None when allowed.
        policy: The name of the governing policy, or the place where it was written; None without.
        method: The method that was asked about: of a preflight, the announced one.
        path: The request's path.
        origin: The request's origin, or None.
        detail: The method, the header names or the error that made the difference; else empty.
        headers: The CORS response headers to send.
        vary: The names for the `Vary` response header.
        status: The guard's own answer; None where the application answers.
        refusal: Whether the server refuses the request, or would without ``enforce="report"``.
        seconds: How long it took to decide, where a server did and somebody listened; it is no
            part of what was decided, so decisions are compared without it.
    """

    kind: Kind
    outcome: Outcome
    reason: Reason | None
    policy: str | None
    method: str
    path: str
    origin: str | None
    detail: str = ""
    headers: Headers = ()
    vary: tuple[str, ...] = ()
    status: int | None = None
    refusal: Literal["refused", "reported"] | None = None
    seconds: float | None = field(default=None, compare=False)

    @property
    def is_granted_preflight(self) -> bool:
        """
        Tell whether it is the guard's own answer to a preflight, and a yes.
        """
        return self.status == HTTPStatus.NO_CONTENT and self.reason is None

    @property
    def explanation(self) -> str:
        """
        Say in a few lines what was decided and what to change.
        """
        subject = f"{self.method} {self.path} from {self.origin or 'no origin'}"
        verdict = "refused" if self.refusal == "refused" else self.outcome.value
        lines = [f"CORS: {subject}: {verdict}."]
        if self.policy is not None:
            lines.append(f"Policy: {self.policy}.")
        if self.reason is not None:
            about = f" ({self.detail})" if self.detail else ""
            lines += [f"Check: {self.reason.value}{about}. {self.reason.why}"]
            lines += [f"Fix: {self.reason.fix}"]
        if self.refusal is not None:
            lines += [f"Enforcement: {self.refusal} on the server. {_REFUSAL}"]
        return "\n".join(lines) + "\n"


def printable(text: str) -> str:
    """
    Cut a client's text to 100 characters and escape it to ASCII, fit for a log or a page.
    """
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
    return ascii(shown)[1:-1]

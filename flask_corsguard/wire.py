"""
Between a WSGI environment and a decision: read the head, dress the response.

Flask's proxies and header objects cost more than the decision itself, so both doors into the guard
read the environment and write plain header lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from .protocol.decision import Decision, Headers, RequestHead
from .protocol.fields import CORS_RESPONSE_HEADERS

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import StartResponse, WSGIEnvironment

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

__all__ = [
    "BARE_RESPONSES",
    "UNTOUCHED",
    "ExcInfo",
    "HeaderList",
    "add_headers",
    "answer",
    "dress",
    "dressing",
    "merge_vary",
    "read_head",
    "read_path",
    "refusal_body",
]

HeaderList: TypeAlias = list[tuple[str, str]]

UNTOUCHED: Headers = (("", ""),)
"""In place of headers: no policy governs the URL, so whatever the application sets is its own."""

BARE_RESPONSES: dict[int, tuple[str, HeaderList]] = {
    204: ("204 NO CONTENT", []),
    403: (
        "403 FORBIDDEN",
        [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "0")],
    ),
}
"""The status lines and headers of the guard's own responses, where these have no body."""

_EXPOSE = "access-control-expose-headers"
_TOUCHED = CORS_RESPONSE_HEADERS | {"vary"}
# What most responses have, told apart without changing its case first.
_ORDINARY = frozenset(
    {
        "Allow",
        "Cache-Control",
        "Connection",
        "Content-Disposition",
        "Content-Encoding",
        "Content-Language",
        "Content-Length",
        "Content-Type",
        "Date",
        "ETag",
        "Expires",
        "Last-Modified",
        "Location",
        "Set-Cookie",
        "WWW-Authenticate",
    }
)


def read_head(
    environ: WSGIEnvironment,
    path: str,
    route_methods: frozenset[str] | None = None,
    view_args: Mapping[str, object] | None = None,
) -> RequestHead:
    """
    Read what a decision looks at.

    Args:
        environ: The WSGI environment; whatever it lacks is taken as not sent.
        path: Decoded, relative to where the application is mounted.
        route_methods: The methods of the route that is asked about; None if there is none.
        view_args: The route's view arguments.
    """
    return RequestHead(
        method=environ.get("REQUEST_METHOD", "GET"),
        path=path,
        host=_read_host(environ),
        query=environ.get("QUERY_STRING", ""),
        origin=environ.get("HTTP_ORIGIN"),
        request_method=environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD"),
        request_headers=environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS"),
        sec_fetch_site=environ.get("HTTP_SEC_FETCH_SITE"),
        websocket="websocket" in environ.get("HTTP_UPGRADE", "")[:200].lower(),
        route_methods=route_methods,
        view_args=view_args or {},
    )


def read_path(environ: WSGIEnvironment) -> str:
    """
    Read the path as Werkzeug's router sees it: decoded, with one slash in front.
    """
    raw = str(environ.get("PATH_INFO", ""))
    return "/" + raw.encode("latin-1", "replace").decode("utf-8", "replace").lstrip("/")


def dress(decision: Decision, headers: HeaderList) -> tuple[HeaderList, bool]:
    """
    Put a decision's headers into a response's.

    CORS headers that something further in has set are replaced: two of them are none to a
    browser. What it added to `Access-Control-Expose-Headers` is kept beside the policy's.

    Args:
        decision: What was decided.
        headers: The response's headers; left as they are.

    Returns:
        The new headers, and whether something had to be replaced.
    """
    if decision.policy is None:
        return merge_vary(headers, decision.vary), False
    vary: Headers = (("Vary", ", ".join(decision.vary)),) if decision.vary else ()
    return add_headers(headers, (*decision.headers, *vary))


def add_headers(headers: HeaderList, ours: Headers) -> tuple[HeaderList, bool]:
    """
    Put CORS headers, with `Vary` last, into a response's headers; see `dress`.
    """
    if ours is UNTOUCHED:
        return headers, False
    for name, _ in headers:
        if name not in _ORDINARY and name.lower() in _TOUCHED:
            return _replace_headers(headers, ours)
    # Nothing of the kind is there, which is the usual case: nothing has to be taken apart.
    return [*headers, *ours], False


def _replace_headers(headers: HeaderList, ours: Headers) -> tuple[HeaderList, bool]:
    vary = tuple(name for k, v in ours if k == "Vary" for name in v.split(", "))
    ours = tuple((k, v) for k, v in ours if k != "Vary")
    kept = [(k, v) for k, v in headers if k.lower() not in CORS_RESPONSE_HEADERS]
    own = [(k, v) for k, v in headers if k.lower() in CORS_RESPONSE_HEADERS]
    exposed = [v for k, v in own if k.lower() == _EXPOSE]
    both = _expose_too(ours, exposed) if exposed else ours
    # An inner guard or middleware with the same policy says the same: nothing to warn of.
    replaced = any(k.lower() != _EXPOSE and (k.title(), v) not in ours for k, v in own)
    return merge_vary([*kept, *both], vary), replaced


def dressing(
    start_response: StartResponse, change: Callable[[HeaderList], HeaderList]
) -> StartResponse:
    """
    Make a `start_response` that changes the headers on their way out.

    Args:
        start_response: The server's.
        change: Is given the response's headers, and gives those to send.
    """

    def start(
        status: str, headers: HeaderList, exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        if exc_info is None:
            return start_response(status, change(headers))
        return start_response(status, change(headers), exc_info)

    return start


def merge_vary(headers: HeaderList, names: tuple[str, ...]) -> HeaderList:
    """
    Add names to `Vary`, each once, into one field line.

    See https://www.rfc-editor.org/rfc/rfc9110#name-vary.
    """
    if not names:
        return headers
    lines = [v for k, v in headers if k.lower() == "vary"]
    listed = [name for line in lines for name in map(str.strip, line.split(",")) if name]
    known = {name.lower(): name for name in reversed(listed)}
    missing = [name for name in names if name.lower() not in known]
    if "*" in known or not (missing or len(lines) > 1):
        return headers
    others = [(k, v) for k, v in headers if k.lower() != "vary"]
    return [*others, ("Vary", ", ".join([*reversed(known.values()), *missing]))]


def answer(
    decision: Decision, start_response: StartResponse, *, debug: bool = False
) -> Iterable[bytes]:
    """
    Answer a request in the application's place.

    Args:
        decision: What was decided; it has a status.
        start_response: The server's.
        debug: Whether whoever reads the body is the developer.
    """
    if decision.status == HTTPStatus.NO_CONTENT:
        start_response("204 NO CONTENT", dress(decision, [])[0])
        return []
    body = refusal_body(decision, debug=debug)
    size = str(len(body))
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", size)]
    start_response("403 FORBIDDEN", dress(decision, headers)[0])
    return [body] if body else []


def refusal_body(decision: Decision, *, debug: bool) -> bytes:
    """
    Give the body of a response that the guard itself answers with.

    Args:
        decision: What was decided.
        debug: Whether whoever reads it is the developer.
    """
    if decision.status == HTTPStatus.NO_CONTENT:
        return b""
    if debug:
        return decision.explanation.encode("ascii", "replace")
    return b"" if decision.refusal is None else b"Cross-origin request refused.\n"


def _expose_too(headers: Headers, exposed: list[str]) -> Headers:
    """
    Keep the names that the application exposes itself beside the policy's.
    """
    if not headers:
        return headers
    ours = [v for k, v in headers if k.lower() == _EXPOSE]
    names = [name.strip() for line in (*ours, *exposed) for name in line.split(",")]
    unique = {name.lower(): name for name in reversed(names) if name}
    others = tuple((k, v) for k, v in headers if k.lower() != _EXPOSE)
    return (*others, ("Access-Control-Expose-Headers", ", ".join(reversed(unique.values()))))


def _read_host(environ: WSGIEnvironment) -> str:
    server = f"{environ.get('SERVER_NAME', '')}:{environ.get('SERVER_PORT', '')}"
    return str(environ.get("HTTP_HOST") or server)

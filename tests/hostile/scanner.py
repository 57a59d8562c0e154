"""
A scanner for what other scanners leave out.

It speaks to a server over a socket of its own, byte by byte, so that nothing on the way tidies up
what it sends. Each check gives the flaws that it found, as sentences; none is the good answer.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http.client import HTTPResponse
from itertools import permutations

__all__ = ["CHECKS", "Reply", "Site"]

EVIL = "https://evil.example"
ONCE = ("access-control-allow-origin", "access-control-allow-credentials")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """
    Hold an answer.
    """

    status: int
    lines: tuple[tuple[str, str], ...]

    def values(self, name: str) -> list[str]:
        """
        Give the values of all field lines with a name.
        """
        return [value for key, value in self.lines if key.lower() == name.lower()]

    def get(self, name: str) -> str:
        """
        Give the value of a field, or nothing.
        """
        return ", ".join(self.values(name))

    @property
    def cors(self) -> dict[str, str]:
        """
        Give the CORS headers.
        """
        names = {key.lower() for key, _ in self.lines}
        return {n: self.get(n) for n in sorted(names) if n.startswith("access-control-")}

    @property
    def vary(self) -> frozenset[str]:
        """
        Give the names in `Vary`, in lower case.
        """
        return frozenset(n.strip().lower() for n in self.get("Vary").split(",") if n.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """
    Know where to ask, and which origin is allowed there.
    """

    port: int
    host: str
    path: str
    friend: str

    def ask(self, *headers: tuple[str, str], method: str = "GET") -> Reply:
        """
        Send a request, with headers as they stand, in latin-1.
        """
        lines = [f"{method} {self.path} HTTP/1.1", f"Host: {self.host}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers]
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
            answer = HTTPResponse(connection, method=method)
            answer.begin()
            answer.read()
        return Reply(status=answer.status, lines=tuple(answer.getheaders()))

    def preflight(self, origin: str, *headers: tuple[str, str], asked: str = "PUT") -> Reply:
        """
        Send a preflight.
        """
        announced = ("Access-Control-Request-Method", asked)
        return self.ask(("Origin", origin), announced, *headers, method="OPTIONS")


Check = Callable[[Site], Iterable[str]]


def _strangers(what: str, make: Callable[[Site], Iterable[str]]) -> Check:
    """
    Make a check that no origin of a kind is let in, on a request or a preflight.
    """

    def check(site: Site) -> Iterator[str]:
        for origin in make(site):
            for reply in (site.ask(("Origin", origin)), site.preflight(origin)):
                said = reply.get("Access-Control-Allow-Origin")
                if said and (said != "*" or "access-control-allow-credentials" in reply.cors):
                    yield f"{what}: {origin!a} gets {said!a}"

    return check


def _ports(site: Site) -> list[str]:
    return [f"{site.friend}:{port}" for port in (443, 8443, 80, 1, 65536, "0443", "", "x")]


def _userinfo(site: Site) -> list[str]:
    scheme, host = site.friend.split("://")
    return [f"{scheme}://{user}@{host}" for user in ("a", "a:b", "", "evil.example")]


def _dots(site: Site) -> list[str]:
    scheme, host = site.friend.split("://")
    return [f"{site.friend}.", f"{site.friend}..", f"{scheme}://.{host}", f"{scheme}://{host}.:443"]


def _control(site: Site) -> list[str]:
    """
    Put odd characters behind, before and inside; servers cut spaces off the ends themselves.
    """
    odd = "\x01\x08\x0b\x0c\x1b\x1f\x7f\x80\x85\xa0\xad\xff"
    middle = site.friend.index("://") + 6
    behind = [f"{site.friend}{c}{rest}" for c in odd for rest in ("x", ".evil.example")]
    inside = [site.friend[:middle] + c + site.friend[middle:] for c in f"{odd}\x00\t "]
    return [*behind, *inside, *(f"x{c}{site.friend}" for c in odd)]


def _cases(site: Site) -> list[str]:
    return [site.friend.upper(), site.friend.title(), site.friend.replace("https", "HTTPS")]


def _paths(site: Site) -> list[str]:
    return [f"{site.friend}{rest}" for rest in ("/", "/x", "?", "?x", "#", "\\", "/..", ";")]


def _lists(site: Site) -> list[str]:
    pairs = permutations((site.friend, EVIL))
    return [joint.join(pair) for pair in pairs for joint in (", ", ",", " ", ";")]


def _kin(site: Site) -> list[str]:
    """
    Give what is near to the friend by its name, and strange.
    """
    scheme, host = site.friend.split("://")
    name, _, rest = host.partition(".")
    near = [
        f"{host}.evil.example",
        f"evil{host}",
        f"evil.{host}",
        f"{name}x{rest}",
        f"x.{rest}",
        rest,
    ]
    return [f"{scheme}://{other}" for other in near] + [EVIL, "null", f"http://{host}", "*"]


def _two_lines(site: Site) -> Iterator[str]:
    for pair in permutations((site.friend, EVIL)):
        said = site.ask(*(("Origin", origin) for origin in pair)).cors
        if EVIL in str(said):
            yield f"two lines: {pair} gets {said}"


def _answers(site: Site) -> Iterator[str]:
    """
    Look at what an allowed origin gets.
    """
    for reply in (site.ask(("Origin", site.friend)), site.preflight(site.friend)):
        for name in ONCE:
            values = reply.values(name)
            if len(values) > 1 or any("," in value for value in values):
                yield f"answers: {name} is there {len(values)} times: {values}"
        cors = reply.cors
        if "access-control-allow-credentials" in cors and "*" in cors.values():
            yield f"answers: '*' with credentials: {cors}"
        if "access-control-allow-private-network" in cors:
            yield "answers: the private network is opened"


def _injection(site: Site) -> Iterator[str]:
    """
    Announce what is no name, and look for it in the answer.
    """
    announced = "Access-Control-Request-Headers"
    for text in ('x-a"\x0b<script>', "x a", "x-a\x00", "x-\xe9", "x-a;y", "*\x7f"):
        reply = site.preflight(site.friend, (announced, text))
        if any(text.strip() in value for value in reply.cors.values()):
            yield f"injection: {text!a} comes back in {reply.cors}"
    for method in ("P\x0bT", "P T", "PUT\x7f", "<b>"):
        reply = site.preflight(site.friend, asked=method)
        if any(method in value for value in reply.cors.values()):
            yield f"injection: {method!a} comes back in {reply.cors}"
    for line in ("X-Evil: 1", " X-Evil: 1"):
        for end in ("\r", "\n ", "\r\n "):
            reply = site.ask(("Origin", f"{site.friend}{end}{line}"))
            if reply.values("X-Evil") or "X-Evil" in str(reply.cors):
                yield f"injection: {end!a} breaks out of the header"


_ASKERS = (None, "", EVIL, "null")


def _vary(site: Site) -> Iterator[str]:
    """
    Where answers differ by origin, each of them has to say so.
    """
    for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS"):
        askers = (*_ASKERS, site.friend)
        replies = {a: site.ask(*_origin(a), method=method) for a in askers}
        if len({str(reply.cors) for reply in replies.values()}) > 1:
            for asker, reply in replies.items():
                if "origin" not in reply.vary and "*" not in reply.vary:
                    yield f"vary: {method} from {asker} does not vary: {reply.status}"


def _origin(asker: str | None) -> list[tuple[str, str]]:
    return [] if asker is None else [("Origin", asker)]


def _cache(site: Site) -> Iterator[str]:
    """
    Put a cache in front that heeds `Vary`, and ask in every order.
    """
    forged = [("Sec-Fetch-Site", "same-origin"), ("X-Forwarded-Host", "evil.example")]
    askers = [None, EVIL, site.friend]
    fresh = {asker: site.ask(*_origin(asker)).cors for asker in askers}
    for order in permutations(askers):
        for poison in ([], *([header] for header in forged)):
            cache = _Cache(site)
            cache.ask([*_origin(order[0]), *poison])
            for asker in order[1:]:
                cache.ask(_origin(asker))
            for asker in askers:
                said = cache.ask(_origin(asker)).cors
                if said != fresh[asker]:
                    yield f"cache: {asker} is answered {said} after {order[0]} with {poison}"


class _Cache:
    """
    A shared cache, as RFC 9111 has it: what `Vary` names is part of the key.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._kept: list[tuple[dict[str, str], Reply]] = []

    def ask(self, headers: list[tuple[str, str]]) -> Reply:
        sent = {name.lower(): value for name, value in headers}
        for before, reply in self._kept:
            if all(before.get(n, "") == sent.get(n, "") for n in reply.vary):
                return reply
        reply = self._site.ask(*headers)
        self._kept.append((sent, reply))
        return reply


CHECKS: dict[str, Check] = {
    "kin": _strangers("kin", _kin),
    "ports": _strangers("ports", _ports),
    "userinfo": _strangers("userinfo", _userinfo),
    "dots": _strangers("dots", _dots),
    "control": _strangers("control", _control),
    "cases": _strangers("cases", _cases),
    "paths": _strangers("paths", _paths),
    "lists": _strangers("lists", _lists),
    "two lines": _two_lines,
    "answers": _answers,
    "injection": _injection,
    "vary": _vary,
    "cache": _cache,
}

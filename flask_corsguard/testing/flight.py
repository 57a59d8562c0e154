"""
One fetch, from the call to the reply: the Fetch standard's main fetch and HTTP fetch.

See https://fetch.spec.whatwg.org/#main-fetch and https://fetch.spec.whatwg.org/#http-fetch. There
is no HTTP cache, no service worker and no authentication dialogue: none of them is part of CORS.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NoReturn

from .browser_headers import actual_request, preflight_request, site_relation
from .call import Call, Credentials, Mode, Redirect, Tainting
from .console import Scene
from .console.firefox import warn_about_authorization
from .cookies import CookieJar
from .cors_check import Asked, check_preflight, check_response, covers_authorization
from .engines import Engine, traits_of
from .errors import CORSError
from .faults import Check, Fault
from .message import Exchange, Request, Response, is_redirect
from .preflight_cache import PreflightCache
from .redirects import judge_redirect, next_call
from .reply import Reply, filtered, opaque_redirect
from .transport import Transport
from .urls import URL

__all__ = ["Flight", "Ground"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """
    Hold what the fetches of a browser share.

    Attributes:
        engine: Whose limits and words apply.
        strict: Whether the standard is followed where the engines are laxer.
        transport: The way to the server.
        cache: What is remembered of preflights.
        cookies: The jar.
        log: All messages so far.
    """

    engine: Engine
    strict: bool
    transport: Transport
    cache: PreflightCache
    cookies: CookieJar
    log: list[Exchange] = field(default_factory=list[Exchange])

    @property
    def user_agent(self) -> str:
        """
        Give what `User-Agent` says.
        """
        return f"Mozilla/5.0 (flask-corsguard; {self.engine})"


class Flight:
    """
    Carry one call to its end.
    """

    __slots__ = ("_call", "_exchanges", "_ground", "_warnings")

    def __init__(self, ground: Ground, call: Call) -> None:
        self._ground = ground
        self._call = call
        self._exchanges: list[Exchange] = []
        self._warnings: list[str] = []

    def land(self) -> Reply:
        """
        Send what is to be sent until there is a reply.

        Raises:
            CORSError: If the browser blocks.
        """
        while True:
            self._admit()
            response = self._http_fetch()
            if not is_redirect(response.status):
                break
            if self._call.redirect is Redirect.MANUAL:
                return opaque_redirect(self._call, tuple(self._exchanges))
            if not self._follow(response):
                break
        return filtered(self._call, response, tuple(self._exchanges), tuple(self._warnings))

    def _admit(self) -> None:
        """
        Decide what the response may show, or that nothing is sent (main fetch, step 12).
        """
        call = self._call
        if not call.url.is_http:
            self._fail(Fault(check=Check.SCHEME, value=str(call.url)))
        if call.is_same_origin and call.tainting is Tainting.BASIC:
            return
        if call.mode is Mode.SAME_ORIGIN:
            self._fail(Fault(check=Check.SAME_ORIGIN_MODE))
        tainting = Tainting.OPAQUE if call.mode is Mode.NO_CORS else Tainting.CORS
        self._call = replace(call, tainting=tainting)

    def _http_fetch(self) -> Response:
        call = self._call
        if call.tainting is Tainting.CORS and self._is_to_ask(call):
            self._preflight()
            self._call = call = replace(call, asked=True)
        cookies = self._cookies()
        request = actual_request(call, user_agent=self._ground.user_agent, cookies=cookies)
        exchange = self._exchange(request)
        self._take_cookies(exchange.response)
        if fault := self._check(exchange.response):
            hop = judge_redirect(call, exchange.response)
            self._fail(fault, exchange, hop.location if hop else None)
        return exchange.response

    def _preflight(self) -> None:
        """
        Ask whether the request may be sent, unless the answer is still known.
        """
        call, ground = self._call, self._ground
        asked = self._asked()
        url = str(call.url.sent)
        if call.needs_preflight and ground.cache.covers(url, asked):
            return
        is_new = traits_of(ground.engine).preflight_is_new
        request = preflight_request(
            call, user_agent=ground.user_agent, origin=asked.origin, is_new=is_new
        )
        exchange = self._exchange(request, preflight=True)
        if fault := check_preflight(exchange.response, asked):
            self._fail(replace(fault, subject=self._as_written(fault.subject)), exchange)
        headers = exchange.response.headers
        if covers_authorization(headers, asked.names):
            self._warnings.append(warn_about_authorization(call.url))
        ground.cache.remember(url, asked, headers)

    def _is_to_ask(self, call: Call) -> bool:
        keeps_asking = traits_of(self._ground.engine).keeps_asking
        return call.needs_preflight or (call.asked and keeps_asking)

    def _asked(self) -> Asked:
        call = self._call
        keeps_origin = traits_of(self._ground.engine).preflight_keeps_origin
        return Asked(
            method=call.method,
            names=call.unsafe_names,
            origin=call.origin if keeps_origin else call.sent_origin,
            credentials=call.credentials is Credentials.INCLUDE,
            strict=self._ground.strict,
        )

    def _check(self, response: Response) -> Fault | None:
        call = self._call
        if call.tainting is Tainting.CORS:
            include = call.credentials is Credentials.INCLUDE
            return check_response(response.headers, call.sent_origin, credentials=include)
        if call.tainting is Tainting.OPAQUE:
            return _check_resource_policy(response, site_relation(call))
        return None

    def _follow(self, response: Response) -> bool:
        """
        Go where a redirect leads; False where it leads nowhere.
        """
        call = self._call
        if call.redirect is Redirect.ERROR:
            self._fail(Fault(check=Check.REDIRECT_MODE), self._exchanges[-1])
        hop = judge_redirect(call, response)
        if hop is None:
            return False
        if hop.fault or hop.location is None:
            fault = hop.fault or Fault(check=Check.REDIRECT_LOCATION)
            self._fail(fault, self._exchanges[-1], hop.location)
        self._call = next_call(call, response, hop.location)
        return True

    def _exchange(self, request: Request, *, preflight: bool = False) -> Exchange:
        response = self._ground.transport.send(request)
        exchange = Exchange(request=request, response=response, preflight=preflight)
        self._exchanges.append(exchange)
        self._ground.log.append(exchange)
        return exchange

    def _cookies(self) -> str:
        call = self._call
        if not call.includes_credentials:
            return ""
        return self._ground.cookies.header_for(call.url, self._site())

    def _take_cookies(self, response: Response) -> None:
        # Whether script may see the response is decided later: its cookies count either way.
        if self._call.includes_credentials:
            for line in response.headers.get_all("Set-Cookie"):
                self._ground.cookies.store(self._call.url, line, self._site())

    def _site(self) -> str:
        """
        Give the origin that decides about `SameSite`: the page's, if all hops are of its site.
        """
        return self._call.origin if site_relation(self._call) != "cross-site" else "null"

    def _as_written(self, subject: str) -> str:
        """
        Give a header's name in the case in which script wrote it.
        """
        return next((n for n, _ in self._call.headers.lines if n.lower() == subject), subject)

    def _fail(
        self, fault: Fault, exchange: Exchange | None = None, location: URL | None = None
    ) -> NoReturn:
        call = self._call
        if fault.preflight or call.asked:
            self._ground.cache.fail(str(call.url.sent), self._asked().origin)
        scene = Scene(
            fault=fault,
            origin=call.origin,
            sent_origin=call.sent_origin,
            urls=call.urls,
            exchange=exchange,
            location=location,
        )
        raise CORSError(self._ground.engine, scene, tuple(self._exchanges))


def _check_resource_policy(response: Response, relation: str) -> Fault | None:
    """
    Run the cross-origin resource policy check.

    See https://fetch.spec.whatwg.org/#cross-origin-resource-policy-check.
    """
    policy = response.headers.get("Cross-Origin-Resource-Policy", "")
    blocked = policy == "same-origin" or (policy == "same-site" and relation == "cross-site")
    return Fault(check=Check.RESOURCE_POLICY, value=policy) if blocked else None

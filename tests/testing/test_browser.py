"""What a user of `flask_corsguard.testing` may rely on."""

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request

from flask_corsguard.testing import Browser, Check, CORSError, Engine, FetchError, Headers

from .replay import answering, by_path
from .scripted import Answer, Script, serving

ORIGIN = "https://app.example.com"
ALLOWED = [("Access-Control-Allow-Origin", ORIGIN)]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def preflight(*lines: tuple[str, str]) -> tuple[int, list[tuple[str, str]]]:
    return 204, [*ALLOWED, *lines]


def putting(*lines: tuple[str, str]) -> Callable[..., Any]:
    return answering(200, ALLOWED, preflight(("Access-Control-Allow-Methods", "PUT"), *lines))


def blocked(app: Any, **options: Any) -> CORSError:
    engine = options.pop("engine", "chromium")
    with pytest.raises(CORSError) as caught:
        Browser(app, origin=ORIGIN, engine=engine).fetch("/orders", **options)
    return caught.value


# --- the reply --------------------------------------------------------------------------------


def test_script_sees_the_exposed_headers_and_no_others() -> None:
    lines = [*ALLOWED, ("X-Total", "1"), ("X-Secret", "2"), ("Content-Type", "text/plain")]
    exposing = [*lines, ("Access-Control-Expose-Headers", "X-Total")]
    reply = Browser(answering(201, exposing), origin=ORIGIN).fetch("/")
    assert reply.headers == {"Content-Type": "text/plain", "X-Total": "1"}
    assert "X-TOTAL" in reply.headers
    assert (reply.status, reply.ok, reply.type, reply.redirected) == (201, True, "cors", False)
    assert reply.url == "https://api.example/"
    assert reply.exchanges[0].response.headers["x-secret"] == "2"


def test_a_flask_application_is_asked_as_by_a_page() -> None:
    app = Flask(__name__)

    @app.post("/echo")
    def echo() -> Response:
        response = jsonify(request.get_json(), request.url, request.headers["Origin"])
        response.headers["Access-Control-Allow-Origin"] = ORIGIN
        return response

    page = Browser(app, origin=ORIGIN, base_url="https://shop.example.com:8443")
    # Flask answers OPTIONS itself, and says nothing of origins.
    with pytest.raises(CORSError, match="No 'Access-Control-Allow-Origin' header is present"):
        page.fetch("/echo?a=b", method="POST", json={"ä": 1})
    home = page.at("https://shop.example.com:8443").fetch("/echo?a=b", method="POST", json={"ä": 1})
    assert home.type == "basic"
    assert home.json() == [
        {"ä": 1},
        "https://shop.example.com:8443/echo?a=b",
        "https://shop.example.com:8443",
    ]


@pytest.mark.parametrize(
    ("options", "body", "media_type"),
    [
        ({"body": "ä"}, "ä", "text/plain;charset=UTF-8"),
        ({"body": b"raw"}, "raw", None),
        ({"form": {"a": "b c"}}, "a=b+c", "application/x-www-form-urlencoded;charset=UTF-8"),
        ({"json": [1]}, "[1]", "application/json"),
        ({"json": [1], "headers": {"content-type": "text/plain"}}, "[1]", "text/plain"),
    ],
)
def test_a_body_goes_with_its_media_type(
    options: dict[str, Any], body: str, media_type: str | None
) -> None:
    asked = preflight(("Access-Control-Allow-Headers", "content-type"))
    page = Browser(by_path({"/": (200, ALLOWED)}, preflight=asked), origin=ORIGIN)
    reply = page.fetch("/", method="POST", **options)
    assert reply.text == body
    assert reply.exchanges[-1].request.headers.get("Content-Type") == media_type
    assert len(page.preflights) == (media_type == "application/json")


def test_an_opaque_reply_shows_nothing() -> None:
    reply = Browser(answering(500, [("X-Total", "1")]), origin=ORIGIN).fetch("/", mode="no-cors")
    assert (reply.type, reply.status, reply.headers, reply.text) == ("opaque", 0, {}, "")


def test_what_an_application_raises_reaches_the_test() -> None:
    def broken(environ: Any, start_response: Any) -> Any:
        raise LookupError("broken")

    with pytest.raises(LookupError, match="broken"):
        Browser(broken, origin=ORIGIN).fetch("/")


def test_reprs_say_what_a_failed_assertion_needs() -> None:
    page = Browser(answering(200, ALLOWED), origin=ORIGIN, engine="safari")
    assert repr(page) == f"<Browser safari at {ORIGIN}, asking https://api.example/>"
    assert (page.origin, page.engine) == (ORIGIN, "safari")
    reply = page.fetch("/")
    assert "status=200" in repr(reply)
    assert repr(blocked(answering())).startswith("<CORSError allow-origin-missing: Access to fetch")
    assert repr(Headers({"X-A": "1"})) == "Headers({'x-a': '1'})"
    assert str(reply.exchanges[0]).splitlines()[0] == "> GET https://api.example/"
    assert "< 200 OK" in str(reply.exchanges[0])
    odd = Browser(answering(299, ALLOWED), origin=ORIGIN).fetch("/")
    assert "< 299" in str(odd.exchanges[0]).splitlines()


def test_headers_are_compared_by_name_in_any_case_and_by_value() -> None:
    headers = Headers([("X-A", "1"), ("x-a", " 2 ")])
    assert headers == {"x-A": "1, 2"}
    assert hash(headers) == hash(Headers({"x-a": "1, 2"}))
    assert headers != ["x-a"]
    assert (len(headers), headers.get_all("X-A")) == (1, ("1", "2"))
    with pytest.raises(KeyError):
        headers["X-B"]


# --- the error --------------------------------------------------------------------------------


def test_an_error_shows_both_messages_the_check_and_the_fix() -> None:
    error = blocked(putting(), method="DELETE")
    assert error.check is Check.METHOD_NOT_ALLOWED
    assert error.request is not None
    assert error.request.method == "OPTIONS"
    assert error.response is not None
    assert error.response.headers["Access-Control-Allow-Methods"] == "PUT"
    text = str(error).splitlines()
    assert text[0].endswith("Method DELETE is not allowed by Access-Control-Allow-Methods in "
                            "preflight response.")  # fmt: skip
    assert text[1] == "Check: method-not-allowed"
    assert "> Access-Control-Request-Method: DELETE" in text
    assert "< Access-Control-Allow-Methods: PUT" in text
    assert "Policy(..., methods=['DELETE'])" in error.fix


def test_an_error_survives_a_process_boundary() -> None:
    error = blocked(answering())
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - made in the line itself
    assert (str(copy), copy.check, copy.console) == (str(error), error.check, error.console)


FAULTS: dict[Check, tuple[Any, dict[str, Any]]] = {
    Check.ALLOW_ORIGIN_MISSING: (answering(), {}),
    Check.ALLOW_ORIGIN_MULTIPLE: (answering(200, ALLOWED * 2), {}),
    Check.ALLOW_ORIGIN_INVALID: (answering(200, [("Access-Control-Allow-Origin", "true")]), {}),
    Check.ALLOW_ORIGIN_MISMATCH: (answering(200, [("Access-Control-Allow-Origin", "null")]), {}),
    Check.ALLOW_ORIGIN_WILDCARD: (
        answering(200, [("Access-Control-Allow-Origin", "*")]),
        {"credentials": "include"},
    ),
    Check.ALLOW_CREDENTIALS: (answering(200, ALLOWED), {"credentials": "include"}),
    Check.PREFLIGHT_REDIRECT: (
        answering(200, ALLOWED, (301, [*ALLOWED, ("Location", "/orders/")])),
        {"method": "PUT"},
    ),
    Check.PREFLIGHT_STATUS: (answering(200, ALLOWED, (401, ALLOWED)), {"method": "PUT"}),
    Check.ALLOW_METHODS_INVALID: (
        answering(200, ALLOWED, preflight(("Access-Control-Allow-Methods", "PUT POST"))),
        {"method": "PUT"},
    ),
    Check.ALLOW_HEADERS_INVALID: (
        putting(("Access-Control-Allow-Headers", "[X-A]")),
        {"method": "PUT"},
    ),
    Check.METHOD_NOT_ALLOWED: (putting(), {"method": "patch"}),
    Check.HEADER_NOT_ALLOWED: (putting(), {"headers": {"X-A": "1"}}),
    Check.REDIRECT_LOCATION: (answering(302, [*ALLOWED, ("Location", "http://")]), {}),
    Check.REDIRECT_SCHEME: (answering(302, [*ALLOWED, ("Location", "ftp://a.example/")]), {}),
    Check.REDIRECT_USERINFO: (
        answering(302, [*ALLOWED, ("Location", "https://u:p@api.example/")]),
        {},
    ),
    Check.REDIRECT_LIMIT: (answering(302, [*ALLOWED, ("Location", "/orders")]), {}),
    Check.REDIRECT_MODE: (
        answering(302, [*ALLOWED, ("Location", "/orders/")]),
        {"redirect": "error"},
    ),
    Check.SAME_ORIGIN_MODE: (answering(), {"mode": "same-origin"}),
    Check.RESOURCE_POLICY: (
        answering(200, [("Cross-Origin-Resource-Policy", "same-origin")]),
        {"mode": "no-cors"},
    ),
}


@pytest.mark.parametrize("engine", Engine)
@pytest.mark.parametrize("check", FAULTS)
def test_every_check_has_a_sentence_and_a_fix(check: Check, engine: Engine) -> None:
    app, options = FAULTS[check]
    error = blocked(app, engine=engine, **options)
    assert error.check is check
    assert error.sentence
    assert str(error).startswith(error.sentence)
    assert "{" not in error.sentence + error.fix
    assert error.fix.endswith((".", "'."))


def test_every_check_can_fail() -> None:
    page = Browser(answering(), origin=ORIGIN)
    with pytest.raises(CORSError) as caught:
        page.fetch("data:text/plain,x")
    assert caught.value.check is Check.SCHEME
    assert caught.value.request is None
    assert caught.value.response is None
    assert {*FAULTS, Check.SCHEME} == set(Check)


def test_a_redirect_to_a_third_origin_is_explained() -> None:
    answers = {
        "api.example/": (302, [*ALLOWED, ("Location", "https://cdn.example/")]),
        "cdn.example/": (200, ALLOWED),
    }
    with pytest.raises(CORSError) as caught:
        Browser(by_path(answers), origin=ORIGIN).fetch("/")
    assert "`Origin: null`" in caught.value.fix
    assert caught.value.exchanges[1].request.headers["Origin"] == "null"


# --- what is refused before it is sent --------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"method": "TRACE"},
        {"method": "connect"},
        {"method": "A B"},
        {"headers": {"x y": "1"}},
        {"headers": {"x": "1\n2"}},
        {"headers": {"x": "\u20ac"}},
        {"body": "x"},
        {"method": "POST", "body": "x", "json": 1},
        {"method": "PUT", "mode": "no-cors"},
        {"mode": "no-cors", "redirect": "manual"},
        {"mode": "navigate"},
        {"credentials": "yes"},
        {"redirect": "perhaps"},
    ],
    ids=str,
)
def test_what_a_browser_throws_at_is_never_sent(options: dict[str, Any]) -> None:
    page = Browser(answering(200, ALLOWED), origin=ORIGIN)
    with pytest.raises(FetchError):
        page.fetch("/", **options)
    assert page.exchanges == ()


@pytest.mark.parametrize("url", ["https://user@api.example/", "https://", "http://["])
def test_a_url_that_is_none_is_never_asked(url: str) -> None:
    with pytest.raises(FetchError):
        Browser(answering(), origin=ORIGIN).fetch(url)


def test_forbidden_headers_are_dropped_in_silence() -> None:
    page = Browser(answering(200, ALLOWED), origin=ORIGIN)
    forbidden = {
        "Cookie": "a=b",
        "Origin": "https://b.example",
        "Sec-Fetch-Site": "none",
        "DNT": "",
    }
    (exchange,) = page.fetch("/", headers=forbidden).exchanges
    sent = exchange.request.headers
    assert "Cookie" not in sent
    assert "DNT" not in sent
    assert sent.get_all("Origin") == (ORIGIN,)
    assert sent.get_all("Sec-Fetch-Site") == ("cross-site",)


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://api.example/", "cross-site"),
        ("https://api.example.com/", "same-site"),
        ("https://app.example.com/", "same-origin"),
        ("http://app.example.com/", None),
        ("http://api.example/", None),
        ("http://[::1]/", "cross-site"),
        ("http://sub.localhost/", "cross-site"),
    ],
)
def test_fetch_metadata_tells_how_near_the_page_is(url: str, site: str | None) -> None:
    page = Browser(answering(200, ALLOWED), origin=ORIGIN)
    (exchange,) = page.fetch(url).exchanges
    assert exchange.request.headers.get("Sec-Fetch-Site") == site
    assert exchange.request.headers.get("Sec-Fetch-Mode") == (site and "cors")


def test_a_redirect_to_get_leaves_the_body_and_what_describes_it_behind() -> None:
    answers = {"/": (303, [*ALLOWED, ("Location", "/there")]), "/there": (200, ALLOWED)}
    page = Browser(by_path(answers), origin=ORIGIN)
    headers = {"Content-Language": "en", "Accept": "text/html"}
    reply = page.fetch("/", method="POST", body="x", headers=headers)
    last = reply.exchanges[-1].request
    assert (last.method, last.body, reply.redirected) == ("GET", b"", True)
    assert last.headers["Accept"] == "text/html"
    assert not {"content-language", "content-type", "content-length"} & set(last.headers)


@pytest.mark.parametrize(
    ("sizes", "asked"),
    [((128, 128, 128), ()), ((129, 1, 1), ("accept",)), ((1, 1, 129), ("content-language",))],
)
def test_a_long_value_is_asked_about(sizes: tuple[int, ...], asked: tuple[str, ...]) -> None:
    names = ("Accept", "Accept-Language", "Content-Language")
    headers = {name: "a" * size for name, size in zip(names, sizes, strict=True)}
    allowed = preflight(("Access-Control-Allow-Headers", "*"))
    reply = Browser(answering(200, ALLOWED, allowed), origin=ORIGIN).fetch("/", headers=headers)
    names_asked = [e.request.headers["Access-Control-Request-Headers"] for e in reply.preflights]
    assert names_asked == list(asked)


@pytest.mark.parametrize(
    "origin", ["app.example.com", "https://app.example.com/", "HTTPS://A.example", "", "*"]
)
def test_an_origin_that_no_browser_sends_is_a_mistake(origin: str) -> None:
    with pytest.raises(ValueError, match="is not an origin as a browser serializes it"):
        Browser(answering(), origin=origin)


def test_a_page_without_an_origin_sends_null() -> None:
    page = Browser(answering(200, [("Access-Control-Allow-Origin", "null")]), origin="null")
    (exchange,) = page.fetch("/").exchanges
    assert exchange.request.headers["Origin"] == "null"


@pytest.mark.parametrize("server", ["ftp://a.example", {}])
def test_a_server_that_is_none_is_a_mistake(server: Any) -> None:
    with pytest.raises(ValueError, match=r"not an http|serves nobody"):
        Browser(server, origin=ORIGIN)


def test_a_base_url_is_absolute() -> None:
    with pytest.raises(ValueError, match="not an absolute URL"):
        Browser(answering(), origin=ORIGIN, base_url="/api")


@pytest.mark.parametrize(
    ("value", "check"),
    [
        ("app.example.com", Check.ALLOW_ORIGIN_INVALID),
        ("app.example.com:443", Check.ALLOW_ORIGIN_MISMATCH),
        ("https://a:99999", Check.ALLOW_ORIGIN_INVALID),
        ("https://user@a", Check.ALLOW_ORIGIN_MISMATCH),
        ("https://a b", Check.ALLOW_ORIGIN_MULTIPLE),
    ],
)
def test_a_wrong_origin_is_called_what_chromium_calls_it(value: str, check: Check) -> None:
    assert blocked(answering(200, [("Access-Control-Allow-Origin", value)])).check is check


def test_what_cannot_be_called_is_no_server() -> None:
    with pytest.raises(TypeError, match="no server"):
        Browser(object(), origin=ORIGIN)  # type: ignore[arg-type]


# --- preflights and their cache ---------------------------------------------------------------


def test_a_preflight_asks_with_sorted_names_and_without_cookies() -> None:
    page = Browser(putting(("Access-Control-Allow-Headers", "*")), origin=ORIGIN)
    page.cookies.set("https://api.example", "sid=1; SameSite=None; Secure")
    reply = page.fetch("/", method="PUT", headers={"X-B": "1", "x-a": "2", "X-C": "3"})
    (asked,) = reply.preflights
    assert asked.request.headers["Access-Control-Request-Headers"] == "x-a,x-b,x-c"
    assert asked.request.headers["Access-Control-Request-Method"] == "PUT"
    assert "Cookie" not in asked.request.headers


LIFETIMES = [
    (None, {"chromium": 5, "firefox": 5, "safari": 5}),
    ("0", {"chromium": 0, "firefox": 0, "safari": 0}),
    ("60", {"chromium": 60, "firefox": 60, "safari": 60}),
    ("100000", {"chromium": 7200, "firefox": 86400, "safari": 600}),
    ("9" * 200, {"chromium": 7200, "firefox": 86400, "safari": 600}),
    ("-1", {"chromium": 0, "firefox": 0, "safari": 5}),
    ("soon", {"chromium": 5, "firefox": 0, "safari": 5}),
    ("1.5", {"chromium": 5, "firefox": 0, "safari": 5}),
]


@pytest.mark.parametrize("engine", Engine)
@pytest.mark.parametrize(("value", "seconds"), LIFETIMES)
def test_a_preflight_is_remembered_as_long_as_the_engine_agrees_to(
    value: str | None, seconds: dict[str, int], engine: Engine
) -> None:
    clock = Clock()
    age = [("Access-Control-Max-Age", value)] if value is not None else []
    page = Browser(putting(*age), origin=ORIGIN, engine=engine, clock=clock)
    lifetime = seconds[engine]
    page.fetch("/", method="PUT")
    assert len(page.preflight_cache) == bool(lifetime)
    clock.now += max(lifetime - 0.5, 0)
    page.fetch("/", method="PUT")
    assert len(page.preflights) == (1 if lifetime else 2)
    clock.now += 0.5
    page.fetch("/", method="PUT")
    assert len(page.preflights) == (2 if lifetime else 3)


def test_a_cache_that_is_cleared_makes_the_browser_ask() -> None:
    page = Browser(putting(), origin=ORIGIN)
    page.fetch("/", method="PUT")
    page.clear_preflight_cache()
    page.fetch("/", method="PUT")
    assert len(page.preflights) == 2


def test_another_page_and_another_url_are_asked_about_anew() -> None:
    app = answering(
        200,
        [("Access-Control-Allow-Origin", "*")],
        (204, [("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Methods", "PUT")]),
    )
    page = Browser(app, origin=ORIGIN)
    page.fetch("/a", method="PUT")
    page.fetch("/a?b", method="PUT")
    page.at("https://other.example.com").fetch("/a", method="PUT")
    assert len(page.preflights) == 3
    page.fetch("/a#fragment", method="PUT")
    assert len(page.preflights) == 3


def test_the_standard_does_not_let_a_wildcard_cover_authorization() -> None:
    app = putting(("Access-Control-Allow-Headers", "*"))
    options: dict[str, Any] = {"headers": {"Authorization": "Bearer x"}}
    error = blocked(app, **options)
    assert error.check is Check.HEADER_NOT_ALLOWED
    assert "browsers still let it pass" in error.fix
    lax = Browser(app, origin=ORIGIN, strict=False).fetch("/", **options)
    assert "must be explicitly listed" in lax.warnings[0]


# --- cookies ----------------------------------------------------------------------------------


def cookie_sent(page: Browser, url: str, credentials: str = "include") -> str | None:
    reply = page.fetch(url, credentials=credentials, mode="no-cors")
    return reply.exchanges[-1].request.headers.get("Cookie")


@pytest.mark.parametrize(
    ("line", "url", "sent"),
    [
        ("a=1; SameSite=None; Secure", "https://api.example/", "a=1"),
        ("a=1; SameSite=None; Secure", "http://api.example/", None),
        ("a=1; SameSite=None; Secure", "https://sub.api.example/", None),
        ("a=1; SameSite=None; Secure; Domain=api.example", "https://sub.api.example/", "a=1"),
        ("a=1; SameSite=None; Secure; Path=/x", "https://api.example/x/y", "a=1"),
        ("a=1; SameSite=None; Secure; Path=/x", "https://api.example/xy", None),
        ("a=1; SameSite=None; Secure; Max-Age=0", "https://api.example/", None),
        ("a=1; SameSite=None; Secure; Max-Age=60", "https://api.example/", "a=1"),
        (
            "a=1; SameSite=None; Secure; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "https://api.example/",
            None,
        ),
        ("a=1", "https://api.example/", None),
        ("a=1; SameSite=Lax", "https://api.example/", None),
        ("a=1; SameSite=Strict", "https://api.example/", None),
        ("__Host-a=1; SameSite=None; Secure; Path=/", "https://api.example/", "__Host-a=1"),
    ],
)
def test_a_cookie_goes_where_it_may(line: str, url: str, sent: str | None) -> None:
    page = Browser(answering(), origin=ORIGIN)
    page.cookies.set("https://api.example/", line)
    assert cookie_sent(page, url) == sent
    assert cookie_sent(page, url, "omit") is None
    assert cookie_sent(page, url, "same-origin") is None


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("https://api.example.com/", "a=1; SameSite=None"),
        ("https://api.example.com/", "a=1; Domain=other.example"),
        ("https://api.example.com/", "a=1; Domain=com"),
        ("https://api.example.com/", "__Host-a=1; Secure; Path=/x"),
        ("https://api.example.com/", "__Secure-a=1"),
        ("https://api.example.com/", ""),
        ("http://api.example.com/", "a=1; Secure"),
    ],
)
def test_a_cookie_that_no_browser_takes_is_a_mistake(url: str, line: str) -> None:
    page = Browser(answering(), origin=ORIGIN)
    with pytest.raises(ValueError, match="no browser takes the cookie"):
        page.cookies.set(url, line)


def test_a_response_sets_cookies_if_credentials_are_included() -> None:
    app = answering(200, [("Set-Cookie", "a=1; SameSite=None; Secure"), ("Set-Cookie", "b=2")])
    page = Browser(app, origin=ORIGIN)
    cookie_sent(page, "/", "omit")
    assert len(page.cookies) == 0
    cookie_sent(page, "/")
    assert "a" in page.cookies
    assert "b" not in page.cookies, "from another site, and Lax by default"
    assert page.cookies["a"] == "1"
    page.cookies.clear()
    assert list(page.cookies) == []


def test_a_hostile_page_rides_on_the_session_that_the_site_gave() -> None:
    app = answering(200, [("Set-Cookie", "sid=1; SameSite=None; Secure")])
    home = Browser(app, origin="https://bank.example", base_url="https://bank.example")
    home.fetch("/login", method="POST")
    hostile = home.at("https://evil.example")
    assert cookie_sent(hostile, "https://bank.example/") == "sid=1"


def test_a_jar_can_be_looked_into() -> None:
    clock = Clock()
    page = Browser(answering(), origin=ORIGIN, wall_clock=clock)
    page.cookies.set("https://api.example/", "a=1; Max-Age=60; HttpOnly")
    (cookie,) = page.cookies
    assert (cookie.name, cookie.domain, cookie.http_only) == ("a", "api.example", True)
    assert "name='a'" in repr(page.cookies)
    clock.now += 60
    with pytest.raises(KeyError):
        page.cookies["a"]


# --- over a socket ----------------------------------------------------------------------------


def test_a_url_is_asked_over_a_socket_and_no_other_host_is() -> None:
    origin = "http://localhost:5000"
    allowed = (("Access-Control-Allow-Origin", origin),)
    away = (*allowed, ("Location", "http://other.example/"))
    script = Script(
        answers={
            "/": {"*": Answer(headers=allowed)},
            "/away": {"*": Answer(status=302, headers=away)},
        }
    )
    with serving(script) as port:
        page = Browser(f"http://127.0.0.1:{port}", origin=origin)
        assert page.fetch("/").text == "ok"
        with pytest.raises(ConnectionError, match=r"nothing serves http://other\.example"):
            page.fetch("/away")
    assert script.seen["/"][0].headers["origin"] == origin


def test_a_mapping_gives_every_origin_its_server() -> None:
    servers = {
        "https://api.example": answering(200, ALLOWED, body=b"api"),
        "https://cdn.example": answering(200, ALLOWED, body=b"cdn"),
    }
    page = Browser(servers, origin=ORIGIN)
    assert page.fetch("/").text == "api"
    assert page.fetch("https://cdn.example/").text == "cdn"
    with pytest.raises(ConnectionError, match=r"nothing serves https://else\.example"):
        page.fetch("https://else.example/")


# --- the fixture ------------------------------------------------------------------------------

pytest_plugins = ["flask_corsguard.testing.pytest_plugin"]


def test_the_fixture_makes_browsers(browser: type[Browser]) -> None:
    assert browser(answering(200, ALLOWED), origin=ORIGIN).fetch("/").ok

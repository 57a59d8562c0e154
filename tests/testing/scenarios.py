"""Made-up conversations between a page and a server: some written down, most drawn with a seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .scripted import Answer

SEED = 20250608
DRAWN = 220

# What the server knows itself as; the runner fills in the ports.
PAGE = "{page}"  # http://localhost:A, the page's own origin
API = "{api}"  # http://127.0.0.1:A, another site
NEAR = "{near}"  # http://localhost:B, another origin of the same site

Lines = tuple[tuple[str, str], ...]
ALLOW = ("Access-Control-Allow-Origin", PAGE)
CREDENTIALS = ("Access-Control-Allow-Credentials", "true")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call of fetch()."""

    path: str
    base: str = API
    init: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Calls, one after the other, and what the server answers to each path and method."""

    name: str
    steps: tuple[Step, ...]
    answers: dict[str, dict[str, Answer]]


def one(
    name: str,
    init: dict[str, Any] | None = None,
    *,
    actual: Answer | None = None,
    preflight: Answer | None = None,
    base: str = API,
    **more: Answer,
) -> Scenario:
    """Make a scenario of one call; `more` answers the paths below the first."""
    path = f"/{name}"
    answers = {path: {"*": actual or Answer(headers=(ALLOW,))}}
    if preflight:
        answers[path]["OPTIONS"] = preflight
    for below, answer in more.items():
        answers[f"{path}/{below}"] = {"*": answer, "OPTIONS": answer}
    return Scenario(
        name=name, steps=(Step(path=path, base=base, init=init or {}),), answers=answers
    )


def agreeing(*lines: tuple[str, str], status: int = 204) -> Answer:
    return Answer(status=status, headers=(ALLOW, *lines), body=b"")


def scenarios() -> list[Scenario]:
    return [
        *safelisted_headers(),
        *redirects(),
        *redirects_that_end_badly(),
        *modes(),
        *caches(),
        *failures(),
        *cookies(),
        *drawn(),
    ]


# --- written down -----------------------------------------------------------------------------

VALUES = {
    "Accept": ["text/html", "a" * 128, "a" * 129, 'text/"x"', "a(b", "a{b", "a\tb", "*/*;q=0.5"],
    "Accept-Language": ["de, en;q=0.5", "de_AT", "d" * 129, "*", 'd"e', "a=b"],
    "Content-Language": ["en", "en/us", "e,n"],
    "Content-Type": [
        "text/plain",
        "TEXT/PLAIN;charset=x",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json",
        "text/html",
        "text/plain, text/plain",
        "text/plain; x=(y)",
        "text /plain",
        "text",
        "text/plain;" + "x" * 120,
    ],
    "Range": ["bytes=0-", "bytes=1-5", "bytes=-5", "bytes=5-1", "bytes=0-1,3-4", "Bytes=0-1"],
    "X-Custom": ["1", "", "caf\u00e9"],
    "Authorization": ["Bearer x"],
    "Cache-Control": ["no-cache"],
    "If-None-Match": ['"x"'],
    "DNT": ["1"],
    "Sec-Custom": ["1"],
    "Proxy-Custom": ["1"],
    "Cookie": ["a=b"],
    "X-HTTP-Method-Override": ["PUT", "TRACE", "put, Track"],
}


def safelisted_headers() -> Iterator[Scenario]:
    for name, values in VALUES.items():
        for number, value in enumerate(values):
            # The answer allows nothing: whoever asks is blocked, whoever does not goes on.
            method = "POST" if name.startswith("Content") else "GET"
            init = {"method": method, "headers": {name: value}}
            yield one(f"header-{name}-{number}".lower(), init, preflight=agreeing())
    many = {"Accept": "a" * 128, "Accept-Language": "a" * 128, "Content-Language": "a" * 128}
    yield one("header-many", {"headers": many}, preflight=agreeing())
    for times, length in ((2, 63), (2, 64), (2, 100), (9, 128)):
        lines = [["Accept", "a" * length]] * times
        yield one(f"header-{times}-times-{length}", {"headers": lines}, preflight=agreeing())
    names = {"X-B": "1", "x-a": "2", "Content-Type": "application/json", "X-C": "3"}
    listed = agreeing(("Access-Control-Allow-Headers", "X-A,x-b , CONTENT-type,x-c"))
    yield one("header-order", {"method": "POST", "headers": names}, preflight=listed)


def redirects() -> Iterator[Scenario]:
    """Redirects of every status and method, near and far, with and without a preflight."""
    listed = (
        ("Access-Control-Allow-Methods", "PUT, POST"),
        ("Access-Control-Allow-Headers", "x-a, authorization"),
    )
    star = (("Access-Control-Allow-Origin", "*"), *listed)
    for status in (301, 302, 303, 307, 308):
        for method in ("GET", "POST", "PUT"):
            for to, host in (("self", API), ("page", PAGE), ("near", NEAR)):
                name = f"redirect-{status}-{method}-{to}".lower()
                headers = {"X-A": "1", "Authorization": "x"} if status == 307 else {}
                init = {"method": method, "headers": headers}
                if method != "GET":
                    init["body"] = "sent"
                moved = Answer(
                    status=status, headers=(*star, ("Location", f"{host}/{name}/there")), body=b""
                )
                yield one(name, init, actual=moved, preflight=agreeing(*listed), there=end(star))


def end(lines: Lines) -> Answer:
    return Answer(status=200, headers=(*lines, ("X-End", "1")), body=b"the end")


def redirects_that_end_badly() -> Iterator[Scenario]:
    for number, location in enumerate(
        ("data:text/plain,x", "about:blank", "ftp://a.example/x", "mailto:x@y.example", "http://")
    ):
        moved = Answer(status=302, headers=(ALLOW, ("Location", location)), body=b"")
        yield one(f"redirect-to-{number}", actual=moved)
    userinfo = API.replace("{api}", "{api_userinfo}") + "/redirect-userinfo/there"
    moved = Answer(status=302, headers=(ALLOW, ("Location", userinfo)), body=b"")
    yield one("redirect-userinfo", actual=moved, there=end((ALLOW,)))
    yield one("redirect-without-location", actual=Answer(status=302, headers=(ALLOW,), body=b""))
    loop = Answer(status=302, headers=(ALLOW, ("Location", "/redirect-loop")), body=b"")
    yield one("redirect-loop", actual=loop)
    home = Answer(status=302, headers=(("Location", API + "/redirect-from-home/there"),), body=b"")
    yield one("redirect-from-home", actual=home, base=PAGE, there=end((ALLOW,)))
    for mode in ("error", "manual"):
        moved = Answer(status=302, headers=(ALLOW, ("Location", "/ok")), body=b"")
        yield one(f"redirect-{mode}", {"redirect": mode}, actual=moved)
        yield one(f"redirect-{mode}-home", {"redirect": mode}, actual=moved, base=PAGE)
        bare = Answer(status=302, headers=(("Location", "/ok"),), body=b"")
        yield one(f"redirect-{mode}-bare", {"redirect": mode}, actual=bare)


def modes() -> Iterator[Scenario]:
    for base, where in ((API, "far"), (NEAR, "near"), (PAGE, "home")):
        for method in ("GET", "POST", "PUT", "TRACE", "patch"):
            for mode in ("no-cors", "same-origin", "cors"):
                init = {"method": method, "mode": mode, "headers": {"X-A": "1"}}
                listed = agreeing(
                    ("Access-Control-Allow-Methods", "PUT,PATCH"),
                    ("Access-Control-Allow-Headers", "x-a"),
                )
                name = f"mode-{where}-{method}-{mode}"
                yield one(name, init, preflight=listed, base=base)
    for value in ("same-origin", "same-site", "cross-origin"):
        for base, where in ((API, "far"), (NEAR, "near")):
            policy = Answer(headers=(("Cross-Origin-Resource-Policy", value),))
            yield one(f"corp-{where}-{value}", {"mode": "no-cors"}, actual=policy, base=base)
    for credentials in ("omit", "same-origin", "include"):
        exposed = Answer(
            headers=(
                ALLOW,
                CREDENTIALS,
                ("Access-Control-Expose-Headers", "*"),
                ("X-Total", "1"),
                ("Set-Cookie", "a=b; Path=/nowhere"),
            )
        )
        yield one(f"expose-{credentials}", {"credentials": credentials}, actual=exposed)
    yield one("get-with-body", {"body": "x"})
    yield one("bad-header-name", {"headers": {"x y": "1"}})
    yield one("bad-method", {"method": "A B"})


def caches() -> Iterator[Scenario]:
    """Two and three calls of one URL: which of them ask again?"""
    put = {"method": "PUT"}
    delete = {"method": "DELETE"}
    header = {"headers": {"X-A": "1"}}
    plans: dict[str, tuple[dict[str, Any], ...]] = {
        "again": (put, put),
        "another": (put, delete, put),
        "header": (put, header, put),
        "credentials-later": (put, put | {"credentials": "include"}, put),
        "credentials-first": (put | {"credentials": "include"}, put),
    }
    lists = {
        "one": (("Access-Control-Allow-Methods", "PUT"), ("Access-Control-Allow-Headers", "")),
        "all": (
            ("Access-Control-Allow-Methods", "PUT, DELETE"),
            ("Access-Control-Allow-Headers", "x-a"),
        ),
        "star": (("Access-Control-Allow-Methods", "*"), ("Access-Control-Allow-Headers", "*")),
    }
    ages = {"none": (), "zero": ("0",), "long": ("600",), "minus": ("-1",), "word": ("soon",)}
    for plan, inits in plans.items():
        for kind, lines in lists.items():
            for age, values in ages.items():
                if plan != "again" and age in {"minus", "word", "zero"}:
                    continue
                given = tuple(("Access-Control-Max-Age", value) for value in values)
                name = f"cache-{plan}-{kind}-{age}"
                asked = agreeing(CREDENTIALS, *lines, *given)
                both = {"OPTIONS": asked, "*": Answer(headers=(ALLOW, CREDENTIALS))}
                steps = tuple(Step(path=f"/{name}", init=init) for init in inits)
                yield Scenario(name=name, steps=steps, answers={f"/{name}": both})


def failures() -> Iterator[Scenario]:
    """The preflight is fine and the response is not: does the next call ask again?"""
    listed = agreeing(("Access-Control-Allow-Methods", "PUT"), ("Access-Control-Max-Age", "600"))
    for method in ("PUT", "POST"):
        name = f"failing-{method}".lower()
        init = {"method": method}
        both = {"OPTIONS": listed, "*": Answer()}
        steps = (Step(path=f"/{name}", init=init),) * 2
        yield Scenario(name=name, steps=steps, answers={f"/{name}": both})


def cookies() -> Iterator[Scenario]:
    """What was set at home, or by the API, and goes along later."""
    attributes = ("", "; SameSite=Lax", "; SameSite=Strict", "; SameSite=None; Secure", "; Secure")
    for number, attribute in enumerate(attributes):
        for base, where in ((PAGE, "home"), (NEAR, "near"), (API, "far")):
            name = f"cookie-{where}-{number}"
            path = f"/{name}"
            line = ("Set-Cookie", f"c{number}=1; Path={path}{attribute}")
            answer = {"*": Answer(headers=(ALLOW, CREDENTIALS, line))}
            modes = ("include", "include", "same-origin", "omit")
            steps = tuple(Step(path=path, base=base, init={"credentials": m}) for m in modes)
            yield Scenario(name=name, steps=steps, answers={path: answer})


# --- drawn ------------------------------------------------------------------------------------

ORIGINS = (PAGE, PAGE, PAGE, PAGE, "*", "*", "null", API, PAGE + "/", "", None, f"{PAGE}, {PAGE}")
METHODS = ("GET", "HEAD", "POST", "PUT", "put", "DELETE", "PATCH", "patch", "OPTIONS", "QUERY")
METHOD_LISTS = (
    "*",
    "GET, POST, PUT, DELETE, PATCH",
    "put,patch, QUERY,OPTIONS",
    ",PUT,,DELETE, PATCH",
    "PUT DELETE",
    "PATCH,HEAD",
    "",
    None,
)
HEADER_LISTS = (
    "*",
    "x-a, x-b, content-type",
    "X-A",
    "x-a,,X-B , ",
    "x-a x-b",
    "authorization,*",
    None,
)
SET = ({}, {}, {"X-A": "1"}, {"X-A": "1", "X-B": "2"}, {"Content-Type": "application/json"})
EXPOSED = (
    None,
    "*",
    "x-total",
    "X-Total, X-Other",
    "x-total,,",
    "x-total;x",
    "set-cookie, x-total",
)
STATUSES = (200, 200, 200, 201, 204, 301, 304, 400, 401, 404, 405, 500)


def drawn() -> Iterator[Scenario]:
    dice = random.Random(SEED)  # noqa: S311 - the same scenarios in every run
    for number in range(DRAWN):
        yield draw(dice, f"drawn-{number}")


def draw(dice: random.Random, name: str) -> Scenario:
    init: dict[str, Any] = {
        "method": dice.choice(METHODS),
        "headers": dice.choice(SET),
        "credentials": dice.choice(("same-origin", "same-origin", "include", "omit")),
    }
    if init["method"] not in {"GET", "HEAD"} and dice.random() < 0.4:
        init["body"] = "text"
    common = draw_common(dice)
    status = 204 if dice.random() < 0.7 else dice.choice(STATUSES)
    asked = Answer(status=status, headers=draw_preflight(dice, common))
    if dice.random() < 0.3:
        common = draw_common(dice)
    # A redirect needs somewhere to go to; those are written down above.
    status = dice.choice([s for s in STATUSES if s not in {301, 304}])
    actual = Answer(status=status, headers=draw_actual(dice, common))
    base = dice.choice((API, API, API, NEAR))
    return one(name, init, actual=actual, preflight=asked, base=base)


def draw_common(dice: random.Random) -> Lines:
    lines = [("Access-Control-Allow-Origin", dice.choice(ORIGINS))]
    if dice.random() < 0.1:
        lines.append(("Access-Control-Allow-Origin", dice.choice(ORIGINS)))
    allowed = dice.choice(("true", "true", "true", "True", "1", None))
    return present([*lines, ("Access-Control-Allow-Credentials", allowed)])


def draw_preflight(dice: random.Random, common: Lines) -> Lines:
    methods, names = dice.choice(METHOD_LISTS), dice.choice(HEADER_LISTS)
    lists = [("Access-Control-Allow-Methods", methods), ("Access-Control-Allow-Headers", names)]
    return common + present(lists)


def draw_actual(dice: random.Random, common: Lines) -> Lines:
    exposed = [("Access-Control-Expose-Headers", dice.choice(EXPOSED)) for _ in range(2)]
    sent = [("X-Total", "1"), ("X-Other", "2"), ("ETag", '"x"'), ("Content-Language", "en")]
    return common + present([*exposed[: dice.choice((1, 1, 2))], *sent])


def present(lines: list[tuple[str, str | None]]) -> Lines:
    return tuple((name, value) for name, value in lines if value is not None)

"""
A long life in one process: requests of mixed kinds, and what they leave behind.

    python tests/hostile/soak.py               a million requests
    python tests/hostile/soak.py --requests N

Memory is looked at after a tenth of the requests, when all that is kept on purpose is there, and
at the end. Whatever is logged as a warning, or warned of by Python, ends the run.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import logging
import random
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from flask import Flask, Response, redirect  # noqa: E402 - run by hand, the paths come first

from flask_corsguard import (  # noqa: E402
    CORSGuard,
    CORSMiddleware,
    cross_origin,
    origin_rejected,
    same_origin,
)
from support.doors import Request, call, environ_of  # noqa: E402

__all__ = ["Report", "soak"]

APP = "https://app.example"
HOST = ("Host", "api.example")
STEP = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """
    Say what a run came to; sizes in KiB.
    """

    requests: int
    seconds: float
    start: int
    tenth: int
    end: int
    statuses: dict[int, int]
    logged: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.requests} requests in {self.seconds:.0f} s; resident memory "
            f"{self.start} KiB at the start, {self.tenth} KiB at 10 %, {self.end} KiB at the end; "
            f"statuses {self.statuses}; {len(self.logged)} warnings"
        )


def soak(requests: int, *, progress: bool = False) -> Report:
    """
    Send requests through applications with hooks, with the fast path and through the middleware.

    Args:
        requests: How many.
        progress: Whether to print how far it is.
    """
    logged: list[str] = []
    doors, kinds = _doors(), _kinds()
    statuses: dict[int, int] = {}
    with warnings.catch_warnings(), _listening(logged):
        warnings.simplefilter("error")
        for _ in range(200):
            next(kinds)
        started, start, tenth = time.monotonic(), _resident(), 0
        for number, (door, request) in zip(
            range(requests), zip(doors, kinds, strict=False), strict=False
        ):
            status, _, _ = call(door, environ_of(request))
            statuses[status] = statuses.get(status, 0) + 1
            if number == requests // 10:
                gc.collect()
                tenth = _resident()
            if progress and number % STEP == 0:
                print(f"\r{number} of {requests}, {_resident()} KiB ", end="", flush=True)  # noqa: T201
        seconds = time.monotonic() - started
        gc.collect()
    return Report(
        requests=requests,
        seconds=seconds,
        start=start,
        tenth=tenth,
        end=_resident(),
        statuses=dict(sorted(statuses.items())),
        logged=tuple(logged),
    )


class _Listener(logging.Handler):
    def __init__(self, logged: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._logged = logged

    def emit(self, record: logging.LogRecord) -> None:
        self._logged.append(f"{record.name}: {record.getMessage()}")

    def __enter__(self) -> None:
        logging.getLogger().addHandler(self)

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)


_listening = _Listener


def _resident() -> int:
    """
    Give the resident memory of this process in KiB, or 0 where the system does not say.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found.group(1)) if found else 0


def _doors() -> Iterator[Any]:
    options: dict[str, Any] = {
        "origins": [
            APP,
            "https://*.partner.example",
            re.compile(r"https://pr-\d{1,5}\.dev\.example"),
        ],
        "credentials": True,
        "allow_headers": ["Authorization", "Content-Type"],
        "enforce": True,
    }
    heard = _app(options)
    fast = _app({**options, "fast_path": True})
    reloaded = _app(options)
    middleware = CORSMiddleware(_app({"origins": "*"}), **options)
    doors = itertools.cycle([_app(options), fast, heard, reloaded, middleware])
    with origin_rejected.connected_to(_ignore, sender=heard):
        for number, door in enumerate(doors):
            if door is reloaded and number % 5000 < 5:
                CORSGuard().reload(reloaded, **{**options, "max_age": number % 600})
            yield door


def _ignore(sender: object, decision: object) -> None:
    del sender, decision


def _app(options: dict[str, Any]) -> Flask:
    app = Flask("soak")
    CORSGuard(app, **options)
    app.add_url_rule("/item", "item", lambda: Response("ok"), methods=["GET", "POST", "PUT"])
    app.add_url_rule("/item/<int:n>", "one", lambda n: Response(str(n)), methods=["GET", "DELETE"])
    app.add_url_rule("/slash/", "slash", lambda: Response("ok"))
    app.add_url_rule("/moved", "moved", lambda: redirect("/item"))
    marked: dict[str, Callable[[Any], Any]] = {
        "closed": same_origin,
        "open": cross_origin(origins="*"),
        "asked": cross_origin(origins=lambda origin, _: origin.endswith("7.example")),
    }
    for name, mark in marked.items():
        app.add_url_rule(f"/{name}", name, mark(lambda: Response("ok")), methods=["GET", "PUT"])
    return app


def _kinds() -> Iterator[Request]:
    """
    Yield requests without end: the same for everybody who asks.
    """
    dice = random.Random(7)  # noqa: S311 - the same every time, on purpose
    paths = [
        "/item",
        "/slash",
        "/slash/",
        "/moved",
        "/closed",
        "/open",
        "/asked",
        "/none",
        "//item",
    ]
    methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "QUERY"]
    sites = ["same-origin", "same-site", "cross-site", "none", "?"]
    for number in itertools.count():
        origins = [
            APP,
            f"https://{number:x}.partner.example",
            f"https://{number}.evil.example",
            f"https://pr-{number % 100_000}.dev.example",
            f"https://{number}.example",
            "null",
            f"{APP}\x00{number}",
            "https://api.example",
        ]
        headers = [HOST]
        if dice.random() < 0.85:
            headers.append(("Origin", dice.choice(origins)))
        if dice.random() < 0.2:
            headers.append(("Sec-Fetch-Site", dice.choice(sites)))
        method = dice.choice(methods)
        if dice.random() < 0.3:
            method = "OPTIONS"
            asked = dice.choice([*methods, f"M{number}"])
            headers.append(("Access-Control-Request-Method", asked))
            if dice.random() < 0.5:
                names = dice.choice(["authorization,content-type", f"x-{number}", "x y", "," * 40])
                headers.append(("Access-Control-Request-Headers", names))
        path = dice.choice([*paths, f"/item/{number}", f"/none/{number}"])
        yield Request(method=method, path=path, headers=tuple(headers))


def main() -> int:
    """
    Run it, and fail if memory has grown by a tenth or anything was warned of.
    """
    parser = argparse.ArgumentParser(description="Requests of mixed kinds through one process.")
    parser.add_argument("--requests", type=int, default=1_000_000)
    report = soak(parser.parse_args().requests, progress=True)
    print(f"\r{report}")  # noqa: T201
    for line in report.logged[:20]:
        print(line)  # noqa: T201
    return int(bool(report.logged) or report.end > 1.1 * report.tenth)


if __name__ == "__main__":
    sys.exit(main())

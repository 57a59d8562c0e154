"""An answer that is wrong is found out, whatever is wrong with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import flask_corsguard
from benchmarks.answers import Answer, Fault, bare_faults, faults
from benchmarks.scenarios import BODY, SCENARIOS, Expected, Request
from repository import ROOT

ORIGIN = "https://tenant-000008.example.com"
SHARED = {"access-control-allow-origin": ORIGIN, "access-control-allow-credentials": "true"}
ALLOWED = {**SHARED, "access-control-expose-headers": "X-Total-Count", "vary": "Origin"}
PREFLIGHT = {
    **SHARED,
    "access-control-allow-methods": "GET, PUT",
    "access-control-allow-headers": "Authorization, Content-Type, X-Request-Id",
    "access-control-max-age": "600",
    "vary": "Origin, Access-Control-Request-Method",
}
RIGHT = {
    "no-origin/10": (200, {"vary": "Origin"}),
    "allowed/10": (200, ALLOWED),
    "rejected/10": (200, {"vary": "Accept-Encoding, Origin"}),
    "preflight/new-url": (204, PREFLIGHT),
    "preflight/stranger": (403, {"vary": "Origin"}),
    "preflight/method": (204, PREFLIGHT),
    "preflight/header": (204, PREFLIGHT),
}


def request_of(name: str) -> Request:
    return SCENARIOS[name].request(0)


def answer(name: str, status: int, headers: dict[str, str], body: bytes | None = None) -> Answer:
    usual = b"" if name.startswith("preflight") else BODY
    return Answer(
        status=status, headers=tuple(headers.items()), body=usual if body is None else body
    )


def found(name: str, given: Answer) -> set[Fault]:
    return set(faults(given, request_of(name), SCENARIOS[name].expected))


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_has_no_faults(name: str) -> None:
    assert not found(name, answer(name, *RIGHT[name]))


def without(headers: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in names}


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("allowed/10", (500, ALLOWED), Fault.STATUS),
        ("allowed/10", (200, ALLOWED, b""), Fault.BODY),
        ("allowed/10", (200, without(ALLOWED, "vary")), Fault.NO_VARY),
        ("allowed/10", (200, {**ALLOWED, "vary": "Accept"}), Fault.NO_VARY),
        (
            "allowed/10",
            (200, {**ALLOWED, "access-control-allow-origin": "https://x.example"}),
            Fault.NOT_ALLOWED,
        ),
        (
            "allowed/10",
            (200, without(ALLOWED, "access-control-allow-credentials")),
            Fault.NO_CREDENTIALS,
        ),
        (
            "allowed/10",
            (200, without(ALLOWED, "access-control-expose-headers")),
            Fault.NOTHING_EXPOSED,
        ),
        ("rejected/10", (200, ALLOWED), Fault.ALLOWED_TOO_MUCH),
        ("rejected/10", (200, {}), Fault.NO_VARY),
        ("no-origin/10", (200, ALLOWED), Fault.HEADERS_WITHOUT_ORIGIN),
        ("preflight/new-url", (404, PREFLIGHT), Fault.STATUS),
        (
            "preflight/new-url",
            (204, {**PREFLIGHT, "access-control-allow-methods": "GET"}),
            Fault.NOT_ALLOWED,
        ),
        (
            "preflight/new-url",
            (204, {**PREFLIGHT, "access-control-allow-headers": "Authorization"}),
            Fault.NOT_ALLOWED,
        ),
        (
            "preflight/new-url",
            (204, {**PREFLIGHT, "access-control-max-age": "5"}),
            Fault.MAX_AGE,
        ),
        (
            "preflight/method",
            (204, {**PREFLIGHT, "access-control-allow-methods": "GET, PATCH"}),
            Fault.ALLOWED_TOO_MUCH,
        ),
        (
            "preflight/header",
            (204, {**PREFLIGHT, "access-control-allow-headers": "X-Unlisted"}),
            Fault.ALLOWED_TOO_MUCH,
        ),
    ],
)
def test_a_wrong_answer_is_found_out(
    name: str, given: tuple[int, dict[str, str]], expected: Fault
) -> None:
    assert expected in found(name, answer(name, *given))


def test_two_allow_origins_are_found_out() -> None:
    right = answer("allowed/10", *RIGHT["allowed/10"])
    twice = Answer(
        status=200, headers=(*right.headers, ("access-control-allow-origin", ORIGIN)), body=BODY
    )
    assert Fault.SEVERAL_ORIGINS in found("allowed/10", twice)


def test_a_stranger_that_is_let_in_by_a_preflight_is_found_out() -> None:
    request = request_of("preflight/stranger")
    headers = {**PREFLIGHT, "access-control-allow-origin": request.origin.decode()}
    given = answer("preflight/stranger", 204, headers)
    assert faults(given, request, Expected.PREFLIGHT_REJECTED) == {Fault.ALLOWED_TOO_MUCH}


def test_a_bare_application_knows_nothing_of_cors() -> None:
    plain = answer("allowed/10", 200, {})
    assert not bare_faults(plain, Expected.ALLOWED)
    assert bare_faults(answer("allowed/10", *RIGHT["allowed/10"]), Expected.ALLOWED)
    assert bare_faults(answer("allowed/10", 404, {}), Expected.ALLOWED) == {Fault.STATUS}
    assert bare_faults(answer("allowed/10", 200, {}, b"else"), Expected.ALLOWED) == {Fault.BODY}
    assert not bare_faults(answer("preflight/new-url", 405, {}, b"no"), Expected.PREFLIGHT_ALLOWED)


def test_every_implementation_answers_as_it_is_said_to_in_every_scenario() -> None:
    """In a process of its own, because Django's settings are there once. The largest lists take
    long to read, and are no other code."""
    package = Path(flask_corsguard.__file__ or "").parents[1]
    first = [] if package.name == "site-packages" else [str(package)]
    code = (
        f"import sys; sys.path[:0] = {first!r}; sys.path.append({str(ROOT)!r}); "
        "from benchmarks.cli import main; sys.exit(main(['--check', '--quick']))"
    )
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(
        command, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "cells answer as they are said to" in done.stdout

"""An application that answers what a case says, in this process."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data"

Pairs = Iterable[tuple[str, str]]


def load(name: str) -> list[dict[str, Any]]:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def answering(
    status: int = 200,
    headers: Pairs = (),
    preflight: tuple[int, Pairs] | None = None,
    body: bytes = b"ok",
) -> Callable[..., Iterable[bytes]]:
    """Make an application that gives one answer to preflights and one to everything else."""

    def app(environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        asked = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        code, lines = preflight if asked and preflight else (status, headers)
        start_response(f"{code} Answer", [(name, value) for name, value in lines])
        return [body]

    return app


def by_path(
    answers: Mapping[str, tuple[int, Pairs]],
    seen: list[Mapping[str, Any]] | None = None,
    preflight: tuple[int, Pairs] | None = None,
) -> Callable[..., Iterable[bytes]]:
    """Make an application that answers by host and path, or by path alone; else with 200."""

    def app(environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if seen is not None:
            seen.append(dict(environ))
        path = environ["PATH_INFO"]
        asked = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        answer = answers.get(environ["HTTP_HOST"] + path) or answers.get(path, (200, ()))
        code, lines = preflight if asked and preflight else answer
        start_response(f"{code} Answer", list(lines))
        return [environ["wsgi.input"].read()]

    return app

"""
The cases of `protocol.json` as they go over a socket.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from support.data import load
from support.doors import Answer, Request

from .agreed import CALLED, find_mounts
from .client import Client

__all__ = ["of_kind", "send"]

_CASES: list[dict[str, Any]] = load("protocol")
_MOUNTS = {json.dumps(policy, sort_keys=True): path for path, policy in find_mounts().items()}
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def of_kind(kind: str) -> list[Any]:
    """
    Give the cases of a kind, but for those with bytes that no header line can hold.
    """
    cases = [case for case in _CASES if case["kind"] == kind and _is_sendable(case)]
    return [pytest.param(case, id=case["id"]) for case in cases]


def send(client: Client, case: dict[str, Any], request: Request) -> Answer | None:
    """
    Send a request to the application with a case's policy; None if the guard has refused that.
    """
    mount = _MOUNTS[json.dumps(case["policy"], sort_keys=True)]
    reply = client.ask(request.method, mount + request.path, request.headers)
    called = reply.get(CALLED)
    if called is None:
        return None
    headers = tuple((n, v) for n, v in reply.headers if n != CALLED)
    return Answer(status=reply.status, headers=headers, handler_called=called == "yes")


def _is_sendable(case: dict[str, Any]) -> bool:
    requests = case.get("requests") or [case.get("request") or {"headers": []}]
    return not any(_UNSENDABLE.search(v) for r in requests for _, v in r["headers"])

"""
The cases of `protocol.json`, on real servers.
"""

from __future__ import annotations

from typing import Any

import pytest

from support.doors import Request
from support.expectation import check_expectation, cors_headers, varies_on

from .cases import of_kind, send
from .client import Client
from .launch import Server


@pytest.mark.parametrize("case", of_kind("single"))
def test_every_single_case_is_answered_on_real_servers(
    server: Server, case: dict[str, Any]
) -> None:
    request = Request.of(case["request"])
    with Client(server.port) as client:
        answer = send(client, case, request)
    if answer is None:
        assert case["expect"].get("config_may_reject")
        return
    check_expectation(answer, case["expect"], request, "flask")


@pytest.mark.parametrize("case", of_kind("relation"))
def test_answers_of_real_servers_that_differ_by_origin_all_vary_on_it(
    server: Server, case: dict[str, Any]
) -> None:
    with Client(server.port) as client:
        answers = [send(client, case, Request.of(request)) for request in case["requests"]]
    seen = [cors_headers(answer) for answer in answers if answer is not None]
    assert len(seen) == len(answers)
    if any(headers != seen[0] for headers in seen):
        assert all(answer and "origin" in varies_on(answer) for answer in answers)

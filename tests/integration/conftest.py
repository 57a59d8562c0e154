"""
The ways through the guard: what they answer must not differ.

A guard does less for a request where nobody listens, and more outside of Flask with `fast_path`.
A module that asks for `way` is run once for each.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.datastructures import ImmutableDict

from flask_corsguard import Decision, cors_decided


@pytest.fixture(params=["silent", "heard", "fast"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """
    Send requests through the guard with nobody listening, with a receiver, and on the fast path.
    """

    def receive(sender: object, *, decision: Decision) -> None:
        assert decision.outcome

    if request.param == "heard":
        with cors_decided.connected_to(receive):
            yield request.param
        return
    if request.param == "fast":
        fast = ImmutableDict({**Flask.default_config, "CORSGUARD_FAST_PATH": True})
        monkeypatch.setattr(Flask, "default_config", fast)
    yield request.param

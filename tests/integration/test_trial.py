"""
A trial is decided beside the real configuration: it says what would change, and changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from flask_corsguard import (
    CORSGuard,
    Decision,
    PolicyError,
    Reason,
    RequestHead,
    cors_decided,
    cross_origin,
    trial_differed,
)
from flask_corsguard.trials import TrialChange

from .helpers import ALLOWED, STRANGER, Answer, ask, logged, preflight

pytestmark = pytest.mark.usefixtures("way")

OTHER = "https://other.example"
TEXT = "A trial decided otherwise"


@dataclass(frozen=True, slots=True)
class Differed:
    sender: object
    decision: Decision
    trial: Decision
    change: TrialChange


@contextmanager
def differences(app: Flask) -> Iterator[list[Differed]]:
    found: list[Differed] = []

    def receive(
        sender: object, *, decision: Decision, trial: Decision, change: TrialChange
    ) -> None:
        found.append(Differed(sender, decision, trial, change))

    with trial_differed.connected_to(receive, app):
        yield found


def make_app(**options: Any) -> Flask:
    app = Flask("shop")
    methods = ["GET", "PUT", "POST"]
    app.add_url_rule("/", view_func=lambda: "home", endpoint="home", methods=methods)
    app.add_url_rule("/item/<n>", view_func=lambda n: n, endpoint="item", methods=methods)
    app.add_url_rule(
        "/open",
        view_func=cross_origin(origins="*")(lambda: "open"),
        endpoint="open",
        methods=methods,
    )
    CORSGuard(app, **{"origins": [ALLOWED, OTHER], **options})
    return app


REQUESTS: list[Callable[[Flask], Answer]] = [
    *(
        lambda app, o=o, p=p, m=m: ask(app, m, p, origin=o)
        for o, p, m in product(
            [None, ALLOWED, OTHER, STRANGER, "null", "nonsense"],
            ["/", "/item/7", "/open", "/missing", "/item/7/"],
            ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"],
        )
    ),
    *(
        lambda app, o=o, m=m, n=n: preflight(app, "/", m, origin=o, names=n)
        for o, m, n in product(
            [ALLOWED, OTHER, STRANGER, "null"], ["PUT", "DELETE", "x" * 99], [None, "x-a", ",,"]
        )
    ),
]


def fails(origin: str, head: RequestHead) -> bool:
    raise ConnectionError


@pytest.mark.parametrize(
    "trial",
    [
        {"origins": [ALLOWED]},
        {"origins": []},
        {"credentials": True, "expose_headers": ["X-Tried"], "methods": ["PUT"], "max_age": 0},
        {"resources": {"/item/*": {"origins": [ALLOWED]}}},
        {"resources": {"/open": {"origins": [fails]}, "/*": {"origins": [fails]}}},
    ],
    ids=["fewer", "nobody", "others", "rules", "broken"],
)
@pytest.mark.parametrize("enforce", [False, True, "report"])
def test_a_trial_changes_no_response(trial: dict[str, object], enforce: object) -> None:
    bare = make_app(enforce=enforce)
    wanted = [send(bare) for send in REQUESTS]
    tried = make_app(enforce=enforce, trial=trial)
    assert [send(tried) for send in REQUESTS] == wanted


@pytest.mark.parametrize(
    ("send", "change"),
    [
        (lambda app: ask(app, origin=ALLOWED), None),
        (lambda app: ask(app, origin=STRANGER), None),
        (ask, None),
        (lambda app: ask(app, origin=OTHER), TrialChange.WOULD_REJECT),
        (lambda app: ask(app, origin=OTHER, path="/missing"), TrialChange.WOULD_REJECT),
        (lambda app: preflight(app, origin=OTHER), TrialChange.WOULD_REJECT),
        (lambda app: preflight(app, origin=ALLOWED), None),
        (lambda app: preflight(app, origin=STRANGER), None),
    ],
)
def test_where_they_differ_a_signal_says_so(
    send: Callable[[Flask], Answer], change: TrialChange | None
) -> None:
    app = make_app(trial={"origins": [ALLOWED]})
    with differences(app) as found:
        send(app)
    assert [each.change for each in found] == ([] if change is None else [change])


def test_both_decisions_are_told() -> None:
    app = make_app(trial={"origins": [ALLOWED], "name": "strict"}, name="lax")
    with differences(app) as found:
        ask(app, origin=OTHER, path="/item/7")
    (each,) = found
    assert each.sender is app
    assert (each.decision.policy, each.decision.reason) == ("lax", None)
    assert (each.trial.policy, each.trial.reason) == ("strict", Reason.ORIGIN_NOT_ALLOWED)
    assert each.decision.path == each.trial.path == "/item/7"


def test_the_other_signals_are_about_what_counts() -> None:
    app = make_app(trial={"origins": []})
    seen: list[Decision] = []
    with cors_decided.connected_to(lambda _, decision: seen.append(decision), app):
        ask(app, origin=ALLOWED)
    assert [(each.reason, each.policy) for each in seen] == [(None, "guard")]


@pytest.mark.parametrize(
    ("trial", "send", "change"),
    [
        (
            {"credentials": True},
            lambda app: ask(app, origin=ALLOWED),
            TrialChange.OTHER_HEADERS,
        ),
        ({"max_age": 5}, preflight, TrialChange.OTHER_HEADERS),
        ({"max_age": 5}, lambda app: ask(app, origin=ALLOWED), None),
        ({"methods": ["DELETE"]}, preflight, TrialChange.WOULD_REJECT),
        (
            {"origins": [ALLOWED, OTHER, STRANGER]},
            lambda app: ask(app, origin=STRANGER),
            TrialChange.WOULD_ALLOW,
        ),
        ({"name": "another"}, lambda app: ask(app, origin=ALLOWED), None),
    ],
)
def test_what_would_change_is_named(
    trial: dict[str, object], send: Callable[[Flask], Answer], change: TrialChange | None
) -> None:
    app = make_app(trial=trial)
    with differences(app) as found:
        send(app)
    assert [each.change for each in found] == ([] if change is None else [change])


def test_what_would_be_refused_is_named() -> None:
    app = make_app(enforce=True, trial={"origins": [ALLOWED]})
    with differences(app) as found:
        assert ask(app, "PUT", origin=STRANGER).status == 403  # by both
        assert ask(app, "PUT", origin=OTHER).status == 200
    assert [each.change for each in found] == [TrialChange.WOULD_REFUSE]
    assert found[0].trial.status == 403


def test_a_request_of_the_own_origin_differs_in_nothing() -> None:
    app = make_app(trial={"origins": []})
    with differences(app) as found:
        ask(app, origin=ALLOWED, host="app.example")
        ask(app, origin=ALLOWED, headers={"Sec-Fetch-Site": "same-origin"})
    assert found == []


def test_marks_on_views_count_in_both() -> None:
    app = make_app(trial={"origins": []})
    with differences(app) as found:
        ask(app, origin=STRANGER, path="/open")
    assert found == []


def test_a_trial_inherits_what_it_does_not_say() -> None:
    app = make_app(
        allow_headers=["X-A"], credentials=True, policies={"p": {"origins": ALLOWED}}, trial={}
    )
    trial = {"resources": {"/item/*": {}, "/missing": "p"}}
    app = make_app(
        allow_headers=["X-A"],
        credentials=True,
        policies={"p": {"origins": ALLOWED}},
        trial=trial,
    )
    with differences(app) as found:
        assert preflight(app, "/item/7", names="x-a").status == 204
        ask(app, origin=OTHER, path="/item/7")
    assert found == []
    with differences(app) as found:
        ask(app, origin=ALLOWED)
    assert [each.trial.reason for each in found] == [Reason.NO_POLICY]


def test_it_is_logged_aloud_once_a_minute_for_each_policy_and_change(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = make_app(trial={"origins": [ALLOWED], "name": "strict"})
    with caplog.at_level(logging.INFO, "flask_corsguard"):
        for _ in range(3):
            ask(app, origin=OTHER)
            ask(app, origin=OTHER, path="/item/7")
    assert logged(caplog) == [TEXT]
    assert logged(caplog, logging.INFO, containing=TEXT) == [TEXT] * 6
    record: Any = next(r for r in caplog.records if r.getMessage() == TEXT)
    assert (record.cors_change, record.cors_origin) == ("would-reject", OTHER)
    assert (record.cors_policy, record.cors_trial_policy) == ("guard", "strict")
    assert record.cors_reason == "origin-not-allowed"


def test_a_trial_that_fails_breaks_nothing(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError("deliberate")

    app = make_app(trial={"origins": [ALLOWED]})
    monkeypatch.setattr("flask_corsguard.deciding.change_between", breaks)
    for _ in range(3):
        assert ask(app, origin=OTHER).cors == {"Allow-Origin": OTHER}
    assert len(logged(caplog, logging.ERROR, containing="A trial of a CORS policy failed")) == 1


def test_a_store_that_fails_in_the_trial_breaks_nothing() -> None:
    app = make_app(trial={"origins": [fails]})
    with differences(app) as found:
        assert ask(app, origin=OTHER).cors == {"Allow-Origin": OTHER}
    assert [each.trial.reason for each in found] == [Reason.STORE_UNAVAILABLE]


def test_a_receiver_that_fails_breaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def breaks(sender: object, **_: object) -> None:
        raise RuntimeError("deliberate")

    app = make_app(trial={"origins": [ALLOWED]})
    with trial_differed.connected_to(breaks, app):
        assert ask(app, origin=OTHER).cors == {"Allow-Origin": OTHER}
    assert logged(caplog, logging.ERROR) == ["A receiver of a CORS signal failed"]


def test_a_view_added_later_is_known_to_the_trial() -> None:
    app = make_app(trial={"origins": []})
    with differences(app) as found:
        ask(app, origin=ALLOWED, path="/late")
        app.view_functions["late"] = cross_origin(origins="*")(lambda: "late")
        app.url_map.add(Rule("/late", endpoint="late"))
        assert ask(app, origin=STRANGER, path="/late").cors == {"Allow-Origin": "*"}
    assert [each.change for each in found] == [TrialChange.WOULD_REJECT]


def test_a_trial_ends_with_a_reload(way: str) -> None:
    app = Flask("shop")
    guard = CORSGuard(app, origins=[ALLOWED, OTHER], trial={"origins": [ALLOWED]})
    with differences(app) as found:
        ask(app, origin=OTHER)
        guard.reload(app, origins=[ALLOWED, OTHER])
        ask(app, origin=OTHER)
        assert len(list(cors_decided.receivers_for(app))) == (way == "heard")
        guard.reload(app, origins=[ALLOWED, OTHER], trial={"origins": [OTHER]})
        ask(app, origin=OTHER)
        ask(app, origin=ALLOWED)
    assert [each.trial.origin for each in found] == [OTHER, ALLOWED]


def test_a_trial_comes_from_the_configuration_too() -> None:
    app = Flask("shop")
    app.config["CORSGUARD_ORIGINS"] = f"{ALLOWED},{OTHER}"
    app.config["CORSGUARD_TRIAL"] = f'{{"origins": "{ALLOWED}", "max_age": "60"}}'
    CORSGuard(app)
    with differences(app) as found:
        ask(app, origin=OTHER)
    assert [each.change for each in found] == [TrialChange.WOULD_REJECT]


@pytest.mark.parametrize(
    ("trial", "place"),
    [
        ({"origins": "example.com"}, "trial.origins"),
        ({"orgins": ALLOWED}, "trial.orgins"),
        ({"enforce": True}, "trial.enforce"),
        ({"fast_path": True}, "trial.fast_path"),
        ({"trial": {}}, "trial.trial"),
        ({"resources": {"api/*": {}}}, "trial.resources['api/*']"),
        (True, "trial"),
    ],
)
def test_a_bad_trial_is_refused_at_start_up(trial: object, place: str) -> None:
    with pytest.raises(PolicyError) as error:
        make_app(trial=trial)
    assert [problem.where for problem in error.value.problems] == [place]


def test_what_is_wrong_outside_is_said_once() -> None:
    with pytest.raises(PolicyError) as error:
        make_app(origins="example.com", max_age=-1, trial={"credentials": True})
    assert [p.where for p in error.value.problems] == ["origins", "max_age"]


def test_what_cannot_be_read_from_the_configuration_is_refused() -> None:
    app = Flask("shop")
    app.config["CORSGUARD_TRIAL"] = "{"
    with pytest.raises(PolicyError, match="Write a JSON object"):
        CORSGuard(app, origins=ALLOWED)

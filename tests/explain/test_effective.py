"""The effective configuration is what counts, and says who said so."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from flask_corsguard import CORSGuard, Policy
from flask_corsguard.explain import Setting, effective

APP = "https://app.example.com"


def settings_of(
    config: dict[str, Any] | None = None, *, debug: bool = False, **options: Any
) -> dict[str, Setting]:
    app = Flask("shop")
    app.debug = debug
    app.config.update(config or {})
    CORSGuard(app, **options)
    return {each.place: each for each in effective(app, app.extensions["corsguard"])}


def test_the_code_wins_over_the_configuration_and_that_over_the_default() -> None:
    found = settings_of(
        {"CORSGUARD_ORIGINS": "https://b.example", "CORSGUARD_MAX_AGE": "60"}, origins=APP
    )
    said = {name: (found[name].value, str(found[name].source)) for name in found}
    assert said["origins"] == ((APP,), "code")
    assert said["max_age"] == (60, "app.config")
    assert said["credentials"] == (False, "default")
    assert found["max_age"].key == "CORSGUARD_MAX_AGE"


def test_the_environment_is_told_from_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_CORSGUARD_MAX_AGE", "60")
    monkeypatch.setenv("FLASK_CORSGUARD_ORIGINS", APP)
    app = Flask("shop")
    app.config.from_prefixed_env()
    app.config["CORSGUARD_ORIGINS"] = "https://changed.example"
    CORSGuard(app)
    found = {each.place: each for each in effective(app, app.extensions["corsguard"])}
    assert str(found["max_age"].source) == "environment"
    assert found["max_age"].key == "FLASK_CORSGUARD_MAX_AGE"
    assert str(found["origins"].source) == "app.config"


def test_rules_inherit_and_named_policies_do_not() -> None:
    found = settings_of(
        max_age=60,
        policies={"open": {"origins": "*"}},
        resources={"/a/*": {"origins": APP}, "/b": "open", "/c": Policy(origins=APP)},
    )
    said = {name: (found[name].value, str(found[name].source)) for name in found}
    assert said["resources['/a/*'].origins"] == ((APP,), "code")
    assert said["resources['/a/*'].max_age"] == (60, "the guard's options")
    assert said["resources['/a/*'].credentials"] == (False, "default")
    assert said["policies['open'].max_age"] == (600, "default")
    assert said["resources['/b']"] == ("open", "code")
    assert said["resources['/c'].max_age"] == (600, "code")


def test_development_origins_count_in_debug_mode() -> None:
    options = {"origins": APP, "dev_origins": ["http://localhost:*"]}
    assert settings_of(**options)["origins"].value == (APP,)
    assert settings_of(debug=True, **options)["origins"].value == (APP, "http://localhost:*")


def test_a_list_of_patterns_is_inherited_whole() -> None:
    found = settings_of(origins=APP, resources=["/a/*"])
    assert found["resources['/a/*'].origins"].value == (APP,)
    assert str(found["resources['/a/*'].origins"].source) == "the guard's options"


def test_a_reload_counts() -> None:
    app = Flask("shop")
    guard = CORSGuard(app, origins=APP, max_age=60)
    guard.reload(app, origins="*")
    found = {each.place: each for each in effective(app, app.extensions["corsguard"])}
    assert (found["origins"].value, found["max_age"].value) == (("*",), 600)

"""
The effective configuration: every option, what counts, and who said so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from flask import Flask

from ..config import PREFIX, read_app_config
from ..protocol.options import POLICY_OPTIONS
from ..protocol.policy import Policy
from ..serving import Serving
from ..settings import GUARD_OPTIONS
from .governing import describe_rule, shown_pattern

__all__ = ["Setting", "SettingSource", "effective"]

_ENVIRONMENT = "FLASK_"
_TABLES = frozenset({"policies", "resources"})


class SettingSource(StrEnum):
    """
    Say who said it.
    """

    CODE = "code"
    CONFIG = "app.config"
    ENVIRONMENT = "environment"
    INHERITED = "the guard's options"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """
    Hold one option.

    Attributes:
        place: Where it stands, like ``resources['/api/*'].max_age``.
        value: What counts.
        source: Who said so.
        key: The key or variable it came from; empty for the code and for defaults.
    """

    place: str
    value: object
    source: SettingSource
    key: str = ""


def effective(app: Flask, serving: Serving) -> tuple[Setting, ...]:
    """
    Give the effective configuration of an application's guard.

    Args:
        app: The application.
        serving: What its guard knows.
    """
    return tuple(_Reader(app, serving).read())


class _Reader:
    """
    Go through the options as they were given.
    """

    def __init__(self, app: Flask, serving: Serving) -> None:
        configuration = serving.configuration
        self._config = cast("Mapping[str, object]", app.config)
        self._options = configuration.options
        self._written = configuration.written
        self._settings = configuration.debug if app.debug else configuration.usual

    def read(self) -> Iterator[Setting]:
        yield from self._own()
        for name, policy in self._settings.policies.items():
            given = self._table("policies").get(name)
            yield from self._policy(f"policies[{name!r}]", policy.policy, given, "policies", {})
        inherited = {n: v for n, v in self._options.items() if n in POLICY_OPTIONS}
        for pattern, rule in self._settings.rules.items():
            given = self._table("resources").get(pattern, {})
            place = shown_pattern(pattern)
            if isinstance(given, str):
                yield Setting(place=place, value=given, source=self._source("resources"))
            else:
                yield from self._policy(place, rule.policy, given, "resources", inherited)

    def _own(self) -> Iterator[Setting]:
        """
        Yield the guard's own options; those with rules of their own follow later.
        """
        for name, option in {**POLICY_OPTIONS, **GUARD_OPTIONS}.items():
            if name in _TABLES and name in self._options:
                continue
            value = self._options.get(name, option.default)
            policy = self._settings.default and self._settings.default.policy
            if policy is not None and name in POLICY_OPTIONS:
                value = getattr(policy, name)
            source = self._source(name)
            yield Setting(
                place=name, value=_shown(name, value), source=source, key=self._key(name, source)
            )

    def _policy(
        self,
        place: str,
        policy: Policy | None,
        given: object,
        table: str,
        inherited: Mapping[str, object],
    ) -> Iterator[Setting]:
        if policy is None:
            return
        source = self._source(table)
        for name in POLICY_OPTIONS:
            where, key = SettingSource.DEFAULT, ""
            if isinstance(given, Policy) or (isinstance(given, Mapping) and name in given):
                where, key = source, self._key(table, source)
            elif name in inherited and name != "name":
                where = SettingSource.INHERITED
            value = _shown(name, getattr(policy, name))
            yield Setting(place=f"{place}.{name}", value=value, source=where, key=key)

    def _table(self, name: str) -> Mapping[object, object]:
        table = self._options.get(name)
        return cast("Mapping[object, object]", table) if isinstance(table, Mapping) else {}

    def _source(self, name: str) -> SettingSource:
        if name in self._written:
            return SettingSource.CODE
        if name not in self._options:
            return SettingSource.DEFAULT
        variable = f"{_ENVIRONMENT}{PREFIX}{name.upper()}"
        if variable not in os.environ:
            return SettingSource.CONFIG
        # Whoever has read the environment has left there what stands in it.
        text = {f"{PREFIX}{name.upper()}": os.environ[variable]}
        read = read_app_config(text, written={}).options.get(name)
        return SettingSource.ENVIRONMENT if read == self._options[name] else SettingSource.CONFIG

    def _key(self, name: str, source: SettingSource) -> str:
        key = f"{PREFIX}{name.upper()}"
        if source is SettingSource.ENVIRONMENT:
            return f"{_ENVIRONMENT}{key}"
        return key if source is SettingSource.CONFIG else ""


def _shown(name: str, value: object) -> object:
    """
    Write a value so that it can be shown and sent.
    """
    if name in {"origins", "dev_origins"} and not isinstance(value, str):
        rules = cast("tuple[object, ...]", value) if isinstance(value, tuple | list | set) else ()
        return tuple(describe_rule(rule) for rule in rules)
    return value

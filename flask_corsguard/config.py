"""
`app.config` and the environment: the only place that knows key names.

Arguments in code win over `app.config`: an environment fills in what the code leaves open, and
cannot open what the code has closed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from .errors import Problem
from .protocol.codes import make_problem
from .protocol.options import POLICY_OPTIONS, unknown_option
from .settings import GUARD_OPTIONS

__all__ = ["PREFIX", "ConfigOptions", "read_app_config"]

PREFIX = "CORSGUARD_"
"""What the keys in `app.config` begin with."""

_FOREIGN_PREFIX = "CORS_"
_ALL_OPTIONS = {**POLICY_OPTIONS, **GUARD_OPTIONS}
_SWITCHES = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_UNREADABLE = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigOptions:
    """
    Hold what stands in `app.config`.

    Attributes:
        options: The options, as if they had been written in code.
        problems: What could not be read.
    """

    options: Mapping[str, object]
    problems: tuple[Problem, ...]

    def place(self, problem: Problem) -> Problem:
        """
        Say of a problem in one of these options that it stands in `app.config`.
        """
        match = re.match(r"\w+", problem.where)
        name = match.group() if match else ""
        if name not in self.options:
            return problem
        return replace(problem, where=_place(name) + problem.where.removeprefix(name))


def read_app_config(config: Mapping[str, Any], *, written: Mapping[str, object]) -> ConfigOptions:
    """
    Read the options from `app.config`.

    `app.config.from_prefixed_env()` brings the environment here: it reads JSON and leaves the
    rest as text, so a text may be a comma-separated or JSON list, a number or a switch.

    Args:
        config: `app.config`.
        written: The options that stand in the code; these win.

    Returns:
        The options and what is wrong with them.
    """
    options: dict[str, object] = {}
    problems: list[Problem] = []
    for key, value in config.items():
        name = key.removeprefix(PREFIX).lower()
        if key.startswith(PREFIX) and name not in _ALL_OPTIONS:
            problem = unknown_option(f"app.config[{key!r}]", name, _ALL_OPTIONS)
            problems.append(replace(problem, value=key, fix=_with_prefix(problem.fix)))
        elif name == "resources" and "origins" in written and key.startswith(PREFIX):
            problems.append(_opening(value))
        elif key.startswith(PREFIX) and name not in written:
            read = _read(name, value)
            if read is _UNREADABLE:
                problems.append(_unreadable(name, value))
            else:
                options[name] = read
        elif key.startswith(_FOREIGN_PREFIX) and not key.startswith(PREFIX):
            problems += _foreign(key)
    return ConfigOptions(options=options, problems=tuple(problems))


def _place(name: str) -> str:
    return f"app.config['{PREFIX}{name.upper()}']"


def _opening(value: object) -> Problem:
    """
    Refuse rules from outside where the code says for the whole application who may read.
    """
    why = "would turn the origins that the code gives into mere defaults"
    fix = "Write resources in the code, or both of them here."
    return make_problem("CG610", _place("resources"), value, why, fix)


def _with_prefix(fix: str) -> str:
    return re.sub(r"'(\w+)'", lambda match: f"'{PREFIX}{match.group(1).upper()}'", fix)


def _foreign(key: str) -> list[Problem]:
    """
    Warn of a key of another library, if there is an option here that does the same.
    """
    problem = unknown_option(f"app.config[{key!r}]", key, _ALL_OPTIONS)
    if problem.code != "CG602":
        return []
    why = "is a key of another library; this one does not read it"
    fix = f"{_with_prefix(problem.fix)} Remove the old key when the other library is gone."
    return [make_problem("CG609", problem.where, key, why, fix)]


def _unreadable(name: str, value: object) -> Problem:
    kinds = {
        "switch": "Write true or false.",
        "number": "Write a number of seconds.",
        "table": "Write a JSON object.",
        "options": "Write a JSON object.",
        "list": "Write values separated by commas, or a JSON list.",
    }
    fix = kinds[_ALL_OPTIONS[name].kind]
    return make_problem("CG608", _place(name), value, "cannot be read", fix)


def _read(name: str, value: object) -> object:
    """
    Turn a text into what the option takes; anything but text stays what it is.
    """
    option = _ALL_OPTIONS.get(name)
    kind = option.kind if option else ""
    if kind == "table":
        return _read_table(value)
    if kind == "options":
        return _read_options(_read_json(value))
    if kind in {"switch", "enforce"} and value in (0, 1):
        return bool(value)
    if not isinstance(value, str):
        return value
    text = value.strip()
    if kind == "list":
        return _read_list(text)
    if kind == "switch":
        return _SWITCHES.get(text.lower(), _UNREADABLE)
    if kind == "enforce":
        return _SWITCHES.get(text.lower(), text)
    if kind == "number":
        return int(text) if re.fullmatch(r"-?[0-9]{1,12}", text) else _UNREADABLE
    return text


def _read_list(text: str) -> object:
    if text.startswith("["):
        try:
            return cast("object", json.loads(text))
        except ValueError:
            return _UNREADABLE
    return [element.strip() for element in text.split(",") if element.strip()]


def _read_json(value: object) -> object:
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        try:
            return cast("object", json.loads(value))
        except ValueError:
            return _UNREADABLE
    return value


def _read_table(value: object) -> object:
    value = _read_json(value)
    if isinstance(value, str):
        return _read_list(value)
    if not isinstance(value, Mapping):
        return value
    table = cast("Mapping[object, object]", value)
    return {key: _read_options(rule) for key, rule in table.items()}


def _read_options(rule: object) -> object:
    if not isinstance(rule, Mapping):
        return rule
    read = {n: (_read(n, v), v) for n, v in cast("Mapping[str, object]", rule).items()}
    # What cannot be read stays what it is, for the rules to say what is wrong with it.
    return {n: was if now is _UNREADABLE else now for n, (now, was) in read.items()}

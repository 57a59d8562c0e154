"""
`Settings`: all policies of one guard, checked and compiled as a whole.

This is where the levels outside of views and blueprints come from: the guard's own options, the
path rules, and the named policies that everything may refer to.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import cast

from .errors import PolicyError, Problem, Severity
from .guard_options import GUARD_OPTIONS, NOT_IN_TRIALS, GuardOptions, MiddlewareOptions
from .protocol.checker import Checker
from .protocol.codes import make_problem
from .protocol.compiled import CompiledPolicy
from .protocol.decide import stronger
from .protocol.decision import Enforce
from .protocol.options import POLICY_OPTIONS, PolicyOptions, unknown_option
from .protocol.patterns import EVERYBODY, OriginRule, is_regex
from .protocol.policy import Policy
from .protocol.resources import PathPattern, ResourceMap, check_path
from .protocol.validation import check_name

__all__ = [
    "GUARD_OPTIONS",
    "GuardOptions",
    "MiddlewareOptions",
    "Settings",
    "read_settings",
    "unknown_policy",
]

_NOBODY_YET = ("https://placeholder.invalid",)
"""Stands in where options are checked that will get their origins elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """
    Hold all compiled policies of one guard.

    Attributes:
        default: The guard's own policy; None if it has no origins or its options are defaults.
        rules: What governs paths; empty if `resources` was not given.
        closed: What governs a path of which the rules cannot be sure.
        policies: What can be referred to by name.
        enforce: The guard's own `enforce`, which covers every URL.
        enforce_exempt: The endpoints that it does not cover.
        fast_path: Whether preflights are answered around the application.
        trial: What is decided beside these, and counts for nothing; None without a trial.
        problems: Errors and warnings, in the order in which they were written.
    """

    default: CompiledPolicy | None
    rules: ResourceMap[CompiledPolicy]
    closed: CompiledPolicy
    policies: Mapping[str, CompiledPolicy]
    enforce: Enforce
    enforce_exempt: frozenset[str]
    fast_path: bool
    trial: Settings | None
    problems: tuple[Problem, ...]

    def governing(self, path: str) -> CompiledPolicy | None:
        """
        Find what governs a path where no view and no blueprint says.
        """
        return self.rules.find(path, self.closed) or self.default

    @property
    def outer_policies(self) -> tuple[CompiledPolicy, ...]:
        """
        Give the policies of the path rules, or of the guard itself.
        """
        return (*self.rules.values(), *([self.default] if self.default else []))

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """
        Give the problems that are worth a line in the log.
        """
        return tuple(p for p in self.problems if p.severity is Severity.WARNING)

    def finish(self) -> Settings:
        """
        Give the settings if they are sound.

        Raises:
            PolicyError: With all errors.
        """
        errors = [p for p in self.problems if p.severity is Severity.ERROR]
        if errors:
            raise PolicyError(errors)
        return self


def read_settings(
    options: Mapping[str, object], known: Iterable[str], *, debug: bool = False
) -> Settings:
    """
    Check and compile all that a guard was given.

    Args:
        options: What was written, in that order.
        known: The options that may be given.
        debug: Whether `dev_origins` count.

    Returns:
        The settings, with problems if there are any: call `finish` before use.
    """
    return _Reader(options, frozenset(known), debug=debug).read()


def unknown_policy(where: str, name: str, known: Iterable[str]) -> Problem:
    """
    Say that no policy has a name, and which one was probably meant.
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    fix = f"Write {near[0]!r}." if near else f"Add it to policies={{...}}; known: {names}."
    return make_problem("CG801", where, name, "is not the name of a policy", fix)


class _Reader:
    """
    Read the options one after the other, collecting problems.
    """

    def __init__(
        self, options: Mapping[str, object], known: frozenset[str], *, debug: bool
    ) -> None:
        self._options = options
        self._known = known
        self._debug = debug
        self._own = {n: v for n, v in options.items() if n in POLICY_OPTIONS}
        self._problems: list[Problem] = []
        self._policies: dict[str, CompiledPolicy] = {}
        self._rules: dict[PathPattern, CompiledPolicy] = {}

    def read(self) -> Settings:
        default = self._read_own()
        self._read_dev_origins()
        self._read_policies()
        self._read_resources()
        enforce_exempt, fast_path = self._read_exempt(), self._read_fast_path()
        trial = self._read_trial()
        unknown = [n for n in self._options if n not in self._known]
        self._problems += [unknown_option(n, n, self._known) for n in unknown]
        return Settings(
            default=None if "resources" in self._options else default,
            rules=ResourceMap(self._rules),
            closed=CompiledPolicy(
                None, "a path that rules are unsure of", enforce=self._strongest()
            ),
            policies=MappingProxyType(self._policies),
            enforce=cast("Enforce", self._own.get("enforce", False)),
            enforce_exempt=enforce_exempt,
            fast_path=fast_path,
            trial=trial,
            problems=tuple(sorted(self._problems, key=self._written)),
        )

    def _strongest(self) -> Enforce:
        """
        Give the strongest enforcement that any rule asks for.
        """
        strongest: Enforce = False
        for policy in self._rules.values():
            strongest = stronger(strongest, policy)
        return strongest

    def _written(self, problem: Problem) -> int:
        """
        Tell how far down a problem was written.
        """
        names = list(self._options)
        name = re.split(r"[.\[]", problem.where, maxsplit=1)[0]
        return names.index(name) if name in names else -1

    def _build(self, options: Mapping[str, object]) -> tuple[Policy | None, tuple[Problem, ...]]:
        try:
            policy = Policy(**cast("PolicyOptions", options))
        except PolicyError as error:
            return None, error.problems
        return policy, policy.warnings

    def _read_own(self) -> CompiledPolicy | None:
        policy, problems = self._build({"origins": _NOBODY_YET} | self._own)
        self._problems += problems
        return self._compile_options(policy, self._own, "guard")

    def _compile_options(
        self, policy: Policy | None, options: Mapping[str, object], label: str
    ) -> CompiledPolicy | None:
        """
        Compile sound options, with the development origins where these count.
        """
        extra = cast("tuple[OriginRule, ...]", self._extra)
        if policy is None or not ("origins" in options or extra):
            return None
        listed = policy.origins if "origins" in options else ()
        if extra and EVERYBODY not in listed:
            merged, problems = self._build({**options, "origins": (*listed, *extra)})
            policy = merged or policy
            if merged is None:
                self._problems += [replace(p, where="dev_origins") for p in problems]
        return CompiledPolicy(policy, label)

    @property
    def _extra(self) -> tuple[object, ...]:
        if not self._debug:
            return ()
        return tuple(
            e for _, e in Checker({}).elements("", self._options.get("dev_origins", ()), "")
        )

    def _read_dev_origins(self) -> None:
        if "dev_origins" in self._options:
            _, problems = self._build({**self._own, "origins": self._options["dev_origins"]})
            found = [p for p in problems if p.where.startswith("origins")]
            self._problems += [replace(p, where=f"dev_{p.where}") for p in found]

    def _table(self, name: str) -> Mapping[object, object]:
        table = self._options.get(name)
        if isinstance(table, Mapping):
            return cast("Mapping[object, object]", table)
        if name in self._options:
            fix = "Write a dict."
            self._problems.append(make_problem("CG605", name, table, "is not a table", fix))
        return {}

    def _read_policies(self) -> None:
        for name, value in self._table("policies").items():
            where = f"policies[{name!r}]"
            checker = Checker({})
            if name is None or check_name(where, name, checker) is None:
                check_name(where, name or "", checker)
                self._problems += checker.problems[:1]
                continue
            policy = self._read_policy(where, value, {})
            if policy is not None:
                self._policies[cast("str", name)] = CompiledPolicy(policy, cast("str", name))

    def _read_policy(
        self, where: str, value: object, inherited: Mapping[str, object]
    ) -> Policy | None:
        """
        Read a policy or options; what is wrong with inherited options is not said again.
        """
        if isinstance(value, Policy):
            self._problems += [p.inside(where) for p in value.warnings]
            return value
        if not isinstance(value, Mapping):
            why = "is neither a Policy nor options nor the name of a policy"
            fix = "Write {'origins': [...]}."
            self._problems.append(make_problem("CG705", where, value, why, fix))
            return None
        # A name is one policy's own.
        outer = {name: option for name, option in inherited.items() if name != "name"}
        policy, problems = self._build({**outer, **cast("Mapping[str, object]", value)})
        self._problems += [p.inside(where) for p in problems if p not in self._problems]
        return policy

    def _read_resources(self) -> None:
        if "resources" not in self._options:
            return
        value = self._options["resources"]
        if isinstance(value, Mapping):
            for pattern, rule in self._table("resources").items():
                self._add_rule(f"resources[{_shown(pattern)}]", pattern, rule)
            return
        checker = Checker({})
        example = "['/api/*']"
        single = [("resources", value)] if is_regex(value) else None
        seen: list[object] = []
        for place, pattern in single or checker.elements("resources", value, example):
            if pattern in seen:
                checker.report("CG704", place, pattern, "is listed twice", "Remove one of the two.")
            else:
                seen.append(pattern)
                self._add_rule(place, pattern, {})
        self._problems += checker.problems

    def _add_rule(self, where: str, pattern: object, rule: object) -> None:
        checker = Checker({})
        sound = check_path(where, pattern, checker)
        self._problems += checker.problems
        policy = self._resolve(where, rule)
        if sound and policy is not None:
            self._rules[cast("PathPattern", pattern)] = policy

    def _resolve(self, where: str, rule: object) -> CompiledPolicy | None:
        if isinstance(rule, str):
            if rule not in self._policies:
                self._problems.append(unknown_policy(where, rule, self._policies))
            return self._policies.get(rule)
        policy = self._read_policy(where, rule, self._own)
        if policy is None or isinstance(rule, Policy):
            return CompiledPolicy(policy, where) if policy else None
        # A rule without origins is for nobody: left out, it would fall to a wider rule.
        options = {"origins": (), **self._own, **cast("PolicyOptions", rule)}
        return self._compile_options(policy, options, where)

    def _read_fast_path(self) -> bool:
        checker = Checker({})
        fast_path = checker.switch("fast_path", self._options.get("fast_path", False))
        self._problems += checker.problems
        return fast_path

    def _read_trial(self) -> Settings | None:
        """
        Read what is tried, within what counts; what is wrong with that is not said again.
        """
        own = cast("Mapping[str, object]", self._table("trial"))
        if not own:
            return None
        inherited = {n: v for n, v in self._options.items() if n not in {"fast_path", "trial"}}
        tried = {**inherited, **own}
        known = self._known.difference(NOT_IN_TRIALS)
        unknown = [unknown_option(n, n, known) for n in own if n in NOT_IN_TRIALS]
        trial = read_settings(tried, self._known, debug=self._debug)
        found = [*unknown, *(p for p in trial.problems if p not in self._problems)]
        self._problems += [problem.inside("trial") for problem in found]
        return trial

    def _read_exempt(self) -> frozenset[str]:
        checker = Checker({})
        names: set[str] = set()
        value = self._options.get("enforce_exempt", ())
        for place, name in checker.elements("enforce_exempt", value, "['webhook']"):
            if isinstance(name, str) and name:
                names.add(name)
            else:
                checker.report("CG803", place, name, "is not an endpoint", "Write its name.")
        self._problems += checker.problems
        return frozenset(names)


def _shown(pattern: object) -> str:
    return repr(pattern.pattern) if is_regex(pattern) else repr(pattern)

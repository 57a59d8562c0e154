"""
What the marks on views and blueprints say about each route.

A mark is read once, when the views are there. One that cannot be read closes its view: it may have
asked for anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import Rule

from .errors import Problem
from .hidden import unwrapped
from .protocol.codes import make_problem
from .protocol.compiled import CompiledPolicy
from .protocol.policy import Policy
from .scopes import Mark, hidden_marks, mark_of_blueprint, mark_of_view
from .settings import Settings, unknown_policy

__all__ = ["Marks", "methods_of", "same_policy"]

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def methods_of(rule: Rule) -> frozenset[str]:
    """
    Give the methods of a route; a rule without any takes all, of which the usual ones are named.

    Args:
        rule: A rule of the application.
    """
    return frozenset(rule.methods or _METHODS)


def same_policy(one: CompiledPolicy | None, other: CompiledPolicy | None) -> bool:
    """
    Tell whether two places say the same.
    """
    if one is None or other is None:
        return one is other
    return one is other or one.policy == other.policy


class Marks:
    """
    Know which views and blueprints have a policy of their own.

    Attributes:
        problems: What is wrong with the marks.
    """

    def __init__(self, app: Flask, settings: Settings) -> None:
        """
        Read the marks of all views.

        Args:
            app: The application.
            settings: Where policies have their names.
        """
        self.problems: list[Problem] = []
        self._app = app
        self._named = settings.policies
        self._compiled: dict[int, CompiledPolicy] = {}
        # A mark that cannot be read may have asked for enforcement.
        self._closed = CompiledPolicy(None, "closed by an error", enforce=True)
        views = app.view_functions.values()
        self._views = {id(function) for view in views for function in unwrapped(view)}
        self._read: dict[tuple[str, str], CompiledPolicy | None] = {}
        for rule in app.url_map.iter_rules():
            for method in sorted(methods_of(rule)):
                if rule.endpoint in app.view_functions:
                    self._read[rule.endpoint, method] = self._read_marks(rule.endpoint, method)
        self._mixed = self._endpoints_with_several_policies()

    @property
    def policies(self) -> tuple[CompiledPolicy, ...]:
        """
        Give all policies that marks lead to.
        """
        return tuple(policy for policy in self._read.values() if policy is not None)

    def policy(self, endpoint: str, method: str) -> CompiledPolicy | None:
        """
        Give what the view of an endpoint, or its blueprints, say about a method.

        Args:
            endpoint: The endpoint.
            method: In upper case.
        """
        key = endpoint, method
        if key in self._read:
            return self._read[key]
        if endpoint not in self._app.view_functions:
            return None
        policy = self._read_marks(endpoint, method)
        # Whoever sends a request chooses its method: only the usual ones are remembered.
        if method in _METHODS:
            self._read[key] = policy
        return policy

    def methods_like(self, rule: Rule, method: str) -> frozenset[str]:
        """
        Give the methods of a route about which is said the same as about one of them.

        Args:
            rule: The route.
            method: In upper case.
        """
        methods = methods_of(rule)
        if rule.endpoint not in self._mixed:
            return methods
        marked = self.policy(rule.endpoint, method)
        said = {other: self.policy(rule.endpoint, other) for other in methods}
        return frozenset(other for other, policy in said.items() if same_policy(policy, marked))

    def of(self, rule: Rule) -> list[CompiledPolicy | None]:
        """
        Give what is said about a route, for each of its methods.

        Args:
            rule: The route.
        """
        return [self.policy(rule.endpoint, method) for method in methods_of(rule)]

    def _read_marks(self, endpoint: str, method: str) -> CompiledPolicy | None:
        try:
            return self._read_marks_of(endpoint, method)
        except Exception as error:  # noqa: BLE001 - a view may be anything, a proxy for nothing too
            why = f"cannot be asked for its mark: {type(error).__name__}"
            self._add(make_problem("CG802", f"view {endpoint!r}", endpoint, why, "Use a function."))
            return self._closed

    def _read_marks_of(self, endpoint: str, method: str) -> CompiledPolicy | None:
        view = self._app.view_functions[endpoint]
        mark = mark_of_view(view, method)
        if mark is not None:
            return self._compile(mark, f"view {endpoint!r}")
        if any(id(function) not in self._views for function in hidden_marks(view, method)):
            why = "has a decorator above @cross_origin or @same_origin that drops the mark"
            fix = "Let that decorator use functools.wraps, or put the mark on top of it."
            self._add(make_problem("CG802", f"view {endpoint!r}", endpoint, why, fix))
            return self._closed
        for name in _blueprints_of(endpoint):
            mark = mark_of_blueprint(self._app.blueprints.get(name))
            if mark is not None:
                return self._compile(mark, f"blueprint {name!r}")
        return None

    def _compile(self, mark: Mark, place: str) -> CompiledPolicy:
        policy = mark.policy
        if isinstance(policy, str):
            named = self._named.get(policy)
            if named is None:
                self._add(unknown_policy(place, policy, self._named))
            return named or self._closed
        return self._compile_once(policy, place)

    def _compile_once(self, policy: Policy | None, place: str) -> CompiledPolicy:
        """
        Compile a policy for the first place that it governs; other places share the look-ups.
        """
        first = self._compiled.get(id(policy))
        if first is None:
            first = self._compiled[id(policy)] = CompiledPolicy(policy, place)
            for warning in policy.warnings if policy else ():
                self._add(warning.inside(place))
        return first.labelled(place)

    def _endpoints_with_several_policies(self) -> frozenset[str]:
        first: dict[str, CompiledPolicy | None] = {}
        mixed: set[str] = set()
        for (endpoint, _), policy in self._read.items():
            if not same_policy(first.setdefault(endpoint, policy), policy):
                mixed.add(endpoint)
        return frozenset(mixed)

    def _add(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def _blueprints_of(endpoint: str) -> Iterator[str]:
    """
    Yield the blueprints that an endpoint belongs to, the innermost first.
    """
    name = endpoint.rpartition(".")[0]
    while name:
        yield name
        name = name.rpartition(".")[0]

"""
Which policy governs a request in a Flask application.

Views, blueprints, path rules, guard: the most specific level that says something wins. For a
preflight the router is asked about the request that is announced, not about `OPTIONS`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import MapAdapter, RequestRedirect, Rule
from werkzeug.routing.converters import DEFAULT_CONVERTERS

from .errors import Problem
from .hidden import unwrapped
from .memo import Memo
from .protocol.codes import make_problem
from .protocol.compiled import CompiledPolicy
from .protocol.decide import stronger
from .protocol.policy import Policy
from .scopes import Mark, hidden_marks, mark_of_blueprint, mark_of_view
from .settings import Settings, unknown_policy

if TYPE_CHECKING:
    from flask.wrappers import Request

__all__ = ["Plan", "Target"]

_MOST_REDIRECTS = 4
_BUILT_IN = frozenset(DEFAULT_CONVERTERS.values())
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """
    Say what a request is about.

    Attributes:
        policy: What governs it.
        endpoint: The endpoint of the view that it reaches; None if it reaches none.
        rule: The text of the rule by which it does.
        path: The path by which it does, behind redirects.
        route_methods: The methods that `methods=None` stands for; None without a route.
        view_args: The route's view arguments.
    """

    policy: CompiledPolicy | None
    endpoint: str | None = None
    rule: str | None = None
    path: str = "/"
    route_methods: frozenset[str] | None = None
    view_args: Mapping[str, object] = field(default_factory=dict[str, object])


class Plan:
    """
    Know what governs every route of an application, for one state of the settings.

    Attributes:
        settings: The policies outside of views and blueprints.
        problems: What is wrong with the marks on views.
        memo: The answers to preflights that were asked before.
        may_remember: Whether the memo's keys hold all that routing looks at.
        allows_somebody: Whether anything anywhere can allow an origin.
        has_callables: Whether a policy asks a callable.
        enforces: Whether the server refuses anything.
        only: What governs every URL, if one policy does.
        is_uniform: Whether one policy does.
    """

    def __init__(self, app: Flask, settings: Settings) -> None:
        """
        Read the marks of all views; the routes have to be there.

        Args:
            app: The application.
            settings: Sound settings.
        """
        self.settings: Settings = settings
        self.problems: list[Problem] = []
        self.memo: Memo = Memo()
        # Whoever overrides it may look at anything; the memo's keys hold what Flask's own does.
        # The same goes for converters: a user's own may look things up, and change their mind.
        own_routing = type(app).create_url_adapter is not Flask.create_url_adapter
        own_converters = not _BUILT_IN.issuperset(app.url_map.converters.values())
        self.may_remember: bool = not (own_routing or own_converters)
        self._app = app
        self._views_seen = len(app.view_functions)
        self._compiled: dict[int, CompiledPolicy] = {}
        # A mark that cannot be read may have asked for enforcement.
        self._closed = CompiledPolicy(None, "closed by an error", enforce=True)
        self._marked: dict[tuple[str, str], CompiledPolicy | None] = {}
        views = app.view_functions.values()
        self._views = {id(function) for view in views for function in unwrapped(view)}
        rules = Counter(rule.rule for rule in app.url_map.iter_rules())
        self._shared = {rule for rule, count in rules.items() if count > 1}
        for rule in app.url_map.iter_rules():
            for method in sorted(rule.methods or _METHODS):
                if rule.endpoint in app.view_functions:
                    self._marked[rule.endpoint, method] = self._read_marks(rule.endpoint, method)
        self._mixed = self._endpoints_with_several_policies()
        self._check_exempt()
        marked = [policy for policy in self._marked.values() if policy is not None]
        policies = [*marked, *settings.outer_policies]
        self.allows_somebody: bool = any(p.everybody or p.vary for p in policies)
        self._is_marked = bool(marked)
        self.has_callables: bool = not all(p.is_static for p in policies)
        self.enforces: bool = any(stronger(settings.enforce, p) for p in [None, *policies])
        self.only: CompiledPolicy | None = settings.default
        self.is_uniform: bool = not marked and not settings.rules.values()

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """
        Give the problems of the settings, of the marks, and of both together.
        """
        found = (*self.settings.problems, *self.problems)
        if self.allows_somebody:
            return found
        why, fix = "has no policy anywhere that allows anybody", "Write origins=[...]."
        return (*found, make_problem("CG804", "CORSGuard", self._app.name, why, fix))

    @property
    def is_current(self) -> bool:
        """
        Tell whether no view has come since.
        """
        return len(self._app.view_functions) == self._views_seen

    def governing(self, request: Request) -> CompiledPolicy | None:
        """
        Find what governs a request that has been routed, and nothing else about it.

        Args:
            request: The request.
        """
        rule = request.url_rule
        if rule is None:
            return self.actual(request, request.path).policy
        marked = self._marked_policy(rule.endpoint, request.method)
        return marked or self.settings.governing(_canonical(rule, request.path))

    def actual(self, request: Request, path: str) -> Target:
        """
        Find what governs a request that is what it says.

        Args:
            request: A request that has been routed.
            path: Its path.
        """
        rule, error = request.url_rule, request.routing_exception
        if rule is not None:
            return self._found(rule, request.view_args or {}, request.method, path)
        adapter = self._adapter(request)
        if error is None and adapter is not None:  # it never got through the router
            return self._route(adapter, request.method, path)
        return self._unrouted(adapter, error, request.method, path)

    def announced(self, request: Request, path: str, method: str) -> Target:
        """
        Find what governs the request that a preflight announces.

        Args:
            request: The preflight.
            path: Its path.
            method: What `Access-Control-Request-Method` says.
        """
        adapter = self._adapter(request)
        if adapter is None:
            return Target(policy=self.settings.governing(path))
        target = self._match(adapter, method, path)
        if target.endpoint is None or not (self._is_marked or target.rule in self._shared):
            return target
        # Other views of the URL that have the same policy belong into the same answer.
        valid = adapter.allowed_methods(target.path) or target.route_methods or ()
        methods = self._methods_under(target.policy, adapter, valid, target.path)
        return replace(target, route_methods=methods)

    def _route(self, adapter: MapAdapter, method: str, path: str) -> Target:
        try:
            return self._match(adapter, method, path)
        except Exception:  # noqa: BLE001 - a user's converter: what made it crash is Flask's to tell
            return Target(policy=self.settings.governing(path))

    def _adapter(self, request: Request) -> MapAdapter | None:
        try:
            return self._app.create_url_adapter(request)
        except HTTPException:  # an untrusted host
            return None

    def _match(self, adapter: MapAdapter, method: str, path: str, hops: int = 0) -> Target:
        """
        Ask the router about a method and a path.
        """
        try:
            rule, args = adapter.match(path, method, return_rule=True)
        except HTTPException as error:
            return self._unrouted(adapter, error, method, path, hops)
        return self._found(rule, args, method, path)

    def _unrouted(
        self,
        adapter: MapAdapter | None,
        error: HTTPException | None,
        method: str,
        path: str,
        hops: int = 0,
    ) -> Target:
        """
        Find what governs a URL that the router does not lead to a view.
        """
        if isinstance(error, RequestRedirect) and adapter and hops < _MOST_REDIRECTS:
            further = _path_in_application(adapter, error.new_url)
            if further is not None:
                return self._match(adapter, method, further, hops + 1)
        if isinstance(error, MethodNotAllowed) and adapter:
            valid = [m for m in error.valid_methods or () if m != method]
            # Flask itself answers OPTIONS for every view: that is no view to agree or disagree.
            asked = [m for m in valid if m != "OPTIONS"] or valid
            views = [self._match(adapter, m, path, _MOST_REDIRECTS) for m in asked]
            agreed = views and all(_same(v.policy, views[0].policy) for v in views)
            policy = views[0].policy if agreed else self.settings.governing(path)
            methods = self._methods_under(policy, adapter, valid, path)
            return Target(policy=policy, route_methods=methods)
        return Target(policy=self.settings.governing(path))

    def _methods_under(
        self,
        policy: CompiledPolicy | None,
        adapter: MapAdapter,
        methods: Iterable[str],
        path: str,
    ) -> frozenset[str]:
        """
        Keep the methods of a URL that one policy governs.

        A browser remembers every method that a preflight's answer lists: to list one that another
        policy governs would let pages send it without asking.
        """
        views = {method: self._match(adapter, method, path, _MOST_REDIRECTS) for method in methods}
        return frozenset(method for method, view in views.items() if _same(view.policy, policy))

    def _found(self, rule: Rule, args: Mapping[str, object], method: str, path: str) -> Target:
        # The router takes a method in any case for the same.
        marked = self._marked_policy(rule.endpoint, method.upper())
        methods = frozenset(rule.methods or _METHODS)
        if rule.endpoint in self._mixed:
            said = {other: self._marked_policy(rule.endpoint, other) for other in methods}
            methods = frozenset(other for other, policy in said.items() if _same(policy, marked))
        return Target(
            policy=marked or self.settings.governing(_canonical(rule, path)),
            endpoint=rule.endpoint,
            rule=rule.rule,
            path=path,
            route_methods=methods,
            view_args=args,
        )

    def _marked_policy(self, endpoint: str, method: str) -> CompiledPolicy | None:
        key = endpoint, method
        if key in self._marked:
            return self._marked[key]
        if endpoint not in self._app.view_functions:
            return None
        policy = self._read_marks(endpoint, method)
        # Whoever sends a request chooses its method: only the usual ones are remembered.
        if method in _METHODS:
            self._marked[key] = policy
        return policy

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
            named = self.settings.policies.get(policy)
            if named is None:
                self._add(unknown_policy(place, policy, self.settings.policies))
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
        for (endpoint, _), policy in self._marked.items():
            if not _same(first.setdefault(endpoint, policy), policy):
                mixed.add(endpoint)
        return frozenset(mixed)

    def _check_exempt(self) -> None:
        for endpoint in sorted(self.settings.enforce_exempt - set(self._app.view_functions)):
            fix = f"Write one of: {', '.join(sorted(self._app.view_functions))}."
            self._add(make_problem("CG803", "enforce_exempt", endpoint, "is not an endpoint", fix))

    def _add(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def _canonical(rule: Rule, path: str) -> str:
    """
    Write a path as its rule does, where the rule takes it with and without a slash at the end.
    """
    if rule.strict_slashes or rule.rule.endswith("/") == path.endswith("/"):
        return path
    return f"{path}/" if rule.rule.endswith("/") else path.rstrip("/")


def _same(one: CompiledPolicy | None, other: CompiledPolicy | None) -> bool:
    if one is None or other is None:
        return one is other
    return one is other or one.policy == other.policy


def _blueprints_of(endpoint: str) -> Iterator[str]:
    """
    Yield the blueprints that an endpoint belongs to, the innermost first.
    """
    name = endpoint.rpartition(".")[0]
    while name:
        yield name
        name = name.rpartition(".")[0]


def _path_in_application(adapter: MapAdapter, url: str) -> str | None:
    """
    Give the path of a redirect's target if it stays in this application.
    """
    target, mount = urlsplit(url), adapter.script_name.rstrip("/")
    path = unquote(target.path)
    if target.netloc != adapter.get_host(None) or not path.startswith(f"{mount}/"):
        return None
    return path.removeprefix(mount)

"""
Which policy governs a request in a Flask application.

Views, blueprints, path rules, guard: the most specific level that says something wins. For a
preflight the router is asked about the request that is announced, not about `OPTIONS`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, MapAdapter, RequestRedirect, Rule
from werkzeug.routing.converters import DEFAULT_CONVERTERS

from .adapters import Adapters, path_in_application
from .errors import Problem
from .marks import Marks, methods_of, same_policy
from .memo import Memo, MemoKey
from .overlaps import Overlaps, is_static
from .protocol.codes import make_problem
from .protocol.compiled import CompiledPolicy
from .protocol.decide import stronger
from .settings import Settings

if TYPE_CHECKING:
    from flask.wrappers import Request

__all__ = ["UNSURE", "Plan", "Target"]

_MOST_REDIRECTS = 4
_WITHIN = _MOST_REDIRECTS + 1  # for what is asked in the course of answering
_BUILT_IN = frozenset(DEFAULT_CONVERTERS.values())
UNSURE: Final = cast("CompiledPolicy", object())
"""In place of a policy: it takes a closer look."""

_UNKNOWN: Final = frozenset({"not looked at yet"})


@dataclass(slots=True, kw_only=True)
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
        adapters: Bind the router to requests.
        url_map: The application's routes.
        views: The application's views, now and later.
        views_seen: How many there were; if there are more, this plan is out of date.
        may_remember: Whether the memo's keys hold all that routing looks at.
        allows_somebody: Whether anything anywhere can allow an origin.
        live: The policies that ask callables.
        has_callables: Whether there are any.
        enforces: Whether the server refuses anything.
        only: What governs every URL, if one policy does.
        is_uniform: Whether one policy does, or none.
        certain: What governs the routes of which all URLs have one policy, by the rules' `id`.
    """

    def __init__(self, app: Flask, settings: Settings) -> None:
        """
        Read the marks of all views; the routes have to be there.

        Args:
            app: The application.
            settings: Sound settings.
        """
        self.settings: Settings = settings
        self.memo: Memo[MemoKey | None, Target] = Memo()
        # Whoever overrides it may look at anything; the memo's keys hold what Flask's own does.
        # The same goes for converters: a user's own may look things up, and change their mind.
        self.adapters: Adapters = Adapters(app)
        own_converters = not _BUILT_IN.issuperset(app.url_map.converters.values())
        self.may_remember: bool = self.adapters.are_flasks and not own_converters
        self._app = app
        self.url_map: Map = app.url_map
        self.views: Mapping[str, object] = app.view_functions
        self.views_seen: int = len(self.views)
        self._marks = Marks(app, settings)
        self.problems: list[Problem] = self._marks.problems
        self._check_exempt()
        marked = self._marks.policies
        policies = [*marked, *settings.outer_policies]
        self.allows_somebody: bool = any(p.everybody or p.vary for p in policies)
        self.live: Collection[CompiledPolicy] = {p for p in policies if not p.is_static}
        self.has_callables: bool = bool(self.live)
        self.enforces: bool = any(stronger(settings.enforce, p) for p in [None, *policies])
        self.only: CompiledPolicy | None = settings.default
        self.is_uniform: bool = not marked and not settings.rules.values()
        self._is_marked = bool(marked)
        self._rules = _by_text(app.url_map)
        self.certain: Mapping[int, CompiledPolicy | None] = dict(self._certain_policies())
        self._overlaps = Overlaps(app.url_map)
        self._methods: dict[str, frozenset[str] | None] = {}
        self._siblings: dict[str, dict[str, Rule]] = {}

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
        return len(self.views) == self.views_seen

    def governing(self, request: Request) -> CompiledPolicy | None:
        """
        Find what governs a request that has been routed, and nothing else about it.

        Args:
            request: The request.
        """
        rule = request.url_rule
        # An application further in may have routed it, by rules of its own.
        if rule is None or rule.map is not self.url_map:
            return self.actual(request, request.path).policy
        certain = self.certain.get(id(rule), UNSURE)
        return self.governing_by(rule, request) if certain is UNSURE else certain

    def governing_by(self, rule: Rule, request: Request) -> CompiledPolicy | None:
        """
        Find what governs a request to a rule of which not all URLs have one policy.

        Args:
            rule: A rule of the application.
            request: A request that the router has found it for.
        """
        if self._is_marked:
            marked = self._marks.policy(rule.endpoint, request.method)
            if marked is not None:
                return marked
        path = request.path
        return self.settings.governing(path if rule.strict_slashes else _canonical(rule, path))

    def actual(self, request: Request, path: str) -> Target:
        """
        Find what governs a request that is what it says.

        Args:
            request: A request that has been routed.
            path: Its path.
        """
        rule, error = request.url_rule, request.routing_exception
        if rule is not None and rule.map is self.url_map:
            return self._found(rule, request.view_args or {}, request.method, path)
        adapter = self.adapters.bind(request)
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
        beside = self._beside(request, path, method)
        if beside is not None:
            return beside
        adapter = self.adapters.bind(request)
        if adapter is None:
            return Target(policy=self.settings.governing(path))
        return self.announced_by(adapter, path, method)

    def announced_by(self, adapter: MapAdapter, path: str, method: str) -> Target:
        """
        Find what governs the request that a preflight announces, by asking the router.

        Args:
            adapter: The router, bound to the preflight.
            path: Its path.
            method: What `Access-Control-Request-Method` says.
        """
        target = self._match(adapter, method, path)
        if target.rule is None:
            return target
        methods = self._methods_of(target.rule)
        if methods is None:
            # Other views of the URL that have the same policy belong into the same answer.
            valid = adapter.allowed_methods(target.path) or target.route_methods or ()
            methods = self._methods_under(target.policy, adapter, valid, target.path)
        target.route_methods = methods
        return target

    def _beside(self, request: Request, path: str, method: str) -> Target | None:
        """
        Find what a preflight announces beside what Flask has found for the preflight itself.

        Where nothing else can be about the URL, the router need not be asked again.
        """
        rule = request.url_rule
        if rule is None or rule.map is not self.url_map:
            return None
        siblings = self._siblings.get(rule.rule)
        if siblings is None:
            siblings = self._siblings[rule.rule] = self._find_siblings(rule.rule)
        other, methods = siblings.get(method), self._methods_of(rule.rule)
        if other is None or methods is None:
            return None
        target = self._found(other, request.view_args or {}, method, path)
        target.route_methods = methods
        return target

    def _methods_of(self, text: str) -> frozenset[str] | None:
        """
        Give the methods of all URLs of a rule's text, if they are the same for all.
        """
        methods = self._methods.get(text, _UNKNOWN)
        if methods is _UNKNOWN:
            methods = self._methods[text] = self._certain_methods(self._rules.get(text, []))
        return methods

    def _find_siblings(self, text: str) -> dict[str, Rule]:
        """
        Give which rule takes which method on all URLs of a text; nothing where that depends.
        """
        rules = self._rules.get(text, [])
        plain = self.may_remember and type(self._app).url_rule_class is Rule
        alike = {
            (rule.host, rule.subdomain, rule.strict_slashes, rule.merge_slashes) for rule in rules
        }
        if not plain or len(alike) != 1 or not self._overlaps.are_alone(rules):
            return {}
        if any(rule.websocket or rule.methods is None or rule.build_only for rule in rules):
            return {}
        if any(r.defaults or r.alias or r.redirect_to for r in self.url_map.iter_rules()):
            return {}
        taken = [method for rule in rules for method in methods_of(rule)]
        return {m: rule for rule in rules for m in methods_of(rule) if taken.count(m) == 1}

    def _certain_policies(self) -> Iterator[tuple[int, CompiledPolicy | None]]:
        """
        Yield the rules of which all URLs have one policy, whatever the method, and that policy.
        """
        for rule in self.url_map.iter_rules():
            said = self._marks.of(rule)
            if rule.methods is None or any(policy is not said[0] for policy in said):
                continue
            if said[0] is not None:
                yield id(rule), said[0]
            elif is_static(rule.rule) or not self.settings.rules.values():
                yield id(rule), self.settings.governing(rule.rule)

    def _certain_methods(self, rules: list[Rule]) -> frozenset[str] | None:
        """
        Give the methods of all URLs of some rules with one text, if they are the same for all.
        """
        if len(rules) == 1 and not self._is_marked:
            return methods_of(rules[0])
        alike = all(
            rule.methods
            and not rule.websocket
            and (rule.host, rule.subdomain) == (rules[0].host, rules[0].subdomain)
            for rule in rules
        )
        said = [policy for rule in rules for policy in self._marks.of(rule)]
        if not said or not alike or not all(same_policy(policy, said[0]) for policy in said):
            return None
        # Where views have policies of their own, one may take a method of these URLs away.
        if self._is_marked and not self._overlaps.are_alone(rules):
            return None
        return frozenset[str]().union(*map(methods_of, rules))

    def _route(self, adapter: MapAdapter, method: str, path: str) -> Target:
        try:
            return self._match(adapter, method, path)
        except Exception:  # noqa: BLE001 - a user's converter: what made it crash is Flask's to tell
            return Target(policy=self.settings.governing(path))

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
            further = path_in_application(adapter, error.new_url)
            if further is not None:
                return self._match(adapter, method, further, hops + 1)
        if isinstance(error, MethodNotAllowed) and adapter and hops < _WITHIN:
            valid = [m for m in error.valid_methods or () if m != method]
            # Flask itself answers OPTIONS for every view: that is no view to agree or disagree.
            asked = [m for m in valid if m != "OPTIONS"] or valid
            views = [self._match(adapter, m, path, _WITHIN) for m in asked]
            agreed = views and all(same_policy(v.policy, views[0].policy) for v in views)
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
        views = {method: self._match(adapter, method, path, _WITHIN) for method in methods}
        return frozenset(
            method for method, view in views.items() if same_policy(view.policy, policy)
        )

    def _found(self, rule: Rule, args: Mapping[str, object], method: str, path: str) -> Target:
        # The router takes a method in any case for the same.
        marked = self._marks.policy(rule.endpoint, method.upper())
        return Target(
            policy=marked or self.settings.governing(_canonical(rule, path)),
            endpoint=rule.endpoint,
            rule=rule.rule,
            path=path,
            route_methods=self._marks.methods_like(rule, method.upper()),
            view_args=args,
        )

    def _check_exempt(self) -> None:
        for endpoint in sorted(self.settings.enforce_exempt - set(self._app.view_functions)):
            fix = f"Write one of: {', '.join(sorted(self._app.view_functions))}."
            problem = make_problem("CG803", "enforce_exempt", endpoint, "is not an endpoint", fix)
            self.problems.append(problem)


def _by_text(url_map: Map) -> dict[str, list[Rule]]:
    rules: dict[str, list[Rule]] = {}
    for rule in url_map.iter_rules():
        rules.setdefault(rule.rule, []).append(rule)
    return rules


def _canonical(rule: Rule, path: str) -> str:
    """
    Write a path as its rule does, where the rule takes it with and without a slash at the end.
    """
    if rule.strict_slashes or rule.rule.endswith("/") == path.endswith("/"):
        return path
    return f"{path}/" if rule.rule.endswith("/") else path.rstrip("/")

"""
`@cross_origin` and `@same_origin`: where they may stand, what they override, and how they fail.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Protocol

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView, View

from flask_corsguard import (
    CORSGuard,
    Policy,
    PolicyError,
    Reason,
    cross_origin,
    origin_rejected,
    same_origin,
)

from .helpers import ALLOWED, ANY_OPTIONS, STRANGER, ask, hearing, logged, preflight

GUARDS_OWN = "https://guard.example"
RULES_OWN = "https://rule.example"
OUTER = "https://outer.example"
INNER = "https://inner.example"
VIEWS_OWN = "https://view.example"
EVERYBODY = (GUARDS_OWN, RULES_OWN, OUTER, INNER, VIEWS_OWN, ALLOWED)

pytestmark = pytest.mark.usefixtures("way")

VIEW_ARGUMENTS = Callable[..., Any]


class Decorator(Protocol):
    """
    Take a view and give another.
    """

    def __call__(self, view: VIEW_ARGUMENTS, /) -> VIEW_ARGUMENTS: ...


def hello() -> VIEW_ARGUMENTS:
    """
    Give a new view, as a mark stays on what it was put on.
    """

    def view(**_: object) -> str:
        return "hello"

    return view


def guarded(view: VIEW_ARGUMENTS, **options: object) -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/item", view_func=view, endpoint="item", methods=["GET", "PUT"])
    CORSGuard(app, **(options or {"origins": GUARDS_OWN}))
    return app


def allowed_by(app: Flask, path: str = "/item", method: str = "GET") -> set[str]:
    """
    Tell which origins may read, by the answer and by the preflight alike.
    """
    actual = {o for o in EVERYBODY if ask(app, method, path, origin=o).cors}
    asked = {o for o in EVERYBODY if preflight(app, path, method, origin=o).status == 204}
    assert actual == asked
    return actual


# What a mark may say


@pytest.mark.parametrize(
    "mark",
    [
        lambda: cross_origin(origins=ALLOWED),
        lambda: cross_origin(origins=[ALLOWED], methods=["PUT"], max_age=0),
        lambda: cross_origin(Policy(origins=ALLOWED)),
        lambda: cross_origin("partners"),
    ],
    ids=["origins", "options", "policy", "name"],
)
def test_a_view_is_marked_with_options_a_policy_or_a_name(mark: Callable[[], Decorator]) -> None:
    app = guarded(mark()(hello()), origins=GUARDS_OWN, policies={"partners": {"origins": ALLOWED}})
    assert allowed_by(app) == {ALLOWED}


def test_the_options_of_a_mark_are_all_that_counts() -> None:
    """Levels replace each other; nothing is merged."""
    app = guarded(
        cross_origin(origins=ALLOWED, expose_headers="X-View")(hello()),
        origins=GUARDS_OWN,
        credentials=True,
        allow_headers=["X-A"],
        expose_headers=["X-Guard"],
        max_age=60,
    )
    answer = ask(app, "GET", "/item", origin=ALLOWED)
    assert answer.cors == {"Allow-Origin": ALLOWED, "Expose-Headers": "X-View"}
    asked = preflight(app, "/item", "PUT")
    assert {k: v for k, v in asked.cors.items() if k != "Allow-Methods"} == {
        "Allow-Origin": ALLOWED,
        "Max-Age": "600",
    }


def test_a_same_origin_view_is_closed_whatever_the_outer_levels_say() -> None:
    app = Flask(__name__)
    blueprint = Blueprint("api", __name__)
    blueprint.add_url_rule("/item", view_func=same_origin(hello()), endpoint="item")
    cross_origin(origins="*")(blueprint)
    app.register_blueprint(blueprint)
    CORSGuard(app, resources={"/*": {"origins": "*"}})
    assert ask(app, "GET", "/item", origin=ALLOWED).cors == {}
    assert preflight(app, "/item", "GET").status == HTTPStatus.FORBIDDEN


def test_a_same_origin_view_answers_everybody_alike_but_for_options() -> None:
    app = guarded(same_origin(hello()))
    assert ask(app, "GET", "/item", origin=ALLOWED).vary == set()
    assert ask(app, "OPTIONS", "/item", origin=ALLOWED).vary == ANY_OPTIONS


def test_cors_headers_that_a_same_origin_view_sets_are_removed() -> None:
    view = same_origin(lambda: ("own", 200, {"Access-Control-Allow-Origin": "*"}))
    assert ask(guarded(view), "GET", "/item", origin=ALLOWED).cors == {}


def test_a_mark_gives_back_what_it_was_given() -> None:
    view, blueprint = hello(), Blueprint("api", __name__)
    assert cross_origin(origins=ALLOWED)(view) is view
    assert same_origin(blueprint) is blueprint


def test_an_unmarked_view_beside_a_marked_one_is_governed_by_the_guard() -> None:
    app = guarded(cross_origin(origins=ALLOWED)(hello()))
    app.add_url_rule("/other", view_func=hello(), endpoint="other")
    assert allowed_by(app, "/other") == {GUARDS_OWN}


def test_one_view_under_two_urls_has_its_mark_under_both() -> None:
    view = cross_origin(origins=ALLOWED)(hello())
    app = guarded(view)
    app.add_url_rule("/again", view_func=view, endpoint="again")
    app.add_url_rule("/item/<int:n>", view_func=view, endpoint="item")
    assert [allowed_by(app, path) for path in ("/item", "/again", "/item/1")] == [{ALLOWED}] * 3


# Which level wins


def everywhere(levels: set[str]) -> Flask:
    """
    Say something on each of the given levels, and register one view below all of them.
    """
    app = Flask(__name__)
    outer = Blueprint("outer", __name__, url_prefix="/outer")
    inner = Blueprint("inner", __name__, url_prefix="/inner")
    view = hello()
    for level, target, origin in [
        ("view", view, VIEWS_OWN),
        ("inner", inner, INNER),
        ("outer", outer, OUTER),
    ]:
        if level in levels:
            cross_origin(origins=origin)(target)
    inner.add_url_rule("/item", view_func=view, endpoint="item", methods=["GET", "PUT"])
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    own = {"origins": GUARDS_OWN} if "guard" in levels else {}
    rules = {"resources": {"/outer/*": {"origins": RULES_OWN}}} if "rule" in levels else {}
    CORSGuard(app, **own, **rules)
    return app


ORDER = [
    ("view", VIEWS_OWN),
    ("inner", INNER),
    ("outer", OUTER),
    ("rule", RULES_OWN),
    ("guard", GUARDS_OWN),
]


@pytest.mark.parametrize("number", range(len(ORDER)), ids=[name for name, _ in ORDER])
def test_the_most_specific_level_wins(number: int) -> None:
    levels = {name for name, _ in ORDER[number:]}
    assert allowed_by(everywhere(levels), "/outer/inner/item") == {ORDER[number][1]}


@pytest.mark.parametrize("number", range(len(ORDER)), ids=[name for name, _ in ORDER])
def test_each_level_counts_alone(number: int) -> None:
    level, origin = ORDER[number]
    assert allowed_by(everywhere({level}), "/outer/inner/item") == {origin}


@pytest.mark.parametrize(
    ("path", "origin"),
    [("/outer/inner/missing", RULES_OWN), ("/outer/missing", RULES_OWN), ("/missing", None)],
)
def test_an_unknown_url_belongs_to_no_view_and_no_blueprint(path: str, origin: str | None) -> None:
    app = everywhere({"view", "inner", "outer", "rule"})
    allowed = {o for o in EVERYBODY if ask(app, "GET", path, origin=o).cors}
    assert allowed == ({origin} if origin else set())


def test_a_blueprint_may_be_marked_after_it_was_registered() -> None:
    app, blueprint = Flask(__name__), Blueprint("api", __name__)
    blueprint.add_url_rule("/item", view_func=hello(), endpoint="item")
    app.register_blueprint(blueprint)
    CORSGuard(app, origins=GUARDS_OWN)
    cross_origin(origins=ALLOWED)(blueprint)
    assert allowed_by(app) == {ALLOWED}


def test_a_blueprint_that_is_registered_twice_is_marked_twice() -> None:
    app, blueprint = Flask(__name__), Blueprint("api", __name__)
    blueprint.add_url_rule("/item", view_func=hello(), endpoint="item")
    cross_origin(origins=ALLOWED)(blueprint)
    app.register_blueprint(blueprint, url_prefix="/one")
    app.register_blueprint(blueprint, url_prefix="/two", name="again")
    CORSGuard(app, origins=GUARDS_OWN)
    assert [allowed_by(app, f"/{n}/item") for n in ("one", "two")] == [{ALLOWED}] * 2


def test_a_same_origin_blueprint_in_an_open_one_is_closed() -> None:
    app = Flask(__name__)
    outer = cross_origin(origins=OUTER)(Blueprint("outer", __name__, url_prefix="/outer"))
    inner = same_origin(Blueprint("inner", __name__, url_prefix="/inner"))
    outer.add_url_rule("/item", view_func=hello(), endpoint="item")
    inner.add_url_rule("/item", view_func=hello(), endpoint="item")
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    CORSGuard(app, origins=GUARDS_OWN)
    assert allowed_by(app, "/outer/item") == {OUTER}
    assert allowed_by(app, "/outer/inner/item") == set()


def test_an_endpoint_with_a_dot_that_is_no_blueprint_is_the_applications() -> None:
    app = Flask(__name__)
    app.add_url_rule("/item", view_func=hello(), endpoint="some.item")
    CORSGuard(app, origins=GUARDS_OWN)
    assert allowed_by(app) == {GUARDS_OWN}


# Classes


@cross_origin(origins=ALLOWED)
class Base(MethodView):
    """
    Is marked as a class.
    """

    def get(self) -> str:
        return "got"

    @cross_origin(origins=VIEWS_OWN)
    def put(self) -> str:
        return "put"


class Plain(Base):
    """
    Inherits everything.
    """


class Overriding(Base):
    """
    Has handlers of its own, which nobody has marked.
    """

    def get(self) -> str:
        return "other"

    def put(self) -> str:
        return "other"


@cross_origin(origins=INNER)
class Marked(Base):
    """
    Is marked itself.
    """


@same_origin
class Closed(Base):
    """
    Is closed itself; a handler that says otherwise is more specific.
    """


@pytest.mark.parametrize(
    ("view_class", "get", "put"),
    [
        (Base, ALLOWED, VIEWS_OWN),
        (Plain, ALLOWED, VIEWS_OWN),
        (Overriding, ALLOWED, ALLOWED),
        (Marked, INNER, VIEWS_OWN),
        (Closed, None, VIEWS_OWN),
    ],
)
def test_a_class_hands_its_mark_to_its_subclasses(
    view_class: type[MethodView], get: str | None, put: str | None
) -> None:
    app = guarded(view_class.as_view("item"))
    assert allowed_by(app, method="GET") == ({get} if get else set())
    assert allowed_by(app, method="HEAD") == ({get} if get else set())
    assert allowed_by(app, method="PUT") == ({put} if put else set())


def test_a_mark_on_a_subclass_leaves_its_parent_alone() -> None:
    app = guarded(Base.as_view("item"))
    assert INNER not in allowed_by(app)


def test_a_class_with_one_dispatch_is_marked_as_a_class() -> None:
    @cross_origin(origins=ALLOWED)
    class Page(View):
        methods = ("GET", "PUT")

        def dispatch_request(self) -> str:
            return "page"

    assert allowed_by(guarded(Page.as_view("page")), method="PUT") == {ALLOWED}


def test_what_a_class_makes_may_be_marked_too() -> None:
    class Page(MethodView):
        def get(self) -> str:
            return "page"

    app = guarded(cross_origin(origins=ALLOWED)(Page.as_view("page")))
    assert allowed_by(app) == {ALLOWED}


def test_a_mark_among_the_decorators_of_a_class_counts() -> None:
    class Page(MethodView):
        decorators = (cross_origin(origins=ALLOWED),)

        def get(self) -> str:
            return "page"

    assert allowed_by(guarded(Page.as_view("page"))) == {ALLOWED}


def test_a_handler_for_head_may_have_its_own_mark() -> None:
    class Page(MethodView):
        @cross_origin(origins=ALLOWED)
        def get(self) -> str:
            return "page"

        @cross_origin(origins=INNER)
        def head(self) -> str:
            return ""

    app = guarded(Page.as_view("page"))
    assert (allowed_by(app, method="GET"), allowed_by(app, method="HEAD")) == ({ALLOWED}, {INNER})


def test_a_handler_may_be_a_class_method_or_a_static_method() -> None:
    class Page(MethodView):
        @classmethod
        @cross_origin(origins=ALLOWED)
        def get(cls) -> str:
            return "page"

        @staticmethod
        @cross_origin(origins=INNER)
        def put() -> str:
            return "page"

    app = guarded(Page.as_view("page"))
    assert (allowed_by(app, method="GET"), allowed_by(app, method="PUT")) == ({ALLOWED}, {INNER})


@pytest.mark.parametrize("kind", [classmethod, staticmethod])
def test_a_mark_above_a_class_method_or_a_static_method_is_refused(kind: type) -> None:
    """What a class gives out is the function below; a mark above it would be lost."""
    with pytest.raises(TypeError, match=f"put it below @{kind.__name__}"):
        same_origin(kind(hello()))


def test_a_mark_on_the_one_dispatch_of_a_class_counts() -> None:
    class Page(View):
        methods = ("GET", "PUT")

        @cross_origin(origins=ALLOWED)
        def dispatch_request(self) -> str:
            return "page"

    assert allowed_by(guarded(Page.as_view("page")), method="PUT") == {ALLOWED}


# Beside other decorators


def wrapping(view: VIEW_ARGUMENTS) -> VIEW_ARGUMENTS:
    """
    Do as one should.
    """

    @functools.wraps(view)
    def wrapper(*args: object, **kwargs: object) -> object:
        return view(*args, **kwargs)

    return wrapper


def wrapping_without_attributes(view: VIEW_ARGUMENTS) -> VIEW_ARGUMENTS:
    """
    Note the view in `__wrapped__`, and copy nothing.
    """

    def wrapper(*args: object, **kwargs: object) -> object:
        return view(*args, **kwargs)

    wrapper.__wrapped__ = view
    return wrapper


def dropping(view: VIEW_ARGUMENTS) -> VIEW_ARGUMENTS:
    """
    Forget all that stands on the view.
    """

    def wrapper(*args: object, **kwargs: object) -> object:
        return view(*args, **kwargs)

    return wrapper


class DroppingObject:
    """
    Forget it as an object that is called.
    """

    def __init__(self, view: VIEW_ARGUMENTS) -> None:
        self.view = view

    def __call__(self, *args: object, **kwargs: object) -> object:
        return self.view(*args, **kwargs)


class DroppingSlots:
    """
    Forget it as an object without a dict.
    """

    __slots__ = ("view",)

    def __init__(self, view: VIEW_ARGUMENTS) -> None:
        self.view = view

    def __call__(self, *args: object, **kwargs: object) -> object:
        return self.view(*args, **kwargs)


def dropping_by_default(view: VIEW_ARGUMENTS) -> VIEW_ARGUMENTS:
    """
    Keep the view among the defaults.
    """

    def wrapper(*args: object, _view: VIEW_ARGUMENTS = view, **kwargs: object) -> object:
        return _view(*args, **kwargs)

    return wrapper


def dropping_into_a_list(view: VIEW_ARGUMENTS) -> VIEW_ARGUMENTS:
    """
    Keep the view in a list.
    """
    views = [view]

    def wrapper(*args: object, **kwargs: object) -> object:
        return views[0](*args, **kwargs)

    return wrapper


def dropping_into_a_method(view: VIEW_ARGUMENTS) -> VIEW_ARGUMENTS:
    """
    Give a bound method.
    """
    return DroppingObject(view).__call__


def dropping_twice(view: VIEW_ARGUMENTS) -> VIEW_ARGUMENTS:
    """
    Forget it, and forget that.
    """
    return dropping(dropping(view))


def dropping_under_a_good_one(view: VIEW_ARGUMENTS) -> VIEW_ARGUMENTS:
    """
    Forget it, under a decorator that does as one should.
    """
    return wrapping(dropping(view))


GOOD = [wrapping, wrapping_without_attributes, lambda view: wrapping(wrapping(view))]
BAD = [
    dropping,
    DroppingObject,
    DroppingSlots,
    functools.partial,
    dropping_by_default,
    dropping_into_a_list,
    dropping_into_a_method,
    dropping_twice,
    dropping_under_a_good_one,
]


@pytest.mark.parametrize("decorator", [*GOOD, *BAD])
def test_a_mark_above_other_decorators_counts(decorator: Decorator) -> None:
    class Callable_:  # noqa: N801 - a partial and a slotted object take no mark: stand in for them
        def __init__(self, view: VIEW_ARGUMENTS) -> None:
            self.view = view

        def __call__(self, **_: object) -> object:
            return self.view()

    view = Callable_(decorator(hello()))
    assert allowed_by(guarded(cross_origin(origins=ALLOWED)(view))) == {ALLOWED}


@pytest.mark.parametrize("decorator", GOOD)
def test_a_mark_below_a_decorator_that_wraps_counts(decorator: Decorator) -> None:
    app = guarded(decorator(cross_origin(origins=ALLOWED)(hello())))
    assert allowed_by(app) == {ALLOWED}


@pytest.mark.parametrize("decorator", GOOD)
def test_a_handlers_mark_below_a_decorator_that_wraps_counts(decorator: Decorator) -> None:
    class Page(MethodView):
        @decorator
        @cross_origin(origins=ALLOWED)
        def get(self) -> str:
            return "page"

    assert allowed_by(guarded(Page.as_view("page"))) == {ALLOWED}


@pytest.mark.parametrize("decorator", [*GOOD, dropping])
def test_a_mark_may_stand_above_the_route(decorator: Decorator) -> None:
    app = Flask(__name__)
    cross_origin(origins=ALLOWED)(app.get("/item")(decorator(hello())))
    CORSGuard(app, origins=GUARDS_OWN)
    assert allowed_by(app) == {ALLOWED}


def test_an_upper_mark_wins_over_one_that_is_wrapped() -> None:
    """A decorator that brings a mark of its own, with one above it."""
    view = wrapping_without_attributes(cross_origin(origins=INNER)(hello()))
    assert allowed_by(guarded(cross_origin(origins=ALLOWED)(view))) == {ALLOWED}


MARKS = [cross_origin(origins=ALLOWED), same_origin, cross_origin("partners")]


@pytest.mark.parametrize("mark", MARKS, ids=["cross_origin", "same_origin", "name"])
@pytest.mark.parametrize("decorator", BAD)
def test_a_dropped_mark_is_found_by_validate(decorator: Decorator, mark: Decorator) -> None:
    app = Flask(__name__)
    guard = CORSGuard(app, origins=GUARDS_OWN, policies={"partners": {"origins": ALLOWED}})
    app.add_url_rule("/item", view_func=decorator(mark(hello())), endpoint="item")
    with pytest.raises(PolicyError, match=r"view 'item'.*decorator.*functools\.wraps.*\[CG802\]"):
        guard.validate(app)


@pytest.mark.parametrize("decorator", BAD)
def test_a_dropped_mark_closes_the_view_and_is_logged_once(
    decorator: Decorator, caplog: pytest.LogCaptureFixture
) -> None:
    app = guarded(decorator(cross_origin(origins=ALLOWED)(hello())))
    app.add_url_rule("/other", view_func=hello(), endpoint="other")
    assert [allowed_by(app), allowed_by(app, "/other")] == [set(), {GUARDS_OWN}]
    (line,) = logged(caplog)
    assert "[CG802]" in line


@pytest.mark.parametrize("decorator", [dropping, DroppingObject, dropping_by_default])
def test_a_dropped_mark_on_a_handler_is_found_by_validate(decorator: Decorator) -> None:
    class Page(MethodView):
        def get(self) -> str:
            return "page"

        put = decorator(same_origin(hello()))

    app = Flask(__name__)
    guard = CORSGuard(app, origins=GUARDS_OWN)
    app.add_url_rule("/item", view_func=Page.as_view("item"))
    with pytest.raises(PolicyError, match=r"\[CG802\]"):
        guard.validate(app)


def test_a_dropped_mark_on_a_handler_closes_the_handler() -> None:
    class Page(MethodView):
        def get(self) -> str:
            return "page"

        @dropping
        @same_origin
        def put(self) -> str:
            return "page"

    app = guarded(Page.as_view("page"))
    assert allowed_by(app, method="PUT") == set()
    assert allowed_by(app, method="GET") == {GUARDS_OWN}


def test_a_dropped_mark_in_a_class_with_one_dispatch_is_found_by_validate() -> None:
    class Page(View):
        @dropping
        @same_origin
        def dispatch_request(self) -> str:
            return "page"

    app = Flask(__name__)
    guard = CORSGuard(app, origins=GUARDS_OWN)
    app.add_url_rule("/item", view_func=Page.as_view("item"))
    with pytest.raises(PolicyError, match=r"\[CG802\]"):
        guard.validate(app)


def test_a_class_below_a_decorator_that_drops_its_mark_is_found_by_validate() -> None:
    @cross_origin(origins=ALLOWED)
    class Page(MethodView):
        def get(self) -> str:
            return "page"

    app = Flask(__name__)
    guard = CORSGuard(app, origins=GUARDS_OWN)
    app.add_url_rule("/item", view_func=dropping(Page.as_view("item")), endpoint="item")
    with pytest.raises(PolicyError, match=r"\[CG802\]"):
        guard.validate(app)


def test_a_view_that_calls_another_marked_view_has_dropped_no_mark() -> None:
    """In an application factory, views are closures, and one may use the other."""
    app = Flask(__name__)

    @app.get("/marked")
    @cross_origin(origins=ALLOWED)
    def marked() -> str:
        return "marked"

    @app.get("/item")
    def item() -> str:
        return marked() + "?"

    guard = CORSGuard(app, origins=GUARDS_OWN)
    assert guard.validate(app) == ()
    assert [allowed_by(app, "/marked"), allowed_by(app, "/item")] == [{ALLOWED}, {GUARDS_OWN}]


def test_a_view_that_holds_a_marked_class_has_dropped_no_mark() -> None:
    app = Flask(__name__)
    page = Base.as_view("page")
    app.add_url_rule("/page", view_func=page)

    @app.get("/item")
    def item() -> str:
        return page()

    guard = CORSGuard(app, origins=GUARDS_OWN)
    assert guard.validate(app) == ()
    assert allowed_by(app, "/item") == {GUARDS_OWN}


# Names


def test_an_unknown_name_is_found_by_validate_with_the_nearest_one() -> None:
    app = Flask(__name__)
    guard = CORSGuard(app, policies={"partners": {"origins": ALLOWED}})
    app.add_url_rule("/item", view_func=cross_origin("partner")(hello()), endpoint="item")
    blueprint = cross_origin("friends")(Blueprint("api", __name__))
    blueprint.add_url_rule("/api", view_func=hello(), endpoint="api")
    app.register_blueprint(blueprint)
    with pytest.raises(PolicyError) as error:
        guard.validate(app)
    texts = sorted(str(problem) for problem in error.value.problems)
    assert [problem.code for problem in error.value.problems] == ["CG801", "CG801"]
    assert texts[0].startswith("blueprint 'api': 'friends' is not the name of a policy.")
    assert texts[1].startswith("view 'item': 'partner' is not the name of a policy.")
    assert "Write 'partners'." in texts[1]


def test_an_unknown_name_closes_what_it_marks_and_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = guarded(cross_origin("nobody")(hello()))
    app.add_url_rule("/other", view_func=hello(), endpoint="other")
    assert [allowed_by(app), allowed_by(app, "/other")] == [set(), {GUARDS_OWN}]
    (line,) = logged(caplog)
    assert "[CG801]" in line


def test_an_unknown_name_is_rejected_with_a_reason() -> None:
    app = guarded(cross_origin("nobody")(hello()))
    with hearing(origin_rejected) as heard:
        ask(app, "GET", "/item", origin=GUARDS_OWN)
    assert [decision.reason for _, _, decision in heard] == [Reason.SAME_ORIGIN_ONLY]


def test_one_name_means_what_each_guard_says() -> None:
    view = cross_origin("partners")(hello())
    one = guarded(view, policies={"partners": {"origins": INNER}})
    two = guarded(view, policies={"partners": Policy(origins=OUTER)})
    assert [allowed_by(one), allowed_by(two)] == [{INNER}, {OUTER}]


def test_validate_works_in_the_context_of_an_application() -> None:
    app = Flask(__name__)
    guard = CORSGuard(app, origins=GUARDS_OWN)
    app.add_url_rule("/item", view_func=cross_origin("nobody")(hello()), endpoint="item")
    with app.app_context(), pytest.raises(PolicyError, match="CG801"):
        guard.validate()


def test_validate_without_an_application_says_what_is_missing() -> None:
    with pytest.raises(RuntimeError):
        CORSGuard().validate()
    with pytest.raises(RuntimeError, match=r"guard\.init_app\(app\)"):
        CORSGuard().validate(Flask(__name__))


def test_validate_gives_the_warnings_of_marks() -> None:
    app = Flask(__name__)
    guard = CORSGuard(app, origins=GUARDS_OWN)
    view = cross_origin(origins=[ALLOWED, ALLOWED])(hello())
    app.add_url_rule("/item", view_func=view, endpoint="item")
    assert [problem.code for problem in guard.validate(app)] == ["CG135"]


def test_the_warnings_of_marks_are_logged_once_at_the_first_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = guarded(cross_origin(origins=[ALLOWED, ALLOWED])(hello()))
    assert logged(caplog) == []
    for _ in range(3):
        ask(app, "GET", "/item", origin=ALLOWED)
    (line,) = logged(caplog)
    assert "view 'item'" in line
    assert "CG135" in line


# Wrong uses


def test_cross_origin_without_parentheses_says_what_to_write() -> None:
    with pytest.raises(TypeError, match=r"write @cross_origin\(origins=\[\.\.\.\]\)"):
        cross_origin(hello())


def test_cross_origin_without_parentheses_on_a_class_says_what_to_write() -> None:
    with pytest.raises(TypeError, match=r"write @cross_origin\(origins=\[\.\.\.\]\)"):

        @cross_origin
        class Page(MethodView):
            pass


@pytest.mark.parametrize("url", ["https://app.example", "*", "null", ""])
def test_a_positional_origin_says_what_to_write(url: str) -> None:
    with pytest.raises(TypeError, match=re.escape(f"origins=[{url!r}]")):
        cross_origin(url)


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [
        ((), {}, r"needs origins or a policy; write @cross_origin\(origins="),
        ((), {"credentials": True}, r"needs origins or a policy; write"),
        ((["https://app.example"],), {}, r"takes a Policy or a name, not \['https"),
        (("partners",), {"origins": ALLOWED}, r"a policy or options, not both; write"),
        ((Policy(origins=ALLOWED),), {"max_age": 5}, r"a policy or options, not both; write"),
        (({"origins": ALLOWED},), {}, r"takes a Policy or a name, not \{"),
    ],
)
def test_a_wrong_argument_says_what_to_write(
    args: tuple[object, ...], options: dict[str, object], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        cross_origin(*args, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"origins": None}, "origins: None"),
        ({"origins": "example.com"}, "CG104"),
        ({"origins": ALLOWED, "supports_credentials": True}, "Write 'credentials'"),
        ({"origins": "*", "credentials": True}, "CG130"),
        ({"origins": ALLOWED, "resources": ["/api/*"]}, "CG601"),
    ],
)
def test_a_wrong_option_is_found_where_the_mark_is_written(
    options: dict[str, object], message: str
) -> None:
    with pytest.raises(PolicyError, match=re.escape(message)):
        cross_origin(**options)


@pytest.mark.parametrize("mark", [cross_origin(origins=ALLOWED), same_origin])
def test_a_mark_on_the_application_says_what_to_write(mark: Decorator) -> None:
    with pytest.raises(TypeError, match=r"marks views and blueprints; write CORSGuard\(app"):
        mark(Flask(__name__))


@pytest.mark.parametrize("mark", [cross_origin(origins=ALLOWED), same_origin])
@pytest.mark.parametrize("target", [None, "view", 7, ["view"]])
def test_a_mark_on_what_is_no_view_is_a_type_error(mark: Decorator, target: object) -> None:
    with pytest.raises(TypeError, match="marks views and blueprints, not"):
        mark(target)


@pytest.mark.parametrize("upper", [cross_origin(origins=ALLOWED), same_origin])
@pytest.mark.parametrize("lower", [cross_origin(origins=ALLOWED), same_origin])
@pytest.mark.parametrize(
    "make", [hello, lambda: Blueprint("api", __name__), lambda: type("V", (), {})]
)
def test_two_marks_on_one_thing_are_an_error(
    upper: Decorator, lower: Decorator, make: Callable[[], Any]
) -> None:
    with pytest.raises(RuntimeError, match="is marked already; keep one of the two"):
        upper(lower(make()))


def test_two_marks_with_a_wrapping_decorator_between_are_an_error_too() -> None:
    with pytest.raises(RuntimeError, match="is marked already"):
        same_origin(wrapping(cross_origin(origins=ALLOWED)(hello())))


@pytest.mark.parametrize("target", [Base().get, len])
def test_what_takes_no_mark_says_what_to_mark_instead(target: VIEW_ARGUMENTS) -> None:
    with pytest.raises(TypeError, match="mark a function that calls it"):
        same_origin(target)


def test_a_mark_does_not_change_how_a_view_is_called() -> None:
    @cross_origin(origins=STRANGER)
    def add(one: int, *, two: int) -> int:
        """Add."""
        return one + two

    assert (add(1, two=2), add.__name__, add.__doc__) == (3, "add", "Add.")

"""
`CORSGuard`: the Flask extension.

It holds what it was given and nothing else: one guard serves many applications, and what it knows
of each is in that application's `extensions`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Unpack, cast

from flask import Flask, current_app, has_app_context

from .config import read_app_config
from .errors import PolicyError, Problem, Severity
from .hooks import has_inner_proxy_fix
from .protocol.options import POLICY_OPTIONS
from .reporting import report_warnings
from .serving import Configuration, Serving
from .settings import GUARD_OPTIONS, GuardOptions, read_settings

__all__ = ["CORSGuard"]

_NAME = "corsguard"
_KNOWN = (*POLICY_OPTIONS, *GUARD_OPTIONS)


class CORSGuard:
    """
    Decide for every cross-origin request to a Flask application what the browser may do with it.

    ``CORSGuard(app, origins=["https://app.example.com"])`` is all that a small application needs;
    `resources`, `@cross_origin` and `@same_origin` say more where more is to be said. Whatever is
    not given here may stand in ``app.config``, upper-case and prefixed ``CORSGUARD_``.
    """

    def __init__(self, app: Flask | None = None, **options: Unpack[GuardOptions]) -> None:
        """
        Take the options, and initialise an application if one is given.

        Args:
            app: The application; without it, call `init_app` later.
            **options: See the reference of options.

        Raises:
            PolicyError: With every problem in the options, if an application is given.
            RuntimeError: If the application has a guard already.
        """
        self._options = options
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """
        Guard an application.

        Args:
            app: The application; its configuration has to be complete.

        Raises:
            PolicyError: With every problem in the options and in ``app.config``.
            RuntimeError: If the application has a guard already.
            TypeError: If it is no Flask application.
        """
        if not isinstance(cast("object", app), Flask):
            raise TypeError(
                f"CORSGuard guards Flask applications, not {app!r}; write "
                "cross_origin(...)(blueprint) for a blueprint, CORSMiddleware(app, ...) otherwise"
            )
        if _NAME in app.extensions:
            raise RuntimeError(
                f"{app!r} has a CORSGuard already; give all options to one, or use guard.reload()"
            )
        configuration, warnings = _configure(app, self._options)
        _check_fast_path(configuration, inside=has_inner_proxy_fix(app))
        report_warnings(warnings)
        app.extensions[_NAME] = Serving(app, configuration)

    def reload(self, app: Flask | None = None, /, **options: Unpack[GuardOptions]) -> None:
        """
        Swap in a complete new configuration while requests run, in this process.

        Each request is served by one configuration from its beginning to its end. A bad
        configuration changes nothing.

        Args:
            app: The application; without it, the current one.
            **options: All options; what was given before does not count.

        Raises:
            PolicyError: With every problem in the options, in ``app.config`` and on views.
            RuntimeError: Without an application.
        """
        serving = _serving(app)
        configuration, warnings = _configure(serving.app, options)
        _check_fast_path(configuration, inside=serving.proxy_fix_inside)
        _finish(serving.make_plan(configuration).problems)
        report_warnings(warnings)
        serving.swap(configuration)

    def validate(self, app: Flask | None = None, /) -> tuple[Problem, ...]:
        """
        Check what can only be checked when all views are registered.

        Names of policies on views and blueprints, marks that a decorator dropped, exempt
        endpoints: call it at the end of an application factory, or in a test.

        Args:
            app: The application; without it, the current one.

        Returns:
            The warnings, also those that were logged at start-up.

        Raises:
            PolicyError: With every error.
            RuntimeError: Without an application.
        """
        return _finish(_serving(app).make_plan().all_problems)


def _serving(app: Flask | None) -> Serving:
    if app is None and not has_app_context():
        raise RuntimeError("there is no current application; give it as the first argument")
    target = app or current_app
    serving = target.extensions.get(_NAME)
    if not isinstance(serving, Serving):
        raise RuntimeError(f"{target!r} has no CORSGuard; call guard.init_app(app) first")
    return serving


def _check_fast_path(configuration: Configuration, *, inside: bool) -> None:
    """
    See that the fast path does not look at requests before `ProxyFix` has put them right.
    """
    if configuration.usual.fast_path and inside:
        raise RuntimeError(
            "fast_path=True looks at requests before ProxyFix does; "
            "write app.wsgi_app = ProxyFix(app.wsgi_app) after CORSGuard(app)"
        )


def _configure(app: Flask, options: GuardOptions) -> tuple[Configuration, tuple[Problem, ...]]:
    """
    Read a complete configuration from the options and `app.config`; give its warnings, too.
    """
    found = read_app_config(app.config, written=options)
    merged = {**found.options, **options}
    usual = read_settings(merged, _KNOWN)
    problems = [*found.problems, *(found.place(p) for p in usual.problems)]
    debug = read_settings(merged, _KNOWN, debug=True) if "dev_origins" in merged else usual
    only_then = [p for p in debug.problems if p not in usual.problems]
    warnings = _finish([*problems, *(p for p in only_then if p.severity is Severity.ERROR)])
    written = frozenset(options)
    return Configuration(usual=usual, debug=debug, options=merged, written=written), warnings


def _finish(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """
    Raise what is an error among problems, or give the warnings.
    """
    found = tuple(problems)
    errors = [problem for problem in found if problem.severity is Severity.ERROR]
    if errors:
        raise PolicyError(errors)
    return found

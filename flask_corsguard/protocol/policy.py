"""
`Policy`: what a user asks for.

A policy is a value: keyword-only, immutable, compared by what it says. Making one checks it whole;
one that exists is sound. How it is answered from is the business of `compiled`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Unpack

from ..errors import Problem
from .checker import Checker
from .decision import Enforce
from .options import PolicyOptions
from .patterns import OriginRule
from .validation import read_options

__all__ = ["Policy"]


@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class Policy:
    """
    Say who may do what with a resource across origins.

    Attributes:
        origins: Who may read; see the table of origins in the reference.
        methods: What may be announced in a preflight; None: what the route has.
        allow_headers: The request headers that script may set.
        expose_headers: The response headers that script may read.
        credentials: Whether cookies, certificates and HTTP authentication may come along.
        max_age: How many seconds a preflight's answer may be remembered; None: say nothing.
        enforce: Whether disallowed requests are refused on the server too.
        name: What decisions and logs call the policy.
        dangerously_allow_insecure_origins: Whether plain http may go with credentials.
        dangerously_allow_public_suffixes: Whether wildcards over strangers may.
        warnings: What is legal and rarely meant.
    """

    origins: tuple[OriginRule, ...]
    methods: tuple[str, ...] | None
    allow_headers: tuple[str, ...]
    expose_headers: tuple[str, ...]
    credentials: bool
    max_age: int | None
    enforce: Enforce
    name: str | None
    dangerously_allow_insecure_origins: bool
    dangerously_allow_public_suffixes: bool
    warnings: tuple[Problem, ...] = field(repr=False, compare=False)

    def __init__(self, **options: Unpack[PolicyOptions]) -> None:
        """
        Check the options and make a policy of them.

        Args:
            **options: See `PolicyOptions`; the reference has the table.

        Raises:
            PolicyError: With every problem, in the order in which they were written.
        """
        checker = Checker(dict(options))
        values = read_options(checker)
        checker.finish()
        for name, value in values.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "warnings", checker.warnings)

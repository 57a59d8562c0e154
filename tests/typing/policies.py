"""
Write policies: what the checkers know of one, and what they refuse.
"""

import re
from datetime import timedelta
from typing import Any, Literal, assert_type

from flask_corsguard import Policy, PolicyError, Problem, RequestHead


def is_tenant(origin: str, head: RequestHead) -> bool:
    return origin.endswith(head.path)


policy = Policy(
    origins=["https://app.example.com", re.compile(r"https://[a-z]+\.example\.com"), is_tenant],
    methods=["GET", "PUT"],
    allow_headers=("Authorization", "Content-Type"),
    expose_headers={"X-Total-Count"},
    credentials=True,
    max_age=timedelta(hours=2),
    enforce="report",
    name="partners",
)
assert_type(policy, Policy)
assert_type(policy.methods, tuple[str, ...] | None)
assert_type(policy.allow_headers, tuple[str, ...])
assert_type(policy.expose_headers, tuple[str, ...])
assert_type(policy.credentials, bool)
assert_type(policy.max_age, int | None)
assert_type(policy.enforce, Literal[False, True, "report"])
assert_type(policy.name, str | None)
assert_type(policy.warnings, tuple[Problem, ...])

# One value needs no list, and what may be left out may be None.
Policy(origins="https://app.example.com", methods=None, max_age=None, name=None)
Policy(origins="*", allow_headers="*", max_age=0)

# The names of other libraries, and values of the wrong kind.
Policy(origins="*", supports_credentials=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Policy(origins="*", credentials="true")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Policy(origins="*", max_age="600")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Policy(origins="*", enforce="always")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Policy(origins=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Policy("https://app.example.com")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

# A policy is a value.
policy.credentials = False  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def report(error: PolicyError) -> None:
    assert_type(error.problems, tuple[Problem, ...])
    for problem in error.problems:
        assert_type(problem.code, str)
        assert_type(problem.to_dict(), dict[str, Any])

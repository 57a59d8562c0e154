"""
`StoreUnavailableError`: why a store cannot tell now whether an origin is allowed.

Inside the stores a failure is an exception; the guard turns it into a rejection with the reason
`STORE_UNAVAILABLE`, a signal and a line in the log. Nobody else ever sees it.
"""

from __future__ import annotations

from werkzeug.exceptions import HTTPException

__all__ = ["StoreUnavailableError", "described", "is_about_the_question"]

_ABOUT_THE_QUESTION = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    HTTPException,
    LookupError,
    NameError,
    TypeError,
    ValueError,
)


class StoreUnavailableError(RuntimeError):
    """
    Say that a store was not asked, or did not answer.
    """


def is_about_the_question(error: BaseException) -> bool:
    """
    Tell whether an error says more about a request than about the store's health.

    A callable that trips over a URL without a tenant does so in microseconds. If that opened the
    circuit breaker, whoever sends such a URL three times would close the store to everybody.

    Args:
        error: What a look-up raised.
    """
    return isinstance(error, _ABOUT_THE_QUESTION)


def described(error: BaseException) -> str:
    """
    Name an error in one line; one that cannot even say what it is must not get out.
    """
    name = type(error).__name__
    try:
        lines = str(error).splitlines()
    except Exception:  # noqa: BLE001 - a user's code
        return name
    return f"{name}: {lines[0]}" if lines else name

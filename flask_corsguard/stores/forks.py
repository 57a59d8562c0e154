"""
Put things right in a process that was forked.

Servers such as gunicorn load the application once and fork (`--preload`). The child has no threads
but its own, and every lock that another thread held stays locked for ever; whoever holds locks,
threads or connections says here what is to be done about them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from weakref import WeakMethod

__all__ = ["after_fork"]


def after_fork(method: Callable[[], None]) -> None:
    """
    Call a method in every child process, before anything else runs there.

    Args:
        method: A bound method; its object is not kept alive by this.
    """
    reference = WeakMethod(method)

    def call() -> None:
        bound = reference()
        if bound is not None:
            bound()

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=call)

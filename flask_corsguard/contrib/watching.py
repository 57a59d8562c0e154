"""
Receive the signals of applications for as long as these live.

A receiver that is held strongly would outlive its application, and every guard of the process would
go on deciding in full for somebody who is not there any more. One that is held weakly is gone when
the name it was bound to is. So an observer lives as long as what it observes.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import cast

from blinker import Signal
from flask import Flask
from werkzeug.local import LocalProxy

from ..wsgi import CORSMiddleware

__all__ = ["Guarded", "Receivers", "check_sender", "silence", "watch"]

Guarded = Flask | CORSMiddleware
"""What sends the signals."""

Receivers = Mapping[Signal, Callable[..., None]]
"""Signals, and the bound methods that receive them."""


def check_sender(sender: object) -> None:
    """
    See that something sends the guard's signals.

    Raises:
        TypeError: If it does not, with what to write instead.
    """
    if type(sender) is LocalProxy:
        raise TypeError(f"{sender!r} stands for an application; give the application itself")
    if not isinstance(sender, Flask | CORSMiddleware):
        raise TypeError(
            f"{sender!r} sends no signals; give the Flask application, or the CORSMiddleware"
        )


def watch(observer: object, sender: Guarded, receivers: Receivers) -> None:
    """
    Have an observer receive what a sender signals; it lives at least as long as the sender.

    Args:
        observer: What the receivers are methods of.
        sender: The application, or the middleware.
        receivers: What to receive, and by which methods.

    Raises:
        TypeError: If it sends no signals.
    """
    check_sender(cast("object", sender))
    for signal, receiver in receivers.items():
        signal.connect(receiver, sender=sender)
    # The callback's argument is what keeps the observer; nothing has to be done at exit.
    weakref.finalize(sender, _let_go, observer).atexit = False


def silence(receivers: Receivers) -> None:
    """
    Have an observer receive nothing any more.

    Args:
        receivers: What was received, and by which methods.
    """
    for signal, receiver in receivers.items():
        signal.disconnect(receiver)


def _let_go(observer: object) -> None:
    del observer

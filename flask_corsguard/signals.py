"""
The signals: who was turned away, and everything that was decided.

The sender is the Flask application, or the `CORSMiddleware`; the keyword is ``decision``, a frozen
`Decision` whose texts from the client are cut and escaped.
"""

from __future__ import annotations

from blinker import NamedSignal, Namespace

__all__ = [
    "cors_decided",
    "origin_rejected",
    "preflight_rejected",
    "request_refused",
    "trial_differed",
]

_signals = Namespace()

origin_rejected: NamedSignal = _signals.signal("origin-rejected")
"""An origin may not read: it is not listed, opaque or malformed, or nothing governs the URL."""

preflight_rejected: NamedSignal = _signals.signal("preflight-rejected")
"""An allowed origin announced a method or a header that is not allowed."""

request_refused: NamedSignal = _signals.signal("request-refused")
"""The server refused a request, or would have: see ``decision.refusal``."""

cors_decided: NamedSignal = _signals.signal("cors-decided")
"""A CORS request was decided, whatever the outcome."""

trial_differed: NamedSignal = _signals.signal("trial-differed")
"""A trial decided otherwise: ``trial`` is its decision, ``change`` says what would change."""

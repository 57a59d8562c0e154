"""
Is it wise? What speaks for and against letting somebody in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..protocol.compiled import CompiledPolicy
from ..protocol.fields import SAFE_METHODS
from ..protocol.origins import Origin, parse_origin
from ..protocol.patterns import candidates, parse_pattern
from ..protocol.policy import Policy
from ..protocol.public_suffix import is_sandbox
from .explanation import Wisdom

__all__ = ["Judgement", "about_credentials", "about_headers", "about_method", "about_origin"]

_OVERRIDES = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """
    Hold a verdict about a change.

    Attributes:
        wise: The verdict.
        because: Why, as sentences.
        instead: What is better written, where the obvious change is not the right one.
    """

    wise: Wisdom
    because: str
    instead: str = ""


def about_origin(text: str, policy: Policy | None) -> Judgement:
    """
    Judge whether to allow an origin.

    Args:
        text: The origin.
        policy: What would allow it; None for a new one.
    """
    origin = parse_origin(text)
    if origin is None:
        return Judgement(wise=Wisdom.NO, because=f"{text!r} is nobody in particular.")
    if origin.is_loopback:
        because = "It is this very machine: right while developing, and for nobody else."
        instead = f"dev_origins=[{text!r}]"
        return Judgement(wise=Wisdom.YES, because=because, instead=instead if policy else "")
    near = _near(origin, policy)
    if near:
        return Judgement(wise=Wisdom.NO, because=near)
    if origin.scheme == "http":
        because = "Whoever sits on the network can be a plain http origin. Serve the page by https."
        return Judgement(wise=Wisdom.NO, because=because)
    if origin.has_domain and is_sandbox(origin.host):
        because = "Anyone can run script under this origin."
        return Judgement(wise=Wisdom.NO, because=because)
    power = "read it and act as your users" if policy and policy.credentials else "read it"
    because = f"Every script of {text} may then {power}: list it if that front end is yours."
    return Judgement(wise=Wisdom.IF_YOURS, because=because)


def about_method(method: str, policy: Policy | None) -> Judgement:
    """
    Judge whether to allow a method.

    Args:
        method: The method.
        policy: What would allow it.
    """
    if policy is not None and policy.methods is None:
        because = f"Methods are those of the route: add {method} if its view handles it."
        return Judgement(wise=Wisdom.YES, because=because)
    if method in SAFE_METHODS:
        return Judgement(wise=Wisdom.YES, because="The method changes nothing.")
    because = "Listed origins may then send it, as they may every method of the list."
    return Judgement(wise=Wisdom.YES, because=because)


def about_headers(names: list[str]) -> Judgement:
    """
    Judge whether to allow request headers.

    Args:
        names: Their names.
    """
    if any(name.lower() in _OVERRIDES for name in names):
        because = "It changes the method behind the method list's back."
        return Judgement(wise=Wisdom.NO, because=because)
    because = "Script of listed origins may then set it; the server has to read it, no more."
    return Judgement(wise=Wisdom.YES, because=because)


def about_credentials(policy: CompiledPolicy | None) -> Judgement:
    """
    Judge whether to allow credentials.

    Args:
        policy: What governs the URL.
    """
    if policy is not None and policy.everybody:
        because = (
            "What everybody may read needs no credentials: have script ask without them. "
            "If it is not for everybody, list the origins."
        )
        return Judgement(wise=Wisdom.NO, because=because)
    because = (
        "Every listed origin may then act as the user who is logged in. Where no cookie and no "
        "HTTP authentication is used, have script ask without credentials instead."
    )
    return Judgement(wise=Wisdom.IF_YOURS, because=because)


def _near(origin: Origin, policy: Policy | None) -> str:
    """
    Say which listed origin was probably meant.
    """
    listed = {rule for rule in policy.origins if isinstance(rule, str)} if policy else set[str]()
    https = str(replace(origin, scheme="https", port=None))
    secure = parse_origin(https)
    if origin.scheme == "http" and secure and listed.intersection(candidates(secure)):
        return f"The policy allows {https}: serve the page by https."
    for text in sorted(listed):
        pattern = parse_pattern(text)
        if pattern is None:
            continue
        same_host = pattern.origin.host == origin.host
        if same_host and pattern.subdomains and pattern.origin.scheme == origin.scheme:
            return (
                f"{text!r} stands for names below {origin.host}, not for {origin.host} itself: "
                "list it as well if that page is yours."
            )
    return ""

"""
May anyone register a name below this one?

`https://*.github.io` with credentials hands every user's session to whoever opens a free page
there. The Public Suffix List knows most such names; some hosts that rent out subdomains never
applied, and stand here. The list is read when first asked for: most configurations never ask.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

__all__ = ["anyone_may_register_below", "is_sandbox", "site_of"]

_RENTED = frozenset(
    {
        "app.github.dev",
        "bubbleapps.io",
        "codesandbox.io",
        "devtunnels.ms",
        "gitpod.io",
        "glitch.me",
        "googleusercontent.com",
        "lhr.life",
        "loca.lt",
        "my.salesforce.com",
        "ngrok.io",
        "nip.io",
        "pagekite.me",
        "pinggy.link",
        "replit.dev",
        "serveo.net",
        "sslip.io",
        "stackblitz.io",
        "tumblr.com",
        "webcontainer.io",
        "zendesk.com",
    }
)
"""Hosts whose subdomains go to anyone who asks, and that the list does not (or did not) have."""

_SANDBOXES = frozenset(
    {
        "cdpn.io",
        "codepen.io",
        "codesandbox.io",
        "fiddle.jshell.net",
        "jsbin.com",
        "jsfiddle.net",
        "output.jsbin.com",
        "playcode.io",
        "plnkr.co",
        "repl.it",
        "replit.com",
        "run.plnkr.co",
        "s.codepen.io",
        "stackblitz.com",
    }
)
"""Hosts that run anyone's script under their own origin."""


def anyone_may_register_below(host: str) -> bool:
    """
    Tell whether the subdomains of a host belong to strangers.

    Args:
        host: A domain, lower-case ASCII.

    Returns:
        True for a public suffix (https://publicsuffix.org/list/, the rule `*` for names it does
        not know included), for a name above one, and for the hosts that rent out subdomains
        without being on the list.
    """
    name = host.removesuffix(".")
    rented = name in _RENTED or name.partition(".")[2] == "gitpod.io"
    return rented or name in _suffixes_above() or _suffixes().publicsuffix(name) == name


def site_of(host: str) -> str:
    """
    Give the registrable domain of a host: what one owner has.

    Args:
        host: A host as serialized; an address or a suffix is its own site.
    """
    name = host.removesuffix(".")
    return _suffixes().privatesuffix(name) or name


def is_sandbox(host: str) -> bool:
    """
    Tell whether anyone may run script under a host's own origin.
    """
    return host.removesuffix(".") in _SANDBOXES


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - 30 ms that most never need

    return PublicSuffixList(_lines())


@cache
def _suffixes_above() -> frozenset[str]:
    """
    Give the names below which there are suffixes: their wildcards cover strangers, too.
    """
    above = {name for host in _RENTED for name in _parents(host)}
    for line in _lines():
        # What marks an exception or a wildcard stands in the first label, which no parent has.
        rule = line.partition(" ")[0]
        if rule and not rule.startswith("//"):
            above.update(_parents(rule))
    return frozenset(above)


def _parents(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[i:]) for i in range(1, len(labels))]


@cache
def _lines() -> tuple[str, ...]:
    packaged = files("publicsuffixlist").joinpath("public_suffix_list.dat")
    return tuple(packaged.read_text(encoding="utf-8").splitlines())

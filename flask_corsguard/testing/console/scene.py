"""
What a sentence may mention: the fault, and where on the way it was found.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..faults import Fault
from ..message import Exchange
from ..urls import URL

__all__ = ["Scene"]

_UNSAFE_SCHEMES = frozenset({"about", "blob", "data", "file", "filesystem"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """
    Hold what a sentence may mention.

    Attributes:
        fault: What a check found.
        origin: The page's origin.
        sent_origin: The `Origin` that was sent; `null` after certain redirects.
        urls: The URL that script asked for and those it was redirected to.
        exchange: The messages at fault; None where nothing was sent.
        location: Where the response at fault redirects to; None where it does not.
    """

    fault: Fault
    origin: str
    sent_origin: str
    urls: tuple[URL, ...]
    exchange: Exchange | None = None
    location: URL | None = None

    @property
    def url(self) -> str:
        """
        Give the URL whose response is at fault.
        """
        return str(self.urls[-1].sent)

    @property
    def status(self) -> int:
        """
        Give the status of the response at fault.
        """
        return self.exchange.response.status if self.exchange else 0

    @property
    def is_unsafe_redirect(self) -> bool:
        """
        Tell whether a redirect leads to a scheme that engines refuse before they think of CORS.
        """
        return self.location is not None and self.location.scheme in _UNSAFE_SCHEMES

    def values_of(self, name: str) -> tuple[str, ...]:
        """
        Give the value of each line of a header of the response at fault.
        """
        return self.exchange.response.headers.get_all(name) if self.exchange else ()

"""
What an explanation is made of: plain frozen values, for a terminal, a page or JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..protocol.decision import Headers
from .asked import Asked
from .governing import Governing

__all__ = ["BrowserVerdict", "Change", "Explanation", "Message", "Remedy", "Step", "Wisdom"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """
    Tell one step of the way from a call of `fetch()` to what script gets.

    Attributes:
        title: What is looked at, in one or two words.
        text: What was found, as sentences.
        ok: Whether it may go on; None where nothing is decided.
    """

    title: str
    text: str
    ok: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """
    Hold one request and the guard's part of the answer.

    Attributes:
        preflight: Whether the browser asks on its own account.
        method: The method that is sent.
        url: The URL.
        sent: The request headers that matter to CORS.
        status: The status of the answer; 200 stands for whatever the view answers.
        headers: The CORS response headers and `Vary`, exactly.
        governing: What governs it.
        reason: Why the guard rejects it; None if it does not.
    """

    preflight: bool
    method: str
    url: str
    sent: Headers
    status: int
    headers: Headers
    governing: Governing
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserVerdict:
    """
    Say what one browser would do.

    Attributes:
        engine: Which one.
        shares: Whether script gets the response.
        sentence: What the console says where it does not; empty where it does.
        readable: The names of the response headers that script may read besides the safelisted.
    """

    engine: str
    shares: bool
    sentence: str = ""
    readable: tuple[str, ...] = ()


class Wisdom(StrEnum):
    """
    Say whether to make a change.
    """

    YES = "yes"
    IF_YOURS = "if it is yours"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    Name one change that helps.

    Attributes:
        place: Where to make it.
        write: What to write, as Python, or what to do.
        wise: Whether to.
        because: Why, or why not, as sentences.
    """

    place: str
    write: str
    wise: Wisdom
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """
    Hold the smallest change that would allow a request.

    Attributes:
        changes: What to change, all of it; empty where nothing has to be or nothing helps.
        helps: Whether the request passes with all of them: it was tried.
        instead: What to do where no change of a policy helps.
    """

    changes: tuple[Change, ...] = ()
    helps: bool = False
    instead: str = ""

    @property
    def wise(self) -> Wisdom:
        """
        Give the weakest verdict of all changes.
        """
        said = {change.wise for change in self.changes}
        return next((each for each in (Wisdom.NO, Wisdom.IF_YOURS) if each in said), Wisdom.YES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """
    Explain one call of `fetch()`.

    Attributes:
        asked: The call.
        url: Its URL, absolute.
        allowed: Whether script gets the response, in every browser.
        refused: Whether the server itself refuses it.
        steps: What happens, in order.
        messages: What goes over the wire, in order.
        browsers: What each browser would do.
        remedy: What would allow it; None where nothing has to.
    """

    asked: Asked
    url: str
    allowed: bool
    refused: bool
    steps: tuple[Step, ...]
    messages: tuple[Message, ...]
    browsers: tuple[BrowserVerdict, ...]
    remedy: Remedy | None = None

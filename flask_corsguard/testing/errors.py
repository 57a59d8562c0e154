"""
What `fetch()` raises.

    Exception
    ├── CORSError        the browser blocked: script would see a TypeError that says nothing
    └── TypeError
        └── FetchError   the call itself is wrong: nothing was sent
"""

from __future__ import annotations

from .console import Scene, console
from .engines import Engine, traits_of
from .faults import Check
from .fixes import fix_for
from .message import Exchange, Request, Response

__all__ = ["CORSError", "FetchError"]


class FetchError(TypeError):
    """
    Refuse a call that a browser refuses before anything is sent.

    For example a forbidden method, a header that is none, or GET with a body.
    """


class CORSError(Exception):
    """
    Say that a browser blocks, in its own words, and what would help.

    Attributes:
        check: What failed.
        sentence: What the browser says of it.
        console: All lines that the browser prints, in order.
        refusal: What the script's promise is rejected with.
        fix: What the server has to send, and the policy that makes flask-corsguard send it.
        exchanges: All messages, preflights and redirects included, in order.
    """

    def __init__(self, engine: Engine, scene: Scene, exchanges: tuple[Exchange, ...]) -> None:
        self.check: Check = scene.fault.check
        self.console: tuple[str, ...] = console(engine, scene)
        self.refusal: str = traits_of(engine).refusal
        self.sentence: str = self.console[0] if self.console else self.refusal
        self.fix: str = fix_for(scene)
        self.exchanges: tuple[Exchange, ...] = exchanges
        self._args = (engine, scene, exchanges)
        super().__init__(self.sentence)

    def __str__(self) -> str:
        lines = [self.sentence, f"Check: {self.check}", f"Fix: {self.fix}"]
        return "\n".join([*lines, *map(str, self.exchanges)])

    def __repr__(self) -> str:
        return f"<CORSError {self.check}: {self.sentence}>"

    def __reduce__(
        self,
    ) -> tuple[type[CORSError], tuple[Engine, Scene, tuple[Exchange, ...]]]:
        """
        Keep what happened when the error crosses a process boundary.
        """
        return CORSError, self._args

    @property
    def request(self) -> Request | None:
        """
        Give the request whose response is at fault; None where nothing was sent.
        """
        return self.exchanges[-1].request if self.exchanges else None

    @property
    def response(self) -> Response | None:
        """
        Give the response at fault, with all that is hidden from script.
        """
        return self.exchanges[-1].response if self.exchanges else None

"""Firefox, driven by WebDriver BiDi: Debian has Firefox, and no geckodriver."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websocket

TIMEOUT = 120.0  # seconds
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


class Firefox:
    """A page in Firefox."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(
            f"{address}/session", timeout=TIMEOUT, suppress_origin=True
        )
        self._sent = 0
        self._call("session.new", capabilities={})
        self._page = self._call("browsingContext.getTree")["contexts"][0]["context"]

    def get(self, url: str) -> None:
        self._call("browsingContext.navigate", context=self._page, url=url, wait="complete")

    def run(self, script: str, argument: str) -> str:
        """Run the body of an async function of one text that gives a text."""
        result = self._call(
            "script.callFunction",
            functionDeclaration=f"async argument => {{{script}}}",
            arguments=[{"type": "string", "value": argument}],
            target={"context": self._page},
            awaitPromise=True,
        )
        return str(result["result"]["value"])

    def close(self) -> None:
        self._call("browser.close")
        self._socket.close()

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._sent += 1
        self._socket.send(json.dumps({"id": self._sent, "method": method, "params": params}))
        while (answer := json.loads(self._socket.recv())).get("id") != self._sent:
            pass  # an event
        assert answer["type"] == "success", answer
        return answer["result"]


@contextmanager
def started(binary: str, profile: Path) -> Iterator[Firefox]:
    """Start Firefox with an empty profile."""
    command = [binary, "--headless", "--no-remote", "--profile", str(profile)]
    process = subprocess.Popen(
        [*command, "--remote-debugging-port", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            firefox = Firefox(address_of(process))
            yield firefox
            firefox.close()
        finally:
            process.terminate()


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if found := LISTENING.search(line):
            return found[1]
    raise AssertionError("Firefox ended before it listened")

"""
Start the demo: an API and two front ends, on three origins of this machine.

Run it with ``make demo``, or with ``python examples/demo`` where flask-corsguard is installed.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import webbrowser
from collections.abc import Iterable
from contextlib import suppress
from itertools import repeat
from socket import create_server, socket
from threading import Thread
from typing import TYPE_CHECKING

from werkzeug.serving import make_server

from api import create_api
from flask_corsguard.inspector import CORSInspector
from journal import Journal, Recorder
from journal_views import create_journal_views
from pages import Origins, create_page, create_stranger

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

HOST = "127.0.0.1"
TRIES = 100


def main() -> None:
    """
    Run until Ctrl-C.
    """
    arguments = parse_arguments()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        run(find_ports(arguments.port), open_browser=arguments.browser)
    print("\nThe demo has ended.")


def parse_arguments() -> argparse.Namespace:
    """
    Read the command line.
    """
    parser = argparse.ArgumentParser(prog="demo", description="Watch flask-corsguard decide.")
    parser.add_argument(
        "--port",
        type=port_number,
        default=5050,
        metavar="N",
        help="use the first three free ports from N on (default: %(default)s; 0: any three)",
    )
    parser.add_argument(
        "--no-browser",
        dest="browser",
        action="store_false",
        help="print the address of the page, and do not open it",
    )
    return parser.parse_args()


def port_number(text: str) -> int:
    """
    Read a port from the command line.
    """
    port = int(text)
    if not 0 <= port <= 65535:  # noqa: PLR2004 - TCP has no more of them
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def find_ports(first: int) -> list[socket]:
    """
    Take the first three free ports, and listen at once so that nobody else gets them.
    """
    candidates: Iterable[int] = range(first, min(first + TRIES, 65536)) if first else repeat(0)
    found: list[socket] = []
    for port in candidates:
        with suppress(OSError):  # in use, or not for us
            found.append(create_server((HOST, port)))
        if len(found) == 3:  # noqa: PLR2004 - the page, the API, the stranger
            return found
    sys.exit(f"No three free ports from {first} on. Try another --port, or 0 for any three.")


def run(sockets: list[socket], *, open_browser: bool) -> None:
    """
    Serve the three origins; the page's in this thread, so that Ctrl-C ends everything.
    """
    page, api, stranger = (f"http://localhost:{each.getsockname()[1]}" for each in sockets)
    origins = Origins(page=page, api=api, stranger=stranger)
    servers = [
        make_server(HOST, 0, application, threaded=True, fd=each.fileno())
        for each, application in zip(sockets, create_applications(origins), strict=True)
    ]
    be_quiet()
    for server in servers[1:]:
        Thread(target=server.serve_forever, daemon=True).start()
    announce(origins)
    if open_browser and has_screen():
        Thread(target=webbrowser.open, args=[page], daemon=True).start()
    servers[0].serve_forever()


def create_applications(origins: Origins) -> list[WSGIApplication]:
    """
    Create what is served: the page, the API and the stranger.
    """
    journal = Journal()
    api = create_api(origins.page)
    api.register_blueprint(create_journal_views(journal))
    journal.listen(api)
    CORSInspector(api, allow=lambda: True)
    return [create_page(origins), Recorder(api, journal), create_stranger(origins)]


def be_quiet() -> None:
    """
    Leave the terminal to what matters: not every request, nor the crash that the page asks for.
    """
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    logging.getLogger("api").setLevel(logging.CRITICAL)


def announce(origins: Origins) -> None:
    """
    Say where everything is.
    """
    print(
        f"\n  Open  {origins.page}\n\n"
        f"  The API is at {origins.api}, and a stranger, whom it allows nothing, at\n"
        f"  {origins.stranger}. Ctrl-C ends the demo.",
        flush=True,
    )


def has_screen() -> bool:
    """
    Tell whether a browser would open in a window: a terminal's browser knows no fetch().
    """
    if sys.platform in {"darwin", "win32"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    main()

"""
Start the example with Flask's own server.

Run it with ``python examples/saas`` where flask-corsguard[sqlalchemy] is installed.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from contextlib import suppress
from pathlib import Path

from werkzeug.serving import make_server

HOST = "127.0.0.1"


def main() -> None:
    """
    Run until Ctrl-C.
    """
    # Python has put this folder first, and not the one in which the package is.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    from saas import create_app  # noqa: PLC0415 - it can be found from here on

    parser = argparse.ArgumentParser(prog="saas", description="Two tenants and their origins.")
    parser.add_argument("--port", type=port_number, default=5060, help="0: any (%(default)s)")
    port = parser.parse_args().port
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with suppress(KeyboardInterrupt):
        server = make_server(HOST, port, create_app(), threaded=True)
        print(f"\n  Open  http://localhost:{server.server_port}\n\n  Ctrl-C ends it.", flush=True)
        server.serve_forever()


def port_number(text: str) -> int:
    """
    Read a port from the command line.
    """
    port = int(text)
    if not 0 <= port <= 65535:  # noqa: PLR2004 - TCP has no more of them
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


if __name__ == "__main__":
    main()

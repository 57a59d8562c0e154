"""
Watch an application go wrong: start it, a Prometheus, and traffic, and say which alerts fire.

Run it with ``python examples/monitoring`` where flask-corsguard, prometheus-client, gunicorn and
the programs of Prometheus are installed. Everything stays on this machine.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from rules import RULES, names_of
from services import Prometheus, start_prometheus, start_shop
from traffic import Traffic

QUIET_SECONDS = 3


def main() -> int:
    """
    Run until all alerts have fired, the time is up, or Ctrl-C.
    """
    arguments = parse_arguments()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt), TemporaryDirectory() as folder, ExitStack() as stack:
        return run(Path(folder), stack, arguments)
    return 0


def parse_arguments() -> argparse.Namespace:
    """
    Read the command line.
    """
    parser = argparse.ArgumentParser(prog="monitoring", description=__doc__)
    parser.add_argument(
        "--hurry",
        action="store_true",
        help="let a minute of the rules last a second",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=1800,
        metavar="N",
        help="end after so long (default: %(default)s)",
    )
    return parser.parse_args()


def run(folder: Path, stack: ExitStack, arguments: argparse.Namespace) -> int:
    """
    Send traffic as it should be, then let everything go wrong.
    """
    began = time.monotonic()
    shop = stack.enter_context(start_shop(folder))
    prometheus = stack.enter_context(start_prometheus(folder, shop.port, hurry=arguments.hurry))
    print(
        f"\n  The metrics  http://127.0.0.1:{shop.port}/metrics\n"
        f"  Prometheus   http://127.0.0.1:{prometheus.port}/alerts\n",
        flush=True,
    )
    traffic = stack.enter_context(Traffic(shop.port))
    pause = Event()
    pause.wait(QUIET_SECONDS if arguments.hurry else 60 * QUIET_SECONDS)
    early = prometheus.firing()
    shop.broken.touch()
    traffic.goes_wrong = True
    print("  From now on, much goes wrong.", flush=True)
    missing = wait(prometheus, names_of(RULES) - set(early), began, arguments.seconds)
    for name in sorted(early):
        print(f"  {name} fired before anything was wrong", flush=True)
    for name in sorted(missing):
        print(f"  {name} has not fired", flush=True)
    return 1 if missing or early else 0


def wait(prometheus: Prometheus, expected: set[str], began: float, seconds: float) -> set[str]:
    """
    Say which alerts fire, until all have; give those that have not.
    """
    missing, pause = set(expected), Event()
    while missing and time.monotonic() - began < seconds:
        for name, summary in prometheus.firing().items():
            if name in missing:
                missing.remove(name)
                after = time.monotonic() - began
                print(f"  {after:5.1f} s  {name}: {summary}", flush=True)
        pause.wait(0.25)
    return missing


if __name__ == "__main__":
    sys.exit(main())

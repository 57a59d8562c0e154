"""
`show`: what is being done, on one line of the terminal that is written over and over.
"""

from __future__ import annotations

import sys

__all__ = ["show"]


def show(text: str) -> None:
    """
    Say what is being done; nothing where nobody looks at a terminal.
    """
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

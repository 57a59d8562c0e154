"""
Close the databases that applications leave open when a test is over.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import event
from sqlalchemy.pool import Pool

__all__ = ["closing_databases"]


@contextmanager
def closing_databases() -> Iterator[None]:
    """
    Close every connection to SQLite that is opened meanwhile: an example has no end to do so.
    """
    opened: list[sqlite3.Connection] = []

    def note(connection: object, _: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            opened.append(connection)

    event.listen(Pool, "connect", note)
    try:
        yield
    finally:
        event.remove(Pool, "connect", note)
        for connection in opened:
            # One in memory belongs to the thread that opened it, and ends with that.
            with suppress(sqlite3.ProgrammingError):
                connection.close()

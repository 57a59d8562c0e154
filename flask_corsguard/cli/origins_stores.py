"""
The stores that an application's policies use, for the commands that look into them.

They are found where they count, in `origins=[...]` of the guard, of paths, of named policies and of
views, so there is nothing to register and nothing to forget.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import click
from flask import Flask

from ..marks import Marks
from ..protocol.compiled import CompiledPolicy
from ..serving import Serving
from .application import load_application, needs_guard
from .exits import FoundError, NoApplicationError, UnreachableError
from .problems import policy_errors
from .suggestions import did_you_mean

if TYPE_CHECKING:
    from ..stores import SQLAlchemyOrigins

__all__ = ["KnownStore", "opened", "store_option"]

_Command = TypeVar("_Command", bound="Callable[..., object]")

_NO_STORE = (
    "No policy of the application keeps its origins in a table; write origins=[SQLAlchemyOrigins"
    "(...)]. One inside of CachedOrigins is not found, and needs none: it remembers by itself."
)
_MISSING_TABLE = ("no such table", "undefinedtable", "doesn't exist")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStore:
    """
    Name a store.

    Attributes:
        store: The store.
        names: What `--store` may call it: its table, and the policies that use it.
    """

    store: SQLAlchemyOrigins
    names: tuple[str, ...]


def store_option(command: _Command) -> _Command:
    """
    Add `--store`; the command's function gets it as `store_name`.
    """
    return click.option(
        "--store",
        "store_name",
        metavar="NAME",
        help="Which store, where there are several: its table, or a policy that uses it.",
    )(command)


@contextmanager
def opened(ctx: click.Context, name: str | None) -> Generator[SQLAlchemyOrigins]:
    """
    Give the store of the application, in the application's context.

    What goes wrong inside ends the command with a sentence: a refused row, a missing table, a
    database that does not answer.

    Args:
        ctx: The command's context.
        name: What `--store` says.

    Raises:
        ClickException: If there is none, or if something goes wrong inside.
    """
    app, serving = needs_guard(load_application(ctx))
    known = _choose(tuple(_find(app, serving)), name)
    with app.app_context(), policy_errors(), _database_errors(known):
        yield known.store


def _find(app: Flask, serving: Serving) -> Iterator[KnownStore]:
    """
    Yield each store once, with all of its names.
    """
    names: dict[int, list[str]] = {}
    stores: dict[int, SQLAlchemyOrigins] = {}
    for label, store in _used(_policies(app, serving)):
        stores[id(store)] = store
        found = names.setdefault(id(store), [store.tables.origins.name])
        if label not in found:
            found.append(label)
    for key, store in stores.items():
        yield KnownStore(store=store, names=tuple(names[key]))


def _policies(app: Flask, serving: Serving) -> Iterator[tuple[str, CompiledPolicy]]:
    """
    Yield every policy that counts at times, also those that only debug mode has.
    """
    for settings in (serving.configuration.usual, serving.configuration.debug):
        for name, policy in settings.policies.items():
            yield name, policy
        for policy in (*settings.outer_policies, *Marks(app, settings).policies):
            yield policy.label, policy


def _used(
    policies: Iterable[tuple[str, CompiledPolicy]],
) -> Iterator[tuple[str, SQLAlchemyOrigins]]:
    # A store that is not imported by now is none of the application's, and may lack its extra.
    if "flask_corsguard.stores.sqlalchemy_origins" not in sys.modules:
        return
    from ..stores import SQLAlchemyOrigins  # noqa: PLC0415

    for label, policy in policies:
        for rule in policy.policy.origins if policy.policy else ():
            if isinstance(rule, SQLAlchemyOrigins):
                yield label, rule


def _choose(stores: tuple[KnownStore, ...], name: str | None) -> KnownStore:
    if not stores:
        raise NoApplicationError(_NO_STORE)
    if name is None and len(stores) == 1:
        return stores[0]
    found = [store for store in stores if name in store.names]
    if len(found) == 1:
        return found[0]
    telling = _telling_names(stores)
    if name is None or found:
        chosen = found or stores
        ways = [next((n for n in each.names if n in telling), each.names[0]) for each in chosen]
        which = " or ".join(f"--store {shlex.quote(way)}" for way in ways)
        called = f" called {name!r}" if found else ""
        raise click.UsageError(f"There are {len(chosen)} stores{called}. Say which: {which}")
    raise click.UsageError(f"No store is called {name!r}. {did_you_mean(name, telling)}")


def _telling_names(stores: Iterable[KnownStore]) -> list[str]:
    """
    Give the names that only one store has.
    """
    every = [name for store in stores for name in store.names]
    return [name for name in dict.fromkeys(every) if every.count(name) == 1]


@contextmanager
def _database_errors(known: KnownStore) -> Generator[None]:
    """
    Say what a database's exception comes down to.

    Raises:
        FoundError: If the tables are not there, or are not the store's.
        UnreachableError: If the database does not answer, or not as it should.
    """
    try:
        yield
    except TypeError as error:
        if "reads a table of yours" not in str(error):
            raise
        raise FoundError(f"{known.names[0]}: {error}.") from error
    except Exception as error:
        if not _is_of_sqlalchemy(error):
            raise
        raise _described(error, known) from error


def _is_of_sqlalchemy(error: Exception) -> bool:
    """
    Tell whether an exception is SQLAlchemy's, without an import of what may be missing.
    """
    return any(kind.__name__ == "SQLAlchemyError" for kind in type(error).__mro__)


def _described(error: Exception, known: KnownStore) -> click.ClickException:
    cause = getattr(error, "orig", None) or error
    said = " ".join(f"{type(cause).__name__}: {cause}".split())
    if any(word in said.lower() for word in _MISSING_TABLE):
        table = known.store.tables.origins.name
        return FoundError(
            f"The tables are not there. Run `flask cors origins init`, or the migration that makes "
            f"{table} and {table}_versions."
        )
    return UnreachableError(f"The database cannot be used: {said}")

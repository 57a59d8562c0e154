"""
Flask-CORS: the installed one, and an older one where there is a copy of it.

Version 6.0.5 compiles its patterns at start-up, as no version before did, so the newest alone
would not say what most applications that run today pay. `make bench` keeps the older copy apart,
where no import finds it by accident.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib.metadata import distributions, version
from pathlib import Path
from types import ModuleType
from typing import Any

import flask_cors

from ..answers import Fault
from ..rows import Built, Row
from ..scenarios import ALLOW_HEADERS, EXPOSE_HEADERS, MAX_AGE, METHODS, Setup, Shape
from .flask_base import make_app

__all__ = ["OLDER", "ROWS"]

OLDER = Path(__file__).resolve().parents[2] / "build" / "peers" / "older-flask-cors"

_NO_VARY = frozenset({Fault.NO_VARY})
_FAULTS = {
    "no-origin/*": frozenset({Fault.HEADERS_WITHOUT_ORIGIN}),
    "allowed/1": _NO_VARY,
    "rejected/*": _NO_VARY,
    "no-pattern/*": _NO_VARY,
    "preflight/stranger": _NO_VARY,
}


def _options(setup: Setup) -> dict[str, Any]:
    patterns = [rf"^https://.+\.{s.replace('.', chr(92) + '.')}$" for s in setup.suffixes]
    return {
        "origins": patterns if setup.shape is Shape.PATTERNS else setup.origins,
        "methods": list(METHODS),
        "allow_headers": list(ALLOW_HEADERS),
        "expose_headers": list(EXPOSE_HEADERS),
        "supports_credentials": True,
        "max_age": MAX_AGE,
    }


def _extension(library: ModuleType, setup: Setup) -> Built:
    app = make_app()
    options = _options(setup)
    if setup.shape is Shape.PATHS:
        rules = {f"{area}/*": {"origins": setup.origins} for area in setup.areas}
        options = {**options, "resources": rules}
    library.CORS(app, **options)
    return Built(app=app)


def _decorator(library: ModuleType, setup: Setup) -> Built:
    return Built(app=make_app(library.cross_origin(**_options(setup))))


def _rows(library: ModuleType, name: str, release: str) -> tuple[Row, ...]:
    return (
        Row(
            name=name,
            title=f"Flask-CORS {release}",
            build=lambda setup: _extension(library, setup),
            base="flask",
            known=_FAULTS,
        ),
        Row(
            name=f"{name}-view",
            title=f"Flask-CORS {release} @cross_origin",
            build=lambda setup: _decorator(library, setup),
            base="flask",
            shapes=frozenset({Shape.ORIGINS, Shape.PATTERNS}),
            known=_FAULTS,
        ),
    )


def _older() -> tuple[Row, ...]:
    """
    Give the rows of the older copy, loaded under another name.
    """
    start = OLDER / "flask_cors" / "__init__.py"
    spec = (
        importlib.util.spec_from_file_location("older_flask_cors", start)
        if start.exists()
        else None
    )
    if spec is None or spec.loader is None:
        return ()
    library = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = library
    spec.loader.exec_module(library)
    release = next(d.version for d in distributions(name="flask-cors", path=[str(OLDER)]))
    return _rows(library, "older-flask-cors", release)


ROWS = (*_rows(flask_cors, "flask-cors", version("flask-cors")), *_older())

"""
How the documentation is built: `sphinx-build -W -n docs docs/_build/html`.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "_ext"))

_about = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = _about["name"]
author = "flask-corsguard contributors"
copyright = author
version = release = _about["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "corsguard_reference"]
exclude_patterns = ["_build", "_ext"]
default_role = "literal"  # single backticks in docstrings are code
smartquotes_action = "D"  # dashes only: quotes are shown as the guard prints them

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 100
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

# The documentation is built without a network, so what is documented elsewhere is not linked.
nitpick_ignore_regex = [
    ("py:.*", r"(?:flask|werkzeug|blinker|typing|collections|datetime|re|_typeshed|wsgiref)\..*"),
    ("py:.*", r"(?:sqlalchemy|redis|prometheus_client|opentelemetry)\..*"),
    ("py:class", r"datetime|CachingOptions|OriginCheck|ScopeFunction|SessionLike"),
    ("py:class", r"flask_corsguard\.scopes\.T|WSGIApplication|CountedStore|Guarded|MeterProvider"),
]

html_theme = "furo"
html_title = "flask-corsguard"
html_static_path = ["_static"]
html_css_files = ["corsguard.css"]
html_copy_source = False
html_show_sourcelink = False

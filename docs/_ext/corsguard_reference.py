"""
The Sphinx directives of the reference: `{corsguard} NAME` puts in what the code says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

import commands_reference
import tables
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from flask_corsguard.protocol.options import POLICY_OPTIONS
from flask_corsguard.settings import GUARD_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.addnodes import pending_xref
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

__all__ = ["setup"]


def _signals() -> str:
    """
    Describe the signals by the texts that stand beside them in the code.
    """
    found = ModuleAnalyzer.for_module("flask_corsguard.signals").find_attr_docs()
    parts: list[str] = []
    for (_, name), lines in found.items():
        text = "\n   ".join(lines).strip()
        parts.append(
            "```{eval-rst}\n"
            f".. py:data:: flask_corsguard.{name}\n   :type: blinker.Signal\n\n   {text}\n```\n"
        )
    return "\n".join(parts)


_CONTENT: dict[str, Callable[[], str]] = {
    "policy-options": lambda: tables.options_page(POLICY_OPTIONS),
    "guard-options": lambda: tables.options_page(GUARD_OPTIONS),
    "keys": tables.keys_table,
    "codes": tables.codes_page,
    "reasons": tables.reasons_page,
    "signals": _signals,
    "commands": commands_reference.commands_page,
    "exits": commands_reference.exits_table,
    "flaws": commands_reference.flaws_table,
}


class CorsguardDirective(SphinxDirective):
    """
    Put in a part of the reference that is made from the code.
    """

    required_arguments = 1
    has_content = False
    option_spec: ClassVar[dict[str, object]] = {}

    def run(self) -> list[nodes.Node]:
        """
        Parse the part as if it stood in the page.
        """
        text = _CONTENT[self.arguments[0]]()
        return self.parse_text_to_nodes(text, allow_section_headings=True)


_PAGES = {
    "Enforce": "explanation/enforcement",
    "GuardOptions": "reference/options",
    "MiddlewareOptions": "reference/options",
    "OriginRule": "reference/origins",
    "PolicyOptions": "reference/options",
}
"""Names that stand in annotations only, and the pages that say what they stand for."""


def _link(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.Element | None:
    """
    Lead an annotation to the public name, or the page, of what it names.

    Annotations hold the path of the module in which a class stands, or its bare name.
    """
    target = node.get("reftarget", "").rpartition(".")[2]
    if node.get("refdomain") != "py":
        return None
    docname = node.get("refdoc", env.docname)
    if target in _PAGES:
        return make_refnode(app.builder, docname, _PAGES[target], None, content)
    python = env.domains.python_domain
    name = f"flask_corsguard.{target}"
    return python.resolve_xref(env, docname, app.builder, "obj", name, node, content)


def _keep_sentence(*event: object) -> None:
    """
    Keep the first sentence of a property whole: what stands before a colon is no type.
    """
    _, what, *_, lines = event
    if what == "property":
        # An empty comment, for napoleon to look at.
        cast("list[str]", lines)[:0] = ["..", ""]


def setup(app: Sphinx) -> ExtensionMetadata:
    """
    Register the directive.
    """
    app.add_directive("corsguard", CorsguardDirective)
    app.connect("missing-reference", _link)
    # Before napoleon, which reads such a colon.
    app.connect("autodoc-process-docstring", _keep_sentence, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

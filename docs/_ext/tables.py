"""
The reference as Markdown, made from the package's own tables.

Run as a program, it writes the table of options into the README:

    python docs/_ext/tables.py
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from codes_by_example import EXAMPLES, ORIGIN, provoke
from reasons_by_example import example_of

from flask_corsguard.config import PREFIX
from flask_corsguard.errors import Severity
from flask_corsguard.protocol.codes import CODES
from flask_corsguard.protocol.decision import Reason
from flask_corsguard.protocol.options import POLICY_OPTIONS, Option
from flask_corsguard.settings import GUARD_OPTIONS

__all__ = [
    "GROUPS",
    "README_MARKS",
    "all_options",
    "codes_page",
    "keys_table",
    "options_page",
    "program_for",
    "readme_table",
    "reasons_page",
]

README_MARKS = "<!-- options: begin -->\n", "<!-- options: end -->\n"

GROUPS = {
    "1": "Origins",
    "2": "Methods",
    "3": "Request headers",
    "4": "Response headers",
    "5": "How long preflights are remembered",
    "6": "Options and their values",
    "7": "Paths and resources",
    "8": "Names, marks and endpoints",
    "9": "What `flask cors check` sees besides",
}
"""The first digit of a code, and what it is about."""

_READ_AS = {
    "list": "values separated by commas, or a JSON list",
    "switch": "`true`, `yes`, `on`, `1`, `false`, `no`, `off` or `0`",
    "number": "a number of seconds",
    "enforce": "as a switch, or `report`",
    "name": "a name",
    "table": "a JSON object",
    "options": "a JSON object",
}
_LEVEL = {Severity.ERROR: "Error", Severity.WARNING: "Warning"}


def all_options() -> dict[str, Option]:
    """
    Give every option: those of a policy, then those of a guard alone.
    """
    return {**POLICY_OPTIONS, **GUARD_OPTIONS}


def readme_table() -> str:
    """
    Make the table of options that stands in the README.
    """
    rows = [
        (f"`{name}`", f"`{option.default!r}`", escape(option.meaning))
        for name, option in all_options().items()
    ]
    return table(("Option", "Default", "What it says"), rows)


def options_page(options: dict[str, Option]) -> str:
    """
    Describe options, each with examples of what may be written and what may not.

    Args:
        options: Names and descriptions.
    """
    return "\n".join(_option(name, option) for name, option in options.items())


def keys_table() -> str:
    """
    List the keys of `app.config` and how a text is read there.
    """
    rows = [
        (
            f"{{ref}}`{name} <option-{name}>`",
            f"`{PREFIX}{name.upper()}`",
            _READ_AS[option.kind],
        )
        for name, option in all_options().items()
    ]
    return table(("Option", "Key", "A text is read as"), rows)


def codes_page() -> str:
    """
    Describe every error code, each with a program that provokes it and the message.
    """
    parts: list[str] = []
    for digit, title in GROUPS.items():
        parts.append(f"## {title}\n")
        parts += [_code(code) for code in CODES if code[2] == digit]
    return "\n".join(parts)


def reasons_page() -> str:
    """
    Describe every reason for a rejection.
    """
    return "\n".join(_reason(reason) for reason in Reason)


def program_for(name: str, value: str) -> str:
    """
    Write the program that gives an option a value.

    Args:
        name: The name of the option.
        value: A Python expression.
    """
    own = f"{name}={value}" if name == "origins" else f"origins={ORIGIN!r}, {name}={value}"
    return f"guard = CORSGuard(app, {own})\nguard.validate(app)\n"


def escape(text: str) -> str:
    """
    Write a text so that Markdown shows it as it is, in a table too.
    """
    return re.sub(r"([\\`*_{}\[\]<>#|$~])", r"\\\1", text)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """
    Write a table.
    """
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _option(name: str, option: Option) -> str:
    good = [(_code_span(value), "permitted") for value in option.permitted]
    bad = [(_code_span(value), _refusal(name, value)) for value in option.prohibited]
    return (
        f"(option-{name})=\n### `{name}`\n\n{escape(option.meaning)}\n\n"
        f"Default: `{option.default!r}`. Key in `app.config`: `{PREFIX}{name.upper()}`.\n\n"
        f"{table((f'`{name}=`', 'What the guard says'), [*good, *bad])}"
    )


def _refusal(name: str, value: str) -> str:
    said = provoke(program_for(name, value))[0]
    return escape(said.text.removesuffix(f" [{said.code}]")) + f" {{ref}}`{said.code}`"


def _code_span(text: str) -> str:
    return "`" + text.replace("|", r"\|") + "`"


def _code(code: str) -> str:
    severity, meaning = CODES[code]
    program, *said = EXAMPLES[code], *(s.text for s in provoke(EXAMPLES[code]) if s.code == code)
    return (
        f"({code})=\n### {code}\n\n{_LEVEL[severity]}. {escape(meaning)}\n\n"
        f"```python\n{program}```\n\n" + "".join(_said(text, severity.value) for text in said)
    )


def _reason(reason: Reason) -> str:
    example = example_of(reason)
    return (
        f"(reason-{reason.value})=\n## `{reason.name}`\n\n{escape(reason.why)}\n\n"
        f"Fix: {escape(reason.fix)}\n\n"
        f"Value: `{reason.value}`. Signal: "
        f"{{py:data}}`~flask_corsguard.{example.signals[0]}`. "
        f"{_PREFLIGHT[example.status]}\n\n{_said(example.explanation.rstrip())}"
    )


def _said(text: str, *classes: str) -> str:
    # Where something lies in memory differs from build to build.
    text = re.sub(r" at 0x[0-9a-f]+", " at 0x...", text)
    return f"```{{code-block}} text\n:class: {' '.join(('said', *classes))}\n\n{text}\n```\n"


_PREFLIGHT = {
    403: "A preflight is answered with 403 and no CORS header.",
    204: "A preflight is answered as if it were allowed, without what was asked for.",
    200: "The request is left alone, a preflight too: the application answers it.",
}


def _write_readme() -> None:
    readme = Path(__file__).resolve().parents[2] / "README.md"
    begin, end = README_MARKS
    before, rest = readme.read_text(encoding="utf-8").split(begin)
    after = rest.split(end)[1]
    readme.write_text(f"{before}{begin}\n{readme_table()}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    _write_readme()

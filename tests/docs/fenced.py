"""
Find the fenced blocks of a Markdown page, and run them.

    ```python    is run; with <!-- continues --> above it, in the namespace of the blocks above;
                 with <!-- file: shop.py -->, it is written to a file that console blocks run
    ```pycon     is a session in that namespace; what it prints is compared
    ```http      a request to that namespace's `app`, and in the next block the response: the status
                 and the whole set of CORS headers and Vary are compared, other headers and the
                 body where they are written
    ```console   is run by a shell in the folder of those files; what it prints is compared
    ```text      with <!-- log --> above it, is what the guard has logged in the blocks above; with
                 <!-- browser -->, it is held against the messages that browsers print

Other languages are not run, and few are allowed.
"""

import doctest
import io
import logging
import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from markdown_it import MarkdownIt
from werkzeug.datastructures import Headers
from werkzeug.test import Client, TestResponse

RUN = {"python", "pycon", "http", "console"}
SHOWN = {"css", "html", "ini", "js", "nginx", "text"}

_MARK = re.compile(r"<!-- (continues|file: [\w./]+|browser|log) -->")
_ALWAYS_COMPARED = re.compile(r"access-control-.*|vary")
_NOT_HERE = re.compile(r"(?:pip install|make) .*")
_SERVER = re.compile(r"\brun\b.*")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    language: str
    text: str
    line: int
    marks: tuple[str, ...]

    @property
    def is_run(self) -> bool:
        return self.language in RUN or "log" in self.marks

    @property
    def continues(self) -> bool:
        """Whether it shares the namespace of the blocks above."""
        return "continues" in self.marks or self.language != "python"

    @property
    def file(self) -> str | None:
        return next((m.removeprefix("file: ") for m in self.marks if m.startswith("file")), None)


def blocks_of(text: str) -> list[Block]:
    """Find the blocks of a page, directives left out."""
    blocks: list[Block] = []
    marks: tuple[str, ...] = ()
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "html_block":
            marks += tuple(_MARK.findall(token.content))
        elif token.type == "fence" and not token.info.startswith("{"):
            line = (token.map or [0])[0] + 1
            blocks.append(Block(token.info.strip(), token.content, line, marks))
            marks = ()
        elif token.nesting != -1:
            marks = ()
    return blocks


def chains_of(text: str) -> list[list[Block]]:
    """Group the blocks that are run by the namespace that they share."""
    chains: list[list[Block]] = []
    for block in blocks_of(text):
        if block.is_run and block.continues and chains:
            chains[-1].append(block)
        elif block.is_run:
            chains.append([block])
    return chains


@dataclass(slots=True)
class Runner:
    """Run the blocks of one chain, one after the other."""

    page: Path
    folder: Path
    module: ModuleType
    environment: dict[str, str]
    log: "Log"
    asked: TestResponse | None = field(default=None)

    @property
    def names(self) -> dict[str, object]:
        return self.module.__dict__

    def run(self, block: Block) -> None:
        getattr(self, f"run_{block.language}")(block)

    def run_python(self, block: Block) -> None:
        if block.file is not None:
            (self.folder / block.file).write_text(block.text, encoding="utf-8")
            return
        # Empty lines in front, so that a traceback names the line of the page.
        program = compile("\n" * block.line + block.text, str(self.page), "exec")
        exec(program, self.names)  # noqa: S102 - the examples are ours

    def run_pycon(self, block: Block) -> None:
        name = f"{self.page.name}, line {block.line}"
        test = doctest.DocTestParser().get_doctest(
            block.text, self.names, name, str(self.page), block.line
        )
        assert test.examples, f"{name}: a session without a prompt"
        test.globs = self.names
        report = io.StringIO()
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        with redirect_stdout(io.StringIO()):
            runner.run(test, out=report.write, clear_globs=False)
        assert not report.getvalue(), report.getvalue()

    def run_http(self, block: Block) -> None:
        if self.asked is None:
            self.asked = self.ask(block.text)
            return
        response, self.asked = self.asked, None
        status, headers, body = read_message(block.text)
        assert f"HTTP/1.1 {response.status}" == status, f"{block.line}: {response.text}"
        named = {name.lower() for name, _ in headers}
        sent = {(k.lower(), v) for k, v in response.headers if is_compared(k.lower(), named)}
        assert sent == {(k.lower(), v) for k, v in headers}, block.line
        if body:
            assert response.text.strip() == body.strip(), block.line

    def ask(self, text: str) -> TestResponse:
        start, headers, body = read_message(text)
        method, path, _ = start.split(" ")
        client = Client(self.names["app"])  # type: ignore[arg-type]
        return client.open(path, method=method, headers=headers, data=body)

    def run_text(self, block: Block) -> None:
        assert self.log.take() == block.text.splitlines()

    def run_console(self, block: Block) -> None:
        commands, expected = read_console(block.text)
        if all(_NOT_HERE.fullmatch(command) for command in commands):
            return
        # A server would run on: that it starts is seen by asking for its routes instead.
        ended = [_SERVER.sub("routes > /dev/null", command) for command in commands]
        script = "\n".join(f"printf '%s\\n' {shlex.quote('$ ' + c)}\n{c}" for c in ended)
        result = subprocess.run(
            ["/bin/sh", "-c", script],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        shown = result.stdout
        for command, replaced in zip(commands, ended, strict=True):
            shown = shown.replace(f"$ {replaced}\n", f"$ {command}\n")
        assert doctest.OutputChecker().check_output(expected, shown, doctest.ELLIPSIS), shown


class Log(logging.Handler):
    """Keep what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def take(self) -> list[str]:
        lines, self.lines = self.lines, []
        return lines


def is_compared(name: str, written: set[str]) -> bool:
    return name in written or _ALWAYS_COMPARED.fullmatch(name) is not None


def read_message(text: str) -> tuple[str, Headers, str]:
    """Take a request or a response apart: first line, headers, body."""
    head, _, body = text.partition("\n\n")
    start, *lines = head.splitlines()
    headers = Headers()
    for line in lines:
        name, _, value = line.partition(":")
        headers.add(name, value.strip())
    return start, headers, body


def read_console(text: str) -> tuple[list[str], str]:
    """Give the commands of a console block, and the whole of it as it should come out."""
    commands = [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]
    return commands, text


def commands_of(text: str) -> Iterator[str]:
    """Yield the commands of all console blocks of a page."""
    for block in blocks_of(text):
        if block.language == "console":
            yield from read_console(block.text)[0]

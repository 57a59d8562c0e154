"""`flask cors origins`, as somebody uses it who has a table of origins."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result as Outcome
from flask import Flask
from sqlalchemy import Engine, create_engine, insert, select

from flask_corsguard import CORSGuard, RequestHead, cross_origin
from flask_corsguard.cli import cors
from flask_corsguard.stores import CachedOrigins, SQLAlchemyOrigins, origin_tables
from stores.services import database_url, unique

from .conftest import Result

APPLES = "https://shop.apples.example"
PEARS = "https://*.pears.example"


@dataclass(frozen=True, slots=True)
class Shell:
    """An application with a store, and a shell in front of it."""

    app: Flask
    store: SQLAlchemyOrigins

    def run(self, *arguments: str, stdin: str | bytes | None = None) -> Outcome:
        runner = self.app.test_cli_runner()
        return runner.invoke(cors, ["origins", *arguments], input=stdin)

    def says(self, *arguments: str) -> str:
        """Run what has to succeed, and give what it prints."""
        done = self.run(*arguments)
        assert done.exit_code == 0, done.output
        return done.stdout

    def fails(self, *arguments: str, code: int = 1) -> str:
        """Run what has to fail, and give what it complains of."""
        done = self.run(*arguments)
        assert (done.exit_code, done.stdout) == (code, "")
        return " ".join(done.stderr.split())

    def allows(self, tenant: str, origin: str) -> bool:
        answer = self.app.test_client().get(f"/{tenant}/orders", headers={"Origin": origin})
        return answer.headers.get("Access-Control-Allow-Origin") == origin


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'origins.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def bare(engine: Engine) -> Shell:
    """An application whose tables are not there yet."""
    app = Flask("tenants")
    store = SQLAlchemyOrigins(engine, scope=lambda head: str(head.view_args["tenant"]))
    CORSGuard(app, origins=[store], credentials=True)

    @app.get("/<tenant>/orders")
    def orders(tenant: str) -> str:
        return tenant

    del orders
    return Shell(app, store)


@pytest.fixture
def shell(bare: Shell) -> Shell:
    bare.store.create()
    return bare


def plain(path: Path, text: str | bytes) -> str:
    """Write a file, and give its name."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


# --- one row ----------------------------------------------------------------------------------


def test_an_origin_is_allowed_disabled_enabled_and_removed(bare: Shell) -> None:
    assert "corsguard_origins and corsguard_origins_versions" in bare.says("init")
    bare.says("init")
    assert not bare.allows("apples", APPLES)
    assert bare.says("add", APPLES, "--scope", "apples") == f"Allowed: {APPLES} (scope 'apples').\n"
    assert bare.allows("apples", APPLES)
    assert not bare.allows("pears", APPLES)
    for command, allowed in (("disable", False), ("enable", True), ("remove", False)):
        assert APPLES in bare.says(command, APPLES, "--scope", "apples")
        assert bare.allows("apples", APPLES) is allowed
    assert bare.says("list") == "Origins: there are none.\n"


def test_a_row_keeps_its_note_and_its_end(shell: Shell) -> None:
    said = shell.says("add", APPLES, "--note", "the shop", "--expires", "2999-01-31", "--disabled")
    assert said == f"Added, and disabled: {APPLES} until 2999-01-31T00:00:00+00:00.\n"
    (row,) = shell.store.list()
    assert (row.note, row.enabled) == ("the shop", False)
    assert row.expires == datetime(2999, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["apples.example"], "it has no scheme. Write 'https://apples.example'. [CG104]"),
        (["http://apples.example"], "lets whoever sits on the network be that origin."),
        (["https://*.com"], "covers names that anyone can register below 'com'."),
        (["*"], "[CG153]"),
        ([APPLES, "--scope", " x"], "[CG150]"),
    ],
)
def test_what_would_hurt_does_not_get_in(shell: Shell, arguments: list[str], words: str) -> None:
    assert words in shell.fails("add", *arguments)
    assert list(shell.store.list()) == []


def test_what_is_there_is_not_added_again(shell: Shell) -> None:
    shell.says("add", APPLES)
    assert "is in the table already" in shell.fails("add", APPLES)


def test_a_bad_time_is_answered_with_an_example(shell: Shell) -> None:
    assert "Write 2030-01-31" in shell.fails("add", APPLES, "--expires", "tomorrow", code=2)


@pytest.mark.parametrize("command", ["remove", "disable", "enable"])
def test_a_row_that_is_not_there_is_answered_with_the_nearest(shell: Shell, command: str) -> None:
    shell.says("add", APPLES, "--scope", "apples")
    near = shell.fails(command, "https://shops.apples.example", "--scope", "apples")
    assert f"Did you mean '{APPLES}'?" in near
    assert "It is, with --scope 'apples'." in shell.fails(command, APPLES)
    assert "`flask cors origins list` shows" in shell.fails(command, "https://zzz.test")


def test_an_odd_scope_is_worth_a_note(shell: Shell) -> None:
    assert shell.run("add", APPLES, "--scope", "apples").stderr == ""
    assert "Did you mean 'apples'?" in shell.run("add", APPLES, "--scope", "aples").stderr
    assert "Say whose: --scope" in shell.run("add", APPLES).stderr
    assert shell.run("add", PEARS, "--scope", "pears").stderr == ""


# --- list, check ------------------------------------------------------------------------------


@pytest.fixture
def mixed(shell: Shell, engine: Engine) -> Shell:
    """Rows of all kinds; the last one was written by hand."""
    shell.store.add(APPLES, scope="apples", note="=1+1")
    shell.store.add(PEARS, scope="pears")
    shell.store.add("https://old.pears.example", scope="pears", enabled=False)
    past = datetime(2001, 1, 1, tzinfo=UTC)
    shell.store.add("https://past.apples.example", scope="apples", expires=past)
    with engine.begin() as connection:
        row = {"scope": "quinces", "pattern": "http://quinces.example", "created": past}
        connection.execute(insert(shell.store.tables.origins), [row])
    return shell


def test_the_list_says_what_counts(mixed: Shell) -> None:
    lines = [line.split() for line in mixed.says("list").splitlines()[3:]]
    assert [line[1:3] for line in lines] == [
        ["https://past.apples.example", "expired"],
        [APPLES, "yes"],
        [PEARS, "yes"],
        ["https://old.pears.example", "disabled"],
        ["http://quinces.example", "invalid"],
    ]


def test_the_list_is_that_of_a_scope(mixed: Shell) -> None:
    rows = json.loads(mixed.says("list", "--scope", "pears", "--format", "json"))
    assert [(row["pattern"], row["counts"]) for row in rows] == [
        (PEARS, "yes"),
        ("https://old.pears.example", "disabled"),
    ]
    assert mixed.says("list", "--scope", "plums") == ("Origins: there are none (scope 'plums').\n")


def test_the_list_as_csv_holds_no_formula(mixed: Shell) -> None:
    rows = list(csv.DictReader(io.StringIO(mixed.says("list", "--format", "csv"))))
    assert {row["note"] for row in rows} == {"", "'=1+1"}


def test_check_names_the_row_that_allows(mixed: Shell) -> None:
    said = mixed.says("check", "https://www.pears.example", "--scope", "pears")
    assert said == f"https://www.pears.example (scope 'pears'): allowed by '{PEARS}'.\n"


@pytest.mark.parametrize(
    ("origin", "scope", "why"),
    [
        ("https://past.apples.example", "apples", "'https://past.apples.example' is expired."),
        ("http://quinces.example", "quinces", "'http://quinces.example' is invalid."),
        (APPLES, "pears", "no row of this scope allows it; it is allowed in 'apples'."),
        ("https://zzz.test", "apples", "no row allows it."),
        ("null", "apples", "it is opaque, and any page can be it."),
    ],
)
def test_check_says_why_an_origin_is_rejected(
    mixed: Shell, origin: str, scope: str, why: str
) -> None:
    done = mixed.run("check", origin, "--scope", scope)
    assert done.exit_code == 1
    assert " ".join(done.stdout.split()).endswith(f"rejected: {why}")
    value = json.loads(mixed.run("check", origin, "--scope", scope, "--format", "json").stdout)
    assert (value["allowed"], f"{value['why']}.") == (False, why)


def test_check_without_an_origin_finds_invalid_rows(mixed: Shell) -> None:
    done = mixed.run("check")
    assert done.exit_code == 1
    assert "row 'quinces', 'http://quinces.example'" in " ".join(done.stdout.split())
    assert "CG131" in done.stdout
    assert mixed.says("check", "--scope", "apples") == "Invalid rows: there are none.\n"


def test_check_wants_an_origin_that_browsers_send(shell: Shell) -> None:
    assert "Write 'https://apples.example'." in shell.fails("check", "apples.example", code=2)


# --- export, import ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_an_export_can_be_imported_without_loss(mixed: Shell, kind: str, tmp_path: Path) -> None:
    mixed.store.remove("http://quinces.example", scope="quinces")
    mixed.store.add("https://b.example", note='\'=x, and "y"\nz')
    before, file = list(mixed.store.list()), str(tmp_path / f"rows.{kind}")
    assert mixed.run("export", "--output", file).stderr == "Exported 5 rows.\n"
    for row in before:
        mixed.store.remove(row.pattern, scope=row.scope)
    assert mixed.says("import", file) == "Imported 5 rows: 5 added, 0 updated, 0 removed.\n"
    assert list(mixed.store.list()) == before
    assert mixed.says("import", file) == "Imported 5 rows: 0 added, 5 updated, 0 removed.\n"


def test_an_export_goes_to_standard_output_and_holds_no_formula(mixed: Shell) -> None:
    rows = list(csv.DictReader(io.StringIO(mixed.says("export", "--scope", "apples"))))
    assert [(row["pattern"], row["note"]) for row in rows] == [
        ("https://past.apples.example", ""),
        (APPLES, "'=1+1"),
    ]


def test_replace_removes_what_the_file_lacks_in_its_scopes(mixed: Shell, tmp_path: Path) -> None:
    file = plain(tmp_path / "rows.csv", f"pattern,scope\n{PEARS},pears\n")
    said = mixed.says("import", file, "--replace")
    assert said == "Imported 1 row: 0 added, 1 updated, 1 removed.\n"
    assert [row.pattern for row in mixed.store.list("pears")] == [PEARS]
    assert len(list(mixed.store.list("apples"))) == 2


def test_a_list_of_one_tenant_needs_no_column_for_it(shell: Shell) -> None:
    done = shell.run("import", "-", "--scope", "apples", stdin=f"pattern\n{APPLES}\n\n{PEARS}\n")
    assert done.exit_code == 0, done.output
    assert {(row.scope, row.pattern) for row in shell.store.list()} == {
        ("apples", APPLES),
        ("apples", PEARS),
    }


@pytest.mark.parametrize(
    "text", ["scope;pattern\napples;{}\n", "\ufeffscope\tpattern\r\napples\t{}"]
)
def test_what_spreadsheets_write_can_be_read(shell: Shell, tmp_path: Path, text: str) -> None:
    shell.says("import", plain(tmp_path / "rows.csv", text.format(APPLES)))
    assert shell.allows("apples", APPLES)


def test_every_bad_row_is_named_and_nothing_is_changed(shell: Shell, tmp_path: Path) -> None:
    file = plain(
        tmp_path / "rows.csv",
        "scope,pattern,note,enabled\n"
        f"apples,{APPLES},fine,yes\n"
        "apples,apples.example,,\n"
        '"apples","https://a.example","two\nlines",perhaps\n'
        "\n"
        f"apples,{APPLES},again,\n"
        "apples,https://b.example,a,true,c\n"
        "pears,https://c.example,,\n",
    )
    said = shell.run("import", file, "--scope", "apples").stderr.splitlines()
    assert [line.removeprefix("Error: ").split(":")[0] for line in said] == [
        "line 3",
        "line 4",
        "line 7",
        "line 8",
        "line 9",
        "5 bad rows. Nothing was imported.",
    ]
    for line, words in zip(
        said,
        ("[CG104]", "enabled: 'perhaps' is neither", "stands in line 2, too", "'c' has", "--scope"),
        strict=False,
    ):
        assert words in line
    assert list(shell.store.list()) == []


def test_bad_items_of_json_are_named_by_their_lines(shell: Shell, tmp_path: Path) -> None:
    text = f'["{APPLES}",\n {{"pattern": 7}},\n\n {{"patern": "{APPLES}"}},\n null]'
    said = shell.fails("import", plain(tmp_path / "rows.json", text))
    assert said.startswith("Error: line 2: pattern: 7 is no text.")
    assert "line 4: patern: " in said
    assert said.endswith(
        "line 5: pattern: None is no text. Write it as a text. [CG152] "
        "3 bad rows. Nothing was imported."
    )


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.csv", b"", "a.csv: is empty."),
        ("a.csv", b"\r\n \n", "a.csv: is empty."),
        ("a.csv", b"pattern,note\n", "a.csv: has no rows."),
        ("a.csv", b"https://a.example\n", "line 1: there is no header."),
        ("a.csv", b"patern,scope\nx,y\n", "line 1: 'patern' is no column. Did you mean 'pattern'?"),
        ("a.csv", b"pattern,scop\nx,y\n", "line 1: 'scop' is no column. Did you mean 'scope'?"),
        ("a.csv", b"pattern,pattern\nx,y\n", "the column 'pattern' stands there twice."),
        ("a.csv", b"one,two\nx,y\n", "no column is called 'pattern'; known are scope, pattern,"),
        ("a.csv", b"pattern\nhttps://a.example\nhttps://\xe9.test\n", "line 3: is not UTF-8."),
        ("a.csv", "pattern\nx".encode("utf-16"), "a.csv: is UTF-16"),
        ("a.csv", b'pattern\n"https://a.example\n', "line 2: cannot be read as CSV"),
        ("a.json", b'{"pattern": "x"}', "line 1: is no list."),
        ("a.json", b"[]", "a.json: has no rows."),
        ("a.json", b'[\n"https://a.example",\n{"pattern": tru}]', "line 3: is no JSON"),
        ("a.json", b'["https://a.example"\n', "line 2: is no JSON: the list goes on."),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(
    shell: Shell, tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    said = shell.fails("import", plain(tmp_path / name, data))
    assert words in said
    assert said.endswith("Nothing was imported.")
    assert list(shell.store.list()) == []


def test_a_hundred_thousand_rows_go_in_together_or_not_at_all(shell: Shell, tmp_path: Path) -> None:
    rows = [f"t{number % 100},https://s{number}.example.com\n" for number in range(100_000)]
    file = tmp_path / "rows.csv"
    bad = plain(file, "".join(["scope,pattern\n", *rows[:20_000], "t1,https://*.com\n"]))
    said = shell.run("import", bad).stderr
    assert "line 20002: pattern: 'https://*.com'" in said
    assert shell.store.scopes() == ()
    done = shell.run("import", plain(file, "".join(["scope,pattern\n", *rows])))
    assert "100 000 rows: 100000 added" in done.stdout
    assert done.stderr.splitlines()[-1] == "Importing: 100001 of 100001"
    assert shell.allows("t99", "https://s99999.example.com")


def everybody(origin: str, head: RequestHead) -> bool:
    del origin, head
    return True


# --- which store ------------------------------------------------------------------------------


@pytest.fixture
def two(engine: Engine) -> Shell:
    app, tables = Flask("two"), origin_tables(name="partners")
    usual, partners = SQLAlchemyOrigins(engine), SQLAlchemyOrigins(engine, table=tables)
    CORSGuard(app, origins=[usual], credentials=True)

    @app.get("/partners")
    @cross_origin(origins=[partners], name="for-partners")
    def orders() -> str:
        return ""

    del orders
    for store in (usual, partners):
        store.create()
    return Shell(app, partners)


def test_several_stores_have_to_be_told_apart(two: Shell) -> None:
    said = two.fails("list", code=2)
    assert "There are 2 stores. Say which:" in said
    assert said.endswith("Say which: --store corsguard_origins or --store partners")
    assert "Did you mean 'partners'?" in two.fails("list", "--store", "partner", code=2)


@pytest.mark.parametrize("name", ["partners", "for-partners"])
def test_a_store_goes_by_its_table_and_by_its_policy(two: Shell, name: str) -> None:
    two.says("add", APPLES, "--store", name)
    assert [row.pattern for row in two.store.list()] == [APPLES]
    assert two.says("list", "--store", "corsguard_origins") == "Origins: there are none.\n"


def test_a_store_of_debug_mode_and_of_a_named_policy_are_found(engine: Engine) -> None:
    app = Flask("named")
    usual, other = (SQLAlchemyOrigins(engine, table=origin_tables(name=n)) for n in ("a", "b"))
    CORSGuard(
        app, origins="https://x.example", dev_origins=[usual], policies={"p": {"origins": other}}
    )
    assert "corsguard" not in Shell(app, usual).says("init", "--store", "a")
    assert "b and b_versions" in Shell(app, usual).says("init", "--store", "p")


@pytest.mark.parametrize("origins", [["https://a.example"], [CachedOrigins(everybody)]])
def test_without_a_table_there_is_nothing_to_manage(origins: Any) -> None:
    app = Flask("static")
    CORSGuard(app, origins=origins)
    assert "write origins=[SQLAlchemyOrigins(...)]" in _failing(app, code=3)


def test_without_a_guard_there_is_nothing_to_manage() -> None:
    assert "has no CORSGuard" in _failing(Flask("bare"), code=3)


def _failing(app: Flask, code: int) -> str:
    done = app.test_cli_runner().invoke(cors, ["origins", "list"])
    assert done.exit_code == code
    return " ".join(done.stderr.split())


# --- databases in trouble ---------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["list"], ["add", APPLES], ["check", APPLES], ["export"]])
def test_missing_tables_are_answered_with_the_command(bare: Shell, arguments: list[str]) -> None:
    done = bare.run(*arguments)
    assert done.exit_code == 1
    assert "Run `flask cors origins init`" in done.stderr


@pytest.mark.parametrize(
    "url",
    ["postgresql+psycopg://x@127.0.0.1:1/x", "mysql+pymysql://x@127.0.0.1:1/x", "sqlite:////no/x"],
)
def test_a_database_that_does_not_answer_has_an_exit_code(url: str) -> None:
    app, engine = Flask("down"), create_engine(url)
    CORSGuard(app, origins=[SQLAlchemyOrigins(engine)])
    said = _failing(app, code=4)
    assert "The database cannot be used: OperationalError" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("database", ["postgresql", "mariadb"])
def test_real_servers_are_managed_like_sqlite(database: str) -> None:
    engine, tables = create_engine(database_url(database)), origin_tables(name=unique("cli"))
    app = Flask("served")
    CORSGuard(app, origins=[store := SQLAlchemyOrigins(engine, table=tables)], credentials=True)
    shell = Shell(app, store)
    try:
        assert "Run `flask cors origins init`" in shell.fails("add", APPLES)
        shell.says("init")
        shell.says("init")
        shell.says("add", APPLES, "--note", "\N{RED APPLE}")
        assert "is in the table already" in shell.fails("add", APPLES)
        data = shell.says("export") + f",{PEARS}\n"
        assert "1 added, 1 updated" in shell.run("import", "-", stdin=data).stdout
        assert [row.note for row in store.list()] == ["", "\N{RED APPLE}"]
        shell.says("remove", PEARS)
    finally:
        tables.metadata.drop_all(engine)
        engine.dispose()


def test_a_table_of_ones_own_can_be_asked_and_is_left_alone(engine: Engine) -> None:
    tables = origin_tables(name="clients")
    tables.metadata.create_all(engine)

    def query(scopes: Any, patterns: Any) -> Any:
        del scopes, patterns
        return select(tables.origins.c.scope, tables.origins.c.pattern)

    app = Flask("own")
    store = SQLAlchemyOrigins(engine, query=query)
    CORSGuard(app, origins=[store], credentials=True)
    with engine.begin() as connection:
        row = {"scope": "", "pattern": APPLES, "created": datetime.now(UTC)}
        connection.execute(insert(tables.origins), [row])
    shell = Shell(app, store)
    assert "allowed by" in shell.says("check", APPLES)
    assert "this store reads a table of yours" in shell.fails("add", PEARS)


# --- as a process -----------------------------------------------------------------------------


def test_a_new_user_gets_along(run_cors: Callable[..., Result], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"

    def run(*arguments: str) -> Result:
        return run_cors("origins", *arguments, app="tenants", DATABASE_URL=url)

    assert run("list").code == 1
    assert run("init").code == 0
    assert run("add", APPLES, "--scope", "apples").out == f"Allowed: {APPLES} (scope 'apples').\n"
    done = run("list")
    assert (done.code, done.err) == (0, "")
    assert all(len(line) <= 80 for line in done.out.splitlines())
    assert APPLES in done.out


def test_the_commands_are_listed_without_an_application(run_cors: Callable[..., Result]) -> None:
    done = run_cors("origins", "--help", app="down")
    assert done.code == 0
    for name in ("init", "add", "remove", "disable", "enable", "list", "import", "export", "check"):
        assert f"\n  {name} " in done.out

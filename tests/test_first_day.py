"""docs/first-day.md, typed as it stands: a foreign dump connected and one item live in three commands."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mianzheng.cli.dump import BadDump, read_dump
from mianzheng.cli.main import main

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "first-day.md"
DUMP = ROOT / "docs" / "first-day" / "library.sql"
COMMANDS = re.search(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL).group(1)  # type: ignore[union-attr]
PADDED, SMALL_X, OLD = "332621196605170097", "33262119750930001X", "332621195212010266"
BOOK_OUT, LOST, IN_DEBT = "332602199001010337", "332602198807190424", "33262119810606060X"
UNKNOWN_CODE, NO_DATE = "331082199611050772", "332621197903080246"


class Library:
    """The folder of the page, and its commands as a shell types them."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.folder = data.parent

    def shell(self, commands: str) -> subprocess.CompletedProcess[str]:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("MIANZHENG_")}
        environ |= {
            "MIANZHENG_PACKS": "docs/first-day/packs",
            "MIANZHENG_DATA": str(self.data),
            "MIANZHENG_HOME": str(self.folder / "home"),
            "MIANZHENG_RESIDENTS": "200",
        }
        python = shutil.which(sys.executable) or sys.executable
        script = f'mianzheng() {{ "{python}" -m mianzheng "$@"; }}\nset -e\n{commands}'
        return subprocess.run(["sh", "-c", script], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=240)

    def case(self, number: str) -> Any:
        done = self.shell(f"mianzheng case run deposit-refund --resident {number} --json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def typed() -> Iterator[tuple[Library, subprocess.CompletedProcess[str]]]:
    folder = Path(tempfile.mkdtemp(prefix="mianzheng-test-"))
    folder.chmod(0o755)  # the embedded server runs as another user when we are root
    library = Library(folder / "city")
    try:
        yield library, library.shell(COMMANDS)
    finally:
        library.shell("mianzheng down --remove")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def library(typed: tuple[Library, subprocess.CompletedProcess[str]]) -> Library:
    return typed[0]


pytestmark = pytest.mark.process


def test_the_page_has_three_commands() -> None:
    assert len(COMMANDS.strip().splitlines()) == 3


def test_the_three_commands_of_the_page_grant_a_reader_with_an_old_number(
    typed: tuple[Library, subprocess.CompletedProcess[str]],
) -> None:
    done = typed[1]
    assert done.returncode == 0, done.stderr
    assert "16 checks hold, 0 do not" in done.stdout
    assert "准予 granted" in done.stdout and "50 元" in done.stdout


@pytest.mark.parametrize("number", [PADDED, SMALL_X])
def test_a_number_in_another_form_is_the_same_reader(library: Library, number: str) -> None:
    view = library.case(number)
    assert (view["state"], view["amount"], view["documents_carried"]) == ("delivered", "100", 0)


@pytest.mark.parametrize(("number", "reason"), [(BOOK_OUT, "returned"), (LOST, "valid"), (IN_DEBT, "no-debt")])
def test_a_refusal_names_its_reason(library: Library, number: str, reason: str) -> None:
    view = library.case(number)
    assert view["state"] == "proposed" and [one["condition"] for one in view["reasons"]] == [reason]


@pytest.mark.parametrize("number", [UNKNOWN_CODE, NO_DATE])
def test_what_the_dump_does_not_say_is_a_persons_to_decide_never_a_refusal(library: Library, number: str) -> None:
    view = library.case(number)
    assert (view["state"], view["decision"], view["reasons"]) == ("waiting_person", "undecided", [])


def test_the_gateway_finds_everything_in_order(library: Library) -> None:
    done = library.shell("mianzheng gateway check --department library --json")
    assert done.returncode == 0, done.stdout


def test_a_city_that_is_built_is_not_connected_anew(library: Library) -> None:
    done = library.shell(COMMANDS.splitlines()[0])
    assert done.returncode == 2 and "built already" in done.stderr


# -- what connect says of a dump that does not fit


def test_a_column_that_is_missing_is_named_and_nothing_is_connected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dump = tmp_path / "dump.sql"
    dump.write_text(DUMP.read_text(encoding="utf-8").replace("rddebt", "rdowed"), encoding="utf-8")
    monkeypatch.setenv("MIANZHENG_PACKS", str(ROOT / "docs/first-day/packs"))
    data = tmp_path / "city"
    assert main(["gateway", "connect", "--department", "library", "--dump", str(dump), "--data", str(data)]) == 1
    assert "reader debt_yuan: " in capsys.readouterr().out
    assert not (data / "run" / "connected.json").exists()


def test_a_dump_is_tables_and_rows_and_keeps_texts_as_they_are(tmp_path: Path) -> None:
    assert read_dump(DUMP, tmp_path / "a.sqlite", dialect="mysql") == {"t_reader": 11, "t_loan": 5}


@pytest.mark.parametrize(
    "text", ["", "drop table a;", "create table a (", "create table a (b int); insert into c values (1);"]
)
def test_what_is_no_dump_is_wrong_use(tmp_path: Path, text: str) -> None:
    (tmp_path / "dump.sql").write_text(text, encoding="utf-8")
    with pytest.raises(BadDump):
        read_dump(tmp_path / "dump.sql", tmp_path / "a.sqlite", dialect="mysql")
    assert not (tmp_path / "a.sqlite").exists()


def test_a_statement_that_is_neither_table_nor_rows_is_never_run(tmp_path: Path) -> None:
    outside = tmp_path / "outside.sqlite"
    (tmp_path / "dump.sql").write_text(
        f"attach database '{outside}' as o;\ncreate table a (b int);\ninsert into a values (1);\n", encoding="utf-8"
    )
    assert read_dump(tmp_path / "dump.sql", tmp_path / "a.sqlite", dialect="sqlite") == {"a": 1}
    assert not outside.exists()

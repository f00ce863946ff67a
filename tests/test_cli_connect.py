"""`gateway connect` that fails says why and what to do, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from mianzheng.cli.connecting import CONNECTED
from mianzheng.cli.main import main

ROOT = Path(__file__).parents[1]
DUMP = ROOT / "docs" / "first-day" / "library.sql"


@pytest.fixture(autouse=True)
def packs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIANZHENG_PACKS", str(ROOT / "docs" / "first-day" / "packs"))


def connect(data: Path, *words: str) -> int:
    return main(["gateway", "connect", "--department", "library", "--data", str(data), *words])


@pytest.mark.parametrize(
    ("content", "dialect", "said"),
    [
        (DUMP.read_bytes(), "postgres", "--dialect says in which SQL"),
        (DUMP.read_text(encoding="utf-8").encode("gb18030"), "mysql", "iconv -f gb18030 -t utf-8"),
        (b"SELECT 1;", "mysql", "makes no table"),
        (b"INSERT INTO t VALUES ('33262119750930001X", "mysql", "--dialect says in which SQL"),
    ],
    ids=["another dialect", "GBK", "no table", "cut off"],
)
def test_a_dump_that_cannot_be_read_says_what_to_do_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, dialect: str, said: str
) -> None:
    dump = tmp_path / "dump.sql"
    dump.write_bytes(content)
    assert connect(tmp_path / "new" / "city", "--dump", str(dump), "--dialect", dialect) == 2
    told = capsys.readouterr().err
    assert said in told and len(told.splitlines()) == 1
    assert "33262119" not in told  # an error quotes no row
    assert [path.name for path in tmp_path.iterdir()] == ["dump.sql"]


@pytest.mark.parametrize(
    "url", ["nonsense", "foo://a/b", "postgresql://u:secret@h:port/x", "sqlite+nonsense:////x", "oracle://u:secret@h/x"]
)
def test_a_url_of_no_known_database_names_those_that_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    assert connect(tmp_path / "city", "--url", url) == 2
    told = capsys.readouterr().err
    assert "postgresql, mysql, mariadb, sqlite, duckdb" in told and told.endswith("[wrong-use]\n")
    assert "secret" not in told and list(tmp_path.iterdir()) == []


def test_a_dump_that_the_mapping_does_not_fit_connects_nothing_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dump = tmp_path / "dump.sql"
    dump.write_text(DUMP.read_text(encoding="utf-8").replace("t_loan", "t_lent"), encoding="utf-8")
    assert connect(tmp_path / "city", "--dump", str(dump)) == 1
    assert "没有接入 nothing is connected" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["dump.sql"]


def test_a_later_dump_that_does_not_fit_leaves_the_one_that_is_connected(tmp_path: Path) -> None:
    data, dump = tmp_path / "city", tmp_path / "dump.sql"
    assert connect(data, "--dump", str(DUMP)) == 0
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert {path.name for path in before} == {"library.sqlite", Path(CONNECTED).name}
    dump.write_text(DUMP.read_text(encoding="utf-8").replace("t_loan", "t_lent"), encoding="utf-8")
    assert connect(data, "--dump", str(dump)) == 1
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before

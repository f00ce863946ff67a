"""`mianzheng gateway`: sign, approve, check and mark on a city's folder, and one department served by a process."""

from __future__ import annotations

import io
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mianzheng.cli.main import main
from mianzheng.cli.processes import free_port
from mianzheng.gateway.config import write_config
from tests.gateway.world import DEPARTMENTS, PACKS, World

HERE = "civil-affairs"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A city's folder whose gateways have settings and keys, and have signed nothing yet."""
    made = World(tmp_path_factory.mktemp("city"), publish=False)
    for name, gateway in made.gateways.items():
        write_config(made.folder / "gateways" / name, msgspec.structs.replace(gateway.config, port=free_port()))
    made.close()
    yield made.folder


def run(city: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    status = main(["gateway", *words, "--data", str(city)])
    out = capsys.readouterr().out
    return status, json.loads(out) if "--json" in words else out


def steward(city: Path, department: str) -> str:
    return str(city / "keys" / "staff" / department / "steward.jwk.json")


def test_signing_approving_and_marking_make_every_check_hold(
    city: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIANZHENG_PACKS", str(PACKS))
    status, lines = run(city, "check", "--json", capsys=capsys)
    assert status == 1
    assert {line["check"] for line in lines if not line["ok"]} == {"completeness mark"}
    for name in DEPARTMENTS:
        assert run(city, "sign", "--department", name, "--steward", steward(city, name), capsys=capsys)[0] == 0
    approvals: list[Any] = []
    for name in DEPARTMENTS:
        words = ["approve", "--department", name, "--steward", steward(city, name), "--all", "--yes", "--json"]
        status, given = run(city, *words, capsys=capsys)
        assert status == 0
        approvals += given
    assert len(approvals) == 28
    assert run(city, "mark", "--json", capsys=capsys)[0] == 0
    status, lines = run(city, "check", "--json", capsys=capsys)
    assert (status, [line for line in lines if not line["ok"]]) == (0, [])
    assert {line["department"] for line in lines} == set(DEPARTMENTS)
    assert "approvals old-age-allowance v1" in {line["check"] for line in lines}


def test_a_steward_reads_sentence_and_sql_and_may_say_no(
    city: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\nn\n"))
    item = str(city / "signed" / "items" / "care-aid.v1.json")
    words = ["approve", "--department", "human-resources", "--steward", steward(city, "human-resources")]
    status = main(["gateway", *words, "--item", item, "--data", str(city)])
    shown = capsys.readouterr().err
    assert status == 0
    assert "护理补贴" in shown
    assert "SELECT" in shown
    assert "1 approvals for 1 item versions" in shown


def test_a_changed_table_a_lost_column_and_a_missing_file_are_findings(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copied = tmp_path / "city"
    shutil.copytree(city, copied)
    config = json.loads((copied / "gateways" / HERE / "gateway.json").read_text())
    config["registers"] = {"elder_care": f"sqlite:///{city}/gateways/human-resources/insurance.sqlite"}
    (copied / "gateways" / HERE / "gateway.json").write_text(json.dumps(config))
    status, lines = run(copied, "check", "--department", HERE, "--json", capsys=capsys)
    assert status == 1
    wrong = {(line["check"], line["fact"]) for line in lines if not line["ok"]}
    assert {("table", ""), ("column", "allowance_status"), ("column", "care_level")} <= wrong
    lost = copied / "lost.sqlite"
    with closing(sqlite3.connect(lost)) as connection:
        connection.execute("CREATE TABLE elder_care (id_number, allowance_status)")
    config["registers"] = {"elder_care": f"sqlite:///{lost}"}
    (copied / "gateways" / HERE / "gateway.json").write_text(json.dumps(config))
    _, lines = run(copied, "check", "--department", HERE, "--json", capsys=capsys)
    wrong = {(line["check"], line["fact"]) for line in lines if not line["ok"]}
    assert wrong == {("column", "care_level"), ("text", "care_level")}
    config["registers"] = {"elder_care": "sqlite:////nowhere/x.sqlite"}
    (copied / "gateways" / HERE / "gateway.json").write_text(json.dumps(config))
    _, lines = run(copied, "check", "--department", HERE, "--json", capsys=capsys)
    (found,) = [line for line in lines if line["check"] == "connection"]
    assert "unable to open database file" in found["message"]
    config["registers"] = {"hukou": "sqlite:////nowhere/x.sqlite"}
    (copied / "gateways" / HERE / "gateway.json").write_text(json.dumps(config))
    _, lines = run(copied, "check", "--department", HERE, "--json", capsys=capsys)
    assert [(line["check"], line["ok"]) for line in lines] == [("settings", False)]


def test_a_check_writes_nothing(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def contents() -> list[tuple[str, int]]:
        found = []
        for name in DEPARTMENTS:
            connection = sqlite3.connect(city / "gateways" / name / "state.sqlite")
            found += [(t, connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0]) for t in ("log", "marks")]
            connection.close()
        return found

    before = contents()
    run(city, "check", "--json", capsys=capsys)
    assert contents() == before


@pytest.mark.parametrize("words", [["check"], ["mark"], ["serve", "--department", HERE]])
def test_without_a_city_the_use_is_wrong(words: list[str], tmp_path: Path) -> None:
    assert main(["gateway", *words, "--data", str(tmp_path)]) == 2


@pytest.mark.process
def test_a_department_is_served_by_one_process_that_ends_politely(city: Path) -> None:
    port = json.loads((city / "gateways" / HERE / "gateway.json").read_text())["port"]
    command = [sys.executable, "-m", "mianzheng", "gateway", "serve", "--department", HERE, "--data", str(city)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        assert _healthy(port) == {"status": "ok", "party": HERE}
    finally:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert b"Traceback" not in err


def _healthy(port: int) -> Any:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
                return json.load(answer)
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the gateway did not answer")

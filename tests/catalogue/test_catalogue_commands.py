"""`mianzheng catalogue` and `mianzheng rules` as a person or a script types them."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from mianzheng.cli.main import main
from tests.catalogue.small_packs import HUKOU, ITEM, SMALL, bent


@pytest.fixture(autouse=True)
def no_city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIANZHENG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MIANZHENG_DATA", raising=False)
    monkeypatch.setenv("COLUMNS", "100")


def printed(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> Any:
    assert main(words) == status
    return json.loads(capsys.readouterr().out)


def test_check_of_sound_packs_is_an_empty_array(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "catalogue", "check", str(SMALL), "--json") == []


def test_check_names_file_line_and_hint_and_ends_with_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = bent(tmp_path, HUKOU, "type: integer", "type: interger")
    (fault,) = printed(capsys, "catalogue", "check", str(root), "--json", status=1)
    assert fault == {
        "file": str(root / HUKOU),
        "line": 13,
        "column": 41,
        "code": "shape-type",
        "message": "interger is none of the words allowed here",
        "hint": "did you mean integer?",
    }


def test_check_without_json_prints_one_fault_a_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = bent(tmp_path, HUKOU, "type: integer", "type: interger")
    assert main(["catalogue", "check", "--packs", str(root)]) == 1
    assert capsys.readouterr().out.startswith(f"{root / HUKOU}:13:41: shape-type: ")


def test_check_of_one_file_tells_only_its_own_faults(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = bent(tmp_path, ITEM, "expect: undecided", "expect: granted")
    assert len(printed(capsys, "catalogue", "check", str(root / ITEM), "--json", status=1)) == 1
    assert printed(capsys, "catalogue", "check", str(root / "public-security"), "--json") == []


def test_check_of_nothing_is_wrong_use(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["catalogue", "check", str(tmp_path / "nowhere")]) == 2
    assert "nothing at" in capsys.readouterr().err


def test_a_folder_without_packs_is_a_fault(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (fault,) = printed(capsys, "catalogue", "check", str(tmp_path), "--json", status=1)
    assert fault["code"] == "no-packs"


def test_list_without_a_city_shows_drafts(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "catalogue", "list", "--packs", str(SMALL), "--json") == {
        "items": [
            {"item": "old-age", "version": 1, "department": "civil-affairs", "kind": "行政给付", "status": "draft"}
        ]
    }


class _Hub(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        line = {"item": "old-age", "version": 1, "name": {"zh": "高", "en": "h"}, "department": "civil-affairs"}
        body = json.dumps({"items": [{**line, "kind": "行政给付", "status": "published", "digest": "d"}]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing: the test reads standard error."""


def city_at(port: int, data: Path) -> Path:
    (data / "run").mkdir(parents=True)
    process = {"name": "hub", "pid": 1, "port": port, "born": 0.0}
    (data / "run" / "processes.json").write_text(json.dumps([process]), encoding="utf-8")
    return data


def test_list_takes_the_status_from_the_hub_of_the_city(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), _Hub) as hub:
        threading.Thread(target=hub.handle_request, daemon=True).start()
        data = city_at(hub.server_port, tmp_path / "city")
        listing = printed(capsys, "catalogue", "list", "--packs", str(SMALL), "--data", str(data), "--json")
    assert [line["status"] for line in listing["items"]] == ["published"]


def test_list_of_a_city_named_that_does_not_answer_is_wrong_use(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = city_at(1, tmp_path / "city")
    assert main(["catalogue", "list", "--packs", str(SMALL), "--data", str(data)]) == 2
    assert "mianzheng up" in capsys.readouterr().err


def test_list_draws_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "list", "--packs", str(SMALL)]) == 0
    out = capsys.readouterr().out
    assert "高龄津贴" in out
    assert "old-age" in out


def test_show_names_questions_words_and_sql(capsys: pytest.CaptureFixture[str]) -> None:
    view = printed(capsys, "catalogue", "show", "old-age", "--packs", str(SMALL), "--as-of", "2026-03-02", "--json")
    assert [department["department"] for department in view["departments"]]
    questions = [question for department in view["departments"] for question in department["questions"]]
    assert {question["register"]: question["dialect"] for question in questions} == {
        "hukou": "postgresql",
        "elder_care": "sqlite",
        "vehicle": "duckdb",
    }
    assert all(question["sql"] and question["sentence"]["zh"] and question["sentence"]["en"] for question in questions)
    assert [question["purpose"] for question in questions if question["wave"] == 0] == ["need"]
    assert view["replaces"] == [
        {"paper": "身份证", "by": ["presence"], "facts": []},
        {"paper": "户口簿", "by": ["resident"], "facts": ["applicant.hukou.place_code"]},
    ]
    assert view["step"]["rung"] == "D2"
    assert not any(law["verified"] for law in view["law"])
    assert ["pay", "params.allowance_old"] in [law["of"] for law in view["law"]]


def test_show_draws_within_a_hundred_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "show", "old-age", "--packs", str(SMALL), "--as-of", "2026-03-02"]) == 0
    out = capsys.readouterr().out
    assert "免证速办" in out
    assert "未核" in out
    assert max(_width(line) for line in out.splitlines()) <= 100


def _width(line: str) -> int:
    return sum(2 if ord(sign) >= 0x2E80 else 1 for sign in line.rstrip())


def test_show_of_an_unknown_item_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "show", "old-ages", "--packs", str(SMALL)]) == 2
    assert "no item old-ages" in capsys.readouterr().err


def test_show_of_a_faulty_item_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = bent(tmp_path, ITEM, "version: 1", "version: 0")
    assert main(["catalogue", "show", "old-age", "--packs", str(root)]) == 2
    assert "old-age has faults" in capsys.readouterr().err


def test_split_prints_questions_and_residual(capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "rules", "split", "--item", str(SMALL / ITEM), "--json")
    parts = {part["part"]: part for part in found["rules"]}
    assert list(parts) == ["resident", "aged", "no-other", "no-cars", "pay.amount"]
    (aged,) = parts["aged"]["questions"]
    assert parts["aged"]["residual"] == f"[{aged} of applicant]"
    words = {question["question"]: question for question in found["questions"]}
    assert words[aged]["expression"] == "birth_date <= cutoff(80 years)"
    assert words[aged]["register"] == "hukou"
    assert [need["kind"] for need in found["needs"]] == ["need"]


def test_split_of_a_file_outside_any_tree_reads_the_packs_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    alone = tmp_path / "mine.yaml"
    alone.write_text((SMALL / ITEM).read_text(encoding="utf-8"), encoding="utf-8")
    assert printed(capsys, "rules", "split", "--item", str(alone), "--packs", str(SMALL), "--json")["item"] == "old-age"


def test_split_draws_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "split", "--item", str(SMALL / ITEM)]) == 0
    assert "residual" in capsys.readouterr().out


def test_split_of_a_faulty_rule_names_its_place(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = bent(tmp_path, ITEM, "applicant.hukou.is_local", "applicant.hukou.is_loacl")
    assert main(["rules", "split", "--item", str(root / ITEM)]) == 1
    assert f"{root / ITEM}:18:" in capsys.readouterr().err


def test_split_of_no_file_is_wrong_use(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["rules", "split", "--item", str(tmp_path / "none.yaml")]) == 2
    assert "no file" in capsys.readouterr().err

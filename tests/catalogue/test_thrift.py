"""What of a catalogue is idle or stands twice: faults, and advice to look at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mianzheng.catalogue.load import check
from mianzheng.cli.main import main
from tests.catalogue.small_packs import ITEM, SMALL, bent


def test_a_question_whose_answer_changes_nothing_is_a_fault(tmp_path: Path) -> None:
    idle = "(applicant.hukou.is_local or exists(applicant.vehicle)) and (applicant.hukou.is_local or not exists(applicant.vehicle))"  # noqa: E501
    root = bent(tmp_path, ITEM, "rule: applicant.hukou.is_local", f"rule: {idle}")
    (fault,) = check(root).faults
    assert (fault.code, fault.line, "vehicle" in fault.message) == ("idle-question", 18, True)


def test_an_item_that_is_another_but_for_literals_and_facts_argues_it_in_its_note(tmp_path: Path) -> None:
    root = bent(tmp_path, ITEM, ">= 80", ">= 70")
    text = (
        (SMALL / ITEM).read_text(encoding="utf-8").replace("item: old-age", "item: very-old").replace("02001", "02002")
    )
    twin = (root / ITEM).with_stem("very-old")
    twin.write_text(text, encoding="utf-8")
    assert [fault.code for fault in check(root).faults] == ["variant"]
    twin.write_text(f"{text}\nnote: Another age than in old-age; the law has two articles.\n", encoding="utf-8")
    assert check(root).faults == ()


def test_advice_is_no_fault(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = bent(tmp_path, ITEM, "expect: undecided\n    undecided: [no-cars]", "expect: granted\n    amount: 200")
    path = root / ITEM
    text = path.read_text(encoding="utf-8").replace("unavailable: [applicant.vehicle]", "absent: [applicant.vehicle]")
    path.write_text(text, encoding="utf-8")
    assert main(["catalogue", "check", str(root), "--advice", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    found = {(Path(one["file"]).name, one["code"], one["message"].split()[-1]) for one in told["advice"]}
    assert told["faults"] == []
    assert ("old-age.yaml", "never-undecided", "answer") in found
    assert ("vehicle.yaml", "unused-fact", "vehicle.price_yuan") in found
    assert not {("hukou.yaml", "unused-fact", f"hukou.{name}") for name in ("birth_date", "place_code", "age")} & found

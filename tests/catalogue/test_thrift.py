"""What of a catalogue is idle or stands twice: faults, and advice to look at."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from mianzheng.catalogue.doubts import doubt
from mianzheng.catalogue.findings import Findings
from mianzheng.catalogue.law import names_no_law
from mianzheng.catalogue.load import check, load
from mianzheng.catalogue.yaml import read
from mianzheng.cli.main import main
from mianzheng.cli.packs import REASONING
from mianzheng.model.facts import Type
from mianzheng.model.item import FormField
from mianzheng.model.text import Text
from tests.catalogue.small_packs import ITEM, SMALL, bent, copy_of


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


def test_an_undecided_example_may_name_a_claim_as_open_but_no_reason_is_one(tmp_path: Path) -> None:
    claim = "claims:\n    cars: case when exists(applicant.vehicle) then '有车' else '无车' end\n  valid: 12 months"
    root = bent(tmp_path, ITEM, "valid: 12 months", claim)
    text = (root / ITEM).read_text(encoding="utf-8")

    def codes(old: str, new: str) -> list[str]:
        (root / ITEM).write_text(text.replace(old, new), encoding="utf-8")
        return [fault.code for fault in check(root, reasoning=REASONING).faults]

    assert codes("undecided: [no-cars]", "undecided: [claims.cars]") == ["example-differs"]  # known; here more is open
    assert codes("undecided: [no-cars]", "undecided: [claims.bikes]") == ["example-condition"]
    assert codes("reasons: [no-cars]", "reasons: [claims.cars]") == ["example-condition"]


def _advice(root: Path, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    assert main(["catalogue", "check", str(root), "--advice", "--json"]) == 0
    return [(one["code"], one["message"]) for one in json.loads(capsys.readouterr().out)["advice"]]


def _doubted(*, conditions: tuple[str, ...] = ("true",), pay: str = "300", label: str = "") -> list[tuple[str, str]]:
    """Return what is doubted of an item with these rules, and with a box that is called so."""
    item = load(SMALL).items[0].item
    rules = [msgspec.structs.replace(item.conditions[0], id=f"c{at}", rule=rule) for at, rule in enumerate(conditions)]
    assert item.outcome.pay is not None
    paid = msgspec.structs.replace(item.outcome.pay, amount=pay)
    form = {"box": FormField(label=Text(label, "box"), type=Type.BOOLEAN)} if label else {}
    outcome = msgspec.structs.replace(item.outcome, pay=paid)
    document, _ = read((SMALL / ITEM).read_text(encoding="utf-8"), ITEM)
    assert document is not None
    found = Findings(document)
    doubt(msgspec.structs.replace(item, conditions=tuple(rules), outcome=outcome, form=form), found)
    return [(one.code, one.message) for one in found.faults if one.code != "nameless-law"]


def test_two_conditions_over_rows_of_one_register_may_be_met_by_two_rows() -> None:
    new, dear = "has(applicant.vehicle, status = '正常')", "has(applicant.vehicle, price_yuan > 9)"
    ((code, message),) = _doubted(conditions=(new, dear))
    assert code == "rows-apart" and "c0" in message
    assert _doubted(conditions=(new, f"{new} and applicant.hukou.age > 3")) == []
    assert _doubted(conditions=(new, f"not {dear}")) == []
    assert _doubted(conditions=(f"{new} and {dear}",)) == []


@pytest.mark.parametrize(("first", "second"), [
    ("status = '正常'", "status = '正常' and price_yuan > 9"),
    ("status in ('正常', '注销')", "status = '正常' and price_yuan > 9"),
    ("price_yuan >= 8", "price_yuan > 9"),
    ("status <> '注销'", "price_yuan > 9 and status = '正常'"),
    ("status = '正常' or price_yuan > 9", "status = '正常'"),
    ("status = '注销' and price_yuan > 9", "status = '正常'"),
])  # fmt: skip
def test_two_conditions_are_apart_only_where_two_rows_could_pass_for_one(first: str, second: str) -> None:
    both = tuple(f"has(applicant.vehicle, {one})" for one in (first, second))
    assert _doubted(conditions=both) == [] == _doubted(conditions=both[::-1])


def test_a_rate_chosen_by_a_row_that_no_condition_accepts_is_named() -> None:
    condition = "has(applicant.vehicle, status = '正常' and price_yuan > 0)"
    wide = "case when has(applicant.vehicle, price_yuan > 9) then 300 else 200 end"
    assert [code for code, _ in _doubted(conditions=(condition,), pay=wide)] == ["paid-wider"]
    own = "case when has(applicant.vehicle, status = '正常' and price_yuan > 9) then 300 else 200 end"
    assert _doubted(conditions=(condition,), pay=own) == []
    assert _doubted(conditions=(condition,), pay="highest(applicant.vehicle.price_yuan, status = '正常')") == []


def test_a_sum_that_is_paid_over_more_rows_than_a_condition_looks_at_is_named() -> None:
    condition = "has(applicant.vehicle, status = '正常' and price_yuan > 9)"
    wide = "total(applicant.vehicle.price_yuan, status = '正常')"
    assert [code for code, _ in _doubted(conditions=(condition,), pay=wide)] == ["paid-wider"]
    same = "total(applicant.vehicle.price_yuan, price_yuan > 9 and status = '正常')"
    assert _doubted(conditions=(condition,), pay=same) == []


@pytest.mark.parametrize("label", ["配偶已同意", "全体业主已签署", "对方签名", "共同申请"])
def test_a_box_that_stands_for_anothers_signature_is_named(label: str) -> None:
    ((code, message),) = _doubted(label=label)
    assert code == "signature-ticked" and label in message
    assert [_doubted(label=own) for own in ("有停车位", "同意由本人改造", "本人已签署", "与加害人共同生活")] == [[]] * 4


def test_a_reference_that_names_no_law_is_named_and_advice_is_counted_by_kind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = _advice(copy_of(tmp_path), capsys)
    assert [message for code, message in found if code == "nameless-law"] == ["不重复发放 names no law"]
    assert main(["catalogue", "check", str(SMALL), "--advice"]) == 0
    assert f"{len(found)} pieces of advice (" in (told := capsys.readouterr().err) and "1 nameless-law" in told


@pytest.mark.parametrize(
    "text",
    [
        "本市政策",
        "不重复享受",
        "一年一次",
        "通行做法",
        "管理办法第六条",
        "决定第二条",
        "公告第一条",
        "本市政策，数额未核",
    ],
)
def test_words_that_lead_to_no_document_name_no_law(text: str) -> None:
    assert names_no_law(text)


@pytest.mark.parametrize(
    "text",
    [
        "消防法第十五条",
        "国办发〔2020〕42号",
        "管理办法（财社〔2017〕164号）第六条",
        "侨眷、归侨权益保护法",
        "浙江省殡葬管理条例",
    ],
)
def test_a_title_or_a_number_names_a_law(text: str) -> None:
    assert not names_no_law(text)

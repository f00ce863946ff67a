"""Two catalogues compared in words."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from mianzheng.catalogue.difference import Change, difference
from mianzheng.catalogue.load import Catalogue, load
from mianzheng.cli.catalogue_diff import compared, lines_of
from mianzheng.cli.main import main
from mianzheng.model.item import Item
from mianzheng.model.text import Text
from mianzheng.rules.compile import compile_item
from tests.catalogue.small_packs import HUKOU, ITEM, PARAM, SMALL, bent

OLD = load(SMALL)


def changes(**fields: object) -> tuple[Change, ...]:
    item = msgspec.structs.replace(OLD.items[0].item, **fields)
    new = msgspec.structs.replace(OLD, items=(compile_item(item, OLD.facts, OLD.params),))
    found = difference(OLD, new)
    return found.items[0].changes if found.items else ()


def test_equal_trees_differ_in_nothing() -> None:
    found = difference(OLD, OLD)
    assert (found.items, found.others) == ((), ())
    assert lines_of(found, zh=True) == ["新增 0 项，取消 0 项，改动 0 项"]


def test_an_item_of_one_tree_alone_is_added_or_removed() -> None:
    none: Catalogue = msgspec.structs.replace(OLD, items=())
    assert [one.how for one in difference(none, OLD).items] == ["added"]
    assert [one.how for one in difference(OLD, none).items] == ["removed"]


def test_a_condition_that_demands_something_else_is_told_before_and_after(tmp_path: Path) -> None:
    root = bent(tmp_path, ITEM, ">= 80", ">= 75")
    (changed,) = compared(SMALL, root).items
    (change,) = [one for one in changed.changes if one.part == "condition"]
    assert change.before and change.after and change.how == "changed"
    assert "满80周岁" in change.before.zh and "满75周岁" in change.after.zh
    assert "at least 75 years" in change.after.en


def test_what_stands_behind_equal_words_is_told_by_its_field() -> None:
    first, *rest = OLD.items[0].item.conditions
    other = msgspec.structs.replace(first, otherwise=Text("还不到年龄", "not of age yet"))
    (change,) = changes(conditions=(other, *rest))
    assert change.after == Text("不符合时：还不到年龄", "when it fails: not of age yet")


LAW = {"text": "另一条", "verified": True}
AREA = {"area": {"label": {"zh": "面积", "en": "area"}, "type": "integer"}}
OTHER: dict[str, object] = {
    "version": 2,
    "code": "330502009000",
    "name": {"zh": "另名", "en": "another"},
    "department": "public-security",
    "kind": "公共服务",
    "who": ["自然人", "个体工商户"],
    "promise_days": 3,
    "legal_days": 7,
    "replaces": {"户口簿复印件": ["presence"]},
    "effective": "2020-01-01",
    "until": "2030-01-01",
    "basis": {"duty": "另一部法律"},
    "basis_by_register": {"hukou": {"duty": "户口登记条例"}},
    "presence": 3,
    "roles": {"applicant": {"kind": "person", "label": {"zh": "本人", "en": "oneself"}}},
    "form": AREA,
    "findings": AREA,
    "conditions": msgspec.to_builtins(OLD.items[0].item.conditions[:-1]),
    "outcome": {**msgspec.to_builtins(OLD.items[0].item.outcome), "valid": "7 months"},
    "needs": {},
    "approval": "clerk",
    "approvers": ["public-security"],
    "public_notice_days": 5,
    "fee": {"label": {"zh": "工本费", "en": "fee"}, "param": "allowance_old", "reference": LAW},
    "retention": "永久",
    "ladder": "A",
    "reference": LAW,
    "note": "another note",
}


@pytest.mark.parametrize("field", [name for name in Item.__struct_fields__ if name not in ("item", "examples")])
def test_no_change_of_an_item_is_silent(field: str) -> None:
    now = msgspec.to_builtins(OLD.items[0].item)
    item = msgspec.convert({**now, field: OTHER.get(field, True)}, Item)
    assert getattr(item, field) != getattr(OLD.items[0].item, field)
    new = msgspec.structs.replace(OLD, items=(compile_item(item, OLD.facts, OLD.params),))
    (found,) = difference(OLD, new).items
    called = {"conditions": "condition", "roles": "role"}.get(field, field)
    assert called in [change.part for change in found.changes]


def test_figures_and_registers_are_compared_too(tmp_path: Path) -> None:
    root = bent(tmp_path, PARAM, "unit: 元", "unit: 角")
    assert [(one.part, one.name) for one in compared(SMALL, root).others] == [("param", "allowance_old")]
    root = bent(tmp_path / "other", HUKOU, "mark_hours: ", "mark_hours: 1")
    assert [(one.part, one.name) for one in compared(SMALL, root).others] == [("register", "hukou")]


def test_an_item_with_faults_is_named_and_not_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = bent(tmp_path, ITEM, "expect: undecided", "expect: maybe")
    assert main(["catalogue", "diff", str(SMALL), str(root), "--lang", "en"]) == 0
    told = capsys.readouterr()
    counted = "0 items added, 0 removed, 0 changed; 1 not compared, with faults: old-age\n"
    assert told.out == counted
    assert "old-age has faults and is not compared" in told.err


def test_a_draft_with_faults_is_counted_apart_from_what_was_added(tmp_path: Path) -> None:
    root = bent(tmp_path, ITEM, "item: old-age", "item: old-age")
    draft = (SMALL / ITEM).read_text(encoding="utf-8").replace("item: old-age", "item: draft").replace("02001", "02002")
    (root / ITEM).with_stem("draft").write_text(draft.replace("presence: 2\n", ""), encoding="utf-8")
    (first, *_) = lines_of(compared(SMALL, root), zh=True)
    assert first == "新增 0 项，取消 0 项，改动 0 项；另有 1 项有错，没有比较：draft"


def test_examples_of_which_only_the_content_changed_are_told_in_words() -> None:
    first, *rest = OLD.items[0].item.examples
    other = msgspec.structs.replace(first, name=Text("另一个名字", "another name"))
    (change,) = changes(examples=(other, *rest))
    assert change.before is None and change.after == Text(
        "4 个，数目没变，内容改了", "4 as before, but their content changed"
    )
    (fewer,) = changes(examples=tuple(rest))
    assert (fewer.before, fewer.after) == (Text("4 个", "4"), Text("3 个", "3"))

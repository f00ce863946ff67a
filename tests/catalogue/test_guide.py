"""What the city tells its people: happenings and contacts are read, checked with file and line, and dated."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import msgspec
import pytest

from mianzheng.catalogue.load import check
from mianzheng.catalogue.tree import tree_of
from mianzheng.model.guide import Guide, Happenings
from tests.catalogue.small_packs import ITEM, copy_of
from tests.city_wide.few_departments import PACKS

HAPPENINGS = """\
happenings:
  - id: father-eighty
    name: {zh: 爸爸满 80 了, en: Father turns 80}
    hint: {zh: 高龄津贴, en: the allowance}
    items: [old-age]
    effective: 2026-01-01
    until: 2027-01-01
also_called:
  old-age: [老人钱]
papers:
  身份证: identity card
"""
CONTACTS = """\
telephones:
  - number: "12345"
    name: {zh: 热线, en: the line}
    hours: {zh: 全天, en: day and night}
    effective: 2026-01-01
counters:
  - id: centre
    name: {zh: 市民中心, en: the centre}
    address: {zh: 一楼, en: ground floor}
    hours: {zh: 工作日, en: working days}
    effective: 2026-01-01
    departments: [civil-affairs]
    reference: {text: 公告, verified: false}
"""


def tree(folder: Path, happenings: str = HAPPENINGS, contacts: str = CONTACTS) -> Path:
    root = copy_of(folder)
    (root / "happenings.yaml").write_text(happenings, encoding="utf-8")
    (root / "contacts.yaml").write_text(contacts, encoding="utf-8")
    return root


def faults(root: Path) -> list[tuple[str, int, str, str]]:
    return [(Path(one.file).name, one.line, one.code, one.hint) for one in check(root).faults]


def test_happenings_and_contacts_become_the_guide(tmp_path: Path) -> None:
    checked = check(tree(tmp_path))
    assert checked.faults == ()
    guide = checked.catalogue.guide
    assert guide.paper("身份证").en == "identity card" and guide.paper("别的").en == "别的"
    assert guide.happenings[0].items == ("old-age",) and guide.also_called == {"old-age": ("老人钱",)}
    assert guide.telephones[0].number == "12345" and guide.counters[0].departments == ("civil-affairs",)


def test_a_tree_without_them_has_an_empty_guide(tmp_path: Path) -> None:
    checked = check(copy_of(tmp_path))
    assert checked.faults == () and checked.catalogue.guide == Guide()


@pytest.mark.parametrize(
    ("old", "new", "line", "code", "hint"),
    [
        ("[old-age]", "[old-agee]", 5, "unknown-item", "did you mean old-age?"),
        ("  old-age:", "  old-agee:", 9, "unknown-item", "did you mean old-age?"),
        ("[old-age]", "[old-age, old-age]", 5, "duplicate-id", "once is enough"),
        ("[old-age]", "[]", 5, "happening", "name what can be done then"),
        ("father-eighty", "Father", 2, "name", "small letters and digits, joined by -"),
        ("until: 2027-01-01", "until: 2026-01-01", 7, "dates-order", "until is exclusive"),
        ("[老人钱]", "[]", 9, "empty-text", "name it, or leave it out"),
        ("  身份证:", "  身份証:", 11, "unknown-paper", "did you mean 身份证?"),
        ("identity card", '" "', 11, "empty-text", "say it in English"),
        ("hint:", "hnt:", 4, "unknown-key", "did you mean hint?"),
    ],
)
def test_a_fault_of_a_happening_has_its_line(
    tmp_path: Path, old: str, new: str, line: int, code: str, hint: str
) -> None:
    assert ("happenings.yaml", line, code, hint) in faults(tree(tmp_path, HAPPENINGS.replace(old, new, 1)))


def test_the_city_says_how_people_put_each_happening_and_names_those_of_firms_last() -> None:
    happened = msgspec.yaml.decode((PACKS / "happenings.yaml").read_bytes(), type=Happenings).happenings
    assert [one.id for one in happened if not one.words] == []
    assert [one.firms for one in happened] == sorted(one.firms for one in happened)
    assert [one.id for one in happened if re.search("[一-鿿]", one.name.en + one.hint.en)] == []


def test_a_second_happening_of_one_id_is_a_fault(tmp_path: Path) -> None:
    again = HAPPENINGS.partition("also_called")[0].partition("\n")[2]
    both = HAPPENINGS.replace("also_called", again + "also_called", 1)
    assert ("happenings.yaml", 8, "duplicate-id", "each has its own id") in faults(tree(tmp_path, both))


@pytest.mark.parametrize(
    ("old", "new", "line", "code"),
    [
        ('"12345"', "call us", 2, "contacts"),
        ("[civil-affairs]", "[civil-afairs]", 12, "unknown-department"),
        ("text: 公告", 'text: ""', 13, "no-reference"),
        ("effective: 2026-01-01\ncounters", "effective: 2026-01-01\n    until: 2025-01-01\ncounters", 6, "dates-order"),
    ],
)
def test_a_fault_of_a_contact_has_its_line(tmp_path: Path, old: str, new: str, line: int, code: str) -> None:
    found = faults(tree(tmp_path, contacts=CONTACTS.replace(old, new, 1)))
    assert ("contacts.yaml", line, code) in [one[:3] for one in found]


def test_a_city_without_a_telephone_has_a_fault(tmp_path: Path) -> None:
    none = "telephones: []\n" + CONTACTS[CONTACTS.index("counters") :]
    assert ("contacts.yaml", "contacts") in [(one[0], one[2]) for one in faults(tree(tmp_path, contacts=none))]


def test_an_item_with_faults_is_still_a_known_item(tmp_path: Path) -> None:
    root = tree(tmp_path)
    path = root / ITEM
    path.write_text(path.read_text(encoding="utf-8").replace("promise_days: ", "promise_days: 9", 1), encoding="utf-8")
    assert {one[0] for one in faults(root)} == {"old-age.yaml"}


def test_a_hub_s_packs_hold_no_items_and_their_names_stand_unchecked(tmp_path: Path) -> None:
    root = tree(tmp_path)
    (root / ITEM).unlink()
    assert faults(root) == []


def test_what_is_over_and_what_has_not_begun_is_not_shown(tmp_path: Path) -> None:
    guide = check(tree(tmp_path)).catalogue.guide
    assert len(guide.on(date(2026, 12, 31)).happenings) == 1
    assert guide.on(date(2027, 1, 1)).happenings == () and len(guide.on(date(2027, 1, 1)).counters) == 1
    assert guide.on(date(2025, 12, 31)).telephones == ()


def test_one_of_the_files_leads_to_its_tree(tmp_path: Path) -> None:
    root = tree(tmp_path)
    assert tree_of(root / "happenings.yaml") == root
    assert tree_of(root / "contacts.yaml") == root

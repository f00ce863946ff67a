"""A packs tree: what is read, what lies out of place, how faults of one part leave the others alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from mianzheng.catalogue.load import PackFaults, check, compile_file, load
from mianzheng.catalogue.tree import survey, tree_of
from tests.catalogue.small_packs import HUKOU, ITEM, SMALL, bent, copy_of


def codes(root: Path) -> list[tuple[str, str]]:
    return [(Path(fault.file).name, fault.code) for fault in check(root).faults]


def test_the_tree_is_read_in_a_fixed_order() -> None:
    files, faults = survey(SMALL)
    assert faults == ()
    assert [(file.kind, file.id) for file in files] == [
        ("department", "civil-affairs"),
        ("item", "old-age"),
        ("param", "allowance_old"),
        ("register", "elder_care"),
        ("department", "public-security"),
        ("register", "hukou"),
        ("register", "vehicle"),
    ]


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("civil-affairs/item/x.yaml", "folder-name"),
        ("civil-affairs/items/x.yml", "file-place"),
        ("civil-affairs/items/deep/x.yaml", "file-place"),
        ("civil-affairs/x.yaml", "file-place"),
        ("x.yaml", "file-place"),
        ("civil-affairs/items/Old Age.yaml", "file-name"),
        ("civil-affairs/registers/elder-care.yaml", "file-name"),
        ("taxation/registers/taxpayer.yaml", "no-department"),
    ],
)
def test_a_file_out_of_its_place_is_a_fault(tmp_path: Path, place: str, code: str) -> None:
    root = copy_of(tmp_path)
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a: 1\n", encoding="utf-8")
    assert code in [found for _, found in codes(root)]


def test_notes_and_hidden_files_are_left_alone(tmp_path: Path) -> None:
    root = copy_of(tmp_path)
    (root / "README.md").write_text("# packs\n", encoding="utf-8")
    (root / "civil-affairs" / ".old-age.yaml.swp").write_bytes(b"\x00")
    assert codes(root) == []


def test_one_id_stands_once_in_the_tree(tmp_path: Path) -> None:
    root = copy_of(tmp_path)
    twin = root / "civil-affairs" / "registers" / "hukou.yaml"
    text = (root / HUKOU).read_text(encoding="utf-8")
    twin.write_text(text.replace("department: public-security", "department: civil-affairs"), encoding="utf-8")
    assert ("hukou.yaml", "id-twice") in codes(root)


def test_a_file_that_is_not_utf_8_is_a_fault(tmp_path: Path) -> None:
    root = copy_of(tmp_path)
    (root / ITEM).write_bytes((root / ITEM).read_bytes().decode("utf-8").encode("gbk"))
    assert codes(root) == [("old-age.yaml", "encoding")]


def test_an_item_waits_for_a_register_with_faults(tmp_path: Path) -> None:
    root = bent(tmp_path, HUKOU, "key: person", "key: persn")
    checked = check(root)
    assert codes(root) == [("hukou.yaml", "shape-type")]
    assert checked.catalogue.items == ()
    assert sorted(checked.catalogue.facts.registers) == ["elder_care", "vehicle"]


def test_faults_of_several_files_are_told_together(tmp_path: Path) -> None:
    root = bent(tmp_path, ITEM, "version: 1", "version: 0")
    (root / HUKOU).write_text((root / HUKOU).read_text(encoding="utf-8").replace("deadline_hours: 24", ""), "utf-8")
    (root / "public-security" / "department.yaml").write_text("[", encoding="utf-8")
    assert [code for _, code in codes(root)] == ["yaml-syntax", "missing-key"]


def test_loading_a_faulty_tree_raises_all_its_faults(tmp_path: Path) -> None:
    root = bent(tmp_path, ITEM, "version: 1", "version: 0")
    with pytest.raises(PackFaults) as raised:
        load(root)
    assert [fault.code for fault in raised.value.faults] == ["version"]


def test_the_tree_of_a_file_is_found_from_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = copy_of(tmp_path)
    assert tree_of(root / ITEM) == root
    assert tree_of(root / "civil-affairs") == root
    assert tree_of(root) is None
    monkeypatch.chdir(root / "civil-affairs" / "items")
    assert tree_of(Path("old-age.yaml")) == root
    monkeypatch.chdir(tmp_path)
    assert tree_of(Path("packs") / ITEM) == Path("packs")


def test_one_file_is_compiled_against_the_tree_around_it() -> None:
    compiled, facts = compile_file(SMALL / ITEM, SMALL)
    assert compiled.item.item == "old-age"
    assert "hukou" in facts.registers


def test_a_faulty_file_is_not_compiled(tmp_path: Path) -> None:
    root = bent(tmp_path, ITEM, "is_local", "is_loacl")
    with pytest.raises(PackFaults) as raised:
        compile_file(root / ITEM, root)
    assert {fault.line for fault in raised.value.faults} == {18}


def test_one_typo_in_a_file_of_the_tree_is_one_fault_though_the_file_is_read_twice(tmp_path: Path) -> None:
    root = bent(tmp_path, ITEM, "applicant.hukou.age", "applicant.hukou.agee")
    with pytest.raises(PackFaults) as refused:
        compile_file(root / ITEM, root)
    assert len(refused.value.faults) == 1
    assert "more" not in str(refused.value)


def test_of_a_part_of_the_tree_only_its_items_are_compiled_with_the_facts_of_all(tmp_path: Path) -> None:
    root = bent(tmp_path, ITEM, "version: 1", "version: 0")
    elsewhere, here = (check(root, within=root / part) for part in ("public-security", ITEM))
    assert (elsewhere.faults, elsewhere.catalogue.items) == ((), ())
    assert [fault.code for fault in here.faults] == ["version"]
    assert sorted(elsewhere.catalogue.facts.registers) == ["elder_care", "hukou", "vehicle"]


def test_an_item_checked_alone_says_that_it_waits_for_a_register_with_faults(tmp_path: Path) -> None:
    root = bent(tmp_path, HUKOU, "key: person", "key: persn")
    (fault,) = check(root, within=root / ITEM).faults
    assert (fault.code, "hukou" in fault.message) == ("item-waits", True)

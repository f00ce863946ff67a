"""People beyond the applicant in packs: links, roles and examples, each fault at its place with a hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from mianzheng.catalogue.declaration import refusal
from mianzheng.catalogue.load import check
from mianzheng.cli.packs import REASONING
from mianzheng.model.text import Fault
from tests.catalogue.small_packs import FAMILY, SMALL, bent, copy_of
from tests.rules.families import CHILD, family

MARRIAGE = "civil-affairs/registers/marriage.yaml"
KINSHIP = "public-security/registers/kinship.yaml"
ITEM = "civil-affairs/items/family-visit.yaml"
IDLE = (
    "  idle: {kind: person, label: {zh: 配偶, en: spouse}, link: child.marriage.spouse, basis: {duty: 试验法第二条}}\n"
    "conditions:\n"
)
BENT = [
    # file, what stands there, what is put there, fault, what stands at its place, hint
    (ITEM, "marriage.spouse\n", "marriage.spouse\n    view: after_date\n", "hidden-by", "", "statute"),
    (MARRIAGE, "where: marriage.status", "where: marriage.stauts", "unknown-fact", "marriage.stauts", "did you mean"),
    (MARRIAGE, "where: marriage.status = '初婚'", "where: marriage.status", "type", "marriage.status", ""),
    (MARRIAGE, "{column: spouse_id,", "{column: id,", "link-column", "id,", "the column that holds the other's"),
    (MARRIAGE, "name: spouse_name", "name: spouse_id", "link-column", "spouse_id", "the column of the name"),
    (MARRIAGE, "name: spouse_name", "name: status", "link-column", "status", "identifier: true"),
    (MARRIAGE, "most: 1", "most: 0", "not-positive", "0", ""),
    (MARRIAGE, "  spouse:", "  status:", "link-name", "status:", ""),
    (KINSHIP, "    name: relative_name", "    kind: relation", "relation-twice", "relation", "leave `kind` out"),
    (KINSHIP, "kind: relation", "kind: relations", "unknown-fact", "relations", "did you mean relation?"),
    (ITEM, "marriage.spouse", "marriage.spuose", "unknown-link", "spuose", "did you mean marriage.spouse?"),
    (ITEM, "link: applicant.marriage", "link: applicant.mariage", "unknown-register", "mariage", "marriage?"),
    (ITEM, "    link: applicant.marriage.spouse\n", "", "no-link", "spouse:", "one of applicant.kinship.children"),
    (ITEM, "    basis: {duty: 试验法第二条}\n", "", "basis", "spouse:", "this adult signs too"),
    (ITEM, "{duty: 试验法第二条}", "{consent: 同意}\n    deceased: true", "basis", "basis:", "name the statute"),
    (ITEM, "rule: every(spouse", "rule: exists(spouse.hukou) or every(spouse", "many-people", "exists", "has(spouse"),
    (ITEM, "count(children) >= 2", "every(children, children.hukou.is_local)", "empty-every", "every", "count(…) >= 1"),
    (ITEM, "child) = '子女'", "child) = '儿女'", "unknown-word", "relation(applicant", "子女"),
    (ITEM, "people: {spouse: 1, ", "people: {spouse: 2, ", "example-people", "2", "none, not_held, or 1"),
    (ITEM, "people: {spouse: 1, ", "people: {spouse: many, ", "example-people", "many", "none, not_held, or 1"),
    (ITEM, "people: {spouse: 1, ", "people: {spuose: 1, ", "example-role", "spuose", "did you mean spouse?"),
    (ITEM, "people: {spouse: 1, ", "people: {spouse: none, ", "example-people", "spouse.hukou", "mend one"),
    (ITEM, "spouse.hukou.place_code:", "children.hukou.place_code:", "example-role", '"331082"', "children#1"),
    (ITEM, "relatives: child}", "relatives: chidl}", "example-role", "chidl", "did you mean child?"),
    (ITEM, "people: {spouse: not_held, children: 2}", "people: {children: 2}", "example-open", "name:", "give it"),
    (ITEM, "conditions:\n", IDLE, "idle-role", "idle:", "leave the role out"),
]  # fmt: skip


def test_the_tree_with_links_is_sound_and_its_examples_hold() -> None:
    checked = check(FAMILY, reasoning=REASONING)
    assert checked.faults == ()
    (compiled,) = checked.catalogue.items
    assert sorted(compiled.links) == ["child", "children", "spouse"]


@pytest.mark.parametrize(("file", "old", "new", "code", "there", "hint"), BENT)
def test_a_bent_place_is_the_place_of_its_fault(
    tmp_path: Path, file: str, old: str, new: str, code: str, there: str, hint: str
) -> None:
    root = bent(tmp_path, file, old, new, FAMILY)
    faults = [fault for fault in check(root, reasoning=REASONING).faults if fault.file == str(root / file)]
    assert [fault.code for fault in faults] == [code], faults
    assert at_place(faults[0]).startswith(there), faults
    assert hint in faults[0].hint


def at_place(fault: Fault) -> str:
    """The text that a fault points at."""
    return Path(fault.file).read_text(encoding="utf-8").split("\n")[fault.line - 1][fault.column - 1 :]


SMALL_ITEM = "civil-affairs/items/old-age.yaml"
LAW = "reference: {text: 一, verified: false}"
PROCEDURE = [
    ("    fallback: declare\n", "", "declaration", "declaration:"),
    ("fallback: declare", "fallback: accept_incomplete\n    supply_within: 5", "declaration", "declaration:"),
    ("fallback: declare", "fallback: accept_incomplete", "supply-within", "accept_incomplete"),
    ("      check_within: 20", "      check_within: 0", "not-positive", "0"),
    ("    fallback: declare\n", "    fallback: declare\n    supply_within: 5\n", "supply-within", "supply_within"),
    ("needs:", "approval: departments\nneeds:", "approvers", "departments"),
    ("needs:", "approvers: [public-security]\nneeds:", "approvers", "approvers:"),
    ("needs:", "approval: departments\napprovers: [police]\nneeds:", "unknown-department", "police"),
    ("needs:", "approval: departments\napprovers: [civil-affairs]\nneeds:", "approvers", "civil-affairs"),
    ("needs:", "public_notice_days: -1\nneeds:", "days", "-1"),
    ("needs:", "safety: true\nneeds:", "declaration", "declare"),
    ("needs:", "hard_to_undo: true\nneeds:", "declaration", "declare"),
    ("needs:", f"fee: {{label: {{zh: 费, en: fee}}, param: allowance, {LAW}}}\nneeds:", "unknown-params", "allowance"),
]


@pytest.mark.parametrize(("old", "new", "code", "there"), PROCEDURE)
def test_a_procedure_says_all_that_it_rests_on(tmp_path: Path, old: str, new: str, code: str, there: str) -> None:
    faults = check(bent(tmp_path, SMALL_ITEM, old, new, SMALL)).faults
    assert code in [fault.code for fault in faults], faults
    assert at_place(next(fault for fault in faults if fault.code == code)).startswith(there), faults


def test_an_example_that_needs_somebody_it_does_not_tell_of_is_a_fault(tmp_path: Path) -> None:
    root = copy_of(tmp_path, FAMILY)
    path = root / ITEM
    path.write_text(
        path.read_text().replace(
            ", children: 2}\n    given:\n      child.hukou.birth_date: 2010",
            "}\n    given:\n      child.hukou.birth_date: 2010",
        )
    )
    (fault,) = check(root, reasoning=REASONING).faults
    assert (fault.code, "people.children" in fault.message) == ("example-open", True)


def test_no_declaration_stands_for_what_is_asked_about_a_child() -> None:
    asked = family("child.hukou.is_local", "applicant.hukou.is_local", child=CHILD)
    of_child, of_parent = (one.placed for one in asked.conditions)
    assert "special personal data" in refusal(asked.item, of_child)
    assert refusal(asked.item, of_parent) == ""

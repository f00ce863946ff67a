"""An item version is approved by every department it asks, then frozen."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from mianzheng.catalogue.load import load
from mianzheng.catalogue.publication import (
    ItemVersion,
    Needed,
    NotAllowed,
    Stage,
    approve,
    as_signed,
    concerned,
    draft,
    item_digest,
    needed,
    publish,
    retire,
)
from mianzheng.model.item import Basis
from mianzheng.model.publishing import Approval
from tests.catalogue.small_packs import ELDER_CARE, HUKOU, ITEM, PARAM, SMALL, bent


def small_draft() -> ItemVersion:
    catalogue = load(SMALL)
    return draft(catalogue.items[0], catalogue.facts)


def approval_of(version: ItemVersion, one: Needed) -> Approval:
    return Approval(
        gateway=f"gateway-{one.department}",
        question=one.question,
        register=one.register,
        mapping_digest="m",
        sql_digest="s",
        item=version.item,
        item_version=version.version,
        item_digest=version.digest,
        role=one.role,
        basis=one.basis,
        steward="steward",
        iat=1,
    )


def approved() -> ItemVersion:
    version = small_draft()
    for one in version.needed:
        version = approve(version, approval_of(version, one), department=one.department)
    return version


def test_the_departments_concerned_are_those_asked_and_the_handling_one() -> None:
    catalogue = load(SMALL)
    assert concerned(catalogue.items[0], catalogue.facts) == ("civil-affairs", "public-security")


def test_every_question_and_need_is_to_be_approved_by_its_own_department() -> None:
    catalogue = load(SMALL)
    compiled = catalogue.items[0]
    waiting = needed(compiled, catalogue.facts)
    asked = {placed.question.id for placed in (*compiled.questions.values(), *compiled.needs.values())}
    assert {one.question for one in waiting} == asked
    assert {(one.department, one.register) for one in waiting} == {
        ("civil-affairs", "elder_care"),
        ("public-security", "hukou"),
        ("public-security", "vehicle"),
    }
    assert {one.basis for one in waiting} == {Basis(duty="老年人权益保障法第三十三条")}


def test_a_draft_waits_until_the_last_approval() -> None:
    version = small_draft()
    for one in version.needed:
        assert version.stage is Stage.DRAFT
        with pytest.raises(NotAllowed, match="waits for"):
            publish(version)
        version = approve(version, approval_of(version, one), department=one.department)
    assert version.stage is Stage.APPROVED
    assert version.missing == ()


def test_an_approved_version_is_published_and_then_retired() -> None:
    published = publish(approved())
    assert published.stage is Stage.PUBLISHED
    assert retire(published).stage is Stage.RETIRED


def test_a_published_version_takes_no_further_step_but_retirement() -> None:
    version = approved()
    published = publish(version)
    with pytest.raises(NotAllowed, match="is published"):
        publish(published)
    with pytest.raises(NotAllowed, match="is published"):
        approve(published, approval_of(version, version.needed[0]), department=version.needed[0].department)
    with pytest.raises(NotAllowed, match="is approved"):
        retire(version)
    with pytest.raises(NotAllowed, match="is retired"):
        retire(retire(published))


def test_an_approval_given_twice_counts_once() -> None:
    version = small_draft()
    one = version.needed[0]
    once = approve(version, approval_of(version, one), department=one.department)
    assert approve(once, approval_of(version, one), department=one.department) == once


@pytest.mark.parametrize(
    "change",
    [
        {"item": "another"},
        {"item_version": 2},
        {"item_digest": "x"},
        {"question": "qother"},
        {"role": "child"},
        {"register": "vehicle2"},
        {"basis": Basis(consent="同意")},
    ],
)
def test_an_approval_of_anything_else_is_refused(change: dict[str, object]) -> None:
    version = small_draft()
    one = version.needed[0]
    approval = msgspec.structs.replace(approval_of(version, one), **change)
    with pytest.raises(NotAllowed):
        approve(version, approval, department=one.department)


def test_a_department_cannot_approve_for_another() -> None:
    version = small_draft()
    one = version.needed[0]
    with pytest.raises(NotAllowed):
        approve(version, approval_of(version, one), department="taxation")


def digest_of(root: Path) -> str:
    catalogue = load(root)
    return item_digest(catalogue.items[0], catalogue.facts)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (ITEM, "未满 80 周岁", "未满八十周岁"),
        (ITEM, "legal_days: 20", "legal_days: 15"),
        (HUKOU, "zh: 出生日期", "zh: 生日"),
        (HUKOU, "place_code = '331082'", "place_code = '331081'"),
        (ELDER_CARE, "absence: closed_here", "absence: closed_nationwide"),
    ],
)
def test_what_changes_the_meaning_changes_the_digest(tmp_path: Path, file: str, old: str, new: str) -> None:
    assert digest_of(bent(tmp_path, file, old, new)) != digest_of(SMALL)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (HUKOU, "column: csrq", "column: birth"),
        (HUKOU, "engine: postgresql", "engine: mysql"),
        (ELDER_CARE, "zh: 能力等级", "zh: 失能等级"),
        (PARAM, "value: 100", "value: 101"),
    ],
)
def test_a_mapping_an_unused_fact_or_a_figure_does_not_change_the_digest(
    tmp_path: Path, file: str, old: str, new: str
) -> None:
    assert digest_of(bent(tmp_path, file, old, new)) == digest_of(SMALL)


def test_examples_are_not_signed_and_another_example_makes_no_other_version(tmp_path: Path) -> None:
    root = bent(tmp_path, ITEM, "birth_date: 1930-03-02", "birth_date: 1931-03-02")
    (before,), (after,) = load(SMALL).items, load(root).items
    assert before.item.examples != after.item.examples
    assert as_signed(before.item) == as_signed(after.item) and as_signed(before.item).examples == ()
    assert item_digest(before, load(SMALL).facts) == item_digest(after, load(root).facts)

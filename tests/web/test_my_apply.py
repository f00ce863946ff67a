"""`/my/apply/{item}`: what a person states is read in its type; a fault stands beside its field and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from mianzheng.cases.parts import Opening
from mianzheng.cases.stated_words import stated_of
from mianzheng.cases.stating import stated
from mianzheng.model.authorisation import SealedChoice
from mianzheng.model.facts import Type
from mianzheng.model.item import FormField, Item
from mianzheng.model.text import Text
from mianzheng.web.sessions import SESSION_COOKIE
from tests.cases.link_world import item as make_item
from tests.gateway.world import OLD
from tests.web.front_hub import Programs, pages, words
from tests.web.my_client import Visitor, new_holder

ITEM = "care-aid"  # has a form field, and one register that is asked on consent


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    with pages() as served:
        yield served


@pytest.fixture
def old(client: TestClient[Any]) -> Visitor:
    return Visitor(client, OLD)


def test_a_missing_field_brings_the_form_back_with_the_fault_beside_it(old: Visitor) -> None:
    form = old.get(f"/my/apply/{ITEM}")
    answer = old.post(f"/my/apply/{ITEM}", form, town="")
    assert answer.status_code == 422
    assert 'aria-describedby="fault-town"' in answer.text and "请填写这一项" in words(answer)
    assert "还差 1 项" in words(answer)


def test_what_was_typed_is_kept_and_escaped(old: Visitor) -> None:
    form = old.get(f"/my/apply/{ITEM}")
    typed = '<b>"' + "x" * 300
    answer = old.post(f"/my/apply/{ITEM}", form, town=typed)
    assert answer.status_code == 422 and "&lt;b&gt;&#34;xxx" in answer.text and '<b>"xxx' not in answer.text


def test_an_item_that_is_none_is_not_found(old: Visitor) -> None:
    assert old.get("/my/apply/no-such-item").status_code == 404


def test_what_rests_on_consent_asks_for_a_yes_of_its_own(old: Visitor) -> None:
    plan = old.apply(ITEM, town="331082001")
    assert 'data-testid="consent"' in plan.text and "单独同意" in words(plan)
    refused = old.post(str(plan.url.path), plan, holder=new_holder())
    assert refused.status_code == 422 and "没有您的同意" in words(refused)
    signature = old.post(str(plan.url.path), plan, holder=new_holder(), consent="yes")
    assert signature.status_code == 303 and signature.headers["location"].startswith("/my/signing/")


def _item(**fields: FormField) -> Item:
    return msgspec.structs.replace(make_item("typed", {}, ()), form=fields)


def _field(type_: Type, **more: Any) -> FormField:
    return FormField(label=Text(zh="甲", en="a"), type=type_, **more)


TYPED = [
    (Type.BOOLEAN, "true", True),
    (Type.INTEGER, " ３ ", 3),
    (Type.DECIMAL, "1,234.50", "1234.50"),
    (Type.DATE, "2026年11月5日", "2026-11-05"),
    (Type.DATE, "2026/11/5", "2026-11-05"),
    (Type.STRING, " 大田街道１号 ", "大田街道１号"),
]


@pytest.mark.parametrize(("type_", "typed", "value"), TYPED)
def test_texts_are_read_in_the_type_of_their_field(type_: Type, typed: str, value: Any) -> None:
    found = stated(_item(one=_field(type_)), {"one": typed})
    assert not found.faults and [one.value for one in found.values] == [value]


@pytest.mark.parametrize(
    ("type_", "typed"),
    [
        (Type.BOOLEAN, "perhaps"),
        (Type.INTEGER, "3.5"),
        (Type.INTEGER, "三"),
        (Type.DECIMAL, "nan"),
        (Type.DATE, "2026-02-30"),
        (Type.DATE, "1-2-3-4"),
        (Type.STRING, "   "),
        (Type.STRING, "\u200b\u2060\u3000\u3164"),
        (Type.STRING, "甲\u202e乙"),
        (Type.STRING, "甲\x07乙"),
    ],
)
def test_what_cannot_be_read_is_a_fault_of_its_field(type_: Type, typed: str) -> None:
    found = stated(_item(one=_field(type_)), {"one": typed})
    assert set(found.faults) == {"one"} and not found.values


def test_a_value_outside_the_list_is_a_fault() -> None:
    field = _field(Type.ENUM, values=("火灾", "重病"))
    assert stated(_item(cause=field), {"cause": "其他"}).faults
    assert not stated(_item(cause=field), {"cause": "火灾"}).faults


def test_a_field_that_may_be_left_out_is_no_fault() -> None:
    found = stated(_item(one=_field(Type.STRING, required=False)), {})
    assert not found.faults and not found.values


def test_what_was_stated_is_read_before_it_is_signed_and_with_the_case(old: Visitor) -> None:
    plan = old.apply(ITEM, town="331082001")
    assert 'data-testid="stated"' in plan.text and "乡镇331082001" in words(plan)
    signature = old.post(str(plan.url.path), plan, holder=new_holder(), consent="yes")
    case = old.follow(old.sign(old.follow(signature)))
    assert 'data-testid="stated"' in case.text and "乡镇331082001" in words(case)
    asked = {"authorization": f"Bearer {old.cookies[SESSION_COOKIE]}"}
    view = Programs(old.client).get(f"/cases/{str(case.url.path).rpartition('/')[2]}", headers=asked)
    assert [(one["label"]["zh"], one["value"]["zh"]) for one in view.json()["stated"]] == [("乡镇", "331082001")]


def test_stated_values_are_said_in_both_languages_and_a_name_stays_sealed() -> None:
    fields = {
        "yes": _field(Type.BOOLEAN),
        "day": _field(Type.DATE),
        "cause": _field(Type.ENUM, values=("火灾",), english={"火灾": "fire"}),
        "left": _field(Type.STRING, required=False),
    }
    item = _item(**fields)
    found = stated(item, {"yes": "true", "day": "2026-11-05", "cause": "火灾"})
    sealed = SealedChoice(role=item.acting_role, digest="d", sealed="s")
    opening = Opening(pairwise="p", authority="a", level=1, forms=found.values, exp=1, choices=(sealed,))
    said = {one.name: (one.value.zh, one.value.en) for one in stated_of(item, opening)}
    assert said == {
        "yes": ("是", "yes"),
        "day": ("2026年11月5日", "2026-11-05"),
        "cause": ("火灾", "fire"),
        item.acting_role: ("已密封", "sealed"),
    }

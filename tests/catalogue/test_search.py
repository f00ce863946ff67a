"""Items are found by the words people use: names, everyday names, pinyin, initials, English, what happened."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from mianzheng.catalogue.search import Index, Wanted, index_of, split_words
from mianzheng.model.found_items import FoundItem
from tests.core_packs import core_catalogue

DAY = date(2026, 12, 1)


@cache
def index() -> Index:
    items = [compiled.item for compiled in core_catalogue().items]
    return index_of(items, core_catalogue().facts.departments, core_catalogue().guide.on(DAY))


def found(words: str, **wanted: str) -> list[str]:
    return [one.item for one in index().find(Wanted(words=words, limit=100, **wanted)).items]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("高龄津贴", "old-age-allowance"),
        ("高龄", "old-age-allowance"),
        ("glj", "old-age-allowance"),
        ("gljt", "old-age-allowance"),
        ("GLJT", "old-age-allowance"),
        ("ｇｌｊｔ", "old-age-allowance"),
        ("gaoling", "old-age-allowance"),
        ("gao ling jin", "old-age-allowance"),
        ("老人津贴", "old-age-allowance"),
        ("very old", "old-age-allowance"),
        ("old-age-allowance", "old-age-allowance"),
        ("爸爸满80了想办老人补贴", "old-age-allowance"),
        ("低保", "subsistence-allowance"),
        ("dibao", "subsistence-allowance"),
        ("怎么办低保？", "subsistence-allowance"),
        ("家里添了宝宝", "newborn-medical-enrolment"),
        ("我要开饭店", "mr-food-permit"),
        ("身份证丢了怎么办", "id-card-replace"),
        ("无房证明", "nr-registry-query"),
        ("gjj", "hf-withdraw-rent"),
    ],
)
def test_an_item_is_found_by_words_as_people_say_them(words: str, first: str) -> None:
    assert found(words)[0] == first


def test_what_nobody_offers_is_not_found() -> None:
    assert found("xqzv") == [] and found("火箭发射许可") == []


def test_each_word_must_be_found() -> None:
    assert found("津贴 民政") and "old-age-allowance" in found("津贴 民政")
    assert found("津贴 火箭") == []


def test_a_query_without_words_gives_every_item_by_name() -> None:
    assert len(found("")) == len(core_catalogue().items)
    assert len(found("  ")) == len(core_catalogue().items)


@pytest.mark.parametrize("words", ["'", "？", " ， "])
def test_signs_without_a_word_find_nothing(words: str) -> None:
    assert found(words) == []


def test_a_department_s_words_find_its_items() -> None:
    assert {"old-age-allowance", "subsistence-allowance"} <= set(found("民政局"))


def test_filters_hold_for_every_hit() -> None:
    firms = index().find(Wanted(who="法人", limit=100)).items
    assert firms and all("法人" in one.who for one in firms)
    assert {one.kind for one in index().find(Wanted(kind="行政许可", limit=100)).items} == {"行政许可"}
    assert found("", department="power") == ["power-account-transfer"]
    baby = next(one for one in core_catalogue().guide.happenings if one.id == "new-baby")
    assert set(found("", happening="new-baby")) == set(baby.items)


def walk(words: str, limit: int) -> list[FoundItem]:
    pages, after = [], ""
    while True:
        page = index().find(Wanted(words=words, limit=limit, after=after))
        pages += page.items
        if not (after := page.next):
            return pages


@pytest.mark.parametrize("words", ["", "补贴", "户口簿"])
def test_pages_hold_every_hit_once_and_in_the_same_order(words: str) -> None:
    assert [one.item for one in walk(words, 3)] == found(words)


@pytest.mark.parametrize("after", ["x", "1.", ".", "-5.nothing", "99.old-age-allowance", "9" * 30 + ".x", "\x00"])
def test_a_place_that_no_page_named_is_no_error(after: str) -> None:
    index().find(Wanted(words="津贴", after=after))


@pytest.mark.parametrize("words", ["[", "\\", "(" * 100, "%", "*" * 3000, "\u0000", "高" * 3000, "🙂", "a" * 5000])
def test_signs_of_patterns_are_signs_only(words: str) -> None:
    index().find(Wanted(words=words))


def test_politeness_is_not_looked_for() -> None:
    assert split_words("请问怎么办理低保？") == ("低保",)
    assert split_words("办理") == ("办理",)


def test_a_happening_that_is_over_finds_nothing() -> None:
    guide = core_catalogue().guide.on(date(2025, 1, 1))
    assert guide.happenings == () and guide.counters == ()
    items = [compiled.item for compiled in core_catalogue().items]
    before = index_of(items, core_catalogue().facts.departments, guide)
    assert before.find(Wanted(words="添了宝宝")).items == ()


def test_items_are_given_back_in_the_order_asked_for() -> None:
    asked = ("childcare-subsidy", "nothing", "old-age-allowance")
    assert [one.item for one in index().of(asked)] == ["childcare-subsidy", "old-age-allowance"]

"""Items are found by the words people use: names, everyday names, pinyin, initials, English, what happened."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest
from msgspec.structs import replace

from mianzheng.catalogue.covering import Covering
from mianzheng.catalogue.search import Index, Wanted, index_of
from mianzheng.catalogue.sought import bare, whole_words
from mianzheng.catalogue.ways import ways_of
from mianzheng.model.found_items import FoundItem
from mianzheng.model.text import Text
from tests.core_packs import core_catalogue

DAY = date(2026, 12, 1)


def split_words(text: str) -> tuple[str, ...]:
    """The words of a query without what politeness puts around."""
    return tuple(bare(word) for word in whole_words(text))


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
    wanted = Wanted(words="津贴", after=after)
    assert index().find(wanted).items == index().find(Wanted(words="津贴")).items


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
    assert found("日子难过了") and before.find(Wanted(words="日子难过了")).items == ()


def test_items_are_given_back_in_the_order_asked_for() -> None:
    asked = ("childcare-subsidy", "nothing", "old-age-allowance")
    assert [one.item for one in index().of(asked)] == ["childcare-subsidy", "old-age-allowance"]


def test_everyday_words_stand_for_official_ones() -> None:
    assert found("补个身份证")[0] == "id-card-replace"
    assert found("八十岁老人每个月补多少")[0] == "old-age-allowance"
    assert found("房本加老婆名字")[0] == "nr-spouse-share"
    assert found("租房子能取公积金吗")[0] == "hf-withdraw-rent"


def test_of_a_long_sentence_enough_must_be_found_and_of_a_short_word_most() -> None:
    assert found("我爸去年走了他名下的房子怎么继承过户给我")[0] == "nr-inheritance"
    assert found("火箭过户") == [] and found("飞船登记") == []


def test_what_is_to_be_done_finds_nothing_alone_but_where_nothing_else_is_said() -> None:
    assert found("宇宙飞船的申领") == []
    assert "id-card-replace" in found("补领")


def test_a_comma_parts_words_only_where_an_item_has_each() -> None:
    assert found("津贴，民政") == found("津贴 民政") != []
    assert found("当兵回来，岁数大了要补贴") and found("津贴 火箭") == []


def test_a_replacement_comes_after_the_first_of_its_kind_unless_it_is_asked_for() -> None:
    names = ("居住证补领、换领", "浙江省居住证申领")
    catalogue = core_catalogue()
    item = next(compiled.item for compiled in catalogue.items if compiled.item.item == "residence-permit")
    both = [replace(item, item=f"permit-{place}", name=Text(zh=name, en="")) for place, name in enumerate(names)]
    small = index_of(both, catalogue.facts.departments, catalogue.guide.on(DAY))
    assert [one.name.zh for one in small.find(Wanted(words="居住证")).items] == [names[1], names[0]]
    assert small.find(Wanted(words="居住证丢了")).items[0].name.zh == names[0]


def test_signs_of_no_width_are_dropped() -> None:
    assert found("高龄\u200b津贴") == found("\ufeff高龄津贴\u2060") == found("高龄津贴")
    assert split_words("高\u200d龄津贴") == ("高龄津贴",) and found("\u200b") == []


def test_no_pair_is_made_of_or_across_signs_that_say_nothing() -> None:
    ways = ways_of("蓝鲸了要办")
    assert [way.texts for way in ways.all if not way.doing] == [("蓝鲸",)]


def test_rare_words_weigh_more_than_common_ones() -> None:
    names = ["高龄津贴", "护理津贴", "生育津贴", "交通津贴"]
    assert set(Covering(names, [""] * 4).ranks("高龄和护理都算的津贴")) == {0, 1}
    assert Covering(names, [""] * 4).ranks("火箭") == {}


def test_english_words_that_say_nothing_are_not_looked_for() -> None:
    assert split_words("how to replace my ID card") == ("replace", "id", "card")
    assert split_words("my") == ("my",)
    assert found("lost my id card")[0] == "id-card-replace"


def test_a_word_is_read_in_everyday_words_and_pairs_of_signs() -> None:
    ways = ways_of("我驾照丢了")
    assert [(way.start, way.end) for way in ways.all] == [(1, 3), (3, 5)]
    assert "驾驶证" in ways.all[0].texts and ways.all[1].doing and ways.silent == {0}
    assert [way.texts for way in ways_of("蓝鲸").all] == [("蓝鲸",)]

"""What a happening opens is listed in the happening's own order, page by page; words are searched as everywhere."""

from __future__ import annotations

from datetime import date
from functools import cache

from mianzheng.catalogue.opened import find_opened
from mianzheng.catalogue.search import Index, Wanted, index_of
from mianzheng.model.found_items import HappeningLine
from mianzheng.model.text import Text
from tests.core_packs import core_catalogue

ORDER = ("unemployment-benefit", "hardship-employment-recognition", "flexible-insurance-subsidy")
JOB = HappeningLine(id="lost-job", name=Text(zh="丢了工作", en=""), hint=Text(zh="", en=""), items=ORDER)


@cache
def index() -> Index:
    catalogue = core_catalogue()
    items = [compiled.item for compiled in catalogue.items]
    return index_of(items, catalogue.facts.departments, catalogue.guide.on(date(2026, 12, 1)))


def test_the_items_of_a_happening_stand_in_its_own_order() -> None:
    found = find_opened(index(), Wanted(happening="lost-job"), (JOB,))
    assert tuple(one.item for one in found.items) == ORDER and found.total == 3 and found.next == ""


def test_pages_of_a_happening_lead_on_in_its_order_to_the_end() -> None:
    seen, after = [], ""
    while True:
        page = find_opened(index(), Wanted(happening="lost-job", limit=1, after=after), (JOB,))
        seen += [one.item for one in page.items]
        if not (after := page.next):
            break
    assert tuple(seen) == ORDER


def test_another_choice_narrows_what_a_happening_opens() -> None:
    assert find_opened(index(), Wanted(happening="lost-job", department="power"), (JOB,)).total == 0


def test_words_and_unknown_happenings_are_searched_as_everywhere() -> None:
    for wanted in (Wanted(words="补贴", happening="lost-job"), Wanted(happening="no-such"), Wanted(words="低保")):
        assert find_opened(index(), wanted, (JOB,)) == index().find(wanted)

"""One person after another at the window: seen, served, and forgotten."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import date

import msgspec
import pytest

from mianzheng.authority import own_keys
from mianzheng.credentials import jwe
from mianzheng.model.case import State
from mianzheng.model.guide import Guide
from mianzheng.model.papers import PaperView
from mianzheng.window.clerk import Said, ShiftLine
from tests.gateway.world import DRAWS, OLD, YOUNG
from tests.web.test_beside import EIGHTY
from tests.window.window_world import ITEM, Bench, bench, text_of


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("window")) as made:
        yield made


@pytest.fixture(autouse=True)
def _nobody(window: Bench) -> Iterator[None]:
    yield
    window.post("leave")
    window.slot.unlink(missing_ok=True)


def served(window: Bench, number: str, item: str = ITEM) -> str:
    """Serve somebody with nothing to the end; return the words of the last page."""
    window.sit_down()
    window.seen_with_nothing(number)
    window.post("item", item=item)
    return text_of(window.post("sign"))


def served_by_card(window: Bench, number: str, item: str = ITEM) -> str:
    """Serve somebody with a card to the end; return the last page."""
    window.put_card(number)
    window.sit_down()
    window.post("person/card")
    window.post("item", item=item)
    return window.post("sign").text


def test_the_widow_with_nothing_is_granted(window: Bench) -> None:
    words = served(window, OLD)
    assert "准予，每月 100 元" in words or "准予，每月 200 元" in words
    assert "两人核验，两问答对" in words
    done = window.clerk.sitting.shown  # type: ignore[union-attr]
    assert done is not None and done.own.credential and done.clerk.documents_carried == 0
    assert f"{done.clerk.documents_replaced} → 0" in words
    assert "密封给办理部门" in words and "只答本人" not in words  # the account, of which the clerk sees no figure


def test_the_result_is_sealed_to_the_key_that_the_authority_keeps_for_the_person(window: Bench) -> None:
    served(window, OLD)
    done = window.clerk.sitting.shown  # type: ignore[union-attr]
    assert done is not None and done.kept and done.own.credential is not None
    key = own_keys.find_holder(
        window.presences.authority.secrets, OLD, jwe.key_named(done.own.credential), date.today()
    )
    assert key is not None
    assert jwe.open_sealed(done.own.credential, key=key, typ="mz-credential").count(b"~")
    assert f"/my/cases/{done.own.case}" in text_of(window.get())


def test_the_plan_is_read_in_words_before_anybody_is_asked(window: Bench) -> None:
    window.sit_down()
    window.seen_with_nothing(OLD)
    before = len(window.hub.peers.asked("/answers"))
    words = text_of(window.post("item", item=ITEM))
    assert "要问这些，念给本人听" in words and "已告知，本人要办，签署" in words
    assert text_of(window.get("/window/screen")).count("？") >= 4
    assert len(window.hub.peers.asked("/answers")) == before


def test_a_plan_that_is_not_wanted_asks_nobody(window: Bench) -> None:
    window.sit_down()
    window.seen_with_nothing(OLD)
    window.post("item", item=ITEM)
    before = len(window.hub.peers.asked("/answers"))
    assert "办什么事" in text_of(window.post("back"))
    assert len(window.hub.peers.asked("/answers")) == before


def test_a_wrong_answer_opens_nothing_and_says_not_which(window: Bench) -> None:
    window.sit_down()
    window.presences.person(OLD)
    window.post("person", number=OLD, how="window")
    words = text_of(window.post("person/answers", **{"answer-1": "1900", "answer-2": "1900"}))
    assert "核验没有通过。哪一处不对不会说" in words
    assert window.clerk.sitting is not None and window.clerk.sitting.person is None


def test_a_number_that_nobody_has_is_asked_the_same_way(window: Bench) -> None:
    window.sit_down()
    words = text_of(window.post("person", number="331082194907150024", how="window"))
    assert "公安问两道题" in words


def test_a_number_typed_with_full_width_digits_is_the_same_number(window: Bench) -> None:
    window.sit_down()
    wide = "331082194907150024".translate({ord("0") + n: ord("０") + n for n in range(10)})
    assert "公安问两道题" in text_of(window.post("person", number=wide, how="window"))


def test_what_is_no_number_is_named_before_anything_leaves(window: Bench) -> None:
    window.sit_down()
    before = len(window.wire.seen)
    assert "这不是一个公民身份号码" in text_of(window.post("person", number="331082194907150025", how="window"))
    assert not any(b"/presences" in one for one in window.wire.seen[before:])


def test_a_card_is_read_without_any_number_in_this_program(window: Bench) -> None:
    window.put_card(OLD)
    window.sit_down()
    assert "读取证件芯片" in text_of(window.post("person/card"))
    assert window.clerk.sitting is not None and window.clerk.sitting.number == ""
    window.post("item", item=ITEM)
    assert "准予" in text_of(window.post("sign"))


def test_an_empty_reader_says_so(window: Bench) -> None:
    window.sit_down()
    assert "读卡器没有读到卡" in text_of(window.post("person/card"))


@pytest.mark.parametrize(("path", "headers"), [("/window/screen", {}), ("/window", {"hx-request": "true"})])
def test_a_page_that_asks_by_itself_takes_no_word_from_the_clerks(
    window: Bench, path: str, headers: dict[str, str]
) -> None:
    window.sit_down()
    window.clerk.said = Said(code="no-card")
    assert 'data-testid="said"' not in window.get(path, headers=headers).text
    opened = window.get().text
    assert 'data-testid="said"' in opened
    again = window.get(headers={"hx-request": "true"}).text
    assert 'data-testid="said"' in again and 'data-testid="said"' not in window.get().text


def test_a_face_is_compared_by_the_authority(window: Bench) -> None:
    number = window.presences.person(OLD)
    image = bytes(range(100))
    window.camera.write_bytes(image)
    window.presences.face(number, "t-old", urlsafe_b64encode(image).decode().rstrip("="))
    window.sit_down()
    assert "人脸比对通过" in text_of(window.post("person", number=number, how="face"))
    assert window.clerk.sitting is not None and window.clerk.sitting.seen is not None
    assert window.clerk.sitting.seen.level == 3


def test_a_second_item_needs_the_person_seen_anew_but_no_number_typed(window: Bench) -> None:
    served(window, OLD)
    words = text_of(window.post("item", item="family-aid"))
    assert "上一次核验只办一件" in words
    window.post("person", number="", how="window")
    assert window.clerk.sitting is not None and window.clerk.sitting.asked is not None
    window.post("person/answers", **window.right())
    assert window.clerk.sitting.person is not None


def test_a_refusal_is_only_proposed_and_the_person_may_accept_it(window: Bench) -> None:
    served_by_card(window, YOUNG)
    words = text_of(window.get())
    assert "机器拟不予，尚未决定" in words and "未满 80 周岁" in words.replace("未满80", "未满 80")
    words = text_of(window.post("step", step="accept-refusal"))
    assert window.clerk.sitting.shown.own.state is State.REFUSED  # type: ignore[union-attr]
    assert "不予" in words


def test_an_answer_that_is_wrong_is_contested_at_the_window(window: Bench) -> None:
    served_by_card(window, YOUNG)
    shown = window.clerk.sitting.shown  # type: ignore[union-attr]
    assert shown is not None
    wrong = next(one for one in shown.own.answers if one.value is False)
    window.post("contest", question=wrong.question, role=wrong.role)
    after = window.clerk.sitting.shown  # type: ignore[union-attr]
    assert after is not None and after.own.decision == "undecided"


def test_a_clerk_reads_that_a_condition_is_not_met_and_not_which(window: Bench) -> None:
    page = served_by_card(window, DRAWS, "clean-record")
    desk, _, paper = page.partition('class="paper"')
    reason = window.clerk.sitting.shown.own.reasons[0].zh  # type: ignore[union-attr]
    assert "一项条件未满足，由某部门告知本人" in desk and f"<span>{reason}</span>" not in desk
    assert f"<span>{reason}</span>" in paper and f"<span>{reason}</span>" in window.get("/window/screen").text


def paper(window: Bench, name: str) -> PaperView:
    """A paper of the case that is shown."""
    assert window.clerk.sitting is not None and window.clerk.sitting.shown is not None
    return next(one for one in window.clerk.sitting.shown.papers if one.paper == name)


def test_printing_a_paper_delivers_nothing_and_it_waits_to_be_handed_over(window: Bench) -> None:
    assert "登记了才算送达" in served(window, OLD)
    assert window.get("/window/paper/grant").content.startswith(b"%PDF-")
    case = window.clerk.sitting.shown.own.case  # type: ignore[union-attr]
    waits = window.get("/window/desk/outgoing").text
    assert f'data-paper="grant" data-case="{case}"' in waits and "等本人来取" in waits


def test_a_paper_given_to_the_person_is_delivered_has_its_receipt_and_stands_on_their_sheet(window: Bench) -> None:
    served(window, OLD)
    case = window.clerk.sitting.shown.own.case  # type: ignore[union-attr]
    assert "已登记：当面交给本人" in text_of(window.post("paper/grant/handed"))
    given = paper(window, "grant")
    assert (given.state, given.way, given.delivered_on) == ("delivered", "window", window.clerk.today())
    assert window.get("/window/paper/receipt").content.startswith(b"%PDF-")
    sheet = window.get().text.partition('data-testid="paper-papers"')[2]
    assert "当面交给您" in sheet and f'data-case="{case}"' not in window.get("/window/desk/outgoing").text


def test_a_paper_handed_over_twice_keeps_its_first_day_and_the_page_says_so(window: Bench) -> None:
    served(window, OLD)
    window.post("paper/grant/handed")
    assert "早已送达：首次送达的那一天算数" in text_of(window.post("paper/grant/handed"))
    assert paper(window, "grant").state == "delivered"


def test_a_decision_says_from_when_it_counts(window: Bench) -> None:
    served(window, OLD)
    today = window.clerk.today()
    assert f"自 {today.year} 年 {today.month} 月 {today.day} 日起" in text_of(window.get())


def test_what_else_could_be_done_is_named_without_asking(window: Bench) -> None:
    library = window.hub.library
    unwritten, library.guide = library.guide, Guide(happenings=(EIGHTY,))
    served(window, OLD)
    before = len(window.hub.peers.sent)
    assert "还可以一并办" in text_of(window.get())
    assert len(window.hub.peers.sent) == before
    library.guide = unwritten


def test_a_window_names_what_happens_to_people_and_nothing_of_firms(window: Bench) -> None:
    library = window.hub.library
    firm = msgspec.structs.replace(EIGHTY, id="firm-closes", firms=True)
    unwritten, library.guide = library.guide, Guide(happenings=(EIGHTY, firm))
    window.sit_down()
    window.seen_with_nothing(OLD)
    page = window.get().text
    library.guide = unwritten
    assert f"happening={EIGHTY.id}" in page and "firm-closes" not in page


def test_a_sitting_that_ends_leaves_nothing_of_its_person(window: Bench) -> None:
    served(window, OLD)
    assert window.clerk.sitting is not None
    name = window.clerk.sitting.seen.display  # type: ignore[union-attr]
    window.post("leave")
    assert window.clerk.sitting is None
    for path in ("/window", "/window/screen", "/window/shift", "/window/stuck"):
        assert name not in window.get(path).text


def test_a_sitting_that_is_put_aside_goes_on_where_it_was(window: Bench) -> None:
    window.sit_down()
    window.seen_with_nothing(OLD)
    ticket = window.clerk.sitting.ticket  # type: ignore[union-attr]
    window.post("pause")
    assert window.clerk.sitting is None
    window.sit_down()
    window.post("resume", ticket=ticket.ticket)  # type: ignore[union-attr]
    assert window.clerk.sitting is not None and window.clerk.sitting.seen is not None
    for one in [*window.clerk.resting]:
        window.post("leave")
        window.post("resume", ticket=one)


def test_a_handed_over_number_takes_nothing_of_the_person_along(window: Bench) -> None:
    window.sit_down()
    window.seen_with_nothing(OLD)
    window.post("hand-over", to="5", why="avoidance")
    assert window.clerk.sitting is None


def test_what_cannot_be_done_goes_to_its_own_window(window: Bench) -> None:
    window.sit_down()
    number = window.clerk.sitting.ticket.number  # type: ignore[union-attr]
    assert "办不成事" in text_of(window.get("/window/stuck"))
    assert f"{number} → stuck" in text_of(window.post("stuck"))


def test_a_shift_lists_items_results_and_times(window: Bench) -> None:
    served(window, OLD)
    case = window.clerk.sitting.shown.own.case  # type: ignore[union-attr]
    words = text_of(window.get("/window/shift"))
    assert case in words and "高龄津贴" in words and "已办结" in words


def test_the_average_of_a_shift_is_that_of_its_decided_cases_up_to_the_decision(window: Bench) -> None:
    served(window, OLD)
    done = next(one for one in window.clerk.shift if one.decided)

    def taken(seconds: int, decision: str, state: State) -> ShiftLine:
        return msgspec.structs.replace(done, case=f"c-{seconds}", seconds=seconds, decision=decision, state=state.value)

    window.clerk.shift = [
        taken(60, "granted", State.DELIVERED),
        taken(91, "refused", State.REFUSED),
        taken(6000, "undecided", State.WAITING_PERSON),
        taken(7000, "refused", State.PROPOSED),
    ]
    assert "本班平均 01:15" in text_of(window.get())  # and nothing of how long the sitting goes on after it
    window.post("leave")
    assert re.search("01:15 本班平均", text_of(window.get()))
    window.clerk.shift = window.clerk.shift[2:]
    assert "本班平均" not in text_of(window.get())


@pytest.mark.parametrize("path", ["/window", "/window/screen", "/window/shift", "/window/stuck", "/window/desk"])
def test_every_page_is_complete_in_english(window: Bench, path: str) -> None:
    served(window, OLD)
    page = window.get(path, headers={"accept-language": "en"}).text
    assert 'lang="en"' in page
    assert not [one for one in text_of_english(page) if "\u4e00" <= one <= "\u9fff"]


def text_of_english(page: str) -> str:
    """What an English reader sees of the page's own words: texts of law and packs' lists are in Chinese."""
    page = re.sub(r'<[^>]*lang="zh-CN"[^>]*>.*?</\w+>|<(title|i)\b[^>]*>.*?</\1>', "", page, flags=re.S)
    page = re.sub(
        r'<p class="soft">By：.*?</p>|<small>.*?</small>|<ul class="asked".*?</ul>|<p class="who".*?</p>|<dd>.*?</dd>',
        "",
        page,
        flags=re.S,
    )
    return re.sub(r"<[^>]+>", " ", page)


def test_whoever_holds_a_phone_signs_on_it_and_the_window_sees_the_result(window: Bench) -> None:
    with window.resident(OLD) as phone:
        window.sit_down()
        assert "本人手机" in text_of(window.post("person/code", code=phone.code()))
        assert "请本人在自己的手机上核对并签字" in text_of(window.post("item", item=ITEM))
        assert window.clerk.sitting is not None and window.clerk.sitting.opened is not None
        assert window.clerk.sitting.number == ""
        opened = window.clerk.sitting.opened
        assert "请本人在自己的手机上核对并签字" in text_of(window.get())
        phone.sign(opened)
    assert "准予" in text_of(window.get())


def test_a_code_that_opens_nothing_says_so(window: Bench) -> None:
    window.sit_down()
    assert "这个码不对，或已过期" in text_of(window.post("person/code", code="1234 5678"))


def test_a_legal_document_is_printed_as_its_department_sealed_it(window: Bench) -> None:
    served(window, OLD)
    shown = window.clerk.sitting.shown  # type: ignore[union-attr]
    assert shown is not None and shown.papers
    answer = window.get(f"/window/paper/{shown.papers[0].paper}")
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF-")
    assert answer.headers["content-type"].startswith("application/pdf")
    assert window.get("/window/paper/another").status_code == 400

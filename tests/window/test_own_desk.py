"""The clerk's own desk: taken first, then seen; who stands back learns nothing; a correction is told once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from mianzheng.exchange.peers import Letter, Refusal, Reply
from mianzheng.model.case import State
from mianzheng.store.cases import counts_of
from tests.cases.hub_world import hub_world, run
from tests.cases.procedure_world import published
from tests.gateway.world import OLD
from tests.window.test_sitting import text_of_english
from tests.window.window_world import Bench, bench, text_of

ITEM = "visited-allowance"
PAID = "paid-allowance"
ALLOWANCE = "old-age-allowance"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    async def publish() -> None:
        async with hub_world() as here:
            for item in (ITEM, PAID):
                await published(here, item)

    run(publish())
    with bench(tmp_path_factory.mktemp("own-desk")) as made:
        yield made


def waiting(window: Bench, item: str = ITEM, state: State = State.WAITING_PERSON) -> str:
    """Open a case that waits for a person, at this very window; return its number."""
    window.put_card(OLD)
    window.sit_down()
    window.post("person/card")
    window.post("item", item=item)
    window.post("sign")
    shown = window.clerk.sitting.shown  # type: ignore[union-attr]
    assert shown is not None and shown.own.state is state
    window.post("leave")
    return shown.own.case


def test_a_case_is_seen_only_once_it_is_taken(window: Bench) -> None:
    case = waiting(window)
    assert case in text_of(window.get("/window/desk"))
    assert case in text_of(window.get(f"/window/desk?q={case[:9]}"))
    assert case not in text_of(window.get("/window/desk?q=c234567"))
    assert "请先领办" in text_of(window.get(f"/window/desk/{case}"))
    words = text_of(window.post(f"desk/{case}/take"))
    assert "条件" in words and "符合" in words
    assert OLD not in words and "〇〇" not in words


def test_a_correction_is_told_once_and_completely(window: Bench) -> None:
    case = waiting(window)
    window.post(f"desk/{case}/take")
    words = text_of(window.post(f"desk/{case}/correct", what="乡镇填错了\n电话缺一位", within="5"))
    assert "待补正" in words and "一次性告知" not in words
    assert "乡镇填错了" in words and "电话缺一位" in words


def test_a_paper_that_a_correction_asks_for_is_told_and_counted(window: Bench) -> None:
    case = waiting(window)
    window.post(f"desk/{case}/take")
    assert "要本人带来的材料" in text_of(window.get(f"/window/desk/{case}"))
    words = text_of(window.post(f"desk/{case}/correct", what="", papers="租房合同\n \n", within="5"))
    assert "待补正" in words and "租房合同" in words
    run(one_is_carried(case))


async def one_is_carried(case: str) -> None:
    async with hub_world() as here, here.hub.store.connection() as connection:
        assert (await counts_of(connection, case, b"")).documents == 1


def test_a_correction_that_says_nothing_is_not_sent(window: Bench) -> None:
    case = waiting(window)
    window.post(f"desk/{case}/take")
    window.post(f"desk/{case}/correct", what=" \n ", within="5")
    assert "一次性告知" in text_of(window.get(f"/window/desk/{case}"))


def test_by_the_cashiers_receipt_what_was_granted_is_delivered(window: Bench) -> None:
    case = waiting(window, PAID, State.FEE_DUE)
    window.post(f"desk/{case}/take")
    assert "收据的金额" in text_of(window.post(f"desk/{case}/pay", amount="1", receipt="号1"))
    assert "录入收据" in text_of(window.get(f"/window/desk/{case}"))
    words = text_of(window.post(f"desk/{case}/pay", amount="100", receipt="号1"))
    assert "录入收据" not in words and "待缴费" not in words


def posted_by(window: Bench, way: str) -> str:
    """A case that a card brought, whose person wants the decision on paper; return its number."""
    window.put_card(OLD)
    window.sit_down()
    window.post("person/card")
    window.post("item", item=ALLOWANCE)
    window.post("sign")
    case = window.clerk.sitting.shown.own.case  # type: ignore[union-attr]
    window.post("leave")
    with window.resident(OLD) as phone:
        assert phone.person.post(f"/cases/{case}/papers/grant/way", {"way": way}).status_code == 200
    return str(case)


def state(page: str, paper: str = "grant") -> str:
    """How a paper of a case stands, as its page says it."""
    found = re.search(rf'data-paper="{paper}" data-state="(\w+)"', page)
    return "" if found is None else found[1]


def test_a_paper_is_posted_under_a_number_and_delivered_when_it_arrived(window: Bench) -> None:
    case = posted_by(window, "post")
    assert "等寄出" in text_of(window.get("/window/desk/outgoing"))
    assert state(window.post(f"desk/{case}/take").text) == "made"
    at = f"desk/{case}/papers/grant"
    assert window.get(f"/window/{at}").content.startswith(b"%PDF-")
    assert "请写邮件号" in text_of(window.post(f"{at}/posted", tracking=" "))
    assert "先登记邮件号，再登记妥投" in text_of(window.post(f"{at}/arrived", on=""))
    page = window.post(f"{at}/posted", tracking="XA1234567890", on="")
    assert state(page.text) == "sent" and "邮件号 XA1234567890" in text_of(page)
    assert "这一天不对" in text_of(window.post(f"{at}/arrived", on="2020-01-01"))
    page = window.post(f"{at}/arrived", on=window.clerk.today().isoformat())
    assert (state(page.text), state(page.text, "receipt")) == ("delivered", "due")
    assert "已登记妥投" in text_of(page) and case not in window.get("/window/desk/outgoing").text


def test_whoever_comes_for_a_paper_is_given_it_at_the_desk(window: Bench) -> None:
    case = posted_by(window, "window")
    window.post(f"desk/{case}/take")
    page = window.post(f"desk/{case}/papers/grant/handed")
    assert state(page.text) == "delivered" and "已登记：当面交给本人" in text_of(page)
    again = window.post(f"desk/{case}/papers/grant/handed")
    assert "早已送达" in text_of(again) and state(again.text) == "delivered"


def test_a_paper_of_a_case_that_was_not_taken_is_not_printed(window: Bench) -> None:
    case = posted_by(window, "window")
    assert "请先领办" in text_of(window.get(f"/window/desk/{case}/papers/grant"))


@pytest.mark.parametrize("path", ["/window/desk/outgoing", "/window/desk/{case}"])
def test_the_pages_of_papers_are_complete_in_english(window: Bench, path: str) -> None:
    case = posted_by(window, "post")
    window.post(f"desk/{case}/take")
    window.post(f"desk/{case}/papers/grant/posted", tracking="XA1", on="")
    page = window.get(path.replace("{case}", case), headers={"accept-language": "en"}).text
    assert not [one for one in text_of_english(page) if "\u4e00" <= one <= "\u9fff"]


def test_who_must_stand_back_learns_only_that_another_handles_it(window: Bench) -> None:
    case = waiting(window)
    honest = window.hub.peers.instead

    def refused(letter: Letter) -> Reply | None:
        if letter.path == "/avoidance":
            return Refusal(code="another-handler", detail="another handles it", status=403)
        found: Reply | None = honest(letter)
        return found

    window.hub.peers.instead = refused
    words = text_of(window.post(f"desk/{case}/take"))
    window.hub.peers.instead = honest
    assert "这件事须由其他人办理" in words and "符合" not in words
    assert "请先领办" in text_of(window.get(f"/window/desk/{case}"))


def test_a_case_that_a_person_must_decide_can_be_reported_as_not_to_be_done(window: Bench) -> None:
    window.put_card(OLD)
    window.sit_down()
    window.post("person/card")
    window.post("item", item=ITEM)
    window.post("sign")
    assert "按本人的意思上报" in text_of(window.get("/window/stuck"))
    window.post("stuck")
    assert window.clerk.sitting.shown.own.state is State.ESCALATED  # type: ignore[union-attr]
    window.post("leave")

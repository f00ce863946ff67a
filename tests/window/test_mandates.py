"""委托 at the window: granted beside a presence, by telephone, on paper that comes back; ended. Nothing of it stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from mianzheng.authority import mandate_parties, mandate_rows, own_keys
from mianzheng.authority.mandate_rows import Row
from mianzheng.credentials.keys import thumbprint
from mianzheng.window.granting import MANDATE, PAPER
from tests.gateway.world import HUSBAND, NAMES, OLD, WIFE
from tests.window.window_world import ITEM, Bench, bench, text_of

TERMS = {
    "agent": HUSBAND,
    "agent_name": NAMES[HUSBAND],
    "items": ITEM,
    "purpose": "代办高龄津贴",
    "uses": "2",
    "until": "",
}
PHONE = "13600000009"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("mandates")) as made:
        made.enrolled(HUSBAND)
        _end_what_stands(made)  # the authority is that of other files too
        yield made


@pytest.fixture(autouse=True)
def _nobody(window: Bench) -> Iterator[None]:
    yield
    _end_what_stands(window)


def _end_what_stands(window: Bench) -> None:
    while stands(window):  # a clerk signs three of one agent and no fourth
        end_all(window)
    window.post("leave")


def granted(window: Bench, number: str = OLD) -> list[Row]:
    """What a person has granted, oldest first, as the authority holds it."""
    authority = window.presences.authority
    reader = authority.journal.reader()
    page = mandate_parties.page_of(reader, authority.secrets, number, "granted", limit=50)
    rows = [mandate_rows.find(reader, authority.secrets, named) for _, named in reversed(page)]
    return [row for row in rows if row is not None]


def stands(window: Bench) -> list[Row]:
    return [row for row in granted(window) if not row.ended_by]


def end_all(window: Bench) -> str:
    """See the widow anew and end all that she granted."""
    window.post("leave")
    window.sit_down()
    window.post("mandate/begin")
    window.seen_with_nothing(OLD)
    return text_of(window.post("mandate/end", all="1"))


def code(window: Bench) -> str:
    """What the QR on the screen holds."""
    found = re.search(r"mz-(?:paper|mandate):[A-Za-z0-9_-]+", text_of(window.get("/window/mandate")))
    assert found is not None
    return found[0]


def turned_to(window: Bench) -> None:
    """Have the widow seen, to grant a mandate."""
    window.sit_down()
    window.post("mandate/begin")
    window.seen_with_nothing(OLD)


def test_the_principal_hears_the_terms_and_grants_beside_the_clerk(window: Bench) -> None:
    turned_to(window)
    assert "委托人就在这里" in text_of(window.get("/window"))
    words = text_of(window.post("mandate/terms", **TERMS))
    assert f"您请 {NAMES[HUSBAND]} 代您办" in words and not stands(window)
    assert "您同意这样委托吗" in text_of(window.get("/window/screen"))
    assert "委托已作出" in text_of(window.post("mandate/sign"))
    (row,) = stands(window)
    assert (row.kept.granted.method, row.kept.granted.level, row.kept.terms.uses) == ("window", 2, 2)
    assert code(window) == MANDATE + row.mandate
    holder, secrets = row.kept.terms.holder, window.presences.authority.secrets
    assert holder is not None
    assert own_keys.find_holder(secrets, OLD, thumbprint(holder), datetime.now(UTC).date()) is not None


def test_one_presence_makes_one_mandate_and_no_case_after_it(window: Bench) -> None:
    turned_to(window)
    window.post("mandate/terms", **TERMS)
    window.post("mandate/sign")
    window.post("mandate/sign")
    assert len(stands(window)) == 1
    sitting = window.clerk.sitting
    assert sitting is not None and sitting.person is None


def test_what_is_not_right_stands_beside_its_field_and_what_was_typed_stays(window: Bench) -> None:
    turned_to(window)
    words = window.post("mandate/terms", **TERMS | {"uses": "0", "agent": OLD}).text
    assert "还差 2 项" in words and "这是委托人自己的号码" in words and f'value="{NAMES[HUSBAND]}"' in words
    assert not stands(window)


def test_items_are_found_by_words_and_what_was_typed_stays(window: Bench) -> None:
    turned_to(window)
    page = window.post("mandate/terms", **TERMS | {"look_for": "火星", "looked_for": "", "find": "1"}).text
    assert "没有找到“火星”" in page and f'value="{NAMES[HUSBAND]}"' in page and 'data-testid="faults"' not in page
    assert f'value="{TERMS["items"]}" checked' in page and not stands(window)
    assert "代您办" in text_of(window.post("mandate/terms", **TERMS | {"look_for": "火星", "looked_for": "火星"}))


def test_a_name_that_is_not_the_agents_makes_no_mandate_and_says_not_why(window: Bench) -> None:
    turned_to(window)
    window.post("mandate/terms", **TERMS | {"agent_name": "王五"})
    assert "公安没有作出" in text_of(window.post("mandate/sign"))
    assert not stands(window)


def test_by_telephone_the_authority_calls_the_number_on_record_back(window: Bench) -> None:
    window.presences.person(WIFE)
    window.presences.phone(WIFE, PHONE, (datetime.now(UTC) - timedelta(days=60)).date().isoformat())
    window.sit_down()
    window.post("mandate/begin")
    window.presences.devices.rang.clear()
    assert "公安回拨登记的电话" in text_of(window.post("person", number=WIFE, how="call"))
    assert window.presences.devices.rang.wait(5)
    assert "委托人在电话那头" in text_of(
        window.post("person/answers", **{"answer-1": window.presences.devices.said[PHONE]})
    )
    window.post("mandate/terms", **TERMS)
    window.post("mandate/sign")
    (row,) = granted(window, WIFE)
    assert (row.kept.granted.method, row.kept.granted.level) == ("call", 1)


def test_who_came_by_card_grants_on_their_own_phone(window: Bench) -> None:
    window.put_card(OLD)
    window.sit_down()
    window.post("person/card")
    window.post("mandate/begin")
    assert "请在自己手机的“委托”里授予" in text_of(window.get("/window/mandate"))
    assert "先核验委托人是本人" in text_of(window.post("mandate/terms", **TERMS))
    window.slot.unlink()


def test_a_paper_goes_out_is_signed_by_hand_and_comes_back_with_the_principals_code(window: Bench) -> None:
    window.presences.person(OLD)
    window.sit_down()
    window.post("mandate/begin")
    told = len(window.presences.notices(OLD))
    paper = {"way": "paper", "principal": OLD, "principal_name": NAMES[OLD], **TERMS}
    assert "委托书已出" in text_of(window.post("mandate/terms", **paper))
    assert window.get("/window/mandate/paper").content.startswith(b"%PDF-")
    named = code(window)
    assert named.startswith(PAPER) and not stands(window)
    (words,) = window.presences.notices(OLD)[told:]
    digits = re.search(r"[0-9]{8}", words)
    assert digits is not None
    window.post("leave")
    assert "公安没有作出" in text_of(window.post("mandate/return", paper=named, code="00000000"))
    assert "委托书已收回登记" in text_of(window.post("mandate/return", paper=named, code=digits[0]))
    (row,) = stands(window)
    assert row.kept.granted.method == "paper" and row.kept.terms.holder is not None


def test_a_code_that_is_not_whole_is_named_before_anything_leaves(window: Bench) -> None:
    before = len(window.wire.seen)
    assert "码不完整" in text_of(window.post("mandate/return", paper="mz-paper:x", code="1"))
    assert not any(b"/mandates" in one for one in window.wire.seen[before:])


def test_a_mandate_is_ended_by_its_code_and_others_stand(window: Bench) -> None:
    for _ in range(2):
        turned_to(window)
        window.post("mandate/terms", **TERMS)
        window.post("mandate/sign")
        named = code(window)
        window.post("leave")
    both = {MANDATE + row.mandate for row in stands(window)}
    window.sit_down()
    window.post("mandate/begin")
    window.seen_with_nothing(OLD)
    assert "这一份委托已撤销" in text_of(window.post("mandate/end", code=named))
    assert named in both
    assert {MANDATE + row.mandate for row in stands(window)} == both - {named}


def test_who_has_no_sheet_ends_all_that_they_granted(window: Bench) -> None:
    turned_to(window)
    window.post("mandate/terms", **TERMS)
    window.post("mandate/sign")
    assert "已全部撤销" in end_all(window)
    assert not stands(window)


def test_a_sitting_that_ends_leaves_no_name_of_either(window: Bench) -> None:
    turned_to(window)
    window.post("mandate/terms", **TERMS)
    window.post("leave")
    pages = [window.get(path).text for path in ("/window", "/window/mandate", "/window/screen", "/window/shift")]
    assert not any(word in page for page in pages for word in (HUSBAND, NAMES[HUSBAND], OLD))

"""Presence at a window: two staff, two questions that only the person can answer, pass or fail only."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from litestar import Litestar, Response
from litestar.testing import TestClient

from mianzheng.authority.presences import Presence, find
from mianzheng.authority.refusals import (
    BadSealedRequest,
    NonceUsed,
    PresenceRefused,
    PresenceUnavailable,
    TooManyStarts,
    UnknownStaff,
)
from mianzheng.authority.routes import handlers
from mianzheng.authority.ticks import SEALED_SECONDS
from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.errors import MianzhengError
from mianzheng.model.presence import SealedReply
from tests.authority.presence_world import AUTHORITY, DEAD, HELD, STRANGER, Clerk, Window, answers_to
from tests.gateway.world import World


@pytest.fixture(scope="module")
def window(world: World, tmp_path_factory: pytest.TempPathFactory) -> Window:
    return Window(world, tmp_path_factory.mktemp("window"))


def test_who_brings_nothing_passes_with_two_staff_and_two_right_answers(window: Window) -> None:
    word = window.passed(window.person())
    assert (word.method, word.level, word.audience, word.display) == ("window", 2, "hub", "孙〇〇")
    assert word.presence
    assert word.sealed_number == ""


def test_two_presences_of_a_person_give_the_hub_one_id(window: Window) -> None:
    number = window.person()
    assert window.passed(number).pairwise == window.passed(number).pairwise


def test_a_wrong_answer_fails_and_which_one_is_not_said(window: Window) -> None:
    for wrong in (0, 1):
        asked = window.asked(window.person())
        answers = list(answers_to(asked))
        answers[wrong] = "1900"
        with pytest.raises(PresenceRefused) as refused:
            window.answer(asked.presence, tuple(answers))
        assert str(refused.value) == str(PresenceRefused())


@pytest.mark.parametrize("answers", [(), ("2019",), ("", ""), ("2019", "1998", "x")])
def test_too_few_empty_or_too_many_answers_fail(window: Window, answers: tuple[str, ...]) -> None:
    asked = window.asked(window.person())
    with pytest.raises(PresenceRefused):
        window.answer(asked.presence, answers)


def test_a_presence_is_answered_once(window: Window) -> None:
    asked = window.asked(window.person())
    with pytest.raises(PresenceRefused):
        window.answer(asked.presence, ("1900", "1900"))
    with pytest.raises(PresenceRefused):
        window.answer(asked.presence, answers_to(asked))


def test_the_same_two_questions_are_asked_again(window: Window) -> None:
    for number in (window.person(), STRANGER):
        assert window.asked(number).questions == window.asked(number).questions


def test_the_two_questions_come_from_two_registers(window: Window) -> None:
    for _ in range(8):
        words = [question.zh for question in window.asked(window.person()).questions]
        assert len(words) == 2
        assert not all("家人" in word or "立户" in word for word in words)


def test_a_number_that_nobody_has_is_asked_the_same_way_and_never_passes(window: Window) -> None:
    reply = PrivateKey.generate()
    known, unknown = (window.begin(number, reply=reply) for number in (window.person(), STRANGER))
    assert {type(msgspec.json.decode(one, type=SealedReply)) for one in (known, unknown)} == {SealedReply}
    theirs = window.read(unknown, reply)
    assert len(theirs.questions) == len(window.read(known, reply).questions) == 2
    with pytest.raises(PresenceRefused) as refused:
        window.answer(theirs.presence, ("2019", "1998"))
    assert str(refused.value) == str(PresenceRefused())


def test_numbers_that_nobody_has_are_asked_as_varied_questions_as_people_are(window: Window) -> None:
    strangers = [f"33108219700101{1000 + i}" for i in range(40)]
    asked = {question.zh for number in strangers for question in window.asked(number).questions}
    people = {question.zh for _ in range(20) for question in window.asked(window.person()).questions}
    assert people <= asked
    assert len(asked) >= 5


def test_the_same_registers_are_asked_for_a_number_that_nobody_has(window: Window) -> None:
    seen = []
    for number in (window.person(), STRANGER):
        window.registers.asked.clear()
        window.asked(number)
        seen.append(list(window.registers.asked))
    assert seen[0] == seen[1]


def test_who_holds_too_little_is_asked_and_cannot_pass(window: Window) -> None:
    number = window.person(held={"id_card.issued_on": ("2019-03-14",), "hukou.status": ("正常",)})
    asked = window.asked(number)
    assert len(asked.questions) == 2
    with pytest.raises(PresenceRefused):
        window.answer(asked.presence, ("2019", "2019"))


def test_nobody_stands_for_one_who_died(window: Window) -> None:
    asked = window.asked(window.person(DEAD, held={**HELD, "hukou.status": ("死亡注销",)}))
    with pytest.raises(PresenceRefused):
        window.answer(asked.presence, ("2019", "1998"))


def test_registers_that_do_not_answer_are_down_for_any_number(window: Window) -> None:
    window.registers.down = {"hukou", "household", "vehicle", "residence_permit"}
    try:
        for number in (window.person(), STRANGER):
            with pytest.raises(PresenceUnavailable):
                window.begin(number)
    finally:
        window.registers.down = set()


# -- staff


def clerk_twice(window: Window) -> dict[str, Any]:
    return {"second": window.clerk}


WRONG_STAFF: dict[str, Any] = {
    "one person stands for both": clerk_twice,
    "an officer is no clerk": lambda w: {"by": w.staff("officer", "civil-affairs")},
    "a steward is no witness": lambda w: {"second": w.staff("steward", "civil-affairs")},
    "a witness opens none": lambda w: {"by": w.staff("witness", "civil-affairs")},
    "another department certified": lambda w: {"by": w.staff("clerk", "civil-affairs", by="human-resources")},
    "the hub certified": lambda w: {"by": w.staff("clerk", "civil-affairs", by="hub")},
    "no certificate": lambda w: {"by": Clerk(w.clerk.key, "")},
    "another's certificate": lambda w: {"by": Clerk(PrivateKey.generate(), w.clerk.certificate)},
    "signed for another person": lambda w: {"signed_for": STRANGER},
    "signed long ago": lambda w: {"signed_at": int(w.world.now()) - 3600},
}


@pytest.mark.parametrize("how", WRONG_STAFF)
def test_only_a_certified_clerk_beside_a_second_opens_one(window: Window, how: str) -> None:
    with pytest.raises(UnknownStaff):
        window.begin(window.person(), **WRONG_STAFF[how](window))


def test_a_second_clerk_may_stand_in_for_the_witness(window: Window) -> None:
    assert window.passed(window.person(), second=window.staff("clerk", "human-resources")).level == 2


def test_a_clerk_alone_opens_no_window(window: Window) -> None:
    with pytest.raises(BadSealedRequest):
        window.begin(window.person(), second=None)


def test_another_clerk_cannot_answer_a_presence(window: Window) -> None:
    asked = window.asked(window.person())
    with pytest.raises(PresenceRefused):
        window.answer(asked.presence, answers_to(asked), by=window.staff("clerk", "civil-affairs"))
    assert window.answer(asked.presence, answers_to(asked)).level == 2


def test_answers_that_the_clerk_did_not_sign_are_not_taken(window: Window) -> None:
    asked = window.asked(window.person())
    with pytest.raises(UnknownStaff):
        window.answer(asked.presence, answers_to(asked), signed_for=("1", "2"))


def test_a_start_or_an_answer_is_not_replayed(window: Window) -> None:
    number, nonce = window.person(), secrets.token_urlsafe(12)
    window.begin(number, nonce=nonce)
    with pytest.raises(NonceUsed):
        window.begin(number, nonce=nonce)
    asked = window.asked(number)
    with pytest.raises(PresenceRefused):
        window.answer(asked.presence, ("1", "2"), nonce="n" + nonce)
    with pytest.raises(NonceUsed):
        window.answer(asked.presence, ("1", "2"), nonce="n" + nonce)


def test_a_presence_is_for_a_hub_and_for_the_one_it_was_begun_for(window: Window) -> None:
    with pytest.raises(BadSealedRequest):
        window.begin(window.person(), audience="civil-affairs")
    asked = window.asked(window.person())
    with pytest.raises(PresenceRefused):
        window.answer(asked.presence, answers_to(asked), audience="other-hub")


def test_a_clerk_begins_no_more_in_a_day_than_anyone_can_serve(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mianzheng.authority.presence.MOST_STARTS", 2)
    clerk = window.staff("clerk", "civil-affairs")
    for _ in range(2):
        window.begin(window.person(), by=clerk)
    with pytest.raises(TooManyStarts):
        window.begin(STRANGER, by=clerk)


# -- locks, time, restart


def test_three_failures_lock_and_right_answers_then_fail_as_wrong_ones_do(window: Window) -> None:
    number = window.person()
    for _ in range(3):
        window.fail(number)
    asked = window.asked(number)
    with pytest.raises(PresenceRefused):
        window.answer(asked.presence, answers_to(asked))
    assert window.kinds(number).count("presence-failed") == 4
    assert window.kinds(number).count("presence-locked") == 1
    assert "presence-locked" in window.kinds(number)
    assert any("锁定" in words for words in window.notices(number))


def test_a_lock_survives_a_restart_and_ends_after_thirty_days(window: Window) -> None:
    number = window.person()
    for _ in range(3):
        window.fail(number)
    window.authority = window.open_authority()
    with pytest.raises(PresenceRefused):
        window.passed(number)
    window.world.ahead += 31 * 86_400
    try:
        assert window.passed(number).level == 2
    finally:
        window.world.ahead = 0


def test_trying_while_locked_makes_no_lock_longer(window: Window) -> None:
    number = window.person()
    for _ in range(3):
        window.fail(number)
    window.world.ahead = 20 * 86_400
    try:
        window.fail(number)
        window.world.ahead = 31 * 86_400
        assert window.passed(number).level == 2
    finally:
        window.world.ahead = 0


def test_two_failures_lock_nobody(window: Window) -> None:
    number = window.person()
    window.fail(number)
    window.fail(number)
    assert window.passed(number).level == 2


def test_a_presence_waits_ten_minutes_for_its_answers(window: Window) -> None:
    number = window.person()
    asked = window.asked(number)
    window.world.ahead = 700
    try:
        with pytest.raises(PresenceRefused):
            window.answer(asked.presence, answers_to(asked))
    finally:
        window.world.ahead = 0


def test_the_person_is_told_of_what_passed_and_of_what_failed_and_by_whom(window: Window) -> None:
    number = window.person()
    window.fail(number)
    window.passed(number)
    assert [("未通过" in words, "通过" in words) for words in window.notices(number)] == [(True, True), (False, True)]
    assert window.kinds(number) == ["presence-open", "presence-failed", "presence-open", "presence-passed"]
    roles = {line.role for line in window.world.gateways[AUTHORITY].log.mine(number)}
    assert all("civil-affairs-clerk" in role and "civil-affairs-witness" in role for role in roles)


def test_who_has_a_telephone_on_record_is_told_by_it_and_a_letter_waits_for_the_others(window: Window) -> None:
    number, other = window.person(), window.person()
    window.phone(number, "13900000055", "2020-01-01")
    window.devices.told.clear()
    window.passed(number)
    assert window.devices.told.wait(5)
    assert [to for to, words in window.devices.messages if "通过" in words] == ["13900000055"]
    window.passed(other)
    assert window.sent(number) == [True]
    assert window.sent(other) == [False]


def test_no_number_and_no_answer_stand_in_the_state_file(window: Window) -> None:
    number = window.person()
    asked = window.asked(number)
    path = window.world.gateways[AUTHORITY].state.path
    data = b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))
    for secret in (number, "陈二宝", "孙阿婆"):
        assert secret.encode() not in data
    row = find(window.authority.journal.reader(), window.authority.secrets, asked.presence)
    assert row is not None
    assert isinstance(row.content, Presence)
    assert "1998" not in msgspec.json.encode(row.content.accepted).decode()


# -- the wire


@pytest.fixture(scope="module")
def client(window: Window) -> Iterator[TestClient[Any]]:
    async def serve(request: Any, work: Any) -> Response[bytes]:
        try:
            return Response(work(await request.body()), media_type="application/json")
        except MianzhengError as error:
            return Response(error.code.encode(), status_code=403)

    with TestClient(Litestar(route_handlers=handlers(window.authority, serve))) as made:
        yield made


def test_everything_about_a_presence_is_answered_on_a_tick(window: Window, client: TestClient[Any]) -> None:
    reply = PrivateKey.generate()
    for number in (window.person(), STRANGER):
        begun = time.monotonic()
        answered = client.post("/presences", json={"sealed": window.sealed_start(number, reply=reply)})
        assert time.monotonic() - begun >= SEALED_SECONDS - 0.01
        asked = window.read(answered.content, reply)
        begun = time.monotonic()
        refused = client.post("/presences/answers", json={"sealed": window.sealed_answers(asked.presence, ("1", "2"))})
        assert (refused.status_code, refused.content) == (403, b"presence-refused")
        assert time.monotonic() - begun >= SEALED_SECONDS - 0.01


@pytest.mark.parametrize("path", ["/presences", "/presences/answers"])
def test_what_is_not_sealed_to_this_authority_cannot_be_opened(client: TestClient[Any], path: str) -> None:
    for body in (b"[]", b'{"sealed": ""}', b'{"sealed": "a.b.c.d.e"}'):
        assert client.post(path, content=body).content == b"malformed-request"

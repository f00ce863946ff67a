"""P1 by a call back to a number held for thirty days; P3 by the face or by the chip of a card that still stands."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from datetime import date, timedelta

import pytest

from mianzheng.authority.reader import Reader
from mianzheng.authority.refusals import BadSealedRequest, NotNamed, PresenceRefused, PresenceUnavailable
from mianzheng.authority.sign_ins import sign_in
from mianzheng.credentials import jws
from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.identity import SignIn
from mianzheng.model.presence import FaceScore
from tests.authority.presence_world import AUTHORITY, HELD, STRANGER, Window
from tests.gateway.world import ORIGIN, RP_ID, World

PHONE = "13900000002"
FACE = urlsafe_b64encode(b"a face" * 20).decode()


@pytest.fixture(scope="module")
def window(world: World, tmp_path_factory: pytest.TempPathFactory) -> Window:
    return Window(world, tmp_path_factory.mktemp("window-devices"))


def held(days: int) -> str:
    return (date.today() - timedelta(days=days)).isoformat()


def with_phone(window: Window, phone: str, *, days: int = 400) -> str:
    number = window.person()
    window.phone(number, phone, held(days))
    return number


def called(window: Window, number: str, phone: str) -> tuple[str, str]:
    window.devices.rang.clear()
    presence = window.asked(number, method="call").presence
    assert window.devices.rang.wait(5)
    return presence, window.devices.said[phone]


def not_called(window: Window, number: str) -> str:
    window.devices.rang.clear()
    presence = window.asked(number, method="call").presence
    assert not window.devices.rang.wait(0.1)
    return presence


# -- calls


def test_a_code_heard_on_the_telephone_on_record_is_presence_one(window: Window) -> None:
    presence, code = called(window, with_phone(window, PHONE), PHONE)
    word = window.answer(presence, (f" {code[:3]} {code[3:]} ",))
    assert (word.method, word.level) == ("call", 1)


def test_a_code_is_used_once(window: Window) -> None:
    presence, code = called(window, with_phone(window, "13900000003"), "13900000003")
    window.answer(presence, (code,))
    with pytest.raises(PresenceRefused):
        window.answer(presence, (code,))


def test_a_code_may_be_typed_three_times_and_no_fourth(window: Window) -> None:
    presence, code = called(window, with_phone(window, "13900000004"), "13900000004")
    for _ in range(2):
        with pytest.raises(PresenceRefused):
            window.answer(presence, ("0000000",))
    assert window.answer(presence, (code,)).level == 1
    presence, code = called(window, with_phone(window, "13900000005"), "13900000005")
    for _ in range(3):
        with pytest.raises(PresenceRefused):
            window.answer(presence, ("0000000",))
    with pytest.raises(PresenceRefused):
        window.answer(presence, (code,))


def test_a_code_ends_after_ten_minutes(window: Window) -> None:
    presence, code = called(window, with_phone(window, "13900000006"), "13900000006")
    window.world.ahead = 700
    try:
        with pytest.raises(PresenceRefused):
            window.answer(presence, (code,))
    finally:
        window.world.ahead = 0


def test_a_telephone_held_for_less_than_thirty_days_is_not_called(window: Window) -> None:
    assert called(window, with_phone(window, "13900000007", days=31), "13900000007")
    not_called(window, with_phone(window, "13900000008", days=20))


def test_who_has_no_telephone_and_who_does_not_exist_are_asked_alike_and_not_called(window: Window) -> None:
    for number in (window.person(), STRANGER):
        assert len(window.asked(number, method="call").questions) == 1
        presence = not_called(window, number)
        with pytest.raises(PresenceRefused):
            window.answer(presence, ("123456",))


def test_a_telephone_rings_at_most_three_times_a_day(window: Window) -> None:
    number = with_phone(window, "13900000009")
    for _ in range(3):
        called(window, number, "13900000009")
    not_called(window, number)


def test_a_line_that_does_not_answer_holds_nothing_up(window: Window) -> None:
    window.devices.answers = lambda path, body: None
    try:
        assert window.asked(with_phone(window, "13900000010"), method="call").presence
    finally:
        window.devices.answers = window.devices.honest


def test_failed_calls_count_towards_the_lock(window: Window) -> None:
    number = with_phone(window, "13900000011")
    for _ in range(3):
        presence, code = called(window, number, "13900000011")
        for _ in range(3):
            with pytest.raises(PresenceRefused):
                window.answer(presence, ("0000000",))
    assert code
    with pytest.raises(PresenceRefused):
        window.passed(number)


# -- faces


def test_a_face_that_the_comparer_knows_is_presence_three(window: Window) -> None:
    number = window.person()
    window.face(number, "template-1", FACE)
    word = window.answer(window.asked(number, method="face", image=FACE).presence, ())
    assert (word.method, word.level) == ("face", 3)


def test_another_face_no_template_and_a_number_that_nobody_has_fail_alike(window: Window) -> None:
    known = window.person()
    window.face(known, "template-2", FACE)
    for number, image in ((known, FACE[:-4] + "AAAA"), (window.person(), FACE), (STRANGER, FACE)):
        asked = window.asked(number, method="face", image=image)
        assert asked.questions == ()
        with pytest.raises(PresenceRefused):
            window.answer(asked.presence, ())


def test_the_comparer_learns_no_number(window: Window) -> None:
    number, seen = window.person(), []
    window.face(number, "template-3", FACE)

    def watch(path: str, body: bytes) -> bytes | None:
        seen.append(body)
        return window.devices.honest(path, body)

    window.devices.answers = watch
    try:
        window.asked(number, method="face", image=FACE)
    finally:
        window.devices.answers = window.devices.honest
    assert seen
    assert all(number.encode() not in body for body in seen)


def test_a_comparer_that_is_away_forged_or_answers_another_question_is_no_comparer(window: Window) -> None:
    def forged(path: str, body: bytes) -> bytes:
        score = FaceScore(query="q", above=True, iat=int(window.world.now()))
        return jws.sign(score, key=PrivateKey.generate(), typ="mz-face-score").encode()

    def another(path: str, body: bytes) -> bytes:
        score = FaceScore(query="another", above=True, iat=int(window.world.now()))
        return jws.sign(score, key=window.world.key("comparer"), typ="mz-face-score").encode()

    number = window.person()
    for answers in (lambda path, body: None, lambda path, body: b"yes", forged, another):
        window.devices.answers = answers
        try:
            with pytest.raises(PresenceUnavailable):
                window.asked(number, method="face", image=FACE)
        finally:
            window.devices.answers = window.devices.honest


def test_an_image_goes_with_a_face_and_with_nothing_else(window: Window) -> None:
    number = window.person()
    for method, image in (("face", ""), ("window", FACE), ("call", FACE)):
        with pytest.raises(BadSealedRequest):
            window.asked(number, method=method, image=image)


# -- chips


def read(window: Window, number: str, *, issued_on: str = "") -> SignIn:
    reader = Reader("reader", window.world.key("reader"), origin=ORIGIN, rp_id=RP_ID)
    request = reader.sign_in(
        number, audience="hub", nonce=secrets.token_urlsafe(16), at=int(window.world.now()), issued_on=issued_on
    )
    token = sign_in(window.authority, window.seal(request, "mz-sign-in-request"))
    return jws.verify_as(token, typ="mz-sign-in", key=window.world.key(AUTHORITY).public, type=SignIn)


def test_the_card_of_one_without_a_key_is_presence_three(window: Window) -> None:
    word = read(window, window.person(), issued_on="2019-03-14")
    assert (word.method, word.level, word.presence) == ("chip", 3, "")


@pytest.mark.parametrize("status", ["挂失", "换领作废", "注销"])
def test_a_card_that_was_reported_lost_or_replaced_proves_nothing(window: Window, status: str) -> None:
    number = window.person(held={**HELD, "id_card.status": (status,)})
    with pytest.raises(NotNamed):
        read(window, number)


def test_a_stolen_card_proves_nothing_once_a_new_one_was_issued(window: Window) -> None:
    number = window.person(held={**HELD, "id_card.issued_on": ("2024-06-01",)})
    with pytest.raises(NotNamed):
        read(window, number, issued_on="2019-03-14")
    assert read(window, number, issued_on="2024-06-01").level == 3


def test_an_expired_card_is_still_its_owners(window: Window) -> None:
    assert read(window, window.person(held={**HELD, "id_card.status": ("过期",)})).level == 3


def test_no_card_is_taken_while_the_register_of_cards_does_not_answer(window: Window) -> None:
    window.registers.down = {"id_card"}
    try:
        with pytest.raises(NotNamed):
            read(window, window.person())
    finally:
        window.registers.down = set()


def test_the_card_of_one_who_died_proves_nothing(window: Window) -> None:
    with pytest.raises(NotNamed):
        read(window, window.person(held={**HELD, "hukou.status": ("死亡注销",)}))

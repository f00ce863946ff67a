"""What a presence opens: one case, within half an hour, by its own clerk's key; and what it does not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from mianzheng.authority.pairwise import pairwise_id
from mianzheng.authority.refusals import NoBundle
from mianzheng.credentials.assertion import make_assertion
from mianzheng.credentials.trust import TrustStore
from mianzheng.gateway.permission import verify_permission
from mianzheng.gateway.refusals import Refused
from mianzheng.gateway.steps import read_contests
from mianzheng.model.identity import SignIn
from mianzheng.model.presence import PRESENCE_SECONDS
from tests.authority.presence_world import AUTHORITY, Window, WindowCase
from tests.gateway.world import ORIGIN, RP_ID, Case, World, refusal

FORM = {"town": "331082001"}


@pytest.fixture(scope="module")
def window(world: World, tmp_path_factory: pytest.TempPathFactory) -> Window:
    return Window(world, tmp_path_factory.mktemp("window-cases"))


@pytest.fixture
def later(window: Window) -> Iterator[World]:
    yield window.world
    window.world.ahead = 0


@pytest.fixture
def word(window: Window) -> SignIn:
    return window.passed(window.person())


def opened(window: Window, word: SignIn, item: str = "old-age-allowance", **changes: Any) -> WindowCase:
    number = next(n for n in window.registers.rows if window_id(window, n) == word.pairwise)
    return WindowCase(window, number, word, item=item, **changes)


def window_id(window: Window, number: str) -> str:
    return pairwise_id(window.authority.secrets, "hub", number)


def not_named(window: Window, word: SignIn, **changes: Any) -> None:
    with pytest.raises(NoBundle) as refused:
        opened(window, word, **changes)
    assert str(refused.value) == str(NoBundle())


def test_the_clerks_key_stands_for_the_person_beside_the_presence(window: Window, word: SignIn) -> None:
    case = opened(window, word)
    assert (case.bundle.presence.method, case.bundle.presence.level) == ("window", 2)
    assert case.bundle.signer == window.clerk.key.kid
    assert case.ask("civil-affairs")


def test_a_presence_opens_one_case(window: Window, word: SignIn) -> None:
    first = opened(window, word)
    assert first.bundled() == first.sealed
    not_named(window, word)
    assert first.bundled() == first.sealed


def test_a_presence_ends_after_half_an_hour(window: Window, word: SignIn, later: World) -> None:
    later.ahead = PRESENCE_SECONDS + 1
    not_named(window, word)


def test_a_presence_that_was_not_passed_opens_nothing(window: Window, word: SignIn) -> None:
    number = window.person()
    window.passed(number)
    open_one, failed = window.asked(number), window.asked(number)
    for presence in (open_one.presence, failed.presence, "nothing", word.presence + "x"):
        not_named(window, msgspec.structs.replace(word, presence=presence))


def test_a_presence_opens_no_case_of_another_person(window: Window, word: SignIn) -> None:
    other = window.passed(window.person())
    not_named(window, msgspec.structs.replace(other, presence=word.presence))


def test_another_clerk_cannot_sign_under_a_presence(window: Window, word: SignIn) -> None:
    not_named(window, word, by=window.staff("clerk", "civil-affairs"))


def test_the_witness_cannot_sign_under_a_presence(window: Window, word: SignIn) -> None:
    not_named(window, word, by=window.witness)


def test_the_clerks_certificate_must_be_the_clerks(window: Window, word: SignIn) -> None:
    case = opened(window, word)
    request = case.bundle_request(AUTHORITY, certificate=window.witness.certificate, role="again")
    with pytest.raises(NoBundle):
        case.bundled(**{"certificate": request.certificate, "role": "again"})


def test_the_clerks_signature_alone_names_nobody(window: Window) -> None:
    """A clerk signs for a person with a key of their own, without any presence."""
    case = Case(window.world)
    challenge = hashlib.sha256(case.signed).digest()
    signed = make_assertion(window.clerk.key, challenge, origin=ORIGIN, rp_id=RP_ID)
    request = case.bundle_request(AUTHORITY, assertion=signed, role="other", certificate=window.clerk.certificate)
    assert refusal(window.world, AUTHORITY, "/bundles", case.token(request, "mz-bundle-request")) == "bundle-refused"


def test_a_hub_cannot_use_a_presence_that_was_made_for_another(window: Window, word: SignIn) -> None:
    not_named(window, word, hub="other-hub")


# -- what gateways check for themselves


def test_a_gateway_takes_a_clerks_key_only_with_its_certificate(window: Window, word: SignIn) -> None:
    case = opened(window, word)
    for certificate in ("", window.witness.certificate, window.staff("clerk", "civil-affairs").certificate):
        permission = case.permission(certificate=certificate)
        assert case.refused("civil-affairs", permission=permission) == "clerk-unknown"


def test_an_officers_certificate_is_no_clerks(window: Window, word: SignIn) -> None:
    case = opened(window, word)
    officer = window.staff("officer", "civil-affairs")
    assert case.refused("civil-affairs", permission=case.permission(certificate=officer.certificate)) == "clerk-unknown"


def test_another_clerks_assertion_is_not_the_one_the_authority_saw(window: Window, word: SignIn) -> None:
    case, other = opened(window, word), window.staff("clerk", "civil-affairs")
    challenge = hashlib.sha256(case.signed).digest()
    permission = case.permission(assertion=make_assertion(other.key, challenge, origin=ORIGIN, rp_id=RP_ID))
    assert case.refused("civil-affairs", permission=permission) == "not-signed-by-the-person"


def test_special_data_are_not_asked_at_a_window(window: Window, word: SignIn) -> None:
    assert opened(window, word, "care-aid", forms=FORM).refused("civil-affairs") == "presence-too-low"


def test_an_item_is_not_handled_below_its_least_presence(window: Window) -> None:
    number = window.person()
    window.phone(number, "13900000001", "2020-01-01")
    word = call_passed(window, number, "13900000001")
    assert (word.method, word.level) == ("call", 1)
    assert opened(window, word).refused("civil-affairs") == "presence-too-low"


def call_passed(window: Window, number: str, phone: str) -> SignIn:
    window.devices.rang.clear()
    asked = window.asked(number, method="call")
    assert window.devices.rang.wait(5)
    return window.answer(asked.presence, (window.devices.said[phone],))


def test_a_clerk_takes_no_step_for_the_person_once_they_have_gone(window: Window, word: SignIn, later: World) -> None:
    case = opened(window, word)
    trust, at = later.trust, int(later.now())
    permitted = verify_permission(case.permission(), case=case.case, trust=trust, at=at)
    step = case.step("contest:q1:applicant", "shown")
    assert read_contests([step], permitted, trust=trust) == {("q1", "applicant")}
    later.ahead = PRESENCE_SECONDS + 10
    with pytest.raises(Refused, match="only while they are there"):
        read_contests([case.step("contest:q1:applicant", "shown")], permitted, trust=trust)


def test_where_the_trust_list_is_no_demos_a_clerks_key_counts_by_its_certificate(window: Window, word: SignIn) -> None:
    case, world = opened(window, word), window.world
    strict = TrustStore(msgspec.structs.replace(world.trust.list, demo=False))
    permitted = verify_permission(case.permission(), case=case.case, trust=strict, at=int(world.now()))
    assert permitted.by_clerk
    own = Case(world)
    with pytest.raises(Refused, match="software"):
        verify_permission(own.permission(), case=own.case, trust=strict, at=int(world.now()))

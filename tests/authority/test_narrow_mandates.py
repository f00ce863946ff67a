"""Mandates of who brings no key: at the window, by telephone, by paper. A day later, narrow, and told to the person."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mianzheng.authority.mandate_rows import PAPER_TRIES
from mianzheng.authority.mandates import grant, take_back
from mianzheng.credentials.keys import PrivateKey
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.mandates.token import read
from mianzheng.model.errors import MianzhengError
from mianzheng.model.mandate import (
    GRANT,
    RETURN,
    Mandate,
    MandateGrant,
    MandateIssued,
    MandateReturn,
    grant_digest,
    return_digest,
)
from tests.authority.grants import DAY, opened, terms
from tests.authority.presence_world import Clerk, Window
from tests.gateway.world import NAMES, SON, World


@pytest.fixture
def window(world: World, tmp_path: Path) -> Iterator[Window]:
    made = Window(world, tmp_path)
    row = "INSERT INTO enrolled VALUES (?, ?, ?, 'software', 3)"
    made._write(row, SON, NAMES[SON], world.people[SON].kid)
    yield made


class Paperless:
    """One grant of a person without a key, beside a clerk."""

    def __init__(self, window: Window, principal: str, *, by: Clerk | None = None, **changes: Any) -> None:
        self.window, self.reply = window, PrivateKey.generate()
        self.by = by or window.clerk
        now = int(window.world.now())
        agent, agent_name = changes.pop("agent", SON), changes.pop("agent_name", NAMES[SON])
        fields = {"valid_from": now + DAY + 5, "items": ("old-age-allowance",)} | changes
        self.grant = MandateGrant(
            terms=terms(window.world, **fields),
            principal=principal,
            agent=agent,
            agent_name=agent_name,
            reply_to=self.reply.public.jwk,
        )

    def _step(self, step: str, shown: str) -> Any:
        return self.by.step(step, shown, at=int(self.window.world.now()))

    def after(self, presence: str) -> MandateGrant:
        clerk = self._step(GRANT, grant_digest(self.grant))
        return msgspec.structs.replace(self.grant, presence=presence, clerk=clerk)

    def issue(self, asked: MandateGrant) -> MandateIssued:
        return opened(grant(self.window.authority, self.window.seal(asked, "mz-mandate-grant")), self.reply)

    def paper(self) -> str:
        clerk = self._step(GRANT, grant_digest(self.grant))
        return self.issue(msgspec.structs.replace(self.grant, paper=True, clerk=clerk)).paper

    def give_back(self, paper: str, code: str) -> MandateIssued:
        clerk = self._step(RETURN, return_digest(paper, code))
        asked = MandateReturn(paper=paper, code=code, clerk=clerk, reply_to=self.reply.public.jwk)
        return opened(take_back(self.window.authority, self.window.seal(asked, "mz-mandate-return")), self.reply)


def code_of(work: Any, *given: Any) -> str:
    with pytest.raises(MianzhengError) as refused:
        work(*given)
    return refused.value.code


def later(window: Window, token: str) -> Mandate:
    return read(token, trust=window.world.trust, at=int(window.world.now()) + DAY + 60)


def test_the_widow_at_the_window_mandates_her_son_beside_the_clerk(window: Window) -> None:
    widow = window.person()
    word = window.passed(widow)
    made = Paperless(window, widow)
    found = later(window, made.issue(made.after(word.presence)).mandate)
    assert (found.granted.method, found.granted.level) == ("window", 2)
    assert "mandate-granted" in window.kinds(widow)
    assert any("委托" in words for words in window.notices(widow))


def test_by_telephone_the_code_that_is_read_back_is_the_proof(window: Window) -> None:
    widow, phone = window.person(), "13600000001"
    window.phone(widow, phone, (datetime.now(UTC) - timedelta(days=60)).date().isoformat())
    asked = window.asked(widow, method="call")
    assert window.devices.rang.wait(5)
    word = window.answer(asked.presence, (window.devices.said[phone],))
    made = Paperless(window, widow)
    found = later(window, made.issue(made.after(word.presence)).mandate)
    assert (found.granted.method, found.granted.level) == ("call", 1)


def test_it_holds_a_day_later_and_only_the_principal_gains(window: Window) -> None:
    widow = window.person()
    now = int(window.world.now())
    for changes in ({"valid_from": now}, {"holder": None}, {"sub_delegation": True}, {"until": now + 200 * DAY}):
        made = Paperless(window, widow, **changes)
        assert code_of(made.issue, made.after(window.passed(widow).presence)) == "mandate-refused"


def test_one_presence_makes_one_mandate_of_its_own_person_by_its_own_clerk(window: Window) -> None:
    widow, other = window.person(), window.person()
    word = window.passed(widow)
    stranger = Paperless(window, other)
    assert code_of(stranger.issue, stranger.after(word.presence)) == "mandate-refused"
    colleague = Paperless(window, widow, by=window.staff("clerk", "civil-affairs"))
    assert code_of(colleague.issue, colleague.after(word.presence)) == "mandate-refused"
    made, again = Paperless(window, widow), Paperless(window, widow)
    assert made.issue(made.after(word.presence)).mandate
    assert code_of(again.issue, again.after(word.presence)) == "mandate-refused"
    none = Paperless(window, widow)
    assert code_of(none.issue, none.after("none")) == "mandate-refused"


def test_the_clerk_signed_these_terms(window: Window) -> None:
    widow = window.person()
    word, made, other = window.passed(widow), Paperless(window, widow), Paperless(window, widow)
    moved = msgspec.structs.replace(made.after(word.presence), clerk=other.after("").clerk)
    assert code_of(made.issue, moved) == "clerk-unknown"


def test_a_clerk_signs_three_open_mandates_of_one_agent_and_no_fourth(window: Window) -> None:
    codes = []
    for _ in range(4):
        widow = window.person()
        made = Paperless(window, widow)
        try:
            made.issue(made.after(window.passed(widow).presence))
            codes.append("granted")
        except MandateRefused as refusal:
            codes.append(refusal.code)
    assert codes == ["granted"] * 3 + ["agent-has-enough-mandates"]


def test_a_clerks_full_hand_tells_nothing_of_the_agent(window: Window) -> None:
    """Three open mandates refuse a fourth whoever the agent is by now, and by whatever name."""
    for _ in range(3):
        widow = window.person()
        made = Paperless(window, widow)
        made.issue(made.after(window.passed(widow).presence))
    widow = window.person()
    made = Paperless(window, widow, agent_name="别的人")
    assert code_of(made.issue, made.after(window.passed(widow).presence)) == "agent-has-enough-mandates"


def test_at_the_window_and_on_paper_a_wrong_name_is_refused_in_the_same_words(window: Window) -> None:
    widow = window.person()
    made = Paperless(window, widow, agent_name="别的人")
    sitting = refusal_of(made.issue, made.after(window.passed(widow).presence))
    strange = Paperless(window, widow, agent="331082197001019999")
    paper = strange.paper()
    assert refusal_of(strange.give_back, paper, code_on_paper(window, widow)) == sitting
    assert sitting == ("mandate-refused", "parties, proof and terms do not belong together")
    assert "mandate-not-made" in window.kinds(SON)


def refusal_of(work: Any, *given: Any) -> tuple[str, str]:
    with pytest.raises(MianzhengError) as refused:
        work(*given)
    return refused.value.code, refused.value.message


def code_on_paper(window: Window, number: str) -> str:
    (words,) = [words for words in window.notices(number) if "回执码" in words]
    found = re.search(r"[0-9]{8}", words)
    assert found is not None
    return found.group(0)


def test_a_paper_goes_to_the_principal_and_its_code_comes_back(window: Window) -> None:
    widow = window.person()
    made = Paperless(window, widow, valid_from=int(window.world.now()))
    paper = made.paper()
    issued = made.give_back(paper, code_on_paper(window, widow))
    found = later(window, issued.mandate)
    assert (found.granted.method, found.granted.level) == ("paper", 1)
    assert found.valid_from >= int(window.world.now()) + DAY - 60
    assert code_of(made.give_back, paper, code_on_paper(window, widow)) == "mandate-refused"


def test_a_wrong_code_grants_nothing_and_five_end_the_paper(window: Window) -> None:
    widow = window.person()
    made = Paperless(window, widow)
    paper, right = made.paper(), code_on_paper(window, widow)
    wrong = f"{(int(right) + 1) % 10**8:08d}"
    for _ in range(PAPER_TRIES):
        assert code_of(made.give_back, paper, wrong) == "mandate-refused"
    assert code_of(made.give_back, paper, right) == "mandate-refused"


def test_a_paper_for_a_number_that_nobody_has_looks_alike_and_never_comes_back(window: Window) -> None:
    made = Paperless(window, "331082190001010010")
    paper = made.paper()
    assert len(paper) == len(Paperless(window, window.person()).paper())
    for guess in ("", secrets.token_hex(4)):
        assert code_of(made.give_back, paper, guess) == "mandate-refused"


def test_only_a_clerk_hands_out_a_paper(window: Window) -> None:
    made = Paperless(window, window.person(), by=window.staff("officer", "civil-affairs"))
    assert code_of(made.paper) == "clerk-unknown"

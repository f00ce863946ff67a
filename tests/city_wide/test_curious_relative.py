"""The curious relative learns nothing of spouse, or of anybody's child or home, and each attempt leaves a trace.

What a wife reads of her husband's case, and that a dump does not connect the two: `tests/cases/test_family.py`.
"""

from __future__ import annotations

import time
from collections.abc import Coroutine
from typing import Any

import msgspec
import pytest

from mianzheng.cli import acting
from mianzheng.cli.acting import Terms
from mianzheng.client.hub_client import HubRefused
from mianzheng.client.person import Acting, Person
from mianzheng.decision.audience import WITHHELD
from mianzheng.ledger.entry import Entry
from mianzheng.ledger.proven import EntryProof
from mianzheng.model.authorisation import SealedBundle
from mianzheng.model.canonical import unb64
from mianzheng.model.case import CaseView, Explanation, State
from tests.city_wide.curious_relative import FORM, ITEM, LAND, ROLE, CuriousRelative
from tests.city_wide.dishonest_hub import POLICE, Grasp
from tests.city_wide.trap import Trap, lied

OF_OTHERS = {  # item, form, role chosen, whom: somebody else's, as the city's truth has it
    "childcare-subsidy": (
        {"year": 2026},
        "child",
        "SELECT children, p.name FROM kinship JOIN _people p ON p.resident = children WHERE relation = '子女'"
        " AND status = '有效' AND subject NOT IN ($1, $2) ORDER BY children DESC LIMIT 1",
    ),
    "power-account-transfer": (
        {},
        "home",
        "SELECT homes, address FROM real_estate WHERE subject = $2 AND $1 <> '' AND status = '现势' LIMIT 1",
    ),
}


@pytest.fixture(scope="module")
def relative(trap: Trap) -> CuriousRelative:
    return CuriousRelative(trap)


@pytest.fixture(scope="module")
def waiting(relative: CuriousRelative) -> Grasp:
    """A case of their own that waits for the spouse's signature, as the hub holds it."""
    view = relative.apply()
    assert view.state is State.WAITING_SIGNATURE
    return relative.grasp(view.case)


@pytest.fixture(scope="module")
def own(relative: CuriousRelative, waiting: Grasp) -> SealedBundle:
    """What the authority makes of them in the spouse's role, over their own signature: themself."""
    return relative.own_bundle(waiting)


@pytest.fixture(scope="module")
def friend(trap: Trap) -> Person:
    """Somebody with a key of their own who does as the relative asks."""
    return trap.person(trap.one())


@pytest.fixture(scope="module")
def consented(relative: CuriousRelative, trap: Trap) -> tuple[CaseView, CaseView]:
    """A case in which the spouse did sign: as the relative is shown it, and as the spouse is."""
    spouse = trap.person(relative.spouse)
    case = relative.apply().case
    hers = trap.run(spouse.consent(relative.invited(case, spouse)))
    return trap.run(relative.person.show(case)), hers


def code_of(trap: Trap, work: Coroutine[Any, Any, object]) -> str:
    """Make an attempt at the hub; return the code of its refusal."""
    with pytest.raises(HubRefused) as refused:
        trap.run(work)
    return str(refused.value.code)


# -- asking about the spouse


def test_without_the_spouses_signature_nothing_about_them_is_answered(
    relative: CuriousRelative, trap: Trap, waiting: Grasp
) -> None:
    assert {sheet.role for sheet in waiting.sheets} == {"applicant"}
    trap.caught(LAND, lambda: relative.ask(waiting), "consent-missing")


def test_their_own_signature_is_not_the_spouses(
    relative: CuriousRelative, trap: Trap, waiting: Grasp, own: SealedBundle
) -> None:
    # the authority names whose key it is: the relative's
    trap.caught(LAND, lambda: relative.ask(waiting, **relative.consenting(waiting, own)), "consent-mismatch")


def test_a_bundle_of_oneself_is_not_the_one_whom_the_link_reached(
    relative: CuriousRelative, trap: Trap, waiting: Grasp, own: SealedBundle
) -> None:
    trap.caught(LAND, lambda: relative.ask(waiting, link=own), "bundle-invalid")


def test_an_own_invitation_is_of_no_use(relative: CuriousRelative, trap: Trap, waiting: Grasp) -> None:
    with trap.traces.at_hub("invitation-own", "open_invitation"), pytest.raises(HubRefused) as refused:
        relative.invited(waiting.case, relative.person)
    assert refused.value.code == "invitation-own"


def test_a_friend_who_signs_in_the_spouses_place_is_not_meant(
    relative: CuriousRelative, trap: Trap, friend: Person
) -> None:
    case = relative.apply().case
    invitation = relative.invited(case, friend)
    before = trap.traces.count(LAND)
    assert code_of(trap, friend.consent(invitation)) == "consent-not-meant"
    assert "consent-mismatch" in {line.code for line in trap.traces.lines(LAND, after=before) if line.kind == "refused"}
    assert {sheet.role for sheet in relative.grasp(case).sheets} == {"applicant"}


def test_a_signature_of_ones_own_is_not_taken_from_a_friends_session(
    relative: CuriousRelative, trap: Trap, friend: Person
) -> None:
    """The session on the family's telephone is the friend's; the key under the consent is the relative's."""
    case = relative.apply().case
    relative.invited(case, friend)
    before = trap.traces.count(POLICE)
    body = {"role": ROLE, "assertion": relative.consent(relative.grasp(case))}
    assert code_of(trap, friend.hub.post(f"/cases/{case}/consents", body, CaseView)) == "consent-not-meant"
    assert "bundle-refused" in {line.code for line in trap.traces.lines(POLICE, after=before)}


def test_whom_a_link_reached_in_one_case_is_nobody_in_another(
    relative: CuriousRelative, trap: Trap, waiting: Grasp
) -> None:
    other = relative.grasp(relative.apply().case)
    trap.caught(LAND, lambda: relative.ask(other, link=relative.reached(waiting)), "bundle-of-another-case")


# -- somebody else's child or home


@pytest.mark.parametrize("item", list(OF_OTHERS))
@pytest.mark.parametrize("typed", [0, 1], ids=["number", "name"])
def test_somebody_elses_child_or_home_is_not_held_and_never_asked_about(
    relative: CuriousRelative, item: str, typed: int
) -> None:
    form, role, query = OF_OTHERS[item]
    (other,) = relative.known(query, relative.number, relative.spouse)
    view = relative.apply(item, form, **{role: other[typed]})
    assert view.state is State.WAITING_PERSON and view.reasons == ()
    assert {answer.role for answer in view.answers} == {"applicant"}
    assert "not_held" in {answer.status for answer in view.answers}
    read = [one.line for one in relative.reads(relative.number) if one.line.case == view.case]
    assert any(line.kind == "answered" for line in read)


# -- reading


def test_the_spouses_number_is_signed_in_by_the_spouses_key_alone(relative: CuriousRelative, trap: Trap) -> None:
    before = trap.traces.count(POLICE)
    assert code_of(trap, relative.forged().sign_in()) == "sign-in-refused"
    assert [line.code for line in trap.traces.lines(POLICE, after=before) if line.kind == "refused"] == [
        "sign-in-refused"
    ]


def test_a_list_at_a_gateway_is_ones_own(relative: CuriousRelative, consented: tuple[CaseView, CaseView]) -> None:
    shown, _ = consented
    read = [one.line for one in relative.reads(relative.number) if one.line.case == shown.case]
    assert {line.role for line in read if line.kind == "answered"} == {"applicant"}
    hers = [one.line for one in relative.reads(relative.spouse) if one.line.case == shown.case]
    assert ROLE in {line.role for line in hers}


def test_the_hub_shows_them_which_question_was_put_to_whom_and_no_answer(
    relative: CuriousRelative, trap: Trap, consented: tuple[CaseView, CaseView]
) -> None:
    shown, _ = consented
    entries = trap.run(relative.person.hub.get(f"/ledger/cases/{shown.case}", list[EntryProof]))
    about = [text for proof in entries if ROLE.encode() in (text := unb64(proof.content))]
    signed = {line.sentence.zh for line in relative.grasp(shown.case).plan}
    read = [msgspec.json.decode(text, type=Entry) for text in about]
    assert {entry.kind for entry in read} == {"asked", "answered"}
    assert {line.sentence.zh for entry in read for line in entry.lines} <= signed
    assert not any(b'"value"' in text for text in about)


def test_a_case_of_the_spouses_is_none_for_them(relative: CuriousRelative, trap: Trap) -> None:
    spouse = trap.person(relative.spouse)
    view = trap.run(_run(spouse))
    handlers = ("show_case", "explain_case", "export", "entries_of_case", "masked_entries")
    with trap.traces.at_hub("not-found", *handlers):
        for path in ("", "/explanation", "/archive"):
            assert code_of(trap, relative.person.hub.get(f"/cases/{view.case}{path}", CaseView)) == "not-found"
        for path in ("", "/masked"):
            own = relative.person.hub.get(f"/ledger/cases/{view.case}{path}", list[Entry])
            assert code_of(trap, own) == "not-found"


async def _run(person: Person) -> CaseView:
    return await person.authorise(*await person.apply("old-age-allowance", {}))


@pytest.mark.parametrize("asked", ["", "?view=resident"])
def test_a_reason_that_is_the_spouses_is_withheld(
    relative: CuriousRelative, trap: Trap, consented: tuple[CaseView, CaseView], asked: str
) -> None:
    shown, hers = consented
    assert [one.condition for one in hers.reasons] == ["spouse-no-home"]
    view = trap.run(relative.person.hub.get(f"/cases/{shown.case}{asked}", CaseView))
    assert view.state is State.PROPOSED
    assert [(one.zh, one.condition, one.contest) for one in view.reasons] == [(WITHHELD.zh, "", None)]
    assert {(one.status, one.value) for one in view.answers if one.role == ROLE} == {("withheld", None)}
    told = trap.run(relative.person.hub.get(f"/cases/{shown.case}/explanation{asked}", Explanation))
    about = [one for condition in told.conditions for one in condition.answers if one.role == ROLE]
    assert {(one.status, one.value, one.sheet) for one in about} == {("withheld", None, "")}


# -- acting as the spouse


def test_a_mandate_that_they_sign_themselves_is_none_and_the_spouse_is_told(
    relative: CuriousRelative, trap: Trap
) -> None:
    now = int(time.time())
    terms = Terms(items=(ITEM,), purpose="代办", uses=1, valid_from=now, until=now + 86_400)
    name = relative.known("SELECT name FROM _people WHERE resident = $1", relative.number)[0][0]
    grant = acting.grant(relative.session, relative.forged(), terms, agent=relative.number, agent_name=name)
    assert code_of(trap, grant) == "mandate-refused"
    assert "mandate-refused" in {one.line.code or one.line.kind for one in relative.reads(relative.spouse)}


def test_the_hub_takes_no_authorisation_for_another_without_a_mandate(relative: CuriousRelative, trap: Trap) -> None:
    async def work() -> CaseView:
        draft, openings = await relative.person.apply(ITEM, FORM)
        return await relative.person.authorise(lied(draft, acts_for="applicant", mandate="x" * 43), openings)

    with trap.traces.at_hub("bad-authorisation", "authorise_case"):
        assert code_of(trap, work()) == "bad-authorisation"


def test_a_made_up_mandate_opens_no_case(relative: CuriousRelative, trap: Trap) -> None:
    made_up = Acting(mandate="e30.e30.c2ln~", digest="x" * 43)
    with trap.traces.at_hub("mandate-invalid", "apply"):
        assert code_of(trap, relative.person.apply(ITEM, FORM, acting=made_up)) == "mandate-invalid"


def test_the_authority_names_nobody_over_another_persons_signature(relative: CuriousRelative, trap: Trap) -> None:
    """With the hub's rows they have the id by which it knows the spouse; the key under the plan is still their own."""
    pairwise = trap.hub.opening_of(trap.run(_run(trap.person(relative.spouse))).case)[0]
    signed = trap.signed(relative.number)
    trap.caught(POLICE, lambda: trap.hub.ask_bundle(signed, pairwise=pairwise), "bundle-refused")


# -- finding somebody who fled from them


def test_under_a_protection_order_they_read_of_the_spouses_case_neither_matter_nor_place_nor_time(
    relative: CuriousRelative, trap: Trap
) -> None:
    trap.city.mianzheng("device", "enrol", "--resident", relative.spouse, "--protected-until", "2099-12-31")
    spouse = trap.person(relative.spouse)

    async def work() -> CaseView:
        return await spouse.authorise(*await spouse.apply(ITEM, FORM))

    case = trap.run(work()).case
    read = [one for one in relative.reads(relative.number) if one.line.case == case]
    assert read and not any(one.in_tree for one in read)
    assert {(one.line.view, one.line.item, one.line.hub, one.line.at, one.line.entry) for one in read} == {
        ("protected", "", "", 0, "")
    }
    whole = [one.line for one in relative.reads(relative.spouse) if one.line.case == case]
    assert {line.item for line in whole if line.kind == "answered"} == {ITEM}

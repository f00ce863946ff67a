"""Links: whom a register leads to comes as a sealed bundle of each, for those alone whom the steward approved."""

from __future__ import annotations

import msgspec
import pytest

from mianzheng.credentials import jwe, jws
from mianzheng.gateway.config import Budgets
from mianzheng.model.authorisation import Bundle, SealedBundle, Statement
from mianzheng.model.canonical import digest
from mianzheng.model.evidence import RestsOn, Status
from tests.gateway.family import HERE, POLICE, WORK, FamilyCase, choice, read
from tests.gateway.family_rows import BABY, BORN_OLD, BOY, CROWD, DAD, FORMER, GIRL, LONER, TWINS
from tests.gateway.world import World, refusal


def opened(world: World, sealed: SealedBundle, party: str) -> Statement:
    """What a gateway finds in a bundle, checked as it would check it."""
    plain = jwe.open_sealed(sealed.sealed[party], key=world.key(party, "seal"), typ="mz-statement")
    return jws.verify_as(plain.decode(), typ="mz-statement", key=world.key(HERE).public, type=Statement)


def test_a_link_reaches_the_spouse_of_today_not_the_former_one(world: World) -> None:
    _, answer, (bundle,) = FamilyCase(world, "family-aid").reach("spouse")
    assert (answer.status, answer.value, answer.rests_on) == (Status.VALUE, 1, RestsOn.ROW)
    assert opened(world, bundle, POLICE).number == DAD != FORMER


def test_the_sheet_names_each_bundle_by_its_digest_in_order(world: World) -> None:
    _, answer, bundles = FamilyCase(world, "family-aid").reach("members")
    assert answer.value == 3
    assert answer.linked == tuple(digest(one.bundle.encode()) for one in bundles)
    assert [read(world, one).role for one in bundles] == ["members#1", "members#2", "members#3"]
    assert {opened(world, one, POLICE).number for one in bundles} == {DAD, GIRL, BABY}


def test_nobody_is_an_answer_and_comes_without_a_bundle(world: World) -> None:
    _, answer, bundles = FamilyCase(world, "family-aid", LONER).reach("spouse")
    assert (answer.status, answer.value, answer.rests_on) == (Status.VALUE, 0, RestsOn.ABSENT)
    assert (answer.linked, bundles) == ((), ())


def test_more_than_the_register_may_hold_is_not_held(world: World) -> None:
    _, answer, bundles = FamilyCase(world, "family-aid", CROWD).reach("members")
    assert (answer.status, answer.value, bundles) == (Status.NOT_HELD, None, ())
    assert answer.reason


def test_a_bundle_is_bound_to_case_authorisation_role_link_and_end(world: World) -> None:
    case = FamilyCase(world, "family-aid")
    _, _, (sealed,) = case.reach("spouse")
    bundle = jws.verify_as(sealed.bundle, typ="mz-bundle", key=world.key(HERE).public, type=Bundle)
    assert (bundle.case, bundle.authorisation, bundle.role) == (case.case, case.digest, "spouse#1")
    assert (bundle.issuer, bundle.link, bundle.signer) == (HERE, case.link("spouse"), "")
    assert (bundle.presence.method, bundle.presence.level) == ("link", 0)
    assert bundle.exp == case.authorisation.exp


def test_a_bundle_is_sealed_to_the_departments_asked_about_the_role_and_the_handling_one_only(world: World) -> None:
    _, _, (sealed,) = FamilyCase(world, "family-aid").reach("spouse")
    assert set(sealed.sealed) == set(read(world, sealed).sealed) == {HERE, POLICE}


def test_the_name_is_for_the_handling_gateway_only(world: World) -> None:
    _, _, (sealed,) = FamilyCase(world, "family-aid").reach("spouse")
    assert opened(world, sealed, HERE).name == "周大川"
    assert opened(world, sealed, POLICE).name == ""


def test_an_old_number_reaches_the_same_person_as_todays(world: World) -> None:
    _, _, (sealed,) = FamilyCase(world, "family-aid", BORN_OLD).reach("spouse")
    number = opened(world, sealed, POLICE).number
    assert number.startswith("33108219600101003")
    assert len(number) == 18


def test_a_link_is_answered_once_and_a_replay_gives_the_same_bytes(world: World) -> None:
    case = FamilyCase(world, "family-aid")
    token = case.token(case.request(HERE, questions=(case.link("spouse"),)))
    first = world.clients[HERE].post("/answers", content=token)
    again = world.clients[HERE].post("/answers", content=token)
    assert first.content == again.content
    assert case.refused(HERE, questions=(case.link("spouse"),)) == "already-answered"


@pytest.mark.parametrize("typed", ["古丽·大川", "古丽•大川", " 古丽・大川 ", GIRL, GIRL.lower()])
def test_a_child_is_chosen_by_name_however_the_dot_is_written_or_by_number(world: World, typed: str) -> None:
    _, answer, (sealed,) = FamilyCase(world, "offspring-aid", typed={"child": typed}).reach("child")
    assert answer.value == 1
    assert opened(world, sealed, POLICE).number == GIRL
    assert read(world, sealed).role == "child"


def test_nobody_of_that_name_and_nobody_at_all_are_told_alike(world: World) -> None:
    stranger = FamilyCase(world, "offspring-aid", typed={"child": "某某某"}).reach("child")
    childless = FamilyCase(world, "offspring-aid", LONER, typed={"child": "古丽·大川"}).reach("child")
    assert stranger[1] == childless[1]
    assert stranger[1].status is Status.NOT_HELD
    assert stranger[2] == childless[2] == ()
    assert len(stranger[0]) == len(childless[0])


def test_a_name_that_two_children_bear_reaches_neither(world: World) -> None:
    _, answer, bundles = FamilyCase(world, "offspring-aid", TWINS, typed={"child": "双小小"}).reach("child")
    assert (answer.status, bundles) == (Status.NOT_HELD, ())


def test_a_choice_that_does_not_come_along_is_refused(world: World) -> None:
    case = FamilyCase(world, "offspring-aid", typed={"child": GIRL})
    assert case.refused(HERE, questions=(case.link("child"),)) == "choice-missing"


def test_another_choice_than_was_signed_is_refused(world: World) -> None:
    case = FamilyCase(world, "offspring-aid", typed={"child": GIRL})
    other = choice(world, "child", BOY, HERE)
    lie = msgspec.structs.replace(other, digest=case.choices["child"].digest)
    for one in (other, lie):
        assert case.refused(HERE, questions=(case.link("child"),), choices=(one,)) == "choice-invalid"


def test_a_choice_sealed_to_another_gateway_does_not_open(world: World) -> None:
    case = FamilyCase(world, "offspring-aid", typed={"child": GIRL})
    other = choice(world, "child", GIRL, WORK)
    sealed = msgspec.structs.replace(other, digest=case.choices["child"].digest)
    assert case.refused(HERE, questions=(case.link("child"),), choices=(sealed,)) == "choice-invalid"


def test_a_link_reaches_on_from_one_who_was_reached(world: World) -> None:
    case = FamilyCase(world, "offspring-aid", typed={"child": BOY})
    _, _, (child,) = case.reach("child")
    _, answer, (partner,) = case.reach("partner", about=("child", child))
    assert answer.value == 1
    assert read(world, partner).role == "partner#1"
    assert case.answers(POLICE, about=("partner#1", partner)).sheet


def test_the_people_a_link_reaches_count_as_subjects_of_the_hub(tmp_path_factory: pytest.TempPathFactory) -> None:
    small = World(tmp_path_factory.mktemp("few-subjects"), budgets=Budgets(hub_subjects=3))
    try:
        case = FamilyCase(small, "family-aid")
        assert case.reach("spouse")[1].value == 1  # she and he: two
        token = case.token(case.request(HERE, questions=(case.link("members"),)))
        assert refusal(small, HERE, "/answers", token) == "hub-budget-used-up"
    finally:
        small.close()


def test_a_link_may_not_be_asked_of_a_bundle_that_no_authority_made(world: World) -> None:
    case = FamilyCase(world, "family-aid")
    _, _, (spouse,) = case.reach("spouse")
    permission = case.permission(actor=spouse.bundle)
    refused = case.denied(POLICE, about=("spouse#1", spouse), permission=permission)
    assert refused == "bundle-invalid"

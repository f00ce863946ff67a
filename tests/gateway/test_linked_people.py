"""Questions about people reached by links: of whom, beside whom, on whose consent, compared with what."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from mianzheng.credentials import jwe, jws
from mianzheng.model.asking import OtherSubject
from mianzheng.model.authorisation import SealedBundle, plan_digest
from mianzheng.model.canonical import digest
from mianzheng.model.evidence import Status
from mianzheng.model.item import Basis
from mianzheng.model.operand import SealedOperand
from mianzheng.model.witnessing import MineEntry
from tests.gateway.family import HERE, POLICE, WORK, FamilyCase, read
from tests.gateway.family_rows import BOY, DAD, FORMER, GIRL, MUM
from tests.gateway.world import YOUNG, World, protection_order, read_answers

Reached = tuple[FamilyCase, SealedBundle]


def reached(world: World, item: str = "family-aid", role: str = "spouse", number: str = MUM, **changes: Any) -> Reached:
    case = FamilyCase(world, item, number, **changes)
    return case, case.reach(role)[2][0]


# who is asked about


def test_one_who_was_reached_is_answered_about(world: World) -> None:
    case, spouse = reached(world)
    sheet = case.answers(POLICE, about=("spouse#1", spouse)).sheet
    (answer,) = read_answers(world, POLICE, sheet).values()
    assert answer.value is True


def test_a_bundle_of_another_cases_link_is_refused(world: World) -> None:
    case, (other, spouse) = FamilyCase(world, "family-aid"), reached(world)
    assert other.case != case.case
    assert case.denied(POLICE, about=("spouse#1", spouse)) == "bundle-of-another-case"


def test_a_bundle_is_not_replayed_for_another_role(world: World) -> None:
    case, spouse = reached(world)
    assert case.denied(POLICE, about=("members#1", spouse)) == "bundle-of-another-link"
    assert case.denied(POLICE, about=("spouse#2", spouse)) == "bundle-of-another-role"
    assert case.denied(POLICE, about=("spouse", spouse)) == "bundle-of-another-role"


def test_a_link_bundle_is_not_the_acting_persons(world: World) -> None:
    case, spouse = reached(world)
    own = case.about(POLICE, "applicant")
    denied = case.denied(POLICE, about=("applicant", spouse), questions=own)
    assert denied == "bundle-invalid"


def test_an_authoritys_bundle_does_not_stand_for_a_link(world: World) -> None:
    case = FamilyCase(world, "family-aid")
    sealed = case.bundled(role="spouse#1")
    assert case.denied(POLICE, about=("spouse#1", sealed)) == "bundle-invalid"


def test_a_bundle_that_another_gateway_signed_is_refused(world: World) -> None:
    case, spouse = reached(world)
    forged = SealedBundle(
        bundle=jws.sign(
            msgspec.structs.replace(read(world, spouse), issuer=WORK), key=world.key(WORK), typ="mz-bundle"
        ),
        sealed=spouse.sealed,
    )
    assert case.denied(POLICE, about=("spouse#1", forged)) == "bundle-invalid"


def test_a_bundle_made_by_another_link_of_the_same_gateway_is_refused(world: World) -> None:
    case, spouse = reached(world)
    other = msgspec.structs.replace(read(world, spouse), link=case.link("members"))
    forged = SealedBundle(bundle=jws.sign(other, key=world.key(HERE), typ="mz-bundle"), sealed=spouse.sealed)
    assert case.denied(POLICE, about=("spouse#1", forged)) == "bundle-of-another-link"


def test_two_statements_are_not_swapped(world: World) -> None:
    case = FamilyCase(world, "family-aid")
    _, _, (first, second, _) = case.reach("members")
    swapped = SealedBundle(bundle=first.bundle, sealed=second.sealed)
    assert case.denied(POLICE, about=("members#1", swapped)) == "statement-mismatch"


def test_a_gateway_that_is_no_audience_has_nothing_to_open(world: World) -> None:
    case, home = reached(world, "home-aid", "home", typed={"home": "U-1"})
    denied = case.denied(POLICE, about=("home", home), questions=case.about(WORK, "home"))
    assert denied == "statement-mismatch"


def test_a_role_whose_link_was_not_signed_is_refused(world: World) -> None:
    whole = FamilyCase(world, "family-aid")
    shorter = tuple(line for line in whole.plan if line.of != ("spouse",))
    case = FamilyCase(world, "family-aid", plan_digest=plan_digest(shorter))
    case.plan = shorter
    assert len(shorter) == len(whole.plan) - 1
    assert case.refused(HERE, questions=(case.link("spouse"),)) == "not-in-plan"


# special data and presence


def test_who_applies_below_the_items_presence_learns_of_no_child(world: World) -> None:
    case = FamilyCase(world, "offspring-aid", YOUNG, typed={"child": GIRL})
    assert case.denied(HERE, questions=(case.link("child"),)) == "presence-too-low"


def test_a_child_under_14_is_special_whoever_asks(world: World) -> None:
    case, child = reached(world, "family-aid", "members", YOUNG)
    assert case.denied(POLICE, about=("members#1", child)) == "presence-too-low"


# second subjects


def test_whether_two_are_related_is_one_question_about_both(world: World) -> None:
    case, child = reached(world, "offspring-aid", "child", typed={"child": GIRL})
    sheet = case.answers(POLICE, about=("child", child), others=(case.beside(POLICE),)).sheet
    assert [answer.value for answer in read_answers(world, POLICE, sheet).values()] == [True, True]


def test_without_the_second_subject_it_is_refused(world: World) -> None:
    case, child = reached(world, "offspring-aid", "child", typed={"child": GIRL})
    assert case.denied(POLICE, about=("child", child)) == "second-subject-missing"


def test_a_second_subject_of_another_case_is_refused(world: World) -> None:
    case, child = reached(world, "offspring-aid", "child", typed={"child": GIRL})
    stranger = FamilyCase(world, "offspring-aid", DAD, typed={"child": GIRL})
    other = case.beside(POLICE, sealed=stranger.sealed)
    assert case.denied(POLICE, about=("child", child), others=(other,)) == "bundle-of-another-case"


def test_a_child_is_no_second_applicant(world: World) -> None:
    case, child = reached(world, "offspring-aid", "child", typed={"child": GIRL})
    other = OtherSubject(role="applicant", bundle=child.bundle, statement=child.sealed[POLICE])
    assert case.denied(POLICE, about=("child", child), others=(other,)) == "bundle-invalid"


def test_who_owns_a_home_is_asked_of_the_home(world: World) -> None:
    case, home = reached(world, "home-aid", "home", typed={"home": "大洋街道一号"})
    (owns,) = [q for (q, role), one in case.loaded.compiled.questions.items() if role == "home" and one.question.other]
    sheet = case.answers(WORK, about=("home", home), questions=(owns,), others=(case.beside(WORK),)).sheet
    assert read_answers(world, WORK, sheet)[owns].value is True


def test_a_home_of_another_is_not_chosen(world: World) -> None:
    _, answer, bundles = FamilyCase(world, "home-aid", typed={"home": "U-2"}).reach("home")
    assert (answer.status, bundles) == (Status.NOT_HELD, ())


# sealed operands


class Compared:
    """A comparison of where a home lies with where its owner is registered, before it is asked."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.case, self.home = reached(world, "home-aid", "home", typed={"home": "U-1"})
        ((self.operand, _),) = self.case.loaded.compiled.operands
        sheet = self.case.answers(WORK, about=("home", self.home), questions=(self.operand,)).sheet
        self.answer = read_answers(world, WORK, sheet)[self.operand]

    def ask(self, sealed: str) -> object:
        response = self.case.answers(POLICE, operands={self.operand: sealed})
        (answer,) = read_answers(self.world, POLICE, response.sheet).values()
        return answer.value

    def denied(self, operands: dict[str, str]) -> str:
        return self.case.denied(POLICE, operands=operands)

    def opened(self) -> SealedOperand:
        plain = jwe.open_sealed(self.answer.sealed, key=self.world.key(POLICE, "seal"), typ="mz-operand")
        return jws.verify_as(plain.decode(), typ="mz-operand", key=self.world.key(WORK).public, type=SealedOperand)

    def made(self, *, key: str = WORK, to: str = POLICE, **changes: Any) -> str:
        operand = msgspec.structs.replace(self.opened(), **changes)
        token = jws.sign(operand, key=self.world.key(key), typ="mz-operand")
        return jwe.seal(token.encode(), to=self.world.key(to, "seal").public, typ="mz-operand")


@pytest.fixture
def compared(world: World) -> Compared:
    return Compared(world)


def test_a_value_goes_sealed_from_one_gateway_to_the_other(compared: Compared) -> None:
    assert (compared.answer.status, compared.answer.value) == (Status.VALUE, None)
    assert "331082001" not in str(compared.answer)
    assert compared.opened().value == "331082001"
    assert compared.ask(compared.answer.sealed) is True


def test_an_operand_names_case_authorisation_role_bundle_and_audience(compared: Compared) -> None:
    operand = compared.opened()
    assert (operand.case, operand.authorisation) == (compared.case.case, compared.case.digest)
    assert (operand.role, operand.question) == ("home", compared.operand)
    assert operand.bundle == digest(compared.home.bundle.encode())
    assert (operand.iss, operand.aud) == (WORK, POLICE)


def test_a_comparison_without_its_operand_is_refused(compared: Compared) -> None:
    assert compared.denied({}) == "operand-missing"


@pytest.mark.parametrize(
    "changes",
    [
        {"case": "c-other"},
        {"authorisation": "other"},
        {"role": "applicant"},
        {"question": "qother"},
        {"aud": HERE},
        {"iss": HERE},
        {"value": 3},
        {"key": HERE},
        {"key": "hub"},
        {"to": HERE},
    ],
)
def test_another_operand_is_refused(compared: Compared, changes: dict[str, Any]) -> None:
    assert compared.denied({compared.operand: compared.made(**changes)}) == "operand-invalid"


# consent


def test_another_adult_is_asked_about_on_their_own_signature_only(world: World) -> None:
    case, spouse = reached(world, "couple-aid")
    assert case.denied(POLICE, about=("spouse", spouse)) == "consent-missing"
    response = case.answers(POLICE, about=("spouse", spouse), **case.consented(DAD, "spouse"))
    assert [answer.value for answer in read_answers(world, POLICE, response.sheet).values()] == [True]


def test_for_one_under_14_the_guardian_signs_and_from_14_on_nobody_but_themself(world: World) -> None:
    base = world.loaded["offspring-aid"].item
    child = msgspec.structs.replace(base.roles["child"], basis=Basis(consent="同意查询本人户籍"))
    local = msgspec.structs.replace(base.conditions[0], id="child-local", rule="child.hukou.is_local")
    world.add_item(
        msgspec.structs.replace(
            base, version=61, roles={"applicant": base.roles["applicant"], "child": child}, conditions=(local,)
        )
    )
    case, girl = reached(world, "offspring-aid.61", "child", typed={"child": GIRL})
    (answer,) = read_answers(world, POLICE, case.answers(POLICE, about=("child", girl)).sheet).values()
    assert answer.value is True
    case, grown_up = reached(world, "offspring-aid.61", "child", typed={"child": BOY})
    assert case.denied(POLICE, about=("child", grown_up)) == "consent-missing"
    case.answers(POLICE, about=("child", grown_up), **case.consented(BOY, "child"))


def test_another_persons_consent_is_not_theirs(world: World) -> None:
    case, spouse = reached(world, "couple-aid")
    assert case.denied(POLICE, about=("spouse", spouse), **case.consented(FORMER, "spouse")) == "consent-mismatch"


def test_who_was_to_be_asked_about_reads_that_it_was_tried(world: World) -> None:
    case, spouse = reached(world, "couple-aid")
    case.denied(POLICE, about=("spouse", spouse))
    case.denied(POLICE, about=("spouse", spouse), **case.consented(FORMER, "spouse"))
    read = [line for line in world.gateways[POLICE].log.mine(DAD) if line.case == case.case]
    assert {line.kind for line in read} == {"refused"}
    assert [line.code for line in read] == ["consent-missing", "consent-mismatch"]
    refused = [line for line in world.gateways[POLICE].log.mine(FORMER) if line.kind == "refused"]
    assert case.case not in {line.case for line in refused}


def test_consent_to_another_case_role_or_by_another_key_is_refused(world: World) -> None:
    case, spouse = reached(world, "couple-aid")
    other = FamilyCase(world, "couple-aid")
    given, elsewhere = case.consented(DAD, "spouse"), other.consented(DAD, "spouse")
    assert case.denied(POLICE, about=("spouse", spouse), **elsewhere) == "consent-invalid"
    mixed = given | {"consent_assertion": elsewhere["consent_assertion"]}
    assert case.denied(POLICE, about=("spouse", spouse), **mixed) == "consent-invalid"
    renamed = given | {"consent": msgspec.structs.replace(given["consent"], role="applicant")}
    assert case.denied(POLICE, about=("spouse", spouse), **renamed) == "consent-invalid"


def test_the_applicants_own_bundle_is_no_consent(world: World) -> None:
    case, spouse = reached(world, "couple-aid")
    own = OtherSubject(role="spouse", bundle=case.sealed.bundle, statement=case.sealed.sealed[POLICE])
    given = {"consent": own, "consent_assertion": case.assertion}
    assert case.denied(POLICE, about=("spouse", spouse), **given) == "consent-invalid"


def test_a_link_bundle_is_no_consent(world: World) -> None:
    case, spouse = reached(world, "couple-aid")
    given = case.consented(DAD, "spouse")
    own = OtherSubject(role="spouse", bundle=spouse.bundle, statement=spouse.sealed[POLICE])
    assert case.denied(POLICE, about=("spouse", spouse), **given | {"consent": own}) == "consent-invalid"


# what they read of it


def test_a_spouse_reads_the_questions_about_them_and_the_link_that_reached_them(world: World) -> None:
    case, spouse = reached(world)
    case.answers(POLICE, about=("spouse#1", spouse))
    (about,) = [line for line in world.gateways[POLICE].log.mine(DAD) if line.case == case.case]
    assert (about.linked, about.view, about.role, about.item) == (True, "full", "spouse#1", "family-aid")
    assert about.sentence is not None
    (link,) = [line for line in world.gateways[HERE].log.mine(DAD) if line.case == case.case]
    assert (link.linked, link.role, link.question) == (True, "applicant", case.link("spouse"))


def test_a_masked_role_reads_department_and_kind_of_item_only(world: World) -> None:
    case = FamilyCase(world, "family-aid")
    _, _, bundles = case.reach("members")
    case.answers(POLICE, about=("members#1", bundles[0]))
    lines = [line for n in (DAD, GIRL) for line in world.gateways[HERE].log.mine(n) if line.case == case.case]
    lines += [line for n in (DAD, GIRL) for line in world.gateways[POLICE].log.mine(n) if line.case == case.case]
    assert {(line.view, line.item, line.question, line.sentence, line.basis) for line in lines} == {
        ("masked", "", "", None, None)
    }
    assert {line.item_kind for line in lines} == {"行政给付"}
    assert {line.department for line in lines} <= {HERE, POLICE}


def test_the_applicant_reads_the_same_line_whole(world: World) -> None:
    case = FamilyCase(world, "family-aid")
    case.reach("members")
    (line,) = [line for line in world.gateways[HERE].log.mine(MUM) if line.case == case.case]
    assert (line.linked, line.view, line.item) == (False, "full", "family-aid")


def test_a_question_about_two_stands_in_both_lists(world: World) -> None:
    case, child = reached(world, "offspring-aid", "child", typed={"child": BOY})
    case.answers(POLICE, about=("child", child), others=(case.beside(POLICE),))
    mine, his = (
        {line.question for line in world.gateways[POLICE].log.mine(number) if line.case == case.case} - {""}
        for number in (MUM, BOY)
    )
    assert mine == his != set()


def of_case(world: World, gateway: str, number: str, case: FamilyCase) -> list[MineEntry]:
    return [line for line in world.gateways[gateway].log.mine(number) if line.case == case.case]


def says_nothing(line: MineEntry) -> bool:
    """Whether a line leads neither to item, nor place, nor time."""
    leads = (line.item, line.item_kind, line.question, line.sentence, line.basis, line.hub, line.entry, line.leaf)
    return not any(leads) and (line.at, line.seq, line.view) == (0, 0, "protected")


def test_in_a_protected_persons_case_a_spouse_reads_that_there_is_a_line_and_the_person_reads_it_whole(
    world: World,
) -> None:
    with protection_order(world, MUM):
        case, spouse = reached(world)
        case.answers(POLICE, about=("spouse#1", spouse))
    (about,), (link,) = (of_case(world, gateway, DAD, case) for gateway in (POLICE, HERE))
    assert says_nothing(about) and says_nothing(link)
    assert (about.kind, about.role, link.role) == ("answered", "spouse#1", "applicant")
    (own,) = of_case(world, HERE, MUM, case)
    assert (own.item, own.question, own.view) == ("family-aid", case.link("spouse"), "full")
    assert own.at and own.entry and own.leaf


def test_what_was_tried_about_somebody_in_a_protected_persons_case_they_read_without_when(world: World) -> None:
    with protection_order(world, MUM):
        case, spouse = reached(world, "couple-aid")
        assert case.denied(POLICE, about=("spouse", spouse)) == "consent-missing"
    (tried,) = of_case(world, POLICE, DAD, case)
    assert says_nothing(tried) and tried.kind == "refused"


@pytest.mark.parametrize(("number", "days"), [(DAD, 30), (MUM, -1)], ids=["of the spouse", "over"])
def test_another_order_or_one_that_is_over_changes_nothing(world: World, number: str, days: int) -> None:
    with protection_order(world, number, days=days):
        case, spouse = reached(world)
        case.answers(POLICE, about=("spouse#1", spouse))
    (about,) = of_case(world, POLICE, DAD, case)
    assert (about.item, about.view) == ("family-aid", "full")

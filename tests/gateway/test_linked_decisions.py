"""Decisions over several people: sheets count only of whom a link's sheet names, up to the acting person."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from mianzheng.credentials import jws
from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.asking import OtherSubject, SignedStep
from mianzheng.model.authorisation import SealedBundle
from tests.gateway.family import HERE, POLICE, FamilyCase, read
from tests.gateway.family_rows import BABY, BOY, DAD, FORMER, GIRL, LONER, MUM
from tests.gateway.world import World

People = dict[str, SealedBundle]


class Household:
    """A whole case of a family: every link asked, everybody answered about."""

    def __init__(self, world: World, number: str = MUM) -> None:
        self.case = FamilyCase(world, "family-aid", number)
        self.spouse_sheet, _, spouses = self.case.reach("spouse")
        self.members_sheet, _, members = self.case.reach("members")
        self.people: People = {f"spouse#{n}": one for n, one in enumerate(spouses, 1)}
        self.people |= {f"members#{n}": one for n, one in enumerate(members, 1)}
        self.own = [self.case.answers(POLICE).sheet]
        self.about = {role: self.case.answers(POLICE, about=(role, one)).sheet for role, one in self.people.items()}

    @property
    def sheets(self) -> list[str]:
        return [self.spouse_sheet, self.members_sheet, *self.own, *self.about.values()]

    def undecided(self, sheets: list[str], people: People, **changes: Any) -> str:
        return self.case.undecided(sheets, **self.case.judged(sheets, people, **changes))


@pytest.fixture(scope="module")
def home(world: World) -> Household:
    return Household(world)


def test_a_family_is_decided_from_the_sheets_of_all_of_them(world: World) -> None:
    home = Household(world)
    _, decision = home.case.decide(home.sheets, **home.case.judged(home.sheets, home.people))
    assert decision.outcome == "granted"


def test_an_optional_role_of_nobody_is_decided_without_them(world: World) -> None:
    alone = Household(world, LONER)
    code = alone.undecided(alone.sheets, alone.people)  # nobody at home either: refused, and only proposed
    assert code == "refusal-needs-acceptance"


def test_the_order_of_roles_in_the_request_does_not_matter(world: World) -> None:
    home = Household(world)
    fields = home.case.judged(home.sheets, home.people)
    turned = {name: dict(reversed(list(fields[name].items()))) for name in ("bundles", "statements")}
    _, decision = home.case.decide(home.sheets, **turned)
    assert decision.outcome == "granted"
    line = world.gateways[HERE].log.mine(MUM)[-1]
    assert (line.kind, line.role) == ("decision", "applicant")


def test_a_dropped_child_is_never_decided_without(home: Household) -> None:
    people = {role: one for role, one in home.people.items() if role != "members#3"}
    sheets = [sheet for sheet in home.sheets if sheet != home.about["members#3"]]
    assert home.undecided(sheets, people) == "case-undecided"


def test_a_dropped_child_whose_sheet_came_along_is_refused(home: Household) -> None:
    people = {role: one for role, one in home.people.items() if role != "members#3"}
    assert home.undecided(home.sheets, people) == "sheet-of-another-subject"


def test_a_link_whose_sheet_does_not_come_along_reaches_nobody(home: Household) -> None:
    sheets = [sheet for sheet in home.sheets if sheet != home.members_sheet]
    assert home.undecided(sheets, home.people) == "bundle-not-linked"


def test_no_links_and_nobody_leave_the_case_undecided(home: Household) -> None:
    assert home.undecided(home.own, {}) == "case-undecided"


def test_one_member_does_not_stand_for_two(home: Household) -> None:
    people = home.people | {"members#3": home.people["members#2"]}
    assert home.undecided(home.sheets, people) == "bundle-of-another-role"


def test_members_are_not_put_in_each_others_place(home: Household, world: World) -> None:
    """The link's own gateway would have to help: it signs another role into a bundle than its sheet says."""
    swapped = dict(home.people)
    for one, other in (("members#1", "members#2"), ("members#2", "members#1")):
        bundle = msgspec.structs.replace(read(world, home.people[other]), role=one)
        token = jws.sign(bundle, key=world.key(HERE), typ="mz-bundle")
        swapped[one] = SealedBundle(bundle=token, sealed=home.people[other].sealed)
    assert home.undecided(home.sheets, swapped) == "statement-mismatch"


def test_link_bundles_of_two_cases_are_not_swapped(home: Household, world: World) -> None:
    other = Household(world)
    people = home.people | {"spouse#1": other.people["spouse#1"]}
    assert home.undecided(home.sheets, people) == "bundle-of-another-case"


def test_sheets_of_two_cases_are_not_mixed(home: Household, world: World) -> None:
    other = Household(world)
    sheets = [s for s in home.sheets if s != home.about["spouse#1"]] + [other.about["spouse#1"]]
    assert home.undecided(sheets, home.people) == "sheet-of-another-case"


def test_a_bundle_of_the_links_own_gateway_that_its_sheet_does_not_name_is_refused(
    home: Household, world: World
) -> None:
    """Made after the sheet, by the right key, of the right person: still not the one the link answered."""
    again = msgspec.structs.replace(read(world, home.people["spouse#1"]), bundle="l-another")
    token = jws.sign(again, key=world.key(HERE), typ="mz-bundle")
    people = home.people | {"spouse#1": SealedBundle(bundle=token, sealed=home.people["spouse#1"].sealed)}
    assert home.undecided(home.sheets, people) == "statement-mismatch"


def test_a_link_bundle_is_not_the_applicants(home: Household) -> None:
    spouse = home.people["spouse#1"]
    fields = home.case.judged(home.sheets, home.people)
    bundles = fields["bundles"] | {"applicant": spouse.bundle}
    statements = fields["statements"] | {"applicant": spouse.sealed[HERE]}
    assert home.case.undecided(home.sheets, bundles=bundles, statements=statements) == "bundle-invalid"


def test_without_the_applicants_own_bundle_nothing_is_decided(home: Household) -> None:
    fields = home.case.judged(home.sheets, home.people)
    for name in ("bundles", "statements"):
        del fields[name]["applicant"]
    assert home.case.undecided(home.sheets, **fields) == "malformed-request"


def test_a_role_the_item_does_not_name_is_refused(home: Household) -> None:
    people = home.people | {"neighbour": home.people["spouse#1"]}
    assert home.undecided(home.sheets, people) in ("bundle-invalid", "bundle-of-another-role")


class Parent:
    """A case about a chosen child, and the spouse of that child."""

    def __init__(self, world: World, typed: str, number: str = MUM) -> None:
        self.case = FamilyCase(world, "offspring-aid", number, typed={"child": typed})
        self.link_sheet, _, (self.child,) = self.case.reach("child")
        self.next_sheet, _, partners = self.case.reach("partner", about=("child", self.child))
        self.people: People = {"child": self.child}
        self.people |= {f"partner#{n}": one for n, one in enumerate(partners, 1)}
        beside = (self.case.beside(POLICE),)
        self.sheets = [self.link_sheet, self.next_sheet]
        self.sheets.append(self.case.answers(POLICE, about=("child", self.child), others=beside).sheet)
        self.sheets += [
            self.case.answers(POLICE, about=(role, one)).sheet for role, one in self.people.items() if role != "child"
        ]


def test_a_chain_of_links_is_followed_to_the_acting_person(world: World) -> None:
    parent = Parent(world, BOY)
    _, decision = parent.case.decide(parent.sheets, **parent.case.judged(parent.sheets, parent.people))
    assert decision.outcome == "granted"


def test_without_the_first_link_the_second_reaches_nobody(world: World) -> None:
    parent = Parent(world, BOY)
    sheets = parent.sheets[1:]
    assert parent.case.undecided(sheets, **parent.case.judged(sheets, parent.people)) == "bundle-not-linked"


def test_a_childs_spouse_without_the_child_is_refused(world: World) -> None:
    parent = Parent(world, BOY)
    people = {"partner#1": parent.people["partner#1"]}
    sheets = [parent.sheets[1], parent.sheets[-1]]
    assert parent.case.undecided(sheets, **parent.case.judged(sheets, people)) == "sheet-of-another-subject"


def test_another_childs_bundle_is_refused(world: World) -> None:
    parent, other = Parent(world, BOY), Parent(world, GIRL)
    people = parent.people | {"child": other.child}
    assert parent.case.undecided(parent.sheets, **parent.case.judged(parent.sheets, people)) == (
        "bundle-of-another-case"
    )


def test_the_other_parents_case_does_not_decide_this_one(world: World) -> None:
    parent, other = Parent(world, GIRL), FamilyCase(world, "offspring-aid", DAD, typed={"child": BABY})
    bundles, statements = {"applicant": other.sealed.bundle}, {"applicant": other.sealed.sealed[HERE]}
    refused = parent.case.undecided(parent.sheets, bundles=bundles, statements=statements)
    assert refused == "bundle-of-another-case"


class Couple:
    """A case in which another adult signed for themself, and contests an answer about themself."""

    def __init__(self, world: World, signer: str) -> None:
        self.case = FamilyCase(world, "couple-aid", MUM)
        self.link, _, (self.spouse,) = self.case.reach("spouse")
        self.given = self.case.consented(signer, "spouse")
        (self.question,) = self.case.about(POLICE, "spouse")
        sealed = self.case.consents["spouse"]
        self.signer = OtherSubject(role="spouse", bundle=sealed.bundle, statement=sealed.sealed[HERE])

    def contest(self, key: PrivateKey | None, role: str = "spouse") -> SignedStep:
        return self.case.step(f"contest:{self.question}:{role}", "shown", key=key)

    def judged(self, contest: SignedStep, *contesters: OtherSubject, sheets: list[str] | None = None) -> str:
        sheets = [self.link, *(sheets or [])]
        people = {"spouse": self.spouse}
        return self.case.undecided(
            sheets, **self.case.judged(sheets, people, contests=(contest,), contesters=contesters)
        )


def test_a_linked_adult_contests_what_is_said_of_them_with_the_key_the_authority_names_as_theirs(world: World) -> None:
    one, dad = Couple(world, DAD), world.people[DAD]
    sheets = [one.case.answers(POLICE, about=("spouse", one.spouse), **one.given).sheet]
    assert one.judged(one.contest(dad), one.signer, sheets=sheets) == "case-undecided"
    assert one.judged(one.contest(None), one.signer, sheets=sheets) == "case-undecided"  # the applicant's own contest
    assert one.judged(one.contest(dad), sheets=sheets) == "contest-invalid"
    assert one.judged(one.contest(dad, "applicant"), one.signer, sheets=sheets) == "contest-invalid"


def test_another_person_does_not_contest_in_a_linked_adults_place(world: World) -> None:
    one = Couple(world, FORMER)
    assert one.judged(one.contest(world.people[FORMER]), one.signer) == "contest-invalid"

"""What a gateway refuses to answer: one test for each code, one changed part each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mianzheng.credentials import jwe, jws
from mianzheng.credentials.assertion import make_assertion
from mianzheng.credentials.keys import PrivateKey
from mianzheng.gateway.approving import retire
from mianzheng.gateway.config import Budgets
from mianzheng.gateway.refusals import REFUSALS
from mianzheng.mandates.token import show
from mianzheng.model.authorisation import FormValue, Statement, plan_digest
from mianzheng.model.canonical import b64, canonical, digest
from mianzheng.model.evidence import Status
from mianzheng.model.item import Basis, Fallback
from mianzheng.model.witnessing import LogLine
from tests.authority.grants import AgentCase, Grant
from tests.authority.presence_world import Window, WindowCase
from tests.gateway.world import ABSENT, CHILD, DRAWS, OLD, ORIGIN, RP_ID, WIFE, YOUNG, Case, World, refusal

HERE = "civil-affairs"


def test_something_that_is_no_token_is_malformed(world: World) -> None:
    for body in ("", "a.b.c", "ÿ", "{}", "x" * 5000):
        assert refusal(world, HERE, "/answers", body) == "malformed-request"


def test_another_hubs_key_is_refused(world: World) -> None:
    case = Case(world)
    token = case.token(case.request(HERE), key=world.key("other-hub"))
    assert refusal(world, HERE, "/answers", token) == "wrong-hub-key"


def test_the_hubs_log_key_does_not_sign_requests(world: World) -> None:
    case = Case(world)
    token = case.token(case.request(HERE), key=world.key("hub", "log"))
    assert refusal(world, HERE, "/answers", token) == "wrong-hub-key"


def test_a_changed_request_is_not_the_hubs_any_more(world: World) -> None:
    case = Case(world)
    head, _, signature = case.token(case.request(HERE)).split(".")
    other = case.token(case.request(HERE)).split(".")[1]
    assert refusal(world, HERE, "/answers", f"{head}.{other}.{signature}") == "wrong-hub-key"


def test_a_token_of_another_type_is_no_request(world: World) -> None:
    case = Case(world)
    token = case.token(case.request(HERE), typ="mz-decision-request")
    assert refusal(world, HERE, "/answers", token) == "malformed-request"


def test_a_request_for_another_gateway_is_refused(world: World) -> None:
    assert Case(world).refused(HERE, aud="human-resources") == "wrong-audience"


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_a_request_out_of_its_time_window_is_refused(world: World, seconds: int) -> None:
    assert Case(world).refused(HERE, iat=int(world.now()) + seconds) == "request-expired"


def test_the_same_id_with_another_body_is_refused(world: World) -> None:
    case = Case(world)
    case.ask(HERE, request="r-same-id-1")
    assert case.refused(HERE, request="r-same-id-1") == "replayed-with-another-body"


@pytest.mark.parametrize("id_", ["../../x\0", "", "a" * 65, "r 1", "陈", "r1\n"])
def test_an_id_of_another_form_is_malformed_at_gateway_and_authority(world: World, id_: str) -> None:
    case = Case(world)
    assert case.refused(HERE, request=id_) == "malformed-request"
    bundle = case.bundle_request("public-security", request=id_)
    token = case.token(bundle, "mz-bundle-request")
    assert refusal(world, "public-security", "/bundles", token) == "malformed-request"


def test_a_request_without_questions_or_with_one_twice_is_malformed(world: World) -> None:
    case = Case(world)
    (question,) = case.questions(HERE)
    assert case.refused(HERE, questions=(question, question)) == "malformed-request"
    request = msgspec.structs.replace(case.request(HERE), questions=())
    assert refusal(world, HERE, "/answers", case.token(request)) == "malformed-request"


def test_an_authorisation_that_another_key_signed_is_refused(world: World) -> None:
    case = Case(world)
    forged = case.vouch(hashlib.sha256(case.signed).digest(), PrivateKey.generate())
    assert case.refused(HERE, permission=case.permission(assertion=forged)) == "not-signed-by-the-person"


def test_an_assertion_over_another_authorisation_is_refused(world: World) -> None:
    case, other = Case(world), Case(world)
    assert case.refused(HERE, permission=case.permission(assertion=other.assertion)) == "not-signed-by-the-person"


def test_an_assertion_made_on_another_page_is_refused(world: World) -> None:
    case = Case(world)
    challenge = hashlib.sha256(case.signed).digest()
    elsewhere = make_assertion(world.people[OLD], challenge, origin="https://evil.example", rp_id=RP_ID)
    assert case.refused(HERE, permission=case.permission(assertion=elsewhere)) == "not-signed-by-the-person"
    other_site = make_assertion(world.people[OLD], challenge, origin=ORIGIN, rp_id="evil.example")
    assert case.refused(HERE, permission=case.permission(assertion=other_site)) == "not-signed-by-the-person"


def test_an_authorisation_changed_after_signing_is_refused(world: World) -> None:
    case = Case(world)
    longer = msgspec.structs.replace(case.authorisation, exp=case.authorisation.exp + 1)
    permission = case.permission(authorisation=b64(canonical(longer)))
    assert case.refused(HERE, permission=permission) == "bundle-of-another-authorisation"


def test_an_authorisation_of_another_case_is_refused(world: World) -> None:
    assert Case(world).refused(HERE, case="c-another") == "bad-authorisation"


def test_an_unreadable_authorisation_is_refused(world: World) -> None:
    case = Case(world)
    for text in ("%%", b64(b"{}"), b64(b"\xff")):
        assert case.refused(HERE, permission=case.permission(authorisation=text)) == "bad-authorisation"


def test_an_expired_authorisation_is_refused(world: World) -> None:
    case = Case(world, exp=int(world.now()) + 600)
    world.ahead = 700
    try:
        assert case.refused(HERE) == "authorisation-expired"
    finally:
        world.ahead = 0


def test_a_statute_case_needs_an_officers_key(world: World) -> None:
    assert Case(world, trigger="statute").refused(HERE) == "trigger-not-supported"


def test_acting_for_another_needs_a_mandate(world: World) -> None:
    assert Case(world, acts_for="applicant").refused(HERE) == "mandate-missing"


@pytest.mark.parametrize(
    ("name", "code"),
    [("certificate", "clerk-unknown"), ("mandate", "mandate-invalid"), ("standing", "mandate-invalid")],
)
def test_what_nothing_rests_on_does_not_travel(world: World, name: str, code: str) -> None:
    case = Case(world)
    assert case.refused(HERE, permission=case.permission(**{name: "a.b.c"})) == code


def test_a_certificate_or_signature_without_the_consent_it_belongs_to_is_refused(world: World) -> None:
    case = Case(world)
    assert case.refused(HERE, consent_certificate="a.b.c") == "consent-invalid"
    assert case.refused(HERE, consent_assertion=case.assertion) == "consent-invalid"


def test_another_plan_than_the_signed_one_is_refused(world: World) -> None:
    case = Case(world)
    assert case.refused(HERE, permission=case.permission(plan=case.plan[1:])) == "plan-differs"


def test_a_question_that_is_not_in_the_plan_is_refused(world: World) -> None:
    case = Case(world)
    plan = tuple(line for line in case.plan if line.department != HERE)
    shorter = Case(world, plan_digest=plan_digest(plan))
    assert shorter.refused(HERE, permission=shorter.permission(plan=plan)) == "not-in-plan"


def test_a_question_of_another_department_is_not_answered_here(world: World) -> None:
    case = Case(world)
    (elsewhere, *_) = case.questions("public-security")
    assert case.refused(HERE, questions=(elsewhere,)) == "question-not-approved"


def test_a_question_approved_for_another_item_is_refused(world: World) -> None:
    """The plan names a real question of this gateway, approved for another item."""
    other = Case(world, "care-aid", forms={"town": "331082001"})
    lines = tuple(line for line in other.plan if line.department == HERE)
    case = Case(world, plan_digest=plan_digest(lines))
    refused = case.refused(HERE, permission=case.permission(plan=lines), questions=(lines[0].question,))
    assert refused == "question-not-approved"


def test_an_item_version_that_no_steward_loaded_is_refused(world: World) -> None:
    assert Case(world, item_digest=digest(b"x")).refused(HERE) == "item-not-loaded"
    assert Case(world, item_version=7).refused(HERE) == "item-not-loaded"


def test_an_item_version_not_in_force_or_retired_is_refused(world: World) -> None:
    item = world.loaded["old-age-allowance"].item
    today = Case(world).authorisation.as_of
    world.add_item(msgspec.structs.replace(item, version=11, effective=today + timedelta(days=1)))
    assert Case(world, "old-age-allowance.11").refused(HERE) == "item-not-in-force"
    world.add_item(msgspec.structs.replace(item, version=12, until=today))
    assert Case(world, "old-age-allowance.12").refused(HERE) == "item-not-in-force"
    world.add_item(msgspec.structs.replace(item, version=13))
    assert Case(world, "old-age-allowance.13").ask(HERE)
    retire(world.gateways[HERE], item.item, 13, world.steward(HERE), last=today - timedelta(days=1))
    assert Case(world, "old-age-allowance.13").refused(HERE) == "item-not-in-force"
    assert Case(world, "old-age-allowance.13", as_of=today - timedelta(days=1)).ask(HERE)


def test_a_condition_not_in_force_on_the_cases_date_asks_nothing(world: World) -> None:
    item = world.loaded["old-age-allowance"].item
    lapsed = msgspec.structs.replace(item.conditions[3], until=Case(world).authorisation.as_of)
    world.add_item(msgspec.structs.replace(item, version=14, conditions=(*item.conditions[:3], lapsed)))
    assert Case(world, "old-age-allowance.14").refused(HERE) == "not-in-plan"


@pytest.mark.parametrize("changes", [{"register": "hukou"}, {"sensitive": True}, {"purpose": "need"}])
def test_a_plan_that_describes_a_question_otherwise_is_refused(world: World, changes: dict[str, Any]) -> None:
    plan = tuple(msgspec.structs.replace(line, **changes) for line in Case(world).plan)
    case = Case(world, plan_digest=plan_digest(plan))
    assert case.refused(HERE, permission=case.permission(plan=plan)) == "plan-differs"


def test_a_basis_that_was_not_approved_for_this_item_is_refused(world: World) -> None:
    case = Case(world)
    plan = tuple(msgspec.structs.replace(line, basis=Basis(consent="本人同意")) for line in case.plan)
    other = Case(world, plan_digest=plan_digest(plan))
    assert other.refused(HERE, permission=other.permission(plan=plan)) == "basis-not-approved"


def test_a_plan_that_words_a_question_otherwise_is_refused(world: World) -> None:
    case = Case(world)
    nice = msgspec.structs.replace(case.plan[0].sentence, zh="您好吗？")
    plan = tuple(msgspec.structs.replace(line, sentence=nice) for line in case.plan)
    other = Case(world, plan_digest=plan_digest(plan))
    assert other.refused(HERE, permission=other.permission(plan=plan)) == "sentence-differs"


@pytest.mark.parametrize("days", [-2, 120])
def test_a_case_dated_in_the_future_or_long_ago_is_refused(world: World, days: int) -> None:
    today = Case(world).authorisation.as_of
    assert Case(world, as_of=today - timedelta(days=days)).refused(HERE) == "as-of-out-of-range"


def test_an_item_is_not_answered_below_its_least_presence(world: World) -> None:
    case = Case(world, "care-aid", YOUNG, forms={"town": "331082001"})
    assert case.refused("human-resources") == "presence-too-low"


def test_special_data_need_presence_three_whatever_the_item_says(world: World) -> None:
    item = msgspec.structs.replace(world.loaded["care-aid"].item, version=2, presence=1)
    world.add_item(item)
    case = Case(world, "care-aid.2", YOUNG, forms={"town": "331082001"})
    assert case.refused(HERE) == "presence-too-low"
    assert case.ask("human-resources")


def test_every_fact_about_a_person_under_fourteen_is_special(world: World) -> None:
    assert Case(world, number=CHILD).refused(HERE) == "presence-too-low"
    assert Case(world, number=YOUNG).ask(HERE)


def test_something_that_is_no_bundle_is_refused(world: World) -> None:
    case = Case(world)
    for token in ("", "a.b.c", case.token(case.bundle, "mz-bundle")):
        assert case.refused(HERE, permission=case.permission(actor=token), bundle=token) == "bundle-invalid"


def test_a_bundle_signed_by_a_gateway_that_is_no_authority_is_refused(world: World) -> None:
    case = Case(world)
    token = case.token(case.bundle, "mz-bundle", world.key("human-resources"))
    assert case.refused(HERE, permission=case.permission(actor=token), bundle=token) == "bundle-invalid"


def test_an_authority_for_bodies_does_not_name_persons(world: World) -> None:
    case = Case(world)
    token = case.token(case.bundle, "mz-bundle", world.key("market-regulation"))
    assert case.refused(HERE, permission=case.permission(actor=token), bundle=token) == "bundle-invalid"


def test_a_bundle_of_another_case_is_refused(world: World) -> None:
    case, other = Case(world), Case(world)
    changed = case.permission(actor=other.sealed.bundle)
    sealed = other.sealed.sealed[HERE]
    refused = case.refused(HERE, permission=changed, bundle=other.sealed.bundle, statement=sealed)
    assert refused == "bundle-of-another-case"


def test_a_bundle_of_another_authorisation_of_the_same_case_is_refused(world: World) -> None:
    case = Case(world)
    again = Case(world, case=case.case)
    changed = case.permission(actor=again.sealed.bundle)
    sealed = again.sealed.sealed[HERE]
    refused = case.refused(HERE, permission=changed, bundle=again.sealed.bundle, statement=sealed)
    assert refused == "bundle-of-another-authorisation"


def test_a_bundle_of_another_role_is_refused(world: World) -> None:
    assert Case(world).refused(HERE, role="spouse") == "bundle-of-another-role"


def test_a_bundle_of_a_role_the_item_does_not_give_the_acting_person_is_refused(world: World) -> None:
    case = Case(world)
    sealed = case.bundled(role="spouse")
    changed = case.permission(actor=sealed.bundle)
    refused = case.refused(HERE, role="spouse", permission=changed, bundle=sealed.bundle, statement=sealed.sealed[HERE])
    assert refused == "bundle-of-another-role"


def test_an_expired_bundle_is_refused(world: World) -> None:
    case = Case(world)
    short = case.bundled(role="short", exp=int(world.now()) + 300)
    changed = case.permission(actor=short.bundle)
    world.ahead = 400
    try:
        refused = case.refused(HERE, permission=changed, bundle=short.bundle, statement=short.sealed[HERE])
    finally:
        world.ahead = 0
    assert refused == "bundle-expired"


def test_two_peoples_bundles_are_not_mixed(world: World) -> None:
    case, other = Case(world), Case(world, number=ABSENT)
    refused = case.refused(HERE, bundle=other.sealed.bundle, statement=other.sealed.sealed[HERE])
    assert refused == "bundle-of-another-case"


def test_another_bundle_than_the_acting_persons_own_is_refused(world: World) -> None:
    case = Case(world)
    spouse = case.bundled(role="spouse")
    refused = case.refused(HERE, role="spouse", bundle=spouse.bundle, statement=spouse.sealed[HERE])
    assert refused == "bundle-of-another-person"


def test_a_statement_of_another_bundle_is_refused(world: World) -> None:
    case, other = Case(world), Case(world, number=ABSENT)
    assert case.refused(HERE, statement=other.sealed.sealed[HERE]) == "statement-mismatch"


def test_a_statement_sealed_to_another_gateway_is_refused(world: World) -> None:
    case = Case(world)
    assert case.refused(HERE, statement=case.sealed.sealed["human-resources"]) == "statement-mismatch"


def test_a_statement_that_the_hub_sealed_itself_is_refused(world: World) -> None:
    case = Case(world)
    inner = statement(case, number=ABSENT)
    token = jws.sign(inner, key=world.key("hub"), typ="mz-statement")
    sealed = jwe.seal(token.encode(), to=world.key(HERE, "seal").public, typ="mz-statement")
    assert case.refused(HERE, statement=sealed) == "statement-mismatch"


def test_a_form_value_that_was_not_signed_is_refused(world: World) -> None:
    case = Case(world, "care-aid", forms={"town": "331082001"})
    other = (FormValue(name="town", value="331082002", salt=case.openings[0].salt),)
    assert case.refused("public-security", forms=other) == "form-not-authorised"
    unknown = Case(world, "care-aid", forms={"town": "331082001", "colour": "red"})
    assert unknown.refused("public-security") == "form-not-authorised"
    number = Case(world, "care-aid", forms={"town": 3})
    assert number.refused("public-security") == "form-not-authorised"


def test_a_form_value_that_the_hub_keeps_back_is_missed(world: World) -> None:
    case = Case(world, "care-aid", forms={"town": "331082001"})
    assert case.refused("public-security", forms=()) == "form-missing"


def test_a_question_is_answered_once_for_a_bundle(world: World) -> None:
    case = Case(world)
    case.ask(HERE)
    assert case.refused(HERE) == "already-answered"


def test_what_is_not_held_is_asked_anew_only_where_it_may_follow(world: World) -> None:
    """No proof of life of WIFE is held: 容缺受理 leaves that question open, any other fall-back closes it."""
    base, there = world.loaded["old-age-allowance"].item, "human-resources"
    late = tuple(
        msgspec.structs.replace(one, fallback=Fallback.ACCEPT_INCOMPLETE, supply_within=5) if one.id == "alive" else one
        for one in base.conditions
    )
    world.add_item(msgspec.structs.replace(base, version=80, conditions=late))
    closed, open_ = Case(world, number=WIFE), Case(world, "old-age-allowance.80", number=WIFE)
    for case in (closed, open_):
        _, sheet = case.ask(there)
        assert [answer.status for answer in sheet.values()] == [Status.NOT_HELD]
    assert closed.refused(there) == "already-answered"
    assert open_.ask(there)


def test_a_fourth_form_value_for_one_question_and_person_is_refused(world: World) -> None:
    for town in ("331082011", "331082012", "331082013", "331082011"):
        Case(world, "care-aid", DRAWS, forms={"town": town}).ask("public-security")
    fourth = Case(world, "care-aid", DRAWS, forms={"town": "331082014"})
    assert fourth.refused("public-security") == "form-values-used-up"
    assert Case(world, "care-aid", ABSENT, forms={"town": "331082014"}).ask("public-security")


THRIFTY = Budgets(subject_questions=3, agent_questions=1, agent_subjects=1, clerk_subjects=1, hub_subjects=2)


@pytest.fixture(scope="module")
def thrifty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("thrifty"), budgets=THRIFTY)
    yield made
    made.close()


def test_the_budget_of_a_subject_can_be_used_up(thrifty: World) -> None:
    Case(thrifty).ask("public-security")
    case = Case(thrifty, "care-aid", forms={"town": "331082001"})
    assert case.refused("public-security") == "subject-budget-used-up"
    assert any(entry.kind == "refused" for entry in thrifty.gateways["public-security"].log.mine(OLD))


def test_the_budget_of_a_hub_can_be_used_up(thrifty: World) -> None:
    Case(thrifty).ask(HERE)
    Case(thrifty, number=ABSENT).ask(HERE)
    assert Case(thrifty, number=DRAWS).refused(HERE) == "hub-budget-used-up"
    assert Case(thrifty, number=ABSENT).ask(HERE)


def test_the_budget_of_an_agents_key_can_be_used_up_in_people_and_in_questions(thrifty: World) -> None:
    first, second = agent_case(thrifty, DRAWS), agent_case(thrifty, WIFE)
    first.ask("human-resources")
    assert second.refused("human-resources") == "agent-budget-used-up"
    assert first.refused("public-security") == "agent-budget-used-up"  # two questions at once
    told = {entry.code for entry in thrifty.gateways["human-resources"].log.mine(WIFE)}
    assert told == {"agent-budget-used-up"}
    assert Case(thrifty, number=WIFE).ask("human-resources")  # who acts for themself is no agent


def agent_case(world: World, principal: str) -> AgentCase:
    grant = Grant(world, principal)
    return AgentCase(world, show(grant.mandate(), "old-age-allowance"), holder=grant.grant.terms.holder)


def test_the_budget_of_a_clerks_key_can_be_used_up(thrifty: World, tmp_path: Path) -> None:
    window = Window(thrifty, tmp_path)
    first, second = (WindowCase(window, number, window.passed(number)) for number in (window.person(), window.person()))
    first.ask("public-security")
    assert second.refused("public-security") == "clerk-budget-used-up"
    assert first.bundle.signer == second.bundle.signer == window.clerk.key.kid


def test_every_refused_attempt_leaves_a_line_that_names_no_subject(world: World) -> None:
    gateway = world.gateways[HERE]
    before = len(lines_of(world))
    case = Case(world)
    request = case.request(HERE, role="spouse")
    refusal(world, HERE, "/answers", case.token(request))
    refusal(world, HERE, "/answers", "nonsense")
    added = lines_of(world)[before:]
    assert [line.kind for line in added] == ["refused", "refused"]
    assert (added[0].request, added[0].entry, added[1].request) == (request.request, request.entry, "")
    query = "SELECT DISTINCT subject FROM log WHERE kind = 'refused' AND request IN (?, '')"
    assert gateway.state.reader().execute(query, (request.request,)).fetchall() == [("",)]


def test_each_refusal_has_a_stable_code_and_a_status() -> None:
    assert all(400 <= status < 600 for status in REFUSALS.values())


def lines_of(world: World) -> list[LogLine]:
    gateway = world.gateways[HERE]
    lines: list[LogLine] = []
    while page := gateway.log.page(len(lines), at=gateway.now()).lines:
        lines += page
    return lines


def statement(case: Case, **changes: object) -> Statement:
    fields = {
        "number": case.number,
        "bundle": case.bundle.bundle,
        "role": "applicant",
        "case": case.case,
        "authorisation": case.digest,
        "aud": HERE,
        "iat": case.bundle.iat,
        "exp": case.bundle.exp,
    }
    return Statement(**(fields | changes))  # type: ignore[arg-type]

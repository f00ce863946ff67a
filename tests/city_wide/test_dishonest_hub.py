"""The dishonest hub gets no answer: forged subjects, authorisations, bundles, plans, questions, requests.

It holds every key, row and setting of the hub. Where an attempt needs a person's signature, the
hub's page lied and the person really signed. Each attempt is refused with its own code, and the
department's own log holds a line of it, and nothing else that is new. What it tries with sheets,
decisions and people's lists is in `test_dishonest_hub_decides`.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from mianzheng.credentials import jwe, jws
from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.authorisation import Bundle, Draft, SealedBundle, Statement, plan_digest
from mianzheng.model.canonical import digest
from mianzheng.model.deciding import DecisionResponse
from mianzheng.model.item import Basis
from mianzheng.model.plan import PlanLine
from tests.city_wide.dishonest_hub import CIVIL, HOUSING, LABOUR, POLICE, SCHOOLS, Grasp, new_id, replace
from tests.city_wide.trap import Trap, lied

TODAY = date.today()


@pytest.fixture(scope="module")
def fresh(trap: Trap) -> Grasp:
    """Somebody signed, the authority named them, and nothing was asked yet."""
    return trap.bundled(trap.one())


@pytest.fixture(scope="module")
def past(trap: Trap) -> Grasp:
    """Somebody else's case, run to its end: granted, issued, delivered."""
    return trap.finished(trap.one())[2]


def test_the_honest_requests_are_served(trap: Trap) -> None:
    grasp = trap.bundled(trap.one())
    before = trap.traces.count(CIVIL)
    reply = trap.hub.decide(grasp, trap.asked(grasp))
    assert reply.status == 200
    response = msgspec.json.decode(reply.body, type=DecisionResponse)
    holder = trap.session.wallet.holder_key(grasp.case)
    assert jwe.open_sealed(response.credential, key=holder, typ="mz-credential")
    assert [line.kind for line in trap.traces.lines(CIVIL, after=before)] == ["answered", "decision"]


# -- subjects


def forged_statement(trap: Trap, grasp: Grasp, number: str, *, bundle: str) -> str:
    """A statement about a number that is public knowledge, signed by the hub and sealed to civil affairs."""
    inner = Statement(
        number=number,
        bundle=bundle,
        role="applicant",
        case=grasp.case,
        authorisation=grasp.digest,
        aud=CIVIL,
        iat=int(time.time()),
        exp=grasp.signed.exp,
    )
    token = trap.hub.sign(inner, "mz-statement")
    return jwe.seal(token.encode(), to=trap.hub.trust.current(CIVIL, "seal", inner.iat), typ="mz-statement")


def forged_bundle(trap: Trap, grasp: Grasp, statement: str, *, key: PrivateKey | None = None) -> str:
    """The authority's bundle as the hub would write it, for a statement of its own."""
    true = msgspec.json.decode(jws.unverified_payload(grasp.sealed.bundle), type=Bundle)
    other = replace(true, sealed={CIVIL: digest(statement.encode())}, signer=trap.hub.own_person.kid)
    return trap.hub.sign(other, "mz-bundle", key)


@pytest.mark.parametrize("signer", ["hub", "made up"])
def test_a_subject_that_the_hub_seals_itself_is_nobody(trap: Trap, fresh: Grasp, signer: str) -> None:
    statement = forged_statement(trap, fresh, trap.one("refused"), bundle="b")
    bundle = forged_bundle(trap, fresh, statement, key=trap.hub.own_person if signer == "made up" else None)
    own = replace(
        fresh,
        bundle=SealedBundle(bundle=bundle, sealed={CIVIL: statement}),
        assertion=trap.hub.vouch(hashlib.sha256(fresh.authorisation).digest()),
    )
    trap.caught(CIVIL, lambda: trap.hub.ask(own, CIVIL), "bundle-invalid")


def test_a_sealed_number_of_the_hubs_does_not_fit_the_authoritys_bundle(trap: Trap, fresh: Grasp) -> None:
    true = msgspec.json.decode(jws.unverified_payload(fresh.sealed.bundle), type=Bundle)
    statement = forged_statement(trap, fresh, trap.one("refused"), bundle=true.bundle)
    trap.caught(CIVIL, lambda: trap.hub.ask(fresh, CIVIL, statement=statement), "statement-mismatch")


def test_a_statement_sealed_to_another_gateway_is_refused(trap: Trap, fresh: Grasp) -> None:
    statement = fresh.sealed.sealed[POLICE]
    trap.caught(CIVIL, lambda: trap.hub.ask(fresh, CIVIL, statement=statement), "statement-mismatch")


def test_the_subject_of_another_persons_bundle_is_refused(trap: Trap, fresh: Grasp, past: Grasp) -> None:
    mixed = {"bundle": past.sealed.bundle, "statement": past.sealed.sealed[CIVIL]}
    trap.caught(CIVIL, lambda: trap.hub.ask(fresh, CIVIL, **mixed), "bundle-of-another-case")


# -- authorisations


def test_an_authorisation_that_the_hub_signs_itself_is_refused(trap: Trap, fresh: Grasp) -> None:
    own = replace(fresh, assertion=trap.hub.vouch(hashlib.sha256(fresh.authorisation).digest()))
    trap.caught(CIVIL, lambda: trap.hub.ask(own, CIVIL), "not-signed-by-the-person")


def test_an_assertion_that_the_person_made_for_something_else_is_refused(trap: Trap, fresh: Grasp, past: Grasp) -> None:
    trap.caught(
        CIVIL, lambda: trap.hub.ask(replace(fresh, assertion=past.assertion), CIVIL), "not-signed-by-the-person"
    )


ALTERED = [
    {"plan_digest": digest(b"another plan")},
    {"item_version": 2},
    {"item_digest": digest(b"another item")},
    {"as_of": TODAY - timedelta(days=30)},
    {"holder": PrivateKey.generate().public.jwk},
    {"exp": int(time.time()) + 300 * 86_400},
    {"forms": (digest(b"a form value"),)},
    {"notice_digest": digest(b"another notice")},
    {"salt": "another"},
]


@pytest.mark.parametrize("changes", ALTERED, ids=lambda changes: next(iter(changes)))
def test_an_authorisation_altered_after_signing_is_refused(trap: Trap, fresh: Grasp, changes: dict[str, Any]) -> None:
    altered = fresh.altered(**changes)
    trap.caught(CIVIL, lambda: trap.hub.ask(altered, CIVIL), "bundle-of-another-authorisation")


@pytest.mark.parametrize("changes", ALTERED, ids=lambda changes: next(iter(changes)))
def test_the_authority_names_nobody_for_an_authorisation_altered_after_signing(
    trap: Trap, fresh: Grasp, changes: dict[str, Any]
) -> None:
    altered = fresh.altered(**changes)
    trap.caught(POLICE, lambda: trap.hub.ask_bundle(altered), "bundle-refused")


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"trigger": "statute"}, "trigger-not-supported"), ({"acts_for": "applicant"}, "mandate-missing")],
)
def test_an_authorisation_turned_into_another_kind_is_refused(
    trap: Trap, fresh: Grasp, changes: dict[str, Any], code: str
) -> None:
    trap.caught(CIVIL, lambda: trap.hub.ask(fresh.altered(**changes), CIVIL), code)


def test_another_plan_beside_the_signed_authorisation_is_refused(trap: Trap, fresh: Grasp) -> None:
    more = (*fresh.plan, replace(fresh.plan[0], question="q" + "a" * 26))
    trap.caught(CIVIL, lambda: trap.hub.ask(replace(fresh, plan=more), CIVIL), "plan-differs")


# -- bundles


def test_the_authority_names_nobody_for_the_hubs_own_signature(trap: Trap, past: Grasp) -> None:
    salted = past.altered(salt=secrets.token_hex(8))
    own = replace(salted, assertion=trap.hub.vouch(hashlib.sha256(salted.authorisation).digest()))
    trap.caught(POLICE, lambda: trap.hub.ask_bundle(own), "bundle-refused")


def test_the_authority_names_nobody_who_did_not_sign(trap: Trap, past: Grasp) -> None:
    signed = trap.signed(trap.one())
    trap.caught(POLICE, lambda: trap.hub.ask_bundle(signed, pairwise=past.pairwise), "bundle-refused")
    trap.caught(POLICE, lambda: trap.hub.ask_bundle(signed, pairwise=digest(b"nobody")), "bundle-refused")


@pytest.mark.parametrize("changes", [{"case": "c-another"}, {"exp": 1}, {"gateways": (CIVIL, HOUSING)}])
def test_a_second_bundle_of_one_authorisation_with_other_contents_is_refused(
    trap: Trap, fresh: Grasp, changes: dict[str, Any]
) -> None:
    changes = {name: value + fresh.signed.exp if name == "exp" else value for name, value in changes.items()}
    trap.caught(POLICE, lambda: trap.hub.ask_bundle(fresh, **changes), "replayed-with-another-body")


def test_a_bundle_of_another_case_of_the_same_person_is_refused(trap: Trap) -> None:
    number = trap.one()
    _, _, before = trap.finished(number)
    now = trap.bundled(number)
    replayed = replace(now, bundle=before.bundle)
    trap.caught(CIVIL, lambda: trap.hub.ask(replayed, CIVIL), "bundle-of-another-case")


def test_a_bundle_is_refused_in_another_role(trap: Trap, fresh: Grasp) -> None:
    trap.caught(CIVIL, lambda: trap.hub.ask(fresh, CIVIL, role="spouse"), "bundle-of-another-role")


def test_a_bundle_that_the_authority_gave_for_a_role_the_item_lacks_is_refused(trap: Trap) -> None:
    grasp = trap.bundled(trap.one(), role="spouse")
    trap.caught(CIVIL, lambda: trap.hub.ask(grasp, CIVIL, role="spouse"), "bundle-of-another-role")


def test_an_expired_authorisation_and_an_expired_bundle_are_refused(trap: Trap) -> None:
    soon = int(time.time()) + 3
    authorised = trap.bundled(trap.one(), lie=lambda draft: lied(draft, exp=soon))
    named = trap.bundled(trap.one(), exp=soon)
    time.sleep(max(0.0, soon + 1 - time.time()))
    trap.caught(CIVIL, lambda: trap.hub.ask(authorised, CIVIL), "authorisation-expired")
    trap.caught(CIVIL, lambda: trap.hub.ask(named, CIVIL), "bundle-expired")


def test_another_departments_gateway_does_not_take_somebodys_bundle(trap: Trap) -> None:
    grasp = trap.bundled(trap.one(), gateways=(CIVIL, HOUSING, LABOUR, POLICE))
    asked = {"questions": grasp.questions(CIVIL)}
    trap.caught(HOUSING, lambda: trap.hub.ask(grasp, HOUSING, **asked), "item-not-loaded")
    trap.caught(POLICE, lambda: trap.hub.ask(grasp, POLICE, **asked), "question-not-approved")


# -- questions


@pytest.fixture(scope="module")
def foreign(trap: Trap) -> PlanLine:
    """A line of another item's plan: whether somebody has a criminal record."""
    person = trap.person(trap.one())
    draft, _ = trap.run(person.apply("no-criminal-record", {"purpose": "test"}))
    return next(line for line in draft.plan if line.register == "criminal_record")


def with_plan(change: Callable[[tuple[PlanLine, ...]], tuple[PlanLine, ...]]) -> Callable[[Draft], Draft]:
    """A page that shows and has signed another plan."""

    def lie(draft: Draft) -> Draft:
        plan = change(draft.plan)
        return lied(draft, plan=plan, plan_digest=plan_digest(plan))

    return lie


def swapped(plan: tuple[PlanLine, ...]) -> tuple[PlanLine, ...]:
    """Two questions of the police change their ids: harmless words stand beside another question."""
    first, second = [line for line in plan if line.department == "public-security"][:2]
    ids = {first.question: second.question, second.question: first.question}
    return tuple(replace(line, question=ids.get(line.question, line.question)) for line in plan)


def described(**changes: Any) -> Callable[[tuple[PlanLine, ...]], tuple[PlanLine, ...]]:
    """Every line of the plan is described otherwise."""
    return lambda plan: tuple(replace(line, **changes) for line in plan)


def test_a_question_that_is_not_in_the_signed_plan_is_refused(trap: Trap, fresh: Grasp, foreign: PlanLine) -> None:
    trap.caught(POLICE, lambda: trap.hub.ask(fresh, POLICE, questions=(foreign.question,)), "not-in-plan")


def test_a_signed_plan_padded_with_another_items_question_is_refused(trap: Trap, foreign: PlanLine) -> None:
    grasp = trap.bundled(trap.one(), lie=with_plan(lambda plan: (*plan, foreign)))
    trap.caught(POLICE, lambda: trap.hub.ask(grasp, POLICE, questions=(foreign.question,)), "question-not-approved")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (swapped, "sentence-differs"),
        (described(basis=Basis(consent="所有查询")), "basis-not-approved"),
        (described(sensitive=True), "plan-differs"),
        (described(purpose="need"), "plan-differs"),
    ],
    ids=["ids swapped", "another basis", "another sensitivity", "another purpose"],
)
def test_a_plan_that_lies_about_its_questions_is_refused_although_it_is_signed(
    trap: Trap, change: Callable[[tuple[PlanLine, ...]], tuple[PlanLine, ...]], code: str
) -> None:
    grasp = trap.bundled(trap.one(), lie=with_plan(change))
    questions = tuple(line.question for line in grasp.plan if line.department == "public-security")[:2]
    trap.caught(POLICE, lambda: trap.hub.ask(grasp, POLICE, questions=questions), code)


@pytest.mark.parametrize("days", [-400, 1])
def test_a_date_of_the_case_out_of_its_time_is_refused_although_it_is_signed(trap: Trap, days: int) -> None:
    grasp = trap.bundled(trap.one(), lie=lambda draft: lied(draft, as_of=draft.as_of + timedelta(days=days)))
    trap.caught(CIVIL, lambda: trap.hub.ask(grasp, CIVIL), "as-of-out-of-range")


def test_an_item_version_that_no_steward_signed_is_refused_although_the_person_signed(trap: Trap) -> None:
    laxer = trap.bundled(trap.one(), lie=lambda draft: lied(draft, item_digest=digest(b"fewer conditions")))
    trap.caught(CIVIL, lambda: trap.hub.ask(laxer, CIVIL), "item-not-loaded")


def test_a_question_answered_for_a_bundle_is_not_answered_again(trap: Trap, past: Grasp) -> None:
    trap.caught(CIVIL, lambda: trap.hub.ask(past, CIVIL), "already-answered")


@pytest.fixture(scope="module")
def pupil(trap: Trap) -> str:
    """Somebody who may ask for senior school aid of a term."""
    return trap.city.people("senior-grant", "granted", 1)[0]


def test_a_form_value_that_was_not_signed_or_is_hidden_is_refused(trap: Trap, pupil: str) -> None:
    grasp = trap.bundled(pupil, "senior-grant", {"term": "2026春"}, handling=SCHOOLS)
    other = replace(grasp.forms[0], value="2026秋")
    trap.caught(SCHOOLS, lambda: trap.hub.ask(grasp, SCHOOLS, forms=(other,)), "form-not-authorised")
    trap.caught(SCHOOLS, lambda: trap.hub.ask(grasp, SCHOOLS, forms=()), "form-missing")


def test_a_question_is_asked_with_three_form_values_and_no_fourth(trap: Trap, pupil: str) -> None:
    terms = ("2025秋", "2026春", "2026秋", "2027春")
    cases = [trap.bundled(pupil, "senior-grant", {"term": term}, handling=SCHOOLS) for term in terms]
    for grasp in cases[:3]:
        assert trap.hub.ask(grasp, SCHOOLS, forms=grasp.forms).status == 200
    trap.caught(SCHOOLS, lambda: trap.hub.ask(cases[3], SCHOOLS, forms=cases[3].forms), "form-values-used-up")


# -- requests


def test_a_request_id_is_not_served_with_another_body(trap: Trap) -> None:
    grasp, request = trap.bundled(trap.one()), new_id("r")
    first, second = grasp.questions(POLICE)[:2]
    assert trap.hub.ask(grasp, POLICE, request=request, questions=(first,)).status == 200
    again = {"request": request, "questions": (second,)}
    trap.caught(POLICE, lambda: trap.hub.ask(grasp, POLICE, **again), "replayed-with-another-body")


@pytest.mark.parametrize("use", ["log", "seal", "transport"])
def test_a_request_under_another_key_of_the_hubs_is_refused(trap: Trap, fresh: Grasp, use: Any) -> None:
    key = trap.hub.folder.load(use)
    trap.caught(CIVIL, lambda: trap.hub.ask(fresh, CIVIL, key=key), "wrong-hub-key")


def test_a_request_under_a_made_up_key_is_refused(trap: Trap, fresh: Grasp) -> None:
    trap.caught(CIVIL, lambda: trap.hub.ask(fresh, CIVIL, key=trap.hub.own_person), "wrong-hub-key")


def test_a_request_for_one_gateway_is_refused_by_another(trap: Trap, fresh: Grasp) -> None:
    token = trap.hub.sign(trap.hub.answer_request(fresh, CIVIL), "mz-answer-request")
    trap.caught(POLICE, lambda: trap.hub.post(POLICE, "/answers", token), "wrong-audience")


def test_a_request_made_long_ago_is_refused(trap: Trap, fresh: Grasp) -> None:
    trap.caught(CIVIL, lambda: trap.hub.ask(fresh, CIVIL, iat=int(time.time()) - 86_400), "request-expired")


@pytest.mark.parametrize("changes", [{"entry": "none"}, {"entry": "x" * 10_000}, {"request": "r" * 10_000}])
def test_a_request_that_rests_on_no_leaf_or_stuffs_the_log_is_refused(
    trap: Trap, fresh: Grasp, changes: dict[str, str]
) -> None:
    trap.caught(CIVIL, lambda: trap.hub.ask(fresh, CIVIL, **changes), "malformed-request")

"""Officers' signatures before the handling gateway: what they must be of, over and beside."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec
import pytest

from mianzheng.credentials import jws, sdjwt
from mianzheng.credentials.keys import PrivateKey
from mianzheng.decision.decide import decide
from mianzheng.decision.recommending import recommend, shown
from mianzheng.model.asking import Step
from mianzheng.model.avoidance import AvoidanceRequest, AvoidanceResponse
from mianzheng.model.canonical import b64
from mianzheng.model.deciding import DecisionResponse
from mianzheng.model.evidence import Evidence
from mianzheng.model.officers import (
    AnswerContest,
    Corrected,
    CorrectedResponse,
    CorrectionRequest,
    Review,
    Seen,
    StaffRequest,
    act_digest,
)
from mianzheng.model.publishing import Certified
from tests.gateway.test_decisions import shown_reasons
from tests.gateway.world import DRAWS, OLD, Case, World, read_answers, refusal

HERE = "civil-affairs"


def variant(world: World, name: str, **changes: Any) -> str:
    """The allowance under another name and procedure, loaded everywhere."""
    if name not in world.loaded:
        item = msgspec.structs.replace(world.loaded["old-age-allowance"].item, item=name, examples=(), **changes)
        world.loaded[name] = world.add_item(item)
    return name


def step(world: World, case: str, name: str, shown: str, *, department: str = HERE, role: str = "officer") -> Certified:
    """A step as a member of staff signs it."""
    words = Step(case=case, step=name, shown=shown, salt=b64(secrets.token_bytes(16)), iat=int(world.now()))
    return certified(world, words, "mz-step", department=department, role=role)


def certified(
    world: World,
    payload: msgspec.Struct,
    typ: str,
    *,
    department: str = HERE,
    role: str = "officer",
    key: PrivateKey | None = None,
) -> Certified:
    holder = world.staff(department, role)
    return Certified(token=jws.sign(payload, key=key or holder.key, typ=typ), certificate=holder.certificate)


def seen(world: World, case: str, name: str, value: Any, *, note: str = "看过", **of: Any) -> Certified:
    day = world.gateways[HERE].today()
    found = Seen(case=case, name=name, value=value, seen_on=day, salt="s", iat=int(world.now()), note=note)
    return certified(world, found, "mz-finding", **of)


def recommended(world: World, case: Case, sheets: list[str], *findings: Certified, **evidence: Any) -> str:
    """The digest of what the desk recommends from these sheets."""
    answers = {
        (question, "applicant"): answer
        for department in world.gateways
        for sheet in sheets
        if _issuer(sheet) == department
        for question, answer in read_answers(world, department, sheet).items()
    }
    found = Evidence(answers=answers, params=world.gateways[HERE].items.params(), **evidence)
    outcome = decide(case.loaded.compiled, world.catalogue.facts, found, case.authorisation.as_of)
    return shown(
        recommend(
            outcome,  # type: ignore[arg-type]
            case.loaded.compiled,
            world.catalogue.facts.departments,
            case=case.case,
            as_of=case.authorisation.as_of,
            sheets=tuple(sdjwt.token_digest(sheet) for sheet in sheets),
            findings={str(number): one for number, one in enumerate(findings)},
        )
    )


def _issuer(sheet: str) -> str:
    return str(msgspec.json.decode(jws.unverified_payload(sheet))["iss"])


def cleared(world: World, case: Case, *staff: str) -> tuple[str, ...]:
    """The authority's clearance of each of these departments' officers."""
    tokens = []
    for department in staff:
        request = AvoidanceRequest(
            aud="public-security",
            iat=int(world.now()),
            request=secrets.token_hex(6),
            case=case.case,
            certificate=world.staff(department, "officer").certificate,
            bundles=(case.sealed.bundle,),
        )
        reply = world.clients["public-security"].post("/avoidance", content=case.token(request, "mz-avoidance-request"))
        assert reply.status_code == 200, reply.text
        tokens.append(msgspec.json.decode(reply.content, type=AvoidanceResponse).clearance)
    return tuple(tokens)


def signed_grant(world: World) -> tuple[Case, list[str], dict[str, Any]]:
    """A case whose item an officer signs, its sheets, and what makes the request hold."""
    case = Case(world, variant(world, "officers-allowance", approval="clerk"))
    sheets = case.all_sheets()
    signature = step(world, case.case, "sign:granted", recommended(world, case, sheets))
    return case, sheets, {"signature": signature, "clearances": cleared(world, case, HERE)}


def test_a_decision_on_an_officers_signature_says_so_and_who(world: World) -> None:
    case, sheets, parts = signed_grant(world)
    _, decision = case.decide(sheets, **parts)
    assert (decision.outcome, decision.decided_by) == ("granted", "officer")
    assert decision.signed_by == (world.staff(HERE, "officer").staff,)


def test_an_item_that_officers_sign_is_not_granted_by_machine(world: World) -> None:
    case, sheets, _ = signed_grant(world)
    assert case.undecided(sheets) == "decision-needs-officer"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("over other sheets", "shown-otherwise"),
        ("other step", "officer-step-invalid"),
        ("other case", "officer-step-invalid"),
        ("clerk", "officer-unknown"),
        ("other department", "officer-unknown"),
        ("other key", "officer-unknown"),
        ("no clearance", "clearance-missing"),
    ],
)
def test_a_signature_that_does_not_hold_decides_nothing(world: World, how: str, code: str) -> None:
    case, sheets, parts = signed_grant(world)
    shown_ = recommended(world, case, sheets)
    other = Step(case=case.case, step="sign:granted", shown=shown_, salt="s", iat=int(world.now()))
    bad = {
        "over other sheets": lambda: step(
            world, case.case, "sign:granted", recommended(world, case, sheets, parts["signature"])
        ),
        "other step": lambda: step(world, case.case, "sign:refused", shown_),
        "other case": lambda: step(world, "another", "sign:granted", shown_),
        "clerk": lambda: step(world, case.case, "sign:granted", shown_, role="clerk"),
        "other department": lambda: step(world, case.case, "sign:granted", shown_, department="human-resources"),
        "other key": lambda: certified(world, other, "mz-step", key=PrivateKey.generate()),
        "no clearance": lambda: parts["signature"],
    }[how]()
    clearances = () if how == "no clearance" else parts["clearances"]
    assert case.undecided(sheets, signature=bad, clearances=clearances) == code


def test_a_hub_that_leaves_a_sheet_out_after_it_was_signed_decides_nothing(world: World) -> None:
    case, sheets, parts = signed_grant(world)
    code = case.undecided(sheets[:-1], **parts)
    assert code in ("case-undecided", "shown-otherwise")


def test_several_departments_each_sign_with_their_own_key(world: World) -> None:
    approvers = ("public-security", "human-resources")
    case = Case(world, variant(world, "joint", approval="departments", approvers=approvers))
    sheets = case.all_sheets()
    digest = recommended(world, case, sheets)
    parts: dict[str, Any] = {
        "signature": step(world, case.case, "sign:granted", digest),
        "clearances": cleared(world, case, HERE, *approvers),
    }
    assert case.undecided(sheets, **parts) == "approval-missing"
    own = tuple(step(world, case.case, "approve:granted", digest, department=name) for name in approvers)
    assert case.undecided(sheets, approvals=(own[0], own[0]), **parts) == "officer-unknown"
    _, decision = case.decide(sheets, approvals=own, **parts)
    assert len(decision.signed_by) == 3


def test_a_refused_licence_needs_the_officer_and_gets_one(world: World) -> None:
    case = Case(world, variant(world, "permit", kind="行政许可"), number=DRAWS)
    sheets, reasons = case.all_sheets(), shown_reasons(case, "no-other")
    accepted = case.step("accept-refusal", reasons)
    assert case.undecided(sheets, acceptance=accepted, accepted=reasons) == "refusal-needs-officer"
    signature = step(world, case.case, "sign:refused", recommended(world, case, sheets))
    _, decision = case.decide(sheets, signature=signature, clearances=cleared(world, case, HERE))
    assert (decision.outcome, decision.decided_by) == ("refused", "officer")


@pytest.mark.parametrize(
    ("name", "value", "note", "code"),
    [
        ("unknown", True, "看过", "finding-invalid"),
        ("condition:aged", "yes", "看过", "finding-invalid"),
        ("condition:aged", True, "", "finding-invalid"),
        ("computed:amount", "much", "看过", "finding-invalid"),
    ],
)
def test_a_finding_of_another_kind_is_refused(world: World, name: str, value: Any, note: str, code: str) -> None:
    case = Case(world)
    found = (seen(world, case.case, name, value, note=note),)
    assert case.undecided(case.all_sheets(), findings=found) == code


def test_a_finding_is_of_this_case_once_and_by_an_officer_here(world: World) -> None:
    case, name = Case(world), "condition:aged"
    sheets, own = case.all_sheets(), seen(world, case.case, name, True)
    assert case.undecided(sheets, findings=(own, own)) == "finding-invalid"
    assert case.undecided(sheets, findings=(seen(world, "another", name, True),)) == "finding-invalid"
    there = seen(world, case.case, name, True, department="human-resources")
    assert case.undecided(sheets, findings=(there,)) == "officer-unknown"


def test_a_finding_overrules_no_answer(world: World) -> None:
    case = Case(world, number=DRAWS)
    found = (seen(world, case.case, "condition:no-other", True),)
    code = case.undecided(case.all_sheets(), findings=found)
    assert code in ("refusal-needs-acceptance", "decision-needs-officer")


def test_a_declaration_the_item_does_not_offer_is_refused(world: World) -> None:
    case = Case(world)
    signed = case.step("declare:aged", "我已满八十")
    assert case.undecided(case.all_sheets(), declarations=(signed,)) == "declaration-invalid"


def test_a_grant_waits_for_the_public_notice_to_be_over(world: World) -> None:
    case = Case(world, variant(world, "noticed", public_notice_days=7))
    assert case.undecided(case.all_sheets()) == "public-notice-running"


def refused(world: World) -> tuple[Case, list[str]]:
    case = Case(world, number=DRAWS)
    sheets, reasons = case.all_sheets(), shown_reasons(case, "no-other")
    case.decide(sheets, acceptance=case.step("accept-refusal", reasons), accepted=reasons)
    return case, sheets


def test_a_refused_case_is_decided_again_only_after_an_officer_reopened_it(world: World) -> None:
    case, sheets = refused(world)
    assert case.decide(sheets)[1].decided_by == "machine"  # the refusal that stands
    assert case.undecided(sheets, reopened=step(world, case.case, "take", "x")) == "not-reopened"
    reopened = step(world, case.case, "reopen", "x")
    signature = step(world, case.case, "sign:refused", recommended(world, case, sheets))
    parts = {"signature": signature, "clearances": cleared(world, case, HERE), "reopened": reopened}
    _, decision = case.decide(sheets, **parts)
    assert decision.decided_by == "officer"
    query = 'SELECT count(*) FROM earlier_decisions WHERE "case" = ?'
    assert world.gateways[HERE].state.reader().execute(query, (case.case,)).fetchone() == (1,)


def test_a_granted_case_is_not_decided_again_by_reopening(world: World) -> None:
    case = Case(world)
    sheets = case.all_sheets()
    first, _ = case.decide(sheets)
    again, _ = case.decide(sheets, reopened=step(world, case.case, "reopen", "x"))
    assert isinstance(first, DecisionResponse) and again == first


def correction(world: World, case: Case, answered: str, question: str, /, **changes: Any) -> CorrectionRequest:
    act = AnswerContest(question=question, role="applicant", outcome="corrected", reason="已更正")
    fields: dict[str, Any] = {
        "aud": HERE,
        "iat": int(world.now()),
        "request": f"k-{secrets.token_hex(6)}",
        "case": case.case,
        "role": "applicant",
        "question": question,
        "answered": answered,
        "bundle": case.sealed.bundle,
        "signed": step(world, case.case, "answer-contest", act_digest(act)),
        "act": act,
        "entry": b64(secrets.token_bytes(32)),
    }
    return CorrectionRequest(**(fields | changes))


def asked_once(world: World, case: Case) -> tuple[str, str]:
    """The request and question of an answer this department gave."""
    question = case.questions(HERE)[0]
    request = case.request(HERE, questions=(question,))
    assert world.clients[HERE].post("/answers", content=case.token(request)).status_code == 200
    return request.request, question


def test_an_officers_correction_lets_the_question_be_asked_once_more_and_lists_cases(world: World) -> None:
    other, case = Case(world, number=DRAWS), Case(world, number=DRAWS)
    asked_once(world, other)
    answered, question = asked_once(world, case)
    assert case.refused(HERE, questions=(question,)) == "already-answered"
    token = case.token(correction(world, case, answered, question), "mz-correction-request")
    reply = world.clients[HERE].post("/corrections", content=token)
    assert reply.status_code == 200, reply.text
    signed = msgspec.json.decode(reply.content, type=CorrectedResponse).corrected
    found = jws.verify_as(signed, typ="mz-corrected", key=world.key(HERE).public, type=Corrected)
    assert other.case in found.cases and case.case not in found.cases
    assert world.clients[HERE].post("/corrections", content=token).content == reply.content
    case.ask(HERE, questions=(question,))
    assert case.refused(HERE, questions=(question,)) == "already-answered"
    listed = world.clients[HERE].get("/reviews", headers=reader(world))
    cases = {review.case for review in msgspec.json.decode(listed.content, type=list[Review])}
    assert {case.case, other.case} <= cases


def reader(world: World, *, department: str = HERE) -> dict[str, str]:
    holder = world.staff(department, "officer")
    token = jws.sign(StaffRequest(aud=HERE, iat=int(world.now())), key=holder.key, typ="mz-staff")
    return {"authorization": f"Staff {token} {holder.certificate}"}


def test_nobody_but_the_departments_own_officers_reads_the_reviews(world: World) -> None:
    for headers in ({}, reader(world, department="human-resources")):
        assert world.clients[HERE].get("/reviews", headers=headers).json()["code"] == "officer-unknown"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("another question", "correction-invalid"),
        ("another request", "correction-invalid"),
        ("another bundle", "correction-invalid"),
        ("another department", "officer-unknown"),
        ("upheld", "correction-invalid"),
    ],
)
def test_a_correction_that_its_officer_did_not_sign_opens_nothing(world: World, how: str, code: str) -> None:
    case = Case(world, number=OLD)
    answered, question = asked_once(world, case)
    upheld = AnswerContest(question=question, role="applicant", outcome="upheld", reason="属实")
    corrected = msgspec.structs.replace(upheld, outcome="corrected", reason="已更正")
    changes: dict[str, Any] = {
        "another question": {"question": "q-other"},
        "another request": {"answered": "r-other"},
        "another bundle": {"bundle": Case(world).sealed.bundle},
        "another department": {
            "signed": step(world, case.case, "answer-contest", act_digest(corrected), department="human-resources")
        },
        "upheld": {"act": upheld, "signed": step(world, case.case, "answer-contest", act_digest(upheld))},
    }[how]
    request = correction(world, case, answered, question, **changes)
    assert refusal(world, HERE, "/corrections", case.token(request, "mz-correction-request")) == code
    assert case.refused(HERE, questions=(question,)) == "already-answered"

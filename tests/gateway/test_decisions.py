"""Decisions: made again from the sheets, signed once, the credential sealed to the holder."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from mianzheng.credentials import jwe, jws, sdjwt
from mianzheng.credentials.credential import verify_credential
from mianzheng.credentials.keys import PrivateKey
from mianzheng.gateway.admission import verifier_of
from mianzheng.gateway.decisions import decide_case
from mianzheng.model.asking import SheetClaims
from mianzheng.model.authorisation import FormValue
from mianzheng.model.canonical import digest
from mianzheng.model.case import ReasonView
from mianzheng.model.deciding import DecisionResponse, SignedDecision
from mianzheng.model.evidence import Answer, Status
from tests.gateway.world import ABSENT, DEPARTMENTS, DRAWS, NAMES, OLD, YOUNG, Case, World, read_answers, refusal

HERE = "civil-affairs"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def shown_reasons(case: Case, *failing: str) -> tuple[ReasonView, ...]:
    """The reasons as a hub shows them."""
    owners = {"resident": "public-security", "aged": "public-security", "no-other": HERE, "alive": "human-resources"}
    return tuple(
        ReasonView(
            condition=condition.id,
            zh=condition.otherwise.zh,
            en=condition.otherwise.en,
            department=owners.get(condition.id, HERE),
            contest=None,
        )
        for condition in case.item.conditions
        if condition.id in failing
    )


def resigned(world: World, sheet: str, *, key: PrivateKey, answers: dict[str, Any] | None = None, **claims: Any) -> str:
    """A sheet with other claims or answers, signed by `key`."""
    verified = sdjwt.verify(sheet, typ="mz-sheet", key=world.key(str(_claims(sheet).iss)).public, now=int(world.now()))
    return sdjwt.issue(verified.claims | claims, list((answers or verified.disclosed).items()), key=key, typ="mz-sheet")


def _claims(sheet: str) -> SheetClaims:
    return msgspec.json.decode(jws.unverified_payload(sheet), type=SheetClaims)


def test_a_granted_case_is_signed_and_its_credential_opens_for_the_holder_only(world: World) -> None:
    case = Case(world)
    sheets = case.all_sheets()
    response, decision = case.decide(sheets)
    assert (decision.outcome, decision.decided_by, decision.iss) == ("granted", "machine", HERE)
    assert Decimal(decision.amount or "0") == 200
    assert set(decision.sheets) == {sdjwt.token_digest(sheet) for sheet in sheets}
    assert decision.credential == digest(response.credential.encode())
    token = jwe.open_sealed(response.credential, key=case.holder, typ="mz-credential").decode()
    credential = verify_credential(token, key=world.key(HERE).public, now=int(world.now()))
    assert credential.claims.vct == "old-age-allowance"
    assert credential.claims.cnf.jwk == case.holder.public.jwk
    assert credential.claims.exp is not None
    assert credential.claims.status is not None
    assert credential.claims.status.status_list.idx == response.status_index
    assert (credential.disclosed["name"], credential.disclosed["number"]) == (NAMES[OLD], OLD)
    with pytest.raises(Exception, match="sealed to another key"):
        jwe.open_sealed(response.credential, key=world.key("hub", "seal"), typ="mz-credential")


def test_the_same_decision_request_gives_the_same_bytes(world: World) -> None:
    case = Case(world)
    token = case.token(case.decision(case.all_sheets()), "mz-decision-request")
    first = world.clients[HERE].post("/decisions", content=token)
    again = world.clients[HERE].post("/decisions", content=token)
    assert first.status_code == 200
    assert first.content == again.content


def test_a_case_is_decided_once_however_often_it_is_asked_for(world: World) -> None:
    case = Case(world)
    sheets = case.all_sheets()
    assert case.decide(sheets) == case.decide(sheets) == case.decide(sheets[:1])


def test_a_decision_may_be_asked_for_long_after_the_request_was_made(world: World) -> None:
    case = Case(world)
    token = case.token(case.decision(case.all_sheets()), "mz-decision-request")
    world.ahead = 7200
    try:
        assert world.clients[HERE].post("/decisions", content=token).status_code == 200
    finally:
        world.ahead = 0


def test_a_refusal_without_acceptance_is_only_proposed(world: World) -> None:
    case = Case(world, number=DRAWS)
    assert case.undecided(case.all_sheets()) == "refusal-needs-acceptance"


def test_a_refusal_that_the_person_accepted_is_final_and_gives_no_credential(world: World) -> None:
    case = Case(world, number=DRAWS)
    shown = shown_reasons(case, "no-other")
    accepted = case.step("accept-refusal", shown)
    response, decision = case.decide(case.all_sheets(), acceptance=accepted, accepted=shown)
    assert (decision.outcome, decision.reasons, decision.decided_by) == ("refused", ("no-other",), "machine")
    assert (response.credential, response.status_index, decision.credential) == ("", None, "")


def test_an_acceptance_of_other_reasons_is_refused(world: World) -> None:
    case = Case(world, number=DRAWS)
    sheets, shown = case.all_sheets(), shown_reasons(case, "no-other")
    good = case.step("accept-refusal", shown)
    other = shown_reasons(case, "aged")
    assert case.undecided(sheets, acceptance=good, accepted=other) == "acceptance-invalid"
    assert case.undecided(sheets, acceptance=good) == "acceptance-invalid"
    softer = tuple(msgspec.structs.replace(reason, zh="一切正常") for reason in shown)
    signed = case.step("accept-refusal", softer)
    assert case.undecided(sheets, acceptance=signed, accepted=softer) == "acceptance-invalid"


def test_an_acceptance_by_another_key_of_another_case_or_another_step_is_refused(world: World) -> None:
    case = Case(world, number=DRAWS)
    sheets, shown = case.all_sheets(), shown_reasons(case, "no-other")
    for step in (
        case.step("accept-refusal", shown, key=world.people[OLD]),
        case.step("accept-refusal", shown, case="c-another"),
        case.step("withdraw", shown),
    ):
        assert case.undecided(sheets, acceptance=step, accepted=shown) == "acceptance-invalid"


def test_a_refused_licence_needs_an_officer(world: World) -> None:
    item = world.loaded["night-permit"].item
    adult = msgspec.structs.replace(item.conditions[0], rule="applicant.hukou.age >= 60")
    world.add_item(msgspec.structs.replace(item, version=2, conditions=(adult,)))
    case = Case(world, "night-permit.2", YOUNG)
    assert case.undecided(case.all_sheets()) == "refusal-needs-officer"


def test_a_case_that_the_sheets_do_not_decide_stays_open(world: World) -> None:
    case = Case(world)
    sheets = case.all_sheets()
    assert case.undecided(sheets[:-1]) == "case-undecided"
    assert case.undecided([]) == "case-undecided"


def test_a_contested_answer_counts_as_unknown(world: World) -> None:
    case = Case(world)
    sheets = case.all_sheets()
    (question,) = case.questions(HERE)
    contest = case.step(f"contest:{question}:applicant", "shown")
    assert case.undecided(sheets, contests=(contest,)) == "case-undecided"


def test_a_contest_by_another_key_or_without_a_question_is_invalid(world: World) -> None:
    case = Case(world)
    sheets = case.all_sheets()
    (question,) = case.questions(HERE)
    foreign = case.step(f"contest:{question}:applicant", "shown", key=world.people[ABSENT])
    for contest in (foreign, case.step("contest:", "shown"), case.step("withdraw", "shown")):
        assert case.undecided(sheets, contests=(contest,)) == "contest-invalid"


def foreign_key(world: World, case: Case, sheet: str) -> str:
    return resigned(world, sheet, key=world.key("hub"))


def of_another_signature(world: World, case: Case, sheet: str) -> str:
    """The sheet under the true signature of another one."""
    (head, payload, _), rest = sheet.partition("~")[0].split("."), sheet.partition("~")[2]
    other = resigned(world, sheet, key=world.key(HERE), request="another").partition("~")[0].split(".")[2]
    return f"{head}.{payload}.{other}~{rest}"


def with_claims(**claims: Any) -> Callable[[World, Case, str], str]:
    return lambda world, case, sheet: resigned(world, sheet, key=world.key(HERE), **claims)


def other_question(world: World, case: Case, sheet: str) -> str:
    return resigned(world, sheet, key=world.key(HERE), answers={"qunknown": Answer(status=Status.NOT_HELD)})


FALSE: dict[str, tuple[Callable[[World, Case, str], str], str]] = {
    "forged": (of_another_signature, "sheet-invalid"),
    "replayed": (with_claims(authorisation=digest(b"an earlier one")), "sheet-of-another-case"),
    "expired": (with_claims(use_before=1), "sheet-expired"),
    "other case": (lambda world, case, sheet: Case(world).all_sheets()[0], "sheet-of-another-case"),
    "other subject": (with_claims(bundle=digest(b"another")), "sheet-of-another-subject"),
    "other role": (with_claims(role="spouse"), "sheet-of-another-subject"),
    "other question": (other_question, "sheet-invalid"),
    "wrong key": (foreign_key, "sheet-invalid"),
}


@pytest.mark.parametrize("false", FALSE)
def test_a_false_sheet_decides_nothing_and_leaves_a_line(world: World, false: str) -> None:
    make, code = FALSE[false]
    case = Case(world)
    sheets = case.all_sheets()
    request = case.decision([make(world, case, sheets[0]), *sheets[1:]])
    token = case.token(request, "mz-decision-request")
    assert refusal(world, HERE, "/decisions", token) == code
    (line,) = world.logged(HERE, request.request)
    assert (line.kind, line.code, line.case, line.entry) == ("refused", code, case.case, request.entry)
    assert case.decide(sheets)[1].outcome == "granted"


def test_a_sheet_of_another_item_version_is_refused(world: World) -> None:
    case = Case(world)
    sheets = case.all_sheets()
    other = resigned(world, sheets[0], key=world.key(HERE), item_version=9)
    assert case.undecided([other, *sheets[1:]]) == "sheet-of-another-case"


def test_a_sheet_that_no_gateway_signed_is_refused(world: World) -> None:
    case = Case(world)
    sheets = case.all_sheets()
    for key in (world.key("hub"), PrivateKey.generate(), world.key(HERE, "log")):
        assert case.undecided([resigned(world, sheets[0], key=key), *sheets[1:]]) == "sheet-invalid"
    assert case.undecided([sheets[0][:-1], *sheets[1:]]) == "sheet-invalid"
    assert case.undecided(["a.b.c~", *sheets[1:]]) == "sheet-invalid"


def test_a_department_does_not_answer_for_another(world: World) -> None:
    case = Case(world)
    sheets = case.all_sheets()
    (question, *_) = case.questions("public-security")
    true = Answer(status=Status.VALUE, value=True)
    foreign = resigned(world, sheets[0], key=world.key(HERE), answers={question: true})
    assert case.undecided([foreign, *sheets[1:]]) == "sheet-invalid"


def test_a_sheet_past_its_use_is_refused(world: World) -> None:
    case = Case(world, exp=int(world.now()) + 86_400 * 50)
    sheets = case.all_sheets()
    world.ahead = 86_400 * 31
    try:
        assert case.undecided(sheets) == "sheet-expired"
    finally:
        world.ahead = 0


def test_two_sheets_that_say_different_things_decide_nothing(world: World) -> None:
    case = Case(world)
    sheets = case.all_sheets()
    (question,) = case.questions(HERE)
    other = resigned(
        world, sheets[0], key=world.key(HERE), answers={question: Answer(status=Status.VALUE, value=False)}
    )
    assert case.undecided([*sheets, other]) == "sheets-disagree"


def test_an_unavailable_answer_gives_way_to_a_later_one(world: World) -> None:
    case = Case(world)
    sheets = case.all_sheets()
    (question,) = case.questions(HERE)
    nothing = Answer(status=Status.UNAVAILABLE, reason="down")
    earlier = resigned(world, sheets[0], key=world.key(HERE), answers={question: nothing})
    assert case.decide([earlier, *sheets, earlier])[1].outcome == "granted"


def test_another_department_does_not_decide(world: World) -> None:
    case = Case(world)
    request = case.decision(
        case.all_sheets(), aud="human-resources", statements={"applicant": case.sealed.sealed["human-resources"]}
    )
    code = refusal(world, "human-resources", "/decisions", case.token(request, "mz-decision-request"))
    assert code == "not-the-handling-department"


def test_a_decision_needs_every_form_value_that_was_signed(world: World) -> None:
    case = Case(world, "care-aid", forms={"town": "331082001"})
    sheets = case.all_sheets()
    assert case.undecided(sheets, forms=()) == "form-missing"
    other = FormValue(name="town", value="x", salt="s")
    assert case.undecided(sheets, forms=(other,)) == "form-not-authorised"
    assert case.decide(sheets)[1].outcome == "granted"


def test_a_decision_request_needs_bundles_and_statements_of_the_same_roles(world: World) -> None:
    case = Case(world)
    sheets = case.all_sheets()
    assert case.undecided(sheets, statements={}) == "malformed-request"
    assert case.undecided(sheets, bundles={}, statements={}) == "malformed-request"


def test_another_hubs_key_gets_no_decision(world: World) -> None:
    case = Case(world)
    token = case.token(case.decision(case.all_sheets()), "mz-decision-request", world.key("other-hub"))
    assert refusal(world, HERE, "/decisions", token) == "wrong-hub-key"


def test_two_requests_at_one_moment_make_one_decision(world: World) -> None:
    case, gateway = Case(world), world.gateways[HERE]
    sheets = case.all_sheets()
    tokens = [case.token(case.decision(sheets), "mz-decision-request").encode() for _ in range(6)]
    verifier = verifier_of(gateway)
    with ThreadPoolExecutor(6) as threads:
        found = set(threads.map(lambda token: decide_case(gateway, verifier, token), tokens))
    assert len(found) == 1
    assert msgspec.json.decode(found.pop(), type=DecisionResponse).credential


def treatment(case: Case, silent: str) -> tuple[dict[str, Answer], str]:
    """What a case comes to while one department is silent: its answers, then outcome or code of what is missing."""
    sheets = [case.ask(name)[0] for name in DEPARTMENTS if name != silent and case.questions(name)]
    answers: dict[str, Answer] = {}
    for sheet in sheets:
        answers |= read_answers(case.world, str(_claims(sheet).iss), sheet)
    token = case.token(case.decision(sheets), "mz-decision-request")
    reply = case.world.clients[HERE].post("/decisions", content=token)
    if reply.status_code >= 400:
        return answers, str(reply.json()["code"])
    response = msgspec.json.decode(reply.content, type=DecisionResponse)
    decision = jws.payload_as(jws.unverified_payload(response.decision), type=SignedDecision)
    return answers, f"{decision.outcome} {decision.amount}"


@pytest.mark.parametrize(
    ("number", "silent", "comes_to"),
    [
        (OLD, "", "granted 200"),
        (DRAWS, "", "refusal-needs-acceptance"),
        (OLD, "human-resources", "case-undecided"),
    ],
    ids=["granted", "refused", "undecided"],
)
def test_every_hour_of_a_day_comes_to_the_same(world: World, number: str, silent: str, comes_to: str) -> None:
    tomorrow = datetime.fromtimestamp(world.now(), SHANGHAI).date() + timedelta(days=1)
    seen = []
    for hour in (time(0, 5), time(8, 30)):  # in UTC they lie on two days
        world.ahead = datetime.combine(tomorrow, hour, SHANGHAI).timestamp() - world.now()
        try:
            seen.append(treatment(Case(world, number=number, as_of=tomorrow), silent))
        finally:
            world.ahead = 0
    assert seen[0] == seen[1]
    assert seen[0][1] == comes_to

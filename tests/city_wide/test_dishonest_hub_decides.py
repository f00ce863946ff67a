"""The dishonest hub gets no decision, no credential, no delivery, and no list of anybody's.

Sheets are forged, altered, thinned out, mixed; acceptances and contests made up; decisions asked for
twice or elsewhere; lists and logs asked for in other people's names. Each attempt is refused with
its own code and leaves a line in the department's own log, or the person's client names the lie.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mianzheng.client.checks import HubLied
from mianzheng.client.hub_client import HubClient
from mianzheng.client.person import Person
from mianzheng.credentials import jwe, jws, sdjwt
from mianzheng.credentials.credential import issue_credential
from mianzheng.model.asking import SignedStep, Step
from mianzheng.model.authorisation import Draft
from mianzheng.model.canonical import b64, canonical, digest, unb64
from mianzheng.model.deciding import DecisionResponse, SignedDecision
from mianzheng.model.identity import Nonce, SealedSignIn, SignIn, SignInRequest, SignInResponse, sign_in_challenge
from mianzheng.model.publishing import Approval, Certified
from mianzheng.model.witnessing import LogPage, LogRequest
from tests.city_wide.dishonest_hub import CIVIL, POLICE, Grasp, deciding, replace
from tests.city_wide.trap import ITEM, Trap, lied


@pytest.fixture(scope="module")
def ready(trap: Trap) -> tuple[Grasp, tuple[str, ...]]:
    """A case that would be granted: signed, named, asked; and its sheets. Nobody asked for the decision yet."""
    grasp = trap.bundled(trap.one())
    return grasp, trap.asked(grasp)


@pytest.fixture(scope="module")
def failing(trap: Trap) -> Grasp:
    """A case whose refusal is proposed: one of its answers is false, and the person accepted nothing."""
    return trap.finished(trap.one("refused"))[2]


@pytest.fixture(scope="module")
def accepted(trap: Trap) -> tuple[Person, Grasp]:
    """A refusal that a person has accepted, and the case as the hub holds it."""
    person, view, grasp = trap.finished(trap.one("refused"), accept=True)
    assert (view.decision, view.decided_by) == ("refused", "machine")
    return person, grasp


@pytest.fixture(scope="module")
def past(trap: Trap) -> Grasp:
    """A case that was granted, issued and delivered."""
    return trap.finished(trap.one())[2]


# -- sheets


def opened(sheet: str) -> tuple[dict[str, object], list[tuple[str, object]]]:
    """Claims and answers of a sheet, as anybody can read them."""
    claims = msgspec.json.decode(jws.unverified_payload(sheet), type=dict[str, object])
    texts = sheet.split("~")[1:-1]
    parts = [msgspec.json.decode(unb64(text), type=tuple[str, str, object]) for text in texts]
    return claims, [(name, value) for _, name, value in parts]


def is_false(answer: object) -> bool:
    """Tell whether an answer stands in the way of the grant."""
    return isinstance(answer, dict) and answer.get("value") is False


def with_true(answers: list[tuple[str, object]]) -> list[tuple[str, object]]:
    """The answers as the hub would like them."""
    return [(name, {**answer, "value": True} if is_false(answer) else answer) for name, answer in answers]  # type: ignore[dict-item]


@pytest.mark.parametrize("signer", ["hub", "made up"])
def test_a_sheet_that_the_hub_signs_itself_is_none(trap: Trap, failing: Grasp, signer: str) -> None:
    key = trap.hub.key if signer == "hub" else trap.hub.own_person
    forged = []
    for sheet in deciding(failing):
        claims, answers = opened(sheet)
        plain = {name: value for name, value in claims.items() if not name.startswith("_sd")}
        forged.append(sdjwt.issue(plain, with_true(answers), key=key, typ="mz-sheet"))
    trap.caught(CIVIL, lambda: trap.hub.decide(failing, tuple(forged)), "sheet-invalid")


def rewritten(sheet: str) -> str:
    """The sheet with its false answers turned into true ones."""
    signed, *texts, _ = sheet.split("~")
    changed = []
    for text in texts:
        salt, name, answer = msgspec.json.decode(unb64(text), type=tuple[str, str, dict[str, object]])
        changed.append(b64(canonical([salt, name, {**answer, "value": True} if is_false(answer) else answer])))
    return "~".join([signed, *changed, ""])


def with_decoy(sheet: str) -> str:
    """The sheet with a decoy's digest in the place of its answers."""
    claims, _ = opened(sheet)
    decoys = claims["_sd"]
    assert isinstance(decoys, list)
    return "~".join([sheet.partition("~")[0], str(decoys[0]), ""])


def with_another_answer(sheet: str) -> str:
    """The sheet with one more answer, taken from nowhere."""
    answer = canonical([secrets.token_hex(16), "q" + "a" * 26, {"status": "value", "value": True}])
    return f"{sheet}{b64(answer)}~"


@pytest.mark.parametrize("forge", [rewritten, with_decoy, with_another_answer])
def test_a_sheet_with_an_altered_answer_is_none(trap: Trap, failing: Grasp, forge: Callable[[str], str]) -> None:
    sheets = tuple(forge(sheet) for sheet in deciding(failing))
    trap.caught(CIVIL, lambda: trap.hub.decide(failing, sheets), "sheet-invalid")


def test_false_answers_that_are_left_out_do_not_become_true(trap: Trap, failing: Grasp) -> None:
    kept = []
    for sheet in deciding(failing):
        names = [name for name, answer in opened(sheet)[1] if not is_false(answer)]
        kept.append(sdjwt.present(sheet, names))
    trap.caught(CIVIL, lambda: trap.hub.decide(failing, tuple(kept)), "case-undecided")


def test_missing_sheets_decide_nothing(trap: Trap, ready: tuple[Grasp, tuple[str, ...]]) -> None:
    grasp, sheets = ready
    for some in ((), sheets[:1], sheets[1:]):
        trap.caught(CIVIL, lambda some=some: trap.hub.decide(grasp, some), "case-undecided")  # type: ignore[misc]


def test_two_peoples_sheets_do_not_mix(trap: Trap, ready: tuple[Grasp, tuple[str, ...]], failing: Grasp) -> None:
    trap.caught(CIVIL, lambda: trap.hub.decide(failing, ready[1]), "sheet-of-another-case")
    trap.caught(CIVIL, lambda: trap.hub.decide(failing, (*deciding(failing), ready[1][2])), "sheet-of-another-case")


def test_two_people_under_one_case_number_do_not_mix_either(trap: Trap, tmp_path: Path) -> None:
    first = trap.bundled(trap.one())
    sheets = trap.asked(first)
    second = trap.bundled(
        trap.one("refused"), lie=lambda draft: lied(draft, case=first.case), wallet=tmp_path / "another"
    )
    assert second.case == first.case
    trap.caught(CIVIL, lambda: trap.hub.decide(second, sheets), "sheet-of-another-case")


def test_an_older_sheet_of_the_same_person_from_another_case_is_refused(trap: Trap) -> None:
    number = trap.one("refused")
    _, _, before = trap.finished(number)
    now = trap.bundled(number)
    newest = trap.hub.sheet(now, POLICE)
    older = tuple(sheet for sheet in deciding(before) if opened(sheet)[0]["iss"] != POLICE)
    trap.caught(CIVIL, lambda: trap.hub.decide(now, (newest, *older)), "sheet-of-another-case")


# -- decisions


def test_another_departments_gateway_does_not_decide(trap: Trap, ready: tuple[Grasp, tuple[str, ...]]) -> None:
    grasp, sheets = ready
    trap.caught(POLICE, lambda: trap.hub.decide(grasp, sheets, aud=POLICE), "not-the-handling-department")


def test_a_credential_is_not_sealed_to_a_key_of_the_hubs(trap: Trap, ready: tuple[Grasp, tuple[str, ...]]) -> None:
    grasp, sheets = ready
    own = grasp.altered(holder=trap.hub.own_person.public.jwk)
    trap.caught(CIVIL, lambda: trap.hub.decide(own, sheets), "bundle-of-another-authorisation")


def test_a_decision_asked_for_under_another_key_is_refused(trap: Trap, ready: tuple[Grasp, tuple[str, ...]]) -> None:
    token = trap.hub.sign(trap.hub.decision_request(*ready), "mz-decision-request", trap.hub.folder.load("log"))
    trap.caught(CIVIL, lambda: trap.hub.post(CIVIL, "/decisions", token), "wrong-hub-key")


def test_a_refusal_nobody_accepted_is_not_signed(trap: Trap, failing: Grasp) -> None:
    trap.caught(CIVIL, lambda: trap.hub.decide(failing, deciding(failing)), "refusal-needs-acceptance")


def step(trap: Trap, case: str, name: str, shown: object) -> SignedStep:
    """A person's step as the hub would make it."""
    words = canonical(Step(case=case, step=name, shown=digest(canonical(shown)), salt="s", iat=int(time.time())))
    return SignedStep(step=b64(words), assertion=trap.hub.vouch(hashlib.sha256(words).digest()))


def test_an_acceptance_that_the_hub_signs_itself_is_refused(trap: Trap, failing: Grasp) -> None:
    more = {"acceptance": step(trap, failing.case, "accept-refusal", ()), "accepted": ()}
    trap.caught(CIVIL, lambda: trap.hub.decide(failing, deciding(failing), **more), "acceptance-invalid")


def test_an_acceptance_of_another_case_of_the_same_person_is_refused(
    trap: Trap, accepted: tuple[Person, Grasp]
) -> None:
    person, before = accepted
    now = trap.finished(person.number)[2]
    more = {"acceptance": before.acceptance, "accepted": ()}
    trap.caught(CIVIL, lambda: trap.hub.decide(now, deciding(now), **more), "acceptance-invalid")


def test_an_acceptance_of_other_reasons_than_the_answers_give_is_refused(trap: Trap) -> None:
    person, view, grasp = trap.finished(trap.one("refused"))
    milder = tuple(replace(reason, zh="材料不齐", en="papers are missing") for reason in view.reasons)
    words = canonical(
        Step(case=grasp.case, step="accept-refusal", shown=digest(canonical(milder)), salt="s", iat=int(time.time()))
    )
    challenge = hashlib.sha256(words).digest()
    signed = SignedStep(
        step=b64(words), assertion=trap.hub.vouch(challenge, person.key)
    )  # the page lied, and they signed
    more = {"acceptance": signed, "accepted": milder}
    trap.caught(CIVIL, lambda: trap.hub.decide(grasp, deciding(grasp), **more), "acceptance-invalid")


def test_a_contest_that_the_hub_signs_itself_is_refused(trap: Trap, failing: Grasp) -> None:
    false = next(name for sheet in deciding(failing) for name, answer in opened(sheet)[1] if is_false(answer))
    contest = step(trap, failing.case, f"contest:{false}:applicant", ())
    trap.caught(CIVIL, lambda: trap.hub.decide(failing, deciding(failing), contests=(contest,)), "contest-invalid")


def test_a_case_has_one_credential_and_asking_again_leaves_a_line(trap: Trap, past: Grasp) -> None:
    query = f"""SELECT count(*), max(status_index) FROM decisions WHERE "case" = '{past.case}'"""
    before, known = trap.traces.count(CIVIL), trap.traces.rows(CIVIL, query)
    own = past.altered(holder=trap.hub.own_person.public.jwk)
    for again in (past, own):
        reply = trap.hub.decide(again, deciding(past))
        assert msgspec.json.decode(reply.body, type=DecisionResponse) == past.decision
    assert trap.traces.rows(CIVIL, query) == known
    assert [line.kind for line in trap.traces.lines(CIVIL, after=before)] == ["decision", "decision"]


# -- deliveries


@pytest.fixture(scope="module")
def granted(trap: Trap) -> tuple[Grasp, str]:
    """A granted case whose delivery nobody asked for yet, and its signed decision."""
    grasp = trap.bundled(trap.one())
    reply = trap.hub.decide(grasp, trap.asked(grasp))
    return grasp, msgspec.json.decode(reply.body, type=DecisionResponse).decision


def test_money_does_not_go_to_another_persons_account(trap: Trap, granted: tuple[Grasp, str], past: Grasp) -> None:
    grasp, decision = granted
    needs = {line.question for line in past.plan if line.purpose == "need"}
    other = tuple(sheet.token for sheet in past.sheets if needs & sheet.answers.keys())
    assert other
    trap.caught(CIVIL, lambda: trap.hub.deliver(grasp, decision, other), "sheet-of-another-case")


def test_a_decision_that_the_hub_signs_itself_delivers_nothing(trap: Trap, failing: Grasp) -> None:
    decision = SignedDecision(
        iss=CIVIL,
        case=failing.case,
        item=ITEM,
        item_version=1,
        outcome="granted",
        reasons=(),
        amount="1000",
        sheets=(),
        decided_by="machine",
        iat=int(time.time()),
        credential="",
    )
    token = trap.hub.sign(decision, "mz-decision")
    trap.caught(CIVIL, lambda: trap.hub.deliver(failing, token, ()), "not-decided-here")


def test_another_cases_decision_delivers_nothing(trap: Trap, granted: tuple[Grasp, str], failing: Grasp) -> None:
    trap.caught(CIVIL, lambda: trap.hub.deliver(failing, granted[1], ()), "not-decided-here")


# -- lists, logs, approvals


def word(trap: Trap, audience: str, nonce: str) -> SignIn:
    """A sign-in as the hub would write it for somebody at a gateway."""
    now = int(time.time())
    return SignIn(
        audience=audience,
        nonce=nonce,
        authority=POLICE,
        pairwise="p",
        display="陈〇〇",
        method="software",
        level=3,
        iat=now,
        exp=now + 300,
        sealed_number=jwe.seal(trap.one().encode(), to=trap.hub.trust.current(audience, "seal", now), typ="mz-number"),
    )


def nonce_of(trap: Trap, party: str) -> Nonce:
    """A nonce as anybody gets it."""
    return msgspec.json.decode(trap.hub.post(party, "/nonces", "").body, type=Nonce)


def test_a_list_is_not_shown_for_a_sign_in_that_the_hub_signs_itself(trap: Trap) -> None:
    token = trap.hub.sign(word(trap, CIVIL, nonce_of(trap, CIVIL).nonce), "mz-sign-in")
    trap.caught(CIVIL, lambda: trap.hub.get(CIVIL, "/mine", f"SignIn {token}"), "sign-in-invalid")


class LyingHub(HubClient):
    """A hub that answers `POST /nonces` with whatever it likes, and passes on the rest."""

    def __init__(self, true: HubClient, nonce: Nonce) -> None:
        super().__init__(true.url, true._http)
        self.nonce = nonce
        self.asked: list[str] = []

    async def post(self, path: str, body: object, type_: Any) -> Any:
        """Answer a post."""
        self.asked.append(path)
        return self.nonce if path == "/nonces" else await super().post(path, body, type_)


def test_a_list_is_not_shown_for_a_sign_in_that_was_meant_for_the_hub(trap: Trap) -> None:
    person = trap.person(trap.one())
    nonce = Nonce(nonce=nonce_of(trap, CIVIL).nonce, audience=trap.hub.config.party)
    sealed = trap.run(person.sealed_sign_in(LyingHub(person.hub, nonce), "hub"))
    reply = trap.hub.post(POLICE, "/sign-ins", canonical(SealedSignIn(sealed=sealed)))
    token = msgspec.json.decode(reply.body, type=SignInResponse).sign_in
    trap.caught(CIVIL, lambda: trap.hub.get(CIVIL, "/mine", f"SignIn {token}"), "sign-in-invalid")
    again = canonical(SealedSignIn(sealed=sealed))
    trap.caught(POLICE, lambda: trap.hub.post(POLICE, "/sign-ins", again), "nonce-used")


def test_a_hub_that_passes_on_a_gateways_nonce_is_given_no_sign_in(trap: Trap) -> None:
    person = trap.person(trap.one())
    lying = LyingHub(person.hub, nonce_of(trap, CIVIL))
    person.hub = lying
    with pytest.raises(HubLied, match="gave a nonce of gateway-civil-affairs"):
        trap.run(person.sign_in())
    assert lying.asked == ["/nonces"]  # nothing was signed, nothing was sealed


def test_nobody_is_signed_in_by_a_key_of_the_hubs(trap: Trap) -> None:
    number, nonce = trap.one(), secrets.token_urlsafe(16)
    assertion = trap.hub.vouch(sign_in_challenge("hub", nonce, number))
    request = SignInRequest(audience="hub", nonce=nonce, number=number, assertion=assertion)
    to = trap.hub.trust.current(POLICE, "seal", int(time.time()))
    body = canonical(SealedSignIn(sealed=jwe.seal(canonical(request), to=to, typ="mz-sign-in-request")))
    trap.caught(POLICE, lambda: trap.hub.post(POLICE, "/sign-ins", body), "sign-in-refused")


def log_request(trap: Trap, party: str, use: Any) -> str:
    """The header with which a log is read."""
    asked = LogRequest(aud=party, iat=int(time.time()))
    return f"Auditor {trap.hub.sign(asked, 'mz-log-request', trap.hub.folder.load(use))}"


def test_a_log_is_not_shown_under_another_key_or_for_another_gateway(trap: Trap) -> None:
    for header in (log_request(trap, CIVIL, "log"), log_request(trap, POLICE, "sign"), "SignIn x"):
        trap.caught(CIVIL, lambda header=header: trap.hub.get(CIVIL, "/log", header), "auditor-unknown")  # type: ignore[misc]


def test_the_log_that_the_hub_may_read_names_no_subject_and_no_question(trap: Trap, past: Grasp) -> None:
    reply = trap.hub.get(CIVIL, "/log", log_request(trap, CIVIL, "sign"))
    page = msgspec.json.decode(reply.body, type=LogPage)
    assert any(line.kind == "answered" for line in page.lines)
    told = reply.body.decode()
    subjects = [
        subject for (subject,) in trap.traces.rows(CIVIL, "SELECT DISTINCT subject FROM log WHERE subject <> ''")
    ]
    assert subjects
    assert not [secret for secret in (*subjects, *past.questions(CIVIL), past.pairwise, past.case) if secret in told]


def test_no_gateway_takes_an_approval_or_an_item_from_the_hub(trap: Trap, past: Grasp) -> None:
    approval = Approval(
        gateway=CIVIL,
        question=past.plan[0].question,
        register=past.plan[0].register,
        mapping_digest=digest(b"m"),
        sql_digest=digest(b"s"),
        item=ITEM,
        item_version=1,
        item_digest=past.signed.item_digest,
        role="applicant",
        basis=past.plan[0].basis,
        steward="steward",
        iat=int(time.time()),
    )
    query = "SELECT (SELECT count(*) FROM approvals), (SELECT count(*) FROM items)"
    known, log = trap.traces.rows(CIVIL, query), trap.city.data / "logs" / f"{CIVIL}.log"
    before = log.read_text().count("not-found")
    body = canonical([Certified(token=trap.hub.sign(approval, "mz-approval"), certificate="")])
    for path in ("/approvals", "/items", f"/items/{ITEM}/1/approvals"):
        assert trap.hub.post(CIVIL, path, body).code == "not-found"
    assert trap.traces.rows(CIVIL, query) == known
    assert log.read_text().count("not-found") == before + 3


def test_a_credential_is_not_revoked_by_the_hub(trap: Trap, past: Grasp) -> None:
    order = Step(case=past.case, step="revoke-credential", shown="", salt="s", iat=int(time.time()))
    body = canonical(Certified(token=trap.hub.sign(order, "mz-step"), certificate=""))
    trap.caught(CIVIL, lambda: trap.hub.post(CIVIL, "/revocations", body), "officer-unknown")


# -- what the person's client sees through


def test_a_draft_of_another_item_is_not_signed(trap: Trap) -> None:
    person = trap.person(trap.one())
    true = person.hub

    class Other(LyingHub):
        async def post(self, path: str, body: object, type_: Any) -> Any:
            draft = await true.post(path, body, type_)
            return lied(draft, item="no-criminal-record") if isinstance(draft, Draft) else draft

    person.hub = Other(true, Nonce(nonce="", audience=""))
    with pytest.raises(HubLied, match="the draft is of no-criminal-record"):
        trap.run(person.apply(ITEM, {}))


def test_a_credential_that_the_hub_seals_itself_is_not_kept(trap: Trap) -> None:
    person, view, grasp = trap.finished(trap.one())
    holder = grasp.signed.holder
    now = int(time.time())
    forged = issue_credential({"number": person.number}, key=trap.hub.key, iss=CIVIL, vct=ITEM, holder=holder, iat=now)
    sealed = jwe.seal(forged.encode(), to=holder, typ="mz-credential")
    with pytest.raises(HubLied, match="the credential is no department's"):
        person.keep(replace(view, credential=sealed))

"""`POST /answers`: approved questions about one authorised subject, answered by the department's own SQL.

1. Whose request is it, and was it served before (`requests`)?
2. Did the person sign this plan, and who is meant (`verified`)? Kept for the next wave.
3. May each question be asked: in the plan, approved for this item, role and basis (`admission`)?
4. Would a budget be overspent? Only then the registers are asked (`querying`).
5. One sheet is signed; ids, budgets and log line are committed in one transaction; then it leaves.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping

import msgspec

from mianzheng.credentials import jwe, sdjwt
from mianzheng.gateway import budgets
from mianzheng.gateway.admission import check_case, find_item, find_question, open_forms
from mianzheng.gateway.approvals import OwnQuestion
from mianzheng.gateway.budgets import Asking
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.items import LoadedItem
from mianzheng.gateway.log import Line, LoggedQuestion
from mianzheng.gateway.mandates import check_acting
from mianzheng.gateway.querying import ask_registers
from mianzheng.gateway.refusals import Refused, about
from mianzheng.gateway.requests import Incoming, check_window, keep_response, read_request, served_before
from mianzheng.gateway.verified import Verified, Verifier
from mianzheng.model.asking import AnswerRequest, AnswerResponse, SealedNeed, SheetClaims
from mianzheng.model.canonical import canonical
from mianzheng.model.evidence import Answer, QuestionAt, Status
from mianzheng.model.scalar import Scalar, to_wire
from mianzheng.rules.bind import Bindings

_logger = logging.getLogger("mianzheng.gateway")
MOST_QUESTIONS = 64  # in one request; the longest plan known has 14
_DAY = 86_400


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One admitted request: everything was checked but budgets."""

    incoming: Incoming[AnswerRequest]
    verified: Verified
    loaded: LoadedItem
    questions: tuple[OwnQuestion, ...]
    forms: Mapping[str, Scalar]
    at: int


def answer(gateway: Gateway, verifier: Verifier, body: bytes) -> bytes:
    """Return the `AnswerResponse` (JSON) to a signed `AnswerRequest`; `Refused` with a code of `REFUSALS`."""
    at = gateway.now()
    incoming = read_request(
        body,
        typ="mz-answer-request",
        type=AnswerRequest,
        trust=gateway.trust,
        hub=gateway.config.hub,
        party=gateway.party,
        at=at,
    )
    with about(incoming.request):
        before = served_before(gateway.state.reader(), gateway.vault, incoming)
        return before if before is not None else _serve(gateway, verifier, incoming, at)


def _serve(gateway: Gateway, verifier: Verifier, incoming: Incoming[AnswerRequest], at: int) -> bytes:
    asked = _admit(gateway, verifier, incoming, at)
    asking = _asking(gateway, asked)
    budgets.check(gateway.state.reader(), asking, gateway.config.budgets)
    answers = _ask(gateway, asked)
    sheet = _sheet(gateway, asked, answers)
    return gateway.state.commit(lambda connection: _keep(connection, gateway, asked, asking, answers, sheet))


def _admit(gateway: Gateway, verifier: Verifier, incoming: Incoming[AnswerRequest], at: int) -> _Asked:
    request = incoming.request
    check_window(request, at=at, seconds=gateway.config.request_seconds)
    if not 0 < len(request.questions) <= MOST_QUESTIONS or len(set(request.questions)) != len(request.questions):
        raise Refused("malformed-request", f"a request holds 1 to {MOST_QUESTIONS} questions, each once")
    verified = verifier.verified(
        request.permission,
        bundle=request.bundle,
        statement=request.statement,
        role=request.role,
        case=request.case,
        at=at,
    )
    permitted, subject = verified.permitted, verified.subject
    loaded = find_item(gateway.items, permitted.authorisation)
    check_acting(
        request.permission,
        permitted,
        loaded.item,
        trust=gateway.trust,
        at=at,
        log_subject=gateway.log.subject(subject.number) if subject.role == permitted.authorisation.acts_for else "",
    )
    check_case(loaded.item, permitted, subject, today=gateway.today())
    questions = tuple(find_question(gateway.approvals, loaded, permitted, subject, q) for q in request.questions)
    needed = frozenset(name for own in questions for name in own.forms)
    forms = open_forms(request.forms, loaded.item, permitted.authorisation, needed=needed)
    return _Asked(incoming=incoming, verified=verified, loaded=loaded, questions=questions, forms=forms, at=at)


def _asking(gateway: Gateway, asked: _Asked) -> Asking:
    number, vault = asked.verified.subject.number, gateway.vault
    return Asking(
        bundle=asked.verified.subject.bundle.bundle,
        questions=asked.incoming.request.questions,
        forms={
            own.question.id: vault.pseudonym("form-values", *_bound_forms(own, asked.forms))
            for own in asked.questions
            if own.forms
        },
        subject=vault.pseudonym("budget", number),
        log_subject=gateway.log.subject(number),
        hub=gateway.config.hub,
        day=gateway.today(),
        at=asked.at,
    )


def _bound_forms(own: OwnQuestion, forms: Mapping[str, Scalar]) -> tuple[str, ...]:
    return tuple(canonical([name, to_wire(forms[name]) if name in forms else None]).decode() for name in own.forms)


def _ask(gateway: Gateway, asked: _Asked) -> Mapping[QuestionAt, Answer]:
    as_of = asked.verified.permitted.authorisation.as_of
    bindings = Bindings(as_of=as_of, params=gateway.items.params(), forms=asked.forms)
    answers = ask_registers(gateway, asked.questions, asked.verified.subject.number, bindings, at=asked.at)
    _tell_operator(asked, answers)
    return {own.at: _sealed(gateway, asked, own, answers[own.at]) for own in asked.questions}


def _tell_operator(asked: _Asked, answers: Mapping[QuestionAt, Answer]) -> None:
    """Write why a register could not say into the operator's log, once for each register and reason."""
    request = asked.incoming.request.request
    given = {(own.question.register, answers[own.at].status, answers[own.at].reason) for own in asked.questions}
    for register, status, reason in sorted(given):
        if reason:
            _logger.warning(status.value, extra={"register": register, "reason": reason, "request": request})


def _sealed(gateway: Gateway, asked: _Asked, own: OwnQuestion, answer: Answer) -> Answer:
    """Seal the value of a need to the handling department's gateway; other answers stay as they are."""
    if own.question.kind != "need" or answer.value is None:
        return answer
    need = SealedNeed(
        case=asked.incoming.request.case, role=own.placed.role, question=own.question.id, value=answer.value
    )
    handling = gateway.party_of(asked.loaded.item.department)
    to = gateway.trust.current(handling, "seal", asked.at)
    return msgspec.structs.replace(answer, value=None, sealed=jwe.seal(canonical(need), to=to, typ="mz-need"))


def _sheet(gateway: Gateway, asked: _Asked, answers: Mapping[QuestionAt, Answer]) -> str:
    request, authorisation = asked.incoming.request, asked.verified.permitted.authorisation
    claims = SheetClaims(
        iss=gateway.party,
        iat=asked.at,
        use_before=min(authorisation.exp, asked.at + gateway.config.sheet_days * _DAY),
        case=request.case,
        role=request.role,
        request=request.request,
        bundle=asked.verified.subject.bundle_digest,
        authorisation=asked.verified.permitted.digest,
        item=authorisation.item,
        item_version=authorisation.item_version,
        entry=request.entry,
    )
    named = [(question, answer) for (question, _), answer in answers.items()]
    return sdjwt.issue(claims, named, key=gateway.sign, typ="mz-sheet")


def _keep(
    connection: sqlite3.Connection,
    gateway: Gateway,
    asked: _Asked,
    asking: Asking,
    answers: Mapping[QuestionAt, Answer],
    sheet: str,
) -> bytes:
    before = served_before(connection, gateway.vault, asked.incoming)
    if before is not None:  # the same request at the same moment: one of them answers both
        return before
    budgets.check(connection, asking, gateway.config.budgets)
    until = asked.verified.permitted.authorisation.exp
    answered = tuple(q for (q, _), answer in answers.items() if answer.status is not Status.UNAVAILABLE)
    budgets.spend(connection, asking, answered=answered, until=until)
    leaf = gateway.log.append(connection, _line(gateway, asked, answers, sheet), subject=asking.log_subject)
    response = msgspec.json.encode(AnswerResponse(sheet=sheet, log_leaf=leaf))
    keep_response(connection, gateway.vault, asked.incoming, response, until=until)
    return response


def _line(gateway: Gateway, asked: _Asked, answers: Mapping[QuestionAt, Answer], sheet: str) -> Line:
    request = asked.incoming.request
    lines = asked.verified.permitted.lines
    questions = tuple(
        LoggedQuestion(
            question=own.question.id,
            sentence=own.sentence,
            basis=own.basis,
            purpose=lines[own.at].purpose,
            status=answers[own.at].status.value,
        )
        for own in asked.questions
    )
    return Line(
        kind="answered",
        at=asked.at,
        hub=gateway.config.hub,
        request=request.request,
        entry=request.entry,
        sheet=sdjwt.token_digest(sheet),
        case=request.case,
        role=request.role,
        item=asked.loaded.item.item,
        mandate=asked.verified.permitted.authorisation.mandate,
        questions=questions,
    )

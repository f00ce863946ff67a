"""`POST /answers`: approved questions about one authorised subject, answered by the department's own SQL.

1. Whose request is it, and was it served before (`requests`)?
2. Did the person sign this plan, and who is meant (`verified`)? Kept for the next wave.
3. May each question be asked: in the plan, approved for this item, role and basis (`admitted`)?
4. Would a budget be overspent? Only then the registers are asked (`querying`).
5. What goes to another gateway is sealed to it: needs, operands, and whom a link reaches.
6. One sheet is signed; ids, budgets and log line are committed in one transaction; then it leaves.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping

import msgspec

from mianzheng.credentials import jwe, sdjwt
from mianzheng.gateway import budgets
from mianzheng.gateway.admitted import Asked, admit
from mianzheng.gateway.approvals import OwnQuestion
from mianzheng.gateway.budgets import Actor, Asking
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.links import Linked, answer_link
from mianzheng.gateway.log import Line, LoggedQuestion
from mianzheng.gateway.operands import seal_operand
from mianzheng.gateway.permission import Permitted
from mianzheng.gateway.querying import ask_registers
from mianzheng.gateway.readers import PROTECTED, Reader, view_of
from mianzheng.gateway.refusals import Refused, about
from mianzheng.gateway.requests import Incoming, keep_response, read_request, served_before
from mianzheng.gateway.verified import Verifier
from mianzheng.model.asking import AnswerRequest, AnswerResponse, SealedNeed, SheetClaims
from mianzheng.model.canonical import canonical
from mianzheng.model.evidence import QuestionAt, Status
from mianzheng.model.item import Fallback
from mianzheng.model.mandate import AGENT
from mianzheng.model.scalar import Scalar, Wire, to_wire
from mianzheng.rules.leads import Reach

_logger = logging.getLogger("mianzheng.gateway")
_DAY = 86_400
Found = Mapping[QuestionAt, Linked]  # an answer, of a link with the bundles that go with it


def answer(gateway: Gateway, verifier: Verifier, body: bytes) -> bytes:
    """Return the `AnswerResponse` (JSON) to a signed `AnswerRequest`; `Refused` with a code of `REFUSALS`."""
    at = gateway.now()
    incoming = read_request(gateway, body, typ="mz-answer-request", type=AnswerRequest, at=at)
    with about(incoming.request):
        before = served_before(gateway.state.reader(), gateway.vault, incoming)
        return before if before is not None else _serve(gateway, verifier, incoming, at)


def _serve(gateway: Gateway, verifier: Verifier, incoming: Incoming[AnswerRequest], at: int) -> bytes:
    asked = admit(gateway, verifier, incoming, at)
    try:
        budgets.check(gateway.state.reader(), _asking(gateway, asked), gateway.config.budgets)
    except Refused:  # the same bytes may have come twice, and the first have closed these very questions meanwhile
        if (before := served_before(gateway.state.reader(), gateway.vault, incoming)) is not None:
            return before
        raise
    found = _ask(gateway, asked)
    sheet = _sheet(gateway, asked, found)
    return gateway.state.commit(lambda connection: _keep(connection, gateway, asked, found, sheet))


def _asking(gateway: Gateway, asked: Asked, found: Found | None = None) -> Asking:
    """Return what budgets count; of others whom links `found`, that one more was reached."""
    number, vault = asked.verified.subject.number, gateway.vault
    others = [subject.number for subject in asked.others.values()]
    others += [one.number for linked in (found or {}).values() for one in linked.people.values()]
    return Asking(
        bundle=asked.verified.subject.bundle.bundle,
        questions=asked.incoming.request.questions,
        forms={
            own.question.id: vault.pseudonym("form-values", *_bound_forms(own, asked.forms))
            for own in asked.questions
            if own.forms
        },
        subject=vault.pseudonym("budget", number),
        reached=tuple(vault.pseudonym("budget", other) for other in others),
        log_subject=gateway.log.subject(number),
        actor=_actor(gateway, asked.verified.permitted),
        hub=gateway.config.hub,
        day=gateway.today(),
        at=asked.at,
    )


def _actor(gateway: Gateway, permitted: Permitted) -> Actor | None:
    """Return whose key signed for another; at a window that is the clerk's, on whomsoever's behalf."""
    key = gateway.vault.pseudonym("budget", permitted.actor.signer)
    if permitted.by_clerk:
        return Actor(kind="clerk", key=key)
    return Actor(kind="agent", key=key) if permitted.actor.role == AGENT else None


def _bound_forms(own: OwnQuestion, forms: Mapping[str, Scalar]) -> tuple[str, ...]:
    return tuple(canonical([name, to_wire(forms[name]) if name in forms else None]).decode() for name in own.forms)


def _ask(gateway: Gateway, asked: Asked) -> Found:
    reached = ask_registers(gateway, asked.wanted, asked.verified.subject.number, at=asked.at)
    _tell_operator(asked, reached)
    return {own.at: _sealed(gateway, asked, own, reached[own.at]) for own in asked.questions}


def _tell_operator(asked: Asked, reached: Mapping[QuestionAt, Reach]) -> None:
    """Write why a register could not say into the operator's log, once for each register and reason."""
    request = asked.incoming.request.request
    answers = [(own.question.register, reached[own.at].answer) for own in asked.questions]
    given = {(register, answer.status, answer.reason) for register, answer in answers}
    for register, status, reason in sorted(given):
        if reason:
            _logger.warning(status.value, extra={"register": register, "reason": reason, "request": request})


def _sealed(gateway: Gateway, asked: Asked, own: OwnQuestion, reach: Reach) -> Linked:
    """Seal what is another gateway's to know; other answers stay as they are."""
    kind, answer, subject = own.question.kind, reach.answer, asked.verified.subject
    if kind == "link":
        permitted, protected = asked.verified.permitted, subject.protected
        return answer_link(gateway, asked.loaded, own, reach, permitted=permitted, protected=protected, at=asked.at)
    if kind not in ("need", "operand") or answer.value is None:
        return Linked(answer=answer)
    if kind == "operand":
        sealed = seal_operand(gateway, asked.loaded, own, subject=subject, value=answer.value, at=asked.at)
    else:
        sealed = _sealed_need(gateway, asked, own, answer.value)
    return Linked(answer=msgspec.structs.replace(answer, value=None, sealed=sealed))


def _sealed_need(gateway: Gateway, asked: Asked, own: OwnQuestion, value: Wire) -> str:
    """Return the value of a need, sealed to the handling department's gateway."""
    request = asked.incoming.request
    need = SealedNeed(case=request.case, role=request.role, question=own.question.id, value=value)
    handling = gateway.party_of(asked.loaded.item.department)
    return jwe.seal(canonical(need), to=gateway.trust.current(handling, "seal", asked.at), typ="mz-need")


def _sheet(gateway: Gateway, asked: Asked, found: Found) -> str:
    request, authorisation = asked.incoming.request, asked.verified.permitted.authorisation
    days = gateway.config.sheet_days + asked.loaded.item.public_notice_days  # 公示: the law has the case wait so long
    claims = SheetClaims(
        iss=gateway.party,
        iat=asked.at,
        use_before=min(authorisation.exp, asked.at + days * _DAY),
        case=request.case,
        role=request.role,
        request=request.request,
        bundle=asked.verified.subject.bundle_digest,
        authorisation=asked.verified.permitted.digest,
        item=authorisation.item,
        item_version=authorisation.item_version,
        entry=request.entry,
    )
    named = [(question, linked.answer) for (question, _), linked in found.items()]
    return sdjwt.issue(claims, named, key=gateway.sign, typ="mz-sheet")


def _keep(connection: sqlite3.Connection, gateway: Gateway, asked: Asked, found: Found, sheet: str) -> bytes:
    before = served_before(connection, gateway.vault, asked.incoming)
    if before is not None:  # the same request at the same moment: one of them answers both
        return before
    asking = _asking(gateway, asked, found)
    budgets.check(connection, asking, gateway.config.budgets)
    until = asked.verified.permitted.authorisation.exp
    answered = [own.question.id for own in asked.questions if _is_final(own, found[own.at].answer.status)]
    budgets.spend(connection, asking, answered=tuple(answered), until=until)
    line, readers = _line(gateway, asked, found, sheet), _readers(gateway, asked, found)
    leaf = gateway.log.append(connection, line, subject=asking.log_subject, readers=readers)
    links = {question: linked.bundles for (question, _), linked in found.items() if linked.bundles}
    response = msgspec.json.encode(AnswerResponse(sheet=sheet, log_leaf=leaf, links=links))
    keep_response(connection, gateway.vault, asked.incoming, response, until=until)
    return response


def _is_final(own: OwnQuestion, status: Status) -> bool:
    """Tell whether an answer closes its question for this bundle.

    *Unavailable* is no answer; nor is *not held* where the item says that what is missing may follow 容缺受理.
    """
    may_follow = any(one.fallback is Fallback.ACCEPT_INCOMPLETE for one in own.asked_by)
    return status is Status.VALUE or (status is Status.NOT_HELD and not may_follow)


def _readers(gateway: Gateway, asked: Asked, found: Found) -> tuple[Reader, ...]:
    """Return who else reads the line: second subjects, those reached, and in its view a linked one asked about."""
    item, subject, log = asked.loaded.item, asked.verified.subject, gateway.log
    own, shielded = log.subject(subject.number), PROTECTED if subject.protected else ""
    numbers = {role: other.number for role, other in asked.others.items()}
    numbers |= {role: one.number for linked in found.values() for role, one in linked.people.items()}
    readers = [
        Reader(subject=log.subject(number), role=role, view=view_of(item, role) + shielded)
        for role, number in numbers.items()
    ]
    readers = [one for one in readers if one.subject != own]
    if subject.bundle.link:
        readers.append(Reader(subject=own, role=subject.role, view=view_of(item, subject.role) + shielded))
    return tuple(readers)


def _line(gateway: Gateway, asked: Asked, found: Found, sheet: str) -> Line:
    request = asked.incoming.request
    questions = tuple(
        LoggedQuestion(
            question=own.question.id,
            sentence=own.sentence,
            basis=own.basis,
            purpose=asked.verified.permitted.lines[own.at].purpose,
            status=found[own.at].answer.status.value,
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
        item_kind=asked.loaded.item.kind,
        mandate=asked.verified.permitted.authorisation.mandate,
        questions=questions,
    )

"""`POST /decisions`: decide again from the sheets, and sign with the department's key.

1. The handling gateway verifies everything itself: permission, subjects, every sheet, form values,
   contests; conditions and figures come from its own signed copies, never from the hub.
2. The same pure `decide()` runs. A grant is signed, its credential sealed to the holder.
3. A refusal by machine is only proposed: it needs the person's signed acceptance, and a licence
   行政许可 an officer. What officers sign, and when one must: `signing`.
4. One decision and one credential for each case, ever: asked again, the same bytes. Another request
   than the one that was decided gets them too, and leaves a line that the person can read. Only a
   refusal that an officer reopened is decided again; the first one is kept beside it.
5. A request that halts a case asks one thing: was it decided? If it was not, it never will be, whatever
   request comes after it or overtook it on the way: so the hub may say withdrawn and nobody holds a grant.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import msgspec

from mianzheng.decision.audience import AGENT, RESIDENT, reasons_for
from mianzheng.decision.decide import GRANTED_BEFORE, decide
from mianzheng.gateway.admission import check_case, find_item, open_forms
from mianzheng.gateway.consents import contester
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.grants import benefit, is_granted, keep_grant
from mianzheng.gateway.issuing import Issued, Outcome, issue
from mianzheng.gateway.items import LoadedItem
from mianzheng.gateway.log import Line
from mianzheng.gateway.mandates import check_acting, check_limit, count_use
from mianzheng.gateway.officers import read_findings
from mianzheng.gateway.refusals import Refused, about
from mianzheng.gateway.requests import Incoming, check_window, read_request
from mianzheng.gateway.sheets import Expected, Sheet, check_reached, gather, read_sheet
from mianzheng.gateway.signing import Signed, check_reopened, check_signed
from mianzheng.gateway.steps import check_acceptance, read_contests, read_declarations
from mianzheng.gateway.verified import Verified, Verifier
from mianzheng.model import evidence
from mianzheng.model.canonical import digest
from mianzheng.model.deciding import DecisionRequest, DecisionResponse
from mianzheng.model.evidence import Evidence
from mianzheng.model.mandate import Mandate
from mianzheng.model.scalar import to_wire

LATE_SECONDS = 400 * 86_400  # a decision may be asked for late: it is made once, and its parts have ends of their own


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway keeps of a decided case, encrypted: enough to deliver and to revoke."""

    request: str  # the one that it was decided by
    authorisation: str
    item: str
    item_version: int
    item_digest: str
    bundles: Mapping[str, str]  # role -> bundle digest
    amount: str | None
    number: str
    name: str
    mandate: str = ""  # on which another acted: each delivery needs its standing
    acting: str = ""  # role of whoever the case is of


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    incoming: Incoming[DecisionRequest]
    verified: Mapping[str, Verified]
    acting: Verified
    loaded: LoadedItem
    sheets: tuple[Sheet, ...]
    at: int
    benefit: str  # what it would pay and for whom; "" when nothing is paid
    mandate: Mandate | None = None


def decide_case(gateway: Gateway, verifier: Verifier, body: bytes) -> bytes:
    """Return the `DecisionResponse` (JSON) to a signed `DecisionRequest`; `Refused` with a code of `REFUSALS`."""
    at = gateway.now()
    incoming = read_request(gateway, body, typ="mz-decision-request", type=DecisionRequest, at=at)
    with about(incoming.request):
        before = decided_before(gateway.state.reader(), gateway, incoming.request.case)
        if before is not None and not _reopens(gateway.state.reader(), gateway, incoming.request, at):
            return _again(gateway, incoming.request, before, at)
        if incoming.request.halted:
            return _halt(gateway, incoming.request, at)
        case = _verify(gateway, verifier, incoming, at)
        outcome, signed = _decide(gateway, case)
        return gateway.state.commit(lambda connection: _sign_and_keep(connection, gateway, case, outcome, signed))


def decided_before(connection: sqlite3.Connection, gateway: Gateway, case: str) -> bytes | None:
    """Return the response that this case was decided by, None while it is undecided."""
    row = connection.execute('SELECT response FROM decisions WHERE "case" = ?', (case,)).fetchone()
    return None if row is None else gateway.vault.open("decision", row[0], row=case)


def _reopens(connection: sqlite3.Connection, gateway: Gateway, request: DecisionRequest, at: int) -> bool:
    """Tell whether a request decides a refused case again; `Refused` when its officer's step does not hold."""
    if request.reopened is None:
        return False
    query = 'SELECT outcome, at, record FROM decisions WHERE "case" = ?'
    row = connection.execute(query, (request.case,)).fetchone()
    if row is None or row[0] != "refused":
        return False
    if read_record(gateway, request.case, row[2]).request == request.request:
        return False  # this very request decided it
    check_reopened(request, trust=gateway.trust, department=gateway.config.department, decided_at=row[1], at=at)
    return True


def _halt(gateway: Gateway, request: DecisionRequest, at: int) -> bytes:
    """Return the decision that was made at this very moment; else keep that none will be, and refuse with that."""

    def halt(connection: sqlite3.Connection) -> bytes | None:
        before = decided_before(connection, gateway, request.case)
        if before is None or _reopens(connection, gateway, request, at):
            connection.execute("INSERT OR IGNORE INTO halted VALUES (?, ?)", (request.case, at))
            return None
        return before

    before = gateway.state.commit(halt)
    if before is None:
        raise Refused("decision-halted", "the case was not decided here, and will not be")
    return _again(gateway, request, before, at)


def read_record(gateway: Gateway, case: str, shut: bytes) -> Record:
    """Return what this gateway kept of a decided case."""
    return msgspec.json.decode(gateway.vault.open("record", shut, row=case), type=Record)


def _verify(gateway: Gateway, verifier: Verifier, incoming: Incoming[DecisionRequest], at: int) -> _Case:
    request = incoming.request
    check_window(request, at=at, seconds=LATE_SECONDS)
    if not request.bundles or request.bundles.keys() != request.statements.keys():
        raise Refused("malformed-request", "each role comes with one bundle and one sealed statement")
    verified = {
        role: verifier.verified(
            request.permission,
            bundle=bundle,
            statement=request.statements[role],
            role=role,
            case=request.case,
            at=at,
        )
        for role, bundle in request.bundles.items()
    }
    loaded = find_item(gateway.items, next(iter(verified.values())).permitted.authorisation)
    acting = verified.get(loaded.item.acting_role)
    if acting is None:
        raise Refused("malformed-request", "the bundle of the one who applies did not come along")
    if loaded.item.department != gateway.config.department:
        raise Refused("not-the-handling-department", f"{loaded.item.item} is {loaded.item.department}'s to decide")
    mandate = check_acting(
        request.permission,
        acting.permitted,
        loaded.item,
        trust=gateway.trust,
        at=at,
        log_subject=gateway.log.subject(acting.subject.number),
    )
    for one in verified.values():
        check_case(loaded.item, one.permitted, one.subject, today=gateway.today())
    sheets = tuple(read_sheet(token, trust=gateway.trust, at=at) for token in request.sheets)
    return _Case(
        incoming=incoming,
        verified=verified,
        acting=acting,
        loaded=loaded,
        sheets=sheets,
        at=at,
        benefit=benefit(gateway, loaded.item, verified),
        mandate=mandate,
    )


def _decide(gateway: Gateway, case: _Case) -> tuple[Outcome, Signed]:
    request, permitted, item = case.incoming.request, case.acting.permitted, case.loaded.item
    forms = open_forms(request.forms, item, permitted.authorisation, needed=None)
    read, findings = read_findings(request.findings, item, trust=gateway.trust, case=request.case, at=case.at)
    expected = _expected(gateway, case)
    answers = gather(case.sheets, expected, at=case.at)
    check_reached(answers, expected)
    found = Evidence(
        answers=answers,
        forms={name: to_wire(value) for name, value in forms.items()},
        params=gateway.items.params(),
        contested=read_contests(request.contests, permitted, trust=gateway.trust, signers=_contesters(gateway, case)),
        findings=read.findings,
        settled=read.settled,
        computed=read.computed,
        declared=read_declarations(request.declarations, item, permitted, trust=gateway.trust),
        granted_before=is_granted(gateway.state.reader(), case.benefit, case=request.case, at=case.at),
    )
    outcome = decide(case.loaded.compiled, gateway.facts, found, permitted.authorisation.as_of)
    if isinstance(outcome, evidence.Undecided):
        waiting = ", ".join(condition.condition for condition in outcome.open)
        raise Refused("case-undecided", f"the sheets do not decide the case: {waiting}", hint="ask what is open")
    if _is_granted_before(outcome) and not request.granted_before:
        raise Refused("granted-before", "this payment was granted in another case", hint="propose a refusal")
    signed = check_signed(
        gateway,
        request,
        case.loaded,
        outcome,
        as_of=permitted.authorisation.as_of,
        sheets=tuple(sheet.digest for sheet in case.sheets),
        findings=findings,
        at=case.at,
    )
    if isinstance(outcome, evidence.Refused) and not signed.by:
        _check_acceptance(gateway, case, outcome)
    return outcome, signed


def _is_granted_before(outcome: Outcome) -> bool:
    return isinstance(outcome, evidence.Refused) and outcome.reasons[0].condition == GRANTED_BEFORE


def _contesters(gateway: Gateway, case: _Case) -> dict[str, str]:
    """Return, by role, the keys of linked adults who contest what was said about them."""
    permitted = case.acting.permitted
    return {
        given.role: contester(gateway, given, case.verified[given.role].subject, permitted, at=case.at)
        for given in case.incoming.request.contesters
        if given.role in case.verified
    }


def _check_acceptance(gateway: Gateway, case: _Case, outcome: evidence.Refused) -> None:
    request = case.incoming.request
    if request.acceptance is None:
        raise Refused("refusal-needs-acceptance", "a machine's refusal is only proposed")
    permitted = case.acting.permitted
    viewer = AGENT if permitted.authorisation.acts_for is not None else RESIDENT
    reasons = reasons_for(viewer, outcome.reasons, case.loaded.compiled, gateway.facts.departments)
    check_acceptance(request.acceptance, request.accepted, reasons, permitted, trust=gateway.trust)


def _expected(gateway: Gateway, case: _Case) -> Expected:
    authorisation = case.acting.permitted.authorisation
    return Expected(
        case=authorisation.case,
        authorisation=case.acting.permitted.digest,
        item=authorisation.item,
        item_version=authorisation.item_version,
        bundles={role: one.subject.bundle_digest for role, one in case.verified.items()},
        loaded=case.loaded,
        facts=gateway.facts,
    )


def _sign_and_keep(
    connection: sqlite3.Connection, gateway: Gateway, case: _Case, outcome: Outcome, signed: Signed
) -> bytes:
    request, subject = case.incoming.request, case.acting.subject
    before = decided_before(connection, gateway, request.case)
    if before is not None and not _reopens(connection, gateway, request, case.at):
        return before  # decided at the same moment by another request: that decision stands
    if connection.execute('SELECT 1 FROM halted WHERE "case" = ?', (request.case,)).fetchone():
        raise Refused("decision-halted", "the hub halted this case before it was decided")
    if before is not None:
        connection.execute('INSERT INTO earlier_decisions SELECT * FROM decisions WHERE "case" = ?', (request.case,))
        connection.execute('DELETE FROM decisions WHERE "case" = ?', (request.case,))
    issued = issue(
        connection,
        gateway,
        outcome,
        case=request.case,
        loaded=case.loaded,
        holder=case.acting.permitted.authorisation.holder,
        subject=subject,
        sheets=tuple(sheet.digest for sheet in case.sheets),
        signed_by=signed.by,
        at=case.at,
    )
    if issued.outcome == "granted":
        keep_grant(connection, gateway, case.loaded.item, case.benefit, case=request.case, at=case.at)
    check_limit(case.mandate, issued.amount)
    count_use(connection, case.mandate, request.case, at=case.at)
    kept = _record(case, issued)
    record = gateway.vault.shut("record", msgspec.json.encode(kept), row=request.case)
    response = gateway.vault.shut("decision", issued.response, row=request.case)
    values = (request.case, issued.outcome, record, response, issued.status_index, None, case.at)
    connection.execute("INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    _log(connection, gateway, request, kept, sheet=issued.digest, outcome=issued.outcome, at=case.at)
    return issued.response


def _log(
    connection: sqlite3.Connection,
    gateway: Gateway,
    request: DecisionRequest,
    record: Record,
    *,
    sheet: str,
    outcome: str,
    at: int,
) -> None:
    line = Line(
        kind="decision",
        at=at,
        hub=gateway.config.hub,
        request=request.request,
        entry=request.entry,
        sheet=sheet,
        case=request.case,
        role=record.acting or next(iter(record.bundles)),
        item=record.item,
        code=outcome,
        mandate=record.mandate,
    )
    gateway.log.append(connection, line, subject=gateway.log.subject(record.number))


def _again(gateway: Gateway, request: DecisionRequest, before: bytes, at: int) -> bytes:
    """Return the decision that stands; another request than the one that made it leaves a line of its own."""
    query = 'SELECT record, outcome FROM decisions WHERE "case" = ?'
    shut, outcome = gateway.state.reader().execute(query, (request.case,)).fetchone()
    record = read_record(gateway, request.case, shut)
    if record.request != request.request:
        named = digest(msgspec.json.decode(before, type=DecisionResponse).decision.encode())
        gateway.state.commit(
            lambda connection: _log(connection, gateway, request, record, sheet=named, outcome=outcome, at=at)
        )
    return before


def _record(case: _Case, issued: Issued) -> Record:
    authorisation, subject = case.acting.permitted.authorisation, case.acting.subject
    return Record(
        request=case.incoming.request.request,
        authorisation=case.acting.permitted.digest,
        item=authorisation.item,
        item_version=authorisation.item_version,
        item_digest=authorisation.item_digest,
        bundles={role: one.subject.bundle_digest for role, one in case.verified.items()},
        amount=issued.amount,
        number=subject.number,
        name=subject.name,
        mandate=authorisation.mandate,
        acting=subject.role,
    )

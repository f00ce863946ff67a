"""`POST /papers`: the department's electronic seal under a paper of its own case, and under nothing else.

1. The hub has no seal. It sends the digest of the file; what the file says stays with the hub and the person.
2. What shows that case and paper are this department's own is checked from what was signed: the person's authorisation
   of an item that is handled here, an officer's act, the decision made here, a paper sealed here before.
3. One number, one document: asked again, the same bytes; another document under the number is refused.
4. Each seal is a line of the own log, by request, entry and digest.
"""

from __future__ import annotations

import base64
import re
import sqlite3

import msgspec

from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.gateway.admission import find_item
from mianzheng.gateway.decisions import LATE_SECONDS, read_record
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.log import Line
from mianzheng.gateway.officers import read_step
from mianzheng.gateway.permission import verify_permission
from mianzheng.gateway.refusals import Refused, about
from mianzheng.gateway.requests import check_window, read_request
from mianzheng.model.authorisation import Bundle
from mianzheng.model.canonical import digest
from mianzheng.model.deciding import DecisionResponse
from mianzheng.model.officers import AskCorrection, Book, NotAccept, Suspend, act_digest, tag_of
from mianzheng.model.paper_acts import PaperRequest, PaperSealed
from mianzheng.model.papers import PaperKind
from mianzheng.papers.numbers import read_number

_DIGEST = re.compile(r"[0-9a-f]{64}")
_ACTS: dict[PaperKind, tuple[type, ...]] = {
    PaperKind.CORRECTION: (AskCorrection,),
    PaperKind.NON_ACCEPTANCE: (NotAccept,),
    PaperKind.SPECIAL_PROCEDURE: (Suspend, Book),
}
_OUTCOMES = {PaperKind.GRANT: "granted", PaperKind.REFUSAL: "refused"}


def seal_paper(gateway: Gateway, body: bytes) -> bytes:
    """Return the `PaperSealed` (JSON) to a signed `PaperRequest`; `Refused` with a code of `REFUSALS`."""
    at = gateway.now()
    incoming = read_request(gateway, body, typ="mz-paper-request", type=PaperRequest, at=at)
    request = incoming.request
    with about(request):
        if (before := _before(gateway.state.reader(), request)) is not None:
            return before
        check_window(request, at=at, seconds=LATE_SECONDS)
        _check_form(gateway, request)
        subject = _check_own(gateway, request)
        if gateway.stamp is None:
            raise Refused("no-stamp", "this department's gateway holds no electronic seal")
        sealed = base64.b64encode(gateway.stamp.seal(bytes.fromhex(request.document))).decode("ascii")
        return gateway.state.commit(lambda connection: _keep(connection, gateway, request, sealed, subject, at))


def _before(connection: sqlite3.Connection, request: PaperRequest) -> bytes | None:
    """Return what this number's document was sealed with; `Refused` when it was another document."""
    row = connection.execute(
        'SELECT "case", kind, document, signature FROM stamps WHERE number = ?', (request.number,)
    ).fetchone()
    if row is None:
        return None
    if row[:3] != (request.case, request.kind.value, request.document):
        raise Refused("paper-sealed", f"number {request.number} was given to another document")
    return msgspec.json.encode(PaperSealed(signature=row[3]))


def _check_form(gateway: Gateway, request: PaperRequest) -> None:
    number = read_number(request.number)
    if number is None or number.department != gateway.config.department:
        raise Refused("paper-invalid", f"{request.number} is no number of this department")
    if not _DIGEST.fullmatch(request.document):
        raise Refused("malformed-request", "the document is named by its SHA-256 in hexadecimal")


def _check_own(gateway: Gateway, request: PaperRequest) -> str:
    """Return the pseudonym of whom the case is about, "" where it is not known here; `Refused` unless it is its own."""
    if request.kind is PaperKind.ACCEPTANCE:
        _check_permission(gateway, request)
        return ""
    if request.kind in _ACTS:
        _check_act(gateway, request)
        return ""
    if request.kind in _OUTCOMES:
        return _check_decision(gateway, request)
    if request.kind is PaperKind.RECEIPT:
        query = 'SELECT 1 FROM stamps WHERE number = ? AND "case" = ?'
        if gateway.state.reader().execute(query, (request.about, request.case)).fetchone() is None:
            raise Refused("paper-not-own", "no paper of that number was sealed here in that case")
        return ""
    raise Refused("paper-not-own", f"a {request.kind} is not sealed by a department")


def _check_permission(gateway: Gateway, request: PaperRequest) -> None:
    """The person authorised an item that is handled here; whether that still holds today is no matter."""
    if request.permission is None:
        raise Refused("paper-not-own", "what the person signed did not come along")
    try:
        signed_at = jws.payload_as(jws.unverified_payload(request.permission.actor), type=Bundle).iat
    except BadToken:
        raise Refused("bundle-invalid", "the acting person's bundle cannot be read") from None
    permitted = verify_permission(request.permission, case=request.case, trust=gateway.trust, at=signed_at)
    item = find_item(gateway.items, permitted.authorisation).item
    if item.department != gateway.config.department:
        raise Refused("paper-not-own", f"{item.item} is handled by {item.department}")
    if item.item != request.item:
        raise Refused("paper-invalid", "the person authorised another item")


def _check_act(gateway: Gateway, request: PaperRequest) -> None:
    """An officer or clerk of this department signed the act that the paper tells of."""
    if request.signed is None or request.act is None or not isinstance(request.act, _ACTS[request.kind]):
        raise Refused("paper-not-own", "the signed act of staff did not come along")
    _, step = read_step(
        request.signed,
        trust=gateway.trust,
        department=gateway.config.department,
        case=request.case,
        at=gateway.now(),
        roles=("officer", "clerk"),
    )
    if step.step != tag_of(request.act) or step.shown != act_digest(request.act):
        raise Refused("officer-step-invalid", "staff signed another act than travels")


def _check_decision(gateway: Gateway, request: PaperRequest) -> str:
    """This gateway decided the case so: by the decision that stands, or by one that was reopened since."""
    connection = gateway.state.reader()
    query = 'SELECT outcome, record, response FROM {} WHERE "case" = ?'
    for table in ("decisions", "earlier_decisions"):
        for outcome, record, response in connection.execute(query.format(table), (request.case,)).fetchall():
            opened = gateway.vault.open("decision", response, row=request.case)
            named = digest(msgspec.json.decode(opened, type=DecisionResponse).decision.encode("ascii"))
            if (outcome, named) == (_OUTCOMES[request.kind], request.decision):
                return gateway.log.subject(read_record(gateway, request.case, record).number)
    raise Refused("paper-not-own", "this department decided no such case so")


def _keep(
    connection: sqlite3.Connection, gateway: Gateway, request: PaperRequest, sealed: str, subject: str, at: int
) -> bytes:
    if (before := _before(connection, request)) is not None:
        return before  # sealed at the same moment for the same request, sent twice
    row = (request.number, request.case, request.kind.value, request.document, sealed, at)
    connection.execute("INSERT INTO stamps VALUES (?, ?, ?, ?, ?, ?)", row)
    line = Line(
        kind="paper",
        at=at,
        hub=gateway.config.hub,
        request=request.request,
        entry=request.entry,
        sheet=request.document,
        case=request.case,
        item=request.item,
        code=request.kind.value,
    )
    gateway.log.append(connection, line, subject=subject)
    return msgspec.json.encode(PaperSealed(signature=sealed))

"""`POST /deliveries`: the needs of a granted case, each opened here only, become the payment order.

A need that is not held or not answered yet delays delivery, never the decision: the receipt then
says what it waits for, and a later request completes it. A complete delivery is never changed, and
the same request gives the same receipt again: the hub may hear it once and ask twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import msgspec

from mianzheng.credentials import jwe, jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.suites import BadSeal
from mianzheng.gateway.decisions import LATE_SECONDS, Record, read_record
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.items import LoadedItem
from mianzheng.gateway.log import Line
from mianzheng.gateway.mandates import check_standing
from mianzheng.gateway.refusals import Refused, about
from mianzheng.gateway.requests import Incoming, check_window, keep_response, read_request, served_before
from mianzheng.gateway.sheets import Expected, gather, read_sheet
from mianzheng.model.asking import SealedNeed
from mianzheng.model.canonical import digest
from mianzheng.model.deciding import DeliveryRequest, DeliveryResponse, Receipt, SignedDecision
from mianzheng.model.errors import MianzhengError
from mianzheng.model.evidence import Answer, QuestionAt
from mianzheng.model.scalar import Wire


class PaymentOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What the department's own payment system takes over; kept encrypted, never sent out."""

    case: str
    item: str
    number: str
    name: str
    amount: str | None
    every: str
    needs: Mapping[str, Wire]
    at: int


def deliver(gateway: Gateway, body: bytes) -> bytes:
    """Return the `DeliveryResponse` (JSON) to a signed `DeliveryRequest`; `Refused` with a code of `REFUSALS`."""
    at = gateway.now()
    incoming = read_request(gateway, body, typ="mz-delivery-request", type=DeliveryRequest, at=at)
    with about(incoming.request):
        before = served_before(gateway.state.reader(), gateway.vault, incoming)
        return before if before is not None else _serve(gateway, incoming, at)


def _serve(gateway: Gateway, incoming: Incoming[DeliveryRequest], at: int) -> bytes:
    request = incoming.request
    check_window(request, at=at, seconds=LATE_SECONDS)
    record = _record(gateway, request)
    check_standing(
        request.standing,
        record.mandate,
        case=request.case,
        trust=gateway.trust,
        at=at,
        log_subject=gateway.log.subject(record.number),
    )
    loaded = gateway.items.get(record.item_digest)
    if loaded is None:
        raise Refused("item-not-loaded", "the item version that was decided is not loaded any more")
    needs = _open_needs(gateway, request, record, loaded, at)
    order = _order(request.case, record, loaded, needs, at)
    waiting = tuple(name for name in _due(record, loaded) if name not in needs)
    return gateway.state.commit(
        lambda connection: _keep(connection, gateway, incoming, order, waiting, mandate=record.mandate)
    )


def _completed(connection: sqlite3.Connection, gateway: Gateway, case: str) -> bytes | None:
    query = 'SELECT response FROM deliveries WHERE "case" = ? AND complete = 1'
    row = connection.execute(query, (case,)).fetchone()
    return None if row is None else gateway.vault.open("delivery", row[0], row=case)


def _record(gateway: Gateway, request: DeliveryRequest) -> Record:
    query = 'SELECT record, outcome FROM decisions WHERE "case" = ?'
    row = gateway.state.reader().execute(query, (request.case,)).fetchone()
    try:
        key = gateway.trust.key(gateway.party, "sign", jws.unverified_kid(request.decision), gateway.now())
        decision = jws.verify_as(request.decision, typ="mz-decision", key=key, type=SignedDecision)
    except MianzhengError as error:
        raise Refused("not-decided-here", f"the decision is not this department's: {error.message}") from None
    if row is None or decision.case != request.case or decision.outcome != "granted" or row[1] != "granted":
        raise Refused("not-decided-here", "only a case that was granted here is delivered")
    return read_record(gateway, request.case, row[0])


def _open_needs(
    gateway: Gateway, request: DeliveryRequest, record: Record, loaded: LoadedItem, at: int
) -> dict[str, Wire]:
    sheets = [read_sheet(token, trust=gateway.trust, at=at) for token in request.sheets]
    expected = Expected(
        case=request.case,
        authorisation=record.authorisation,
        item=record.item,
        item_version=record.item_version,
        bundles=record.bundles,
        loaded=loaded,
        facts=gateway.facts,
    )
    answers = gather(sheets, expected, at=at)
    opened: dict[str, Wire] = {}
    for name, where in _due(record, loaded).items():
        if (answer := answers.get(where)) is not None and answer.sealed:
            opened[name] = _open(gateway, request.case, where, answer)
    return opened


def _due(record: Record, loaded: LoadedItem) -> dict[str, QuestionAt]:
    """Return which answer each need waits for; of a role of several people `account#1` for each whom the case knows."""
    due: dict[str, QuestionAt] = {}
    for name, placed in loaded.compiled.needs.items():
        if not loaded.item.roles[placed.role].numbered:
            due[name] = (placed.question.id, placed.role)
            continue
        for role in record.bundles:
            base, _, number = role.partition("#")
            if base == placed.role:
                due[f"{name}#{number}"] = (placed.question.id, role)
    return due


def _open(gateway: Gateway, case: str, at: QuestionAt, answer: Answer) -> Wire:
    try:
        plain = jwe.open_sealed(answer.sealed, key=gateway.seal, typ="mz-need")
        need = msgspec.json.decode(plain, type=SealedNeed)
    except (BadToken, BadSeal, msgspec.DecodeError):
        raise Refused("need-invalid", f"the need of question {at[0]} does not open here") from None
    if (need.case, need.question, need.role) != (case, *at):
        raise Refused("need-invalid", "a sealed need is of another case, question or role")
    return need.value


def _order(case: str, record: Record, loaded: LoadedItem, needs: Mapping[str, Wire], at: int) -> PaymentOrder:
    pay = loaded.item.outcome.pay
    return PaymentOrder(
        case=case,
        item=record.item,
        number=record.number,
        name=record.name,
        amount=record.amount,
        every=pay.every if pay is not None else "",
        needs=needs,
        at=at,
    )


def _keep(
    connection: sqlite3.Connection,
    gateway: Gateway,
    incoming: Incoming[DeliveryRequest],
    order: PaymentOrder,
    waiting: tuple[str, ...],
    *,
    mandate: str,
) -> bytes:
    before = served_before(connection, gateway.vault, incoming)
    if before is not None:  # the same request at the same moment: one of them delivers for both
        return before
    complete = _completed(connection, gateway, order.case)
    response = complete or _store(connection, gateway, order, waiting)
    receipt = msgspec.json.decode(response, type=DeliveryResponse).receipt
    line = Line(
        kind="delivery",
        at=order.at,
        hub=gateway.config.hub,
        request=incoming.request.request,
        entry=incoming.request.entry,
        sheet=digest(receipt.encode()),
        case=order.case,
        item=order.item,
        code="complete" if complete or not waiting else "waiting",
        mandate=mandate,
    )
    gateway.log.append(connection, line, subject=gateway.log.subject(order.number))
    keep_response(connection, gateway.vault, incoming, response, until=order.at + LATE_SECONDS)
    return response


def _store(connection: sqlite3.Connection, gateway: Gateway, order: PaymentOrder, waiting: tuple[str, ...]) -> bytes:
    """Keep the payment order and the response with its receipt, in place of an earlier one that still waited."""
    receipt = Receipt(
        iss=gateway.party,
        case=order.case,
        held=tuple(order.needs),
        waiting=waiting,
        amount=order.amount,
        complete=not waiting,
        iat=order.at,
    )
    token = jws.sign(receipt, key=gateway.sign, typ="mz-receipt")
    response = msgspec.json.encode(DeliveryResponse(receipt=token))
    shut = gateway.vault.shut("payment", msgspec.json.encode(order), row=order.case)
    kept = gateway.vault.shut("delivery", response, row=order.case)
    values = (order.case, shut, kept, int(not waiting), order.at)
    connection.execute("INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?, ?, ?)", values)
    return response

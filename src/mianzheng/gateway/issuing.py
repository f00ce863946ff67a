"""The signed decision and the credential: what the department's key is used for."""

from __future__ import annotations

import re
import sqlite3
from datetime import datetime
from decimal import Decimal

import msgspec

from mianzheng.credentials import jwe, jws
from mianzheng.credentials.credential import StatusReference, issue_credential
from mianzheng.credentials.licence import licence
from mianzheng.credentials.status import SIZE, draw_index
from mianzheng.gateway.gateway import CHINA, Gateway
from mianzheng.gateway.items import LoadedItem
from mianzheng.gateway.subjects import Subject
from mianzheng.model import evidence
from mianzheng.model.canonical import digest
from mianzheng.model.deciding import DecisionResponse, SignedDecision
from mianzheng.model.facts import Unit
from mianzheng.model.identity import Jwk
from mianzheng.model.item_codes import is_basic_code
from mianzheng.model.scalar import to_wire
from mianzheng.rules.dates import add

Outcome = evidence.Granted | evidence.Refused
_VALID = re.compile(r"(\d{1,3}) (day|month|year)s?\Z")


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A decision ready to be kept; `digest` is of the signed decision, `status_index` of its credential."""

    response: bytes
    outcome: str
    digest: str
    status_index: int | None
    amount: str | None


def issue(
    connection: sqlite3.Connection,
    gateway: Gateway,
    outcome: Outcome,
    *,
    case: str,
    loaded: LoadedItem,
    holder: Jwk,
    subject: Subject,
    sheets: tuple[str, ...],
    at: int,
    signed_by: tuple[str, ...] = (),
) -> Issued:
    """Return the decision signed and, of a grant, the credential sealed to `holder`.

    Called in the transaction that keeps it, so that no two credentials draw one index.
    """
    granted, index, sealed = isinstance(outcome, evidence.Granted), None, ""
    if isinstance(outcome, evidence.Granted):
        index = _free_index(connection)
        token = _credential(gateway, outcome, loaded=loaded, holder=holder, subject=subject, index=index, at=at)
        sealed = jwe.seal(token.encode("ascii"), to=holder, typ="mz-credential")
    amount = outcome.amount if isinstance(outcome, evidence.Granted) else None
    decision = SignedDecision(
        iss=gateway.party,
        case=case,
        item=loaded.item.item,
        item_version=loaded.item.version,
        outcome="granted" if granted else "refused",
        reasons=() if isinstance(outcome, evidence.Granted) else tuple(r.condition for r in outcome.reasons),
        amount=_amount(amount),
        sheets=sheets,
        decided_by="officer" if signed_by else "machine",
        iat=at,
        credential=digest(sealed.encode()) if sealed else "",
        signed_by=signed_by,
        declared=outcome.declared if isinstance(outcome, evidence.Granted) else (),
    )
    token = jws.sign(decision, key=gateway.sign, typ="mz-decision")
    response = DecisionResponse(decision=token, credential=sealed, status_index=index)
    return Issued(
        response=msgspec.json.encode(response),
        outcome=decision.outcome,
        digest=digest(token.encode()),
        status_index=index,
        amount=decision.amount,
    )


def status_uri(gateway: Gateway) -> str:
    """Return the address of this department's status list."""
    return f"{gateway.config.public_url}/status"


def valid_until(valid: str, at: int) -> int | None:
    """Return when a credential of this validity ("12 months", "5 years", "") ends, seconds; None: without end."""
    found = _VALID.match(valid)
    if found is None:
        return None
    unit: Unit = {"day": "days", "month": "months", "year": "years"}[found.group(2)]  # type: ignore[assignment]
    last = add(datetime.fromtimestamp(at, CHINA).date(), int(found.group(1)), unit)
    return int(datetime(last.year, last.month, last.day, tzinfo=CHINA).timestamp())


def _credential(
    gateway: Gateway,
    outcome: evidence.Granted,
    *,
    loaded: LoadedItem,
    holder: Jwk,
    subject: Subject,
    index: int,
    at: int,
) -> str:
    item = loaded.item
    claims: dict[str, object] = {
        **outcome.claims,
        "name": subject.name,
        "number": subject.number,
        "credential": item.outcome.credential,
        "item": item.item,
        "item_version": item.version,
        "department": item.department,
        **_licence(loaded, index=index, at=at),
    }
    if outcome.amount is not None and item.outcome.pay is not None:
        claims |= {"amount": _amount(outcome.amount), "every": item.outcome.pay.every}
    return issue_credential(
        claims,
        key=gateway.sign,
        iss=gateway.party,
        vct=item.outcome.credential_type,
        holder=holder,
        iat=at,
        exp=valid_until(item.outcome.valid, at),
        status=StatusReference(idx=index, uri=status_uri(gateway)),
    )


def _licence(loaded: LoadedItem, *, index: int, at: int) -> dict[str, str]:
    """Return the 证照标识: its type by the item's code, its serial by year and place in the status list.

    An item whose code is of no official form has none.
    """
    item, department = loaded.item, loaded.facts.departments[loaded.item.department]
    if not is_basic_code(item.code):
        return {}
    serial = f"{datetime.fromtimestamp(at, CHINA).year}{index:016d}"
    return {"licence": str(licence(body=department.uscc, sequence=item.code[6:9], serial=serial))}


def _free_index(connection: sqlite3.Connection) -> int:
    query = "SELECT 1 FROM decisions WHERE status_index = ?"
    return draw_index(SIZE, lambda index: connection.execute(query, (index,)).fetchone() is not None)


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else str(to_wire(amount))

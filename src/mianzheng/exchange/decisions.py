"""Verifying what the handling department's gateway returns: its decision, and its receipt for needs."""

from __future__ import annotations

import msgspec

from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.trust import TrustStore, Untrusted
from mianzheng.model.canonical import digest
from mianzheng.model.deciding import DecisionResponse, DeliveryResponse, Receipt, SignedDecision
from mianzheng.model.errors import MianzhengError

DECISION_TYP = "mz-decision"
RECEIPT_TYP = "mz-receipt"


class BadDecision(MianzhengError):
    """What came back is not this gateway's decision or receipt on this case."""

    code = "decision-malformed"
    permanent = False


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """Which decision is due: of whom, on what, from which sheets."""

    party: str
    case: str
    item: str
    item_version: int
    sheets: frozenset[str]  # digests


def read_decision(
    unverified: bytes, *, due: Due, trust: TrustStore, now: int
) -> tuple[DecisionResponse, SignedDecision]:
    """Return the response and the verified decision; `BadDecision` unless it is the one that is due."""
    try:
        response = msgspec.json.decode(unverified, type=DecisionResponse)
        party, decision = trust.read(response.decision, typ=DECISION_TYP, type=SignedDecision, role="gateway", at=now)
    except (msgspec.MsgspecError, BadToken, Untrusted) as error:
        raise BadDecision(f"not a decision: {error}") from None
    if (party.party, decision.iss) != (due.party, due.party):
        raise BadDecision(f"decided by {party.party}, not by {due.party}", code="decision-party")
    if (decision.case, decision.item, decision.item_version) != (due.case, due.item, due.item_version):
        raise BadDecision("the decision is on another case or item", code="decision-other")
    if frozenset(decision.sheets) != due.sheets:
        raise BadDecision("the decision rests on other sheets", code="decision-sheets")
    expected = digest(response.credential.encode("ascii", "replace")) if decision.outcome == "granted" else ""
    if decision.credential != expected or (decision.outcome == "refused" and response.credential):
        raise BadDecision("the credential is not the one that was signed for", code="decision-credential")
    return response, decision


def read_receipt(unverified: bytes, *, party: str, case: str, trust: TrustStore, now: int) -> tuple[str, Receipt]:
    """Return the receipt's token and content; `BadDecision` unless this gateway signed it for this case."""
    try:
        token = msgspec.json.decode(unverified, type=DeliveryResponse).receipt
        signer, receipt = trust.read(token, typ=RECEIPT_TYP, type=Receipt, role="gateway", at=now)
    except (msgspec.MsgspecError, BadToken, Untrusted) as error:
        raise BadDecision(f"not a receipt: {error}", code="receipt-malformed") from None
    if (signer.party, receipt.iss, receipt.case) != (party, party, case):
        raise BadDecision("the receipt is another gateway's or another case's", code="receipt-other")
    return token, receipt

"""What remains of a case's requests when it is decided: no bundle and no sealed statement of anybody else.

Sheets name each subject by the digest of a bundle; that is all a decision needs later. References to
other people, though nobody here can open them, go with the decision.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mianzheng.cases.parts import LinkedSheet, Sent
from mianzheng.model.authorisation import BundleRequest, SealedBundle
from mianzheng.model.canonical import b64, canonical
from mianzheng.model.case import State
from mianzheng.model.deciding import DecisionRequest

CLOSED = frozenset({State.DELIVERED, State.REFUSED, State.WITHDRAWN, State.NOT_ACCEPTED, State.ENDED, State.REVOKED})


def without_references(requests: Sequence[Sent], acting: str) -> dict[str, tuple[str, bytes | None]]:
    """Return token and answer, by request id, of each request that refers to anybody but the acting role's person."""
    found: dict[str, tuple[str, bytes | None]] = {}
    for sent in requests:
        token, answer = _token(sent, acting), _answer(sent, acting)
        if (token, answer) != (sent.token, sent.answer):
            found[sent.id] = token, answer
    return found


def stripped(token: str, payload: msgspec.Struct) -> str:
    """Return a request as it is kept: what was asked, without the signature that was over more."""
    return f"{token.partition('.')[0]}.{b64(canonical(payload))}."


def _token(sent: Sent, acting: str) -> str:
    if sent.kind == "answers":
        request = sent.asked
        if request.role == acting and not request.others and not request.choices:
            return sent.token
        kept = msgspec.structs.replace(
            request, bundle="", statement="", others=(), choices=(), operands={}, consent=None
        )
        return stripped(sent.token, kept)
    if sent.kind == "decision":
        decision = sent.payload(DecisionRequest)
        own = {role: bundle for role, bundle in decision.bundles.items() if role == acting}
        if own == decision.bundles:
            return sent.token
        statements = {role: text for role, text in decision.statements.items() if role == acting}
        return stripped(sent.token, msgspec.structs.replace(decision, bundles=own, statements=statements))
    return sent.token


def _answer(sent: Sent, acting: str) -> bytes | None:
    if sent.answer is None:
        return None
    if sent.kind == "answers":
        sheet = sent.sheet()
        return msgspec.json.encode(without_links(sheet)) if sheet is not None and sheet.links else sent.answer
    if sent.kind == "bundle" and sent.payload(BundleRequest).role != acting:
        bundle = msgspec.json.decode(sent.answer, type=SealedBundle)
        return msgspec.json.encode(msgspec.structs.replace(bundle, sealed={}))
    return sent.answer


def without_links(sheet: LinkedSheet) -> LinkedSheet:
    """Return a sheet without the bundles it came with."""
    return msgspec.structs.replace(sheet, links={})

"""Sealed operands 密封操作数: a value goes from the gateway that holds it to the one that compares, past the hub.

Signed before it is sealed, and bound to case, authorisation, role, subject and question: a hub that puts
another value, person or case in its place is refused, and can open none of them.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from mianzheng.credentials import jwe, jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.suites import BadSeal
from mianzheng.credentials.trust import Untrusted
from mianzheng.gateway.approvals import OwnQuestion
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.items import LoadedItem
from mianzheng.gateway.permission import Permitted
from mianzheng.gateway.refusals import Refused
from mianzheng.gateway.subjects import Subject
from mianzheng.model.item import base_of
from mianzheng.model.operand import SealedOperand
from mianzheng.model.scalar import BadScalar, Scalar, Wire, from_wire
from mianzheng.rules.audience import comparing
from mianzheng.rules.expression import Operand
from mianzheng.rules.tree import walk

TYP = "mz-operand"


def operands_of(own: OwnQuestion) -> tuple[Operand, ...]:
    """Return the operands that a question is compared with."""
    return tuple(node for node in walk(own.question.expression) if isinstance(node, Operand))


def seal_operand(
    gateway: Gateway, loaded: LoadedItem, own: OwnQuestion, *, subject: Subject, value: Wire, at: int
) -> str:
    """Return the value of an operand question, sealed to each gateway that compares with it, apart by blanks."""
    departments = comparing(loaded.compiled, loaded.facts, own.placed)
    sealed = []
    for party in (gateway.party_of(department) for department in departments):
        operand = SealedOperand(
            iss=gateway.party,
            aud=party,
            case=subject.bundle.case,
            authorisation=subject.bundle.authorisation,
            role=subject.role,
            question=own.question.id,
            bundle=subject.bundle_digest,
            value=value,
            iat=at,
        )
        token = jws.sign(operand, key=gateway.sign, typ=TYP)
        sealed.append(jwe.seal(token.encode("ascii"), to=gateway.trust.current(party, "seal", at), typ=TYP))
    return " ".join(sealed)


def open_operands(
    gateway: Gateway,
    loaded: LoadedItem,
    own: OwnQuestion,
    sealed: Mapping[str, str],
    *,
    permitted: Permitted,
    subjects: Mapping[str, Subject],
    at: int,
) -> Mapping[str, Scalar]:
    """Return the values that a question is compared with, by operand question; `Refused` for one that is not meant.

    `subjects`: by role as asked about, those whom this request names; an operand of theirs must be of the same bundle.
    """
    found: dict[str, Scalar] = {}
    for node in operands_of(own):
        operand = _open(gateway, sealed.get(node.question, ""), node, at=at)
        placed = loaded.compiled.operands[node.question, node.role]
        owner = gateway.party_of(gateway.facts.registers[placed.question.register].department)
        stated = (operand.iss, operand.aud, operand.case, operand.authorisation, operand.question)
        expected = (owner, gateway.party, permitted.authorisation.case, permitted.digest, node.question)
        if stated != expected or base_of(operand.role) != node.role:
            raise Refused("operand-invalid", f"the operand {node.question} is of another gateway, case or question")
        _check_whose(operand, own, subjects)
        try:
            found[node.question] = from_wire(node.type, operand.value)
        except BadScalar:
            raise Refused("operand-invalid", f"the operand {node.question} is of another type") from None
    return found


def _check_whose(operand: SealedOperand, own: OwnQuestion, subjects: Mapping[str, Subject]) -> None:
    """Raise `Refused` when an operand is of another member of a role, or of another subject, than is asked about."""
    known = subjects.get(operand.role)
    if known is not None and known.bundle_digest != operand.bundle:
        raise Refused("operand-invalid", f"the operand {operand.question} is of another subject")
    if known is None and base_of(operand.role) == own.placed.role:
        raise Refused("operand-invalid", f"the operand {operand.question} is of another one of that role")


def _open(gateway: Gateway, sealed: str, node: Operand, *, at: int) -> SealedOperand:
    """Return what the one part that opens here holds, its signature checked."""
    if not sealed:
        raise Refused("operand-missing", f"the operand {node.question} did not come with the request")
    for part in sealed.split(" ")[:8]:
        try:
            token = jwe.open_sealed(part, key=gateway.seal, typ=TYP).decode("ascii")
        except (BadToken, BadSeal, UnicodeDecodeError):
            continue
        try:
            party, operand = gateway.trust.read(token, typ=TYP, type=SealedOperand, role="gateway", at=at)
        except (BadToken, Untrusted) as error:
            raise Refused("operand-invalid", f"the operand {node.question}: {error.message}") from None
        return msgspec.structs.replace(operand, iss=party.party if operand.iss == party.party else "")
    raise Refused("operand-invalid", f"the operand {node.question} does not open here")

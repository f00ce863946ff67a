"""Whether a decision may be signed: by machine, on the person's acceptance, or on officers' signatures.

1. Who signs is this department's officer, and an officer of each approver by their own department's key.
2. What each signed over is the recommendation that this gateway makes itself from the sheets and findings.
3. A public notice 公示 has lasted before a grant; what was refused is decided again only by an officer's step.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from mianzheng.credentials import jws
from mianzheng.credentials.keys import thumbprint
from mianzheng.credentials.trust import TrustStore
from mianzheng.decision.recommending import LICENCE, needs_officer, recommend, shown
from mianzheng.gateway.avoidance import check_clearance
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.items import LoadedItem
from mianzheng.gateway.officers import read_step
from mianzheng.gateway.refusals import Refused
from mianzheng.model import evidence
from mianzheng.model.asking import Step
from mianzheng.model.authorisation import Bundle
from mianzheng.model.canonical import digest
from mianzheng.model.deciding import DecisionRequest
from mianzheng.model.publishing import Certified

Outcome = evidence.Granted | evidence.Refused


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """On whose word a decision is made; `by` are members of staff, () for a machine's."""

    by: tuple[str, ...] = ()


def check_signed(
    gateway: Gateway,
    request: DecisionRequest,
    loaded: LoadedItem,
    outcome: Outcome,
    *,
    as_of: date,
    sheets: tuple[str, ...],
    findings: Mapping[str, Certified],
    at: int,
) -> Signed:
    """Return whose signatures a decision rests on; `Refused` when one that it needs is missing or does not hold.

    A signature that came is checked whether or not it is needed.
    """
    _check_notice(gateway, loaded, outcome, as_of)
    if request.signature is None:
        _check_unsigned(request, loaded, outcome, findings)
        return Signed()
    recommended = recommend(
        outcome,
        loaded.compiled,
        gateway.facts.departments,
        case=request.case,
        as_of=as_of,
        sheets=sheets,
        findings=findings,
    )
    signers = [(loaded.item.department, "sign", request.signature)]
    signers += _approvals(request, loaded, outcome)
    made, by = _made_by_authorities(request), []
    for department, word, certified in signers:
        certificate, step = read_step(certified, trust=gateway.trust, department=department, case=request.case, at=at)
        _check_shown(step, f"{word}:{recommended.outcome}", shown(recommended))
        check_clearance(
            request.clearances,
            case=request.case,
            staff=thumbprint(certificate.key),
            bundles=made,
            signed_at=step.iat,
            trust=gateway.trust,
        )
        by.append(certificate.staff)
    return Signed(by=tuple(by))


def _made_by_authorities(request: DecisionRequest) -> tuple[str, ...]:
    """Return the digests of the case's bundles that an authority made: avoidance 回避 is asked about their subjects."""
    bundles = {token: jws.payload_as(jws.unverified_payload(token), type=Bundle) for token in request.bundles.values()}
    return tuple(digest(token.encode("ascii")) for token, bundle in bundles.items() if not bundle.link)


def check_reopened(request: DecisionRequest, *, trust: TrustStore, department: str, decided_at: int, at: int) -> None:
    """Raise `Refused` unless an officer of the department reopened the case after it was decided."""
    if request.reopened is None:
        raise Refused("not-reopened", "what was refused is decided again only after an officer reopened it")
    _, step = read_step(request.reopened, trust=trust, department=department, case=request.case, at=at)
    if step.step != "reopen" or step.iat < decided_at:
        raise Refused("not-reopened", "the officer's step does not reopen this decision")


def _check_unsigned(
    request: DecisionRequest, loaded: LoadedItem, outcome: Outcome, findings: Mapping[str, Certified]
) -> None:
    if not needs_officer(loaded.item, outcome, findings=findings, accepted=request.acceptance is not None):
        return
    if isinstance(outcome, evidence.Granted) or loaded.item.approval != "automatic" or outcome.settled:
        raise Refused("decision-needs-officer", "an officer signs this decision", hint="hand it to a person")
    if loaded.item.kind == LICENCE:
        raise Refused("refusal-needs-officer", "a refused licence is signed by an officer", hint="hand it to a person")
    raise Refused(
        "refusal-needs-acceptance",
        "a machine's refusal is only proposed",
        hint="the person accepts it, corrects, or asks for a person",
    )


def _approvals(request: DecisionRequest, loaded: LoadedItem, outcome: Outcome) -> list[tuple[str, str, Certified]]:
    """Return the approvals a decision needs, one a department; a refusal needs the handling one alone."""
    if loaded.item.approval != "departments" or isinstance(outcome, evidence.Refused):
        return []
    if len(request.approvals) != len(loaded.item.approvers):
        raise Refused("approval-missing", f"{', '.join(loaded.item.approvers)} approve this item")
    return [(name, "approve", one) for name, one in zip(loaded.item.approvers, request.approvals, strict=True)]


def _check_shown(step: Step, name: str, expected: str) -> None:
    if step.step != name:
        raise Refused("officer-step-invalid", f"the officer signed {step.step!r}, not {name!r}")
    if step.shown != expected:
        raise Refused("shown-otherwise", "what the officer was shown is not what the answers and findings come to")


def _check_notice(gateway: Gateway, loaded: LoadedItem, outcome: Outcome, as_of: date) -> None:
    days = loaded.item.public_notice_days
    if isinstance(outcome, evidence.Granted) and days:
        earliest = as_of + timedelta(days=days)
        if gateway.today() < earliest:
            raise Refused("public-notice-running", f"the public notice ends on {earliest} at the earliest")

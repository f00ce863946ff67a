"""Signed steps of the person: the acceptance of a proposed refusal, a contest 异议 of an answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from mianzheng.credentials import jws
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.keys import thumbprint
from mianzheng.credentials.trust import TrustStore
from mianzheng.gateway.permission import Permitted, check_signer
from mianzheng.gateway.refusals import Refused
from mianzheng.model.asking import SignedStep, Step
from mianzheng.model.canonical import canonical, digest, unb64
from mianzheng.model.case import ReasonView
from mianzheng.model.evidence import QuestionAt
from mianzheng.model.item import Item
from mianzheng.model.presence import PRESENCE_SECONDS

ACCEPT = "accept-refusal"
CONTEST = "contest"
DECLARE = "declare"


def read_contests(
    signed: Iterable[SignedStep], permitted: Permitted, *, trust: TrustStore, signers: Mapping[str, str] | None = None
) -> frozenset[QuestionAt]:
    """Return the questions that are contested: each step is `contest:<question>:<role>`.

    The person signs it; or, about themself, a linked adult: `signers` has the key of each by role.
    """
    found = set()
    for one in signed:
        kind, _, named = _step_of(one, "contest-invalid").step.partition(":")
        question, _, role = named.partition(":")
        if kind != CONTEST or not question or not role:
            raise Refused("contest-invalid", "a contest names question and role")
        own = (signers or {}).get(role, "")
        by_linked = own if own and thumbprint(one.assertion.key) == own else ""
        _read(one, permitted, trust=trust, code="contest-invalid", linked=by_linked)
        found.add((question, role))
    return frozenset(found)


def read_declarations(
    signed: Iterable[SignedStep], item: Item, permitted: Permitted, *, trust: TrustStore
) -> frozenset[str]:
    """Return the conditions whose declaration 告知承诺 the person signed, in the words of this gateway's own item."""
    texts = {one.id: one.declaration.text for one in item.conditions if one.declaration is not None}
    found = set()
    for one in signed:
        step = _read(one, permitted, trust=trust, code="declaration-invalid")
        kind, _, condition = step.step.partition(":")
        if kind != DECLARE or condition not in texts or item.safety or item.hard_to_undo:
            raise Refused("declaration-invalid", f"{item.item} has no condition {condition!r} that may be declared")
        if step.shown != digest(canonical(texts[condition])):
            raise Refused("declaration-invalid", "the person declared other words than the item holds")
        found.add(condition)
    return frozenset(found)


def check_acceptance(
    signed: SignedStep,
    shown: tuple[ReasonView, ...],
    reasons: tuple[ReasonView, ...],
    permitted: Permitted,
    *,
    trust: TrustStore,
) -> None:
    """Raise `Refused` unless the person accepted exactly the reasons of this refusal, as they may read them."""
    step = _read(signed, permitted, trust=trust, code="acceptance-invalid")
    if step.step != ACCEPT:
        raise Refused("acceptance-invalid", f"the step is {step.step!r}, not {ACCEPT!r}")
    if step.shown != digest(canonical(shown)):
        raise Refused("acceptance-invalid", "the person signed over other reasons than travel")
    accepted = {(view.condition, view.zh, view.en, view.department) for view in shown}
    decided = {(view.condition, view.zh, view.en, view.department) for view in reasons}
    if accepted != decided or len(shown) != len(reasons):
        raise Refused("acceptance-invalid", "the person accepted other reasons than the answers give")


def _step_of(signed: SignedStep, code: str) -> Step:
    try:
        return jws.payload_as(unb64(signed.step), type=Step)
    except (ValueError, BadToken):
        raise Refused(code, "the signed step cannot be read") from None


def _read(signed: SignedStep, permitted: Permitted, *, trust: TrustStore, code: str, linked: str = "") -> Step:
    """Return a step that the acting person signed, or the key `linked` of another adult in the case."""
    step, by_clerk = _step_of(signed, code), permitted.by_clerk and not linked
    if step.case != permitted.authorisation.case:
        raise Refused(code, "the signed step is of another case")
    if by_clerk and step.iat > permitted.actor.iat + PRESENCE_SECONDS:
        raise Refused(code, "a clerk signs for the person only while they are there", hint="an officer signs instead")
    try:
        challenge, signer = hashlib.sha256(unb64(signed.step)).digest(), linked or permitted.actor.signer
        check_signer(signed.assertion, challenge, signer=signer, trust=trust, by_clerk=by_clerk)
    except Refused as error:
        raise Refused(code, f"the step: {error.message}") from None
    return step

"""The client's part of a bare case: what an applicant signs, once signed in. `bench.bare` does the rest."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import date

import msgspec

from mianzheng.catalogue.publication import concerned, item_digest
from mianzheng.credentials import jwe
from mianzheng.credentials.assertion import make_assertion
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import TrustStore
from mianzheng.model.asking import SignedStep, Step
from mianzheng.model.authorisation import Authorisation, FormValue, SealedChoice, form_digest, plan_digest
from mianzheng.model.canonical import b64, canonical, digest
from mianzheng.model.case import ReasonView
from mianzheng.model.facts import FactCatalogue, Type
from mianzheng.model.identity import Assertion
from mianzheng.model.plan import PlanLine
from mianzheng.model.scalar import Wire
from mianzheng.plan.full import full_plan
from mianzheng.rules.compile import CompiledItem

SEALED = ("need", "operand")
SIGNED_SECONDS = 60 * 86_400  # how long an authorisation of the bench lives


Choices = tuple[SealedChoice, ...]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is worked out once for an item version, as the hub's library does."""

    compiled: CompiledItem
    digest: str
    role: str  # in which the acting person applies
    types: Mapping[str, Type | None]  # of each question's value; None for a need
    departments: tuple[str, ...]  # that are asked, and the handling one

    @property
    def needs(self) -> set[str]:
        """The questions that are needs."""
        return {placed.question.id for placed in self.compiled.needs.values()}


class Applicant(msgspec.Struct, frozen=True, kw_only=True):
    """A person or body who signed in at their authority."""

    key: PrivateKey
    authority: str
    pairwise: str


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """One case as its applicant signed it: nothing was asked yet."""

    known: Known
    applicant: Applicant
    authorisation: Authorisation
    text: str  # b64 of the signed bytes
    digest: str
    assertion: Assertion
    plan: tuple[PlanLine, ...]
    forms: tuple[FormValue, ...]
    choices: tuple[SealedChoice, ...] = ()

    @property
    def case(self) -> str:
        """The case's id."""
        return self.authorisation.case


def know(compiled: CompiledItem, facts: FactCatalogue) -> Known:
    """Return what every case of an item version needs."""
    item = compiled.item
    placed = {(one.question.id, one.role): one for one in reversed(compiled.asked())}.values()
    return Known(
        compiled=compiled,
        digest=item_digest(compiled, facts),
        role=item.acting_role,
        types={p.question.id: None if p.question.kind in SEALED else p.question.type for p in placed},
        departments=tuple(sorted({item.department, *concerned(compiled, facts)})),
    )


def form_values(form: Mapping[str, Wire]) -> tuple[FormValue, ...]:
    """Return salted form values, by name."""
    return tuple(FormValue(name=name, value=value, salt=salt()) for name, value in sorted(form.items()))


def sign_case(
    applicant: Applicant,
    known: Known,
    *,
    facts: FactCatalogue,
    trust: TrustStore,
    as_of: date,
    now: int,
    forms: tuple[FormValue, ...] = (),
    choices: tuple[SealedChoice, ...] = (),
) -> Signed:
    """Return a new case, made and signed by its applicant without any hub."""
    item = known.compiled.item
    plan = full_plan(known.compiled, facts, as_of).lines
    authorisation = Authorisation(
        suite="intl",
        case="c" + secrets.token_hex(13),
        as_of=as_of,
        item=item.item,
        item_version=item.version,
        item_digest=known.digest,
        trigger="application",
        plan_digest=plan_digest(plan),
        forms=tuple(sorted([*(form_digest(value) for value in forms), *(one.digest for one in choices)])),
        notice_digest=digest(b"notice"),
        acts_for=None,
        holder=PrivateKey.generate().public.jwk,
        iat=now,
        exp=now + SIGNED_SECONDS,
        salt=salt(),
    )
    words = canonical(authorisation)
    challenge = hashlib.sha256(words).digest()
    return Signed(
        known=known,
        applicant=applicant,
        authorisation=authorisation,
        text=b64(words),
        digest=b64(challenge),
        assertion=vouch(applicant.key, challenge, trust),
        plan=plan,
        forms=forms,
        choices=choices,
    )


def choose(known: Known, facts: FactCatalogue, typed: Mapping[str, str], *, trust: TrustStore, now: int) -> Choices:
    """Return who is meant by each role (role -> name or number), sealed to the gateway of its link."""
    parties = {party.department: party.party for party in trust.with_role("gateway")}
    found = []
    for role, text in typed.items():
        register = facts.registers[known.compiled.links[role].question.register]
        value = FormValue(name=f"role.{role}", value=text, salt=salt())
        to = trust.current(parties[register.department], "seal", now)
        sealed = jwe.seal(canonical(value), to=to, typ="mz-choice")
        found.append(SealedChoice(role=role, digest=form_digest(value), sealed=sealed))
    return tuple(found)


def accept(signed: Signed, views: tuple[ReasonView, ...], *, trust: TrustStore, now: int) -> SignedStep:
    """Return the applicant's acceptance of a refusal for these reasons."""
    step = Step(case=signed.case, step="accept-refusal", shown=digest(canonical(views)), salt=salt(), iat=now)
    words = canonical(step)
    return SignedStep(step=b64(words), assertion=vouch(signed.applicant.key, hashlib.sha256(words).digest(), trust))


def vouch(key: PrivateKey, challenge: bytes, trust: TrustStore) -> Assertion:
    """Return the assertion of a person's key over a challenge."""
    return make_assertion(key, challenge, origin=trust.origins[0], rp_id=trust.rp_ids[0])


def salt() -> str:
    """Return a new salt."""
    return b64(secrets.token_bytes(16))

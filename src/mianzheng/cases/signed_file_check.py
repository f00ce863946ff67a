"""Checking offline what a case file says was signed after the authorisation (`signed.json`).

1. The person's steps are of this case, by the key that signed the authorisation, over the words of the item.
2. Another adult's consent, and contest, is by the key that the authority's bundle of them names.
3. Findings, acts and signatures are by staff whom their department certified; a signature is over the recommendation
   that is here, beside the authorities' clearance.
4. The department's decision says who signed and what was declared: all of it is here, but what was withheld.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping

import msgspec

from mianzheng.credentials import jws
from mianzheng.credentials.assertion import verify_assertion
from mianzheng.credentials.keys import PublicKey, thumbprint
from mianzheng.credentials.trust import Certificate, Role, StaffRole, TrustStore, read_certificate
from mianzheng.decision.recommending import shown
from mianzheng.model.archive import SIGNED, ConsentSigned, SignedSteps
from mianzheng.model.asking import SignedStep, Step
from mianzheng.model.authorisation import Bundle, consent_challenge
from mianzheng.model.avoidance import Clearance
from mianzheng.model.canonical import canonical, digest, unb64
from mianzheng.model.deciding import SignedDecision
from mianzheng.model.errors import MianzhengError
from mianzheng.model.identity import Assertion
from mianzheng.model.item import Item, base_of, needs_consent
from mianzheng.model.officers import (
    DECLARATION,
    OBJECTION,
    AnswerContest,
    Approve,
    Assign,
    Extend,
    Seen,
    Sign,
    act_digest,
    tag_of,
)
from mianzheng.model.presence import STAFFED
from mianzheng.model.publishing import Certified

AUTHORITIES: Mapping[str, Role] = {"person": "authority:person", "enterprise": "authority:enterprise"}
OFFICER: tuple[StaffRole, ...] = ("officer",)
HEAD: tuple[StaffRole, ...] = ("head",)
STAFF: tuple[StaffRole, ...] = ("officer", "clerk", "head", "steward")
SKEW = 60


class BadFile(MianzhengError):
    """A part of a case file does not hold."""

    code = "file-invalid"


class Against(msgspec.Struct, frozen=True, kw_only=True):
    """What the other files of the same case file were found to say."""

    trust: TrustStore
    case: str
    department: str
    authorisation: str  # digest
    signer: str  # thumbprint of the key that signed it
    staffed: bool  # a clerk's, beside a presence
    subject: str  # digest of the bundle of whom the case is about
    item: Item
    sheets: frozenset[str]  # digests
    roles: frozenset[str]  # as the sheets are about them
    decision: SignedDecision | None
    withheld: Collection[str]


class SignedCheck:
    """One check of one `signed.json`."""

    def __init__(self, steps: SignedSteps, against: Against) -> None:
        self.steps, self.against = steps, against

    def parts(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Yield each part by the name under which a fault of it is reported."""
        parts = {
            "acceptance": self._acceptance,
            "declarations": self._declarations,
            "consents": self._consents,
            "contests": self._contests,
            "findings": self._findings,
            "signature": self._signature,
            "acts": self._acts,
        }
        for name, check in parts.items():
            yield f"{SIGNED}:{name}", check

    def _acceptance(self) -> None:
        signed, decision = self.steps.acceptance, self.against.decision
        if signed is not None:
            self._step(signed, "accept-refusal", digest(canonical(self.steps.accepted)))
        elif decision is not None and (decision.outcome, decision.decided_by) == ("refused", "machine"):
            self._missing("acceptance", "a machine's refusal was accepted by nobody")

    def _declarations(self) -> None:
        texts = {one.id: one.declaration.text for one in self.against.item.conditions if one.declaration is not None}
        for condition, signed in self.steps.declarations.items():
            if condition not in texts:
                raise BadFile(f"the item has no declaration of {condition}", code="file-other")
            self._step(signed, f"declare:{condition}", digest(canonical(texts[condition])))
        decision = self.against.decision
        for condition in decision.declared if decision is not None else ():
            if condition not in self.steps.declarations:
                self._missing("declarations", f"nobody declared {condition}")

    def _consents(self) -> None:
        for role, one in self.steps.consents.items():
            self._consent(role, one)
        item = self.against.item
        for role in sorted(self.against.roles):
            guarded = needs_consent(item, role) and not item.roles[base_of(role)].represented
            if guarded and role not in self.steps.consents:
                self._missing("consents", f"{role} was asked about without their own signature")

    def _consent(self, role: str, one: ConsentSigned) -> Bundle:
        trust, against = self.against.trust, self.against
        made = msgspec.json.decode(jws.unverified_payload(one.bundle), type=Bundle).iat
        party, bundle = trust.read(one.bundle, typ="mz-bundle", type=Bundle, role=AUTHORITIES["person"], at=made)
        if (bundle.case, bundle.authorisation, bundle.role) != (against.case, against.authorisation, role):
            raise BadFile(f"{role}: the authority's word is of another case or role", code="file-other")
        staffed = bundle.presence.method in STAFFED
        if staffed:
            read_clerk(trust, one.certificate, bundle)
        challenge = consent_challenge(against.authorisation, role)
        if bundle.issuer != party.party or signer_of(trust, one.assertion, challenge, staffed=staffed) != bundle.signer:
            raise BadFile(f"{role}: another key signed than the authority saw", code="file-signer")
        return bundle

    def _contests(self) -> None:
        for key, signed in self.steps.contests.items():
            role = key.partition(":")[2]
            consent = self.steps.consents.get(role)
            self._step(signed, f"contest:{key}", None, linked=self._consent(role, consent) if consent else None)

    def _findings(self) -> None:
        for one in self.steps.findings:
            stated = msgspec.json.decode(jws.unverified_payload(one.token), type=Seen)
            _, key = self._holder(one, at=stated.iat, department=self.against.department, roles=OFFICER)
            seen = jws.verify_as(one.token, typ="mz-finding", key=key, type=Seen)
            if seen.case != self.against.case:
                raise BadFile(f"{seen.name}: the finding is of another case", code="file-other")

    def _signature(self) -> None:
        """The decision names who signed: each of them signed what is here, and was cleared to."""
        decision, recommended = self.against.decision, self.steps.recommended
        if decision is None or f"{SIGNED}:signature" in self.against.withheld:
            return
        if (decision.decided_by == "officer") != bool(decision.signed_by):
            raise BadFile("the decision says by whom it was made in two ways", code="file-other")
        if not decision.signed_by:
            return
        if recommended is None or self.steps.signature is None:
            raise BadFile(f"{', '.join(decision.signed_by)} signed, and no signature is here", code="file-missing")
        self._recommended(decision)
        signers = [self._under(self.steps.signature, Sign(outcome=decision.outcome), self.against.department)]
        for department in self.against.item.approvers if len(decision.signed_by) > 1 else ():
            if (approval := self.steps.approvals.get(department)) is None:
                raise BadFile(f"{department} approved, and no signature is here", code="file-missing")
            signers.append(self._under(approval, Approve(outcome=decision.outcome), department))
        if tuple(signers) != decision.signed_by:
            raise BadFile(f"signed by {', '.join(signers)}, not by {', '.join(decision.signed_by)}", code="file-signer")

    def _recommended(self, decision: SignedDecision) -> None:
        """What was signed is the recommendation that was decided, from these sheets and findings."""
        recommended, against = self.steps.recommended, self.against
        assert recommended is not None  # `_signature` looked
        said = (recommended.case, recommended.item, recommended.item_version, recommended.outcome, recommended.amount)
        if said != (decision.case, decision.item, decision.item_version, decision.outcome, decision.amount):
            raise BadFile("another decision was recommended than was made", code="file-other")
        if set(recommended.sheets) != against.sheets:
            raise BadFile("the recommendation rests on other sheets", code="file-sheets")
        here = {digest(one.token.encode("ascii")) for one in self.steps.findings if not _is_afterwards(one)}
        whole = f"{SIGNED}:findings" not in against.withheld
        if not here <= set(recommended.findings) or (whole and here != set(recommended.findings)):
            raise BadFile("the recommendation rests on other findings", code="file-findings")

    def _under(self, signed: Certified, act: Sign | Approve, department: str) -> str:
        """Return who signed the recommendation, a cleared officer of the department."""
        assert self.steps.recommended is not None  # `_signature` looked
        step, certificate = self._staff_step(signed, department=department, roles=OFFICER)
        name = f"{tag_of(act)}:{act.outcome}"
        if (step.step, step.shown) != (name, shown(self.steps.recommended)):
            raise BadFile(f"{certificate.staff} signed something else than is here", code="file-other")
        self._cleared(certificate, step)
        return certificate.staff

    def _cleared(self, certificate: Certificate, step: Step) -> None:
        """The authority of whom the case is about cleared this key: they are neither this person nor a relative."""
        key = thumbprint(certificate.key)
        for token in self.steps.clearances:
            stated = msgspec.json.decode(jws.unverified_payload(token), type=Clearance)
            party, _ = self.against.trust.owner(token, use="sign", at=stated.iat)
            roles = [role for role in AUTHORITIES.values() if role in party.roles]
            if not roles:
                continue
            _, found = self.against.trust.read(token, typ="mz-clearance", type=Clearance, role=roles[0], at=stated.iat)
            named = (found.case, found.staff) == (self.against.case, key) and self.against.subject in found.bundles
            if named and found.iss == party.party and found.iat - SKEW <= step.iat < found.exp:
                return
        raise BadFile(f"nobody cleared {certificate.staff} of kinship with the subject", code="file-clearance")

    def _acts(self) -> None:
        for one in self.steps.acts:
            roles = HEAD if isinstance(one.act, (Extend, Assign)) else STAFF
            department = "" if isinstance(one.act, AnswerContest) else self.against.department
            step, certificate = self._staff_step(one.signed, department=department, roles=roles)
            if (step.step, step.shown) != (tag_of(one.act), act_digest(one.act)):
                raise BadFile(f"{certificate.staff} signed another act than {tag_of(one.act)}", code="file-other")

    def _staff_step(
        self, signed: Certified, *, department: str, roles: Collection[StaffRole]
    ) -> tuple[Step, Certificate]:
        stated = msgspec.json.decode(jws.unverified_payload(signed.token), type=Step)
        certificate, key = self._holder(signed, at=stated.iat, department=department, roles=roles)
        step = jws.verify_as(signed.token, typ="mz-step", key=key, type=Step)
        if step.case != self.against.case:
            raise BadFile(f"{step.step} is of another case", code="file-other")
        return step, certificate

    def _holder(
        self, signed: Certified, *, at: int, department: str, roles: Collection[StaffRole]
    ) -> tuple[Certificate, PublicKey]:
        """Return whose a staff key is; `department` "": of whichever department vouches for it."""
        certificate, key = read_certificate(signed.certificate, trust=self.against.trust, at=at)
        if certificate.department != (department or certificate.department) or certificate.role not in roles:
            raise BadFile(
                f"{certificate.staff} is {certificate.role} of {certificate.department}; that is not theirs to sign",
                code="file-signer",
            )
        return certificate, key

    def _step(self, signed: SignedStep, name: str, shown_: str | None, *, linked: Bundle | None = None) -> None:
        """Raise `BadFile` unless the person, or a linked adult, signed this step of the case."""
        words = unb64(signed.step)
        step = msgspec.json.decode(words, type=Step)
        if (step.case, step.step) != (self.against.case, name) or step.shown != (shown_ or step.shown):
            raise BadFile(
                f"a step {step.step!r} of case {step.case} is not {name!r} over what is here", code="file-other"
            )
        staffed = linked.presence.method in STAFFED if linked else self.against.staffed
        challenge = hashlib.sha256(words).digest()
        found = signer_of(self.against.trust, signed.assertion, challenge, staffed=staffed)
        if found != (linked.signer if linked else self.against.signer):
            raise BadFile(f"{name}: another key signed", code="file-signer")

    def _missing(self, part: str, detail: str) -> None:
        if f"{SIGNED}:{part}" not in self.against.withheld:
            raise BadFile(detail, code="file-missing")


def signer_of(trust: TrustStore, assertion: Assertion, challenge: bytes, *, staffed: bool) -> str:
    """Return the thumbprint of the key that signed; a clerk's or reader's vouches for itself."""
    return verify_assertion(
        assertion,
        challenge,
        rp_ids=trust.rp_ids,
        origins=trust.origins,
        allow_software=trust.demo or staffed or trust.is_reader(assertion.key),
    )


def read_clerk(trust: TrustStore, certificate: str, bundle: Bundle) -> None:
    """Raise `BadFile` unless the key that the authority named beside a presence is a certified clerk's."""
    held, key = read_certificate(certificate, trust=trust, at=bundle.iat)
    if held.role != "clerk" or key.kid != bundle.signer:
        raise BadFile("the key that signed is not that of this certificate's clerk", code="file-signer")


def _is_afterwards(one: Certified) -> bool:
    """Tell whether a finding decides nothing: on a promise, on objections."""
    name = msgspec.json.decode(jws.unverified_payload(one.token), type=Seen).name
    return name.startswith((DECLARATION, OBJECTION))

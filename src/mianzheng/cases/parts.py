"""The encrypted parts of a case, as they lie in its row, and its requests with their answers."""

from __future__ import annotations

from typing import Literal, TypeVar

import msgspec

from mianzheng.credentials import jws
from mianzheng.exchange.sheets import Sheet
from mianzheng.model.asking import AnswerRequest, SignedStep
from mianzheng.model.authorisation import Authorisation, BundleRequest, FormValue, SealedBundle, SealedChoice
from mianzheng.model.canonical import unb64
from mianzheng.model.evidence import Decision
from mianzheng.model.identity import Assertion
from mianzheng.model.plan import PlanLine

T = TypeVar("T")


class ActsFor(msgspec.Struct, frozen=True, kw_only=True):
    """For whom the signed-in person opens a case; `principal` is a pairwise id, "" of a body."""

    mandate: str = ""
    body: str = ""
    principal: str = ""
    authority: str = ""  # that names the subject
    digest: str = ""  # what the authorisation and the subject's bundle name


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """Who opened the case, and what they stated: kept from the first moment on."""

    pairwise: str
    authority: str
    level: int
    forms: tuple[FormValue, ...]
    exp: int  # the end of the authorisation to be signed, seconds
    choices: tuple[SealedChoice, ...] = ()
    presence: str = ""  # id of the presence under which it was opened
    acting: ActsFor | None = None  # of a case that one opens for another

    @property
    def subject(self) -> str:
        """Under whom the case stands in the ledger: the principal where another acts for them."""
        return self.acting.principal if self.acting is not None and self.acting.principal else self.pairwise


class LinkedSheet(Sheet, frozen=True, kw_only=True):
    """A verified sheet, and by link question the bundles of those reached, as the link's gateway sealed them.

    The bundles go when the case is closed; the sheet names them by digest.
    """

    links: dict[str, tuple[SealedBundle, ...]] = msgspec.field(default_factory=dict)


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """Another adult of the case, who signed in for it: whom they are for the hub, and what they signed.

    `refused`: a gateway found that they are not the one the register names. `request` is that of their bundle.
    """

    pairwise: str
    authority: str
    level: int
    state: Literal["invited", "signed", "refused", "withdrawn"] = "invited"
    assertion: Assertion | None = None  # over the authorisation digest
    certificate: str = ""  # a clerk signed for them: the certificate of that key
    presence: str = ""  # and the presence beside which it was signed
    request: str = ""


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """What the person signed: the canonical bytes (b64), the assertion, the plan in its words."""

    authorisation: str
    digest: str
    assertion: Assertion
    plan: tuple[PlanLine, ...]
    chip: str = ""  # a reader signed: its chip read, sealed to the authority
    certificate: str = ""  # a clerk signed: the certificate of that key
    presence: str = ""  # and the presence beside which it was signed


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub found: `decision` proposes; the handling gateway's answer makes it one."""

    decision: Decision
    acceptance: SignedStep | None = None  # of a proposed refusal
    fallbacks: dict[str, str] = {}  # condition → recommended way on


class Sent(msgspec.Struct, kw_only=True):
    """A request of a case: the signed bytes, and what came back."""

    id: str
    kind: str  # bundle, answers, decision, delivery
    party: str
    wave: int
    token: str
    status: str = "open"  # open, answered, void
    answer: bytes | None = None
    parsed: LinkedSheet | None = None  # of a question request, once its sheet was read
    request: AnswerRequest | None = None  # of a question request, once it was read

    def payload(self, type_: type[T]) -> T:
        """Return what was asked; these are our own bytes."""
        return msgspec.json.decode(jws.unverified_payload(self.token), type=type_)

    @property
    def asked(self) -> AnswerRequest:
        """What a question request asks."""
        if self.request is None:
            self.request = self.payload(AnswerRequest)
        return self.request

    def sheet(self) -> LinkedSheet | None:
        """Return the verified sheet of a question request, if it came."""
        if self.parsed is None and self.kind == "answers" and self.answer is not None:
            self.parsed = msgspec.json.decode(self.answer, type=LinkedSheet)
        return self.parsed

    def sealed_bundle(self) -> tuple[str, SealedBundle] | None:
        """Return role and sealed bundle of a bundle request, if it came."""
        if self.kind != "bundle" or self.answer is None:
            return None
        return self.payload(BundleRequest).role, msgspec.json.decode(self.answer, type=SealedBundle)


def read_authorisation(permit: Permit) -> Authorisation:
    """Return what the person signed; verified when it came."""
    return msgspec.json.decode(unb64(permit.authorisation), type=Authorisation)


def contest_context(case: str, question: str, role: str) -> str:
    """Return what a stored contest is bound to."""
    return f"{case}:contest:{question}:{role}"


def participant_context(case: str, role: str) -> str:
    """Return what a stored participant is bound to."""
    return f"{case}:participant:{role}"

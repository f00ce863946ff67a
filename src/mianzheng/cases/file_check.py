"""Checking a case file offline: nothing is asked of anybody, a trust list is all it takes.

1. The manifest is the hub's, and each file is the one it names; no file is missing, none is more.
2. The person signed this plan: the authority's word names the key, the key signed the authorisation.
3. The decision is the handling department's, and each sheet it rests on is here, signed, of this case.
4. A sheet about a linked person is of one whom the link's own sheet names.
5. What else the decision rests on was signed by those who had to: `signed_file_check`.
6. Each ledger entry is what its leaf was made of and stands under a signed head; each sheet was asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TypeVar

import msgspec

from mianzheng.cases.archiving import keep_until
from mianzheng.cases.signed_file_check import (
    AUTHORITIES,
    Against,
    BadFile,
    SignedCheck,
    read_clerk,
    signer_of,
)
from mianzheng.credentials import jws, sdjwt
from mianzheng.credentials.trust import TrustStore, verify_certificate
from mianzheng.ledger.heads import WITNESS_ROLES
from mianzheng.ledger.proven import EntryProof, Proven, verify_proof
from mianzheng.mandates.token import read as read_mandate
from mianzheng.model.archive import ARCHIVE_TYP, SIGNED, ApplicationFile, CaseFile, Manifest, SignedSteps
from mianzheng.model.asking import SheetClaims
from mianzheng.model.authorisation import Authorisation, Bundle, plan_digest
from mianzheng.model.canonical import b64, canonical, digest, unb64
from mianzheng.model.deciding import SignedDecision
from mianzheng.model.errors import MianzhengError
from mianzheng.model.evidence import Answer
from mianzheng.model.item import Item
from mianzheng.model.mandate import AGENT
from mianzheng.model.plan import PlanLine
from mianzheng.model.presence import STAFFED

T = TypeVar("T")


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What does not hold: in which file, and how."""

    file: str
    code: str
    detail: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a case file proves; `sheets` and `entries` are those that were checked."""

    case: str
    item: str
    decision: str
    decided_by: str
    keep_until: str
    sheets: int
    entries: int
    withheld: tuple[str, ...]
    faults: tuple[Fault, ...]


class _Sheet(msgspec.Struct, frozen=True):
    claims: SheetClaims
    answers: Mapping[str, Answer]


class _Reader:
    """One check of one case file."""

    def __init__(self, file: CaseFile, trust: TrustStore, no_text: Collection[str]) -> None:
        self.files, self.trust, self.no_text = file.files, trust, no_text
        self.faults: list[Fault] = []
        self.manifest = self._manifest(file.manifest)
        self.sheets: dict[str, _Sheet] = {}
        self.rules: Item | None = None
        self.actor: Bundle | None = None

    def _manifest(self, token: str) -> Manifest:
        try:
            made = msgspec.json.decode(jws.unverified_payload(token), type=Manifest).made_at
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise BadFile("manifest.jws holds no manifest, or it was changed") from None
        party, manifest = self.trust.read(token, typ=ARCHIVE_TYP, type=Manifest, role="hub", at=made)
        if party.party != manifest.hub:
            raise BadFile(f"signed by {party.party}, not by {manifest.hub}", code="file-signer")
        return manifest

    def listed(self) -> None:
        """Each file is the one that the manifest names."""
        for name in self.no_text:
            self._fault(name, "file-malformed", "it is no text, as every file of a case is")
        found = {name: digest(text.encode("utf-8")) for name, text in self.files.items()}
        for name in sorted((found.keys() ^ self.manifest.files.keys()).difference(self.no_text)):
            self._fault(name, "file-missing" if name in self.manifest.files else "file-unlisted", "")
        for name in sorted(found.keys() & self.manifest.files.keys()):
            if found[name] != self.manifest.files[name]:
                self._fault(name, "file-changed", "it is not what the hub signed")
        if self.manifest.keep_until != keep_until(self.manifest.retention, self.manifest.ended_on):
            self._fault("manifest.jws", "file-term", "the term is not that of the item")

    def authorised(self) -> None:
        """The person's key, as the authority saw it, signed this plan."""
        application = msgspec.json.decode(self.files["application.json"], type=ApplicationFile)
        signed = unb64(application.authorisation)
        authorisation = msgspec.json.decode(signed, type=Authorisation)
        made = msgspec.json.decode(jws.unverified_payload(application.actor), type=Bundle)
        role = AUTHORITIES.get(made.subject_kind, "authority:person")
        _, bundle = self.trust.read(application.actor, typ="mz-bundle", type=Bundle, role=role, at=made.iat)
        named = b64(hashlib.sha256(signed).digest())
        staffed = bundle.presence.method in STAFFED
        if staffed:
            read_clerk(self.trust, application.certificate, bundle)
        signer = signer_of(self.trust, application.assertion, hashlib.sha256(signed).digest(), staffed=staffed)
        if (bundle.case, bundle.authorisation, bundle.signer) != (self.manifest.case, named, signer):
            raise BadFile("the authority's word is of another case, authorisation or key", code="file-signer")
        plan = msgspec.json.decode(self.files["plan.json"], type=tuple[PlanLine, ...])
        stated = (authorisation.case, authorisation.item, authorisation.item_version, authorisation.item_digest)
        wanted = (self.manifest.case, self.manifest.item, self.manifest.item_version, self.manifest.item_digest)
        if stated != wanted or authorisation.plan_digest != plan_digest(plan):
            raise BadFile("another plan, item or case was signed", code="file-other")
        if authorisation.notice_digest != digest(canonical(application.notice)):
            raise BadFile("another notice was signed", code="file-other")
        self.actor = bundle
        if authorisation.acts_for is not None:
            self._mandated(application, authorisation, bundle)

    def _mandated(self, application: ApplicationFile, authorisation: Authorisation, actor: Bundle) -> None:
        """Who acts for another acts on the mandate that was signed for, and the authority named the principal on it."""
        made = msgspec.json.decode(jws.unverified_payload(application.subject), type=Bundle)
        role = AUTHORITIES.get(made.subject_kind, "authority:person")
        _, subject = self.trust.read(application.subject, typ="mz-bundle", type=Bundle, role=role, at=made.iat)
        wanted = (self.manifest.case, actor.signer, authorisation.acts_for, authorisation.mandate)
        if (subject.case, subject.signer, subject.role, subject.mandate) != wanted:
            raise BadFile("whom the case is about was not named on this mandate", code="file-other")
        if actor.role != AGENT or self.manifest.seen_as not in ("resident", "agent", "clerk"):
            return  # a body's own representative acts on no mandate
        mandate = read_mandate(application.mandate, trust=self.trust, at=authorisation.iat)
        if (mandate.digest, mandate.hub) != (authorisation.mandate, self.manifest.hub):
            raise BadFile("another mandate is here than was signed for", code="file-other")
        if authorisation.item not in mandate.items:
            raise BadFile(f"the mandate does not hold for {authorisation.item}", code="file-other")

    def item(self) -> None:
        """The rules are those that the handling department's steward signed."""
        application = msgspec.json.decode(self.files["application.json"], type=ApplicationFile)
        at = msgspec.json.decode(unb64(application.authorisation), type=Authorisation).iat
        certificate, department = self.files["item.certificate.jws"], self.manifest.department
        _, key = verify_certificate(certificate, trust=self.trust, department=department, role="steward", at=at)
        item = jws.verify_as(self.files["item.jws"], typ="mz-item", key=key, type=Item)
        if (item.item, item.version) != (self.manifest.item, self.manifest.item_version):
            raise BadFile("the rules are of another item", code="file-other")
        if item.retention != self.manifest.retention:
            raise BadFile("it is kept for another term than the item's", code="file-term")
        self.rules = item

    def sheet(self, name: str) -> None:
        """A sheet is a gateway's, of this case and item."""
        token = self.files[name]
        stated = msgspec.json.decode(jws.unverified_payload(token), type=SheetClaims)
        party, key = self.trust.signer(token.partition("~")[0], role="gateway", at=stated.iat)
        verified = sdjwt.verify(token, typ="mz-sheet", key=key, now=stated.iat)
        claims = msgspec.convert(verified.claims, SheetClaims)
        wanted = (party.party, self.manifest.case, self.manifest.item, self.manifest.item_version)
        if (claims.iss, claims.case, claims.item, claims.item_version) != wanted:
            raise BadFile("the sheet is another's, or of another case or item", code="file-other")
        answers = {name: msgspec.convert(value, Answer) for name, value in verified.disclosed.items()}
        self.sheets[sdjwt.token_digest(token)] = _Sheet(claims, answers)

    def decided(self) -> SignedDecision:
        """The decision is the handling department's and rests on the sheets that are here."""
        token = self.files["decision.jws"]
        made = msgspec.json.decode(jws.unverified_payload(token), type=SignedDecision).iat
        party, decision = self.trust.read(token, typ="mz-decision", type=SignedDecision, role="gateway", at=made)
        if party.department != self.manifest.department or decision.iss != party.party:
            raise BadFile(f"decided by {party.party}, which does not handle the item", code="file-signer")
        if (decision.case, decision.item, decision.item_version) != (
            self.manifest.case,
            self.manifest.item,
            self.manifest.item_version,
        ):
            raise BadFile("the decision is on another case or item", code="file-other")
        if set(decision.sheets) != self.sheets.keys():
            raise BadFile("the decision rests on other sheets", code="file-sheets")
        return decision

    def outcome(self) -> SignedDecision | None:
        """The manifest says what the department decided; undecided is what no decision is here for, or withheld."""
        said, withheld = self.manifest.decision, "decision.jws" in self.manifest.withheld
        absent = "decision.jws" not in self.files and (said == "undecided" or withheld)
        decision = None if absent else self.decided()
        if decision is not None and decision.outcome != said:
            raise BadFile(f"the department decided {decision.outcome}, the manifest says {said}", code="file-other")
        return decision

    def subjects(self) -> None:
        """Each role has one bundle; a linked one stands in the answer of a link."""
        bundles: dict[str, set[str]] = {}
        linked = {name for sheet in self.sheets.values() for one in sheet.answers.values() for name in one.linked}
        for sheet in self.sheets.values():
            bundles.setdefault(sheet.claims.role, set()).add(sheet.claims.bundle)
        application = msgspec.json.decode(self.files["application.json"], type=ApplicationFile)
        linked.add(digest(application.subject.encode("ascii")))
        for role, found in bundles.items():
            if len(found) > 1:
                raise BadFile(f"sheets about two different people stand for {role}", code="file-subject")
            whole = not any(name.startswith("sheets/") for name in self.manifest.withheld)
            if whole and not found <= linked:
                raise BadFile(f"no link named the {role} that the sheets are about", code="file-subject")

    def signed(self, decision: SignedDecision | None) -> None:
        """Each part of what was signed holds; without the rules or the application there is nothing to hold it to."""
        steps = self.attempt(SIGNED, lambda: msgspec.json.decode(self.files[SIGNED], type=SignedSteps))
        if steps is None or self.rules is None or self.actor is None:
            return
        application = msgspec.json.decode(self.files["application.json"], type=ApplicationFile)
        against = Against(
            trust=self.trust,
            case=self.manifest.case,
            department=self.manifest.department,
            authorisation=self.actor.authorisation,
            signer=self.actor.signer,
            staffed=self.actor.presence.method in STAFFED,
            subject=digest(application.subject.encode("ascii")),
            item=self.rules,
            sheets=frozenset(self.sheets),
            roles=frozenset(sheet.claims.role for sheet in self.sheets.values()),
            decision=decision,
            withheld=self.manifest.withheld,
        )
        for name, part in SignedCheck(steps, against).parts():
            self.attempt(name, part)

    def entries(self) -> int:
        """Each entry is proven; each sheet that a reader sees whole was asked for before."""
        witnesses = tuple(dict.fromkeys(p.party for role in WITNESS_ROLES for p in self.trust.with_role(role)))
        proofs = msgspec.json.decode(self.files["entries.json"], type=tuple[EntryProof, ...])
        at = self.manifest.made_at
        proven: list[Proven] = [verify_proof(proof, trust=self.trust, witnesses=witnesses, at=at) for proof in proofs]
        if any(one.entry.case != self.manifest.case for one in proven):
            raise BadFile("an entry is of another case", code="file-other")
        leaves = {proof.leaf for proof in proofs}
        for sheet in self.sheets.values():
            if self.manifest.seen_as == "resident" and sheet.claims.entry not in leaves:
                raise BadFile("a sheet was never asked for", code="file-not-asked")
        return len(proofs)

    def attempt(self, name: str, part: Callable[[], T]) -> T | None:
        """Return what a part of the check returns; what does not hold is noted against the file."""
        try:
            return part()
        except MianzhengError as error:
            self._fault(name, error.code, error.message)
        except KeyError as error:
            if error.args[0] not in self.no_text:  # that one is there, and told already
                self._fault(str(error.args[0]), "file-missing", "")
        except (msgspec.MsgspecError, ValueError):
            self._fault(name, "file-malformed", "it cannot be read")
        return None

    def _fault(self, name: str, code: str, detail: str) -> None:
        fault = Fault(file=name, code=code, detail=detail)
        if fault not in self.faults:
            self.faults.append(fault)


def check_file(file: CaseFile, trust: TrustStore, *, no_text: Collection[str] = ()) -> Checked:
    """Return what a case file proves and every fault of it; raises when not even its manifest can be read.

    `no_text`: names of files that lie beside the others and could not be read as text.
    """
    reader = _Reader(file, trust, no_text)
    reader.listed()
    reader.attempt("application.json", reader.authorised)
    reader.attempt("item.jws", reader.item)
    for name in sorted(name for name in file.files if name.startswith("sheets/")):
        reader.attempt(name, partial(reader.sheet, name))
    reader.attempt("sheets", reader.subjects)
    decision = reader.attempt("decision.jws", reader.outcome)
    reader.signed(decision)
    entries = reader.attempt("entries.json", reader.entries)
    manifest = reader.manifest
    return Checked(
        case=manifest.case,
        item=manifest.item,
        decision=manifest.decision,
        decided_by=decision.decided_by if decision else "",
        keep_until=manifest.keep_until.isoformat() if manifest.keep_until else "",
        sheets=len(reader.sheets),
        entries=entries or 0,
        withheld=manifest.withheld,
        faults=tuple(reader.faults),
    )

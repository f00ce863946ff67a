"""The bare script: one case by a client that holds the hub's key, asks, verifies, and keeps nothing.

It makes the same signed requests as the hub, in the same waves, through the same HTTP client:
`POST /bundles`, `POST /answers`, `POST /decisions`, the needs, `POST /deliveries`. What it leaves out is what a
hub is for: a case that outlives the process, the access ledger, sessions. `bench.case` measures the hub beside
it; `tests/city_wide` runs every item's examples by it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date

import aiohttp
import msgspec

from bench.applying import Applicant, Known, Signed, accept, choose, form_values, sign_case, vouch
from mianzheng.client.numbers import authority_of
from mianzheng.credentials import jwe, jws
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import TrustStore
from mianzheng.decision.audience import RESIDENT, reasons_for
from mianzheng.decision.decide import decide
from mianzheng.exchange.bundles import Reached, check_linked, read_bundle, read_sign_in
from mianzheng.exchange.decisions import Due, read_decision, read_receipt
from mianzheng.exchange.sheets import Asked, Sheet, read_response, verify_sheet
from mianzheng.model.asking import AnswerRequest, OtherSubject
from mianzheng.model.authorisation import Bundle, BundleRequest, Permission, SealedBundle, consent_challenge
from mianzheng.model.avoidance import AvoidanceRequest, AvoidanceResponse
from mianzheng.model.canonical import digest
from mianzheng.model.deciding import DecisionRequest, DecisionResponse, DeliveryRequest, Receipt, SignedDecision
from mianzheng.model.errors import MianzhengError
from mianzheng.model.evidence import Answer, Decision, Evidence, QuestionAt, Reason, Status
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.identity import Assertion, SignInRequest, sign_in_challenge
from mianzheng.model.item import Item, ParamTable, needs_consent
from mianzheng.model.problem import Problem
from mianzheng.model.publishing import Certified
from mianzheng.model.scalar import Wire
from mianzheng.plan.waves import need_wave, next_wave
from mianzheng.rules.audience import audiences, operands_in
from mianzheng.rules.expression import Form
from mianzheng.rules.question import Placed
from mianzheng.rules.tree import walk

JOSE = {"content-type": "application/jose"}
MOST_WAVES = 64
Links = dict[str, tuple[SealedBundle, ...]]


class GatewayRefused(MianzhengError):
    """A gateway or authority answered with a problem document; `code` is the document's."""


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """A linked adult's own signature, and the authority's bundle that says whose it is."""

    bundle: SealedBundle
    assertion: Assertion


class Officials(msgspec.Struct, frozen=True, kw_only=True):
    """What staff signed for a decision."""

    findings: tuple[Certified, ...] = ()
    signature: Certified | None = None
    approvals: tuple[Certified, ...] = ()
    clearances: tuple[str, ...] = ()


class Heard(msgspec.Struct, kw_only=True):
    """What was asked and heard of a case so far."""

    signed: Signed
    bundle: SealedBundle
    evidence: Evidence
    sheets: list[Sheet] = []
    waves: int = 0
    reached: dict[str, SealedBundle] = {}  # linked role as asked about -> whom its link reached
    consents: dict[str, Consent] = {}  # of linked adults who signed too, by role

    @property
    def subjects(self) -> dict[str, SealedBundle]:
        """The bundle of everybody, the acting one first."""
        return {self.signed.known.role: self.bundle, **self.reached}

    @property
    def permission(self) -> Permission:
        """What travels with every request."""
        signed = self.signed
        return Permission(
            authorisation=signed.text, assertion=signed.assertion, plan=signed.plan, actor=self.bundle.bundle
        )


Consenting = Callable[[Heard, str], Awaitable[Consent]]


class BareScript:
    """One holder of the hub's key; `clock` gives seconds since the epoch."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        addresses: Mapping[str, str],
        trust: TrustStore,
        hub: str,
        key: PrivateKey,
        facts: FactCatalogue,
        params: Mapping[str, ParamTable],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`addresses`: party → base URL; `key` signs as party `hub`."""
        self.http = http
        self.addresses = dict(addresses)
        self.trust = trust
        self.hub = hub
        self.key = key
        self.facts = facts
        self.params = params
        self._clock = clock
        self._gateways = {party.department or "": party.party for party in trust.with_role("gateway")}

    @property
    def now(self) -> int:
        """The time now, in whole seconds since the epoch."""
        return int(self._clock())

    async def sign_in(self, number: str, key: PrivateKey) -> Applicant:
        """Sign a person or body in at their authority, as hub and client together do."""
        authority, nonce = authority_of(number, self.trust), secrets.token_urlsafe(16)
        assertion = vouch(key, sign_in_challenge(self.hub, nonce, number), self.trust)
        request = SignInRequest(audience=self.hub, nonce=nonce, number=number, assertion=assertion)
        to = self.trust.current(authority, "seal", self.now)
        sealed = jwe.seal(msgspec.json.encode(request), to=to, typ="mz-sign-in-request")
        got = await self._post(authority, "/sign-ins", msgspec.json.encode({"sealed": sealed}))
        word = read_sign_in(got, authority=authority, audience=self.hub, trust=self.trust, now=self.now)
        return Applicant(key=key, authority=authority, pairwise=word.pairwise)

    def sign(
        self,
        applicant: Applicant,
        known: Known,
        as_of: date,
        form: Mapping[str, Wire],
        typed: Mapping[str, str] | None = None,
    ) -> Signed:
        """Return a new case as its applicant signs it; `typed`: role -> name or number of the one meant."""
        return sign_case(
            applicant,
            known,
            facts=self.facts,
            trust=self.trust,
            as_of=as_of,
            now=self.now,
            forms=form_values(form),
            choices=choose(known, self.facts, typed or {}, trust=self.trust, now=self.now),
        )

    async def granted(self, signed: Signed) -> tuple[Heard, SignedDecision, Receipt | None]:
        """Run a case that is granted, from the bundle to the delivery; `GatewayRefused` when it is not."""
        heard = await self.asked(signed)
        response, decision = await self.decided(heard)
        return heard, decision, await self.delivered(heard, response)

    async def asked(
        self, signed: Signed, *, findings: Mapping[str, Wire] | None = None, consenting: Consenting | None = None
    ) -> Heard:
        """Have the subject named, and ask wave by wave as far as it can matter.

        `consenting` is called with each linked adult whose own consent the item needs, once they are reached.
        """
        forms = {value.name: value.value for value in signed.forms}
        evidence = Evidence(forms=forms, findings=findings or {}, params=self.params)
        heard = Heard(signed=signed, bundle=await self._bundle(signed), evidence=evidence)
        compiled, as_of = signed.known.compiled, signed.authorisation.as_of
        for _ in range(MOST_WAVES):
            wave = next_wave(compiled, heard.evidence, as_of)
            fresh = [p for p in wave if (p.question.id, p.role) not in heard.evidence.answers]
            if not fresh:
                break
            for role in sorted({p.role for p in fresh} - heard.consents.keys()):
                if consenting is not None and needs_consent(compiled.item, role):
                    heard.consents[role] = await consenting(heard, role)
            await self._ask(heard, fresh)
        return heard

    async def consented(self, heard: Heard, role: str, number: str, key: PrivateKey) -> Consent:
        """Have a linked adult sign the same authorisation, and their authority say that it was they."""
        signed, known = heard.signed, heard.signed.known
        person = await self.sign_in(number, key)
        assertion = vouch(key, consent_challenge(signed.digest, role), self.trust)
        about = audiences(known.compiled, self.facts, role)
        request = msgspec.structs.replace(
            self._bundle_request(signed, {*about, known.compiled.item.department}),
            aud=person.authority,
            pairwise=person.pairwise,
            role=role,
            assertion=assertion,
            consent=True,
        )
        got = await self._send(request.aud, "/bundles", request, "mz-bundle-request")
        return Consent(bundle=read_bundle(got, asked=request, trust=self.trust, now=self.now)[0], assertion=assertion)

    async def cleared(self, heard: Heard, certificate: str) -> tuple[str, ...]:
        """Have the authorities say that a member of staff may sign this case 回避."""
        persons = self.trust.with_role("authority:person")[0].party
        first = await self._cleared(heard, persons, certificate, "")
        more = [await self._cleared(heard, party, certificate, staff) for party, staff in first.staff.items()]
        return tuple(one.clearance for one in (first, *more) if one.clearance)

    async def _cleared(self, heard: Heard, party: str, certificate: str, staff: str) -> AvoidanceResponse:
        made = [heard.bundle.bundle, *(one.bundle.bundle for one in heard.consents.values())]
        own = [token for token in made if not staff or _issuer(token) == party]
        request = AvoidanceRequest(
            aud=party,
            iat=self.now,
            request=_id("f"),
            case=heard.signed.case,
            certificate=certificate,
            bundles=tuple(own),
            staff=staff,
        )
        got = await self._send(party, "/avoidance", request, "mz-avoidance-request")
        return msgspec.json.decode(got, type=AvoidanceResponse)

    def proposed(self, heard: Heard) -> Decision:
        """Return what the answers come to."""
        signed = heard.signed
        return decide(signed.known.compiled, self.facts, heard.evidence, signed.authorisation.as_of)

    async def decided(
        self, heard: Heard, *, accepted: Sequence[Reason] = (), officials: Officials | None = None
    ) -> tuple[DecisionResponse, SignedDecision]:
        """Have the handling gateway decide again and sign; `accepted`: the reasons of a refusal, as its person does."""
        signed, item = heard.signed, heard.signed.known.compiled.item
        handling = self._gateways[item.department]
        views = reasons_for(RESIDENT, tuple(accepted), signed.known.compiled, self.facts.departments)
        sheets, staff = self.deciding_sheets(heard), officials or Officials()
        request = DecisionRequest(
            aud=handling,
            iat=self.now,
            request=_id("d"),
            case=signed.case,
            permission=heard.permission,
            bundles={role: one.bundle for role, one in heard.subjects.items()},
            statements={role: one.sealed[handling] for role, one in heard.subjects.items()},
            sheets=tuple(sheet.token for sheet in sheets),
            forms=signed.forms,
            acceptance=accept(signed, views, trust=self.trust, now=self.now) if views else None,
            accepted=views,
            findings=staff.findings,
            signature=staff.signature,
            approvals=staff.approvals,
            clearances=staff.clearances,
            entry=_entry(),
        )
        got = await self._send(handling, "/decisions", request, "mz-decision-request")
        due = Due(
            party=handling,
            case=signed.case,
            item=item.item,
            item_version=item.version,
            sheets=frozenset(sheet.digest for sheet in sheets),
        )
        return read_decision(got, due=due, trust=self.trust, now=self.now)

    def deciding_sheets(self, heard: Heard) -> list[Sheet]:
        """Return the sheets that a decision rests on."""
        return [sheet for sheet in heard.sheets if _says_something(sheet, heard.signed.known.needs)]

    async def delivered(self, heard: Heard, response: DecisionResponse) -> Receipt | None:
        """Ask the needs and hand them to the handling gateway; None for an item without any."""
        signed = heard.signed
        compiled, needs = signed.known.compiled, signed.known.needs
        if not needs:
            return None
        await self._ask(heard, need_wave(compiled, heard.evidence))
        handling = self._gateways[compiled.item.department]
        request = DeliveryRequest(
            aud=handling,
            iat=self.now,
            request=_id("v"),
            case=signed.case,
            decision=response.decision,
            sheets=tuple(sheet.token for sheet in heard.sheets if needs & sheet.answers.keys()),
            entry=_entry(),
        )
        got = await self._send(handling, "/deliveries", request, "mz-delivery-request")
        return read_receipt(got, party=handling, case=signed.case, trust=self.trust, now=self.now)[1]

    async def _post(self, party: str, path: str, body: bytes) -> bytes:
        """Return the answer to a body; `GatewayRefused` for a problem document."""
        async with self.http.post(self.addresses[party] + path, data=body, headers=JOSE) as answer:
            payload = await answer.read()
            if answer.status >= 400:
                problem = msgspec.json.decode(payload, type=Problem)
                raise GatewayRefused(problem.detail, code=problem.code, hint=problem.hint)
        return payload

    async def _send(self, party: str, path: str, request: msgspec.Struct, typ: str) -> bytes:
        return await self._post(party, path, jws.sign(request, key=self.key, typ=typ).encode("ascii"))

    async def _bundle(self, signed: Signed) -> SealedBundle:
        request = self._bundle_request(signed, signed.known.departments)
        got = await self._send(request.aud, "/bundles", request, "mz-bundle-request")
        return read_bundle(got, asked=request, trust=self.trust, now=self.now)[0]

    def _bundle_request(self, signed: Signed, departments: Iterable[str]) -> BundleRequest:
        known = signed.known
        return BundleRequest(
            aud=signed.applicant.authority,
            iat=self.now,
            request=_id("b"),
            pairwise=signed.applicant.pairwise,
            case=signed.case,
            role=known.role,
            authorisation=signed.digest,
            exp=signed.authorisation.exp,
            assertion=signed.assertion,
            gateways=tuple(sorted(self._gateways[name] for name in departments)),
            handling=self._gateways[known.compiled.item.department],
        )

    async def _ask(self, heard: Heard, wave: Iterable[Placed]) -> None:
        """Ask one wave, a request for each gateway and role, and add what the sheets say."""
        groups: dict[tuple[str, str], list[Placed]] = {}
        for placed in wave:
            department = self.facts.registers[placed.question.register].department
            groups.setdefault((self._gateways[department], placed.role), []).append(placed)
        permission = heard.permission
        asking = [self._sheet(heard, permission, to=to, placed=placed) for to, placed in sorted(groups.items())]
        found: dict[QuestionAt, Answer] = {}
        for sheet, links in await asyncio.gather(*asking):
            heard.reached |= self._reached(heard, sheet, links)
            heard.sheets.append(sheet)
            found |= {(question, sheet.role): answer for question, answer in sheet.answers.items()}
        heard.waves += 1
        heard.evidence = msgspec.structs.replace(heard.evidence, answers={**heard.evidence.answers, **found})

    async def _sheet(
        self, heard: Heard, permission: Permission, *, to: tuple[str, str], placed: Sequence[Placed]
    ) -> tuple[Sheet, Links]:
        """Ask one gateway about one role and return its verified sheet, and the bundles of its links."""
        (party, role), signed, names = to, heard.signed, _form_names(placed)
        subject, consent, links = heard.subjects[role], heard.consents.get(role), signed.known.compiled.links
        request = AnswerRequest(
            aud=party,
            iat=self.now,
            request=_id("r"),
            case=signed.case,
            role=role,
            permission=permission,
            bundle=subject.bundle,
            statement=subject.sealed[party],
            questions=tuple(sorted(one.question.id for one in placed)),
            forms=tuple(value for value in signed.forms if value.name in names),
            choices=tuple(one for one in signed.choices if links[one.role] in placed),
            others=_others(heard, placed, party),
            operands=_operands(heard, placed),
            consent=None if consent is None else _beside(role, consent.bundle, party),
            consent_assertion=None if consent is None else consent.assertion,
            entry=_entry(),
        )
        got = await self._send(party, "/answers", request, "mz-answer-request")
        asked = Asked(
            party=party,
            request=request.request,
            iat=request.iat,
            case=request.case,
            role=role,
            bundle=digest(request.bundle.encode("ascii")),
            authorisation=signed.digest,
            item=signed.authorisation.item,
            item_version=signed.authorisation.item_version,
            entry=request.entry,
            questions={question: signed.known.types[question] for question in request.questions},
        )
        response = read_response(got)
        return verify_sheet(response.sheet, asked=asked, trust=self.trust, now=self.now), response.links

    def _reached(self, heard: Heard, sheet: Sheet, links: Links) -> dict[str, SealedBundle]:
        """Return whom a sheet's links reached, by role as asked about; each bundle is verified."""
        signed = heard.signed
        found: dict[str, SealedBundle] = {}
        item = signed.known.compiled.item
        for role, placed in signed.known.compiled.links.items():
            id_, bundles = placed.question.id, links.get(placed.question.id, ())
            if id_ not in sheet.answers or _labels(item, placed.role, 1) != (sheet.role,):
                continue
            expected = Reached(
                party=sheet.party,
                question=id_,
                case=signed.case,
                authorisation=signed.digest,
                roles=_labels(item, role, len(bundles)) if bundles else (),
                linked=sheet.answers[id_].linked,
            )
            check_linked(bundles, reached=expected, trust=self.trust, now=self.now)
            found |= dict(zip(expected.roles, bundles, strict=True))
        return found


def _labels(item: Item, role: str, reached: int) -> tuple[str, ...]:
    """Return under which roles those whom a link reached are asked about."""
    declared = item.roles[role]
    if not (declared.many or declared.optional):
        return (role,)
    return tuple(f"{role}#{number}" for number in range(1, reached + 1))


def _others(heard: Heard, placed: Sequence[Placed], party: str) -> tuple[OtherSubject, ...]:
    """Return the second subjects that questions speak of."""
    meant = {one.question.other for one in placed}
    found = {role: one for role, one in heard.subjects.items() if role.partition("#")[0] in meant}
    return tuple(_beside(role, one, party) for role, one in found.items())


def _beside(role: str, bundle: SealedBundle, party: str) -> OtherSubject:
    return OtherSubject(role=role, bundle=bundle.bundle, statement=bundle.sealed[party])


def _operands(heard: Heard, placed: Sequence[Placed]) -> dict[str, str]:
    """Return the values that questions are compared with, as their gateways sealed them."""
    wanted = {question for one in placed for question, _ in operands_in(one)}
    answers = heard.evidence.answers.items()
    return {question: answer.sealed for (question, _), answer in answers if question in wanted and answer.sealed}


def _issuer(bundle: str) -> str:
    return msgspec.json.decode(jws.unverified_payload(bundle), type=Bundle).issuer


def _says_something(sheet: Sheet, needs: set[str]) -> bool:
    return any(a.status is not Status.UNAVAILABLE and q not in needs for q, a in sheet.answers.items())


def _form_names(placed: Iterable[Placed]) -> set[str]:
    return {node.name for one in placed for node in walk(one.question.expression) if isinstance(node, Form)}


def _id(prefix: str) -> str:
    return prefix + secrets.token_hex(13)


def _entry() -> str:
    return digest(secrets.token_bytes(16))

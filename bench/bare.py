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
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

import aiohttp
import msgspec

from bench.applying import Applicant, Known, Signed, accept, form_values, shown, sign_case, vouch
from mianzheng.cli.person import authority_of
from mianzheng.credentials import jwe, jws
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import TrustStore
from mianzheng.decision.decide import decide
from mianzheng.exchange.bundles import read_bundle, read_sign_in
from mianzheng.exchange.decisions import Due, read_decision, read_receipt
from mianzheng.exchange.sheets import Asked, Sheet, read_response, verify_sheet
from mianzheng.model.asking import AnswerRequest
from mianzheng.model.authorisation import BundleRequest, Permission, SealedBundle
from mianzheng.model.canonical import digest
from mianzheng.model.deciding import DecisionRequest, DecisionResponse, DeliveryRequest, Receipt, SignedDecision
from mianzheng.model.errors import MianzhengError
from mianzheng.model.evidence import Answer, Decision, Evidence, QuestionAt, Reason, Status
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.identity import SignInRequest, sign_in_challenge
from mianzheng.model.item import ParamTable
from mianzheng.model.problem import Problem
from mianzheng.model.scalar import Wire
from mianzheng.plan.waves import need_wave, next_wave
from mianzheng.rules.expression import Form
from mianzheng.rules.question import Placed
from mianzheng.rules.tree import walk

JOSE = {"content-type": "application/jose"}
MOST_WAVES = 64


class GatewayRefused(MianzhengError):
    """A gateway or authority answered with a problem document; `code` is the document's."""


class Heard(msgspec.Struct, kw_only=True):
    """What was asked and heard of a case so far."""

    signed: Signed
    bundle: SealedBundle
    evidence: Evidence
    sheets: list[Sheet] = []
    waves: int = 0

    @property
    def permission(self) -> Permission:
        """What travels with every request."""
        signed = self.signed
        return Permission(
            authorisation=signed.text, assertion=signed.assertion, plan=signed.plan, actor=self.bundle.bundle
        )


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

    def sign(self, applicant: Applicant, known: Known, as_of: date, form: Mapping[str, Wire]) -> Signed:
        """Return a new case as its applicant signs it."""
        forms = form_values(form)
        return sign_case(applicant, known, facts=self.facts, trust=self.trust, as_of=as_of, now=self.now, forms=forms)

    async def granted(self, signed: Signed) -> tuple[Heard, SignedDecision, Receipt | None]:
        """Run a case that is granted, from the bundle to the delivery; `GatewayRefused` when it is not."""
        heard = await self.asked(signed)
        response, decision = await self.decided(heard)
        return heard, decision, await self.delivered(heard, response)

    async def asked(self, signed: Signed, *, findings: Mapping[str, Wire] | None = None) -> Heard:
        """Have the subject named, and ask wave by wave as far as it can matter."""
        forms = {value.name: value.value for value in signed.forms}
        evidence = Evidence(forms=forms, findings=findings or {}, params=self.params)
        heard = Heard(signed=signed, bundle=await self._bundle(signed), evidence=evidence)
        compiled, as_of = signed.known.compiled, signed.authorisation.as_of
        for _ in range(MOST_WAVES):
            wave = next_wave(compiled, heard.evidence, as_of)
            fresh = [p for p in wave if (p.question.id, p.role) not in heard.evidence.answers]
            if not fresh:
                break
            await self._ask(heard, fresh)
        return heard

    def proposed(self, heard: Heard) -> Decision:
        """Return what the answers come to."""
        signed = heard.signed
        return decide(signed.known.compiled, self.facts, heard.evidence, signed.authorisation.as_of)

    async def decided(
        self, heard: Heard, *, accepted: Sequence[Reason] = ()
    ) -> tuple[DecisionResponse, SignedDecision]:
        """Have the handling gateway decide again and sign; `accepted`: the reasons of a refusal, as its person does."""
        signed, item = heard.signed, heard.signed.known.compiled.item
        handling, views = self._gateways[item.department], shown(accepted)
        sheets = [sheet for sheet in heard.sheets if _says_something(sheet, signed.known.needs)]
        request = DecisionRequest(
            aud=handling,
            iat=self.now,
            request=_id("d"),
            case=signed.case,
            permission=heard.permission,
            bundles={signed.known.role: heard.bundle.bundle},
            statements={signed.known.role: heard.bundle.sealed[handling]},
            sheets=tuple(sheet.token for sheet in sheets),
            forms=signed.forms,
            acceptance=accept(signed, views, trust=self.trust, now=self.now) if views else None,
            accepted=views,
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
        known = signed.known
        request = BundleRequest(
            aud=signed.applicant.authority,
            iat=self.now,
            request=_id("b"),
            pairwise=signed.applicant.pairwise,
            case=signed.case,
            role=known.role,
            authorisation=signed.digest,
            exp=signed.authorisation.exp,
            assertion=signed.assertion,
            gateways=tuple(sorted(self._gateways[name] for name in known.departments)),
            handling=self._gateways[known.compiled.item.department],
        )
        got = await self._send(request.aud, "/bundles", request, "mz-bundle-request")
        return read_bundle(got, asked=request, trust=self.trust, now=self.now)[0]

    async def _ask(self, heard: Heard, wave: Iterable[Placed]) -> None:
        """Ask one wave, a request for each gateway and role, and add what the sheets say."""
        groups: dict[tuple[str, str], list[Placed]] = {}
        for placed in wave:
            department = self.facts.registers[placed.question.register].department
            groups.setdefault((self._gateways[department], placed.role), []).append(placed)
        permission = heard.permission
        asking = [self._sheet(heard, permission, to=to, placed=placed) for to, placed in sorted(groups.items())]
        sheets = await asyncio.gather(*asking)
        found: dict[QuestionAt, Answer] = {}
        for sheet in sheets:
            found |= {(question, sheet.role): answer for question, answer in sheet.answers.items()}
        heard.sheets += sheets
        heard.waves += 1
        heard.evidence = msgspec.structs.replace(heard.evidence, answers={**heard.evidence.answers, **found})

    async def _sheet(
        self, heard: Heard, permission: Permission, *, to: tuple[str, str], placed: Sequence[Placed]
    ) -> Sheet:
        """Ask one gateway about one role and return its verified sheet."""
        (party, role), signed, names = to, heard.signed, _form_names(placed)
        request = AnswerRequest(
            aud=party,
            iat=self.now,
            request=_id("r"),
            case=signed.case,
            role=role,
            permission=permission,
            bundle=heard.bundle.bundle,
            statement=heard.bundle.sealed[party],
            questions=tuple(sorted(one.question.id for one in placed)),
            forms=tuple(value for value in signed.forms if value.name in names),
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
        return verify_sheet(read_response(got).sheet, asked=asked, trust=self.trust, now=self.now)


def _says_something(sheet: Sheet, needs: set[str]) -> bool:
    return any(a.status is not Status.UNAVAILABLE and q not in needs for q, a in sheet.answers.items())


def _form_names(placed: Iterable[Placed]) -> set[str]:
    return {node.name for one in placed for node in walk(one.question.expression) if isinstance(node, Form)}


def _id(prefix: str) -> str:
    return prefix + secrets.token_hex(13)


def _entry() -> str:
    return digest(secrets.token_bytes(16))

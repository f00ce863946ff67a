"""A dishonest agent: their own key, the mandate's file, the hub's API, and where it helps the hub's key too.

What they do not hold: the principal's key, an authority's, a department's.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec

from mianzheng.cli import acting
from mianzheng.cli.acting import MandateFile, Terms
from mianzheng.cli.city_session import CitySession, open_city
from mianzheng.cli.mine import MineLine, lines_about
from mianzheng.client.person import Person
from mianzheng.credentials import jws
from mianzheng.credentials.assertion import make_assertion
from mianzheng.credentials.keys import KeyFolder
from mianzheng.mandates.token import digest_of
from mianzheng.model.asking import AnswerRequest
from mianzheng.model.authorisation import Authorisation, BundleRequest, Draft, Permission, SealedBundle
from mianzheng.model.canonical import b64, canonical, digest
from mianzheng.model.case import CaseView
from mianzheng.model.mandate import StandingRequest, StandingResponse
from tests.city_wide.traces import Traces

T = TypeVar("T")
ITEM = "old-age-allowance"
PERSONS, CIVIL = "gateway-public-security", "gateway-civil-affairs"
DAY = 86_400


class Stolen(msgspec.Struct, frozen=True, kw_only=True):
    """What the agent holds of a case signed by themself: draft, what was signed, both bundles."""

    draft: Draft
    authorisation: bytes
    assertion: Any
    actor: SealedBundle | None = None
    subject: SealedBundle | None = None

    @property
    def digest(self) -> str:
        """The authorisation digest."""
        return b64(hashlib.sha256(self.authorisation).digest())

    @property
    def handling(self) -> str:
        """The gateway that decides the case."""
        return self.draft.handling


class DishonestAgent:
    """The agent of one principal in a running city."""

    def __init__(self, data: Path, *, principal: str, agent: str, agent_name: str) -> None:
        self.data = data
        self.principal, self.agent, self.agent_name = principal, agent, agent_name
        self.hub_key = KeyFolder(data / "keys" / "hub").load("sign")  # where they have the hub's key as well
        self.http = httpx.Client(timeout=20, trust_env=False)
        self.traces = Traces(data)

    def run(self, work: Callable[[CitySession], Awaitable[T]]) -> T:
        """Run one piece of work in a session with the city."""

        async def session() -> T:
            async with open_city(self.data) as city:
                return await work(city)

        return asyncio.run(session())

    def granted(self, **changes: Any) -> MandateFile:
        """An honest mandate of the principal's, as the agent got it."""
        return self.run(lambda city: self.grant(city, city.known(self.principal), **changes))

    async def grant(self, city: CitySession, signer: Person, **changes: Any) -> MandateFile:
        """Ask the authority for a mandate that `signer` signs."""
        now = int(time.time())
        more = {name: changes.pop(name) for name in ("agent", "agent_name", "body", "passes_on") if name in changes}
        fields: dict[str, Any] = {
            "items": (ITEM,), "purpose": "代办", "uses": 1, "valid_from": now, "until": now + 30 * DAY,
        }  # fmt: skip
        parties = {"agent": self.agent, "agent_name": self.agent_name} | more
        return await acting.grant(city, signer, Terms(**(fields | changes)), **parties)

    def revoke(self, file: MandateFile) -> None:
        """Let the principal end a mandate."""
        self.run(lambda city: acting.change(city, city.known(self.principal), file))

    def apply(self, file: MandateFile, item: str = ITEM, **more: Any) -> CaseView:
        """Open a case over the hub's API and have it run; `more`: form and choices."""
        return self.run(lambda city: self._apply(city, file, item, more))

    async def _apply(self, city: CitySession, file: MandateFile, item: str, more: dict[str, Any]) -> CaseView:
        person = await city.signed_in(self.agent)
        carried = acting.acting_on(city, file, item)
        draft, openings = await person.apply(item, more.pop("form", {}), acting=carried, **more)
        return await person.authorise(draft, openings)

    def signed(self, file: MandateFile, item: str = ITEM, **changes: Any) -> Stolen:
        """Open a case, sign what is wanted, and hand nothing in: the hub's key goes on from there."""
        return self.run(lambda city: self._signed(city, file, item, changes))

    async def _signed(self, city: CitySession, file: MandateFile, item: str, changes: dict[str, Any]) -> Stolen:
        person = await city.signed_in(self.agent)
        draft, openings = await person.apply(item, {}, choices=changes.pop("choices", None))
        mandate = acting.mandate_of(city, file)
        fields = {"acts_for": "applicant", "mandate": mandate.digest, "holder": mandate.holder} | changes
        text = msgspec.structs.replace(person.authorisation(draft, openings), **fields)
        assert isinstance(text, Authorisation)
        words = canonical(text)
        assertion = make_assertion(
            person.key, hashlib.sha256(words).digest(), origin=city.trust.origins[0], rp_id=city.trust.rp_ids[0]
        )
        return Stolen(draft=draft, authorisation=words, assertion=assertion)

    def bundle(self, case: Stolen, pairwise: str, **changes: Any) -> tuple[str, SealedBundle | None]:
        """Ask the authority for a bundle with the hub's key; its code, "" when it was made."""
        fields: dict[str, Any] = {
            "aud": PERSONS,
            "iat": int(time.time()),
            "request": secrets.token_hex(8),
            "pairwise": pairwise,
            "case": case.draft.case,
            "role": "applicant",
            "authorisation": case.digest,
            "exp": int(time.time()) + DAY,
            "assertion": case.assertion,
            "gateways": tuple(sorted({case.handling, *(f"gateway-{line.department}" for line in case.draft.plan)})),
            "handling": case.handling,
        }
        code, body = self.post(PERSONS, "/bundles", BundleRequest(**(fields | changes)), "mz-bundle-request")
        return code, None if code else msgspec.json.decode(body, type=SealedBundle)

    def bundles(self, case: Stolen, pairwise: str, mandate: str) -> Stolen:
        """Get both bundles of a case with the hub's key."""
        _, actor = self.bundle(case, pairwise, role="agent", gateways=(case.handling,))
        code, subject = self.bundle(case, pairwise, mandate=mandate)
        assert actor is not None and subject is not None, code
        return msgspec.structs.replace(case, actor=actor, subject=subject)

    def standing(self, case: Stolen, mandate: str) -> tuple[str, str]:
        """Ask the authority whether a mandate stands, with the hub's key: code and word."""
        request = StandingRequest(aud=PERSONS, iat=int(time.time()), case=case.draft.case, mandate=digest_of(mandate))
        code, body = self.post(PERSONS, "/mandates/standing", request, "mz-standing-request")
        return code, "" if code else msgspec.json.decode(body, type=StandingResponse).standing

    def ask(self, case: Stolen, mandate: str, standing: str, *, party: str = CIVIL) -> str:
        """Ask a gateway the case's questions about the principal with the hub's key; its code, "" for an answer."""
        assert case.actor is not None and case.subject is not None
        plan = [one for one in case.draft.plan if one.role == "applicant" and one.purpose != "need"]
        lines = [one for one in plan if f"gateway-{one.department}" == party]
        request = AnswerRequest(
            aud=party,
            iat=int(time.time()),
            request=secrets.token_hex(8),
            case=case.draft.case,
            role="applicant",
            permission=Permission(
                authorisation=b64(case.authorisation),
                assertion=case.assertion,
                plan=case.draft.plan,
                actor=case.actor.bundle,
                mandate=mandate,
                standing=standing,
            ),
            bundle=case.subject.bundle,
            statement=case.subject.sealed[party],
            questions=tuple(sorted(line.question for line in lines)),
            entry=digest(secrets.token_bytes(8)),
        )
        return self.post(party, "/answers", request, "mz-answer-request")[0]

    def post(self, party: str, path: str, payload: msgspec.Struct, typ: str) -> tuple[str, bytes]:
        """Send what the hub's key signed; return code ("" when it was served) and body."""
        ports = msgspec.json.decode((self.data / "run" / "ports.json").read_bytes(), type=dict[str, int])
        token = jws.sign(payload, key=self.hub_key, typ=typ)
        reply = self.http.post(f"http://127.0.0.1:{ports[party]}{path}", content=token)
        return (str(reply.json()["code"]) if reply.status_code >= 400 else ""), reply.content

    def lines(self) -> list[MineLine]:
        """What the principal reads at every gateway."""
        return self.run(lambda city: lines_about(city, self.principal))

    def told(self, code: str, case: str = "") -> bool:
        """Whether the principal reads of an attempt that ended with this code, in that case where one is named."""
        return any(one.line.code == code and (not case or one.line.case == case) for one in self.lines())

    def left(self, party: str, before: int) -> list[tuple[str, str]]:
        """Kind and code of each line that a department's own log has more than `before`."""
        return [(line.kind, line.code) for line in self.traces.lines(party, after=before)]

    def seen_by(self, number: str, case: str, view: str = "") -> CaseView:
        """A case as somebody is shown it who asks for this view of it."""

        async def work(city: CitySession) -> CaseView:
            return await (await city.signed_in(number)).show(case, view)

        return self.run(work)

    def forged(self, city: CitySession) -> Person:
        """Themself under the principal's number: the key is their own."""
        key = city.known(self.agent).key
        return Person(self.principal, key, hub=city.hub(), trust=city.trust, wallet=city.wallet)

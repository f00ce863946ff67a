"""A dishonest hub: it holds every key, row and setting of the real one, and all that ever passed through it.

It reads cases with the hub's own code and key store, signs with the hub's own keys, and talks to
gateways and authorities as the hub does. What it does not hold: a person's key, a department's key.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec

from mianzheng.cases.loading import load
from mianzheng.credentials import jws
from mianzheng.credentials.assertion import make_assertion
from mianzheng.credentials.keys import KeyFolder, PrivateKey
from mianzheng.credentials.trust import TrustStore
from mianzheng.exchange.sheets import Sheet
from mianzheng.model.asking import AnswerRequest, AnswerResponse, SignedStep
from mianzheng.model.authorisation import Authorisation, BundleRequest, FormValue, Permission, SealedBundle
from mianzheng.model.canonical import b64, canonical, digest, unb64
from mianzheng.model.deciding import DecisionRequest, DecisionResponse, DeliveryRequest
from mianzheng.model.identity import Assertion
from mianzheng.model.plan import PlanLine
from mianzheng.web.config import read_config
from mianzheng.web.parts import close_hub, make_hub

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)
CIVIL, POLICE, LABOUR = "gateway-civil-affairs", "gateway-public-security", "gateway-human-resources"
HOUSING, SCHOOLS = "gateway-housing", "gateway-education"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What came back; `code` is the problem document's, "" for an answer."""

    status: int
    body: bytes
    code: str


class Grasp(msgspec.Struct, frozen=True, kw_only=True):
    """All that the hub knows of one case; `bundle` None until the authority was asked."""

    case: str
    pairwise: str
    authority: str
    authorisation: bytes  # the canonical bytes that were signed
    assertion: Assertion
    plan: tuple[PlanLine, ...]
    forms: tuple[FormValue, ...] = ()
    bundle: SealedBundle | None = None
    sheets: tuple[Sheet, ...] = ()
    acceptance: SignedStep | None = None
    decision: DecisionResponse | None = None

    @property
    def digest(self) -> str:
        """The authorisation digest."""
        return b64(hashlib.sha256(self.authorisation).digest())

    @property
    def signed(self) -> Authorisation:
        """What the person signed, readable."""
        return msgspec.json.decode(self.authorisation, type=Authorisation)

    @property
    def sealed(self) -> SealedBundle:
        """The bundle, once there is one."""
        assert self.bundle is not None
        return self.bundle

    def questions(self, party: str, *, needs: bool = False) -> tuple[str, ...]:
        """The plan's questions to one gateway."""
        department = party.removeprefix("gateway-")
        lines = [line for line in self.plan if line.department == department]
        return tuple(line.question for line in lines if (line.purpose == "need") == needs)

    def altered(self, **changes: Any) -> Grasp:
        """The same grasp with another text of the authorisation; nobody signed that text."""
        return replace(self, authorisation=canonical(replace(self.signed, **changes)))


class DishonestHub:
    """Every power of the hub, in one hand."""

    def __init__(self, data: Path) -> None:
        self.config = read_config(data / "hub")
        keys = Path(self.config.keys)
        self.folder = KeyFolder(keys)
        self.key = self.folder.load("sign")
        self.own_person = PrivateKey.generate()  # a key it made up, to pass for somebody's
        self.trust = TrustStore.load(keys / "trust.json", keys / "roots.json")
        parties = {party.department: party.party for party in self.trust.with_role("gateway")}
        self.loop = asyncio.new_event_loop()
        self.rows = make_hub(self.config)
        self.addresses = {parties[name]: url for name, url in self.config.gateways.items()} | self.config.auditors
        self.http = httpx.Client(timeout=20, trust_env=False)

    def close(self) -> None:
        """Close its connections."""
        self.http.close()
        self.run(close_hub(self.rows))
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run one piece of asynchronous work to its end."""
        return self.loop.run_until_complete(work)

    def grasp(self, case: str) -> Grasp:
        """Read all that the hub's rows hold of a case, opened with its key store."""
        live = self.run(load(self.rows, case))
        decisions = [sent for sent in live.requests if sent.kind == "decision" and sent.answer]
        return Grasp(
            case=case,
            pairwise=live.opening.pairwise,
            authority=live.opening.authority,
            authorisation=unb64(live.signed.authorisation),
            assertion=live.signed.assertion,
            plan=live.signed.plan,
            forms=live.opening.forms,
            bundle=live.bundle,
            sheets=tuple(sheet for _, sheet in live.sheets),
            acceptance=live.outcome.acceptance if live.outcome else None,
            decision=msgspec.json.decode(decisions[0].answer or b"", type=DecisionResponse) if decisions else None,
        )

    def opening_of(self, case: str) -> tuple[str, str]:
        """Return pairwise id and authority of the person who opened a case."""
        opening = self.run(load(self.rows, case)).opening
        return opening.pairwise, opening.authority

    def vouch(self, challenge: bytes, key: PrivateKey | None = None) -> Assertion:
        """Make an assertion as a person's device would, with the hub's own made-up key."""
        origin, rp_id = self.trust.origins[0], self.trust.rp_ids[0]
        return make_assertion(key or self.own_person, challenge, origin=origin, rp_id=rp_id)

    def sign(self, payload: msgspec.Struct, typ: str, key: PrivateKey | None = None) -> str:
        """Sign as the hub."""
        return jws.sign(payload, key=key or self.key, typ=typ)

    def post(self, party: str, path: str, body: str | bytes) -> Reply:
        """Send a body to a party."""
        return _reply(self.http.post(self.addresses[party] + path, content=body))

    def get(self, party: str, path: str, authorization: str) -> Reply:
        """Ask a party's path."""
        return _reply(self.http.get(self.addresses[party] + path, headers={"authorization": authorization}))

    def bundle_request(self, grasp: Grasp, **changes: Any) -> BundleRequest:
        """The request for a subject's bundle."""
        handling = changes.pop("handling", CIVIL)
        fields: dict[str, Any] = {
            "aud": grasp.authority,
            "iat": int(time.time()),
            "request": new_id("b"),
            "pairwise": grasp.pairwise,
            "case": grasp.case,
            "role": "applicant",
            "authorisation": grasp.digest,
            "exp": grasp.signed.exp,
            "assertion": grasp.assertion,
            "gateways": tuple(sorted({handling, *(f"gateway-{line.department}" for line in grasp.plan)})),
            "handling": handling,
        }
        return BundleRequest(**(fields | changes))

    def ask_bundle(self, grasp: Grasp, **changes: Any) -> Reply:
        """Ask the authority to name a subject."""
        token = self.sign(self.bundle_request(grasp, **changes), "mz-bundle-request")
        return self.post(grasp.authority, "/bundles", token)

    def with_bundle(self, grasp: Grasp, **changes: Any) -> Grasp:
        """Return the grasp with the bundle that an honest request earns."""
        reply = self.ask_bundle(grasp, **changes)
        assert reply.status == 200, reply.body
        return replace(grasp, bundle=msgspec.json.decode(reply.body, type=SealedBundle))

    def permission(self, grasp: Grasp, **changes: Any) -> Permission:
        """What travels with every request."""
        fields: dict[str, Any] = {
            "authorisation": b64(grasp.authorisation),
            "assertion": grasp.assertion,
            "plan": grasp.plan,
            "actor": grasp.sealed.bundle,
        }
        return Permission(**(fields | changes))

    def answer_request(self, grasp: Grasp, party: str, **changes: Any) -> AnswerRequest:
        """The request for answers."""
        fields: dict[str, Any] = {
            "aud": party,
            "iat": int(time.time()),
            "request": new_id("r"),
            "case": grasp.case,
            "role": "applicant",
            "permission": self.permission(grasp),
            "bundle": grasp.sealed.bundle,
            "statement": grasp.sealed.sealed.get(party, ""),
            "questions": grasp.questions(party),
            "forms": (),
            "entry": digest(secrets.token_bytes(8)),
        }
        return AnswerRequest(**(fields | changes))

    def ask(self, grasp: Grasp, party: str, *, key: PrivateKey | None = None, **changes: Any) -> Reply:
        """Ask a gateway."""
        return self.post(
            party, "/answers", self.sign(self.answer_request(grasp, party, **changes), "mz-answer-request", key)
        )

    def sheet(self, grasp: Grasp, party: str, **changes: Any) -> str:
        """Ask a gateway and return the sheet; an assertion fails when it is refused."""
        reply = self.ask(grasp, party, **changes)
        assert reply.status == 200, reply.body
        return msgspec.json.decode(reply.body, type=AnswerResponse).sheet

    def decision_request(self, grasp: Grasp, sheets: tuple[str, ...], **changes: Any) -> DecisionRequest:
        """The request for a decision."""
        party = changes.get("aud", CIVIL)
        fields: dict[str, Any] = {
            "aud": party,
            "iat": int(time.time()),
            "request": new_id("d"),
            "case": grasp.case,
            "permission": self.permission(grasp),
            "bundles": {"applicant": grasp.sealed.bundle},
            "statements": {"applicant": grasp.sealed.sealed.get(party, "")},
            "sheets": sheets,
            "forms": grasp.forms,
            "entry": digest(secrets.token_bytes(8)),
        }
        return DecisionRequest(**(fields | changes))

    def decide(self, grasp: Grasp, sheets: tuple[str, ...], **changes: Any) -> Reply:
        """Ask for a decision."""
        request = self.decision_request(grasp, sheets, **changes)
        return self.post(request.aud, "/decisions", self.sign(request, "mz-decision-request"))

    def deliver(self, grasp: Grasp, decision: str, sheets: tuple[str, ...], **changes: Any) -> Reply:
        """Ask for a delivery."""
        fields: dict[str, Any] = {
            "aud": CIVIL,
            "iat": int(time.time()),
            "request": new_id("v"),
            "case": grasp.case,
            "decision": decision,
            "sheets": sheets,
            "entry": digest(secrets.token_bytes(8)),
        }
        request = DeliveryRequest(**(fields | changes))
        return self.post(request.aud, "/deliveries", self.sign(request, "mz-delivery-request"))


def deciding(grasp: Grasp) -> tuple[str, ...]:
    """Return the sheets of a past case that answer its conditions, as tokens."""
    needs = {line.question for line in grasp.plan if line.purpose == "need"}
    return tuple(sheet.token for sheet in grasp.sheets if not needs & sheet.answers.keys())


def replace(struct: S, **changes: Any) -> S:
    """Return a struct with some fields changed."""
    return msgspec.structs.replace(struct, **changes)


def new_id(prefix: str) -> str:
    """Return a request id nobody used before."""
    return prefix + secrets.token_hex(13)


def _reply(answer: httpx.Response) -> Reply:
    code = ""
    if answer.status_code >= 400:
        code = str(answer.json()["code"])
    return Reply(status=answer.status_code, body=answer.content, code=code)

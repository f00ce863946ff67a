"""Granting, changing and looking after mandates as an honest client and hub do; tests change parts of it."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec

from mianzheng.credentials import jwe, jws
from mianzheng.credentials.assertion import make_assertion
from mianzheng.credentials.keys import PrivateKey
from mianzheng.mandates.token import digest_of
from mianzheng.model.authorisation import BundleRequest, SealedBundle
from mianzheng.model.mandate import (
    MandateChange,
    MandateForwarded,
    MandateGrant,
    MandateIssued,
    MandateTerms,
    SealedMandate,
    StandingRequest,
    StandingResponse,
    change_challenge,
    grant_challenge,
)
from tests.gateway.world import NAMES, OLD, ORIGIN, RP_ID, SON, Case, World

PERSONS, BODIES = "public-security", "market-regulation"
DAY = 86_400


def terms(world: World, **changes: Any) -> MandateTerms:
    now = int(world.now())
    fields: dict[str, Any] = {
        "hub": "hub",
        "items": ("old-age-allowance",),
        "purpose": "代办高龄津贴",
        "uses": 1,
        "valid_from": now,
        "until": now + 30 * DAY,
        "holder": PrivateKey.generate().public.jwk,
        "salt": secrets.token_hex(12),
    }
    return MandateTerms(**(fields | changes))


def vouch(world: World, number: str, challenge: bytes) -> Any:
    return make_assertion(world.people[number], challenge, origin=ORIGIN, rp_id=RP_ID)


class Grant:
    """One grant by the principal's own key; `changes` are of the terms."""

    def __init__(self, world: World, principal: str = OLD, agent: str = SON, **changes: Any) -> None:
        self.world = world
        self.reply = PrivateKey.generate()
        self.signer = changes.pop("signer", principal)
        self.authority = changes.pop("authority", PERSONS)
        passes_on = changes.pop("passes_on", "")
        agent_name = changes.pop("agent_name", NAMES.get(agent, ""))
        self.grant = MandateGrant(
            terms=changes.pop("terms", None) or terms(world, **changes),
            principal=principal,
            agent=agent,
            agent_name=agent_name,
            reply_to=self.reply.public.jwk,
            passes_on=passes_on,
        )

    def signed(self, by: str = "") -> MandateGrant:
        assertion = vouch(self.world, by or self.signer, grant_challenge(self.grant))
        return msgspec.structs.replace(self.grant, assertion=assertion)

    def post(self, grant: MandateGrant | None = None) -> Any:
        return send(self.world, "/mandates", grant or self.signed(), "mz-mandate-grant", self.authority)

    def issued(self, grant: MandateGrant | None = None) -> MandateIssued:
        reply = self.post(grant)
        assert reply.status_code == 200, reply.text
        return opened(reply.content, self.reply)

    def mandate(self) -> str:
        return self.issued().mandate

    def refused(self, grant: MandateGrant | None = None) -> str:
        reply = self.post(grant)
        assert reply.status_code >= 400, reply.text
        return str(reply.json()["code"])


def opened(body: bytes, key: PrivateKey) -> MandateIssued:
    sealed = msgspec.json.decode(body, type=SealedMandate).sealed
    return msgspec.json.decode(jwe.open_sealed(sealed, key=key, typ="mz-mandate"), type=MandateIssued)


def send(world: World, path: str, value: msgspec.Struct, typ: str, authority: str = PERSONS) -> Any:
    to = world.trust.current(authority, "seal", int(world.now()))
    sealed = MandateForwarded(authority=authority, sealed=jwe.seal(msgspec.json.encode(value), to=to, typ=typ)).sealed
    return world.clients[authority].post(path, json={"sealed": sealed})


def change(world: World, mandate: str, number: str, **changes: Any) -> Any:
    """Revoke (or confirm) a mandate as this party."""
    signer, authority = changes.pop("signer", number), changes.pop("authority", PERSONS)
    asked = MandateChange(mandate=digest_of(mandate), hub="hub", number=number, salt=secrets.token_hex(8), **changes)
    if not asked.sign_in and not asked.presence:
        asked = msgspec.structs.replace(asked, assertion=vouch(world, signer, change_challenge(asked)))
    return send(world, "/mandates/changes", asked, "mz-mandate-change", authority)


class AgentCase(Case):
    """A case that an agent opens for a principal; `mandate` is the token as the agent shows it."""

    def __init__(self, world: World, mandate: str, *, agent: str = SON, holder: Any = None, **changes: Any) -> None:
        self.held = mandate
        self.kept = ""  # an older standing, used instead of a fresh one
        fields = {"acts_for": "applicant", "mandate": digest_of(mandate)}
        if holder is not None:
            fields["holder"] = holder
        super().__init__(world, number=agent, **(fields | changes))

    def bundled(self, **changes: Any) -> SealedBundle:
        """The agent's own bundle, then the principal's on the mandate; returns the latter."""
        self.actor = super().bundled(gateways=(self.item.department,), role="agent")
        return super().bundled(**(changes | {"mandate": self.held}))

    def asked_bundle(self, **changes: Any) -> BundleRequest:
        fields: dict[str, Any] = {"mandate": self.held, "role": "applicant"}
        return self.bundle_request(PERSONS, **(fields | changes))

    def standing_reply(self, **changes: Any) -> Any:
        fields: dict[str, Any] = {
            "aud": PERSONS,
            "iat": int(self.world.now()),
            "case": self.case,
            "mandate": digest_of(self.held),
        }
        token = jws.sign(StandingRequest(**(fields | changes)), key=self.world.key("hub"), typ="mz-standing-request")
        return self.world.clients[fields["aud"]].post("/mandates/standing", content=token)

    def standing(self) -> str:
        reply = self.standing_reply()
        assert reply.status_code == 200, reply.text
        return msgspec.json.decode(reply.content, type=StandingResponse).standing

    def permission(self, **changes: Any) -> Any:
        fields: dict[str, Any] = {"actor": self.actor.bundle, "mandate": self.held}
        if "standing" not in changes:
            fields["standing"] = self.kept or self.standing()
        return super().permission(**(fields | changes))


def code(reply: Any) -> str:
    assert reply.status_code >= 400, reply.text
    return str(reply.json()["code"])


def lines(world: World, number: str, gateway: str = PERSONS) -> list[Any]:
    """What a person reads in their own list at a gateway."""
    return list(world.gateways[gateway].log.mine(number))

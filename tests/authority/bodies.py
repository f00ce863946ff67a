"""A person who acts for a body, as an honest client and hub do it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from mianzheng.credentials import jwe, jws
from mianzheng.mandates.token import digest_of
from mianzheng.model.authorisation import SealedBundle
from mianzheng.model.canonical import digest
from mianzheng.model.mandate import BodyCode, StandingRequest, StandingResponse
from tests.gateway.world import FIRM, HEAD, Case, World

PERSONS, BODIES = "public-security", "market-regulation"
ITEM = "good-standing"


def sealed_code(world: World, code: str = FIRM) -> str:
    to = world.trust.current(BODIES, "seal", int(world.now()))
    return jwe.seal(msgspec.json.encode(BodyCode(code=code, salt="s" * 22)), to=to, typ="mz-body")


@contextmanager
def headed_by(world: World, number: str) -> Iterator[None]:
    """Another legal representative stands in the register meanwhile."""
    path = Path(str(world.gateways[BODIES].registers["enterprise"].url.database))
    for who in (number, HEAD):
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE enterprise SET lerep_id = ?", (who,))
        connection.close()
        if who == number:
            yield


class BodyCase(Case):
    """A case of a body: of its representative in their own right, or on a mandate of the body."""

    def __init__(self, world: World, person: str = HEAD, *, mandate: str = "", body: str = "", **changes: Any) -> None:
        self.mandate, self.body = mandate, "" if mandate else (body or sealed_code(world))
        self.rests_on = digest_of(mandate) if mandate else digest(self.body.encode())
        super().__init__(
            world, number=person, **({"item": ITEM, "acts_for": "applicant", "mandate": self.rests_on} | changes)
        )

    def bundled(self, **changes: Any) -> SealedBundle:
        self.actor = super().bundled(gateways=tuple({self.item.department, BODIES}), role="representative")
        reply = self.post_subject(**changes)
        assert reply.status_code == 200, reply.text
        return msgspec.json.decode(reply.content, type=SealedBundle)

    def post_subject(self, **changes: Any) -> Any:
        fields: dict[str, Any] = {
            "pairwise": "",
            "mandate": self.mandate,
            "body": self.body,
            "representative": self.actor.bundle,
            "statement": self.actor.sealed[BODIES],
        }
        request = self.bundle_request(BODIES, **(fields | changes))
        return self.world.clients[BODIES].post("/bundles", content=self.token(request, "mz-bundle-request"))

    def standing_reply(self) -> Any:
        request = StandingRequest(aud=BODIES, iat=int(self.world.now()), case=self.case, mandate=self.rests_on)
        token = jws.sign(request, key=self.world.key("hub"), typ="mz-standing-request")
        return self.world.clients[BODIES].post("/mandates/standing", content=token)

    def permission(self, **changes: Any) -> Any:
        fields: dict[str, Any] = {"actor": self.actor.bundle, "mandate": self.mandate}
        if "standing" not in changes:
            reply = self.standing_reply()
            assert reply.status_code == 200, reply.text
            fields["standing"] = msgspec.json.decode(reply.content, type=StandingResponse).standing
        return super().permission(**(fields | changes))

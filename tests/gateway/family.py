"""Cases of families, as an honest hub runs them: ask the link, pass bundles on, decide from all sheets."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from mianzheng.credentials import jwe, jws
from mianzheng.credentials.assertion import make_assertion
from mianzheng.model.asking import AnswerResponse, OtherSubject
from mianzheng.model.authorisation import Bundle, FormValue, SealedBundle, SealedChoice, consent_challenge, form_digest
from mianzheng.model.canonical import canonical
from mianzheng.model.evidence import Answer
from tests.gateway.family_rows import MUM
from tests.gateway.world import DEPARTMENTS, ORIGIN, RP_ID, Case, World, read_answers

HERE, POLICE, WORK = "civil-affairs", "public-security", "human-resources"


class FamilyCase(Case):
    """A case whose item reaches other people; `typed`: role -> name or number of the one meant."""

    def __init__(
        self, world: World, item: str, number: str = MUM, *, typed: Mapping[str, str] | None = None, **changes: Any
    ) -> None:
        self.choices: dict[str, SealedChoice] = {}
        self.consents: dict[str, SealedBundle] = {}  # of other adults who signed, as the authority made them
        compiled = world.loaded[item].compiled
        for role, text in (typed or {}).items():
            party = world.catalogue.facts.registers[compiled.links[role].question.register].department
            self.choices[role] = choice(world, role, text, party)
        digests = tuple(sorted(one.digest for one in self.choices.values()))
        super().__init__(world, item, number, **({"forms": None} | changes | {"chosen": digests}))

    def link(self, role: str) -> str:
        """The id of the link question that reaches a role."""
        return self.loaded.compiled.links[role].question.id

    def reach(
        self, role: str, *, about: tuple[str, SealedBundle] | None = None, **changes: Any
    ) -> tuple[str, Answer, tuple[SealedBundle, ...]]:
        """Ask a link; return its sheet, its answer and the bundles that came with it."""
        placed = self.loaded.compiled.links[role]
        party = self.world.catalogue.facts.registers[placed.question.register].department
        response = self.answers(party, about=about, questions=(placed.question.id,), **changes)
        answer = read_answers(self.world, party, response.sheet)[placed.question.id]
        return response.sheet, answer, response.links.get(placed.question.id, ())

    def answers(self, party: str, *, about: tuple[str, SealedBundle] | None = None, **changes: Any) -> AnswerResponse:
        """Ask and return the whole response; fails the test when refused."""
        token = self.token(self.request(party, **(self.fields(party, about) | changes)))
        reply = self.world.clients[party].post("/answers", content=token)
        assert reply.status_code == 200, reply.text
        return msgspec.json.decode(reply.content, type=AnswerResponse)

    def denied(self, party: str, *, about: tuple[str, SealedBundle] | None = None, **changes: Any) -> str:
        """Ask and return the code of the refusal."""
        return self.refused(party, **(self.fields(party, about) | changes))

    def fields(self, party: str, about: tuple[str, SealedBundle] | None) -> dict[str, Any]:
        """The parts of a request that name whom it is about."""
        found: dict[str, Any] = {"choices": tuple(self.choices.values())}
        if about is not None:
            role, sealed = about
            found |= {"role": role, "bundle": sealed.bundle, "statement": sealed.sealed.get(party, "")}
            found["questions"] = self.about(party, role)
        else:
            found["questions"] = self.about(party, "applicant")
        return found

    def about(self, party: str, role: str) -> tuple[str, ...]:
        """The ids of the item's questions to one department about a role, links aside."""
        own = self.world.gateways[party].compiler.questions(self.loaded)
        base = role.partition("#")[0]
        return tuple(q.question.id for q in own if q.placed.role == base and q.question.kind != "link")

    def beside(self, party: str, role: str = "applicant", sealed: SealedBundle | None = None) -> OtherSubject:
        """A second subject as a request carries it."""
        sealed = sealed or self.sealed
        return OtherSubject(role=role, bundle=sealed.bundle, statement=sealed.sealed[party])

    def judged(self, sheets: list[str], people: Mapping[str, SealedBundle], **changes: Any) -> dict[str, Any]:
        """The parts of a decision request that name everybody."""
        everybody = {"applicant": self.sealed, **people}
        fields: dict[str, Any] = {
            "bundles": {role: one.bundle for role, one in everybody.items()},
            "statements": {role: one.sealed[HERE] for role, one in everybody.items()},
        }
        return fields | changes

    def consented(self, number: str, role: str, party: str = POLICE) -> dict[str, Any]:
        """What another adult's own signature adds to a request; `bundle` is the authority's."""
        assertion = make_assertion(
            self.world.people[number], consent_challenge(self.digest, role), origin=ORIGIN, rp_id=RP_ID
        )
        sealed = self.bundled(
            pairwise=self.world.pairwise(number, self.hub), role=role, assertion=assertion, consent=True
        )
        self.consents[role] = sealed
        other = OtherSubject(role=role, bundle=sealed.bundle, statement=sealed.sealed[party])
        return {"consent": other, "consent_assertion": assertion}


def choice(world: World, role: str, text: str, party: str) -> SealedChoice:
    """Who is meant, sealed to the link's gateway."""
    value = FormValue(name=f"role.{role}", value=text, salt=secrets.token_hex(8))
    to = world.trust.current(party, "seal", int(world.now()))
    return SealedChoice(role=role, digest=form_digest(value), sealed=jwe.seal(canonical(value), to=to, typ="mz-choice"))


def read(world: World, sealed: SealedBundle) -> Bundle:
    """The outer part of a bundle, unverified."""
    return msgspec.json.decode(jws.unverified_payload(sealed.bundle), type=Bundle)


ALL = DEPARTMENTS

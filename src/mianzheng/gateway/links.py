"""Links: what the rows of a register lead to becomes a sealed bundle of each one reached.

1. Who is reached follows from the approved SQL of the link alone (`querying`); more than may be are *not held*.
2. Each gets a bundle of their own: signed, sealed to the gateways of the departments that the item version asks
   about that role (its digest is what stewards approved), with the name for the handling one only.
3. The sheet names the bundles by digest, in order: at the decision each must stand there.

Of a link that chooses, a bundle is made whether or not anybody was found, so that the work is the same.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import msgspec

from mianzheng.credentials import jwe, jws
from mianzheng.credentials.keys import PublicKey
from mianzheng.gateway.approvals import OwnQuestion
from mianzheng.gateway.gateway import Gateway
from mianzheng.gateway.items import LoadedItem
from mianzheng.gateway.people import reached_by
from mianzheng.gateway.permission import Permitted
from mianzheng.model.authorisation import Bundle, SealedBundle, Statement
from mianzheng.model.canonical import digest
from mianzheng.model.evidence import Answer, Status
from mianzheng.model.identity import Presence
from mianzheng.model.item import Role
from mianzheng.rules.audience import audiences
from mianzheng.rules.leads import Reach, Reached

_NOBODY = Reached(number="000000000000000000", name="某某")


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """What a link answers: the answer names the bundles; `people` by role, as each is asked about from now on."""

    answer: Answer
    bundles: tuple[SealedBundle, ...] = ()
    people: Mapping[str, Reached] = {}


def answer_link(
    gateway: Gateway,
    loaded: LoadedItem,
    own: OwnQuestion,
    reach: Reach,
    *,
    permitted: Permitted,
    protected: bool,
    at: int,
) -> Linked:
    """Return a link's answer with a sealed bundle of each one reached; none when it reached nobody.

    `protected`: the one from whom it leads has a protection order, which each gateway asked about the others must know.
    """
    name = reached_by(loaded.compiled, own.placed)
    role = loaded.item.roles[name]
    people = reach.people if reach.answer.status is Status.VALUE else ()
    maker = _Maker(gateway, loaded, own, name, permitted, protected=protected, at=at)
    if role.chosen and not people:
        maker.bundle(name, role, _NOBODY)  # and thrown away
    labels = loaded.item.asked_as(name, len(people))
    bundles = tuple(maker.bundle(label, role, one) for label, one in zip(labels, people, strict=True))
    linked = tuple(digest(one.bundle.encode("ascii")) for one in bundles)
    return Linked(
        answer=msgspec.structs.replace(reach.answer, linked=linked),
        bundles=bundles,
        people=dict(zip(labels, people, strict=True)),
    )


class _Maker:
    """Makes the bundles of one link's answer."""

    def __init__(
        self,
        gateway: Gateway,
        loaded: LoadedItem,
        own: OwnQuestion,
        role: str,
        permitted: Permitted,
        *,
        protected: bool,
        at: int,
    ) -> None:
        self.gateway = gateway
        self.question = own.question.id
        self.permitted = permitted
        self.protected = protected
        self.at = at
        self.handling = gateway.party_of(loaded.item.department)
        self.to = self._keys(audiences(loaded.compiled, loaded.facts, role))

    def bundle(self, label: str, role: Role, one: Reached) -> SealedBundle:
        """Return one who was reached, under the role as they are asked about, sealed to every audience."""
        id_, sealed = f"l-{secrets.token_hex(12)}", {}
        for party, key in self.to.items():
            name = one.name if party == self.handling else ""
            token = jws.sign(self._statement(id_, label, one.number, party, name), key=self.gateway.sign, typ=STATEMENT)
            sealed[party] = jwe.seal(token.encode("ascii"), to=key, typ=STATEMENT)
        authorisation = self.permitted.authorisation
        bundle = Bundle(
            suite="intl",
            bundle=id_,
            issuer=self.gateway.party,
            case=authorisation.case,
            authorisation=self.permitted.digest,
            role=label,
            subject_kind=role.kind,
            signer="",
            presence=Presence(method="link", level=0),
            iat=self.at,
            exp=authorisation.exp,
            sealed={party: digest(text.encode("ascii")) for party, text in sealed.items()},
            link=self.question,
        )
        return SealedBundle(bundle=jws.sign(bundle, key=self.gateway.sign, typ="mz-bundle"), sealed=sealed)

    def _statement(self, id_: str, label: str, number: str, party: str, name: str) -> Statement:
        authorisation = self.permitted.authorisation
        return Statement(
            number=number,
            bundle=id_,
            role=label,
            case=authorisation.case,
            authorisation=self.permitted.digest,
            aud=party,
            iat=self.at,
            exp=authorisation.exp,
            name=name,
            protected=1 if self.protected else 0,
        )

    def _keys(self, departments: tuple[str, ...]) -> dict[str, PublicKey]:
        """Return the audiences' keys from the trust list, never from the hub."""
        parties = [self.gateway.party_of(department) for department in departments]
        return {party: self.gateway.trust.current(party, "seal", self.at) for party in parties}


STATEMENT = "mz-statement"

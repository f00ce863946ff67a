"""Who acts for a body is asked of the register, or of a mandate that its legal representative granted."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from mianzheng.credentials import jwe, jws
from mianzheng.credentials.assertion import make_assertion
from mianzheng.mandates.token import digest_of
from mianzheng.model.authorisation import SealedBundle, Statement
from mianzheng.model.canonical import digest
from mianzheng.model.identity import SignInRequest, SignInResponse, sign_in_challenge
from mianzheng.model.mandate import MandateChange, change_digest, grant_challenge, grant_digest
from tests.authority.bodies import BODIES, ITEM, PERSONS, BodyCase, headed_by, sealed_code
from tests.authority.grants import Grant, code, send
from tests.gateway.world import FIRM, HEAD, HOLDER, ORIGIN, RP_ID, YOUNG, World, seal_sign_in


def word(world: World, number: str, nonce: str) -> str:
    """A person's sign-in for the authority of bodies: signed by the authority of persons over this very nonce."""
    challenge = sign_in_challenge(BODIES, nonce, number)
    assertion = make_assertion(world.people[number], challenge, origin=ORIGIN, rp_id=RP_ID)
    asked = SignInRequest(audience=BODIES, nonce=nonce, number=number, assertion=assertion)
    reply = world.clients[PERSONS].post("/sign-ins", json={"sealed": seal_sign_in(world, PERSONS, asked)})
    assert reply.status_code == 200, reply.text
    return msgspec.json.decode(reply.content, type=SignInResponse).sign_in


def granted(world: World, by: str = HEAD, agent: str = HOLDER, **changes: Any) -> Grant:
    return Grant(world, principal=FIRM, agent=agent, authority=BODIES, items=(ITEM,), holder=None, **changes)


def signed(grant: Grant, by: str = HEAD) -> Any:
    return msgspec.structs.replace(grant.grant, sign_in=word(grant.world, by, grant_digest(grant.grant)))


def mandate(world: World, **changes: Any) -> str:
    grant = granted(world, **changes)
    return grant.issued(signed(grant)).mandate


def test_the_legal_representative_acts_with_their_own_key(world: World) -> None:
    case = BodyCase(world)
    assert (case.bundle.subject_kind, case.bundle.mandate) == ("enterprise", case.rests_on)
    assert (case.bundle.signer, case.bundle.presence.method) == (world.people[HEAD].kid, "representative")
    token = jwe.open_sealed(case.sealed.sealed[BODIES], key=world.key(BODIES, "seal"), typ="mz-statement").decode()
    inner = jws.verify_as(token, typ="mz-statement", key=world.key(BODIES).public, type=Statement)
    assert inner.number == FIRM
    assert case.decide(case.all_sheets())[1].outcome == "granted"


def test_nobody_else_acts_for_a_body_without_a_mandate(world: World) -> None:
    case = Bare(world, HOLDER)
    assert code(case.post_subject()) == "mandate-party-gone"


class Bare(BodyCase):
    """The case of a person who acts for a body, before the body was named."""

    def bundled(self, **changes: Any) -> Any:
        self.actor = super(BodyCase, self).bundled(gateways=(self.item.department,), role="representative")
        return self.actor


def test_the_representatives_bundle_is_of_this_case_role_and_key(world: World) -> None:
    case, other = Bare(world), Bare(world)
    own = case.actor.sealed[BODIES]
    wrong: list[dict[str, Any]] = [
        {"representative": other.actor.bundle, "statement": other.actor.sealed[BODIES]},
        {"statement": other.actor.sealed[BODIES]},
        {"statement": own[:-4] + "AAAA"},
        {"representative": "x.y.z"},
        {"body": "x"},
        {"body": sealed_code(world, "91331082MA2AXXXX1H")},
        {"assertion": other.assertion},
    ]
    for changes in wrong:
        assert code(case.post_subject(**changes)) in {"bundle-refused", "mandate-party-gone"}
    assert case.post_subject().status_code == 200


def test_another_body_of_the_same_representative_is_not_the_one_that_was_signed_for(world: World) -> None:
    """A hub that swaps the sealed code gets a bundle, and no gateway takes it: the code stands in what was signed."""
    case, other = Bare(world), sealed_code(world)
    reply = case.post_subject(body=other)
    assert reply.status_code == 200
    case.sealed, case.rests_on = msgspec.json.decode(reply.content, type=SealedBundle), digest(other.encode())
    assert case.refused(BODIES) == "bundle-of-another-person"


def test_a_removed_representative_is_refused_at_the_next_step(world: World) -> None:
    case = BodyCase(world)
    assert case.standing_reply().status_code == 200
    with headed_by(world, YOUNG):
        assert code(case.standing_reply()) == "mandate-party-gone"
    assert case.standing_reply().status_code == 200


def test_an_agent_of_a_body_acts_on_the_representatives_mandate(world: World) -> None:
    case = BodyCase(world, HOLDER, mandate=mandate(world))
    assert case.bundle.presence.method == "mandate"
    assert case.decide(case.all_sheets())[1].outcome == "granted"


def test_a_body_may_grant_with_its_own_key(world: World) -> None:
    grant = granted(world)
    assertion = make_assertion(world.people[FIRM], grant_challenge(grant.grant), origin=ORIGIN, rp_id=RP_ID)
    token = grant.issued(msgspec.structs.replace(grant.grant, assertion=assertion)).mandate
    assert BodyCase(world, HOLDER, mandate=token).standing_reply().status_code == 200


def test_only_the_legal_representative_grants_and_over_these_terms(world: World) -> None:
    grant = granted(world)
    assert grant.refused(signed(grant, by=HOLDER)) == "mandate-refused"
    other = granted(world)
    moved = msgspec.structs.replace(grant.grant, sign_in=word(world, HEAD, grant_digest(other.grant)))
    assert grant.refused(moved) == "mandate-refused"


def test_when_the_representative_changes_mandates_wait_until_the_new_one_confirms(world: World) -> None:
    token = mandate(world)
    case = BodyCase(world, HOLDER, mandate=token)
    with headed_by(world, YOUNG):
        assert code(case.standing_reply()) == "mandate-party-gone"
        assert code(confirm(world, token, HEAD)) == "mandate-refused"
        assert confirm(world, token, YOUNG).status_code == 200
        assert case.standing_reply().status_code == 200
    assert code(case.standing_reply()) == "mandate-party-gone"


def confirm(world: World, token: str, by: str) -> Any:
    asked = MandateChange(mandate=digest_of(token), change="confirm", hub="hub", number=by, salt="c" * 22)
    asked = msgspec.structs.replace(asked, sign_in=word(world, by, change_digest(asked)))
    return send(world, "/mandates/changes", asked, "mz-mandate-change", BODIES)


def test_a_removed_agent_is_refused_at_the_next_step(world: World) -> None:
    token = mandate(world)
    case = BodyCase(world, HOLDER, mandate=token)
    asked = MandateChange(mandate=digest_of(token), hub="hub", number=HEAD, salt="r" * 22)
    asked = msgspec.structs.replace(asked, sign_in=word(world, HEAD, change_digest(asked)))
    assert send(world, "/mandates/changes", asked, "mz-mandate-change", BODIES).status_code == 200
    assert code(case.standing_reply()) == "mandate-revoked"


@pytest.mark.parametrize("agent", [YOUNG])
def test_a_mandate_of_a_body_is_its_agents_alone(world: World, agent: str) -> None:
    case = Bare(world, agent, mandate=mandate(world))
    assert code(case.post_subject()) == "mandate-refused"


def test_a_number_whose_name_is_another_than_was_written_acts_for_no_body(world: World) -> None:
    case = Bare(world, HOLDER, mandate=mandate(world, agent_name="别的人"))
    assert code(case.post_subject()) == "mandate-refused"

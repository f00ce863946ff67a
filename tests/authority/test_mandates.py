"""Mandates at the authority: granted over the principal's signature, and standing only as long as nothing ended."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import duckdb
import msgspec
import pytest

from mianzheng.app import authority_of
from mianzheng.authority.authority import MOST_REFUSED_GRANTS
from mianzheng.authority.mandate_agents import NOT_MADE, Named, check_agent
from mianzheng.authority.mandates import grant_opened
from mianzheng.authority.presences import notices_of
from mianzheng.credentials import jws
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.status import verify_status_list
from mianzheng.mandates.refusals import MandateRefused
from mianzheng.mandates.token import digest_of, read, show
from mianzheng.model.authorisation import Bundle
from mianzheng.model.errors import Unavailable
from tests.authority.grants import DAY, PERSONS, AgentCase, Grant, change, code, lines, terms
from tests.authority.test_bundles import post as post_bundle
from tests.gateway.world import ABSENT, DRAWS, NAMES, OLD, SON, World


@contextmanager
def hukou(world: World, number: str, status: str) -> Iterator[None]:
    """A person's household status meanwhile; DuckDB lets nobody write beside a reader, so the reader is let go."""
    register = world.gateways[PERSONS].registers["hukou"]
    for value in (status, "1"):
        register.engine.dispose()
        connection = duckdb.connect(str(register.url.database))
        connection.execute("UPDATE t_hjrk SET hkzt = ? WHERE gmsfhm = ?", [value, number])
        connection.close()
        if value == status:
            yield


@contextmanager
def guardian(world: World, number: str) -> Iterator[None]:
    """A court gives a person a guardian meanwhile."""
    path = Path(str(world.gateways[PERSONS].registers["kinship"].url.database))
    row = (number, DRAWS, "81", "Y", "FY")
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO kinship VALUES (?, ?, ?, ?, ?)", row)
    try:
        yield
    finally:
        with sqlite3.connect(path) as connection:
            connection.execute("DELETE FROM kinship WHERE source = 'FY'")


def test_a_mandate_names_items_uses_and_term_and_no_number(world: World) -> None:
    token = Grant(world, items=("old-age-allowance", "care-aid"), uses=2).mandate()
    found = read(token, trust=world.trust, at=int(world.now()))
    assert (found.items, found.uses, found.kind) == (("care-aid", "old-age-allowance"), 2, "person")
    assert found.principal == world.pairwise(OLD, "hub")
    assert found.agent == world.pairwise(SON, "hub")
    assert (found.granted.method, found.granted.level) == ("software", 3)
    assert OLD.encode() not in jws.unverified_payload(token)
    assert b"care-aid" not in jws.unverified_payload(token)


def test_a_hub_is_shown_the_item_that_is_applied_for_and_no_other(world: World) -> None:
    token = Grant(world, items=("old-age-allowance", "care-aid")).mandate()
    shown = show(token, "care-aid")
    assert read(shown, trust=world.trust, at=int(world.now())).items == ("care-aid",)
    assert digest_of(shown) == digest_of(token)
    with pytest.raises(MandateRefused):
        show(token, "good-standing")


def test_a_mandate_that_a_hub_signed_is_none(world: World) -> None:
    token = Grant(world).mandate()
    payload, rest = jws.unverified_payload(token), token.partition("~")[2]
    forged = f"{jws.sign(payload, key=world.key('hub'), typ='dc+sd-jwt')}~{rest}"
    with pytest.raises(MandateRefused) as refused:
        read(forged, trust=world.trust, at=int(world.now()))
    assert refused.value.code == "mandate-invalid"


def test_nobody_grants_for_another_and_every_reason_is_one_refusal(world: World) -> None:
    own = Grant(world)
    other = Grant(world, agent_name="another")
    unknown = Grant(world, agent="331082197001019999", agent_name="nobody")
    replies = [
        own.post(own.signed(by=SON)),
        other.post(),
        unknown.post(),
        Grant(world, principal=OLD, signer=DRAWS).post(),
    ]
    assert {code(reply) for reply in replies} == {"mandate-refused"}
    assert len({reply.content for reply in replies}) == 1


def test_changed_terms_are_not_those_that_were_signed(world: World) -> None:
    grant = Grant(world)
    signed = grant.signed()
    more = msgspec.structs.replace(signed, terms=msgspec.structs.replace(signed.terms, uses=9))
    assert grant.refused(more) == "mandate-refused"


def test_what_was_signed_once_makes_one_mandate(world: World) -> None:
    grant = Grant(world)
    signed = grant.signed()
    assert grant.issued(signed).mandate
    assert grant.refused(signed) == "mandate-refused"


def test_nobody_is_their_own_agent_and_a_grant_has_one_proof(world: World) -> None:
    assert Grant(world, agent=OLD, agent_name=NAMES[OLD]).refused() == "malformed-request"
    grant = Grant(world)
    assert grant.refused(grant.grant) == "malformed-request"
    assert grant.refused(msgspec.structs.replace(grant.signed(), presence="x")) == "malformed-request"


def test_principal_and_agent_read_that_it_was_granted(world: World) -> None:
    named = digest_of(Grant(world).mandate())
    assert named
    for number in (OLD, SON):
        assert "mandate-granted" in {line.kind for line in lines(world, number)}


def test_the_principal_is_named_on_a_mandate_with_the_agents_key_as_signer(world: World) -> None:
    case = AgentCase(world, Grant(world).mandate())
    assert (case.bundle.mandate, case.bundle.role) == (digest_of(case.held), "applicant")
    assert case.bundle.signer == world.people[SON].kid
    assert (case.bundle.presence.method, case.bundle.presence.level) == ("mandate", 3)
    actor = jws.verify_as(case.actor.bundle, typ="mz-bundle", key=world.key(PERSONS).public, type=Bundle)
    assert (actor.role, actor.mandate) == ("agent", "")
    assert case.case in {line.case for line in lines(world, OLD) if line.kind == "bundle"}


def bundle_code(world: World, case: AgentCase, **changes: Any) -> str:
    return code(post_bundle(world, case.asked_bundle(**changes)))


class Bare(AgentCase):
    """An agent's case before any bundle was made for the principal."""

    def bundled(self, **changes: Any) -> Any:
        return super(AgentCase, self).bundled(gateways=(self.item.department,), role="agent")


def test_another_agents_mandate_names_nobody_and_its_principal_reads_of_it(world: World) -> None:
    token = Grant(world).mandate()
    case = Bare(world, token, agent=ABSENT)
    assert bundle_code(world, case) == "mandate-refused"
    assert (case.case, "mandate-refused") in {(line.case, line.code) for line in lines(world, OLD)}


def test_a_mandate_is_used_as_often_as_it_says_and_one_case_is_one_use(world: World) -> None:
    token = Grant(world, uses=1).mandate()
    case = AgentCase(world, token)
    assert post_bundle(world, case.asked_bundle()).status_code == 200
    assert bundle_code(world, Bare(world, token)) == "mandate-used-up"
    assert "mandate-used-up" in {line.code for line in lines(world, OLD)}


def test_the_principal_is_told_of_each_use_once_and_of_which_by_whom(world: World) -> None:
    authority = authority_of(world.gateways[PERSONS])
    assert authority is not None

    def notices() -> list[str]:
        return [words for _, words in notices_of(authority.journal.reader(), authority.secrets, OLD)]

    held = show(Grant(world, uses=2).mandate(), "old-age-allowance")
    before = len(notices())
    for use in (1, 2):
        case = AgentCase(world, held)
        case.bundled()  # asked again it is the same case
        (told,) = notices()[before + use - 1 :]
        assert NAMES[SON] in told and case.case in told and f"第 {use} 次，共 2 次" in told
    assert bundle_code(world, Bare(world, held)) == "mandate-used-up"
    assert len(notices()) == before + 2  # what was not opened was no use


def test_before_its_time_and_after_it_a_mandate_names_nobody(world: World) -> None:
    now = int(world.now())
    later = Grant(world, valid_from=now + DAY).mandate()
    assert bundle_code(world, Bare(world, later)) == "mandate-not-yet"
    short = Grant(world, until=now + DAY).mandate()
    case = AgentCase(world, short)
    world.ahead = 2 * DAY
    try:
        assert code(case.standing_reply()) == "mandate-expired"
        assert bundle_code(world, Bare(world, short)) == "mandate-expired"
    finally:
        world.ahead = 0.0


@pytest.mark.parametrize("by", [OLD, SON])
def test_once_revoked_by_either_it_does_not_stand(world: World, by: str) -> None:
    case = AgentCase(world, Grant(world).mandate())
    assert case.standing()
    assert change(world, case.held, by).status_code == 200
    assert code(case.standing_reply()) == "mandate-revoked"
    assert bundle_code(world, Bare(world, case.held)) == "mandate-revoked"
    assert (case.case, "mandate-revoked") in {(line.case, line.code) for line in lines(world, OLD)}


def test_the_status_list_names_a_revoked_mandate(world: World) -> None:
    token = Grant(world).mandate()
    stated = msgspec.json.decode(jws.unverified_payload(token))["status"]["status_list"]
    assert not _revoked(world, stated)
    change(world, token, OLD)
    assert _revoked(world, stated)


def _revoked(world: World, stated: dict[str, Any]) -> bool:
    reply = world.clients[PERSONS].get("/mandates/status")
    key, now = world.key(PERSONS).public, int(world.now())
    return verify_status_list(reply.text, key=key, uri=stated["uri"], now=now).is_revoked(stated["idx"])


def test_nobody_else_revokes_a_mandate(world: World) -> None:
    token = Grant(world).mandate()
    assert code(change(world, token, ABSENT)) == "mandate-refused"
    assert code(change(world, token, OLD, signer=SON)) == "mandate-refused"
    assert code(change(world, token, OLD, change="confirm")) == "mandate-refused"
    assert AgentCase(world, token).standing()


@pytest.mark.parametrize("number", [OLD, SON])
def test_when_either_dies_it_does_not_stand(world: World, number: str) -> None:
    case = AgentCase(world, Grant(world).mandate())
    with hukou(world, number, "3"):
        assert code(case.standing_reply()) == "mandate-party-gone"
        assert bundle_code(world, Bare(world, case.held)) in {"mandate-party-gone", "bundle-refused"}
        assert Grant(world).refused() == ("mandate-party-gone" if number == OLD else "mandate-refused")
    assert case.standing()


@pytest.mark.parametrize("number", [OLD, SON])
def test_when_either_loses_the_capacity_to_act_it_does_not_stand(world: World, number: str) -> None:
    case = AgentCase(world, Grant(world).mandate())
    with guardian(world, number):
        assert code(case.standing_reply()) == "mandate-party-gone"
    assert case.standing()


def test_a_principal_who_lost_the_capacity_to_act_is_told_so_when_granting(world: World) -> None:
    with guardian(world, OLD):
        assert Grant(world).refused() == "mandate-party-gone"


class Door:
    """The same authority, told the grants themselves: its count of refused ones is its own."""

    def __init__(self, world: World) -> None:
        found = authority_of(world.gateways[PERSONS])
        assert found is not None
        self.authority = found

    def said(self, grant: Grant) -> tuple[str, str]:
        """What comes of a grant: code and words of its refusal."""
        try:
            grant_opened(self.authority, grant.signed())
        except MandateRefused as refusal:
            return refusal.code, refusal.message
        return "granted", ""


def test_why_the_one_named_can_be_no_agent_is_told_to_nobody(world: World) -> None:
    door, seen = Door(world), len(lines(world, OLD))
    said = {door.said(Grant(world, agent="331082197001019999", agent_name="nobody"))}
    said |= {door.said(Grant(world, agent_name=name)) for name in ("another", "")}
    with hukou(world, SON, "3"):
        said |= {door.said(Grant(world))}
    with guardian(world, SON):
        said |= {door.said(Grant(world, agent_name=name)) for name in (NAMES[SON], "another")}
    assert said == {("mandate-refused", "parties, proof and terms do not belong together")}
    assert {line.code for line in lines(world, OLD)[seen:]} == {"mandate-refused"}


def test_a_grant_that_is_refused_anyhow_tells_nothing_of_whom_it_names(world: World) -> None:
    """Else a right name would show in another refusal, and nobody would have been mandated."""
    now = int(world.now())
    replies = [Grant(world, agent_name=name, until=now - 1).post() for name in (NAMES[SON], "another")]
    assert len({reply.content for reply in replies}) == 1


def test_who_was_named_in_vain_reads_of_it(world: World) -> None:
    before = [line.kind for line in lines(world, SON)].count(NOT_MADE)
    assert Grant(world, agent_name="another").refused() == "mandate-refused"
    told = [line for line in lines(world, SON) if line.kind == NOT_MADE]
    assert len(told) == before + 1
    assert (told[-1].code, told[-1].hub) == ("", "hub")


def test_who_was_refused_ten_times_in_a_day_grants_nothing_until_it_is_over(world: World) -> None:
    door = Door(world)
    for _ in range(MOST_REFUSED_GRANTS - 1):
        door.said(Grant(world, agent_name="another"))
    assert door.said(Grant(world))[0] == "granted"
    assert door.said(Grant(world, agent_name="another"))[0] == "mandate-refused"
    before = [line.kind for line in lines(world, SON)].count(NOT_MADE)
    assert door.said(Grant(world))[0] == "mandate-refused"
    assert [line.kind for line in lines(world, SON)].count(NOT_MADE) == before  # nothing was looked at
    assert door.said(Grant(world, principal=DRAWS))[0] == "granted"  # of one person, not of all
    world.ahead = DAY + 1
    try:
        assert door.said(Grant(world))[0] == "granted"
    finally:
        world.ahead = 0.0


def test_a_register_that_is_down_is_told_alike_of_every_name(world: World) -> None:
    class Down:
        def is_dead(self, person: str) -> bool:
            raise Unavailable("the register does not answer")

    door = Door(world)
    down = cast("Any", Down())
    door.authority = msgspec.structs.replace(door.authority, records=down)
    for name in (NAMES[SON], "another"):
        named = Named(number=SON, name=name, by=OLD, clerk="", hub="hub")
        with pytest.raises(Unavailable):
            check_agent(door.authority, named, at=int(world.now()))


def test_a_case_that_no_bundle_was_made_for_has_no_standing(world: World) -> None:
    case = AgentCase(world, Grant(world).mandate())
    assert code(case.standing_reply(case="another")) == "mandate-unknown"
    assert code(case.standing_reply(mandate="another")) == "mandate-unknown"
    assert code(case.standing_reply(iat=0)) == "request-expired"
    assert code(case.standing_reply(aud="market-regulation")) == "wrong-audience"


def test_a_mandate_is_passed_on_only_where_it_says_so_and_stands_with_the_first(world: World) -> None:
    holder = PrivateKey.generate().public.jwk
    first = Grant(world, sub_delegation=True, uses=2, holder=holder).mandate()
    plain = Grant(world, holder=holder).mandate()

    def passed(of: str, **changes: Any) -> Grant:
        fields = {"holder": holder, "uses": 1, "valid_from": int(world.now()) + 1} | changes
        narrow = terms(world, until=int(world.now()) + 20 * DAY, **fields)
        return Grant(world, agent=DRAWS, signer=SON, passes_on=digest_of(of), terms=narrow)

    second = passed(first).mandate()
    assert read(second, trust=world.trust, at=int(world.now()) + 2).passes_on == digest_of(first)
    assert passed(plain).refused() == "mandate-refused"
    assert passed(first, items=("care-aid",)).refused() == "mandate-refused"
    thief = passed(first)
    assert thief.refused(thief.signed(by=DRAWS)) == "mandate-refused"
    world.ahead = 5.0
    try:
        case = AgentCase(world, second, agent=DRAWS)
        assert case.standing()
        change(world, first, OLD)
        assert code(case.standing_reply()) == "mandate-revoked"
    finally:
        world.ahead = 0.0


def test_two_of_a_passed_on_mandate_are_two_uses_of_the_first(world: World) -> None:
    holder, at = PrivateKey.generate().public.jwk, int(world.now())
    first = Grant(world, sub_delegation=True, uses=1, holder=holder).mandate()
    narrow = terms(world, until=at + 20 * DAY, holder=holder, valid_from=at + 1)
    second = Grant(world, agent=DRAWS, signer=SON, passes_on=digest_of(first), terms=narrow).mandate()
    AgentCase(world, first)
    world.ahead = 5.0
    try:
        assert bundle_code(world, Bare(world, second, agent=DRAWS)) == "mandate-used-up"
    finally:
        world.ahead = 0.0


def test_what_is_not_sealed_to_this_authority_is_malformed(world: World) -> None:
    for path in ("/mandates", "/mandates/returns", "/mandates/changes"):
        assert code(world.clients[PERSONS].post(path, json={"sealed": "x"})) == "malformed-request"
        assert code(world.clients[PERSONS].post(path, content=b"[]")) == "malformed-request"

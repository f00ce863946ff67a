"""A dishonest agent with their key, the mandate and the hub's API or key gets nowhere; the principal reads of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import psycopg
import pytest
from psycopg import sql

from mianzheng.city.build import POSTGRES, REGISTERS
from mianzheng.city.engines.postgresql import schema_of
from mianzheng.city.truth import TRUTH
from mianzheng.client.hub_client import HubRefused, WrongRequest
from mianzheng.credentials import jws
from mianzheng.credentials.keys import PrivateKey
from mianzheng.decision.audience import WITHHELD
from mianzheng.mandates.token import digest_of
from mianzheng.model.case import State
from mianzheng.store import embedded
from tests.city_wide.dishonest_agent import CIVIL, ITEM, PERSONS, DishonestAgent
from tests.city_wide.dishonest_hub import DishonestHub
from tests.city_wide.window_city import WindowCity

REFUSED = (HubRefused, WrongRequest)
NO_RECORD = "no-criminal-record"  # its one question about records is special
NOT_BY_ANOTHER: dict[str, dict[str, Any]] = {  # items with `in_person`, with `agent_not_beneficiary`: what they need
    "id-card-renew": {},
    "elder-service-subsidy": {"choices": {"parent": "某人"}},
}


@pytest.fixture(scope="module")
def agent(window: WindowCity) -> Iterator[DishonestAgent]:
    """Someone who must be granted the benefit, and an agent of theirs."""
    principal, other = window.someone(), window.someone()
    made = DishonestAgent(window.data, principal=principal, agent=other, agent_name=window.name_of(other))
    yield made
    made.http.close()


@pytest.fixture(scope="module")
def pairwise(agent: DishonestAgent) -> str:
    """The id by which the hub knows the agent, as its rows hold it."""
    hub = DishonestHub(agent.data)
    try:
        return hub.opening_of(agent.signed(agent.granted()).draft.case)[0]
    finally:
        hub.close()


def test_the_agent_does_what_the_mandate_says_and_the_principal_sees_it(agent: DishonestAgent) -> None:
    view = agent.apply(agent.granted())
    assert view.state is State.DELIVERED
    assert view.seen_as == "agent"
    read = [one for one in agent.lines() if one.line.case == view.case]
    assert {one.line.kind for one in read} >= {"bundle", "answered", "decision", "delivery"}
    assert all(one.line.mandate for one in read if one.line.kind == "answered")


def test_the_commands_grant_show_use_and_revoke_a_mandate(
    agent: DishonestAgent, window: WindowCity, tmp_path: Path
) -> None:
    file = str(tmp_path / "mandate.json")
    who = ("--resident", agent.principal, "--agent", agent.agent, "--named", agent.agent_name)
    made = window.city.json("mandate", "grant", *who, "--item", ITEM, "--uses", "2", "--out", file)
    assert (made["items"], made["uses"], made["level"]) == ([ITEM], 2, 3)
    assert window.city.json("mandate", "show", file) == made
    view = window.city.json("case", "run", ITEM, "--resident", agent.agent, "--mandate", file)
    assert (view["state"], view["seen_as"], view["credential"].count("~")) == ("delivered", "agent", 0)
    own = window.city.json("case", "show", view["case"], "--resident", agent.principal)
    assert (own["seen_as"], own["credential"].count("~") > 0) == ("resident", True)
    assert window.city.json("mandate", "revoke", file, "--resident", agent.principal) == {"change": "revoke"}
    assert window.city.json("mandate", "show", file)["status"] == "revoked"
    stopped = window.city.json("case", "run", ITEM, "--resident", agent.agent, "--mandate", file)
    assert stopped["state"] == "withdrawn"
    assert window.city.command("mandate", "show", str(tmp_path / "none")).status == 2
    unknown = window.city.command("mandate", "grant", *who, "--item", "nope", "--out", file)
    assert unknown.status == 2 and "there is no item nope" in unknown.err


def test_another_item_is_refused_by_hub_and_gateway(agent: DishonestAgent, pairwise: str) -> None:
    file = agent.granted(items=("good-standing",))
    with pytest.raises(Exception, match="does not hold for"):
        agent.apply(file)
    case = agent.bundles(agent.signed(file), pairwise, file.mandate)
    code, word = agent.standing(case, file.mandate)
    assert code == ""
    assert agent.ask(case, file.mandate, word) == "mandate-not-for-this-item"
    assert agent.told("mandate-not-for-this-item", case.draft.case)


def test_after_a_revocation_nothing_goes(agent: DishonestAgent, pairwise: str) -> None:
    file = agent.granted(uses=3)
    case = agent.bundles(agent.signed(file), pairwise, file.mandate)
    agent.revoke(file)
    assert agent.standing(case, file.mandate)[0] == "mandate-revoked"
    assert agent.bundle(agent.signed(file), pairwise, mandate=file.mandate)[0] == "mandate-revoked"
    view = agent.apply(file)
    assert view.state is State.WITHDRAWN
    assert agent.told("mandate-revoked", view.case)


def test_after_its_time_nothing_goes(agent: DishonestAgent, pairwise: str) -> None:
    until = int(time.time()) + 4
    file = agent.granted(until=until)
    case = agent.signed(file)
    while time.time() < until:
        time.sleep(0.2)
    assert agent.bundle(case, pairwise, mandate=file.mandate)[0] == "mandate-expired"
    assert agent.told("mandate-expired", case.draft.case)


def test_more_often_than_the_mandate_says_is_refused(agent: DishonestAgent, pairwise: str) -> None:
    file = agent.granted(uses=1)
    assert agent.apply(file).state is State.DELIVERED
    again = agent.apply(file)
    assert again.state is State.WITHDRAWN
    assert agent.told("mandate-used-up", again.case)


def test_nobody_else_is_named_on_a_mandate(agent: DishonestAgent, pairwise: str) -> None:
    file = agent.granted(uses=5)
    case, before = agent.signed(file), agent.traces.count(PERSONS)
    assert agent.bundle(case, "another-id", mandate=file.mandate)[0] == "bundle-refused"
    assert ("refused", "bundle-refused") in agent.left(PERSONS, before)
    other = agent.bundles(agent.signed(file), pairwise, file.mandate)
    mixed = msgspec.structs.replace(case, actor=other.actor, subject=other.subject)
    before = agent.traces.count(CIVIL)
    assert agent.ask(mixed, file.mandate, "") == "bundle-of-another-case"
    assert ("refused", "bundle-of-another-case") in agent.left(CIVIL, before)


def test_a_mandate_is_not_passed_on_unless_it_says_so(agent: DishonestAgent, window: WindowCity) -> None:
    file = agent.granted()
    third = window.someone()
    with pytest.raises(REFUSED) as refused:
        agent.run(
            lambda city: agent.grant(
                city, city.known(agent.agent), agent=third, agent_name="谁", passes_on=digest_of(file.mandate)
            )
        )
    assert refused.value.code == "mandate-refused"
    assert agent.told("mandate-refused")


def test_an_agent_does_not_grant_to_themself(agent: DishonestAgent) -> None:
    before = len(agent.lines())
    with pytest.raises(REFUSED) as refused:
        agent.run(lambda city: agent.grant(city, agent.forged(city)))
    assert refused.value.code == "mandate-refused"
    assert len(agent.lines()) > before


def test_a_standing_of_another_case_or_of_ones_own_making_is_none(agent: DishonestAgent, pairwise: str) -> None:
    file = agent.granted(uses=3)
    case, other = (agent.bundles(agent.signed(file), pairwise, file.mandate) for _ in range(2))
    _, kept = agent.standing(other, file.mandate)
    assert agent.ask(case, file.mandate, kept) == "mandate-invalid"
    _, own = agent.standing(case, file.mandate)
    made = jws.sign(jws.unverified_payload(own), key=agent.hub_key, typ="mz-standing")
    assert agent.ask(case, file.mandate, made) == "mandate-invalid"
    assert agent.ask(case, file.mandate, "") == "standing-expired"
    assert agent.told("mandate-invalid", case.draft.case)


def test_the_result_is_not_turned_to_the_agent(agent: DishonestAgent, pairwise: str) -> None:
    file = agent.granted()
    case = agent.bundles(agent.signed(file, holder=PrivateKey.generate().public.jwk), pairwise, file.mandate)
    _, word = agent.standing(case, file.mandate)
    assert agent.ask(case, file.mandate, word) == "mandate-other-holder"
    assert agent.told("mandate-other-holder", case.draft.case)


def test_nobody_acts_for_a_principal_who_died(agent: DishonestAgent, pairwise: str) -> None:
    file = agent.granted(uses=3)
    case = agent.bundles(agent.signed(file), pairwise, file.mandate)
    with dead(agent):
        assert agent.standing(case, file.mandate)[0] == "mandate-party-gone"
        view = agent.apply(file)
        assert view.state is State.WAITING_PERSON
    assert agent.told("mandate-party-gone", case.draft.case)


def test_when_a_court_gives_the_principal_a_guardian_in_mid_case_it_stops(agent: DishonestAgent, pairwise: str) -> None:
    file = agent.granted(uses=3)
    case = agent.bundles(agent.signed(file), pairwise, file.mandate)
    _, word = agent.standing(case, file.mandate)
    assert agent.ask(case, file.mandate, word) == ""  # so far it was asked rightly
    with guarded(agent):
        assert agent.standing(case, file.mandate)[0] == "mandate-party-gone"
        assert agent.ask(case, file.mandate, "", party=PERSONS) == "standing-expired"
        assert agent.apply(file).state is State.WAITING_PERSON
    assert agent.told("mandate-party-gone", case.draft.case)


@pytest.mark.parametrize("item", list(NOT_BY_ANOTHER))
def test_an_item_that_is_not_done_by_another_is_refused_though_the_mandate_names_it(
    agent: DishonestAgent, pairwise: str, item: str
) -> None:
    file, more = agent.granted(items=(item,)), NOT_BY_ANOTHER[item]
    with agent.traces.at_hub("mandate-not-for-this-item", "apply"), pytest.raises(REFUSED) as refused:
        agent.apply(file, item, **more)
    assert refused.value.code == "mandate-not-for-this-item"
    case = agent.bundles(agent.signed(file, item, **more), pairwise, file.mandate)
    _, word = agent.standing(case, file.mandate)
    assert agent.ask(case, file.mandate, word, party=PERSONS) == "mandate-not-for-this-item"
    assert agent.told("mandate-not-for-this-item", case.draft.case)


@pytest.fixture(scope="module")
def convict(agent: DishonestAgent, window: WindowCity) -> Iterator[DishonestAgent]:
    """The same agent for somebody with a criminal record."""
    with closing(duckdb.connect(str(agent.data / TRUTH), read_only=True)) as truth:
        query = "SELECT subject FROM criminal_record WHERE identity_confirmed AND NOT is_sealed"
        recorded = {number for (number,) in truth.execute(query).fetchall()}
    principal = next(one for one in window.city.people(NO_RECORD, "refused", 200) if one in recorded)
    made = DishonestAgent(agent.data, principal=principal, agent=agent.agent, agent_name=agent.agent_name)
    yield made
    made.http.close()


@pytest.mark.parametrize("asked", ["", "resident"])
def test_a_special_reason_is_the_principals_alone(convict: DishonestAgent, asked: str) -> None:
    file = convict.granted(items=(NO_RECORD,))
    view = convict.apply(file, NO_RECORD, form={"purpose": "入职"})
    assert (view.state, view.seen_as) == (State.PROPOSED, "agent")
    shown = convict.seen_by(convict.agent, view.case, asked)
    for seen in (view, shown):
        assert [(one.condition, one.zh, one.contest) for one in seen.reasons] == [("", WITHHELD.zh, None)]
        assert "withheld" in {one.status for one in seen.answers}
    assert [one.condition for one in convict.seen_by(convict.principal, view.case).reasons] == ["no-record"]
    read = [one.line for one in convict.lines() if one.line.case == view.case and one.line.kind == "answered"]
    assert read and all(line.mandate == digest_of(file.mandate) for line in read)


@contextmanager
def dead(agent: DishonestAgent) -> Iterator[None]:
    """The household register says meanwhile that the principal died."""
    with police(agent) as (connection, schema):
        change = sql.SQL("UPDATE {} SET hkzt = %s WHERE trim(gmsfhm) = %s").format(sql.Identifier(schema, "t_hjrk"))
        assert connection.execute(change, ("3", agent.principal)).rowcount == 1
        yield
        connection.execute(change, ("1", agent.principal))


@contextmanager
def guarded(agent: DishonestAgent) -> Iterator[None]:
    """The kinship register holds meanwhile a judgment that gives the principal a guardian: the agent."""
    with police(agent) as (connection, schema):
        table = sql.Identifier(schema, "kinship")
        row = {
            "person_id": agent.principal,
            "relative_id": agent.agent,
            "relation_code": "81",
            "valid": "Y",
            "source": "FY",
        }
        names, places = (sql.SQL(", ").join(map(made, row)) for made in (sql.Identifier, sql.Placeholder))
        connection.execute(sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(table, names, places), row)
        yield
        gone = sql.SQL("DELETE FROM {} WHERE person_id = %s AND source = 'FY'").format(table)
        connection.execute(gone, [agent.principal])


@contextmanager
def police(agent: DishonestAgent) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """The database of public security, and its schema there."""
    url = embedded.start(agent.data / POSTGRES, REGISTERS).replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection, schema_of("public-security")

"""Every item of the packs over the running city: what a case comes to is what the city's truth says.

The truth is judged by `city people`, in DuckDB over clean tables, by code that shares only the parser
with the product; the case runs over gateways, each in its own database and foreign shape.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import duckdb
import pytest

from mianzheng.city.people import Expect, Expected, find
from mianzheng.city.rulebook import read_rulebook
from mianzheng.city.truth import TRUTH
from mianzheng.cli.city_session import CitySession, open_city
from mianzheng.client.hub_client import HubRefused
from mianzheng.client.person import Person
from mianzheng.conformance.play import MOVING
from mianzheng.credentials.credential import verify_credential
from mianzheng.credentials.jws import unverified_kid
from mianzheng.model.case import CaseView, State
from mianzheng.model.item import Item, Role
from mianzheng.model.scalar import Wire
from tests.city_wide.running_city import RunningCity
from tests.core_packs import ITEMS

EXPECTS: tuple[Expect, ...] = get_args(Expect)
AT_ONCE = 4
STATES = {
    "refused": {State.PROPOSED},
    "undecided": {State.WAITING_PERSON, State.WAITING_REGISTER, State.ACCEPTED_INCOMPLETE},
}
CANDIDATES = 5  # of one outcome: the first whose relatives can sign for themselves applies
Outcomes = Mapping[tuple[str, str], CaseView]


def states(item: Mapping[str, Any], expect: str) -> set[State]:
    """Where a case rests before anybody of the department has acted."""
    if expect != "granted":
        return STATES[expect]
    if item.get("approval", "automatic") != "automatic" or item.get("public_notice_days"):
        return {State.PROPOSED, State.PUBLIC_NOTICE}
    return {State.FEE_DUE} if item.get("fee") else {State.DELIVERED}


async def _apply(session: CitySession, item: Item, one: Expected, form: Mapping[str, Wire]) -> CaseView | None:
    """Return a resident's case; None when an adult who must sign has no key in this city."""
    person = await session.signed_in(one.resident)
    draft, openings = await person.apply(item.item, await session.typed_form(item.item, form), choices=one.choose)
    view = await person.authorise(draft, openings)
    for role in (signature.role for signature in view.signatures if view.state is State.WAITING_SIGNATURE):
        base = role.partition("#")[0]
        adult = one.choose.get(base) or _linked(session.data, item.roles[base], one.resident)
        try:
            other = await session.signed_in(adult)
            await other.consent(await other.open_invitation((await person.invite(draft.case, role)).code))
        except HubRefused:
            return None
    view = await _rested(person, await person.show(draft.case))
    planned = {(line.question, line.role) for line in draft.plan}
    assert {(answer.question, answer.role.partition("#")[0]) for answer in view.answers} <= planned
    return view


async def _rested(person: Person, view: CaseView) -> CaseView:
    for _ in range(100):
        unsigned = any(one.state != "signed" for one in view.signatures)
        if view.state not in MOVING and (unsigned or view.state is not State.WAITING_SIGNATURE):
            break
        await asyncio.sleep(0.1)
        view = await person.show(view.case)
    return view


def _linked(data: Path, role: Role, resident: str) -> str:
    _, register, link = role.link_path
    with duckdb.connect(str(data / TRUTH), read_only=True) as truth:
        rows = truth.execute(f"SELECT {link} FROM {register} WHERE subject = ?", [resident]).fetchall()
    return str(rows[0][0])


async def _all(city: RunningCity) -> Outcomes:
    gate = asyncio.Semaphore(AT_ONCE)
    async with open_city(city.data) as session:
        rules = read_rulebook(city.data)

        async def one(item: str, expect: Expect) -> tuple[tuple[str, str], CaseView] | None:
            found = find(city.data, item, expect, limit=CANDIDATES)
            for candidate in found.people:
                async with gate:
                    view = await _apply(session, rules.items[item], candidate, found.form)
                if view is not None:
                    return (item, expect), view
            return None

        done = await asyncio.gather(*(one(item, expect) for item in ITEMS for expect in EXPECTS))
    return dict(entry for entry in done if entry is not None)


@pytest.fixture(scope="module")
def outcomes(city: RunningCity) -> Outcomes:
    return asyncio.run(_all(city))


@pytest.mark.parametrize("item", ITEMS)
def test_every_case_comes_to_what_the_truth_says(city: RunningCity, outcomes: Outcomes, item: str) -> None:
    declared = json.loads((city.data / "rulebook.json").read_bytes())["items"][item]
    ours = {expect: view for (name, expect), view in outcomes.items() if name == item}
    assert ours, f"nobody applies for {item}"
    for expect, view in ours.items():
        assert view.decision == expect, (item, expect, view)
        assert view.state in states(declared, expect), (item, expect, view)


@pytest.mark.parametrize("item", ITEMS)
def test_the_counts_of_a_case_are_those_of_its_answers_and_its_item(
    city: RunningCity, outcomes: Outcomes, item: str
) -> None:
    rules = json.loads((city.data / "rulebook.json").read_bytes())
    for (name, _), view in outcomes.items():
        if name != item:
            continue
        waves = [answer.wave for answer in view.answers]
        columns = {answer.register: rules["facts"]["registers"][answer.register]["source"] for answer in view.answers}
        assert view.documents_replaced == len(rules["items"][item]["replaces"])
        assert (view.documents_carried, view.visits) == (0, 0)
        assert view.questions_asked == len(view.answers)
        assert view.answers or rules["items"][item].get("findings")  # nothing to ask: an officer must look first
        assert view.facts_held == sum(len(source["columns"]) for source in columns.values())
        assert waves == sorted(waves) and set(waves) == set(range(1, view.waves + 1))
        assert view.milliseconds > 0 and view.ledger.entries > 0


def test_most_items_have_people_of_all_three_kinds(outcomes: Outcomes) -> None:
    kinds = {item: {expect for name, expect in outcomes if name == item} for item in ITEMS}
    assert sum(found == set(EXPECTS) for found in kinds.values()) >= 18, kinds
    assert sum("refused" in found for found in kinds.values()) >= 22, kinds


def test_what_is_granted_is_a_credential_and_nothing_else_is(city: RunningCity, outcomes: Outcomes) -> None:
    async def keys() -> Any:
        async with open_city(city.data) as session:
            return session.trust

    trust = asyncio.run(keys())
    for (_, expect), view in outcomes.items():
        if view.state is not State.DELIVERED or view.credential is None:
            assert (
                view.state is not State.DELIVERED
                and view.credential is None
                and (view.amount is None or expect == "granted")
            )
            continue
        _, key = trust.signer(view.credential.partition("~")[0], role="gateway", at=_now())
        assert key.kid == unverified_kid(view.credential)
        found = verify_credential(view.credential, key=key, now=_now())
        assert found.disclosed["item"] == view.item
        assert found.disclosed.get("amount") == (None if view.amount is None else format(view.amount.normalize(), "f"))


def test_a_refusal_names_reasons_and_where_to_contest_and_what_was_not_examined(
    city: RunningCity, outcomes: Outcomes
) -> None:
    rules = json.loads((city.data / "rulebook.json").read_bytes())
    for (item, expect), view in outcomes.items():
        if expect != "refused":
            continue
        conditions = {condition["id"] for condition in rules["items"][item]["conditions"]}
        failed = {reason.condition for reason in view.reasons}
        assert failed and failed <= conditions | {""} and set(view.not_examined) <= conditions - failed
        for reason in view.reasons:
            assert reason.zh and reason.en
            assert reason.contest is None or reason.contest.zh


def _now() -> int:
    return int(time.time())

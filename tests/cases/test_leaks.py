"""Nobody is found in the hub's database, its files, its jobs or its logs, by someone who knows every number."""

from __future__ import annotations

import logging
from pathlib import Path

import psycopg
import pytest

from mianzheng.cases.advance import run as go
from mianzheng.cases.steps import contest, contest_name
from mianzheng.cases.view import answers_of
from mianzheng.model.case import State
from tests.cases.hub_world import applicant_of, hub_world, run, sign_step
from tests.cases.leaks import data_files, dump, forms_of, search
from tests.gateway.world import DRAWS, FIRM, NAMES, OLD, YOUNG
from tests.store.postgres import server

TOWN = "331082001"


def needles() -> list[str]:
    """What must not be found: numbers, names, accounts, form values, and the authority's pairwise ids."""
    return [*NAMES, *NAMES.values(), *(f"6228480{number[-8:]}" for number in NAMES), TOWN]


def test_nobody_is_found_without_the_key_store(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def work() -> None:
        async with hub_world(tmp_path) as here:
            assert (await go(await here.authorised(OLD))).state is State.DELIVERED
            assert (await go(await here.authorised(OLD, "care-aid", town=TOWN))).state is State.DELIVERED
            assert (await go(await here.authorised(FIRM, "good-standing"))).state is State.DELIVERED
            refused = await go(await here.authorised(DRAWS))
            answer = answers_of(refused)[0]
            at = (answer.question, answer.role)
            await contest(refused, at, sign_step(here.world, DRAWS, refused.id, contest_name(at), answer))
            await go(refused)
            here.peers.down.add("human-resources")
            assert (await go(await here.authorised(OLD))).state is State.WAITING_REGISTER
            pairwise = [applicant_of(here.world, number).pairwise for number in (OLD, YOUNG, DRAWS, FIRM)]
            logs = "\n".join(record.getMessage() for record in caplog.records).encode()
            tables, stored = dump(here.url), data_files(server(), here.url)
            assert search([*tables, ("logs", logs)], [*needles(), *pairwise]) == []
            assert search(stored, [*needles(), *pairwise], hexed=False) == []
            assert len(logs) > 1000 and sum(len(hay) for _, hay in stored) > 1_000_000

    run(work())


@pytest.mark.parametrize("form", sorted(forms_of(OLD)))
def test_a_planted_leak_is_found_in_every_form(form: str) -> None:
    planted = b"some bytes before " + forms_of(OLD)[form] + b" and after"
    assert search([("here", planted)], [OLD]) != []
    assert search([("a dump", planted.hex().encode())], [OLD]) != []


def test_a_leak_planted_in_the_database_is_found_in_dump_and_files(tmp_path: Path) -> None:
    async def work() -> None:
        async with hub_world(tmp_path) as here:
            with psycopg.connect(here.url, autocommit=True) as connection:
                connection.execute(
                    "insert into findings (code, party, case_id, detail) values ('x', 'y', 'z', %s)", (f"saw {OLD}",)
                )
            places = {find.split(":")[0] for find in search(dump(here.url), [OLD])}
            assert places == {"table public.findings"}
            assert search(data_files(server(), here.url), [OLD], hexed=False) != []

    run(work())


def test_two_tables_of_one_dump_do_not_join_by_person(tmp_path: Path) -> None:
    async def work() -> None:
        async with hub_world(tmp_path) as here:
            live = await go(await here.authorised(OLD))
            owner, whose = live.row.owner, live.ledger_key.whose
            ledger = [hay for where, hay in dump(here.url) if "ledger" in where]
            rest = [hay for where, hay in dump(here.url) if "ledger" not in where]
            assert not any(owner.hex().encode() in hay for hay in ledger)
            assert not any(live.id.encode() in hay for hay in ledger)
            assert not any(id.hex().encode() in hay for id in (whose.subject, whose.case_ref) for hay in rest)

    run(work())

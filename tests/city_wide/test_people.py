"""People before a running city: a couple invited, signed, read by both, filed; and whom dirty rows describe."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mianzheng.city.people import Expected, Found, find
from mianzheng.city.rulebook import read_rulebook
from mianzheng.city.truth import TROUBLES, TRUTH
from mianzheng.cli.city_session import open_city
from mianzheng.client.hub_client import HubRefused
from mianzheng.model.item import needs_consent
from tests.city.test_family_cases import CASES
from tests.city_wide.running_city import RunningCity

ITEM = "hf-withdraw-rent"  # a spouse is asked about on their own consent
FORM = ("--form", "married=true")
PATIENCE = 30.0  # seconds


class Couple:
    """One case of a married resident, run through the commands once."""

    def __init__(self, city: RunningCity) -> None:
        found = city.json("city", "people", "--item", ITEM, "--expect", "granted", "--limit", "20", *FORM)
        self.city = city
        self.applicant, self.spouse = _married(city.data, [one["resident"] for one in found["people"]])
        self.waiting = city.json("case", "run", ITEM, "--resident", self.applicant, *FORM)
        self.case = self.waiting["case"]
        self.invitation = city.json("case", "invite", self.case, "--role", "spouse")
        self.hers = city.json("case", "consent", self.invitation["code"], "--resident", self.spouse)


def _married(data: Path, residents: list[str]) -> tuple[str, str]:
    """Return the first of these who has a spouse, and the spouse, as the city's truth has it."""
    with duckdb.connect(str(data / "truth.duckdb"), read_only=True) as truth:
        query = "select spouse from marriage where subject = ? and status in ('初婚', '再婚', '复婚') and not is_void"
        for one in residents:
            rows = [row for row in truth.execute(query, [one]).fetchall() if row[0]]
            if len(rows) == 1:
                return one, rows[0][0]
    pytest.skip("nobody of this city is married and granted")


@pytest.fixture(scope="module")
def couple(city: RunningCity) -> Couple:
    return Couple(city)


def test_the_case_waits_for_the_spouses_signature_and_goes_on_with_it(couple: Couple) -> None:
    assert couple.waiting["state"] == "waiting_signature"
    assert [(one["role"], one["state"]) for one in couple.waiting["signatures"]] == [("spouse#1", "missing")]
    assert couple.hers["seen_as"] == "linked"
    shown = couple.city.json("case", "show", couple.case)
    assert shown["decision"] == "granted"
    assert shown["signatures"][0]["state"] == "signed"


def test_the_applicant_does_not_read_the_spouses_answers_and_the_spouse_reads_no_others(couple: Couple) -> None:
    shown = couple.city.json("case", "show", couple.case)
    assert {one["status"] for one in shown["answers"] if one["role"] == "spouse#1"} == {"withheld"}
    hers = couple.city.json("case", "show", couple.case, "--resident", couple.spouse)
    assert {one["role"] for one in hers["answers"]} == {"spouse#1"}
    assert {one["status"] for one in hers["answers"]} == {"value"}


def lines_about_the_spouse(couple: Couple) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = couple.city.json("ledger", "mine", "--resident", couple.spouse)["lines"]
    return [one for one in lines if one["line"]["case"] == couple.case and one["line"]["role"] == "spouse#1"]


def test_the_spouse_finds_the_questions_in_her_own_lists_and_in_the_hubs_tree(couple: Couple) -> None:
    about = lines_about_the_spouse(couple)
    assert about and all(one["line"]["sentence"] for one in about if one["line"]["kind"] == "answered")
    deadline = time.monotonic() + PATIENCE
    while not all(one["in_tree"] for one in about if one["line"]["entry"]):  # the worker gives entries their places
        assert time.monotonic() < deadline, "an entry of the case has no place in the hub's tree"
        time.sleep(0.5)
        about = lines_about_the_spouse(couple)


def test_a_used_invitation_opens_nothing(couple: Couple) -> None:
    done = couple.city.command("case", "consent", couple.invitation["code"], "--resident", couple.spouse)
    assert done.status == 2 and "opens nothing" in done.err


def test_the_case_file_is_exported_and_checked_offline(couple: Couple, tmp_path: Path) -> None:
    folder = tmp_path / "file"
    couple.city.json("archive", "export", couple.case, "--into", str(folder))
    public = couple.city.data / "keys" / "public" / "trust.json"
    checked = couple.city.json("archive", "verify", str(folder), "--trust", str(public))
    assert checked["faults"] == [] and checked["withheld"]
    sheet = next((folder / "sheets").iterdir())
    sheet.write_text(sheet.read_text().replace("~", "~~", 1))
    done = couple.city.command("archive", "verify", str(folder), "--trust", str(public), "--json")
    assert done.status == 1 and "file-changed" in done.out


# -- families that are no textbook's, through real gateways: the link leads to whom the law means, or to nobody

FAMILIES = {  # of the city's cases of families: by whom the case is opened, or whom its applicant chooses
    "one who married again": "applicant",
    "a widow or widower": "applicant",
    "a child of an earlier marriage": "chosen",
    "an adopted child, whose adoptive parents are the parents": "chosen",
    "a guardian by court": "chosen",
}


def _of_family(data: Path, family: str) -> Iterator[tuple[str, Found, Expected]]:
    """Yield item and person of a family's cases, one to be granted and one to be refused of each item."""
    with closing(duckdb.connect(str(data / TRUTH), read_only=True)) as truth:
        meant = {row[0] for row in truth.execute(CASES[family]).fetchall()}
    for name, item in sorted(read_rulebook(data).items.items()):
        links = [role for role in item.roles if item.roles[role].link and item.roles[role].kind == "person"]
        if item.roles[item.acting_role].kind != "person" or not links or any(needs_consent(item, x) for x in links):
            continue
        found, seen = find(data, name), set()
        for one in found.people:
            is_meant = one.resident in meant if FAMILIES[family] == "applicant" else meant & set(one.choose.values())
            if is_meant and one.expect in ("granted", "refused") and one.expect not in seen:
                seen.add(one.expect)
                yield name, found, one


async def _run(data: Path, family: str) -> list[tuple[str, str, str]]:
    """Return item, what must come out and what the machine came to, for each case of a family."""
    came = []
    async with open_city(data) as session:
        for item, found, one in _of_family(data, family):
            person = await session.signed_in(one.resident)
            draft, openings = await person.apply(item, found.form, choices=one.choose)
            view = await person.authorise(draft, openings)
            came.append((item, str(one.expect), view.decision))
    return came


@pytest.mark.parametrize("family", FAMILIES)
def test_whatever_a_family_is_like_its_cases_come_to_what_the_law_means(city: RunningCity, family: str) -> None:
    came = asyncio.run(_run(city.data, family))
    assert came and [one for one in came if one[1] != one[2]] == []


# -- dirty data, through real gateways: the person of each trap, each in one item that grants and one that refuses them

LEAST = 12  # kinds of trap, each with a case that was decided
KEYLESS = "no_key"  # they stand at a window


class Planted:
    """Whom the city planted, and what their cases must come to."""

    def __init__(self, data: Path) -> None:
        self.data = data
        with closing(duckdb.connect(str(data / TRUTH), read_only=True)) as truth:
            rows = truth.execute(f"SELECT subject, trap FROM {TROUBLES} WHERE trap <> ? ORDER BY ALL", [KEYLESS])
            self.traps: dict[str, str] = dict(rows.fetchall())

    def cases(self) -> Iterator[tuple[str, str, Found, Expected]]:
        """Yield trap, item and person: for each trap one to be granted and one to be refused, where there are any."""
        wanted = {(trap, expect) for trap in self.traps.values() for expect in ("granted", "refused")}
        for name, item in sorted(read_rulebook(self.data).items.items()):
            roles = item.roles.values()
            if item.roles[item.acting_role].kind != "person" or any(role.chosen or role.many for role in roles):
                continue
            found = find(self.data, name, dirty=True)
            for person in found.people:
                kind = (self.traps.get(person.resident, ""), str(person.expect))
                if kind in wanted:
                    wanted.discard(kind)
                    yield kind[0], name, found, person


async def _decided(data: Path) -> list[tuple[str, str, str, str]]:
    """Return trap, item, what must come out and what the machine came to, for each case."""
    decided = []
    async with open_city(data) as session:
        for trap, item, found, one in Planted(data).cases():
            person = await session.signed_in(one.resident)
            try:
                draft, openings = await person.apply(item, found.form)
                view = await person.authorise(draft, openings)
            except HubRefused as refused:
                raise AssertionError(f"{trap} {item}: {refused}") from None
            decided.append((trap, item, str(one.expect), view.decision))
    return decided


def test_nobody_of_a_dozen_traps_is_wrongly_granted_or_refused_by_real_gateways(city: RunningCity) -> None:
    decided = asyncio.run(_decided(city.data))
    assert [one for one in decided if one[3] == "granted" != one[2]] == []
    assert [one for one in decided if one[3] == "refused" != one[2]] == []
    settled = {trap for trap, _, expect, came in decided if came == expect}
    assert len(settled) >= LEAST, decided

"""A couple before a running city: invited, signed, decided, read by both, filed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.city_wide.running_city import RunningCity

ITEM = "hf-withdraw-rent"  # a spouse is asked about on their own consent
FORM = ("--form", "married=true")


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


def test_the_spouse_finds_the_questions_in_her_own_lists_and_in_the_hubs_tree(couple: Couple) -> None:
    lines: list[dict[str, Any]] = couple.city.json("ledger", "mine", "--resident", couple.spouse)["lines"]
    about = [one for one in lines if one["line"]["case"] == couple.case and one["line"]["role"] == "spouse#1"]
    assert about and all(one["line"]["sentence"] for one in about if one["line"]["kind"] == "answered")
    assert all(one["in_tree"] for one in about if one["line"]["entry"])


def test_a_used_invitation_opens_nothing(couple: Couple) -> None:
    done = couple.city.command("case", "consent", couple.invitation["code"], "--resident", couple.spouse)
    assert done.returncode == 2 and "opens nothing" in done.stderr


def test_the_case_file_is_exported_and_checked_offline(couple: Couple, tmp_path: Path) -> None:
    folder = tmp_path / "file"
    couple.city.json("archive", "export", couple.case, "--into", str(folder))
    public = couple.city.data / "keys" / "public" / "trust.json"
    checked = couple.city.json("archive", "verify", str(folder), "--trust", str(public))
    assert checked["faults"] == [] and checked["withheld"]
    sheet = next((folder / "sheets").iterdir())
    sheet.write_text(sheet.read_text().replace("~", "~~", 1))
    done = couple.city.command("archive", "verify", str(folder), "--trust", str(public), "--json")
    assert done.returncode == 1 and "file-changed" in done.stdout

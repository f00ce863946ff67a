"""The officers of an example: what was seen at its places, signed, and the signatures under its decision."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import msgspec
from bench.applying import salt
from bench.bare import BareScript, Heard, Officials

from mianzheng.city.personas import ENROLMENT
from mianzheng.credentials import jws
from mianzheng.credentials.staff_key import Steward, read_steward
from mianzheng.decision.recommending import recommend, shown
from mianzheng.model.asking import Step
from mianzheng.model.evidence import Granted, Refused
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.officers import Seen
from mianzheng.model.publishing import Certified
from mianzheng.model.scalar import Wire


class Officers:
    """One officer of each department; `numbers` are theirs as persons, whom avoidance 回避 asks about."""

    def __init__(self, folder: Path, facts: FactCatalogue, numbers: Mapping[str, str]) -> None:
        staff = folder / "keys" / "staff"
        self._facts = facts
        self._officers = {name: read_steward(staff / name / "officer.jwk.json") for name in facts.departments}
        authority = next(name for name, one in facts.departments.items() if one.authority == "person")
        with sqlite3.connect(folder / ENROLMENT / f"{authority}.sqlite") as connection:
            connection.execute("CREATE TABLE staff (thumbprint TEXT PRIMARY KEY, number TEXT NOT NULL)")
            rows = [(one.key.kid, numbers[name]) for name, one in self._officers.items()]
            connection.executemany("INSERT INTO staff VALUES (?, ?)", rows)
        connection.close()

    def found(self, script: BareScript, heard: Heard, findings: Mapping[str, Wire]) -> dict[str, Certified]:
        """Return what the handling department's officer saw, each finding signed."""
        signed, officer = heard.signed, self._officers[heard.signed.known.compiled.item.department]
        return {
            name: _certified(
                officer,
                Seen(
                    case=signed.case,
                    name=name,
                    value=value,
                    seen_on=signed.authorisation.as_of,
                    salt=salt(),
                    iat=script.now,
                ),
                "mz-finding",
            )
            for name, value in findings.items()
        }

    async def signed(
        self, script: BareScript, heard: Heard, outcome: Granted | Refused, findings: Mapping[str, Certified]
    ) -> Officials:
        """Return the signatures a decision needs: the officer's, of a grant every approver's, and clearances."""
        item, case = heard.signed.known.compiled.item, heard.signed.case
        recommended = recommend(
            outcome,
            heard.signed.known.compiled,
            self._facts.departments,
            case=case,
            as_of=heard.signed.authorisation.as_of,
            sheets=tuple(sheet.digest for sheet in script.deciding_sheets(heard)),
            findings=findings,
        )
        approvers = item.approvers if isinstance(outcome, Granted) else ()
        steps = []
        clearances: list[str] = []
        for name, word in [(item.department, "sign"), *((name, "approve") for name in approvers)]:
            officer = self._officers[name]
            clearances += await script.cleared(heard, officer.certificate)
            tag = f"{word}:{recommended.outcome}"
            step = Step(case=case, step=tag, shown=shown(recommended), salt=salt(), iat=script.now)
            steps.append(_certified(officer, step, "mz-step"))
        return Officials(
            findings=tuple(findings.values()),
            signature=steps[0],
            approvals=tuple(steps[1:]),
            clearances=tuple(clearances),
        )


def _certified(officer: Steward, payload: msgspec.Struct, typ: str) -> Certified:
    return Certified(token=jws.sign(payload, key=officer.key, typ=typ), certificate=officer.certificate)

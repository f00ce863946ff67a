"""Whose the demo's staff keys are: the departments enrol their staff's own numbers with the authority of persons.

Avoidance 回避 rests on it: without a number nobody handles a case, and who is close to a case leaves it to a colleague.
The demo takes grown-up residents of the city, and certifies a second officer in each department.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb
import msgspec

from mianzheng.city.calendar import add_years, shanghai_today
from mianzheng.city.personas import ENROLMENT
from mianzheng.city.truth import PEOPLE, TRUTH
from mianzheng.cli.keys import gateway_party
from mianzheng.credentials import jws
from mianzheng.credentials.keys import KeyFolder, PrivateKey, thumbprint, write_secret
from mianzheng.credentials.trust import Certificate, certify
from mianzheng.model.facts import FactCatalogue

COLLEAGUE = "officer-2"
_YOUNGEST, _OLDEST = 25, 55


def enrol_staff(data: Path, facts: FactCatalogue) -> int:
    """Certify colleagues, write the table `staff` of the authority of persons; return how many keys have an owner.

    A city with fewer grown-ups than staff leaves some keys without one.
    """
    for department in facts.departments:
        _certify_colleague(data / "keys", department)
    authority = next(name for name, one in facts.departments.items() if one.authority == "person")
    keys = [_thumbprint(path) for path in sorted((data / "keys" / "staff").glob("*/*.certificate"))]
    rows = list(zip(keys, _grown_ups(data, len(keys)), strict=False))
    with sqlite3.connect(data / ENROLMENT / f"{authority}.sqlite") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS staff (thumbprint TEXT PRIMARY KEY, number TEXT NOT NULL)")
        connection.executemany("INSERT OR REPLACE INTO staff VALUES (?, ?)", rows)
    connection.close()
    return len(rows)


def _certify_colleague(keys: Path, department: str) -> None:
    """Make `officer-2`, as long as the first officer's certificate holds."""
    folder = keys / "staff" / department
    if (folder / f"{COLLEAGUE}.certificate").exists():
        return
    first, key = _certificate(folder / "officer.certificate"), PrivateKey.generate()
    colleague = msgspec.structs.replace(
        first, staff=f"{department}-{COLLEAGUE}-{key.public.kid[:8]}", key=key.public.jwk
    )
    token = certify(colleague, key=KeyFolder(keys / gateway_party(department)).load("sign"))
    key.to_file(folder / f"{COLLEAGUE}.jwk.json")
    write_secret(folder / f"{COLLEAGUE}.certificate", token.encode("ascii"))


def _grown_ups(data: Path, count: int) -> list[str]:
    """Return numbers of residents of working age, in an order that depends on the numbers alone."""
    today = shanghai_today()
    first, last = (f"{add_years(today, -age):%Y%m%d}" for age in (_OLDEST, _YOUNGEST))
    query = (
        f"SELECT resident FROM {PEOPLE} WHERE kind = 'person' AND substr(resident, 7, 8) BETWEEN ? AND ? "
        "ORDER BY md5(resident || 'staff'), resident LIMIT ?"
    )
    with duckdb.connect(str(data / TRUTH), read_only=True) as connection:
        return [number for (number,) in connection.execute(query, [first, last, count]).fetchall()]


def _thumbprint(certificate: Path) -> str:
    return thumbprint(_certificate(certificate).key)


def _certificate(path: Path) -> Certificate:
    token = path.read_text(encoding="ascii").strip()
    return jws.payload_as(jws.unverified_payload(token), type=Certificate)

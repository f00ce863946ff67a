"""Every item's examples as rows in real registers, behind the real gateways of a city, on the example's own day.

1. Each example is a subject of its own: a valid number, an enrolled key, the rows the example gives.
2. The city's writers put the rows into PostgreSQL, SQLite and DuckDB in each register's own shape.
3. Stewards sign, approve and mark; the departments' apps are served over HTTP; their clock is moved by hand.
4. `bench.bare` runs the case. A register that the example calls unavailable points nowhere meanwhile.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from datetime import time as clock_time
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import aiohttp
import msgspec
import uvicorn
from bench.applying import know
from bench.bare import BareScript, Consent, GatewayRefused, Heard, Officials
from sqlalchemy.engine import URL, make_url

from mianzheng.app import serve_department
from mianzheng.catalogue.load import Catalogue
from mianzheng.city.build import POSTGRES, REGISTERS, SCRATCH, open_writers
from mianzheng.city.layout import layout_of
from mianzheng.city.personas import ENROLMENT, Enrolment, new_secret, persona_key
from mianzheng.cli.installation import install
from mianzheng.cli.keys import HUB, gateway_party, parties
from mianzheng.cli.ports import ports_of
from mianzheng.credentials.ceremony import hold_ceremony
from mianzheng.credentials.keys import KeyFolder
from mianzheng.credentials.staff_key import read_steward
from mianzheng.credentials.trust import TrustStore
from mianzheng.decision.recommending import needs_officer
from mianzheng.gateway.approving import approve, load_items, load_params, sign_item, sign_params
from mianzheng.gateway.config import read_config
from mianzheng.gateway.gateway import CHINA, Gateway, open_gateway
from mianzheng.gateway.marking import mark_register
from mianzheng.gateway.registers import RegisterDatabase
from mianzheng.model.evidence import Decision, Granted, Refused, Undecided
from mianzheng.model.item import Example
from mianzheng.model.scalar import Wire, to_wire
from mianzheng.settings import Settings
from mianzheng.store import embedded
from tests.city_wide.example_officers import Officers
from tests.city_wide.example_people import Numbers, Told, told_by

OFFICER_BORN = date(1985, 5, 5)


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """What a case came to, as examples speak of it."""

    decision: str
    reasons: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    amount: Decimal | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """An example's outcome by the answers of the gateways, and the handling gateway's own word beside it."""

    told: Told
    came: Came
    word: str  # granted 100 | refused a, b | the code of its refusal to decide
    due: str  # what its word must be, once officers have signed what they saw and the decision
    unsigned: str = ""  # the code it answered before an officer had signed, where one must
    reached: tuple[str, ...] = ()  # linked roles, as their people were asked about
    consented: tuple[str, ...] = ()  # of them, who signed for themselves


def expected_of(example: Example) -> Came:
    """Return what an example expects."""
    return Came(
        decision=example.expect,
        reasons=tuple(sorted(example.reasons)),
        undecided=tuple(sorted(example.undecided)),
        amount=example.amount,
    )


def came_to(decision: Decision) -> Came:
    """Return a decision as examples speak of it."""
    if isinstance(decision, Granted):
        return Came(decision="granted", amount=decision.amount)
    reasons = tuple(sorted({reason.condition for reason in decision.reasons}))
    if isinstance(decision, Refused):
        return Came(decision="refused", reasons=reasons)
    return Came(decision="undecided", reasons=reasons, undecided=tuple(sorted(one.condition for one in decision.open)))


def holds(came: Came, expected: Came) -> bool:
    """Tell whether a case came to what was expected; reasons of an undecided case count only where they are given."""
    if expected.decision != "refused" and not expected.reasons:
        came = msgspec.structs.replace(came, reasons=())
    return came == expected


class ExampleWorld:
    """The gateways over the examples' rows; `now` is moved by `run_all`, day after day."""

    def __init__(self, folder: Path, packs: Path, catalogue: Catalogue) -> None:
        self.folder = folder
        self.catalogue = catalogue
        numbers = Numbers()
        self.told = sorted(told_by(catalogue, numbers), key=lambda told: told.example.as_of)
        self.now = _noon(self.told[0].example.as_of) - 30 * 86_400.0
        self._secret = new_secret()
        self._write_registers()
        staff = {name: numbers.of("person", OFFICER_BORN) for name in catalogue.facts.departments}
        self._enrol(staff.values())
        years = self.told[-1].example.as_of.year - self.told[0].example.as_of.year + 2
        departments = catalogue.facts.departments
        keys = folder / "keys"
        hold_ceremony(keys, parties=parties(departments.values()), demo=True, now=int(self.now), years=years)
        self.officers = Officers(folder, catalogue.facts, staff)
        install(folder, packs, catalogue, Settings(database_url="postgresql:///unused"))
        self.gateways = {name: self._gateway(name) for name in departments}
        self._sign_and_approve()

    def run_all(self) -> list[Result]:
        """Serve the gateways and run every example on its day, the earliest first."""
        ports = ports_of(self.folder)
        with served({ports[gateway_party(name)]: one for name, one in self.gateways.items()}):
            return asyncio.run(self._run_days())

    def close(self) -> None:
        """Stop the database server; served gateways close themselves."""
        embedded.stop(self.folder / POSTGRES)

    async def _run_days(self) -> list[Result]:
        found: list[Result] = []
        async with aiohttp.ClientSession() as http:
            script = self._script(http)
            for day, group in groupby(self.told, key=lambda told: told.example.as_of):
                self.now, todays = _noon(day), list(group)
                self._mark({register for told in todays for register in _registers_of(told, self.catalogue)})
                for told in todays:
                    with self._without({register for (_, register), rows in told.rows.items() if rows is None}):
                        found.append(await self._run(script, told))
        return found

    async def _run(self, script: BareScript, told: Told) -> Result:
        example = told.example
        applicant = await script.sign_in(told.number, persona_key(self._secret, told.number))
        form = {name: value for name, value in example.form.items() if value is not None}
        signed = script.sign(applicant, know(told.compiled, script.facts), example.as_of, form, told.typed)
        findings = {name: value for name, value in example.findings.items() if value is not None}

        async def consenting(heard: Heard, role: str) -> Consent:
            number = told.numbers[role]
            return await script.consented(heard, role, number, persona_key(self._secret, number))

        heard = await script.asked(signed, findings=findings, consenting=consenting)
        outcome = script.proposed(heard)
        unsigned, word = await self._words(script, heard, outcome, findings)
        return Result(
            told=told,
            came=came_to(outcome),
            word=word,
            due=_due(outcome),
            unsigned=unsigned,
            reached=tuple(heard.reached),
            consented=tuple(heard.consents),
        )

    async def _words(
        self, script: BareScript, heard: Heard, outcome: Decision, findings: Mapping[str, Wire]
    ) -> tuple[str, str]:
        """Return the handling gateway's word without, where one must sign, and with an officer's signature."""
        item, seen = heard.signed.known.compiled.item, self.officers.found(script, heard, findings)
        found = Officials(findings=tuple(seen.values()))
        if isinstance(outcome, Undecided):
            return "", await _word_of(script, heard, outcome, found)
        now = self.now
        if isinstance(outcome, Granted):
            self.now += item.public_notice_days * 86_400.0
        try:
            if not needs_officer(item, outcome, findings=seen, accepted=True):
                return "", await _word_of(script, heard, outcome, found)
            unsigned = await _word_of(script, heard, outcome, found)
            signed = await self.officers.signed(script, heard, outcome, seen)
            return unsigned, await _word_of(script, heard, outcome, signed)
        finally:
            self.now = now

    def _script(self, http: aiohttp.ClientSession) -> BareScript:
        keys, ports = self.folder / "keys" / HUB, ports_of(self.folder)
        return BareScript(
            http,
            addresses={name: f"http://127.0.0.1:{port}" for name, port in ports.items()},
            trust=TrustStore.load(keys / "trust.json", keys / "roots.json"),
            hub=HUB,
            key=KeyFolder(keys).load("sign"),
            facts=self.catalogue.facts,
            params=self.catalogue.params,
            clock=lambda: self.now,
        )

    def _write_registers(self) -> None:
        facts = self.catalogue.facts
        layouts = {name: layout_of(register) for name, register in facts.registers.items()}
        for name in (REGISTERS, SCRATCH):
            (self.folder / name).mkdir()
        with ExitStack() as stack:
            writers = open_writers(facts, layouts, self.folder, self.folder / SCRATCH, stack, embedded.start)
            for name, writer in writers.items():
                rows = [
                    (told.numbers[label], row)
                    for told in self.told
                    for (label, register), listed in told.rows.items()
                    for row in (listed or ())
                    if register == name
                ]
                writer.write([layouts[name].encode(number, row, place) for place, (number, row) in enumerate(rows)])
                writer.close()

    def _enrol(self, staff: Iterable[str]) -> None:
        for department in self.catalogue.facts.departments.values():
            if department.authority is None:
                continue
            kind = department.authority
            names = {number: name for told in self.told for number, name in _enrolled(told, kind)}
            names |= dict.fromkeys(staff, "经办人") if kind == "person" else {}
            enrolment = Enrolment(self.folder / ENROLMENT, department.department, self._secret)
            enrolment.enrol(names.items())
            enrolment.close()

    def _gateway(self, name: str) -> Gateway:
        return open_gateway(read_config(self.folder / "gateways" / name), clock=lambda: self.now)

    def _sign_and_approve(self) -> None:
        staff = self.folder / "keys" / "staff"
        stewards = {name: read_steward(staff / name / "steward.jwk.json") for name in self.gateways}
        items = [sign_item(one.item, stewards[one.item.department]) for one in self.catalogue.items]
        figures = [sign_params(table, stewards[table.owner]) for table in self.catalogue.params.values()]
        for name, gateway in self.gateways.items():
            load_params(gateway, figures)
            for loaded in load_items(gateway, items):
                approve(gateway, loaded, gateway.compiler.questions(loaded), stewards[name])

    def _mark(self, registers: set[str]) -> None:
        for name in sorted(registers):
            mark_register(self._owner(name), name, may_be_empty=True)

    @contextmanager
    def _without(self, registers: Iterable[str]) -> Iterator[None]:
        """Point registers at a database that is not there, for as long as one case runs."""
        found = {name: self._owner(name).registers for name in registers}
        kept = {name: own[name] for name, own in found.items()}
        for name, own in found.items():
            gone = _nowhere(make_url(kept[name].url)).render_as_string(hide_password=False)
            own[name] = RegisterDatabase(name, gone, pool=1, seconds=1.0)
        try:
            yield
        finally:
            for name, own in found.items():
                own[name].close()
                own[name] = kept[name]

    def _owner(self, register: str) -> Gateway:
        return self.gateways[self.catalogue.facts.registers[register].department]


async def _word_of(script: BareScript, heard: Heard, outcome: Decision, officials: Officials) -> str:
    """Return the handling gateway's word; the person accepts what would be refused."""
    accepted = outcome.reasons if isinstance(outcome, Refused) else ()
    try:
        _, signed = await script.decided(heard, accepted=accepted, officials=officials)
    except GatewayRefused as refusal:
        return f"{refusal.code} {refusal.message.partition(': ')[2]}".strip()
    return f"{signed.outcome} {signed.amount or ', '.join(sorted(signed.reasons))}".strip()


def _due(outcome: Decision) -> str:
    came = came_to(outcome)
    if isinstance(outcome, Granted):
        return f"granted {'' if came.amount is None else to_wire(came.amount)}".strip()
    if isinstance(outcome, Refused):
        return f"refused {', '.join(came.reasons)}"
    return f"case-undecided {', '.join(one.condition for one in outcome.open)}"


def _registers_of(told: Told, catalogue: Catalogue) -> set[str]:
    return {one.question.register for one in told.compiled.asked()}


def _enrolled(told: Told, kind: str) -> Iterator[tuple[str, str]]:
    """Yield number and name of everybody of this kind; the dead hold no key any more."""
    for label, number in told.numbers.items():
        role = told.compiled.item.roles[label.partition("#")[0]]
        if role.kind == kind and not role.deceased:
            yield number, told.names[number]


def _noon(day: date) -> float:
    return datetime.combine(day, clock_time(12), CHINA).timestamp()


def _nowhere(url: URL) -> URL:
    if url.get_backend_name() == "postgresql":
        return url.set(query={"host": "/nowhere"})
    return url.set(database=f"{url.database}.gone")


@contextmanager
def served(gateways: Mapping[int, Gateway]) -> Iterator[None]:
    """Serve each gateway's app on its port, all on one thread, and close them at the end."""
    servers = [
        uvicorn.Server(
            uvicorn.Config(serve_department(gateway), port=port, log_config=None, access_log=False, ws="none")
        )
        for port, gateway in gateways.items()
    ]
    thread = threading.Thread(target=lambda: asyncio.run(_serve(servers)), name="gateways")
    thread.start()
    try:
        _wait(servers)
        yield
    finally:
        for server in servers:
            server.should_exit = True
        thread.join(timeout=30)


async def _serve(servers: Sequence[uvicorn.Server]) -> None:
    await asyncio.gather(*(server.serve() for server in servers))


def _wait(servers: Sequence[uvicorn.Server], *, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not all(server.started for server in servers):
        assert time.monotonic() < deadline, "the gateways do not answer"
        time.sleep(0.01)

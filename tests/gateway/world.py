"""A small world for gateway and authority tests: real keys, registers, gateways and apps, one honest hub."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
from litestar.testing import TestClient

from mianzheng.app import authority_of
from mianzheng.authority.reader import Reader
from mianzheng.authority.routes import handlers as authority_handlers
from mianzheng.catalogue.load import Catalogue, load
from mianzheng.credentials import jwe, jws, sdjwt
from mianzheng.credentials.assertion import make_assertion
from mianzheng.credentials.ceremony import PartySpec, hold_ceremony
from mianzheng.credentials.keys import KeyFolder, PrivateKey, Use
from mianzheng.credentials.staff_key import Steward, read_steward
from mianzheng.credentials.trust import StaffRole, TrustStore
from mianzheng.gateway.app import build
from mianzheng.gateway.approving import approve, load_items, load_params, sign_item, sign_params
from mianzheng.gateway.config import Budgets, GatewayConfig
from mianzheng.gateway.gateway import Gateway, open_gateway
from mianzheng.gateway.items import LoadedItem
from mianzheng.gateway.log import Line
from mianzheng.gateway.marking import mark_register
from mianzheng.gateway.serving import Serving
from mianzheng.model.asking import AnswerRequest, AnswerResponse, SignedStep, Step
from mianzheng.model.authorisation import (
    Authorisation,
    Bundle,
    BundleRequest,
    FormValue,
    Permission,
    SealedBundle,
    form_digest,
    plan_digest,
)
from mianzheng.model.canonical import b64, canonical, digest
from mianzheng.model.deciding import DecisionRequest, DecisionResponse, DeliveryRequest, SignedDecision
from mianzheng.model.evidence import Answer
from mianzheng.model.identity import Assertion, SignIn, SignInRequest, SignInResponse, sign_in_challenge
from mianzheng.model.item import Item
from mianzheng.model.plan import PlanLine
from tests.gateway import family_rows

PACKS = Path(__file__).parent / "packs"
DEPARTMENTS = ("civil-affairs", "public-security", "human-resources", "market-regulation")
REGISTERS = {
    "civil-affairs": {
        "elder_care": "sqlite:///{folder}/elder_care.sqlite",
        "family": "sqlite:///{folder}/family.sqlite",
    },
    "public-security": {
        "hukou": "duckdb:///{folder}/hukou.duckdb",
        "offence": "sqlite:///{folder}/offence.sqlite",
        "kinship": "sqlite:///{folder}/kinship.sqlite",
    },
    "human-resources": {
        "social_insurance": "sqlite:///{folder}/insurance.sqlite",
        "paid_month": "sqlite:///{folder}/insurance.sqlite",
        "title": "sqlite:///{folder}/homes.sqlite",
        "home": "sqlite:///{folder}/homes.sqlite",
        "owned": "sqlite:///{folder}/homes.sqlite",
    },
    "market-regulation": {
        "enterprise": "sqlite:///{folder}/enterprise.sqlite",
        "shareholding": "sqlite:///{folder}/enterprise.sqlite",
    },
}
OLD = "331082193603020015"  # 90, local, alive, draws nothing
YOUNG = "331082198501010022"  # 41, local
CHILD = "331082201801010039"
DRAWS = "331082194001010043"  # 86, draws already
ABSENT = "331082194102020056"  # 85, unknown to elder care
SON = "331082196501010067"  # 61, child of OLD
HEAD = "331082197001010085"  # 56, legal representative of FIRM
HOLDER = "331082197101010093"  # 55, holds a share in FIRM
HUSBAND = "331082198802030032"  # 38, married to WIFE
WIFE = "331082198907040042"
LISTED = "331082196606060078"  # of whom no register knows; for tests of what the gateways list about one person
SHOWN = "331082196606060083"  # another: the gateways list for good, and a file of tests has a hub of its own
FIRM = "91331082MA2AXXXX0K"
NAMES = {
    OLD: "陈阿婆",
    YOUNG: "王小明",
    CHILD: "李小宝",
    DRAWS: "周老伯",
    ABSENT: "吴奶奶",
    SON: "陈建国",
    HEAD: "孙经理",
    HOLDER: "钱股东",
    HUSBAND: "赵大江",
    WIFE: "何小荷",
    LISTED: "冯一清",
    SHOWN: "冯二清",
    FIRM: "临海市某某有限公司",
    **family_rows.NAMES,
}
STAFF: tuple[StaffRole, ...] = ("steward", "officer", "clerk", "witness", "head")
OFFICER = "331082198802020101"  # the officer of civil affairs as a person of their own
ORIGIN, RP_ID = "http://localhost", "localhost"


@contextmanager
def register_told(gateway: Gateway) -> Iterator[Gateway]:
    """Let a gateway wait until it is told that its register shows a grant, as in a city."""
    given = gateway.config
    msgspec.structs.force_setattr(gateway, "config", msgspec.structs.replace(given, grants_shown="told"))
    try:
        yield gateway
    finally:
        msgspec.structs.force_setattr(gateway, "config", given)
        gateway.state.commit(lambda connection: connection.execute("UPDATE grants SET shown_at = 1"))


@contextmanager
def protection_order(world: World, number: str, *, days: int = 30) -> Iterator[None]:
    """A court's protection order of somebody is at public security meanwhile, in force for so many more days."""
    until = datetime.fromtimestamp(world.now(), UTC).astimezone().date() + timedelta(days=days)
    path = world.gateways["public-security"].config.enrolment
    with closing(sqlite3.connect(path, isolation_level=None)) as office:
        office.execute("CREATE TABLE IF NOT EXISTS protected (number TEXT PRIMARY KEY, until TEXT NOT NULL)")
        office.execute("INSERT INTO protected VALUES (?, ?)", (number, until.isoformat()))
        try:
            yield
        finally:
            office.execute("DELETE FROM protected")


_ACTING = ("freezes", "locks", "mandate_parties", "mandate_papers", "mandate_cases", "mandate_uses", "mandates")


def _forget_acting(connection: sqlite3.Connection) -> None:
    for table in _ACTING:
        connection.execute(f"DELETE FROM {table}")


class World:
    """Everything at once; `now` may be moved."""

    def __init__(self, folder: Path, *, budgets: Budgets | None = None, publish: bool = True) -> None:
        self.folder = folder
        self.ahead = 0.0
        self.keys = folder / "keys"
        self._pairwise: dict[tuple[str, str], str] = {}
        self._keys: dict[tuple[str, Use], PrivateKey] = {}
        self.catalogue: Catalogue = load(PACKS)
        self._ceremony()
        self.trust = TrustStore.load(self.keys / "public" / "trust.json", self.keys / "public" / "roots.json")
        self.people = {number: PrivateKey.generate() for number in NAMES}
        self.gateways = {name: self._gateway(name, budgets or Budgets()) for name in DEPARTMENTS}
        self.signed_items = {
            c.item.item: sign_item(c.item, self.steward(c.item.department)) for c in self.catalogue.items
        }
        self.loaded: dict[str, LoadedItem] = {}
        for name in DEPARTMENTS if publish else ():
            self.publish(name)
        self.servings = {name: Serving(gateway) for name, gateway in self.gateways.items()}
        self.apps = {name: self._app(name) for name in DEPARTMENTS}
        self.clients: dict[str, TestClient[Any]] = {name: TestClient(app) for name, app in self.apps.items()}
        for client in self.clients.values():
            client.__enter__()

    def forget_acting(self) -> None:
        """Take back what a file's tests changed about who acts for whom: mandates, locks, changes of telephone."""
        for name in ("public-security", "market-regulation"):
            self.gateways[name].state.commit(_forget_acting)

    def close(self) -> None:
        for client in self.clients.values():
            client.__exit__(None, None, None)

    def now(self) -> float:
        return time.time() + self.ahead

    def key(self, party: str, use: Use = "sign") -> PrivateKey:
        if (party, use) not in self._keys:
            self._keys[party, use] = KeyFolder(self.keys / party).load(use)
        return self._keys[party, use]

    def pairwise(self, number: str, hub: str) -> str:
        """The id by which a hub knows a number; signed in once."""
        if (number, hub) not in self._pairwise:
            self._pairwise[number, hub] = sign_in(self, number, hub).pairwise
        return self._pairwise[number, hub]

    def steward(self, department: str) -> Steward:
        return read_steward(self.keys / "staff" / department / "steward.jwk.json")

    def staff(self, department: str, role: str) -> Steward:
        """The key and certificate of a member of staff."""
        return read_steward(self.keys / "staff" / department / f"{role}.jwk.json")

    def logged(self, department: str, request: str) -> list[Line]:
        """What a department's own log says of one request, opened with its own key."""
        gateway = self.gateways[department]
        query = "SELECT content, leaf FROM log WHERE request = ? ORDER BY seq"
        rows = gateway.state.reader().execute(query, (request,)).fetchall()
        return [
            msgspec.json.decode(gateway.vault.open("log", content, row=b64(leaf)), type=Line) for content, leaf in rows
        ]

    def publish(self, department: str) -> None:
        """Load all signed items and figures into one gateway, approve every question, mark every register."""
        gateway = self.gateways[department]
        load_params(gateway, [sign_params(t, self.steward(t.owner)) for t in self.catalogue.params.values()])
        for loaded in load_items(gateway, self.signed_items.values()):
            self.loaded[loaded.item.item] = loaded
            approve(gateway, loaded, gateway.compiler.questions(loaded), self.steward(department))
        for register in gateway.registers:
            mark_register(gateway, register, may_be_empty=True)

    def add_item(self, item: Item) -> LoadedItem:
        """Sign, load and approve another item version everywhere."""
        signed = sign_item(item, self.steward(item.department))
        for name, gateway in self.gateways.items():
            for loaded in load_items(gateway, [signed]):
                self.loaded[f"{item.item}.{item.version}"] = loaded
                approve(gateway, loaded, gateway.compiler.questions(loaded), self.steward(name))
        return self.loaded[f"{item.item}.{item.version}"]

    def _ceremony(self) -> None:
        parties = [PartySpec(party=name, roles=("hub",)) for name in ("hub", "other-hub")]
        parties += [PartySpec(party="auditor", roles=("auditor",)), PartySpec(party="reader", roles=("reader",))]
        parties += [PartySpec(party="comparer", roles=("comparer",)), PartySpec(party="line", roles=("call-line",))]
        roles: dict[str, Any] = {
            "public-security": ("gateway", "authority:person"),
            "market-regulation": ("gateway", "authority:enterprise"),
        }
        parties += [
            PartySpec(party=name, roles=roles.get(name, ("gateway",)), department=name, staff=STAFF)
            for name in DEPARTMENTS
        ]
        hold_ceremony(self.keys, parties=parties, demo=True, now=int(time.time()) - 86_400 * 400)

    def _gateway(self, name: str, budgets: Budgets) -> Gateway:
        folder = self.folder / "gateways" / name
        folder.mkdir(parents=True)
        _build_registers(name, folder)
        enrolment = ""
        if name in ("public-security", "market-regulation"):
            enrolment = str(folder / "enrolment.sqlite")
            self._enrol(Path(enrolment), [n for n in NAMES if (n == FIRM) == (name == "market-regulation")])
        config = GatewayConfig(
            party=name,
            department=name,
            hub="hub",
            port=1,
            registers={r: u.replace("{folder}", str(folder)) for r, u in REGISTERS[name].items()},
            keys=str(self.keys / name),
            packs=str(PACKS),
            state=str(folder / "state.sqlite"),
            enrolment=enrolment,
            budgets=budgets,
            register_seconds=1.0,
            grants_shown="at-once",  # the same few people are granted the same over and over
        )
        return open_gateway(config, clock=self.now)

    def _enrol(self, path: Path, numbers: list[str]) -> None:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE enrolled (number TEXT, name TEXT, thumbprint TEXT, kind TEXT, level INTEGER)")
        rows = [(n, NAMES[n], self.people[n].kid, "software", 2 if n in (YOUNG, CHILD) else 3) for n in numbers]
        connection.executemany("INSERT INTO enrolled VALUES (?, ?, ?, ?, ?)", rows)
        connection.execute("CREATE TABLE staff (thumbprint TEXT, number TEXT)")
        certified = [self.staff(name, role) for name in DEPARTMENTS for role in STAFF]
        connection.executemany("INSERT INTO staff VALUES (?, ?)", [(one.key.kid, OFFICER) for one in certified])
        connection.commit()
        connection.close()

    def _app(self, name: str) -> Any:
        serving = self.servings[name]
        authority = authority_of(self.gateways[name])
        return build(serving, () if authority is None else authority_handlers(authority, serving.body))


class Case:
    """One case before it is asked: what an honest client and hub make of it; tests change parts of it."""

    def __init__(
        self,
        world: World,
        item: str = "old-age-allowance",
        number: str = OLD,
        *,
        as_of: date | None = None,
        forms: Mapping[str, Any] | None = None,
        gateways: tuple[str, ...] = DEPARTMENTS,
        hub: str = "hub",
        case: str = "",
        reader: Reader | None = None,
        chosen: tuple[str, ...] = (),
        **changes: Any,
    ) -> None:
        self.world = world
        self.number = number
        self.hub = hub
        self.loaded = world.loaded[item]
        self.item = self.loaded.item
        self.case = case or f"c-{secrets.token_hex(6)}"
        self.holder = PrivateKey.generate()
        self.openings = tuple(FormValue(name=n, value=v, salt=secrets.token_hex(8)) for n, v in (forms or {}).items())
        self.plan = self._plan()
        now = int(world.now())
        today = datetime.fromtimestamp(now, UTC).astimezone().date()
        fields: dict[str, Any] = {
            "suite": "intl",
            "case": self.case,
            "as_of": as_of or today,
            "item": self.item.item,
            "item_version": self.item.version,
            "item_digest": self.loaded.digest,
            "trigger": "application",
            "plan_digest": plan_digest(self.plan),
            "forms": tuple(sorted([*(form_digest(o) for o in self.openings), *chosen])),
            "notice_digest": digest(b"notice"),
            "acts_for": None,
            "holder": self.holder.public.jwk,
            "iat": now,
            "exp": now + 86_400 * 60,
            "salt": secrets.token_hex(8),
        }
        self.authorisation = Authorisation(**(fields | changes))
        self.signed = canonical(self.authorisation)
        self.digest = b64(hashlib.sha256(self.signed).digest())
        self.assertion, self.chip = self._sign(reader)
        self.sealed = self.bundled(gateways=gateways)
        self.bundle = msgspec.json.decode(jws.unverified_payload(self.sealed.bundle), type=Bundle)

    def _sign(self, reader: Reader | None) -> tuple[Assertion, str]:
        challenge = hashlib.sha256(self.signed).digest()
        if reader is None:
            return self.vouch(challenge), ""
        authority = self.world.trust.current("public-security", "seal", int(self.world.now()))
        signed = reader.authorise(self.number, challenge, authority=authority, at=int(self.world.now()))
        return signed.assertion, signed.chip

    def vouch(self, challenge: bytes, key: PrivateKey | None = None) -> Assertion:
        return make_assertion(key or self.world.people[self.number], challenge, origin=ORIGIN, rp_id=RP_ID)

    def permission(self, **changes: Any) -> Permission:
        fields: dict[str, Any] = {
            "authorisation": b64(self.signed),
            "assertion": self.assertion,
            "plan": self.plan,
            "actor": self.sealed.bundle,
        }
        return Permission(**(fields | changes))

    def questions(self, department: str, *, needs: bool = False) -> tuple[str, ...]:
        """The ids of the item's questions to one department."""
        own = self.world.gateways[department].compiler.questions(self.loaded)
        return tuple(q.question.id for q in own if (q.question.kind == "need") == needs)

    def request(self, department: str, **changes: Any) -> AnswerRequest:
        fields: dict[str, Any] = {
            "aud": department,
            "iat": int(self.world.now()),
            "request": f"r-{secrets.token_hex(6)}",
            "case": self.case,
            "role": "applicant",
            "permission": self.permission(),
            "bundle": self.sealed.bundle,
            "statement": self.sealed.sealed.get(department, ""),
            "questions": changes.pop("questions", None) or self.questions(department),
            "forms": self.openings,
            "entry": digest(secrets.token_bytes(8)),
        }
        return AnswerRequest(**(fields | changes))

    def token(self, payload: msgspec.Struct, typ: str = "mz-answer-request", key: PrivateKey | None = None) -> str:
        return jws.sign(payload, key=key or self.world.key(self.hub), typ=typ)

    def ask(self, department: str, **changes: Any) -> tuple[str, dict[str, Answer]]:
        """Ask and return the sheet and its answers; fails the test when refused."""
        reply = self.world.clients[department].post("/answers", content=self.token(self.request(department, **changes)))
        assert reply.status_code == 200, reply.text
        sheet = msgspec.json.decode(reply.content, type=AnswerResponse).sheet
        return sheet, read_answers(self.world, department, sheet)

    def refused(self, department: str, **changes: Any) -> str:
        """Ask and return the code of the refusal; fails the test when answered."""
        return refusal(self.world, department, "/answers", self.token(self.request(department, **changes)))

    def decision(self, sheets: list[str], **changes: Any) -> DecisionRequest:
        fields: dict[str, Any] = {
            "aud": self.item.department,
            "iat": int(self.world.now()),
            "request": f"d-{secrets.token_hex(6)}",
            "case": self.case,
            "permission": self.permission(),
            "bundles": {"applicant": self.sealed.bundle},
            "statements": {"applicant": self.sealed.sealed[self.item.department]},
            "sheets": tuple(sheets),
            "forms": self.openings,
            "entry": digest(secrets.token_bytes(8)),
        }
        return DecisionRequest(**(fields | changes))

    def all_sheets(self) -> list[str]:
        """The sheets of every question that decides the case."""
        departments = [name for name in DEPARTMENTS if self.questions(name)]
        return [self.ask(name)[0] for name in departments]

    def decide(self, sheets: list[str], **changes: Any) -> tuple[DecisionResponse, SignedDecision]:
        """Have the case decided; fails the test when refused."""
        token = self.token(self.decision(sheets, **changes), "mz-decision-request")
        reply = self.world.clients[self.item.department].post("/decisions", content=token)
        assert reply.status_code == 200, reply.text
        response = msgspec.json.decode(reply.content, type=DecisionResponse)
        key = self.world.key(self.item.department).public
        return response, jws.verify_as(response.decision, typ="mz-decision", key=key, type=SignedDecision)

    def undecided(self, sheets: list[str], **changes: Any) -> str:
        """Ask for a decision and return the code of the refusal; fails the test when it is made."""
        token = self.token(self.decision(sheets, **changes), "mz-decision-request")
        return refusal(self.world, self.item.department, "/decisions", token)

    def step(self, step: str, shown: object, *, case: str = "", key: PrivateKey | None = None) -> SignedStep:
        """A step signed by the person."""
        words = canonical(
            Step(case=case or self.case, step=step, shown=digest(canonical(shown)), salt="s", iat=int(self.world.now()))
        )
        return SignedStep(step=b64(words), assertion=self.vouch(hashlib.sha256(words).digest(), key))

    def delivery(self, decision: str, sheets: list[str], **changes: Any) -> DeliveryRequest:
        fields: dict[str, Any] = {
            "aud": self.item.department,
            "iat": int(self.world.now()),
            "request": f"v-{secrets.token_hex(6)}",
            "case": self.case,
            "decision": decision,
            "sheets": tuple(sheets),
            "entry": digest(secrets.token_bytes(8)),
        }
        return DeliveryRequest(**(fields | changes))

    def _plan(self) -> tuple[PlanLine, ...]:
        lines = [
            PlanLine(
                question=own.question.id,
                role=own.placed.role,
                register=own.question.register,
                department=name,
                sentence=own.sentence,
                basis=own.basis,
                sensitive=own.question.sensitive,
                purpose=self.loaded.compiled.purposes[own.at][0],
                of=self.loaded.compiled.purposes[own.at][1],
            )
            for name, gateway in self.world.gateways.items()
            for own in gateway.compiler.questions(self.loaded)
        ]
        return tuple(lines)

    def bundled(self, **changes: Any) -> SealedBundle:
        """The authority's bundle for this case; `changes` of the request."""
        authority = "market-regulation" if self.number == FIRM else "public-security"
        request = self.bundle_request(authority, **changes)
        reply = self.world.clients[authority].post("/bundles", content=self.token(request, "mz-bundle-request"))
        assert reply.status_code == 200, reply.text
        return msgspec.json.decode(reply.content, type=SealedBundle)

    def bundle_request(self, authority: str, **changes: Any) -> BundleRequest:
        fields: dict[str, Any] = {
            "aud": authority,
            "iat": int(self.world.now()),
            "request": f"b-{secrets.token_hex(6)}",
            "pairwise": self.world.pairwise(self.number, self.hub),
            "case": self.case,
            "role": "applicant",
            "authorisation": self.digest,
            "exp": self.authorisation.exp,
            "assertion": self.assertion,
            "gateways": DEPARTMENTS,
            "handling": self.item.department,
            "chip": self.chip,
        }
        return BundleRequest(**(fields | changes))


def sign_in(world: World, number: str, audience: str, *, nonce: str = "") -> SignIn:
    """Sign in with the number's own key; fails the test when refused."""
    authority = "market-regulation" if number == FIRM else "public-security"
    nonce = nonce or secrets.token_urlsafe(16)
    challenge = sign_in_challenge(audience, nonce, number)
    assertion = make_assertion(world.people[number], challenge, origin=ORIGIN, rp_id=RP_ID)
    request = SignInRequest(audience=audience, nonce=nonce, number=number, assertion=assertion)
    reply = world.clients[authority].post("/sign-ins", json={"sealed": seal_sign_in(world, authority, request)})
    assert reply.status_code == 200, reply.text
    token = msgspec.json.decode(reply.content, type=SignInResponse).sign_in
    return jws.verify_as(token, typ="mz-sign-in", key=world.key(authority).public, type=SignIn)


def seal_sign_in(world: World, authority: str, request: SignInRequest) -> str:
    to = world.trust.current(authority, "seal", int(world.now()))
    return jwe.seal(canonical(request), to=to, typ="mz-sign-in-request")


def refusal(world: World, department: str, path: str, body: str) -> str:
    """Post a body and return the code of the problem; fails the test when it is served."""
    reply = world.clients[department].post(path, content=body)
    assert reply.status_code >= 400, reply.text
    assert reply.headers["content-type"].startswith("application/problem+json")
    document = reply.json()
    assert document["status"] == reply.status_code
    return str(document["code"])


def read_answers(world: World, department: str, sheet: str) -> dict[str, Answer]:
    verified = sdjwt.verify(sheet, typ="mz-sheet", key=world.key(department).public, now=int(world.now()))
    return {name: msgspec.convert(value, Answer) for name, value in verified.disclosed.items()}


def _build_registers(name: str, folder: Path) -> None:
    if name == "public-security":
        connection = duckdb.connect(str(folder / "hukou.duckdb"))
        connection.execute(
            "CREATE TABLE t_hjrk (gmsfhm VARCHAR, csrq VARCHAR, hkzt VARCHAR, ssxq VARCHAR, xzjd VARCHAR)"
        )
        for number in NAMES:
            if number != FIRM:
                row = [number, number[6:14], "1", "331082", "331082001"]
                connection.execute("INSERT INTO t_hjrk VALUES (?, ?, ?, ?, ?)", row)
        connection.close()
        records = [(DRAWS, "一般"), (ABSENT, "未成年封存")]
        _sqlite(folder / "offence.sqlite", "offence (id_number, kind)", records)
        kin = [(OLD, SON, "20", "Y", "HK"), (SON, OLD, "50", "Y", "HK"), (CHILD, YOUNG, "50", "N", "HK")]
        kin += [(HUSBAND, WIFE, "10", "Y", "HK"), (WIFE, HUSBAND, "10", "Y", "HK")]
        kin += family_rows.KIN
        _sqlite(folder / "kinship.sqlite", "kinship (person_id, relative_id, relation_code, valid, source)", kin)
    elif name == "civil-affairs":
        _sqlite(folder / "family.sqlite", "family (id_number, other, other_name, tie, state)", family_rows.FAMILY)
        rows = [
            (OLD, "未申请", "重度失能"),
            (DRAWS, "发放中", "能力完好"),
            (YOUNG, "未申请", None),
            (CHILD, "未申请", None),
            (WIFE, "未申请", None),
        ]
        _sqlite(folder / "elder_care.sqlite", "elder_care (id_number, allowance_status, care_level)", rows)
    elif name == "human-resources":
        _sqlite(folder / "homes.sqlite", "title (unit, owner, use, address)", family_rows.TITLES)
        _sqlite(folder / "homes.sqlite", "home (unit, town_code)", family_rows.HOMES)
        seen = (date.today() - timedelta(days=40)).isoformat()
        rows = [(n, seen, f"6228480{n[-8:]}") for n in (OLD, YOUNG, DRAWS, ABSENT, CHILD)]
        _sqlite(folder / "insurance.sqlite", "social_insurance (id_number, verified_on, card_account)", rows)
        months = [(OLD, "2026-01-01"), (OLD, "2026-02-01"), (YOUNG, "2026-01-01")]
        _sqlite(folder / "insurance.sqlite", "paid_month (id_number, month)", months)
    else:
        _sqlite(folder / "enterprise.sqlite", "enterprise (uscc, status, lerep_id)", [(FIRM, "1", HEAD)])
        shares = [(FIRM, HOLDER, "1"), (FIRM, YOUNG, "0")]
        _sqlite(folder / "enterprise.sqlite", "shareholding (uscc, holder_id, status)", shares)


def _sqlite(path: Path, table: str, rows: list[tuple[Any, ...]]) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"CREATE TABLE {table}")
    places = ", ".join("?" * len(rows[0]))
    connection.executemany(f"INSERT INTO {table.split(' ')[0]} VALUES ({places})", rows)
    connection.commit()
    connection.close()


def copy_state(source: Path, target: Path) -> None:
    """Copy a state file as a thief would take it, write-ahead log and all."""
    for part in source.parent.glob(f"{source.name}*"):
        shutil.copy(part, target / part.name)

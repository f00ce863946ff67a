"""The gateway's own log: a person's list, the log without subjects, co-signatures, and what a thief would read."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mianzheng.credentials import jws
from mianzheng.credentials.keys import PrivateKey
from mianzheng.ledger import tree
from mianzheng.ledger.heads import read_cosignature, read_head, sign_head
from mianzheng.ledger.proofs import verify_consistency
from mianzheng.model.canonical import b64, unb64
from mianzheng.model.identity import Nonce
from mianzheng.model.witnessing import LogLine, LogPage, LogRequest, MineEntry, WitnessRequest, WitnessResponse
from tests.gateway.world import ABSENT, DRAWS, NAMES, OLD, Case, World, copy_state, sign_in

HERE = "civil-affairs"


def own_list(world: World, number: str, department: str = HERE) -> list[MineEntry]:
    reply = world.clients[department].get(
        "/mine", headers={"authorization": f"SignIn {token(world, number, department)}"}
    )
    assert reply.status_code == 200, reply.text
    return msgspec.json.decode(reply.content, type=list[MineEntry])


def token(world: World, number: str, department: str = HERE) -> str:
    nonce = msgspec.json.decode(world.clients[department].post("/nonces").content, type=Nonce)
    return jws.sign(
        sign_in(world, number, nonce.audience, nonce=nonce.nonce), key=world.key("public-security"), typ="mz-sign-in"
    )


def all_lines(world: World, party: str = "auditor", department: str = HERE) -> list[LogLine]:
    lines: list[LogLine] = []
    while True:
        found = page(world, start=len(lines), party=party, department=department).lines
        if not found:
            return lines
        lines += found


def page(world: World, *, start: int = 0, party: str = "auditor", department: str = HERE) -> LogPage:
    asked = LogRequest(aud=department, iat=int(world.now()))
    header = f"Auditor {jws.sign(asked, key=world.key(party), typ='mz-log-request')}"
    reply = world.clients[department].get("/log", params={"start": start}, headers={"authorization": header})
    assert reply.status_code == 200, reply.text
    return msgspec.json.decode(reply.content, type=LogPage)


def test_a_person_reads_every_question_about_them_and_nobody_elses(world: World) -> None:
    case, other = Case(world), Case(world, number=ABSENT)
    request = case.request(HERE)
    world.clients[HERE].post("/answers", content=case.token(request))
    other.ask(HERE)
    mine = own_list(world, OLD)
    (line,) = [entry for entry in mine if entry.case == case.case]
    assert (line.kind, line.role, line.item, line.entry) == ("answered", "applicant", case.item.item, request.entry)
    assert line.sentence is not None
    assert line.question in case.questions(HERE)
    assert other.case not in {entry.case for entry in mine}


def test_a_sign_in_opens_the_own_list_once(world: World) -> None:
    header = {"authorization": f"SignIn {token(world, OLD)}"}
    assert world.clients[HERE].get("/mine", headers=header).status_code == 200
    again = world.clients[HERE].get("/mine", headers=header)
    assert (again.status_code, again.json()["code"]) == (401, "nonce-used")


@pytest.mark.parametrize("header", ["", "SignIn", "SignIn x", "Bearer abc", "SignIn a.b.c"])
def test_without_a_sign_in_there_is_no_own_list(world: World, header: str) -> None:
    reply = world.clients[HERE].get("/mine", headers={"authorization": header})
    assert (reply.status_code, reply.json()["code"]) == (401, "sign-in-invalid")


def test_a_sign_in_for_the_hub_or_by_the_hub_opens_nothing(world: World) -> None:
    for_hub = jws.sign(sign_in(world, OLD, "hub"), key=world.key("public-security"), typ="mz-sign-in")
    by_hub = jws.sign(jws.unverified_payload(token(world, OLD)), key=world.key("hub"), typ="mz-sign-in")
    for bad in (for_hub, by_hub):
        reply = world.clients[HERE].get("/mine", headers={"authorization": f"SignIn {bad}"})
        assert reply.json()["code"] == "sign-in-invalid"


def test_the_log_shows_requests_and_sheets_and_no_subject_or_question(world: World) -> None:
    case = Case(world)
    request = case.request(HERE)
    world.clients[HERE].post("/answers", content=case.token(request))
    (line,) = [line for line in all_lines(world) if line.request == request.request]
    assert (line.kind, line.entry) == ("answered", request.entry)
    assert line.sheet
    shown = msgspec.json.encode(all_lines(world)).decode()
    assert not any(word in shown for word in (OLD, NAMES[OLD], case.case, *case.questions(HERE)))


def test_the_hub_reads_the_log_too_and_nobody_else_does(world: World) -> None:
    assert page(world, party="hub").gateway == HERE
    for party in ("other-hub", "human-resources", "reader"):
        asked = LogRequest(aud=HERE, iat=int(world.now()))
        header = f"Auditor {jws.sign(asked, key=world.key(party), typ='mz-log-request')}"
        reply = world.clients[HERE].get("/log", headers={"authorization": header})
        assert (reply.status_code, reply.json()["code"]) == (401, "auditor-unknown")


@pytest.mark.parametrize("changes", [{"aud": "hub"}, {"iat": 0}])
def test_a_log_request_for_another_gateway_or_of_old_is_refused(world: World, changes: dict[str, Any]) -> None:
    asked = LogRequest(**({"aud": HERE, "iat": int(world.now())} | changes))
    header = f"Auditor {jws.sign(asked, key=world.key('auditor'), typ='mz-log-request')}"
    assert world.clients[HERE].get("/log", headers={"authorization": header}).json()["code"] == "auditor-unknown"


def test_the_log_is_a_tree_whose_signed_heads_only_grow(world: World) -> None:
    before = page(world)
    Case(world).ask(HERE)
    after = page(world)
    first, second = (read_head(p.head, trust=world.trust, role="gateway", at=int(world.now())) for p in (before, after))
    assert second.size == first.size + 1
    leaves = [unb64(line.leaf) for line in all_lines(world)]
    nodes = tree.MemoryNodes()
    assert tree.append(nodes, 0, leaves) == second.root_bytes()
    proof = tree.consistency_proof(nodes, first=first.size, second=second.size)
    assert verify_consistency(
        first=first.size,
        second=second.size,
        proof=proof,
        first_root=first.root_bytes(),
        second_root=second.root_bytes(),
    )


class Ledger:
    """A hub's ledger, as far as a witness sees it."""

    def __init__(self, world: World, department: str) -> None:
        self.world, self.department = world, department
        self.nodes, self.size = tree.MemoryNodes(), 0

    def grow(self, *leaves: bytes) -> None:
        tree.append(self.nodes, self.size, leaves)
        self.size += len(leaves)

    def offer(self, first: int, key: PrivateKey | None = None) -> Any:
        root = tree.root(self.nodes, self.size)
        at = int(self.world.now())
        head = sign_head("hub", size=self.size, root=root, at=at, key=key or self.world.key("hub", "log"))
        proof = tree.consistency_proof(self.nodes, first=first, second=self.size)
        body = WitnessRequest(head=head, consistency=tuple(b64(node) for node in proof), begins=first)
        return self.world.clients[self.department].post("/witness", content=msgspec.json.encode(body))


def test_a_witness_signs_what_only_appends_to_what_it_signed(world: World) -> None:
    ledger = Ledger(world, "human-resources")
    ledger.grow(b"a" * 32, b"b" * 32)
    reply = ledger.offer(0)
    assert reply.status_code == 200, reply.text
    signed = msgspec.json.decode(reply.content, type=WitnessResponse).cosignature
    witnessed = read_cosignature(signed, trust=world.trust, at=int(world.now()))
    assert (witnessed.witness, witnessed.head.size) == ("human-resources", 2)
    last = world.clients["human-resources"].get("/witness", params={"ledger": "hub"}).json()
    assert last == {"size": 2, "root": witnessed.head.root}
    ledger.grow(b"c" * 32)
    assert ledger.offer(2).status_code == 200
    assert ledger.offer(3).status_code == 200


def test_a_witness_signs_no_fork_no_shrunk_ledger_and_no_strangers_head(world: World) -> None:
    ledger = Ledger(world, "market-regulation")
    ledger.grow(b"a" * 32, b"b" * 32)
    assert ledger.offer(0).status_code == 200
    fork = Ledger(world, "market-regulation")
    fork.grow(b"a" * 32, b"x" * 32, b"c" * 32)
    assert (fork.offer(2).status_code, fork.offer(2).json()["code"]) == (409, "ledger-fork")
    shrunk = Ledger(world, "market-regulation")
    shrunk.grow(b"a" * 32)
    assert shrunk.offer(0).json()["code"] == "ledger-shrunk"
    ledger.grow(b"c" * 32)
    assert ledger.offer(2, key=world.key("hub")).json()["code"] == "head-invalid"
    assert ledger.offer(2, key=world.key("auditor", "log")).json()["code"] == "head-invalid"
    assert world.clients["market-regulation"].post("/witness", content=b"{}").json()["code"] == "malformed-request"


def test_a_gateway_that_signed_nothing_says_so(world: World) -> None:
    last = world.clients[HERE].get("/witness", params={"ledger": "nobody"}).json()
    assert last == {"size": 0, "root": ""}


def test_a_thief_of_the_state_file_finds_no_number_name_or_answer(world: World, tmp_path: Path) -> None:
    case = Case(world, number=DRAWS)
    case.ask("human-resources", questions=case.questions("human-resources", needs=True))
    granted = Case(world)
    granted.decide(granted.all_sheets())
    for department, gateway in world.gateways.items():
        copy_state(Path(gateway.config.state), tmp_path)
        stolen = b"".join(path.read_bytes() for path in tmp_path.glob("state.sqlite*"))
        for secret in (*NAMES, *NAMES.values(), f"6228480{DRAWS[-8:]}"):
            for form in _forms(secret):
                assert form not in stolen, f"{department}: {secret}"


def _forms(secret: str) -> set[bytes]:
    data = secret.encode()
    return {data, data.hex().encode(), base64.b64encode(data)[:-4], base64.urlsafe_b64encode(data)[:-4]}

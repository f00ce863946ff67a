"""The department's seal: under papers of its own cases only, one number one document, each seal in the log."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest

from mianzheng.credentials import jws
from mianzheng.gateway.stamping import seal_paper
from mianzheng.model.asking import Step
from mianzheng.model.canonical import b64, digest
from mianzheng.model.officers import AskCorrection, NotAccept, Suspend, act_digest, tag_of
from mianzheng.model.paper_acts import PaperRequest, PaperSealed
from mianzheng.model.papers import PaperKind
from mianzheng.model.publishing import Certified
from mianzheng.papers.signature import read_signature
from tests.gateway.world import Case, World

HERE = "civil-affairs"
DOCUMENT = "ab" * 32
_running = iter(range(1, 10_000))


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with TemporaryDirectory(prefix="mz-stamp-") as folder:
        made = World(Path(folder))
        yield made
        made.close()


@pytest.fixture(scope="module")
def granted(world: World) -> tuple[Case, str]:
    """A case that was granted here, and the digest of its decision."""
    case = Case(world)
    response, _ = case.decide(case.all_sheets())
    return case, digest(response.decision.encode())


def request(world: World, of: Case, kind: PaperKind, **changes: Any) -> PaperRequest:
    """A request as an honest hub makes it."""
    fields: dict[str, Any] = {
        "aud": HERE,
        "iat": int(world.now()),
        "request": f"n{secrets.token_hex(8)}",
        "entry": b64(secrets.token_bytes(32)),
        "case": of.case,
        "item": of.item.item,
        "kind": kind,
        "number": f"civil-affairs-2026-{next(_running)}",
        "document": DOCUMENT,
    }
    return PaperRequest(**(fields | changes))


def send(world: World, asked: PaperRequest, *, party: str = HERE, key: str = "hub") -> Any:
    token = jws.sign(asked, key=world.key(key), typ="mz-paper-request")
    return world.clients[party].post("/papers", content=token, headers={"content-type": "application/jose"})


def signature(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.text
    return base64.b64decode(msgspec.json.decode(answer.content, type=PaperSealed).signature)


def refusal(answer: Any) -> str:
    """The code of the problem that came back."""
    assert answer.status_code >= 400, answer.text
    return str(answer.json()["code"])


def certified(world: World, case: str, act: Any, *, department: str = HERE, role: str = "officer") -> Certified:
    holder = world.staff(department, role)
    step = Step(case=case, step=tag_of(act), shown=act_digest(act), salt=b64(b"s" * 16), iat=int(world.now()))
    return Certified(token=jws.sign(step, key=holder.key, typ="mz-step"), certificate=holder.certificate)


def lines(world: World) -> list[tuple[str, str, str]]:
    rows = world.gateways[HERE].state.reader().execute("SELECT request, entry, sheet FROM log WHERE kind = 'paper'")
    return [tuple(row) for row in rows]


def test_its_own_decision_is_sealed_and_logged(world: World, granted: tuple[Case, str]) -> None:
    case, decision = granted
    asked = request(world, case, PaperKind.GRANT, decision=decision)
    assert read_signature(signature(send(world, asked)))
    assert (asked.request, asked.entry, DOCUMENT) in lines(world)


def test_asked_again_it_gives_the_same_bytes_and_no_second_line(world: World, granted: tuple[Case, str]) -> None:
    case, decision = granted
    asked = request(world, case, PaperKind.GRANT, decision=decision)
    first = signature(send(world, asked))
    assert signature(send(world, asked)) == first
    assert [line[0] for line in lines(world)].count(asked.request) == 1


@pytest.mark.parametrize("changes", [{"document": "cd" * 32}, {"kind": PaperKind.ACCEPTANCE}])
def test_a_number_is_given_to_one_document_only(
    world: World, granted: tuple[Case, str], changes: dict[str, Any]
) -> None:
    case, decision = granted
    asked = request(world, case, PaperKind.GRANT, decision=decision)
    signature(send(world, asked))
    other = msgspec.structs.replace(asked, request="another", **changes)
    assert refusal(send(world, other)) == "paper-sealed"


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"kind": PaperKind.REFUSAL}, "paper-not-own"),
        ({"decision": ""}, "paper-not-own"),
        ({"decision": "x" * 43}, "paper-not-own"),
        ({"case": "c-of-another-department"}, "paper-not-own"),
        ({"kind": PaperKind.MANDATE}, "paper-not-own"),
        ({"kind": PaperKind.RECEIPT, "about": "civil-affairs-2026-99999"}, "paper-not-own"),
        ({"number": "public-security-2026-1"}, "paper-invalid"),
        ({"number": "nothing"}, "paper-invalid"),
        ({"document": "ab"}, "malformed-request"),
        ({"aud": "public-security"}, "wrong-audience"),
        ({"iat": 1}, "request-expired"),
    ],
)
def test_nothing_else_is_sealed(world: World, granted: tuple[Case, str], changes: dict[str, Any], wanted: str) -> None:
    case, decision = granted
    fields = {"decision": decision} | changes
    kind = fields.pop("kind", PaperKind.GRANT)
    assert refusal(send(world, request(world, case, kind, **fields))) == wanted


def test_only_its_hub_asks(world: World, granted: tuple[Case, str]) -> None:
    case, decision = granted
    asked = request(world, case, PaperKind.GRANT, decision=decision)
    assert refusal(send(world, asked, key="other-hub")) == "wrong-hub-key"


def test_another_department_seals_no_paper_of_this_case(world: World, granted: tuple[Case, str]) -> None:
    case, decision = granted
    number = "public-security-2026-7"
    asked = request(world, case, PaperKind.GRANT, decision=decision, aud="public-security", number=number)
    assert refusal(send(world, asked, party="public-security")) == "paper-not-own"


def test_an_acceptance_needs_what_the_person_signed(world: World) -> None:
    case = Case(world)
    assert refusal(send(world, request(world, case, PaperKind.ACCEPTANCE))) == "paper-not-own"
    asked = request(world, case, PaperKind.ACCEPTANCE, permission=case.permission())
    assert signature(send(world, asked))
    elsewhere = request(world, case, PaperKind.ACCEPTANCE, permission=case.permission(), case="c-another")
    assert refusal(send(world, elsewhere)) == "bad-authorisation"


def test_an_acceptance_may_be_sealed_long_after_the_signature_ended(world: World) -> None:
    case = Case(world)
    world.ahead = 60 * 86_400.0
    try:
        asked = request(world, case, PaperKind.ACCEPTANCE, permission=case.permission())
        assert signature(send(world, asked))
    finally:
        world.ahead = 0.0


def test_an_item_of_another_department_is_not_accepted_here(world: World) -> None:
    case = Case(world)
    number = "human-resources-2026-1"
    asked = request(
        world, case, PaperKind.ACCEPTANCE, permission=case.permission(), aud="human-resources", number=number
    )
    assert refusal(send(world, asked, party="human-resources")) == "paper-not-own"


ACTS = {
    PaperKind.CORRECTION: AskCorrection(what=("更正户名",)),
    PaperKind.NON_ACCEPTANCE: NotAccept(reason="不属于本机关职权"),
}


@pytest.mark.parametrize("kind", ACTS)
def test_a_paper_on_an_act_needs_the_officers_signature_under_it(world: World, kind: PaperKind) -> None:
    case, act = Case(world), ACTS[kind]
    good = certified(world, case.case, act)
    assert signature(send(world, request(world, case, kind, signed=good, act=act)))
    assert refusal(send(world, request(world, case, kind))) == "paper-not-own"
    wrong = Suspend(kind="test", until=world.gateways[HERE].today(), reason="送检")
    assert refusal(send(world, request(world, case, kind, signed=good, act=wrong))) == "paper-not-own"


def test_another_act_than_was_signed_is_not_on_paper(world: World) -> None:
    case = Case(world)
    signed = certified(world, case.case, NotAccept(reason="甲"))
    asked = request(world, case, PaperKind.NON_ACCEPTANCE, signed=signed, act=NotAccept(reason="乙"))
    assert refusal(send(world, asked)) == "officer-step-invalid"


@pytest.mark.parametrize("who", [{"department": "public-security"}, {"role": "witness"}])
def test_an_act_of_somebody_else_is_not_the_departments(world: World, who: dict[str, str]) -> None:
    case, act = Case(world), NotAccept(reason="不属于本机关职权")
    asked = request(world, case, PaperKind.NON_ACCEPTANCE, signed=certified(world, case.case, act, **who), act=act)
    assert refusal(send(world, asked)) == "officer-unknown"


def test_a_receipt_follows_a_paper_of_the_same_case(world: World, granted: tuple[Case, str]) -> None:
    case, decision = granted
    asked = request(world, case, PaperKind.GRANT, decision=decision)
    signature(send(world, asked))
    assert signature(send(world, request(world, case, PaperKind.RECEIPT, about=asked.number)))
    other = request(world, case, PaperKind.RECEIPT, about=asked.number, case="c-another")
    assert refusal(send(world, other)) == "paper-not-own"


def test_a_gateway_without_a_seal_says_so(world: World, granted: tuple[Case, str]) -> None:
    case, decision = granted
    bare = msgspec.structs.replace(world.gateways[HERE], stamp=None)
    token = jws.sign(
        request(world, case, PaperKind.GRANT, decision=decision), key=world.key("hub"), typ="mz-paper-request"
    )
    with pytest.raises(Exception, match="no electronic seal"):
        seal_paper(bare, token.encode())

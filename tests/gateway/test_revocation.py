"""Revocation: an officer signs it, the status list says so, the person reads it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from mianzheng.credentials import jwe, jws
from mianzheng.credentials.credential import verify_credential
from mianzheng.credentials.jws import BadToken
from mianzheng.credentials.staff_key import read_steward
from mianzheng.credentials.status import StatusList, verify_status_list
from mianzheng.model.asking import Step
from mianzheng.model.deciding import DecisionResponse
from mianzheng.model.publishing import Certified
from tests.gateway.world import OLD, Case, World

HERE = "civil-affairs"


def order(world: World, case: str, *, role: str = "officer", department: str = HERE, **changes: Any) -> Certified:
    staff = read_steward(world.keys / "staff" / department / f"{role}.jwk.json")
    fields: dict[str, Any] = {"case": case, "step": "revoke-credential", "shown": "", "salt": "s"}
    step = Step(**({"iat": int(world.now())} | fields | changes))
    return Certified(token=jws.sign(step, key=staff.key, typ="mz-step"), certificate=staff.certificate)


def post(world: World, signed: Certified) -> Any:
    return world.clients[HERE].post("/revocations", content=msgspec.json.encode(signed))


def status_list(world: World) -> StatusList:
    reply = world.clients[HERE].get("/status")
    assert reply.status_code == 200
    uri = f"{world.gateways[HERE].config.public_url}/status"
    return verify_status_list(reply.text, key=world.key(HERE).public, uri=uri, now=int(world.now()))


def granted(world: World) -> tuple[Case, DecisionResponse]:
    case = Case(world)
    return case, case.decide(case.all_sheets())[0]


def test_an_officer_revokes_and_every_verifier_sees_it(world: World) -> None:
    case, response = granted(world)
    _, other_response = granted(world)
    token = jwe.open_sealed(response.credential, key=case.holder, typ="mz-credential").decode()
    key, now = world.key(HERE).public, int(world.now())
    assert verify_credential(token, key=key, now=now, status_list=status_list(world))
    reply = post(world, order(world, case.case))
    assert reply.json() == {"status_index": response.status_index}
    listed = status_list(world)
    assert response.status_index is not None
    assert listed.is_revoked(response.status_index)
    assert other_response.status_index is not None
    assert not listed.is_revoked(other_response.status_index)
    with pytest.raises(BadToken, match="revoked"):
        verify_credential(token, key=key, now=now, status_list=listed)
    assert post(world, order(world, case.case)).status_code == 200
    assert [e.kind for e in world.gateways[HERE].log.mine(OLD) if e.kind == "revocation"] == ["revocation"]


def test_nobody_but_an_officer_of_the_department_revokes(world: World) -> None:
    case, _ = granted(world)
    wrong = [
        order(world, case.case, role="steward"),
        order(world, case.case, department="human-resources"),
        order(world, case.case, iat=0),
        order(world, case.case, step="withdraw"),
        Certified(token=order(world, case.case).token, certificate=""),
        Certified(token="a.b.c", certificate="a.b.c"),
    ]
    for signed in wrong:
        assert post(world, signed).json()["code"] == "officer-unknown"
    assert world.clients[HERE].post("/revocations", content=b"{}").json()["code"] == "malformed-request"


def test_a_case_without_a_credential_has_nothing_to_revoke(world: World) -> None:
    assert post(world, order(world, "c-unknown")).json()["code"] == "not-decided-here"

"""The desk over HTTP: staff read by a signed request, act by signed steps; anybody reads what is published."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from mianzheng.credentials import jws
from mianzheng.credentials.keys import PrivateKey
from mianzheng.model.case import CaseView, State
from mianzheng.model.officers import DeskLine, DeskView, Sign, StaffRequest, Take
from tests.cases.hub_world import hub_world, run, world
from tests.cases.procedure_world import HERE, published, seen, staff_act
from tests.gateway.world import OLD
from tests.web.hub_client import Resident, code, hub


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Any]]:
    async def publish() -> None:
        async with hub_world() as here:
            for name in ("signed-allowance", "visited-allowance"):
                await published(here, name)

    run(publish())
    with hub() as made:
        yield made


def header(
    role: str = "officer", *, department: str = HERE, key: PrivateKey | None = None, **changes: Any
) -> dict[str, str]:
    """The header by which a member of staff reads."""
    holder = world().staff(department, role)
    request = StaffRequest(**({"aud": "hub", "iat": int(time.time())} | changes))
    return {"authorization": f"Staff {jws.sign(request, key=key or holder.key, typ='mz-staff')} {holder.certificate}"}


def post(client: TestClient[Any], path: str, body: object) -> Any:
    return client.post(path, content=msgspec.json.encode(body), headers={"content-type": "application/json"})


def opened(client: TestClient[Any], item: str) -> CaseView:
    resident = Resident(client, OLD)
    resident.sign_in()
    return resident.run(item)


class Acting:
    """Signs acts at the time it is, over the desk of one case."""

    def __init__(self, client: TestClient[Any], case: str) -> None:
        self.client = client
        self.case = case
        self.hub = client.app.state.hub
        self.world = world()

    def act(self, one: Any, **more: Any) -> Any:
        return post(self.client, f"/desk/cases/{self.case}/acts", staff_act(self, self.case, one, **more))  # type: ignore[arg-type]

    def find(self, name: str, value: Any) -> Any:
        return post(self.client, f"/desk/cases/{self.case}/findings", seen(self, self.case, name, value))  # type: ignore[arg-type]


def test_an_officer_takes_sees_and_signs_over_http(client: TestClient[Any]) -> None:
    case = opened(client, "signed-allowance")
    assert case.state is State.PROPOSED
    lines = msgspec.json.decode(client.get("/desk", headers=header()).content, type=list[DeskLine])
    assert (case.case, "handle") in {(line.case, line.why) for line in lines}
    acting = Acting(client, case.case)
    assert code(client.get(f"/desk/cases/{case.case}", headers=header()), 403) == "not-assigned"
    assert acting.act(Take()).status_code == 200
    view = msgspec.json.decode(client.get(f"/desk/cases/{case.case}", headers=header()).content, type=DeskView)
    assert "sign" in view.acts and view.recommendation is not None
    signed = acting.act(Sign(outcome="granted"), shown=view.shown)
    assert signed.status_code == 200, signed.text
    assert msgspec.json.decode(signed.content, type=DeskView).state is State.DELIVERED


def test_the_desk_leads_on_the_longest_waiting_first_without_a_gap(client: TestClient[Any]) -> None:
    for _ in range(3):
        opened(client, "signed-allowance")
    every, seen, after = desk(client), list[DeskLine](), ""
    while page := desk(client, limit=2, after=after):
        seen += page
        after = page[-1].place
    assert len(every) >= 3 and seen == every == sorted(every, key=lambda line: line.place)
    assert {line.item for line in desk(client, item="signed-allowance")} == {"signed-allowance"}
    assert desk(client, item="no-such-item") == []
    assert code(client.get("/desk?after=nowhere", headers=header()), 400)


def desk(client: TestClient[Any], **asked: Any) -> list[DeskLine]:
    """A page of the officer's desk."""
    answer = client.get("/desk", params=asked, headers=header())
    return msgspec.json.decode(answer.content, type=list[DeskLine])


def test_a_finding_over_http_lets_the_case_run_on(client: TestClient[Any]) -> None:
    case = opened(client, "visited-allowance")
    acting = Acting(client, case.case)
    acting.act(Take())
    found = acting.find("at_home", True)
    assert found.status_code == 200, found.text
    assert msgspec.json.decode(found.content, type=DeskView).state is State.DELIVERED


@pytest.mark.parametrize("how", ["none", "bearer", "old", "other hub", "other key", "no certificate"])
def test_the_desk_is_closed_to_who_does_not_sign_as_staff(client: TestClient[Any], how: str) -> None:
    headers = {
        "none": {},
        "bearer": {"authorization": "Bearer x"},
        "old": header(iat=1),
        "other hub": header(aud="other-hub"),
        "other key": header(key=PrivateKey.generate()),
        "no certificate": {"authorization": header()["authorization"].rsplit(" ", 1)[0]},
    }[how]
    assert code(client.get("/desk", headers=headers), 403) == "not-staff"


def test_another_department_neither_sees_nor_signs(client: TestClient[Any]) -> None:
    case = opened(client, "signed-allowance")
    acting = Acting(client, case.case)
    acting.act(Take())
    there = header(department="human-resources")
    assert code(client.get(f"/desk/cases/{case.case}", headers=there), 403) == "not-staff"
    assert code(acting.act(Take(), department="human-resources"), 403) == "not-staff"


def test_what_is_published_is_open_to_anybody(client: TestClient[Any]) -> None:
    assert client.get("/overdue").status_code == 200
    assert client.get("/notices").json() == []


def test_an_act_of_an_unknown_shape_is_a_bad_request(client: TestClient[Any]) -> None:
    assert code(post(client, "/desk/cases/c1/acts", {"act": {"type": "dance"}}), 400) == "bad-request"

"""A sheet that does not answer what was asked is refused, written down twice, and the question asked again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from mianzheng.cases.advance import advance
from mianzheng.cases.advance import run as go
from mianzheng.credentials import sdjwt
from mianzheng.credentials.keys import PrivateKey
from mianzheng.exchange.peers import Letter
from mianzheng.model.asking import AnswerResponse
from mianzheng.model.case import State
from mianzheng.model.evidence import Answer, Status
from mianzheng.store.cases import findings_of
from tests.cases.hub_world import HubWorld, hub_world, run
from tests.cases.test_granted import entries_of
from tests.gateway.world import OLD, World

FROM = "human-resources"


def resigned(
    world: World, sheet: str, *, key: PrivateKey | None = None, answers: dict[str, Any] | None = None, **claims: Any
) -> str:
    """The sheet with other claims or answers, signed by the department itself or by `key`."""
    own = world.key(FROM)
    true = sdjwt.verify(sheet, typ="mz-sheet", key=own.public, now=int(world.now()))
    return sdjwt.issue(true.claims | claims, list((answers or true.disclosed).items()), key=key or own, typ="mz-sheet")


def of_another_signature(world: World, sheet: str) -> str:
    signed, _, rest = sheet.partition("~")
    other = resigned(world, sheet, request="another").partition("~")[0]
    return f"{signed.rpartition('.')[0]}.{other.rpartition('.')[2]}~{rest}"


def with_claims(**claims: Any) -> Callable[[World, str], str]:
    return lambda world, sheet: resigned(world, sheet, **claims)


FALSE: dict[str, tuple[Callable[[World, str], str], str]] = {
    "forged": (of_another_signature, "sheet-token-signature"),
    "replayed": (with_claims(request="r-another"), "sheet-request"),
    "expired": (with_claims(use_before=1), "sheet-expired"),
    "other case": (with_claims(case="c-another"), "sheet-case"),
    "other subject": (with_claims(bundle="another"), "sheet-bundle"),
    "other role": (with_claims(role="spouse"), "sheet-role"),
    "other question": (
        lambda world, sheet: resigned(world, sheet, answers={"q-another": Answer(status=Status.NOT_HELD)}),
        "sheet-question",
    ),
    "wrong key": (lambda world, sheet: resigned(world, sheet, key=world.key("civil-affairs")), "sheet-key"),
}


def instead(here: HubWorld, make: Callable[[World, str], str]) -> Callable[[Letter, bytes], bytes]:
    """What the department answers meanwhile."""

    def change(letter: Letter, body: bytes) -> bytes:
        if (letter.party, letter.path) != (FROM, "/answers"):
            return body
        response = msgspec.json.decode(body, type=AnswerResponse)
        return msgspec.json.encode(msgspec.structs.replace(response, sheet=make(here.world, response.sheet)))

    return change


@pytest.mark.parametrize("false", FALSE)
def test_a_false_sheet_is_refused_written_down_and_asked_again(false: str) -> None:
    make, code = FALSE[false]

    async def work() -> None:
        async with hub_world() as here:
            here.peers.change = instead(here, make)
            live = await go(await here.authorised(OLD))
            assert live.state is State.WAITING_REGISTER
            async with here.hub.store.connection() as connection:
                assert [found for found, _, _ in await findings_of(connection, live.id)] == [code]
            refused = [entry for entry in await entries_of(here, live.id) if entry.kind == "refused"]
            assert [(entry.purpose, entry.department) for entry in refused] == [(code, FROM)]
            here.peers.change = lambda letter, body: body
            here.ahead = timedelta(seconds=3)
            assert (await advance(here.hub, live.id)).state is State.DELIVERED

    run(work())

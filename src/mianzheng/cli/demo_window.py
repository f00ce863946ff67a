"""The demo's fifth case: a widow of 83 who brings nothing: no key, no card, no telephone.

1. A clerk and a village witness sign that she stands before them; neither learns whether her number exists.
2. The authority asks two questions about its own registers and checks what she says.
3. The plan is read to her, the clerk's key signs, and the allowance is granted.
4. The credential is sealed to a key that this command makes and keeps, so that it can be checked here. The window's own
   program has results sealed to the key that the authority keeps for her instead (docs/window.md).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from mianzheng.cli.city_session import CitySession
from mianzheng.cli.credential_check import check_credential
from mianzheng.cli.demo_cast import ITEM, Played
from mianzheng.cli.demo_stage import Stage
from mianzheng.cli.device import take_key_away
from mianzheng.cli.played_memory import memory_of
from mianzheng.client.numbers import authority_of
from mianzheng.client.window import Staff, Window
from mianzheng.model.case import CaseView, State
from mianzheng.model.presence import PresenceAsked

TRIED = 5  # people, until one remembers enough to be asked about


class _Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands at the window, what they were asked and what they said."""

    who: Played
    asked: PresenceAsked
    said: tuple[str, ...]


async def tell(stage: Stage, city: CitySession, people: Sequence[Played]) -> None:
    """Tell it of the first of these people about whom the registers hold enough to ask."""
    folder = stage.data / "keys" / "staff" / "civil-affairs"
    clerk, witness = (Staff.read(folder / f"{role}.jwk.json") for role in ("clerk", "witness"))
    window = Window(clerk, hub=city.hub(), trust=city.trust)
    seen = await _seen(stage, city, window, witness, people[:TRIED])
    _introduce(stage, seen)
    passed = await window.answer(seen.who.number, seen.asked.presence, seen.said)
    stage.say(f"核验通过 passed: {passed.display} · P{passed.level}，半小时内可办一件 one case within half an hour")
    person = city.served(passed, clerk)
    view = await person.authorise(*await person.apply(ITEM, {}))
    await stage.show(city, stage.expected(view, State.DELIVERED), person)
    await _hand_out(stage, city, view)


async def _seen(stage: Stage, city: CitySession, window: Window, witness: Staff, people: Sequence[Played]) -> _Seen:
    for who in people:
        take_key_away(stage.data, who.number)
        asked = await window.start(who.number, method="window", second=witness)
        with memory_of(stage.data, city.trust.party(authority_of(who.number, city.trust)).department or "") as memory:
            said = memory.answers(who.number, asked.questions)
        if all(said):
            return _Seen(who=who, asked=asked, said=said)
    raise stage.stuck("nobody at the window could be asked anything")


def _introduce(stage: Stage, seen: _Seen) -> None:
    who = seen.who
    zh, en = ("遗孀", "widow") if who.widowed and not who.is_male else ("老人", "resident")
    stage.rule(f"5 · 什么都没带：{who.age}岁的{zh} the {en} of {who.age} with nothing")
    stage.say(
        f"{who.name}没有钥匙、证件、电话。窗口人员与村社协助员各自签名：人在面前；公安部门出两道题 "
        "no key, card or telephone: clerk and village witness each sign, the authority asks"
    )
    for question, word in zip(seen.asked.questions, seen.said, strict=True):
        stage.say(f"  问 {question.zh}")
        stage.say(f"  答 {word}")


async def _hand_out(stage: Stage, city: CitySession, view: CaseView) -> None:
    """Check the credential as any verifier would, and say where it is."""
    checked = await check_credential(view.credential or "", trust=city.trust, now=int(time.time()), http=city.http)
    if not checked.valid:
        raise stage.stuck(f"the credential does not verify: {checked.message}")
    stage.say(
        f"证照由{stage.names.department(checked.department)}签名，密封给本演示现制的钥匙，验得真；"
        "真窗口密封给公安部门替她保管的钥匙 "
        "sealed to a key that this demo made, and it verifies; a real window seals to the one the authority keeps"
    )

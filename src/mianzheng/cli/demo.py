"""`mianzheng demo`: three cases, narrated. One granted, one refused, one while a gateway is down.

1. Bring the demo city up (built once, kept in the user's data home).
2. A resident of over 80 applies for 高龄津贴 and is granted.
3. Another is refused by proposal, sees every reason, and accepts.
4. A gateway is killed; a third applies, the case waits; the gateway comes back, the case ends by itself.
5. Every entry of the first case is proved. What this command started is ended, also on Ctrl-C.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import time
from pathlib import Path

import psutil
from rich.console import Console
from rich.rule import Rule

from mianzheng.city.manifest import built_on
from mianzheng.city.people import Expect, find_people
from mianzheng.cli.bring_up import OtherPacks, bring_up, process_specs, refuse_strange
from mianzheng.cli.city_session import CitySession, open_city
from mianzheng.cli.data import remember
from mianzheng.cli.ledger_checks import draw_proof, prove_case
from mianzheng.cli.names import Names, names_of
from mianzheng.cli.pictures import draw_case, draw_plan
from mianzheng.cli.processes import alive, only_one, recorded, start_missing
from mianzheng.cli.up import stop_city
from mianzheng.ledger.proven import Proven
from mianzheng.model.case import CaseView, State
from mianzheng.model.errors import MianzhengError, WrongUse
from mianzheng.settings import Settings, data_home, read_settings

ITEM = "old-age-allowance"
KILLED = "human-resources"  # holds the proof of life that the third case waits for
PATIENCE = 60.0  # seconds a waiting case has to end after its gateway is back
IN_TREE = 3.0  # seconds an entry has to come into the tree; the sequencer needs less than one
_SETTLED = (State.DELIVERED, State.ENDED, State.PROPOSED, State.REFUSED, State.WAITING_PERSON)


class DemoStuck(MianzhengError):
    """A case of the demo came out otherwise than the city's truth says."""

    code = "demo-stuck"


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `demo`."""
    demo = subparsers.add_parser("demo", help="three cases, narrated")
    demo.add_argument("--data", metavar="DIR", help="folder of the demo city (else in the user's data home)")
    demo.add_argument("--keep", action="store_true", help="leave the city running at the end")
    demo.set_defaults(func=_demo)


def _demo(args: argparse.Namespace) -> int:
    settings = read_settings()
    own = data_home(settings) / "demo"
    data = Path(args.data or settings.data or own).resolve()
    console = Console()
    refuse_strange(data)
    ran_before = any(alive(process) for process in recorded(data))
    kept = False
    for ending in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal is a Ctrl-C
        signal.signal(ending, signal.default_int_handler)
    try:
        _up(data, settings, console, may_remove=data == own.resolve())
        remember(data, settings)
        asyncio.run(_Demo(data, settings, console).narrate())
        kept = args.keep or ran_before
    finally:
        if not kept and not ran_before:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave half of them running
            stop_city(data)
    ended = "进程已全部结束 all processes have ended; `mianzheng up` starts the city again:"
    text = "城市仍在运行 the city runs on; `mianzheng down` ends it:" if kept else ended
    console.print(f"[dim]{text}\n{data}[/]", soft_wrap=True)
    return 0


def _up(data: Path, settings: Settings, console: Console, *, may_remove: bool) -> None:
    def tell(text: str) -> None:
        console.print(f"[dim]{text}[/]", soft_wrap=True)

    if may_remove and data.exists() and built_on(data) is None:
        tell("a build was broken off here: the demo city is built anew")
        _remove(data)
    try:
        with only_one(data):
            bring_up(data, settings, tell=tell)
    except OtherPacks:
        if not may_remove:
            raise
        tell("the packs, or how questions are put, have changed: the demo city is built anew")
        _remove(data)
        with only_one(data):
            bring_up(data, settings, tell=tell)


def _remove(data: Path) -> None:
    stop_city(data)
    shutil.rmtree(data)


class _Demo:
    """One narration."""

    def __init__(self, data: Path, settings: Settings, console: Console) -> None:
        self.data = data
        self.settings = settings
        self.console = console
        self.names: Names = names_of(data)

    async def narrate(self) -> None:
        """Run and show the three cases and the ledger of the first."""
        async with open_city(self.data) as city:
            granted = await self._first(city)
            await self._second(city)
            await self._third(city)
            self._rule("留痕 the access ledger of the first case")
            draw_proof(await prove_case(city, granted.case), self.console, names=self.names, steps=False)

    async def _first(self, city: CitySession) -> CaseView:
        view = await self._apply(city, self._resident("granted", 0), plan=True)
        self._rule("1 · 准予 granted")
        await self._show(city, view)
        return _expected(view, State.DELIVERED, self.data)

    async def _second(self, city: CitySession) -> None:
        view = await self._apply(city, self._resident("refused", 0))
        self._rule("2 · 不予 refused: the machine only proposes")
        await self._show(city, _expected(view, State.PROPOSED, self.data))
        person = await city.owner_of(view.case)
        final = await person.step(view.case, "acceptance", "accept-refusal", view.reasons, {})
        self._say(f"本人签名接受 the person signs: {final.state}, decided by {final.decided_by}")

    async def _third(self, city: CitySession) -> None:
        name = self.names.department(KILLED)
        self._rule(f"3 · {name}网关中断 the gateway of {KILLED} is killed")
        _kill(self.data, f"gateway-{KILLED}")
        view = await self._apply(city, self._resident("granted", 1))
        until = "" if view.waits_until is None else f" until {view.waits_until.astimezone():%m-%d %H:%M}"
        self._say(f"{name}暂无应答，办件自行等待，不用再来 the case waits by itself ({view.state}{until})")
        started = time.monotonic()
        await asyncio.to_thread(start_missing, self.data, process_specs(self.data, self.settings))
        self._say(f"网关恢复 the gateway is back after {time.monotonic() - started:.1f} s; nobody asks again by hand")
        await self._show(city, _expected(await self._settled(city, view.case), State.DELIVERED, self.data))

    async def _apply(self, city: CitySession, resident: str, *, plan: bool = False) -> CaseView:
        person = await city.signed_in(resident)
        draft, openings = await person.apply(ITEM, {})
        if plan:
            self._rule(f"{draft.name.zh} {draft.name.en}")
            self._say("本人签名前所见：可能要问的全部问题 what each person reads and signs first")
            draw_plan(draft.plan, self.console)
        return await person.authorise(draft, openings)

    async def _show(self, city: CitySession, view: CaseView) -> None:
        draw_case(view, self.console, names=self.names, proof=await _one_proof(city, view.case))

    async def _settled(self, city: CitySession, case: str) -> CaseView:
        person = await city.owner_of(case)
        deadline = time.monotonic() + PATIENCE
        while (view := await person.show(case)).state not in _SETTLED:
            if time.monotonic() > deadline:
                raise DemoStuck(f"case {case} is still {view.state}", hint=f"see {self.data / 'logs'}")
            await asyncio.sleep(0.3)
        return view

    def _resident(self, expect: Expect, place: int) -> str:
        found = find_people(self.data, ITEM, expect, limit=place + 1)
        if not found:
            raise WrongUse(
                f"nobody in the city of {self.data} is to be {expect} {ITEM}",
                hint="it is too small: set MIANZHENG_RESIDENTS to 1000 or more",
            )
        return found[-1].resident

    def _rule(self, text: str) -> None:
        self.console.print()
        self.console.print(Rule(text, align="left"))

    def _say(self, text: str) -> None:
        self.console.print(text, highlight=False)


async def _one_proof(city: CitySession, case: str) -> Proven | None:
    """Return the proof of the first question asked in a case, once it stands in the tree."""
    deadline = time.monotonic() + IN_TREE
    while True:
        asked = [one for one in await prove_case(city, case) if one.entry.kind == "asked" and one.entry.lines]
        if not asked or asked[0].status != "pending" or time.monotonic() > deadline:
            return asked[0] if asked else None
        await asyncio.sleep(0.2)


def _expected(view: CaseView, state: State, data: Path) -> CaseView:
    if view.state is not state:
        raise DemoStuck(f"case {view.case} is {view.state}, not {state}", hint=f"see {data / 'logs'}")
    return view


def _kill(data: Path, name: str) -> None:
    for process in recorded(data):
        if process.name == name:
            victim = psutil.Process(process.pid)
            victim.kill()
            victim.wait(5)

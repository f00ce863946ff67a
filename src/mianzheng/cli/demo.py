"""`mianzheng demo`: five cases, narrated. Granted, refused, waited for, by mandate, at a window.

1. Bring the demo city up (built once, kept in the user's data home).
2. A resident of over 80 applies for 高龄津贴 and is granted.
3. Another is refused by proposal, sees every reason, and accepts.
4. A gateway is killed; a third applies, the case waits; the gateway comes back, the case ends by itself.
5. A son applies for his father by mandate (`demo_mandate`), a widow brings nothing (`demo_window`).
6. Every entry of the first case is proved. What this command started is ended, also on Ctrl-C.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import time
from pathlib import Path

import msgspec
import psutil
from rich.console import Console

from mianzheng.city.manifest import built_on
from mianzheng.cli import demo_mandate, demo_window
from mianzheng.cli.bring_up import bring_up, process_specs, refuse_strange, site_of
from mianzheng.cli.city_session import CitySession, open_city
from mianzheng.cli.data import remember
from mianzheng.cli.demo_cast import ITEM, narrated
from mianzheng.cli.demo_offered import at_window, provided
from mianzheng.cli.demo_stage import Stage
from mianzheng.cli.ledger_checks import draw_proof, prove_case
from mianzheng.cli.made_from import OtherPacks
from mianzheng.cli.names import names_of
from mianzheng.cli.pictures import draw_plan
from mianzheng.cli.processes import alive, free_port, only_one, recorded, start_missing
from mianzheng.cli.up import stop_city
from mianzheng.model.case import CaseView, State
from mianzheng.settings import Settings, data_home, read_settings

FRONT_DOOR = 8600  # port of the demo's pages, if nothing else is there
KILLED = "human-resources"  # holds the proof of life that the third case waits for
PATIENCE = 60.0  # seconds a waiting case has to end after its gateway is back
_SETTLED = (State.DELIVERED, State.ENDED, State.PROPOSED, State.REFUSED, State.WAITING_PERSON)


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `demo`."""
    demo = subparsers.add_parser("demo", help="five cases, narrated")
    demo.add_argument("--data", metavar="DIR", help="folder of the demo city (else in the user's data home)")
    demo.add_argument("--keep", action="store_true", help="leave the city running at the end")
    demo.set_defaults(func=_demo)


def _demo(args: argparse.Namespace) -> int:
    settings = read_settings()
    settings = msgspec.structs.replace(settings, port=settings.port or free_port(FRONT_DOOR))
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
        asyncio.run(_Demo(Stage(data=data, names=names_of(data), console=console), settings).narrate())
        kept = args.keep or ran_before
    finally:
        if not kept and not ran_before:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave half of them running
            stop_city(data)
    _close(data, console, kept=kept)
    return 0


def _close(data: Path, console: Console, *, kept: bool) -> None:
    """Say where the desks are, or that everything has ended."""
    if kept:
        console.rule("[bold]打开网页，坐到谁的位置上都行 open the pages, and sit at anybody's desk")
        console.print(f"  [bold]{site_of(data)}[/]", soft_wrap=True)
        text = "城市仍在运行 the city runs on; `make down` (`mianzheng down`) ends it:"
    else:
        text = "进程已全部结束 all processes have ended; `mianzheng up` starts the city again:"
    console.print(f"[dim]{text}\n{data}[/]", soft_wrap=True)


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

    def __init__(self, stage: Stage, settings: Settings) -> None:
        self.stage = stage
        self.data = stage.data
        self.settings = settings

    async def narrate(self) -> None:
        """Run and show the five cases and the ledger of the first."""
        cast = narrated(self.data, provided=provided(self.data), at_window=at_window(self.data))
        if cast.overlaps:
            self.stage.say(
                "这座城市太小，网页上可扮演的人也在下面出场：办成过的再办，会说已批准 the city is too small: "
                "people whom the pages offer play below, and are not granted it twice"
            )
        async with open_city(self.data) as city:
            granted = await self._first(city, cast.first)
            await self._second(city, cast.refused)
            await self._third(city, cast.third)
            await demo_mandate.tell(self.stage, city, cast.parent, cast.child)
            await demo_window.tell(self.stage, city, cast.served)
            self.stage.rule("留痕 the access ledger of the first case")
            entries = await prove_case(city, granted.case)
            draw_proof(entries, self.stage.console, names=self.stage.names, steps=False)

    async def _first(self, city: CitySession, number: str) -> CaseView:
        view = await self._apply(city, number, plan=True)
        self.stage.rule("1 · 准予 granted")
        await self.stage.show(city, view)
        return self.stage.expected(view, State.DELIVERED)

    async def _second(self, city: CitySession, number: str) -> None:
        view = await self._apply(city, number)
        self.stage.rule("2 · 不予 refused: the machine only proposes")
        await self.stage.show(city, self.stage.expected(view, State.PROPOSED))
        person = await city.owner_of(view.case)
        final = await person.step(view.case, "acceptance", "accept-refusal", view.reasons, {})
        self.stage.say(f"本人签名接受 the person signs: {final.state}, decided by {final.decided_by}")

    async def _third(self, city: CitySession, number: str) -> None:
        name = self.stage.names.department(KILLED)
        self.stage.rule(f"3 · {name}网关中断 the gateway of {KILLED} is killed")
        _kill(self.data, f"gateway-{KILLED}")
        view = await self._apply(city, number)
        until = "" if view.waits_until is None else f" until {view.waits_until.astimezone():%m-%d %H:%M}"
        self.stage.say(f"{name}暂无应答，办件自行等待，不用再来 the case waits by itself ({view.state}{until})")
        started = time.monotonic()
        await asyncio.to_thread(start_missing, self.data, process_specs(self.data, self.settings))
        took = f"{time.monotonic() - started:.1f} s"
        self.stage.say(f"网关恢复 the gateway is back after {took}; nobody asks again by hand")
        await self.stage.show(city, self.stage.expected(await self._settled(city, view.case), State.DELIVERED))

    async def _apply(self, city: CitySession, number: str, *, plan: bool = False) -> CaseView:
        person = await city.signed_in(number)
        draft, openings = await person.apply(ITEM, {})
        if plan:
            self.stage.rule(f"{draft.name.zh} {draft.name.en}")
            self.stage.say("本人签名前所见：可能要问的全部问题 what each person reads and signs first")
            draw_plan(draft.plan, self.stage.console)
        return await person.authorise(draft, openings)

    async def _settled(self, city: CitySession, case: str) -> CaseView:
        person = await city.owner_of(case)
        deadline = time.monotonic() + PATIENCE
        while (view := await person.show(case)).state not in _SETTLED:
            if time.monotonic() > deadline:
                raise self.stage.stuck(f"case {case} is still {view.state}")
            await asyncio.sleep(0.3)
        return view


def _kill(data: Path, name: str) -> None:
    for process in recorded(data):
        if process.name == name:
            victim = psutil.Process(process.pid)
            victim.kill()
            victim.wait(5)

"""`mianzheng demo`: three cases, narrated. One granted, one refused, one while a gateway is down.

1. Bring the demo city up (built once, kept in the user's data home).
2. A resident of over 80 applies for 高龄津贴 and is granted.
3. Another is refused by proposal, sees every reason, and accepts.
4. A gateway is killed; a third applies, the case waits; the gateway comes back, the case ends by itself.
5. One ledger entry of the first case is proved; all processes are ended, also on Ctrl-C.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import time
from pathlib import Path

import psutil
from rich.console import Console
from rich.rule import Rule

from mianzheng.city.people import find_people
from mianzheng.cli.bring_up import OtherPacks, bring_up, process_specs
from mianzheng.cli.city_session import CitySession, open_city
from mianzheng.cli.data import remember
from mianzheng.cli.ledger_checks import draw_proof, prove_case
from mianzheng.cli.pictures import draw_case
from mianzheng.cli.processes import only_one, recorded, start_missing
from mianzheng.cli.up import stop_city
from mianzheng.model.case import CaseView, State
from mianzheng.model.errors import MianzhengError
from mianzheng.settings import Settings, data_home, read_settings

ITEM = "old-age-allowance"
KILLED = "human-resources"  # holds the proof of life that the third case waits for
PATIENCE = 60.0  # seconds a waiting case has to end after its gateway is back
_MOVING = (State.UNDECIDED, State.WAITING_REGISTER, State.ASKING, State.GRANTED, State.ISSUED)


class DemoStuck(MianzhengError):
    """The demo's third case did not end although its gateway is back."""

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
    try:
        _up(data, settings, console, may_remove=data == own.resolve())
        remember(data, settings)
        asyncio.run(_narrate(data, settings, console))
    finally:
        if not args.keep:
            stop_city(data)
    if args.keep:
        console.print(f"[dim]The city runs on in {data}; `mianzheng down` ends it.[/]")
    return 0


def _up(data: Path, settings: Settings, console: Console, *, may_remove: bool) -> None:
    def tell(text: str) -> None:
        console.print(f"[dim]{text}[/]")

    try:
        with only_one(data):
            bring_up(data, settings, tell=tell)
    except OtherPacks:
        if not may_remove:
            raise
        tell("the packs have changed: the demo city is built anew")
        stop_city(data)
        shutil.rmtree(data)
        with only_one(data):
            bring_up(data, settings, tell=tell)


async def _narrate(data: Path, settings: Settings, console: Console) -> None:
    async with open_city(data) as city:
        granted = await _first(city, console)
        await _second(city, console)
        await _third(city, settings, console)
        console.print(Rule("留痕 · the ledger"))
        draw_proof(await prove_case(city, granted.case), console)


async def _first(city: CitySession, console: Console) -> CaseView:
    console.print(Rule("1 · 准予 granted"))
    view = await _apply(city, console, find_people(city.data, ITEM, "granted", limit=3)[0].resident)
    draw_case(view, console)
    return view


async def _second(city: CitySession, console: Console) -> None:
    console.print(Rule("2 · 不予 refused: proposed by the machine, final when the person accepts"))
    resident = find_people(city.data, ITEM, "refused", limit=1)[0].resident
    view = await _apply(city, console, resident)
    draw_case(view, console)
    person = await city.owner_of(view.case)
    final = await person.step(view.case, "acceptance", "accept-refusal", view.reasons, {})
    console.print(f"本人确认 accepted by the person → {final.state}, decided by {final.decided_by}")


async def _third(city: CitySession, settings: Settings, console: Console) -> None:
    console.print(Rule(f"3 · 网关中断 the gateway of {KILLED} is killed"))
    _kill(city.data, f"gateway-{KILLED}")
    resident = find_people(city.data, ITEM, "granted", limit=3)[1].resident
    view = await _apply(city, console, resident)
    draw_case(view, console)
    console.print(f"→ {view.state}: the case is accepted and waits; nobody is sent home")
    started = time.monotonic()
    await asyncio.to_thread(start_missing, city.data, process_specs(city.data, settings))
    console.print(f"网关恢复 the gateway is back after {time.monotonic() - started:.1f} s; nobody asks again by hand")
    draw_case(await _until_settled(city, view.case), console)


async def _apply(city: CitySession, console: Console, resident: str) -> CaseView:
    person = await city.signed_in(resident)
    draft, openings = await person.apply(ITEM, {})
    console.print(f"[bold]{draft.name.zh}[/] {draft.name.en} · 签名前所见 shown before signing:")
    for line in draft.plan:
        console.print(f"  {line.sentence.zh}  [dim]{line.sentence.en}[/]")
    return await person.authorise(draft, openings)


async def _until_settled(city: CitySession, case: str) -> CaseView:
    person = await city.owner_of(case)
    deadline = time.monotonic() + PATIENCE
    while (view := await person.show(case)).state in _MOVING:
        if time.monotonic() > deadline:
            raise DemoStuck(f"case {case} is still {view.state}", hint=f"see {city.data / 'logs'}")
        await asyncio.sleep(0.3)
    return view


def _kill(data: Path, name: str) -> None:
    for process in recorded(data):
        if process.name == name:
            victim = psutil.Process(process.pid)
            victim.kill()
            victim.wait(5)

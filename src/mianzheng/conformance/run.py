"""A run: who is played, in which rounds, and with which gateways away.

1. *Calm*: whoever must be granted or refused, and half of those left undecided.
2. *Waiting*: the gateways of the departments asked are stopped, the other half apply and wait with a date; then the
   gateways return, and every case goes on by itself until somebody has to act.
3. *Faults* (on request): all of them once more, while one gateway in ten is stopped at random and started again.
4. *Notice*: the city is started again on a later day, and what stood under public notice goes on to its end.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import date
from random import Random
from typing import Protocol, TypeVar
from zlib import crc32

import msgspec

from mianzheng.conformance.compare import noticed
from mianzheng.conformance.judge import Judge
from mianzheng.conformance.measure import Measured
from mianzheng.conformance.parties import Town
from mianzheng.conformance.play import Played, Player
from mianzheng.conformance.wanted import Outcome, Wanted
from mianzheng.model.case import CaseView

T = TypeVar("T")
AT_ONCE = 6  # cases
EACH: Mapping[Outcome, int] = {"granted": 2, "refused": 3, "undecided": 2}
ONE_EACH: Mapping[Outcome, int] = {"granted": 1, "refused": 1, "undecided": 1}
_TOGETHER = 7  # days between the ends of public notices that are followed on one day
MANY = 100  # items; of more about so many are played by several people, the others by one for each outcome
WAITING_EACH = 2  # cases of each department that wait, of so many items
TROUBLED = 1  # for whom a trap of dirty data was planted
_SHARE_AWAY = 10  # one gateway in so many is away under faults
_AWAY_SECONDS = (1.0, 4.0)
_BETWEEN_SECONDS = 2.0


class Tell(Protocol):
    """Says on standard error where a run stands."""

    def __call__(self, text: str) -> None:
        """Say one line."""


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a run plays: `calm` at once, `waiting` while the gateways of the departments asked are away."""

    calm: tuple[Wanted, ...]
    waiting: tuple[Wanted, ...]


def each_of(item: str, items: int, *, seed: int, every: bool) -> Mapping[Outcome, int]:
    """Return how many people of each outcome play an item, where so many items are played."""
    return EACH if every or items <= MANY or crc32(f"{seed}/{item}".encode()) % items < MANY else ONE_EACH


def choose(people: Iterable[Wanted], each: Mapping[Outcome, int] = EACH) -> list[Wanted]:
    """Return a few people of an item for each outcome, each with other conditions true, false and unknown.

    Who fails in one condition alone comes first: so each condition is seen to refuse. Somebody of whom a trap was
    planted is among them where several play. Nobody plays an item twice while another would do: what was granted once
    a year is not granted again.
    """
    most_of_a_kind = sum(each.values())
    found: dict[Outcome, dict[tuple[bool | None, ...], list[Wanted]]] = {}
    troubled: list[Wanted] = []
    for one in people:
        kind = (*one.conditions.values(), *one.before.values(), one.computed)
        if one.troubled:
            troubled.append(one)
        else:
            alike = found.setdefault(one.expect, {}).setdefault(kind, [])
            if len(alike) < most_of_a_kind:
                alike.append(one)
    chosen = sorted(troubled, key=lambda one: len(one.failing))[: TROUBLED if each is EACH else 0]
    for expect, most in each.items():
        kinds = sorted(found.get(expect, {}).values(), key=lambda alike: len(alike[0].failing))
        for alike in kinds[:most]:
            playing = {one.resident for one in chosen}
            chosen.append(next((one for one in alike if one.resident not in playing), alike[0]))
    return _marked(chosen)


def _marked(chosen: Sequence[Wanted]) -> list[Wanted]:
    """Mark who plays an item again, or for somebody for whom another plays it: whichever ends first is granted."""
    whose = [{one.resident, *one.linked.values()} for one in chosen]
    times = Counter(number for numbers in whose for number in numbers)
    return [
        msgspec.structs.replace(one, again=any(times[number] > 1 for number in numbers))
        for one, numbers in zip(chosen, whose, strict=True)
    ]


def lacking(chosen: Iterable[Wanted], each: Mapping[Outcome, int]) -> tuple[Outcome, ...]:
    """Return the outcomes for which nobody of the city fits; of whom a trap was planted may come to another."""
    found = {one.expect for one in chosen if not one.troubled}
    return tuple(outcome for outcome in each if outcome not in found)


def cast_of(chosen: Sequence[Wanted], asks_others: bool) -> Cast:
    """Return who plays when: of an item that asks other departments than the two authorities somebody must wait.

    Half of the undecided, of whom some have something open that no register settles, and half of the granted.
    """
    able = [[one for one in chosen if one.first == first and not one.troubled] for first in ("undecided", "granted")]
    waiting = [one for same in able for one in same[: len(same) // 2 or len(same)]] if asks_others else []
    return Cast(calm=tuple(one for one in chosen if one not in waiting), waiting=tuple(waiting))


def bounded(cast: Cast, most: int) -> Cast:
    """Return the cast in which at most so many cases of each handling department wait; the others play at once."""
    of_department: dict[str, list[Wanted]] = {}
    for one in cast.waiting:
        of_department.setdefault(one.department, []).append(one)
    waiting = [one for same in of_department.values() for one in same[:most]]
    at_once = [one for same in of_department.values() for one in same[most:]]
    return Cast(calm=(*cast.calm, *at_once), waiting=tuple(waiting))


def notices(played: Iterable[Played], today: date) -> list[tuple[int, list[Played]]]:
    """Return the cases under public notice, and after how many days from `today` their notices are over, soonest first.

    Those that end within a week of each other are followed on one day: nobody leaves a case lying for months because
    another's notice is longer, and what a person signed does not hold so long.
    """
    lasts = [(_last_day(one.last), one) for one in played if noticed(one) and one.last is not None and one.last.still]
    found: list[tuple[int, list[Played]]] = []
    begun = 0
    for until, one in sorted(lasts, key=lambda last: (last[0], last[1].case)):
        days = (until - today).days + 1
        if not found or days > begun + _TOGETHER:
            begun = days
            found.append((days, []))
        found[-1] = (days, [*found[-1][1], one])
    return found


def _last_day(view: CaseView) -> date:
    return max(still.until for still in view.still)


class Run:
    """One run over one city."""

    def __init__(self, player: Player, judge: Judge, town: Town, *, today: date, tell: Tell) -> None:
        self.player = player
        self.judge = judge
        self.town = town
        self.today = today
        self.tell = tell

    async def calm(self, people: Sequence[Wanted]) -> list[Measured]:
        """Play everyone while every gateway answers."""
        self.tell(f"{len(people)} cases, every gateway up")
        played = await self._each(people)
        return [self.judge.judge(one, steady=True) for one in played]

    async def waiting(self, people: Sequence[Wanted]) -> list[Measured]:
        """Let everyone apply while gateways are away; they must wait with a date and go on when those are back."""
        if not people:
            return []
        away = self.town.departments()
        self.tell(f"{len(people)} cases, {len(away)} gateways away; then back")
        await asyncio.to_thread(self.town.stop, away)
        try:
            begun = await self._gated(people, self.player.begin)
        finally:
            await asyncio.to_thread(self.town.start)
        ended = await self._gated(begun, self.player.finish)
        undecided = [one for one in ended if one.wanted.first == "undecided"]
        waited = sum(one.waited for one in undecided)
        self.tell(f"{waited} of the {len(undecided)} undecided among them waited for a register, with a date")
        return [self.judge.judge(one, steady=True) for one in ended]

    async def faults(self, people: Sequence[Wanted], *, seed: int) -> list[Measured]:
        """Play everyone while gateways go away and come back at random."""
        self.tell(f"{len(people)} cases, one gateway in {_SHARE_AWAY} away at random (seed {seed})")
        async with self._troubled(seed):
            played = await self._each(people)
        return [self.judge.judge(one, steady=False) for one in played]

    async def after_notice(self, measured: Sequence[Measured], *, seed: int | None = None) -> list[Measured]:
        """Let the days of every public notice 公示 pass and follow its case to the end; with `seed` under faults too.

        Only in a city made for this run: the clock of another is not ours to turn, and there cases stay as they are.
        """
        if not self.town.may_turn():
            return list(measured)
        anew: dict[str, Measured] = {}
        for days, hung in notices([one.played for one in measured], self.today):
            self.tell(f"{days} days later: {len(hung)} public notices are over")
            await asyncio.to_thread(self.town.turn, days)
            async with self._troubled(seed) if seed is not None else nullcontext():
                ended = await self._gated(hung, self.player.after_notice)
            anew |= {one.case: self.judge.judge(one, steady=seed is None) for one in ended}
        return [anew.get(one.played.case, one) for one in measured]

    async def _each(self, people: Sequence[Wanted]) -> list[Played]:
        async def one(wanted: Wanted) -> Played:
            return await self.player.finish(await self.player.begin(wanted))

        return await self._gated(people, one)

    async def _gated(self, every: Sequence[T], play: Callable[[T], Awaitable[Played]]) -> list[Played]:
        """Play a few at once."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(what: T) -> Played:
            async with gate:
                return await play(what)

        return list(await asyncio.gather(*(one(what) for what in every)))

    @asynccontextmanager
    async def _troubled(self, seed: int) -> AsyncIterator[None]:
        troubling = asyncio.create_task(self._trouble(Random(seed)))
        try:
            yield
        finally:
            troubling.cancel()
            await asyncio.gather(troubling, return_exceptions=True)
            await asyncio.to_thread(self.town.start)

    async def _trouble(self, rng: Random) -> None:
        departments = list(self.town.gateways())
        count = max(1, round(len(departments) / _SHARE_AWAY))
        while True:
            away = rng.sample(departments, count)
            await asyncio.to_thread(self.town.stop, away)
            await asyncio.sleep(rng.uniform(*_AWAY_SECONDS))
            await asyncio.to_thread(self.town.start)
            await asyncio.sleep(_BETWEEN_SECONDS)

"""A run: who is played, in which rounds, and with which gateways away.

1. *Calm*: whoever must be granted or refused, and half of those left undecided.
2. *Waiting*: the gateways of the departments asked are stopped, the other half apply and wait with a date; then the
   gateways return, and every case goes on by itself until somebody has to act.
3. *Faults* (on request): all of them once more, while one gateway in ten is stopped at random and started again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from random import Random
from typing import Protocol

import msgspec

from mianzheng.conformance.judge import Judge
from mianzheng.conformance.measure import Measured
from mianzheng.conformance.parties import Town
from mianzheng.conformance.play import Played, Player
from mianzheng.conformance.wanted import Wanted

AT_ONCE = 4  # cases
EACH = {"granted": 2, "refused": 3, "undecided": 2}
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


def choose(people: Iterable[Wanted]) -> list[Wanted]:
    """Return a few people of an item for each outcome, each with other conditions true, false and unknown.

    Who fails in one condition alone comes first: so each condition is seen to refuse.
    """
    found: dict[str, dict[tuple[bool | None, ...], Wanted]] = {}
    troubled: list[Wanted] = []
    for one in people:
        kind = (*one.conditions.values(), *one.before.values(), one.computed)
        if one.troubled:
            troubled.append(one)
        else:
            found.setdefault(one.expect, {}).setdefault(kind, one)
    chosen = sorted(troubled, key=lambda one: len(one.failing))[:TROUBLED]
    for expect, most in EACH.items():
        kinds = sorted(found.get(expect, {}).values(), key=lambda one: len(one.failing))
        chosen += kinds[:most]
    return chosen


def cast_of(chosen: Sequence[Wanted], asks_others: bool) -> Cast:
    """Return who plays when: of an item that asks other departments than the two authorities somebody must wait.

    Half of the undecided, of whom some have something open that no register settles, and half of the granted.
    """
    able = [[one for one in chosen if one.first == first and not one.troubled] for first in ("undecided", "granted")]
    waiting = [one for same in able for one in same[: len(same) // 2 or len(same)]] if asks_others else []
    return Cast(calm=tuple(one for one in chosen if one not in waiting), waiting=tuple(waiting))


class Run:
    """One run over one city."""

    def __init__(self, player: Player, judge: Judge, town: Town, *, tell: Tell) -> None:
        self.player = player
        self.judge = judge
        self.town = town
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
        begun: list[Played] = []
        try:
            for one in people:
                begun.append(await self.player.begin(one))
        finally:
            await asyncio.to_thread(self.town.start)
        gate = asyncio.Semaphore(AT_ONCE)

        async def finish(played: Played) -> Played:
            async with gate:
                return await self.player.finish(played)

        ended = await asyncio.gather(*(finish(one) for one in begun))
        return [self.judge.judge(one, steady=True) for one in ended]

    async def faults(self, people: Sequence[Wanted], *, seed: int) -> list[Measured]:
        """Play everyone while gateways go away and come back at random."""
        self.tell(f"{len(people)} cases, one gateway in {_SHARE_AWAY} away at random (seed {seed})")
        troubling = asyncio.create_task(self._trouble(Random(seed)))
        try:
            played = await self._each(people)
        finally:
            troubling.cancel()
            await asyncio.gather(troubling, return_exceptions=True)
            await asyncio.to_thread(self.town.start)
        return [self.judge.judge(one, steady=False) for one in played]

    async def _each(self, people: Sequence[Wanted]) -> list[Played]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(wanted: Wanted) -> Played:
            async with gate:
                return await self.player.finish(await self.player.begin(wanted))

        return list(await asyncio.gather(*(one(wanted) for wanted in people)))

    async def _trouble(self, rng: Random) -> None:
        departments = list(self.town.gateways())
        count = max(1, round(len(departments) / _SHARE_AWAY))
        while True:
            away = rng.sample(departments, count)
            await asyncio.to_thread(self.town.stop, away)
            await asyncio.sleep(rng.uniform(*_AWAY_SECONDS))
            await asyncio.to_thread(self.town.start)
            await asyncio.sleep(_BETWEEN_SECONDS)

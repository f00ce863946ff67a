"""One case, played to its end: as the resident, then as clerk, officer and cashier, over the hub's API alone.

1. The resident applies. While gateways are away the case waits, and it is looked at again.
2. What the machine alone came to is kept as `first`: it must be what the truth says before anybody has looked.
3. Whoever the case then waits for is played: the recommendation is followed; where nothing is recommended the officer
   enters the finding that the truth holds. What the truth does not hold either is found so for every other person.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal

import msgspec

from mianzheng.conformance.parties import Residents
from mianzheng.conformance.staff import COMPUTED, Desk
from mianzheng.conformance.wanted import AMOUNT, Outcome, Wanted, outcome_of
from mianzheng.model.case import CaseView, Explanation, State
from mianzheng.model.errors import MianzhengError
from mianzheng.model.evidence import QuestionAt
from mianzheng.model.officers import CONDITION, DeskView

MOVING = frozenset(
    {State.ACCEPTED, State.AUTHORISED, State.ASKING, State.UNDECIDED, State.WAITING_REGISTER, State.GRANTED,
     State.ISSUED, State.CONTESTED, State.REOPENED}
)  # fmt: skip
NOTICE = State.PUBLIC_NOTICE  # an end for today: its days pass by themselves (`Player.after_notice`)
DONE = frozenset({NOTICE, State.DELIVERED, State.DECLARED, State.REFUSED, State.ENDED, State.ARCHIVED})
_WITH_A_PERSON = frozenset({State.WAITING_PERSON, State.ACCEPTED_INCOMPLETE})
PATIENCE = 600.0  # seconds in which a case that nobody acts on must move: pauses between tries at a register double
_PAUSE = 0.25
_MOST_TURNS = 40


class Stuck(MianzhengError):
    """A case that does not come to an end."""

    code = "case-stuck"


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a case. `first`: as it stood when the machine had done what it can; `fault`: why it did not end."""

    wanted: Wanted
    case: str = ""
    first: CaseView | None = None
    explained: Explanation | None = None  # as of `first`
    last: CaseView | None = None
    waited: bool = False  # for a register, with a date
    dateless: bool = False  # it waited for a register and named no date
    hasty: bool = False  # it was left to a person although all that is open hangs on registers that did not answer
    seen: frozenset[QuestionAt] = frozenset()  # what had been asked when it was first looked at
    away: frozenset[QuestionAt] = frozenset()  # of these: what no gateway had answered then
    signed: bool = False
    unsigned: bool = False  # an adult who must sign for themself could not
    entered: frozenset[str] = frozenset()  # names of the findings an officer entered
    before_notice: float = 0.0  # milliseconds up to its public notice, whose days are not counted
    fault: str = ""

    @property
    def end(self) -> Outcome:
        """What the case must come to in the end."""
        return end_of(self.wanted)

    @property
    def supposed(self) -> frozenset[str]:
        """The conditions that an officer settled and the truth does not hold either: every other person meets them."""
        names = {name.removeprefix(CONDITION) for name in self.entered if name.startswith(CONDITION)}
        return frozenset(names & {name for name, truth in _known(self.wanted).items() if truth is None})

    @property
    def from_packs(self) -> frozenset[str]:
        """The sums and words an officer entered that nothing computes: they are the packs' own (`entered`)."""
        known = {f"{COMPUTED}{AMOUNT}"} if self.wanted.amount is not None else set()
        return frozenset(name for name in self.entered if name.startswith(COMPUTED)) - known


def _known(wanted: Wanted) -> dict[str, bool | None]:
    """Return what the truth holds of each condition, the end of the city's registers not being the end of the world."""
    return {name: truth if truth is not None else wanted.looked[name] for name, truth in wanted.conditions.items()}


def played_truth(wanted: Wanted) -> dict[str, bool]:
    """Return what an officer finds of each condition: the truth; what it does not hold, every other person meets."""
    return {name: _benefit(wanted) if truth is None else truth for name, truth in _known(wanted).items()}


def end_of(wanted: Wanted) -> Outcome:
    """Return what a case must come to once an officer has settled what answers leave open."""
    return wanted.expect if wanted.expect != "undecided" else outcome_of(played_truth(wanted), computed=True)


def _benefit(wanted: Wanted) -> bool:
    return sum(map(ord, wanted.resident)) % 2 == 0


class Player:
    """Plays cases; one for each round, because it remembers nothing of a case but what it returns."""

    def __init__(self, residents: Residents, desk: Desk) -> None:
        self.residents = residents
        self.desk = desk

    async def begin(self, wanted: Wanted) -> Played:
        """Apply; return the case as it stands at once."""
        try:
            view = await self.residents.apply(wanted)
            hasty = await self._is_hasty(view)
        except MianzhengError as error:
            return Played(wanted=wanted, fault=f"not opened: {error.code}: {error.message}")
        waits = view.state is State.WAITING_REGISTER
        dateless = waits and view.waits_until is None
        asked = {(one.question, one.role): one.status for one in view.answers}
        return Played(
            wanted=wanted,
            case=view.case,
            last=view,
            waited=waits and not dateless,
            dateless=dateless,
            hasty=hasty,
            seen=frozenset(asked),
            away=frozenset(at for at, status in asked.items() if status == "unavailable"),
        )

    async def _is_hasty(self, view: CaseView) -> bool:
        """Tell whether a person has a case of which everything that is open hangs on registers that did not answer."""
        if view.state not in _WITH_A_PERSON or all(one.status != "unavailable" for one in view.answers):
            return False
        explained = await self.residents.explain(view.case)
        open_ = [one for one in explained.conditions if one.result == "unknown"]
        return bool(open_) and all(any(answer.status == "unavailable" for answer in one.answers) for one in open_)

    async def finish(self, played: Played) -> Played:
        """Play a case that was opened to its end."""
        if played.fault or played.last is None:
            return played
        turns = _Turns(self, played)
        return await _ended(turns, turns.run)

    async def after_notice(self, played: Played) -> Played:
        """Play a case on to its end, on a day after its public notice."""
        turns = _Turns(self, played)
        return await _ended(turns, turns.past_notice)


async def _ended(turns: _Turns, run: Callable[[], Awaitable[Played]]) -> Played:
    try:
        return await run()
    except MianzhengError as error:
        at = turns.view.state
        return msgspec.structs.replace(turns.played, last=turns.view, fault=f"{at}: {error.code}: {error.message}")


class _Turns:
    """The turns of one case."""

    def __init__(self, player: Player, played: Played) -> None:
        self.player = player
        self.played = played
        self.wanted = played.wanted
        self.view: CaseView = played.last  # type: ignore[assignment]  # `finish` has looked
        self.truths = played_truth(played.wanted)
        self.handed_in = ""  # the outcome accepted or signed, not yet confirmed by the handling gateway

    async def run(self) -> Played:
        await self._settle()
        if self.view.state is State.WAITING_SIGNATURE:
            await self._let_sign()
        explained = await self.player.residents.explain(self.view.case)
        self._note(first=self.view, explained=explained)
        return await self._to_the_end()

    async def past_notice(self) -> Played:
        """Nobody has to act for a notice to end: the hub must go on by itself."""
        self._note(before_notice=self.view.milliseconds)
        self.view = await self.player.residents.come_back(self.view.case)
        await self._look_until_it_leaves(NOTICE)
        await self._settle()
        return await self._to_the_end()

    async def _to_the_end(self) -> Played:
        for _ in range(_MOST_TURNS):
            if self.view.state in DONE:
                return await self._receive()
            turn = _TURNS.get(self.view.state)
            if turn is None:
                raise Stuck(f"nobody is to act on a case that is {self.view.state}")
            before = self.view
            await turn(self)
            if self.view is before:
                self.view = await self.player.residents.show(self.view.case)
            await self._settle()
        raise Stuck(f"still {self.view.state} after {_MOST_TURNS} turns")

    def _note(self, **found: object) -> None:
        self.played = msgspec.structs.replace(self.played, **found)

    async def _settle(self) -> None:
        """Look again until somebody has to act; a wait for a register must name its date."""
        await self._look_while(self._moves)

    async def _look_until_it_leaves(self, state: State) -> None:
        async def stands() -> bool:
            return self.view.state is state

        await self._look_while(stands)

    async def _look_while(self, moves: Callable[[], Awaitable[bool]]) -> None:
        until = time.monotonic() + PATIENCE
        while await moves():
            if self.view.state is State.WAITING_REGISTER:
                dated = self.view.waits_until is not None
                self._note(waited=self.played.waited or dated, dateless=self.played.dateless or not dated)
            if time.monotonic() > until:
                raise Stuck(f"still {self.view.state} after {PATIENCE:.0f} s")
            await asyncio.sleep(_PAUSE)
            self.view = await self.player.residents.show(self.view.case)

    async def _moves(self) -> bool:
        """A register that did not answer is still asked, though a person could have the case already.

        Unless its answer matters no more: a condition that another branch has met waits for none.
        """
        if self.view.state is not State.WAITING_PERSON:
            return self.view.state in MOVING
        if all(one.status != "unavailable" for one in self.view.answers):
            return False
        explained = await self.player.residents.explain(self.view.case)
        open_ = [one for one in explained.conditions if one.result == "unknown"]
        if any(answer.status == "unavailable" for one in open_ for answer in one.answers):
            return True
        seen, self.view = self.view, await self.player.residents.show(self.view.case)
        # it was being asked again while this was read: what is kept must be of one moment
        return (self.view.state, self.view.answers) != (seen.state, seen.answers)

    async def _receive(self) -> Played:
        last = self.view
        if last.state is State.DELIVERED:
            last = await self.player.residents.receive(last.case)
        return msgspec.structs.replace(self.played, last=last)

    async def proposed(self) -> None:
        """Every other refusal is accepted by the person, where acceptance is offered; an officer signs all else.

        What was accepted or signed the handling gateway may still have to confirm; where it says no to a grant, because
        the same was granted in another case meanwhile, a refusal is proposed in its place.
        """
        if self.handed_in == self.view.decision:
            await self._look_until_it_leaves(State.PROPOSED)
            return
        refused = self.view.decision == "refused" and not self.played.signed
        if refused and _benefit(self.wanted) and await self.player.residents.may_accept(self.view):
            self.handed_in = self.view.decision
            self.view = await self.player.residents.accept(self.view)
        else:
            await self._sign()

    async def with_a_person(self) -> None:
        """Declare what may be declared; what is still open an officer settles, and then signs."""
        self.handed_in = ""
        if self._declares():
            self.view = await self.player.residents.declare(self.view)
            return
        desk = await self._settled()
        if desk.state is State.WAITING_PERSON and not desk.open:
            await self._sign(desk)

    async def _settled(self) -> DeskView:
        """Let the officer enter a finding for all that is open; return the desk as it is then."""
        names, desk = await self.player.desk.settle(self.view.case, self.wanted, self.truths)
        self._note(entered=self.played.entered | names)
        return desk

    def _declares(self) -> bool:
        """A person declares what is true of them."""
        open_ = [one.condition for one in self.view.declarations if not one.signed]
        return bool(open_) and all(self.truths.get(name, False) for name in open_)

    async def incomplete(self) -> None:
        """What is missing could follow; here it never does, and the person would rather see somebody."""
        self.view = await self.player.residents.ask_person(self.view)

    async def fee_due(self) -> None:
        await self.player.desk.pay(self.view.case, self.wanted.department, self.view.fee or Decimal(0))

    async def _let_sign(self) -> None:
        """The adults who must sign do; who cannot leaves the case to a person."""
        self.view = await self.player.residents.let_sign(self.view, self.wanted)
        if self.view.state is State.WAITING_SIGNATURE:
            self._note(unsigned=True)
            self.view = await self.player.residents.ask_person(self.view)
        await self._settle()

    async def visit_booked(self) -> None:
        await self._settled()

    async def _sign(self, seen: DeskView | None = None) -> None:
        self.handed_in = await self.player.desk.sign(self.view.case, self.wanted.department, seen)
        self._note(signed=True)


_TURNS: dict[State, Callable[[_Turns], Awaitable[None]]] = {
    State.PROPOSED: _Turns.proposed,
    State.WAITING_PERSON: _Turns.with_a_person,
    State.ACCEPTED_INCOMPLETE: _Turns.incomplete,
    State.FEE_DUE: _Turns.fee_due,
    State.WAITING_SIGNATURE: _Turns._let_sign,
    State.VISIT_BOOKED: _Turns.visit_booked,
}

"""Whom conformance plays, as it needs them: residents with their clients, staff with their keys, a town's processes.

`cli/conformance` brings the real ones: the client of `case run`, keys of the demo's staff, processes by their pids.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from mianzheng.conformance.wanted import Wanted
from mianzheng.model.case import CaseView, Explanation
from mianzheng.model.officers import Act, DeskView, How
from mianzheng.model.scalar import Wire


class Residents(Protocol):
    """The persons' side: every call signs in as who is meant, and signs with their own key."""

    async def apply(self, wanted: Wanted) -> CaseView:
        """Open a case, check and sign its plan, hand it in; return the case as it then stands."""

    async def show(self, case: str) -> CaseView:
        """Return a case as it stands, as who opened it sees it."""

    async def explain(self, case: str) -> Explanation:
        """Return its explanation."""

    async def may_accept(self, view: CaseView) -> bool:
        """Tell whether who acts in a case is offered to accept its refusal; where not, an officer decides."""

    async def accept(self, view: CaseView) -> CaseView:
        """Accept a proposed refusal."""

    async def declare(self, view: CaseView) -> CaseView:
        """Sign what may be declared 告知承诺."""

    async def ask_person(self, view: CaseView) -> CaseView:
        """Ask for a person instead of waiting on."""

    async def let_sign(self, view: CaseView, wanted: Wanted) -> CaseView:
        """Invite the adults who must sign for themselves, and sign as they would."""

    async def come_back(self, case: str) -> CaseView:
        """Sign in again, days later; return the case as it then stands."""

    async def receive(self, case: str) -> CaseView:
        """Say that the holder has what was delivered."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer enters: `note` why, `how` it was found, where the item does not say it."""

    name: str
    value: Wire
    note: str = ""
    how: How = ""


class Staff(Protocol):
    """The departments' side: clerks, officers and cashiers, each with a certified key."""

    async def act(self, case: str, department: str, act: Act, shown: str = "") -> DeskView:
        """Sign an act; `shown` is the recommendation's digest where one is signed."""

    async def enter(self, case: str, department: str, found: Found) -> DeskView:
        """Sign a finding and enter it."""


class Town(Protocol):
    """The processes of the city."""

    def departments(self) -> Sequence[str]:
        """Return the departments whose gateways may be stopped; not the two that name people and bodies."""

    def gateways(self) -> Sequence[str]:
        """Return all departments with a gateway."""

    def stop(self, departments: Sequence[str]) -> None:
        """Kill the gateways of these departments."""

    def start(self) -> None:
        """Start every process that does not run, and wait until all answer."""

    def may_turn(self) -> bool:
        """Tell whether its clock is ours to turn: of a city made for this run, and of no other."""

    def turn(self, days: int) -> None:
        """Start the whole city anew on the day so many days from now, its registers marked as of that day."""

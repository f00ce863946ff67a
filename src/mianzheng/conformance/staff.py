"""Clerk, officer and cashier as conformance plays them: they see the desk, enter findings, sign what is recommended."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from mianzheng.city.calendar import shanghai_today
from mianzheng.conformance.parties import Found, Staff
from mianzheng.conformance.wanted import AMOUNT, Wanted
from mianzheng.model.case import State
from mianzheng.model.errors import MianzhengError
from mianzheng.model.officers import CONDITION, Approve, Book, DeskView, How, OpenView, Pay, Sign, Take
from mianzheng.model.scalar import Wire, to_wire

_ASKED = "已向掌握该项内容的部门核实 asked of the department that holds it, by its own channel"
_COUNTED = "按本部门原始记录核定 worked out from the department's own files"
_BY_RECORD: How = "record"  # nobody is asked for a paper: what a register cannot answer its department is asked
_PLACE = "所申请的地点 where it is applied for"
COMPUTED = "computed:"
_HERE = (State.WAITING_PERSON, State.VISIT_BOOKED)  # where an officer enters what they saw
_MOST = 40  # findings


class NothingRecommended(MianzhengError):
    """An officer is asked to sign, and the desk recommends nothing."""

    code = "nothing-recommended"


class Desk:
    """The played staff of all departments."""

    def __init__(
        self, staff: Staff, *, entered: Mapping[str, Mapping[str, Wire]], booked: Mapping[str, frozenset[str]]
    ) -> None:
        """`entered`: item -> what an officer enters where something of the outcome cannot be computed.

        `booked`: item -> the findings that are given a day first.
        """
        self.staff = staff
        self.entered = entered
        self.booked = booked

    async def take(self, case: str, department: str) -> DeskView:
        """Take the case as this department's officer; taken twice it is taken once."""
        return await self.staff.act(case, department, Take())

    async def settle(self, case: str, wanted: Wanted, truths: Mapping[str, bool]) -> tuple[frozenset[str], DeskView]:
        """Enter a finding for all that is open while the case stays here; return their names, and the desk after."""
        desk, names = await self.take(case, wanted.department), set[str]()
        while desk.open and desk.state in _HERE and len(names) < _MOST:
            found = self._finding(desk.open[0], wanted, truths)
            if found.name in names:
                break  # it is open still: whoever looks at the case next sees why
            if found.name in self.booked[wanted.item] and desk.state is State.WAITING_PERSON:
                day = Book(finding=found.name, on=shanghai_today(), place=_PLACE)
                await self.staff.act(case, wanted.department, day)
            desk = await self.staff.enter(case, wanted.department, found)
            names.add(found.name)
        return frozenset(names), desk

    def _finding(self, one: OpenView, wanted: Wanted, truths: Mapping[str, bool]) -> Found:
        """Return what is entered: a finding that the rule asks for, else that the condition is met or not."""
        for name in one.findings:
            if name in wanted.findings:
                return Found(name=name, value=wanted.findings[name])
        if one.finding.startswith(COMPUTED):
            value = self.entered[wanted.item][one.condition]
            if one.condition == AMOUNT and wanted.amount is not None:
                value = to_wire(wanted.amount)  # the registers do not hold it, the department's own files do
            return Found(name=one.finding, value=value, note=_COUNTED, how=_BY_RECORD)
        name, value = f"{CONDITION}{one.condition}", truths[one.condition]
        return Found(name=name, value=value, note=_ASKED, how=_BY_RECORD)

    async def sign(self, case: str, department: str, seen: DeskView | None = None) -> str:
        """Sign what is recommended, with the approvals of every other department that it takes; return the outcome.

        `seen`: the case as this officer has just seen it, having taken it; else they take it first.
        """
        desk = seen or await self.take(case, department)
        if desk.recommendation is None:
            raise NothingRecommended(f"open: {', '.join(one.condition for one in desk.open) or 'nothing'}")
        outcome, shown = desk.recommendation.outcome, desk.shown
        if outcome == "granted":
            for other in (name for name, signed in desk.approvals.items() if not signed):
                await self.staff.act(case, other, Approve(outcome=outcome), shown)
        await self.staff.act(case, department, Sign(outcome=outcome), shown)
        return outcome

    async def pay(self, case: str, department: str, fee: Decimal) -> None:
        """Take the fee, and sign the receipt."""
        await self.staff.act(case, department, Pay(amount=str(fee), receipt=f"receipt-{case[:8]}"))

"""What a case must come to, as the truth says it: made by `truth`, played by `play`, compared by `compare`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from mianzheng.model.scalar import Wire

Outcome = Literal["granted", "refused", "undecided"]
Way = Literal["self", "mandate", "window", "face", "representative"]  # how they come: `ways`
AMOUNT = "amount"  # stands among the open conditions when a sum, or a claim, cannot be computed


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One resident, or body, who applies, and what must come of it.

    `conditions`: what each condition in force is over the truth once an officer has entered `findings`; `before`: the
    same while nobody has looked yet; `looked`: what the truth itself holds, the end of the city's registers not being
    the end of the world. None: unknown. `amount`: in yuan, None where there is none or it cannot be computed.
    `linked`: role -> the number of whom a link leads to, where it is one. `troubled`: a trap of dirty data was planted
    for them or for whom they chose (docs/city.md): the registers may not know what is true, but say nothing else.
    `through`: the number of who acts for them, where another does. `again`: they, or somebody for whom they play, stand
    in another case of the item too, for nobody else of the city fits; granted there, they are lawfully refused here.
    """

    item: str
    department: str
    resident: str
    name: str
    choose: Mapping[str, str]
    linked: Mapping[str, str] = {}
    troubled: bool = False
    form: Mapping[str, Wire]
    findings: Mapping[str, Wire]
    conditions: Mapping[str, bool | None]
    before: Mapping[str, bool | None]
    looked: Mapping[str, bool | None]
    computed: bool
    amount: Decimal | None
    way: Way = "self"
    again: bool = False
    through: str = ""
    through_name: str = ""

    @property
    def expect(self) -> Outcome:
        """The outcome once the officer's findings are there."""
        return outcome_of(self.conditions, computed=self.computed)

    @property
    def first(self) -> Outcome:
        """The outcome before anybody has looked: what the machine alone may come to."""
        return outcome_of(self.before, computed=self.computed)

    @property
    def failing(self) -> frozenset[str]:
        """The conditions that are false."""
        return frozenset(name for name, truth in self.conditions.items() if truth is False)


def outcome_of(conditions: Mapping[str, bool | None], *, computed: bool) -> Outcome:
    """Return refused when a condition is false, granted when all are true and the sums known, else undecided."""
    if any(truth is False for truth in conditions.values()):
        return "refused"
    return "granted" if computed and all(conditions.values()) else "undecided"

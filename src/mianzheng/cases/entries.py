"""The ledger entries of a case: what was asked of whom, what came back, which way the case went.

An entry names digests, never values. Who applied sees it in full: they signed the plan it is of. An entry
about another person has a second view, for whoever that role turns out to be: the hub does not know who.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from mianzheng.ledger.entry import Entry, Kind, Line, View
from mianzheng.model.case import State
from mianzheng.model.item import Item, base_of
from mianzheng.model.plan import PlanLine


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What every entry of one case says alike."""

    actor: str  # the hub's party
    case: str
    item: str
    subject: str  # pseudonym of the ledger, b64
    views: Mapping[str, Literal["full", "masked"]] = {}  # role of another person -> how they read what is about them

    def state(self, *, source: str, target: State, reason: str, at: int) -> Entry:
        """Return the entry of a step from one state to another (or on, inside one)."""
        return self._entry("state", at=at, purpose=f"{source} > {target}: {reason}")

    def asked(self, *, request: str, department: str, role: str, lines: Sequence[PlanLine], at: int) -> Entry:
        """Return the entry of a request before it leaves: each question in the plan's own words."""
        return self._entry(
            "asked", at=at, department=department, role=role, request=request, lines=tuple(_line(x) for x in lines)
        )

    def answered(
        self,
        *,
        request: str,
        department: str,
        role: str,
        lines: Sequence[PlanLine],
        disclosures: Mapping[str, str],
        sheet: str,
        at: int,
    ) -> Entry:
        """Return the entry of a sheet that came: its digest, and each answer's disclosure digest."""
        return self._entry(
            "answered",
            at=at,
            department=department,
            role=role,
            request=request,
            digest=sheet,
            lines=tuple(_line(x, disclosures.get(x.question, "")) for x in lines),
        )

    def refused(self, *, request: str, department: str, role: str, code: str, at: int) -> Entry:
        """Return the entry of an answer that is none: refused by the gateway, or a false sheet refused here."""
        return self._entry("refused", at=at, department=department, role=role, request=request, purpose=code)

    def step(self, kind: Kind, *, request: str, department: str, purpose: str, at: int, digest: str = "") -> Entry:
        """Return the entry of any other request (bundle, decision, delivery), or of its answer."""
        return self._entry(kind, at=at, department=department, request=request, purpose=purpose, digest=digest)

    def _entry(
        self,
        kind: Kind,
        *,
        at: int,
        department: str = "",
        role: str = "",
        request: str = "",
        purpose: str = "",
        digest: str = "",
        lines: tuple[Line, ...] = (),
    ) -> Entry:
        return Entry(
            kind=kind,
            at=at,
            actor=self.actor,
            department=department,
            case=self.case,
            item=self.item,
            role=role,
            request=request,
            purpose=purpose,
            digest=digest,
            lines=lines,
            subjects=(View(subject=self.subject), *self._others(role)),
        )

    def _others(self, role: str) -> tuple[View, ...]:
        view = self.views.get(base_of(role))
        return () if view is None else (View(subject=subject_of(role), view=view),)


def subject_of(role: str) -> str:
    """Return under which name another person of a case (`spouse#1`) stands among an entry's subjects."""
    return f"role:{role}"


def views_of(item: Item) -> dict[str, Literal["full", "masked"]]:
    """Return how each other person of an item reads what is about them.

    A role that reads only after a date (`after_date`) has no view here: its gateways show it when the time has come.
    """
    return {
        name: role.view for name, role in item.roles.items() if name != item.acting_role and role.view != "after_date"
    }


def _line(line: PlanLine, disclosure: str = "") -> Line:
    return Line(
        question=line.question, sentence=line.sentence, basis=line.basis, purpose=line.purpose, digest=disclosure
    )

"""What one process holds of a case: its row, with the parts open, and what is read from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import TypeVar

import msgspec

from mianzheng.cases.change import Change, Made, NotInThisState
from mianzheng.cases.clock import Facts
from mianzheng.cases.entries import Scene, views_of
from mianzheng.cases.hub import Hub
from mianzheng.cases.library import Version
from mianzheng.cases.parts import LinkedSheet, Opening, Outcome, Participant, Permit, Sent, read_authorisation
from mianzheng.cases.procedure import Procedure, key_of
from mianzheng.cases.vault import LedgerKey
from mianzheng.credentials.at_rest import ContentKey
from mianzheng.deadlines import day_in_china
from mianzheng.ledger.entry import Entry, Kind
from mianzheng.model.asking import SignedStep
from mianzheng.model.authorisation import Authorisation, SealedBundle
from mianzheng.model.canonical import b64
from mianzheng.model.case import State
from mianzheng.model.evidence import QuestionAt
from mianzheng.model.mandate import AGENT, REPRESENTATIVE
from mianzheng.store.cases import CaseRow

P = TypeVar("P", bound=msgspec.Struct)


class HeldCase:
    """One case as one process holds it: its row and every part of it, opened."""

    def __init__(
        self,
        hub: Hub,
        row: CaseRow,
        *,
        key: ContentKey,
        ledger_key: LedgerKey,
        opening: Opening,
        version: Version,
        requests: list[Sent],
        contests: dict[QuestionAt, SignedStep],
        participants: dict[str, Participant] | None = None,
    ) -> None:
        self.hub = hub
        self.row = row
        self.key = key
        self.ledger_key = ledger_key
        self.opening = opening
        self.version = version
        self.requests = requests
        self.contests = contests
        self.participants = participants or {}  # by role as it is asked about: spouse#1
        self.silent: set[str] = set()  # requests that were sent in this run and got no valid answer
        self.expired: set[str] = set()  # requests the gateway found too old to serve
        self.tried = False  # needs were asked in this run
        self.standing = ""  # the authority's word in this run that a mandate stands
        self.scene = scene_of(hub, row.id, version, ledger_key)
        self.permit: Permit | None = self._part(row.permission, "permission", Permit)
        self.outcome: Outcome | None = self._part(row.outcome, "outcome", Outcome)
        self.procedure: Procedure = self._part(row.procedure, "procedure", Procedure) or Procedure()

    @property
    def id(self) -> str:
        """The case's id."""
        return self.row.id

    @property
    def state(self) -> State:
        """Where the case stands."""
        return self.row.state

    @property
    def as_of(self) -> date:
        """The day by whose law the case is decided; fixed at acceptance."""
        if self.row.as_of is None:
            raise NotInThisState("the case has not been accepted yet")
        return self.row.as_of

    @cached_property
    def authorisation(self) -> Authorisation:
        """What the person signed."""
        return read_authorisation(self.signed)

    @property
    def signed(self) -> Permit:
        """The permit; `NotInThisState` before the person signed."""
        if self.permit is None:
            raise NotInThisState("the case has not been authorised yet")
        return self.permit

    @cached_property
    def bundle(self) -> SealedBundle:
        """The acting person's sealed bundle."""
        role = self.version.item.acting_role
        found = next((bundle for named, bundle in self.bundles if named == role), None)
        if found is None:
            raise NotInThisState("the authority has not named the subject yet")
        return found

    @cached_property
    def actor(self) -> SealedBundle:
        """The acting person's own bundle: of an agent's case another than the subject's."""
        if self.opening.acting is None:
            return self.bundle
        found = next((bundle for named, bundle in self.bundles if named in (AGENT, REPRESENTATIVE)), None)
        if found is None:
            raise NotInThisState("the authority has not named the acting person yet")
        return found

    @property
    def bundles(self) -> Iterator[tuple[str, SealedBundle]]:
        """Every bundle that an authority made for this case, with the role it is of."""
        return (named for sent in self.requests if (named := sent.sealed_bundle()) is not None)

    @property
    def sheets(self) -> list[tuple[Sent, LinkedSheet]]:
        """Every verified sheet with the request it answers, oldest first."""
        return [(sent, sheet) for sent in self.requests if (sheet := sent.sheet()) is not None]

    def open_requests(self, kind: str) -> list[Sent]:
        """Return the requests of a kind that have no answer and were not tried in this run."""
        return [r for r in self.requests if r.kind == kind and r.status == "open" and r.id not in self.silent]

    def take(self, answers: Mapping[str, bytes | None]) -> None:
        """Hold answers in memory, by request id (None: void); `step` commits them."""
        for sent in self.requests:
            if sent.id in answers:
                sent.answer = answers[sent.id]
                sent.status = "void" if sent.answer is None else "answered"

    def entry(self, entry: Entry) -> Made:
        """Return a ledger entry of this case, salted and encrypted."""
        leaf, row = self.hub.vault.entry(self.ledger_key, entry)
        return Made(leaf=leaf, row=row)

    def note(self, kind: Kind, *, request: str, purpose: str, party: str = "", digest: str = "") -> Made:
        """Return the entry of a request (kind asked) that is no question, or of its answer.

        `party`: the gateway whose own log has a line beside this entry; none for an authority's bundle.
        """
        department = self.hub.department(party) if party else ""
        at = self.hub.seconds
        return self.entry(
            self.scene.step(kind, request=request, department=department, purpose=purpose, at=at, digest=digest)
        )

    def facts(self) -> Facts:
        """What the law's clock of this case depends on, as it stands."""
        return self._facts(self.state, Change(reason=""))

    def _facts(self, state: State, change: Change) -> Facts:
        contested = {key_of(at) for at in self.contests}
        if change.contest is not None:
            contested.add(key_of((change.contest.question, change.contest.role)))
        if change.beside is not None and change.beside.contest_ended is not None:
            contested.discard(key_of(change.beside.contest_ended))
        return Facts(
            item=self.version.item,
            state=state,
            as_of=change.as_of or self.row.as_of,
            authorised_at=change.authorised_at or self.row.authorised_at,
            procedure=change.procedure or self.procedure,
            since=day_in_china(self.row.changed_at if state is self.state else self.hub.clock()),
            contested=frozenset(contested),
        )

    def _shut(self, row: str, plaintext: bytes) -> bytes:
        return self.key.encrypt(plaintext, context=f"{self.id}:{row}")

    def _shut_part(self, name: str, part: msgspec.Struct | None) -> bytes | None:
        return None if part is None else self._shut(name, msgspec.json.encode(part))

    def _part(self, sealed: bytes | None, name: str, type_: type[P]) -> P | None:
        if sealed is None:
            return None
        return msgspec.json.decode(self.key.decrypt(sealed, context=f"{self.id}:{name}"), type=type_)


def scene_of(hub: Hub, case: str, version: Version, ledger_key: LedgerKey) -> Scene:
    """Return what every ledger entry of a case says alike."""
    return Scene(
        actor=hub.party,
        case=case,
        item=version.item.item,
        subject=b64(ledger_key.whose.subject),
        views=views_of(version.item),
    )

"""A case in the hands of one process: its row with the parts open, and the one way to change it.

`LiveCase.step` is the only function that moves a case. It writes the ledger entry of the step
itself, so no caller can forget it, and it raises `Overtaken` when another process was first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.cases.change import Change, Made, NotInThisState, Overtaken
from mianzheng.cases.clock import Facts, next_turn, wakes_at
from mianzheng.cases.entries import Scene, views_of
from mianzheng.cases.hub import Hub
from mianzheng.cases.library import Version
from mianzheng.cases.parts import (
    LinkedSheet,
    Opening,
    Outcome,
    Participant,
    Permit,
    Sent,
    participant_context,
    read_authorisation,
)
from mianzheng.cases.procedure import Procedure, key_of
from mianzheng.cases.references import CLOSED, without_references
from mianzheng.cases.vault import LedgerKey
from mianzheng.credentials.at_rest import ContentKey
from mianzheng.deadlines import day_in_china
from mianzheng.ledger.entry import Entry, Kind
from mianzheng.model.asking import SignedStep
from mianzheng.model.authorisation import Authorisation, SealedBundle
from mianzheng.model.canonical import b64
from mianzheng.model.case import EDGES, State
from mianzheng.model.evidence import QuestionAt
from mianzheng.model.mandate import AGENT, REPRESENTATIVE
from mianzheng.store import cases as stored
from mianzheng.store.archiving import rewrite_requests
from mianzheng.store.cases import CaseRow
from mianzheng.store.edges import Answered, Edge, NewRequest, move
from mianzheng.store.jobs import defer_advance
from mianzheng.store.people import add_participant
from mianzheng.store.procedure import write_beside

P = TypeVar("P", bound=msgspec.Struct)


_KEPT = ("as_of", "wave", "decision", "decided_by", "authorised_at", "settled_at", "handler")


class LiveCase:
    """One case, loaded; use `load` or `opening.open_case`."""

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

    async def step(self, target: State, change: Change) -> None:
        """Move the case to `target` (which may be where it stands) and commit all of `change` with it."""
        source = self.state
        if target is not source and target not in EDGES[source]:
            raise NotInThisState(f"no way leads from {source} to {target}")
        edge, bare = self.edge(target, change), self._bare(target, change)
        several = change.contest is not None or change.participants or change.beside is not None or bare
        if change.by_job or several:
            async with self.hub.store.transaction() as connection:
                won = await move(connection, edge)
                if won and change.contest is not None:
                    await stored.add_contest(connection, self.id, change.contest)
                for role, participant in change.participants.items() if won else ():
                    await self._join(connection, role, participant)
                if won and change.beside is not None:
                    await write_beside(connection, self.id, change.beside, edge.at)
                if won and bare:
                    await rewrite_requests(connection, self.id, self._shut_requests(bare))
                if won and change.by_job and change.due_at is not None:
                    await defer_advance(self.hub.jobs, connection, self.id, change.due_at)
        else:
            async with self.hub.store.connection() as connection:
                won = await move(connection, edge)
        if not won:
            raise Overtaken(f"case {self.id} was moved by another process")
        self._moved(target, change, edge.clock_at)
        for sent in self.requests:
            if sent.id in bare:
                sent.token, sent.answer = bare[sent.id]
                sent.parsed = sent.request = None

    def _bare(self, target: State, change: Change) -> dict[str, tuple[str, bytes | None]]:
        """Return what remains of the requests when this step decides the case: references to others go with it."""
        if target not in CLOSED or not self.version.compiled.links:
            return {}
        self.take(change.answers)
        return without_references(self.requests, self.version.item.acting_role)

    def _shut_requests(self, bare: Mapping[str, tuple[str, bytes | None]]) -> dict[str, tuple[bytes, bytes | None]]:
        return {
            name: (
                self._shut(f"body:{name}", token.encode()),
                None if answer is None else self._shut(f"answer:{name}", answer),
            )
            for name, (token, answer) in bare.items()
        }

    async def _join(self, connection: AsyncConnection, role: str, participant: Participant) -> None:
        sealed = self.key.encrypt(msgspec.json.encode(participant), context=participant_context(self.id, role))
        who = self.hub.vault.pseudonym("participants", participant.pairwise)
        await add_participant(connection, case=self.id, role=role, who=who, content=sealed)

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

    def edge(self, target: State, change: Change) -> Edge:
        """Return the step to `target` as it is written: whoever writes it by themself writes all of it."""
        moved = self.entry(
            self.scene.state(source=self.state, target=target, reason=change.reason, at=self.hub.seconds)
        )
        sealed = {r.id: self._shut(f"body:{r.id}", r.token.encode()) for r in change.requests}
        turn = next_turn(self._facts(target, change), self.hub.days)
        return Edge(
            case=self.id,
            version=self.row.version,
            source=self.state,
            target=target,
            reason=change.reason,
            whose=self.ledger_key.whose,
            entries=(*(made.row for made in change.entries), moved.row),
            at=self.hub.clock(),
            due_at=change.due_at,
            requests=tuple(
                NewRequest(id=r.id, kind=r.kind, party=r.party, wave=r.wave, body=sealed[r.id]) for r in change.requests
            ),
            answered=tuple(
                Answered(id=name, answer=None if answer is None else self._shut(f"answer:{name}", answer))
                for name, answer in change.answers.items()
            ),
            permission=self._shut_part("permission", change.permit),
            outcome=self._shut_part("outcome", change.outcome),
            authorisation=None if change.permit is None else change.permit.digest,
            as_of=None if change.as_of is None else change.as_of.isoformat(),
            wave=change.wave,
            decision=change.decision,
            decided_by=change.decided_by,
            attempts=change.attempts,
            authorised_at=change.authorised_at,
            settled_at=change.settled_at,
            waits_until=change.waits_until,
            clock_at=wakes_at(turn),
            provisional=turn is not None and turn.provisional,
            procedure=self._shut_part("procedure", change.procedure),
            opening=self._shut_part("opening", change.opening),
            handler=change.handler,
        )

    def _moved(self, target: State, change: Change, clock_at: datetime | None) -> None:
        """Follow in memory what was committed."""
        kept = {name: getattr(change, name) for name in _KEPT}
        self.procedure = change.procedure or self.procedure
        self.opening = change.opening or self.opening
        self.row = msgspec.structs.replace(
            self.row,
            state=target,
            version=self.row.version + 1,
            changed_at=self.hub.clock(),
            clock_at=clock_at,
            attempts=change.attempts,
            waits_until=change.waits_until,
            due_at=change.due_at,
            authorisation=change.permit.digest if change.permit else self.row.authorisation,
            **{name: value for name, value in kept.items() if value is not None},
        )
        self.permit = change.permit or self.permit
        self.outcome = change.outcome or self.outcome
        self.participants |= change.participants
        self.requests.extend(change.requests)
        self.take(change.answers)

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

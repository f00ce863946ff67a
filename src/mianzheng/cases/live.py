"""A case in the hands of one process, and the one way to change it.

`LiveCase.step` is the only function that moves a case. It writes the ledger entry of the step
itself, so no caller can forget it, and it raises `Overtaken` when another process was first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from mianzheng.cases.change import Change, NotInThisState, Overtaken
from mianzheng.cases.clock import next_turn, wakes_at
from mianzheng.cases.held import HeldCase
from mianzheng.cases.parts import Participant, participant_context
from mianzheng.cases.references import CLOSED, without_references
from mianzheng.model.case import EDGES, State
from mianzheng.store import cases as stored
from mianzheng.store.archiving import rewrite_requests
from mianzheng.store.edges import Answered, Edge, NewRequest, move
from mianzheng.store.jobs import defer_advance
from mianzheng.store.people import add_participant
from mianzheng.store.procedure import write_beside

_KEPT = ("as_of", "wave", "decision", "decided_by", "authorised_at", "settled_at", "handler")


class LiveCase(HeldCase):
    """One case, loaded, that may be moved; use `load` or `opening.open_case`."""

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

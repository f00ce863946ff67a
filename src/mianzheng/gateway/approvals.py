"""Approvals: which of this department's questions a steward allowed, for which item, role and basis.

The steward signs over what this gateway compiled itself: question, mapping digest and SQL digest.
Another mapping or another SQL text has another digest, so a changed one voids the approval.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Mapping
from datetime import date

import msgspec
from sqlalchemy import TextClause, text

from mianzheng.catalogue.publication import basis_of
from mianzheng.credentials import jws
from mianzheng.credentials.trust import TrustStore
from mianzheng.gateway.items import LoadedItem, generation_of, raise_generation, staff_key
from mianzheng.gateway.state import State
from mianzheng.model.canonical import canonical, digest
from mianzheng.model.evidence import QuestionAt
from mianzheng.model.facts import FactCatalogue, Register
from mianzheng.model.item import Basis, Condition, Item
from mianzheng.model.publishing import Approval, Certified
from mianzheng.model.text import Text
from mianzheng.rules.audience import line_sentence
from mianzheng.rules.expression import Form
from mianzheng.rules.question import Placed, Question
from mianzheng.rules.sql.query import Query, compile_query, mapping_digest
from mianzheng.rules.tree import walk


class OwnQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question of an item to this department, as this gateway compiled it."""

    placed: Placed
    register: Register
    query: Query
    clause: TextClause
    sentence: Text
    basis: Basis  # on which the item asks
    purpose: str  # condition | outcome | need
    asked_by: tuple[Condition, ...]  # conditions it serves; none: an outcome or a need
    forms: tuple[str, ...]  # form fields it binds
    mapping_digest: str
    sql_digest: str

    def in_force(self, as_of: date) -> bool:
        """Tell whether anything of the item asks this for a case of that date."""
        dates = [(condition.effective or date.min, condition.until or date.max) for condition in self.asked_by]
        return not dates or any(first <= as_of < end for first, end in dates)

    @property
    def question(self) -> Question:
        """The question."""
        return self.placed.question

    @property
    def at(self) -> QuestionAt:
        """Its place in plans and evidence."""
        return (self.placed.question.id, self.placed.role)


class Compiler:
    """Compiles the questions that items put to this department's registers."""

    def __init__(self, facts: FactCatalogue, *, party: str, department: str, dialects: Mapping[str, str]) -> None:
        """`dialects`: SQL dialect of each register that this gateway serves."""
        self.facts = facts
        self.party = party
        self.department = department
        self.dialects = dialects
        self._mappings = {name: mapping_digest(facts.registers[name]) for name in dialects}

    def questions(self, loaded: LoadedItem) -> tuple[OwnQuestion, ...]:
        """Return the questions of an item version to this department's registers, needs included."""
        placed = {(p.question.id, p.role): p for p in _placed(loaded)}
        return tuple(self._one(loaded, p) for p in placed.values() if p.question.register in self.dialects)

    def _one(self, loaded: LoadedItem, placed: Placed) -> OwnQuestion:
        name = placed.question.register
        register = self.facts.registers[name]
        query = compile_query(placed.question, register, self.dialects[name])
        purpose, serves = loaded.compiled.purposes[placed.question.id, placed.role]
        return OwnQuestion(
            placed=placed,
            register=register,
            query=query,
            clause=text(query.sql),
            sentence=line_sentence(loaded.compiled, loaded.facts, placed),
            basis=basis_of(loaded.item, name, placed.role),
            purpose=purpose,
            asked_by=_conditions(loaded.item, serves) if purpose == "condition" else (),
            forms=form_names(placed.question),
            mapping_digest=self._mappings[name],
            sql_digest=digest(query.sql.encode()),
        )


class Approvals:
    """The approvals in the state file, verified once; thread-safe."""

    def __init__(self, state: State, compiler: Compiler, trust: TrustStore) -> None:
        """Read from `state`; signatures are checked against `trust` as of the time they were made."""
        self._state = state
        self._compiler = compiler
        self._trust = trust
        self._lock = threading.Lock()
        self._generation = -1
        self._known: dict[str, dict[QuestionAt, tuple[OwnQuestion, frozenset[Basis]]]] = {}

    def find(self, loaded: LoadedItem, at: QuestionAt) -> tuple[OwnQuestion, frozenset[Basis]] | None:
        """Return the question and the bases approved for it now; None when there is no such question here."""
        with self._lock:
            generation = generation_of(self._state.reader())
            if generation != self._generation:
                self._known, self._generation = {}, generation
            if loaded.digest not in self._known:
                self._known[loaded.digest] = self._load(loaded)
            return self._known[loaded.digest].get(at)

    def _load(self, loaded: LoadedItem) -> dict[QuestionAt, tuple[OwnQuestion, frozenset[Basis]]]:
        query = "SELECT token, certificate FROM approvals WHERE item_digest = ?"
        rows = self._state.reader().execute(query, (loaded.digest,)).fetchall()
        given = [self._read(Certified(token=token, certificate=certificate)) for token, certificate in rows]
        return {
            own.at: (own, frozenset(approval.basis for approval in given if self._fits(approval, own, loaded)))
            for own in self._compiler.questions(loaded)
        }

    def _fits(self, approval: Approval, own: OwnQuestion, loaded: LoadedItem) -> bool:
        return (
            (approval.question, approval.role) == own.at
            and approval.gateway == self._compiler.party
            and approval.item_digest == loaded.digest
            and approval.mapping_digest == own.mapping_digest
            and approval.sql_digest == own.sql_digest
        )

    def _read(self, certified: Certified) -> Approval:
        return read_approval(certified, department=self._compiler.department, trust=self._trust)


def read_approval(certified: Certified, *, department: str, trust: TrustStore) -> Approval:
    """Return an approval that the department's steward signed, checked as of the time it was made."""
    unverified = jws.payload_as(jws.unverified_payload(certified.token), type=Approval)
    key = staff_key(certified, department=department, trust=trust, at=unverified.iat)
    return jws.verify_as(certified.token, typ="mz-approval", key=key, type=Approval)


def keep_approval(connection: sqlite3.Connection, approval: Approval, certified: Certified) -> None:
    """Store a verified approval, in the caller's transaction."""
    row = (
        approval.item_digest,
        approval.question,
        approval.role,
        canonical(approval.basis).decode(),
        approval.mapping_digest,
        approval.sql_digest,
        certified.token,
        certified.certificate,
    )
    connection.execute("INSERT OR REPLACE INTO approvals VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    raise_generation(connection)


def form_names(question: Question) -> tuple[str, ...]:
    """Return the form fields that a question binds."""
    return tuple(sorted({node.name for node in walk(question.expression) if isinstance(node, Form)}))


def _conditions(item: Item, serves: tuple[str, ...]) -> tuple[Condition, ...]:
    """Return the conditions that alone ask a question; none when an outcome asks it too, whatever the date."""
    found = tuple(condition for condition in item.conditions if condition.id in serves)
    return found if len(found) == len(serves) else ()


def _placed(loaded: LoadedItem) -> Iterable[Placed]:
    return loaded.compiled.asked()

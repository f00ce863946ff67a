"""One authority: its keys, what it knows, and the process it runs in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from mianzheng.authority import own_keys
from mianzheng.authority.enrolment import Enrolled, Enrolment
from mianzheng.authority.known_questions import PresenceRules
from mianzheng.authority.ports import Book, Devices, Journal, Records, Registers, Secrets
from mianzheng.authority.tries import Tries
from mianzheng.credentials.keys import PrivateKey, thumbprint
from mianzheng.credentials.trust import TrustStore

MOST_REFUSED_GRANTS = 10  # of one person within a day, for whom they named


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """All that naming a subject takes: who this authority is, its keys, and what it knows."""

    party: str
    kind: Literal["person", "enterprise"]  # of the subjects it names
    trust: TrustStore
    sign: PrivateKey
    seal: PrivateKey
    enrolment: Enrolment
    journal: Journal
    secrets: Secrets
    book: Book
    records: Records
    clock: Callable[[], float]
    url: str = ""  # where others reach it; mandates name their status list by it
    registers: Registers | None = None  # the department's own, for questions that only the person can answer
    rules: PresenceRules = PresenceRules()
    devices: Devices | None = None  # the face comparer and the call line, where there are any
    tries: Tries = msgspec.field(default_factory=Tries)  # failed sign-ins, by account
    refused_grants: Tries = msgspec.field(  # of one who grants: names and numbers are not to be tried out
        default_factory=lambda: Tries(most=MOST_REFUSED_GRANTS, seconds=86_400.0)
    )

    def keys_of(self, number: str) -> tuple[Enrolled, ...]:
        """Return the keys with which a number's person may sign: enrolled by the office, or registered here."""
        own = own_keys.keys_of(self.journal.reader(), self.secrets, number)
        name = self.enrolment.name_of(number) if own else ""
        here = (
            Enrolled(number=number, name=name, thumbprint=thumbprint(key.key), kind=key.kind, level=key.level)
            for key in own
        )
        return (*self.enrolment.keys_of(number), *here)

    def draw(self, *parts: str) -> str:
        """Return a text that follows from `parts` and a secret of this authority; nobody else can compute it."""
        return self.secrets.pseudonym(f"presence:{parts[0]}", *parts[1:])

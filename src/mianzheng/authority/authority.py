"""One authority: its keys, what it knows, and the process it runs in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from mianzheng.authority.enrolment import Enrolment
from mianzheng.authority.ports import Book, Journal, Records, Secrets
from mianzheng.credentials.keys import PrivateKey
from mianzheng.credentials.trust import TrustStore


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

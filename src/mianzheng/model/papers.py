"""Papers 文书: the legal documents of a case, as they are written, sealed and delivered."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

import msgspec

from mianzheng.model.item import Reference
from mianzheng.model.text import Text


class PaperKind(StrEnum):
    """The kinds of paper; the value is the one of addresses."""

    ACCEPTANCE = "acceptance"  # 受理通知书
    NON_ACCEPTANCE = "non-acceptance"  # 不予受理通知书
    CORRECTION = "correction"  # 补正告知书
    SPECIAL_PROCEDURE = "special-procedure"  # 特别程序告知书: hearing, test, expert review, visit
    GRANT = "grant"  # 准予决定书
    REFUSAL = "refusal"  # 不予决定书
    RECEIPT = "receipt"  # 送达回证
    MANDATE = "mandate"  # 委托书


Audience = Literal["resident", "agent", "clerk"]
Way = Literal["screen", "window", "post"]


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a paper: a heading or none, paragraphs, and points of a list."""

    heading: Text | None = None
    paragraphs: tuple[Text, ...] = ()
    points: tuple[Text, ...] = ()


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """What a paper says, the same on screen, in the PDF and in print. The Chinese is the legal text."""

    kind: PaperKind
    number: str  # civil-affairs-2026-12
    display: str  # 临民〔2026〕12号
    title: Text
    department: Text
    case: str
    addressee: Text
    sections: tuple[Section, ...]
    law: tuple[Reference, ...]
    made_on: date
    check: str  # address of the page that checks it
    sealed: bool = True  # by the department; a 委托书 is signed by hand
    signing: tuple[Text, ...] = ()  # lines to be filled in by hand


class PaperView(msgspec.Struct, frozen=True, kw_only=True):
    """A paper as the list of a case shows it. `paper` is its last part of the address: refusal, refusal-2."""

    paper: str
    kind: PaperKind
    title: Text
    state: Literal["due", "made", "sent", "delivered"]
    on: date  # when what it tells of happened
    display: str = ""  # "" while it is due
    number: str = ""
    digest: str = ""  # SHA-256 of the file, hexadecimal; "" until it is sealed
    deliver_by: date | None = None  # last day of the term for delivery, of a decision
    overdue: bool = False
    way: Way | Literal[""] = ""  # by which it was or is to be delivered
    sent_on: date | None = None
    tracking: str = ""  # of a posted paper
    delivered_on: date | None = None


class OutgoingPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that waits for the window or the post 出件, as a department's list shows it; nothing of what it says."""

    case: str
    item: str
    paper: str
    title: Text
    way: Literal["window", "post"]
    on: date  # when what it tells of happened
    deliver_by: date | None
    overdue: bool
    sent_on: date | None  # in the post since
    handler: str  # who took the case, "" for nobody
    place: str  # in the list: `after` this the next page begins


class PaperFile(msgspec.Struct, frozen=True, kw_only=True):
    """A paper for a program: what it says, and the file in base64 (PDF/A, sealed)."""

    view: PaperView
    says: Paper
    pdf: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What the check page says of a number and a file's digest; nothing of the content."""

    number: str
    known: bool
    sealed_on: date | None = None
    department: Text | None = None
    signature: Literal["holds", "broken", "missing", "not-checked"] = "not-checked"  # of an uploaded file


def slug_of(kind: PaperKind, place: int) -> str:
    """Return a paper's part of the address: its kind, with its place among several of that kind."""
    return kind.value if place == 1 else f"{kind.value}-{place}"

"""Facts of papers as a case would give them, a seal of their own, and what stands in a file."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import msgspec
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from mianzheng.credentials.stamps import StampRoot, root_of, stamp_of
from mianzheng.deadlines import calendar_on
from mianzheng.model.item import Reference
from mianzheng.model.papers import Paper, PaperKind
from mianzheng.model.text import Text
from mianzheng.papers.compose import compose
from mianzheng.papers.facts import PaperFacts, ReasonFact
from mianzheng.papers.numbers import Number
from mianzheng.papers.stamp import KeyStamp

DAY = date(2026, 11, 30)
LAW = Reference(text="浙江省老年人权益保障条例", verified=False)
VALUES: dict[str, Any] = {
    "applied_on": date(2026, 11, 2),
    "accepted_on": date(2026, 11, 3),
    "decided_on": DAY,
    "promised_on": date(2026, 12, 4),
    "legal_on": date(2026, 12, 25),
    "deliver_by": date(2026, 12, 14),
    "amount": "200.00",
    "every": Text("每月", " a month"),
    "credential": "",
    "reason": "申请事项依法不属于本机关职权范围",
    "correct_until": date(2026, 12, 14),
    "correct_within": "10",
    "standstill": Text("现场核查", "a site visit"),
    "still_since": DAY,
    "still_until": date(2026, 12, 4),
    "still_reason": "上门查看居住情况",
    "still_law": "行政许可法第四十五条",
    "principal": "甲某",
    "agent": "乙某",
    "purpose": "代办高龄津贴",
    "uses": "2",
    "valid_from": DAY,
    "valid_to": date(2027, 2, 28),
}
LISTS = {
    "corrections": (Text("请更正户名", "the holder's name"), Text("请补充姓名", "the name")),
    "delivery": (Text("送达文书：临民〔2026〕12号。", "Paper: 12."),),
    "items": (Text("高龄津贴", "Old-age allowance"),),
}
REASONS = (
    ReasonFact(
        words=Text("未满八十周岁", "under 80"),
        department=Text("临海市公安局", "PSB"),
        rule=LAW,
        since=date(2025, 1, 1),
        contest=Text("临海市公安局窗口", "the PSB"),
    ),
)


def facts(kind: PaperKind, **changes: Any) -> PaperFacts:
    """The facts of a paper of this kind."""
    given: dict[str, Any] = {
        "kind": kind,
        "number": Number(department="civil-affairs", year=2026, running=12),
        "case": "c7t2kqsl4mrnyu2m6v4yzq3f5a",
        "item": Text("高龄津贴", "Old-age allowance"),
        "item_kind": "行政给付",
        "department": "civil-affairs",
        "department_name": Text("临海市民政局", "Linhai Civil Affairs Bureau"),
        "made_on": DAY,
        "check": "http://localhost:8700/papers/civil-affairs-2026-12",
        "values": VALUES,
        "law": (LAW,),
        "reasons": REASONS,
        "lists": LISTS,
    }
    return PaperFacts(**(given | changes))


def paper(kind: PaperKind, **changes: Any) -> Paper:
    """A paper of this kind."""
    return compose(facts(kind, **changes), calendar=calendar_on(DAY))


@cache
def seal_folder() -> Path:
    """A folder with a department's seal and the root's certificate."""
    folder = Path(mkdtemp(prefix="mz-seal-"))
    now = int(time.time())
    root = StampRoot(start=now - 86_400, end=now + 10 * 86_400)
    root.issue(folder, party="civil-affairs", department="civil-affairs")
    root.hand_out(folder)
    return folder


@cache
def stamp() -> KeyStamp:
    """The seal of the department."""
    held = stamp_of(seal_folder())
    assert held is not None
    return KeyStamp(*held)


@cache
def seal_root() -> bytes:
    """The root's certificate."""
    found = root_of(seal_folder())
    assert found is not None
    return found


def text_of(pdf: bytes) -> str:
    """The characters of a file's pages by the fonts' ToUnicode maps: what copying and a screen reader get."""
    return "".join(_page_text(page) for page in _pages(pdf))


def fonts_of(pdf: bytes) -> list[generic.DictionaryObject]:
    """Every font of every page."""
    return [font.get_object() for page in _pages(pdf) for font in _fonts(page).values()]


def _pages(pdf: bytes) -> list[generic.DictionaryObject]:
    reader = PdfFileReader(io.BytesIO(pdf))
    return [reader.find_page_for_modification(n)[0].get_object() for n in range(reader.root["/Pages"]["/Count"])]


def _fonts(page: generic.DictionaryObject) -> dict[str, Any]:
    return dict(page["/Resources"].get("/Font", {}))


def _page_text(page: generic.DictionaryObject) -> str:
    maps = {name: _to_unicode(font.get_object()) for name, font in _fonts(page).items()}
    font, found = "", []
    shown = re.findall(rb"\bBT\b(.*?)\bET\b", page["/Contents"].get_object().data, re.S)
    for token in (token for block in shown for token in _tokens(block)):
        if isinstance(token, str):
            font = token if token in maps else font
        else:
            found += [maps.get(font, {}).get(token[n : n + 2], "") for n in range(0, len(token), 2)]
    return "".join(found)


_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _tokens(content: bytes) -> Iterator[str | bytes]:
    """Yield the names and strings of a content stream (ISO 32000-1, 7.3.4): literal strings nest their brackets."""
    at = 0
    while at < len(content):
        sign = content[at : at + 1]
        if sign == b"/":
            name = re.match(rb"/[^\s/<>()\[\]]*", content[at:])
            assert name is not None
            yield name[0].decode()
            at += len(name[0])
        elif sign == b"<" and content[at + 1 : at + 2] != b"<":
            end = content.index(b">", at)
            yield bytes.fromhex(content[at + 1 : end].decode())
            at = end + 1
        elif sign == b"(":
            text, at = _literal(content, at + 1)
            yield text
        else:
            at += 2 if content[at : at + 2] == b"<<" else 1


def _literal(content: bytes, at: int) -> tuple[bytes, int]:
    found, depth = bytearray(), 1
    while True:
        sign = content[at : at + 1]
        if sign == b"\\":
            octal = re.match(rb"[0-7]{1,3}", content[at + 1 :])
            step = octal[0] if octal else content[at + 1 : at + 2]
            found += bytes([int(step, 8) & 0xFF]) if octal else _ESCAPES.get(step, step)
            at += 1 + len(step)
            continue
        depth += (sign == b"(") - (sign == b")")
        if depth == 0:
            return bytes(found), at + 1
        found += sign
        at += 1


def _to_unicode(font: generic.DictionaryObject) -> dict[bytes, str]:
    data = font["/ToUnicode"].get_object().data
    found: dict[bytes, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", data, re.S):
        for code, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[bytes.fromhex(code.decode())] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", data, re.S):
        for first, last, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            start, begin = int(first, 16), int(text, 16)
            for n in range(int(last, 16) - start + 1):
                found[(start + n).to_bytes(2, "big")] = chr(begin + n)
    return found


def with_(value: msgspec.Struct, **changes: Any) -> Any:
    """A value with changes."""
    return msgspec.structs.replace(value, **changes)

"""A paper as a PDF/A-2b file (ISO 19005-2), set by typst with the fonts embedded; nothing is fetched.

The fonts are Noto Serif CJK SC and Noto Sans CJK SC (Debian's fonts-noto-cjk), which stand for the faces that GB/T 9704
names (小标宋, 仿宋, 黑体): those are not free. Equal papers give equal bytes.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, time
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec
import segno
import typst

from mianzheng.model.errors import MianzhengError
from mianzheng.model.papers import Paper, Section
from mianzheng.model.text import Text
from mianzheng.papers.fonts import installed, missing_families
from mianzheng.papers.remedies import day_zh

STANDARD: Final = "a-2b"
_TRANSLATION = Text(
    "参考译文",
    "Reference translation. The Chinese text on the pages before is the legal one; where the two differ, it prevails.",
)
_lock = threading.Lock()  # one compiler a process: it remembers the fonts, 0.3 s the first time and 10 ms afterwards


class FontsMissing(MianzhengError):
    """The Chinese fonts are not installed, so no paper can be set."""

    code = "fonts-missing"
    permanent = False  # until somebody installs them


def typeset(paper: Paper) -> bytes:
    """Return the paper's PDF/A file, not sealed yet; `FontsMissing` without the fonts."""
    with _lock:
        made = _compiler().compile(
            sys_inputs={"paper": _data(paper)},
            pdf_standards=STANDARD,
            timestamp=int(datetime.combine(paper.made_on, time(4), UTC).timestamp()),
        )
    return bytes(_one(made))


def picture(paper: Paper, *, ppi: float = 96) -> bytes:
    """Return the paper's first page as a PNG: what somebody looks at, never what is delivered."""
    with _lock:
        made = _compiler().compile(format="png", ppi=ppi, sys_inputs={"paper": _data(paper)})
    return bytes(made[0] if isinstance(made, list) else _one(made))


def _one(made: Any) -> bytes:
    if not isinstance(made, bytes):
        raise TypeError("typst gave several files where one was asked for")
    return made


@cache
def _compiler() -> typst.Compiler:
    if missing := missing_families():
        raise FontsMissing(f"no {' and no '.join(missing)} here", hint="install Debian's package fonts-noto-cjk")
    with resources.as_file(resources.files(__package__).joinpath("paper.typ")) as source:
        return typst.Compiler(Path(source), font_paths=installed())


def _data(paper: Paper) -> str:
    """Return what `paper.typ` reads."""
    return msgspec.json.encode(
        {
            "title": paper.title.zh,
            "department": paper.department.zh,
            "number": paper.display,
            "case_id": paper.case,
            "addressee": paper.addressee.zh,
            "sections": [_chinese(one) for one in paper.sections],
            "day": day_zh(paper.made_on),
            "qr": _qr(paper.check),
            "qr_words": f"核验地址：{paper.check}",
            "check_words": ["扫码上传本文件，核验真伪", paper.number]
            if paper.sealed
            else ["签字后由窗口扫码登记", paper.check],
            "sealed": paper.sealed,
            "seal_foot": "电子印章",
            "signing": [one.zh for one in paper.signing],
            "english": [_english(one) for one in paper.sections],
            "english_note": f"{_TRANSLATION.zh} · {_TRANSLATION.en}",
            "english_title": paper.title.en,
            "english_head": _head(paper),
        }
    ).decode()


def _head(paper: Paper) -> str:
    named = (f"No. {paper.number}" if paper.number else "", f"case {paper.case}" if paper.case else "")
    return " · ".join(one for one in (paper.department.en, named[0], str(paper.made_on), named[1]) if one)


def _chinese(section: Section) -> dict[str, object]:
    return _section(section.heading.zh if section.heading else "", [one.zh for one in section.paragraphs], section)


def _english(section: Section) -> dict[str, object]:
    made = _section(section.heading.en if section.heading else "", [one.en for one in section.paragraphs], section)
    return made | {"points": [one.en for one in section.points]}


def _section(heading: str, paragraphs: Sequence[str], section: Section) -> dict[str, object]:
    return {"heading": heading, "paragraphs": list(paragraphs), "points": [one.zh for one in section.points]}


def _qr(address: str) -> str:
    """Return the QR code of an address as SVG."""
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", border=0, scale=4, xmldecl=False)
    return drawn.getvalue().decode("ascii")

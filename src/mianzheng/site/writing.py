"""Renders every page in both languages into a folder beside the one meant, and puts it in place as a whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mianzheng.catalogue.item_words import (
    APPROVALS,
    AT_ONCE,
    EVERY,
    KINDS,
    PRESENCES,
    PURPOSES,
    WHO,
    figure_words,
    length_of,
)
from mianzheng.catalogue.load import Catalogue
from mianzheng.look.language import CITY_ZONE, Language, Words
from mianzheng.model.errors import WrongUse
from mianzheng.model.facts import Absence, Type
from mianzheng.model.text import Text
from mianzheng.site.finding import index_of
from mianzheng.site.telling import ItemPage, item_page, register_pages

HERE = Path(__file__).parent
MARK = "catalogue-site.json"  # says that a folder was made here, and may be replaced
_LOOK = HERE.parent / "look" / "static"
_STATIC = (*(_LOOK / name for name in ("city.css", "public.css", "seal.svg")), *sorted((HERE / "static").iterdir()))
ABSENCES = {
    Absence.CLOSED_NATIONWIDE: Text("全国齐全：没有记录就是没有", "complete for the country: no record means none"),
    Absence.CLOSED_HERE: Text("本市齐全：没有记录就是本市没有", "complete for this city: no record means none here"),
    Absence.OPEN: Text("不齐全：没有记录不说明什么", "not complete: no record proves nothing"),
    Absence.FAULT: Text("人人应有：没有记录是登记的错，要补", "everyone has one: a missing record is a fault to mend"),
}
TYPES = {
    Type.BOOLEAN: Text("是 / 否", "yes or no"),
    Type.INTEGER: Text("整数", "whole number"),
    Type.DECIMAL: Text("数", "number"),
    Type.STRING: Text("文字", "text"),
    Type.ENUM: Text("选项", "one of"),
    Type.DATE: Text("日期", "date"),
    Type.REFERENCE: Text("指向", "reference"),
}


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What was written."""

    pages: int
    items: int
    registers: int
    questions: int
    bytes: int


def write_site(catalogue: Catalogue, into: Path, *, now: datetime | None = None) -> Site:
    """Write the site; `WrongUse` when the folder holds anything that was not made here.

    It is written beside and then renamed: whoever reads the old pages never sees half of the new ones.
    """
    if into.exists() and any(into.iterdir()) and not (into / MARK).is_file():
        raise WrongUse(f"{into} holds other things", hint="name a new folder, or one that this command made")
    into.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{into.name}-", dir=into.parent))
    try:
        beside.chmod(0o755)
        site = _Writing(catalogue, beside, now or datetime.now(UTC)).write()
        _put(beside, into)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return site


def _put(made: Path, into: Path) -> None:
    old = made.with_name(f"{made.name}-old")
    if into.exists():
        into.rename(old)
    made.rename(into)
    shutil.rmtree(old, ignore_errors=True)


class _Writing:
    def __init__(self, catalogue: Catalogue, root: Path, now: datetime) -> None:
        self.catalogue = catalogue
        self.root = root
        self.now = now
        self.on = now.astimezone(CITY_ZONE).date()
        self.guide = catalogue.guide.on(self.on)
        self.items = {one.item.item: item_page(one, catalogue, self.on) for one in catalogue.items}
        self.registers = register_pages(catalogue, self.items.values())
        self.pages = 0
        self.environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals |= _names(self.items)

    def write(self) -> Site:
        """Write every page, the index of each language, what the pages are drawn with, and the mark."""
        for file in _STATIC:
            (self.root / "static").mkdir(exist_ok=True)
            shutil.copyfile(file, self.root / "static" / file.name)
        for language in Language:
            self._language(language)
            zh = language is Language.ZH
            index = index_of(self.catalogue, self.guide, self.items.values(), self.registers, zh=zh)
            (self.root / "static" / f"index.{language.value[:2]}.js").write_bytes(index)
        site = Site(
            pages=self.pages,
            items=len(self.items),
            registers=len(self.registers),
            questions=len({one.question for page in self.registers for one in page.questions}),
            bytes=sum(path.stat().st_size for path in self.root.rglob("*") if path.is_file()),
        )
        (self.root / MARK).write_bytes(msgspec.json.encode({"made_on": self.on, "site": site}))
        return site

    def _language(self, language: Language) -> None:
        t = Words(language, now=self.now)
        departments = self.catalogue.facts.departments
        by_department = {name: _of(name, self.items.values()) for name in departments}
        held = {name: [one for one in self.registers if one.register.department == name] for name in departments}
        shared = {"t": t, "on": self.on, "departments": departments, "by_department": by_department, "held": held}
        self._page(t, "index.html", "index.html", **shared, counts=self._counts(), guide=self.guide)
        self._page(t, "registers.html", "registers.html", **shared)
        for name, department in departments.items():
            figures = [one for one in self.catalogue.params.values() if one.owner == name]
            self._page(
                t, "department.html", f"departments/{name}.html", **shared, department=department, figures=figures
            )
        for page in self.registers:
            self._page(t, "register.html", f"registers/{page.register.register}.html", **shared, page=page)
        for item in self.items.values():
            self._page(t, "item.html", f"items/{item.item.item}.html", **shared, page=item, item=item.item)

    def _counts(self) -> Mapping[str, int]:
        return {
            "departments": len(self.catalogue.facts.departments),
            "items": len(self.items),
            "registers": len(self.registers),
            "facts": sum(len(page.facts) for page in self.registers),
            "questions": len({one.question for page in self.registers for one in page.questions}),
        }

    def _page(self, t: Words, template: str, address: str, /, **context: Any) -> None:
        """Write one page. `root` leads to the pages of its language, `static` to what all pages are drawn with."""
        depth = address.count("/")
        up = "../" * depth
        other = f"{up}en/{address}" if t.zh else f"{up}../{address}"
        path = self.root / address if t.zh else self.root / "en" / address
        path.parent.mkdir(parents=True, exist_ok=True)
        static = f"{up}static/" if t.zh else f"{up}../static/"
        text = self.environment.get_template(template).render(
            root=up, static=static, other=other, address=address, **context
        )
        path.write_text(text, encoding="utf-8")
        self.pages += 1


def _of(department: str, pages: Iterable[ItemPage]) -> dict[str, list[ItemPage]]:
    """Return a department's items by their kind, in the order of the kinds."""
    own = [page for page in pages if page.item.department == department]
    by_kind = {kind: [page for page in own if page.item.kind == kind] for kind in KINDS}
    return {kind: found for kind, found in by_kind.items() if found}


def _names(items: Mapping[str, ItemPage]) -> dict[str, Any]:
    return {
        "items": items,
        "kinds": KINDS,
        "who_words": WHO,
        "purposes": PURPOSES,
        "approvals": APPROVALS,
        "at_once": AT_ONCE,
        "presences": PRESENCES,
        "every": EVERY,
        "absences": ABSENCES,
        "types": TYPES,
        "figure_words": figure_words,
        "length_of": length_of,
    }

"""The index that the pages' search reads: one script, for a page opened from a file may fetch nothing.

Each entry is [kind, title, beside, address, words]; a search looks in the title and in `words`, in small letters: the
name in the other language, pinyin and its initials, everyday names, papers, conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from pypinyin import Style, lazy_pinyin

from mianzheng.catalogue.load import Catalogue
from mianzheng.model.text import Text
from mianzheng.site.telling import ItemPage, RegisterPage

Entry = tuple[str, str, str, str, str]
KINDS = {
    "item": Text("事项", "Service"),
    "department": Text("部门", "Department"),
    "register": Text("登记", "Register"),
    "fact": Text("数据项", "Fact"),
    "question": Text("提问", "Question"),
}


def index_of(catalogue: Catalogue, items: Iterable[ItemPage], registers: Iterable[RegisterPage], *, zh: bool) -> bytes:
    """Return the index in one language, as a script that hands it to `search.js`."""
    entries = list(_Index(catalogue, zh=zh).entries(items, registers))
    kinds = {name: label.zh if zh else label.en for name, label in KINDS.items()}
    return b"self.CATALOGUE = " + msgspec.json.encode({"kinds": kinds, "entries": entries}) + b";\n"


class _Index:
    def __init__(self, catalogue: Catalogue, *, zh: bool) -> None:
        self.catalogue = catalogue
        self.zh = zh

    def entries(self, items: Iterable[ItemPage], registers: Iterable[RegisterPage]) -> Iterator[Entry]:
        """Yield what can be found: items first, then departments, registers, facts, questions."""
        for page in items:
            yield self._item(page)
        for name, department in self.catalogue.facts.departments.items():
            yield self._entry("department", department.name, Text("", ""), f"departments/{name}.html", name)
        for register in registers:
            yield from self._register(register)

    def _item(self, page: ItemPage) -> Entry:
        item, department = page.item, page.said.department
        also = self.catalogue.guide.also_called.get(item.item, ())
        happened = [one.name.zh for one in self.catalogue.guide.happenings if item.item in one.items]
        more = [item.code, item.item, item.kind, *also, *happened, *item.replaces]
        more += [self._say(demand.condition.otherwise) for demand in page.demands]
        return self._entry("item", item.name, department.name, f"items/{item.item}.html", " ".join(more))

    def _register(self, page: RegisterPage) -> Iterator[Entry]:
        address = f"registers/{page.register.register}.html"
        yield self._entry("register", page.register.name, page.department.name, address, page.register.register)
        for name, fact, _ in page.facts:
            more = " ".join([name, *fact.values])
            yield self._entry("fact", fact.label, page.register.name, f"{address}#fact-{name}", more)
        for one in page.questions:
            yield self._entry("question", one.sentence, page.register.name, f"{address}#{one.question}", "")

    def _entry(self, kind: str, title: Text, beside: Text, address: str, more: str) -> Entry:
        spelt = "" if kind in ("question", "fact") else _spelt(title.zh)
        words = " ".join([title.en if self.zh else title.zh, beside.zh, beside.en, spelt, more]).lower()
        return (kind, self._say(title), self._say(beside), address, words)

    def _say(self, text: Text) -> str:
        return text.zh if self.zh else text.en


def _spelt(text: str) -> str:
    """Return a name in pinyin, whole and by its initials: gaolingjintie gljt."""
    return f"{''.join(lazy_pinyin(text))} {''.join(lazy_pinyin(text, style=Style.FIRST_LETTER))}"

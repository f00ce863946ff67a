"""The index that the pages' search reads: one script, for a page opened from a file may fetch nothing.

Each entry is [kind, title, beside, address, words], an item's also [names, sayings]. A search ranks by the title, by
the names (in the other language, everyday ones, what is granted) and by what people say when it happens (each with the
item's place among what that opens), and looks in `words`, in small letters: pinyin and its initials, papers,
conditions. How a query is taken apart, what everyday words stand for and what each place is worth are the hub's own
(`mianzheng.catalogue.sought`, `…everyday`); items are in the hub's order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from pypinyin import Style, lazy_pinyin

from mianzheng.catalogue import everyday, sought
from mianzheng.catalogue.load import Catalogue
from mianzheng.catalogue.search_entry import name_of
from mianzheng.model.guide import Guide
from mianzheng.model.text import Text
from mianzheng.site.telling import ItemPage, RegisterPage

Entry = tuple[str, str, str, str, str] | tuple[str, str, str, str, str, tuple[str, ...], tuple[tuple[int, str], ...]]
KINDS = {
    "item": Text("事项", "Service"),
    "department": Text("部门", "Department"),
    "register": Text("登记", "Register"),
    "fact": Text("数据项", "Fact"),
    "question": Text("提问", "Question"),
}


RANKING = {
    "longest": sought.LONGEST,
    "chinese": sought.CHINESE,
    "split": sought.SPLIT,
    "polite": sought.POLITE,
    "enough": sought.ENOUGH,
    "few": sought.FEW,
    "most": sought.MOST,
    "beside": sought.BESIDE,
    "within": sought.WITHIN,
    "familiar": sought.FAMILIAR,
    "unseen": sought.UNSEEN,
    "otherName": sought.OTHER_NAME,
    "same": sought.SAME,
    "begins": sought.BEGINS,
    "named": sought.NAMED,
    "covered": sought.COVERED,
    "spelt": sought.SPELT,
    "elsewhere": sought.ELSEWHERE,
    "about": sought.ABOUT,
    "said": sought.SAID,
    "saidSo": sought.SAID_SO,
    "place": sought.PLACE,
    "short": sought.SHORT,
    "unasked": sought.UNASKED,
}
SPEECH = {
    "spoken": everyday.SPEECH,
    "doing": everyday.DOING,
    "longest": everyday.LONGEST_SAID,
    "english": everyday.ENGLISH,
    "later": everyday.LATER,
}


def index_of(
    catalogue: Catalogue, guide: Guide, items: Iterable[ItemPage], registers: Iterable[RegisterPage], *, zh: bool
) -> bytes:
    """Return the index in one language, as a script that hands it to `search.js`; `guide` as in force on the day."""
    entries = list(_Index(catalogue, guide, zh=zh).entries(items, registers))
    kinds = {name: label.zh if zh else label.en for name, label in KINDS.items()}
    index = {"kinds": kinds, "ranking": RANKING, "speech": SPEECH, "entries": entries}
    return b"self.CATALOGUE = " + msgspec.json.encode(index) + b";\n"


class _Index:
    def __init__(self, catalogue: Catalogue, guide: Guide, *, zh: bool) -> None:
        self.catalogue = catalogue
        self.guide = guide
        self.zh = zh

    def entries(self, items: Iterable[ItemPage], registers: Iterable[RegisterPage]) -> Iterator[Entry]:
        """Yield what can be found: items first, then departments, registers, facts, questions."""
        for page in sorted(items, key=lambda page: (name_of(page.item.name.zh).spelt, page.item.item)):
            yield self._item(page)
        for name, department in self.catalogue.facts.departments.items():
            yield self._entry("department", department.name, Text("", ""), f"departments/{name}.html", name)
        for register in registers:
            yield from self._register(register)

    def _item(self, page: ItemPage) -> Entry:
        item, department = page.item, page.said.department
        happened = [one.name.en for one in self.guide.happenings if item.item in one.items]
        more = [item.code, item.item, item.kind, item.outcome.credential.en, *happened, *item.replaces]
        more += [self._say(demand.condition.otherwise) for demand in page.demands]
        more += [_spelt(name) for name in sought.called(item, self.guide)]
        entry = self._entry("item", item.name, department.name, f"items/{item.item}.html", " ".join(more))
        other = item.name.en if self.zh else item.name.zh
        return (*entry, (other.lower(), *sought.called(item, self.guide)), sought.sayings(item, self.guide))

    def _register(self, page: RegisterPage) -> Iterator[Entry]:
        address = f"registers/{page.register.register}.html"
        yield self._entry("register", page.register.name, page.department.name, address, page.register.register)
        for name, fact, _ in page.facts:
            more = " ".join([name, *fact.values])
            yield self._entry("fact", fact.label, page.register.name, f"{address}#fact-{name}", more)
        for one in page.questions:
            yield self._entry("question", one.sentence, page.register.name, f"{address}#{one.question}", "")

    def _entry(self, kind: str, title: Text, beside: Text, address: str, more: str) -> tuple[str, str, str, str, str]:
        spelt = "" if kind in ("question", "fact") else _spelt(title.zh)
        words = " ".join([title.en if self.zh else title.zh, beside.zh, beside.en, spelt, more]).lower()
        return (kind, self._say(title), self._say(beside), address, words)

    def _say(self, text: Text) -> str:
        return text.zh if self.zh else text.en


def _spelt(text: str) -> str:
    """Return a name in pinyin, whole and by its initials: gaolingjintie gljt."""
    return f"{''.join(lazy_pinyin(text))} {''.join(lazy_pinyin(text, style=Style.FIRST_LETTER))}"

"""What a resident of a synthetic city knows of themself, for a demo that plays them at a window.

The authority's two questions are about its own registers' rows; a real person simply remembers. Here the rows are read
again, with the authority's own mapping and its read-only users: only a city that nobody lives in can be asked so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mianzheng.authority.known_questions import Kind, read_rules
from mianzheng.catalogue.load import load
from mianzheng.catalogue.tree import PRESENCE
from mianzheng.gateway.config import read_config
from mianzheng.gateway.person_rows import PersonRows
from mianzheng.gateway.registers import RegisterDatabase
from mianzheng.model.text import Text

_SECONDS = 5.0  # that a register may take


class PlayedMemory:
    """The answers of one person to the questions of one authority."""

    def __init__(self, kinds: Sequence[Kind], rows: PersonRows) -> None:
        """Answer these kinds of questions from these rows."""
        self._kinds = kinds
        self._rows = rows

    @property
    def questions(self) -> tuple[Text, ...]:
        """Every question that may be asked."""
        return tuple(kind.text for kind in self._kinds)

    def answers(self, number: str, questions: Sequence[Text]) -> tuple[str, ...]:
        """Return what the person of this number says to each question, "" where they do not know."""
        return tuple(self._answer(number, question) for question in questions)

    def _answer(self, number: str, question: Text) -> str:
        for kind in self._kinds:
            if kind.text == question:
                held = self._rows.values(kind.register, kind.fact, number) or ()
                spoken = [kind.names.get(text, text if not kind.names else "") for text in held]
                return _as_said(kind, next((text for text in spoken if text), ""))
        return ""


def _as_said(kind: Kind, text: str) -> str:
    """Return a stored date as people say it, anything else as it is."""
    if kind.form == "year":
        return f"{text[:4]}年" if text else ""
    if kind.form == "month":
        return f"{text[:4]}年{int(text[5:7])}月" if text else ""
    return text


@contextmanager
def memory_of(data: Path, department: str) -> Iterator[PlayedMemory]:
    """Open the registers of the authority of this department for as long as somebody is asked."""
    config = read_config(data / "gateways" / department)
    databases = {name: RegisterDatabase(name, url, pool=1, seconds=_SECONDS) for name, url in config.registers.items()}
    try:
        kinds = read_rules((Path(config.packs) / department / PRESENCE).read_bytes()).questions
        yield PlayedMemory(kinds, PersonRows(load(Path(config.packs)).facts, databases))
    finally:
        for database in databases.values():
            database.close()

"""What a city's stewards signed, told again from today's packs: a city made from others is never mixed with them.

Reading and compiling the whole catalogue takes seconds, so beside the digest of what was signed lies one of the files
it was made from, packs and program: as long as those are the same, so is what they give.
"""

from __future__ import annotations

from pathlib import Path

import mianzheng
from mianzheng.catalogue.kept import content_of
from mianzheng.catalogue.load import Catalogue, load
from mianzheng.model.canonical import canonical, digest
from mianzheng.model.errors import WrongUse
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.text import Text
from mianzheng.rules.audience import line_sentence
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.question import Placed
from mianzheng.rules.sql.query import compile_query

SIGNED = "run/made-from"
FILES = "run/made-from-files"


class OtherPacks(WrongUse):
    """The folder holds a city whose stewards signed something else than today's packs and questions."""

    code = "other-packs"


def is_made(data: Path, packs: Path) -> bool:
    """Tell whether the city is signed and published, from what these packs give; `OtherPacks` when from others.

    A city's gateways hold signed items and approvals; what was signed otherwise needs a new city, no mixture.
    """
    signed = _read(data / SIGNED)
    if not signed:
        return False
    files = _files(packs)
    if files == _read(data / FILES):
        return True
    if signed != _fingerprint(load(packs)):
        raise OtherPacks(
            f"the city in {data} was made from other packs, or by a version that puts questions otherwise",
            hint=f"publish changed items as new versions, or start anew: `mianzheng down --data {data} --remove`",
        )
    (data / FILES).write_text(files, encoding="ascii")
    return True


def keep_made(data: Path, packs: Path, catalogue: Catalogue) -> None:
    """Note that the city is signed and published, and from what."""
    (data / FILES).write_text(_files(packs), encoding="ascii")
    (data / SIGNED).write_text(_fingerprint(catalogue), encoding="ascii")


def _files(packs: Path) -> str:
    program = Path(mianzheng.__file__).parent
    return f"{content_of(packs)} {content_of(program, pattern='*.py')}"


def _fingerprint(catalogue: Catalogue) -> str:
    """Return a digest of all that the city's stewards signed: packs, and the words and SQL of every question."""
    items = [compiled.item for compiled in catalogue.items]
    questions = [
        _approved(placed, compiled, catalogue.facts) for compiled in catalogue.items for placed in compiled.asked()
    ]
    return digest(canonical([catalogue.facts, items, list(catalogue.params.values()), questions]))


def _approved(placed: Placed, compiled: CompiledItem, facts: FactCatalogue) -> tuple[str, Text, str]:
    question, register = placed.question, facts.registers[placed.question.register]
    words = line_sentence(compiled, facts, placed)
    return question.id, words, compile_query(question, register, register.engine).sql


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        return ""

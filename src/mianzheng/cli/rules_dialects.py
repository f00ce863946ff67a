"""`mianzheng rules dialects`: every question in the SQL of each database, those that do not run here too."""

from __future__ import annotations

import argparse
import gc
import os
from collections.abc import Iterable

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from sqlglot import parse_one

from mianzheng.catalogue.load import Catalogue, check
from mianzheng.catalogue.side_by_side import side_by_side
from mianzheng.cli.documents import print_json
from mianzheng.cli.packs import add_packs_argument, packs_of
from mianzheng.model.errors import MianzhengError
from mianzheng.model.facts import Register
from mianzheng.rules.question import Question
from mianzheng.rules.sql.dialects import DIALECTS, Dialect
from mianzheng.rules.sql.query import compile_query


class Unwritten(msgspec.Struct, frozen=True, kw_only=True):
    """A question that one dialect cannot say, or says in a form that must not be."""

    question: str
    register: str
    why: str


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What came of all questions in one dialect; `runs` is false where no such database is at hand."""

    dialect: str
    runs: bool
    questions: int
    unwritten: tuple[Unwritten, ...]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `dialects` to the commands of `rules`."""
    parser = commands.add_parser("dialects", help="every question of the packs in the SQL of each database")
    add_packs_argument(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.set_defaults(func=_dialects)


def questions_of(catalogue: Catalogue) -> dict[str, Question]:
    """Return every question that the items ask, by its id."""
    return {placed.question.id: placed.question for one in catalogue.items for placed in one.asked()}


def written_in(
    dialect: Dialect, questions: Iterable[Question], registers: dict[str, Register], *, processes: int = 1
) -> Written:
    """Return what came of the questions in one dialect: each written, parsed back, and searched for forbidden forms."""
    asked = tuple(questions)
    faults = side_by_side(lambda one: _fault(one, registers[one.register], dialect), asked, processes)
    found = zip(asked, faults, strict=True)
    return Written(
        dialect=dialect.name,
        runs=dialect.runs,
        questions=len(asked),
        unwritten=tuple(Unwritten(question=one.id, register=one.register, why=why) for one, why in found if why),
    )


def _fault(question: Question, register: Register, dialect: Dialect) -> str:
    """Return what is wrong with the question's SQL; "" for nothing.

    Of a database that is asked itself the text need not be the same when it is parsed back: it was tried there.
    """
    try:
        sql = compile_query(question, register, dialect.name).sql  # refuses forbidden forms where nothing runs it
    except MianzhengError as error:
        return error.message
    if dialect.runs:
        return ""
    again = parse_one(sql, dialect=dialect.writer).sql(dialect=dialect.writer, pretty=True)
    return "" if again == sql else "parsed back, it reads otherwise"


def _dialects(args: argparse.Namespace) -> int:
    processes = len(os.sched_getaffinity(0))
    gc.disable()  # each query is a tree of its own, dropped at once: among all that was read nothing is garbage
    catalogue = check(packs_of(args.packs), processes=processes).catalogue
    questions, registers = questions_of(catalogue).values(), catalogue.facts.registers
    found = [written_in(dialect, questions, registers, processes=processes) for dialect in DIALECTS.values()]
    if args.json:
        print_json(found)
    else:
        _draw(found)
    return 1 if any(one.unwritten for one in found) else 0


def _draw(found: list[Written]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("dialect", "questions", "written"):
        table.add_column(heading, justify="left" if heading == "dialect" else "right")
    for one in found:
        name = one.dialect if one.runs else f"{one.dialect} (generated, parsed back)"
        table.add_row(name, str(one.questions), str(one.questions - len(one.unwritten)))
    console = Console()
    console.print(table)
    for one in found:
        for lack in one.unwritten:
            console.print(f"{one.dialect}: {lack.question} of {lack.register}: {lack.why}", highlight=False)

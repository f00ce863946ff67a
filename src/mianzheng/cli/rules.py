"""`mianzheng rules split`: what a pack file asks of registers, and what remains to be decided from answers."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mianzheng.catalogue.load import compile_file
from mianzheng.catalogue.tree import tree_of
from mianzheng.cli import rules_dialects
from mianzheng.cli.data import add_data_argument
from mianzheng.cli.documents import print_json
from mianzheng.cli.packs import add_packs_argument, packs_of
from mianzheng.cli.rule_text import rule_text
from mianzheng.model.errors import WrongUse
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.text import Text
from mianzheng.rules.audience import line_sentence
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.expression import Asked, Node
from mianzheng.rules.question import Placed
from mianzheng.rules.tree import walk


class QuestionSplit(msgspec.Struct, frozen=True, kw_only=True):
    """One question of a split."""

    question: str
    role: str
    register: str
    kind: str
    type: str
    scope: str
    sensitive: bool
    expression: str
    sentence: Text


class PartSplit(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of the item: the questions it asks, and what is evaluated over their answers."""

    part: str  # a condition's id, pay.amount, or claims.<name>
    rule: str
    questions: tuple[str, ...]
    residual: str


class ItemSplit(msgspec.Struct, frozen=True, kw_only=True):
    """What `rules split --json` prints; `links` say who stands in a role, `operands` go sealed to another gateway."""

    item: str
    version: int
    questions: tuple[QuestionSplit, ...]
    rules: tuple[PartSplit, ...]
    needs: tuple[QuestionSplit, ...]
    links: tuple[QuestionSplit, ...] = ()
    operands: tuple[QuestionSplit, ...] = ()


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `rules` and its commands."""
    rules = subparsers.add_parser("rules", help="split a rule into questions")
    commands = rules.add_subparsers(metavar="COMMAND", required=True)
    split = commands.add_parser("split", help="the questions and the residual of any pack file")
    split.add_argument("--item", required=True, metavar="FILE", help="an item's YAML file")
    add_packs_argument(split)
    add_data_argument(split)
    split.add_argument("--json", action="store_true", help="one JSON document on standard output")
    split.set_defaults(func=_split)
    rules_dialects.add_parser(commands)


def split_of(compiled: CompiledItem, facts: FactCatalogue) -> ItemSplit:
    """Return the split of a compiled item."""
    item = compiled.item
    parts = [
        _part(entry.condition.id, entry.condition.rule, entry.residual, entry.placed) for entry in compiled.conditions
    ]
    if compiled.amount is not None and item.outcome.pay is not None:
        parts.append(_part("pay.amount", item.outcome.pay.amount, compiled.amount, _asked(compiled, compiled.amount)))
    for name, residual in compiled.claims.items():
        placed = _asked(compiled, residual)
        parts.append(_part(f"claims.{name}", item.outcome.claims[name], residual, placed))
    return ItemSplit(
        item=item.item,
        version=item.version,
        questions=tuple(_question(placed, compiled, facts) for placed in compiled.questions.values()),
        rules=tuple(parts),
        needs=tuple(_question(placed, compiled, facts) for placed in compiled.needs.values()),
        links=tuple(_question(placed, compiled, facts) for placed in compiled.links.values()),
        operands=tuple(_question(placed, compiled, facts) for placed in compiled.operands.values()),
    )


def _part(name: str, rule: str, residual: Node, placed: tuple[Placed, ...]) -> PartSplit:
    questions = tuple(dict.fromkeys(one.question.id for one in placed))
    return PartSplit(part=name, rule=rule, questions=questions, residual=rule_text(residual))


def _asked(compiled: CompiledItem, residual: Node) -> tuple[Placed, ...]:
    asked = [node for node in walk(residual) if isinstance(node, Asked)]
    return tuple(compiled.questions[node.question, node.role] for node in asked)


def _question(placed: Placed, compiled: CompiledItem, facts: FactCatalogue) -> QuestionSplit:
    question = placed.question
    return QuestionSplit(
        question=question.id,
        role=placed.role,
        register=question.register,
        kind=question.kind,
        type=question.type.value,
        scope=question.scope,
        sensitive=question.sensitive,
        expression=rule_text(question.expression),
        sentence=line_sentence(compiled, facts, placed),
    )


def _split(args: argparse.Namespace) -> int:
    file = Path(args.item)
    if not file.is_file():
        raise WrongUse(f"no file {file}", hint="name an item's YAML file")
    inside = None if args.packs else tree_of(file)
    root = packs_of(args.packs) if inside is None else inside
    compiled, facts = compile_file(file, root)
    found = split_of(compiled, facts)
    if args.json:
        print_json(found)
    else:
        _draw(found)
    return 0


def _draw(found: ItemSplit) -> None:
    console = Console()
    table = Table(title=f"{found.item} 版本 {found.version}: 提问 questions", title_justify="left", show_lines=True)
    table.add_column("编号", no_wrap=True)
    table.add_column("提问 question", overflow="fold")
    for question in (*found.links, *found.operands, *found.questions, *found.needs):
        words = f"{question.sentence.zh}\n[dim]{question.sentence.en}[/]"
        place = f"{question.role} · {question.register} · {question.kind} · {question.scope}"
        table.add_row(question.question, f"{words}\n{escape(question.expression)}\n[dim]{place}[/]")
    console.print(table)
    parts = Table(title="剩余 residual", title_justify="left", show_lines=True)
    parts.add_column("规则 rule", no_wrap=True)
    parts.add_column("剩余 residual", overflow="fold")
    for part in found.rules:
        parts.add_row(part.part, escape(part.residual))
    console.print(parts)

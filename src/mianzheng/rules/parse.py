"""A rule's text becomes our own expression tree: the only door through which a rule comes in.

1. `words` cuts the text into the words of the language and refuses all others.
2. sqlglot parses them into its tree.
3. `reader` reads that tree node by node against an allow-list, `type(node) is …`, and every argument of a
   node must have been read: what sqlglot would also accept is a fault, never ignored.

Positions stand beside the tree, so that the type check can point at line and column too.
"""

from __future__ import annotations

import msgspec
from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.parser import Parser

from mianzheng.model.text import Fault
from mianzheng.rules.expression import Node
from mianzheng.rules.faults import RuleFaults, Source, Where
from mianzheng.rules.reader import Reader, offset_of
from mianzheng.rules.words import PREFIX, scan, tokens

__all__ = ["Parsed", "RuleFaults", "Where", "parse", "parse_rule"]


class Parsed(msgspec.Struct, frozen=True):
    """A rule's tree, and where each of its nodes stands in the text.

    `trees` is keyed by `id(node)`, valid as long as this value keeps the tree alive.
    """

    node: Node
    source: Source
    trees: dict[int, exp.Expr]

    def fault(self, node: Node, code: str, message: str, hint: str) -> Fault:
        """Return a fault that points at a node of the tree."""
        return self.source.fault(offset_of(self.trees.get(id(node))), code, message, hint)


def parse(text: str, where: Where) -> Node:
    """Return the tree of a rule; `RuleFaults` with each fault's line, column and hint."""
    return parse_rule(text, where).node


def parse_rule(text: str, where: Where, *, within: str | None = None) -> Parsed:
    """Return the tree of a rule with its positions; `RuleFaults` as `parse`.

    `within` names a register: the rule then speaks of its own row, facts are written `fact` or
    `register.fact` (derived facts, `visible_when`) and carry the role "".
    """
    source = Source(text, where)
    faults = scan(source)
    words = [] if faults else tokens(source, faults)
    if faults:
        raise RuleFaults(faults)
    if not words:
        raise RuleFaults([source.fault(0, "empty", "the rule is empty", "leave the condition out instead")])
    try:
        trees = Parser().parse(words, text)
    except ParseError as error:
        raise RuleFaults([_syntax(source, error)]) from None
    if len(trees) != 1 or trees[0] is None:
        raise RuleFaults([source.fault(0, "syntax", "a rule is one expression", "join its parts with and, or")])
    reader = Reader(source, within)
    return Parsed(reader.read(trees[0]), source, reader.trees)


def _syntax(source: Source, error: ParseError) -> Fault:
    first = error.errors[0] if error.errors else {}
    word = str(first.get("highlight") or "").removeprefix(PREFIX)
    start = first.get("line"), first.get("col")
    offset = len(source.text)
    if isinstance(start[0], int) and isinstance(start[1], int):
        lines = source.text.split("\n")
        offset = min(sum(len(line) + 1 for line in lines[: start[0] - 1]) + max(start[1] - len(word), 0), offset)
    message = f"this cannot follow here: {word}" if word.strip() else "the rule ends too early or has a word too many"
    return source.fault(offset, "syntax", message, "check brackets, quotes and and/or around this place")

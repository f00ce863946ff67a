"""`mianzheng catalogue mutate`: whether the examples notice each change of a condition."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mianzheng.catalogue.load import Checked, check
from mianzheng.catalogue.mutating import Mutated, mutate
from mianzheng.catalogue.tree import tree_of
from mianzheng.cli.documents import print_json
from mianzheng.cli.packs import REASONING, add_packs_argument, packs_of


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `mutate` to the commands of `catalogue`."""
    parser = commands.add_parser("mutate", help="change each condition: which changes no example notices")
    parser.add_argument("path", nargs="?", metavar="PATH", help="packs, a department's folder or one file")
    add_packs_argument(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.set_defaults(func=_mutate)


def mutated_at(path: Path) -> tuple[Checked, Mutated]:
    """Return the items at `path` checked without their examples, and what became of their changes."""
    root = tree_of(path)
    checked = check(path) if root is None else check(root, within=path)
    return checked, mutate(checked.catalogue.items, checked.catalogue, REASONING)


def _mutate(args: argparse.Namespace) -> int:
    checked, mutated = mutated_at(packs_of(args.path or args.packs))
    if args.json:
        print_json(mutated)
    else:
        for one in mutated.unnoticed:
            print(one)
        print(
            f"{mutated.changes} changes of {mutated.items} items, {len(mutated.unnoticed)} unnoticed", file=sys.stderr
        )
    if checked.faults:
        print(f"mianzheng: {len(checked.faults)} faults, first {checked.faults[0]}", file=sys.stderr)
    return 1 if mutated.unnoticed or checked.faults else 0

"""`mianzheng catalogue diff A B`: two trees of packs compared in words."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mianzheng.catalogue.difference import Change, Difference, How, ItemDifference, difference
from mianzheng.catalogue.load import Checked, check
from mianzheng.cli.documents import print_json
from mianzheng.cli.packs import packs_of
from mianzheng.model.text import Text

_MARKS: dict[How, Text] = {
    "added": Text("＋新增", "+ added"),
    "removed": Text("－取消", "- removed"),
    "changed": Text("～改动", "~ changed"),
}
_BEFORE, _AFTER = Text("原", "was"), Text("现", "is")
_ELSEWHERE = Text("部门、登记和公布的数", "Departments, registers and figures")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `diff` to the commands of `catalogue`."""
    parser = commands.add_parser("diff", help="two trees of packs compared in words")
    parser.add_argument("before", metavar="A", help="folder of packs")
    parser.add_argument("after", metavar="B", help="folder of packs")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the words (zh)")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output, in both languages")
    parser.set_defaults(func=_diff)


def compared(before: Path, after: Path) -> Difference:
    """Return what differs between two trees; items that have faults in either are named and not compared."""
    old, new = check(before), check(after)
    return difference(old.catalogue, new.catalogue, unread=tuple(sorted(_unread(old) | _unread(new))))


def _unread(checked: Checked) -> set[str]:
    sound = {one.item.item for one in checked.catalogue.items}
    items = {Path(document.file).stem for (kind, _), document in checked.documents.items() if kind == "item"}
    faulty = {Path(fault.file).stem for fault in checked.faults if Path(fault.file).parent.name == "items"}
    return (items | faulty) - sound


def _diff(args: argparse.Namespace) -> int:
    found = compared(packs_of(args.before), packs_of(args.after))
    if args.json:
        print_json(found)
        return 0
    for line in lines_of(found, zh=args.lang == "zh"):
        print(line)
    for item in found.unread:
        print(f"mianzheng: {item} has faults and is not compared: `mianzheng catalogue check`", file=sys.stderr)
    return 0


def lines_of(found: Difference, *, zh: bool) -> list[str]:
    """Return the difference as lines to read."""

    def say(text: Text) -> str:
        return text.zh if zh else text.en

    counts = {how: sum(one.how == how for one in found.items) for how in _MARKS}
    head = Text(
        f"新增 {counts['added']} 项，取消 {counts['removed']} 项，改动 {counts['changed']} 项",
        f"{counts['added']} items added, {counts['removed']} removed, {counts['changed']} changed",
    )
    left = Text(
        f"；另有 {len(found.unread)} 项有错，没有比较：{'、'.join(found.unread)}",
        f"; {len(found.unread)} not compared, with faults: {', '.join(found.unread)}",
    )
    lines = [say(head) + (say(left) if found.unread else "")]
    for item in found.items:
        lines += [*([""] if item.changes or len(lines) == 1 else []), _item_line(item, zh=zh)]
        lines += [line for change in item.changes for line in _change_lines(change, zh=zh)]
    if found.others:
        lines += ["", say(_ELSEWHERE)]
        lines += [line for change in found.others for line in _change_lines(change, zh=zh)]
    return lines


def _item_line(item: ItemDifference, *, zh: bool) -> str:
    mark, name, department = _MARKS[item.how], item.name, item.department
    if zh:
        return f"{mark.zh} {name.zh} {item.item}（{department.zh}）"
    return f"{mark.en} {name.en} {item.item} ({department.en})"


def _change_lines(change: Change, *, zh: bool) -> list[str]:
    def say(text: Text) -> str:
        return text.zh if zh else text.en

    head = f"  {say(_MARKS[change.how])} {say(change.label)}{f' {change.name}' if change.name else ''}"
    colon = "：" if zh else ": "
    if change.how != "changed":
        said = change.after or change.before
        return [f"{head}{colon}{say(said)}" if said is not None else head]
    lines = [head]
    for label, said in ((_BEFORE, change.before), (_AFTER, change.after)):
        if said is not None:
            lines.append(f"      {say(label)}{colon}{say(said)}")
    return lines

"""`mianzheng catalogue export` and `import`: items as a spreadsheet, JSON, CPSV-AP; drafts from a spreadsheet."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec

from mianzheng.catalogue.exported import json_of
from mianzheng.catalogue.jsonld import BASE, jsonld_of
from mianzheng.catalogue.load import Catalogue, PackFaults, check
from mianzheng.catalogue.sheets.faults import Lost, SheetFault
from mianzheng.catalogue.tree import tree_of
from mianzheng.cli.documents import print_json
from mianzheng.cli.packs import add_packs_argument, packs_of
from mianzheng.model.errors import WrongUse


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What `catalogue import --json` prints; with faults nothing was written."""

    written: tuple[str, ...]
    faults: tuple[SheetFault, ...]
    lost: tuple[Lost, ...]


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `export` and `import` to the commands of `catalogue`."""
    export = commands.add_parser("export", help="the items as a spreadsheet, as JSON, as CPSV-AP")
    export.add_argument("path", nargs="?", metavar="PATH", help="packs, or a department's folder")
    export.add_argument("--xlsx", metavar="FILE", help="the spreadsheet in which cities keep their 实施清单")
    export.add_argument("--json", metavar="FILE", help="JSON by docs/catalogue.schema.json")
    export.add_argument("--jsonld", metavar="FILE", help="CPSV-AP 3.2 as JSON-LD")
    export.add_argument("--base", metavar="IRI", default=BASE, help="what begins the identifiers of --jsonld")
    add_packs_argument(export)
    export.set_defaults(func=_export)
    taking = commands.add_parser("import", help="draft packs from a spreadsheet: all of it, or faults by cell")
    taking.add_argument("file", metavar="FILE", help="an .xlsx file")
    taking.add_argument("--into", metavar="DIR", required=True, help="folder of packs; files there are never changed")
    taking.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the faults (zh)")
    taking.add_argument("--json", action="store_true", help="one JSON document on standard output")
    taking.set_defaults(func=_import)


def _export(args: argparse.Namespace) -> int:
    from mianzheng.catalogue.sheets.writing import workbook_of  # openpyxl: no other command should wait for it

    makers: dict[str, Callable[[Catalogue], bytes]] = {
        "xlsx": workbook_of,
        "json": json_of,
        "jsonld": lambda catalogue: jsonld_of(catalogue, on=date.today(), base=args.base),
    }
    wanted = {name: Path(file) for name in makers if (file := getattr(args, name))}
    if not wanted:
        raise WrongUse("nothing to export is named", hint="--xlsx FILE, --json FILE, --jsonld FILE")
    path = packs_of(args.path or args.packs)
    root = tree_of(path)
    checked = check(path) if root is None else check(root, within=path)
    if checked.faults:
        raise PackFaults(checked.faults)
    made = {file: makers[name](checked.catalogue) for name, file in wanted.items()}
    for file, data in made.items():
        put_whole(file, data)
        print(f"{file}: {len(checked.catalogue.items)} items, {len(data):,} bytes", file=sys.stderr)
    return 0


def put_whole(file: Path, data: bytes) -> None:
    """Write a file as a whole: whoever reads it sees the old one or the new one."""
    if not file.parent.is_dir():
        raise WrongUse(f"there is no folder {file.parent}", hint="make it first")
    handle, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as waiting:
            waiting.write(data)
        os.chmod(name, 0o644)
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise


def _import(args: argparse.Namespace) -> int:
    from mianzheng.catalogue.sheets.drafts import import_workbook  # as above

    found, written = import_workbook(Path(args.file).read_bytes(), Path(args.into))
    if args.json:
        print_json(Taken(written=tuple(str(path) for path in written), faults=found.faults, lost=found.lost))
        return 1 if found.faults else 0
    for fault in found.faults:
        print(fault_line(fault, zh=args.lang == "zh"))
    for lost in found.lost:
        print(f"mianzheng: not read: {lost.sheet}{f', column {lost.column}' if lost.column else ''}", file=sys.stderr)
    if found.faults:
        print(f"mianzheng: {len(found.faults)} faults, nothing was written", file=sys.stderr)
        return 1
    hint = f"`mianzheng catalogue check {args.into}` names what is missing"
    print(f"mianzheng: {len(written)} files written into {args.into}; {hint}", file=sys.stderr)
    return 0


def fault_line(fault: SheetFault, *, zh: bool) -> str:
    """Return a fault as one line: sheet, row, column, what is wrong, what to do."""
    if zh:
        return f"“{fault.sheet}”第 {fault.row} 行 {fault.column}：{fault.what.zh}（{fault.do.zh}）"
    return f"{fault.sheet}, row {fault.row}, {fault.column}: {fault.what.en} ({fault.do.en})"

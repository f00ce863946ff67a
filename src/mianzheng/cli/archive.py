"""`mianzheng archive`: take a case file 一件一档 out, and check one offline."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from mianzheng.cases.file_check import Checked, check_file
from mianzheng.cli.city_session import open_city
from mianzheng.cli.data import add_data_argument, require_data
from mianzheng.cli.documents import print_json
from mianzheng.cli.who import add_window, served
from mianzheng.credentials.trust import TrustStore
from mianzheng.model.archive import CaseFile
from mianzheng.model.errors import WrongUse
from mianzheng.settings import read_settings

MANIFEST = "manifest.jws"


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `archive export` and `archive verify`."""
    archive = subparsers.add_parser("archive", help="case files 一件一档: export, verify")
    commands = archive.add_subparsers(metavar="COMMAND", required=True)
    export = commands.add_parser("export", help="write the case file of a case that is over")
    export.add_argument("case")
    export.add_argument("--into", required=True, metavar="DIR", help="a folder that is empty or not there yet")
    export.add_argument("--as", dest="seen_as", choices=("resident", "agent", "clerk"), help="as whom it is read")
    add_window(export)
    export.set_defaults(func=_export)
    verify = commands.add_parser("verify", help="check a case file offline: manifest, signatures, sheets, ledger")
    verify.add_argument("folder", metavar="DIR")
    verify.add_argument("--trust", metavar="FILE", help="trust list (else the running city's)")
    verify.add_argument("--roots", metavar="FILE", help="root keys of that trust list (else beside it)")
    verify.set_defaults(func=_verify)
    for command in (export, verify):
        command.add_argument("--json", action="store_true", help="one JSON document on standard output")
        add_data_argument(command)


def read_folder(folder: Path) -> tuple[CaseFile, tuple[str, ...]]:
    """Return the case file that lies in a folder, and the names of files that are no text; `WrongUse` for none."""
    try:
        manifest = (folder / MANIFEST).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        raise WrongUse(f"{folder} holds no case file", hint="`archive export CASE --into DIR` writes one") from None
    files, no_text = dict[str, str](), list[str]()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST):
        name = path.relative_to(folder).as_posix()
        try:
            files[name] = path.read_bytes().decode("utf-8")  # as bytes: `read_text` would change ends of lines
        except UnicodeDecodeError:
            no_text.append(name)
    return CaseFile(manifest=manifest, files=files), tuple(no_text)


def write_folder(folder: Path, file: CaseFile) -> None:
    """Write a case file into a folder, its owner's only; `WrongUse` when something lies there, or for a bad name."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise WrongUse(f"{folder} is not empty", hint="name another folder")
    inside = folder.resolve()
    for name in file.files:
        if "\0" in name or inside not in (folder / name).resolve().parents:
            raise WrongUse(f"the hub names a file outside the folder: {name!r}", hint="report the hub")
    for name, text in {**file.files, MANIFEST: file.manifest}.items():
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)


def _export(args: argparse.Namespace) -> int:
    async def run() -> CaseFile:
        async with open_city(require_data(args.data, read_settings())) as city:
            person = served(city, args) if args.presence else await city.owner_of(args.case)
            view = f"?view={args.seen_as}" if args.seen_as else ""
            return await person.hub.get(f"/cases/{args.case}/archive{view}", CaseFile)

    file, folder = asyncio.run(run()), Path(args.into)
    write_folder(folder, file)
    if args.json:
        print_json({"case": args.case, "into": str(folder), "files": sorted([*file.files, MANIFEST])})
    else:
        print(f"{len(file.files) + 1} files in {folder}")
    return 0


def _verify(args: argparse.Namespace) -> int:
    file, no_text = read_folder(Path(args.folder))
    checked = check_file(file, _trust(args), no_text=no_text)
    if args.json:
        print_json(checked)
    else:
        _draw(checked)
    return 1 if checked.faults else 0


def _trust(args: argparse.Namespace) -> TrustStore:
    if args.trust:
        trust = Path(args.trust)
        if not trust.is_file():
            raise WrongUse(f"there is no trust list at {trust}", hint="--trust FILE: the city's trust.json")
        return TrustStore.load(trust, Path(args.roots) if args.roots else trust.with_name("roots.json"))
    public = require_data(args.data, read_settings()) / "keys" / "public"
    return TrustStore.load(public / "trust.json", public / "roots.json")


def _draw(checked: Checked) -> None:
    print(f"办件 {checked.case} · {checked.item} · {checked.decision} {checked.decided_by}")
    print(f"保管至 kept until: {checked.keep_until or '永久 for good'}")
    print(f"答卷 sheets: {checked.sheets} · 留痕 entries: {checked.entries}")
    for name in checked.withheld:
        print(f"未给出 withheld: {name}")
    for fault in checked.faults:
        print(f"不成立 {fault.code}: {fault.file} {fault.detail}")
    if not checked.faults:
        print("全部成立 everything holds")

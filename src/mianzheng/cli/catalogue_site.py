"""`mianzheng catalogue site DIR`: the whole catalogue as a folder of pages to read."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mianzheng.catalogue.load import PackFaults, check
from mianzheng.cli.documents import print_json
from mianzheng.cli.packs import add_packs_argument, packs_of


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `site` to the commands of `catalogue`."""
    parser = commands.add_parser("site", help="the whole catalogue as a folder of pages to read")
    parser.add_argument("into", metavar="DIR", help="a new folder, or one that this command made")
    add_packs_argument(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.set_defaults(func=_site)


def _site(args: argparse.Namespace) -> int:
    from mianzheng.site.writing import write_site  # templates and pinyin: no other command should wait for them

    checked = check(packs_of(args.packs))
    if checked.faults:
        raise PackFaults(checked.faults)
    site = write_site(checked.catalogue, Path(args.into))
    if args.json:
        print_json(site)
    else:
        size = f"{site.bytes / 1e6:.1f} MB"
        print(f"{args.into}/index.html: {site.pages} pages of {site.items} items, {size}", file=sys.stderr)
    return 0

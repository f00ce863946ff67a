"""`mianzheng up` and `mianzheng down`: a running city that outlives the command."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mianzheng.city.build import POSTGRES
from mianzheng.cli.bring_up import UpView, bring_up, refuse_strange
from mianzheng.cli.data import add_data_argument, remember, require_data
from mianzheng.cli.documents import print_json
from mianzheng.cli.processes import end_all, only_one
from mianzheng.model.errors import WrongUse
from mianzheng.settings import data_home, read_settings
from mianzheng.store import embedded


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `up` and `down`."""
    up = subparsers.add_parser("up", help="bring a city up, or start what died in it")
    add_data_argument(up)
    up.add_argument("--json", action="store_true", help="one JSON document on standard output")
    up.set_defaults(func=_up)
    down = subparsers.add_parser("down", help="end the processes of a city")
    add_data_argument(down)
    down.add_argument("--remove", action="store_true", help="remove the folder too, with all keys and cases in it")
    down.set_defaults(func=_down)


def stop_city(data: Path) -> tuple[str, ...]:
    """End every process of a city and its two embedded servers; return the names of those that ran."""
    ended = end_all(data)
    for folder in (data / "hub" / POSTGRES, data / POSTGRES):
        embedded.stop(folder)
    return ended


def _up(args: argparse.Namespace) -> int:
    settings = read_settings()
    data = Path(args.data or settings.data or data_home(settings) / "demo").resolve()
    refuse_strange(data)
    with only_one(data):
        view = bring_up(data, settings, tell=lambda text: print(f"mianzheng: {text}", file=sys.stderr))
    remember(data, settings)
    if args.json:
        print_json(view)
    else:
        _draw(view, data)
    return 0


def _down(args: argparse.Namespace) -> int:
    data = require_data(args.data, read_settings())
    if not (data / "run").is_dir():
        raise WrongUse(f"{data} holds no city", hint="nothing was ended or removed")
    ended = stop_city(data)
    print(f"mianzheng: ended {', '.join(ended) or 'nothing: nothing ran'}", file=sys.stderr)
    if args.remove:
        shutil.rmtree(data)
    return 0


def _draw(view: UpView, data: Path) -> None:
    table = Table("process", "pid", "port", box=None)
    for process in view.processes:
        table.add_row(process.name, str(process.pid), str(process.port or "—"))
    console = Console()
    console.print(table)
    console.print(f"hub 枢纽 {view.url} · data {data}")

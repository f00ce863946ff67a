"""`mianzheng hub`: serve the hub's API, work on its jobs, audit its ledger; one process each.

Only the module of the process that was asked for is imported, as `cli.main` does with commands: an auditor that
is started by itself needs a third of what the API imports.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from mianzheng.cli.data import add_data_argument, require_data
from mianzheng.settings import read_settings
from mianzheng.web.auditor_config import read_auditor_config
from mianzheng.web.config import read_config


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `hub serve`, `hub work` and `hub audit`."""
    hub = subparsers.add_parser("hub", help="serve the hub, its worker or the auditor")
    commands = hub.add_subparsers(metavar="COMMAND", required=True)
    for name, text, run in (
        ("serve", "the HTTP API", _serve),
        ("work", "waiting cases, the ledger's sequencer, witness rounds", _work),
        ("audit", "the auditor outside: keeps its own leaves, co-signs heads", _audit),
    ):
        command = commands.add_parser(name, help=text)
        add_data_argument(command)
        command.set_defaults(func=run)
        if run is _serve:
            command.add_argument("--share-port", action="store_true", help="several processes listen on the hub's port")


def _serve(args: argparse.Namespace) -> int:
    config, days = read_config(_data(args) / "hub"), read_settings().days_ahead
    importlib.import_module("mianzheng.web.app").serve(config, share_port=args.share_port, days_ahead=days)
    return 0


def _work(args: argparse.Namespace) -> int:
    config = read_config(_data(args) / "hub")
    importlib.import_module("mianzheng.web.worker").run_worker(config, days_ahead=read_settings().days_ahead)
    return 0


def _audit(args: argparse.Namespace) -> int:
    config = read_auditor_config(_data(args) / "auditor")
    importlib.import_module("mianzheng.web.auditor").serve_auditor(config, days_ahead=read_settings().days_ahead)
    return 0


def _data(args: argparse.Namespace) -> Path:
    return require_data(args.data, read_settings())

"""`mianzheng`: finds the command's module and runs it.

Exit status: 0 done as asked (every lawful end or wait included), 1 a finding, 2 wrong use.
Only the module of the command that was typed is imported: a help text should not cost a second.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Sequence

from mianzheng import __version__
from mianzheng.model.errors import MianzhengError, NotFound, WrongUse
from mianzheng.model.scalar import BadScalar
from mianzheng.settings import read_settings

_WRONG_USE = (WrongUse, NotFound, BadScalar)
_WRONG_PATH = (PermissionError, FileNotFoundError, NotADirectoryError, IsADirectoryError, FileExistsError)
INTERRUPTED = 130  # as a shell says it

COMMANDS = {
    "demo": ("mianzheng.cli.demo", "three cases, narrated: granted, refused, a gateway down and back"),
    "up": ("mianzheng.cli.up", "bring a city up: registers, gateways, hub; or start what died in it"),
    "down": ("mianzheng.cli.up", "end the processes of a city"),
    "case": ("mianzheng.cli.case", "run, show, explain, accept, contest, withdraw a case 办件"),
    "presence": ("mianzheng.cli.presence", "see a person who brings no key: window, call back, face"),
    "mandate": ("mianzheng.cli.mandate", "grant, show, revoke a mandate 委托"),
    "catalogue": ("mianzheng.cli.catalogue", "list, show, check items 事项"),
    "rules": ("mianzheng.cli.rules", "split a rule into questions"),
    "gateway": ("mianzheng.cli.gateway", "serve, approve, check a department's gateway 网关"),
    "hub": ("mianzheng.cli.hub", "serve the hub, its worker or the auditor"),
    "ledger": ("mianzheng.cli.ledger", "show, verify, reconcile the access ledger 留痕"),
    "archive": ("mianzheng.cli.archive", "case files 一件一档: export, verify"),
    "credential": ("mianzheng.cli.credential", "verify or revoke a credential 证照"),
    "city": ("mianzheng.cli.city", "build a synthetic city; find people in it"),
    "device": ("mianzheng.cli.device", "start a chip reader, a face comparer, a call line; enrol at the counter"),
    "window": ("mianzheng.cli.window", "the window's program on a clerk's machine"),
    "conformance": ("mianzheng.cli.conformance", "every published item against the city's truth"),
    "keys": ("mianzheng.cli.keys", "hold the key ceremony"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        read_settings()  # a wrong setting stops every command, whether it looks at that setting or not
        args = _parse(words)
        status: int = args.func(args) if hasattr(args, "func") else 2
        sys.stdout.flush()
        return status
    except (MianzhengError, OSError) as error:
        if isinstance(error, BrokenPipeError):  # whoever read our output has enough of it
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        print(f"mianzheng: {error}", file=sys.stderr)
        return 2 if isinstance(error, (*_WRONG_USE, *_WRONG_PATH)) else 1
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):  # rich ends a program with status 1 for the same
            return 0
        raise
    except KeyboardInterrupt:
        return INTERRUPTED


def _parse(words: Sequence[str]) -> argparse.Namespace:
    gc.disable()  # imports make a hundred thousand objects that stay: looking for garbage among them costs a tenth
    parser = _parser(words)
    gc.freeze()
    gc.enable()
    args = parser.parse_args(words)
    if not hasattr(args, "func"):
        parser.print_help(sys.stderr)
    return args


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mianzheng", description="免证: ask for the answer, not the document.")
    parser.add_argument("--version", action="version", version=f"mianzheng {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", title="commands")
    typed = next((word for word in words if not word.startswith("-")), None)
    if typed in COMMANDS:
        importlib.import_module(COMMANDS[typed][0]).add_parsers(subparsers)
        return parser
    for name, (_, text) in COMMANDS.items():
        subparsers.add_parser(name, help=text)
    return parser


if __name__ == "__main__":
    sys.exit(main())

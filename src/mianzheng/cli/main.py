"""`mianzheng`: finds the command's module and runs it.

Exit status: 0 done as asked (every lawful end or wait included), 1 a finding, a refusal or a failure, 2 wrong use.
An error is one line on standard error, its code in brackets at the end; with `--json` it is also the one document on
standard output. Only the module of the command that was typed is imported: a help text should not cost a second.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from mianzheng import __version__
from mianzheng.cli.documents import AS_JSON, Told, print_json
from mianzheng.model.errors import MianzhengError, NotFound, WrongUse
from mianzheng.model.scalar import BadScalar
from mianzheng.settings import read_settings

_WRONG_USE = (WrongUse, NotFound, BadScalar)
_WRONG_PATH = (PermissionError, FileNotFoundError, NotADirectoryError, IsADirectoryError, FileExistsError)
INTERRUPTED = 130  # as a shell says it

COMMANDS = {
    "demo": ("mianzheng.cli.demo", "five cases, narrated: granted, refused, waited for, by mandate, at a window"),
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
        return _tell(error, as_json=AS_JSON in words)
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):  # rich ends a program with status 1 for the same
            return 0
        raise
    except KeyboardInterrupt:
        return INTERRUPTED


def _tell(error: MianzhengError | OSError, *, as_json: bool) -> int:
    """Say what went wrong, and return the exit status it has."""
    if isinstance(error, MianzhengError):
        told = Told(code=error.code, detail=error.message, hint=error.hint)
    else:
        told = Told(code="wrong-path" if isinstance(error, _WRONG_PATH) else "system", detail=str(error))
    if as_json:
        print_json(told)
        sys.stdout.flush()
    print(f"mianzheng: {error} [{told.code}]", file=sys.stderr)
    return 2 if isinstance(error, (*_WRONG_USE, *_WRONG_PATH)) else 1


def _parser_class(*, as_json: bool) -> type[argparse.ArgumentParser]:
    """Return the class of the parser and its subparsers: what cannot be parsed is told as every other error is."""

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            """Print usage and message, and exit with status 2."""
            if as_json:
                print_json(Told(code=WrongUse.code, detail=message, hint=f"{self.prog} --help"))
                sys.stdout.flush()
            super().error(f"{message} [{WrongUse.code}]")

    return Parser


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
    parser = _parser_class(as_json=AS_JSON in words)(
        prog="mianzheng", description="免证: ask for the answer, not the document."
    )
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

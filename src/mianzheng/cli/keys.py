"""`mianzheng keys ceremony`: make roots, trust list and a key folder for each process of a city."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from mianzheng.catalogue.load import load
from mianzheng.credentials.ceremony import PartySpec, hold_ceremony
from mianzheng.credentials.trust import Role
from mianzheng.model.facts import Department
from mianzheng.settings import packs_folder, read_settings

HUB = "hub"
AUDITOR = "auditor"
READER = "reader-window-1"
COMPARER = "face-comparer"
CALL_LINE = "call-line"
WINDOW = "window"  # no party of the trust list: its clerk is
PROVIDER = "identity-provider"  # of the demo; no party of the trust list


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `keys ceremony`."""
    keys = subparsers.add_parser("keys", help="hold the key ceremony")
    commands = keys.add_subparsers(metavar="COMMAND", required=True)
    ceremony = commands.add_parser("ceremony", help="make all keys of a city under a new folder")
    ceremony.add_argument("--into", required=True, metavar="DIR", help="a new folder; existing keys are never touched")
    ceremony.add_argument("--demo", action="store_true", help="mark the trust list demo: software keys are accepted")
    ceremony.set_defaults(func=_ceremony)


def parties(departments: Iterable[Department]) -> tuple[PartySpec, ...]:
    """Return the parties of a city: hub, auditor, registered devices, and each department's gateway."""
    return (
        PartySpec(party=HUB, roles=("hub",)),
        PartySpec(party=AUDITOR, roles=("auditor",)),
        PartySpec(party=READER, roles=("reader",)),
        PartySpec(party=COMPARER, roles=("comparer",)),
        PartySpec(party=CALL_LINE, roles=("call-line",)),
        *(_gateway(department) for department in departments),
    )


def gateway_party(department: str) -> str:
    """Return the name of a department's gateway in the trust list."""
    return f"gateway-{department}"


def _gateway(department: Department) -> PartySpec:
    roles: tuple[Role, ...] = ("gateway",)
    if department.authority == "person":
        roles = ("gateway", "authority:person")
    if department.authority == "enterprise":
        roles = ("gateway", "authority:enterprise")
    return PartySpec(
        party=gateway_party(department.department),
        roles=roles,
        department=department.department,
        staff=("steward", "officer", "clerk", "witness", "head"),
    )


def _ceremony(args: argparse.Namespace) -> int:
    departments = load(packs_folder(read_settings())).facts.departments.values()
    made = hold_ceremony(Path(args.into), parties=parties(departments), demo=args.demo)
    print(f"trust list 1, {len(made.parties)} parties, keys under {args.into}", file=sys.stderr)
    print(f"take {args.into}/roots offline; two of the three sign the next list", file=sys.stderr)
    return 0

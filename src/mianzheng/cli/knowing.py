"""`mianzheng city knows`: what a resident of a demo city says to the authority's known questions.

Whoever plays somebody at a window must remember what that person would. It is read from the registers themselves, by
the authority's own read-only users, and only where the trust list is marked demo: nobody lives there.
"""

from __future__ import annotations

import argparse

import msgspec

from mianzheng.cli.data import add_data_argument, require_data
from mianzheng.cli.documents import print_json
from mianzheng.cli.played_memory import memory_of
from mianzheng.cli.typed_number import typed_number
from mianzheng.client.numbers import authority_of
from mianzheng.credentials.trust import TrustStore
from mianzheng.model.errors import WrongUse
from mianzheng.model.text import Text
from mianzheng.settings import read_settings


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A question that may be asked, and what this person says to it."""

    question: Text
    answer: str


class Knows(msgspec.Struct, frozen=True, kw_only=True):
    """What `city knows --json` prints."""

    resident: str
    known: tuple[Known, ...]


def add_knows(parser: argparse.ArgumentParser) -> None:
    """Add what `city knows` takes."""
    parser.add_argument("--resident", type=typed_number, required=True, metavar="ID", help="the person's number")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    add_data_argument(parser)
    parser.set_defaults(func=_knows)


def _knows(args: argparse.Namespace) -> int:
    data = require_data(args.data, read_settings())
    public = data / "keys" / "public"
    if not public.is_dir():
        raise WrongUse(f"{data} has no keys yet", hint="`mianzheng up` brings the city up")
    trust = TrustStore.load(public / "trust.json", public / "roots.json")
    if not trust.demo:
        raise WrongUse("this city is no demo: what people know is theirs")
    with memory_of(data, trust.party(authority_of(args.resident, trust)).department or "") as memory:
        said = zip(memory.questions, memory.answers(args.resident, memory.questions), strict=True)
        known = tuple(Known(question=question, answer=answer) for question, answer in said if answer)
    if args.json:
        print_json(Knows(resident=args.resident, known=known))
    for one in known if not args.json else ():
        print(f"{one.question.zh}\n  {one.answer}")
    return 0

"""What every case of the demo is told on: the city, the terminal, and the outcome that the city's truth demands."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import msgspec
from rich.console import Console
from rich.rule import Rule

from mianzheng.cli.city_session import CitySession
from mianzheng.cli.ledger_checks import prove_case
from mianzheng.cli.names import Names
from mianzheng.cli.pictures import draw_case
from mianzheng.cli.wrapping import wrap
from mianzheng.client.person import Person
from mianzheng.ledger.proven import Proven
from mianzheng.model.case import CaseView, State
from mianzheng.model.errors import MianzhengError

IN_TREE = 3.0  # seconds an entry has to come into the tree; the sequencer needs less than one


class DemoStuck(MianzhengError):
    """A case of the demo came out otherwise than the city's truth says."""

    code = "demo-stuck"


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The city of `data`, what its parts are called, and where the demo is told."""

    data: Path
    names: Names
    console: Console

    def rule(self, text: str) -> None:
        """Begin a part."""
        self.console.print()
        self.console.print(Rule(text, align="left"))

    def say(self, text: str) -> None:
        """Print a sentence, broken as Chinese is."""
        for line in wrap(text, self.console.width):
            self.console.print(line, highlight=False, markup=False)

    async def show(self, city: CitySession, view: CaseView, reader: Person | None = None) -> None:
        """Draw a case with the proof of its first question, as its `reader` is given it."""
        proof = await _one_proof(city, view.case, reader)
        draw_case(view, self.console, names=self.names, proof=proof, ids=False)  # nobody types an id here

    def expected(self, view: CaseView, state: State) -> CaseView:
        """Return the view; `DemoStuck` when the case is not in this state."""
        if view.state is not state:
            raise self.stuck(f"case {view.case} is {view.state}, not {state}")
        return view

    def stuck(self, text: str) -> DemoStuck:
        """Return the error to raise when the demo cannot go on."""
        return DemoStuck(text, hint=f"see {self.data / 'logs'}")


async def _one_proof(city: CitySession, case: str, reader: Person | None) -> Proven | None:
    """Return the proof of the first question asked in a case, once it stands in the tree."""
    deadline = time.monotonic() + IN_TREE
    while True:
        entries = await prove_case(city, case, reader=reader)
        asked = [one for one in entries if one.entry.kind == "asked" and one.entry.lines]
        if not asked or asked[0].status != "pending" or time.monotonic() > deadline:
            return asked[0] if asked else None
        await asyncio.sleep(0.2)

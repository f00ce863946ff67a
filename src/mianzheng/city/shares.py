"""Registers shared out among the processes of a builder: each makes the same people, and writes its own registers.

A register's rows depend on seed, name and block alone, so it makes no difference to them who writes them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from mianzheng.city.registers import GENERATORS
from mianzheng.city.sampler import stored_facts
from mianzheng.model.facts import Register

FEWEST = 8_000  # residents for which another process is worth making all people twice
_CODE = 6  # a register with a generator is written row by row, the others by queries


def builders(residents: int) -> int:
    """Return how many processes should build a city of so many: one for each core, of a small city one."""
    return len(os.sched_getaffinity(0)) if residents >= FEWEST else 1


def shares(registers: Iterable[Register], count: int) -> list[list[Register]]:
    """Return the registers of each process, in their order; all that lie in PostgreSQL are the first one's.

    They share one connection. The rest goes, the heaviest first, to whoever has least to do.
    """
    every = list(registers)
    of = {register.register: 0 for register in every}
    loads = [0] * count
    loads[0] = sum(_weight(register) for register in every if register.engine == "postgresql")
    others = (register for register in every if register.engine != "postgresql")
    for register in sorted(others, key=lambda one: (-_weight(one), one.register)):
        share = loads.index(min(loads))
        loads[share] += _weight(register)
        of[register.register] = share
    return [[register for register in every if of[register.register] == share] for share in range(count)]


def _weight(register: Register) -> int:
    return (len(stored_facts(register)) + 1) * (_CODE if register.register in GENERATORS else 1)

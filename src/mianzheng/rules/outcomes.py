"""What a condition comes to, as a number: results are combined by min, max and 2 - x."""

from __future__ import annotations

from mianzheng.rules.values import Value

F, U, T = 0, 1, 2  # false < unknown < true: and is min, or is max, not is 2 - x
Outcomes = frozenset[tuple[int, ...]]  # each tuple: the result for each value of the followed question


def code(value: Value) -> int:
    """Return a condition's value as F, U or T."""
    return T if value is True else F if value is False else U

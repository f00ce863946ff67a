"""What the rows of kinship in a plan say of its people: who is what to whom."""

from __future__ import annotations

from collections.abc import Iterator

from mianzheng.city.plans import Part, Plan

_REGISTER, _KIND = "kinship", "relation"
_MIRROR = {
    "配偶": "配偶", "子女": "父母", "父母": "子女", "兄弟姐妹": "兄弟姐妹", "孙子女": "祖父母", "外孙子女": "外祖父母",
    "祖父母": "孙子女", "外祖父母": "外孙子女", "监护人": "被监护人", "被监护人": "监护人",
}  # fmt: skip


def told_kin(part: Part, plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the role of another and what `part` is to them: as their rows say, and then as its own do."""
    for other in plan.parts:
        yield from ((other.role, word) for role, word in _rows(other) if role == part.role)
    yield from ((role, _MIRROR[word]) for role, word in _rows(part) if word in _MIRROR)


def _rows(part: Part) -> Iterator[tuple[str, str]]:
    """Yield whom each row of kinship leads to and as what."""
    rows = part.rows.get(_REGISTER, ())
    leads = part.leads.get(_REGISTER, ((),) * len(rows))
    given = [(part.given[_REGISTER], part.given_leads.get(_REGISTER, ()))] if _REGISTER in part.given else []
    for row, led in (*zip(rows, leads, strict=True), *given):
        yield from ((one.role, str(row.get(_KIND) or "")) for one in led)

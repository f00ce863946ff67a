"""The notice 告知: who decides, who is asked, on which basis, as the person reads it before signing."""

from __future__ import annotations

from mianzheng.cases.library import Version
from mianzheng.model.facts import FactCatalogue
from mianzheng.model.item import needs_consent
from mianzheng.model.plan import Plan, PlanLine
from mianzheng.model.text import Text


def notice_of(version: Version, plan: Plan, facts: FactCatalogue) -> Text:
    """Return the notice of a plan: one sentence on who decides, one for each basis, one on rights."""
    item = version.item
    handling = facts.departments[item.department].name
    by_basis: dict[tuple[str, Text, Text | None], list[str]] = {}
    for line in plan.lines:
        asked = by_basis.setdefault(_basis(line, version), [])
        if line.department not in asked:
            asked.append(line.department)
    zh = [f"{item.name.zh}由{handling.zh}办理，您无须提交证明材料。"]
    en = [f"{item.name.en} is handled by {handling.en}; you hand in no document."]
    for (kind, law, of), departments in by_basis.items():
        names_zh = "、".join(facts.departments[name].name.zh for name in departments)
        names_en = ", ".join(facts.departments[name].name.en for name in departments)
        if kind == "duty":
            zh.append(f"依据{law.zh}，将向{names_zh}提出所列问题。")
            en.append(f"Under {law.zh} the listed questions are put to {names_en}.")
        elif of is not None:
            zh.append(f"涉及{of.zh}的问题，经其本人签署同意（{law.zh}）后才向{names_zh}提出。")
            en.append(f"What is about the {of.en} is put to {names_en} only once that person signed ({law.en}).")
        else:
            zh.append(f"经您单独同意（{law.zh}），将向{names_zh}提出所列问题。")
            en.append(f"With your separate consent ({law.en}) the listed questions are put to {names_en}.")
    zh.append("各部门只回答问题，不提供记录；每一次提问都留痕，您可以查阅、提出异议或撤回申请。")
    en.append(
        "Departments answer and give out no record; each question is logged; you may read it, contest or withdraw."
    )
    return Text(zh="".join(zh), en=" ".join(en))


def _basis(line: PlanLine, version: Version) -> tuple[str, Text, Text | None]:
    """Return kind and law of a line's basis, and whose consent it is when it is another person's."""
    if line.basis.duty:
        return "duty", line.basis.words, None
    another = needs_consent(version.item, line.role)
    return "consent", line.basis.words, version.item.roles[line.role].label if another else None

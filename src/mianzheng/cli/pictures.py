"""What the terminal shows of a case: one table of answers, the decision, what it spared."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from mianzheng.model.case import AnswerView, CaseView, ExplainedCondition, Explanation
from mianzheng.model.scalar import Wire

_WORDS = {"granted": "准予 granted", "refused": "不予 refused", "undecided": "未定 undecided"}
_COLOURS = {"granted": "green", "refused": "yellow", "undecided": "cyan"}
_STATUS = {"not_held": "未持有 not held", "unavailable": "暂不可用 unavailable", "contested": "有异议 contested"}


def draw_case(view: CaseView, console: Console | None = None) -> None:
    """Print a case: answers by wave, decision and reasons, documents, ledger."""
    out = console or Console()
    out.print(_answers(view))
    colour = _COLOURS[view.decision]
    by = f" · {view.decided_by}" if view.decided_by else ""
    out.print(f"[bold {colour}]{_WORDS[view.decision]}[/]{by} · {view.state} · {view.milliseconds:.0f} ms")
    if view.amount is not None:
        out.print(f"金额 amount: {view.amount} 元")
    for reason in view.reasons:
        out.print(f"  · {reason.zh} {reason.en} [dim]({reason.condition}, {reason.department})[/]")
        if reason.contest:
            out.print(f"    [dim]有异议 to contest: {reason.contest.zh}[/]")
    if view.not_examined:
        out.print(f"[dim]未审查 not examined: {', '.join(view.not_examined)}[/]")
    if view.next_step:
        out.print(f"下一步 next: {view.next_step.zh} {view.next_step.en}")
    out.print(_spared(view))


def _answers(view: CaseView) -> Table:
    table = Table(title=f"{view.item} v{view.version} · 办件 {view.case}", title_justify="left", expand=False)
    for name, justify in (
        ("波 wave", "right"),
        ("部门 department", "left"),
        ("提问 question", "left"),
        ("答案", "left"),
    ):
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    for answer in view.answers:
        table.add_row(str(answer.wave), answer.department, answer.sentence.zh, _answer(answer))
    return table


def _answer(answer: AnswerView) -> str:
    if answer.status in _STATUS:
        return _STATUS[answer.status]
    return words(answer.value)


def words(value: Wire | None) -> str:
    """Return an answer's value as a person reads it; a sealed value is only said to be held."""
    if value is True:
        return "[green]是 yes[/]"
    if value is False:
        return "[yellow]否 no[/]"
    return "已密封 sealed" if value is None else str(value)


def _spared(view: CaseView) -> Table:
    departments = len({answer.department for answer in view.answers})
    table = Table.grid(padding=(0, 2))
    rows = (
        ("材料 documents", f"{view.documents_carried} 份, 原需 instead of {view.documents_replaced}"),
        ("提问 questions", f"{view.questions_asked}, 所涉登记库共有 of {view.facts_held} facts held"),
        ("部门 departments", f"{departments} · {view.waves} 波 waves · 跑腿 visits {view.visits}"),
        ("证照 credential", _short(view.credential) if view.credential else "—"),
        ("留痕 ledger", f"{view.ledger.entries} entries · root {view.ledger.root[:16] or 'pending'}"),
    )
    for label, text in rows:
        table.add_row(f"[dim]{label}[/]", text)
    return table


def _short(token: str) -> str:
    return f"{token[:24]}… ({len(token)} characters, SD-JWT VC)"


def draw_explanation(explanation: Explanation, console: Console | None = None) -> None:
    """Print condition → question → answer → who signed."""
    out = console or Console()
    signer = explanation.decision_signed_by or "—"
    out.print(f"[bold]{explanation.item} v{explanation.version}[/] · {explanation.case} · {explanation.as_of}")
    out.print(f"{_WORDS.get(explanation.decision, explanation.decision)} · 决定签署 signed by {signer}")
    for condition in explanation.conditions:
        _draw_condition(out, condition)


def _draw_condition(out: Console, condition: ExplainedCondition) -> None:
    unread = "" if condition.verified else " [dim](依据待核 reference unverified)[/]"
    out.print(f"\n[bold]{condition.condition}[/]: {condition.result}  [dim]{condition.rule}[/]")
    out.print(f"  依据 law: {condition.reference}{unread}")
    for answer in condition.answers:
        out.print(f"  {answer.sentence.zh}")
        value = words(answer.value) if answer.status == "value" else _STATUS.get(answer.status, "未问 not asked")
        out.print(f"    → {value}")
        if answer.answer:
            out.print(f"    [dim]{answer.answer.zh}[/]")
        if answer.signed_by:
            out.print(f"    [dim]签署 {answer.signed_by} key {answer.key[:12]} · sheet {answer.sheet[:12]}[/]")

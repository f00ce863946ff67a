"""What the terminal shows of a case: one table of answers, one of what came of them and what it spared.

Everything fits 80 columns in Chinese; from 100 columns on the English of each sentence stands under it.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text as RichText

from mianzheng.cli.names import Names
from mianzheng.cli.words import COLOURS, DECIDED_BY, DECISIONS, PROOFS, RESULTS, STATES, STATUSES, value_words
from mianzheng.cli.wrapping import MOST, WIDE, Wrapped
from mianzheng.ledger.proven import Proven
from mianzheng.model.case import AnswerView, CaseView, ExplainedCondition, Explanation
from mianzheng.model.plan import PlanLine
from mianzheng.model.text import Text


def draw_case(
    view: CaseView,
    console: Console | None = None,
    *,
    names: Names | None = None,
    proof: Proven | None = None,
    ids: bool = True,
) -> None:
    """Print a case: answers by wave, decision and reasons, documents, ledger; `proof` of one of its entries.

    `ids`: under each question, what `case contest` takes to name it.
    """
    out, called = console or Console(), names or Names()
    if view.answers:
        out.print(_answers(view, out, called, ids=ids))
    out.print(_outcome(view, called, proof), highlight=False)


def draw_plan(lines: tuple[PlanLine, ...], console: Console) -> None:
    """Print what a person reads before signing: every question that may be asked, in sentences."""
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", style="dim")
    table.add_column(ratio=1)
    for number, line in enumerate(lines, start=1):
        table.add_row(str(number), _both(line.sentence, console))
    console.print(table, width=min(console.width, MOST))


def _answers(view: CaseView, console: Console, names: Names, *, ids: bool) -> Table:
    title = f"{names.item(view.item)} {view.item} 第{view.version}版 · 办件 {view.case}"
    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, width=min(console.width, MOST)
    )
    table.add_column("轮次", justify="right", width=4)
    table.add_column("部门", no_wrap=True)
    table.add_column("提问", ratio=1)
    table.add_column("答案", no_wrap=True)
    for answer in view.answers:
        words: list[RenderableType] = [_short_sentence(answer, console, names)]
        if ids:
            words.append(RichText(_named(answer), style="dim", overflow="fold"))
        table.add_row(str(answer.wave), names.department(answer.department), Group(*words), _answer(answer))
    return table


def _named(answer: AnswerView) -> str:
    """Return the question as `case contest` takes it, with whom it is about where that is another."""
    return answer.question if answer.role == "applicant" else f"{answer.question} --role {answer.role}"


def _short_sentence(answer: AnswerView, console: Console, names: Names) -> Wrapped:
    """Return the sentence that was signed, without the department that stands beside it already."""
    zh = answer.sentence.zh.removeprefix(f"{names.department(answer.department)}的记录中，")
    return _both(Text(zh=zh, en=answer.sentence.en), console)


def _both(text: Text, console: Console) -> Wrapped:
    return Wrapped(text.zh, text.en if console.width >= WIDE else "")


def _answer(answer: AnswerView) -> str:
    return STATUSES.get(answer.status) or value_words(answer.value)


def _outcome(view: CaseView, names: Names, proof: Proven | None) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    for label, text in _rows(view, names, proof):
        table.add_row(label, Wrapped(text) if isinstance(text, str) else text)
    return table


def _rows(view: CaseView, names: Names, proof: Proven | None) -> Iterator[tuple[str, str | RichText]]:
    said = [DECIDED_BY[view.decided_by], STATES[view.state]] if view.decided_by else [STATES[view.state]]
    decision = (DECISIONS[view.decision], f"bold {COLOURS[view.decision]}")
    yield "决定 decision", RichText.assemble(decision, *(f" · {text}" for text in said))
    if view.amount is not None:
        yield "金额 amount", f"{view.amount} 元"
    for reason in view.reasons:
        yield "不符 reason", f"{reason.zh} {reason.en}（{names.department(reason.department)} {reason.condition}）"
        if reason.contest:
            yield "", f"有异议 to contest: {reason.contest.zh}"
    if view.not_examined:
        yield "未审查 not examined", ", ".join(view.not_examined)
    for notice in view.notices:
        yield "告知 notice", f"{notice.text.zh} {notice.text.en}"
    if view.waits_until:
        yield "等待至 waits until", view.waits_until.astimezone().strftime("%Y-%m-%d %H:%M")
    if view.next_step:
        yield "下一步 next", f"{view.next_step.zh} {view.next_step.en}"
    yield from _spared(view, names)
    yield "留痕 ledger", f"{view.ledger.entries} 条 entries · 树根 root {view.ledger.root[:16] or 'pending'}"
    if proof is not None:
        yield "证明 proof", _proof(proof, names)


def _spared(view: CaseView, names: Names) -> Iterator[tuple[str, str]]:
    departments = dict.fromkeys(names.department(answer.department) for answer in view.answers)
    yield (
        "材料 documents",
        f"交 {view.documents_carried} 份，原需 {view.documents_replaced} 份 · 跑 {view.visits} 次 visits",
    )
    yield "提问 questions", f"问 {view.questions_asked} 项，所涉登记库存有 {view.facts_held} 项 facts held"
    if departments:
        yield "部门 departments", "、".join(departments)
        yield "用时 time", f"{view.waves} 轮 waves · {view.milliseconds:.0f} 毫秒 ms"
    if view.credential:
        yield "证照 credential", f"SD-JWT VC，{len(view.credential)} 字符 characters {view.credential[:16]}…"


def _proof(proof: Proven, names: Names) -> str:
    entry = proof.entry
    place = "" if proof.index is None else f"第 {proof.index} 叶 leaf，"
    return f"{names.department(entry.department)}被问 {len(entry.lines)} 项：{place}{PROOFS[proof.status]}"


def draw_explanation(explanation: Explanation, console: Console | None = None, *, names: Names | None = None) -> None:
    """Print condition → question → answer → who signed."""
    out, called = console or Console(), names or Names()
    name = called.item(explanation.item)
    out.print(f"[bold]{name} {explanation.item} 第{explanation.version}版[/] · 办件 {explanation.case}")
    said = DECISIONS.get(explanation.decision, explanation.decision)
    signer = explanation.decision_signed_by or "—"
    out.print(f"{said} · 基准日 as of {explanation.as_of} · 签署 signed by {signer}", highlight=False)
    for condition in explanation.conditions:
        _draw_condition(out, condition)


def _draw_condition(out: Console, condition: ExplainedCondition) -> None:
    unread = "" if condition.verified else "（未核 not yet read）"
    out.print(f"\n[bold]{condition.condition}[/] {RESULTS[condition.result]}", highlight=False)
    out.print(f"  [dim]{escape(condition.rule)}[/]", highlight=False)
    table = Table.grid(padding=(0, 1))
    table.add_column(width=2)
    table.add_column(ratio=1)
    table.add_row("", Wrapped(f"依据 law: {condition.reference}{unread}"))
    for answer in condition.answers:
        value = value_words(answer.value) if answer.status == "value" else STATUSES.get(answer.status, answer.status)
        table.add_row("问", _both(answer.sentence, out))
        table.add_row("答", value)
        if answer.answer:
            table.add_row("", _both(answer.answer, out))
        if answer.signed_by:
            signed = f"签署 signed by {answer.signed_by}, key {answer.key[:12]}, sheet {answer.sheet[:12]}"
            table.add_row("", f"[dim]{signed}[/]")
    out.print(table, width=min(out.width, MOST), highlight=False)

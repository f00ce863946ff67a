"""An item drawn in the terminal: Chinese first, readable at 100 columns."""

from __future__ import annotations

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

from mianzheng.catalogue.ladder import LADDER
from mianzheng.cli.item_view import DepartmentView, ItemView


def draw_item(view: ItemView, console: Console) -> None:
    """Draw the item: head, questions by department with their SQL, law."""
    console.print(_head(view))
    for department in view.departments:
        console.print(_questions(department))
        for question in department.questions:
            console.print(f"[dim]{question.question} · {question.register} · {question.dialect}[/]", highlight=False)
            console.print(Syntax(question.sql, "sql", word_wrap=True, background_color="default"))
    console.print(_law(view))


def _head(view: ItemView) -> Table:
    table = Table(show_header=False, title=f"{view.name.zh} {view.name.en}", title_justify="left")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    until = f" – {view.until}" if view.until else ""
    rows = (
        ("事项 item", f"{view.item} · 版本 {view.version} · {view.code} · {view.effective}{until}"),
        ("部门 department", view.department),
        ("类型 kind", f"{view.kind} · {'、'.join(view.who)}"),
        ("时限 days", f"承诺 promised {view.promise_days} · 法定 legal {view.legal_days}"),
        ("到场 presence", f"level {view.presence}"),
        ("免交 replaces", "、".join(view.replaces)),
        ("台阶 step", _ladder(view)),
        ("轮次 waves", " → ".join(f"第{n}轮 {len(wave)} 问" for n, wave in enumerate(view.waves, start=1)) or "无"),
    )
    for name, text in rows:
        table.add_row(name, text)
    if view.note:
        table.add_row("备注 note", view.note)
    return table


def _ladder(view: ItemView) -> str:
    steps = []
    for step in LADDER:
        text = f"{step.rung} {step.travels.zh}"
        steps.append(f"[bold]▶{text} ({step.word.zh})[/]" if step == view.step else text)
    return " → ".join(steps)


def _questions(department: DepartmentView) -> Table:
    table = Table(title=f"{department.name.zh} {department.name.en}", title_justify="left", show_lines=True)
    table.add_column("轮", no_wrap=True)
    table.add_column("提问 question", overflow="fold", ratio=4)
    table.add_column("用于 for", overflow="fold", ratio=1)
    table.add_column("依据 basis", overflow="fold", ratio=2)
    for question in department.questions:
        words = f"{question.sentence.zh}\n[dim]{question.sentence.en}[/]"
        wave = str(question.wave) if question.wave else "后"
        basis = question.basis.duty or f"单独同意：{question.basis.consent}"
        marked = f"{wave}\n[red]敏感[/]" if question.sensitive else wave
        table.add_row(marked, words, ", ".join(question.of), basis)
    return table


def _law(view: ItemView) -> Table:
    table = Table(title="依据 law", title_justify="left")
    table.add_column("", no_wrap=True)
    table.add_column("来源 source", overflow="fold", ratio=3)
    table.add_column("用于 for", overflow="fold", ratio=1)
    for law in view.law:
        table.add_row("[green]已核[/]" if law.verified else "[yellow]未核[/]", law.text, ", ".join(law.of))
    return table

"""An item drawn in the terminal: Chinese first, readable at 80 columns, English under it from 100 on."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

from mianzheng.catalogue.ladder import LADDER
from mianzheng.cli.item_view import DepartmentView, ItemView
from mianzheng.cli.wrapping import MOST, WIDE, Wrapped
from mianzheng.model.item import Basis
from mianzheng.model.text import Text


def draw_item(view: ItemView, console: Console) -> None:
    """Draw the item: head, questions by department with their basis and SQL, law."""
    width = min(console.width, MOST)
    console.print(_head(view), width=width)
    for department in view.departments:
        console.print(_questions(department, wide=console.width >= WIDE), width=width)
        for basis in dict.fromkeys(_basis(question.basis) for question in department.questions):
            console.print(_line("依据 basis", basis), width=width)
        for question in department.questions:
            console.print(
                f"\n[dim]{question.question} · {question.register} · {question.dialect}[/]",
                highlight=False,
                width=width,
            )
            console.print(Syntax(question.sql, "sql", word_wrap=True, background_color="default"), width=width)
    console.print(_law(view), width=width)


def _head(view: ItemView) -> Table:
    table = Table.grid(padding=(0, 2))
    table.title, table.title_justify, table.title_style = f"{view.name.zh} {view.name.en}", "left", "bold"
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    until = f" – {view.until}" if view.until else ""
    rows = (
        ("事项 item", f"{view.item} · 第{view.version}版 · {view.implementing_code} · {view.effective}{until}"),
        ("部门 department", view.department),
        ("类型 kind", f"{view.kind} · {'、'.join(view.who)}"),
        ("时限 working days", f"承诺 promised {view.promise_days} · 法定 legal {view.legal_days}"),
        ("到场 presence", f"level {view.presence}"),
        ("免提交 replaces", "、".join(f"{one.paper}（{', '.join(one.by)}）" for one in view.replaces)),
        ("办事阶梯 ladder", _ladder(view)),
        ("轮次 waves", " → ".join(f"第{n}轮 {len(wave)} 问" for n, wave in enumerate(view.waves, start=1)) or "无"),
        ("备注 note", view.note),
    )
    for name, text in rows:
        if text:
            table.add_row(name, Wrapped(text))
    return table


def _ladder(view: ItemView) -> str:
    """Return the item's own step first, then the way up to it."""
    steps = " → ".join(f"{step.rung} {step.travels.zh}" for step in LADDER)
    return f"{view.step.rung} {view.step.word.zh}（{steps}）"


def _questions(department: DepartmentView, *, wide: bool) -> Table:
    name = department.name
    table = Table(title=f"\n{name.zh} {name.en}", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("轮次", justify="right", no_wrap=True)
    table.add_column("提问", ratio=3)
    table.add_column("用于", ratio=1, overflow="fold")
    for question in department.questions:
        wave = str(question.wave) if question.wave else "送达"
        marked = f"{wave} [red]敏感[/]" if question.sensitive else wave
        table.add_row(marked, _both(question.sentence, wide=wide), ", ".join(question.of))
    return table


def _both(text: Text, *, wide: bool) -> Wrapped:
    return Wrapped(text.zh, text.en if wide else "")


def _line(label: str, text: str) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    table.add_row(label, Wrapped(text))
    return table


def _basis(basis: Basis) -> str:
    return basis.duty or f"单独同意 consent: {basis.consent}"


def _law(view: ItemView) -> Table:
    table = Table(title="\n法律依据 law", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    table.add_column("来源", ratio=3)
    table.add_column("用于", overflow="fold", ratio=1)
    for law in view.law:
        table.add_row("[green]已核[/]" if law.verified else "[yellow]未核[/]", Wrapped(law.text), ", ".join(law.of))
    return table

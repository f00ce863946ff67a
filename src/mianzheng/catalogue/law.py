"""The law an item rests on, source by source, and its figures; a source stays marked until someone read its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

from mianzheng.model.item import ParamTable, Reference
from mianzheng.model.scalar import Wire
from mianzheng.model.text import Text
from mianzheng.rules.compile import CompiledItem
from mianzheng.rules.expression import Node, Param
from mianzheng.rules.tree import walk

_REMARK = re.compile(r"[（(][^（）()《〔号]*[）)]|[，,]?(数额|比例|涨幅|期限|标准)?未核")
_PARTS = re.compile("[；;，,、]")
_ANY = "本市|本省|本地|本县|当地|地方|省|市|县|有关|相关|现行|管理|实施|暂行|试行|认定|颁发|评定|项目|年度"
_ANY += "|补助|补贴|奖励|扶持"
_DOCUMENT = "法|法律|条例|规定|办法|细则|规则|决定|公告|通知|意见|方案|标准|文件|政策|制度|章程|做法|惯例"
_ARTICLE = "第[一二三四五六七八九十百千零〇0-9]+(条|款|项|章|节)"
_NAMELESS = re.compile(
    rf"(({_ANY})*({_DOCUMENT}))?(之[一二三四五六七八九十]|{_ARTICLE})*"
    "|不(得)?(重复|同时|叠加)(享受|发放|领取|补贴|补助|奖励|申领)?|(每|一)年(度)?(一|1)次|每人一次|一次性"
    "|通行做法|一般做法|惯例|同上|按(公历|自然)?(年|年度|学年|月|季)(补贴|发放)?|年度|学年自九月一日起"
)


def names_no_law(text: str) -> bool:
    """Tell whether a reference names no document that could be read: 本市政策, 一年一次, 管理办法第六条.

    Told by its words alone: whether a document that is named exists, nobody has looked.
    """
    plain = _REMARK.sub("", text)
    return all(_NAMELESS.fullmatch(part.strip()) for part in _PARTS.split(plain))


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One source of law; `of` names what rests on it: item, condition ids, pay, params.<name>."""

    text: str
    verified: bool
    of: tuple[str, ...]


def sources(compiled: CompiledItem, params: Mapping[str, ParamTable], as_of: date) -> tuple[Source, ...]:
    """Return the sources of an item and of the figures it uses, as in force at `as_of`."""
    found: dict[tuple[str, bool], list[str]] = {}
    for reference, of in _named(compiled, params, as_of):
        found.setdefault((reference.text, reference.verified), []).append(of)
    return tuple(Source(text=text, verified=verified, of=tuple(of)) for (text, verified), of in found.items())


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A dated figure 参数 in force: its value, since when, by which source. `paid`: what the item pays rests on it."""

    name: str
    label: Text
    value: Wire
    unit: str
    effective: date
    reference: Reference
    paid: bool


def figures(compiled: CompiledItem, params: Mapping[str, ParamTable], as_of: date) -> tuple[Figure, ...]:
    """Return the figures that any rule of the item uses, as in force at `as_of`; what it pays first."""
    amount = [] if compiled.amount is None else [compiled.amount]
    paid = {node.name for tree in amount for node in walk(tree) if isinstance(node, Param)}
    found = []
    for name in sorted(_figures(compiled), key=lambda name: (name not in paid, name)):
        in_force = [value for value in params[name].values if value.effective <= as_of]
        if in_force:
            last = in_force[-1]
            found.append(
                Figure(
                    name=name,
                    label=params[name].label,
                    value=last.value,
                    unit=params[name].unit,
                    effective=last.effective,
                    reference=last.reference,
                    paid=name in paid,
                )
            )
    return tuple(found)


def _named(compiled: CompiledItem, params: Mapping[str, ParamTable], as_of: date) -> Iterator[tuple[Reference, str]]:
    item = compiled.item
    yield item.reference, "item"
    for one in compiled.conditions:
        if one.in_force(as_of):
            yield one.condition.reference, one.condition.id
    if item.outcome.pay is not None:
        yield item.outcome.pay.reference, "pay"
    for name in _figures(compiled):
        in_force = [value for value in params[name].values if value.effective <= as_of]
        if in_force:
            yield in_force[-1].reference, f"params.{name}"


def _figures(compiled: CompiledItem) -> list[str]:
    """Return the figures named by any rule of the item, sorted."""
    trees: list[Node] = [one.residual for one in compiled.conditions]
    trees += [placed.question.expression for placed in compiled.asked()]
    trees += [*compiled.claims.values(), *([] if compiled.amount is None else [compiled.amount])]
    return sorted({node.name for tree in trees for node in walk(tree) if isinstance(node, Param)})

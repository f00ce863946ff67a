"""Where 是否 and 不 stand in a yes/no label: between its subject and its predicate."""

from __future__ import annotations

import pytest

from mianzheng.rules.predicates import cut, deny


@pytest.mark.parametrize(
    ("label", "lead", "predicate"),
    [
        ("属于本市户籍", "", "属于本市户籍"),
        ("养殖尾水处理已登记", "养殖尾水处理", "已登记"),
        ("机型在补贴目录内", "机型", "在补贴目录内"),
        ("卫生检测合格", "卫生检测", "合格"),
        ("单位不动产被查封", "单位不动产", "被查封"),
        ("森林植被恢复费已缴", "森林植被恢复费", "已缴"),
        ("见义勇为奖金已发放", "见义勇为奖金", "已发放"),
        ("共有的配偶共同委托", "", "共有的配偶共同委托"),
        ("因工死亡", "", "因工死亡"),
    ],
)
def test_a_label_is_cut_before_its_predicate(label: str, lead: str, predicate: str) -> None:
    assert cut(label) == (lead, predicate)


@pytest.mark.parametrize(
    ("predicate", "denial"),
    [
        ("有犯罪记录", "没有犯罪记录"),
        ("已登记", "未登记"),
        ("已经专家论证", "未经专家论证"),
        ("在补贴目录内", "不在补贴目录内"),
        ("合格", "不合格"),
        ("推行节地生态安葬", "并非推行节地生态安葬"),
    ],
)
def test_a_predicate_is_denied_in_its_own_words(predicate: str, denial: str) -> None:
    assert deny(predicate) == denial


def test_alternatives_are_denied_together() -> None:
    assert deny("位于疫区或封锁区") == "不位于疫区或封锁区"
    assert deny("已缴清或已免征") == "并非已缴清或已免征"  # 未缴清或已免征 would say something else
    assert deny("有吸毒行为或者解除隔离未满三年").startswith("并非")

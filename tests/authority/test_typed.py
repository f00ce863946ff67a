"""What is said at a window and typed by a clerk, in the one form in which it is compared."""

from __future__ import annotations

import pytest

from mianzheng.authority.typed import Form, normalised


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("year", "2019", "2019"),
        ("year", " ２０１９ 年 ", "2019"),
        ("year", "二〇一九年", "2019"),
        ("year", "一九九八", "1998"),
        ("year", "2019-03-14", "2019"),
        ("year", "19年", ""),
        ("year", "没有", ""),
        ("month", "2019年3月", "2019-03"),
        ("month", "2019-03-14", "2019-03"),
        ("month", "201903", "2019-03"),
        ("month", "二〇一九年十二月", "2019-12"),
        ("month", "二〇一九年十月", "2019-10"),
        ("month", "2019年13月", ""),
        ("month", "2019", ""),
        ("tail", "浙J·A1b3c", "B3C"),
        ("tail", "b3c", "B3C"),
        ("tail", "3c", ""),
        ("name", " 陈 二宝 ", "陈二宝"),
        ("name", "阿依古丽·买买提", "阿依古丽买买提"),
        ("name", "阿依古丽 买买提", "阿依古丽买买提"),
        ("place", "古城街道", "古城"),
        ("place", "古城", "古城"),
        ("place", "汇溪镇。", "汇溪"),
        ("word", "租赁 房屋", "租赁房屋"),
        ("digits", "一二三 456", "123456"),
    ],
)
def test_a_typed_text_is_compared_in_one_form(form: Form, text: str, expected: str) -> None:
    assert normalised(form, text) == expected

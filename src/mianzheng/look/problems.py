"""How problems that every site knows are called on their pages."""

from __future__ import annotations

from mianzheng.model.text import Text

OTHER = Text(zh="这一步没有办成", en="This step was not taken")
TITLES = {
    "csrf": Text(zh="页面放得太久，请再提交一次", en="The page was open too long: send it once more"),
    "mandate-expired": Text(zh="这份委托已经到期", en="The mandate's time is over"),
    "mandate-locked": Text(zh="对方已上锁，现在谁也不能替他办", en="The person has it locked that others act for them"),
    "mandate-not-for-this-item": Text(zh="这份委托不含这件事", en="The mandate does not hold for this"),
    "mandate-revoked": Text(zh="这份委托已经撤销", en="The mandate was revoked"),
    "mandate-used-up": Text(zh="这份委托的次数已经用完", en="The mandate is used up"),
    "too-many-requests": Text(zh="请求太频繁，请过一分钟再试", en="Too many attempts: try again in a minute"),
}

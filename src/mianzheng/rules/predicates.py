"""Where the predicate of a yes/no label begins in Chinese, and how it is denied.

A label is a predicate (属于本市户籍) or a small sentence (养殖尾水处理已登记). Of a sentence, 是否 and 不 stand between
subject and predicate: 养殖尾水处理是否已登记, 养殖尾水处理未登记.
"""

from __future__ import annotations

import re

_PLAIN_DENIALS = (  # how a predicate begins, and how its denial does, of alternatives (…或…) too
    ("没有", "并非没有"),
    ("有", "没有"),
    ("属于", "不属于"),
    ("处于", "不处于"),
    ("享受", "不享受"),
    ("位于", "不位于"),
    ("符合", "不符合"),
    ("具有", "不具有"),
    ("具备", "不具备"),
    ("存在", "不存在"),
    ("在", "不在"),
)
_DENIALS = (  # of one thing; 未 before the first of two would leave the second as it was
    ("列入", "未列入"),
    ("纳入", "未纳入"),
    ("曾", "未曾"),
    ("被", "未被"),
    ("已", "未"),
    ("正在", "没有正在"),
    ("经", "未经"),
    ("合格", "不合格"),
    ("通过", "未通过"),
    ("一致", "不一致"),
    ("相符", "不相符"),
    ("正常", "不正常"),
    ("属实", "不属实"),
    ("是", "不是"),
    ("为", "不为"),
)
_BEGINS = re.compile(  # the words behind (?<!…) and (?!…) are those of which these characters are a part: 共有, 不动产
    r"已|均(?=[已为未由无不])|(?<![就齐])尚?未(?!成年)|仍|正在|曾(?=[被在有])|(?<![植属])被|全部(?=[已为在])"
    r"|(?<!分)属于|位于|处于|符合|具有|具备|列入|纳入|存在|没有"
    r"|(?<![由与从且（])不(?!动产|良|明|足|可)|无(?!障碍|偿|人)"
    r"|(?<![拥持占签装设载查享国所公私具含共自负聘没])有(?!效|限|偿|关|机|序|权|毒|害|线|奖)"
    r"|(?<=.)(?<![定评行作认视查改登列转勇])[为是](?!否)"
    r"|(?<![存所现])在(?=.*[内外上中期里]$|.*目录|.*公示|.*本市|本)|(?<!已)经(?=.+(?:确认|核验|审定|同意|批准|认定|鉴定)$)"
    r"|(?:合格|通过|一致|相符|正常|属实|健全|满足|齐全|完好|良好)$"
)


def cut(label: str) -> tuple[str, str]:
    """Return subject and predicate of a label; a subject of "" when the label is a predicate by itself."""
    if label.startswith(tuple(start for start, _ in (*_PLAIN_DENIALS, *_DENIALS))):
        return "", label
    found = _BEGINS.search(label)
    return ("", label) if found is None else (label[: found.start()], label[found.start() :])


def deny(predicate: str) -> str:
    """Return the denial of a predicate: 有犯罪记录 is 没有犯罪记录; what the tables do not know is 并非 …."""
    known = () if "或者" in predicate else _PLAIN_DENIALS if "或" in predicate else (*_PLAIN_DENIALS, *_DENIALS)
    for start, instead in known:
        if predicate.startswith(start):
            return instead + predicate[len(start) :]
    return f"并非{predicate}"

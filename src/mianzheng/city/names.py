"""Names of people and bodies, from small frequency tables (Faker zh_CN takes 8 times as long; docs/city.md)."""

from __future__ import annotations

from itertools import accumulate
from random import Random

# Share in 1,000 people and the surnames that have it: the census ranking, raised for what is common at Taizhou.
_SURNAME_BANDS = (
    (80, "王陈"),
    (60, "李张"),
    (42, "林徐"),
    (33, "朱金周杨吴刘"),
    (24, "黄叶赵郑蒋何"),
    (19, "罗胡冯沈潘谢许"),
    (14, "郭孙马项应洪尹卢蔡戴章"),
    (10, "汪方曹邱邵梁唐宋韩董程余"),
    (6, "杜苏任魏姜钟陶丁龚屈"),
    (3, "单娄侯包毛倪施俞柯季钱蓝雷"),
)
_DOUBLE_SURNAMES = ("欧阳", "诸葛", "上官")
SURNAMES = (*(name for _, names in _SURNAME_BANDS for name in names), *_DOUBLE_SURNAMES)
_SURNAME_WEIGHTS = tuple(accumulate([share for share, names in _SURNAME_BANDS for _ in names] + [1, 1, 1]))

# Last year of birth, signs for men, signs for women.
_GIVEN = (
    (
        1965,
        "国建明文华德志荣林生根法福祥良才永庆云仁保世成金银水土春兴正",
        "秀英桂兰珍玉花香菊凤梅娥莲美素爱春仙月彩云芬金银翠女妹阿青菜",
    ),
    (
        1995,
        "伟军勇强磊涛斌超波辉刚峰杰鹏飞宏海建晓敏江健俊亮平东林新旭宇",
        "芳敏静丽艳娟燕霞红玲萍丹莉琴晓雪慧倩洁琳婷君飞佩群素珊菲微冰",
    ),
    (
        9999,
        "浩宇轩子泽俊博文昊天睿辰铭皓梓晨沐奕一航嘉致远思源景行承乐然",
        "欣怡梓涵诗雨佳馨语彤可萱若汐艺诺依琪思妍梦瑶心悦婧沐清禾筱宁",
    ),
)
_SINGLE_SHARE = 0.16  # of given names have one character

_TRADES = (
    *("机械", "塑业", "休闲用品", "眼镜", "彩灯", "医化", "电子", "汽配", "阀门", "工艺品", "建筑", "贸易", "物流"),
    *("食品", "服饰", "家居", "科技", "农业", "水产", "环保"),
)
_SHOPS = (
    *("餐饮店", "小吃店", "超市", "服装店", "五金店", "理发店", "水果店", "便利店", "面馆", "修理店", "药店"),
    *("茶叶店", "文具店", "建材店", "民宿"),
)
_LUCKY = "永强伟星兴盛华瑞恒泰宏达顺安正鑫隆昌诚信联合嘉禾海天东方金龙吉利"


def surname(rng: Random) -> str:
    """Return a surname by its frequency."""
    return rng.choices(SURNAMES, cum_weights=_SURNAME_WEIGHTS)[0]


def given_name(rng: Random, birth_year: int, *, male: bool) -> str:
    """Return a given name of the generation's taste, one or two characters."""
    signs = next(men if male else women for last, men, women in _GIVEN if birth_year <= last)
    first = rng.choice(signs)
    return first if rng.random() < _SINGLE_SHARE else first + rng.choice(signs)


def _lucky_pair(rng: Random) -> str:
    return rng.choice(_LUCKY) + rng.choice(_LUCKY)


def short_town(town: str) -> str:
    """Return the name of a street or town without its kind: 古城, 杜桥."""
    return town.removesuffix("街道").removesuffix("镇")


def company_name(rng: Random) -> str:
    """Return the name of a limited company of the city."""
    return f"临海市{_lucky_pair(rng)}{rng.choice(_TRADES)}有限公司"


def cooperative_name(rng: Random, town: str) -> str:
    """Return the name of a farmers' cooperative 农民专业合作社."""
    return f"临海市{short_town(town)}{_lucky_pair(rng)}农产品专业合作社"


def shop_name(rng: Random, town: str) -> str:
    """Return the name of a sole trader's shop 个体工商户."""
    return f"临海市{short_town(town)}{_lucky_pair(rng)}{rng.choice(_SHOPS)}"

"""Where people of the city come from and live: codes of GB/T 2260 and GB/T 10114."""

from __future__ import annotations

CITY = "331082"  # 临海市
PREFECTURE = "331000"  # 台州市

# (last birth year, code): Linhai was a county of another code, then a city of another, and 331082 since 1994.
FIRST_CODES = ((1985, "332621"), (1994, "332602"), (9999, CITY))

# Town, name, share of people in 1,000, urban; 5 streets and 14 towns.
TOWNS = (
    ("331082001", "古城街道", 120, True),
    ("331082002", "大洋街道", 95, True),
    ("331082003", "江南街道", 65, True),
    ("331082004", "大田街道", 75, True),
    ("331082005", "邵家渡街道", 45, True),
    ("331082100", "汛桥镇", 25, False),
    ("331082101", "东塍镇", 60, False),
    ("331082103", "汇溪镇", 20, False),
    ("331082104", "小芝镇", 30, False),
    ("331082105", "河头镇", 28, False),
    ("331082106", "白水洋镇", 70, False),
    ("331082107", "括苍镇", 30, False),
    ("331082108", "永丰镇", 40, False),
    ("331082109", "尤溪镇", 28, False),
    ("331082110", "涌泉镇", 45, False),
    ("331082111", "沿江镇", 42, False),
    ("331082112", "杜桥镇", 110, False),
    ("331082113", "上盘镇", 32, False),
    ("331082114", "桃渚镇", 40, False),
)
TOWN_NAMES = {code: name for code, name, _, _ in TOWNS}
VILLAGES_PER_TOWN = 24

# Counties whose code never changed, so that every year of birth gives a valid number there.
ORIGINS = (
    ("430321", "湘潭县"),
    ("510421", "米易县"),
    ("422825", "宣恩县"),
    ("330122", "桐庐县"),
    ("340621", "濉溪县"),
    ("522323", "普安县"),
    ("522632", "榕江县"),
    ("340121", "长丰县"),
    ("522622", "黄平县"),
    ("360121", "南昌县"),
    ("433123", "凤凰县"),
    ("340421", "凤台县"),
)


def first_code(birth_year: int) -> str:
    """Return the code that a number given to a child of Linhai born in `birth_year` begins with."""
    return next(code for last, code in FIRST_CODES if birth_year <= last)

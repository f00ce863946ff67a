"""Families of the gateway tests' world: who is married to whom, whose children, who lives together, who owns what."""

from __future__ import annotations

MUM = "331082198605050065"  # married to DAD, divorced from an earlier husband
DAD = "331082198506060078"
FORMER = "331082198001010035"  # of whom MUM is divorced
GIRL = "331082201505050041"  # 11
BOY = "331082200505050016"  # 21, married to BRIDE
BABY = "331082202401010022"  # 2
BRIDE = "331082200606060029"
LONER = "331082197505050018"  # no family at all
TWINS = "331082197606060019"  # two children of one name
CROWD = "331082197707070010"  # more people at home than the register may say
DUNG, DONG = "331082200901010030", "331082200901010049"
BORN_OLD = "331082197808080017"  # their mother stands in the register under a number of 15 digits

NAMES = {
    MUM: "阿依古丽·买买提",
    DAD: "周大川",
    FORMER: "吴前夫",
    GIRL: "古丽·大川",
    BOY: "周小川",
    BABY: "周宝宝",
    BRIDE: "林新娘",
    LONER: "独一人",
    TWINS: "双亲",
    CROWD: "多人家",
    DUNG: "双小小",
    DONG: "双小小",
    BORN_OLD: "老号码",
}
OLD_NUMBER = "331082600101003"  # of someone born in 1960
KIN = [(GIRL, MUM, "50", "Y", "HK"), (BOY, MUM, "50", "Y", "HK"), (BABY, DAD, "50", "Y", "HK")]
FAMILY = [
    (MUM, DAD, NAMES[DAD], "配偶", "有效"),
    (MUM, FORMER, NAMES[FORMER], "配偶", "终止"),
    (DAD, MUM, NAMES[MUM], "配偶", "有效"),
    (BOY, BRIDE, NAMES[BRIDE], "配偶", "有效"),
    (MUM, GIRL, "古丽•大川", "子女", "有效"),  # another dot than in her papers
    (MUM, BOY, NAMES[BOY], "子女", "有效"),
    (MUM, BABY, NAMES[BABY], "子女", "有效"),
    (MUM, DAD, NAMES[DAD], "同住", "有效"),
    (MUM, GIRL, NAMES[GIRL], "同住", "有效"),
    (MUM, BABY, NAMES[BABY], "同住", "有效"),
    (TWINS, DUNG, NAMES[DUNG], "子女", "有效"),
    (TWINS, DONG, NAMES[DONG], "子女", "有效"),
    (BORN_OLD, OLD_NUMBER, "老老人", "配偶", "有效"),
    ("331082198501010022", "331082201801010039", "李小宝", "同住", "有效"),  # YOUNG and CHILD of the world
    *((CROWD, f"33108219900101{n:03d}0", "某某", "同住", "有效") for n in range(5)),
]
TITLES = [("U-1", MUM, "住宅", "大洋街道一号"), ("U-2", DAD, "住宅", "大洋街道二号")]
HOMES = [("U-1", "331082001"), ("U-2", "331082002")]

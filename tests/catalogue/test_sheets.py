"""Items as a spreadsheet and back; a city's own spreadsheet to drafts, with every fault by its cell."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from mianzheng.catalogue.load import check, load
from mianzheng.catalogue.sheets.drafts import import_workbook, text_of
from mianzheng.catalogue.sheets.writing import workbook_of
from mianzheng.catalogue.workbook import BadSheet
from mianzheng.cli.main import main
from tests.catalogue.small_packs import FAMILY, SMALL

BODY = "11331082X00000027J"
CELLS: dict[str, object] = {
    "序号": 1,
    "事项名称": "高龄津贴",
    "实施编码": f"{BODY}4330502001000",
    "事项类型": "行政给付",
    "实施主体": "临海市民政局",
    "服务对象": "自然人",
    "法定办结时限": "20个工作日",
    "承诺办结时限": "即办",
    "申请材料": "户口簿、身份证",
    "收费": "不收费",
}
HEAD, ROW = tuple(CELLS), tuple(CELLS.values())
OTHER = tuple((CELLS | {"事项名称": "另一项", "实施编码": f"{BODY}4330502002000"}).values())


def xlsx(**sheets: Sequence[Sequence[object]]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def files(into: Path) -> list[str]:
    return sorted(str(path.relative_to(into)) for path in into.rglob("*") if path.is_file()) if into.exists() else []


@pytest.mark.parametrize("tree", [SMALL, FAMILY])
def test_what_was_exported_is_imported_as_equal_items(tree: Path, tmp_path: Path) -> None:
    whole = load(tree)
    found, written = import_workbook(workbook_of(whole), tmp_path / "packs")
    assert (found.faults, found.lost) == ((), ()) and written
    for part in (*tree.glob("*/registers"), *tree.glob("*/params")):
        shutil.copytree(part, tmp_path / "packs" / part.relative_to(tree))
    again = load(tmp_path / "packs")
    assert [one.item for one in again.items] == [one.item for one in whole.items]
    assert again.facts == whole.facts


def test_a_text_that_begins_like_a_formula_stays_a_text(tmp_path: Path) -> None:
    book = load_workbook(io.BytesIO(workbook_of(load(SMALL))))
    heads = [cell.value for cell in book["事项"][1]]
    cell = book["事项"].cell(row=2, column=heads.index("备注") + 1)
    cell.value, cell.data_type = "=1+1", "s"
    made = io.BytesIO()
    book.save(made)
    found, _ = import_workbook(made.getvalue(), tmp_path / "packs")
    assert [one.table["note"] for one in found.drafts if one.item] == ["=1+1"]


def test_a_citys_own_sheet_becomes_drafts_that_the_check_knows_how_to_finish(tmp_path: Path) -> None:
    head = (*HEAD, "办理条件", "设定依据", "咨询电话", "")
    row = (*ROW, "1. 本市户籍；\n2. 年满80周岁。", "老年人权益保障法", "12345", "无栏名")
    found, _ = import_workbook(xlsx(清单=[("某市实施清单",), head, row]), tmp_path / "packs")
    assert found.faults == () and {one.column for one in found.lost} == {"序号", "咨询电话", "N"}
    folder = "lin-hai-shi-min-zheng-ju"
    assert files(tmp_path / "packs") == [f"{folder}/department.yaml", f"{folder}/items/gao-ling-jin-tie.yaml"]
    (item,) = [one.table for one in found.drafts if one.item]
    assert (item["code"], item["legal_days"], item["promise_days"]) == ("330502001000", 20, 0)
    assert item["replaces"] == {"户口簿": [], "身份证": []} and "fee" not in item
    assert item["reference"] == {"text": "老年人权益保障法", "verified": False}
    assert [one["otherwise"]["zh"] for one in item["conditions"]] == ["不符合：本市户籍", "不符合：年满80周岁"]
    messages = {fault.message for fault in check(tmp_path / "packs").faults}
    assert {"rule is missing in conditions.0", "presence is missing"} <= messages


FAULTS = [
    ("事项名称", "", "没有名称"),
    ("实施编码", f"{BODY[:-1]}K4330502001000", "不是统一社会信用代码"),
    ("实施编码", "330502001000", "不是 31 位实施编码"),
    ("事项类型", "行政处罚", "没有“行政处罚”这一种"),
    ("服务对象", "自然人、外星人", "没有“外星人”这一种"),
    ("法定办结时限", "一个月", "不是工作日数"),
    ("承诺办结时限", "=1+1", "公式没有算出的结果"),
    ("承诺办结时限", "30个工作日", "承诺 30 个工作日，比法定 20 个还长"),
    ("实施编码", f"{BODY}4332002001000", "类型是 20，事项类型是行政给付（05）"),
]


@pytest.mark.parametrize(("column", "typed", "what"), FAULTS)
def test_each_fault_names_sheet_row_column_and_what_to_do_and_nothing_is_written(
    column: str, typed: str, what: str, tmp_path: Path
) -> None:
    row = list((CELLS | {column: typed}).values())
    found, written = import_workbook(xlsx(事项=[HEAD, OTHER, row]), tmp_path / "packs")
    (fault,) = found.faults
    assert (fault.sheet, fault.row, fault.column) == ("事项", 3, column)
    assert what in fault.what.zh and fault.what.en and fault.do.zh and fault.do.en
    assert (written, files(tmp_path / "packs")) == ((), [])


def test_rows_of_other_sheets_name_an_item_and_no_material_twice(tmp_path: Path) -> None:
    papers = [("事项名称", "材料名称"), ("高龄津贴", "户口簿"), ("高龄津贴", "户口簿"), ("低保", "低保证")]
    found, _ = import_workbook(xlsx(事项=[HEAD, ROW], 材料=papers), tmp_path / "packs")
    assert [(one.sheet, one.row, one.column) for one in found.faults] == [
        ("材料", 3, "材料名称"),
        ("材料", 4, "事项名称"),
    ]


def test_two_items_of_one_code_are_a_fault_of_the_second(tmp_path: Path) -> None:
    found, _ = import_workbook(xlsx(事项=[HEAD, ROW, (2, "另一项", *ROW[2:])]), tmp_path / "packs")
    assert [(one.row, one.column) for one in found.faults] == [(3, "基本编码")]


def test_a_code_that_an_item_of_the_folder_has_is_a_fault_of_its_row(tmp_path: Path) -> None:
    import_workbook(xlsx(事项=[HEAD, ROW]), tmp_path / "packs")
    other = tuple((CELLS | {"事项名称": "另一项"}).values())
    found, written = import_workbook(xlsx(事项=[HEAD, OTHER, other]), tmp_path / "packs")
    (fault,) = found.faults
    assert (fault.row, fault.column, written) == (3, "实施编码", ()) and "gao-ling-jin-tie" in fault.what.zh


def test_a_departments_wrong_check_digit_is_a_fault_of_its_row(tmp_path: Path) -> None:
    departments = [("部门标识", "部门名称", "统一社会信用代码"), ("civil", "临海市民政局", f"{BODY[:-1]}K")]
    found, _ = import_workbook(xlsx(事项=[HEAD, ROW], 部门=departments), tmp_path / "packs")
    assert ("部门", 2, "统一社会信用代码") in [(one.sheet, one.row, one.column) for one in found.faults]


def test_an_item_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    data, into = workbook_of(load(SMALL)), tmp_path / "packs"
    import_workbook(data, into)
    before = {path: (into / path).read_text(encoding="utf-8") for path in files(into)}
    found, written = import_workbook(data, into)
    assert [one.column for one in found.faults] == ["事项标识"] and written == ()
    assert before == {path: (into / path).read_text(encoding="utf-8") for path in files(into)}


def test_a_file_of_another_kind_is_told_to_be_no_xlsx_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "list.csv").write_text("事项名称\n高龄津贴\n", encoding="utf-8")
    assert main(["catalogue", "import", str(tmp_path / "list.csv"), "--into", str(tmp_path / "packs")]) != 0
    told = capsys.readouterr().err
    assert "not an xlsx file" in told and "save it as .xlsx" in told and "BadZipFile" not in told


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"a,b\n1,2"])
def test_what_is_no_spreadsheet_is_told(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(BadSheet):
        import_workbook(data, tmp_path / "packs")


def test_texts_that_yaml_would_take_for_something_else_are_quoted() -> None:
    table = {
        "a": "331082",
        "b": "true",
        "c": "2024-01-01",
        "d": "x: y",
        "e": "",
        "f": "甲，乙\n丙",
        "g": "null",
        "h": "- x",
    }
    assert text_of({"item": "x", "given": table, "twice": [table, table]})


def test_the_commands_write_and_read_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, into = tmp_path / "list.xlsx", tmp_path / "packs"
    assert main(["catalogue", "export", str(SMALL), "--xlsx", str(file)]) == 0
    assert main(["catalogue", "import", str(file), "--into", str(into), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["written"]) == 3
    assert main(["catalogue", "import", str(file), "--into", str(into)]) == 1
    assert "“事项”第 2 行 事项标识：" in capsys.readouterr().out
    assert main(["catalogue", "export", str(SMALL)]) == 2

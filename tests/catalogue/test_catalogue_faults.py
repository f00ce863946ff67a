"""One bent place in a sound tree gives one fault, at that place."""

from __future__ import annotations

from pathlib import Path

import pytest

from mianzheng.catalogue.load import check
from mianzheng.cli.packs import REASONING
from tests.catalogue.small_packs import DEPARTMENT, ELDER_CARE, HUKOU, ITEM, PARAM, SMALL, VEHICLE, bent

FACT = "{label: {zh: 一, en: b}, type: date, sensitivity: L3}"
AGE = "{label: {zh: 甲, en: a}, type: integer, sensitivity: L3, derive: {age_of: birth_date}}"
STATUS = "applicant.elder_care.allowance_status"
BENT = [
    # file, what stands there, what is put there, fault, line, column
    (DEPARTMENT, "short:", "shrt:", "unknown-key", 3, 1),
    (DEPARTMENT, "department: civil-affairs", "department: civil", "id-differs", 1, 13),
    (HUKOU, "register: hukou", "register: household", "id-differs", 1, 11),
    (HUKOU, "department: public-security", "department: civil-affairs", "owner-differs", 3, 13),
    (HUKOU, "department: public-security", "department: public-safety", "unknown-department", 3, 13),
    (HUKOU, "mark_hours: 36", "mark_hours: 0", "not-positive", 8, 13),
    (HUKOU, "deadline_hours: 24", "deadline_hours: -1", "not-positive", 9, 17),
    (HUKOU, "age_of: birth_date", "age_of: brith_date", "unknown-fact", 13, 94),
    (HUKOU, "age_of: birth_date", "age_of: place_code", "derivation", 13, 94),
    (HUKOU, "derive: {age_of: birth_date}", "derive: {}", "derivation", 13, 85),
    (HUKOU, "type: integer", "type: string", "derivation", 13, 41),
    (HUKOU, "place_code = '331082'", "is_local", "bad-derivation", 19, 27),
    (HUKOU, "place_code = '331082'", "plce_code = '331082'", "unknown-fact", 19, 27),
    (HUKOU, "place_code = '331082'", "place_code = 331082", "type", 19, 27),
    (HUKOU, "    place_code: {column: ssxq}\n", "", "no-column", 14, 3),
    (HUKOU, "    place_code: {c", "    age: {column: nl}\n    place_code: {c", "derived-column", 25, 5),
    (HUKOU, "    place_code: {c", "    sex: {column: xb}\n    place_code: {c", "unknown-fact", 25, 5),
    (HUKOU, "{column: ssxq}", "{column: ssxq, form: YYYYMMDD}", "column-form", 25, 38),
    (HUKOU, "{column: ssxq}", "{column: ssxq, scale: 100}", "column-scale", 25, 39),
    (HUKOU, "{column: csrq,", "{column: csrq, encoding: gbk,", "column-encoding", 24, 42),
    (HUKOU, "{column: ssxq}", '{column: ""}', "empty-text", 25, 26),
    (HUKOU, "type: string, s", "type: string, refers_to: person, s", "refers-to", 14, 3),
    (HUKOU, "type: string, s", "type: string, when_absent: false, s", "when-absent-open", 14, 102),
    (HUKOU, "  place_code: {l", f"  placeCode: {FACT}\n  place_code: {{l", "fact-name", 14, 3),
    (HUKOU, "  place_code: {l", f"  subject: {AGE}\n  place_code: {{l", "fact-name", 14, 3),
    (ELDER_CARE, "when_absent: false", "when_absent: true", "when-absent-value", 21, 18),
    (ELDER_CARE, "when_absent: false", "when_absent: 0", "when-absent-value", 21, 18),
    (ELDER_CARE, "values: [完好, 失能]", "values: []", "enum-values", 22, 3),
    (ELDER_CARE, "values: [完好, 失能]", "values: [完好, 完好]", "enum-values", 26, 13),
    (ELDER_CARE, "values: [完好, 失能]", "values: [完好, 失能]\n    english: {残疾: x}", "enum-values", 27, 14),
    (ELDER_CARE, '"2": 停发', '"2": 停止', "codes", 32, 63),
    (ELDER_CARE, '"Y": true', '"Y": 是', "codes", 33, 45),
    (ELDER_CARE, "{column: account}", '{column: account, codes: {"1": 一}}', "codes", 35, 39),
    (ELDER_CARE, "codes: {\"1\"", "code_type: integer, codes: {A: 停发, \"1\"", "codes", 32, 68),
    (ITEM, "满80周岁当天, en: on the 80th birthday", "满80周岁, en: on, the birthday", "unknown-key", 58, 31),
    (VEHICLE, "absence: closed_here", "absence: closed", "shape-type", 6, 10),
    (PARAM, "effective: 2026-01-01", "effective: 2023-01-01", "dates-order", 10, 16),
    (PARAM, 'value: "120.50"', "value: 很多", "bad-value", 11, 12),
    (PARAM, "text: 市民政局通知", "text: ''", "no-reference", 9, 23),
    (PARAM, "type: decimal", "type: reference", "param-type", 4, 7),
    (PARAM, "owner: civil-affairs", "owner: finance", "unknown-department", 3, 8),
    (ITEM, "version: 1", "version: 0", "version", 2, 10),
    (ITEM, 'code: "330502001000"', 'code: "331082-MZ-0001"', "item-code", 3, 7),
    (ITEM, 'code: "330502001000"', 'code: "330702001000"', "item-code", 3, 7),
    (ITEM, 'code: "330502001000"', 'code: "330501001000"', "item-code", 3, 7),
    (DEPARTMENT, 'number: "02"', 'number: "2"', "department-number", 5, 9),
    (DEPARTMENT, "uscc: 11", "uscc: 12", "uscc", 4, 7),
    (ITEM, "promise_days: 0", "promise_days: 30", "days", 8, 15),
    (ITEM, "replaces: {身份证: [presence], 户口簿: [resident]}", "replaces: {}", "replaces", 10, 11),
    (ITEM, "身份证: [presence]", "身份证: []", "replaces", 10, 12),
    (ITEM, "户口簿: [resident]", "户口簿: [residnet]", "replaces-unknown", 10, 35),
    (ITEM, "户口簿: [resident]", "户口簿: [aged, aged]", "replaces", 10, 41),
    (ITEM, "basis: {duty: 老年人权益保障法第三十三条}", "basis: {}", "basis", 12, 1),
    (ITEM, "basis: {duty: 老年人权益保障法第三十三条}", "basis: {duty: ''}", "basis", 12, 15),
    (ITEM, "basis: {duty:", "basis: {consent: 同意, duty:", "basis", 12, 1),
    (ITEM, "presence: 2", "presence: 2\nbasis_by_register: {hukuo: {duty: 法}}", "unknown-register", 14, 21),
    (ITEM, "presence: 2", "presence: 4", "shape-type", 13, 11),
    (ITEM, "who: [自然人]", "who: []", "who", 7, 6),
    (ITEM, "who: [自然人]", "who: [法人]", "who", 15, 21),
    (ITEM, "effective: 2024-01-01", "effective: 2024-01-01\nuntil: 2023-01-01", "dates-order", 12, 8),
    (ITEM, "- id: aged", "- id: resident", "duplicate-id", 21, 9),
    (ITEM, "- id: aged", "- id: Aged!", "name", 21, 9),
    (ITEM, "reference: {text: 由户籍地发放", "reference: {text: ' '", "no-reference", 20, 23),
    (ITEM, "fallback: declare", "fallback: declare\n    until: 2020-01-01", "dates-order", 33, 12),
    (ITEM, "fallback: declare", "fallback: hope", "shape-type", 32, 15),
    (ITEM, "valid: 12 months", "valid: one year", "valid", 49, 10),
    (ITEM, "credential_type: old-age", "credential_type: Old Age", "name", 48, 20),
    (ITEM, "fact: applicant.elder_care.account", "fact: elder_care.account", "bad-name", 55, 19),
    (ITEM, "fact: applicant.elder_care.account", "fact: applicant.elder_care.acount", "unknown-fact", 55, 19),
    (ITEM, "fact: applicant.elder_care.account", "fact: applicant.vehicle.status", "many-rows", 55, 19),
    (ITEM, "fact: applicant.elder_care.account", "fact: child.elder_care.account", "unknown-role", 55, 19),
    (ITEM, "rule: applicant.hukou.is_local", "rule: applicant.hukou.is_loacl", "unknown-fact", 18, 11),
    (ITEM, "rule: applicant.hukou.is_local", "rule: applicant.hukuo.is_local", "unknown-register", 18, 11),
    (ITEM, "rule: applicant.hukou.is_local", "rule: applicant.hukou.place_code", "not-a-condition", 18, 11),
    (ITEM, "      >= 80", "      >= '80'", "age", 23, 7),
    (ITEM, "distinct from '发放中'", "distinct from '发放'", "unknown-word", 28, 11),
    (ITEM, "status = '正常') < 2", "status = '报废') < 2", "unknown-word", 42, 9),
    (ITEM, "status = '正常') < 2", "status = '正常') <", "syntax", 42, 24),
    (ITEM, "then 200 else", "then 'x' else", "type", 51, 54),
    (ITEM, "params.allowance_old end", "params.allowance_odl end", "unknown-params", 51, 63),
    (ITEM, "applicant.hukou.is_local", "applicant.elder_care.care_level = '完好'", "presence", 13, 11),
    (ITEM, "expect: undecided", "expect: granted", "example-differs", 83, 13),
    (ITEM, "reasons: [aged, no-other]", "reasons: [aged]", "example-differs", 75, 14),
    (ITEM, "undecided: [no-cars]", "undecided: [no-cars, aged]", "example-differs", 84, 16),
    (ITEM, "amount: 120.5", "amount: 100", "example-differs", 66, 13),
    (ITEM, "reasons: [aged, no-other]", "reasons: [aged, other]", "example-condition", 75, 21),
    (ITEM, f"      {STATUS}: 未申请\n", "", "example-open", 58, 5),
    (ITEM, f"{STATUS}: 未申请", f"{STATUS}: 没有", "bad-value", 63, 46),
    (ITEM, f"{STATUS}: 未申请", "applicant.hukou.age: 80", "example-derived", 63, 28),
    (ITEM, "absent: [applicant.vehicle]", "absent: [vehicle]", "example-role", 64, 14),
    (ITEM, "absent: [applicant.vehicle]", "absent: [applicant.hukou]", "example-twice", 64, 14),
    (ITEM, "as_of: 2026-03-02", "as_of: 2023-03-02", "example-date", 59, 12),
    (ITEM, "as_of: 2026-03-02", "as_of: 9999-12-31", "example-date", 59, 12),
]  # fmt: skip


def test_the_small_tree_is_sound() -> None:
    checked = check(SMALL, reasoning=REASONING)
    assert checked.faults == ()
    assert [compiled.item.item for compiled in checked.catalogue.items] == ["old-age"]
    assert sorted(checked.catalogue.facts.registers) == ["elder_care", "hukou", "vehicle"]
    assert sorted(checked.catalogue.params) == ["allowance_old"]


@pytest.mark.parametrize(("file", "old", "new", "code", "line", "column"), BENT)
def test_a_bent_place_is_the_place_of_its_fault(
    tmp_path: Path, file: str, old: str, new: str, code: str, line: int, column: int
) -> None:
    root = bent(tmp_path, file, old, new)
    faults = check(root, reasoning=REASONING).faults
    found = [(fault.file, fault.code, fault.line, fault.column) for fault in faults]
    assert found == [(str(root / file), code, line, column)], faults
    assert all(fault.hint for fault in faults), faults

"""Departments, registers and their facts: what may be asked, of whom, and what a missing row means."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from mianzheng.model.text import Text


class Type(StrEnum):
    """The types a fact or an expression can have (design/rules.md)."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    STRING = "string"
    ENUM = "enum"
    DATE = "date"
    REFERENCE = "reference"  # to a person, an enterprise, a property …


class Sensitivity(StrEnum):
    """L1 public … L4 special personal data (PIPL art. 28)."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"


class Absence(StrEnum):
    """What a row that does not exist means (design/rules.md, classes of domain/registers.md)."""

    CLOSED_NATIONWIDE = "closed_nationwide"  # A: absence is an answer, over the whole country
    CLOSED_HERE = "closed_here"  # B, E: an answer for this city only
    OPEN = "open"  # C: absence proves nothing
    FAULT = "fault"  # D: everyone has one; not held, and a repair ticket


Unit = Literal["days", "months", "years"]


class Derivation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a fact follows from other facts of its own row; exactly one field is set.

    `age_of: birth_date` whole years at the case's date; `months_since: d`, `years_since: d`
    whole months and years; `expression`: a rule over facts of the same register, written
    without role (`hukou.place_code = '331082' and hukou.status = '正常'`).
    """

    age_of: str | None = None
    months_since: str | None = None
    years_since: str | None = None
    expression: str | None = None


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One typed column of a register as rules see it."""

    label: Text
    type: Type
    sensitivity: Sensitivity
    values: tuple[str, ...] = ()  # of an enum: the standard's words
    english: dict[str, str] = {}  # what those are called in English that a sentence may name
    when_absent: bool | int | None = None  # declared value when the row is absent (closed registers only)
    derive: Derivation | None = None  # None: read from the source column
    identifier: bool = False  # a number, name, phone, account, address: never an answer, never compared with a literal
    refers_to: Literal["person", "enterprise", "property", "vehicle", "household"] | None = None
    unit: str = ""


class Column(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How one fact lies in the department's own table.

    `form` of a date: `date` (native), or text `YYYYMMDD`, `YYYY-MM-DD`, `YYYY/MM/DD`; `none_values`
    are stored texts or numbers that mean "no value" (`00000000`, `99991231`). `codes` translates stored
    codes to the standard's words (or to true/false for a boolean); an unknown code, and a text that is no day, is not
    held and a fault. `scale`: stored integers are this many times the fact (分 to 元: 100). `encoding`: a
    byte column in that encoding (`gbk`).
    """

    column: str
    form: Literal["native", "YYYYMMDD", "YYYY-MM-DD", "YYYY/MM/DD"] = "native"
    codes: dict[str, str | bool] = {}
    code_type: Literal["string", "integer"] = "string"
    none_values: tuple[str | int, ...] = ()
    scale: int = 1
    encoding: Literal["utf-8", "gbk"] = "utf-8"


class KeyColumn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The column that holds the subject's number, and the forms in which it may be stored there.

    `padded`: CHAR(n) filled with blanks to this width. `old_numbers`: some rows still carry the
    15-digit number (GB 11643 before 1999) or, for bodies, the 15-digit registration number.
    `lower_x`: a last place X may be stored as x; `wide_x`: as Ｘ or the Roman numeral Ⅹ.
    """

    column: str
    padded: int = 0
    old_numbers: bool = False
    lower_x: bool = False
    wide_x: bool = False


class Link(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How rows of a register lead from their subject to others: `applicant.marriage.spouse`.

    `key` is the column that holds the other's number, `name` the one with their name ("": none), by which
    one of them may be chosen. `where`: a rule over the register's own facts, written `register.fact`; rows
    that fail it lead nowhere. `kind`: the fact that says how they are related (子女, 配偶), for `relation(a, b)`.
    More than `most` references in one answer are a fault of the register.
    """

    label: Text
    to: Literal["person", "enterprise", "property"]
    key: KeyColumn
    name: str = ""
    where: str = ""
    kind: str = ""
    most: int = 20
    sensitivity: Sensitivity = Sensitivity.L3


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of a register and the mapping of its columns to facts."""

    table: str
    key: KeyColumn
    columns: dict[str, Column]  # fact name -> column
    visible_when: str = ""  # a rule over the register's own facts; a row that fails it is a missing row


class Register(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A department's authoritative records, reached only through its gateway."""

    register: str
    name: Text
    department: str
    key: Literal["person", "enterprise", "property"]
    rows: Literal["one", "many"]
    absence: Absence
    rhythm: Text
    mark_hours: int  # a completeness mark older than this is stale: absence is then unavailable
    deadline_hours: int  # how long a case waits for this register before its fall-back starts
    engine: Literal["postgresql", "mysql", "sqlite", "duckdb"]  # of the demo city; a real gateway is given a URL
    facts: dict[str, Fact]
    source: Source
    links: dict[str, Link] = {}
    note: str = ""


class Department(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the city's departments; `authority` for the two that can name a subject."""

    department: str
    name: Text
    short: Text  # 民政部门 / the civil affairs department: as sentences call it
    uscc: str  # 统一社会信用代码 (GB 32100)
    number: str  # its two places in the codes of its items (`model.item_codes`)
    contact: Text  # where a person may contest an answer: office and telephone
    authority: Literal["person", "enterprise"] | None = None


class FactCatalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All departments and registers that rules may speak of; `figures` are the labels of params by name."""

    departments: dict[str, Department]
    registers: dict[str, Register]
    figures: dict[str, Text] = {}

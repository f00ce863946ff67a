"""Service items 事项 as packs hold them, and the dated figures 参数 they use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

import msgspec

from mianzheng.model.facts import Type
from mianzheng.model.scalar import Wire
from mianzheng.model.text import Text


class Reference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source of law; `verified` is false until someone has read the text itself."""

    text: str
    verified: bool


class Fallback(StrEnum):
    """The lawful way on when a condition cannot be decided from answers (design.md §2)."""

    WAIT = "wait"  # the next try at the register's rhythm, then a person
    PERSON = "person"  # a person in the department
    ACCEPT_INCOMPLETE = "accept_incomplete"  # 容缺受理
    DECLARE = "declare"  # 告知承诺


class Basis(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Why asking is lawful: a duty laid down by a statute, or separate consent 单独同意; one is set."""

    duty: str | None = None
    consent: str | None = None
    consent_en: str = ""  # what is consented to, in English; the name of a law stays Chinese

    @property
    def words(self) -> Text:
        """The law's name, or what the person consents to."""
        zh = self.duty or self.consent or ""
        return Text(zh, self.consent_en or zh)


class Declaration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """告知承诺: what the person declares instead of a record, when it is checked, what follows when it is untrue."""

    text: Text
    check_within: int  # working days after the decision
    claw_back: Text
    reference: Reference


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One condition of an item; `rule` is the boolean expression that must be true.

    `effective` and `until` (exclusive) date the condition: it is examined for cases whose
    `as_of` lies between them.
    """

    id: str
    rule: str
    otherwise: Text
    reference: Reference
    fallback: Fallback = Fallback.PERSON
    scope: Literal["here", "country"] = "country"
    effective: date | None = None
    until: date | None = None
    value: str = ""  # why a question may answer a value; empty: booleans only
    declaration: Declaration | None = None  # with fallback `declare`
    supply_within: int = 0  # with fallback `accept_incomplete`: working days in which what is missing is supplied


class Payment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Money an item pays: `amount` is an expression in yuan."""

    amount: str
    every: Literal["once", "month", "quarter", "year"]
    reference: Reference
    value: str = ""  # why amount may ask for a value rather than booleans
    whose: str = ""  # the role that draws it once, whoever applies; empty: the applicant, for what they chose


class Outcome(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a granted case produces: a credential, and money if any.

    `scope` of what amount and claims ask, as of a condition.
    """

    credential: Text  # the name it carries: 高龄津贴资格证明
    credential_type: str  # the vct of the SD-JWT VC, e.g. old-age-allowance
    valid: str = ""  # "12 months", "5 years"; empty: without end
    claims: dict[str, str] = {}  # claim name -> expression
    pay: Payment | None = None
    scope: Literal["here", "country"] = "country"
    value: str = ""  # why a claim may ask for a value rather than booleans


class Need(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value needed to deliver, never to decide: sealed by its holder's gateway to the handling one."""

    fact: str  # role.register.fact
    label: Text


class FormField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the person chooses or states: part of the signed authorisation, never a document.

    `tells_apart`: a body may have many cases of the item at once, and this says which is meant, as premises or an
    employee do; only an item with such a field is filed in rows.
    """

    label: Text
    type: Type
    values: tuple[str, ...] = ()
    english: dict[str, str] = {}  # what the values are called in English
    required: bool = True
    tells_apart: bool = False


class Finding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an officer sees and signs: a site visit, a medical board."""

    label: Text
    type: Type
    how: Literal["record", "site_visit", "test", "expert_review", "hearing"] = (
        "record"  # all but `record` stop the clock
    )
    visit: bool = False  # the person must be there: counted as a visit


class Fee(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fee due before what was granted is delivered; `param` names the dated figure in yuan."""

    label: Text
    param: str
    reference: Reference


_YOUNG = ("children", "wards")  # links, by name


class Role(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A person, body or property the rule speaks of; the acting role has no link.

    `link`: `applicant.marriage.spouse` (all whom the link reaches: one, or `many`), or
    `one of applicant.birth.children` (the person chooses one by typing name or number, sealed to the link's
    gateway). `basis`: why asking about this other one is lawful; `consent` means that this adult signs too.
    `view`: how this one reads what was asked of others in the case.
    """

    kind: Literal["person", "enterprise", "property"]
    label: Text
    many: bool = False
    optional: bool = False
    link: str = ""
    basis: Basis | None = None
    deceased: bool = False
    view: Literal["full", "masked", "after_date"] = "full"
    hidden_by: str = (
        ""  # the statute that lets entries be hidden for half a year; `after_date` needs it, and the auditor
    )

    @property
    def chosen(self) -> bool:
        """Whether the person chooses one of those the link reaches."""
        return self.link.startswith("one of ")

    @property
    def numbered(self) -> bool:
        """Whether its people stand under `role#1`, `role#2` …; one that is required stands under its own name."""
        return self.many or self.optional

    @property
    def link_path(self) -> tuple[str, str, str]:
        """The link as (role it starts from, register, name of the link)."""
        source, register, name = self.link.removeprefix("one of ").strip().split(".")
        return source, register, name

    @property
    def represented(self) -> bool:
        """Whether the person acts for this one in law: a child or ward of theirs, named by them."""
        return self.chosen and self.link_path[2] in _YOUNG

    @property
    def young(self) -> bool:
        """Whether those reached may be under 14, so that every fact about them is special (PIPL art. 28).

        An item cannot know their age before it asks: children and wards are, but for those who consent themselves.
        """
        adult = self.basis is not None and self.basis.consent is not None
        return self.kind == "person" and bool(self.link) and self.link_path[2] in _YOUNG and not adult


class Example(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One example that proves the item; a clerk could write it.

    `given` holds facts by `role.register.fact` as they lie in the register; a register named in
    `absent` has no row; one in `unavailable` does not answer. Rows of a many-row register stand in
    `rows` under `role.register`. Of people reached by links, `people` says how many there are (a number, `none`, or
    `not_held`); one of several is written `members#2`, a single one by the role's name, and what a link of a row leads
    to by the role that stands there (`child.birth.mother: applicant`). Everything not named has the plainest value of
    its type that the example's author did not care about: it is an error to depend on it, so `given` must hold each
    fact the outcome rests on.
    """

    name: Text
    as_of: date
    given: dict[str, Wire | None] = {}
    rows: dict[str, tuple[dict[str, Wire | None], ...]] = {}
    absent: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()
    people: dict[str, int | str] = {}
    form: dict[str, Wire | None] = {}
    findings: dict[str, Wire | None] = {}
    expect: Literal["granted", "refused", "undecided"]
    reasons: tuple[str, ...] = ()  # condition ids that fail, for refused
    undecided: tuple[str, ...] = ()  # condition ids left open, for undecided
    amount: Decimal | None = None


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A service item 事项 (elements after GB/T 39554), one dated version of it."""

    item: str
    version: int
    code: str  # 基本编码, 12 places (`model.item_codes`); synthetic ones are marked in the pack's note
    name: Text
    department: str
    kind: Literal["行政许可", "行政确认", "行政给付", "行政奖励", "行政裁决", "公共服务", "其他行政权力"]
    who: tuple[Literal["自然人", "法人", "个体工商户"], ...]
    promise_days: int  # 承诺时限, working days; 0 = at once
    legal_days: int  # 法定时限, working days
    replaces: dict[str, tuple[str, ...]]  # paper that people brought -> what answers it now (`catalogue.replaced`)
    effective: date
    until: date | None = None
    basis: Basis
    basis_by_register: dict[str, Basis] = {}
    presence: Literal[1, 2, 3]
    roles: dict[str, Role]
    form: dict[str, FormField] = {}
    findings: dict[str, Finding] = {}
    conditions: tuple[Condition, ...]
    outcome: Outcome
    needs: dict[str, Need] = {}
    approval: Literal["automatic", "clerk", "departments"] = "automatic"
    approvers: tuple[str, ...] = ()  # with `departments`: those that sign beside the handling one, in parallel
    public_notice_days: int = 0  # 公示, calendar days before a grant
    fee: Fee | None = None
    in_person: bool = False  # no mandate serves
    agent_not_beneficiary: bool = False  # who acts for another may not gain by it
    safety: bool = False  # of people's safety: nothing of it is declared
    hard_to_undo: bool = False  # nothing of it is declared
    retention: Literal["永久", "30", "10"] = "10"
    proactive: bool = False
    ladder: Literal["A", "B", "C", "D1", "D2"] = "D2"
    reference: Reference
    note: str = ""
    examples: tuple[Example, ...] = ()

    def __post_init__(self) -> None:
        """Put the roles into the order of their links, whatever the order they are written in."""
        msgspec.structs.force_setattr(self, "roles", by_links(self.roles))

    @property
    def acting_role(self) -> str:
        """The role in which the acting person or body applies; other roles are reached by links. "" for none."""
        return "applicant" if "applicant" in self.roles else next(iter(self.roles), "")

    @property
    def of_bodies(self) -> bool:
        """Whether bodies apply for it, by whoever acts for them; else people do."""
        return bool(self.acting_role) and self.roles[self.acting_role].kind == "enterprise"

    @property
    def chosen_roles(self) -> tuple[str, ...]:
        """The roles that the applicant chooses by name or number."""
        return tuple(name for name, role in self.roles.items() if role.chosen)

    @property
    def in_rows(self) -> bool:
        """Whether a body may file many of it at once: each names one of its people, or a field tells them apart."""
        if not self.of_bodies:
            return False
        if self.chosen_roles:
            return all(self.roles[role].kind == "person" for role in self.chosen_roles)
        return any(field.tells_apart for field in self.form.values())

    def asked_as(self, role: str, count: int) -> tuple[str, ...]:
        """Return under which roles those are asked about whom a link reaches, in the order of its answer."""
        if not self.roles[role].numbered:
            return (role,)[:count]
        return tuple(f"{role}#{number}" for number in range(1, count + 1))


def by_links(roles: Mapping[str, Role]) -> dict[str, Role]:
    """Return roles so that each stands below the one its link starts at, else in the order of the alphabet.

    What is signed has its keys sorted, so no order but this one is the same for pack, hub and gateway. Roles whose
    links start at none of these, or lead round in a circle, come last: the check of links tells them.
    """
    waiting, found = dict(sorted(roles.items())), dict[str, Role]()
    while ready := next((name for name, role in waiting.items() if _starts(role) in ("", *found)), None):
        found[ready] = waiting.pop(ready)
    return {**found, **waiting}


def _starts(role: Role) -> str:
    """Return the role that a link starts at; "" for none."""
    return role.link.removeprefix("one of ").strip().partition(".")[0]


def base_of(role: str) -> str:
    """Return a role as the item names it: `children` of `children#2`."""
    return role.partition("#")[0]


def basis_of(item: Item, register: str, role: str) -> Basis:
    """Return the basis on which an item asks a register about a role (`spouse` or `spouse#1`).

    Of a role reached by a link its own basis, where it has one: why asking about this other person is lawful.
    """
    declared = item.roles.get(base_of(role))
    own = declared.basis if declared is not None and declared.link else None
    return own or item.basis_by_register.get(register, item.basis)


def needs_consent(item: Item, role: str) -> bool:
    """Tell whether questions about a role (`spouse#1`) rest on that other person's own consent: they sign too.

    A role whose basis is consent is one of an adult, a grown-up child too. Where a child or ward is represented the
    item names the statute; a gateway lets the guardian stand in for one who is under 14.
    """
    found = item.roles.get(base_of(role))
    if found is None or not found.link or found.kind != "person":
        return False
    return found.basis is not None and found.basis.consent is not None


class ParamValue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A figure from one date of effect on."""

    effective: date
    value: Wire
    reference: Reference


class ParamTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A figure fixed by a notice, kept once: dated, with its source; signed by its owner."""

    param: str
    label: Text
    owner: str  # department
    type: Type
    unit: str = ""
    values: tuple[ParamValue, ...]
